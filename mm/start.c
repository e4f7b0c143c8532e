/* SPDX-License-Identifier: MIT
 * The kernel's own memory: the order in which the managers come to life, and who gets which memory.
 *
 *   boot_info ─► memory map ─► frames (spans only) ─► own tables ─► heap ─► adoption ─► reclaim
 *
 * ST1  Until reclaim, nothing of the loader's memory is reused; after it, boot_info and all that it names
 *     are copies on the heap, but for the image and the used part of early memory, which stay.
 * ST2  No byte below 1 MiB is ever given to the frames: firmware, SMM and old habits write there, and page 0
 *     would make null a valid frame.
 * ST3  What was given to the frames is usable, boot-services or loader memory of the judged map; what the
 *     loader handed over is not, whatever the map calls it.
 * ST4  The framebuffer is not given to the frames, whatever the map calls the memory there.
 * Cost: linear in the entries of the firmware's map; nothing depends on the amount of RAM. */
#include "instances.h"

#include <arch/cpu.h>
#include <base/assert.h>
#include <base/string.h>
#include <boot/address_map.h>

#include <stdckdint.h>

constexpr uint64_t LOW_MEMORY_END = MIB; /* ST2 */
constexpr size_t GIFT_SPANS = 8;         /* on the stack */

/* ---- starting up ---- */

status_t mm_init_map(const struct boot_info *boot, const char **fault)
{
    mm.boot = *boot;
    arena_init(&mm.early, phys_to_virt(phys_addr(boot->early_memory.start)),
               boot->early_memory.size);
    const size_t count = boot->final_map.count;
    const size_t size = memory_map_memory_size(count);
    void *memory;
    *fault = "early memory for the memory map";
    status_t status = size == 0 ? STATUS_OVERFLOW : arena_alloc(&mm.early, size, &memory);
    if (status != STATUS_OK)
        return status;
    *fault = "the memory map";
    return memory_map_build(mm_boot_regions(), count, cpu_features()->phys_bits, memory, size,
                            &mm.map);
}

void mm_set_nodes(const struct mm_node_range *ranges, size_t count)
{
    mm.nodes = ranges;
    mm.node_count = count;
}

/* The node of `at`, and in *end where the answer may change. Memory that the SRAT does not name is node 0. */
static uint32_t node_at(uint64_t at, uint64_t *end)
{
    for (size_t i = 0; i < mm.node_count; i++) {
        const struct mm_node_range *range = &mm.nodes[i];
        if (at >= range->start.value && at < range->end.value) {
            *end = range->end.value < *end ? range->end.value : *end;
            return range->node;
        }
        if (range->start.value > at && range->start.value < *end)
            *end = range->start.value;
    }
    return 0;
}

/* Spans on their way to the frames, in order of address: given many at a time, for each time moves what is
 * there already. */
struct gift {
    struct frame_span *spans;
    size_t count, capacity;
    uint64_t bytes; /* given in all */
};

static status_t gift_deliver(struct gift *gift)
{
    const size_t count = gift->count;
    gift->count = 0;
    return frames_put_ranges(mm.frames, gift->spans, count);
}

/* Give [start, end) to the frames, cut where the node changes; nothing below 1 MiB. */
static status_t give_to_frames(uint64_t start, uint64_t end, struct gift *gift)
{
    start = start < LOW_MEMORY_END ? LOW_MEMORY_END : start;
    while (start < end) {
        uint64_t piece_end = end;
        uint32_t node = node_at(start, &piece_end);
        piece_end = align_down(piece_end, PAGE_SIZE);
        if (piece_end <= start) /* a node border inside a page */
            piece_end = start + PAGE_SIZE;
        const struct frame_span span = {phys_to_pfn(phys_addr(start)),
                                        (piece_end - start) >> PAGE_SHIFT, node};
        status_t status = gift->count == gift->capacity ? gift_deliver(gift) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
        ASSERT(ST2, start >= LOW_MEMORY_END && piece_end <= end);
        ASSERT(ST3, gift->count < gift->capacity);
        gift->spans[gift->count++] = span;
        gift->bytes += piece_end - start;
        start = piece_end;
    }
    return STATUS_OK;
}

/* Give a range to the frames but for the parts that stay ours. */
static status_t give_around(uint64_t start, uint64_t end, const struct boot_range *kept,
                            size_t count, struct gift *gift)
{
    while (start < end) {
        uint64_t piece_end = end, next = end;
        for (size_t i = 0; i < count; i++) {
            const uint64_t kept_end = align_up(kept[i].start + kept[i].size, PAGE_SIZE);
            if (kept_end <= start || kept[i].start >= piece_end)
                continue;
            piece_end = kept[i].start > start ? align_down(kept[i].start, PAGE_SIZE) : start;
            next = kept_end < end ? kept_end : end;
        }
        ASSERT(ST3, next > start && piece_end <= next);
        status_t status = give_to_frames(start, piece_end, gift);
        if (status != STATUS_OK)
            return status;
        start = next;
    }
    return STATUS_OK;
}

/* ST4: where it is, even if the loader found that it cannot be drawn on. */
struct boot_range mm_screen_range(void)
{
    const struct boot_framebuffer *screen = &mm.boot.framebuffer;
    const uint64_t start = align_down(screen->start, PAGE_SIZE);
    uint64_t end;
    if (screen->size == 0 || ckd_add(&end, screen->start, screen->size) ||
        end > UINT64_MAX - PAGE_SIZE)
        return (struct boot_range){0};
    return (struct boot_range){start, align_up(end, PAGE_SIZE) - start};
}

static bool is_ours(enum memory_class class)
{
    return class == MEMORY_USABLE || class == MEMORY_BOOT_SERVICES || class == MEMORY_LOADER;
}

status_t mm_init_frames(const char **fault)
{
    uint64_t limit = 0;
    for (size_t i = 0; i < mm.map.range_count; i++)
        if (is_ours(mm.map.ranges[i].class))
            limit = mm.map.ranges[i].end.value;
    /* The direct map is what makes memory reachable: what lies above it stays unused. */
    limit = limit > DIRECT_MAP_SIZE ? DIRECT_MAP_SIZE : limit;
    const size_t capacity = 2 * (mm.map.range_count + mm.node_count) + 16;
    const pfn_t limit_frame = phys_to_pfn(phys_addr(limit));
    const struct frame_hooks hooks = {.section_online = kernel_space_online, .owner = &mm.space};
    const size_t size = frames_memory_size(capacity, limit_frame);
    void *memory;
    *fault = "early memory for the frame allocator";
    status_t status = size == 0 ? STATUS_OVERFLOW : arena_alloc(&mm.early, size, &memory);
    if (status != STATUS_OK)
        return status;
    memset(memory, 0, size);
    *fault = "the frame allocator";
    status = frames_init(memory, size, capacity, limit_frame, mm.boot.direct_map_virtual, &hooks,
                         &mm.frames);
    *fault = "the usable memory";
    struct frame_span spans[GIFT_SPANS];
    struct gift gift = {.spans = spans, .capacity = GIFT_SPANS};
    const struct boot_range kept[] = {mm.boot.loader, mm_screen_range()};
    for (size_t i = 0; i < mm.map.range_count && status == STATUS_OK; i++) {
        const struct memory_range *range = &mm.map.ranges[i];
        const uint64_t end = range->end.value < limit ? range->end.value : limit;
        if (range->class == MEMORY_USABLE && (range->attributes & EFI_ATTRIBUTE_WB) != 0)
            status = give_around(range->start.value, end, kept, 2, &gift);
    }
    if (status == STATUS_OK)
        status = gift_deliver(&gift);
    if (status == STATUS_OK && gift.bytes == 0) {
        *fault = "the firmware's map has no memory above 1 MiB that is free and can be cached";
        status = STATUS_NO_MEMORY;
    }
    return status;
}

status_t mm_init_paging(const char **fault)
{
    mm.space.boot = &mm.boot;
    mm.space.map = &mm.map;
    mm.space.early = &mm.early;
    status_t status = kernel_space_init(&mm.space, mm.boot.direct_map_virtual, fault);
    if (status == STATUS_OK)
        mm.space.frames = mm.frames;
    return status;
}

status_t mm_init_heap(const char **fault)
{
    const struct heap_window window = {
        .map = kernel_space_map_window,
        .unmap = kernel_space_unmap_window,
        .owner = &mm.space,
        .start = virt_addr(HEAP_BASE),
        .end = virt_addr(HEAP_BASE + HEAP_SIZE),
    };
    const size_t size = heap_memory_size();
    void *memory;
    *fault = "the kernel heap";
    status_t status = arena_alloc(&mm.early, size, &memory);
    if (status != STATUS_OK)
        return status;
    memset(memory, 0, size);
    status = heap_init(memory, size, mm.frames, mm.boot.direct_map_virtual, &window, &mm.heap);
    if (status != STATUS_OK)
        return status;
    heap_set_report(mm.heap, mm_tell_damage, nullptr);
    mm.memstat.heap = mm.heap;
    return STATUS_OK;
}

/* ---- reclaim ---- */

/* Replace a range of the loader's by a copy on the heap. */
static status_t adopt(uint64_t *start, uint64_t size)
{
    phys_addr_t phys;
    void *copy;
    if (size == 0)
        return STATUS_OK;
    /* A larger block of the heap would not lie in the direct map, where boot_info says it is. Early memory
     * helps out, which stays as well: a machine may have next to no memory until reclaim. */
    status_t status =
        size > HEAP_WINDOW_MIN ? STATUS_UNSUPPORTED : heap_alloc(mm.heap, size, &copy);
    if (status != STATUS_OK)
        status = arena_alloc(&mm.early, size, &copy);
    if (status != STATUS_OK)
        return status;
    memcpy(copy, phys_to_virt(phys_addr(*start)), size);
    status = virt_to_phys(virt_of(copy), &phys);
    ASSERT(ST1, status == STATUS_OK);
    *start = phys.value;
    return STATUS_OK;
}

static status_t adopt_map(struct boot_map *map)
{
    return adopt(&map->start, map->count * sizeof(struct boot_region));
}

/* Two of the maps may be one array, and stay one. */
static status_t adopt_maps(void)
{
    struct boot_map *before = &mm.boot.before_exit_map, *final = &mm.boot.final_map;
    const bool is_one = before->start == final->start;
    status_t status = adopt_map(&mm.boot.entry_map);
    if (status == STATUS_OK)
        status = adopt_map(final);
    if (is_one)
        before->start = final->start;
    return status == STATUS_OK && !is_one ? adopt_map(before) : status;
}

static status_t adopt_boot_info(void)
{
    status_t status = adopt(&mm.boot.options.start, mm.boot.options.size);
    if (status == STATUS_OK)
        status = adopt(&mm.boot.vendor.start, mm.boot.vendor.size);
    if (status == STATUS_OK)
        status = adopt_maps();
    if (status == STATUS_OK)
        status = adopt(&mm.boot.tables.start, mm.boot.tables.size);
    struct boot_table *tables = phys_to_virt(phys_addr(mm.boot.tables.start));
    for (size_t i = 0; status == STATUS_OK && i < mm.boot.tables.size / sizeof tables[0]; i++)
        status = adopt(&tables[i].start, tables[i].size);
    return status;
}

/* Give a range to the frames if it is boot-services or loader memory that nobody uses. Where firmware calls usable
 * what it gave to the loader, only that part is new: the rest was given at the start. */
static status_t give_handed_over(const struct memory_range *range, const struct boot_range *loader,
                                 struct gift *gift, struct mm_reclaimed *reclaimed)
{
    const struct boot_range kept[] = {mm.boot.image, mm.boot.early_memory, mm_screen_range()};
    uint64_t start = range->start.value, end = range->end.value, uncounted = 0;
    uint64_t *bytes = range->class == MEMORY_BOOT_SERVICES ? &reclaimed->boot_services_bytes
                      : range->class == MEMORY_LOADER      ? &reclaimed->loader_bytes
                      : range->class == MEMORY_USABLE      ? &uncounted
                                                           : nullptr;
    if (range->class == MEMORY_USABLE) {
        const uint64_t first = align_down(loader->start, PAGE_SIZE);
        const uint64_t last = align_up(loader->start + loader->size, PAGE_SIZE);
        start = start > first ? start : first;
        end = end < last ? end : last;
    }
    end = end < DIRECT_MAP_SIZE ? end : DIRECT_MAP_SIZE;
    if (bytes == nullptr || (range->attributes & EFI_ATTRIBUTE_WB) == 0 || start >= end)
        return STATUS_OK;
    const uint64_t before = gift->bytes;
    status_t status = give_around(start, end, kept, 3, gift);
    *bytes += gift->bytes - before;
    return status;
}

status_t mm_reclaim(struct mm_reclaimed *out, const char **fault)
{
    struct mm_reclaimed reclaimed = {0};
    const struct boot_range loader = mm.boot.loader;
    *fault = "copies of what the loader handed over";
    status_t status = adopt_boot_info();
    if (status != STATUS_OK)
        return status;
    /* Early memory ends here: its unused tail is given back. */
    arena_seal(&mm.early, PAGE_SIZE);
    mm.boot.early_memory.size = (uint64_t)(mm.early.end - mm.early.start);
    mm.boot.loader = (struct boot_range){0};
    mm.boot.first_tables = 0;
    *fault = "boot-services and loader memory";
    struct frame_span few[GIFT_SPANS];
    struct gift gift = {.spans = few, .capacity = GIFT_SPANS};
    void *many;
    const size_t wanted = mm.map.range_count + mm.node_count + 2;
    bool has_many = heap_alloc(mm.heap, wanted * sizeof few[0], &many) == STATUS_OK;
    if (has_many) /* else it takes longer: a machine may have next to no memory until now */
        gift = (struct gift){.spans = many, .capacity = wanted};
    for (size_t i = 0; i < mm.map.range_count && status == STATUS_OK; i++)
        status = give_handed_over(&mm.map.ranges[i], &loader, &gift, &reclaimed);
    if (status == STATUS_OK)
        status = gift_deliver(&gift);
    if (has_many) {
        status_t freed = heap_free(mm.heap, many, nullptr);
        ASSERT(ST1, freed == STATUS_OK);
    }
    if (status != STATUS_OK)
        return status;
    ASSERT(ST3, reclaimed.loader_bytes <= mm.map.bytes[MEMORY_LOADER] &&
                    reclaimed.boot_services_bytes <= mm.map.bytes[MEMORY_BOOT_SERVICES]);
    reclaimed.kept_bytes = mm.map.bytes[MEMORY_BOOT_SERVICES] + mm.map.bytes[MEMORY_LOADER] -
                           reclaimed.boot_services_bytes - reclaimed.loader_bytes;
    *out = reclaimed;
    return STATUS_OK;
}
