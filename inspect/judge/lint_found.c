/* SPDX-License-Identifier: MIT
 * What rules tell: a finding stands alone, is joined with others of its rule, or makes way for one that comes before it.
 * The theory is at the top of lint.c. */
#include "lint_private.h"

#include <stdckdint.h>

/* ---- bounds ---- */

bool lint_bounds(const struct boot_region *region, uint64_t *start, uint64_t *end)
{
    uint64_t size;
    *start = region->phys_start;
    if (region->page_count == 0) {
        *end = region->phys_start;
        return false;
    }
    if (ckd_mul(&size, region->page_count, PAGE_SIZE) || ckd_add(end, region->phys_start, size)) {
        *end = UINT64_MAX;
        return false;
    }
    *end -= region->bytes_less % PAGE_SIZE;
    return true;
}

uint64_t lint_add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return ckd_add(&sum, a, b) ? UINT64_MAX : sum;
}

/* ---- recording ---- */

bool lint_finding_before(const void *left, const void *right)
{
    const struct lint_finding *a = left, *b = right;
    const enum lint_severity severity = lint_rule_get(a->rule)->severity;
    const enum lint_severity other = lint_rule_get(b->rule)->severity;
    if (severity != other)
        return severity < other;
    if (a->rule != b->rule)
        return a->rule < b->rule;
    if (a->start != b->start)
        return a->start < b->start;
    if (a->first != b->first)
        return a->first < b->first;
    if (a->second != b->second)
        return a->second < b->second;
    return a->end < b->end;
}

/* The heap has `count` places below the hole; `moving` goes up from the last of them. */
static void sift_up(struct lint_finding *heap, size_t hole, const struct lint_finding *moving)
{
    while (hole > 0 && lint_finding_before(&heap[(hole - 1) / 2], moving)) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = *moving;
}

static void replace_top(struct lint_finding *heap, size_t count, const struct lint_finding *moving)
{
    size_t hole = 0;
    while (2 * hole + 1 < count) {
        size_t child = 2 * hole + 1;
        if (child + 1 < count && lint_finding_before(&heap[child], &heap[child + 1]))
            child++;
        if (!lint_finding_before(moving, &heap[child]))
            break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = *moving;
}

void lint_record(struct lint_run *run, const struct lint_finding *finding)
{
    run->out.counts[lint_rule_get(finding->rule)->severity]++;
    run->out.needed++;
    if (run->out.recorded < run->capacity)
        sift_up(run->findings, run->out.recorded++, finding);
    else if (run->capacity > 0 && lint_finding_before(finding, &run->findings[0]))
        replace_top(run->findings, run->capacity, finding);
}

void lint_found(struct lint_run *run, struct lint_finding *finding)
{
    struct lint_rule_state *rule = &run->rules[finding->rule];
    if (!rule->can_run)
        return;
    finding->count = 1;
    if (rule->alone > 0) {
        rule->alone--;
        return lint_record(run, finding);
    }
    struct lint_finding *tally = &run->tallies[finding->rule];
    if (tally->count == 0) {
        *tally = *finding;
        return;
    }
    tally->count += tally->count < UINT32_MAX;
    const enum lint_joining joining = lint_rule_shape(finding->rule).joining;
    if (joining == LINT_SUM)
        tally->value = lint_add(tally->value, finding->value);
    else if (joining == LINT_BITS)
        tally->value |= finding->value;
}

void lint_found_descriptor(struct lint_run *run, enum lint_rule_number rule, uint32_t index,
                           uint64_t value)
{
    struct lint_finding finding = {
        .rule = rule, .first = index, .second = LINT_NONE, .value = value};
    lint_bounds(&run->view->regions[index], &finding.start, &finding.end);
    lint_found(run, &finding);
}

void lint_found_bytes(struct lint_run *run, enum lint_rule_number rule, uint32_t index)
{
    struct lint_finding finding = {.rule = rule, .first = index, .second = LINT_NONE};
    lint_bounds(&run->view->regions[index], &finding.start, &finding.end);
    finding.value = finding.end - finding.start;
    lint_found(run, &finding);
}
