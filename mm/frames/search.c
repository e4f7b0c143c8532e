/* SPDX-License-Identifier: MIT
 * Where a run can lie, and how long one could be. See mm/frames/runs.c.
 *
 * First fit, in four tries: blocks of the class or wholly free ones, so that classes stay apart; the same in
 * sections that nothing was taken from yet; then wherever the frames are, first in sections that are
 * online. A section is brought online for a run only if span arithmetic says that the run fits. */
#include "private.h"

constexpr uint64_t TABLES_OF_RUN = 2; /* at most: of its first and of its last block */

uint64_t run_free_stretch(const struct section *s, uint64_t first, uint64_t wanted, bool clean)
{
    uint64_t end = align_up(first + 1, SECTION_FRAMES), at = first;
    while (at < end && at - first < wanted) {
        struct piece p = piece_at(at, end - at);
        uint32_t word = s->metadata->words[p.block];
        if (word == 0) {
            at += p.count;
            continue;
        }
        if (clean || !word_is_partial(word))
            break;
        uint64_t taken = ~s->metadata->rows[p.block][p.from / ROW_FRAMES] >> p.from % ROW_FRAMES;
        if (taken != 0) {
            at += lowest_bit(taken);
            break;
        }
        at += ROW_FRAMES - p.from % ROW_FRAMES;
    }
    return at - first < wanted ? at - first : wanted;
}

/* The next frame from `at` on that is free (clean: whose block is wholly free); `end` if none. */
static uint64_t next_free(const struct section *s, uint64_t at, uint64_t end, bool clean)
{
    while (at < end) {
        struct piece p = piece_at(at, end - at);
        uint32_t word = s->metadata->words[p.block];
        if (word == 0)
            return at;
        uint64_t row = 0;
        if (!clean && word_is_partial(word))
            row = s->metadata->rows[p.block][p.from / ROW_FRAMES] >> p.from % ROW_FRAMES;
        if (row != 0)
            return at + lowest_bit(row);
        bool skip_block = clean || !word_is_partial(word);
        at = align_down(at, skip_block ? BLOCK_FRAMES : ROW_FRAMES) +
             (skip_block ? BLOCK_FRAMES : ROW_FRAMES);
    }
    return end;
}

/* Lowest aligned run in a section, with `clean` in wholly free blocks only. */
static bool find_in_section(const struct section *s, const struct wanted_run *wanted, bool clean,
                            uint64_t *out)
{
    uint64_t at = s->number * SECTION_FRAMES, end = at + SECTION_FRAMES;
    if (s->record->free < wanted->count)
        return false;
    for (at = next_free(s, at, end, clean); at < end; at = next_free(s, at, end, clean)) {
        uint64_t start = align_up(at, wanted->alignment);
        if (start < at || start >= end)
            return false;
        uint64_t need = start - at + wanted->count;
        uint64_t length = run_free_stretch(s, at, need, clean);
        if (length == need) {
            *out = start;
            return true;
        }
        at += length;
    }
    return false;
}

static bool find_online(const struct frame_allocator *fa, const struct wanted_run *wanted,
                        bool clean, struct section *s, uint64_t *first)
{
    if (clean && wanted->count <= BLOCK_FRAMES && wanted->alignment <= BLOCK_FRAMES) {
        unsigned block, from;
        if (!block_pick_run(fa, wanted->class, (unsigned)wanted->count, (unsigned)wanted->alignment,
                            s, &block, &from))
            return false;
        *first = s->number * SECTION_FRAMES + block * BLOCK_FRAMES + from;
        return true;
    }
    size_t mask = clean ? offsetof(struct section_leaf, has_free_block)
                        : offsetof(struct section_leaf, has_free);
    for (uint64_t next = 0; section_next(fa, next, mask, s); next = s->number + 1)
        if (find_in_section(s, wanted, clean, first))
            return true;
    return false;
}

/* Could a run be placed in a pristine section once its metadata has been? */
static bool fits_pristine(const struct frame_allocator *fa, uint64_t number,
                          const struct wanted_run *wanted, bool clean)
{
    uint64_t metadata = 0, at = number * SECTION_FRAMES, end = at + SECTION_FRAMES;
    uint64_t taken = section_place_metadata(fa, number, 0, 0, &metadata);
    size_t index = spans_find(fa, at);
    struct frame_span piece;
    while (spans_next_piece(fa, &index, &at, end, &piece)) {
        uint64_t start = piece.first.value, stop = start + piece.count;
        if (taken != 0 && start <= metadata && metadata < stop)
            start = metadata + taken;
        if (clean && wanted->count > BLOCK_FRAMES) {
            start = align_up(start, BLOCK_FRAMES);
            stop = align_down(stop, BLOCK_FRAMES);
        }
        uint64_t aligned = align_up(start, wanted->alignment);
        if (aligned >= start && aligned < stop && stop - aligned >= wanted->count)
            return true;
    }
    return false;
}

static bool find_pristine(struct frame_allocator *fa, const struct wanted_run *wanted, bool clean,
                          struct section *s, uint64_t *first)
{
    uint64_t number = 0;
    for (; !fa->bringing_online && section_next_pristine(fa, number, &number); number++) {
        if (!fits_pristine(fa, number, wanted, clean) ||
            section_bring_online(fa, number, 0, 0) != STATUS_OK)
            continue;
        if (find_online(fa, wanted, clean, s, first))
            return true;
    }
    return false;
}

bool run_find(struct frame_allocator *fa, const struct wanted_run *wanted, struct section *s,
              uint64_t *first)
{
    return find_online(fa, wanted, true, s, first) || find_pristine(fa, wanted, true, s, first) ||
           find_online(fa, wanted, false, s, first) || find_pristine(fa, wanted, false, s, first);
}

/* ---- the largest run ---- */

/* Frames that a run must leave free for owner tables, if `outside` frames are free elsewhere. */
static uint64_t left_for_tables(uint64_t tables, uint64_t outside)
{
    return outside < tables ? tables - outside : 0;
}

static uint64_t tables_missing(const struct frame_allocator *fa, const struct section *s,
                               uint64_t first, uint64_t count)
{
    const struct piece head = piece_at(first, count), tail = piece_at(first + count - 1, 1);
    bool head_needs = !is_whole_block(head) && owner_table(fa, s, head.block) == nullptr;
    bool tail_needs = tail.block != head.block && (first + count) % BLOCK_FRAMES != 0 &&
                      owner_table(fa, s, tail.block) == nullptr;
    if (tail.block / TABLE_BLOCKS == head.block / TABLE_BLOCKS)
        return head_needs || tail_needs;
    return (uint64_t)head_needs + tail_needs;
}

static uint64_t largest_online(const struct frame_allocator *fa, const struct section *s,
                               uint64_t free)
{
    uint64_t best = 0, at = s->number * SECTION_FRAMES, end = at + SECTION_FRAMES, length;
    for (at = next_free(s, at, end, false); at < end; at = next_free(s, at + length, end, false)) {
        length = run_free_stretch(s, at, SECTION_FRAMES, false);
        uint64_t left = left_for_tables(tables_missing(fa, s, at, length), free - length);
        if (length > left && length - left > best)
            best = length - left;
    }
    return best;
}

static uint64_t largest_pristine(const struct frame_allocator *fa, uint64_t number, uint64_t free)
{
    uint64_t metadata = 0, at = number * SECTION_FRAMES, end = at + SECTION_FRAMES, best = 0;
    uint64_t taken = section_place_metadata(fa, number, 0, 0, &metadata);
    size_t index = spans_find(fa, at);
    struct frame_span piece;
    while (spans_next_piece(fa, &index, &at, end, &piece)) {
        uint64_t length = piece.count;
        if (taken != 0 && piece.first.value <= metadata &&
            metadata < piece.first.value + piece.count)
            length -= metadata - piece.first.value + taken;
        uint64_t left = left_for_tables(TABLES_OF_RUN, free - taken - length);
        if (length > left && length - left > best)
            best = length - left;
    }
    return best;
}

uint64_t frames_largest_run(const struct frame_allocator *fa)
{
    uint64_t best = 0, free = fa->managed, number;
    for (unsigned class = 0; class < FRAME_CLASS_COUNT; class ++)
        free -= fa->by_class[class];
    struct section s;
    size_t mask = offsetof(struct section_leaf, has_free);
    for (uint64_t next = 0; section_next(fa, next, mask, &s); next = s.number + 1) {
        uint64_t length = largest_online(fa, &s, free);
        best = length > best ? length : best;
    }
    for (uint64_t next = 0; section_next_pristine(fa, next, &number); next = number + 1) {
        uint64_t length = largest_pristine(fa, number, free);
        best = length > best ? length : best;
    }
    return best;
}
