/* SPDX-License-Identifier: MIT
 * The kernel's own address space.
 *
 * Problem: replace the loader's first tables by our own, which hold exactly what the kernel needs, with the
 * least rights, at a cost that does not grow with RAM.
 * Shape:   image      each section at its final address with its final rights; guards have no entry
 *          direct map RAM at direct_map_virtual + physical address, one 1 GiB section at a time, when the
 *                     frame allocator first touches it; largest leaves that fit; no-execute
 *              section 0 (up)         section 1 (down)       section 2 (up)
 *            [RAM|..|image|RAM|ACPI] [               ]      [       RAM, one 1 GiB leaf      ]
 *                     '-- no entry: the image has no second address
 *          mappings   device registers and the framebuffer, a guard page on both sides of each
 *          heap       heap blocks over 2 MiB, likewise
 * S1  no leaf is writable and executable, none has the user bit
 * S2  executable leaves are the image's text, and nothing else
 * S3  no frame of the image is mapped anywhere but in the image
 * S4  the lower half is empty: a null pointer faults whatever is added to it
 * S5  the direct map holds whole sections or nothing of them; what is not RAM of ours to read is not in it
 * S6  guards (of static stacks, of ranges) are not mapped
 * S7  the root entries of the high half do not change once the space is in use: address spaces hold copies
 * S8  what the space has taken (ranges, tables, frames) it can give back: an undo does not fail
 * Cost:    start-up maps the image and the sections that the loader's data lies in; each further section
 *          one call of page_table_map a piece (usually one piece and one entry).
 * Tables come from the frame allocator; before it works, and when it has nothing, from the early arena.
 * Not here: user spaces, other processors (nothing is flushed anywhere but here). */
#include <mm/kernel_space.h>

#include <arch/cpu.h>
#include <arch/image.h>
#include <base/assert.h>
#include <base/string.h>
#include <boot/address_map.h>

/* Memory below 1 MiB is never part of the direct map: nothing there is ours (see mm.c), and old firmware
 * keeps its own secrets in it. */
constexpr uint64_t LOW_MEMORY_END = MIB;

/* ---- where tables come from ---- */

static void *direct(const struct kernel_space *space, phys_addr_t address)
{
    return (void *)(uintptr_t)(space->table.offset + address.value);
}

static bool is_early(const struct kernel_space *space, phys_addr_t address)
{
    return address.value - space->boot->early_memory.start < space->boot->early_memory.size;
}

static status_t take_table(void *owner, phys_addr_t *out)
{
    struct kernel_space *space = owner;
    phys_addr_t table = {0};
    pfn_t frame;
    void *block;
    if (space->frames != nullptr &&
        frames_alloc(space->frames, ORDER_FRAME, FRAME_PAGE_TABLE, &frame) == STATUS_OK) {
        table = pfn_to_phys(frame);
    } else if (space->spare_tables.value != 0) {
        table = space->spare_tables;
        memcpy(&space->spare_tables, direct(space, table), sizeof space->spare_tables);
    } else {
        status_t status = arena_alloc_aligned(space->early, PAGE_SIZE, PAGE_SIZE, &block);
        if (status != STATUS_OK)
            return status;
        table = phys_addr(virt_of(block).value - space->table.offset);
    }
    memset(direct(space, table), 0, PAGE_SIZE);
    *out = table;
    return STATUS_OK;
}

static void give_back_table(void *owner, phys_addr_t table)
{
    struct kernel_space *space = owner;
    if (is_early(space, table)) {
        memcpy(direct(space, table), &space->spare_tables, sizeof space->spare_tables);
        space->spare_tables = table;
        return;
    }
    status_t status = frames_free(space->frames, phys_to_pfn(table), ORDER_FRAME);
    ASSERT(S8, status == STATUS_OK);
}

static void invalidate(void *owner, virt_addr_t address)
{
    (void)owner;
    cpu_flush_page(address);
}

/* ---- direct map ---- */

/* Rights of a class in the direct map; false: not in it. Runtime code and data belong to the firmware, and
 * unaccepted, persistent and specific-purpose memory must not be touched by speculation either. */
static bool direct_rights(const struct memory_range *range, uint32_t *out)
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

static size_t first_range_after(const struct memory_map *map, uint64_t address)
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
    for (size_t i = first_range_after(map, from); i < map->range_count; i++) {
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
        if (start >= end || !direct_rights(&map->ranges[i], &rights)) {
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

status_t kernel_space_online(void *owner, pfn_t first)
{
    struct kernel_space *space = owner;
    const uint64_t start = pfn_to_phys(first).value;
    const uint64_t end = start + GIB;
    const uint64_t base = space->boot->direct_map_virtual;
    const bool gib_leaves = space->table.gib_leaves;
    struct extent extent;
    uint64_t from = start < LOW_MEMORY_END ? LOW_MEMORY_END : start;
    unsigned type;
    status_t status = STATUS_OK;

    if (start >= DIRECT_MAP_SIZE)
        return STATUS_OUT_OF_RANGE;
    if (!next_extent(space, from, end, &extent))
        return STATUS_OK;
    if (page_table_query(&space->table, virt_addr(base + extent.start)).present)
        return STATUS_OK;
    /* A leaf must not mix MTRR types (SDM 3A 11.11.9). Below 1 GiB leaves the map's own borders see to it. */
    if (gib_leaves && !cpu_memory_type(phys_addr(start), GIB, &type))
        space->table.gib_leaves = false;
    while (status == STATUS_OK && next_extent(space, from, end, &extent)) {
        status =
            page_table_map(&space->table, virt_addr(base + extent.start), phys_addr(extent.start),
                           extent.end - extent.start, extent.rights, MEMORY_TYPE_WRITE_BACK);
        if (status == STATUS_OK)
            from = extent.end;
    }
    if (status != STATUS_OK) { /* S5: all or nothing */
        uint64_t mapped_end = from;
        from = start < LOW_MEMORY_END ? LOW_MEMORY_END : start;
        while (next_extent(space, from, mapped_end, &extent)) {
            status_t undone = page_table_unmap(&space->table, virt_addr(base + extent.start),
                                               extent.end - extent.start);
            ASSERT(S5, undone == STATUS_OK);
            from = extent.end;
        }
    }
    space->table.gib_leaves = gib_leaves;
    return status;
}

/* What the loader handed over is in use whatever the map calls it: every page of it gets in, writable. */
static status_t map_missing(struct kernel_space *space, struct boot_range range)
{
    const uint64_t base = space->boot->direct_map_virtual;
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

static status_t online_bytes(struct kernel_space *space, struct boot_range range)
{
    for (uint64_t at = align_down(range.start, GIB); at < range.start + range.size; at += GIB) {
        status_t status = kernel_space_online(space, phys_to_pfn(phys_addr(at)));
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* ---- image ---- */

static status_t map_image(struct kernel_space *space)
{
    struct image_section section;
    for (unsigned i = 0; image_section_get(i, &section); i++) {
        if (!section.readable)
            continue;
        uint32_t rights = PAGE_GLOBAL | (section.writable ? PAGE_WRITE : 0) |
                          (section.executable ? PAGE_EXECUTE : 0);
        uint64_t offset = section.start.value - space->boot->image_virtual;
        status_t status = page_table_map(
            &space->table, section.start, phys_addr(space->boot->image.start + offset),
            section.end.value - section.start.value, rights, MEMORY_TYPE_WRITE_BACK);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* ---- start ---- */

constexpr uint64_t MAPPINGS_SHARED =
    TIB; /* of the 32 TiB that are set aside: enough, for 2 tables */
constexpr size_t MAPPINGS_MAX = 64;
constexpr size_t WINDOW_BLOCKS_MAX = 1024;

static status_t init_ranges(struct kernel_space *space)
{
    void *mappings, *window;
    status_t status =
        arena_alloc(space->early, MAPPINGS_MAX * sizeof(struct virtual_range), &mappings);
    if (status != STATUS_OK)
        return status;
    status = arena_alloc(space->early, WINDOW_BLOCKS_MAX * sizeof(struct virtual_range), &window);
    if (status != STATUS_OK)
        return status;
    /* Only where there are root entries: S7. */
    ranges_init(&space->mappings, virt_addr(MAPPINGS_BASE), MAPPINGS_SHARED, mappings,
                MAPPINGS_MAX);
    ranges_init(&space->heap_window, virt_addr(HEAP_BASE), HEAP_SIZE, window, WINDOW_BLOCKS_MAX);
    space->heap_window_peak = HEAP_BASE;
    return STATUS_OK;
}

/* A root entry that is added later would be missing in the roots of address spaces: all that will ever be
 * used get a table now. The direct map is as long as what may be in it. */
static status_t share_high_half(struct kernel_space *space)
{
    uint64_t direct_end = GIB;
    for (size_t i = 0; i < space->map->range_count; i++) {
        uint32_t rights;
        if (direct_rights(&space->map->ranges[i], &rights))
            direct_end = space->map->ranges[i].end.value;
    }
    direct_end = direct_end < DIRECT_MAP_SIZE ? direct_end : DIRECT_MAP_SIZE;
    const struct {
        uint64_t start, size;
    } areas[] = {
        {space->boot->direct_map_virtual, align_up(direct_end, GIB)},
        {MAPPINGS_BASE, MAPPINGS_SHARED},
        {HEAP_BASE, HEAP_SIZE},
        {PER_CPU_BASE, PER_CPU_SIZE},
        {TEMPORARY_BASE, TEMPORARY_SIZE},
        {IMAGE_BASE, IMAGE_SIZE},
    };
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) {
        if (areas[i].start < KERNEL_HALF_BASE) /* the direct map of a host test */
            continue;
        status_t status =
            page_table_share_high(&space->table, virt_addr(areas[i].start), areas[i].size);
        if (status != STATUS_OK)
            return status;
    }
    space->table.shared_high = true;
    return STATUS_OK;
}

status_t kernel_space_init(struct kernel_space *space, uint64_t offset, const char **fault)
{
    const struct cpu_features *cpu = cpu_features();
    space->table = (struct page_table){
        .offset = offset,
        .levels = cpu->levels,
        .phys_bits = cpu->phys_bits,
        .no_execute = cpu->no_execute,
        .gib_leaves = cpu->gib_leaves,
        .memory = {take_table, give_back_table, invalidate, space},
    };
    *fault = "the root table and the records of virtual ranges";
    status_t status = init_ranges(space);
    if (status == STATUS_OK)
        status = page_table_create(&space->table);
    if (status != STATUS_OK)
        return status;
    *fault = "the kernel image";
    status = map_image(space);
    if (status != STATUS_OK)
        return status;
    *fault = "the direct map of the loader's memory";
    status = online_bytes(space, space->boot->loader);
    if (status == STATUS_OK)
        status = map_missing(space, space->boot->loader);
    if (status != STATUS_OK)
        return status;
    *fault = "tables for the high half of every address space";
    status = share_high_half(space);
    if (status != STATUS_OK)
        return status;
    cpu_load_table(space->table.root);
    cpu_flush_all(); /* the loader's entries, were one of them global */
    return STATUS_OK;
}

/* ---- devices ---- */

/* Device memory must not be memory that somebody is given as RAM: two types for one address. */
static bool overlaps_ram(const struct kernel_space *space, uint64_t start, uint64_t end)
{
    const struct memory_map *map = space->map;
    for (size_t i = first_range_after(map, start); i < map->range_count; i++) {
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

/* ---- heap window ---- */

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
