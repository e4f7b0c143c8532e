/* SPDX-License-Identifier: MIT
 * The naive model of the memory map: a small window of pages, and for every page a look at every
 * descriptor. It knows nothing of edges, lists or sorting; it repeats what include/mm/memory_map.h says. */
#ifndef TESTS_MODEL_MAP_ORACLE_H
#define TESTS_MODEL_MAP_ORACLE_H

#include <mm/memory_map.h>

/* The window ends where the physical addresses of the smallest processor end, so that a descriptor can pass
 * that end; only what map_oracle_region makes can be judged. */
constexpr unsigned MAP_ORACLE_PHYS_BITS = 36;
constexpr unsigned MAP_ORACLE_PAGES = 64;
constexpr uint64_t MAP_ORACLE_END = UINT64_C(1) << MAP_ORACLE_PHYS_BITS;
constexpr uint64_t MAP_ORACLE_BASE = MAP_ORACLE_END - MAP_ORACLE_PAGES * PAGE_SIZE;

/* Make a descriptor of eight arbitrary bytes: mostly inside the window, mostly aligned. */
constexpr size_t MAP_ORACLE_REGION_BYTES = 8;
struct boot_region map_oracle_region(const uint8_t bytes[static MAP_ORACLE_REGION_BYTES]);

/* Null if `map` is what the contract demands of these descriptors, else what differs. */
const char *map_oracle_compare(const struct memory_map *map, const struct boot_region *regions,
                               size_t count);

/* A descriptor that says what a range says: building a map of these must give the same ranges. */
struct boot_region map_oracle_region_of(const struct memory_range *range);

/* Do the ranges of two maps agree, the field `descriptor` apart? */
bool map_oracle_same_ranges(const struct memory_map *a, const struct memory_map *b);

#endif
