/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <kernel/console.h>
#include <kernel/log.h>
#include <kernel/text.h>
#include <mm/mm.h>

/* The part of `whole` that is not `part`, in tenths of a percent. */
static unsigned not_permille(uint64_t part, uint64_t whole)
{
    return part > whole ? 0 : text_permille(whole - part, whole);
}

static void print_fragmentation(const struct heap_totals *totals, const struct frame_totals *frames)
{
    bool exact = heap_get_level(mm_heap()) == HEAP_L1;
    unsigned inside = exact ? not_permille(totals->live_requested, totals->live_bytes)
                            : not_permille(totals->requested_total, totals->usable_total);
    unsigned idle = not_permille(totals->live_bytes, totals->held_bytes);
    uint64_t largest = frames_largest_run(mm_frames());
    unsigned scattered = not_permille(largest, frames->free);
    print("fragmentation      %13u.%u%%   inside blocks: not asked for, %s\n", inside / 10,
          inside % 10, exact ? "of live blocks" : "of all blocks since the start");
    print("                   %13u.%u%%   of the heap: held, but in no live block\n", idle / 10,
          idle % 10);
    print("                   %13u.%u%%   of free frames: not in the largest run\n", scattered / 10,
          scattered % 10);
}

static void print_pair(const char *name, uint64_t now, uint64_t peak)
{
    print("%-18s %16" PRIu64 "   peak %" PRIu64 "\n", name, now, peak);
}

static bool run_stats(unsigned, const char *const *)
{
    struct heap_totals heap;
    struct frame_totals frames;
    const struct memstat *registered = mm_memstat();
    heap_totals(mm_heap(), &heap);
    frames_totals(mm_frames(), &frames);
    uint64_t used = (frames.managed - frames.free) << PAGE_SHIFT;

    print("total allocations  %16" PRIu64 "\n", heap.allocations);
    print("total frees        %16" PRIu64 "\n", heap.frees);
    print_pair("live blocks", heap.live_blocks, heap.live_blocks_peak);
    print_pair("live bytes", heap.live_bytes, heap.live_bytes_peak);
    print_pair("held bytes", heap.held_bytes, heap.held_bytes_peak);
    print_pair("registered blocks", registered->live, registered->live_peak);
    print_pair("registered bytes", registered->live_bytes, registered->live_bytes_peak);
    print("refusals           %16" PRIu64 "   misuses %" PRIu64 "\n", heap.refusals, heap.misuses);
    print("frames in use      %16" PRIu64 "   %s; free %s\n", frames.managed - frames.free,
          size_text(used).text, size_text(frames.free << PAGE_SHIFT).text);
    print_fragmentation(&heap, &frames);

    log_info("stats",
             "%" PRIu64 " allocations, %" PRIu64 " frees, %" PRIu64 " live blocks (peak %" PRIu64
             "), %" PRIu64 " live bytes (peak %" PRIu64 ")",
             heap.allocations, heap.frees, heap.live_blocks, heap.live_blocks_peak, heap.live_bytes,
             heap.live_bytes_peak);
    return true;
}

COMMAND(stats) = {
    .name = "stats",
    .usage = "",
    .summary = "allocation statistics, here and into the log",
    .help = "Every kmalloc and kfree since the start is counted; bytes are those of the blocks, "
            "with what\n"
            "was not asked for. registered: memory that is not the heap's, told to the tracker.\n"
            "'heap', 'slabinfo' and 'frames' tell more.\n",
    .run = run_stats,
};
