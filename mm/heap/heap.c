/* SPDX-License-Identifier: MIT
 * Problem: blocks of any size, fast, with little waste; and a free that can judge any pointer and
 * trusts no byte that a stray write may have reached.
 *
 * Shape:   the size decides. Everything that is known of a block lies in records, away from blocks.
 *
 *   size 1 .. 32 KiB       a block of a size class, in a slab: a run of 1..16 frames cut into equal
 *                          blocks. Classes: 16, 32 .. 128, then 8 to every doubling (144, 160 ..
 *                          256, 288 ..): above 128, less than 1/9 of a block was not asked for
 *   .. 2 MiB, or aligned   a run of frames of its own, in the direct map
 *      to more than pages
 *   above, with a window   pages mapped in the window, unmapped pages on both sides
 *
 *      pointer -- frame -- frames_tag -- (class, number)         class: who owns the frame
 *                                            |
 *      directories[1024] -- 512 pages -- 32 records each         number: 24 bits
 *                                            |
 *                       record {base, block size, 512 bits, 1 = free}
 *
 *   A slab is the smallest run of 1..16 frames that holds 8 blocks or more and wastes at most 1/32
 *   at its end; if there is none, the one with the most blocks among those that waste at most 1/32.
 *   It is aligned to the largest power of two that divides the block size, and so is every block.
 *
 *   size class: current --> the slab that blocks come from
 *               partial[0..8] --> listed slabs with 1, 2-3, 4-7 .. 256-511 free blocks
 *               spare   --> a wholly free slab
 *   A full slab is on no list. When the current slab is full the fullest listed one comes next,
 *   then the spare, then a new one: live blocks gather in few slabs, and the others go back.
 *
 * H1  a record below record_count is of one kind; those of no kind are the list `unused`
 * H2  the frames of a slab or run carry its class and number; it is aligned as its class is
 * H3  a slab's free_count and free_words tell what its bits say; no bit is a block past the end
 * H4  a slab is the current one, or the spare and wholly free, or listed in the bin of its free
 *     count and neither wholly free nor full, or full and on no list
 * H5  a class's counts of slabs and of live blocks are those of its records
 * H6  a class has one wholly free slab at most
 * H7  a window block lies in the window, at a page, in the bucket of its address
 * H8  the totals are the sums over all records; no peak is below what it is the peak of
 * H9  at HEAP_L1 each slab has notes that say of each block what its bit says, and no live block is
 *     without a red zone; below HEAP_L1 there are no notes
 *
 * HEAP_L1 watches over contents. A slab has a note for each block, with the records, not with the slab:
 *
 *     live block   | asked for ............................... | red zone: 8 .. 256 x 0xbb | not looked at |
 *     freed block  | 64 x 0x6b | old, not looked at | 64 x 0x6b | what was the red zone    | not looked at |
 *     note         what was not asked for, in bytes, and whether the block was freed
 *
 *   A block is chosen for 8 bytes more than asked for. Its free and its resize look at the red zone first
 *   and are refused as OVERRUN, with nothing changed, if a byte of it is another one. Poison, and the red
 *   zone behind it, is looked at when the block is handed out again or its slab goes back. Then there is no
 *   call that could be refused: USE_AFTER_FREE goes to the report of heap_set_report, and the block is
 *   retired: live for ever and nobody's, for whoever wrote to it will do so again. Runs and window blocks
 *   have red zones, too, but no poison: their frames are somebody else's after the free. What is read
 *   wrongly, and what is written far behind a block or into the middle of a freed one, is not seen: what
 *   is looked at is bounded, so that a large block costs no more than a small one.
 *
 * A pointer to free is judged by its frame's tag; then its slot, offset / size, by a multiplication
 * with r = (2^32 + e) / size, 0 <= e < size (exact: it is off by offset * e / (size * 2^32), so by
 * less than 1 / size, as offset < 2^16 and e < 2^15); then its state, one bit.
 * In the order of the checks, as heap_misuse says it:
 *   FOREIGN        outside the direct map; a frame of someone else; the waste at a slab's end; in
 *                  the window, but in no live block
 *   NOT_ALLOCATED  in a free block of a slab, or in free memory. A block whose slab or run went
 *                  back is reported so until somebody takes the frame; then its owner decides
 *   MISALIGNED     in a live block, but no multiple of 16
 *   INSIDE_BLOCK   in a live block, behind its start
 * Nothing is remembered of a freed window block: a second free of it is FOREIGN.
 *
 * Cost:    alloc and free up to 32 KiB are O(1): an index, two bit scans and the totals; a free
 * reads the frame's tag and one record. Above: what a run or a mapping costs. Window blocks are
 * found by their start in a table of 64 buckets; the middle of one is looked for in all of them.
 * 128 bytes a record, one a slab (3 % of a slab of 4 KiB, 0.2 % of one of 64), and 2^24 of them at
 * most: that is 64 GiB of small slabs. Records' memory is used again and never given back.
 * One idle slab a class at most is kept, until somebody asks for all of them (heap_trim): whoever owns the
 * heap and its frames does, when frames are refused. The heap itself never does, nor do the frames.
 * A resize stays in place within the class or the number of pages. A run gives its tail back, or takes
 * the frames behind it if they are free. Anything else allocates, copies and frees; a moved block is
 * aligned to 16. A shrink that finds no memory stays where it is: it cannot fail.
 * HEAP_L0 pays nothing for the other level on an allocation (one limit is zero there), a compare and a
 * branch on a free. HEAP_L1 takes the long way always, writes and reads red zone and poison (256 and 128
 * bytes at most), and has 512 bytes of notes a slab.
 * An alignment above that of `offset` itself cannot be promised and is refused as MISALIGNED.
 * Not here: locks, per-processor caches, zeroing of freed memory, who allocated. */
#include "private.h"

#include <base/string.h>

#include <stdckdint.h>

size_t heap_memory_size(void)
{
    return align_up(sizeof(struct heap), HEAP_ALIGNMENT);
}

status_t heap_init(void *memory, size_t size, struct frame_allocator *frames, uint64_t offset,
                   const struct heap_window *window, struct heap **out)
{
    if (size < heap_memory_size())
        return STATUS_NO_MEMORY;
    if (!is_aligned((uintptr_t)memory, HEAP_ALIGNMENT) || !is_aligned(offset, PAGE_SIZE))
        return STATUS_MISALIGNED;
    if (window != nullptr && window->end.value < window->start.value)
        return STATUS_OUT_OF_RANGE;
    struct heap *heap = memory;
    heap->frames = frames;
    heap->offset = offset;
    heap->fast_max = HEAP_SLAB_MAX;
    heap->alignment_max = offset == 0 || (offset & -offset) > GIB ? GIB : offset & -offset;
    if (window != nullptr)
        heap->window = *window;
    heap_slab_init(heap);
    *out = heap;
    return STATUS_OK;
}

/* ---- alloc ---- */

void heap_count_alloc(struct heap *heap, size_t requested, size_t usable)
{
    struct heap_totals *totals = &heap->totals;
    DEBUG_ASSERT(H8, requested <= usable);
    totals->requested_total += requested;
    if (++totals->live_blocks > totals->live_blocks_peak)
        totals->live_blocks_peak = totals->live_blocks;
    totals->live_bytes += usable;
    if (totals->live_bytes > totals->live_bytes_peak)
        totals->live_bytes_peak = totals->live_bytes;
}

/* The smallest class that holds `size` and whose blocks are aligned; both up to HEAP_SLAB_MAX. */
static struct heap_size_class *aligned_class(struct heap *heap, size_t size, size_t alignment)
{
    struct heap_size_class *class =
        &heap->classes[heap_class_of(size > alignment ? size : alignment)];
    while (class->alignment < alignment) { /* at most 7 times: powers of two are classes */
        class ++;
        ASSERT(H2, class < &heap->classes[HEAP_CLASS_COUNT]); /* else it is a cache's */
    }
    return class;
}

static status_t take_large(struct heap *heap, size_t size, size_t alignment, void **out,
                           size_t *usable)
{
    status_t status = heap_large_take(heap, size, alignment, out, usable);
    if (status != STATUS_OK)
        return status;
    heap->totals.allocations++;
    heap->totals.usable_total += *usable;
    return STATUS_OK;
}

/* `size` with the red zone. A block whose poison was damaged is retired, and another one taken. */
static status_t take_block(struct heap *heap, size_t size, size_t alignment, void **out,
                           size_t *usable)
{
    size += size == 0;
    if (size > HEAP_SLAB_MAX || alignment > HEAP_SLAB_MAX)
        return take_large(heap, size, alignment, out, usable);
    struct heap_size_class *class = alignment <= HEAP_ALIGNMENT
                                        ? &heap->classes[heap_class_of(size)]
                                        : aligned_class(heap, size, alignment);
    void *block;
    do {
        if (class->current->free_words == 0) {
            status_t status = heap_slab_refill(heap, class);
            if (status != STATUS_OK)
                return status;
        }
        block = heap_slab_pop(class);
    } while (heap->red_zone != 0 && !heap_guard_open(heap, class, block, size - heap->red_zone));
    *usable = class->block_size;
    *out = block;
    return STATUS_OK;
}

status_t heap_allocate(struct heap *heap, size_t requested, size_t alignment, void **out)
{
    size_t size, usable;
    void *block;
    status_t status = STATUS_OVERFLOW;
    if (!ckd_add(&size, requested,
                 heap->red_zone)) /* at HEAP_L1 no byte asked for is no byte to use */
        status = take_block(heap, size, alignment, &block, &usable);
    if (status != STATUS_OK) {
        heap->totals.refusals++;
        return status;
    }
    DEBUG_ASSERT(H2, is_aligned(virt_of(block).value, alignment));
    heap_count_alloc(heap, requested, usable);
    *out = block;
    return STATUS_OK;
}

status_t heap_alloc(struct heap *heap, size_t size, void **out)
{
    if (size - 1 < heap->fast_max) { /* the way that is nearly always taken, without a call */
        struct heap_size_class *class = &heap->classes[heap_class_of(size)];
        if (class->current->free_words != 0) {
            heap_count_alloc(heap, size, class->block_size);
            *out = heap_slab_pop(class);
            return STATUS_OK;
        }
    }
    return heap_allocate(heap, size, HEAP_ALIGNMENT, out);
}

status_t heap_alloc_aligned(struct heap *heap, size_t size, size_t alignment, void **out)
{
    if (!is_power_of_two(alignment) || alignment > heap->alignment_max)
        return STATUS_MISALIGNED;
    return heap_allocate(heap, size, alignment, out);
}

status_t heap_alloc_zeroed(struct heap *heap, size_t count, size_t size, void **out)
{
    size_t total;
    if (ckd_mul(&total, count, size)) {
        heap->totals.refusals++;
        return STATUS_OVERFLOW;
    }
    void *block;
    status_t status = heap_allocate(heap, total, HEAP_ALIGNMENT, &block);
    if (status != STATUS_OK)
        return status;
    memset(block, 0, total);
    *out = block;
    return STATUS_OK;
}

/* ---- accounts ---- */

/* What the classes count is not counted twice on every allocation. */
void heap_totals(const struct heap *heap, struct heap_totals *out)
{
    struct heap_totals totals = heap->totals;
    for (unsigned i = 0; i < HEAP_CLASSES_MAX; i++) {
        const struct heap_size_class *class = &heap->classes[i];
        DEBUG_ASSERT(H5, class->live <= class->allocations);
        totals.allocations += class->allocations;
        totals.frees += class->allocations - class->live;
        totals.usable_total += class->allocations * class->block_size;
    }
    *out = totals;
}

/* ---- levels ---- */

status_t heap_set_level(struct heap *heap, enum heap_level level)
{
    const struct heap_totals *totals = &heap->totals;
    if (totals->slabs + totals->large_blocks + totals->window_blocks != 0 ||
        object_cache_get(heap, 0) != nullptr)
        return STATUS_IN_USE;
    ASSERT(H8, totals->live_blocks == 0 && totals->live_requested == 0);
    heap->red_zone = level == HEAP_L0 ? 0 : HEAP_RED_ZONE;
    heap->fast_max = level == HEAP_L0 ? HEAP_SLAB_MAX : 0;
    return STATUS_OK;
}

enum heap_level heap_get_level(const struct heap *heap)
{
    return heap->red_zone == 0 ? HEAP_L0 : HEAP_L1;
}

void heap_set_report(struct heap *heap, heap_report *report, void *owner)
{
    heap->report = report;
    heap->report_owner = owner;
}
