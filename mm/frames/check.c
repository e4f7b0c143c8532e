/* SPDX-License-Identifier: MIT
 * The walk that proves a frame allocator sound: F1..F11 and F13 of mm/frames/frames.c; the others in
 * mm/frames/check_search.c. */
#include "private.h"

/* What the walk adds up, to be compared with what the allocator believes. */
struct sums {
    uint64_t online_free;
    uint64_t by_class[FRAME_CLASS_COUNT];
    uint64_t homes; /* frames that hold a leaf, a section's metadata or an owner table */
};

static uint64_t section_bit(const struct section *s)
{
    return UINT64_C(1) << s->number % LEAF_SECTIONS;
}

static const char *check_spans(const struct frame_allocator *fa)
{
    uint64_t total = 0;
    if (fa->span_count > fa->span_capacity)
        return "F1: more spans than there is room for";
    for (size_t i = 0; i < fa->span_count; i++) {
        const struct frame_span *span = &fa->spans[i];
        uint64_t end = span->first.value + span->count;
        if (span->count == 0 || end > fa->limit || span->node >= NODES_MAX)
            return "F1: a span is empty, above the limit or on no node";
        total += span->count;
        if (i + 1 == fa->span_count)
            break;
        const struct frame_span *next = span + 1;
        if (end > next->first.value || (end == next->first.value && span->node == next->node))
            return "F1: spans are not sorted, disjoint and joined";
    }
    return total == fa->managed ? nullptr : "F9: managed is not the sum of the spans";
}

/* ---- one block ---- */

static const char *check_run_link(const struct frame_allocator *fa, const struct section *s,
                                  uint64_t frame, uint32_t word)
{
    if (word_owner_kind(word) != OWNER_BODY)
        return nullptr;
    if (frame % SECTION_FRAMES == 0)
        return "F6: the body of a run is at the start of a section";
    uint32_t before = owner_word(fa, s, frame - 1);
    bool is_run = word_owner_kind(before) == OWNER_HEAD || word_owner_kind(before) == OWNER_BODY;
    if (!is_run || word_class(before) != word_class(word) || word_value(before) != word_value(word))
        return "F6: the body of a run follows something else";
    return nullptr;
}

static const char *check_taken_frame(const struct frame_allocator *fa, const struct section *s,
                                     uint64_t frame, uint32_t block_word, struct sums *sums)
{
    uint32_t word = owner_word(fa, s, frame);
    enum frame_class class = word != 0 ? word_class(word) : word_class(block_word);
    if (class == FRAME_FREE || class >= FRAME_UNMANAGED)
        return "F7: a taken frame has no class";
    if (word != 0 && word_owner_kind(word) > OWNER_BODY)
        return "F7: an owner word has no kind";
    if (word != 0 && word_owner_kind(word) == OWNER_SINGLE && class == word_class(block_word))
        return "F7: an owner word says what its block says";
    sums->by_class[class]++;
    return check_run_link(fa, s, frame, word);
}

static const char *check_split(const struct frame_allocator *fa, const struct section *s,
                               unsigned block, struct sums *sums)
{
    uint32_t word = s->metadata->words[block];
    const uint32_t *table = owner_table(fa, s, block);
    uint64_t first = s->number * SECTION_FRAMES + block * BLOCK_FRAMES;
    uint32_t free = 0;
    for (unsigned index = 0; index < BLOCK_FRAMES; index++) {
        bool managed = (word & WORD_RAGGED) == 0 || spans_contain(fa, first + index);
        bool is_free = row_bit(s->metadata, block, index);
        bool has_word = table != nullptr && table[block % TABLE_BLOCKS * BLOCK_FRAMES + index] != 0;
        if ((is_free && !managed) || (has_word && (is_free || !managed)))
            return "F4: a frame is free or owned, but not managed, or both";
        free += is_free;
        if (is_free || !managed)
            continue;
        const char *broken = check_taken_frame(fa, s, first + index, word, sums);
        if (broken != nullptr)
            return broken;
    }
    return free == word_free(word) ? nullptr : "F3: the free count of a block is not its bits";
}

static const char *check_words_unused(const struct frame_allocator *fa, const struct section *s,
                                      unsigned block)
{
    const uint32_t *table = owner_table(fa, s, block);
    if (table == nullptr || word_state(s->metadata->words[block]) == BLOCK_SPLIT)
        return nullptr;
    for (unsigned index = 0; index < BLOCK_FRAMES; index++)
        if (table[block % TABLE_BLOCKS * BLOCK_FRAMES + index] != 0)
            return "F4: an owner word in a block that is not split";
    return nullptr;
}

static const char *check_sets(const struct section *s, unsigned block)
{
    const struct section_metadata *m = s->metadata;
    uint32_t word = m->words[block];
    if (in_set(m->free_blocks, block) != (word_state(word) == BLOCK_FREE))
        return "F8: the set of free blocks is wrong";
    for (unsigned bin = 0; bin < BINS; bin++) {
        bool belongs = word_is_partial(word) && bin_of(word_free(word)) == bin;
        if (in_set(m->bins[bin], block) != belongs)
            return "F8: a block is in the wrong bin";
    }
    return nullptr;
}

static const char *check_block(const struct frame_allocator *fa, const struct section *s,
                               unsigned block, struct sums *sums)
{
    uint32_t word = s->metadata->words[block];
    uint64_t first = s->number * SECTION_FRAMES + block * BLOCK_FRAMES;
    uint64_t managed = spans_count_within(fa, first, BLOCK_FRAMES);
    if ((managed == 0) != (word_state(word) == BLOCK_ABSENT))
        return "F5: absent is not the same as without memory";
    if (word_state(word) != BLOCK_ABSENT && word_state(word) != BLOCK_SPLIT &&
        managed != BLOCK_FRAMES)
        return "F5: a block is whole but not wholly managed";
    const char *broken = check_words_unused(fa, s, block);
    if (broken == nullptr)
        broken = check_sets(s, block);
    if (broken != nullptr)
        return broken;
    switch (word_state(word)) {
    case BLOCK_FREE:
        return word == 0 ? nullptr : "F8: a free block has more than its state";
    case BLOCK_ABSENT:
        return nullptr;
    case BLOCK_SPLIT:
        if (((word & WORD_RAGGED) != 0) != (managed < BLOCK_FRAMES))
            return "F5: ragged is not the same as partly managed";
        if (word_free(word) == BLOCK_FRAMES)
            return "F8: a split block is wholly free";
        if (word_class(word) != FRAME_FREE && word_free(word) == managed)
            return "F8: a block without a taken frame belongs to a class";
        return check_split(fa, s, block, sums);
    case BLOCK_HUGE:
    case BLOCK_RUN_HEAD:
    case BLOCK_RUN_BODY:
        if (word_class(word) == FRAME_FREE || word_class(word) >= FRAME_UNMANAGED)
            return "F7: a taken block has no class";
        sums->by_class[word_class(word)] += BLOCK_FRAMES;
        return check_run_link(fa, s, first, owner_word(fa, s, first));
    }
    return "F8: a block has no state";
}

/* ---- sections ---- */

/* Not by frames_owner, which relies on what is checked here. */
static bool is_metadata(const struct frame_allocator *fa, uint64_t frame)
{
    struct section s;
    if (frame >= fa->limit || !section_find_online(fa, frame / SECTION_FRAMES, &s))
        return false;
    unsigned block = (unsigned)(frame % SECTION_FRAMES / BLOCK_FRAMES);
    uint32_t block_word = s.metadata->words[block], word = owner_word(fa, &s, frame);
    return spans_contain(fa, frame) && block_count_free(&s, block, frame % BLOCK_FRAMES, 1) == 0 &&
           word_class(word != 0 ? word : block_word) == FRAME_METADATA;
}

static const char *check_homes(const struct frame_allocator *fa, const struct section *s,
                               struct sums *sums)
{
    sums->homes += METADATA_FRAMES;
    for (unsigned i = 0; i < METADATA_FRAMES; i++)
        if (!is_metadata(fa, s->record->metadata + i))
            return "F10: metadata lies in a frame that is not metadata";
    for (unsigned block = 0; block < SECTION_BLOCKS; block += TABLE_BLOCKS) {
        const unsigned char *table = (const unsigned char *)owner_table(fa, s, block);
        if (table == nullptr)
            continue;
        sums->homes++;
        uint64_t address = (uint64_t)(uintptr_t)table - fa->offset;
        if (!is_metadata(fa, address >> PAGE_SHIFT))
            return "F10: an owner table lies in a frame that is not metadata";
    }
    return nullptr;
}

static const char *check_online(const struct frame_allocator *fa, const struct section *s,
                                struct sums *sums)
{
    uint64_t free = 0, free_blocks = 0;
    uint16_t partial[CLASSES_MAX] = {0};
    for (unsigned block = 0; block < SECTION_BLOCKS; block++) {
        const char *broken = check_block(fa, s, block, sums);
        if (broken != nullptr)
            return broken;
        uint32_t word = s->metadata->words[block];
        free += word_free(word);
        free_blocks += word_state(word) == BLOCK_FREE;
        if (word_is_partial(word))
            partial[word_class(word)]++;
    }
    if (free != s->record->free || free_blocks != s->record->free_blocks)
        return "F9: the counts of a section are not those of its blocks";
    sums->online_free += free;
    if (((s->leaf->has_free & section_bit(s)) != 0) != (free != 0) ||
        ((s->leaf->has_free_block & section_bit(s)) != 0) != (free_blocks != 0))
        return "F8: a section is in the wrong mask";
    for (unsigned class = 0; class < CLASSES_MAX; class ++)
        if (partial[class] != s->metadata->partial_blocks[class] ||
            ((s->leaf->has_partial[class] & section_bit(s)) != 0) != (partial[class] != 0))
            return "F8: partial blocks of a class are miscounted";
    const char *broken = bounds_check(s);
    return broken != nullptr ? broken : check_homes(fa, s, sums);
}

static const char *check_pristine(const struct frame_allocator *fa, const struct section *s)
{
    uint64_t masks =
        s->leaf->touched | s->leaf->online | s->leaf->has_free | s->leaf->has_free_block;
    for (unsigned class = 0; class < CLASSES_MAX; class ++)
        masks |= s->leaf->has_partial[class];
    if ((masks & section_bit(s)) != 0)
        return "F2: a pristine section is in a mask of touched ones";
    if (s->number < fa->pristine_from &&
        spans_count_within(fa, s->number * SECTION_FRAMES, SECTION_FRAMES) != 0)
        return "F11: a pristine section lies below pristine_from";
    return nullptr;
}

static const char *check_section(const struct frame_allocator *fa, const struct section *s,
                                 struct sums *sums)
{
    if (s->record->state == SECTION_PRISTINE)
        return check_pristine(fa, s);
    bool online = s->record->state == SECTION_ONLINE;
    if ((s->leaf->touched & section_bit(s)) == 0 ||
        ((s->leaf->online & section_bit(s)) != 0) != online)
        return "F2: a section's masks do not agree with its record";
    if (s->record->managed != spans_count_within(fa, s->number * SECTION_FRAMES, SECTION_FRAMES))
        return "F9: the managed frames of a section are not those of the spans";
    if (online)
        return check_online(fa, s, sums);
    if (s->record->state != SECTION_HUGE || s->record->managed != SECTION_FRAMES ||
        !class_is_allocatable(s->record->class))
        return "F2: a section is neither pristine, online nor huge";
    sums->by_class[s->record->class] += SECTION_FRAMES;
    return nullptr;
}

static const char *check_cursors(const struct frame_allocator *fa)
{
    for (unsigned class = 0; class < FRAME_CLASS_COUNT; class ++) {
        const struct cursor *cursor = &fa->cursors[class];
        if (cursor->word == nullptr)
            continue;
        if (!word_is_partial(*cursor->word) || word_class(*cursor->word) != class)
            return "F8: a cursor is at a block without room for its class";
    }
    return nullptr;
}

const char *frames_check(const struct frame_allocator *fa)
{
    struct sums sums = {0};
    const char *broken = check_spans(fa);
    if (broken == nullptr)
        broken = check_cursors(fa);
    for (uint64_t index = 0; index < fa->leaf_count && broken == nullptr; index++) {
        if (fa->leaves[index] == 0)
            continue;
        if (!is_metadata(fa, fa->leaves[index] - 1))
            return "F10: a leaf lies in a frame that is not metadata";
        sums.homes++;
        for (unsigned i = 0; i < LEAF_SECTIONS && broken == nullptr; i++) {
            struct section s;
            if (section_find(fa, index * LEAF_SECTIONS + i, &s))
                broken = check_section(fa, &s, &sums);
        }
    }
    if (broken == nullptr)
        broken = directory_check(fa);
    if (broken != nullptr)
        return broken;
    if (sums.homes != sums.by_class[FRAME_METADATA])
        return "F13: a frame of metadata holds nothing";
    if (sums.online_free != fa->online_free)
        return "F9: free frames of online sections are miscounted";
    for (unsigned class = 0; class < FRAME_CLASS_COUNT; class ++)
        if (sums.by_class[class] != fa->by_class[class])
            return "F9: the frames of a class are miscounted";
    return nullptr;
}
