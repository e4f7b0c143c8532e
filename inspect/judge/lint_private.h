/* SPDX-License-Identifier: MIT
 * Lint, inside: the state of a run, and what the files of rules share. For lint*.c and
 * their tests. */
#ifndef INSPECT_JUDGE_LINT_PRIVATE_H
#define INSPECT_JUDGE_LINT_PRIVATE_H

#include <inspect/lint_rules.h>

/* Can the rule run on this source? */
bool lint_rule_can_run(unsigned rule, const struct view *view);

/* So many findings of one rule stand alone; more would hide the others, and sorting them would cost. */
constexpr uint32_t LINT_EACH_MAX = 64;

/* Something with bounds: `index` tells which. */
struct lint_span {
    uint64_t start, end; /* half-open, not empty */
    uint32_t index, reserved;
};

/* One a rule; looked up once, asked at every finding. */
struct lint_rule_state {
    uint32_t alone; /* so many more findings stand alone */
    bool can_run;
};

struct lint_run {
    const struct view *view;
    const struct memory_map *map;
    struct lint_finding *findings; /* while it runs: a heap, the last in order at the top */
    size_t capacity;
    struct lint_finding *tallies; /* one a rule: what was joined; count 0: nothing */
    struct lint_rule_state *rules;
    struct lint_span *spans; /* room for the largest of places, nodes, arrays, entries */
    struct lint out;
};

/* ---- what rules tell (lint_found.c) ---- */

/* Bytes of a descriptor, half-open; false if it is empty or wraps (*end is then UINT64_MAX if it wraps). */
bool lint_bounds(const struct boot_region *region, uint64_t *start, uint64_t *end);
uint64_t lint_add(uint64_t a, uint64_t b); /* stops at UINT64_MAX */

/* Errors first; each severity in order of rule and address. */
bool lint_finding_before(const void *left, const void *right);
/* Add a finding to the list as it is. */
void lint_record(struct lint_run *run, const struct lint_finding *finding);
/* Tell a finding, which is copied; its count is set here. */
void lint_found(struct lint_run *run, struct lint_finding *finding);
/* The same for descriptor `index`, which gives the bounds. */
void lint_found_descriptor(struct lint_run *run, enum lint_rule_number rule, uint32_t index,
                           uint64_t value);
/* The same where the value is how many bytes it has. */
void lint_found_bytes(struct lint_run *run, enum lint_rule_number rule, uint32_t index);

void lint_run_map(struct lint_run *run);         /* what memory_map_build changed: FM001..FM012 */
void lint_run_descriptors(struct lint_run *run); /* FM013..FM032, FM034..FM036, FM084 */
void lint_run_attributes(struct lint_run *run);  /* the memory attributes table: FM038..FM053 */
void lint_run_places(struct lint_run *run);      /* tables and devices: FM054..FM067 */
void lint_run_totals(struct lint_run *run);      /* FM033, FM037, FM068, FM069, FM075..FM080 */
void lint_run_nodes(struct lint_run *run);       /* SRAT and SMBIOS against the map: FM070..FM074 */
void lint_run_low_memory(struct lint_run *run);  /* FM081..FM083 */

/* The sentence of a rule with words in braces (inspect/judge/lint_patterns.c); "" for none. */
const char *lint_pattern(unsigned rule);

/* ---- sets of classes ---- */

#define LINT_CLASS(name) (UINT32_C(1) << MEMORY_##name)
/* What an operating system allocates from, at once or after boot services have ended. */
constexpr uint32_t LINT_FREE_CLASSES =
    LINT_CLASS(USABLE) | LINT_CLASS(BOOT_SERVICES) | LINT_CLASS(LOADER);
constexpr uint32_t LINT_RUNTIME_CLASSES = LINT_CLASS(RUNTIME_CODE) | LINT_CLASS(RUNTIME_DATA);
#define LINT_CLASS_IF_RAM(name, word, is_ram) | ((is_ram) ? LINT_CLASS(name) : 0)
constexpr uint32_t LINT_RAM_CLASSES = 0 MEMORY_CLASS_LIST(LINT_CLASS_IF_RAM);
#undef LINT_CLASS_IF_RAM
constexpr uint32_t LINT_ALL_CLASSES = (UINT32_C(1) << MEMORY_CLASS_COUNT) - 1;
static inline bool lint_class_in(enum memory_class class, uint32_t classes)
{
    return (classes >> class & 1) != 0;
}

/* ---- spans (inspect/judge/lint_spans.c) ---- */

void lint_sort_spans(struct lint_span *spans, size_t count);
/* Of run->spans, sorted: one that begins before the farthest of those before it ends is a finding of `rule`, unless
 * the two things are alike; their indices are the spans'. */
void lint_overlapping_spans(struct lint_run *run, enum lint_rule_number rule, size_t count,
                            bool (*are_alike)(const struct view *view, uint32_t a, uint32_t b));
/* Sorted spans become disjoint ones with the same bytes. Returns how many. */
size_t lint_unite_spans(struct lint_span *spans, size_t count);

/* What covers: ranges of the map whose class is in `classes`, or, if `spans` is not null, disjoint spans. */
struct lint_cover {
    const struct memory_map *map;
    uint32_t classes;
    const struct lint_span *spans;
    size_t span_count;
    size_t at;
};
struct lint_gap {
    uint64_t start, end; /* the first one */
    uint64_t bytes;      /* all together; 0: there is none */
};
/* What of [start, end) is not covered. `start` must not fall from call to call: all calls together are linear. */
struct lint_gap lint_uncovered(struct lint_cover *cover, uint64_t start, uint64_t end);

#endif
