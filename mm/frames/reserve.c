/* SPDX-License-Identifier: MIT
 * Exactly these frames: ranges that are reserved or withdrawn, a run in each section. See mm/frames/frames.c.
 *
 * A section of the range that nothing was taken from must come online first, and its metadata may not lie in the
 * range: it goes to what the range leaves of the section, or else to another one, if need be to one outside the
 * range that is brought online for that:
 *
 *     section     |    n    |  n + 1  |  n + 2  |         |  far    |
 *     range            [==================]
 *     metadata     n                       n+2             n+1
 *
 * The part of a section is *held* (its bits are taken) as soon as the section is online. Owner words follow when
 * all parts are held: then no table that they need can come to lie in the range either.
 *
 *   F12  while a range is being taken, what of it is online is held: nothing else lies there, and after a failure
 *        just that must be let go */
#include "private.h"

#include <stdckdint.h>

struct range {
    uint64_t first, end;
    uint64_t online; /* frames of it that are online */
    enum frame_class class;
};

/* The parts are held in this order: what memory can be had from, what has room for its own metadata, the rest. */
enum turn : uint8_t { TURN_ONLINE, TURN_ROOMY, TURN_FULL, TURNS };

static status_t check_range(const struct frame_allocator *fa, struct range *range)
{
    uint64_t size = range->end - range->first, count;
    range->online = 0;
    if (spans_count_within(fa, range->first, size) != size)
        return STATUS_OUT_OF_RANGE;
    for (uint64_t at = range->first; at < range->end; at += count) {
        count = count_in_section(at, range->end);
        struct section s;
        if (!section_find(fa, at / SECTION_FRAMES, &s) || s.record->state == SECTION_PRISTINE)
            continue;
        if (s.record->state == SECTION_HUGE || run_free_stretch(&s, at, count) != count)
            return STATUS_IN_USE;
        range->online += count;
    }
    return STATUS_OK;
}

static bool has_own_place(const struct frame_allocator *fa, uint64_t number,
                          const struct range *range)
{
    uint64_t place;
    return section_place_metadata(fa, number, range->first, range->end - range->first, &place) != 0;
}

/* A section that the range does not touch, the first one from *number on that has room for its own metadata. */
static bool bring_other_online(struct frame_allocator *fa, uint64_t *number,
                               const struct range *range)
{
    for (; section_next_pristine(fa, *number, number); ++*number) {
        bool touched = *number >= range->first / SECTION_FRAMES &&
                       *number <= (range->end - 1) / SECTION_FRAMES;
        if (!touched && has_own_place(fa, *number, range) &&
            section_bring_online(fa, *number, 0, 0) == STATUS_OK)
            return true;
    }
    return false;
}

/* As sections_keep_low_water, but nothing of the range comes online. */
static void keep_low_water(struct frame_allocator *fa, uint64_t count, const struct range *range)
{
    uint64_t other = 0;
    bool more = true;
    while (more && fa->online_free < count + FRAMES_LOW_WATER)
        more = bring_other_online(fa, &other, range);
}

static status_t bring_part_online(struct frame_allocator *fa, uint64_t number,
                                  const struct range *range)
{
    const uint64_t count = range->end - range->first;
    bool first_of_all = fa->by_class[FRAME_METADATA] == 0;
    if (!first_of_all) /* its tables and its metadata are as much as the low water at the most */
        keep_low_water(fa, FRAMES_LOW_WATER, range);
    uint64_t other = 0;
    status_t status = section_bring_online(fa, number, range->first, count);
    while (status != STATUS_OK && bring_other_online(fa, &other, range))
        status = section_bring_online(fa, number, range->first, count);
    return status;
}

/* Is it this part's turn? */
static bool is_due(const struct frame_allocator *fa, uint64_t number, const struct range *range,
                   enum turn turn)
{
    struct section s;
    bool online = section_find_online(fa, number, &s);
    return online == (turn == TURN_ONLINE) &&
           (turn != TURN_ROOMY || has_own_place(fa, number, range));
}

static status_t hold_parts(struct frame_allocator *fa, const struct range *range, enum turn turn)
{
    uint64_t count;
    for (uint64_t at = range->first; at < range->end; at += count) {
        const uint64_t number = at / SECTION_FRAMES;
        count = count_in_section(at, range->end);
        if (!is_due(fa, number, range, turn))
            continue;
        status_t status = STATUS_OK;
        if (turn != TURN_ONLINE)
            status = bring_part_online(fa, number, range);
        if (status != STATUS_OK)
            return status;
        const struct section s = section_get_online(fa, number);
        ASSERT(F12, run_free_stretch(&s, at, 1) == 1);
        run_take_bits(fa, &s, at, count, range->class, 0);
    }
    return STATUS_OK;
}

static void let_go(struct frame_allocator *fa, const struct range *range)
{
    uint64_t count;
    for (uint64_t at = range->first; at < range->end; at += count) {
        count = count_in_section(at, range->end);
        struct section s;
        if (!section_find_online(fa, at / SECTION_FRAMES, &s))
            continue;
        ASSERT(F12, run_free_stretch(&s, at, 1) == 0);
        run_put_bits(fa, &s, at, count);
    }
}

static status_t hold_range(struct frame_allocator *fa, const struct range *range)
{
    status_t status = STATUS_OK;
    for (enum turn turn = TURN_ONLINE; turn < TURNS && status == STATUS_OK; turn++)
        status = hold_parts(fa, range, turn);
    return status;
}

/* What is held becomes runs. */
static status_t own_range(struct frame_allocator *fa, const struct range *range)
{
    uint64_t count;
    for (uint64_t at = range->first; at < range->end; at += count) {
        count = count_in_section(at, range->end);
        const struct section s = section_get_online(fa, at / SECTION_FRAMES);
        status_t status = run_ensure_tables(fa, &s, at, count);
        if (status != STATUS_OK)
            return status;
    }
    for (uint64_t at = range->first; at < range->end; at += count) {
        count = count_in_section(at, range->end);
        const struct section s = section_get_online(fa, at / SECTION_FRAMES);
        run_set_words(fa, &s, at, count, range->class, 0);
    }
    return STATUS_OK;
}

static status_t take_exactly(struct frame_allocator *fa, pfn_t first, uint64_t count,
                             enum frame_class class)
{
    struct range range = {.first = first.value, .class = class};
    if (count == 0)
        return STATUS_BAD_ORDER;
    if (ckd_add(&range.end, first.value, count) || range.end > fa->limit)
        return STATUS_OUT_OF_RANGE;
    status_t status = check_range(fa, &range);
    if (status != STATUS_OK)
        return status;
    if (!frames_permitted(fa))
        return STATUS_NO_MEMORY;
    if (range.online != 0) {
        keep_low_water(fa, range.online, &range);
        status = check_range(fa, &range); /* the hook may have taken some of them meanwhile */
        if (status != STATUS_OK)
            return status;
    }
    status = hold_range(fa, &range);
    if (status == STATUS_OK) {
        sections_keep_low_water(fa, 0);
        status = own_range(fa, &range);
    }
    if (status != STATUS_OK)
        let_go(fa, &range);
    return status;
}

status_t frames_reserve(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    return take_exactly(fa, first, count, FRAME_RESERVED);
}

status_t frames_offline(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    return take_exactly(fa, first, count, FRAME_OFFLINE);
}
