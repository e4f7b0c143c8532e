/* SPDX-License-Identifier: MIT
 * `bench map`: what a map of 10 000 entries costs, repaired and looked through by lint, findings recorded and not told. */
#include <kernel/bench.h>

#include <inspect/lint.h>
#include <inspect/map_inputs.h>
#include <kernel/console.h>
#include <mm/mm.h>

constexpr size_t ENTRIES = 10000;
constexpr size_t FINDINGS = 4 * ENTRIES; /* none of the inputs has more */
constexpr uint32_t KNOWN = VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) |
                           VIEW_KNOWS(HIGH_ATTRIBUTES) | VIEW_KNOWS(ORDER) | VIEW_KNOWS(OVERLAPS) |
                           VIEW_KNOWS(WHOLE_MAP) | VIEW_KNOWS(PHYS_BITS);

static struct memory_map largest_map(void)
{
    return (struct memory_map){.range_count = 2 * ENTRIES, .change_count = 3 * ENTRIES};
}

struct workspace {
    struct boot_region *regions;
    void *map_memory, *lint_memory;
    size_t map_size, lint_size;
    struct lint_finding *findings;
};

static bool measure_input(enum map_input input, const struct workspace *work)
{
    struct view view = view_empty(VIEW_FIRMWARE);
    struct memory_map map;
    struct lint lint;
    status_t status;
    uint64_t build_cost, lint_cost;
    char name[32];
    view.regions = work->regions;
    view.region_count = ENTRIES;
    view.knows = KNOWN;
    map_input_make(input, work->regions, ENTRIES);
    MEASURE(build_cost, status = memory_map_build(view.regions, ENTRIES, PHYS_BITS_MAX,
                                                  work->map_memory, work->map_size, &map));
    if (status != STATUS_OK)
        return false;
    MEASURE(lint_cost, status = lint_run(&view, &map, work->lint_memory, work->lint_size,
                                         work->findings, FINDINGS, &lint));
    if (status != STATUS_OK || lint.recorded != lint.needed || lint_check(&lint, &view) != nullptr)
        return false;
    format_text(name, sizeof name, "map_%s", map_input_word(input));
    bench_print(name, build_cost + lint_cost);
    print("  of that repair %" PRIu64 ", lint %" PRIu64 "; %zu ranges, %zu changes, %u findings\n",
          build_cost, lint_cost, map.range_count, map.change_count, lint.needed);
    return true;
}

static bool make_room(struct workspace *work)
{
    const struct view view = {.region_count = ENTRIES};
    const struct memory_map largest = largest_map();
    work->map_size = memory_map_memory_size(ENTRIES);
    work->lint_size = lint_memory_size(&view, &largest);
    work->regions = kmalloc(ENTRIES * sizeof *work->regions);
    work->map_memory = kmalloc(work->map_size);
    work->lint_memory = kmalloc(work->lint_size);
    work->findings = kmalloc(FINDINGS * sizeof *work->findings);
    return work->regions != nullptr && work->map_memory != nullptr &&
           work->lint_memory != nullptr && work->findings != nullptr;
}

bool bench_map(void)
{
    struct workspace work = {};
    const char *failed = make_room(&work) ? nullptr : "map";
    for (unsigned i = 0; i < MAP_INPUT_COUNT && failed == nullptr; i++)
        if (!measure_input((enum map_input)i, &work))
            failed = map_input_word((enum map_input)i);
    kfree(work.findings);
    kfree(work.lint_memory);
    kfree(work.map_memory);
    kfree(work.regions);
    return failed == nullptr || bench_refuse(failed);
}
