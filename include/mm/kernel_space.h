/* SPDX-License-Identifier: MIT
 * The kernel's own address space: for mm.c, which owns the one there is, and for owner.c, which asks it. */
#ifndef MM_KERNEL_SPACE_H
#define MM_KERNEL_SPACE_H

#include <arch/page_format.h>
#include <boot/boot_info.h>
#include <mm/arena.h>
#include <mm/frames.h>
#include <mm/memory_map.h>
#include <mm/ranges.h>

struct kernel_space {
    struct page_table table; /* table.offset: where physical memory can be reached now */
    const struct boot_info *boot;
    const struct memory_map *map;
    struct arena *early; /* tables come from here until there are frames, and when there are none */
    struct frame_allocator *frames; /* null until there are frames */
    struct range_allocator mappings;
    struct range_allocator heap_window;
    uint64_t heap_window_peak; /* first address of the heap window that was never used */
    phys_addr_t
        spare_tables; /* early tables that came back: a list through their first word; 0: none */
};

/* Build tables that hold the image and the direct map of all that the loader handed over, and switch to
 * them. On failure the loader's tables stay. `offset`: virtual minus physical address of memory; that of
 * the direct map, except in a host test. boot, map and early must be set. */
status_t kernel_space_init(struct kernel_space *space, uint64_t offset, const char **fault);

/* frame_hooks.section_online: bring up the direct map of one 1 GiB section; does nothing if it is up. */
status_t kernel_space_online(void *owner, pfn_t first);

/* heap_window.map and unmap. */
status_t kernel_space_map_window(void *owner, uint64_t *page_count, virt_addr_t *out);
void kernel_space_unmap_window(void *owner, virt_addr_t start, uint64_t page_count);

status_t kernel_space_map_device(struct kernel_space *space, phys_addr_t start, uint64_t size,
                                 enum memory_type type, const char *name, virt_addr_t *out);
status_t kernel_space_unmap_device(struct kernel_space *space, virt_addr_t start);

struct mm_paging_summary {
    uint64_t leaves_4k, leaves_2m, leaves_1g;
    uint64_t bytes_rx, bytes_r, bytes_rw; /* no right to execute but in rx */
    uint64_t tables;
    bool no_execute; /* false: the processor cannot, every page is executable */
};
/* See mm_check_paging. */
const char *kernel_space_check(const struct kernel_space *space, struct mm_paging_summary *out,
                               virt_addr_t *where);

#endif
