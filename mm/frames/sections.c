/* SPDX-License-Identifier: MIT
 * Sections of 1 GiB: how one gets its metadata, and new memory in one. See mm/frames/frames.c.
 *
 * Bringing a section online takes its metadata frames from its own first memory, and one frame more when
 * the leaf that will record it is missing; a section without room for that side by side is served by
 * another one. Nothing can fail after the hook has succeeded, so nothing has to be undone then. */
#include "private.h"

#include <base/string.h>

static uint64_t section_bit(uint64_t number)
{
    return UINT64_C(1) << number % LEAF_SECTIONS;
}

static void install_leaf(struct frame_allocator *fa, uint64_t number, uint64_t frame)
{
    ASSERT(F13, fa->leaves[number / LEAF_SECTIONS] == 0);
    memset(frames_pointer(fa, frame), 0, sizeof(struct section_leaf));
    fa->leaves[number / LEAF_SECTIONS] = frame + 1;
}

status_t section_ensure_leaf(struct frame_allocator *fa, uint64_t number, struct section *out)
{
    if (leaf_find(fa, number) == nullptr) {
        uint64_t frame;
        status_t status = metadata_take(fa, 1, &frame);
        if (status != STATUS_OK)
            return status;
        install_leaf(fa, number, frame);
    }
    bool found = section_find(fa, number, out);
    ASSERT(F2, found);
    return STATUS_OK;
}

status_t section_make_reachable(struct frame_allocator *fa, uint64_t number)
{
    const struct section_leaf *leaf = leaf_find(fa, number);
    if (leaf != nullptr && (leaf->reachable & section_bit(number)) != 0)
        return STATUS_OK;
    if (fa->hooks.section_online == nullptr)
        return STATUS_OK;
    DEBUG_ASSERT(F2, !fa->bringing_online);
    fa->bringing_online = true;
    status_t status = fa->hooks.section_online(fa->hooks.owner, pfn(number * SECTION_FRAMES));
    fa->bringing_online = false;
    return status;
}

uint64_t section_place_metadata(const struct frame_allocator *fa, uint64_t number, uint64_t avoid,
                                uint64_t avoid_count, uint64_t *first)
{
    uint64_t need = METADATA_FRAMES + (leaf_find(fa, number) == nullptr);
    uint64_t at = number * SECTION_FRAMES, end = at + SECTION_FRAMES;
    size_t index = spans_find(fa, at);
    struct frame_span piece;
    while (spans_next_piece(fa, &index, &at, end, &piece)) {
        uint64_t start = piece.first.value, stop = start + piece.count;
        if (start < avoid + avoid_count && avoid < start + need)
            start = avoid + avoid_count;
        if (start < stop && stop - start >= need) {
            DEBUG_ASSERT(F10, spans_count_within(fa, start, need) == need);
            *first = start;
            return need;
        }
    }
    return 0;
}

static bool is_whole_section(uint64_t from, uint64_t count)
{
    return from == 0 && count == SECTION_FRAMES;
}

static void add_to_block(struct frame_allocator *fa, const struct section *s, unsigned block,
                         unsigned from, unsigned count)
{
    uint32_t word = s->metadata->words[block];
    if (count == BLOCK_FRAMES) {
        DEBUG_ASSERT(F5, word_state(word) == BLOCK_ABSENT);
        block_set_word(fa, s, block, 0);
        return;
    }
    ASSERT(F5, word_state(word) == BLOCK_ABSENT || word_state(word) == BLOCK_SPLIT);
    if (word_state(word) == BLOCK_ABSENT) {
        memset(s->metadata->rows[block], 0, sizeof s->metadata->rows[block]);
        s->metadata->words[block] = word_make(BLOCK_SPLIT, FRAME_FREE, 0) | WORD_RAGGED;
    }
    block_put(fa, s, block, from, count);
    uint64_t first = s->number * SECTION_FRAMES + block * BLOCK_FRAMES;
    word = s->metadata->words[block];
    if (word != 0 && spans_count_within(fa, first, BLOCK_FRAMES) == BLOCK_FRAMES)
        block_set_word(fa, s, block, word & ~WORD_RAGGED);
}

void section_add_memory(struct frame_allocator *fa, const struct section *s, uint64_t from,
                        uint64_t count)
{
    ASSERT(F9, count <= SECTION_FRAMES - s->record->managed);
    DEBUG_ASSERT(F2, s->record->state == SECTION_ONLINE && from + count <= SECTION_FRAMES);
    s->record->managed += (uint32_t)count;
    if (is_whole_section(from, count)) {
        /* The words are zero already, which says all of this. */
        memset(s->metadata->free_blocks, 0xFF, sizeof s->metadata->free_blocks);
        s->record->free = SECTION_FRAMES;
        s->record->free_blocks = SECTION_BLOCKS;
        section_mark(fa, s, offsetof(struct section_leaf, has_free));
        section_mark(fa, s, offsetof(struct section_leaf, has_free_block));
        fa->online_free += SECTION_FRAMES;
        return;
    }
    for (uint64_t end = from + count; from < end;) {
        uint64_t stop = align_down(from + BLOCK_FRAMES, BLOCK_FRAMES);
        if (stop > end)
            stop = end;
        add_to_block(fa, s, (unsigned)(from / BLOCK_FRAMES), (unsigned)(from % BLOCK_FRAMES),
                     (unsigned)(stop - from));
        from = stop;
    }
}

/* Only words and sets are written here: rows when their block is first split. */
static void write_metadata(struct frame_allocator *fa, const struct section *s)
{
    memset((unsigned char *)s->metadata + ROWS_SIZE, 0, sizeof *s->metadata - ROWS_SIZE);
    uint64_t base = s->number * SECTION_FRAMES, at = base;
    if (spans_count_within(fa, base, SECTION_FRAMES) == SECTION_FRAMES) {
        section_add_memory(fa, s, 0, SECTION_FRAMES);
        return;
    }
    for (unsigned block = 0; block < SECTION_BLOCKS; block++)
        s->metadata->words[block] = BLOCK_ABSENT;
    size_t index = spans_find(fa, base);
    struct frame_span piece;
    while (spans_next_piece(fa, &index, &at, base + SECTION_FRAMES, &piece))
        section_add_memory(fa, s, piece.first.value - base, piece.count);
}

static void take_own_metadata(struct frame_allocator *fa, const struct section *s, uint64_t first,
                              uint64_t count)
{
    DEBUG_ASSERT(F10, count == 0 || first / SECTION_FRAMES == s->number);
    fa->by_class[FRAME_METADATA] += count;
    for (uint64_t frame = first % SECTION_FRAMES; count > 0; frame++, count--)
        block_take(fa, s, (unsigned)(frame / BLOCK_FRAMES), (unsigned)(frame % BLOCK_FRAMES), 1,
                   FRAME_METADATA);
}

status_t section_bring_online(struct frame_allocator *fa, uint64_t number, uint64_t avoid,
                              uint64_t avoid_count)
{
    if (fa->bringing_online || !frames_permitted(fa))
        return STATUS_NO_MEMORY;
    uint64_t first = 0;
    uint64_t own = section_place_metadata(fa, number, avoid, avoid_count, &first);
    unsigned need = METADATA_FRAMES + (leaf_find(fa, number) == nullptr);
    if (own == 0) {
        status_t status = metadata_take(fa, need, &first);
        if (status != STATUS_OK)
            return status;
    }
    status_t status = section_make_reachable(fa, number);
    if (status != STATUS_OK) {
        if (own == 0)
            metadata_give_back(fa, first, need);
        return status;
    }
    if (need > METADATA_FRAMES)
        install_leaf(fa, number, first + METADATA_FRAMES);
    struct section s;
    bool found = section_find(fa, number, &s);
    ASSERT(F2, found && s.record->state == SECTION_PRISTINE);
    DEBUG_ASSERT(F10, spans_count_within(fa, first, need) == need);
    *s.record = (struct section_record){.metadata = first, .state = SECTION_ONLINE};
    s.metadata = frames_pointer(fa, first);
    section_touch(fa, &s);
    section_mark(fa, &s, offsetof(struct section_leaf, online));
    s.leaf->reachable |= section_bit(number);
    sections_find_pristine_from(fa, number);
    write_metadata(fa, &s);
    take_own_metadata(fa, &s, first, own);
    DEBUG_ASSERT(F9, s.record->free + own == s.record->managed);
    return STATUS_OK;
}

void sections_keep_low_water(struct frame_allocator *fa, uint64_t count)
{
    if (fa->bringing_online)
        return;
    uint64_t number = 0;
    while (fa->online_free < count + FRAMES_LOW_WATER &&
           section_next_pristine(fa, number, &number)) {
        /* A section that fails stays pristine: what is online may still do. */
        status_t status = section_bring_online(fa, number, 0, 0);
        (void)status;
        number++;
    }
}
