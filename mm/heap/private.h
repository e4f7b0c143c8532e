/* SPDX-License-Identifier: MIT
 * The inside of the heap, for its own files, its checker and its tests. Theory: mm/heap/heap.c. */
#ifndef MM_HEAP_PRIVATE_H
#define MM_HEAP_PRIVATE_H

#include <mm/heap.h>
#include <mm/object_cache.h>

#include <base/assert.h>

constexpr unsigned HEAP_SMALL_CLASSES = 8;    /* 16 .. 128 in steps of 16 */
constexpr unsigned HEAP_SMALL_SHIFT = 7;      /* 128 */
constexpr unsigned HEAP_DOUBLING_CLASSES = 8; /* then steps of 1/8 of the lower power of two */
constexpr unsigned HEAP_STEP_SHIFT = 3;       /* 8 */
constexpr unsigned HEAP_CLASS_COUNT = 72;     /* and 8 doublings, up to HEAP_SLAB_MAX */
constexpr unsigned HEAP_CLASSES_MAX = HEAP_CLASS_COUNT + OBJECT_CACHES_MAX; /* caches behind */
static_assert(HEAP_CLASS_COUNT == HEAP_SMALL_CLASSES + 8 * HEAP_DOUBLING_CLASSES);
static_assert(HEAP_SLAB_MAX == UINT64_C(1) << (HEAP_SMALL_SHIFT + 8));
constexpr unsigned HEAP_SLAB_PAGES_MAX = 16;   /* 64 KiB */
constexpr unsigned HEAP_SLAB_BLOCKS_MAX = 512; /* bits in a record */
constexpr unsigned HEAP_WORDS = HEAP_SLAB_BLOCKS_MAX / 64;
constexpr unsigned HEAP_BINS = 9;      /* by the logarithm of the free count: 1, 2-3, ... 256-511 */
constexpr uint64_t HEAP_RUN_MAX = GIB; /* frames_alloc_run: a run never leaves its section */
constexpr unsigned HEAP_WINDOW_BUCKETS = 64;

enum heap_kind : uint8_t {
    HEAP_UNUSED,
    HEAP_SLAB,
    HEAP_RUN,
    HEAP_WINDOW,
    HEAP_OBJECTS, /* a slab of an object cache */
};

/* At HEAP_L1 each block of a slab has a note; what fills the others is Linux's, known from dumps
 * (include/linux/poison.h). */
constexpr unsigned HEAP_NOTES = 256; /* no slab has more blocks */
constexpr size_t HEAP_RED_ZONE = 8;  /* at least so many bytes behind what was asked for */
constexpr size_t HEAP_RED_ZONE_MAX =
    256; /* at most; what a block has behind that is not looked at */
/* A note is the slack of a block, all that was not asked for, less the red zone that it has at least; with the highest bit
 * for a block that was freed. The numbers above the largest slack are free for what is neither. */
constexpr uint16_t HEAP_NOTE_FREED = 0x8000;
constexpr uint16_t HEAP_NOTE_SLACK_MAX = HEAP_SLAB_MAX - HEAP_RED_ZONE;
constexpr uint16_t HEAP_NOTE_FRESH =
    0xffff; /* free, never handed out, or an object that stays constructed */
constexpr uint16_t HEAP_NOTE_RETIRED = 0xfffd; /* damaged when it was free: kept for ever */
static_assert(HEAP_NOTE_SLACK_MAX < HEAP_NOTE_FREED &&
              (HEAP_NOTE_FREED | HEAP_NOTE_SLACK_MAX) < HEAP_NOTE_RETIRED);
constexpr unsigned char HEAP_RED_BYTE = 0xbb;
constexpr unsigned char HEAP_POISON_BYTE = 0x6b;
constexpr size_t HEAP_POISON_EDGE =
    64; /* bytes at either end of what the owner of a freed block had */

/* Room for the notes of one slab; unused ones are a list. */
union heap_notes {
    uint16_t of[HEAP_NOTES];
    union heap_notes *next;
};

static inline uint16_t heap_note_of(size_t slack)
{
    return (uint16_t)(slack - HEAP_RED_ZONE);
}
static inline size_t heap_note_slack(uint16_t note)
{
    return (note & ~HEAP_NOTE_FREED) + HEAP_RED_ZONE;
}
static inline bool heap_note_is_live(uint16_t note)
{
    return note <= HEAP_NOTE_SLACK_MAX;
}
static inline bool heap_note_is_poisoned(uint16_t note)
{
    return (note & HEAP_NOTE_FREED) != 0 && (note & ~HEAP_NOTE_FREED) <= HEAP_NOTE_SLACK_MAX;
}

/* One slab, run or window block. */
struct heap_record {
    union {
        uint64_t free[HEAP_WORDS]; /* slab: bit = block, 1 = free */
        struct {
            uint64_t page_count;  /* run, window block */
            uint64_t asked_pages; /* window block: as many, or fewer */
            uint64_t requested;   /* the same, at HEAP_L1 */
        };
    };
    uint64_t base;                       /* virtual address of the first byte */
    struct heap_record *next, *previous; /* slab: bin; window: bucket; unused: list (next only) */
    union heap_notes *notes;             /* slab at HEAP_L1; else null */
    uint32_t number;
    uint32_t block_size;
    uint32_t reciprocal; /* of block_size, 32 bits of fraction, rounded up */
    uint16_t block_count;
    uint16_t free_count;
    uint8_t free_words; /* bit w: free[w] is not 0 */
    uint8_t class_index;
    uint8_t bin; /* where a listed slab is listed */
    enum heap_kind kind;
    bool constructed;   /* slab: its objects are */
    uint8_t unused[11]; /* to a power of two, so that a number becomes an address by shifts */
};
static_assert(sizeof(struct heap_record) == 128);

/* Records are found by number through two levels of pages; 24 bits is what an owner word holds. */
constexpr unsigned HEAP_RECORD_BITS = 24;
constexpr uint32_t HEAP_RECORD_LIMIT = UINT32_C(1) << HEAP_RECORD_BITS;
constexpr uint32_t HEAP_PAGE_RECORDS = PAGE_SIZE / sizeof(struct heap_record);
constexpr uint32_t HEAP_DIRECTORY_PAGES = PAGE_SIZE / sizeof(struct heap_record *);
constexpr uint32_t HEAP_DIRECTORY_RECORDS = HEAP_DIRECTORY_PAGES * HEAP_PAGE_RECORDS;
constexpr uint32_t HEAP_DIRECTORIES = HEAP_RECORD_LIMIT / HEAP_DIRECTORY_RECORDS;

struct heap_size_class {
    struct heap_record *current; /* where blocks come from; never null, may be full */
    struct heap_record *spare;   /* the one wholly free slab that is kept, or null */
    struct heap_record *partial[HEAP_BINS];
    uint32_t partial_bins; /* bit b: partial[b] is not empty */
    uint32_t block_size;
    uint32_t reciprocal;
    uint16_t block_count;
    uint16_t page_count;
    uint32_t alignment; /* the largest power of two that divides block_size */
    uint64_t slabs, live, live_peak;
    uint64_t allocations;
};

/* A cache is a size class of its own, for objects that a kfree does not take. */
struct object_cache {
    struct heap *heap;
    const char *name; /* null: there is none in this place */
    size_t object_size;
    object_constructor *construct;
    uint64_t refusals;
};

struct heap {
    struct frame_allocator *frames;
    uint64_t offset;
    uint64_t alignment_max;    /* what `offset` lets through */
    struct heap_window window; /* start == end: there is none */
    size_t fast_max;           /* sizes that the short way serves: HEAP_SLAB_MAX, at HEAP_L1 none */
    size_t red_zone;           /* 0 or HEAP_RED_ZONE */
    heap_report *report;
    void *report_owner;
    struct heap_totals
        totals; /* allocations, frees, usable_total: of what is in no class (any more) */
    struct heap_size_class classes[HEAP_CLASSES_MAX]; /* block_size 0: a cache that is not */
    struct object_cache caches[OBJECT_CACHES_MAX];
    struct heap_record no_slab; /* full for ever: current of a class that has no slab */
    struct heap_record *window_blocks[HEAP_WINDOW_BUCKETS];
    struct heap_record *unused; /* records given back */
    union heap_notes *unused_notes;
    uint64_t notes_pages;
    uint32_t record_count; /* numbers below were handed out at least once */
    struct heap_record **directories[HEAP_DIRECTORIES];
};

/* ---- heap_records.c ---- */
/* A fresh record; NO_MEMORY. */
status_t heap_record_take(struct heap *heap, struct heap_record **out);
/* Give it back; the memory stays with the heap. */
void heap_record_give(struct heap *heap, struct heap_record *record);
/* Undo the take, as if it had never been. Only right after it. */
void heap_record_undo(struct heap *heap, struct heap_record *record);
/* Room for a slab's notes; NO_MEMORY. */
status_t heap_notes_take(struct heap *heap, union heap_notes **out);
void heap_notes_give(struct heap *heap, union heap_notes *notes);

static inline unsigned heap_log2(uint64_t value)
{
    return 63 - (unsigned)__builtin_clzll(value);
}

/* number < heap->record_count */
static inline struct heap_record *heap_record_at(const struct heap *heap, uint32_t number)
{
    DEBUG_ASSERT(H1, number < heap->record_count);
    struct heap_record **pages = heap->directories[number / HEAP_DIRECTORY_RECORDS];
    struct heap_record *page = pages[number / HEAP_PAGE_RECORDS % HEAP_DIRECTORY_PAGES];
    return page + number % HEAP_PAGE_RECORDS;
}

/* ---- heap_slab.c ---- */
void heap_slab_init(struct heap *heap);
/* The class of that index: blocks of `size` bytes, a multiple of HEAP_ALIGNMENT up to HEAP_SLAB_MAX. */
void heap_class_init(struct heap *heap, unsigned index, uint32_t size);
void heap_class_describe(const struct heap_size_class *class, struct heap_class *out);
/* Give a class's wholly free slab to the frame allocator, if it has one; the bytes of it. */
size_t heap_class_trim(struct heap *heap, struct heap_size_class *class);
/* The current slab is full: make one with room the current one. */
status_t heap_slab_refill(struct heap *heap, struct heap_size_class *class);
void heap_slab_give(struct heap *heap, struct heap_record *slab, uint32_t slot);

/* The smallest class that holds `size` bytes, 1 <= size <= HEAP_SLAB_MAX. */
static inline unsigned heap_class_of(size_t size)
{
    DEBUG_ASSERT(H5, size != 0 && size <= HEAP_SLAB_MAX);
    uint64_t last = size - 1; /* so that a full block falls into its own class */
    if (last < UINT64_C(1) << HEAP_SMALL_SHIFT)
        return (unsigned)(last / HEAP_ALIGNMENT);
    unsigned doubling = heap_log2(last);
    unsigned step = (unsigned)(last >> (doubling - HEAP_STEP_SHIFT)) - HEAP_DOUBLING_CLASSES;
    return HEAP_SMALL_CLASSES + (doubling - HEAP_SMALL_SHIFT) * HEAP_DOUBLING_CLASSES + step;
}

/* The first free block of the current slab, which has one. */
static inline void *heap_slab_pop(struct heap_size_class *class)
{
    struct heap_record *slab = class->current;
    DEBUG_ASSERT(H3, slab->free_words != 0 && slab->free_count != 0);
    unsigned word = (unsigned)__builtin_ctz(slab->free_words);
    uint64_t bits = slab->free[word];
    DEBUG_ASSERT(H3, bits != 0);
    unsigned slot = word * 64 + (unsigned)__builtin_ctzll(bits);
    DEBUG_ASSERT(H3, slot < class->block_count);
    bits &= bits - 1;
    slab->free[word] = bits;
    if (bits == 0)
        slab->free_words &= (uint8_t)(slab->free_words - 1); /* `word` is the lowest */
    slab->free_count--;
    class->allocations++;
    if (++class->live > class->live_peak)
        class->live_peak = class->live;
    return (void *)(uintptr_t)(slab->base + (uint64_t)slot * class->block_size);
}

/* ---- heap.c ---- */
void heap_count_alloc(struct heap *heap, size_t requested, size_t usable);
status_t heap_allocate(struct heap *heap, size_t requested, size_t alignment, void **out);

/* ---- heap_free.c ---- */
/* What an address points to, as far as it is a block. */
struct heap_spot {
    struct heap_record *record;
    uint32_t slot; /* in a slab */
    uint64_t block;
    size_t size; /* bytes of the block; 0: no block */
    bool live;
    struct frame_tag tag;
};
/* Give an object of a cache's class back; bad pointers as heap_free, another class's block is FOREIGN. */
status_t heap_free_object(struct heap *heap, unsigned class_index, void *object,
                          struct heap_misuse *misuse);

/* ---- heap_guard.c: red zones and poison, at HEAP_L1 ---- */
/* A block leaves its slab: is its poison whole? Then mark it as asked for with `size` bytes. False: it was
 * reported and retired. */
bool heap_guard_open(struct heap *heap, struct heap_size_class *class, void *block, size_t size);
/* A run or window block was made for `size` bytes. */
void heap_guard_open_large(struct heap *heap, struct heap_record *record, size_t size);
/* Is the red zone of a live block whole? Else OVERRUN, *misuse filled. */
status_t heap_guard_verify(const struct heap *heap, const struct heap_spot *spot,
                           struct heap_misuse *misuse);
/* A live block with a whole red zone is freed. */
void heap_guard_close(struct heap *heap, const struct heap_spot *spot);
/* A live block, with a whole red zone, changes its size in place. */
void heap_guard_resize(struct heap *heap, const struct heap_spot *spot, size_t size);
/* A wholly free slab goes back: report writes into its freed blocks. */
void heap_guard_drop(struct heap *heap, const struct heap_record *slab);
bool heap_guard_is_retired(const struct heap_spot *spot);
/* The bytes that a live block's owner may use. */
size_t heap_guard_usable(const struct heap *heap, const struct heap_spot *spot);

/* ---- heap_large.c ---- */
/* `size` with the red zone. */
status_t heap_large_take(struct heap *heap, size_t size, size_t alignment, void **out,
                         size_t *usable);
/* Give a run other pages where it lies, size as above. False: nothing has changed. */
bool heap_large_resize(struct heap *heap, struct heap_record *record, size_t size);
void heap_large_give(struct heap *heap, struct heap_record *record);
/* The window block that starts at, or holds, an address; or null. */
struct heap_record *heap_window_starting(const struct heap *heap, uint64_t address);
struct heap_record *heap_window_holding(const struct heap *heap, uint64_t address);
/* The bytes that a block of `size` bytes (> HEAP_SLAB_MAX, servable) takes. */
static inline size_t heap_large_size(size_t size)
{
    return (size_t)align_up(size, PAGE_SIZE);
}

/* ---- addresses and what is held ---- */
static inline pfn_t heap_frame_of(const struct heap *heap, uint64_t address)
{
    return phys_to_pfn(phys_addr(address - heap->offset));
}
static inline void *heap_pointer_to(const struct heap *heap, pfn_t frame)
{
    return (void *)(uintptr_t)(pfn_to_phys(frame).value + heap->offset);
}
static inline bool heap_in_window(const struct heap *heap, uint64_t address)
{
    return address - heap->window.start.value < heap->window.end.value - heap->window.start.value;
}
/* After an allocation succeeded: a failed one must leave no trace in the peak. */
static inline void heap_note_held(struct heap *heap)
{
    if (heap->totals.held_bytes > heap->totals.held_bytes_peak)
        heap->totals.held_bytes_peak = heap->totals.held_bytes;
}

#endif
