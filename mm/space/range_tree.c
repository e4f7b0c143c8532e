/* SPDX-License-Identifier: MIT
 * The tree of ranges: a balanced (AVL) tree by address, in which each node knows the largest gap of its subtree, so that
 * a gap is found, a node put in and taken out in one way from the root to a leaf and back. Whoever changes a gap calls
 * insert or remove at it, which mend what lies above. Theory and rules: ranges.c. */
#include "ranges_private.h"

#include <base/assert.h>

/* ---- looking ---- */

static struct range_node *outermost(struct range_node *node, enum range_side side)
{
    while (node != nullptr && node->child[side] != nullptr)
        node = node->child[side];
    return node;
}

struct range_node *range_tree_outermost(const struct range_allocator *ra, enum range_side side)
{
    return outermost(ra->root, side);
}

struct range_node *range_tree_next(const struct range_node *node)
{
    if (node->child[RANGE_HIGHER] != nullptr)
        return outermost(node->child[RANGE_HIGHER], RANGE_LOWER);
    struct range_node *parent = node->parent;
    for (; parent != nullptr && parent->child[RANGE_HIGHER] == node; parent = node->parent)
        node = parent;
    return parent;
}

static uint64_t largest_of(const struct range_node *node)
{
    return node != nullptr ? node->largest_gap : 0;
}

struct range_node *range_tree_behind_gap(const struct range_allocator *ra, uint64_t bytes)
{
    struct range_node *node = ra->root;
    if (largest_of(node) < bytes)
        return nullptr;
    while (true) {
        ASSERT(R5, node != nullptr); /* it was said to be in here */
        if (largest_of(node->child[RANGE_LOWER]) >= bytes)
            node = node->child[RANGE_LOWER];
        else if (node->gap >= bytes)
            return node;
        else
            node = node->child[RANGE_HIGHER];
    }
}

/* ---- balance ---- */

static unsigned height_of(const struct range_node *node)
{
    return node != nullptr ? node->height : 0;
}

/* What a node knows of its subtree, from its children. */
static void update(struct range_node *node)
{
    node->height = 1;
    node->largest_gap = node->gap;
    for (unsigned side = RANGE_LOWER; side <= RANGE_HIGHER; side++) {
        const struct range_node *child = node->child[side];
        if (child == nullptr)
            continue;
        DEBUG_ASSERT(R6, child->parent == node);
        if (child->height >= node->height)
            node->height = child->height + 1;
        if (child->largest_gap > node->largest_gap)
            node->largest_gap = child->largest_gap;
    }
}

/* Whatever leads to the node leads to the other one, which may be null. */
static void replace(struct range_allocator *ra, const struct range_node *node,
                    struct range_node *other)
{
    struct range_node *parent = node->parent;
    DEBUG_ASSERT(R6, parent == nullptr || parent->child[RANGE_LOWER] == node ||
                         parent->child[RANGE_HIGHER] == node);
    if (parent == nullptr)
        ra->root = other;
    else
        parent->child[parent->child[RANGE_HIGHER] == node] = other;
    if (other != nullptr)
        other->parent = parent;
}

static void adopt(struct range_node *node, enum range_side side, struct range_node *child)
{
    node->child[side] = child;
    if (child != nullptr)
        child->parent = node;
}

static enum range_side opposite(enum range_side side)
{
    return side == RANGE_LOWER ? RANGE_HIGHER : RANGE_LOWER;
}

/* The child on that side comes to where the node is, and the node below it. */
static struct range_node *lift(struct range_allocator *ra, struct range_node *node,
                               enum range_side side)
{
    struct range_node *child = node->child[side];
    ASSERT(R6, child != nullptr);
    replace(ra, node, child);
    adopt(node, side, child->child[opposite(side)]);
    adopt(child, opposite(side), node);
    update(node);
    update(child);
    return child;
}

/* From a node whose subtree has changed, up to the root. */
static void mend(struct range_allocator *ra, struct range_node *node)
{
    for (; node != nullptr; node = node->parent) {
        update(node);
        const unsigned lower = height_of(node->child[RANGE_LOWER]);
        const unsigned higher = height_of(node->child[RANGE_HIGHER]);
        if (lower <= higher + 1 && higher <= lower + 1)
            continue;
        const enum range_side side = higher > lower ? RANGE_HIGHER : RANGE_LOWER;
        struct range_node *child = node->child[side];
        if (height_of(child->child[opposite(side)]) > height_of(child->child[side]))
            lift(ra, child, opposite(side));
        node = lift(ra, node, side);
    }
}

/* ---- changing ---- */

void range_tree_insert(struct range_allocator *ra, struct range_node *node,
                       struct range_node *before)
{
    struct range_node *parent = nullptr;
    enum range_side side = RANGE_HIGHER;
    if (before == nullptr) {
        parent = range_tree_outermost(ra, RANGE_HIGHER);
    } else if (before->child[RANGE_LOWER] != nullptr) {
        parent = outermost(before->child[RANGE_LOWER], RANGE_HIGHER);
    } else {
        parent = before;
        side = RANGE_LOWER;
    }
    DEBUG_ASSERT(R5, before == nullptr || range_to(node) + before->gap == range_from(before));
    node->child[RANGE_LOWER] = node->child[RANGE_HIGHER] = nullptr;
    node->parent = parent;
    if (parent == nullptr)
        ra->root = node;
    else
        parent->child[side] = node;
    mend(ra, node); /* `before` lies on the way */
}

void range_tree_remove(struct range_allocator *ra, struct range_node *node)
{
    struct range_node *lower = node->child[RANGE_LOWER], *higher = node->child[RANGE_HIGHER];
    struct range_node
        *lowest; /* whose subtree changes: the one behind the node is it, or lies above it */
    if (lower != nullptr && higher != nullptr) {
        struct range_node *next = outermost(higher, RANGE_LOWER);
        lowest = next != higher ? next->parent : next;
        replace(ra, next, next->child[RANGE_HIGHER]);
        replace(ra, node, next);
        adopt(next, RANGE_LOWER, lower);
        adopt(next, RANGE_HIGHER, node->child[RANGE_HIGHER]);
    } else {
        struct range_node *child = lower != nullptr ? lower : higher;
        lowest = child != nullptr ? child : node->parent;
        replace(ra, node, child);
    }
    mend(ra, lowest);
}
