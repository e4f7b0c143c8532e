/* SPDX-License-Identifier: MIT
 * Problem: hand out parts of one area of the address space so that running off either end of one of
 * them is a page fault and never lands in another; any number of them.
 *
 * Shape:   records of live ranges, sorted. Each owns its pages and the guard page before and after
 *          them; what two neighbours own never overlaps, so an address has one answer at most.
 *
 *          start                                                                         end
 *            | g | range 0 .......... | g |     gap      | g | range 1 ... | g | gap       |
 *                ^ .start    .size    ^                      ^
 *
 *          The records lie in a list of pages, each with a sorted part of them and the size of the largest
 *          gap in front of one of its ranges: a search passes over pages that have none.
 *
 *            | 84 records, 12 KiB | -> | 169 records, 0 | -> | 3 records, 1 TiB |        then the rest of the area
 *
 *          A full page is split in two. Two neighbours become one when half a page would hold both.
 *
 * R1  count is the sum of the pages' counts; no page is empty, but one that is alone may be
 * R2  a range starts at a page and is one page or more, whole pages
 * R3  the range and its guards lie in the area
 * R4  the records are sorted, and no range with its guards overlaps the next with its guards
 * R5  a page knows the size of the largest gap in front of one of its ranges
 * R6  the list leads from first to last and back
 *
 * Cost:    alloc and find are O(n / 169) for the pages, and O(169) in one of them; free likewise. 24 bytes a
 *          range, and two pages of address space. First fit keeps ranges low, and gives the same addresses
 *          on every run. The last page is kept: one range that comes and goes takes no page each time.
 * Not here: mapping, where pages come from, locks. */
#include "ranges_private.h"

#include <base/assert.h>
#include <base/string.h>

#include <stdckdint.h>

/* A place among the records: in front of this one, or behind the last of its page. */
struct place {
    struct range_page *page;
    size_t index;
};

void ranges_init(struct range_allocator *ra, virt_addr_t start, uint64_t size,
                 const struct range_memory *memory)
{
    uint64_t end;
    ASSERT(R3, !ckd_add(&end, start.value, size));
    ASSERT(R2, is_aligned(start.value | end, PAGE_SIZE));
    *ra = (struct range_allocator){.start = start, .end = virt_addr(end), .memory = *memory};
}

void ranges_end(struct range_allocator *ra)
{
    while (ra->first != nullptr) {
        struct range_page *page = ra->first;
        ra->first = page->next;
        ra->memory.give(ra->memory.owner, page);
    }
    ra->last = nullptr;
    ra->count = 0;
}

/* ---- gaps ---- */

/* With both guards: [from, to). */
static uint64_t footprint_from(const struct virtual_range *range)
{
    return range->start.value - PAGE_SIZE;
}
static uint64_t footprint_to(const struct virtual_range *range)
{
    return range->start.value + range->size + PAGE_SIZE;
}

/* Where the gap in front of a page's first range begins. */
static uint64_t before_page(const struct range_allocator *ra, const struct range_page *page)
{
    const struct range_page *previous = page->previous;
    if (previous == nullptr)
        return ra->start.value;
    DEBUG_ASSERT(R1, previous->count != 0);
    return footprint_to(&previous->records[previous->count - 1]);
}

static uint64_t largest_gap(const struct range_allocator *ra, const struct range_page *page)
{
    uint64_t largest = 0, from = before_page(ra, page);
    for (size_t i = 0; i < page->count; i++) {
        const uint64_t gap = footprint_from(&page->records[i]) - from;
        largest = gap > largest ? gap : largest;
        from = footprint_to(&page->records[i]);
    }
    return largest;
}

/* After a page's records have changed: its gaps, and the one in front of the next page. */
static void refresh(const struct range_allocator *ra, struct range_page *page)
{
    page->largest_gap = largest_gap(ra, page);
    if (page->next != nullptr)
        page->next->largest_gap = largest_gap(ra, page->next);
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

/* The first gap that holds the range, as the place of its record, and where it starts. */
static bool find_gap(const struct range_allocator *ra, uint64_t size, uint64_t alignment,
                     struct place *out, uint64_t *start)
{
    uint64_t from = ra->start.value;
    for (struct range_page *page = ra->first; page != nullptr; page = page->next) {
        if (page->largest_gap > size) { /* a guard on both sides, too */
            from = before_page(ra, page);
            for (size_t i = 0; i < page->count; i++) {
                if (fit_in_gap(from, footprint_from(&page->records[i]), size, alignment, start)) {
                    *out = (struct place){page, i};
                    return true;
                }
                from = footprint_to(&page->records[i]);
            }
        }
    }
    struct range_page *last = ra->last;
    if (last != nullptr && last->count != 0)
        from = footprint_to(&last->records[last->count - 1]);
    *out = (struct place){last, last != nullptr ? last->count : 0};
    return fit_in_gap(from, ra->end.value, size, alignment, start);
}

/* ---- pages ---- */

/* A new, empty page behind `previous` (null: the only one); null if there is none. */
static struct range_page *add_page(struct range_allocator *ra, struct range_page *previous)
{
    struct range_page *page = ra->memory.take(ra->memory.owner);
    if (page == nullptr)
        return nullptr;
    ASSERT(R6, is_aligned((uintptr_t)page, PAGE_SIZE));
    struct range_page *next = previous != nullptr ? previous->next : nullptr;
    page->next = next;
    page->previous = previous;
    page->count = 0;
    page->largest_gap = 0;
    *(previous != nullptr ? &previous->next : &ra->first) = page;
    *(next != nullptr ? &next->previous : &ra->last) = page;
    return page;
}

static void drop_page(struct range_allocator *ra, struct range_page *page)
{
    DEBUG_ASSERT(R1, page->count == 0 && ra->first != ra->last);
    *(page->previous != nullptr ? &page->previous->next : &ra->first) = page->next;
    *(page->next != nullptr ? &page->next->previous : &ra->last) = page->previous;
    ra->memory.give(ra->memory.owner, page);
}

/* Move all records from `index` on to the end of the page behind. */
static void move_records(struct range_page *from, size_t index, struct range_page *to)
{
    const size_t moved = from->count - index;
    ASSERT(R1, index <= from->count && to->count + moved <= RANGE_PAGE_RECORDS);
    memcpy(&to->records[to->count], &from->records[index], moved * sizeof from->records[0]);
    to->count += moved;
    from->count = index;
}

/* Room for a record at that place, which may move to another page. */
static bool make_room(struct range_allocator *ra, struct place *place)
{
    if (place->page == nullptr)
        place->page = add_page(ra, nullptr);
    if (place->page == nullptr)
        return false;
    struct range_page *page = place->page;
    if (page->count < RANGE_PAGE_RECORDS)
        return true;
    struct range_page *upper = add_page(ra, page);
    if (upper == nullptr)
        return false;
    /* Ranges that come one behind the other leave full pages. */
    const size_t kept =
        place->index == RANGE_PAGE_RECORDS ? RANGE_PAGE_RECORDS : RANGE_PAGE_RECORDS / 2;
    move_records(page, kept, upper);
    if (place->index >= kept)
        *place = (struct place){upper, place->index - kept};
    return true;
}

/* Two neighbours that have become small are one; false: they are not. */
static bool join_small(struct range_allocator *ra, struct range_page *page, struct range_page *next)
{
    if (page == nullptr || next == nullptr || page->count + next->count > RANGE_PAGE_RECORDS / 2)
        return false;
    move_records(next, 0, page);
    drop_page(ra, next);
    return true;
}

/* A record has gone from the page. Returns the page that what follows it is in now. */
static struct range_page *tidy(struct range_allocator *ra, struct range_page *page)
{
    struct range_page *previous = page->previous;
    if (page->count == 0 && ra->first != ra->last) {
        drop_page(ra, page);
        return previous != nullptr ? previous : ra->first;
    }
    if (join_small(ra, previous, page))
        return previous;
    (void)join_small(ra, page, page->next);
    return page;
}

/* ---- ranges ---- */

status_t ranges_alloc(struct range_allocator *ra, uint64_t size, uint64_t alignment,
                      const char *name, virt_addr_t *out)
{
    if (!is_power_of_two(alignment) || alignment < PAGE_SIZE)
        return STATUS_MISALIGNED;
    uint64_t rounded, start;
    if (ckd_add(&rounded, size == 0 ? 1 : size, PAGE_SIZE - 1))
        return STATUS_NO_MEMORY;
    rounded = align_down(rounded, PAGE_SIZE);
    struct place place;
    if (!find_gap(ra, rounded, alignment, &place, &start) || !make_room(ra, &place))
        return STATUS_NO_MEMORY;
    struct range_page *page = place.page;
    struct virtual_range *slot = &page->records[place.index];
    ASSERT(R1, place.index <= page->count && page->count < RANGE_PAGE_RECORDS);
    memmove(slot + 1, slot, (page->count - place.index) * sizeof *slot);
    *slot = (struct virtual_range){virt_addr(start), rounded, name};
    page->count++;
    ra->count++;
    refresh(ra, page);
    if (page->previous != nullptr) /* it may have been split off */
        refresh(ra, page->previous);
    *out = virt_addr(start);
    return STATUS_OK;
}

/* The first range whose footprint ends above the address; its page null if there is none. */
static struct place lower_bound(const struct range_allocator *ra, virt_addr_t address)
{
    struct range_page *page = ra->first;
    while (page != nullptr &&
           (page->count == 0 || footprint_to(&page->records[page->count - 1]) <= address.value))
        page = page->next;
    size_t low = 0, high = page != nullptr ? page->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (footprint_to(&page->records[middle]) > address.value)
            high = middle;
        else
            low = middle + 1;
    }
    return (struct place){page, low};
}

const struct virtual_range *ranges_find(const struct range_allocator *ra, virt_addr_t address,
                                        bool *guard)
{
    const struct place place = lower_bound(ra, address);
    if (place.page == nullptr)
        return nullptr;
    const struct virtual_range *range = &place.page->records[place.index];
    if (address.value < footprint_from(range))
        return nullptr;
    if (guard != nullptr)
        *guard = address.value - range->start.value >= range->size;
    return range;
}

const struct virtual_range *ranges_next(const struct range_allocator *ra,
                                        const struct virtual_range *before)
{
    if (before == nullptr)
        return ra->count != 0 ? &ra->first->records[0] : nullptr;
    const struct range_page *page =
        (const struct range_page *)align_down((uintptr_t)before, PAGE_SIZE);
    if (before + 1 < page->records + page->count)
        return before + 1;
    return page->next != nullptr ? &page->next->records[0] : nullptr;
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
    struct range_page *page = (struct range_page *)align_down((uintptr_t)found, PAGE_SIZE);
    struct virtual_range *slot = &page->records[found - page->records];
    ASSERT(R1, page->count != 0 && ra->count != 0);
    page->count--;
    ra->count--;
    memmove(slot, slot + 1, (size_t)(page->records + page->count - slot) * sizeof *slot);
    refresh(ra, tidy(ra, page));
    return STATUS_OK;
}

/* ---- check ---- */

static const char *check_page(const struct range_allocator *ra, const struct range_page *page)
{
    uint64_t from = before_page(ra, page);
    for (size_t i = 0; i < page->count; i++) {
        const struct virtual_range *range = &page->records[i];
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
    if (page->largest_gap != largest_gap(ra, page))
        return "ranges R5: a page does not know its largest gap";
    return nullptr;
}

const char *ranges_check(const struct range_allocator *ra)
{
    size_t count = 0;
    const struct range_page *previous = nullptr;
    for (const struct range_page *page = ra->first; page != nullptr; page = page->next) {
        if (page->previous != previous)
            return "ranges R6: a page is linked wrongly";
        if (page->count > RANGE_PAGE_RECORDS || (page->count == 0 && ra->first != ra->last))
            return "ranges R1: a page has more records than it holds, or none";
        const char *broken = check_page(ra, page);
        if (broken != nullptr)
            return broken;
        count += page->count;
        previous = page;
    }
    if (ra->last != previous)
        return "ranges R6: the last page is another one";
    return count == ra->count ? nullptr : "ranges R1: the count is not that of the pages";
}
