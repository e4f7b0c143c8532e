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
 * I1  a record below record_count is of one kind; those of no kind are the list `unused`
 * I2  the frames of a slab or run carry its class and number; it is aligned as its class is
 * I3  a slab's free_count and free_words tell what its bits say; no bit is a block past the end
 * I4  a slab is the current one, or the spare and wholly free, or listed in the bin of its free
 *     count and neither wholly free nor full, or full and on no list
 * I5  a class's counts of slabs and of live blocks are those of its records
 * I6  a class has one wholly free slab at most
 * I7  a window block lies in the window, at a page, in the bucket of its address
 * I8  the totals are the sums over all records; no peak is below what it is the peak of
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
 * One idle slab a class at most is kept; when memory runs out all of them go back, and the
 * allocation is tried once more.
 * A resize stays in place within the class or the number of pages. Anything else allocates, copies
 * and frees, also where a run could have grown; a moved block is aligned to 16. A shrink that finds
 * no memory stays where it is: it cannot fail.
 * An alignment above that of `offset` itself cannot be promised and is refused as MISALIGNED.
 * Not here: locks, per-processor caches, zeroing of freed memory, red zones, who allocated. */
#include "heap_private.h"

#include <base/assert.h>
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
    heap->alignment_max = offset == 0 || (offset & -offset) > GIB ? GIB : offset & -offset;
    if (window != nullptr)
        heap->window = *window;
    heap_slab_init(heap);
    *out = heap;
    return STATUS_OK;
}

/* ---- alloc ---- */

static void count_alloc(struct heap *heap, size_t requested, size_t usable)
{
    struct heap_totals *totals = &heap->totals;
    totals->allocations++;
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
    while (class->alignment < alignment) /* at most 7 times: powers of two are classes */
        class ++;
    return class;
}

static status_t take_block(struct heap *heap, size_t size, size_t alignment, void **out,
                           size_t *usable)
{
    if (size > HEAP_SLAB_MAX || alignment > HEAP_SLAB_MAX) {
        status_t status = heap_large_take(heap, size, alignment, out);
        *usable = heap_large_size(size);
        return status;
    }
    struct heap_size_class *class = alignment <= HEAP_ALIGNMENT
                                        ? &heap->classes[heap_class_of(size)]
                                        : aligned_class(heap, size, alignment);
    if (class->current->free_words == 0) {
        status_t status = heap_slab_refill(heap, class);
        if (status != STATUS_OK)
            return status;
    }
    *usable = class->block_size;
    *out = heap_slab_pop(class);
    return STATUS_OK;
}

static status_t allocate(struct heap *heap, size_t requested, size_t alignment, void **out)
{
    size_t size = requested == 0 ? 1 : requested;
    void *block;
    size_t usable;
    status_t status = take_block(heap, size, alignment, &block, &usable);
    if (status == STATUS_NO_MEMORY && heap_slab_trim(heap) > 0)
        status = take_block(heap, size, alignment, &block, &usable);
    if (status != STATUS_OK) {
        heap->totals.refusals++;
        return status;
    }
    count_alloc(heap, requested, usable);
    *out = block;
    return STATUS_OK;
}

status_t heap_alloc(struct heap *heap, size_t size, void **out)
{
    if (size - 1 < HEAP_SLAB_MAX) { /* the way that is nearly always taken, without a call */
        struct heap_size_class *class = &heap->classes[heap_class_of(size)];
        if (class->current->free_words != 0) {
            count_alloc(heap, size, class->block_size);
            *out = heap_slab_pop(class);
            return STATUS_OK;
        }
    }
    return allocate(heap, size, HEAP_ALIGNMENT, out);
}

status_t heap_alloc_aligned(struct heap *heap, size_t size, size_t alignment, void **out)
{
    if (!is_power_of_two(alignment) || alignment > heap->alignment_max)
        return STATUS_MISALIGNED;
    return allocate(heap, size, alignment, out);
}

status_t heap_alloc_zeroed(struct heap *heap, size_t count, size_t size, void **out)
{
    size_t total;
    if (ckd_mul(&total, count, size)) {
        heap->totals.refusals++;
        return STATUS_OVERFLOW;
    }
    void *block;
    status_t status = allocate(heap, total, HEAP_ALIGNMENT, &block);
    if (status != STATUS_OK)
        return status;
    memset(block, 0, total);
    *out = block;
    return STATUS_OK;
}

/* ---- judging a pointer ---- */

/* What an address points to, as far as it is a block. */
struct spot {
    struct heap_record *record;
    uint32_t slot; /* in a slab */
    uint64_t block;
    size_t size; /* usable bytes; 0: no block */
    bool live;
    struct frame_tag tag;
};

/* The record that a tag means, if it is one of that kind. Whether it holds the address is still to
 * be seen: frames of these classes may belong to another heap over the same frames. */
static struct heap_record *record_of(const struct heap *heap, struct frame_tag tag,
                                     enum heap_kind kind)
{
    if (tag.value >= heap->record_count)
        return nullptr;
    struct heap_record *record = heap_record_at(heap, tag.value);
    return record->kind == kind ? record : nullptr;
}

static void look_in_slab(struct spot *spot, struct heap_record *slab, uint64_t address)
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
    spot->live = (slab->free[slot / 64] >> slot % 64 & 1) == 0;
}

static void look_in_large(struct spot *spot, struct heap_record *record, uint64_t address)
{
    uint64_t size = record->page_count * PAGE_SIZE;
    if (address - record->base >= size)
        return;
    spot->record = record;
    spot->block = record->base;
    spot->size = size;
    spot->live = true;
}

static void look_in_window(const struct heap *heap, struct spot *spot, uint64_t address)
{
    struct heap_record *record = heap_window_starting(heap, address);
    if (record == nullptr)
        record = heap_window_holding(heap, address);
    if (record != nullptr)
        look_in_large(spot, record, address);
}

/* Inlined, so that a good free keeps it in registers. */
[[gnu::always_inline]] static inline struct spot look_at(const struct heap *heap, uint64_t address)
{
    struct spot spot = {.tag.class = FRAME_UNMANAGED};
    if (heap_in_window(heap, address)) {
        look_in_window(heap, &spot, address);
        return spot;
    }
    if (address - heap->offset >= PHYS_LIMIT)
        return spot;
    spot.tag = frames_tag(heap->frames, heap_frame_of(heap, address));
    if (spot.tag.class == FRAME_SLAB) {
        struct heap_record *slab = record_of(heap, spot.tag, HEAP_SLAB);
        if (slab != nullptr)
            look_in_slab(&spot, slab, address);
    } else if (spot.tag.class == FRAME_HEAP_LARGE) {
        struct heap_record *run = record_of(heap, spot.tag, HEAP_RUN);
        if (run != nullptr)
            look_in_large(&spot, run, address);
    }
    return spot;
}

/* Whose memory is it, when it is no block's? Only asked about pointers that are refused anyway. */
static status_t judge_no_block(const struct heap *heap, struct spot *spot, uint64_t address)
{
    if (heap_in_window(heap, address) || address - heap->offset >= PHYS_LIMIT)
        return STATUS_FOREIGN;
    struct frame_owner owner = frames_owner(heap->frames, heap_frame_of(heap, address));
    spot->tag = (struct frame_tag){owner.class, owner.value};
    return owner.class == FRAME_FREE ? STATUS_NOT_ALLOCATED : STATUS_FOREIGN;
}

static bool is_block(const struct spot *spot, const void *pointer)
{
    return spot->live && spot->block == virt_of(pointer).value;
}

/* The pointer is not the start of a live block: say what is wrong, and fill *misuse. */
static status_t refuse(const struct heap *heap, const void *pointer, struct heap_misuse *misuse)
{
    uint64_t address = virt_of(pointer).value;
    struct spot spot = look_at(heap, address);
    status_t status = STATUS_INSIDE_BLOCK;
    if (spot.size == 0)
        status = judge_no_block(heap, &spot, address);
    else if (!spot.live)
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

status_t heap_size(const struct heap *heap, const void *block, size_t *out,
                   struct heap_misuse *misuse)
{
    struct spot spot = look_at(heap, virt_of(block).value);
    if (!is_block(&spot, block))
        return refuse(heap, block, misuse);
    *out = spot.size;
    return STATUS_OK;
}

status_t heap_find(const struct heap *heap, virt_addr_t address, virt_addr_t *block, size_t *size)
{
    struct spot spot = look_at(heap, address.value);
    if (!spot.live)
        return STATUS_NOT_FOUND;
    *block = virt_addr(spot.block);
    *size = spot.size;
    return STATUS_OK;
}

/* ---- free and resize ---- */

static void release(struct heap *heap, const struct spot *spot)
{
    heap->totals.frees++;
    heap->totals.live_blocks--;
    heap->totals.live_bytes -= spot->size;
    if (spot->record->kind == HEAP_SLAB)
        heap_slab_give(heap, spot->record, spot->slot);
    else
        heap_large_give(heap, spot->record);
}

status_t heap_free(struct heap *heap, void *block, struct heap_misuse *misuse)
{
    if (block == nullptr)
        return STATUS_OK;
    struct spot spot = look_at(heap, virt_of(block).value);
    if (!is_block(&spot, block)) {
        heap->totals.misuses++;
        return refuse(heap, block, misuse);
    }
    release(heap, &spot);
    return STATUS_OK;
}

/* The block would be as large if it were allocated anew. */
static bool fits_in_place(const struct spot *spot, size_t size)
{
    if (size > spot->size)
        return false;
    if (spot->record->kind == HEAP_SLAB)
        return heap_class_of(size) == spot->record->class_index;
    return size > HEAP_SLAB_MAX && heap_large_size(size) == spot->size;
}

status_t heap_resize(struct heap *heap, void *block, size_t size, void **out,
                     struct heap_misuse *misuse)
{
    if (block == nullptr)
        return heap_alloc(heap, size, out);
    struct spot spot = look_at(heap, virt_of(block).value);
    if (!is_block(&spot, block)) {
        heap->totals.misuses++;
        return refuse(heap, block, misuse);
    }
    size_t wanted = size == 0 ? 1 : size;
    bool in_place = fits_in_place(&spot, wanted);
    void *moved = block;
    if (!in_place) {
        status_t status = allocate(heap, size, HEAP_ALIGNMENT, &moved);
        if (status != STATUS_OK && wanted > spot.size)
            return status;
        in_place = status != STATUS_OK; /* a shrink may stay */
    }
    if (in_place) {
        heap->totals.requested_total += size;
        *out = block;
        return STATUS_OK;
    }
    memcpy(moved, block, wanted < spot.size ? wanted : spot.size);
    release(heap, &spot);
    *out = moved;
    return STATUS_OK;
}

void heap_totals(const struct heap *heap, struct heap_totals *out)
{
    *out = heap->totals;
}
