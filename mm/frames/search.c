/* SPDX-License-Identifier: MIT
 * Where a run can lie, and how long one could be. See mm/frames/runs.c.
 *
 * First fit, in four tries: blocks of the class or wholly free ones, so that classes stay apart; the same in
 * sections that nothing was taken from yet; then wherever the frames are, first in sections that are
 * online. A section is brought online for a run only if span arithmetic says that the run fits.
 *
 * A refusal is remembered: the section that had no room for a run gets *bounds*, and none is looked for there
 * that is as long, and aligned as much, until a frame of it is given back. So a section is looked at once, in
 * one step that nothing else waits for longer than, and passed over from then on:
 *
 *     asked: 8 frames, alignment 4     run_bounds[k]   k = 0: any   1: any   2: 8   3: 8   ...
 *     asked: 2 frames, alignment 1                     k = 0: 2     1: 2     2: 2   3: 2   ... */
#include "private.h"

constexpr uint64_t TABLES_OF_RUN = 2; /* at most: of its first and of its last block */
/* Blocks of a class that are tried before the section is looked at: what cannot be there is not looked for. */
constexpr unsigned BLOCK_TRIES = 8;

/* ---- one section ---- */

static unsigned order_of(uint64_t alignment)
{
    const unsigned order = lowest_bit(alignment);
    return order < ORDER_SECTION ? order : ORDER_SECTION;
}

static bool is_ruled_out(const struct section *s, uint64_t count, unsigned order)
{
    return s->record->has_bounds && count >= s->metadata->run_bounds[order];
}

/* No run of `count` free frames starts at a multiple of 2^order. */
static void remember_refusal(const struct section *s, uint64_t count, unsigned order)
{
    uint32_t *bounds = s->metadata->run_bounds;
    DEBUG_ASSERT(F15, count != 0 && count <= SECTION_FRAMES && order <= ORDER_SECTION);
    if (!s->record->has_bounds)
        for (unsigned i = 0; i <= ORDER_SECTION; i++)
            bounds[i] = SECTION_FRAMES + 1;
    s->record->has_bounds = true;
    for (; order <= ORDER_SECTION; order++)
        if (count < bounds[order])
            bounds[order] = (uint32_t)count;
}

/* Lowest run of free frames, of whichever blocks. */
static bool find_in_section(const struct section *s, uint64_t count, uint64_t alignment,
                            uint64_t *out)
{
    DEBUG_ASSERT(F8, s->record->state == SECTION_ONLINE && s->record->free != 0);
    if (alignment > SECTION_FRAMES) {
        if (!is_aligned(s->number * SECTION_FRAMES, alignment))
            return false;
        alignment = SECTION_FRAMES;
    }
    if (s->record->free < count || is_ruled_out(s, count, order_of(alignment)))
        return false;
    if (scan_section(s, count, alignment, out)) {
        DEBUG_ASSERT(F4, run_free_stretch(s, *out, count) == count);
        return true;
    }
    remember_refusal(s, count, order_of(alignment));
    return false;
}

/* Lowest run that starts with a wholly free block and ends in one. */
static bool find_in_free_blocks(const struct section *s, const struct wanted_run *wanted,
                                uint64_t *out)
{
    uint64_t blocks = align_up(wanted->count, BLOCK_FRAMES) / BLOCK_FRAMES, alignment = 1;
    if (wanted->alignment > SECTION_FRAMES &&
        !is_aligned(s->number * SECTION_FRAMES, wanted->alignment))
        return false;
    if (wanted->alignment > BLOCK_FRAMES)
        alignment = wanted->alignment / BLOCK_FRAMES;
    unsigned block;
    if (s->record->free_blocks < blocks ||
        !scan_chunk(s->metadata->free_blocks, blocks, alignment, &block))
        return false;
    DEBUG_ASSERT(F8, s->metadata->words[block] == 0);
    *out = s->number * SECTION_FRAMES + block * BLOCK_FRAMES;
    return true;
}

/* In a block that a class has a part of. After a few tries in vain the whole section is asked, unless a wholly
 * free block answers for it. */
static bool find_in_class(const struct section *s, enum frame_class class,
                          const struct wanted_run *wanted, unsigned *block, unsigned *from)
{
    const struct section_metadata *m = s->metadata;
    unsigned tries = 0;
    uint64_t anywhere;
    for (unsigned bin = bin_of((uint32_t)wanted->count); bin < BINS; bin++)
        for (unsigned i = 0; i < SECTION_BLOCKS / 64; i++)
            for (uint64_t bits = m->bins[bin][i]; bits != 0; bits &= bits - 1) {
                *block = i * 64 + lowest_bit(bits);
                DEBUG_ASSERT(F8, bin_of(word_free(m->words[*block])) == bin);
                if (word_class(m->words[*block]) != class)
                    continue;
                if (block_find_run(s, *block, (unsigned)wanted->count, (unsigned)wanted->alignment,
                                   from))
                    return true;
                if (++tries == BLOCK_TRIES && s->record->free_blocks == 0 &&
                    !find_in_section(s, wanted->count, wanted->alignment, &anywhere))
                    return false;
            }
    return false;
}

/* ---- all of them ---- */

/* The next section of a mask that is not ruled out as this one is: those of a leaf in one go. */
[[gnu::noinline]] static bool pass_over(const struct frame_allocator *fa, size_t mask_offset,
                                        uint64_t count, unsigned order, struct section *s)
{
    do {
        const uint64_t base = align_down(s->number, LEAF_SECTIONS);
        uint64_t mask = section_mask(s->leaf, mask_offset) & UINT64_MAX
                                                                 << s->number % LEAF_SECTIONS;
        for (; mask != 0; mask &= mask - 1) {
            *s = section_in(fa, s->leaf, base + lowest_bit(mask));
            ASSERT(F8, s->metadata != nullptr);
            if (!is_ruled_out(s, count, order))
                return true;
        }
    } while (
        section_next(fa, align_down(s->number, LEAF_SECTIONS) + LEAF_SECTIONS, mask_offset, s));
    return false;
}

/* Lowest section in a mask that may have room for a run; and the next one behind. */
static bool first_open(const struct frame_allocator *fa, size_t mask_offset,
                       const struct wanted_run *wanted, struct section *s)
{
    const unsigned order = order_of(wanted->alignment);
    return section_first(fa, mask_offset, s) &&
           (!is_ruled_out(s, wanted->count, order) ||
            pass_over(fa, mask_offset, wanted->count, order, s));
}

static bool next_open(const struct frame_allocator *fa, size_t mask_offset,
                      const struct wanted_run *wanted, struct section *s)
{
    const unsigned order = order_of(wanted->alignment);
    return section_next(fa, s->number + 1, mask_offset, s) &&
           (!is_ruled_out(s, wanted->count, order) ||
            pass_over(fa, mask_offset, wanted->count, order, s));
}

bool run_find_in_block(const struct frame_allocator *fa, const struct wanted_run *wanted,
                       struct section *s, unsigned *block, unsigned *from)
{
    const enum frame_class owners[] = {wanted->class, FRAME_FREE};
    DEBUG_ASSERT(F3, wanted->count <= BLOCK_FRAMES && wanted->alignment <= BLOCK_FRAMES);
    for (unsigned i = 0; i < 2; i++) {
        size_t mask = offsetof(struct section_leaf, has_partial) + owners[i] * sizeof(uint64_t);
        for (bool open = first_open(fa, mask, wanted, s); open;
             open = next_open(fa, mask, wanted, s))
            if (find_in_class(s, owners[i], wanted, block, from))
                return true;
    }
    *from = 0;
    return block_pick_free(fa, s, block);
}

static bool find_online(const struct frame_allocator *fa, const struct wanted_run *wanted,
                        bool clean, struct section *s, uint64_t *first)
{
    if (clean && wanted->count <= BLOCK_FRAMES && wanted->alignment <= BLOCK_FRAMES) {
        unsigned block, from;
        if (!run_find_in_block(fa, wanted, s, &block, &from))
            return false;
        *first = s->number * SECTION_FRAMES + block * BLOCK_FRAMES + from;
        return true;
    }
    size_t mask = clean ? offsetof(struct section_leaf, has_free_block)
                        : offsetof(struct section_leaf, has_free);
    for (bool open = first_open(fa, mask, wanted, s); open; open = next_open(fa, mask, wanted, s))
        if (clean ? find_in_free_blocks(s, wanted, first)
                  : find_in_section(s, wanted->count, wanted->alignment, first))
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

/* A wholly managed section, with its metadata at its start: all of them are alike. */
static bool fits_whole(const struct wanted_run *wanted, bool clean)
{
    uint64_t start = clean && wanted->count > BLOCK_FRAMES ? BLOCK_FRAMES : METADATA_FRAMES;
    start = align_up(start, wanted->alignment);
    return start < SECTION_FRAMES && SECTION_FRAMES - start >= wanted->count;
}

/* The first section behind this one that is not whole, if this one is. */
static uint64_t behind_whole(const struct frame_allocator *fa, uint64_t number)
{
    const uint64_t base = number * SECTION_FRAMES;
    const struct frame_span *span = &fa->spans[spans_find(fa, base)];
    const uint64_t end = (span->first.value + span->count) / SECTION_FRAMES;
    return span->first.value <= base && end > number ? end : number + 1;
}

static bool find_pristine(struct frame_allocator *fa, const struct wanted_run *wanted, bool clean,
                          struct section *s, uint64_t *first)
{
    const bool whole_ones = fits_whole(wanted, clean);
    for (uint64_t number = 0; !fa->bringing_online && section_next_pristine(fa, number, &number);
         number = whole_ones ? number + 1 : behind_whole(fa, number)) {
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

uint64_t run_free_stretch(const struct section *s, uint64_t first, uint64_t wanted)
{
    uint64_t end = align_up(first + 1, SECTION_FRAMES), at = first;
    while (at < end && at - first < wanted) {
        struct piece p = piece_at(at, end - at);
        uint32_t word = s->metadata->words[p.block];
        if (word == 0) {
            at += p.count;
            continue;
        }
        if (!word_is_partial(word))
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

/* The next free frame from `at` on; `end` if there is none. */
static uint64_t next_free(const struct section *s, uint64_t at, uint64_t end)
{
    while (at < end) {
        struct piece p = piece_at(at, end - at);
        uint32_t word = s->metadata->words[p.block];
        if (word == 0)
            return at;
        if (!word_is_partial(word)) {
            at = align_down(at, BLOCK_FRAMES) + BLOCK_FRAMES;
            continue;
        }
        uint64_t row = s->metadata->rows[p.block][p.from / ROW_FRAMES] >> p.from % ROW_FRAMES;
        if (row != 0)
            return at + lowest_bit(row);
        at = align_down(at, ROW_FRAMES) + ROW_FRAMES;
    }
    return end;
}

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
    for (at = next_free(s, at, end); at < end; at = next_free(s, at + length, end)) {
        length = run_free_stretch(s, at, SECTION_FRAMES);
        DEBUG_ASSERT(F9, length != 0 && length <= s->record->free && s->record->free <= free);
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
        DEBUG_ASSERT(F9, taken + length <= free);
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
        if (is_ruled_out(&s, best + 1, 0))
            continue;
        uint64_t length = largest_online(fa, &s, free);
        best = length > best ? length : best;
    }
    for (uint64_t next = 0; section_next_pristine(fa, next, &number); next = number + 1) {
        uint64_t length = largest_pristine(fa, number, free);
        best = length > best ? length : best;
    }
    return best;
}
