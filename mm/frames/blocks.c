/* SPDX-License-Identifier: MIT
 * Blocks of 512 frames: their words and rows, and the sets that find one. See mm/frames/frames.c. */
#include "private.h"

#include <base/string.h>

static void set_bit(block_set_t set, unsigned block)
{
    set[block / 64] |= UINT64_C(1) << block % 64;
}

static void clear_bit(block_set_t set, unsigned block)
{
    set[block / 64] &= ~(UINT64_C(1) << block % 64);
}

/* Of free frames in a block, one by one; a block in more pieces is looked at whole. */
constexpr unsigned STRETCHES_TRIED = 16;
constexpr size_t HAS_FREE = offsetof(struct section_leaf, has_free);
constexpr size_t HAS_FREE_BLOCK = offsetof(struct section_leaf, has_free_block);

static size_t has_partial(enum frame_class class)
{
    return offsetof(struct section_leaf, has_partial) + class * sizeof(uint64_t);
}

static void unlist(struct frame_allocator *fa, const struct section *s, unsigned block,
                   uint32_t word)
{
    struct section_metadata *m = s->metadata;
    if (word_state(word) == BLOCK_FREE) {
        DEBUG_ASSERT(F8, s->record->free_blocks != 0 && in_set(m->free_blocks, block));
        clear_bit(m->free_blocks, block);
        if (--s->record->free_blocks == 0)
            section_unmark(fa, s, HAS_FREE_BLOCK);
    } else if (word_is_partial(word)) {
        enum frame_class class = word_class(word);
        DEBUG_ASSERT(F8, m->partial_blocks[class] != 0);
        DEBUG_ASSERT(F8, in_set(m->bins[bin_of(word_free(word))], block));
        clear_bit(m->bins[bin_of(word_free(word))], block);
        if (--m->partial_blocks[class] == 0)
            section_unmark(fa, s, has_partial(class));
        fa->cursors[class].word = nullptr;
    }
}

static void list(struct frame_allocator *fa, const struct section *s, unsigned block, uint32_t word)
{
    struct section_metadata *m = s->metadata;
    DEBUG_ASSERT(F8, !in_set(m->free_blocks, block));
    if (word_state(word) == BLOCK_FREE) {
        set_bit(m->free_blocks, block);
        if (s->record->free_blocks++ == 0)
            section_mark(fa, s, HAS_FREE_BLOCK);
    } else if (word_is_partial(word)) {
        enum frame_class class = word_class(word);
        set_bit(m->bins[bin_of(word_free(word))], block);
        if (m->partial_blocks[class]++ == 0)
            section_mark(fa, s, has_partial(class));
        fa->cursors[class].word = nullptr;
    }
}

static void mark_has_free(struct frame_allocator *fa, const struct section *s)
{
    if (s->record->free != 0)
        section_mark(fa, s, HAS_FREE);
    else
        section_unmark(fa, s, HAS_FREE);
}

/* Sets and cursors ask for class and bin only. */
static bool is_listed_alike(uint32_t left, uint32_t right)
{
    return word_is_partial(left) && word_is_partial(right) &&
           word_class(left) == word_class(right) &&
           bin_of(word_free(left)) == bin_of(word_free(right));
}

void block_set_word(struct frame_allocator *fa, const struct section *s, unsigned block,
                    uint32_t word)
{
    uint32_t old = s->metadata->words[block];
    DEBUG_ASSERT(F9, s->record->free + word_free(word) >= word_free(old));
    s->metadata->words[block] = word;
    if (!is_listed_alike(old, word)) {
        unlist(fa, s, block, old);
        list(fa, s, block, word);
    }
    struct section_record *record = s->record;
    const uint64_t more = (uint64_t)word_free(word) - word_free(old);
    const bool had_free = record->free != 0;
    record->free += (uint32_t)more;
    fa->online_free += more;
    if ((int64_t)more > 0)
        record->has_bounds = false;
    if (had_free != (record->free != 0))
        mark_has_free(fa, s);
}

/* The bits of [from, from + count) that lie in one row; count > 0. */
static uint64_t row_mask(unsigned row, unsigned from, unsigned count)
{
    DEBUG_ASSERT(F3, count != 0 && from + count <= BLOCK_FRAMES);
    unsigned start = row * ROW_FRAMES, end = start + ROW_FRAMES;
    unsigned low = from > start ? from : start;
    unsigned high = from + count < end ? from + count : end;
    if (low >= high)
        return 0;
    return (UINT64_MAX >> (ROW_FRAMES - (high - low))) << (low - start);
}

uint32_t block_count_free(const struct section *s, unsigned block, unsigned from, unsigned count)
{
    uint32_t word = s->metadata->words[block], free = 0;
    if (word_state(word) != BLOCK_SPLIT)
        return word_state(word) == BLOCK_FREE ? count : 0;
    for (unsigned row = from / ROW_FRAMES; row <= (from + count - 1) / ROW_FRAMES; row++) {
        uint64_t bits = s->metadata->rows[block][row] & row_mask(row, from, count);
        free += (uint32_t)__builtin_popcountll(bits);
    }
    return free;
}

bool block_is_free_range(const struct section *s, unsigned block, unsigned from, unsigned count)
{
    return block_count_free(s, block, from, count) == count;
}

void block_take(struct frame_allocator *fa, const struct section *s, unsigned block, unsigned from,
                unsigned count, enum frame_class class)
{
    uint64_t *rows = s->metadata->rows[block];
    uint32_t word = s->metadata->words[block];
    if (word_state(word) == BLOCK_FREE) {
        memset(rows, 0xFF, BLOCK_ROWS * sizeof *rows);
        word = word_make(BLOCK_SPLIT, FRAME_FREE, BLOCK_FRAMES);
    }
    DEBUG_ASSERT(F5, from + count <= BLOCK_FRAMES && count != 0);
    ASSERT(F3, word_state(word) == BLOCK_SPLIT && word_free(word) >= count);
    if (word_class(word) == FRAME_FREE)
        word |= word_make(0, class, 0);
    for (unsigned row = from / ROW_FRAMES; row <= (from + count - 1) / ROW_FRAMES; row++) {
        uint64_t mask = row_mask(row, from, count);
        ASSERT(F4, (rows[row] & mask) == mask);
        rows[row] &= ~mask;
    }
    block_set_word(fa, s, block, word - count * WORD_FREE_ONE);
}

void block_put(struct frame_allocator *fa, const struct section *s, unsigned block, unsigned from,
               unsigned count)
{
    uint64_t *rows = s->metadata->rows[block];
    uint32_t word = s->metadata->words[block];
    ASSERT(F3, word_state(word) == BLOCK_SPLIT && word_free(word) + count <= BLOCK_FRAMES);
    for (unsigned row = from / ROW_FRAMES; row <= (from + count - 1) / ROW_FRAMES; row++) {
        uint64_t mask = row_mask(row, from, count);
        ASSERT(F4, (rows[row] & mask) == 0);
        rows[row] |= mask;
    }
    word += count * WORD_FREE_ONE;
    if (word_free(word) == BLOCK_FRAMES) {
        word = 0;
    } else if ((word & WORD_RAGGED) != 0) {
        uint64_t first = s->number * SECTION_FRAMES + block * BLOCK_FRAMES;
        if (word_free(word) == spans_count_within(fa, first, BLOCK_FRAMES))
            word &= ~word_make(0, (enum frame_class)WORD_CLASS_MASK, 0); /* nobody's again */
    }
    block_set_word(fa, s, block, word);
}

unsigned block_first_free(const struct section *s, unsigned block)
{
    const uint64_t *rows = s->metadata->rows[block];
    DEBUG_ASSERT(F3, word_is_partial(s->metadata->words[block]));
    unsigned row = 0;
    while (row < BLOCK_ROWS - 1 && rows[row] == 0)
        row++;
    ASSERT(F3, rows[row] != 0);
    return row * ROW_FRAMES + lowest_bit(rows[row]);
}

unsigned block_next_frame(const uint64_t *rows, unsigned from, bool free)
{
    while (from < BLOCK_FRAMES) {
        uint64_t row = rows[from / ROW_FRAMES];
        uint64_t bits = (free ? row : ~row) >> from % ROW_FRAMES;
        if (bits != 0)
            return from + lowest_bit(bits);
        from = (unsigned)align_down(from + ROW_FRAMES, ROW_FRAMES);
    }
    return BLOCK_FRAMES;
}

bool block_find_run(const struct section *s, unsigned block, unsigned count, unsigned alignment,
                    unsigned *out)
{
    uint32_t word = s->metadata->words[block];
    DEBUG_ASSERT(F3, count != 0 && is_power_of_two(alignment));
    if (word_free(word) < count)
        return false;
    if (word_state(word) == BLOCK_FREE) {
        *out = 0;
        return true;
    }
    const uint64_t *rows = s->metadata->rows[block];
    unsigned start = block_next_frame(rows, 0, true);
    for (unsigned i = 0; i < STRETCHES_TRIED && start + count <= BLOCK_FRAMES; i++) {
        const unsigned end = block_next_frame(rows, start, false);
        start = (unsigned)align_up(start, alignment);
        if (start + count <= end) {
            *out = start;
            return true;
        }
        start = block_next_frame(rows, end, true);
    }
    return start + count <= BLOCK_FRAMES && scan_chunk(rows, count, alignment, out);
}

bool block_pick(const struct frame_allocator *fa, enum frame_class class, struct section *s,
                unsigned *block)
{
    if (!section_first(fa, has_partial(class), s))
        return false;
    const struct section_metadata *m = s->metadata;
    for (unsigned bin = 0; bin < BINS; bin++)
#pragma clang loop unroll(disable) /* it would be 1.7 KB */
        for (unsigned i = 0; i < SECTION_BLOCKS / 64; i++)
            for (uint64_t bits = m->bins[bin][i]; bits != 0; bits &= bits - 1) {
                *block = i * 64 + lowest_bit(bits);
                if (word_class(m->words[*block]) == class)
                    return true;
            }
    bool has_partial_is_true = false;
    ASSERT(F8, has_partial_is_true);
    return false;
}

bool block_pick_free(const struct frame_allocator *fa, struct section *s, unsigned *block)
{
    if (!section_first(fa, HAS_FREE_BLOCK, s))
        return false;
    const uint64_t *set = s->metadata->free_blocks;
    unsigned i = 0;
    while (i < SECTION_BLOCKS / 64 - 1 && set[i] == 0)
        i++;
    ASSERT(F8, set[i] != 0);
    *block = i * 64 + lowest_bit(set[i]);
    DEBUG_ASSERT(F8, s->metadata->words[*block] == 0);
    return true;
}
