/* SPDX-License-Identifier: MIT
 * The records of ranges, for the files of ranges and their tests. Theory: ranges.c. */
#ifndef MM_SPACE_RANGES_PRIVATE_H
#define MM_SPACE_RANGES_PRIVATE_H

#include <mm/ranges.h>

enum range_side : unsigned { RANGE_LOWER, RANGE_HIGHER };

struct range_node {
    struct virtual_range range; /* first: a pointer to it is one to the node */
    struct range_node
        *child[2]; /* of a free one: child[RANGE_LOWER] is the next free one of its page */
    struct range_node *parent; /* null: it is the root */
    uint64_t gap, largest_gap; /* bytes in front of it; the largest of its subtree */
    unsigned height;           /* of its subtree: 1 without children */
};

constexpr size_t RANGE_PAGE_NODES = (PAGE_SIZE - 4 * sizeof(uint64_t)) / sizeof(struct range_node);

struct range_page {
    struct range_page *next, *previous; /* of those with room */
    struct range_node *free;
    size_t used;
    struct range_node nodes[RANGE_PAGE_NODES];
};
static_assert(sizeof(struct range_page) <= PAGE_SIZE);

/* With both guards: [from, to). */
static inline uint64_t range_from(const struct range_node *node)
{
    return node->range.start.value - PAGE_SIZE;
}
static inline uint64_t range_to(const struct range_node *node)
{
    return node->range.start.value + node->range.size + PAGE_SIZE;
}

/* ---- range_tree.c ---- */

/* The one of the lowest addresses, or of the highest; null if there is none. */
struct range_node *range_tree_outermost(const struct range_allocator *ra, enum range_side side);
struct range_node *range_tree_next(const struct range_node *node);
/* The first that has so many bytes or more in front of it, or null. */
struct range_node *range_tree_behind_gap(const struct range_allocator *ra, uint64_t bytes);
/* Put it in front of another; null: behind all. Its gap, and that of the other, are right already. */
void range_tree_insert(struct range_allocator *ra, struct range_node *node,
                       struct range_node *before);
/* Take it out. The gap of the one behind it is right already. */
void range_tree_remove(struct range_allocator *ra, struct range_node *node);

#endif
