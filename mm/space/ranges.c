/* SPDX-License-Identifier: MIT
 * Problem: hand out parts of one area of the address space so that running off either end of one of
 * them is a page fault and never lands in another.
 *
 * Shape:   a sorted array of live ranges. Each owns its pages and the guard page before and after
 *          them; what two neighbours own never overlaps, so an address has one answer at most.
 *
 *          start                                                                         end
 *            | g | range 0 .......... | g |     gap      | g | range 1 ... | g | gap       |
 *                ^ .start    .size    ^                      ^
 *
 * R1  count <= capacity
 * R2  a range starts at a page and is one page or more, whole pages
 * R3  the range and its guards lie in the area
 * R4  the array is sorted, and no range with its guards overlaps the next with its guards
 *
 * Cost:    alloc and free are O(n) in live ranges (n is small: devices, stacks, heap blocks over
 * 2 MiB); find is O(log n). Two pages of address space a range, and no memory for them.
 * First fit keeps ranges low, and gives the same addresses on every run.
 * Not here: mapping, memory for the records (given), locks. */
#include <mm/ranges.h>

#include <base/assert.h>
#include <base/string.h>

#include <stdckdint.h>

void ranges_init(struct range_allocator *ra, virt_addr_t start, uint64_t size,
                 struct virtual_range *records, size_t capacity)
{
    uint64_t end;
    ASSERT(R3, !ckd_add(&end, start.value, size));
    ASSERT(R2, is_aligned(start.value | end, PAGE_SIZE));
    *ra = (struct range_allocator){start, virt_addr(end), records, 0, capacity};
}

/* With both guards: [from, to). */
static uint64_t footprint_from(const struct virtual_range *range)
{
    return range->start.value - PAGE_SIZE;
}
static uint64_t footprint_to(const struct virtual_range *range)
{
    return range->start.value + range->size + PAGE_SIZE;
}

/* Where a range of `size` bytes would start in the gap [from, to); false if it does not fit. */
static bool fit_in_gap(uint64_t from, uint64_t to, uint64_t size, uint64_t alignment, uint64_t *out)
{
    uint64_t first, end;
    if (ckd_add(&first, from, PAGE_SIZE) || ckd_add(&first, first, alignment - 1))
        return false;
    first = align_down(first, alignment);
    if (ckd_add(&end, first, size) || ckd_add(&end, end, PAGE_SIZE) || end > to)
        return false;
    *out = first;
    return true;
}

status_t ranges_alloc(struct range_allocator *ra, uint64_t size, uint64_t alignment,
                      const char *name, virt_addr_t *out)
{
    if (!is_power_of_two(alignment) || alignment < PAGE_SIZE)
        return STATUS_MISALIGNED;
    if (ra->count == ra->capacity)
        return STATUS_FULL;
    uint64_t rounded;
    if (ckd_add(&rounded, size == 0 ? 1 : size, PAGE_SIZE - 1))
        return STATUS_NO_MEMORY;
    rounded = align_down(rounded, PAGE_SIZE);

    uint64_t from = ra->start.value, start;
    size_t index = 0;
    for (; index < ra->count; index++) {
        struct virtual_range *range = &ra->records[index];
        if (fit_in_gap(from, footprint_from(range), rounded, alignment, &start))
            break;
        from = footprint_to(range);
    }
    if (index == ra->count && !fit_in_gap(from, ra->end.value, rounded, alignment, &start))
        return STATUS_NO_MEMORY;

    struct virtual_range *slot = &ra->records[index];
    memmove(slot + 1, slot, (ra->count - index) * sizeof *slot);
    *slot = (struct virtual_range){virt_addr(start), rounded, name};
    ra->count++;
    *out = slot->start;
    return STATUS_OK;
}

/* The first range whose footprint ends above the address; count if there is none. */
static size_t lower_bound(const struct range_allocator *ra, virt_addr_t address)
{
    size_t low = 0, high = ra->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (footprint_to(&ra->records[middle]) > address.value)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const struct virtual_range *ranges_find(const struct range_allocator *ra, virt_addr_t address,
                                        bool *guard)
{
    size_t index = lower_bound(ra, address);
    if (index == ra->count || address.value < footprint_from(&ra->records[index]))
        return nullptr;
    const struct virtual_range *range = &ra->records[index];
    if (guard != nullptr)
        *guard = address.value - range->start.value >= range->size;
    return range;
}

status_t ranges_free(struct range_allocator *ra, virt_addr_t start, struct virtual_range *out)
{
    bool guard;
    const struct virtual_range *found = ranges_find(ra, start, &guard);
    if (found == nullptr || guard)
        return STATUS_NOT_ALLOCATED;
    if (found->start.value != start.value)
        return STATUS_INSIDE_BLOCK;
    if (out != nullptr)
        *out = *found;
    struct virtual_range *slot = &ra->records[found - ra->records];
    ra->count--;
    memmove(slot, slot + 1, (size_t)(ra->records + ra->count - slot) * sizeof *slot);
    return STATUS_OK;
}

const char *ranges_check(const struct range_allocator *ra)
{
    if (ra->count > ra->capacity)
        return "ranges R1: more ranges than records";
    uint64_t from = ra->start.value;
    for (size_t i = 0; i < ra->count; i++) {
        const struct virtual_range *range = &ra->records[i];
        uint64_t to;
        if (range->size == 0 || !is_aligned(range->start.value | range->size, PAGE_SIZE))
            return "ranges R2: a range is not one or more whole pages";
        if (range->start.value < PAGE_SIZE || ckd_add(&to, range->start.value, range->size) ||
            ckd_add(&to, to, PAGE_SIZE) || to > ra->end.value ||
            footprint_from(range) < ra->start.value)
            return "ranges R3: a range or its guard lies outside the area";
        if (footprint_from(range) < from)
            return "ranges R4: ranges overlap or are not sorted";
        from = to;
    }
    return nullptr;
}
