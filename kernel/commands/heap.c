/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

static void print_count(const char *name, uint64_t now, uint64_t peak)
{
    print("  %-14s %16" PRIu64 "   peak %16" PRIu64 "\n", name, now, peak);
}

static void print_bytes(const char *name, uint64_t now, uint64_t peak)
{
    print("  %-14s %16" PRIu64 "   peak %16" PRIu64 "   %s, peak %s\n", name, now, peak,
          size_text(now).text, size_text(peak).text);
}

static void print_totals(const struct heap_totals *totals)
{
    print_count("live blocks", totals->live_blocks, totals->live_blocks_peak);
    print_bytes("live bytes", totals->live_bytes, totals->live_bytes_peak);
    print_bytes("held bytes", totals->held_bytes, totals->held_bytes_peak);
    print("  %-14s %16" PRIu64 "\n", "allocations", totals->allocations);
    print("  %-14s %16" PRIu64 "\n", "frees", totals->frees);
    print("  %-14s %16" PRIu64 "   bytes ever asked for, %s\n", "handed out",
          totals->requested_total, size_text(totals->requested_total).text);
    print("  %-14s %16" PRIu64 "   out of memory, or a size that cannot be\n", "refusals",
          totals->refusals);
    print("  %-14s %16" PRIu64 "   bad pointers\n", "misuses", totals->misuses);
    print("  %-14s %16" PRIu64 "   and %" PRIu64 " large blocks, %" PRIu64 " in the window\n",
          "slabs", totals->slabs, totals->large_blocks, totals->window_blocks);
}

static void print_class(const char *name, const struct heap_class *class)
{
    print("%8zu %6zu %6" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %12" PRIu64 " %12" PRIu64
          " %12" PRIu64 " %s\n",
          class->block_size, class->slab_size, class->slabs, class->blocks, class->live,
          class->live_peak, class->allocations, class->frees,
          (class->blocks - class->live) * class->block_size, name);
}

/* The size classes that were ever used, and the object caches. */
static void print_classes(void)
{
    const struct object_cache *cache;
    struct heap_class class;
    print("\n%8s %6s %6s %8s %8s %8s %12s %12s %12s\n", "block", "slab", "slabs", "blocks", "live",
          "peak", "allocations", "frees", "free bytes");
    for (unsigned i = 0; heap_class_get(mm_heap(), i, &class); i++) {
        if (class.allocations != 0)
            print_class("", &class);
    }
    for (unsigned i = 0; (cache = object_cache_get(mm_heap(), i)) != nullptr; i++) {
        struct object_cache_stats stats;
        object_cache_stats(cache, &stats);
        print_class(stats.name, &stats.class);
    }
}

/* K3. The window serves blocks over 2 MiB; smaller ones lie in the direct map. */
static void print_window(const struct heap_totals *totals)
{
    const struct range_allocator *window = mm_heap_window();
    print("\nheap_start     %016" PRIx64 "\n", window->start.value);
    print("heap_end       %016" PRIx64 "   %s of addresses\n", window->end.value,
          size_text(window->end.value - window->start.value).text);
    print("heap_curr      %016" PRIx64 "   highest ever used, guard page included\n",
          mm_heap_window_peak().value);
    for (const struct virtual_range *range = nullptr;
         (range = ranges_next(window, range)) != nullptr;)
        print("  block        %016" PRIx64 "   %16" PRIu64 " bytes  %s\n", range->start.value,
              range->size, size_text(range->size).text);
    print("rounded up     %16" PRIu64 "   bytes of these blocks behind the last page asked for\n",
          totals->window_waste);
}

static void print_level(const struct heap_totals *totals)
{
    struct heap_misuse misuse;
    if (heap_get_level(mm_heap()) == HEAP_L0) {
        print("\nlevel          l0: nobody looks behind blocks (heap=l1 does)\n");
        return;
    }
    if (heap_audit(mm_heap(), &misuse) == STATUS_OK)
        print("\nlevel          l1: %" PRIu64 " live bytes were asked for, %" PRIu64
              " blocks retired, no damage\n",
              totals->live_requested, totals->retired);
    else
        print("\nlevel          l1: %s: block %016" PRIx64 ", %zu bytes, at offset %zu\n",
              status_text(misuse.status), misuse.block.value, misuse.block_size, misuse.offset);
}

static bool run_heap(unsigned, const char *const *)
{
    struct heap_totals totals;
    heap_totals(mm_heap(), &totals);
    print_totals(&totals);
    print_classes();
    print_level(&totals);
    print_window(&totals);
    uint64_t largest = frames_largest_run(mm_frames()) << PAGE_SHIFT;
    print("largest        %16" PRIu64 "   bytes in one run of frames, %s\n", largest,
          size_text(largest).text);
    return true;
}

COMMAND(heap) = {
    .name = "heap",
    .usage = "",
    .summary = "the kernel heap: what is live, what it holds, where it lies",
    .help = "live: blocks in use. held: frames that the heap has, its records included. The table\n"
            "has one line for each size that was ever used, and for each object cache; free bytes "
            "are in\n"
            "slabs, but in no live block. heap_start, heap_end and heap_curr\n"
            "are those of the guarded window for blocks over 2 MiB.\n",
    .run = run_heap,
};
