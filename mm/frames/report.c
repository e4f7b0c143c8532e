/* SPDX-License-Identifier: MIT
 * What the frame allocator says about itself: owners, totals, the largest run. See mm/frames/frames.c. */
#include "private.h"

const struct frame_span *frames_spans(const struct frame_allocator *fa, size_t *count)
{
    *count = fa->span_count;
    return fa->spans;
}

/* ---- owners ---- */

static uint64_t run_start(const struct frame_allocator *fa, const struct section *s, uint64_t frame)
{
    while (word_owner_kind(owner_word(fa, s, frame)) == OWNER_BODY) {
        uint32_t word = s->metadata->words[frame % SECTION_FRAMES / BLOCK_FRAMES];
        ASSERT(F6, frame % SECTION_FRAMES != 0); /* no run comes from another section */
        bool inside_whole = word_state(word) != BLOCK_SPLIT && frame % BLOCK_FRAMES != 0;
        frame = inside_whole ? align_down(frame, BLOCK_FRAMES) : frame - 1;
    }
    return frame;
}

static struct frame_owner whole(enum frame_class class, unsigned order, uint64_t frame,
                                uint32_t node)
{
    uint64_t count = UINT64_C(1) << order;
    return (struct frame_owner){.class = class,
                                .exact = true,
                                .order = order,
                                .first = pfn(align_down(frame, count)),
                                .count = count,
                                .node = node};
}

static struct frame_owner owner_online(const struct frame_allocator *fa, const struct section *s,
                                       uint64_t frame, uint32_t node)
{
    unsigned block = (unsigned)(frame % SECTION_FRAMES / BLOCK_FRAMES);
    uint32_t word = s->metadata->words[block];
    if (word_state(word) == BLOCK_FREE)
        return whole(FRAME_FREE, ORDER_BLOCK, frame, node);
    if (word_state(word) == BLOCK_HUGE)
        return whole(word_class(word), ORDER_BLOCK, frame, node);
    if (block_is_free_range(s, block, frame % BLOCK_FRAMES, 1))
        return whole(FRAME_FREE, ORDER_FRAME, frame, node);
    uint32_t owner = owner_word(fa, s, frame);
    DEBUG_ASSERT(F7, word_class(owner != 0 ? owner : word) != FRAME_FREE);
    if (owner == 0) {
        struct frame_owner result = whole(word_class(word), ORDER_FRAME, frame, node);
        result.exact = false;
        return result;
    }
    struct frame_owner result = whole(word_class(owner), ORDER_FRAME, frame, node);
    if (word_owner_kind(owner) != OWNER_SINGLE) {
        uint64_t first = run_start(fa, s, frame);
        result.is_run = true;
        result.first = pfn(first);
        result.count = run_length(fa, s, first);
        result.value = word_value(owner);
    }
    return result;
}

struct frame_owner frames_owner(const struct frame_allocator *fa, pfn_t frame)
{
    size_t index = spans_find(fa, frame.value);
    if (index == fa->span_count || fa->spans[index].first.value > frame.value)
        return whole(FRAME_UNMANAGED, ORDER_FRAME, frame.value, 0);
    uint32_t node = fa->spans[index].node;
    struct section s;
    if (!section_find(fa, frame.value / SECTION_FRAMES, &s) || s.record->state == SECTION_PRISTINE)
        return whole(FRAME_FREE, ORDER_FRAME, frame.value, node);
    if (s.metadata == nullptr)
        return whole(s.record->class, ORDER_SECTION, frame.value, node);
    return owner_online(fa, &s, frame.value, node);
}

/* ---- stretches ---- */

/* Words of blocks that lie wholly with one class: 0 for a split one. */
static uint32_t whole_key(uint32_t word)
{
    return word_state(word) == BLOCK_SPLIT ? 0 : word_make(1, word_class(word), 0);
}

/* In a split block, [from, 512). */
static unsigned split_stretch(const struct frame_allocator *fa, const struct section *s,
                              unsigned block, unsigned from, enum frame_class *class)
{
    const uint64_t first = s->number * SECTION_FRAMES + block * BLOCK_FRAMES;
    const uint64_t *rows = s->metadata->rows[block];
    const enum frame_class home = word_class(s->metadata->words[block]);
    if (block_is_free_range(s, block, from, 1)) {
        *class = FRAME_FREE;
        return block_next_frame(rows, from, false);
    }
    const unsigned end = block_next_frame(rows, from, true);
    DEBUG_ASSERT(F3, end > from);
    const uint32_t word = owner_word(fa, s, first + from);
    *class = word == 0 ? home : word_class(word);
    if (owner_table(fa, s, block) == nullptr)
        return end;
    unsigned at = from + 1;
    for (; at < end; at++) {
        const uint32_t next = owner_word(fa, s, first + at);
        if ((next == 0 ? home : word_class(next)) != *class)
            break;
    }
    return at;
}

/* Where the stretch of an online section that starts at `frame` ends. */
static uint64_t online_stretch(const struct frame_allocator *fa, const struct section *s,
                               uint64_t frame, enum frame_class *class)
{
    const uint32_t *words = s->metadata->words;
    unsigned block = (unsigned)(frame % SECTION_FRAMES / BLOCK_FRAMES);
    const uint32_t key = whole_key(words[block]);
    const uint64_t base = s->number * SECTION_FRAMES;
    if (key == 0)
        return base + block * BLOCK_FRAMES +
               split_stretch(fa, s, block, frame % BLOCK_FRAMES, class);
    *class = word_class(key);
    do
        block++;
    while (block < SECTION_BLOCKS && whole_key(words[block]) == key);
    return base + block * BLOCK_FRAMES;
}

bool frames_next_stretch(const struct frame_allocator *fa, pfn_t from, struct frame_stretch *out)
{
    const size_t index = spans_find(fa, from.value);
    if (index == fa->span_count)
        return false;
    const struct frame_span *span = &fa->spans[index];
    const uint64_t first = from.value > span->first.value ? from.value : span->first.value;
    const uint64_t end = span->first.value + span->count;
    uint64_t stop = end;
    enum frame_class class = FRAME_FREE;
    struct section s;
    if (section_next_below(fa, first / SECTION_FRAMES, (end - 1) / SECTION_FRAMES + 1,
                           offsetof(struct section_leaf, touched), &s)) {
        const uint64_t base = s.number * SECTION_FRAMES;
        if (base > first) {
            stop = base;
        } else if (s.metadata == nullptr) {
            class = s.record->class;
            stop = base + SECTION_FRAMES;
        } else {
            stop = online_stretch(fa, &s, first, &class);
        }
    }
    *out = (struct frame_stretch){pfn(first), (stop < end ? stop : end) - first, class};
    return true;
}

/* ---- totals ---- */

/* Free frames of [first, first + count) in an online section. */
static uint64_t count_free(const struct section *s, uint64_t first, uint64_t count)
{
    uint64_t free = 0;
    while (count > 0) {
        struct piece p = piece_at(first, count);
        free += block_count_free(s, p.block, p.from, p.count);
        first += p.count;
        count -= p.count;
    }
    return free;
}

/* Frames of a touched section that are taken and lie on a node. Only a section of several nodes has to be looked
 * into. */
static uint64_t count_taken(const struct frame_allocator *fa, const struct section *s,
                            uint32_t node)
{
    uint64_t at = s->number * SECTION_FRAMES, end = at + SECTION_FRAMES, managed = 0, free = 0;
    size_t start = spans_find(fa, at);
    struct frame_span piece;
    for (size_t i = start; spans_next_piece(fa, &i, &at, end, &piece);)
        managed += piece.node == node ? piece.count : 0;
    if (managed == s->record->managed)
        return s->record->managed - s->record->free;
    at = s->number * SECTION_FRAMES;
    for (size_t i = start; managed != 0 && spans_next_piece(fa, &i, &at, end, &piece);)
        if (piece.node == node && s->metadata != nullptr)
            free += count_free(s, piece.first.value, piece.count);
    ASSERT(F9, free <= managed);
    return managed - free;
}

struct frame_node_totals frames_node_totals(const struct frame_allocator *fa, uint32_t node)
{
    struct frame_node_totals t = {0};
    for (size_t i = 0; i < fa->span_count; i++)
        if (fa->spans[i].node == node)
            t.managed += fa->spans[i].count;
    t.free = t.managed;
    struct section s;
    size_t touched = offsetof(struct section_leaf, touched);
    for (uint64_t next = 0; section_next(fa, next, touched, &s); next = s.number + 1) {
        const uint64_t taken = count_taken(fa, &s, node);
        ASSERT(F9, taken <= t.free);
        t.free -= taken;
    }
    return t;
}

/* Whole aligned units of 2^order frames in [first, end). */
static uint64_t whole_units(uint64_t first, uint64_t end, unsigned order)
{
    uint64_t low = align_up(first, UINT64_C(1) << order) >> order, high = end >> order;
    return high > low ? high - low : 0;
}

/* Memory that touches, whatever its node: [*first, *end). */
static bool next_extent(const struct frame_allocator *fa, size_t *index, uint64_t *first,
                        uint64_t *end)
{
    if (*index >= fa->span_count)
        return false;
    *first = *end = fa->spans[*index].first.value;
    while (*index < fa->span_count && fa->spans[*index].first.value == *end)
        *end += fa->spans[(*index)++].count;
    return true;
}

/* Wholly managed blocks of a section. */
static uint64_t managed_blocks(const struct frame_allocator *fa, uint64_t number)
{
    uint64_t base = number * SECTION_FRAMES, end = base + SECTION_FRAMES, blocks = 0;
    size_t index = spans_find(fa, base);
    uint64_t first, stop;
    while (index < fa->span_count && fa->spans[index].first.value < end &&
           next_extent(fa, &index, &first, &stop))
        blocks += whole_units(first > base ? first : base, stop < end ? stop : end, ORDER_BLOCK);
    return blocks;
}

void frames_totals(const struct frame_allocator *fa, struct frame_totals *out)
{
    struct frame_totals t = {.managed = fa->managed, .span_count = fa->span_count};
    t.free = fa->managed;
    for (unsigned class = 0; class < FRAME_CLASS_COUNT; class ++) {
        t.by_class[class] = fa->by_class[class];
        t.free -= fa->by_class[class];
    }
    ASSERT(F9, t.free <= t.managed);
    t.by_class[FRAME_FREE] = t.free;
    uint64_t first, end, sections_end = 0;
    for (size_t index = 0; next_extent(fa, &index, &first, &end);) {
        t.free_blocks += whole_units(first, end, ORDER_BLOCK);
        t.free_sections += whole_units(first, end, ORDER_SECTION);
        uint64_t low = first / SECTION_FRAMES, high = (end - 1) / SECTION_FRAMES + 1;
        t.sections += high - (low > sections_end ? low : sections_end);
        sections_end = high;
    }
    /* Span arithmetic has counted touched sections as if they were pristine. */
    struct section s;
    size_t touched = offsetof(struct section_leaf, touched);
    for (uint64_t next = 0; section_next(fa, next, touched, &s); next = s.number + 1) {
        t.free_sections -= s.record->managed == SECTION_FRAMES;
        t.sections_online += s.metadata != nullptr;
        t.free_blocks += s.record->free_blocks - managed_blocks(fa, s.number);
    }
    *out = t;
}
