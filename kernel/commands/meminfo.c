/* SPDX-License-Identifier: MIT
 * Linux's names where they mean the same here; our own where Linux has no such thing. */
#include <kernel/command.h>

#include <arch/trap.h>
#include <boot/address_map.h>
#include <kernel/console.h>
#include <mm/mm.h>

static void line(const char *name, uint64_t bytes)
{
    char label[24];
    format_text(label, sizeof label, "%s:", name);
    print("%-15s %8" PRIu64 " kB\n", label, bytes / KIB);
}

static uint64_t overlap(uint64_t start, uint64_t end, uint64_t other_start, uint64_t other_end)
{
    uint64_t from = start > other_start ? start : other_start;
    uint64_t to = end < other_end ? end : other_end;
    return from < to ? to - from : 0;
}

struct our_memory {
    uint64_t low;       /* usable, but below 1 MiB: never given to the frames */
    uint64_t kept;      /* ours from 1 MiB up, but not given to the frames */
    uint64_t reclaimed; /* was boot services' or the loader's, and is managed now */
};

static bool is_ours(enum memory_class class)
{
    return class == MEMORY_USABLE || class == MEMORY_BOOT_SERVICES || class == MEMORY_LOADER;
}

/* Both lists are sorted and disjoint: one pass over the two. */
static struct our_memory measure(void)
{
    struct our_memory out = {};
    const struct memory_map *map = mm_memory_map();
    size_t span_count, span = 0;
    const struct frame_span *spans = frames_spans(mm_frames(), &span_count);

    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        uint64_t start = range->start.value, end = range->end.value, managed = 0;
        if (!is_ours(range->class))
            continue;
        while (span < span_count &&
               (spans[span].first.value + spans[span].count) << PAGE_SHIFT <= start)
            span++;
        for (size_t at = span; at < span_count && spans[at].first.value << PAGE_SHIFT < end; at++)
            managed += overlap(start, end, spans[at].first.value << PAGE_SHIFT,
                               (spans[at].first.value + spans[at].count) << PAGE_SHIFT);
        uint64_t low = overlap(start, end, 0, MIB);
        out.low += low;
        out.kept += end - start - low - managed;
        if (range->class != MEMORY_USABLE)
            out.reclaimed += managed;
    }
    return out;
}

static uint64_t static_stacks(void)
{
    struct trap_stack stack;
    uint64_t bytes = 0;
    for (unsigned i = 0; trap_stack_get(i, &stack); i++)
        bytes += stack.end.value - stack.start.value;
    return bytes;
}

static uint64_t range_bytes(const struct range_allocator *ranges)
{
    uint64_t bytes = 0;
    for (const struct virtual_range *range = nullptr;
         (range = ranges_next(ranges, range)) != nullptr;)
        bytes += range->size;
    return bytes;
}

/* Bytes of the direct map by size of page. */
struct direct_map {
    uint64_t by_4k, by_2m, by_1g;
};

static bool count_extent(void *state, const struct page_extent *extent)
{
    struct direct_map *direct = state;
    if (extent->leaf_size == PAGE_SIZE)
        direct->by_4k += extent->size;
    else if (extent->leaf_size == 2 * MIB)
        direct->by_2m += extent->size;
    else
        direct->by_1g += extent->size;
    return true;
}

static void print_ours(const struct frame_totals *frames, const struct our_memory *ours)
{
    line("LowReserved", ours->low);
    line("Kept", ours->kept);
    line("Reclaimed", ours->reclaimed);
    line("KernelImage", mm_boot_info()->image.size);
    line("EarlyArena", arena_used(mm_early_arena()));
    line("FrameMetadata", frames->by_class[FRAME_METADATA] << PAGE_SHIFT);
    line("HeapLarge", frames->by_class[FRAME_HEAP_LARGE] << PAGE_SHIFT);
    line("HeapRecords", frames->by_class[FRAME_HEAP_RECORDS] << PAGE_SHIFT);
    line("AcpiReclaim", mm_memory_map()->bytes[MEMORY_ACPI_RECLAIM]);
    line("Runtime",
         mm_memory_map()->bytes[MEMORY_RUNTIME_CODE] + mm_memory_map()->bytes[MEMORY_RUNTIME_DATA]);
}

static bool run_meminfo(unsigned, const char *const *)
{
    struct frame_totals frames;
    struct heap_totals heap;
    struct direct_map direct = {};
    frames_totals(mm_frames(), &frames);
    heap_totals(mm_heap(), &heap);
    struct our_memory ours = measure();
    uint64_t direct_base = mm_boot_info()->direct_map_virtual;
    page_table_visit(mm_kernel_table(), virt_addr(direct_base),
                     virt_addr(direct_base + DIRECT_MAP_SIZE - 1), count_extent, &direct);

    line("MemTotal", (frames.managed << PAGE_SHIFT) + ours.kept);
    line("MemFree", frames.free << PAGE_SHIFT);
    line("MemAvailable", frames.free << PAGE_SHIFT);
    line("Slab", frames.by_class[FRAME_SLAB] << PAGE_SHIFT);
    line("KernelStack", static_stacks() + (frames.by_class[FRAME_STACK] << PAGE_SHIFT));
    line("PageTables", page_table_count(mm_kernel_table()) << PAGE_SHIFT);
    line("VmallocTotal", HEAP_SIZE + MAPPINGS_SIZE);
    line("VmallocUsed", range_bytes(mm_heap_window()) + range_bytes(mm_mappings()));
    line("HardwareCorrupted",
         (frames.by_class[FRAME_OFFLINE] << PAGE_SHIFT) + mm_memory_map()->bytes[MEMORY_UNUSABLE]);
    line("DirectMap4k", direct.by_4k);
    line("DirectMap2M", direct.by_2m);
    line("DirectMap1G", direct.by_1g);
    print_ours(&frames, &ours);
    return true;
}

COMMAND(meminfo) = {
    .name = "meminfo",
    .usage = "",
    .summary = "how much memory there is, in the format of Linux's /proc/meminfo",
    .help =
        "MemTotal     RAM from 1 MiB up that is ours: managed frames, and Kept\n"
        "MemFree      free frames; MemAvailable is the same: nothing is cached yet\n"
        "Slab, PageTables, KernelStack, DirectMap..  as in Linux; KernelStack: the static stacks\n"
        "VmallocTotal the heap window and the area of mappings; VmallocUsed: handed out there\n"
        "Kept         ours, but not given to the frames: image, early memory, loader's data\n"
        "LowReserved  usable memory below 1 MiB, kept for the trampolines of other processors\n"
        "Reclaimed    frames that were boot services' or the loader's\n",
    .run = run_meminfo,
};
