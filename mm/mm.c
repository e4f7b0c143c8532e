/* SPDX-License-Identifier: MIT
 * The kernel's own memory: one instance of each manager, and the order in which they come to life.
 *
 *   boot_info ─► memory map ─► frames (spans only) ─► own tables ─► heap ─► adoption ─► reclaim
 *
 * M1  Until reclaim, nothing of the loader's memory is reused; after it, boot_info and all that it names
 *     are copies on the heap, but for the image and the used part of early memory, which stay.
 * M2  No byte below 1 MiB is ever given to the frames: firmware, SMM and old habits write there, and page 0
 *     would make null a valid frame.
 * M3  What was given to the frames is usable, boot-services or loader memory of the judged map; what the
 *     loader handed over is not, whatever the map calls it.
 * Cost: linear in the entries of the firmware's map; nothing depends on the amount of RAM. */
#include <mm/mm.h>

#include "kernel_space.h"

#include <arch/cpu.h>
#include <base/assert.h>
#include <base/string.h>
#include <boot/address_map.h>

constexpr uint64_t LOW_MEMORY_END = MIB; /* M2 */
constexpr uint64_t MEMSTAT_FRAMES = 32;  /* 8192 places of 16 bytes */

static struct {
    struct boot_info boot; /* our copy of the struct; what it names is copied at reclaim */
    struct memory_map map;
    struct arena early;
    struct frame_allocator *frames;
    struct kernel_space space;
    struct heap *heap;
    struct memstat memstat;
    mm_misuse_hook *misuse;
    const struct mm_node_range *nodes; /* in early memory */
    size_t node_count;
} mm;

/* ---- the instances ---- */

const struct boot_info *mm_boot_info(void)
{
    return &mm.boot;
}

const struct memory_map *mm_memory_map(void)
{
    return &mm.map;
}

const struct boot_region *mm_boot_regions(void)
{
    return phys_to_virt(phys_addr(mm.boot.final_map.start));
}

struct arena *mm_early_arena(void)
{
    return &mm.early;
}

struct frame_allocator *mm_frames(void)
{
    return mm.frames;
}

struct page_table *mm_kernel_table(void)
{
    return &mm.space.table;
}

const struct range_allocator *mm_mappings(void)
{
    return &mm.space.mappings;
}

const struct range_allocator *mm_heap_window(void)
{
    return &mm.space.heap_window;
}

virt_addr_t mm_heap_window_peak(void)
{
    return virt_addr(mm.space.heap_window_peak);
}

struct heap *mm_heap(void)
{
    return mm.heap;
}

const struct memstat *mm_memstat(void)
{
    return &mm.memstat;
}

/* ---- the address of a thing ---- */

void *phys_to_virt(phys_addr_t address)
{
    return (void *)(uintptr_t)(mm.boot.direct_map_virtual + address.value);
}

status_t virt_to_phys(virt_addr_t address, phys_addr_t *out)
{
    struct page_walk walk = page_table_query(&mm.space.table, address);
    if (!walk.canonical)
        return STATUS_NOT_CANONICAL;
    if (!walk.present)
        return STATUS_NOT_MAPPED;
    *out = walk.phys;
    return STATUS_OK;
}

struct mm_owner mm_owner_of(uint64_t address)
{
    return kernel_space_owner(&mm.space, mm.heap, address);
}

/* ---- memory ---- */

void mm_set_misuse_hook(mm_misuse_hook *hook)
{
    mm.misuse = hook;
}

void *kmalloc(size_t size)
{
    void *block;
    return heap_alloc(mm.heap, size, &block) == STATUS_OK ? block : nullptr;
}

void *kcalloc(size_t count, size_t size)
{
    void *block;
    return heap_alloc_zeroed(mm.heap, count, size, &block) == STATUS_OK ? block : nullptr;
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    void *block;
    return heap_alloc_aligned(mm.heap, size, alignment, &block) == STATUS_OK ? block : nullptr;
}

static bool is_exhaustion(status_t status)
{
    return status == STATUS_NO_MEMORY || status == STATUS_OVERFLOW;
}

static void tell(const char *operation, const struct heap_misuse *misuse)
{
    if (mm.misuse != nullptr)
        mm.misuse(operation, misuse);
}

static void tell_damage(void *owner, const struct heap_misuse *misuse)
{
    (void)owner;
    tell("kmalloc", misuse);
}

void *krealloc(void *block, size_t size)
{
    struct heap_misuse misuse;
    void *moved;
    status_t status = heap_resize(mm.heap, block, size, &moved, &misuse);
    if (status == STATUS_OK)
        return moved;
    if (!is_exhaustion(status))
        tell("krealloc", &misuse);
    return nullptr;
}

void kfree(void *block)
{
    struct heap_misuse misuse;
    if (heap_free(mm.heap, block, &misuse) != STATUS_OK)
        tell("kfree", &misuse);
}

size_t kmalloc_usable_size(const void *block)
{
    size_t size;
    return heap_size(mm.heap, block, &size, nullptr) == STATUS_OK ? size : 0;
}

void *kcache_alloc(struct object_cache *cache)
{
    void *object;
    return object_cache_alloc(cache, &object) == STATUS_OK ? object : nullptr;
}

void kcache_free(struct object_cache *cache, void *object)
{
    struct heap_misuse misuse;
    if (object_cache_free(cache, object, &misuse) != STATUS_OK)
        tell("kcache_free", &misuse);
}

/* ---- the tracker ---- */

static status_t start_memstat(void)
{
    pfn_t first;
    status_t status = frames_alloc_run(mm.frames, MEMSTAT_FRAMES, 1, FRAME_KERNEL, 0, &first);
    if (status != STATUS_OK)
        return status;
    void *table = phys_to_virt(pfn_to_phys(first));
    memset(table, 0, MEMSTAT_FRAMES * PAGE_SIZE);
    return memstat_init(&mm.memstat, mm.heap, table, MEMSTAT_FRAMES * PAGE_SIZE);
}

status_t mm_memstat_register(const void *start, size_t size)
{
    status_t status = mm.memstat.capacity == 0 ? start_memstat() : STATUS_OK;
    return status == STATUS_OK ? memstat_add(&mm.memstat, start, size) : status;
}

status_t mm_memstat_unregister(const void *start)
{
    return memstat_remove(&mm.memstat, start);
}

status_t mm_memstat_get_size(const void *start, size_t *out)
{
    return memstat_find_size(&mm.memstat, start, out);
}

/* ---- devices ---- */

status_t mm_map_device(phys_addr_t start, uint64_t size, enum memory_type type, const char *name,
                       void **out)
{
    virt_addr_t virt;
    status_t status = kernel_space_map_device(&mm.space, start, size, type, name, &virt);
    if (status == STATUS_OK)
        *out = (void *)(uintptr_t)virt.value;
    return status;
}

status_t mm_unmap_device(void *start)
{
    return kernel_space_unmap_device(&mm.space, virt_of(start));
}

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

/* Give [start, end) to the frames, cut where the node changes; nothing below 1 MiB. */
static status_t give_to_frames(uint64_t start, uint64_t end, uint64_t *given)
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
        status_t status = frames_put_range(mm.frames, span);
        if (status != STATUS_OK)
            return status;
        *given += piece_end - start;
        start = piece_end;
    }
    return STATUS_OK;
}

/* Give a range to the frames but for the parts that stay ours. */
static status_t give_around(uint64_t start, uint64_t end, const struct boot_range *kept,
                            size_t count, uint64_t *given)
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
        status_t status = give_to_frames(start, piece_end, given);
        if (status != STATUS_OK)
            return status;
        start = next;
    }
    return STATUS_OK;
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
    uint64_t given = 0;
    for (size_t i = 0; i < mm.map.range_count && status == STATUS_OK; i++) {
        const struct memory_range *range = &mm.map.ranges[i];
        const uint64_t end = range->end.value < limit ? range->end.value : limit;
        if (range->class == MEMORY_USABLE && (range->attributes & EFI_ATTRIBUTE_WB) != 0)
            status = give_around(range->start.value, end, &mm.boot.loader, 1, &given);
    }
    if (status == STATUS_OK && given == 0) {
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
    heap_set_report(mm.heap, tell_damage, nullptr);
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
    ASSERT(status == STATUS_OK);
    *start = phys.value;
    return STATUS_OK;
}

static status_t adopt_boot_info(void)
{
    status_t status = adopt(&mm.boot.options.start, mm.boot.options.size);
    if (status == STATUS_OK)
        status = adopt(&mm.boot.vendor.start, mm.boot.vendor.size);
    if (status == STATUS_OK)
        status =
            adopt(&mm.boot.entry_map.start, mm.boot.entry_map.count * sizeof(struct boot_region));
    if (status == STATUS_OK)
        status =
            adopt(&mm.boot.final_map.start, mm.boot.final_map.count * sizeof(struct boot_region));
    if (status == STATUS_OK)
        status = adopt(&mm.boot.tables.start, mm.boot.tables.size);
    struct boot_table *tables = phys_to_virt(phys_addr(mm.boot.tables.start));
    for (size_t i = 0; status == STATUS_OK && i < mm.boot.tables.size / sizeof tables[0]; i++)
        status = adopt(&tables[i].start, tables[i].size);
    return status;
}

status_t mm_reclaim(struct mm_reclaimed *out, const char **fault)
{
    struct mm_reclaimed reclaimed = {0};
    *fault = "copies of what the loader handed over";
    status_t status = adopt_boot_info();
    if (status != STATUS_OK)
        return status;
    /* Early memory ends here: its unused tail is given back. */
    arena_seal(&mm.early, PAGE_SIZE);
    mm.boot.early_memory.size = (uint64_t)(mm.early.end - mm.early.start);
    mm.boot.loader = (struct boot_range){0};
    mm.boot.first_tables = 0;
    const struct boot_range kept[] = {mm.boot.image, mm.boot.early_memory};
    *fault = "boot-services and loader memory";
    for (size_t i = 0; i < mm.map.range_count && status == STATUS_OK; i++) {
        const struct memory_range *range = &mm.map.ranges[i];
        const uint64_t end =
            range->end.value < DIRECT_MAP_SIZE ? range->end.value : DIRECT_MAP_SIZE;
        if ((range->attributes & EFI_ATTRIBUTE_WB) == 0 || range->start.value >= end)
            continue;
        if (range->class == MEMORY_BOOT_SERVICES)
            status = give_around(range->start.value, end, kept, 2, &reclaimed.boot_services_bytes);
        else if (range->class == MEMORY_LOADER)
            status = give_around(range->start.value, end, kept, 2, &reclaimed.loader_bytes);
    }
    if (status != STATUS_OK)
        return status;
    reclaimed.kept_bytes = mm.map.bytes[MEMORY_BOOT_SERVICES] + mm.map.bytes[MEMORY_LOADER] -
                           reclaimed.boot_services_bytes - reclaimed.loader_bytes;
    *out = reclaimed;
    return STATUS_OK;
}

/* ---- checks ---- */

const char *mm_check_paging(struct mm_paging_summary *out, virt_addr_t *where)
{
    return kernel_space_check(&mm.space, out, where);
}

const char *mm_check_all(void)
{
    struct mm_paging_summary summary;
    virt_addr_t where;
    const char *broken = memory_map_check(&mm.map);
    if (broken == nullptr)
        broken = arena_check(&mm.early);
    if (broken == nullptr)
        broken = frames_check(mm.frames);
    if (broken == nullptr)
        broken = ranges_check(&mm.space.mappings);
    if (broken == nullptr)
        broken = ranges_check(&mm.space.heap_window);
    if (broken == nullptr)
        broken = heap_check(mm.heap);
    if (broken == nullptr)
        broken = memstat_check(&mm.memstat);
    return broken != nullptr ? broken : mm_check_paging(&summary, &where);
}
