/* SPDX-License-Identifier: MIT
 * The direct map of the kernel's space: RAM at direct_map_virtual + physical address, one 1 GiB section at a time, with
 * the largest leaves that fit. A section is brought up when the frame allocator first touches it, all of it or nothing
 * (S5); what is not RAM of ours to read is not in it, nor is the image (S3). Theory and rules: kernel_space.c. */
#include "private.h"

#include <arch/cpu.h>
#include <base/assert.h>

/* Memory below 1 MiB is never part of the direct map: nothing there is ours (see mm.c), and old firmware
 * keeps its own secrets in it. */
constexpr uint64_t LOW_MEMORY_END = MIB;

size_t space_first_range_after(const struct memory_map *map, uint64_t address)
{
    size_t low = 0, high = map->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->ranges[middle].end.value <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Rights of a class in the direct map; false: not in it. Runtime code and data belong to the firmware, and
 * unaccepted, persistent and specific-purpose memory must not be touched by speculation either. */
bool space_direct_rights(const struct memory_range *range, uint32_t *out)
{
    if ((range->attributes & EFI_ATTRIBUTE_WB) == 0)
        return false;
    switch (range->class) {
    case MEMORY_USABLE:
    case MEMORY_BOOT_SERVICES:
    case MEMORY_LOADER:
        *out = PAGE_WRITE | PAGE_GLOBAL;
        return true;
    case MEMORY_ACPI_RECLAIM:
    case MEMORY_ACPI_NVS:
        *out = PAGE_GLOBAL;
        return true;
    default:
        return false;
    }
}

struct extent {
    uint64_t start, end;
    uint32_t rights;
};

/* The next piece of [from, limit) that belongs in the direct map with the same rights throughout, the image
 * cut out. */
static bool next_extent(const struct kernel_space *space, uint64_t from, uint64_t limit,
                        struct extent *out)
{
    const struct memory_map *map = space->map;
    const uint64_t image_start = space->boot->image.start;
    const uint64_t image_end = image_start + space->boot->image.size;
    struct extent extent = {0};
    bool found = false;
    for (size_t i = space_first_range_after(map, from); i < map->range_count; i++) {
        uint64_t start = map->ranges[i].start.value, end = map->ranges[i].end.value;
        uint32_t rights;
        start = start < from ? from : start;
        end = end > limit ? limit : end;
        if (start >= limit || (found && start != extent.end))
            break;
        if (start >= image_start && start < image_end)
            start = image_end;
        else if (start < image_start && end > image_start)
            end = image_start;
        if (start >= end || !space_direct_rights(&map->ranges[i], &rights)) {
            if (found)
                break;
            continue;
        }
        if (found && (start != extent.end || rights != extent.rights))
            break;
        if (!found)
            extent = (struct extent){start, end, rights};
        found = true;
        extent.end = end;
        if (end == image_start)
            break;
    }
    if (found)
        *out = extent;
    return found;
}

/* Where the direct map of a section may begin. */
static uint64_t first_byte(uint64_t section)
{
    return section < LOW_MEMORY_END ? LOW_MEMORY_END : section;
}

static bool is_mapped(const struct kernel_space *space, uint64_t physical)
{
    const virt_addr_t address = virt_addr(space->boot->direct_map_virtual + physical);
    return page_table_query(&space->table, address).present;
}

bool space_section_is_whole(const struct kernel_space *space, uint64_t section)
{
    struct extent extent;
    uint64_t from = first_byte(section);
    DEBUG_ASSERT(S5, is_aligned(section, GIB));
    for (; next_extent(space, from, section + GIB, &extent); from = extent.end)
        if (!is_mapped(space, extent.start) || !is_mapped(space, extent.end - 1))
            return false;
    return true;
}

static status_t map_extent(struct kernel_space *space, const struct extent *extent)
{
    const virt_addr_t start = virt_addr(space->boot->direct_map_virtual + extent->start);
    DEBUG_ASSERT(S3, extent->end <= space->boot->image.start ||
                         extent->start >= space->boot->image.start + space->boot->image.size);
    return page_table_map(&space->table, start, phys_addr(extent->start),
                          extent->end - extent->start, extent->rights, MEMORY_TYPE_WRITE_BACK);
}

static void unmap_extents(struct kernel_space *space, uint64_t from, uint64_t end)
{
    struct extent extent;
    for (; next_extent(space, from, end, &extent); from = extent.end) {
        const virt_addr_t start = virt_addr(space->boot->direct_map_virtual + extent.start);
        status_t status = page_table_unmap(&space->table, start, extent.end - extent.start);
        ASSERT(S5, status == STATUS_OK); /* the leaves are those of map_extent: none is split */
    }
}

status_t kernel_space_online(void *owner, pfn_t first)
{
    struct kernel_space *space = owner;
    const uint64_t start = pfn_to_phys(first).value;
    const uint64_t end = start + GIB;
    const bool gib_leaves = space->table.gib_leaves;
    struct extent extent;
    uint64_t from = first_byte(start);
    unsigned type;
    status_t status = STATUS_OK;

    ASSERT(S5, is_aligned(start, GIB));
    if (start >= DIRECT_MAP_SIZE)
        return STATUS_OUT_OF_RANGE;
    if (!next_extent(space, from, end, &extent) || is_mapped(space, extent.start))
        return STATUS_OK;
    /* A leaf must not mix MTRR types (SDM 3A 11.11.9). Below 1 GiB leaves the map's own borders see to it. */
    if (gib_leaves && !cpu_memory_type(phys_addr(start), GIB, &type))
        space->table.gib_leaves = false;
    while (status == STATUS_OK && next_extent(space, from, end, &extent)) {
        status = map_extent(space, &extent);
        if (status == STATUS_OK)
            from = extent.end;
    }
    if (status != STATUS_OK) /* all or nothing */
        unmap_extents(space, first_byte(start), from);
    space->table.gib_leaves = gib_leaves;
    DEBUG_ASSERT(S5, status != STATUS_OK || space_section_is_whole(space, start));
    return status;
}

/* What the loader handed over is in use whatever the map calls it: every page of it gets in, writable. */
status_t space_map_missing(struct kernel_space *space, struct boot_range range)
{
    const uint64_t base = space->boot->direct_map_virtual;
    DEBUG_ASSERT(S3, is_aligned(range.start, PAGE_SIZE));
    for (uint64_t at = range.start; at < range.start + range.size; at += PAGE_SIZE) {
        if (at - space->boot->image.start < space->boot->image.size)
            continue;
        const struct page_walk walk = page_table_query(&space->table, virt_addr(base + at));
        if (walk.present && (walk.rights & PAGE_WRITE) != 0)
            continue;
        status_t status =
            walk.present
                ? page_table_protect(&space->table, virt_addr(base + at), PAGE_SIZE,
                                     PAGE_WRITE | PAGE_GLOBAL)
                : page_table_map(&space->table, virt_addr(base + at), phys_addr(at), PAGE_SIZE,
                                 PAGE_WRITE | PAGE_GLOBAL, MEMORY_TYPE_WRITE_BACK);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

status_t space_online_bytes(struct kernel_space *space, struct boot_range range)
{
    for (uint64_t at = align_down(range.start, GIB); at < range.start + range.size; at += GIB) {
        status_t status = kernel_space_online(space, phys_to_pfn(phys_addr(at)));
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
