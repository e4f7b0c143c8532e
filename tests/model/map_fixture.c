/* SPDX-License-Identifier: MIT */
#include "model/map_fixture.h"

#include "model/map_oracle.h"

#include <stdlib.h>
#include <string.h>

struct built_map built_map_for(const struct boot_region *regions, size_t count, unsigned phys_bits)
{
    const size_t size = memory_map_memory_size(count);
    struct built_map built = {.memory = malloc(size)};
    memset(built.memory, 0xA5, size);
    assert_status(memory_map_build(regions, count, phys_bits, built.memory, size, &built.map),
                  STATUS_OK);
    assert_sound(memory_map_check(&built.map));
    return built;
}

struct built_map built_map(const struct boot_region *regions, size_t count)
{
    return built_map_for(regions, count, PHYS_BITS);
}

void built_map_free(struct built_map *built)
{
    free(built->memory);
}

static void shuffle(struct random *random, struct boot_region *regions, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = random_below(random, i);
        const struct boot_region saved = regions[i - 1];
        regions[i - 1] = regions[other];
        regions[other] = saved;
    }
}

void assert_orders_and_idempotence(struct random *random, const struct memory_map *map,
                                   const struct boot_region *regions, size_t count,
                                   unsigned phys_bits)
{
    struct boot_region *copy = calloc(count + 1, sizeof *copy);
    memcpy(copy, regions, count * sizeof *copy);
    shuffle(random, copy, count);
    struct built_map shuffled = built_map_for(copy, count, phys_bits);
    assert_true(map_oracle_same_ranges(map, &shuffled.map));
    built_map_free(&shuffled);
    free(copy);

    struct boot_region *again = calloc(map->range_count + 1, sizeof *again);
    for (size_t i = 0; i < map->range_count; i++)
        again[i] = map_oracle_region_of(&map->ranges[i]);
    struct built_map rebuilt = built_map_for(again, map->range_count, phys_bits);
    assert_true(map_oracle_same_ranges(map, &rebuilt.map));
    assert_int_equal(rebuilt.map.change_count, 0);
    assert_memory_equal(rebuilt.map.bytes, map->bytes, sizeof map->bytes);
    built_map_free(&rebuilt);
    free(again);
}
