/* SPDX-License-Identifier: MIT
 * The heap's size classes and slabs. Theory: mm/heap/heap.c. */
#include "private.h"

/* ---- size classes ---- */

static uint32_t block_size_of(unsigned index)
{
    DEBUG_ASSERT(H5, index < HEAP_CLASS_COUNT);
    if (index < HEAP_SMALL_CLASSES)
        return (index + 1) * (uint32_t)HEAP_ALIGNMENT;
    unsigned shift = HEAP_SMALL_SHIFT - HEAP_STEP_SHIFT + index / HEAP_DOUBLING_CLASSES - 1;
    return (HEAP_DOUBLING_CLASSES + 1 + index % HEAP_DOUBLING_CLASSES) << shift;
}

/* The rule of mm/heap/heap.c: few pages, if 8 blocks fit with at most 1/32 wasted. Where nothing wastes as
 * little (an object cache may have such a size), the least waste. */
static uint16_t slab_pages_for(uint32_t block_size)
{
    uint16_t best = 0, least = 0;
    uint32_t best_count = 0, least_waste = UINT32_MAX;
    for (uint16_t pages = 1; pages <= HEAP_SLAB_PAGES_MAX; pages++) {
        uint32_t size = pages * (uint32_t)PAGE_SIZE;
        uint32_t count = size / block_size;
        uint32_t waste = (size - count * block_size) * HEAP_SLAB_PAGES_MAX / pages;
        bool tight = (size - count * block_size) * 32 <= size;
        if (count > 0 && waste < least_waste) {
            least = pages;
            least_waste = waste;
        }
        if (!tight || count <= best_count)
            continue;
        best = pages;
        best_count = count;
        if (count >= 8)
            break;
    }
    return best != 0 ? best : least;
}

void heap_class_init(struct heap *heap, unsigned index, uint32_t size)
{
    uint16_t pages = slab_pages_for(size);
    uint32_t count = pages * (uint32_t)PAGE_SIZE / size;
    ASSERT(H2, is_aligned(size, HEAP_ALIGNMENT) && size <= HEAP_SLAB_MAX);
    ASSERT(H3, count > 0 && count <= HEAP_NOTES);
    heap->classes[index] = (struct heap_size_class){
        .current = &heap->no_slab,
        .block_size = size,
        .reciprocal = (uint32_t)(((UINT64_C(1) << 32) + size - 1) / size),
        .block_count = (uint16_t)count,
        .page_count = pages,
        .alignment = size & -size,
    };
}

void heap_slab_init(struct heap *heap)
{
    for (unsigned i = 0; i < HEAP_CLASS_COUNT; i++)
        heap_class_init(heap, i, block_size_of(i));
    for (unsigned i = HEAP_CLASS_COUNT; i < HEAP_CLASSES_MAX; i++)
        heap->classes[i].current = &heap->no_slab;
}

void heap_class_describe(const struct heap_size_class *class, struct heap_class *out)
{
    const struct heap_record *current = class->current;
    bool current_is_idle =
        current->kind != HEAP_UNUSED && current->free_count == class->block_count;
    *out = (struct heap_class){
        .block_size = class->block_size,
        .slab_size = class->page_count * PAGE_SIZE,
        .slabs = class->slabs,
        .idle_slabs = current_is_idle || class->spare != nullptr, /* H6 */
        .blocks = class->slabs * class->block_count,
        .live = class->live,
        .live_peak = class->live_peak,
        .allocations = class->allocations,
        .frees = class->allocations - class->live,
    };
}

bool heap_class_get(const struct heap *heap, unsigned index, struct heap_class *out)
{
    if (index >= HEAP_CLASS_COUNT)
        return false;
    heap_class_describe(&heap->classes[index], out);
    return true;
}

/* ---- partly used slabs, in bins ---- */

static void list_slab(struct heap_size_class *class, struct heap_record *slab)
{
    ASSERT(H4, slab->free_count != 0 && slab->free_count < class->block_count);
    unsigned bin = heap_log2(slab->free_count);
    struct heap_record *head = class->partial[bin];
    slab->bin = (uint8_t)bin;
    slab->previous = nullptr;
    slab->next = head;
    if (head != nullptr)
        head->previous = slab;
    class->partial[bin] = slab;
    class->partial_bins |= 1U << bin;
}

static void unlist_slab(struct heap_size_class *class, struct heap_record *slab)
{
    struct heap_record **to_it =
        slab->previous != nullptr ? &slab->previous->next : &class->partial[slab->bin];
    ASSERT(H4, *to_it == slab);
    *to_it = slab->next;
    if (slab->next != nullptr)
        slab->next->previous = slab->previous;
    if (class->partial[slab->bin] == nullptr)
        class->partial_bins &= ~(1U << slab->bin);
}

/* ---- slabs from frames and back ---- */

static status_t new_slab(struct heap *heap, struct heap_size_class *class, struct heap_record **out)
{
    struct heap_record *slab;
    status_t status = heap_record_take(heap, &slab);
    if (status != STATUS_OK)
        return status;
    uint64_t alignment = class->alignment <= PAGE_SIZE ? 1 : class->alignment / PAGE_SIZE;
    pfn_t first;
    status = frames_alloc_run(heap->frames, class->page_count, alignment, FRAME_SLAB, slab->number,
                              &first);
    if (status != STATUS_OK) {
        heap_record_undo(heap, slab);
        return status;
    }
    union heap_notes *notes = nullptr;
    if (heap->red_zone != 0 && heap_notes_take(heap, &notes) != STATUS_OK) {
        status = frames_free_run(heap->frames, first, class->page_count);
        ASSERT(H2, status == STATUS_OK);
        heap_record_undo(heap, slab);
        return STATUS_NO_MEMORY;
    }
    DEBUG_ASSERT(H2, is_aligned(first.value, alignment));
    DEBUG_ASSERT(H1, slab->kind == HEAP_UNUSED);
    const unsigned index = (unsigned)(class - heap->classes);
    *slab = (struct heap_record){
        .base = virt_of(heap_pointer_to(heap, first)).value,
        .number = slab->number,
        .block_size = class->block_size,
        .reciprocal = class->reciprocal,
        .block_count = class->block_count,
        .free_count = class->block_count,
        .class_index = (uint8_t)index,
        .kind = index < HEAP_CLASS_COUNT ? HEAP_SLAB : HEAP_OBJECTS,
        .notes = notes,
    };
    for (unsigned left = class->block_count, word = 0; left > 0; word++) {
        unsigned bits = left < 64 ? left : 64;
        slab->free[word] = UINT64_MAX >> (64 - bits);
        slab->free_words |= (uint8_t)(1U << word);
        left -= bits;
    }
    class->slabs++;
    heap->totals.slabs++;
    heap->totals.held_bytes += class->page_count * PAGE_SIZE;
    heap_note_held(heap);
    *out = slab;
    return STATUS_OK;
}

/* A wholly free slab that is on no list and nobody's current or spare. */
static void drop_slab(struct heap *heap, struct heap_size_class *class, struct heap_record *slab)
{
    ASSERT(H4, slab->free_count == class->block_count);
    DEBUG_ASSERT(H4, slab != class->current && class->slabs != 0);
    if (slab->notes != nullptr) {
        heap_guard_drop(heap, slab);
        heap_notes_give(heap, slab->notes);
    }
    pfn_t first = heap_frame_of(heap, slab->base);
    status_t status = frames_free_run(heap->frames, first, class->page_count);
    ASSERT(H2, status == STATUS_OK);
    class->slabs--;
    heap->totals.slabs--;
    heap->totals.held_bytes -= class->page_count * PAGE_SIZE;
    heap_record_give(heap, slab);
}

size_t heap_class_trim(struct heap *heap, struct heap_size_class *class)
{
    struct heap_record *idle = class->spare;
    class->spare = nullptr;
    if (class->current != &heap->no_slab && class->current->free_count == class->block_count) {
        ASSERT(H6, idle == nullptr);
        idle = class->current;
        class->current = &heap->no_slab;
    }
    if (idle == nullptr)
        return 0;
    drop_slab(heap, class, idle);
    return class->page_count * PAGE_SIZE;
}

size_t heap_trim(struct heap *heap)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < HEAP_CLASSES_MAX; i++)
        bytes += heap_class_trim(heap, &heap->classes[i]);
    return bytes;
}

/* ---- blocks ---- */

/* Go on with the fullest slab that has room, else the spare, else a new one. */
status_t heap_slab_refill(struct heap *heap, struct heap_size_class *class)
{
    struct heap_record *slab;
    if (class->partial_bins != 0) {
        slab = class->partial[__builtin_ctz(class->partial_bins)];
        unlist_slab(class, slab);
    } else if (class->spare != nullptr) {
        slab = class->spare;
        class->spare = nullptr;
    } else {
        status_t status = new_slab(heap, class, &slab);
        if (status != STATUS_OK)
            return status;
    }
    ASSERT(H4, slab->free_words != 0 && &heap->classes[slab->class_index] == class);
    class->current = slab;
    return STATUS_OK;
}

/* A slab other than the current one has one free block more. */
static void relist_slab(struct heap *heap, struct heap_size_class *class, struct heap_record *slab)
{
    DEBUG_ASSERT(H4, slab != class->spare && slab->free_count != 0);
    bool was_full = slab->free_count == 1;
    bool is_idle = slab->free_count == class->block_count;
    if (!was_full) {
        if (!is_idle && heap_log2(slab->free_count) == slab->bin)
            return;
        unlist_slab(class, slab);
    }
    if (!is_idle) {
        list_slab(class, slab);
        return;
    }
    bool current_is_idle = class->current->free_count == class->block_count;
    if (class->spare == nullptr && !current_is_idle)
        class->spare = slab;
    else
        drop_slab(heap, class, slab);
}

void heap_slab_give(struct heap *heap, struct heap_record *slab, uint32_t slot)
{
    struct heap_size_class *class = &heap->classes[slab->class_index];
    DEBUG_ASSERT(H3, slot < slab->block_count && (slab->free[slot / 64] >> slot % 64 & 1) == 0);
    DEBUG_ASSERT(H5, class->live != 0);
    slab->free[slot / 64] |= UINT64_C(1) << slot % 64;
    slab->free_words |= (uint8_t)(1U << slot / 64);
    slab->free_count++;
    class->live--;
    if (slab != class->current) {
        relist_slab(heap, class, slab);
        return;
    }
    if (slab->free_count == class->block_count && class->spare != nullptr) {
        drop_slab(heap, class, class->spare);
        class->spare = nullptr;
    }
}
