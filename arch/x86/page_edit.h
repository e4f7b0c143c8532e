/* SPDX-License-Identifier: MIT
 * What the files that edit page tables have in common (page_format.c defines it): the steps of an operation are
 * explained there. */
#ifndef ARCH_X86_PAGE_EDIT_H
#define ARCH_X86_PAGE_EDIT_H

#include "page_bits.h"

/* An entry for a table lets everything through: the leaf decides (PT4). */
constexpr uint64_t TABLE_BITS = ENTRY_PRESENT | ENTRY_WRITE | ENTRY_ACCESSED;

/* Tables that were taken and not used yet, chained through their first entry. */
struct table_reserve {
    uint64_t first;
    uint64_t count;
};
/* Add tables until there are `count`. NO_MEMORY: none is left in it. */
status_t table_reserve_fill(const struct page_table *pt, uint64_t count,
                            struct table_reserve *tables);
uint64_t table_reserve_pop(const struct page_table *pt, struct table_reserve *tables);
void table_reserve_release(const struct page_table *pt, struct table_reserve *tables);

static inline uint64_t page_count(uint64_t first, uint64_t last)
{
    return ((last - first) >> PAGE_SHIFT) + 1;
}

/* The lowest table that holds all of a range, and the entries that lead to it. */
struct page_path {
    uint64_t *table;
    unsigned level;                  /* of the table */
    uint64_t *slots[LEVELS_MAX + 1]; /* by level, above that of the table */
};
void page_path_find(const struct page_table *pt, uint64_t first, uint64_t last,
                    struct page_path *out);
/* The second step: take the tables that the plan lacks. Taking may add tables, so the way is looked for again. */
status_t page_path_reserve(const struct page_table *pt, uint64_t lacking, uint64_t first,
                           uint64_t last, struct table_reserve *tables, struct page_path *path);
/* Let the way to it through for user code, if `leaf_bits` do. */
void page_path_open(const struct page_table *pt, const struct page_path *path, uint64_t leaf_bits,
                    uint64_t at);

bool page_rights_are_allowed(uint64_t start, uint32_t rights);
/* The bits of a leaf that say these rights. */
uint64_t page_rights_bits(const struct page_table *pt, uint32_t rights);

/* The table in a slot, which must let through what `leaf_bits` allow (PT4). */
uint64_t *page_enter_table(const struct page_table *pt, uint64_t *slot, uint64_t leaf_bits,
                           uint64_t at);

#endif
