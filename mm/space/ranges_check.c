/* SPDX-License-Identifier: MIT
 * Proof of R1..R7 of ranges.c: every record, and every page with room for more. */
#include "ranges_private.h"

#include <stdckdint.h>

static const char *check_range(const struct range_allocator *ra, const struct range_node *node,
                               uint64_t from)
{
    const struct virtual_range *range = &node->range;
    uint64_t to;
    if (range->size == 0 || !is_aligned(range->start.value | range->size, PAGE_SIZE))
        return "ranges R2: a range is not one or more whole pages";
    if (range->start.value < PAGE_SIZE || ckd_add(&to, range->start.value, range->size) ||
        ckd_add(&to, to, PAGE_SIZE) || to > ra->end.value || range_from(node) < ra->start.value)
        return "ranges R3: a range or its guard lies outside the area";
    if (range_from(node) < from)
        return "ranges R4: ranges overlap or are not sorted";
    if (node->gap != range_from(node) - from)
        return "ranges R5: a node does not know the gap in front of it";
    return nullptr;
}

static const char *check_subtree(const struct range_allocator *ra, const struct range_node *node)
{
    unsigned heights[2] = {0, 0};
    uint64_t largest = node->gap;
    if (node->parent == nullptr
            ? ra->root != node
            : node->parent->child[RANGE_LOWER] != node && node->parent->child[RANGE_HIGHER] != node)
        return "ranges R6: a node is not the child of its parent";
    for (unsigned side = RANGE_LOWER; side <= RANGE_HIGHER; side++) {
        const struct range_node *child = node->child[side];
        if (child == nullptr)
            continue;
        if (child->parent != node)
            return "ranges R6: a node is not the parent of its child";
        heights[side] = child->height;
        largest = child->largest_gap > largest ? child->largest_gap : largest;
    }
    const unsigned most = heights[heights[RANGE_HIGHER] > heights[RANGE_LOWER]];
    const unsigned least = heights[heights[RANGE_HIGHER] <= heights[RANGE_LOWER]];
    if (node->height != most + 1 || most - least > 1)
        return "ranges R6: a node is not balanced, or does not know its height";
    if (node->largest_gap != largest)
        return "ranges R5: a node does not know the largest gap of its subtree";
    return nullptr;
}

static const char *check_pages(const struct range_allocator *ra)
{
    const struct range_page *previous = nullptr;
    size_t room = 0;
    for (const struct range_page *page = ra->room; page != nullptr; page = page->next) {
        if (page->previous != previous || page->used == 0 || page->used >= RANGE_PAGE_NODES)
            return "ranges R7: a page in the list is linked wrongly, full or empty";
        size_t free = 0;
        for (const struct range_node *node = page->free;
             node != nullptr && free <= RANGE_PAGE_NODES; node = node->child[RANGE_LOWER])
            free++;
        if (free != RANGE_PAGE_NODES - page->used)
            return "ranges R7: a page has lost a node, or a node is in use and free";
        room += page->used;
        previous = page;
    }
    if (ra->spare != nullptr && ra->spare->used != 0)
        return "ranges R7: the spare page is in use";
    if (room > ra->count || (ra->count - room) % RANGE_PAGE_NODES != 0)
        return "ranges R1: the nodes in use are not as many as the ranges";
    return nullptr;
}

const char *ranges_check(const struct range_allocator *ra)
{
    uint64_t from = ra->start.value;
    size_t count = 0;
    for (const struct range_node *node = range_tree_outermost(ra, RANGE_LOWER); node != nullptr;
         node = range_tree_next(node)) {
        const char *broken = check_subtree(ra, node);
        if (broken == nullptr)
            broken = check_range(ra, node, from);
        if (broken != nullptr)
            return broken;
        if (++count > ra->count)
            break; /* a circle, perhaps */
        from = range_to(node);
    }
    return count == ra->count ? check_pages(ra) : "ranges R1: the count is not that of the tree";
}
