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
 * Here: where tables come from, the image, the start. The other three are direct_map.c, devices.c, heap_window.c.
 * Not here: user spaces, other processors (nothing is flushed anywhere but here). */
#include "private.h"

#include <arch/cpu.h>
#include <arch/image.h>
#include <base/assert.h>
#include <base/string.h>
#include <boot/address_map.h>

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
        ASSERT(S8, !is_early(space, table)); /* where it goes back to is told by its address */
    } else if (space->spare_tables.value != 0) {
        table = space->spare_tables;
        memcpy(&space->spare_tables, direct(space, table), sizeof space->spare_tables);
    } else {
        status_t status = arena_alloc_aligned(space->early, PAGE_SIZE, PAGE_SIZE, &block);
        if (status != STATUS_OK)
            return status;
        table = phys_addr(virt_of(block).value - space->table.offset);
        ASSERT(S8, is_early(space, table));
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
    ASSERT(S8, status == STATUS_OK); /* it was taken as one frame, and nobody else names it */
}

static void invalidate(void *owner, virt_addr_t start, uint64_t leaf_size, uint64_t count)
{
    (void)owner;
    cpu_flush_leaves(start, leaf_size, count);
}

/* ---- image ---- */

static status_t map_image(struct kernel_space *space)
{
    struct image_section section;
    for (unsigned i = 0; image_section_get(i, &section); i++) {
        if (!section.readable)
            continue;
        ASSERT(S1, !section.writable || !section.executable);
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

/* Records of ranges come from where tables come from. */
static void *take_records(void *owner)
{
    phys_addr_t page;
    return take_table(owner, &page) == STATUS_OK ? direct(owner, page) : nullptr;
}

static void give_back_records(void *owner, void *page)
{
    const struct kernel_space *space = owner;
    give_back_table(owner, phys_addr(virt_of(page).value - space->table.offset));
}

static void init_ranges(struct kernel_space *space)
{
    const struct range_memory memory = {take_records, give_back_records, space};
    /* Only where there are root entries: S7. */
    ranges_init(&space->mappings, virt_addr(MAPPINGS_BASE), MAPPINGS_SHARED, &memory);
    ranges_init(&space->heap_window, virt_addr(HEAP_BASE), HEAP_SIZE, &memory);
    space->heap_window_peak = HEAP_BASE;
}

/* A root entry that is added later would be missing in the roots of address spaces: all that will ever be
 * used get a table now. The direct map is as long as what may be in it. */
static status_t share_high_half(struct kernel_space *space)
{
    uint64_t direct_end = GIB;
    DEBUG_ASSERT(S7, !space->table.shared_high);
    for (size_t i = 0; i < space->map->range_count; i++) {
        uint32_t rights;
        if (space_direct_rights(&space->map->ranges[i], &rights))
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
    *fault = "the root table";
    init_ranges(space);
    status_t status = page_table_create(&space->table);
    if (status != STATUS_OK)
        return status;
    *fault = "the kernel image";
    status = map_image(space);
    if (status != STATUS_OK)
        return status;
    *fault = "the direct map of the loader's memory";
    status = space_online_bytes(space, space->boot->loader);
    if (status == STATUS_OK)
        status = space_map_missing(space, space->boot->loader);
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
