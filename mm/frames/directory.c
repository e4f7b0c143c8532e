/* SPDX-License-Identifier: MIT
 * The directory of sections: which of them are in a mask of their leaf. See mm/frames/frames.c.
 *
 * Problem: the lowest section with a free block may lie at any height of the address space, and the leaves
 *   below it, one for 64 GiB, may be many: 65 536 below 2^52.
 *
 * Shape: above the leaves lie *summaries*. A bit of one says whether the mask below it has any bit, so a
 *   search looks at one word a level, wherever memory lies.
 *
 *     summaries[2]                    1 word a mask
 *       summaries[1]                  a bit for each word below
 *         summaries[0]                a bit for each leaf: is its mask not zero?
 *           leaves[]     mask         a bit for each section
 *
 *   A section that is pristine may have no leaf, and zero is how a summary starts. So `touched` has a second
 *   bit: are all 64 touched? The next pristine section is where that one is clear.
 *
 * Cost: 7 instructions a level down, twice that up and down; a bit set or cleared goes up only while it is
 *   the first or the last of its word. 168 bytes for 64 leaves, 4 TiB; as many levels as the limit needs. */
#include "private.h"

static_assert(LEAF_SECTIONS == 64, "a mask is one word");

constexpr uint64_t NO_LEAF = UINT64_MAX;
constexpr size_t TOUCHED = offsetof(struct section_leaf, touched);
constexpr size_t ALL_TOUCHED = offsetof(struct section_summary, all_touched);

static uint64_t bit_of(uint64_t index)
{
    return UINT64_C(1) << index % LEAF_SECTIONS;
}

/* The word at an offset of a leaf or of a summary. */
static uint64_t *word_at(void *node, size_t offset)
{
    return (uint64_t *)((unsigned char *)node + offset);
}

static struct section_leaf *leaf_at(const struct frame_allocator *fa, uint64_t index)
{
    DEBUG_ASSERT(F14, index < fa->leaf_count && fa->leaves[index] != 0);
    return (struct section_leaf *)frames_pointer(fa, fa->leaves[index] - 1);
}

/* ---- levels ---- */

/* One more than needed where 64 of them are full, and never none. */
static uint64_t summaries_above(uint64_t count)
{
    return count / LEAF_SECTIONS + 1;
}

size_t summaries_size(uint64_t leaf_count)
{
    uint64_t total = 0, count = leaf_count;
    do
        total += count = summaries_above(count);
    while (count > 1);
    return total * sizeof(struct section_summary);
}

void summaries_place(struct frame_allocator *fa, void *memory)
{
    struct section_summary *next = memory;
    uint64_t count = fa->leaf_count;
    unsigned level = 0;
    do {
        ASSERT(F14, level < SUMMARY_LEVELS_MAX);
        count = summaries_above(count);
        fa->summaries[level] = next;
        fa->summary_count[level++] = count;
        next += count;
    } while (count > 1);
    fa->summary_levels = level;
}

/* ---- marks ---- */

void section_mark(struct frame_allocator *fa, const struct section *s, size_t mask_offset)
{
    uint64_t index = s->number;
    uint64_t *word = word_at(s->leaf, mask_offset);
    DEBUG_ASSERT(F14, mask_offset < offsetof(struct section_leaf, reachable));
    for (unsigned level = 0;; level++) {
        bool was_told = *word != 0;
        *word |= bit_of(index);
        index /= LEAF_SECTIONS;
        if (was_told || level == fa->summary_levels)
            return;
        DEBUG_ASSERT(F14, index / LEAF_SECTIONS < fa->summary_count[level]);
        word = word_at(&fa->summaries[level][index / LEAF_SECTIONS], mask_offset);
    }
}

void section_unmark(struct frame_allocator *fa, const struct section *s, size_t mask_offset)
{
    uint64_t index = s->number;
    uint64_t *word = word_at(s->leaf, mask_offset);
    DEBUG_ASSERT(F14, mask_offset < offsetof(struct section_leaf, reachable));
    for (unsigned level = 0;; level++) {
        *word &= ~bit_of(index);
        index /= LEAF_SECTIONS;
        if (*word != 0 || level == fa->summary_levels)
            return;
        word = word_at(&fa->summaries[level][index / LEAF_SECTIONS], mask_offset);
    }
}

void section_touch(struct frame_allocator *fa, const struct section *s)
{
    section_mark(fa, s, TOUCHED);
    uint64_t index = s->number / LEAF_SECTIONS, word = s->leaf->touched;
    for (unsigned level = 0; word == UINT64_MAX && level < fa->summary_levels; level++) {
        struct section_summary *summary = &fa->summaries[level][index / LEAF_SECTIONS];
        word = summary->all_touched |= bit_of(index);
        index /= LEAF_SECTIONS;
    }
}

void section_untouch(struct frame_allocator *fa, const struct section *s)
{
    uint64_t index = s->number / LEAF_SECTIONS, word = s->leaf->touched;
    for (unsigned level = 0; word == UINT64_MAX && level < fa->summary_levels; level++) {
        struct section_summary *summary = &fa->summaries[level][index / LEAF_SECTIONS];
        word = summary->all_touched;
        summary->all_touched &= ~bit_of(index);
        index /= LEAF_SECTIONS;
    }
    section_unmark(fa, s, TOUCHED);
}

/* ---- searches ---- */

/* The lowest leaf from `index` on whose bit at an offset of its summary differs from `ignored`, which is all
 * zeros or all ones. Up until a word has one at or behind the place, then down. */
static uint64_t next_leaf(const struct frame_allocator *fa, uint64_t index, size_t offset,
                          uint64_t ignored)
{
    unsigned level = 0;
    for (;; level++) {
        if (level == fa->summary_levels || index / LEAF_SECTIONS >= fa->summary_count[level])
            return NO_LEAF;
        uint64_t word = *word_at(&fa->summaries[level][index / LEAF_SECTIONS], offset) ^ ignored;
        word &= UINT64_MAX << index % LEAF_SECTIONS;
        index = align_down(index, LEAF_SECTIONS);
        if (word != 0) {
            index += lowest_bit(word);
            break;
        }
        index = index / LEAF_SECTIONS + 1;
    }
    while (level-- > 0) {
        if (index >= fa->summary_count[level])
            return NO_LEAF; /* the highest words have bits for nothing, and those are clear */
        uint64_t word = *word_at(&fa->summaries[level][index], offset) ^ ignored;
        ASSERT(F14, word != 0);
        index = index * LEAF_SECTIONS + lowest_bit(word);
    }
    return index;
}

bool section_first(const struct frame_allocator *fa, size_t mask_offset, struct section *out)
{
    uint64_t index = 0;
    for (unsigned level = fa->summary_levels; level-- > 0;) {
        uint64_t word = *word_at(&fa->summaries[level][index], mask_offset);
        if (word == 0)
            return false;
        index = index * LEAF_SECTIONS + lowest_bit(word);
    }
    struct section_leaf *leaf = leaf_at(fa, index);
    uint64_t mask = *word_at(leaf, mask_offset);
    ASSERT(F14, mask != 0);
    *out = section_in(fa, leaf, index * LEAF_SECTIONS + lowest_bit(mask));
    return true;
}

bool section_next_below(const struct frame_allocator *fa, uint64_t from, uint64_t end,
                        size_t mask_offset, struct section *out)
{
    struct section_leaf *leaf = leaf_find(fa, from);
    uint64_t index = from / LEAF_SECTIONS, mask = 0;
    if (leaf != nullptr)
        mask = *word_at(leaf, mask_offset) & (UINT64_MAX << from % LEAF_SECTIONS);
    if (mask == 0) {
        index = next_leaf(fa, index + 1, mask_offset, 0);
        if (index == NO_LEAF)
            return false;
        leaf = leaf_at(fa, index);
        mask = *word_at(leaf, mask_offset);
        ASSERT(F14, mask != 0);
    }
    uint64_t number = index * LEAF_SECTIONS + lowest_bit(mask);
    if (number >= end)
        return false;
    *out = section_in(fa, leaf, number);
    return true;
}

bool section_next(const struct frame_allocator *fa, uint64_t from, size_t mask_offset,
                  struct section *out)
{
    if (from == 0)
        return section_first(fa, mask_offset, out);
    return section_next_below(fa, from, NO_SECTION, mask_offset, out);
}

/* Lowest pristine section from `from` on, with managed memory or without. */
static uint64_t next_untouched(const struct frame_allocator *fa, uint64_t from)
{
    const struct section_leaf *leaf = leaf_find(fa, from);
    uint64_t index = from / LEAF_SECTIONS;
    uint64_t untouched = leaf == nullptr ? UINT64_MAX : ~leaf->touched;
    untouched &= UINT64_MAX << from % LEAF_SECTIONS;
    if (untouched == 0) {
        index = next_leaf(fa, index + 1, ALL_TOUCHED, UINT64_MAX);
        if (index == NO_LEAF)
            return NO_SECTION;
        leaf = leaf_find(fa, index * LEAF_SECTIONS);
        untouched = leaf == nullptr ? UINT64_MAX : ~leaf->touched;
        ASSERT(F14, untouched != 0);
    }
    return index * LEAF_SECTIONS + lowest_bit(untouched);
}

static bool find_pristine(const struct frame_allocator *fa, uint64_t from, uint64_t *out)
{
    for (size_t i = spans_find(fa, from * SECTION_FRAMES); i < fa->span_count; i++) {
        uint64_t start = fa->spans[i].first.value / SECTION_FRAMES;
        uint64_t last = (fa->spans[i].first.value + fa->spans[i].count - 1) / SECTION_FRAMES;
        uint64_t number = next_untouched(fa, start > from ? start : from);
        if (number <= last) {
            *out = number;
            return true;
        }
    }
    return false;
}

bool section_next_pristine(const struct frame_allocator *fa, uint64_t from, uint64_t *out)
{
    DEBUG_ASSERT(F11, fa->pristine_from == NO_SECTION ||
                          next_untouched(fa, fa->pristine_from) == fa->pristine_from);
    if (from > fa->pristine_from)
        return find_pristine(fa, from, out);
    *out = fa->pristine_from;
    return fa->pristine_from != NO_SECTION;
}

void sections_find_pristine_from(struct frame_allocator *fa, uint64_t changed)
{
    if (changed > fa->pristine_from)
        return;
    uint64_t number = NO_SECTION;
    bool found = find_pristine(fa, changed, &number);
    fa->pristine_from = found ? number : NO_SECTION;
}
