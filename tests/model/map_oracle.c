/* SPDX-License-Identifier: MIT */
#include "model/map_oracle.h"

#include <stdckdint.h>

/* What one page of the window should be. */
struct page_truth {
    unsigned covered;         /* by how many descriptors */
    enum memory_class class;  /* of the most restrictive one */
    enum memory_class second; /* the most restrictive class below that, if `two_classes` */
    bool two_classes;
    unsigned winners; /* how many descriptors have the class */
    uint64_t attributes;
};

struct boot_region map_oracle_region(const uint8_t bytes[static MAP_ORACLE_REGION_BYTES])
{
    static const uint32_t types[] = {
        7, 7, 7,  7,  7,  0,  1,  2,  3,  4,          5,          6,          7,
        8, 9, 10, 11, 12, 13, 14, 15, 16, 0x6FFFFFFF, 0x70000000, 0x80000000, UINT32_MAX};
    static const uint64_t attributes[8] = {
        EFI_ATTRIBUTE_UC, EFI_ATTRIBUTE_WB, EFI_ATTRIBUTE_XP,        EFI_ATTRIBUTE_MORE_RELIABLE,
        EFI_ATTRIBUTE_SP, EFI_ATTRIBUTE_NV, EFI_ATTRIBUTE_ISA_VALID, EFI_ATTRIBUTE_RUNTIME};
    constexpr uint64_t granule = 256;
    constexpr unsigned beyond = 4; /* pages behind the window in which a descriptor may start */

    const unsigned place = bytes[0] | (unsigned)bytes[1] << 8;
    struct boot_region region = {
        .phys_start = MAP_ORACLE_BASE +
                      granule * (place % ((MAP_ORACLE_PAGES + beyond) * PAGE_SIZE / granule)),
        .page_count = bytes[2] % 20,
        .efi_type = types[bytes[3] % (sizeof types / sizeof types[0])]};
    if (bytes[5] % 4 != 0)
        region.phys_start = align_down(region.phys_start, PAGE_SIZE);
    if (bytes[5] % 8 == 6)
        region.bytes_less = (uint32_t)(granule * (bytes[7] % (PAGE_SIZE / granule)));
    for (unsigned bit = 0; bit < 8; bit++)
        if ((bytes[4] & bytes[7]) >> bit & 1)
            region.efi_attributes |= attributes[bit];
    switch (bytes[6]) {
    case 0:
        region.page_count = UINT64_MAX; /* the product overflows */
        break;
    case 1:
        region.page_count = UINT64_MAX >> PAGE_SHIFT; /* the sum overflows */
        break;
    case 2:
        region.phys_start = UINT64_MAX - bytes[0]; /* it starts at the end of everything */
        break;
    case 3:
        region.phys_start = MAP_ORACLE_BASE; /* the whole window */
        region.page_count = MAP_ORACLE_PAGES;
        break;
    default:
        break;
    }
    return region;
}

static enum memory_class class_of_region(const struct boot_region *region)
{
    const enum memory_class class = memory_class_of(region->efi_type, region->efi_attributes);
    if ((region->phys_start % PAGE_SIZE != 0 || region->bytes_less != 0) &&
        (class == MEMORY_LOADER || class == MEMORY_BOOT_SERVICES))
        return MEMORY_RESERVED; /* its edges may be somebody else's */
    return class;
}

/* False if the descriptor is to be ignored; *kind says why. */
static bool accepted(const struct boot_region *region, enum memory_change_kind *kind)
{
    uint64_t size, end;
    *kind = MEMORY_CHANGE_EMPTY;
    if (region->page_count == 0)
        return false;
    *kind = MEMORY_CHANGE_WRAPS;
    if (ckd_mul(&size, region->page_count, PAGE_SIZE) || ckd_add(&end, region->phys_start, size))
        return false;
    *kind = MEMORY_CHANGE_BEYOND;
    return end - region->bytes_less <= MAP_ORACLE_END;
}

static bool covers(const struct boot_region *region, unsigned page)
{
    enum memory_change_kind kind;
    if (!accepted(region, &kind))
        return false;
    const uint64_t start = MAP_ORACLE_BASE + page * PAGE_SIZE, end = start + PAGE_SIZE;
    const uint64_t region_end =
        region->phys_start + region->page_count * PAGE_SIZE - region->bytes_less;
    if (class_of_region(region) == MEMORY_USABLE)
        return region->phys_start <= start && end <= region_end;
    return region->phys_start < end && start < region_end;
}

static struct page_truth truth_of(const struct boot_region *regions, size_t count, unsigned page)
{
    struct page_truth truth = {0};
    for (size_t i = 0; i < count; i++) {
        if (!covers(&regions[i], page))
            continue;
        const enum memory_class class = class_of_region(&regions[i]);
        if (truth.covered++ == 0 || class > truth.class)
            truth.class = class;
    }
    uint64_t demanded = 0;
    truth.attributes = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        if (!covers(&regions[i], page))
            continue;
        const enum memory_class class = class_of_region(&regions[i]);
        if (class == truth.class) {
            truth.winners++;
            truth.attributes &= regions[i].efi_attributes;
            demanded |= regions[i].efi_attributes & EFI_ATTRIBUTE_RUNTIME;
        } else if (!truth.two_classes || class > truth.second) {
            truth.two_classes = true;
            truth.second = class;
        }
    }
    truth.attributes |= demanded;
    return truth;
}

static const char *compare_range(const struct memory_map *map, const struct boot_region *regions,
                                 size_t count, unsigned page, const struct page_truth *truth)
{
    const phys_addr_t start = phys_addr(MAP_ORACLE_BASE + page * PAGE_SIZE);
    const struct memory_range *range = memory_map_find(map, start);
    if ((range != nullptr) != (truth->covered != 0))
        return "a page is described and has no range, or the other way round";
    if (range == nullptr)
        return nullptr;
    if (memory_map_find(map, phys_addr(start.value + PAGE_SIZE - 1)) != range)
        return "a page has two ranges";
    if (range->class != truth->class)
        return "a page does not have its most restrictive class";
    if (range->attributes != truth->attributes)
        return "a page does not have the attributes that its descriptors agree on";
    if (range->descriptor >= count || class_of_region(&regions[range->descriptor]) != range->class)
        return "the descriptor that decided is none, or has another class";
    return nullptr;
}

static bool is_overlap(const struct memory_change *change)
{
    return change->kind == MEMORY_CHANGE_DUPLICATE || change->kind == MEMORY_CHANGE_CONFLICT;
}

static const char *compare_overlap(const struct memory_map *map, const struct boot_region *regions,
                                   size_t count, unsigned page, const struct page_truth *truth)
{
    const uint64_t start = MAP_ORACLE_BASE + page * PAGE_SIZE;
    const struct memory_change *found = nullptr;
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        if (!is_overlap(change) || change->start.value > start || change->end.value <= start)
            continue;
        if (found != nullptr)
            return "two overlaps speak of one page";
        found = change;
    }
    if ((found != nullptr) != (truth->covered > 1))
        return "a page is covered more than once and nothing says so, or the other way round";
    if (found == nullptr)
        return nullptr;
    if (found->winner >= count || found->loser >= count || found->winner == found->loser ||
        !covers(&regions[found->winner], page) || !covers(&regions[found->loser], page))
        return "an overlap names descriptors that do not cover the page";
    if (found->kind != (truth->two_classes ? MEMORY_CHANGE_CONFLICT : MEMORY_CHANGE_DUPLICATE))
        return "an overlap is of the wrong kind";
    if (class_of_region(&regions[found->winner]) != truth->class ||
        class_of_region(&regions[found->loser]) !=
            (truth->two_classes ? truth->second : truth->class))
        return "an overlap names the wrong classes";
    return nullptr;
}

/* Each descriptor has the change that it deserves, once. */
static const char *compare_single(const struct memory_map *map, const struct boot_region *regions,
                                  uint32_t index)
{
    const struct boot_region *region = &regions[index];
    enum memory_change_kind wanted = MEMORY_CHANGE_KIND_COUNT;
    if (accepted(region, &wanted)) {
        wanted = MEMORY_CHANGE_KIND_COUNT;
        if (region->phys_start % PAGE_SIZE != 0 || region->bytes_less != 0)
            wanted = class_of_region(region) == MEMORY_USABLE ? MEMORY_CHANGE_ROUNDED_IN
                                                              : MEMORY_CHANGE_ROUNDED_OUT;
    }
    unsigned found = 0;
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        if (is_overlap(change) || change->winner != index)
            continue;
        if (change->kind != wanted || change->start.value != region->phys_start)
            return "a descriptor has a change that it does not deserve";
        found++;
    }
    return found == (wanted != MEMORY_CHANGE_KIND_COUNT) ? nullptr
                                                         : "a descriptor's change is missing";
}

static const char *compare_joined(const struct memory_map *map)
{
    const struct memory_change *last = nullptr;
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        if (!is_overlap(change))
            continue;
        if (last != nullptr && last->end.value == change->start.value &&
            last->winner == change->winner && last->loser == change->loser)
            return "two overlaps of the same pair are not joined";
        last = change;
    }
    return nullptr;
}

const char *map_oracle_compare(const struct memory_map *map, const struct boot_region *regions,
                               size_t count)
{
    uint64_t bytes = 0, total = 0;
    const char *broken = nullptr;
    for (unsigned page = 0; page < MAP_ORACLE_PAGES && broken == nullptr; page++) {
        const struct page_truth truth = truth_of(regions, count, page);
        bytes += truth.covered != 0 ? PAGE_SIZE : 0;
        broken = compare_range(map, regions, count, page, &truth);
        if (broken == nullptr)
            broken = compare_overlap(map, regions, count, page, &truth);
    }
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++)
        total += map->bytes[class];
    if (broken == nullptr && total != bytes)
        broken = "the totals are not the bytes that are described";
    for (size_t i = 0; i < count && broken == nullptr; i++)
        broken = compare_single(map, regions, (uint32_t)i);
    return broken != nullptr ? broken : compare_joined(map);
}

struct boot_region map_oracle_region_of(const struct memory_range *range)
{
    static const uint32_t types[MEMORY_CLASS_COUNT] = {
        [MEMORY_USABLE] = EFI_TYPE_CONVENTIONAL,
        [MEMORY_BOOT_SERVICES] = EFI_TYPE_BOOT_SERVICES_DATA,
        [MEMORY_LOADER] = EFI_TYPE_LOADER_DATA,
        [MEMORY_ACPI_RECLAIM] = EFI_TYPE_ACPI_RECLAIM,
        [MEMORY_SPECIFIC_PURPOSE] = EFI_TYPE_CONVENTIONAL,
        [MEMORY_PERSISTENT] = EFI_TYPE_PERSISTENT,
        [MEMORY_UNACCEPTED] = EFI_TYPE_UNACCEPTED,
        [MEMORY_OS_DEFINED] = EFI_TYPE_OS_FIRST,
        [MEMORY_OEM_DEFINED] = EFI_TYPE_OEM_FIRST,
        [MEMORY_ACPI_NVS] = EFI_TYPE_ACPI_NVS,
        [MEMORY_RUNTIME_DATA] = EFI_TYPE_RUNTIME_SERVICES_DATA,
        [MEMORY_RUNTIME_CODE] = EFI_TYPE_RUNTIME_SERVICES_CODE,
        [MEMORY_PAL_CODE] = EFI_TYPE_PAL_CODE,
        [MEMORY_RESERVED] = EFI_TYPE_RESERVED,
        [MEMORY_UNKNOWN] = EFI_TYPE_UNACCEPTED + 1,
        [MEMORY_MMIO] = EFI_TYPE_MMIO,
        [MEMORY_MMIO_PORTS] = EFI_TYPE_MMIO_PORTS,
        [MEMORY_UNUSABLE] = EFI_TYPE_UNUSABLE};
    return (struct boot_region){.phys_start = range->start.value,
                                .page_count = (range->end.value - range->start.value) / PAGE_SIZE,
                                .efi_type = types[range->class],
                                .efi_attributes = range->attributes};
}

bool map_oracle_same_ranges(const struct memory_map *a, const struct memory_map *b)
{
    if (a->range_count != b->range_count)
        return false;
    for (size_t i = 0; i < a->range_count; i++) {
        const struct memory_range *x = &a->ranges[i], *y = &b->ranges[i];
        if (x->start.value != y->start.value || x->end.value != y->end.value ||
            x->class != y->class || x->attributes != y->attributes)
            return false;
    }
    return true;
}
