/* SPDX-License-Identifier: MIT
 * `bench`: the common cases. */
#include <kernel/bench.h>

#include <boot/address_map.h>
#include <mm/mm.h>

constexpr unsigned REPEATS = 64;

/* ---- frames ---- */

static bool measure_order(unsigned order, unsigned repeats, const char *alloc_name,
                          const char *free_name)
{
    struct frame_allocator *fa = mm_frames();
    struct bench_sample allocs = {0}, frees = {0};
    pfn_t frames[REPEATS];
    uint64_t cost;
    status_t status;
    while (allocs.count < repeats) {
        MEASURE(cost, status = frames_alloc(fa, order, FRAME_TEST, &frames[allocs.count]));
        if (status != STATUS_OK)
            break;
        bench_add(&allocs, cost);
    }
    bool all_freed = true;
    for (uint64_t i = allocs.count; i-- > 0;) {
        MEASURE(cost, status = frames_free(fa, frames[i], order));
        all_freed &= status == STATUS_OK;
        bench_add(&frees, cost);
    }
    if (allocs.count < repeats || !all_freed)
        return bench_refuse(alloc_name);
    bench_print_mean(alloc_name, &allocs);
    bench_print_mean(free_name, &frees);
    return true;
}

static bool measure_run(uint64_t length, const char *alloc_name, const char *free_name)
{
    struct frame_allocator *fa = mm_frames();
    struct bench_sample allocs = {0}, frees = {0};
    uint64_t cost;
    for (unsigned i = 0; i < REPEATS; i++) {
        pfn_t run;
        status_t status;
        MEASURE(cost, status = frames_alloc_run(fa, length, 1, FRAME_TEST, 0, &run));
        if (status != STATUS_OK)
            return bench_refuse(alloc_name);
        bench_add(&allocs, cost);
        MEASURE(cost, status = frames_free_run(fa, run, length));
        if (status != STATUS_OK)
            return bench_refuse(free_name);
        bench_add(&frees, cost);
    }
    bench_print_mean(alloc_name, &allocs);
    bench_print_mean(free_name, &frees);
    return true;
}

/* One frame is held throughout, so that no block is claimed and given up while counting. */
bool bench_frames(void)
{
    struct frame_allocator *fa = mm_frames();
    pfn_t held;
    if (frames_alloc(fa, ORDER_FRAME, FRAME_TEST, &held) != STATUS_OK)
        return bench_refuse("frames");
    bool done = measure_order(ORDER_FRAME, REPEATS, "frames_alloc 4 KiB", "frames_free 4 KiB") &&
                measure_order(ORDER_BLOCK, 16, "frames_alloc 2 MiB", "frames_free 2 MiB") &&
                measure_run(16, "frames_alloc_run 16 frames", "frames_free_run 16 frames") &&
                bench_frame_pairs();
    return frames_free(fa, held, ORDER_FRAME) == STATUS_OK && done;
}

/* ---- heap ---- */

static bool measure_blocks(size_t size, unsigned repeats, const char *alloc_name,
                           const char *free_name)
{
    struct bench_sample allocs = {0}, frees = {0};
    void *blocks[REPEATS];
    uint64_t cost;
    void *held = kmalloc(size); /* keeps one slab, as in a system that runs */
    bool all = held != nullptr;
    for (unsigned i = 0; i < repeats; i++) {
        MEASURE(cost, blocks[i] = kmalloc(size));
        all &= blocks[i] != nullptr;
        bench_add(&allocs, cost);
    }
    for (unsigned i = 0; i < repeats; i++) {
        MEASURE(cost, kfree(blocks[i]));
        bench_add(&frees, cost);
    }
    kfree(held);
    if (!all)
        return bench_refuse(alloc_name);
    bench_print_mean(alloc_name, &allocs);
    bench_print_mean(free_name, &frees);
    return true;
}

/* Blocks in the window that are no whole number of 2 MiB: the shortest tail, the longest, one that is rounded up. */
static bool measure_tails(void)
{
    return measure_blocks(513 * PAGE_SIZE, 4, "kmalloc 513 pages", "kfree 513 pages") &&
           measure_blocks(520 * PAGE_SIZE, 4, "kmalloc 520 pages", "kfree 520 pages") &&
           measure_blocks(1023 * PAGE_SIZE, 4, "kmalloc 1023 pages", "kfree 1023 pages") &&
           measure_blocks(1025 * PAGE_SIZE, 4, "kmalloc 1025 pages", "kfree 1025 pages");
}

bool bench_heap(void)
{
    return measure_blocks(16, REPEATS, "kmalloc 16 B", "kfree 16 B") &&
           measure_blocks(256, REPEATS, "kmalloc 256 B", "kfree 256 B") &&
           measure_blocks(4 * KIB, REPEATS, "kmalloc 4 KiB", "kfree 4 KiB") &&
           measure_blocks(HEAP_SLAB_MAX, 16, "kmalloc 32 KiB", "kfree 32 KiB") &&
           measure_blocks(64 * KIB, 16, "kmalloc 64 KiB", "kfree 64 KiB") &&
           measure_blocks(4 * MIB, 4, "kmalloc 4 MiB", "kfree 4 MiB") && measure_tails() &&
           bench_heap_pairs();
}

/* ---- paging ---- */

/* The page before the one that is measured stays mapped: the tables are there. */
static bool measure_page(unsigned order, const char *const names[3])
{
    const uint64_t size = PAGE_SIZE << order;
    const virt_addr_t held = virt_addr(TEMPORARY_BASE + GIB), at = virt_addr(held.value + size);
    struct page_table *table = mm_kernel_table();
    struct bench_sample maps = {0}, protects = {0}, unmaps = {0};
    pfn_t frame;
    uint64_t cost;
    if (frames_alloc(mm_frames(), order, FRAME_TEST, &frame) != STATUS_OK)
        return bench_refuse(names[0]);
    const phys_addr_t phys = pfn_to_phys(frame);
    status_t status = page_table_map(table, held, phys, size, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK);
    bool held_is_mapped = status == STATUS_OK;
    for (unsigned i = 0; i < REPEATS && status == STATUS_OK; i++) {
        MEASURE(cost,
                status = page_table_map(table, at, phys, size, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK));
        if (status != STATUS_OK)
            break;
        bench_add(&maps, cost);
        MEASURE(cost, status = page_table_protect(table, at, size, 0));
        bench_add(&protects, cost);
        status_t unmapped;
        MEASURE(cost, unmapped = page_table_unmap(table, at, size));
        status = unmapped != STATUS_OK ? unmapped : status;
        bench_add(&unmaps, cost);
    }
    if (held_is_mapped && page_table_unmap(table, held, size) != STATUS_OK)
        status = STATUS_NOT_MAPPED;
    if (frames_free(mm_frames(), frame, order) != STATUS_OK || status != STATUS_OK)
        return bench_refuse(names[0]);
    bench_print_mean(names[0], &maps);
    bench_print_mean(names[1], &protects);
    bench_print_mean(names[2], &unmaps);
    return true;
}

bool bench_paging(void)
{
    static const char *const small[] = {"page_table_map 4 KiB", "page_table_protect 4 KiB",
                                        "page_table_unmap 4 KiB"};
    static const char *const large[] = {"page_table_map 2 MiB", "page_table_protect 2 MiB",
                                        "page_table_unmap 2 MiB"};
    return measure_page(ORDER_FRAME, small) && measure_page(ORDER_BLOCK, large);
}
