/* SPDX-License-Identifier: MIT */
#include "model/range_pages.h"

#include <base/address.h>

#include <stdlib.h>
#include <string.h>

static void *take(void *owner)
{
    struct range_pages *pages = owner;
    if (pages->limit != 0 && pages->open == pages->limit)
        return nullptr;
    pages->open++;
    return memset(aligned_alloc(PAGE_SIZE, PAGE_SIZE), 0xA5, PAGE_SIZE);
}

static void give(void *owner, void *page)
{
    struct range_pages *pages = owner;
    pages->open--;
    free(page);
}

struct range_memory range_pages_memory(struct range_pages *pages)
{
    return (struct range_memory){take, give, pages};
}
