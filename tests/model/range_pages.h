/* SPDX-License-Identifier: MIT
 * Pages for the records of ranges, from the host: counted, and as many as a test allows. */
#ifndef TESTS_MODEL_RANGE_PAGES_H
#define TESTS_MODEL_RANGE_PAGES_H

#include <base/address.h>
#include <mm/ranges.h>

#include <stdlib.h>
#include <string.h>

struct range_pages {
    size_t open;  /* taken and not given back */
    size_t limit; /* the most that may be open; 0: any number */
};

static inline void *range_pages_take(void *owner)
{
    struct range_pages *pages = owner;
    if (pages->limit != 0 && pages->open == pages->limit)
        return nullptr;
    pages->open++;
    return memset(aligned_alloc(PAGE_SIZE, PAGE_SIZE), 0xA5, PAGE_SIZE);
}

static inline void range_pages_give(void *owner, void *page)
{
    struct range_pages *pages = owner;
    pages->open--;
    free(page);
}

static inline struct range_memory range_pages_memory(struct range_pages *pages)
{
    return (struct range_memory){range_pages_take, range_pages_give, pages};
}

#endif
