/* SPDX-License-Identifier: MIT
 * Names of functions, as tools/symbol_table packs them. Pure.
 *
 * An entry a function, by address:   offset from the function before | name | 0
 * The offset is LEB128 (7 bits a byte, lowest first, the highest bit: more follow). A byte of a name from 128
 * on stands for the two bytes of pairs[byte - 128], which may again be such bytes. An entry takes 9 bytes in
 * the mean; looking one up reads the table from the start, which only messages do. */
#ifndef KERNEL_SYMBOL_TABLE_H
#define KERNEL_SYMBOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* The tool keeps to both limits. */
constexpr size_t SYMBOL_NAME_SIZE = 48;   /* with its zero */
constexpr size_t SYMBOL_NESTING_MAX = 15; /* pairs of pairs of pairs */

struct symbol_table {
    const unsigned char *entries, *end;
    const unsigned char (*pairs)[2];
};

/* The last function that starts at this offset or before it: its name and where it starts. */
bool symbol_table_find(const struct symbol_table *table, uint64_t offset,
                       char name[SYMBOL_NAME_SIZE], uint64_t *start);
/* Where the function of that name starts. False if there is none. */
bool symbol_table_search(const struct symbol_table *table, const char *wanted, uint64_t *start);

#endif
