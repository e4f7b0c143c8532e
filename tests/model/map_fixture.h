/* SPDX-License-Identifier: MIT
 * What the tests of the memory map share: a map that is built, checked and freed again. */
#ifndef TESTS_MODEL_MAP_FIXTURE_H
#define TESTS_MODEL_MAP_FIXTURE_H

#include "harness/harness.h"

#include <mm/memory_map.h>

constexpr unsigned PHYS_BITS = 46;

/* A map in memory of exactly the size that was asked for, so that the sanitizer sees one byte too many. */
struct built_map {
    struct memory_map map;
    void *memory;
};

/* Build and check; the test fails if either does. */
struct built_map built_map_for(const struct boot_region *regions, size_t count, unsigned phys_bits);
struct built_map built_map(const struct boot_region *regions, size_t count); /* PHYS_BITS */
void built_map_free(struct built_map *built);

/* MAP7 of mm/map/memory_map.c, for one other order; and: a map of the map is the map, without a change. */
void assert_orders_and_idempotence(struct random *random, const struct memory_map *map,
                                   const struct boot_region *regions, size_t count,
                                   unsigned phys_bits);

#endif
