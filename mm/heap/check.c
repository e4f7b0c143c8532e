/* SPDX-License-Identifier: MIT
 * Proof that a heap is sound: the invariants H1 to H9 of mm/heap/heap.c. O(records + frames held). */
#include "private.h"

/* What the records say, to be compared with the totals. */
struct census {
    uint64_t unused;
    struct heap_totals sums;
};

/* Classes are counted a few at a time, with a walk over the records each: a kernel's stack is small. */
constexpr unsigned GROUP_CLASSES = 16;
struct group {
    unsigned first; /* class */
    uint64_t live[GROUP_CLASSES];
    uint32_t slabs[GROUP_CLASSES];  /* there are 2^24 records */
    uint32_t listed[GROUP_CLASSES]; /* slabs that must be in a bin */
    uint8_t idle[GROUP_CLASSES];    /* up to 2 */
};

static bool frames_carry(const struct heap *heap, const struct heap_record *record,
                         uint64_t page_count, enum frame_class class)
{
    pfn_t first = heap_frame_of(heap, record->base);
    for (uint64_t i = 0; i < page_count; i++) {
        struct frame_tag tag = frames_tag(heap->frames, pfn(first.value + i));
        if (tag.class != class || tag.value != record->number)
            return false;
    }
    return true;
}

static const char *check_bits(const struct heap_record *slab)
{
    unsigned free_count = 0, free_words = 0;
    for (unsigned word = 0; word < HEAP_WORDS; word++) {
        unsigned first = word * 64;
        unsigned blocks = slab->block_count > first ? slab->block_count - first : 0;
        uint64_t allowed = blocks >= 64 ? UINT64_MAX : (UINT64_C(1) << blocks) - 1;
        if ((slab->free[word] & ~allowed) != 0)
            return "heap H3: a bit of a slab stands for a block past its end";
        free_count += (unsigned)__builtin_popcountll(slab->free[word]);
        free_words |= (slab->free[word] != 0 ? 1U : 0U) << word;
    }
    if (free_count != slab->free_count)
        return "heap H3: a slab's free count is not the number of its bits";
    if (free_words != slab->free_words)
        return "heap H3: a slab's summary of words is not what they say";
    return nullptr;
}

/* A note says the same as the block's bit. */
static const char *check_notes(const struct heap *heap, const struct heap_record *slab,
                               struct census *census)
{
    if ((slab->notes != nullptr) != (heap->red_zone != 0))
        return "heap H9: a slab has notes below L1, or none at L1";
    for (uint32_t slot = 0; slab->notes != nullptr && slot < slab->block_count; slot++) {
        uint16_t note = slab->notes->of[slot];
        bool is_free = (slab->free[slot / 64] >> slot % 64 & 1) != 0;
        if ((note == HEAP_NOTE_FRESH || heap_note_is_poisoned(note)) != is_free)
            return "heap H9: a note says live of a free block, or free of a live one";
        if (is_free)
            continue;
        if (note == HEAP_NOTE_RETIRED)
            census->sums.retired++;
        else if (!heap_note_is_live(note) || heap_note_slack(note) > slab->block_size)
            return "heap H9: a block has no red zone, or one that is larger than itself";
        else
            census->sums.live_requested += slab->block_size - heap_note_slack(note);
    }
    return nullptr;
}

/* Must the slab be in a bin? */
static bool is_listed(const struct heap_size_class *class, const struct heap_record *slab)
{
    return slab != class->current && slab != class->spare && slab->free_count != 0;
}

static const char *check_slab(const struct heap *heap, const struct heap_record *slab,
                              struct census *census)
{
    if (slab->class_index >= HEAP_CLASSES_MAX ||
        (slab->kind == HEAP_SLAB) != (slab->class_index < HEAP_CLASS_COUNT))
        return "heap H1: a slab has no class of its kind";
    const struct heap_size_class *class = &heap->classes[slab->class_index];
    if (slab->block_size != class->block_size || slab->block_count != class->block_count)
        return "heap H1: a slab differs from its size class";
    uint64_t alignment = class->alignment < PAGE_SIZE ? PAGE_SIZE : class->alignment;
    if (!is_aligned(slab->base - heap->offset, alignment))
        return "heap H2: a slab is not aligned as its size class is";
    if (!frames_carry(heap, slab, class->page_count, FRAME_SLAB))
        return "heap H2: a slab's frame has another class or number";
    const char *broken = check_bits(slab);
    if (broken == nullptr)
        broken = check_notes(heap, slab, census);
    if (broken != nullptr)
        return broken;
    bool is_idle = slab->free_count == slab->block_count;
    if (slab == class->spare && !is_idle)
        return "heap H4: a spare slab is not wholly free";
    if (is_idle && is_listed(class, slab))
        return "heap H4: a wholly free slab is neither current nor spare";
    unsigned live = slab->block_count - slab->free_count;
    census->sums.slabs++;
    census->sums.live_blocks += live;
    census->sums.live_bytes += (uint64_t)live * slab->block_size;
    census->sums.held_bytes += class->page_count * PAGE_SIZE;
    return nullptr;
}

static const char *check_large(const struct heap *heap, const struct heap_record *record,
                               struct census *census)
{
    if (record->kind == HEAP_RUN) {
        if (!frames_carry(heap, record, record->page_count, FRAME_HEAP_LARGE))
            return "heap H2: a run's frame has another class or number";
        census->sums.large_blocks++;
    } else {
        if (!heap_in_window(heap, record->base) || !is_aligned(record->base, PAGE_SIZE) ||
            heap->window.end.value - record->base < record->page_count * PAGE_SIZE)
            return "heap H7: a window block is not in the window, at a page";
        if (heap_window_starting(heap, record->base) != record)
            return "heap H7: a window block is not in the bucket of its address";
        if ((record->next != nullptr && record->next->previous != record) ||
            (record->previous != nullptr && record->previous->next != record))
            return "heap H7: a window block is linked wrongly in its bucket";
        if (record->asked_pages > record->page_count)
            return "heap H7: a window block has fewer pages than were asked for";
        census->sums.window_waste += (record->page_count - record->asked_pages) * PAGE_SIZE;
        census->sums.window_blocks++;
    }
    if (heap->red_zone != 0) {
        if (record->requested == 0 ||
            record->page_count * PAGE_SIZE - record->requested < heap->red_zone)
            return "heap H9: a run or window block has no red zone, or nothing else";
        census->sums.live_requested += record->requested;
    }
    census->sums.live_blocks++;
    census->sums.live_bytes += record->page_count * PAGE_SIZE;
    census->sums.held_bytes += record->page_count * PAGE_SIZE;
    return nullptr;
}

static const char *check_records(const struct heap *heap, struct census *census)
{
    for (uint32_t number = 0; number < heap->record_count; number++) {
        const struct heap_record *record = heap_record_at(heap, number);
        const char *broken = nullptr;
        if (record->number != number || record->kind > HEAP_OBJECTS)
            return "heap H1: a record has a wrong number or kind";
        if (record->kind == HEAP_UNUSED)
            census->unused++;
        else if (record->kind == HEAP_SLAB || record->kind == HEAP_OBJECTS)
            broken = check_slab(heap, record, census);
        else
            broken = check_large(heap, record, census);
        if (broken != nullptr)
            return broken;
    }
    uint64_t listed = 0;
    const struct heap_record *record = heap->unused;
    for (; record != nullptr && listed <= census->unused; record = record->next) {
        if (record->kind != HEAP_UNUSED)
            return "heap H1: a record in use is on the list of unused ones";
        listed++;
    }
    return listed == census->unused ? nullptr : "heap H1: an unused record is lost";
}

static bool is_slab_of(const struct heap_record *record, unsigned index)
{
    return (record->kind == HEAP_SLAB || record->kind == HEAP_OBJECTS) &&
           record->class_index == index;
}

/* The bins of one class; the walk is bounded by what the records say: a ring is found, too. */
static const char *check_bins(const struct heap *heap, unsigned index, uint64_t listed)
{
    const struct heap_size_class *class = &heap->classes[index];
    uint64_t found = 0;
    for (unsigned bin = 0; bin < HEAP_BINS; bin++) {
        const struct heap_record *previous = nullptr, *slab = class->partial[bin];
        if ((class->partial_bins >> bin & 1) != (slab != nullptr))
            return "heap H4: a class's summary of bins is not what they say";
        for (; slab != nullptr; previous = slab, slab = slab->next) {
            if (++found > listed)
                return "heap H4: more slabs are listed than should be";
            if (!is_slab_of(slab, index) || slab->bin != bin || slab->free_count >> bin != 1)
                return "heap H4: a slab is listed in a wrong bin";
            if (slab == class->current || slab == class->spare || slab->previous != previous)
                return "heap H4: a listed slab is linked wrongly";
        }
    }
    return found == listed ? nullptr : "heap H4: a slab with room is not listed";
}

/* The invariants OC1 to OC3 of mm/heap/object_cache.c. */
static const char *check_cache(const struct heap *heap, const struct object_cache *cache,
                               const struct heap_size_class *class)
{
    if ((cache->name != nullptr) != (class->block_size != 0))
        return "object cache OC1: a cache has no class, or a class no cache";
    if (cache->name == nullptr)
        return nullptr;
    if (cache->heap != heap || cache->object_size + heap->red_zone > class->block_size)
        return "object cache OC2: an object does not fit into its block";
    const struct heap_record *current = class->current;
    if (current != &heap->no_slab && current->constructed != (cache->construct != nullptr))
        return "object cache OC3: the current slab is not constructed";
    return nullptr;
}

static void count_group(const struct heap *heap, struct group *group)
{
    for (uint32_t number = 0; number < heap->record_count; number++) {
        const struct heap_record *slab = heap_record_at(heap, number);
        const unsigned at = slab->class_index - group->first; /* huge, where it is below */
        if ((slab->kind != HEAP_SLAB && slab->kind != HEAP_OBJECTS) || at >= GROUP_CLASSES)
            continue;
        group->slabs[at]++;
        group->listed[at] += is_listed(&heap->classes[slab->class_index], slab);
        group->idle[at] += slab->free_count == slab->block_count && group->idle[at] < 2;
        group->live[at] += slab->block_count - slab->free_count;
    }
}

static const char *check_group(const struct heap *heap, const struct group *group)
{
    for (unsigned i = group->first; i < group->first + GROUP_CLASSES && i < HEAP_CLASSES_MAX; i++) {
        const struct heap_size_class *class = &heap->classes[i];
        const unsigned at = i - group->first;
        const struct heap_record *current = class->current;
        if (current != &heap->no_slab && !is_slab_of(current, i))
            return "heap H4: a current slab is no slab of its class";
        if (class->spare != nullptr && !is_slab_of(class->spare, i))
            return "heap H4: a spare slab is no slab of its class";
        const char *broken = check_bins(heap, i, group->listed[at]);
        if (broken != nullptr)
            return broken;
        if (class->slabs != group->slabs[at] || class->live != group->live[at])
            return "heap H5: a class's count of slabs or live blocks is wrong";
        if (group->idle[at] > 1)
            return "heap H6: a class keeps more than one wholly free slab";
        if (class->live_peak < class->live || class->allocations < class->live_peak)
            return "heap H8: a class's peak is below its live blocks, or above its allocations";
        if (i >= HEAP_CLASS_COUNT)
            broken = check_cache(heap, &heap->caches[i - HEAP_CLASS_COUNT], class);
        if (broken != nullptr)
            return broken;
    }
    return nullptr;
}

static const char *check_classes(const struct heap *heap)
{
    const char *broken = nullptr;
    for (unsigned first = 0; first < HEAP_CLASSES_MAX && broken == nullptr;
         first += GROUP_CLASSES) {
        struct group group = {.first = first};
        count_group(heap, &group);
        broken = check_group(heap, &group);
    }
    return broken;
}

/* Every page of notes is in use by slabs, or in the list of unused ones. */
static const char *check_unused_notes(const struct heap *heap, uint64_t slabs)
{
    uint64_t all = heap->notes_pages * (PAGE_SIZE / sizeof(union heap_notes));
    uint64_t found = heap->red_zone != 0 ? slabs : 0;
    const union heap_notes *notes = heap->unused_notes;
    for (; notes != nullptr && found <= all; notes = notes->next)
        found++;
    return found == all ? nullptr : "heap H9: the notes of a slab are lost, or are there twice";
}

static const char *check_totals(const struct heap *heap, const struct heap_totals *sums)
{
    struct heap_totals now;
    const struct heap_totals *totals = &now;
    heap_totals(heap, &now);
    uint64_t pages = (heap->record_count + HEAP_PAGE_RECORDS - 1) / HEAP_PAGE_RECORDS;
    uint64_t directories = (pages + HEAP_DIRECTORY_PAGES - 1) / HEAP_DIRECTORY_PAGES;
    if (totals->held_bytes !=
        sums->held_bytes + (pages + directories + heap->notes_pages) * PAGE_SIZE)
        return "heap H8: the bytes held are not those of all slabs, blocks and records";
    if (totals->slabs != sums->slabs || totals->large_blocks != sums->large_blocks ||
        totals->window_blocks != sums->window_blocks || totals->window_waste != sums->window_waste)
        return "heap H8: the count of slabs, large or window blocks is wrong";
    if (totals->live_blocks != sums->live_blocks || totals->live_bytes != sums->live_bytes)
        return "heap H8: the live blocks or bytes are not those of all records";
    if (totals->allocations - totals->frees != totals->live_blocks)
        return "heap H8: allocations less frees are not the live blocks";
    if (totals->live_requested != sums->live_requested || totals->retired != sums->retired)
        return "heap H9: the bytes asked for, or the retired blocks, are not those of all notes";
    if (totals->live_blocks_peak < totals->live_blocks ||
        totals->live_bytes_peak < totals->live_bytes ||
        totals->held_bytes_peak < totals->held_bytes)
        return "heap H8: a peak is below what it is the peak of";
    return nullptr;
}

const char *heap_check(const struct heap *heap)
{
    struct census census = {0};
    if (heap->no_slab.free_words != 0 || heap->no_slab.free_count != 0)
        return "heap H4: the slab that stands for none has room";
    const char *broken = check_records(heap, &census);
    if (broken == nullptr)
        broken = check_classes(heap);
    if (broken == nullptr)
        broken = check_totals(heap, &census.sums);
    if (broken == nullptr)
        broken = check_unused_notes(heap, census.sums.slabs);
    return broken;
}
