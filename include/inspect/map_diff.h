/* SPDX-License-Identifier: MIT
 * The difference of two judged maps: what changed between two snapshots, two boots, two machines. Pure; no memory,
 * O(n + m), no limit on ranges. */
#ifndef INSPECT_MAP_DIFF_H
#define INSPECT_MAP_DIFF_H

#include <mm/memory_map.h>

/* Half-open [start, end), in which nothing changes but between the maps. */
struct map_difference {
    phys_addr_t start, end;
    bool in_before, in_after; /* described there; not both false */
    enum memory_class class_before, class_after;
    uint64_t attributes_before, attributes_after;
};
struct map_diff_cursor {
    size_t before, after;
    uint64_t at;
}; /* starts as {0} */

/* The next range in which the maps differ in class, attributes or being described, alike neighbours joined; in order
 * of address. False at the end. */
bool map_diff_next(const struct memory_map *before, const struct memory_map *after,
                   struct map_diff_cursor *cursor, struct map_difference *out);

/* Bytes that changed from class to class; the last index stands for "not described". O(n + m). */
constexpr unsigned MAP_DIFF_NOT_DESCRIBED = MEMORY_CLASS_COUNT;
struct map_diff_totals {
    uint64_t bytes[MEMORY_CLASS_COUNT + 1]
                  [MEMORY_CLASS_COUNT + 1]; /* [before][after]; the diagonal is 0 */
    uint64_t attributes_only;               /* same class, other attributes */
    uint32_t differences;
};
void map_diff_sum(const struct memory_map *before, const struct memory_map *after,
                  struct map_diff_totals *out);

#endif
