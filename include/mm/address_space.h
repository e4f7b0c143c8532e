/* SPDX-License-Identifier: MIT
 * Address spaces: a user half of one's own beside the kernel's half, which all share. Virtual ranges with
 * guards are handed out in it; only inside them can be mapped. Frames belong to the caller.
 * One processor: not locked. Records of ranges lie where the tables do. A space must not move. */
#ifndef MM_ADDRESS_SPACE_H
#define MM_ADDRESS_SPACE_H

#include <arch/page_format.h>
#include <mm/ranges.h>

struct address_space {
    struct page_table table;
    const struct page_table *kernel; /* whose high half it shares */
    struct range_allocator ranges;   /* of the user area */
};

/* An empty space. `kernel` must have shared_high: its root entries do not change any more, so no root ever
 * needs to follow (UNSUPPORTED). NO_MEMORY: nothing is made. */
status_t address_space_create(struct address_space *space, const struct page_table *kernel);
/* Give back its tables. IN_USE, with nothing changed, while anything is mapped or it is the space that
 * `current` (the root that the processor uses) names; *mapped (may be null) is then the first extent that
 * is mapped, or of size 0. Ranges that are still reserved end with it. */
status_t address_space_destroy(struct address_space *space, phys_addr_t current,
                               struct page_extent *mapped);
/* Make it the one that the processor uses; null: the kernel's own. `load` does it (cpu_load_table). */
void address_space_switch(const struct address_space *space, const struct page_table *kernel,
                          void (*load)(phys_addr_t root));

/* Take a range of the user area, a guard page on both sides: as ranges_alloc. */
status_t address_space_reserve(struct address_space *space, uint64_t size, uint64_t alignment,
                               const char *name, virt_addr_t *out);
/* Give it back by its start: as ranges_free; IN_USE while any page of it is mapped. */
status_t address_space_release(struct address_space *space, virt_addr_t start);

/* As page_table_map, unmap and protect, for user pages: PAGE_USER is added, PAGE_GLOBAL is BAD_RIGHTS (such a
 * page would be seen in the next space too). OUT_OF_RANGE unless all of it lies in the user area,
 * NOT_ALLOCATED unless in one reserved range. */
status_t address_space_map(struct address_space *space, virt_addr_t start, phys_addr_t phys,
                           uint64_t size, uint32_t rights, enum memory_type type);
status_t address_space_unmap(struct address_space *space, virt_addr_t start, uint64_t size);
status_t address_space_protect(struct address_space *space, virt_addr_t start, uint64_t size,
                               uint32_t rights);
/* What a user would find there: present only in the user area. */
struct page_walk address_space_query(const struct address_space *space, virt_addr_t address);

/* Null if sound, else the broken rule of AS1 to AS4. */
const char *address_space_check(const struct address_space *space);

#endif
