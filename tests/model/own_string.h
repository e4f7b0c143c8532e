/* SPDX-License-Identifier: MIT
 * lib/string.c beside the host's own functions. The Makefile compiles it as for the programs without a C library
 * (-ffreestanding), with this file in front: the standard names get the labels own_memcpy, own_memmove, ...
 * A test includes this file and finds them under those names. */
#ifndef TESTS_MODEL_OWN_STRING_H
#define TESTS_MODEL_OWN_STRING_H

#include <stddef.h>

#if __STDC_HOSTED__
#define OWN(name) own_##name
#else
#define OWN(name) name
#endif

void *OWN(memcpy)(void *restrict to, const void *restrict from, size_t size) __asm__("own_memcpy");
void *OWN(memmove)(void *to, const void *from, size_t size) __asm__("own_memmove");
void *OWN(memset)(void *to, int value, size_t size) __asm__("own_memset");
int OWN(memcmp)(const void *left, const void *right, size_t size) __asm__("own_memcmp");
size_t OWN(strlen)(const char *text) __asm__("own_strlen");
int OWN(strcmp)(const char *left, const char *right) __asm__("own_strcmp");
int OWN(strncmp)(const char *left, const char *right, size_t size) __asm__("own_strncmp");
char *OWN(strchr)(const char *text, int character) __asm__("own_strchr");

#undef OWN

#endif
