/* SPDX-License-Identifier: MIT
 * Whose is an address? Everything that is known of it. */
#ifndef MM_OWNER_H
#define MM_OWNER_H

#include <mm/heap.h>
#include <mm/kernel_space.h>

struct mm_owner {
    bool is_virtual;
    bool in_map; /* the firmware described it: `range` says as what */
    struct memory_range range;
    bool managed; /* the frame allocator has it: `frame` says whose it is */
    struct frame_owner frame;
    const char *area; /* virtual: the part of the address space */
    bool mapped;
    phys_addr_t phys;
    const char *detail; /* image section, stack, guard, loader memory; or null */
    bool in_heap_block;
    virt_addr_t heap_block;
    size_t heap_block_size;
};

/* See mm_owner_of. heap may be null. */
struct mm_owner kernel_space_owner(const struct kernel_space *space, const struct heap *heap,
                                   uint64_t address);

#endif
