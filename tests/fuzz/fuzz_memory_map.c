/* SPDX-License-Identifier: MIT
 * Arbitrary descriptors in a small window: the map must be sound, be what the naive model says, and not
 * depend on the order of the descriptors. Eight bytes of input a descriptor (map_oracle_region). */
#include "model/map_oracle.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr size_t REGIONS_MAX = 48;

static struct memory_map build(const struct boot_region *regions, size_t count, void **memory)
{
    struct memory_map map;
    const size_t size = memory_map_memory_size(count);
    *memory = malloc(size);
    if (memory_map_build(regions, count, MAP_ORACLE_PHYS_BITS, *memory, size, &map) != STATUS_OK)
        abort();
    return map;
}

static void demand(const char *broken)
{
    if (broken == nullptr)
        return;
    fprintf(stderr, "%s\n", broken);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_region regions[REGIONS_MAX], reversed[REGIONS_MAX];
    size_t count = size / MAP_ORACLE_REGION_BYTES;
    if (count > REGIONS_MAX)
        count = REGIONS_MAX;
    for (size_t i = 0; i < count; i++)
        reversed[count - 1 - i] = regions[i] =
            map_oracle_region(data + i * MAP_ORACLE_REGION_BYTES);

    void *memory, *other_memory;
    const struct memory_map map = build(regions, count, &memory);
    demand(memory_map_check(&map));
    demand(map_oracle_compare(&map, regions, count));
    for (size_t i = 0; i < map.change_count; i++) {
        char text[256];
        if (memory_change_describe(&map.changes[i], regions, text, sizeof text) <= 0)
            abort();
    }
    const struct memory_map other = build(reversed, count, &other_memory);
    if (!map_oracle_same_ranges(&map, &other))
        demand("the ranges depend on the order of the descriptors");
    free(memory);
    free(other_memory);
    return 0;
}
