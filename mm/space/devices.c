/* SPDX-License-Identifier: MIT
 * Device registers and the framebuffer in the kernel's space, each in a range of its own with a guard page on both sides.
 * Memory that somebody is given as RAM is refused: one address must not have two memory types (SDM 3A 11.12.4).
 * Theory and rules: kernel_space.c. */
#include "private.h"

#include <base/assert.h>

/* Device memory must not be memory that somebody is given as RAM: two types for one address. */
static bool overlaps_ram(const struct kernel_space *space, uint64_t start, uint64_t end)
{
    const struct memory_map *map = space->map;
    for (size_t i = space_first_range_after(map, start); i < map->range_count; i++) {
        if (map->ranges[i].start.value >= end)
            return false;
        if (memory_class_is_ram(map->ranges[i].class))
            return true;
    }
    return false;
}

status_t kernel_space_map_device(struct kernel_space *space, phys_addr_t start, uint64_t size,
                                 enum memory_type type, const char *name, virt_addr_t *out)
{
    uint64_t first = align_down(start.value, PAGE_SIZE);
    if (size == 0 || start.value >= PHYS_LIMIT || size > PHYS_LIMIT - start.value)
        return STATUS_OUT_OF_RANGE;
    uint64_t bytes = align_up(start.value + size, PAGE_SIZE) - first;
    if (overlaps_ram(space, first, first + bytes))
        return STATUS_IN_USE;
    uint64_t alignment = bytes >= 2 * MIB ? 2 * MIB : PAGE_SIZE;
    virt_addr_t virt;
    status_t status = ranges_alloc(&space->mappings, bytes, alignment, name, &virt);
    if (status != STATUS_OK)
        return status;
    status = page_table_map(&space->table, virt, phys_addr(first), bytes, PAGE_WRITE | PAGE_GLOBAL,
                            type);
    if (status != STATUS_OK) {
        status_t undone = ranges_free(&space->mappings, virt, nullptr);
        ASSERT(S6, undone == STATUS_OK);
        return status;
    }
    *out = virt_addr(virt.value + (start.value - first));
    return STATUS_OK;
}

status_t kernel_space_unmap_device(struct kernel_space *space, virt_addr_t start)
{
    struct virtual_range range;
    virt_addr_t first = virt_addr(align_down(start.value, PAGE_SIZE));
    status_t status = ranges_free(&space->mappings, first, &range);
    if (status != STATUS_OK)
        return status;
    status = page_table_unmap(&space->table, range.start, range.size);
    ASSERT(S6, status == STATUS_OK); /* leaves are those that map_device made: nothing is split */
    return STATUS_OK;
}
