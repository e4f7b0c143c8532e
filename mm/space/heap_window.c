/* SPDX-License-Identifier: MIT
 * Heap blocks over 2 MiB in the kernel's space, each in a range of its own with a guard page on both sides.
 *
 * Problem: a block of n pages is n / 512 blocks of frames, which cost one entry each, and a tail of up to 511 pages, which
 *          must not cost a hundred times as much.
 * Shape:   pieces one behind the other, as large as they can be had:
 *
 *            | 2 MiB leaf | 2 MiB leaf | tail: a run of frames, mapped in one call |   guard
 *
 *          A tail needs a table, a run and an entry a page. One of more than TAIL_MAX pages would cost more than all of a
 *          block of whole 2 MiB does, so it is rounded up: 2 MiB less 36 KiB at most are mapped that nobody asked
 *          for. The heap is told how many pages it got, and counts them as the block's.
 *          If there are not as many whole blocks of frames, not a page more than was asked for is taken, in pieces: a
 *          refused block or run is asked for in quarters, down to single frames. The tag of a run is its length, so
 *          that a free knows a piece from the next.
 * Cost:    no tail: two blocks 5 000 instructions for map and unmap, each further one 1 700. A tail adds 4 000, and 35
 *          a page. What is refused once is not asked for again in the same block. Rules: S6, S8 of kernel_space.c. */
#include "private.h"

#include <base/assert.h>

constexpr uint64_t BLOCK_PAGES = UINT64_C(1) << ORDER_BLOCK;
constexpr uint64_t TAIL_MAX = 8;

/* Frames side by side that are mapped together: a block, a run, or one frame. */
struct piece {
    pfn_t first;
    uint64_t pages;
    unsigned order; /* of a block or frame; a run: none of them */
};
constexpr unsigned ORDER_RUN = UINT32_MAX;

/* ---- pieces from frames and back ---- */

static void give_piece(struct kernel_space *space, struct piece piece)
{
    status_t status = piece.order == ORDER_RUN
                          ? frames_free_run(space->frames, piece.first, piece.pages)
                          : frames_free(space->frames, piece.first, piece.order);
    ASSERT(S8, status == STATUS_OK); /* it is given as it was taken */
}

/* A piece of `wanted` pages or fewer, the largest that can be had, but of `least`; *most is what it is worth to ask for. */
static status_t take_piece(struct kernel_space *space, uint64_t wanted, uint64_t least,
                           uint64_t *most, struct piece *out)
{
    if (wanted >= BLOCK_PAGES && *most >= BLOCK_PAGES) {
        *out = (struct piece){.pages = BLOCK_PAGES, .order = ORDER_BLOCK};
        if (frames_alloc(space->frames, ORDER_BLOCK, FRAME_HEAP_LARGE, &out->first) == STATUS_OK)
            return STATUS_OK;
        *most = BLOCK_PAGES - 1;
    }
    if (*most < least)
        return STATUS_NO_MEMORY;
    for (uint64_t pages = wanted < *most ? wanted : *most; pages > 1; pages /= 4) {
        *out = (struct piece){.pages = pages, .order = ORDER_RUN};
        if (frames_alloc_run(space->frames, pages, 1, FRAME_HEAP_LARGE, (uint32_t)pages,
                             &out->first) == STATUS_OK)
            return STATUS_OK;
        *most = pages / 4;
    }
    *out = (struct piece){.pages = 1, .order = ORDER_FRAME};
    return frames_alloc(space->frames, ORDER_FRAME, FRAME_HEAP_LARGE, &out->first);
}

/* The piece whose first page is mapped at `start`. */
static struct piece piece_at(const struct kernel_space *space, uint64_t start)
{
    const struct page_walk walk = page_table_query(&space->table, virt_addr(start));
    ASSERT(S6, walk.present);
    struct piece piece = {.first = phys_to_pfn(walk.phys), .pages = 1, .order = ORDER_FRAME};
    if (walk.leaf_size != PAGE_SIZE) {
        piece.pages = BLOCK_PAGES;
        piece.order = ORDER_BLOCK;
        return piece;
    }
    const struct frame_tag tag = frames_tag(space->frames, piece.first);
    if (tag.class == FRAME_HEAP_LARGE && tag.value != 0) {
        piece.pages = tag.value;
        piece.order = ORDER_RUN;
    }
    return piece;
}

/* ---- mapping ---- */

static void unmap_pieces(struct kernel_space *space, uint64_t start, uint64_t end)
{
    while (start < end) {
        const struct piece piece = piece_at(space, start);
        ASSERT(S6, piece.pages <= (end - start) / PAGE_SIZE);
        status_t status =
            page_table_unmap(&space->table, virt_addr(start), piece.pages * PAGE_SIZE);
        ASSERT(S8, status == STATUS_OK); /* no leaf is split, so no table is needed */
        give_piece(space, piece);
        start += piece.pages * PAGE_SIZE;
    }
}

/* Pieces of `least` pages or more. *at becomes the end of what is mapped, also on failure. */
static status_t map_pieces(struct kernel_space *space, uint64_t *at, uint64_t end, uint64_t least)
{
    uint64_t most = BLOCK_PAGES;
    DEBUG_ASSERT(S6, is_aligned(*at, BLOCK_PAGES * PAGE_SIZE));
    while (*at < end) {
        const uint64_t in_block = BLOCK_PAGES - *at / PAGE_SIZE % BLOCK_PAGES;
        const uint64_t left = (end - *at) / PAGE_SIZE;
        struct piece piece;
        status_t status =
            take_piece(space, left < in_block ? left : in_block, least, &most, &piece);
        if (status != STATUS_OK)
            return status;
        status = page_table_map(&space->table, virt_addr(*at), pfn_to_phys(piece.first),
                                piece.pages * PAGE_SIZE, PAGE_WRITE | PAGE_GLOBAL,
                                MEMORY_TYPE_WRITE_BACK);
        if (status != STATUS_OK) {
            give_piece(space, piece);
            return status;
        }
        *at += piece.pages * PAGE_SIZE;
    }
    return STATUS_OK;
}

static status_t map_block(struct kernel_space *space, uint64_t pages, uint64_t least,
                          virt_addr_t *out)
{
    virt_addr_t start;
    status_t status = ranges_alloc(&space->heap_window, pages * PAGE_SIZE, BLOCK_PAGES * PAGE_SIZE,
                                   "heap block", &start);
    if (status != STATUS_OK)
        return status;
    uint64_t at = start.value;
    const uint64_t end = start.value + pages * PAGE_SIZE;
    status = map_pieces(space, &at, end, least);
    if (status != STATUS_OK) {
        unmap_pieces(space, start.value, at);
        status_t undone = ranges_free(&space->heap_window, start, nullptr);
        ASSERT(S8, undone == STATUS_OK);
        return status;
    }
    if (end > space->heap_window_peak)
        space->heap_window_peak = end;
    *out = start;
    return STATUS_OK;
}

status_t kernel_space_map_window(void *owner, uint64_t *page_count, virt_addr_t *out)
{
    struct kernel_space *space = owner;
    if (*page_count > HEAP_SIZE / PAGE_SIZE)
        return STATUS_NO_MEMORY;
    const uint64_t rounded = align_up(*page_count, BLOCK_PAGES);
    if (*page_count % BLOCK_PAGES > TAIL_MAX &&
        map_block(space, rounded, BLOCK_PAGES, out) == STATUS_OK) {
        *page_count = rounded;
        return STATUS_OK;
    }
    return map_block(space, *page_count, 1, out);
}

void kernel_space_unmap_window(void *owner, virt_addr_t start, uint64_t page_count)
{
    struct kernel_space *space = owner;
    struct virtual_range range;
    unmap_pieces(space, start.value, start.value + page_count * PAGE_SIZE);
    status_t status = ranges_free(&space->heap_window, start, &range);
    ASSERT(S8, status == STATUS_OK);
    ASSERT(S6, range.size == page_count * PAGE_SIZE); /* no page of it stays mapped */
}
