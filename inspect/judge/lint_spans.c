/* SPDX-License-Identifier: MIT
 * Bounds of things, and what covers them: two sorted lists are walked side by side, so that no number of things
 * makes it quadratic. */
#include "lint_private.h"

#include <base/sort.h>

#include <stdckdint.h>

static bool span_before(const void *left, const void *right)
{
    const struct lint_span *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start;
    return a->end != b->end ? a->end < b->end : a->index < b->index;
}

void lint_sort_spans(struct lint_span *spans, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (span_before(&spans[i], &spans[i - 1]))
            return sort_records(spans, count, sizeof *spans, span_before);
}

size_t lint_unite_spans(struct lint_span *spans, size_t count)
{
    size_t united = 0;
    for (size_t i = 0; i < count; i++) {
        if (united > 0 && spans[i].start <= spans[united - 1].end) {
            if (spans[i].end > spans[united - 1].end)
                spans[united - 1].end = spans[i].end;
            continue;
        }
        spans[united++] = spans[i];
    }
    return united;
}

static bool cover_here(struct lint_cover *cover, uint64_t *start, uint64_t *end)
{
    if (cover->spans != nullptr) {
        if (cover->at == cover->span_count)
            return false;
        *start = cover->spans[cover->at].start;
        *end = cover->spans[cover->at].end;
        return true;
    }
    for (; cover->at < cover->map->range_count; cover->at++) {
        const struct memory_range *range = &cover->map->ranges[cover->at];
        if (!lint_class_in(range->class, cover->classes))
            continue;
        *start = range->start.value;
        *end = range->end.value;
        return true;
    }
    return false;
}

static void add_gap(struct lint_gap *gap, uint64_t start, uint64_t end)
{
    if (gap->bytes == 0) {
        gap->start = start;
        gap->end = end;
    }
    gap->bytes += end - start;
}

struct lint_gap lint_uncovered(struct lint_cover *cover, uint64_t start, uint64_t end)
{
    struct lint_gap gap = {};
    uint64_t from, to;
    while (start < end && cover_here(cover, &from, &to) && from < end) {
        if (to > start) {
            if (from > start)
                add_gap(&gap, start, from);
            start = to;
        }
        if (to >= end)
            return gap; /* the next call may need the rest of this one */
        cover->at++;
    }
    if (start < end)
        add_gap(&gap, start, end);
    return gap;
}

void lint_overlapping_spans(struct lint_run *run, enum lint_rule_number rule, size_t count,
                            bool (*are_alike)(const struct view *view, uint32_t a, uint32_t b))
{
    const struct lint_span *reaching = nullptr; /* the farthest so far */
    for (size_t i = 0; i < count; i++) {
        const struct lint_span *span = &run->spans[i];
        if (reaching != nullptr && span->start < reaching->end &&
            !are_alike(run->view, reaching->index, span->index))
            lint_found(run, &(struct lint_finding){
                                .rule = rule,
                                .first = reaching->index,
                                .second = span->index,
                                .start = span->start,
                                .end = span->end < reaching->end ? span->end : reaching->end});
        if (reaching == nullptr || span->end > reaching->end)
            reaching = span;
    }
}
