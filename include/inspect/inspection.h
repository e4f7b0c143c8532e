/* SPDX-License-Identifier: MIT
 * One inspection: the map is built, judged by every rule that its source can answer, and its bytes are accounted for.
 * Pure; all memory is the caller's. */
#ifndef INSPECT_INSPECTION_H
#define INSPECT_INSPECTION_H

#include <inspect/ledger.h>
#include <inspect/lint.h>
#include <inspect/view.h>
#include <mm/memory_map.h>

/* All that was found out about one map. */
struct inspection {
    const struct view *view;
    const struct memory_map *map;
    const struct lint *lint;
    const struct ledger *ledger;
    const struct memory_map *last_boot; /* of an earlier boot, to compare with; null: not known */
};

/* Bytes of memory that an inspection of `view` needs (aligned to 16), without the findings; 0 if it does not fit. */
size_t inspection_memory_size(const struct view *view);
struct inspection_result {
    struct memory_map map;
    struct lint lint;
    struct ledger ledger;
    struct memory_map last_boot; /* ranges null: the view does not know it */
};
/* Build the map, lint it, make the ledger: all in `memory`. Findings as lint_run. */
status_t inspection_run(const struct view *view, void *memory, size_t size,
                        struct lint_finding *findings, size_t capacity,
                        struct inspection_result *out);
/* The two as one; it points to both. */
struct inspection inspection_of(const struct view *view, const struct inspection_result *result);

#endif
