/* SPDX-License-Identifier: MIT
 * The frame allocator's own structures: for mm/frames/, the checker and the tests. The theory is at the top of
 * mm/frames/frames.c. */
#ifndef MM_FRAMES_PRIVATE_H
#define MM_FRAMES_PRIVATE_H

#include <base/address.h>
#include <base/assert.h>
#include <base/status.h>
#include <mm/frames.h>

#include <stddef.h>
#include <stdint.h>

constexpr uint64_t BLOCK_FRAMES = UINT64_C(1) << ORDER_BLOCK;
constexpr uint64_t SECTION_FRAMES = UINT64_C(1) << ORDER_SECTION;
constexpr unsigned SECTION_BLOCKS = SECTION_FRAMES / BLOCK_FRAMES;
constexpr unsigned ROW_FRAMES = 64;
constexpr unsigned BLOCK_ROWS = BLOCK_FRAMES / ROW_FRAMES;
constexpr unsigned LEAF_SECTIONS = 64;
constexpr unsigned SUMMARY_LEVELS_MAX = 3; /* 4 TiB, 256 TiB, all below 2^52 */
constexpr unsigned METADATA_FRAMES = 9;    /* of a section */
constexpr unsigned TABLE_BLOCKS = 2;       /* one owner table serves a pair of blocks */
constexpr unsigned TABLE_HIGH_SHIFT = 32;
constexpr unsigned CLASSES_MAX = 16; /* FRAME_CLASS_COUNT, rounded up */
constexpr uint64_t NO_SECTION = UINT64_MAX;

/* Tables are recorded as frame number + 1 in 40 bits, so the last frame below 2^52 stays out. */
constexpr uint64_t PFN_LIMIT = (PHYS_LIMIT >> PAGE_SHIFT) - 1;

/* Words of blocks and of owners share one layout: kind in bits 0..2, class in bits 3..7, and above it
 * what the kind needs. Zero is a wholly free block whose rows were never written. */
enum block_state : uint32_t {
    BLOCK_FREE,
    BLOCK_SPLIT,
    BLOCK_HUGE,
    BLOCK_RUN_HEAD,
    BLOCK_RUN_BODY,
    BLOCK_ABSENT
};
enum owner_kind : uint32_t { OWNER_NONE, OWNER_SINGLE, OWNER_HEAD, OWNER_BODY };
constexpr uint32_t WORD_KIND_MASK = 7;
constexpr unsigned WORD_CLASS_SHIFT = 3;
constexpr uint32_t WORD_CLASS_MASK = 31;
constexpr unsigned WORD_VALUE_SHIFT = 8;
constexpr uint32_t VALUE_MAX = (UINT32_C(1) << 24) - 1;
/* Of split blocks: free frames in bits 8..17, and whether frames of the block are not managed. */
constexpr uint32_t WORD_FREE_MASK = 1023;
constexpr uint32_t WORD_FREE_ONE = UINT32_C(1) << WORD_VALUE_SHIFT;
constexpr uint32_t WORD_RAGGED = UINT32_C(1) << 18;

/* How full a split block is: bin 0 has 1..128 free frames, bin 3 more than 384. */
constexpr unsigned BINS = 4;
constexpr unsigned BIN_SHIFT = 7;

typedef uint64_t block_set_t[SECTION_BLOCKS / 64]; /* one bit a block */

struct section_metadata {
    uint64_t rows[SECTION_BLOCKS][BLOCK_ROWS]; /* 1 = free; valid for split blocks only */
    uint32_t words[SECTION_BLOCKS];
    uint32_t
        table_low[SECTION_BLOCKS / TABLE_BLOCKS]; /* owner tables: frame number + 1, 0 = none */
    uint8_t table_high[SECTION_BLOCKS / TABLE_BLOCKS];
    block_set_t free_blocks;
    block_set_t bins[BINS];
    uint16_t partial_blocks[CLASSES_MAX]; /* split, with free frames, by class */
    /* No run of run_bounds[k] free frames starts at a multiple of 2^k, while the record says so. */
    uint32_t run_bounds[ORDER_SECTION + 1];
};
constexpr size_t ROWS_SIZE = offsetof(struct section_metadata, words);
static_assert(sizeof(struct section_metadata) <= METADATA_FRAMES * PAGE_SIZE);
static_assert(FRAME_CLASS_COUNT <= CLASSES_MAX);

enum section_state : uint32_t { SECTION_PRISTINE, SECTION_ONLINE, SECTION_HUGE };
struct section_record {
    uint64_t metadata; /* first frame of it; maybe in another section */
    enum section_state state;
    uint32_t free;          /* frames */
    uint32_t managed;       /* frames */
    uint32_t free_blocks;   /* wholly free */
    enum frame_class class; /* of a huge section */
    bool has_bounds;        /* run_bounds of its metadata hold */
};
/* A search names a mask by its offset here. */
struct section_leaf {
    uint64_t touched;                  /* not pristine */
    uint64_t online;                   /* has metadata */
    uint64_t has_free;                 /* online, with free frames */
    uint64_t has_free_block;           /* online, with a wholly free block */
    uint64_t has_partial[CLASSES_MAX]; /* online, with a split block of the class that has room */
    uint64_t reachable;                /* the online hook has run; nobody searches for it */
    struct section_record records[LEAF_SECTIONS];
};
static_assert(sizeof(struct section_leaf) <= PAGE_SIZE);
constexpr size_t SEARCHED_MASKS = offsetof(struct section_leaf, reachable) / sizeof(uint64_t);

/* The masks of 64 leaves once more, a bit each: is the mask not zero? Above that, of 64 summaries. */
struct section_summary {
    uint64_t masks[SEARCHED_MASKS]; /* as they lie in a leaf */
    uint64_t all_touched;           /* is `touched` all ones? */
};

/* A section that has a leaf, found once and passed on; metadata is null unless it is online. */
struct section {
    uint64_t number;
    struct section_leaf *leaf;
    struct section_record *record;
    struct section_metadata *metadata;
};
/* The block that single frames of a class come from while nothing is a better choice; null word: none. */
struct cursor {
    uint64_t first; /* frame of the block */
    uint64_t *rows;
    uint32_t *word;
    struct section_record *record;
};

struct frame_allocator {
    struct frame_span *spans; /* sorted, disjoint; touching ones differ in node */
    size_t span_count, span_capacity;
    uint64_t *leaves; /* frame number + 1 of each section leaf, 0 = none */
    uint64_t leaf_count;
    struct section_summary *summaries[SUMMARY_LEVELS_MAX]; /* [0]: of leaves; the last is one */
    uint64_t summary_count[SUMMARY_LEVELS_MAX];
    unsigned summary_levels;
    uint64_t limit;
    uint64_t offset;
    struct frame_hooks hooks;
    uint64_t managed;
    uint64_t online_free;   /* free frames of online sections */
    uint64_t pristine_from; /* the lowest pristine section; NO_SECTION: none at all */
    bool bringing_online;   /* the hook is running: no second section */
    uint64_t by_class[FRAME_CLASS_COUNT];
    struct cursor cursors[FRAME_CLASS_COUNT];
};

static inline enum block_state word_state(uint32_t word)
{
    return (enum block_state)(word & WORD_KIND_MASK);
}
static inline enum owner_kind word_owner_kind(uint32_t word)
{
    return (enum owner_kind)(word & WORD_KIND_MASK);
}
static inline enum frame_class word_class(uint32_t word)
{
    return (enum frame_class)(word >> WORD_CLASS_SHIFT & WORD_CLASS_MASK);
}
static inline uint32_t word_value(uint32_t word)
{
    return word >> WORD_VALUE_SHIFT;
}
static inline uint32_t word_make(uint32_t kind, enum frame_class class, uint32_t value)
{
    return kind | (uint32_t)class << WORD_CLASS_SHIFT | value << WORD_VALUE_SHIFT;
}
static inline bool word_is_run(uint32_t word)
{
    return word_state(word) == BLOCK_RUN_HEAD || word_state(word) == BLOCK_RUN_BODY;
}
/* Free frames of a block. */
static inline uint32_t word_free(uint32_t word)
{
    if (word_state(word) == BLOCK_SPLIT)
        return word >> WORD_VALUE_SHIFT & WORD_FREE_MASK;
    return word_state(word) == BLOCK_FREE ? BLOCK_FRAMES : 0;
}
static inline bool word_is_partial(uint32_t word)
{
    return word_state(word) == BLOCK_SPLIT && word_free(word) != 0;
}
static inline unsigned bin_of(uint32_t free)
{
    DEBUG_ASSERT(F8, free != 0 && free <= BLOCK_FRAMES);
    return (free - 1) >> BIN_SHIFT;
}
static inline bool in_set(const block_set_t set, unsigned block)
{
    return (set[block / 64] >> block % 64 & 1) != 0;
}
static inline unsigned lowest_bit(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits);
}
static inline unsigned highest_bit(uint64_t bits)
{
    return 63 - (unsigned)__builtin_clzll(bits);
}
/* Is a frame of a split block free? */
static inline bool row_bit(const struct section_metadata *m, unsigned block, unsigned index)
{
    return (m->rows[block][index / ROW_FRAMES] >> index % ROW_FRAMES & 1) != 0;
}
static inline void *frames_pointer(const struct frame_allocator *fa, uint64_t frame)
{
    return (void *)(uintptr_t)(fa->offset + (frame << PAGE_SHIFT));
}
static inline bool class_is_allocatable(enum frame_class class)
{
    return class > FRAME_METADATA && class < FRAME_RESERVED;
}

static inline struct section_leaf *leaf_find(const struct frame_allocator *fa, uint64_t number)
{
    uint64_t index = number / LEAF_SECTIONS;
    if (index >= fa->leaf_count || fa->leaves[index] == 0)
        return nullptr;
    return (struct section_leaf *)frames_pointer(fa, fa->leaves[index] - 1);
}
/* The mask at an offset of a leaf. */
static inline uint64_t section_mask(const struct section_leaf *leaf, size_t mask_offset)
{
    return *(const uint64_t *)((const unsigned char *)leaf + mask_offset);
}
static inline struct section section_in(const struct frame_allocator *fa, struct section_leaf *leaf,
                                        uint64_t number)
{
    struct section_record *record = &leaf->records[number % LEAF_SECTIONS];
    void *metadata = nullptr;
    if (record->state == SECTION_ONLINE)
        metadata = frames_pointer(fa, record->metadata);
    return (struct section){number, leaf, record, (struct section_metadata *)metadata};
}
/* False if the section has no leaf (it is pristine). */
static inline bool section_find(const struct frame_allocator *fa, uint64_t number,
                                struct section *out)
{
    struct section_leaf *leaf = leaf_find(fa, number);
    if (leaf == nullptr)
        return false;
    *out = section_in(fa, leaf, number);
    return true;
}
static inline bool section_find_online(const struct frame_allocator *fa, uint64_t number,
                                       struct section *out)
{
    return section_find(fa, number, out) && out->metadata != nullptr;
}
/* One that is known to be online. */
static inline struct section section_get_online(const struct frame_allocator *fa, uint64_t number)
{
    struct section s;
    bool found = section_find_online(fa, number, &s);
    ASSERT(F2, found);
    return s;
}

/* The owner table of a block's pair: 1024 words; null if there is none. */
static inline uint32_t *owner_table(const struct frame_allocator *fa, const struct section *s,
                                    unsigned block)
{
    const struct section_metadata *m = s->metadata;
    unsigned pair = block / TABLE_BLOCKS;
    uint64_t entry = (uint64_t)m->table_high[pair] << TABLE_HIGH_SHIFT | m->table_low[pair];
    return entry == 0 ? nullptr : (uint32_t *)frames_pointer(fa, entry - 1);
}

/* The part of [first, first + count) of a section that lies in the block of `first`. */
struct piece {
    unsigned block, from, count;
};
static inline struct piece piece_at(uint64_t first, uint64_t count)
{
    DEBUG_ASSERT(F5, count != 0);
    unsigned from = first % BLOCK_FRAMES;
    uint64_t room = BLOCK_FRAMES - from;
    return (struct piece){(unsigned)(first % SECTION_FRAMES / BLOCK_FRAMES), from,
                          (unsigned)(count < room ? count : room)};
}
static inline bool is_whole_block(struct piece piece)
{
    return piece.count == BLOCK_FRAMES;
}
/* Frames of [first, end) that lie in the section of `first`. */
static inline uint64_t count_in_section(uint64_t first, uint64_t end)
{
    uint64_t border = align_up(first + 1, SECTION_FRAMES);
    return (border < end ? border : end) - first;
}

/* -- spans.c: which frames are managed -- */

/* First span that ends above `frame`; span_count if none. */
size_t spans_find(const struct frame_allocator *fa, uint64_t frame);
bool spans_contain(const struct frame_allocator *fa, uint64_t frame);
/* Managed frames in [first, first + count). */
uint64_t spans_count_within(const struct frame_allocator *fa, uint64_t first, uint64_t count);
/* The next piece of [*first, end) that lies in one span; false if none is left. *index is a position
 * that starts as spans_find(fa, *first); *first moves behind the piece. */
bool spans_next_piece(const struct frame_allocator *fa, size_t *index, uint64_t *first,
                      uint64_t end, struct frame_span *piece);
status_t spans_add(struct frame_allocator *fa, struct frame_span span);
/* Add spans that are sorted, in one pass; all or none. */
status_t spans_merge(struct frame_allocator *fa, const struct frame_span *spans, size_t count);

/* -- directory.c: which sections are in a mask of their leaf -- */

/* Bytes that the summaries of so many leaves take, and putting them up in memory that is zero. */
size_t summaries_size(uint64_t leaf_count);
void summaries_place(struct frame_allocator *fa, void *memory);
/* Into the mask at `mask_offset`, and out of it; it may be there already. Hot callers keep their registers, where
 * the target has such a convention. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wignored-attributes"
[[clang::preserve_most]] void section_mark(struct frame_allocator *fa, const struct section *s,
                                           size_t mask_offset);
[[clang::preserve_most]] void section_unmark(struct frame_allocator *fa, const struct section *s,
                                             size_t mask_offset);
#pragma clang diagnostic pop
/* A section is pristine no more, and once again. */
void section_touch(struct frame_allocator *fa, const struct section *s);
void section_untouch(struct frame_allocator *fa, const struct section *s);
/* Lowest section in a mask. */
bool section_first(const struct frame_allocator *fa, size_t mask_offset, struct section *out);
/* Lowest from `from` on, and below `end`. */
bool section_next_below(const struct frame_allocator *fa, uint64_t from, uint64_t end,
                        size_t mask_offset, struct section *out);
bool section_next(const struct frame_allocator *fa, uint64_t from, size_t mask_offset,
                  struct section *out);
/* Lowest pristine section from `from` on that has managed memory. */
bool section_next_pristine(const struct frame_allocator *fa, uint64_t from, uint64_t *out);
/* A section has become pristine, or is no more; or memory was added, from this section on. */
void sections_find_pristine_from(struct frame_allocator *fa, uint64_t changed);

/* -- sections.c: bringing online, and new memory -- */

/* Make a section that has no leaf known, so that its record can be written. */
status_t section_ensure_leaf(struct frame_allocator *fa, uint64_t number, struct section *out);
status_t section_make_reachable(struct frame_allocator *fa, uint64_t number);
/* Give a pristine section its metadata, not within [avoid, avoid + avoid_count). */
status_t section_bring_online(struct frame_allocator *fa, uint64_t number, uint64_t avoid,
                              uint64_t avoid_count);
/* The lowest one that can be; false if none can. Inline: a refusal costs no call more. */
static inline bool section_bring_next_online(struct frame_allocator *fa)
{
    uint64_t number = 0;
    for (; !fa->bringing_online && section_next_pristine(fa, number, &number); number++)
        if (section_bring_online(fa, number, 0, 0) == STATUS_OK)
            return true;
    return false;
}
/* Bring sections online until `count` frames can be taken above the low-water mark, or none is left. */
void sections_keep_low_water(struct frame_allocator *fa, uint64_t count);
/* Frames that the metadata of a pristine section takes from it, lying at *first; 0 if none are its own. */
uint64_t section_place_metadata(const struct frame_allocator *fa, uint64_t number, uint64_t avoid,
                                uint64_t avoid_count, uint64_t *first);
/* New memory in an online section; the span table has it already. */
void section_add_memory(struct frame_allocator *fa, const struct section *s, uint64_t from,
                        uint64_t count);

/* -- blocks.c: words, rows and bins -- */

/* Give a block a new word: every count and set follows. */
void block_set_word(struct frame_allocator *fa, const struct section *s, unsigned block,
                    uint32_t word);
/* Take `count` free frames from `from` on; an unclaimed block becomes one of `class`. */
void block_take(struct frame_allocator *fa, const struct section *s, unsigned block, unsigned from,
                unsigned count, enum frame_class class);
void block_put(struct frame_allocator *fa, const struct section *s, unsigned block, unsigned from,
               unsigned count);
uint32_t block_count_free(const struct section *s, unsigned block, unsigned from, unsigned count);
bool block_is_free_range(const struct section *s, unsigned block, unsigned from, unsigned count);
/* Lowest free frame of a split block that has one. */
unsigned block_first_free(const struct section *s, unsigned block);
/* The first frame of a split block, from `from` on, whose bit is `free`; 512 if there is none. */
unsigned block_next_frame(const uint64_t *rows, unsigned from, bool free);
/* Lowest run of free frames inside a block, at a multiple of `alignment` (at most 512). */
bool block_find_run(const struct section *s, unsigned block, unsigned count, unsigned alignment,
                    unsigned *out);
/* The fullest partial block of a class in the lowest section that has one. */
bool block_pick(const struct frame_allocator *fa, enum frame_class class, struct section *s,
                unsigned *block);
bool block_pick_free(const struct frame_allocator *fa, struct section *s, unsigned *block);

/* -- owners.c: owner tables -- */

/* The word of one frame (0: none), also for frames of blocks that a run covers wholly. */
uint32_t owner_word(const struct frame_allocator *fa, const struct section *s, uint64_t frame);
/* Make sure of a table; in the worst case the pair itself gives the frame. */
status_t owner_table_ensure(struct frame_allocator *fa, const struct section *s, unsigned block);
/* Set the words of frames of one block; the table exists. */
void owner_words_set(struct frame_allocator *fa, const struct section *s, unsigned block,
                     unsigned from, unsigned count, uint32_t word);
/* Take a frame from a block of another class, when memory is short. */
status_t owner_share_frame(struct frame_allocator *fa, enum frame_class class, uint64_t *out);
/* `count` frames side by side for metadata. */
status_t metadata_take(struct frame_allocator *fa, unsigned count, uint64_t *out);
void metadata_give_back(struct frame_allocator *fa, uint64_t first, unsigned count);

/* Body words side by side in a block, from the frame `from` of it on. */
unsigned owner_count_bodies(const struct frame_allocator *fa, const struct section *s,
                            unsigned block, unsigned from);

/* -- scan.c: bits side by side -- */

/* Lowest run of `count` set bits at a multiple of `alignment`, a power of two, in one chunk of 512. */
bool scan_chunk(const uint64_t chunk[BLOCK_ROWS], uint64_t count, uint64_t alignment,
                unsigned *out);
/* The same of the free frames of an online section; an alignment of at most a section. */
bool scan_section(const struct section *s, uint64_t count, uint64_t alignment, uint64_t *out);

/* -- runs.c, search.c -- */

struct wanted_run {
    uint64_t count, alignment;
    enum frame_class class;
    uint32_t value;
};
/* At most 512 frames in a block of the class, in an unclaimed or in a wholly free one; alignment likewise. */
bool run_find_in_block(const struct frame_allocator *fa, const struct wanted_run *wanted,
                       struct section *s, unsigned *block, unsigned *from);
/* Find free frames for a run; brings sections online if it must. */
bool run_find(struct frame_allocator *fa, const struct wanted_run *wanted, struct section *s,
              uint64_t *first);
/* Length of the stretch of free frames from `first` on, up to `wanted`, in one section. */
uint64_t run_free_stretch(const struct section *s, uint64_t first, uint64_t wanted);
/* Frames of the run that starts at a frame of an online section whose owner word is a head. */
uint64_t run_length(const struct frame_allocator *fa, const struct section *s, uint64_t first);
/* Free frames of one section become a run in three steps. Their bits are taken first, or put back; then the owner
 * tables of the first and the last block are made sure of; then the words are set, and counted. */
void run_take_bits(struct frame_allocator *fa, const struct section *s, uint64_t first,
                   uint64_t count, enum frame_class class, uint32_t value);
void run_put_bits(struct frame_allocator *fa, const struct section *s, uint64_t first,
                  uint64_t count);
status_t run_ensure_tables(struct frame_allocator *fa, const struct section *s, uint64_t first,
                           uint64_t count);
void run_set_words(struct frame_allocator *fa, const struct section *s, uint64_t first,
                   uint64_t count, enum frame_class class, uint32_t value);

/* -- huge.c: blocks and sections that are given out whole -- */

status_t huge_alloc_block(struct frame_allocator *fa, enum frame_class class, pfn_t *out);
status_t huge_free_block(struct frame_allocator *fa, pfn_t first);
status_t huge_alloc_section(struct frame_allocator *fa, enum frame_class class, pfn_t *out);
status_t huge_free_section(struct frame_allocator *fa, pfn_t first);

/* -- check_search.c: null if sound, else the sentence of the rule that is broken -- */

const char *directory_check(const struct frame_allocator *fa);
/* Of an online section. */
const char *bounds_check(const struct section *s);

/* -- frames.c -- */

/* Why a frame cannot be given back like that. */
status_t frames_refusal(const struct frame_allocator *fa, uint64_t frame);
bool frames_permitted(const struct frame_allocator *fa);

#endif
