/* SPDX-License-Identifier: MIT
 * The kernel's own memory: the one instance of each manager, and what the rest of the kernel calls. How they
 * come to life: mm/start.c. */
#include "instances.h"

#include <base/string.h>

constexpr uint64_t MEMSTAT_FRAMES = 32; /* 8192 places of 16 bytes */

struct mm_instances mm;

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

/* Frames were refused, and idle slabs have given some back: it is worth asking once more. */
[[gnu::noinline]] static bool trim_helps(status_t status)
{
    return status == STATUS_NO_MEMORY && heap_trim(mm.heap) > 0;
}

void *kmalloc(size_t size)
{
    void *block;
    status_t status = heap_alloc(mm.heap, size, &block);
    if (status != STATUS_OK && trim_helps(status))
        status = heap_alloc(mm.heap, size, &block);
    return status == STATUS_OK ? block : nullptr;
}

void *kcalloc(size_t count, size_t size)
{
    void *block;
    status_t status = heap_alloc_zeroed(mm.heap, count, size, &block);
    if (status != STATUS_OK && trim_helps(status))
        status = heap_alloc_zeroed(mm.heap, count, size, &block);
    return status == STATUS_OK ? block : nullptr;
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    void *block;
    status_t status = heap_alloc_aligned(mm.heap, size, alignment, &block);
    if (status != STATUS_OK && trim_helps(status))
        status = heap_alloc_aligned(mm.heap, size, alignment, &block);
    return status == STATUS_OK ? block : nullptr;
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

void mm_tell_damage(void *owner, const struct heap_misuse *misuse)
{
    (void)owner;
    tell("kmalloc", misuse);
}

void *krealloc(void *block, size_t size)
{
    struct heap_misuse misuse;
    void *moved;
    status_t status = heap_resize(mm.heap, block, size, &moved, &misuse);
    if (status != STATUS_OK && trim_helps(status))
        status = heap_resize(mm.heap, block, size, &moved, &misuse);
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
    status_t status = object_cache_alloc(cache, &object);
    if (status != STATUS_OK && trim_helps(status))
        status = object_cache_alloc(cache, &object);
    return status == STATUS_OK ? object : nullptr;
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
    if (status != STATUS_OK && trim_helps(status))
        status = frames_alloc_run(mm.frames, MEMSTAT_FRAMES, 1, FRAME_KERNEL, 0, &first);
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
    if (status != STATUS_OK && trim_helps(status))
        status = kernel_space_map_device(&mm.space, start, size, type, name, &virt);
    if (status == STATUS_OK)
        *out = (void *)(uintptr_t)virt.value;
    return status;
}

status_t mm_unmap_device(void *start)
{
    return kernel_space_unmap_device(&mm.space, virt_of(start));
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
