/* SPDX-License-Identifier: MIT
 * Bytes and strings: the freestanding part of <string.h> that we use, with the standard meanings.
 * -ffreestanding stops the compiler from inlining small copies, so the names map to its builtins, which
 * inline what is small and call lib/string.c for the rest. */
#ifndef BASE_STRING_H
#define BASE_STRING_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t size);
char *strchr(const char *text, int character);

#if !__STDC_HOSTED__
#define memcpy  __builtin_memcpy
#define memmove __builtin_memmove
#define memset  __builtin_memset
#define memcmp  __builtin_memcmp
#define strlen  __builtin_strlen
#endif

/* Parse an unsigned number that fills `text` up to `length`: decimal, or hexadecimal with 0x, and for
 * sizes an optional K, M, G or T. False, and *out untouched, if it is anything else or overflows. */
[[nodiscard]] bool parse_number(const char *text, size_t length, uint64_t *out);

#endif
