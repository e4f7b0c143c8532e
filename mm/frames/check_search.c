/* SPDX-License-Identifier: MIT
 * The walk that proves what searches rely on: F11, F14 and F15 of mm/frames/frames.c. */
#include "private.h"

static uint64_t mask_of(const uint64_t *masks, size_t i)
{
    return masks == nullptr ? 0 : masks[i];
}

/* One bit of a summary, for the leaf or the summary below it; null: there is no leaf. */
static const char *check_bit(const struct section_summary *summary, unsigned bit,
                             const uint64_t *masks, uint64_t all_touched)
{
    for (size_t i = 0; i < SEARCHED_MASKS; i++)
        if ((summary->masks[i] >> bit & 1) != (mask_of(masks, i) != 0))
            return "F14: a summary does not say what lies below it";
    if ((summary->all_touched >> bit & 1) != (all_touched == UINT64_MAX))
        return "F14: a summary is wrong about what is all touched";
    return nullptr;
}

static const char *check_pristine_from(const struct frame_allocator *fa)
{
    const uint64_t number = fa->pristine_from;
    if (number == NO_SECTION)
        return nullptr;
    const struct section_leaf *leaf = leaf_find(fa, number);
    bool touched = leaf != nullptr && (leaf->touched >> number % LEAF_SECTIONS & 1) != 0;
    return touched || spans_count_within(fa, number * SECTION_FRAMES, SECTION_FRAMES) == 0
               ? "F11: pristine_from is not a pristine section"
               : nullptr;
}

const char *directory_check(const struct frame_allocator *fa)
{
    const char *broken = check_pristine_from(fa);
    for (unsigned level = 0; level < fa->summary_levels; level++)
        for (uint64_t i = 0; i < fa->summary_count[level] * 64 && broken == nullptr; i++) {
            const struct section_summary *summary = &fa->summaries[level][i / 64];
            const uint64_t *masks = nullptr;
            uint64_t all_touched = 0;
            if (level == 0) {
                const struct section_leaf *leaf = leaf_find(fa, i * LEAF_SECTIONS);
                masks = leaf == nullptr ? nullptr : &leaf->touched;
                all_touched = mask_of(masks, 0);
            } else if (i < fa->summary_count[level - 1]) {
                masks = fa->summaries[level - 1][i].masks;
                all_touched = fa->summaries[level - 1][i].all_touched;
            }
            broken = check_bit(summary, (unsigned)(i % 64), masks, all_touched);
        }
    return broken;
}

/* ---- bounds ---- */

/* [first, end) of a section is free, and what is beside it is not. */
static bool is_within_bounds(const struct section *s, uint64_t first, uint64_t end)
{
    for (unsigned order = 0; order <= ORDER_SECTION; order++) {
        uint64_t start = align_up(first, UINT64_C(1) << order);
        if (start < end && end - start >= s->metadata->run_bounds[order])
            return false;
    }
    return true;
}

/* Where the block at `at` says the same of all that follows in it, its end. */
static uint64_t behind(const struct section *s, uint64_t at)
{
    const unsigned block = (unsigned)(at / BLOCK_FRAMES);
    return word_state(s->metadata->words[block]) == BLOCK_SPLIT
               ? at + 1
               : align_down(at, BLOCK_FRAMES) + BLOCK_FRAMES;
}

const char *bounds_check(const struct section *s)
{
    if (!s->record->has_bounds)
        return nullptr;
    uint64_t first = 0, at = 0; /* [first, at) is free */
    while (at < SECTION_FRAMES) {
        const unsigned block = (unsigned)(at / BLOCK_FRAMES);
        const uint64_t next = behind(s, at);
        if (!block_is_free_range(s, block, at % BLOCK_FRAMES, 1)) {
            if (!is_within_bounds(s, first, at))
                return "F15: a run is free that the bounds of its section rule out";
            first = next;
        }
        at = next;
    }
    return is_within_bounds(s, first, at)
               ? nullptr
               : "F15: a run is free that the bounds of its section rule out";
}
