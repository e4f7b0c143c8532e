/* SPDX-License-Identifier: MIT
 * What is given out whole: blocks of 2 MiB, which are a word, and sections of 1 GiB, which are a record. See
 * mm/frames/frames.c. */
#include "private.h"

status_t huge_alloc_block(struct frame_allocator *fa, enum frame_class class, pfn_t *out)
{
    struct section s;
    unsigned block;
    sections_keep_low_water(fa, BLOCK_FRAMES);
    while (!block_pick_free(fa, &s, &block))
        if (!section_bring_next_online(fa))
            return STATUS_NO_MEMORY;
    ASSERT(F8, s.metadata->words[block] == 0);
    block_set_word(fa, &s, block, word_make(BLOCK_HUGE, class, 0));
    fa->by_class[class] += BLOCK_FRAMES;
    *out = pfn(s.number * SECTION_FRAMES + block * BLOCK_FRAMES);
    return STATUS_OK;
}

status_t huge_free_block(struct frame_allocator *fa, pfn_t first)
{
    struct section s;
    if (!is_aligned(first.value, BLOCK_FRAMES))
        return STATUS_MISALIGNED;
    if (first.value >= fa->limit || !section_find_online(fa, first.value / SECTION_FRAMES, &s))
        return frames_refusal(fa, first.value);
    unsigned block = (unsigned)(first.value % SECTION_FRAMES / BLOCK_FRAMES);
    uint32_t word = s.metadata->words[block];
    if (word_state(word) != BLOCK_HUGE)
        return frames_refusal(fa, first.value);
    DEBUG_ASSERT(F9, fa->by_class[word_class(word)] >= BLOCK_FRAMES);
    fa->by_class[word_class(word)] -= BLOCK_FRAMES;
    block_set_word(fa, &s, block, 0);
    return STATUS_OK;
}

static status_t take_section(struct frame_allocator *fa, uint64_t number, enum frame_class class)
{
    struct section s;
    status_t status = section_ensure_leaf(fa, number, &s);
    if (status == STATUS_OK)
        status = section_make_reachable(fa, number);
    if (status != STATUS_OK)
        return status;
    ASSERT(F2, s.record->state == SECTION_PRISTINE);
    s.record->state = SECTION_HUGE;
    s.record->class = class;
    s.record->managed = SECTION_FRAMES;
    section_touch(fa, &s);
    s.leaf->reachable |= UINT64_C(1) << number % LEAF_SECTIONS;
    sections_find_pristine_from(fa, number);
    fa->by_class[class] += SECTION_FRAMES;
    return STATUS_OK;
}

status_t huge_alloc_section(struct frame_allocator *fa, enum frame_class class, pfn_t *out)
{
    uint64_t number = 0;
    sections_keep_low_water(fa, 0);
    for (; !fa->bringing_online && section_next_pristine(fa, number, &number); number++) {
        uint64_t first = number * SECTION_FRAMES;
        if (spans_count_within(fa, first, SECTION_FRAMES) != SECTION_FRAMES ||
            take_section(fa, number, class) != STATUS_OK)
            continue;
        *out = pfn(first);
        return STATUS_OK;
    }
    return STATUS_NO_MEMORY;
}

status_t huge_free_section(struct frame_allocator *fa, pfn_t first)
{
    struct section s;
    if (!is_aligned(first.value, SECTION_FRAMES))
        return STATUS_MISALIGNED;
    uint64_t number = first.value / SECTION_FRAMES;
    if (first.value >= fa->limit || !section_find(fa, number, &s) ||
        s.record->state != SECTION_HUGE)
        return frames_refusal(fa, first.value);
    ASSERT(F9, fa->by_class[s.record->class] >= SECTION_FRAMES);
    DEBUG_ASSERT(F2, s.record->managed == SECTION_FRAMES && s.record->free == 0);
    fa->by_class[s.record->class] -= SECTION_FRAMES;
    *s.record = (struct section_record){.state = SECTION_PRISTINE};
    section_untouch(fa, &s);
    sections_find_pristine_from(fa, number);
    return STATUS_OK;
}
