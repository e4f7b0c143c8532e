/* SPDX-License-Identifier: MIT
 * One inspection, start to end: judge the map, lint it, make the ledger. The caller gives one block of memory:
 *
 *   | ranges and changes of the map, its scratch | the same of the last boot's, if known | lint's scratch |
 *
 * How much lint needs depends on the map, which is not there when the caller asks; so room is made for the
 * largest map that so many descriptors can become. */
#include <inspect/inspection.h>

#include <stdckdint.h>

/* Bounds of mm/map/memory_map.c: n descriptors become at most 2n ranges and 3n changes. */
static struct memory_map largest_map(const struct view *view)
{
    return (struct memory_map){
        .range_count = 2 * (size_t)view->region_count,
        .change_count = 3 * (size_t)view->region_count,
    };
}

/* 0: it is not known; SIZE_MAX: it does not fit. */
static size_t last_boot_size(const struct view *view)
{
    if (view->last_boot_count == 0)
        return 0;
    const size_t size = memory_map_memory_size(view->last_boot_count);
    return size == 0 ? SIZE_MAX : size;
}

size_t inspection_memory_size(const struct view *view)
{
    const struct memory_map largest = largest_map(view);
    const size_t map_size = memory_map_memory_size(view->region_count);
    const size_t lint_size = lint_memory_size(view, &largest);
    size_t size;
    if (map_size == 0 || lint_size == 0 || ckd_add(&size, map_size, lint_size) ||
        ckd_add(&size, size, last_boot_size(view)))
        return 0;
    return size;
}

status_t inspection_run(const struct view *view, void *memory, size_t size,
                        struct lint_finding *findings, size_t capacity,
                        struct inspection_result *out)
{
    const size_t map_size = memory_map_memory_size(view->region_count);
    const size_t last_size = last_boot_size(view);
    size_t maps_size;
    if (map_size == 0 || ckd_add(&maps_size, map_size, last_size) || size < maps_size)
        return STATUS_NO_MEMORY;
    unsigned char *bytes = memory;
    struct inspection_result result = {};
    status_t status = memory_map_build(view->regions, view->region_count, view->phys_bits, bytes,
                                       map_size, &result.map);
    if (status != STATUS_OK)
        return status;
    if (last_size != 0)
        status = memory_map_build(view->last_boot, view->last_boot_count, view->phys_bits,
                                  bytes + map_size, last_size, &result.last_boot);
    if (status != STATUS_OK)
        return status;
    status = lint_run(view, &result.map, bytes + maps_size, size - maps_size, findings, capacity,
                      &result.lint);
    if (status != STATUS_OK)
        return status;
    result.ledger = ledger_of_map(view, &result.map);
    *out = result;
    return STATUS_OK;
}

struct inspection inspection_of(const struct view *view, const struct inspection_result *result)
{
    return (struct inspection){
        .view = view,
        .map = &result->map,
        .lint = &result->lint,
        .ledger = &result->ledger,
        .last_boot = view->last_boot_count != 0 ? &result->last_boot : nullptr,
    };
}
