/* SPDX-License-Identifier: MIT
 * One inspection, start to end: judge the map, lint it, make the ledger. The caller gives one block of memory:
 *
 *   | ranges and changes of the map, its scratch | lint's scratch |
 *
 * How much lint needs depends on the map, which is not there when the caller asks; so room is made for the
 * largest map that so many descriptors can become. */
#include <inspect/render.h>

#include <stdckdint.h>

/* Bounds of mm/memory_map.c: n descriptors become at most 2n ranges and 3n changes. */
static struct memory_map largest_map(const struct view *view)
{
    return (struct memory_map){
        .range_count = 2 * (size_t)view->region_count,
        .change_count = 3 * (size_t)view->region_count,
    };
}

size_t inspection_memory_size(const struct view *view)
{
    const struct memory_map largest = largest_map(view);
    const size_t map_size = memory_map_memory_size(view->region_count);
    const size_t lint_size = lint_memory_size(view, &largest);
    size_t size;
    if (map_size == 0 || lint_size == 0 || ckd_add(&size, map_size, lint_size))
        return 0;
    return size;
}

status_t inspection_run(const struct view *view, void *memory, size_t size,
                        struct lint_finding *findings, size_t capacity,
                        struct inspection_result *out)
{
    const size_t map_size = memory_map_memory_size(view->region_count);
    if (map_size == 0 || size < map_size)
        return STATUS_NO_MEMORY;
    struct inspection_result result = {};
    status_t status = memory_map_build(view->regions, view->region_count, view->phys_bits, memory,
                                       map_size, &result.map);
    if (status != STATUS_OK)
        return status;
    status = lint_run(view, &result.map, (unsigned char *)memory + map_size, size - map_size,
                      findings, capacity, &result.lint);
    if (status != STATUS_OK)
        return status;
    result.ledger = ledger_of_map(view, &result.map);
    *out = result;
    return STATUS_OK;
}
