/* SPDX-License-Identifier: MIT
 * Lint: numbered rules about what a firmware says of memory. A rule fires only on what its source can know
 * (struct view says). Findings are recorded as numbers; the sentence is made when somebody wants to read it.
 * Numbers are never used again for another rule. docs/lint.md is made from the table in inspect/judge/lint_rules.c.
 * Pure. Cost: O(n log n) in descriptors, places and attribute entries together. */
#ifndef INSPECT_LINT_H
#define INSPECT_LINT_H

#include <base/format.h>
#include <inspect/view.h>
#include <mm/memory_map.h>

/* ERROR: an operating system that believes the map can lose data or crash. WARNING: it breaks the
 * specification, or costs memory or speed. NOTE: unusual, and worth knowing. */
#define LINT_SEVERITY_LIST(X) X(ERROR, "error") X(WARNING, "warning") X(NOTE, "note")
enum lint_severity : uint8_t {
#define LINT_SEVERITY_ENUM(name, word) LINT_##name,
    LINT_SEVERITY_LIST(LINT_SEVERITY_ENUM)
#undef LINT_SEVERITY_ENUM
        LINT_SEVERITY_COUNT
};
const char *lint_severity_word(enum lint_severity severity);

/* The rules: enum LINT_FM001_... in the order of their numbers, from 0 without holes. */
struct lint_rule {
    char id[6]; /* "FM001" */
    enum lint_severity severity;
    uint32_t needs;      /* VIEW_KNOWS() bits */
    const char *title;   /* a few words */
    const char *meaning; /* one or two sentences: what it is and why it matters */
    const char *advice;  /* what to do */
    const char *source;  /* specification and section */
};
unsigned lint_rule_count(void);
const struct lint_rule *lint_rule_get(unsigned rule); /* rule < lint_rule_count() */
/* The rule of an id ("FM007"), or lint_rule_count(). */
unsigned lint_rule_find(const char *id);

/* What the numbers mean depends on the rule; unused ones are 0 or LINT_NONE. */
constexpr uint32_t LINT_NONE = UINT32_MAX;
struct lint_finding {
    uint16_t rule;
    uint16_t reserved;
    uint32_t first, second; /* descriptors, places, table entries: indices in the view */
    uint32_t count;         /* how often, where alike findings are one: at least 1 */
    uint64_t start, end;    /* the bytes it is about, half-open; equal: none */
    uint64_t value;
};
static_assert(sizeof(struct lint_finding) == 40);

struct lint {
    const struct lint_finding
        *findings;     /* errors first, then warnings, notes; each in order of rule and address */
    uint32_t recorded; /* how many are there */
    uint32_t needed;   /* how many there would be: give so much room to have them all */
    uint32_t counts[LINT_SEVERITY_COUNT]; /* of all findings, recorded or not */
    uint32_t silent;                      /* rules that could not run on this source */
};

/* Scratch that lint_run needs (aligned to 16); 0 if that does not fit in size_t. */
size_t lint_memory_size(const struct view *view, const struct memory_map *map);

/* Run all rules that the view can answer. `map` is built from the view's regions. Findings go to `findings`, which
 * has room for `capacity` (0 is allowed). NO_MEMORY if `size` is too small; nothing is written then. */
status_t lint_run(const struct view *view, const struct memory_map *map, void *memory, size_t size,
                  struct lint_finding *findings, size_t capacity, struct lint *out);

/* One plain sentence with the addresses in it, no newline, no rule number. Returns its length. */
int lint_sentence(const struct lint_finding *finding, const struct view *view,
                  const struct memory_map *map, char *buffer, size_t size);

/* Null if sound: order, counts, indices within the view, rules that may fire. */
const char *lint_check(const struct lint *lint, const struct view *view);

#endif
