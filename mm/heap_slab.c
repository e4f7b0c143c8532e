/* SPDX-License-Identifier: MIT
 * The heap's size classes and slabs. Theory: mm/heap.c. */
#include "heap_private.h"

#include <base/assert.h>

/* ---- size classes ---- */

constexpr unsigned SMALL_CLASSES = 8;    /* 16 .. 128 in steps of 16 */
constexpr unsigned DOUBLING_CLASSES = 8; /* from there on: steps of 1/8 of the lower power of two */
constexpr unsigned SMALL_SHIFT = 7;      /* 128 */
constexpr unsigned STEP_SHIFT = 3;       /* log2(DOUBLING_CLASSES) */

static unsigned log2_of(uint64_t value)
{
    return 63 - (unsigned)__builtin_clzll(value);
}

unsigned heap_class_of(size_t size)
{
    uint64_t last = size - 1; /* so that a full block falls into its own class */
    if (last < UINT64_C(1) << SMALL_SHIFT)
        return (unsigned)(last / HEAP_ALIGNMENT);
    unsigned doubling = log2_of(last);
    unsigned step = (unsigned)(last >> (doubling - STEP_SHIFT)) - DOUBLING_CLASSES;
    return SMALL_CLASSES + (doubling - SMALL_SHIFT) * DOUBLING_CLASSES + step;
}

static uint32_t block_size_of(unsigned index)
{
    if (index < SMALL_CLASSES)
        return (index + 1) * (uint32_t)HEAP_ALIGNMENT;
    unsigned shift = SMALL_SHIFT - STEP_SHIFT + index / DOUBLING_CLASSES - 1;
    return (DOUBLING_CLASSES + 1 + index % DOUBLING_CLASSES) << shift;
}

/* The rule of mm/heap.c: few pages, if 8 blocks fit with at most 1/32 wasted. */
static uint16_t slab_pages_for(uint32_t block_size)
{
    uint16_t best = 0;
    uint32_t best_count = 0;
    for (uint16_t pages = 1; pages <= HEAP_SLAB_PAGES_MAX; pages++) {
        uint32_t size = pages * (uint32_t)PAGE_SIZE;
        uint32_t count = size / block_size;
        bool tight = (size - count * block_size) * 32 <= size;
        if (!tight || count > HEAP_SLAB_BLOCKS_MAX || count <= best_count)
            continue;
        best = pages;
        best_count = count;
        if (count >= 8)
            break;
    }
    ASSERT(best != 0);
    return best;
}

void heap_slab_init(struct heap *heap)
{
    for (unsigned i = 0; i < HEAP_CLASS_COUNT; i++) {
        uint32_t size = block_size_of(i);
        uint16_t pages = slab_pages_for(size);
        heap->classes[i] = (struct heap_size_class){
            .current = &heap->no_slab,
            .block_size = size,
            .reciprocal = (uint32_t)(((UINT64_C(1) << 32) + size - 1) / size),
            .block_count = (uint16_t)(pages * PAGE_SIZE / size),
            .page_count = pages,
            .alignment = size & -size,
        };
    }
}

bool heap_class_get(const struct heap *heap, unsigned index, struct heap_class *out)
{
    if (index >= HEAP_CLASS_COUNT)
        return false;
    const struct heap_size_class *class = &heap->classes[index];
    *out = (struct heap_class){
        .block_size = class->block_size,
        .slab_size = class->page_count * PAGE_SIZE,
        .slabs = class->slabs,
        .blocks = class->slabs * class->block_count,
        .live = class->live,
    };
    return true;
}

/* ---- partly used slabs, in bins ---- */

static void list_slab(struct heap_size_class *class, struct heap_record *slab)
{
    unsigned bin = log2_of(slab->free_count);
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
    if (slab->next != nullptr)
        slab->next->previous = slab->previous;
    if (slab->previous != nullptr)
        slab->previous->next = slab->next;
    else
        class->partial[slab->bin] = slab->next;
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
    *slab = (struct heap_record){
        .base = virt_of(heap_pointer_to(heap, first)).value,
        .number = slab->number,
        .block_size = class->block_size,
        .reciprocal = class->reciprocal,
        .block_count = class->block_count,
        .free_count = class->block_count,
        .class_index = (uint8_t)(class - heap->classes),
        .kind = HEAP_SLAB,
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
    pfn_t first = heap_frame_of(heap, slab->base);
    status_t status = frames_free_run(heap->frames, first, class->page_count);
    ASSERT(status == STATUS_OK);
    class->slabs--;
    heap->totals.slabs--;
    heap->totals.held_bytes -= class->page_count * PAGE_SIZE;
    heap_record_give(heap, slab);
}

unsigned heap_slab_trim(struct heap *heap)
{
    unsigned dropped = 0;
    for (unsigned i = 0; i < HEAP_CLASS_COUNT; i++) {
        struct heap_size_class *class = &heap->classes[i];
        struct heap_record *idle = class->spare;
        class->spare = nullptr;
        if (class->current->kind == HEAP_SLAB && class->current->free_count == class->block_count) {
            idle = class->current; /* then there was no spare: I6 */
            class->current = &heap->no_slab;
        }
        if (idle != nullptr) {
            drop_slab(heap, class, idle);
            dropped++;
        }
    }
    return dropped;
}

/* ---- blocks ---- */

/* The current slab is full: go on with the fullest that has room, the spare, or a new one. */
static status_t change_current(struct heap *heap, struct heap_size_class *class)
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
    class->current = slab;
    return STATUS_OK;
}

status_t heap_slab_take(struct heap *heap, struct heap_size_class *class, void **out)
{
    if (class->current->free_words == 0) {
        status_t status = change_current(heap, class);
        if (status != STATUS_OK)
            return status;
    }
    struct heap_record *slab = class->current;
    unsigned word = (unsigned)__builtin_ctz(slab->free_words);
    uint64_t bits = slab->free[word];
    unsigned slot = word * 64 + (unsigned)__builtin_ctzll(bits);
    bits &= bits - 1;
    slab->free[word] = bits;
    if (bits == 0)
        slab->free_words &= (uint8_t)(slab->free_words - 1); /* `word` is the lowest */
    slab->free_count--;
    class->live++;
    *out = (void *)(uintptr_t)(slab->base + (uint64_t)slot * class->block_size);
    return STATUS_OK;
}

/* A slab other than the current one has one free block more. */
static void relist_slab(struct heap *heap, struct heap_size_class *class, struct heap_record *slab)
{
    bool was_full = slab->free_count == 1;
    bool is_idle = slab->free_count == class->block_count;
    if (!was_full) {
        if (!is_idle && log2_of(slab->free_count) == slab->bin)
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
