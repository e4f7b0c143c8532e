/* SPDX-License-Identifier: MIT
 * Problem: hand out parts of one area of the address space so that running off either end of one of
 * them is a page fault and never lands in another; any number of them.
 *
 * Shape:   a record for each live range. It owns its pages and the guard page before and after them; what
 *          two neighbours own never overlaps, so an address has one answer at most.
 *
 *          start                                                                         end
 *            | g | range 0 .......... | g |     gap      | g | range 1 ... | g | gap       |
 *                ^ .start    .size    ^                      ^
 *
 *          The records are nodes of a balanced tree by address (range_tree.c). Each knows the gap in front of
 *          it and the largest one of its subtree:
 *
 *                             (range 1: gap 3, largest 9)
 *                            /                           \
 *            (range 0: gap 0, largest 0)       (range 3: gap 2, largest 9)
 *                                             /
 *                              (range 2: gap 9, largest 9)          and the rest of the area behind them
 *
 *          They lie in pages that the owner gives when there is no room, and gets back when they are empty:
 *          all but one, so that a range that comes and goes takes no page each time.
 *
 * R1  count is the number of nodes in the tree, and of nodes in use in all pages
 * R2  a range starts at a page and is one page or more, whole pages
 * R3  the range and its guards lie in the area
 * R4  the nodes are sorted, and no range with its guards overlaps the next with its guards
 * R5  a node knows the gap in front of it, and the largest of its subtree
 * R6  parents and children name each other; the heights of two children differ by one at most
 * R7  a page in the list has nodes in use and free ones; the spare page has none in use
 *
 * A range takes the lowest gap that holds it wherever the gap starts; then what is behind all; then the lowest
 * that just happens to be aligned. For pages these are one, and give the same addresses on every run.
 * Cost:    alloc, find, free O(log n); an alloc that only the last of these ways serves, or that none does, O(n).
 *          72 bytes a range, and two pages of address space.
 * Not here: mapping, where pages come from, locks. */
#include "ranges_private.h"

#include <base/assert.h>

#include <stdckdint.h>

void ranges_init(struct range_allocator *ra, virt_addr_t start, uint64_t size,
                 const struct range_memory *memory)
{
    uint64_t end;
    ASSERT(R3, !ckd_add(&end, start.value, size));
    ASSERT(R2, is_aligned(start.value | end, PAGE_SIZE));
    *ra = (struct range_allocator){.start = start, .end = virt_addr(end), .memory = *memory};
}

/* ---- records ---- */

static void link_page(struct range_allocator *ra, struct range_page *page)
{
    page->previous = nullptr;
    page->next = ra->room;
    if (ra->room != nullptr)
        ra->room->previous = page;
    ra->room = page;
}

static void unlink_page(struct range_allocator *ra, struct range_page *page)
{
    DEBUG_ASSERT(R7, page->previous != nullptr || ra->room == page);
    *(page->previous != nullptr ? &page->previous->next : &ra->room) = page->next;
    if (page->next != nullptr)
        page->next->previous = page->previous;
}

/* A page in which all nodes are free: the spare one, or a new one. */
static struct range_page *take_page(struct range_allocator *ra)
{
    struct range_page *page = ra->spare;
    if (page != nullptr) {
        ra->spare = nullptr;
        return page;
    }
    page = ra->memory.take(ra->memory.owner);
    if (page == nullptr)
        return nullptr;
    ASSERT(R7, is_aligned((uintptr_t)page, PAGE_SIZE)); /* a node finds its page by that */
    page->used = 0;
    page->free = nullptr;
    for (size_t i = RANGE_PAGE_NODES; i-- > 0;) {
        page->nodes[i].child[RANGE_LOWER] = page->free;
        page->free = &page->nodes[i];
    }
    return page;
}

static struct range_node *take_node(struct range_allocator *ra)
{
    struct range_page *page = ra->room;
    if (page == nullptr) {
        page = take_page(ra);
        if (page == nullptr)
            return nullptr;
        link_page(ra, page);
    }
    struct range_node *node = page->free;
    ASSERT(R7, node != nullptr && page->used < RANGE_PAGE_NODES);
    page->free = node->child[RANGE_LOWER];
    page->used++;
    if (page->free == nullptr)
        unlink_page(ra, page);
    return node;
}

static void give_node(struct range_allocator *ra, struct range_node *node)
{
    struct range_page *page = (struct range_page *)align_down((uintptr_t)node, PAGE_SIZE);
    ASSERT(R7, page->used != 0);
    if (page->free == nullptr)
        link_page(ra, page);
    node->child[RANGE_LOWER] = page->free;
    page->free = node;
    page->used--;
    if (page->used != 0)
        return;
    unlink_page(ra, page);
    if (ra->spare == nullptr)
        ra->spare = page;
    else
        ra->memory.give(ra->memory.owner, page);
}

/* ---- gaps ---- */

/* Where a range goes: its record in front of another (null: behind all), in the gap that begins at `from`. */
struct place {
    struct range_node *before;
    uint64_t from, start;
};

static bool fit_in_gap(uint64_t to, uint64_t size, uint64_t alignment, struct place *place)
{
    uint64_t first, end;
    if (ckd_add(&first, place->from, PAGE_SIZE) || ckd_add(&first, first, alignment - 1))
        return false;
    first = align_down(first, alignment);
    if (ckd_add(&end, first, size) || ckd_add(&end, end, PAGE_SIZE) || end > to)
        return false;
    place->start = first;
    return true;
}

static bool fit_in_front(struct range_node *before, uint64_t size, uint64_t alignment,
                         struct place *place)
{
    *place = (struct place){.before = before, .from = range_from(before) - before->gap};
    return fit_in_gap(range_from(before), size, alignment, place);
}

static bool find_place(const struct range_allocator *ra, uint64_t size, uint64_t alignment,
                       struct place *place)
{
    uint64_t enough; /* wherever the gap starts: two guards, and what the alignment may cost */
    struct range_node *node = nullptr;
    if (!ckd_add(&enough, size, PAGE_SIZE) && !ckd_add(&enough, enough, alignment))
        node = range_tree_behind_gap(ra, enough);
    if (node != nullptr && fit_in_front(node, size, alignment, place))
        return true;
    const struct range_node *last = range_tree_outermost(ra, RANGE_HIGHER);
    *place = (struct place){.from = last != nullptr ? range_to(last) : ra->start.value};
    if (fit_in_gap(ra->end.value, size, alignment, place))
        return true;
    if (alignment == PAGE_SIZE) /* each gap that is long enough fits */
        return false;
    for (node = range_tree_outermost(ra, RANGE_LOWER); node != nullptr;
         node = range_tree_next(node))
        if (fit_in_front(node, size, alignment, place))
            return true;
    return false;
}

/* ---- ranges ---- */

status_t ranges_alloc(struct range_allocator *ra, uint64_t size, uint64_t alignment,
                      const char *name, virt_addr_t *out)
{
    if (!is_power_of_two(alignment) || alignment < PAGE_SIZE)
        return STATUS_MISALIGNED;
    uint64_t rounded;
    if (ckd_add(&rounded, size == 0 ? 1 : size, PAGE_SIZE - 1))
        return STATUS_NO_MEMORY;
    rounded = align_down(rounded, PAGE_SIZE);
    struct place place;
    if (!find_place(ra, rounded, alignment, &place))
        return STATUS_NO_MEMORY;
    struct range_node *node = take_node(ra);
    if (node == nullptr)
        return STATUS_NO_MEMORY;
    node->range = (struct virtual_range){virt_addr(place.start), rounded, name};
    ASSERT(R4, range_from(node) >= place.from);
    node->gap = range_from(node) - place.from;
    if (place.before != nullptr) {
        ASSERT(R4, range_to(node) <= range_from(place.before));
        place.before->gap = range_from(place.before) - range_to(node);
    }
    range_tree_insert(ra, node, place.before);
    ra->count++;
    *out = node->range.start;
    return STATUS_OK;
}

/* The record of the range that the address is in or in a guard of, or null. */
static struct range_node *node_at(const struct range_allocator *ra, virt_addr_t address)
{
    struct range_node *node = ra->root, *found = nullptr;
    while (node != nullptr) { /* the lowest that ends above the address */
        const bool is_above = range_to(node) > address.value;
        found = is_above ? node : found;
        node = node->child[is_above ? RANGE_LOWER : RANGE_HIGHER];
    }
    return found != nullptr && address.value >= range_from(found) ? found : nullptr;
}

static bool is_guard(const struct range_node *node, virt_addr_t address)
{
    return address.value - node->range.start.value >= node->range.size;
}

const struct virtual_range *ranges_find(const struct range_allocator *ra, virt_addr_t address,
                                        bool *guard)
{
    const struct range_node *node = node_at(ra, address);
    if (node == nullptr)
        return nullptr;
    if (guard != nullptr)
        *guard = is_guard(node, address);
    return &node->range;
}

const struct virtual_range *ranges_next(const struct range_allocator *ra,
                                        const struct virtual_range *before)
{
    const struct range_node *next = before == nullptr
                                        ? range_tree_outermost(ra, RANGE_LOWER)
                                        : range_tree_next((const struct range_node *)before);
    return next != nullptr ? &next->range : nullptr;
}

static void remove_node(struct range_allocator *ra, struct range_node *node)
{
    ASSERT(R1, ra->count != 0);
    struct range_node *next = range_tree_next(node);
    if (next != nullptr) {
        DEBUG_ASSERT(R5, range_from(next) - next->gap == range_to(node));
        next->gap = range_from(next) - range_from(node) + node->gap;
    }
    range_tree_remove(ra, node);
    give_node(ra, node);
    ra->count--;
}

status_t ranges_free(struct range_allocator *ra, virt_addr_t start, struct virtual_range *out)
{
    struct range_node *node = node_at(ra, start);
    if (node == nullptr || is_guard(node, start))
        return STATUS_NOT_ALLOCATED;
    if (node->range.start.value != start.value)
        return STATUS_INSIDE_BLOCK;
    if (out != nullptr)
        *out = node->range;
    remove_node(ra, node);
    return STATUS_OK;
}

void ranges_end(struct range_allocator *ra)
{
    while (ra->root != nullptr)
        remove_node(ra, ra->root);
    if (ra->spare != nullptr)
        ra->memory.give(ra->memory.owner, ra->spare);
    ra->spare = nullptr;
    DEBUG_ASSERT(R1, ra->count == 0 && ra->room == nullptr);
}
