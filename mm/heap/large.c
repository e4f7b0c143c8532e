/* SPDX-License-Identifier: MIT
 * Heap blocks above the size classes: page runs, and blocks in the window. Theory: mm/heap/heap.c. */
#include "private.h"

static struct heap_record **bucket_of(struct heap *heap, uint64_t address)
{
    return &heap->window_blocks[address / PAGE_SIZE % HEAP_WINDOW_BUCKETS];
}

struct heap_record *heap_window_starting(const struct heap *heap, uint64_t address)
{
    unsigned bucket = address / PAGE_SIZE % HEAP_WINDOW_BUCKETS;
    struct heap_record *record = heap->window_blocks[bucket];
    while (record != nullptr && record->base != address)
        record = record->next;
    return record;
}

struct heap_record *heap_window_holding(const struct heap *heap, uint64_t address)
{
    for (unsigned bucket = 0; bucket < HEAP_WINDOW_BUCKETS; bucket++) {
        struct heap_record *record = heap->window_blocks[bucket];
        for (; record != nullptr; record = record->next)
            if (address - record->base < record->page_count * PAGE_SIZE)
                return record;
    }
    return nullptr;
}

static status_t take_window(struct heap *heap, struct heap_record *record, uint64_t *page_count)
{
    virt_addr_t start;
    const uint64_t asked = *page_count;
    status_t status = heap->window.map(heap->window.owner, page_count, &start);
    if (status != STATUS_OK)
        return status;
    ASSERT(H7, *page_count >= asked);
    ASSERT(H7, heap_in_window(heap, start.value) && is_aligned(start.value, PAGE_SIZE));
    struct heap_record **bucket = bucket_of(heap, start.value);
    record->base = start.value;
    record->kind = HEAP_WINDOW;
    record->asked_pages = asked;
    record->previous = nullptr;
    record->next = *bucket;
    if (*bucket != nullptr)
        (*bucket)->previous = record;
    *bucket = record;
    heap->totals.window_blocks++;
    heap->totals.window_waste += (*page_count - asked) * PAGE_SIZE;
    return STATUS_OK;
}

static void give_window(struct heap *heap, struct heap_record *record)
{
    struct heap_record **to_it =
        record->previous != nullptr ? &record->previous->next : bucket_of(heap, record->base);
    ASSERT(H7, *to_it == record);
    *to_it = record->next;
    if (record->next != nullptr)
        record->next->previous = record->previous;
    heap->window.unmap(heap->window.owner, virt_addr(record->base), record->page_count);
    heap->totals.window_blocks--;
    heap->totals.window_waste -= (record->page_count - record->asked_pages) * PAGE_SIZE;
}

static status_t take_run(struct heap *heap, struct heap_record *record, uint64_t page_count,
                         uint64_t alignment)
{
    uint64_t page_alignment = alignment <= PAGE_SIZE ? 1 : alignment / PAGE_SIZE;
    pfn_t first;
    status_t status = frames_alloc_run(heap->frames, page_count, page_alignment, FRAME_HEAP_LARGE,
                                       record->number, &first);
    if (status != STATUS_OK)
        return status;
    DEBUG_ASSERT(H2, is_aligned(first.value, page_alignment));
    record->base = virt_of(heap_pointer_to(heap, first)).value;
    record->kind = HEAP_RUN;
    heap->totals.large_blocks++;
    return STATUS_OK;
}

static void give_run(struct heap *heap, struct heap_record *record)
{
    pfn_t first = heap_frame_of(heap, record->base);
    status_t status = frames_free_run(heap->frames, first, record->page_count);
    ASSERT(H2, status == STATUS_OK);
    heap->totals.large_blocks--;
}

status_t heap_large_take(struct heap *heap, size_t size, size_t alignment, void **out,
                         size_t *usable)
{
    uint64_t window_size = heap->window.end.value - heap->window.start.value;
    /* Where a block lies does not depend on its red zone. */
    bool in_window =
        window_size > 0 && size - heap->red_zone > HEAP_WINDOW_MIN && alignment <= PAGE_SIZE;
    if (size > (in_window ? window_size : HEAP_RUN_MAX))
        return STATUS_OVERFLOW;
    uint64_t page_count = heap_large_size(size) / PAGE_SIZE;
    struct heap_record *record;
    status_t status = heap_record_take(heap, &record);
    if (status != STATUS_OK)
        return status;
    status = in_window ? take_window(heap, record, &page_count)
                       : take_run(heap, record, page_count, alignment);
    if (status != STATUS_OK) {
        heap_record_undo(heap, record);
        return STATUS_NO_MEMORY; /* frames, tables, addresses, records: all the same */
    }
    record->page_count = page_count;
    if (heap->red_zone != 0)
        heap_guard_open_large(heap, record, size - heap->red_zone);
    heap->totals.held_bytes += page_count * PAGE_SIZE;
    heap_note_held(heap);
    *usable = page_count * PAGE_SIZE;
    *out = (void *)(uintptr_t)record->base;
    return STATUS_OK;
}

void heap_large_give(struct heap *heap, struct heap_record *record)
{
    ASSERT(H8, heap->totals.held_bytes >= record->page_count * PAGE_SIZE);
    heap->totals.held_bytes -= record->page_count * PAGE_SIZE;
    if (record->kind == HEAP_WINDOW)
        give_window(heap, record);
    else
        give_run(heap, record);
    heap_record_give(heap, record);
}

bool heap_large_resize(struct heap *heap, struct heap_record *record, size_t size)
{
    bool has_window = heap->window.end.value != heap->window.start.value;
    if (record->kind != HEAP_RUN || size > HEAP_RUN_MAX ||
        (has_window && size - heap->red_zone > HEAP_WINDOW_MIN))
        return false;
    uint64_t page_count = heap_large_size(size) / PAGE_SIZE;
    pfn_t first = heap_frame_of(heap, record->base);
    if (frames_resize_run(heap->frames, first, record->page_count, page_count) != STATUS_OK)
        return false;
    heap->totals.held_bytes += (page_count - record->page_count) * PAGE_SIZE;
    record->page_count = page_count;
    heap_note_held(heap);
    return true;
}
