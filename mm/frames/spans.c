/* SPDX-License-Identifier: MIT
 * Spans: which frames are managed, and on which node. See mm/frames/frames.c.
 *
 * A sorted array, searched by halving. Its capacity is the caller's. An insertion moves what is above it, so
 * start-up is cheapest with memory given in rising order; where many spans come to lie between others, they
 * are merged in one pass, from the end, into the room behind:
 *
 *     array   a b d g . . .    new  c e f
 *             a b d . . f g         the larger end goes to the last free place, and so on
 *             a b c d e f g         until no new one is left; then neighbours that touch are joined */
#include "private.h"

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
    DEBUG_ASSERT(F1, low == 0 || span_end(&fa->spans[low - 1]) <= frame);
    DEBUG_ASSERT(F1, low == fa->span_count || span_end(&fa->spans[low]) > frame);
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
    DEBUG_ASSERT(F1, start < stop);
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

static status_t judge(const struct frame_allocator *fa, const struct frame_span *span)
{
    uint64_t end;
    if (span->count == 0)
        return STATUS_BAD_ORDER;
    if (ckd_add(&end, span->first.value, span->count) || end > fa->limit || span->node >= NODES_MAX)
        return STATUS_OUT_OF_RANGE;
    return STATUS_OK;
}

status_t spans_add(struct frame_allocator *fa, struct frame_span span)
{
    status_t status = judge(fa, &span);
    if (status != STATUS_OK)
        return status;
    const uint64_t end = span_end(&span);
    size_t at = spans_find(fa, span.first.value);
    struct frame_span *next = &fa->spans[at];
    size_t above = fa->span_count - at;
    if (above != 0 && next->first.value < end)
        return STATUS_OVERLAP;

    ASSERT(F1, fa->span_count <= fa->span_capacity);
    DEBUG_ASSERT(F1, at == 0 || span_end(&fa->spans[at - 1]) <= span.first.value);
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

/* Each is good, behind the one before, and touches nothing that is there. */
static status_t judge_all(const struct frame_allocator *fa, const struct frame_span *spans,
                          size_t count)
{
    uint64_t behind = 0;
    size_t at = spans_find(fa, spans[0].first.value);
    for (size_t i = 0; i < count; i++) {
        status_t status = judge(fa, &spans[i]);
        if (status != STATUS_OK)
            return status;
        while (at < fa->span_count && span_end(&fa->spans[at]) <= spans[i].first.value)
            at++;
        if (spans[i].first.value < behind ||
            (at < fa->span_count && fa->spans[at].first.value < span_end(&spans[i])))
            return STATUS_OVERLAP;
        behind = span_end(&spans[i]);
    }
    return count <= fa->span_capacity - fa->span_count ? STATUS_OK : STATUS_FULL;
}

/* Join what touches among the spans from `kept` on. */
static void join_from(struct frame_allocator *fa, size_t kept)
{
    for (size_t i = kept + 1; i < fa->span_count; i++) {
        DEBUG_ASSERT(F1, span_end(&fa->spans[kept]) <= fa->spans[i].first.value);
        if (joins(&fa->spans[kept], &fa->spans[i]))
            fa->spans[kept].count += fa->spans[i].count;
        else
            fa->spans[++kept] = fa->spans[i];
    }
    fa->span_count = kept + 1;
}

status_t spans_merge(struct frame_allocator *fa, const struct frame_span *spans, size_t count)
{
    status_t status = judge_all(fa, spans, count);
    if (status != STATUS_OK)
        return status;
    size_t old = fa->span_count, fresh = count;
    ASSERT(F1, old + count <= fa->span_capacity);
    for (size_t to = old + count; fresh > 0; to--) {
        bool take_old = old > 0 && fa->spans[old - 1].first.value > spans[fresh - 1].first.value;
        fa->spans[to - 1] = take_old ? fa->spans[--old] : spans[--fresh];
    }
    fa->span_count += count;
    join_from(fa, old > 0 ? old - 1 : 0);
    return STATUS_OK;
}
