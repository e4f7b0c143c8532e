/* SPDX-License-Identifier: MIT
 * Physical frames: who owns each 4 KiB frame of RAM, and handing them out.
 *
 * Blocks have order 0 (4 KiB), 9 (2 MiB) or 18 (1 GiB) and are aligned to their size; runs are any number
 * of frames side by side. Memory is known as spans; a 1 GiB section of them gets metadata (9 frames of
 * its own) only when something in it is first taken, so starting up costs nothing per GiB.
 * One processor, no interrupts: not locked. Pure: the memory that metadata lies in is reached at
 * `offset + physical address` (the direct map, or the arena of a host test). */
#ifndef MM_FRAMES_H
#define MM_FRAMES_H

#include <base/address.h>
#include <base/status.h>

constexpr unsigned ORDER_FRAME = 0;
constexpr unsigned ORDER_BLOCK = 9;    /* 512 frames, 2 MiB */
constexpr unsigned ORDER_SECTION = 18; /* 262144 frames, 1 GiB */
constexpr unsigned NODES_MAX = 64;

/* Whose a frame is. A block of 512 frames is claimed by one class, and single frames of other classes go
 * there only when memory is short: what moves stays apart from what cannot. */
#define FRAME_CLASS_LIST(X)                                                                        \
    X(FREE, "free")                                                                                \
    X(METADATA, "frame metadata") /* the allocator's own */                                        \
    X(KERNEL, "kernel")           /* anything of ours without a better word */                     \
    X(PAGE_TABLE, "page table")                                                                    \
    X(SLAB, "heap slab")              /* value: slab number */                                     \
    X(HEAP_LARGE, "heap large block") /* value: record number */                                   \
    X(HEAP_RECORDS, "heap records")                                                                \
    X(STACK, "stack")                                                                              \
    X(USER, "user")                                                                                \
    X(TEST, "test")                                                                                \
    X(RESERVED, "reserved")   /* by frames_reserve */                                              \
    X(OFFLINE, "offline")     /* by frames_offline: out of service for good */                     \
    X(UNMANAGED, "unmanaged") /* not memory that this allocator was given */

enum frame_class : uint8_t {
#define FRAME_CLASS_ENUM(name, word) FRAME_##name,
    FRAME_CLASS_LIST(FRAME_CLASS_ENUM)
#undef FRAME_CLASS_ENUM
        FRAME_CLASS_COUNT
};
const char *frame_class_name(enum frame_class class);

/* Memory to manage: `count` frames from `first`, on a NUMA node (< NODES_MAX). */
struct frame_span {
    pfn_t first;
    uint64_t count;
    uint32_t node;
};

/* What this layer needs of the one above. All may be null. */
struct frame_hooks {
    /* Make the 1 GiB section of `first` (section aligned) reachable at offset + address, before its
     * metadata is written. May itself take single frames (their class PAGE_TABLE) from this allocator:
     * it is called only while sections that are already reachable hold at least FRAMES_LOW_WATER free
     * frames, or when nothing else is left. A failure makes the section unavailable for this call. */
    status_t (*section_online)(void *owner, pfn_t first);
    /* Test hook: called before each allocation; false makes it fail with NO_MEMORY. */
    bool (*may_allocate)(void *owner);
    void *owner;
};

/* One section's tables at the worst, 512 leaf tables and 3 directories, and as much again to be used
 * meanwhile. */
constexpr uint64_t FRAMES_LOW_WATER = 640;

struct frame_allocator; /* opaque: mm/frames/private.h */

/* Bytes of memory (16-aligned) that an allocator needs for itself: room for `span_capacity` spans and the
 * section directory up to `limit` (first frame number that will never be managed). 0 on overflow.
 * O(capacity) + 8 bytes per 64 GiB below limit, and 168 per 4 TiB of it, at least once. */
size_t frames_memory_size(size_t span_capacity, pfn_t limit);

/* Start with no memory at all. `offset`: virtual minus physical address of metadata. `memory` must be
 * zeroed and stays with the allocator. hooks may be null; it is copied. */
status_t frames_init(void *memory, size_t size, size_t span_capacity, pfn_t limit, uint64_t offset,
                     const struct frame_hooks *hooks, struct frame_allocator **out);

/* Add memory: at start-up every usable range, later what is reclaimed. Costs nothing per frame for a
 * section that nothing was taken from. OVERLAP if any of it is already managed, FULL if the span table is
 * full, OUT_OF_RANGE at or above limit, BAD_ORDER for count 0. Ranges that touch are joined. */
status_t frames_put_range(struct frame_allocator *fa, struct frame_span span);
/* Add many, in order of address (else OVERLAP), in one pass over the spans. All or none: refused as
 * frames_put_range; FULL unless the span table has room for each of them. */
status_t frames_put_ranges(struct frame_allocator *fa, const struct frame_span *spans,
                           size_t count);

/* Take one block of order 0, 9 or 18 (else BAD_ORDER) for a class from KERNEL to TEST (else UNSUPPORTED).
 * The lowest suitable memory is taken first, the fullest block first. Contents are whatever was there. */
status_t frames_alloc(struct frame_allocator *fa, unsigned order, enum frame_class class,
                      pfn_t *out);
/* Give one block back. Fails, changing nothing: BAD_ORDER, MISALIGNED, OUT_OF_RANGE (not managed),
 * NOT_ALLOCATED (free already), WRONG_ORDER (part of another order or of a run), OFFLINE, FOREIGN (the
 * allocator's own metadata). */
status_t frames_free(struct frame_allocator *fa, pfn_t first, unsigned order);

/* Take `count` frames side by side, the first at a multiple of `alignment` frames (a power of two), and
 * record `value` (24 bits) with each: the owner's note, which frames_owner returns. A run never leaves its
 * 1 GiB section, so count <= 262144, else BAD_ORDER. MISALIGNED for an alignment that is no power of two,
 * OVERFLOW for a value that does not fit, UNSUPPORTED as above. */
status_t frames_alloc_run(struct frame_allocator *fa, uint64_t count, uint64_t alignment,
                          enum frame_class class, uint32_t value, pfn_t *out);
/* Give a whole run back, or a range that was reserved. Refused as frames_free; WRONG_ORDER unless
 * [first, first + count) is exactly one run; INSIDE_BLOCK if first is not its start. */
status_t frames_free_run(struct frame_allocator *fa, pfn_t first, uint64_t count);
/* Make the run [first, first + count) `new_count` frames long: its tail goes back, or the free frames right
 * behind it join it. Refused as frames_free_run and, changing nothing: IN_USE if those behind it are not
 * all free memory of its section, BAD_ORDER for a new length that cannot be, NO_MEMORY. */
status_t frames_resize_run(struct frame_allocator *fa, pfn_t first, uint64_t count,
                           uint64_t new_count);

/* Take exactly these frames out (class RESERVED, one run per section touched). IN_USE if one of them is
 * not free, OUT_OF_RANGE if one is not managed. Given back by frames_free_run, per run. */
status_t frames_reserve(struct frame_allocator *fa, pfn_t first, uint64_t count);
/* Withdraw exactly these frames for good: bad memory. As frames_reserve, but frees are refused. */
status_t frames_offline(struct frame_allocator *fa, pfn_t first, uint64_t count);

/* Whose is it? Always has an answer. */
struct frame_owner {
    enum frame_class class;
    bool exact;     /* false: the class is that of the frame's block */
    unsigned order; /* 0, 9, 18: the allocation it belongs to, if it is not a run */
    bool is_run;
    pfn_t first;    /* of the block or run */
    uint64_t count; /* frames in it */
    uint32_t value; /* of a run */
    uint32_t node;
};
struct frame_owner frames_owner(const struct frame_allocator *fa, pfn_t frame);

/* The class and the value of one frame of a run: what a heap asks on every free. O(1), nothing else is
 * looked up: FRAME_UNMANAGED if the frame has no owner word. */
struct frame_tag {
    enum frame_class class;
    uint32_t value;
};
struct frame_tag frames_tag(const struct frame_allocator *fa, pfn_t frame);

/* The first frame at or behind `from` that is managed, and those side by side from it on that have its class: what lies
 * behind may have it too. False: there is none. O(log spans), and O(1) for a block of one class and for sections that
 * were never touched; else a step for each frame that has an owner word. Not for hot paths. */
struct frame_stretch {
    pfn_t first;
    uint64_t count;
    enum frame_class class;
};
bool frames_next_stretch(const struct frame_allocator *fa, pfn_t from, struct frame_stretch *out);

struct frame_totals {
    uint64_t managed; /* frames given by frames_put_range */
    uint64_t free;
    uint64_t by_class[FRAME_CLASS_COUNT]; /* allocated frames; FREE is `free`; UNMANAGED is 0 */
    uint64_t sections;                    /* with managed memory */
    uint64_t sections_online;             /* that have metadata */
    uint64_t free_blocks;   /* wholly free 2 MiB blocks, in sections with metadata and without */
    uint64_t free_sections; /* wholly free 1 GiB sections */
    uint64_t span_count;
};
void frames_totals(const struct frame_allocator *fa, struct frame_totals *out);
/* Of one NUMA node. Walks the spans and the sections that were touched. */
struct frame_node_totals {
    uint64_t managed, free;
};
struct frame_node_totals frames_node_totals(const struct frame_allocator *fa, uint32_t node);
/* Frames in the largest run that frames_alloc_run could serve now, if the sections that would be
 * brought online for it can be. Walks; not for hot paths. */
uint64_t frames_largest_run(const struct frame_allocator *fa);
/* The spans, sorted, for reports. */
const struct frame_span *frames_spans(const struct frame_allocator *fa, size_t *count);

/* Walk everything; null if sound, else the sentence of the invariant that is broken. */
const char *frames_check(const struct frame_allocator *fa);

#endif
