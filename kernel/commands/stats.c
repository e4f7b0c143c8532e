/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <kernel/console.h>
#include <kernel/log.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include "shared.h"

static bool run_stats(unsigned count, const char *const *words)
{
    struct heap_totals heap;
    struct frame_totals frames;
    if (count != 1)
        return print_usage(words);
    heap_totals(mm_heap(), &heap);
    frames_totals(mm_frames(), &frames);
    uint64_t used = (frames.managed - frames.free) << PAGE_SHIFT;

    print("total allocations  %16" PRIu64 "\n", heap.allocations);
    print("total frees        %16" PRIu64 "\n", heap.frees);
    print("live blocks        %16" PRIu64 "   peak %" PRIu64 "\n", heap.live_blocks,
          heap.live_blocks_peak);
    print("live bytes         %16" PRIu64 "   peak %" PRIu64 " (%s)\n", heap.live_bytes,
          heap.live_bytes_peak, size_text(heap.live_bytes_peak).text);
    print("frames in use      %16" PRIu64 "   %s; free %s\n", frames.managed - frames.free,
          size_text(used).text, size_text(frames.free << PAGE_SHIFT).text);

    log_info("stats",
             "%" PRIu64 " allocations, %" PRIu64 " frees, %" PRIu64 " live blocks (peak %" PRIu64
             "), %" PRIu64 " live bytes (peak %" PRIu64 ")",
             heap.allocations, heap.frees, heap.live_blocks, heap.live_blocks_peak, heap.live_bytes,
             heap.live_bytes_peak);
    return true;
}

const struct command command_stats = {
    .name = "stats",
    .arguments = "",
    .summary = "allocation statistics, here and into the log",
    .help =
        "Every kmalloc and kfree since the start is counted; bytes are usable bytes of blocks.\n"
        "'heap' and 'frames' tell more.\n",
    .run = run_stats,
};
