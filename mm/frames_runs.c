/* SPDX-License-Identifier: MIT
 * Runs: frames side by side, each with an owner word; reserved and withdrawn ranges are runs too. See
 * mm/frames.c.
 *
 * A run is cut at block borders. A piece that is a whole block is told by the block's word alone; the
 * others, at most the first and the last, have a word a frame in the owner table of their block:
 *
 *     block:     7         8          9          10
 *             ..HBBBBB | RUN_BODY | RUN_BODY | BBBB...       H head, B body
 *
 * The search is first fit, and in three tries: blocks of the class or wholly free ones, so that classes
 * stay apart; sections that nothing was taken from yet; then wherever the frames are. */
#include "frames_private.h"

#include <stdckdint.h>

constexpr uint64_t TABLES_OF_RUN = 2; /* at most: of its first and of its last block */

/* The part of [first, first + count) of a section that lies in the block of `first`. */
struct piece {
    unsigned block, from, count;
};

static struct piece piece_at(uint64_t first, uint64_t count)
{
    unsigned from = first % BLOCK_FRAMES;
    uint64_t room = BLOCK_FRAMES - from;
    return (struct piece){(unsigned)(first % SECTION_FRAMES / BLOCK_FRAMES), from,
                          (unsigned)(count < room ? count : room)};
}

static bool is_whole_block(struct piece piece)
{
    return piece.count == BLOCK_FRAMES;
}

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
            ASSERT(s->metadata->words[p.block] == 0);
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
    ASSERT(found);
    return s;
}

static uint64_t count_in_section(uint64_t first, uint64_t end)
{
    uint64_t border = align_up(first + 1, SECTION_FRAMES);
    return (border < end ? border : end) - first;
}

static void put_range_bits(struct frame_allocator *fa, uint64_t first, uint64_t end)
{
    for (uint64_t count; first < end; first += count) {
        count = count_in_section(first, end);
        struct section s = section_of(fa, first);
        put_bits(fa, &s, first, count);
    }
}

/* Make free frames of online sections a run, one in each section. All bits are taken first, so that no
 * table is put in their place. */
static status_t take_range(struct frame_allocator *fa, uint64_t first, uint64_t end,
                           enum frame_class class, uint32_t value)
{
    uint64_t count;
    for (uint64_t at = first; at < end; at += count) {
        count = count_in_section(at, end);
        struct section s = section_of(fa, at);
        take_bits(fa, &s, at, count, class, value);
    }
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

static void release_run(struct frame_allocator *fa, const struct section *s, uint64_t first,
                        uint64_t count)
{
    fa->by_class[word_class(owner_word(fa, s, first))] -= count;
    set_words(fa, s, first, count, 0, 0);
    put_bits(fa, s, first, count);
}

/* ---- search ---- */

/* Length of the stretch of free frames from `first` on, up to `wanted`, in one section. */
static uint64_t free_stretch(const struct section *s, uint64_t first, uint64_t wanted, bool clean)
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

struct wanted_run {
    uint64_t count, alignment;
    enum frame_class class;
    uint32_t value;
};

/* Lowest aligned run in a section, with `clean` in wholly free blocks only. */
static bool find_in_section(const struct section *s, const struct wanted_run *wanted, bool clean,
                            uint64_t *out)
{
    uint64_t at = s->number * SECTION_FRAMES, end = at + SECTION_FRAMES;
    if (s->record->free < wanted->count)
        return false;
    for (at = next_free(s, at, end, clean); at < end; at = next_free(s, at, end, clean)) {
        uint64_t length = free_stretch(s, at, SECTION_FRAMES, clean);
        uint64_t start = align_up(at, wanted->alignment);
        if (start >= at && start - at <= length && length - (start - at) >= wanted->count) {
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

static status_t alloc_run(struct frame_allocator *fa, const struct wanted_run *wanted, pfn_t *out)
{
    struct section s;
    uint64_t first;
    sections_keep_low_water(fa, wanted->count);
    bool found =
        find_online(fa, wanted, true, &s, &first) || find_pristine(fa, wanted, true, &s, &first) ||
        find_online(fa, wanted, false, &s, &first) || find_pristine(fa, wanted, false, &s, &first);
    if (!found)
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
    bool whole_tail = (first + count) % BLOCK_FRAMES == 0 && tail.block != head.block;
    uint64_t missing = !is_whole_block(head) && owner_table(fa, s, head.block) == nullptr;
    if (tail.block / TABLE_BLOCKS != head.block / TABLE_BLOCKS && !whole_tail)
        missing += owner_table(fa, s, tail.block) == nullptr;
    return missing;
}

static uint64_t largest_online(const struct frame_allocator *fa, const struct section *s,
                               uint64_t free)
{
    uint64_t best = 0, at = s->number * SECTION_FRAMES, end = at + SECTION_FRAMES, length;
    for (at = next_free(s, at, end, false); at < end; at = next_free(s, at + length, end, false)) {
        length = free_stretch(s, at, SECTION_FRAMES, false);
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

/* ---- giving back ---- */

uint64_t run_length(const struct frame_allocator *fa, const struct section *s, uint64_t first)
{
    uint64_t end = align_up(first + 1, SECTION_FRAMES), at = first;
    do {
        struct piece p = piece_at(at, end - at);
        bool whole = word_state(s->metadata->words[p.block]) != BLOCK_SPLIT;
        at += whole ? BLOCK_FRAMES : 1;
    } while (at < end && word_owner_kind(owner_word(fa, s, at)) == OWNER_BODY);
    return at - first;
}

status_t frames_free_run(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    if (count == 0 || count > SECTION_FRAMES)
        return STATUS_BAD_ORDER;
    struct section s;
    if (first.value >= fa->limit || !section_find_online(fa, first.value / SECTION_FRAMES, &s))
        return frames_refusal(fa, first.value);
    uint32_t word = owner_word(fa, &s, first.value);
    enum owner_kind kind = word_owner_kind(word);
    if (kind == OWNER_NONE || kind == OWNER_SINGLE || word_class(word) == FRAME_OFFLINE)
        return frames_refusal(fa, first.value);
    if (kind == OWNER_BODY)
        return STATUS_INSIDE_BLOCK;
    if (run_length(fa, &s, first.value) != count)
        return STATUS_WRONG_ORDER;
    release_run(fa, &s, first.value, count);
    return STATUS_OK;
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
        if (s.record->state == SECTION_HUGE || free_stretch(&s, first, count, false) != count)
            return STATUS_IN_USE;
    }
    return STATUS_OK;
}

static status_t bring_range_online(struct frame_allocator *fa, uint64_t first, uint64_t end)
{
    for (uint64_t at = first; at < end; at += count_in_section(at, end)) {
        struct section s;
        if (section_find_online(fa, at / SECTION_FRAMES, &s))
            continue;
        status_t status = section_bring_online(fa, at / SECTION_FRAMES, first, end - first);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
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
    status = bring_range_online(fa, first.value, end);
    if (status != STATUS_OK)
        return status;
    sections_keep_low_water(fa, count);
    /* The hook may have taken some of them meanwhile. */
    status = check_range(fa, first.value, end);
    if (status != STATUS_OK)
        return status;
    return take_range(fa, first.value, end, class, 0);
}

status_t frames_reserve(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    return take_exactly(fa, first, count, FRAME_RESERVED);
}

status_t frames_offline(struct frame_allocator *fa, pfn_t first, uint64_t count)
{
    return take_exactly(fa, first, count, FRAME_OFFLINE);
}
