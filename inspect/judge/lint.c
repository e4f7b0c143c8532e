/* SPDX-License-Identifier: MIT
 * Lint: run the rules, record what they find, put it in order.
 *
 * Problem: a map of 10 000 descriptors may break one rule 10 000 times. A reader wants what matters first; whoever
 *          gives us little room wants the worst; and lint must cost little beside the map itself.
 * Shape:   each file lint_*.c looks at one kind of thing and tells lint_found. There a rule that must not become
 *          noise is joined (LINT_RULE_LIST says how): up to LINT_EACH_MAX findings of a rule stand alone, the rest
 *          are one finding with a count, told when all rules have run.
 *
 *            lint_run_* -> lint_found -> findings (a heap: the last in order on top) -> sorted
 *                                   \--> tallies, one a rule ------------------------^
 *
 *          Where there is no room, what comes last in order makes way: whatever the room, the findings are the
 *          first ones of the whole list.
 *
 * LI1  findings are in order: severity, rule, address
 * LI2  each is of a rule that could run, and its indices are within the view
 * LI3  counts are those of the whole list: their sum is `needed`, and only a full list is cut
 *
 * Cost:    O(n) in descriptors and ranges, O(k log k) in places, nodes and attribute entries; the number of
 *          findings is bounded by the rules, not by the map. Memory: 48 bytes a rule and 24 bytes for each of the
 *          largest of places, nodes, arrays and entries.
 * Not here: what the rules say (lint_rules.c), the sentences (lint_sentence.c). */
#include "lint_private.h"

#include <base/sort.h>
#include <base/string.h>

#include <stdckdint.h>

constexpr size_t MEMORY_ALIGNMENT = 16;
constexpr size_t RULES_SIZE =
    (LINT_RULE_COUNT * (sizeof(struct lint_finding) + sizeof(struct lint_rule_state)) +
     MEMORY_ALIGNMENT - 1) &
    ~(MEMORY_ALIGNMENT - 1);

/* ---- the whole ---- */

static size_t span_capacity(const struct view *view)
{
    size_t most = view->place_count;
    if (view->node_count > most)
        most = view->node_count;
    if (view->array_count > most)
        most = view->array_count;
    return view->attributes.count > most ? view->attributes.count : most;
}

size_t lint_memory_size(const struct view *view, const struct memory_map *map)
{
    (void)map; /* its ranges are walked, never copied */
    size_t size;
    if (ckd_mul(&size, span_capacity(view), sizeof(struct lint_span)) ||
        ckd_add(&size, size, RULES_SIZE + MEMORY_ALIGNMENT - 1))
        return 0;
    return align_down(size, MEMORY_ALIGNMENT);
}

status_t lint_run(const struct view *view, const struct memory_map *map, void *memory, size_t size,
                  struct lint_finding *findings, size_t capacity, struct lint *out)
{
    const size_t needed = lint_memory_size(view, map);
    if (needed == 0 || size < needed)
        return STATUS_NO_MEMORY;
    memset(memory, 0, RULES_SIZE);
    struct lint_run run = {.view = view,
                           .map = map,
                           .findings = findings,
                           .capacity = capacity,
                           .tallies = memory,
                           .out = {.findings = findings}};
    run.rules = (struct lint_rule_state *)(run.tallies + LINT_RULE_COUNT);
    run.spans = (struct lint_span *)((unsigned char *)memory + RULES_SIZE);
    for (unsigned rule = 0; rule < LINT_RULE_COUNT; rule++) {
        const bool each = lint_rule_shape(rule).joining == LINT_EACH;
        run.rules[rule].alone = each ? LINT_EACH_MAX - 1 : 0;
        run.rules[rule].can_run = lint_rule_can_run(rule, view);
        run.out.silent += !run.rules[rule].can_run;
    }

    lint_run_map(&run);
    lint_run_descriptors(&run);
    lint_run_attributes(&run);
    lint_run_places(&run);
    lint_run_totals(&run);
    lint_run_nodes(&run);
    lint_run_low_memory(&run);
    for (unsigned rule = 0; rule < LINT_RULE_COUNT; rule++)
        if (run.tallies[rule].count > 0)
            lint_record(&run, &run.tallies[rule]);
    sort_records(findings, run.out.recorded, sizeof *findings, lint_finding_before);
    *out = run.out;
    return STATUS_OK;
}

/* ---- check ---- */

static uint32_t subject_count(const struct view *view, enum lint_subject subject)
{
    switch (subject) {
    case LINT_DESCRIPTOR:
        return view->region_count;
    case LINT_PLACE:
        return view->place_count;
    case LINT_ENTRY:
        return view->attributes.count;
    case LINT_NODE:
        return view->node_count;
    case LINT_PROBLEM:
        return view->problem_count;
    case LINT_NOTHING:
        break;
    }
    return 0;
}

static bool index_is_sound(const struct view *view, enum lint_subject subject, uint32_t index)
{
    return subject == LINT_NOTHING ? index == LINT_NONE : index < subject_count(view, subject);
}

static const char *check_finding(const struct lint_finding *finding, const struct view *view)
{
    if (finding->rule >= LINT_RULE_COUNT)
        return "LI2: a finding has no rule";
    if (!lint_rule_can_run(finding->rule, view))
        return "LI2: a rule fired that cannot run on this source";
    const struct lint_shape shape = lint_rule_shape(finding->rule);
    if (!index_is_sound(view, shape.first, finding->first) ||
        !index_is_sound(view, shape.second, finding->second))
        return "LI2: a finding names what the view does not have";
    if (finding->count == 0 || finding->start > finding->end)
        return "LI2: a finding counts nothing, or ends before it starts";
    return nullptr;
}

const char *lint_check(const struct lint *lint, const struct view *view)
{
    uint32_t counts[LINT_SEVERITY_COUNT] = {}, silent = 0;
    for (uint32_t i = 0; i < lint->recorded; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        const char *broken = check_finding(finding, view);
        if (broken != nullptr)
            return broken;
        if (i > 0 && lint_finding_before(finding, finding - 1))
            return "LI1: findings are not in order";
        counts[lint_rule_get(finding->rule)->severity]++;
    }
    uint64_t sum = 0;
    bool cut = false;
    for (unsigned severity = 0; severity < LINT_SEVERITY_COUNT; severity++) {
        sum += lint->counts[severity];
        if (counts[severity] > lint->counts[severity] || (cut && counts[severity] > 0))
            return "LI3: more findings of a severity are recorded than counted, or worse ones are "
                   "not";
        cut |= counts[severity] < lint->counts[severity];
    }
    if (sum != lint->needed || lint->recorded > lint->needed || cut != (lint->recorded < sum))
        return "LI3: the counts are not those of the whole list";
    for (unsigned rule = 0; rule < LINT_RULE_COUNT; rule++)
        silent += !lint_rule_can_run(rule, view);
    return silent == lint->silent ? nullptr : "LI3: other rules are silent than those that must be";
}
