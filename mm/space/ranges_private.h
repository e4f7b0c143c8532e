/* SPDX-License-Identifier: MIT
 * A page of records, for ranges.c and its tests. Theory: ranges.c. */
#ifndef MM_SPACE_RANGES_PRIVATE_H
#define MM_SPACE_RANGES_PRIVATE_H

#include <mm/ranges.h>

constexpr size_t RANGE_PAGE_RECORDS =
    (PAGE_SIZE - 2 * sizeof(void *) - 2 * sizeof(uint64_t)) / sizeof(struct virtual_range);

struct range_page {
    struct range_page *next, *previous;
    uint64_t largest_gap; /* bytes, guards of nobody counted */
    size_t count;
    struct virtual_range records[RANGE_PAGE_RECORDS];
};
static_assert(sizeof(struct range_page) <= PAGE_SIZE);

#endif
