/* SPDX-License-Identifier: MIT
 * Spans: which frames are managed, and on which node. See mm/frames.c.
 *
 * A sorted array, searched by halving. Its capacity is the caller's; an insertion moves what is above it,
 * so start-up is cheapest with memory given in rising order. */
#include "frames_private.h"

#include <base/string.h>

#include <stdckdint.h>

static uint64_t span_end(const struct frame_span *span)
{
    return span->first.value + span->count;
}

size_t spans_find(const struct frame_allocator *fa, uint64_t frame)
{
    size_t low = 0, high = fa->span_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_end(&fa->spans[middle]) <= frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool spans_contain(const struct frame_allocator *fa, uint64_t frame)
{
    size_t index = spans_find(fa, frame);
    return index < fa->span_count && fa->spans[index].first.value <= frame;
}

bool spans_next_piece(const struct frame_allocator *fa, size_t *index, uint64_t *first,
                      uint64_t end, struct frame_span *piece)
{
    if (*index >= fa->span_count)
        return false;
    const struct frame_span *span = &fa->spans[*index];
    uint64_t start = span->first.value > *first ? span->first.value : *first;
    if (start >= end)
        return false;
    uint64_t stop = span_end(span) < end ? span_end(span) : end;
    *piece = (struct frame_span){pfn(start), stop - start, span->node};
    *first = stop;
    *index += stop == span_end(span);
    return true;
}

uint64_t spans_count_within(const struct frame_allocator *fa, uint64_t first, uint64_t count)
{
    uint64_t end = first + count, total = 0;
    size_t index = spans_find(fa, first);
    struct frame_span piece;
    while (spans_next_piece(fa, &index, &first, end, &piece))
        total += piece.count;
    return total;
}

static bool joins(const struct frame_span *left, const struct frame_span *right)
{
    return span_end(left) == right->first.value && left->node == right->node;
}

status_t spans_add(struct frame_allocator *fa, struct frame_span span)
{
    if (span.count == 0)
        return STATUS_BAD_ORDER;
    uint64_t end;
    if (ckd_add(&end, span.first.value, span.count) || end > fa->limit || span.node >= NODES_MAX)
        return STATUS_OUT_OF_RANGE;
    size_t at = spans_find(fa, span.first.value);
    struct frame_span *next = &fa->spans[at];
    size_t above = fa->span_count - at;
    if (above != 0 && next->first.value < end)
        return STATUS_OVERLAP;

    bool joins_next = above != 0 && joins(&span, next);
    bool joins_previous = at != 0 && joins(&fa->spans[at - 1], &span);
    if (joins_previous && joins_next) {
        fa->spans[at - 1].count += span.count + next->count;
        memmove(next, next + 1, (above - 1) * sizeof *next);
        fa->span_count--;
    } else if (joins_previous) {
        fa->spans[at - 1].count += span.count;
    } else if (joins_next) {
        next->first = span.first;
        next->count += span.count;
    } else {
        if (fa->span_count == fa->span_capacity)
            return STATUS_FULL;
        memmove(next + 1, next, above * sizeof *next);
        *next = span;
        fa->span_count++;
    }
    return STATUS_OK;
}
