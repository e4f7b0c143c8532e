/* SPDX-License-Identifier: MIT
 * The heap judges a pointer, and frees or resizes what it points to. Theory: mm/heap/heap.c. */
#include "private.h"

#include <base/string.h>

#include <stdckdint.h>

/* ---- judging a pointer ---- */

/* The record that a tag means, if it is one of that kind. Whether it holds the address is still to
 * be seen: frames of these classes may belong to another heap over the same frames. */
static struct heap_record *record_of(const struct heap *heap, struct frame_tag tag,
                                     enum heap_kind kind)
{
    if (tag.value >= heap->record_count)
        return nullptr;
    struct heap_record *record = heap_record_at(heap, tag.value);
    DEBUG_ASSERT(H1, record->number == tag.value);
    return record->kind == kind ? record : nullptr;
}

static void look_in_slab(struct heap_spot *spot, struct heap_record *slab, uint64_t address)
{
    uint64_t offset = address - slab->base;
    if (offset >= HEAP_SLAB_PAGES_MAX * PAGE_SIZE)
        return; /* another heap's slab; the multiplication holds for 16 bits only */
    uint32_t slot = (uint32_t)(offset * slab->reciprocal >> 32);
    if (slot >= slab->block_count)
        return; /* the waste at the end */
    spot->record = slab;
    spot->slot = slot;
    spot->block = slab->base + (uint64_t)slot * slab->block_size;
    spot->size = slab->block_size;
    DEBUG_ASSERT(H3, address - spot->block < spot->size);
    spot->live = (slab->free[slot / 64] >> slot % 64 & 1) == 0;
}

static void look_in_large(struct heap_spot *spot, struct heap_record *record, uint64_t address)
{
    uint64_t size = record->page_count * PAGE_SIZE;
    DEBUG_ASSERT(H2, size != 0 && is_aligned(record->base, PAGE_SIZE));
    if (address - record->base >= size)
        return;
    spot->record = record;
    spot->block = record->base;
    spot->size = size;
    spot->live = true;
}

static void look_in_window(const struct heap *heap, struct heap_spot *spot, uint64_t address)
{
    struct heap_record *record = heap_window_starting(heap, address);
    if (record == nullptr)
        record = heap_window_holding(heap, address);
    if (record != nullptr)
        look_in_large(spot, record, address);
}

/* Inlined, so that a good free keeps it in registers. */
[[gnu::always_inline]] static inline struct heap_spot
look_at(const struct heap *heap, uint64_t address, enum heap_kind slabs)
{
    struct heap_spot spot = {.tag.class = FRAME_UNMANAGED};
    if (heap_in_window(heap, address)) {
        if (slabs == HEAP_SLAB) /* no object of a cache is that large */
            look_in_window(heap, &spot, address);
        return spot;
    }
    if (address - heap->offset >= PHYS_LIMIT)
        return spot;
    spot.tag = frames_tag(heap->frames, heap_frame_of(heap, address));
    if (spot.tag.class == FRAME_SLAB) {
        struct heap_record *slab = record_of(heap, spot.tag, slabs);
        if (slab != nullptr)
            look_in_slab(&spot, slab, address);
    } else if (slabs == HEAP_SLAB && spot.tag.class == FRAME_HEAP_LARGE) {
        struct heap_record *run = record_of(heap, spot.tag, HEAP_RUN);
        if (run != nullptr)
            look_in_large(&spot, run, address);
    }
    return spot;
}

/* Whose memory is it, when it is no block's? Only asked about pointers that are refused anyway. */
static status_t judge_no_block(const struct heap *heap, struct heap_spot *spot, uint64_t address)
{
    if (heap_in_window(heap, address) || address - heap->offset >= PHYS_LIMIT)
        return STATUS_FOREIGN;
    struct frame_owner owner = frames_owner(heap->frames, heap_frame_of(heap, address));
    DEBUG_ASSERT(H2, spot->size == 0 && spot->record == nullptr);
    spot->tag = (struct frame_tag){owner.class, owner.value};
    return owner.class == FRAME_FREE ? STATUS_NOT_ALLOCATED : STATUS_FOREIGN;
}

static bool is_block(const struct heap_spot *spot, const void *pointer)
{
    return spot->live && spot->block == virt_of(pointer).value;
}

/* The pointer is not the start of a live block: say what is wrong, and fill *misuse. */
static status_t refuse(const struct heap *heap, const void *pointer, enum heap_kind slabs,
                       struct heap_misuse *misuse)
{
    uint64_t address = virt_of(pointer).value;
    struct heap_spot spot = look_at(heap, address, slabs);
    status_t status = STATUS_INSIDE_BLOCK;
    if (spot.size == 0)
        status = judge_no_block(heap, &spot, address);
    else if (!spot.live || heap_guard_is_retired(&spot))
        status = STATUS_NOT_ALLOCATED;
    else if (!is_aligned(address, HEAP_ALIGNMENT))
        status = STATUS_MISALIGNED;
    if (misuse != nullptr)
        *misuse = (struct heap_misuse){
            .status = status,
            .address = virt_addr(address),
            .block = virt_addr(spot.block),
            .block_size = spot.size,
            .tag = spot.tag,
        };
    return status;
}

/* The pointer is the start of a live block: at HEAP_L1 that is not enough. */
static status_t verify(const struct heap *heap, const struct heap_spot *spot, const void *pointer,
                       struct heap_misuse *misuse)
{
    enum heap_kind slabs = spot->record->kind == HEAP_OBJECTS ? HEAP_OBJECTS : HEAP_SLAB;
    if (heap_guard_is_retired(spot))
        return refuse(heap, pointer, slabs, misuse);
    return heap_guard_verify(heap, spot, misuse);
}

static status_t verify_and_close(struct heap *heap, const struct heap_spot *spot,
                                 const void *pointer, struct heap_misuse *misuse)
{
    status_t status = verify(heap, spot, pointer, misuse);
    if (status == STATUS_OK)
        heap_guard_close(heap, spot);
    return status;
}

status_t heap_size(const struct heap *heap, const void *block, size_t *out,
                   struct heap_misuse *misuse)
{
    struct heap_spot spot = look_at(heap, virt_of(block).value, HEAP_SLAB);
    if (!is_block(&spot, block) || heap_guard_is_retired(&spot))
        return refuse(heap, block, HEAP_SLAB, misuse);
    *out = heap_guard_usable(heap, &spot);
    return STATUS_OK;
}

status_t heap_find(const struct heap *heap, virt_addr_t address, virt_addr_t *block, size_t *size)
{
    struct heap_spot spot = look_at(heap, address.value, HEAP_SLAB);
    if (!spot.live)
        spot = look_at(heap, address.value, HEAP_OBJECTS);
    if (!spot.live || heap_guard_is_retired(&spot))
        return STATUS_NOT_FOUND;
    *block = virt_addr(spot.block);
    *size = heap_guard_usable(heap, &spot);
    return STATUS_OK;
}

/* ---- free ---- */

static void release(struct heap *heap, const struct heap_spot *spot)
{
    ASSERT(H8, heap->totals.live_blocks != 0 && heap->totals.live_bytes >= spot->size);
    heap->totals.live_blocks--;
    heap->totals.live_bytes -= spot->size;
    if (spot->record->kind == HEAP_RUN || spot->record->kind == HEAP_WINDOW) {
        heap->totals.frees++;
        heap_large_give(heap, spot->record);
    } else {
        heap_slab_give(heap, spot->record, spot->slot);
    }
}

static status_t free_slowly(struct heap *heap, void *block, struct heap_misuse *misuse)
{
    struct heap_spot spot = look_at(heap, virt_of(block).value, HEAP_SLAB);
    status_t status = STATUS_OK;
    if (!is_block(&spot, block))
        status = refuse(heap, block, HEAP_SLAB, misuse);
    else if (heap->red_zone != 0)
        status = verify_and_close(heap, &spot, block, misuse);
    if (status != STATUS_OK) {
        heap->totals.misuses++;
        return status;
    }
    release(heap, &spot);
    return STATUS_OK;
}

/* The slab in which a live block starts at `address`, and its slot; null: it is anything else. */
[[gnu::always_inline]] static inline struct heap_record *
live_in_slab(const struct heap *heap, uint64_t address, uint32_t *slot)
{
    if (address - heap->offset >= PHYS_LIMIT)
        return nullptr;
    struct frame_tag tag = frames_tag(heap->frames, heap_frame_of(heap, address));
    if (tag.class != FRAME_SLAB)
        return nullptr;
    struct heap_record *slab = record_of(heap, tag, HEAP_SLAB);
    if (slab == nullptr)
        return nullptr;
    uint64_t offset = address - slab->base;
    if (offset >= HEAP_SLAB_PAGES_MAX * PAGE_SIZE)
        return nullptr;
    uint32_t at = (uint32_t)(offset * slab->reciprocal >> 32);
    if (at >= slab->block_count || (uint64_t)at * slab->block_size != offset ||
        (slab->free[at / 64] >> at % 64 & 1) != 0)
        return nullptr;
    *slot = at;
    return slab;
}

/* What is nearly always freed is judged without the words for a report; all else is judged again. */
status_t heap_free(struct heap *heap, void *block, struct heap_misuse *misuse)
{
    uint32_t slot;
    if (block == nullptr)
        return STATUS_OK;
    struct heap_record *slab = nullptr;
    if (heap->red_zone == 0)
        slab = live_in_slab(heap, virt_of(block).value, &slot);
    if (slab == nullptr)
        return free_slowly(heap, block, misuse);
    DEBUG_ASSERT(H8, heap->totals.live_blocks != 0);
    DEBUG_ASSERT(H8, heap->totals.live_bytes >= slab->block_size);
    heap->totals.live_blocks--;
    heap->totals.live_bytes -= slab->block_size;
    heap_slab_give(heap, slab, slot);
    return STATUS_OK;
}

status_t heap_free_object(struct heap *heap, unsigned class_index, void *object,
                          struct heap_misuse *misuse)
{
    struct heap_spot spot = look_at(heap, virt_of(object).value, HEAP_OBJECTS);
    status_t status = STATUS_OK;
    if (spot.size != 0 && spot.record->class_index != class_index) {
        status = STATUS_FOREIGN;
        if (misuse != nullptr)
            *misuse = (struct heap_misuse){status, virt_of(object), .tag = spot.tag};
    } else if (!is_block(&spot, object)) {
        status = refuse(heap, object, HEAP_OBJECTS, misuse);
    } else if (heap->red_zone != 0) {
        status = verify_and_close(heap, &spot, object, misuse);
    }
    if (status != STATUS_OK) {
        heap->totals.misuses++;
        return status;
    }
    release(heap, &spot);
    return STATUS_OK;
}

/* ---- resize ---- */

static void count_resize(struct heap *heap, size_t requested, size_t before, size_t after)
{
    struct heap_totals *totals = &heap->totals;
    ASSERT(H8, totals->live_bytes >= before);
    totals->requested_total += requested;
    totals->usable_total += after;
    totals->live_bytes += after - before;
    if (totals->live_bytes > totals->live_bytes_peak)
        totals->live_bytes_peak = totals->live_bytes;
}

/* Can the block be `size` bytes (with the red zone) where it is, as large as if allocated anew? Then it is. */
static bool resized_in_place(struct heap *heap, const struct heap_spot *spot, size_t size)
{
    if (spot->record->kind == HEAP_SLAB)
        return size <= HEAP_SLAB_MAX && heap_class_of(size) == spot->record->class_index;
    if (size <= HEAP_SLAB_MAX)
        return false;
    if (spot->record->kind == HEAP_WINDOW)
        return heap_large_size(size) == spot->record->asked_pages * PAGE_SIZE;
    return heap_large_size(size) == spot->size || heap_large_resize(heap, spot->record, size);
}

static size_t size_in_place(const struct heap_spot *spot)
{
    return spot->record->kind == HEAP_SLAB ? spot->size : spot->record->page_count * PAGE_SIZE;
}

/* The block stays, `requested` bytes of it are wanted. */
static void stay(struct heap *heap, const struct heap_spot *spot, size_t requested)
{
    count_resize(heap, requested, spot->size, size_in_place(spot));
    if (heap->red_zone != 0)
        heap_guard_resize(heap, spot, requested);
}

status_t heap_resize(struct heap *heap, void *block, size_t size, void **out,
                     struct heap_misuse *misuse)
{
    if (block == nullptr)
        return heap_alloc(heap, size, out);
    struct heap_spot spot = look_at(heap, virt_of(block).value, HEAP_SLAB);
    status_t status = STATUS_OK;
    if (!is_block(&spot, block))
        status = refuse(heap, block, HEAP_SLAB, misuse);
    else if (heap->red_zone != 0)
        status = verify(heap, &spot, block, misuse);
    if (status != STATUS_OK) {
        heap->totals.misuses++;
        return status;
    }
    size_t wanted = size == 0 ? 1 : size, padded, old = heap_guard_usable(heap, &spot);
    DEBUG_ASSERT(H9, old <= spot.size - heap->red_zone);
    void *moved = block;
    if (ckd_add(&padded, wanted, heap->red_zone) || !resized_in_place(heap, &spot, padded)) {
        status = heap_allocate(heap, size, HEAP_ALIGNMENT, &moved);
        if (status != STATUS_OK && wanted > old)
            return status; /* a shrink may stay */
    }
    if (moved == block) {
        stay(heap, &spot, size);
        *out = block;
        return STATUS_OK;
    }
    ASSERT(H3, virt_of(moved).value - spot.block >= spot.size); /* a live block was not given out */
    if (heap->red_zone != 0) /* then a block of no bytes has none to copy to */
        wanted = size;
    memcpy(moved, block, wanted < old ? wanted : old);
    if (heap->red_zone != 0)
        heap_guard_close(heap, &spot);
    release(heap, &spot);
    *out = moved;
    return STATUS_OK;
}
