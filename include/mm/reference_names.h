/* SPDX-License-Identifier: MIT
 * The names that the reference documents use (docs/coverage.md), for code that was written against them. Each
 * is one of ours by another name, and exists here only; new code uses ours. kmalloc, kcalloc, krealloc,
 * kmalloc_aligned, kfree, virt_to_phys and phys_to_virt are ours too (mm.h), and so are memcpy and its kin
 * (base/string.h).
 * mm prints nothing: print_mem_stats is told where to, and klog_* are macros, so that a file which uses them
 * includes kernel/log.h itself and this header stays below the kernel. */
#ifndef MM_REFERENCE_NAMES_H
#define MM_REFERENCE_NAMES_H

#include <arch/cpu.h>
#include <base/string.h>
#include <mm/mm.h>

/* ---- M1: physical memory ---- */

/* At start-up, once; *fault says what failed. */
static inline status_t memory_init(const struct boot_info *boot, const char **fault)
{
    status_t status = mm_init_map(boot, fault);
    return status != STATUS_OK ? status : mm_init_frames(fault);
}

/* One page frame, and back; contents are whatever was there. Refused as frames_free; MISALIGNED inside a page. */
static inline status_t allocate_page(phys_addr_t *out)
{
    pfn_t frame;
    status_t status = frames_alloc(mm_frames(), ORDER_FRAME, FRAME_KERNEL, &frame);
    if (status == STATUS_OK)
        *out = pfn_to_phys(frame);
    return status;
}

static inline status_t free_page(phys_addr_t page)
{
    if (!is_aligned(page.value, PAGE_SIZE))
        return STATUS_MISALIGNED;
    return frames_free(mm_frames(), phys_to_pfn(page), ORDER_FRAME);
}

/* Bytes that the frame allocator manages, and those of them that are free. */
static inline uint64_t get_total_memory(void)
{
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    return totals.managed << PAGE_SHIFT;
}

static inline uint64_t get_free_memory(void)
{
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    return totals.free << PAGE_SHIFT;
}

/* ---- V7: paging ---- */

/* At start-up, once, after memory_init: builds the kernel's own tables and switches to them. */
static inline status_t paging_init(const char **fault)
{
    return mm_init_paging(fault);
}

/* A 64-bit processor has paging on from the start; what is left to enable are the kernel's own tables. */
static inline void paging_enable(void)
{
    cpu_load_table(mm_kernel_table()->root);
}

/* ---- M5: page directories ---- */

/* An empty user half under the kernel's, with the processor's features and the kernel's table memory.
 * NO_MEMORY. mm/address_space.h is the better name: it keeps account of what is mapped. */
static inline status_t create_page_directory(struct page_table *out)
{
    struct page_table directory = *mm_kernel_table();
    status_t status = page_table_create(&directory);
    if (status != STATUS_OK)
        return status;
    page_table_copy_high(&directory, mm_kernel_table());
    *out = directory;
    return STATUS_OK;
}

/* Give back its tables. IN_USE: the kernel's own, or the one that the processor runs with. */
static inline status_t destroy_page_directory(struct page_table *directory)
{
    if (directory->root.value == mm_kernel_table()->root.value ||
        directory->root.value == cpu_current_table().value)
        return STATUS_IN_USE;
    page_table_destroy(directory);
    return STATUS_OK;
}

/* One page of ordinary memory. As page_table_map and page_table_unmap. */
static inline status_t map_page(struct page_table *directory, virt_addr_t page, phys_addr_t frame,
                                uint32_t rights)
{
    return page_table_map(directory, page, frame, PAGE_SIZE, rights, MEMORY_TYPE_WRITE_BACK);
}

static inline status_t unmap_page(struct page_table *directory, virt_addr_t page)
{
    return page_table_unmap(directory, page, PAGE_SIZE);
}

/* NOT_MAPPED: its root differs from the kernel's in the kernel's half, so that the next instruction would
 * have nowhere to come from. */
static inline status_t switch_page_directory(const struct page_table *directory)
{
    if (!page_table_high_is_equal(directory, mm_kernel_table()))
        return STATUS_NOT_MAPPED;
    cpu_load_table(directory->root);
    return STATUS_OK;
}

/* ---- V4, K3: the heap ---- */

static inline void *malloc(size_t size)
{
    return kmalloc(size);
}

static inline void free(void *block)
{
    kfree(block);
}

/* The window of large blocks; heap_curr is the first address of it that was never used. */
static inline virt_addr_t heap_start(void)
{
    return mm_heap_window()->start;
}

static inline virt_addr_t heap_end(void)
{
    return mm_heap_window()->end;
}

static inline virt_addr_t heap_curr(void)
{
    return mm_heap_window_peak();
}

/* ---- A2, A3: accounting ---- */

/* Blocks of the heap need no registration and refuse it (IN_USE); see mm/memstat.h. */
static inline status_t memstat_register(const void *start, size_t size)
{
    return mm_memstat_register(start, size);
}

static inline status_t memstat_unregister(const void *start)
{
    return mm_memstat_unregister(start);
}

/* 0 of what nobody knows. */
static inline size_t memstat_get_size(const void *start)
{
    size_t size;
    return mm_memstat_get_size(start, &size) == STATUS_OK ? size : 0;
}

static inline void print_mem_stats(const struct text_sink *sink)
{
    struct heap_totals heap;
    heap_totals(mm_heap(), &heap);
    sink_print(sink, "total allocations %" PRIu64 ", frees %" PRIu64 "\n", heap.allocations,
               heap.frees);
    sink_print(sink, "live blocks %" PRIu64 " (peak %" PRIu64 ")\n", heap.live_blocks,
               heap.live_blocks_peak);
    sink_print(sink, "live bytes %" PRIu64 " (peak %" PRIu64 ")\n", heap.live_bytes,
               heap.live_bytes_peak);
    sink_print(sink, "memory %" PRIu64 " bytes, free %" PRIu64 "\n", get_total_memory(),
               get_free_memory());
}

#define klog_error(...)   log_error("klog", __VA_ARGS__)
#define klog_warning(...) log_warning("klog", __VA_ARGS__)
#define klog_info(...)    log_info("klog", __VA_ARGS__)
#define klog_debug(...)   log_debug("klog", __VA_ARGS__)

#endif
