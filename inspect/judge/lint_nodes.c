/* SPDX-License-Identifier: MIT
 * Lint of what other tables say of memory, SRAT of its nodes and SMBIOS of its arrays, against the map; and of the
 * first MiB, where PCs keep habits of 1981. Nodes and arrays are sorted, then walked beside the ranges. */
#include "lint_private.h"

#include <stdckdint.h>

/* Linux gives up the SRAT if it leaves out 1 MiB or more (arch/x86/mm/numa.c, numa_meminfo_cover_memory). */
constexpr uint64_t COVER_TOLERANCE = MIB;

constexpr uint64_t VIDEO_START = 0xA0000; /* 640 KiB: video memory, option ROMs, BIOS */
constexpr uint64_t LOW_END = MIB;
constexpr uint64_t EXTENDED_DATA_MIN = 0x80000; /* 512 KiB: no BIOS ends low memory below */

/* Memory of the map that no span covers: one finding, if it is enough to matter. */
static void lint_uncovered_memory(struct lint_run *run, size_t count, enum lint_rule_number rule)
{
    struct lint_cover cover = {.spans = run->spans,
                               .span_count = lint_unite_spans(run->spans, count)};
    struct lint_finding finding = {.rule = rule, .second = LINT_NONE};
    for (size_t i = 0; i < run->map->range_count; i++) {
        const struct memory_range *range = &run->map->ranges[i];
        if (!lint_class_in(range->class, LINT_FREE_CLASSES))
            continue;
        const struct lint_gap gap = lint_uncovered(&cover, range->start.value, range->end.value);
        if (gap.bytes > 0 && finding.value == 0) {
            finding.first = range->descriptor;
            finding.start = gap.start;
            finding.end = gap.end;
        }
        finding.value += gap.bytes;
    }
    if (finding.value >= COVER_TOLERANCE)
        lint_found(run, &finding);
}

/* ---- nodes ---- */

static size_t node_spans(struct lint_run *run)
{
    size_t count = 0;
    for (uint32_t i = 0; i < run->view->node_count; i++) {
        const struct acpi_node_memory *node = &run->view->nodes[i];
        struct lint_span span = {.start = node->start, .index = i};
        if (ckd_add(&span.end, node->start, node->size))
            lint_found(run, &(struct lint_finding){.rule = LINT_FM070_NODE_WRAPS,
                                                   .first = i,
                                                   .second = LINT_NONE,
                                                   .start = node->start,
                                                   .end = UINT64_MAX,
                                                   .value = node->node});
        else if (node->size > 0)
            run->spans[count++] = span;
    }
    return count;
}

static bool is_same_node(const struct view *view, uint32_t a, uint32_t b)
{
    return view->nodes[a].node == view->nodes[b].node;
}

/* Nodes whose memory the map does not mention, though it is there at boot. */
static void lint_node_memory(struct lint_run *run, size_t count)
{
    struct lint_cover cover = {.map = run->map, .classes = LINT_ALL_CLASSES};
    uint64_t reach = 0;
    for (size_t i = 0; i < count; i++) {
        const struct lint_span *span = &run->spans[i];
        const struct acpi_node_memory *node = &run->view->nodes[span->index];
        const uint64_t start = span->start > reach ? span->start : reach;
        if (start >= span->end)
            continue;
        reach = span->end;
        const struct lint_gap gap = lint_uncovered(&cover, start, span->end);
        if (gap.bytes >= COVER_TOLERANCE && !node->hot_pluggable && !node->non_volatile)
            lint_found(run, &(struct lint_finding){.rule = LINT_FM073_NODE_NOT_DESCRIBED,
                                                   .first = span->index,
                                                   .second = LINT_NONE,
                                                   .start = gap.start,
                                                   .end = gap.end,
                                                   .value = gap.bytes});
    }
}

static size_t array_spans(struct lint_run *run)
{
    size_t count = 0;
    for (uint32_t i = 0; i < run->view->array_count; i++) {
        const struct view_mapped_array *array = &run->view->arrays[i];
        if (array->start < array->end)
            run->spans[count++] =
                (struct lint_span){.start = array->start, .end = array->end, .index = i};
    }
    return count;
}

void lint_run_nodes(struct lint_run *run)
{
    size_t count = node_spans(run);
    if (count > 0) {
        lint_sort_spans(run->spans, count);
        lint_overlapping_spans(run, LINT_FM071_NODES_OVERLAP, count, is_same_node);
        lint_node_memory(run, count);
        lint_uncovered_memory(run, count, LINT_FM072_MEMORY_WITHOUT_NODE);
    }
    count = array_spans(run);
    if (count > 0) {
        lint_sort_spans(run->spans, count);
        lint_uncovered_memory(run, count, LINT_FM074_MEMORY_WITHOUT_ARRAY);
    }
}

/* ---- the first MiB ---- */

static void found_low(struct lint_run *run, enum lint_rule_number rule, uint32_t descriptor,
                      uint64_t start, uint64_t end)
{
    lint_found(
        run,
        &(struct lint_finding){
            .rule = rule, .first = descriptor, .second = LINT_NONE, .start = start, .end = end});
}

void lint_run_low_memory(struct lint_run *run)
{
    const struct memory_map *map = run->map;
    const struct memory_range *first_memory = nullptr, *last_free = nullptr;
    bool any_usable = false;
    for (size_t i = 0; i < map->range_count && map->ranges[i].start.value < LOW_END; i++) {
        const struct memory_range *range = &map->ranges[i];
        const uint64_t start = range->start.value, end = range->end.value;
        if (first_memory == nullptr && memory_class_is_ram(range->class))
            first_memory = range;
        any_usable |= range->class == MEMORY_USABLE;
        if (!lint_class_in(range->class, LINT_FREE_CLASSES))
            continue;
        last_free = start < VIDEO_START ? range : last_free;
        if (end > VIDEO_START)
            found_low(run, LINT_FM082_VIDEO_HOLE_USABLE, range->descriptor,
                      start > VIDEO_START ? start : VIDEO_START, end < LOW_END ? end : LOW_END);
    }
    if (first_memory != nullptr && !any_usable)
        found_low(run, LINT_FM081_NO_LOW_MEMORY, first_memory->descriptor,
                  first_memory->start.value, first_memory->end.value);
    if (last_free != nullptr && last_free->end.value < VIDEO_START &&
        last_free->end.value >= EXTENDED_DATA_MIN)
        found_low(run, LINT_FM083_EXTENDED_DATA_AREA, last_free->descriptor, last_free->end.value,
                  VIDEO_START);
}
