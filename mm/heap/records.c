/* SPDX-License-Identifier: MIT
 * The heap's records: memory for them, and from a number to an address. Theory: mm/heap/heap.c. */
#include "private.h"

static status_t take_page(struct heap *heap, void **out)
{
    pfn_t frame;
    status_t status = frames_alloc(heap->frames, ORDER_FRAME, FRAME_HEAP_RECORDS, &frame);
    if (status != STATUS_OK)
        return status;
    heap->totals.held_bytes += PAGE_SIZE;
    *out = heap_pointer_to(heap, frame);
    return STATUS_OK;
}

static void give_page(struct heap *heap, void *page)
{
    pfn_t frame = heap_frame_of(heap, virt_of(page).value);
    status_t status = frames_free(heap->frames, frame, ORDER_FRAME);
    ASSERT(H1, status == STATUS_OK);
    heap->totals.held_bytes -= PAGE_SIZE;
}

/* Memory for the record `number`, the first of its page, and those behind it. */
static status_t add_page(struct heap *heap, uint32_t number)
{
    ASSERT(H1, number < HEAP_RECORD_LIMIT);
    struct heap_record ***directory = &heap->directories[number / HEAP_DIRECTORY_RECORDS];
    bool first_of_directory = number % HEAP_DIRECTORY_RECORDS == 0;
    void *page;
    if (first_of_directory) {
        status_t status = take_page(heap, &page);
        if (status != STATUS_OK)
            return status;
        *directory = page;
    }
    status_t status = take_page(heap, &page);
    if (status == STATUS_OK)
        (*directory)[number / HEAP_PAGE_RECORDS % HEAP_DIRECTORY_PAGES] = page;
    else if (first_of_directory)
        give_page(heap, *directory);
    return status;
}

status_t heap_record_take(struct heap *heap, struct heap_record **out)
{
    struct heap_record *record = heap->unused;
    if (record != nullptr) {
        ASSERT(H1, record->kind == HEAP_UNUSED);
        heap->unused = record->next;
        *out = record;
        return STATUS_OK;
    }
    uint32_t number = heap->record_count;
    if (number == HEAP_RECORD_LIMIT)
        return STATUS_NO_MEMORY;
    if (number % HEAP_PAGE_RECORDS == 0) {
        status_t status = add_page(heap, number);
        if (status != STATUS_OK)
            return status;
    }
    heap->record_count++;
    record = heap_record_at(heap, number);
    *record = (struct heap_record){.number = number};
    *out = record;
    return STATUS_OK;
}

void heap_record_give(struct heap *heap, struct heap_record *record)
{
    DEBUG_ASSERT(H1, heap_record_at(heap, record->number) == record && record != heap->unused);
    *record = (struct heap_record){.number = record->number, .next = heap->unused};
    heap->unused = record;
}

void heap_record_undo(struct heap *heap, struct heap_record *record)
{
    uint32_t number = record->number;
    if (number + 1 != heap->record_count) {
        heap_record_give(heap, record);
        return;
    }
    heap->record_count--;
    if (number % HEAP_PAGE_RECORDS != 0)
        return;
    give_page(heap, record);
    if (number % HEAP_DIRECTORY_RECORDS == 0)
        give_page(heap, heap->directories[number / HEAP_DIRECTORY_RECORDS]);
}

/* ---- notes ---- */

/* What is left of a page is kept for the next slabs; like records' memory it is never given back. */
status_t heap_notes_take(struct heap *heap, union heap_notes **out)
{
    if (heap->unused_notes == nullptr) {
        void *page;
        status_t status = take_page(heap, &page);
        if (status != STATUS_OK)
            return status;
        heap->notes_pages++;
        union heap_notes *notes = page;
        for (size_t i = 0; i < PAGE_SIZE / sizeof notes[0]; i++)
            heap_notes_give(heap, &notes[i]);
    }
    union heap_notes *notes = heap->unused_notes;
    heap->unused_notes = notes->next;
    for (unsigned i = 0; i < HEAP_NOTES; i++)
        notes->of[i] = HEAP_NOTE_FRESH;
    *out = notes;
    return STATUS_OK;
}

void heap_notes_give(struct heap *heap, union heap_notes *notes)
{
    DEBUG_ASSERT(H9, heap->red_zone != 0 && notes != heap->unused_notes);
    notes->next = heap->unused_notes;
    heap->unused_notes = notes;
}
