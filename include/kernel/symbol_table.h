/* SPDX-License-Identifier: MIT
 * Names of functions, as tools/symbol_table lays them out: an entry a function, sorted by address, and behind the
 * entries the names, each ended by a zero. Pure. */
#ifndef KERNEL_SYMBOL_TABLE_H
#define KERNEL_SYMBOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct symbol_entry {
    uint32_t start; /* of the function, in the image */
    uint32_t name;  /* where it begins in `names` */
};
struct symbol_table {
    const struct symbol_entry *entries, *end;
    const char *names;
};

/* The last function that starts at this offset or before it, and where it starts; null if there is none. */
const char *symbol_table_find(const struct symbol_table *table, uint64_t offset, uint64_t *start);
/* Where the function of that name starts. False if there is none. */
bool symbol_table_search(const struct symbol_table *table, const char *wanted, uint64_t *start);

#endif
