/* SPDX-License-Identifier: MIT
 * Memory types.
 *
 * Problem: what a cache does with an address is said in three places. The MTRRs (set by the firmware, by
 * physical address) and the page's entry through the PAT (set by us, by virtual address) are combined by the
 * processor: for a page that the PAT makes write-back, the MTRR's type holds (Intel SDM 3A, table 11-7). The
 * third, the attributes of the firmware's map, says what the memory can be, not what it is.
 * Shape:   each range of RAM is judged by itself; the audit shows GiB by GiB what the three say.
 * MT1  RAM that is used is write-back for the firmware (else it is not used at all: mm/start.c, mm/space/direct_map.c)
 * MT2  RAM is write-back for the MTRRs: else it works, many times slower, and somebody should know
 * MT3  no leaf mixes MTRR types (SDM 3A 11.11.9): RAM that does must be mapped in smaller pieces
 * Cost:    a judgement asks the MTRRs once or twice. Memory below 1 MiB is not asked about: it is not used.
 * Not here: setting MTRRs (they are the firmware's, and all processors' at once). */
#include <mm/memory_types.h>

#include <base/assert.h>

constexpr uint64_t FIRST_USED = MIB;

const char *memory_type_conflict_text(enum memory_type_conflict conflict)
{
    static const char *const texts[] = {
#define MEMORY_TYPE_CONFLICT_TEXT(name, text) text,
        MEMORY_TYPE_CONFLICT_LIST(MEMORY_TYPE_CONFLICT_TEXT)
#undef MEMORY_TYPE_CONFLICT_TEXT
    };
    return conflict < TYPE_CONFLICT_COUNT ? texts[conflict] : "unknown conflict";
}

static bool is_used(enum memory_class class)
{
    return class == MEMORY_USABLE || class == MEMORY_BOOT_SERVICES || class == MEMORY_LOADER;
}

enum memory_type_conflict memory_types_judge(const struct memory_range *range,
                                             mtrr_type_function *mtrr_type)
{
    const uint64_t start = range->start.value < FIRST_USED ? FIRST_USED : range->start.value;
    unsigned type;
    DEBUG_ASSERT(MAP1, range->start.value < range->end.value);
    if (!is_used(range->class) || range->end.value <= start)
        return TYPE_CONFLICT_NONE;
    if ((range->attributes & EFI_ATTRIBUTE_WB) == 0)
        return TYPE_CONFLICT_NOT_CAPABLE;
    if (mtrr_type(phys_addr(start), range->end.value - start, &type))
        return type == MEMORY_TYPE_WRITE_BACK ? TYPE_CONFLICT_NONE
                                              : TYPE_CONFLICT_MTRR_NOT_WRITE_BACK;
    /* Not even one page has a type: there are no MTRRs to disagree. */
    return mtrr_type(phys_addr(start), PAGE_SIZE, &type) ? TYPE_CONFLICT_MTRR_MIXED
                                                         : TYPE_CONFLICT_NONE;
}

static bool add_extent(void *owner, const struct page_extent *extent)
{
    struct gib_types *gib = owner;
    gib->pat_is_one = gib->mapped_bytes == 0 || (gib->pat_is_one && gib->pat == extent->type);
    gib->pat = extent->type;
    gib->mapped_bytes += extent->size;
    return true;
}

struct gib_types memory_types_of_gib(const struct memory_map *map, const struct page_table *pt,
                                     uint64_t direct, mtrr_type_function *mtrr_type,
                                     phys_addr_t start)
{
    struct gib_types gib = {.start = start};
    const uint64_t end = start.value + GIB;
    DEBUG_ASSERT(MT3, is_aligned(start.value, GIB)); /* the largest leaf */
    for (size_t i = 0; i < map->range_count && map->ranges[i].start.value < end; i++) {
        struct memory_range part = map->ranges[i];
        const uint64_t floor = start.value < FIRST_USED ? FIRST_USED : start.value;
        part.start.value = part.start.value < floor ? floor : part.start.value;
        part.end.value = part.end.value > end ? end : part.end.value;
        if (part.end.value <= part.start.value || !memory_class_is_ram(part.class))
            continue;
        gib.attributes = gib.ram_bytes == 0 ? part.attributes : gib.attributes & part.attributes;
        gib.ram_bytes += part.end.value - part.start.value;
        const enum memory_type_conflict conflict = memory_types_judge(&part, mtrr_type);
        if (conflict != TYPE_CONFLICT_NONE && gib.conflicts++ == 0)
            gib.first = conflict;
    }
    DEBUG_ASSERT(MAP2, gib.ram_bytes <= GIB);
    gib.mtrr_is_one = mtrr_type(start, GIB, &gib.mtrr);
    page_table_visit(pt, virt_addr(direct + start.value), virt_addr(direct + end - 1), add_extent,
                     &gib);
    return gib;
}
