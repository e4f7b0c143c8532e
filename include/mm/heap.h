/* SPDX-License-Identifier: MIT
 * The kernel heap: blocks of any size. Up to 32 KiB from slabs of one size class each; above, page runs
 * of their own; above 2 MiB, where a window is given, mapped and guarded in it. No allocation state lies
 * in or beside the blocks: a free checks its pointer without touching what it points to.
 * One processor, no interrupts: not locked. The result is aligned to 16 bytes at least. */
#ifndef MM_HEAP_H
#define MM_HEAP_H

#include <base/address.h>
#include <base/status.h>
#include <mm/frames.h>

constexpr size_t HEAP_ALIGNMENT = 16;
constexpr size_t HEAP_SLAB_MAX = 32 * 1024; /* largest size class */
/* Blocks above this use the window, and may be rounded up to whole 2 MiB, by 2 MiB less 36 KiB at most: see
 * heap_totals.window_waste. */
constexpr size_t HEAP_WINDOW_MIN = 2 * 1024 * 1024;

/* How blocks over HEAP_WINDOW_MIN get guarded addresses. Declared here, implemented above. */
struct heap_window {
    /* Map `*page_count` fresh pages somewhere in the window, guard pages around them; or more of them, if that is cheaper:
     * *page_count says so then, and the block has them. */
    status_t (*map)(void *owner, uint64_t *page_count, virt_addr_t *out);
    /* Undo it. The heap passes only what map returned, once. */
    void (*unmap)(void *owner, virt_addr_t start, uint64_t page_count);
    void *owner;
    virt_addr_t start, end; /* of the window: any pointer in it is one of its blocks or foreign */
};

struct heap; /* opaque: mm/heap/private.h */

/* Bytes of memory (16-aligned) that struct heap needs. */
size_t heap_memory_size(void);
/* `memory` zeroed, stays with the heap. `offset`: virtual minus physical (blocks lie there). window may be
 * null: then large blocks are page runs whatever their size, up to 1 GiB. */
status_t heap_init(void *memory, size_t size, struct frame_allocator *frames, uint64_t offset,
                   const struct heap_window *window, struct heap **out);

/* How closely contents are watched. L1 keeps what was asked for of every block, away from it. Behind the last byte
 * asked for lies a red zone: a pattern that a free and a resize look at, all that the block has there, 8 bytes at least
 * and 256 at most; what lies further behind is not looked at. A block of 0 bytes is nothing but its red zone.
 * When a block of up to 32 KiB is freed, the first and the last 64 bytes of what its owner had get another pattern
 * (all of it, up to 127), that the next allocation of the block looks at, as at its red zone. */
enum heap_level : uint8_t { HEAP_L0, HEAP_L1 };
/* Only while the heap has no slab and no block: else IN_USE. */
status_t heap_set_level(struct heap *heap, enum heap_level level);
enum heap_level heap_get_level(const struct heap *heap);

/* Contents: whatever was there. Size 0 is served as 1. NO_MEMORY, OVERFLOW (size cannot be served). */
status_t heap_alloc(struct heap *heap, size_t size, void **out);
/* alignment: a power of two up to 1 GiB, else MISALIGNED. */
status_t heap_alloc_aligned(struct heap *heap, size_t size, size_t alignment, void **out);
/* Zeroed; OVERFLOW if count * size does not fit. */
status_t heap_alloc_zeroed(struct heap *heap, size_t count, size_t size, void **out);

/* What was wrong with a pointer, or with what lies there; for the report. */
struct heap_misuse {
    status_t status;      /* NOT_ALLOCATED (double free), INSIDE_BLOCK, FOREIGN, MISALIGNED, and at
                           * HEAP_L1: OVERRUN, USE_AFTER_FREE */
    virt_addr_t address;  /* as passed */
    virt_addr_t block;    /* the block it points into, if any */
    size_t block_size;    /* bytes of that block, 0 if none */
    struct frame_tag tag; /* of the frame it points to */
    /* OVERRUN, USE_AFTER_FREE only: */
    size_t requested;    /* bytes that were asked for; 0 in a freed block */
    size_t offset;       /* of the first bad byte from the block's start */
    unsigned char value; /* what it is, and was when the heap last saw it */
    unsigned char expected;
};

/* Where damage is told that nobody's call can be refused for: an allocation found that a freed block was
 * written (USE_AFTER_FREE). If the function returns, that block is never used again: it stays live for
 * ever, and the allocation gets another one. */
typedef void heap_report(void *owner, const struct heap_misuse *misuse);
void heap_set_report(struct heap *heap, heap_report *report, void *owner);

/* Give a block back. null is allowed and does nothing. On a bad pointer: the status, nothing changed,
 * and *misuse (may be null) filled. */
status_t heap_free(struct heap *heap, void *block, struct heap_misuse *misuse);
/* In place where the class or the run allows: a run gives its tail back, or takes the free frames behind it.
 * Else alloc, copy, free. block null: as heap_alloc. size 0:
 * as size 1. On failure the old block is untouched. */
status_t heap_resize(struct heap *heap, void *block, size_t size, void **out,
                     struct heap_misuse *misuse);
/* Usable bytes of a block: all of it, at HEAP_L1 what was asked for. Bad pointers as heap_free. */
status_t heap_size(const struct heap *heap, const void *block, size_t *out,
                   struct heap_misuse *misuse);
/* The live block that holds an address, start or inside. NOT_FOUND. */
status_t heap_find(const struct heap *heap, virt_addr_t address, virt_addr_t *block, size_t *size);

/* Give every wholly free slab to the frame allocator; how many bytes that were. For whoever owns both, when frames
 * were refused: then trim, and ask once more if it was not 0. Never called by the heap or the frames themselves. */
size_t heap_trim(struct heap *heap);

struct heap_totals {
    uint64_t allocations, frees; /* since the start */
    uint64_t refusals;           /* out of memory (before any trim), overflow */
    uint64_t misuses;
    uint64_t live_blocks, live_blocks_peak;
    uint64_t live_bytes, live_bytes_peak; /* of live blocks, with what was not asked for */
    uint64_t requested_total;             /* bytes ever asked for */
    uint64_t usable_total;                /* bytes of the blocks that were given for them */
    uint64_t live_requested;              /* bytes asked for of live blocks; HEAP_L1 only, else 0 */
    uint64_t retired; /* live blocks that are damaged and nobody's; HEAP_L1 only */
    uint64_t held_bytes, held_bytes_peak; /* frames held, records included */
    uint64_t slabs, large_blocks, window_blocks;
    uint64_t window_waste; /* bytes of window blocks behind the last page that was asked for */
};
void heap_totals(const struct heap *heap, struct heap_totals *out);

/* One size class, for reports. index from 0; false when there is none. */
struct heap_class {
    size_t block_size, slab_size;
    uint64_t slabs, idle_slabs, blocks;
    uint64_t live, live_peak;
    uint64_t allocations, frees;
};
bool heap_class_get(const struct heap *heap, unsigned index, struct heap_class *out);

/* At HEAP_L1: look at every red zone and every freed block. OK, or the first damage, *misuse filled. */
status_t heap_audit(const struct heap *heap, struct heap_misuse *misuse);

/* Walk everything; null if sound, else the sentence of the invariant that is broken. */
const char *heap_check(const struct heap *heap);

#endif
