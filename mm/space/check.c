/* SPDX-License-Identifier: MIT
 * Proof of the kernel's tables: every leaf is visited and held against S1..S6 of kernel_space.c. */
#include "private.h"

#include <arch/image.h>

struct proof {
    const struct kernel_space *space;
    struct mm_paging_summary summary;
    uint64_t
        judged; /* physical: the sections below it are known to be whole, if anything of them is mapped */
    const char *broken;
    virt_addr_t where;
};

static bool within(uint64_t start, uint64_t size, uint64_t area, uint64_t area_size)
{
    return start >= area && size <= area_size && start - area <= area_size - size;
}

static bool find_section(virt_addr_t address, struct image_section *out)
{
    for (unsigned i = 0; image_section_get(i, out); i++)
        if (address.value >= out->start.value && address.value < out->end.value)
            return true;
    return false;
}

/* The image: exactly its section's rights, at exactly its place in the image's memory. An extent may be parts
 * of several sections with the same rights. */
static const char *judge_image_extent(const struct proof *proof, const struct page_extent *extent)
{
    const struct boot_info *boot = proof->space->boot;
    const bool writable = (extent->rights & PAGE_WRITE) != 0;
    const bool executable = (extent->rights & PAGE_EXECUTE) != 0;
    const uint64_t end = extent->start.value + extent->size;
    struct image_section section;
    for (virt_addr_t at = extent->start; at.value < end; at = section.end) {
        if (!find_section(at, &section) || !section.readable)
            return "S6: a page of the image's area is mapped that is in no section";
        if (writable != section.writable)
            return "S1: a page of the image has not its section's right to write";
        if (executable != section.executable && proof->summary.no_execute)
            return "S2: a page of the image has not its section's right to execute";
    }
    if (extent->phys.value - boot->image.start != extent->start.value - boot->image_virtual)
        return "S3: a page of the image is not where it was loaded";
    return nullptr;
}

/* A page of it is mapped: then the others of its section are, too. Extents come in order of their addresses. */
static const char *judge_direct_extent(struct proof *proof, const struct page_extent *extent)
{
    const uint64_t start = extent->phys.value;
    if (extent->start.value - proof->space->boot->direct_map_virtual != start)
        return "S5: a page of the direct map is not at base + physical address";
    if (proof->judged < start)
        proof->judged = align_down(start, GIB);
    for (; proof->judged < start + extent->size; proof->judged += GIB)
        if (!space_section_is_whole(proof->space, proof->judged))
            return "S5: a section is mapped in part";
    return nullptr;
}

static const char *judge_other_extent(struct proof *proof, const struct page_extent *extent)
{
    const struct boot_info *boot = proof->space->boot;
    const uint64_t start = extent->start.value, size = extent->size;
    if ((extent->rights & PAGE_EXECUTE) != 0 && proof->summary.no_execute)
        return "S2: a page outside the image is executable";
    if (extent->phys.value < boot->image.start + boot->image.size &&
        boot->image.start < extent->phys.value + size)
        return "S3: a frame of the image has a second address";
    if (within(start, size, boot->direct_map_virtual, DIRECT_MAP_SIZE))
        return judge_direct_extent(proof, extent);
    const struct range_allocator *ra =
        within(start, size, MAPPINGS_BASE, MAPPINGS_SIZE) ? &proof->space->mappings
        : within(start, size, HEAP_BASE, HEAP_SIZE)       ? &proof->space->heap_window
                                                          : nullptr;
    if (ra == nullptr)
        return "S5: a page is mapped outside every area that is in use";
    bool guard;
    const struct virtual_range *range = ranges_find(ra, extent->start, &guard);
    if (range == nullptr || guard || start + size > range->start.value + range->size)
        return "S6: a page is mapped where no range was handed out, or in a guard";
    return nullptr;
}

static void count_extent(struct mm_paging_summary *summary, const struct page_extent *extent)
{
    if (extent->leaf_size == PAGE_SIZE)
        summary->leaves_4k += extent->size / PAGE_SIZE;
    else if (extent->leaf_size == GIB)
        summary->leaves_1g += extent->size / GIB;
    else
        summary->leaves_2m += extent->size / (2 * MIB);
    if ((extent->rights & PAGE_WRITE) != 0)
        summary->bytes_rw += extent->size;
    else if ((extent->rights & PAGE_EXECUTE) != 0)
        summary->bytes_rx += extent->size;
    else
        summary->bytes_r += extent->size;
}

static bool judge_extent(void *owner, const struct page_extent *extent)
{
    struct proof *proof = owner;
    const uint32_t wx = PAGE_WRITE | PAGE_EXECUTE;
    count_extent(&proof->summary, extent);
    if (extent->start.value < KERNEL_HALF_BASE)
        proof->broken = "S4: a page of the lower half is mapped";
    else if ((extent->rights & PAGE_USER) != 0)
        proof->broken = "S1: a page of the kernel has the user bit";
    else if ((extent->rights & wx) == wx && proof->summary.no_execute)
        proof->broken = "S1: a page is writable and executable";
    else if (extent->start.value >= IMAGE_BASE)
        proof->broken = judge_image_extent(proof, extent);
    else
        proof->broken = judge_other_extent(proof, extent);
    proof->where = extent->start;
    return proof->broken == nullptr;
}

static bool is_mapped(const struct kernel_space *space, uint64_t address)
{
    return page_table_query(&space->table, virt_addr(address)).present;
}

/* Every section that should be there is there, page by page; every guard is not. */
static const char *judge_sections(const struct kernel_space *space, virt_addr_t *where)
{
    struct image_section section;
    for (unsigned i = 0; image_section_get(i, &section); i++) {
        for (uint64_t at = section.start.value; at < section.end.value; at += PAGE_SIZE) {
            *where = virt_addr(at);
            if (is_mapped(space, at) != section.readable)
                return section.readable ? "S2: a page of the image is not mapped"
                                        : "S6: a guard of the image is mapped";
        }
    }
    return nullptr;
}

static const char *judge_ranges(const struct kernel_space *space, const struct range_allocator *ra,
                                virt_addr_t *where)
{
    for (const struct virtual_range *range = nullptr;
         (range = ranges_next(ra, range)) != nullptr;) {
        const uint64_t start = range->start.value;
        const uint64_t end = start + range->size;
        *where = virt_addr(start);
        if (is_mapped(space, start - PAGE_SIZE) || is_mapped(space, end))
            return "S6: a guard page of a range is mapped";
        if (!is_mapped(space, start) || !is_mapped(space, end - PAGE_SIZE))
            return "S6: a range is not mapped";
    }
    return nullptr;
}

const char *kernel_space_check(const struct kernel_space *space, struct mm_paging_summary *out,
                               virt_addr_t *where)
{
    struct proof proof = {.space = space, .summary.no_execute = space->table.no_execute};
    const char *broken = page_table_check(&space->table);
    page_table_visit(&space->table, virt_addr(0), virt_addr(UINT64_MAX), judge_extent, &proof);
    proof.summary.tables = page_table_count(&space->table);
    *out = proof.summary;
    *where = proof.where;
    if (broken == nullptr)
        broken = proof.broken;
    if (broken == nullptr)
        broken = judge_sections(space, where);
    if (broken == nullptr)
        broken = judge_ranges(space, &space->mappings, where);
    if (broken == nullptr)
        broken = judge_ranges(space, &space->heap_window, where);
    return broken;
}
