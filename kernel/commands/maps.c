/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <base/string.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

/* Leaves side by side that differ in nothing but their address. */
struct run {
    uint64_t start, end;
    uint64_t leaf_size;
    uint32_t rights;
    enum memory_type type;
    uint64_t printed, bytes;
};

/* What the run is part of: one thing from its first byte to its last, or the sections of the image that
 * it joins. A run of the direct map is more than what happens to lie at its start. */
static void print_detail(const struct run *run)
{
    const char *first = mm_owner_of(run->start).detail;
    const char *last = mm_owner_of(run->end - 1).detail;
    if (first == nullptr || last == nullptr)
        print("\n");
    else if (strcmp(first, last) == 0)
        print(": %s\n", first);
    else
        print(": %s .. %s\n", first, last);
}

static void print_run(struct run *run)
{
    char rights[8];
    if (run->start == run->end)
        return;
    const char *area = mm_owner_of(run->start).area;
    page_rights_describe(run->rights, rights);
    print("%016" PRIx64 " %016" PRIx64 " %10s %-5s %-15s %5s  %s", run->start, run->end,
          size_text(run->end - run->start).text, rights, memory_type_name(run->type),
          size_text(run->leaf_size).text, area != nullptr ? area : "-");
    print_detail(run);
    run->printed++;
    run->bytes += run->end - run->start;
}

static bool visit(void *state, const struct page_extent *extent)
{
    struct run *run = state;
    bool joins = run->start != run->end && extent->start.value == run->end &&
                 extent->leaf_size == run->leaf_size && extent->rights == run->rights &&
                 extent->type == run->type;
    if (!joins) {
        print_run(run);
        run->start = extent->start.value;
        run->leaf_size = extent->leaf_size;
        run->rights = extent->rights;
        run->type = extent->type;
    }
    run->end = extent->start.value + extent->size;
    return true;
}

static bool run_maps(unsigned, const char *const *)
{
    struct run run = {};
    print("%-16s %-16s %10s %-5s %-15s %5s  %s\n", "start", "end", "size", "may", "memory type",
          "pages", "area");
    page_table_visit(mm_kernel_table(), virt_addr(0), virt_addr(UINT64_MAX), visit, &run);
    print_run(&run);
    print("%" PRIu64 " runs, %" PRIu64 " bytes (%s), in %" PRIu64 " tables\n", run.printed,
          run.bytes, size_text(run.bytes).text, page_table_count(mm_kernel_table()));
    return true;
}

COMMAND(maps) = {
    .name = "maps",
    .usage = "",
    .summary = "everything that is mapped",
    .help = "Neighbouring pages with the same rights, memory type and page size are one line; end\n"
            "is the first address behind. may: r read, w write, x execute, u user, g global.\n",
    .run = run_maps,
};
