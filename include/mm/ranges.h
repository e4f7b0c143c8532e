/* SPDX-License-Identifier: MIT
 * Virtual ranges: handing out parts of one area of the address space, each with an unmapped guard page on
 * both sides. It deals in addresses only; nothing is mapped here. First fit, lowest address first.
 * Not locked. Memory for the records is given. */
#ifndef MM_RANGES_H
#define MM_RANGES_H

#include <base/address.h>
#include <base/status.h>

struct virtual_range {
    virt_addr_t start; /* of the usable part; the guards lie outside */
    uint64_t size;     /* whole pages, guards not counted */
    const char *name;  /* static text: what it is for */
};

struct range_allocator {
    virt_addr_t start, end;        /* the area */
    struct virtual_range *records; /* live ranges, sorted */
    size_t count, capacity;
};

void ranges_init(struct range_allocator *ra, virt_addr_t start, uint64_t size,
                 struct virtual_range *records, size_t capacity);
/* Take `size` bytes (rounded up to pages) at a multiple of `alignment` (a power of two, >= PAGE_SIZE).
 * NO_MEMORY: no gap is large enough. FULL: no record is left. */
status_t ranges_alloc(struct range_allocator *ra, uint64_t size, uint64_t alignment,
                      const char *name, virt_addr_t *out);
/* Give a range back by its start. NOT_ALLOCATED, INSIDE_BLOCK. *out (may be null) is what it was. */
status_t ranges_free(struct range_allocator *ra, virt_addr_t start, struct virtual_range *out);
/* The range that holds the address, its guards included, or null. *guard (may be null): it is a guard. */
const struct virtual_range *ranges_find(const struct range_allocator *ra, virt_addr_t address,
                                        bool *guard);
const char *ranges_check(const struct range_allocator *ra);

#endif
