/* SPDX-License-Identifier: MIT
 * Virtual ranges: handing out parts of one area of the address space, each with an unmapped guard page on
 * both sides. It deals in addresses only; nothing is mapped here. Low addresses first.
 * Not locked. Records lie in pages that the owner gives when they are needed: there is no limit on ranges. */
#ifndef MM_RANGES_H
#define MM_RANGES_H

#include <base/address.h>
#include <base/status.h>

struct virtual_range {
    virt_addr_t start; /* of the usable part; the guards lie outside */
    uint64_t size;     /* whole pages, guards not counted */
    const char *name;  /* static text: what it is for */
};

/* Where pages for records come from; contents do not matter. Neither function may come back here for a range of the
 * same allocator. */
struct range_memory {
    void *(*take)(void *owner); /* a page, aligned to its size; null: there is none */
    void (*give)(void *owner, void *page);
    void *owner;
};

struct range_node; /* opaque, as is range_page: mm/space/ranges_private.h */
struct range_page;
struct range_allocator {
    virt_addr_t start, end; /* the area */
    struct range_memory memory;
    struct range_node *root; /* a record for each live range */
    struct range_page *room,
        *spare;   /* pages of records with free ones, and one of free ones alone */
    size_t count; /* live ranges */
};

/* No range yet, and no page taken. */
void ranges_init(struct range_allocator *ra, virt_addr_t start, uint64_t size,
                 const struct range_memory *memory);
/* Forget all ranges, and give all pages back. */
void ranges_end(struct range_allocator *ra);
/* Take `size` bytes (rounded up to pages) at a multiple of `alignment` (a power of two, >= PAGE_SIZE).
 * NO_MEMORY: no gap holds it, or there is no page for the record. */
status_t ranges_alloc(struct range_allocator *ra, uint64_t size, uint64_t alignment,
                      const char *name, virt_addr_t *out);
/* Give a range back by its start. NOT_ALLOCATED, INSIDE_BLOCK. *out (may be null) is what it was. */
status_t ranges_free(struct range_allocator *ra, virt_addr_t start, struct virtual_range *out);
/* The range that holds the address, its guards included, or null. *guard (may be null): it is a guard. Until it is
 * given back. */
const struct virtual_range *ranges_find(const struct range_allocator *ra, virt_addr_t address,
                                        bool *guard);
/* The range behind this one, of ascending addresses; null: the first one. Null at the end. */
const struct virtual_range *ranges_next(const struct range_allocator *ra,
                                        const struct virtual_range *before);
const char *ranges_check(const struct range_allocator *ra);

#endif
