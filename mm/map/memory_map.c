/* SPDX-License-Identifier: MIT
 * The memory map: which bytes are what, said once.
 *
 * Problem: firmware describes memory by descriptors in any order, that may overlap, contradict each
 *          other, be empty, misaligned, or outside of what the processor can address. We need
 *          ranges that do none of that.
 *
 * Shape:   every accepted descriptor, rounded to pages, gives two edges. The edges are sorted; a
 *          line is swept over them. Between two neighbouring edges (an elementary segment) the set
 *          of descriptors does not change, so one of them decides: one of the most restrictive
 *          class.
 *
 *            descriptor 0   |========== usable ==========|
 *            descriptor 1          |== reserved ==|
 *            descriptor 2   |== usable ==|
 *            segments       |  a   |  b  |   c    |  d   |
 *            ranges         |usable|   reserved   |usable|
 *            changes        a: DUPLICATE 0, 2     b and c: CONFLICT 1 against 0
 *
 *          The descriptors under the line stand in one doubly linked list a class, in order of
 *          their starts (then of their indices), so each edge costs O(1): a start is appended, an
 *          end unlinks itself. The head of the list of the winning class is the one that decided.
 *
 *          The attributes of a segment are those that all descriptors of the winning class agree
 *          on: an attribute is a promise (a cache mode works, the memory is more reliable), and a
 *          byte keeps a promise only if nobody denies it. EFI_MEMORY_RUNTIME is no promise but a
 *          demand (the firmware needs the range mapped), so one descriptor is enough for it.
 *          Counting how many descriptors of a class have each bit makes both O(1) and independent
 *          of the order; bits that all of the class have in the whole map, which mostly are all,
 *          need no counting.
 *
 * MAP1  ranges are page aligned, not empty, and end within the physical address space
 * MAP2  ranges are sorted and disjoint
 * MAP3  two ranges that touch differ in class or in attributes
 * MAP4  bytes[c] is the sum of the ranges of class c
 * MAP5  changes: the ignored descriptors, then the others, each in order of address. Only EMPTY is
 *     about no bytes; the end of WRAPS is UINT64_MAX, since 2^64 does not fit
 * MAP6  a byte is usable only if every accepted descriptor that covers any part of it says so: usable
 *     is rounded inward, everything else outward
 * MAP7  ranges do not depend on the order of the descriptors, the field `descriptor` apart
 *
 * Cost:    O(n): the sort takes a pass over 2n edges of 16 bytes for each byte in which addresses
 *          differ, none where the firmware sorted but for a few. m accepted descriptors make at most 2m - 1
 *          segments, each at most one range and one overlap, and each of n descriptors is ignored or
 *          rounded at most once: 2n ranges and 3n changes suffice. Results and scratch take 200 bytes
 *          a descriptor and 6 KiB.
 * Not here: what the firmware left out, lint rules, who gets the memory.
 * Not locked: a map is made once and then only read. */
#include "private.h"

#include <mm/memory_map.h>

#include <base/assert.h>
#include <base/string.h>

#include <stdckdint.h>

constexpr uint32_t NO_DESCRIPTOR = UINT32_MAX;
constexpr unsigned ATTRIBUTE_BITS = 64;

/* Neighbours of a descriptor in the list of its class. */
struct link {
    uint32_t previous, next;
};

/* The descriptors of one class that lie under the line. */
struct class_list {
    uint32_t head, tail;
    uint32_t count;
    uint64_t disputed; /* attributes that some descriptor of the whole class lacks */
    uint32_t bit_counts[ATTRIBUTE_BITS]; /* how many of them have each disputed attribute */
};

struct sweep {
    const struct boot_region *regions;
    uint64_t limit; /* first address that the processor cannot form */
    struct memory_range *ranges;
    struct memory_change *changes;
    struct class_list *lists;
    struct edge *edges;
    struct link *links;
    uint32_t *places; /* EDGE_DIGITS of them, for the sort */
    size_t range_count, change_count, edge_count;
    uint32_t present; /* bit c: the list of class c is not empty */
};
static_assert(MEMORY_CLASS_COUNT <= 32, "sweep.present has one bit a class");

constexpr size_t RANGES_PER_DESCRIPTOR = 2;
constexpr size_t CHANGES_PER_DESCRIPTOR = 3;
constexpr size_t EDGES_PER_DESCRIPTOR = 2;
constexpr size_t BYTES_PER_DESCRIPTOR = RANGES_PER_DESCRIPTOR * sizeof(struct memory_range) +
                                        CHANGES_PER_DESCRIPTOR * sizeof(struct memory_change) +
                                        EDGES_PER_DESCRIPTOR * sizeof(struct edge) +
                                        sizeof(struct link);
constexpr size_t LISTS_SIZE = MEMORY_CLASS_COUNT * sizeof(struct class_list);
constexpr size_t PLACES_SIZE = EDGE_DIGITS * sizeof(uint32_t);
constexpr size_t MEMORY_ALIGNMENT = 16;
static_assert(sizeof(struct memory_range) % 8 == 0 && sizeof(struct memory_change) % 8 == 0 &&
                  sizeof(struct edge) == 16 && LISTS_SIZE % 8 == 0,
              "each array ends where the next may start");

size_t memory_map_memory_size(size_t count)
{
    size_t size;
    if (count >= NO_DESCRIPTOR || ckd_mul(&size, count, BYTES_PER_DESCRIPTOR) ||
        ckd_add(&size, size, LISTS_SIZE + PLACES_SIZE + MEMORY_ALIGNMENT - 1))
        return 0;
    return align_down(size, MEMORY_ALIGNMENT);
}

static struct sweep sweep_in(void *memory, size_t count)
{
    ASSERT(MAP1, is_aligned((uintptr_t)memory, alignof(struct memory_range)));
    struct sweep sweep = {.ranges = memory};
    sweep.changes = (struct memory_change *)(sweep.ranges + RANGES_PER_DESCRIPTOR * count);
    sweep.lists = (struct class_list *)(sweep.changes + CHANGES_PER_DESCRIPTOR * count);
    sweep.places = (uint32_t *)(sweep.lists + MEMORY_CLASS_COUNT);
    sweep.edges = (struct edge *)(sweep.places + EDGE_DIGITS);
    sweep.links = (struct link *)(sweep.edges + EDGES_PER_DESCRIPTOR * count);
    memset(sweep.lists, 0, LISTS_SIZE);
    return sweep;
}

/* ---- one descriptor at a time: judge, round, add its edges ---- */

static void log_change(struct sweep *sweep, struct memory_change change)
{
    sweep->changes[sweep->change_count++] = change;
}

static void log_single(struct sweep *sweep, enum memory_change_kind kind, uint32_t index,
                       uint64_t start, uint64_t end)
{
    log_change(sweep, (struct memory_change){.kind = kind,
                                             .winner = index,
                                             .loser = index,
                                             .start = phys_addr(start),
                                             .end = phys_addr(end)});
}

static void admit(struct sweep *sweep, uint32_t index)
{
    const struct boot_region *region = &sweep->regions[index];
    const uint64_t start = region->phys_start;
    uint64_t size, end;
    if (region->page_count == 0)
        return log_single(sweep, MEMORY_CHANGE_EMPTY, index, start, start);
    if (ckd_mul(&size, region->page_count, PAGE_SIZE) || ckd_add(&end, start, size))
        return log_single(sweep, MEMORY_CHANGE_WRAPS, index, start, UINT64_MAX);
    end -= region->bytes_less % PAGE_SIZE;
    if (end > sweep->limit)
        return log_single(sweep, MEMORY_CHANGE_BEYOND, index, start, end);

    const enum memory_class class = memory_class_of_region(region);
    uint64_t first = start, last = end;
    if (!is_aligned(start | end, PAGE_SIZE)) {
        const bool inward = class == MEMORY_USABLE;
        log_single(sweep, inward ? MEMORY_CHANGE_ROUNDED_IN : MEMORY_CHANGE_ROUNDED_OUT, index,
                   start, end);
        first = inward ? align_up(start, PAGE_SIZE) : align_down(start, PAGE_SIZE);
        last = inward ? align_down(end, PAGE_SIZE) : align_up(end, PAGE_SIZE);
    }
    if (first >= last) /* no whole page is inside */
        return;
    sweep->lists[class].disputed |= ~region->efi_attributes;
    sweep->edges[sweep->edge_count++] = (struct edge){first, index, (uint16_t)class, false};
    sweep->edges[sweep->edge_count++] = (struct edge){last, index, (uint16_t)class, true};
}

/* ---- changes of single descriptors ---- */

static bool is_ignored(enum memory_change_kind kind)
{
    return kind <= MEMORY_CHANGE_BEYOND;
}

/* The changes of single descriptors, before there are others: the ignored ones first. The room is the ranges',
 * of which there is none before the sweep. */
static void sort_singles(struct sweep *sweep)
{
    static_assert(RANGES_PER_DESCRIPTOR * sizeof(struct memory_range) >=
                  2 * sizeof(struct edge) + sizeof(struct memory_change));
    const size_t count = sweep->change_count;
    struct edge *keys = (struct edge *)sweep->ranges, *room = keys + count;
    struct memory_change *sorted = (struct memory_change *)(room + count);
    for (size_t i = 0; i < count; i++)
        keys[i] =
            (struct edge){.address = sweep->changes[i].start.value, .descriptor = (uint32_t)i};
    edges_sort(keys, count, room, sweep->places);
    size_t to = 0;
    for (unsigned turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < count; i++) {
            const struct memory_change *change = &sweep->changes[keys[i].descriptor];
            if (is_ignored(change->kind) == (turn == 0))
                sorted[to++] = *change;
        }
    memcpy(sweep->changes, sorted, count * sizeof *sorted);
}

/* ---- the line moves: lists of what lies under it ---- */

/* `step` is 1, or 2^32 - 1 to take one away. */
static void count_attributes(struct class_list *list, uint64_t attributes, uint32_t step)
{
    for (uint64_t bits = attributes & list->disputed; bits != 0; bits &= bits - 1)
        list->bit_counts[__builtin_ctzll(bits)] += step;
}

static void enter(struct sweep *sweep, const struct edge *edge)
{
    struct class_list *list = &sweep->lists[edge->class];
    const uint32_t index = edge->descriptor;
    DEBUG_ASSERT(MAP6, edge->class < MEMORY_CLASS_COUNT);
    const bool first = list->count++ == 0;
    sweep->links[index] = (struct link){first ? NO_DESCRIPTOR : list->tail, NO_DESCRIPTOR};
    if (first)
        list->head = index;
    else
        sweep->links[list->tail].next = index;
    list->tail = index;
    count_attributes(list, sweep->regions[index].efi_attributes, 1);
    sweep->present |= UINT32_C(1) << edge->class;
}

static void leave(struct sweep *sweep, const struct edge *edge)
{
    struct class_list *list = &sweep->lists[edge->class];
    const struct link link = sweep->links[edge->descriptor];
    ASSERT(MAP6, list->count > 0);
    if (link.previous == NO_DESCRIPTOR)
        list->head = link.next;
    else
        sweep->links[link.previous].next = link.next;
    if (link.next == NO_DESCRIPTOR)
        list->tail = link.previous;
    else
        sweep->links[link.next].previous = link.previous;
    count_attributes(list, sweep->regions[edge->descriptor].efi_attributes, UINT32_MAX);
    if (--list->count == 0)
        sweep->present &= ~(UINT32_C(1) << edge->class);
}

/* ---- a segment ends: what it is, and what was decided about it ---- */

static enum memory_class most_restrictive(uint32_t classes)
{
    return (enum memory_class)(31 - __builtin_clz(classes));
}

static uint64_t common_attributes(const struct sweep *sweep, const struct class_list *list)
{
    const uint64_t candidates = sweep->regions[list->head].efi_attributes;
    if (list->count == 1)
        return candidates;
    uint64_t common = candidates & ~list->disputed;
    for (uint64_t bits = candidates & list->disputed; bits != 0; bits &= bits - 1)
        if (list->bit_counts[__builtin_ctzll(bits)] == list->count)
            common |= bits & -bits;
    if (list->bit_counts[__builtin_ctzll(EFI_ATTRIBUTE_RUNTIME)] > 0)
        common |= EFI_ATTRIBUTE_RUNTIME;
    return common;
}

static void add_range(struct sweep *sweep, struct memory_range range)
{
    if (sweep->range_count > 0) {
        struct memory_range *last = &sweep->ranges[sweep->range_count - 1];
        if (last->end.value == range.start.value && last->class == range.class &&
            last->attributes == range.attributes) {
            last->end = range.end;
            if (range.descriptor < last->descriptor)
                last->descriptor = range.descriptor;
            return;
        }
    }
    sweep->ranges[sweep->range_count++] = range;
}

static void log_overlap(struct sweep *sweep, struct memory_change change)
{
    if (sweep->change_count > 0) {
        struct memory_change *last = &sweep->changes[sweep->change_count - 1];
        if (last->kind == change.kind && last->winner == change.winner &&
            last->loser == change.loser && last->end.value == change.start.value) {
            last->end = change.end;
            return;
        }
    }
    log_change(sweep, change);
}

static void end_segment(struct sweep *sweep, phys_addr_t start, phys_addr_t end)
{
    const enum memory_class winner = most_restrictive(sweep->present);
    const struct class_list *list = &sweep->lists[winner];
    DEBUG_ASSERT(MAP2, start.value < end.value);
    DEBUG_ASSERT(MAP6, list->count != 0);
    add_range(sweep, (struct memory_range){.start = start,
                                           .end = end,
                                           .class = winner,
                                           .descriptor = list->head,
                                           .attributes = common_attributes(sweep, list)});

    const uint32_t others = sweep->present & ~(UINT32_C(1) << winner);
    struct memory_change overlap = {.winner = list->head, .start = start, .end = end};
    if (others != 0) {
        overlap.kind = MEMORY_CHANGE_CONFLICT;
        overlap.loser = sweep->lists[most_restrictive(others)].head;
    } else if (list->count > 1) {
        overlap.kind = MEMORY_CHANGE_DUPLICATE;
        overlap.loser = sweep->links[list->head].next;
    } else {
        return;
    }
    log_overlap(sweep, overlap);
}

static void run_sweep(struct sweep *sweep)
{
    const struct edge *edge = sweep->edges, *const end = edge + sweep->edge_count;
    phys_addr_t start = phys_addr(0);
    while (edge < end) {
        const phys_addr_t here = phys_addr(edge->address);
        if (sweep->present != 0)
            end_segment(sweep, start, here);
        for (; edge < end && edge->address == here.value; edge++) {
            if (edge->is_end)
                leave(sweep, edge);
            else
                enter(sweep, edge);
        }
        start = here;
    }
    ASSERT(MAP6, sweep->present == 0);
}

/* ---- the whole ---- */

/* The first `singles` changes are sorted, and so are the overlaps behind them, as the line met them. The edges
 * and links make room for singles: they are done with. */
static void merge_changes(struct sweep *sweep, size_t singles)
{
    static_assert(EDGES_PER_DESCRIPTOR * sizeof(struct edge) + sizeof(struct link) >=
                  sizeof(struct memory_change));
    struct memory_change *changes = sweep->changes, *room = (struct memory_change *)sweep->edges;
    size_t to = 0, taken = 0, overlap = singles;
    while (to < singles && is_ignored(changes[to].kind))
        to++;
    const size_t count = singles - to;
    memcpy(room, &changes[to], count * sizeof *room);
    while (taken < count) {
        const bool overlap_next =
            overlap < sweep->change_count && changes[overlap].start.value < room[taken].start.value;
        changes[to++] = overlap_next ? changes[overlap++] : room[taken++];
    }
}

status_t memory_map_build(const struct boot_region *regions, size_t count, unsigned phys_bits,
                          void *memory, size_t size, struct memory_map *out)
{
    const size_t needed = memory_map_memory_size(count);
    if (needed == 0 || size < needed)
        return STATUS_NO_MEMORY;
    struct sweep sweep = sweep_in(memory, count);
    sweep.regions = regions;
    sweep.limit = UINT64_C(1) << (phys_bits < PHYS_BITS_MAX ? phys_bits : PHYS_BITS_MAX);

    for (size_t i = 0; i < count; i++)
        admit(&sweep, (uint32_t)i);
    const size_t singles = sweep.change_count;
    sort_singles(&sweep);
    edges_sort(sweep.edges, sweep.edge_count, (struct edge *)sweep.ranges, sweep.places);
    run_sweep(&sweep);
    merge_changes(&sweep, singles);
    ASSERT(MAP2, sweep.range_count <= RANGES_PER_DESCRIPTOR * count);
    ASSERT(MAP5, sweep.change_count <= CHANGES_PER_DESCRIPTOR * count);

    struct memory_map map = {.ranges = sweep.ranges,
                             .range_count = sweep.range_count,
                             .changes = sweep.changes,
                             .change_count = sweep.change_count};
    for (size_t i = 0; i < map.range_count; i++)
        map.bytes[map.ranges[i].class] += map.ranges[i].end.value - map.ranges[i].start.value;
    *out = map;
    return STATUS_OK;
}

const struct memory_range *memory_map_find(const struct memory_map *map, phys_addr_t address)
{
    size_t low = 0, high = map->range_count;
    while (low < high) { /* below `low` all end at or before the address */
        const size_t middle = low + (high - low) / 2;
        if (map->ranges[middle].end.value <= address.value)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == map->range_count || map->ranges[low].start.value > address.value)
        return nullptr;
    return &map->ranges[low];
}
