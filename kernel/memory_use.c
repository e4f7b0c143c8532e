/* SPDX-License-Identifier: MIT
 * Who holds the memory that firmware gave up, counted from what the managers say now.
 *
 * The final map is walked beside the spans of the frames, both in order of address. What lies in memory that comes
 * to the kernel is a managed frame, the image, early memory, or left alone for a reason (first MiB, no write-back,
 * above the direct map, or under the framebuffer, which counts as out of service); anything else is missing here and
 * shows as a total that is too small. Frames are then split by their class. What the loader handed over was copied to
 * the heap: the blocks of those copies are named, and are not the heap's. Two classes have no row: FRAME_KERNEL is the
 * tracker's table, an account like the frames'; the rest belong to nobody who runs now, and show as KERNEL_OTHER.
 * Cost: O(ranges + spans). */
#include <kernel/machine.h>

#include <boot/address_map.h>
#include <mm/mm.h>

struct span_walk {
    const struct frame_span *spans;
    size_t count, at;
};

static uint64_t overlap(uint64_t start, uint64_t end, uint64_t other_start, uint64_t other_end)
{
    const uint64_t from = start > other_start ? start : other_start;
    const uint64_t to = end < other_end ? end : other_end;
    return from < to ? to - from : 0;
}

/* Managed bytes of [start, end); each call starts where the one before ended, or behind. */
static uint64_t managed_in(struct span_walk *walk, uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;
    for (; walk->at < walk->count; walk->at++) {
        const struct frame_span *span = &walk->spans[walk->at];
        const uint64_t first = pfn_to_phys(span->first).value;
        const uint64_t last = first + (span->count << PAGE_SHIFT);
        bytes += overlap(start, end, first, last);
        if (last > end)
            break;
    }
    return bytes;
}

static uint64_t in_range(const struct boot_range *range, uint64_t start, uint64_t end)
{
    return overlap(start, end, range->start, range->start + range->size);
}

/* What is left to the framebuffer, and is not ours otherwise. */
static uint64_t in_screen(uint64_t start, uint64_t end)
{
    const struct boot_range screen = mm_screen_range();
    const uint64_t from = screen.start > start ? screen.start : start;
    const uint64_t to = screen.start + screen.size < end ? screen.start + screen.size : end;
    if (from >= to)
        return 0;
    return to - from - in_range(&mm_boot_info()->image, from, to) -
           in_range(&mm_boot_info()->early_memory, from, to);
}

/* What of this range the kernel has, or has decided not to touch. */
static uint64_t count_range(const struct memory_range *range, struct span_walk *walk,
                            struct ledger_use *use)
{
    const struct boot_info *boot = mm_boot_info();
    const uint64_t end = range->end.value;
    const uint64_t low = overlap(range->start.value, end, 0, MIB);
    const uint64_t start = range->start.value + low;
    use->low_memory += low;
    const bool is_cached = (range->attributes & EFI_ATTRIBUTE_WB) != 0;
    const uint64_t reach = is_cached ? overlap(start, end, 0, DIRECT_MAP_SIZE) : 0;
    const uint64_t image = in_range(&boot->image, start, start + reach);
    const uint64_t early = in_range(&boot->early_memory, start, start + reach);
    const uint64_t screen = in_screen(start, start + reach);
    use->image += image;
    use->early += early;
    use->offline += screen;
    return low + (end - start - reach) + image + early + screen +
           managed_in(walk, start, start + reach);
}

static void count_map(struct ledger_use *use)
{
    const struct memory_map *map = mm_memory_map();
    struct span_walk walk = {};
    walk.spans = frames_spans(mm_frames(), &walk.count);
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        if (range->class == MEMORY_USABLE)
            (void)count_range(range, &walk, use);
        else if (range->class == MEMORY_BOOT_SERVICES)
            use->from_boot_services += count_range(range, &walk, use);
        else if (range->class == MEMORY_LOADER)
            use->from_loader += count_range(range, &walk, use);
    }
}

/* Bytes of the block of the heap that a copy lies in; 0: it lies in early memory, which is counted as that. */
static uint64_t copy_bytes(uint64_t start, uint64_t size)
{
    virt_addr_t block;
    size_t block_size;
    if (size == 0 || heap_find(mm_heap(), virt_of(phys_to_virt(phys_addr(start))), &block,
                               &block_size) != STATUS_OK)
        return 0;
    return block_size;
}

static uint64_t map_bytes(const struct boot_map *map)
{
    return copy_bytes(map->start, map->count);
}

static uint64_t handed_over_bytes(void)
{
    const struct boot_info *boot = mm_boot_info();
    const struct boot_table *tables = phys_to_virt(phys_addr(boot->tables.start));
    uint64_t bytes = copy_bytes(boot->options.start, boot->options.size) +
                     copy_bytes(boot->vendor.start, boot->vendor.size) +
                     copy_bytes(boot->tables.start, boot->tables.size) +
                     map_bytes(&boot->entry_map) + map_bytes(&boot->final_map);
    if (boot->before_exit_map.start != boot->final_map.start)
        bytes += map_bytes(&boot->before_exit_map);
    for (size_t i = 0; i < boot->tables.size / sizeof tables[0]; i++)
        bytes += copy_bytes(tables[i].start, tables[i].size);
    return bytes;
}

struct ledger_use machine_memory_use(void)
{
    struct ledger_use use = {};
    struct frame_totals frames;
    count_map(&use);
    frames_totals(mm_frames(), &frames);
    const uint64_t *by_class = frames.by_class;
    const uint64_t heap =
        by_class[FRAME_SLAB] + by_class[FRAME_HEAP_LARGE] + by_class[FRAME_HEAP_RECORDS];
    const uint64_t tracker = mm_memstat()->capacity * sizeof(struct memstat_entry);
    use.tables = by_class[FRAME_PAGE_TABLE] << PAGE_SHIFT;
    use.metadata = (by_class[FRAME_METADATA] << PAGE_SHIFT) + tracker;
    use.handed_over = handed_over_bytes();
    use.heap = (heap << PAGE_SHIFT) - use.handed_over;
    use.offline += by_class[FRAME_OFFLINE] << PAGE_SHIFT;
    use.free = frames.free << PAGE_SHIFT;
    return use;
}
