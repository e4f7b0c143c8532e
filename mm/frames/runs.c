/* SPDX-License-Identifier: MIT
 * Runs: frames side by side, each with an owner word. See mm/frames/frames.c.
 *
 * A run is cut at block borders. A piece that is a whole block is told by the block's word alone; the
 * others, at most the first and the last, have a word a frame in the owner table of their block:
 *
 *     block:     7         8          9          10
 *             ..HBBBBB | RUN_BODY | RUN_BODY | BBBB...       H head, B body
 * Where a run can lie is found by mm/frames/search.c; ranges that are reserved or withdrawn are runs too, by
 * mm/frames/reserve.c. */
#include "private.h"

static enum frame_class claim_of(enum frame_class class)
{
    return class_is_allocatable(class) ? class : FRAME_FREE;
}

void run_take_bits(struct frame_allocator *fa, const struct section *s, uint64_t first,
                   uint64_t count, enum frame_class class, uint32_t value)
{
    enum block_state state = BLOCK_RUN_HEAD;
    DEBUG_ASSERT(F6, count == count_in_section(first, first + count));
    DEBUG_ASSERT(F2, first / SECTION_FRAMES == s->number);
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

void run_put_bits(struct frame_allocator *fa, const struct section *s, uint64_t first,
                  uint64_t count)
{
    while (count > 0) {
        struct piece p = piece_at(first, count);
        DEBUG_ASSERT(F6, !is_whole_block(p) || word_is_run(s->metadata->words[p.block]));
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

void run_set_words(struct frame_allocator *fa, const struct section *s, uint64_t first,
                   uint64_t count, enum frame_class class, uint32_t value)
{
    set_words(fa, s, first, count, word_make(OWNER_HEAD, class, value),
              word_make(OWNER_BODY, class, value));
    fa->by_class[class] += count;
    DEBUG_ASSERT(F6, run_length(fa, s, first) == count);
}

status_t run_ensure_tables(struct frame_allocator *fa, const struct section *s, uint64_t first,
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

/* Make free frames of an online section a run. All bits are taken first, so that no table is put in their place. */
static status_t take_run(struct frame_allocator *fa, const struct section *s, uint64_t first,
                         uint64_t count, enum frame_class class, uint32_t value)
{
    DEBUG_ASSERT(F4, run_free_stretch(s, first, count) == count);
    run_take_bits(fa, s, first, count, class, value);
    status_t status = run_ensure_tables(fa, s, first, count);
    if (status == STATUS_OK)
        run_set_words(fa, s, first, count, class, value);
    else
        run_put_bits(fa, s, first, count);
    return status;
}

static void release_run(struct frame_allocator *fa, const struct section *s, uint64_t first,
                        uint64_t count)
{
    const enum frame_class class = word_class(owner_word(fa, s, first));
    ASSERT(F9, fa->by_class[class] >= count);
    DEBUG_ASSERT(F6, run_length(fa, s, first) == count);
    fa->by_class[class] -= count;
    set_words(fa, s, first, count, 0, 0);
    run_put_bits(fa, s, first, count);
}

static status_t alloc_run(struct frame_allocator *fa, const struct wanted_run *wanted, pfn_t *out)
{
    struct section s;
    uint64_t first;
    sections_keep_low_water(fa, wanted->count);
    if (!run_find(fa, wanted, &s, &first))
        return STATUS_NO_MEMORY;
    status_t status = take_run(fa, &s, first, wanted->count, wanted->class, wanted->value);
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
    DEBUG_ASSERT(F6, word_owner_kind(owner_word(fa, s, first)) == OWNER_HEAD);
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
    if (count_in_section(end - 1, end + wanted) != wanted + 1)
        return STATUS_IN_USE; /* a run never leaves its section */
    if (!frames_permitted(fa))
        return STATUS_NO_MEMORY;
    sections_keep_low_water(fa, wanted); /* takes frames, perhaps these: look afterwards */
    const struct section s = section_get_online(fa, end / SECTION_FRAMES);
    return run_free_stretch(&s, end, wanted) == wanted ? STATUS_OK : STATUS_IN_USE;
}

status_t frames_resize_run(struct frame_allocator *fa, pfn_t first, uint64_t count,
                           uint64_t new_count)
{
    struct section judged;
    status_t status = judge_run(fa, first, count, &judged);
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
    const struct section s = section_get_online(fa, first.value / SECTION_FRAMES);
    uint32_t word = owner_word(fa, &s, first.value);
    enum frame_class class = word_class(word);
    uint32_t value = word_value(word);
    release_run(fa, &s, first.value, count);
    status = take_run(fa, &s, first.value, new_count, class, value);
    if (status == STATUS_OK)
        return STATUS_OK;
    /* Only one end of the run has moved, so the one table that may be missing is its own: no frame went
     * to another one, and the tables of the old length are still there. */
    status_t restored = take_run(fa, &s, first.value, count, class, value);
    ASSERT(F10, restored == STATUS_OK);
    return status;
}
