/* SPDX-License-Identifier: MIT
 * Heap blocks over 2 MiB in the kernel's space, each in a range of its own with a guard page on both sides.
 * Theory and rules: kernel_space.c. */
#include "private.h"

#include <base/assert.h>

static void unmap_frames(struct kernel_space *space, uint64_t start, uint64_t end)
{
    while (start < end) {
        struct page_walk walk = page_table_query(&space->table, virt_addr(start));
        ASSERT(S6, walk.present);
        status_t status = page_table_unmap(&space->table, virt_addr(start), walk.leaf_size);
        ASSERT(S6, status == STATUS_OK);
        unsigned order = walk.leaf_level == 1 ? ORDER_FRAME : ORDER_BLOCK;
        status = frames_free(space->frames, phys_to_pfn(walk.phys), order);
        ASSERT(S8, status == STATUS_OK);
        start += walk.leaf_size;
    }
}

/* Map one block or, where that is not to be had, one frame at `at`. */
static status_t map_frames(struct kernel_space *space, uint64_t at, uint64_t end, uint64_t *next)
{
    const uint64_t block_size = PAGE_SIZE << ORDER_BLOCK;
    uint64_t size = PAGE_SIZE;
    unsigned order = ORDER_FRAME;
    pfn_t frame;
    status_t status = STATUS_NO_MEMORY;
    if (is_aligned(at, block_size) && end - at >= block_size) {
        status = frames_alloc(space->frames, ORDER_BLOCK, FRAME_HEAP_LARGE, &frame);
        order = ORDER_BLOCK;
        size = block_size;
    }
    if (status != STATUS_OK) {
        status = frames_alloc(space->frames, ORDER_FRAME, FRAME_HEAP_LARGE, &frame);
        order = ORDER_FRAME;
        size = PAGE_SIZE;
    }
    if (status != STATUS_OK)
        return status;
    status = page_table_map(&space->table, virt_addr(at), pfn_to_phys(frame), size,
                            PAGE_WRITE | PAGE_GLOBAL, MEMORY_TYPE_WRITE_BACK);
    if (status != STATUS_OK) {
        status_t undone = frames_free(space->frames, frame, order);
        ASSERT(S8, undone == STATUS_OK);
        return status;
    }
    *next = at + size;
    return STATUS_OK;
}

status_t kernel_space_map_window(void *owner, uint64_t page_count, virt_addr_t *out)
{
    struct kernel_space *space = owner;
    virt_addr_t start;
    if (page_count > HEAP_SIZE / PAGE_SIZE)
        return STATUS_NO_MEMORY;
    status_t status = ranges_alloc(&space->heap_window, page_count * PAGE_SIZE,
                                   PAGE_SIZE << ORDER_BLOCK, "heap block", &start);
    if (status != STATUS_OK)
        return STATUS_NO_MEMORY;
    uint64_t at = start.value;
    const uint64_t end = start.value + page_count * PAGE_SIZE;
    while (at < end && status == STATUS_OK)
        status = map_frames(space, at, end, &at);
    if (status != STATUS_OK) {
        unmap_frames(space, start.value, at);
        status_t undone = ranges_free(&space->heap_window, start, nullptr);
        ASSERT(S6, undone == STATUS_OK);
        return STATUS_NO_MEMORY;
    }
    if (end > space->heap_window_peak)
        space->heap_window_peak = end;
    *out = start;
    return STATUS_OK;
}

void kernel_space_unmap_window(void *owner, virt_addr_t start, uint64_t page_count)
{
    struct kernel_space *space = owner;
    unmap_frames(space, start.value, start.value + page_count * PAGE_SIZE);
    status_t status = ranges_free(&space->heap_window, start, nullptr);
    ASSERT(S6, status == STATUS_OK);
}
