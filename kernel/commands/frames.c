/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

static void print_line(const char *name, uint64_t frames)
{
    print("  %-18s %12" PRIu64 " frames %20" PRIu64 " bytes  %10s\n", name, frames,
          frames << PAGE_SHIFT, size_text(frames << PAGE_SHIFT).text);
}

static void print_classes(const struct frame_totals *totals)
{
    print_line("managed", totals->managed);
    print_line("free", totals->free);
    for (unsigned i = FRAME_FREE + 1; i < FRAME_CLASS_COUNT; i++) {
        if (totals->by_class[i] != 0)
            print_line(frame_class_name((enum frame_class)i), totals->by_class[i]);
    }
}

static void print_nodes(void)
{
    for (uint32_t node = 0; node < NODES_MAX; node++) {
        const struct frame_node_totals totals = frames_node_totals(mm_frames(), node);
        if (totals.managed == 0)
            continue;
        print("  node %-2u            %12" PRIu64 " frames, %" PRIu64 " free (%s of %s)\n", node,
              totals.managed, totals.free, size_text(totals.free << PAGE_SHIFT).text,
              size_text(totals.managed << PAGE_SHIFT).text);
    }
}

/* P8: free bytes against the largest free run, and free memory that no 2 MiB block can use. */
static void print_fragmentation(const struct frame_totals *totals)
{
    uint64_t largest = frames_largest_run(mm_frames());
    /* A run never leaves its section, so more than one section free is no fragmentation. */
    uint64_t reachable =
        totals->free < UINT64_C(1) << ORDER_SECTION ? totals->free : UINT64_C(1) << ORDER_SECTION;
    uint64_t in_blocks = totals->free_blocks << ORDER_BLOCK;
    unsigned run_lost = 1000 - text_permille(largest, reachable);
    unsigned block_lost = 1000 - text_permille(in_blocks, totals->free);
    print("  largest free run   %12" PRIu64 " frames %20" PRIu64 " bytes  %10s\n", largest,
          largest << PAGE_SHIFT, size_text(largest << PAGE_SHIFT).text);
    print("  whole free blocks  %12" PRIu64 " of 2 MiB, %" PRIu64 " of 1 GiB\n",
          totals->free_blocks, totals->free_sections);
    if (totals->free != 0)
        print("  fragmentation      %u.%u%% of what one run could be, %u.%u%% of free memory is "
              "outside 2 MiB blocks\n",
              run_lost / 10, run_lost % 10, block_lost / 10, block_lost % 10);
}

static void print_spans(void)
{
    size_t count;
    const struct frame_span *spans = frames_spans(mm_frames(), &count);
    print("%13s %13s %12s %10s  %s\n", "start", "end", "frames", "size", "node");
    for (size_t i = 0; i < count; i++) {
        uint64_t start = pfn_to_phys(spans[i].first).value;
        uint64_t size = spans[i].count << PAGE_SHIFT;
        print("%13" PRIx64 " %13" PRIx64 " %12" PRIu64 " %10s  %u\n", start, start + size,
              spans[i].count, size_text(size).text, spans[i].node);
    }
}

static bool run_frames(unsigned count, const char *const *)
{
    if (count > 1) {
        print_spans();
        return true;
    }
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    print_classes(&totals);
    print_nodes();
    print("  sections           %12" PRIu64 " of 1 GiB, %" PRIu64 " with metadata; %" PRIu64
          " spans\n",
          totals.sections, totals.sections_online, totals.span_count);
    print_fragmentation(&totals);
    return true;
}

COMMAND(frames) = {
    .name = "frames",
    .usage = "[spans]",
    .summary = "physical frames: whose they are, how many are free",
    .help = "Totals by class and by node, and fragmentation: how far the largest free run is from\n"
            "what the free frames could be, and how much free memory lies in blocks of 2 MiB that\n"
            "are partly taken. 'frames spans' lists the managed memory.\n",
    .run = run_frames,
};
