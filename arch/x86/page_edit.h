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

bool page_rights_are_allowed(uint32_t rights);
/* The bits of a leaf that say these rights. */
uint64_t page_rights_bits(const struct page_table *pt, uint32_t rights);

/* The table in a slot, which must let through what `leaf_bits` allow (PT4). */
uint64_t *page_enter_table(const struct page_table *pt, uint64_t *slot, uint64_t leaf_bits,
                           uint64_t at);

#endif
