/* SPDX-License-Identifier: MIT
 * Physical frames: the theory of mm/frames/, starting, and single frames.
 *
 * Problem: hand out 4 KiB, 2 MiB and 1 GiB blocks and runs of frames, and know whose each frame is, on
 *   machines of 64 MiB and of many TiB alike: start-up may not cost anything per GiB, a wrong free must be
 *   refused at the call, and what moves must not be mixed with what cannot.
 *
 * Shape: what is managed is a sorted array of *spans*. Above it, memory is cut into *sections* of 1 GiB
 *   and these into *blocks* of 2 MiB. A section that nothing was taken from is *pristine*: the span table
 *   alone speaks for it. The first touch brings it *online*: nine of its own frames become its metadata.
 *   Above the leaves lie summaries of their masks, so that no search walks them (mm/frames/directory.c).
 *
 *     leaves[n]  ->  leaf: one frame for 64 sections (64 GiB)
 *                      masks: touched, online, reachable, has free / free block / partial of class c
 *                      record of each section: state, free frames, first frame of its metadata
 *                        |
 *                        v   36 KiB
 *       rows     512 x 8 x 64 bits   1 = free        written when their block is first split
 *       words    512 x 32 bits       state, class, free count of each block    0 = wholly free
 *       tables   256 x 40 bits       owner table of each pair of blocks        0 = none
 *       sets     free blocks; split blocks by how full they are (4 bins)
 *       bounds   19 x 32 bits        runs that were looked for in vain         (mm/frames/search.c)
 *                        |
 *                        v   one frame for 4 MiB, on demand
 *       owner words   1024 x 32 bits   single, head or body of a run; class; 24 bits of its owner's note
 *
 *   A block is FREE, SPLIT (rows tell), HUGE (an order-9 block), covered by a run (RUN_HEAD, RUN_BODY) or
 *   ABSENT (nothing in it is managed). A split block belongs to the class that took from it first; it is
 *   nobody's (class FREE) if only ranges were reserved in it, or if it is *ragged* (partly managed) and all
 *   free. A frame without an owner word is of its block's class. Frames of another class go into a block
 *   only when no block is free, and get an owner word.
 *
 * Invariants (frames_check):
 *   F1   spans are sorted, disjoint, not empty, below the limit; touching ones differ in node
 *   F2   every managed frame is in exactly one section state; touched, online and records agree
 *   F3   the free count of a split block is the number of its bits that are set
 *   F4   a set bit is a managed frame without an owner word
 *   F5   a block is absent if nothing in it is managed, ragged if only a part is, never free or huge then
 *   F6   every body word follows a word of the same run; a head never has another class or value after it
 *   F7   an owner word in a split block that is not a run's differs in class from its block
 *   F8   the sets and masks hold exactly the blocks and sections that their names say
 *   F9   the counts of sections, of classes and of the allocator are sums of what lies below
 *   F10  metadata, leaves and tables lie in managed frames of class METADATA
 *   F11  pristine_from is the lowest pristine section with managed memory
 *   F13  every frame of class METADATA holds a leaf, a ninth of a section's metadata, or an owner table
 *   F14  a bit of a summary is set where the mask below has one; of all_touched, where it is all ones
 *   F15  while a section has bounds, no run of run_bounds[k] free frames starts at a multiple of 2^k in it
 *
 * Choice: a single frame comes from the lowest section with room in a block of its class, there from the
 *   fullest bin and its lowest block; else from an unclaimed block, a free block, a new section, a block of
 *   another class. The block chosen last is kept in a cursor until anything changes the choice.
 *
 * Low water: bringing a section online calls a hook that needs frames itself (page tables). So a section
 *   is brought online while FRAMES_LOW_WATER frames are still free in others, and not when they are gone.
 *   A call from inside the hook never brings a section online: no recursion.
 *
 * Cost: (instructions, x86-64 -O2, counted by callgrind) start-up 400 a range, the same for 16 and 900 GiB,
 *   and 11 bytes per 64 GiB; a section 1100 and 4 KiB written when it comes online. A warm frame is taken in
 *   75 and given back in 95, without a search; a 2 MiB block 410 both, wherever memory lies; a run of 16 frames
 *   2000 both. A refused run is looked for once in each section, and then costs 40 a section.
 *   Metadata is 36 KiB a GiB (0.0034 %), and 4 KiB a 4 MiB where runs begin or end.
 *
 * Not here: locks and per-processor caches; zeroing; choosing a node; moving frames; giving metadata and
 *   owner tables back. A section stays online when all of it becomes free again (an order-18 block needs a
 *   pristine one, and becomes one when freed). A failed call may leave a section online behind it: frames
 *   have become metadata, and nothing else has changed. The last free frame of a pair of blocks
 *   can go to another class only if the pair has an owner table already, or metadata has a frame for one. */
#include "private.h"

#include <stdckdint.h>

static const char *const class_names[] = {
#define FRAME_CLASS_NAME(name, word) word,
    FRAME_CLASS_LIST(FRAME_CLASS_NAME)
#undef FRAME_CLASS_NAME
};

const char *frame_class_name(enum frame_class class)
{
    return class < FRAME_CLASS_COUNT ? class_names[class] : "invalid class";
}

static uint64_t leaves_below(uint64_t limit)
{
    constexpr uint64_t LEAF_FRAMES = LEAF_SECTIONS * SECTION_FRAMES;
    return limit / LEAF_FRAMES + (limit % LEAF_FRAMES != 0);
}

size_t frames_memory_size(size_t span_capacity, pfn_t limit)
{
    size_t spans, size;
    if (limit.value > PHYS_LIMIT >> PAGE_SHIFT ||
        ckd_mul(&spans, span_capacity, sizeof(struct frame_span)) ||
        ckd_add(&size, spans, sizeof(struct frame_allocator)) ||
        ckd_add(&size, size, leaves_below(limit.value) * sizeof(uint64_t)) ||
        ckd_add(&size, size, summaries_size(leaves_below(limit.value))))
        return 0;
    return size;
}

status_t frames_init(void *memory, size_t size, size_t span_capacity, pfn_t limit, uint64_t offset,
                     const struct frame_hooks *hooks, struct frame_allocator **out)
{
    size_t need = frames_memory_size(span_capacity, limit);
    if (need == 0)
        return STATUS_OVERFLOW;
    if (size < need)
        return STATUS_NO_MEMORY;
    if (!is_aligned((uintptr_t)memory, alignof(struct frame_allocator)))
        return STATUS_MISALIGNED;
    struct frame_allocator *fa = memory;
    DEBUG_ASSERT(F1, fa->span_count == 0 && fa->managed == 0); /* memory is zeroed */
    fa->spans = (struct frame_span *)(fa + 1);
    fa->span_capacity = span_capacity;
    fa->leaves = (uint64_t *)(fa->spans + span_capacity);
    fa->leaf_count = leaves_below(limit.value);
    summaries_place(fa, fa->leaves + fa->leaf_count);
    fa->limit = limit.value < PFN_LIMIT ? limit.value : PFN_LIMIT;
    fa->offset = offset;
    fa->pristine_from = NO_SECTION;
    if (hooks != nullptr)
        fa->hooks = *hooks;
    *out = fa;
    return STATUS_OK;
}

bool frames_permitted(const struct frame_allocator *fa)
{
    return fa->hooks.may_allocate == nullptr || fa->hooks.may_allocate(fa->hooks.owner);
}

/* The span table knows it already; the sections that have metadata must learn of it. */
static void add_memory(struct frame_allocator *fa, const struct frame_span *span)
{
    fa->managed += span->count;
    uint64_t first = span->first.value, end = first + span->count;
    uint64_t next = first / SECTION_FRAMES, after = (end - 1) / SECTION_FRAMES + 1;
    struct section s;
    size_t online = offsetof(struct section_leaf, online);
    DEBUG_ASSERT(F1, spans_count_within(fa, first, span->count) == span->count);
    for (; section_next_below(fa, next, after, online, &s); next = s.number + 1) {
        uint64_t base = s.number * SECTION_FRAMES;
        uint64_t start = first > base ? first : base;
        section_add_memory(fa, &s, start - base, count_in_section(start, end));
    }
}

status_t frames_put_range(struct frame_allocator *fa, struct frame_span span)
{
    status_t status = spans_add(fa, span);
    if (status != STATUS_OK)
        return status;
    sections_find_pristine_from(fa, span.first.value / SECTION_FRAMES);
    add_memory(fa, &span);
    return STATUS_OK;
}

status_t frames_put_ranges(struct frame_allocator *fa, const struct frame_span *spans, size_t count)
{
    if (count == 0)
        return STATUS_OK;
    status_t status = spans_merge(fa, spans, count);
    if (status != STATUS_OK)
        return status;
    sections_find_pristine_from(fa, spans[0].first.value / SECTION_FRAMES);
    for (size_t i = 0; i < count; i++)
        add_memory(fa, &spans[i]);
    return STATUS_OK;
}

status_t frames_refusal(const struct frame_allocator *fa, uint64_t frame)
{
    switch (frames_owner(fa, pfn(frame)).class) {
    case FRAME_UNMANAGED:
        return STATUS_OUT_OF_RANGE;
    case FRAME_FREE:
        return STATUS_NOT_ALLOCATED;
    case FRAME_OFFLINE:
        return STATUS_OFFLINE;
    case FRAME_METADATA:
        return STATUS_FOREIGN;
    default:
        return STATUS_WRONG_ORDER;
    }
}

/* ---- single frames ---- */

/* Does a block with `free` free frames keep its bin when one of them is taken? Bins end at multiples of 128,
 * and with one free frame the answer is no. */
static inline bool stays_in_bin(uint32_t free)
{
    return (free - 1) % (1u << BIN_SHIFT) != 0;
}

/* The warm path: a frame of the cursor's block, when only counts change. */
static inline bool take_warm(struct frame_allocator *fa, enum frame_class class, pfn_t *out)
{
    const struct cursor *cursor = &fa->cursors[class];
    if (cursor->word == nullptr || fa->online_free <= FRAMES_LOW_WATER ||
        !stays_in_bin(*cursor->word >> WORD_VALUE_SHIFT & WORD_FREE_MASK))
        return false;
    DEBUG_ASSERT(F8, word_is_partial(*cursor->word) && word_class(*cursor->word) == class);
    uint64_t *row = cursor->rows;
    for (; *row == 0; row++)
        ASSERT(F3, row < cursor->rows + BLOCK_ROWS - 1);
    *out = pfn(cursor->first + (uint64_t)(row - cursor->rows) * ROW_FRAMES + lowest_bit(*row));
    *row &= *row - 1;
    *cursor->word -= WORD_FREE_ONE;
    cursor->record->free--;
    fa->online_free--;
    fa->by_class[class]++;
    return true;
}

static bool pick_for_frame(struct frame_allocator *fa, enum frame_class class, struct section *s,
                           unsigned *block)
{
    if (block_pick(fa, class, s, block) || block_pick(fa, FRAME_FREE, s, block))
        return true;
    do {
        if (block_pick_free(fa, s, block) || block_pick(fa, FRAME_FREE, s, block))
            return true;
    } while (section_bring_next_online(fa));
    return false;
}

static void set_cursor(struct frame_allocator *fa, enum frame_class class, const struct section *s,
                       unsigned block)
{
    uint32_t *word = &s->metadata->words[block];
    DEBUG_ASSERT(F8, word_state(*word) == BLOCK_SPLIT);
    bool usable = word_is_partial(*word) && word_class(*word) == class;
    fa->cursors[class] =
        (struct cursor){s->number * SECTION_FRAMES + block * BLOCK_FRAMES, s->metadata->rows[block],
                        usable ? word : nullptr, s->record};
}

[[gnu::noinline]] static status_t alloc_frame(struct frame_allocator *fa, enum frame_class class,
                                              pfn_t *out)
{
    sections_keep_low_water(fa, 1);
    struct section s;
    unsigned block;
    const struct cursor *cursor = &fa->cursors[class];
    if (cursor->word != nullptr) {
        s = section_get_online(fa, cursor->first / SECTION_FRAMES);
        block = (unsigned)(cursor->first % SECTION_FRAMES / BLOCK_FRAMES);
        ASSERT(F8, cursor->word == &s.metadata->words[block]);
    } else if (!pick_for_frame(fa, class, &s, &block)) {
        uint64_t frame;
        status_t status = owner_share_frame(fa, class, &frame);
        if (status == STATUS_OK)
            *out = pfn(frame);
        return status;
    }
    bool lazy = s.metadata->words[block] == 0;
    unsigned index = lazy ? 0 : block_first_free(&s, block);
    block_take(fa, &s, block, index, 1, class);
    DEBUG_ASSERT(F7, word_class(s.metadata->words[block]) == class);
    set_cursor(fa, class, &s, block);
    fa->by_class[class]++;
    *out = pfn(s.number * SECTION_FRAMES + block * BLOCK_FRAMES + index);
    return STATUS_OK;
}

/* The warm path: a frame of a split block, managed throughout, when only counts change. */
static inline bool give_back_warm(struct frame_allocator *fa, uint64_t frame)
{
    struct section s;
    if (frame >= fa->limit || !section_find_online(fa, frame / SECTION_FRAMES, &s))
        return false;
    unsigned block = (unsigned)(frame % SECTION_FRAMES / BLOCK_FRAMES);
    unsigned index = frame % BLOCK_FRAMES;
    uint32_t word = s.metadata->words[block];
    uint32_t free = (word >> WORD_VALUE_SHIFT & WORD_FREE_MASK) + 1;
    uint64_t *row = &s.metadata->rows[block][index / ROW_FRAMES];
    uint64_t bit = UINT64_C(1) << index % ROW_FRAMES;
    if ((word & (WORD_KIND_MASK | WORD_RAGGED)) != BLOCK_SPLIT || (*row & bit) != 0 ||
        !stays_in_bin(free) || free == BLOCK_FRAMES)
        return false;
    const uint32_t *table = owner_table(fa, &s, block);
    enum frame_class class = word_class(word);
    if ((table != nullptr && table[block % TABLE_BLOCKS * BLOCK_FRAMES + index] != 0) ||
        class == FRAME_METADATA)
        return false;
    DEBUG_ASSERT(F9, fa->by_class[class] != 0 && s.record->free < s.record->managed);
    DEBUG_ASSERT(F4, spans_contain(fa, frame));
    *row |= bit;
    s.metadata->words[block] = word + WORD_FREE_ONE;
    s.record->free++;
    s.record->has_bounds = false;
    fa->online_free++;
    fa->by_class[class]--;
    return true;
}

[[gnu::noinline]] static status_t free_frame(struct frame_allocator *fa, pfn_t frame)
{
    struct section s;
    if (frame.value >= fa->limit || !section_find_online(fa, frame.value / SECTION_FRAMES, &s))
        return frames_refusal(fa, frame.value);
    unsigned block = (unsigned)(frame.value % SECTION_FRAMES / BLOCK_FRAMES);
    unsigned index = frame.value % BLOCK_FRAMES;
    uint32_t word = s.metadata->words[block];
    if (word_state(word) != BLOCK_SPLIT || row_bit(s.metadata, block, index) ||
        ((word & WORD_RAGGED) != 0 && !spans_contain(fa, frame.value)))
        return frames_refusal(fa, frame.value);

    enum frame_class class = word_class(word);
    uint32_t owner = owner_word(fa, &s, frame.value);
    if (owner != 0)
        class = word_class(owner);
    if (class == FRAME_METADATA)
        return STATUS_FOREIGN;
    if (owner != 0 && word_owner_kind(owner) != OWNER_SINGLE)
        return frames_refusal(fa, frame.value);
    if (owner != 0)
        owner_words_set(fa, &s, block, index, 1, 0);
    ASSERT(F9, fa->by_class[class] != 0);
    fa->by_class[class]--;
    block_put(fa, &s, block, index, 1);
    return STATUS_OK;
}

status_t frames_alloc(struct frame_allocator *fa, unsigned order, enum frame_class class,
                      pfn_t *out)
{
    if (order != ORDER_FRAME && order != ORDER_BLOCK && order != ORDER_SECTION)
        return STATUS_BAD_ORDER;
    if (!class_is_allocatable(class))
        return STATUS_UNSUPPORTED;
    if (!frames_permitted(fa))
        return STATUS_NO_MEMORY;
    if (order == ORDER_FRAME)
        return take_warm(fa, class, out) ? STATUS_OK : alloc_frame(fa, class, out);
    return order == ORDER_BLOCK ? huge_alloc_block(fa, class, out)
                                : huge_alloc_section(fa, class, out);
}

status_t frames_free(struct frame_allocator *fa, pfn_t first, unsigned order)
{
    switch (order) {
    case ORDER_FRAME:
        return give_back_warm(fa, first.value) ? STATUS_OK : free_frame(fa, first);
    case ORDER_BLOCK:
        return huge_free_block(fa, first);
    case ORDER_SECTION:
        return huge_free_section(fa, first);
    default:
        return STATUS_BAD_ORDER;
    }
}

struct frame_tag frames_tag(const struct frame_allocator *fa, pfn_t frame)
{
    struct section s;
    uint32_t word = 0;
    if (frame.value < fa->limit && section_find_online(fa, frame.value / SECTION_FRAMES, &s))
        word = owner_word(fa, &s, frame.value);
    if (word == 0)
        return (struct frame_tag){FRAME_UNMANAGED, 0};
    return (struct frame_tag){word_class(word), word_value(word)};
}
