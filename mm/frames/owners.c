/* SPDX-License-Identifier: MIT
 * Owner tables: a word for each frame of a pair of blocks, made when the first frame there needs one.
 * See mm/frames/frames.c. */
#include "private.h"

#include <base/string.h>

static uint32_t *words_of_block(const struct frame_allocator *fa, const struct section *s,
                                unsigned block)
{
    uint32_t *table = owner_table(fa, s, block);
    return table == nullptr ? nullptr : table + block % TABLE_BLOCKS * BLOCK_FRAMES;
}

static unsigned other_of_pair(unsigned block)
{
    return block ^ 1;
}

uint32_t owner_word(const struct frame_allocator *fa, const struct section *s, uint64_t frame)
{
    unsigned block = (unsigned)(frame % SECTION_FRAMES / BLOCK_FRAMES);
    unsigned index = frame % BLOCK_FRAMES;
    uint32_t word = s->metadata->words[block];
    switch (word_state(word)) {
    case BLOCK_RUN_HEAD:
        return word_make(index == 0 ? OWNER_HEAD : OWNER_BODY, word_class(word), word_value(word));
    case BLOCK_RUN_BODY:
        return word_make(OWNER_BODY, word_class(word), word_value(word));
    case BLOCK_SPLIT: {
        const uint32_t *words = words_of_block(fa, s, block);
        return words == nullptr ? 0 : words[index];
    }
    default:
        return 0;
    }
}

unsigned owner_count_bodies(const struct frame_allocator *fa, const struct section *s,
                            unsigned block, unsigned from)
{
    uint32_t word = s->metadata->words[block];
    if (word_state(word) == BLOCK_RUN_BODY)
        return BLOCK_FRAMES - from;
    const uint32_t *words = words_of_block(fa, s, block);
    unsigned at = from;
    if (word_state(word) == BLOCK_SPLIT && words != nullptr)
        while (at < BLOCK_FRAMES && word_owner_kind(words[at]) == OWNER_BODY)
            at++;
    return at - from;
}

void owner_words_set(struct frame_allocator *fa, const struct section *s, unsigned block,
                     unsigned from, unsigned count, uint32_t word)
{
    uint32_t *words = words_of_block(fa, s, block);
    ASSERT(F7, words != nullptr && from + count <= BLOCK_FRAMES);
    DEBUG_ASSERT(F4, word_state(s->metadata->words[block]) == BLOCK_SPLIT &&
                         block_count_free(s, block, from, count) == 0);
    for (unsigned i = from; i < from + count; i++)
        words[i] = word;
}

status_t metadata_take(struct frame_allocator *fa, unsigned count, uint64_t *out)
{
    struct section s;
    unsigned block, from;
    const struct wanted_run wanted = {.count = count, .alignment = 1, .class = FRAME_METADATA};
    if (!frames_permitted(fa) || !run_find_in_block(fa, &wanted, &s, &block, &from))
        return STATUS_NO_MEMORY;
    block_take(fa, &s, block, from, count, FRAME_METADATA);
    DEBUG_ASSERT(F10, word_class(s.metadata->words[block]) == FRAME_METADATA);
    fa->by_class[FRAME_METADATA] += count;
    *out = s.number * SECTION_FRAMES + block * BLOCK_FRAMES + from;
    return STATUS_OK;
}

void metadata_give_back(struct frame_allocator *fa, uint64_t first, unsigned count)
{
    const struct section s = section_get_online(fa, first / SECTION_FRAMES);
    ASSERT(F9, fa->by_class[FRAME_METADATA] >= count);
    block_put(fa, &s, (unsigned)(first % SECTION_FRAMES / BLOCK_FRAMES), first % BLOCK_FRAMES,
              count);
    fa->by_class[FRAME_METADATA] -= count;
}

static void install_table(struct frame_allocator *fa, const struct section *s, unsigned block,
                          uint64_t frame)
{
    ASSERT(F13, owner_table(fa, s, block) == nullptr);
    DEBUG_ASSERT(F10, spans_contain(fa, frame) && frame < PFN_LIMIT);
    memset(frames_pointer(fa, frame), 0, PAGE_SIZE);
    s->metadata->table_low[block / TABLE_BLOCKS] = (uint32_t)(frame + 1);
    s->metadata->table_high[block / TABLE_BLOCKS] = (uint8_t)((frame + 1) >> TABLE_HIGH_SHIFT);
}

/* A table made of a frame of its own pair: that frame's word, if it needs one, lies in itself. */
static status_t host_table(struct frame_allocator *fa, const struct section *s, unsigned block)
{
    if (!word_is_partial(s->metadata->words[block]) || !frames_permitted(fa))
        return STATUS_NO_MEMORY;
    unsigned index = block_first_free(s, block);
    block_take(fa, s, block, index, 1, FRAME_METADATA);
    fa->by_class[FRAME_METADATA]++;
    install_table(fa, s, block, s->number * SECTION_FRAMES + block * BLOCK_FRAMES + index);
    if (word_class(s->metadata->words[block]) != FRAME_METADATA)
        owner_words_set(fa, s, block, index, 1, word_make(OWNER_SINGLE, FRAME_METADATA, 0));
    return STATUS_OK;
}

/* The cheap ways to a table, none of which can lead back here; the block keeps `keep` free frames. */
static status_t ensure_shallow(struct frame_allocator *fa, const struct section *s, unsigned block,
                               unsigned keep)
{
    if (owner_table(fa, s, block) != nullptr)
        return STATUS_OK;
    uint64_t frame;
    if (metadata_take(fa, 1, &frame) == STATUS_OK) {
        install_table(fa, s, block, frame);
        return STATUS_OK;
    }
    bool spare = word_free(s->metadata->words[block]) > keep;
    return host_table(fa, s, spare ? block : other_of_pair(block));
}

/* A frame that was to be a table. */
static void give_back_shared(struct frame_allocator *fa, uint64_t frame)
{
    const struct section s = section_get_online(fa, frame / SECTION_FRAMES);
    unsigned block = (unsigned)(frame % SECTION_FRAMES / BLOCK_FRAMES);
    if (word_class(s.metadata->words[block]) != FRAME_METADATA)
        owner_words_set(fa, &s, block, frame % BLOCK_FRAMES, 1, 0);
    metadata_give_back(fa, frame, 1);
}

status_t owner_table_ensure(struct frame_allocator *fa, const struct section *s, unsigned block)
{
    if (ensure_shallow(fa, s, block, 0) == STATUS_OK)
        return STATUS_OK;
    uint64_t frame;
    status_t status = owner_share_frame(fa, FRAME_METADATA, &frame);
    bool made_meanwhile = owner_table(fa, s, block) != nullptr; /* the hook refuses no more */
    if (status == STATUS_OK && made_meanwhile)
        give_back_shared(fa, frame);
    else if (status == STATUS_OK)
        install_table(fa, s, block, frame);
    return made_meanwhile ? STATUS_OK : status;
}

static bool share_in_block(struct frame_allocator *fa, const struct section *s, unsigned block,
                           enum frame_class class, uint64_t *out)
{
    if (!word_is_partial(s->metadata->words[block]))
        return false;
    /* The table may have come from this very block. */
    if (ensure_shallow(fa, s, block, 1) != STATUS_OK || !word_is_partial(s->metadata->words[block]))
        return false;
    unsigned index = block_first_free(s, block);
    block_take(fa, s, block, index, 1, class);
    DEBUG_ASSERT(F4, owner_table(fa, s, block)[block % TABLE_BLOCKS * BLOCK_FRAMES + index] == 0);
    if (word_class(s->metadata->words[block]) != class)
        owner_words_set(fa, s, block, index, 1, word_make(OWNER_SINGLE, class, 0));
    fa->by_class[class]++;
    *out = s->number * SECTION_FRAMES + block * BLOCK_FRAMES + index;
    return true;
}

status_t owner_share_frame(struct frame_allocator *fa, enum frame_class class, uint64_t *out)
{
    struct section s;
    size_t mask = offsetof(struct section_leaf, has_free);
    for (uint64_t next = 0; section_next(fa, next, mask, &s); next = s.number + 1)
        for (unsigned bin = 0; bin < BINS; bin++)
            for (unsigned i = 0; i < SECTION_BLOCKS / 64; i++)
                for (uint64_t bits = s.metadata->bins[bin][i]; bits != 0; bits &= bits - 1)
                    if (share_in_block(fa, &s, i * 64 + lowest_bit(bits), class, out))
                        return STATUS_OK;
    return STATUS_NO_MEMORY;
}
