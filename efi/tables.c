/* SPDX-License-Identifier: MIT
 * The first page tables: the kernel's own view of memory before it can make one. They map
 *   the image             at its final address with its final rights; guards and gaps stay unmapped
 *   our one allocation    at the direct map, writable, never executable; without the image
 *   the framebuffer       at the direct map, uncached unless an MTRR says better
 *   the page of handoff   where it is, executable: the processor is in it when it changes tables
 * and nothing else. */
#include "loader.h"

/* Tables come from their part of the allocation, one behind the other, and never go back. */
static status_t take_table(void *owner, phys_addr_t *out)
{
    struct loader *l = owner;
    if (l->tables_used == l->layout.tables_size)
        return STATUS_NO_MEMORY;
    unsigned char *table = l->block + l->layout.tables + l->tables_used;
    zero_pages(table, PAGE_SIZE);
    l->tables_used += PAGE_SIZE;
    *out = phys_addr((uintptr_t)table);
    return STATUS_OK;
}

static void give_back_table(void *owner, phys_addr_t table)
{
    (void)owner;
    (void)table;
}

static void describe_processor(struct loader *l)
{
    l->tables = (struct page_table){
        .levels = has_five_levels() ? 5 : 4,
        .phys_bits = phys_bits(),
        .no_execute = enable_no_execute(),
        .gib_leaves = has_gib_pages(),
        .memory = {.take = take_table, .give_back = give_back_table, .owner = l},
    };
    if (l->tables.no_execute)
        l->info.flags |= BOOT_FLAG_NO_EXECUTE;
    if (l->tables.levels == 5)
        l->info.flags |= BOOT_FLAG_FIVE_LEVELS;
}

static void map(struct loader *l, uint64_t at, uint64_t phys, uint64_t size, uint32_t rights)
{
    status_t status = page_table_map(&l->tables, virt_addr(at), phys_addr(phys), size, rights,
                                     MEMORY_TYPE_WRITE_BACK);
    if (status != STATUS_OK)
        loader_stop(l, EFI_LOAD_ERROR, "first tables: cannot map 0x%lx bytes at 0x%lx to 0x%lx: %s",
                    size, at, phys, status_text(status));
}

static void map_image(struct loader *l)
{
    for (unsigned i = 0; i < l->plan.segment_count; i++) {
        const struct elf_segment *s = &l->plan.segments[i];
        uint32_t rights = 0;
        if (s->rights == 0)
            continue; /* a guard */
        if ((s->rights & ELF_WRITE) != 0)
            rights |= PAGE_WRITE;
        if ((s->rights & ELF_EXECUTE) != 0)
            rights |= PAGE_EXECUTE;
        map(l, l->info.image_virtual + s->offset, l->info.image.start + s->offset, s->size, rights);
    }
}

/* A framebuffer at the start of a large leaf is mapped in such leaves to its end: what it lies in is never cut
 * finer (PCI 3.0, 6.2.5.1: sizes of memory windows are powers of two), and one leaf costs less than 512. */
static uint64_t framebuffer_end(const struct boot_framebuffer *fb)
{
    constexpr uint64_t LEAF = 2 * MIB;
    bool large = is_aligned(fb->start, LEAF) && fb->size > LEAF / 2;
    return align_up(fb->start + fb->size, large ? LEAF : PAGE_SIZE);
}

/* Without it the machine runs as well: no reason to stop. UC- is index 2 in the processor's PAT as in ours,
 * and lets an MTRR make it write-combining (SDM 3A 12.5.2.2). */
static void map_framebuffer(struct loader *l)
{
    struct boot_framebuffer *fb = &l->info.framebuffer;
    if (fb->width == 0)
        return;
    uint64_t start = align_down(fb->start, PAGE_SIZE);
    if (page_table_map(&l->tables, virt_addr(l->info.direct_map_virtual + start), phys_addr(start),
                       framebuffer_end(fb) - start, PAGE_WRITE,
                       MEMORY_TYPE_UNCACHED_MINUS) != STATUS_OK)
        *fb = (struct boot_framebuffer){}, l->info.flags |= BOOT_FLAG_SCREEN_REFUSED;
}

void loader_build_tables(struct loader *l)
{
    describe_processor(l);
    if (page_table_create(&l->tables) != STATUS_OK)
        loader_stop(l, EFI_OUT_OF_RESOURCES, "first tables: no room for the root");
    map_image(l);
    uint64_t block = (uintptr_t)l->block, rest = l->layout.tables;
    map(l, l->info.direct_map_virtual + block + rest, block + rest, l->layout.size - rest,
        PAGE_WRITE);
    uint64_t page = align_down((uintptr_t)&handoff, PAGE_SIZE);
    map(l, page, page, align_up((uintptr_t)handoff_end, PAGE_SIZE) - page, PAGE_EXECUTE);
    map_framebuffer(l);
    l->info.first_tables = l->tables.root.value;
}
