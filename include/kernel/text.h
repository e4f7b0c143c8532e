/* SPDX-License-Identifier: MIT
 * Text for people, shared by the commands: hexadecimal words, shares, names that were meant. Pure. */
#ifndef KERNEL_TEXT_H
#define KERNEL_TEXT_H

#include <base/format.h>

/* Hexadecimal with or without 0x; false, and *out untouched, if it is anything else or over 64 bits. */
[[nodiscard]] bool text_parse_hex(const char *text, size_t length, uint64_t *out);

/* How many letters must be added, removed or changed to make one word of the other; words longer than
 * TEXT_DISTANCE_MAX letters are that far from everything. */
constexpr unsigned TEXT_DISTANCE_MAX = 31;
unsigned text_distance(const char *left, const char *right);

/* `part` of `whole` in tenths of a percent, rounded down; 0 of nothing is 0. Does not overflow. */
unsigned text_permille(uint64_t part, uint64_t whole);

#endif
