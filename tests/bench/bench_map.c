/* SPDX-License-Identifier: MIT
 * How the cost of a map grows with its entries: repair (memory_map_build) and lint (findings recorded, none
 * formatted), for the three inputs of inspect/map_inputs.h. Times are of this host, the best of several rounds;
 * what tells something is the last column: nanoseconds for each entry, which stay level if it is linear.
 * usage: bench_map [ENTRIES]: the largest map, 100000 if nothing is said. */
#include <base/assert.h>
#include <inspect/lint.h>
#include <inspect/map_inputs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static constexpr unsigned ROUNDS = 5;

[[noreturn]] void assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "bench_map: %s:%d: broken invariant: %s\n", file, line, expression);
    abort();
}

static void *memory_of(size_t size)
{
    void *memory = malloc(size);
    if (memory == nullptr) {
        fprintf(stderr, "bench_map: no memory for %zu bytes\n", size);
        exit(2);
    }
    return memory;
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

struct cost {
    double build, lint; /* ms */
    size_t build_bytes, lint_bytes;
    uint32_t findings;
};

static void must(status_t status, const char *what)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "bench_map: %s: %s\n", what, status_text(status));
        exit(2);
    }
}

static void run_once(const struct view *view, struct cost *best)
{
    const size_t map_size = memory_map_memory_size(view->region_count);
    void *map_memory = memory_of(map_size);
    struct memory_map map;
    const double start = milliseconds();
    must(memory_map_build(view->regions, view->region_count, PHYS_BITS_MAX, map_memory, map_size,
                          &map),
         "repair");
    const double built = milliseconds();

    const size_t lint_size = lint_memory_size(view, &map);
    void *scratch = memory_of(lint_size);
    struct lint lint;
    must(lint_run(view, &map, scratch, lint_size, nullptr, 0, &lint), "lint");
    struct lint_finding *findings = memory_of(((size_t)lint.needed + 1) * sizeof *findings);
    const double from = milliseconds();
    must(lint_run(view, &map, scratch, lint_size, findings, lint.needed, &lint), "lint");
    const double linted = milliseconds();

    if (best->build_bytes == 0 || built - start < best->build)
        best->build = built - start;
    if (best->build_bytes == 0 || linted - from < best->lint)
        best->lint = linted - from;
    best->build_bytes = map_size;
    best->lint_bytes = lint_size + lint.needed * sizeof *findings;
    best->findings = lint.needed;
    free(findings);
    free(scratch);
    free(map_memory);
}

static void measure(enum map_input input, uint32_t count)
{
    struct boot_region *regions = memory_of(count * sizeof *regions);
    map_input_make(input, regions, count);
    struct view view = view_empty(VIEW_FIRMWARE);
    view.regions = regions;
    view.region_count = count;
    view.knows = VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES) |
                 VIEW_KNOWS(ORDER) | VIEW_KNOWS(OVERLAPS) | VIEW_KNOWS(WHOLE_MAP);
    struct cost best = {};
    for (unsigned round = 0; round < ROUNDS; round++)
        run_once(&view, &best);
    printf("%-9s %8u %10.3f %10.3f %9u %10zu %10zu %10.1f\n", map_input_word(input), count,
           best.build, best.lint, best.findings, best.build_bytes / 1024, best.lint_bytes / 1024,
           (best.build + best.lint) * 1e6 / count);
    free(regions);
}

int main(int count, char **words)
{
    unsigned long most = 100000;
    if (count > 1) {
        char *end;
        errno = 0;
        most = strtoul(words[1], &end, 10);
        if (count > 2 || *end != '\0' || errno != 0 || most < 1000 || most > 10000000) {
            fprintf(stderr, "usage: bench_map [ENTRIES], 1000 to 10000000\n");
            return 2;
        }
    }
    printf("%-9s %8s %10s %10s %9s %10s %10s %10s\n", "input", "entries", "repair ms", "lint ms",
           "findings", "map KiB", "lint KiB", "ns/entry");
    for (unsigned input = 0; input < MAP_INPUT_COUNT; input++)
        for (unsigned long entries = 1000; entries <= most; entries *= 10)
            measure((enum map_input)input, (uint32_t)entries);
    return 0;
}
