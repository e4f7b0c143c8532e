/* SPDX-License-Identifier: MIT
 * Runs: frames side by side, each with an owner word; reserved and withdrawn ranges are runs too. See
 * mm/frames/frames.c.
 *
 * A run is cut at block borders. A piece that is a whole block is told by the block's word alone; the
 * others, at most the first and the last, have a word a frame in the owner table of their block:
 *
 *     block:     7         8          9          10
 *             ..HBBBBB | RUN_BODY | RUN_BODY | BBBB...       H head, B body
 * Where a run can lie is found by mm/frames/search.c. */
#include "private.h"

#include <stdckdint.h>

static enum frame_class claim_of(enum frame_class class)
{
    return class_is_allocatable(class) ? class : FRAME_FREE;
}

static void take_bits(struct frame_allocator *fa, const struct section *s, uint64_t first,
                      uint64_t count, enum frame_class class, uint32_t value)
{
    enum block_state state = BLOCK_RUN_HEAD;
    while (count > 0) {
        struct piece p = piece_at(first, count);
        if (is_whole_block(p)) {
            ASSERT(F8, s->metadata->words[p.block] == 0);
            block_set_word(fa, s, p.block, word_make(state, class, value));
        } else {
            block_take(fa, s, p.block, p.from, p.count, claim_of(class));
        }
        state = BLOCK_RUN_BODY;
        first += p.count;
        count -= p.count;
    }
}

static void put_bits(struct frame_allocator *fa, const struct section *s, uint64_t first,
                     uint64_t count)
{
    while (count > 0) {
        struct piece p = piece_at(first, count);
        if (is_whole_block(p))
            block_set_word(fa, s, p.block, 0);
        else
            block_put(fa, s, p.block, p.from, p.count);
        first += p.count;
        count -= p.count;
    }
}

static void set_words(struct frame_allocator *fa, const struct section *s, uint64_t first,
                      uint64_t count, uint32_t head, uint32_t body)
{
    while (count > 0) {
        struct piece p = piece_at(first, count);
        if (!is_whole_block(p)) {
            owner_words_set(fa, s, p.block, p.from, p.count, body);
            owner_words_set(fa, s, p.block, p.from, 1, head);
        }
        head = body;
        first += p.count;
        count -= p.count;
    }
}

static status_t ensure_tables(struct frame_allocator *fa, const struct section *s, uint64_t first,
                              uint64_t count)
{
    status_t status = STATUS_OK;
    while (count > 0 && status == STATUS_OK) {
        struct piece p = piece_at(first, count);
        if (!is_whole_block(p))
            status = owner_table_ensure(fa, s, p.block);
        first += p.count;
        count -= p.count;
    }
    return status;
}

static struct section section_of(const struct frame_allocator *fa, uint64_t frame)
{
    struct section s;
    bool found = section_find_online(fa, frame / SECTION_FRAMES, &s);
    ASSERT(F2, found);
    return s;
}

static void put_range_bits(struct frame_allocator *fa, uint64_t first, uint64_t end)
{
    for (uint64_t count; first < end; first += count) {
        count = count_in_section(first, end);
        struct section s = section_of(fa, first);
        put_bits(fa, &s, first, count);
    }
}

static void take_range_bits(struct frame_allocator *fa, uint64_t first, uint64_t end,
                            enum frame_class class, uint32_t value)
{
    for (uint64_t count; first < end; first += count) {
        count = count_in_section(first, end);
        struct section s = section_of(fa, first);
        take_bits(fa, &s, first, count, class, value);
    }
}

/* Frames whose bits are taken become runs, one in each section; if that fails their bits are put back. */
static status_t give_words(struct frame_allocator *fa, uint64_t first, uint64_t end,
                           enum frame_class class, uint32_t value)
{
    uint64_t count;
    for (uint64_t at = first; at < end; at += count) {
        count = count_in_section(at, end);
        struct section s = section_of(fa, at);
        status_t status = ensure_tables(fa, &s, at, count);
        if (status != STATUS_OK) {
            put_range_bits(fa, first, end);
            return status;
        }
    }
    for (uint64_t at = first; at < end; at += count) {
        count = count_in_section(at, end);
        struct section s = section_of(fa, at);
        set_words(fa, &s, at, count, word_make(OWNER_HEAD, class, value),
                  word_make(OWNER_BODY, class, value));
    }
    fa->by_class[class] += end - first;
    return STATUS_OK;
}

/* Make free frames of online sections a run. All bits are taken first, so that no table is put in their place. */
static status_t take_range(struct frame_allocator *fa, uint64_t first, uint64_t end,
                           enum frame_class class, uint32_t value)
{
    take_range_bits(fa, first, end, class, value);
    return give_words(fa, first, end, class, value);
}

static void release_run(struct frame_allocator *fa, const struct section *s, uint64_t first,
                        uint64_t count)
{
    fa->by_class[word_class(owner_word(fa, s, first))] -= count;
    set_words(fa, s, first, count, 0, 0);
    put_bits(fa, s, first, count);
}

static status_t alloc_run(struct frame_allocator *fa, const struct wanted_run *wanted, pfn_t *out)
{
    struct section s;
    uint64_t first;
    sections_keep_low_water(fa, wanted->count);
    if (!run_find(fa, wanted, &s, &first))
        return STATUS_NO_MEMORY;
    status_t status = take_range(fa, first, first + wanted->count, wanted->class, wanted->value);
    if (status == STATUS_OK)
        *out = pfn(first);
    return status;
}

status_t frames_alloc_run(struct frame_allocator *fa, uint64_t count, uint64_t alignment,
                          enum frame_class class, uint32_t value, pfn_t *out)
{
    if (count == 0 || count > SECTION_FRAMES)
        return STATUS_BAD_ORDER;
    if (!is_power_of_two(alignment))
        return STATUS_MISALIGNED;
    if (value > VALUE_MAX)
        return STATUS_OVERFLOW;
    if (!class_is_allocatable(class))
        return STATUS_UNSUPPORTED;
    if (!frames_permitted(fa))
        return STATUS_NO_MEMORY;
    const struct wanted_run wanted = {count, alignment, class, value};
    return alloc_run(fa, &wanted, out);
}

/* ---- giving back ---- */

uint64_t run_length(const struct frame_allocator *fa, const struct section *s, uint64_t first)
{
    uint64_t end = align_up(first + 1, SECTION_FRAMES), at = first;
    bool whole = word_state(s->metadata->words[piece_at(first, 1).block]) != BLOCK_SPLIT;
    at += whole ? BLOCK_FRAMES : 1;
    while (at < end) {
        struct piece p = piece_at(at, end - at);
        unsigned bodies = owner_count_bodies(fa, s, p.block, p.from);
        at += bodies;
        if (bodies < p.count)
            break;
    }
    return at - first;
}

/* [first, first + count) is exactly one run that may be given back; *s is its section. */
static status_t judge_run(const struct frame_allocator *fa, pfn_t first, uint64_t count,
                          struct section *s)
{
    if (count == 0 || count > SECTION_FRAMES)
        return STATUS_BAD_ORDER;
    if (first.value >= fa->limit || !section_find_online(fa, first.value / SECTION_FRAMES, s))
        return frames_refusal(fa, first.value);
    uint32_t word = owner_word(fa, s, first.value);
    enum owner_kind kind = word_owner_kind(word);
    if (kind == OWNER_NONE || kind == OWNER_SINGLE || word_class(word) == FRAME_OFFLINE)
        return frames_refusal(fa, first.value);
    if (kind == OWNER_BODY)
        return STATUS_INSIDE_BLOCK;
    if (run_length(fa, s, first.value) != count)
        return STATUS_WRONG_ORDER;
    return STATUS_OK;
}

status_t frames_free_run(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    struct section s;
    status_t status = judge_run(fa, first, count, &s);
    if (status == STATUS_OK)
        release_run(fa, &s, first.value, count);
    return status;
}

/* ---- other lengths ---- */

static status_t find_room_behind(struct frame_allocator *fa, uint64_t end, uint64_t wanted)
{
    struct section s;
    if (count_in_section(end - 1, end + wanted) != wanted + 1)
        return STATUS_IN_USE; /* a run never leaves its section */
    if (!frames_permitted(fa))
        return STATUS_NO_MEMORY;
    sections_keep_low_water(fa, wanted); /* takes frames, perhaps these: look afterwards */
    bool found = section_find_online(fa, end / SECTION_FRAMES, &s);
    ASSERT(F2, found);
    return run_free_stretch(&s, end, wanted, false) == wanted ? STATUS_OK : STATUS_IN_USE;
}

status_t frames_resize_run(struct frame_allocator *fa, pfn_t first, uint64_t count,
                           uint64_t new_count)
{
    struct section s;
    status_t status = judge_run(fa, first, count, &s);
    if (status != STATUS_OK)
        return status;
    if (new_count == 0 || new_count > SECTION_FRAMES)
        return STATUS_BAD_ORDER;
    if (new_count == count)
        return STATUS_OK;
    if (new_count > count)
        status = find_room_behind(fa, first.value + count, new_count - count);
    if (status != STATUS_OK)
        return status;
    uint32_t word = owner_word(fa, &s, first.value);
    enum frame_class class = word_class(word);
    uint32_t value = word_value(word);
    release_run(fa, &s, first.value, count);
    status = take_range(fa, first.value, first.value + new_count, class, value);
    if (status == STATUS_OK)
        return STATUS_OK;
    /* Only one end of the run has moved, so the one table that may be missing is its own: no frame went
     * to another one, and the tables of the old length are still there. */
    status_t restored = take_range(fa, first.value, first.value + count, class, value);
    ASSERT(F10, restored == STATUS_OK);
    return status;
}

/* ---- exactly these frames ---- */

static status_t check_range(const struct frame_allocator *fa, uint64_t first, uint64_t end)
{
    if (spans_count_within(fa, first, end - first) != end - first)
        return STATUS_OUT_OF_RANGE;
    for (uint64_t count; first < end; first += count) {
        count = count_in_section(first, end);
        struct section s;
        if (!section_find(fa, first / SECTION_FRAMES, &s) || s.record->state == SECTION_PRISTINE)
            continue;
        if (s.record->state == SECTION_HUGE || run_free_stretch(&s, first, count, false) != count)
            return STATUS_IN_USE;
    }
    return STATUS_OK;
}

static bool has_own_place(const struct frame_allocator *fa, uint64_t number, uint64_t first,
                          uint64_t end)
{
    uint64_t place;
    return section_place_metadata(fa, number, first, end - first, &place) != 0;
}

/* The sections that have room for their metadata beside the range. */
static status_t bring_roomy_online(struct frame_allocator *fa, uint64_t first, uint64_t end)
{
    for (uint64_t at = first; at < end; at += count_in_section(at, end)) {
        const uint64_t number = at / SECTION_FRAMES;
        struct section s;
        if (section_find_online(fa, number, &s) || !has_own_place(fa, number, first, end))
            continue;
        status_t status = section_bring_online(fa, number, first, end - first);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* One of which all frames are wanted: its metadata lies elsewhere, if need be in a section that is brought online
 * for that. */
static status_t bring_full_online(struct frame_allocator *fa, uint64_t number, uint64_t first,
                                  uint64_t end)
{
    status_t status = section_bring_online(fa, number, first, end - first);
    uint64_t other = 0;
    for (; status != STATUS_OK && section_next_pristine(fa, other, &other); other++)
        if (has_own_place(fa, other, first, end) &&
            section_bring_online(fa, other, first, end - first) == STATUS_OK)
            status = section_bring_online(fa, number, first, end - first);
    return status;
}

/* Take what is online, then bring online and take the rest: metadata that has no room in its own section must not
 * lie in the range. */
static status_t hold_range(struct frame_allocator *fa, uint64_t first, uint64_t end,
                           enum frame_class class)
{
    struct section s;
    status_t status = STATUS_OK;
    for (uint64_t at = first, count; at < end; at += count) {
        count = count_in_section(at, end);
        if (section_find_online(fa, at / SECTION_FRAMES, &s))
            take_bits(fa, &s, at, count, class, 0);
    }
    uint64_t at = first;
    for (uint64_t count; at < end; at += count) {
        count = count_in_section(at, end);
        if (section_find_online(fa, at / SECTION_FRAMES, &s))
            continue;
        status = bring_full_online(fa, at / SECTION_FRAMES, first, end);
        if (status != STATUS_OK)
            break;
        take_range_bits(fa, at, at + count, class, 0);
    }
    if (status == STATUS_OK)
        return STATUS_OK;
    for (uint64_t back = first, count; back < end; back += count) {
        count = count_in_section(back, end);
        if (section_find_online(fa, back / SECTION_FRAMES, &s))
            put_bits(fa, &s, back, count);
    }
    return status;
}

static status_t take_exactly(struct frame_allocator *fa, pfn_t first, uint64_t count,
                             enum frame_class class)
{
    uint64_t end;
    if (count == 0)
        return STATUS_BAD_ORDER;
    if (ckd_add(&end, first.value, count) || end > fa->limit)
        return STATUS_OUT_OF_RANGE;
    status_t status = check_range(fa, first.value, end);
    if (status != STATUS_OK)
        return status;
    if (!frames_permitted(fa))
        return STATUS_NO_MEMORY;
    status = bring_roomy_online(fa, first.value, end);
    if (status != STATUS_OK)
        return status;
    /* The hook may have taken some of them meanwhile. */
    status = check_range(fa, first.value, end);
    if (status != STATUS_OK)
        return status;
    status = hold_range(fa, first.value, end, class);
    if (status != STATUS_OK)
        return status;
    sections_keep_low_water(fa, 0);
    return give_words(fa, first.value, end, class, 0);
}

status_t frames_reserve(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    return take_exactly(fa, first, count, FRAME_RESERVED);
}

status_t frames_offline(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    return take_exactly(fa, first, count, FRAME_OFFLINE);
}
