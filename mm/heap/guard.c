/* SPDX-License-Identifier: MIT
 * Red zones and poison of the heap, at HEAP_L1. Theory: mm/heap/heap.c. */
#include "private.h"

#include <base/string.h>

static bool is_slab(const struct heap_record *record)
{
    return record->kind == HEAP_SLAB || record->kind == HEAP_OBJECTS;
}

static unsigned char *bytes_at(uint64_t address)
{
    return (unsigned char *)(uintptr_t)address;
}

/* The first of bytes [from, to) of a block that is not `expected`; `to` if all are. Word by word, where a whole word
 * is left: that is what makes it cheap enough to look at each free. */
static size_t first_other(const unsigned char *block, size_t from, size_t to,
                          unsigned char expected)
{
    const uint64_t pattern = UINT64_C(0x0101010101010101) * expected;
    uint64_t word;
    DEBUG_ASSERT(H9, from <= to);
    for (; to - from >= sizeof word; from += sizeof word) {
        memcpy(&word, block + from, sizeof word);
        if (word != pattern)
            break;
    }
    while (from < to && block[from] == expected)
        from++;
    return from;
}

/* How much of `slack` bytes behind a block is a red zone. */
static size_t zone_of(size_t slack)
{
    return slack < HEAP_RED_ZONE_MAX ? slack : HEAP_RED_ZONE_MAX;
}

static void describe(struct heap_misuse *misuse, status_t status, uint64_t block, size_t size)
{
    *misuse = (struct heap_misuse){
        .status = status,
        .address = virt_addr(block),
        .block = virt_addr(block),
        .block_size = size,
        .tag.class = FRAME_UNMANAGED,
    };
}

/* ---- what was asked for ---- */

bool heap_guard_is_retired(const struct heap_spot *spot)
{
    const struct heap_record *record = spot->record;
    return record->notes != nullptr && record->notes->of[spot->slot] == HEAP_NOTE_RETIRED;
}

size_t heap_guard_usable(const struct heap *heap, const struct heap_spot *spot)
{
    if (heap->red_zone == 0)
        return spot->size;
    if (!is_slab(spot->record))
        return spot->record->requested;
    const size_t slack = heap_note_slack(spot->record->notes->of[spot->slot]);
    ASSERT(H9, slack <= spot->size);
    return spot->size - slack;
}

static void mark(struct heap *heap, struct heap_record *slab, uint32_t slot, size_t size)
{
    size_t slack = slab->block_size - size;
    ASSERT(H9, slack >= HEAP_RED_ZONE && heap_note_is_live(heap_note_of(slack)));
    slab->notes->of[slot] = heap_note_of(slack);
    memset(bytes_at(slab->base + (uint64_t)slot * slab->block_size + size), HEAP_RED_BYTE,
           zone_of(slack));
    heap->totals.live_requested += size;
}

void heap_guard_open_large(struct heap *heap, struct heap_record *record, size_t size)
{
    ASSERT(H9, size + HEAP_RED_ZONE <= record->page_count * PAGE_SIZE);
    record->requested = size;
    memset(bytes_at(record->base + size), HEAP_RED_BYTE,
           zone_of(record->page_count * PAGE_SIZE - size));
    heap->totals.live_requested += size;
}

void heap_guard_resize(struct heap *heap, const struct heap_spot *spot, size_t size)
{
    DEBUG_ASSERT(H9, heap->totals.live_requested >= heap_guard_usable(heap, spot));
    heap->totals.live_requested -= heap_guard_usable(heap, spot);
    if (is_slab(spot->record))
        mark(heap, spot->record, spot->slot, size);
    else
        heap_guard_open_large(heap, spot->record, size);
}

/* ---- red zones ---- */

static status_t verify_red_zone(uint64_t block, size_t size, size_t requested,
                                struct heap_misuse *misuse)
{
    const unsigned char *bytes = bytes_at(block);
    const size_t end = requested + zone_of(size - requested);
    size_t at = first_other(bytes, requested, end, HEAP_RED_BYTE);
    if (at == end)
        return STATUS_OK;
    if (misuse != nullptr) {
        describe(misuse, STATUS_OVERRUN, block, size);
        misuse->requested = requested;
        misuse->offset = at;
        misuse->value = bytes[at];
        misuse->expected = HEAP_RED_BYTE;
    }
    return STATUS_OVERRUN;
}

status_t heap_guard_verify(const struct heap *heap, const struct heap_spot *spot,
                           struct heap_misuse *misuse)
{
    status_t status =
        verify_red_zone(spot->block, spot->size, heap_guard_usable(heap, spot), misuse);
    if (status != STATUS_OK && misuse != nullptr)
        misuse->tag = spot->tag;
    return status;
}

/* ---- poison ---- */

/* The edges of what the owner had; where they meet, all of it. */
static size_t edge_of(size_t owned)
{
    return owned < 2 * HEAP_POISON_EDGE ? owned : HEAP_POISON_EDGE;
}

/* `owned` bytes of the block were its owner's: poison at their edges. Behind them is what is left of the red zone. */
static status_t verify_poison(uint64_t block, size_t size, size_t owned, struct heap_misuse *misuse)
{
    const unsigned char *bytes = bytes_at(block);
    const size_t edge = edge_of(owned), end = owned + zone_of(size - owned);
    unsigned char expected = HEAP_POISON_BYTE;
    size_t at = first_other(bytes, 0, edge, HEAP_POISON_BYTE);
    if (at == edge)
        at = first_other(bytes, owned - edge, owned, HEAP_POISON_BYTE);
    if (at == owned) {
        expected = HEAP_RED_BYTE;
        at = first_other(bytes, owned, end, HEAP_RED_BYTE);
    }
    if (at == end)
        return STATUS_OK;
    describe(misuse, STATUS_USE_AFTER_FREE, block, size);
    misuse->offset = at;
    misuse->value = bytes[at];
    misuse->expected = expected;
    return STATUS_USE_AFTER_FREE;
}

/* The block of a slab's slot, if it was freed; OK where it is live or was never handed out. */
static status_t verify_freed(const struct heap_record *slab, uint32_t slot,
                             struct heap_misuse *misuse)
{
    const uint16_t note = slab->notes->of[slot];
    if (!heap_note_is_poisoned(note))
        return STATUS_OK;
    ASSERT(H9, heap_note_slack(note) <= slab->block_size);
    return verify_poison(slab->base + (uint64_t)slot * slab->block_size, slab->block_size,
                         slab->block_size - heap_note_slack(note), misuse);
}

static struct frame_tag tag_of(const struct heap_record *slab)
{
    return (struct frame_tag){FRAME_SLAB, slab->number};
}

static void report(struct heap *heap, const struct heap_record *slab, struct heap_misuse *misuse)
{
    misuse->tag = tag_of(slab);
    heap->totals.misuses++;
    if (heap->report != nullptr)
        heap->report(heap->report_owner, misuse);
}

bool heap_guard_open(struct heap *heap, struct heap_size_class *class, void *block, size_t size)
{
    struct heap_record *slab = class->current; /* it has just been popped from there */
    uint64_t address = virt_of(block).value;
    uint32_t slot = (uint32_t)((address - slab->base) * slab->reciprocal >> 32);
    struct heap_misuse misuse;
    DEBUG_ASSERT(H3, slot < slab->block_count);
    ASSERT(H9, !heap_note_is_live(slab->notes->of[slot]));
    if (verify_freed(slab, slot, &misuse) != STATUS_OK) {
        report(heap, slab, &misuse);
        slab->notes->of[slot] = HEAP_NOTE_RETIRED;
        heap->totals.retired++;
        heap_count_alloc(heap, 0, slab->block_size);
        return false;
    }
    mark(heap, slab, slot, size);
    return true;
}

void heap_guard_close(struct heap *heap, const struct heap_spot *spot)
{
    struct heap_record *record = spot->record;
    const size_t owned = heap_guard_usable(heap, spot);
    DEBUG_ASSERT(H9, heap->totals.live_requested >= owned);
    heap->totals.live_requested -= owned;
    if (!is_slab(record))
        return; /* its frames are somebody else's next */
    ASSERT(H9, heap_note_is_live(record->notes->of[spot->slot]));
    /* What a constructor made stays. */
    if (record->constructed) {
        record->notes->of[spot->slot] = HEAP_NOTE_FRESH;
        return;
    }
    unsigned char *bytes = bytes_at(spot->block);
    size_t edge = edge_of(owned);
    memset(bytes, HEAP_POISON_BYTE, edge);
    if (edge != owned)
        memset(bytes + owned - edge, HEAP_POISON_BYTE, edge);
    record->notes->of[spot->slot] |= HEAP_NOTE_FREED;
}

void heap_guard_drop(struct heap *heap, const struct heap_record *slab)
{
    struct heap_misuse misuse;
    DEBUG_ASSERT(H4, slab->free_count == slab->block_count);
    for (uint32_t slot = 0; slot < slab->block_count; slot++)
        if (verify_freed(slab, slot, &misuse) != STATUS_OK)
            report(heap, slab, &misuse);
}

/* ---- all of them ---- */

static status_t audit_slab(const struct heap_record *slab, struct heap_misuse *misuse)
{
    status_t status = STATUS_OK;
    for (uint32_t slot = 0; slot < slab->block_count && status == STATUS_OK; slot++) {
        uint64_t block = slab->base + (uint64_t)slot * slab->block_size;
        uint16_t note = slab->notes->of[slot];
        status = heap_note_is_live(note)
                     ? verify_red_zone(block, slab->block_size,
                                       slab->block_size - heap_note_slack(note), misuse)
                     : verify_freed(slab, slot, misuse);
    }
    if (status != STATUS_OK)
        misuse->tag = tag_of(slab);
    return status;
}

status_t heap_audit(const struct heap *heap, struct heap_misuse *misuse)
{
    status_t status = STATUS_OK;
    for (uint32_t number = 0; number < heap->record_count && status == STATUS_OK; number++) {
        const struct heap_record *record = heap_record_at(heap, number);
        if (heap->red_zone == 0 || record->kind == HEAP_UNUSED)
            continue;
        status = is_slab(record) ? audit_slab(record, misuse)
                                 : verify_red_zone(record->base, record->page_count * PAGE_SIZE,
                                                   record->requested, misuse);
    }
    return status;
}
