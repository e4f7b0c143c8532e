/* SPDX-License-Identifier: MIT
 * Edges in order of address, a digit at a time. See mm/map/memory_map.c. */
#include "private.h"

#include <base/assert.h>
#include <base/string.h>

constexpr unsigned DIGIT_BITS = 8;
static_assert(EDGE_DIGITS == 1u << DIGIT_BITS);

static unsigned digit_of(const struct edge *edge, unsigned shift)
{
    return edge->address >> shift & (EDGE_DIGITS - 1);
}

/* Counting sort by one digit; what has the same stays in order. `next`: how many have the digit, then where the next one goes. */
static void sort_digit(const struct edge *from, size_t count, unsigned shift, struct edge *to,
                       uint32_t *next)
{
    memset(next, 0, EDGE_DIGITS * sizeof *next);
    for (size_t i = 0; i < count; i++)
        next[digit_of(&from[i], shift)]++;
    uint32_t place = 0;
    for (unsigned digit = 0; digit < EDGE_DIGITS; digit++) {
        const uint32_t places = next[digit];
        next[digit] = place;
        place += places;
    }
    DEBUG_ASSERT(MAP2, place == count);
    for (size_t i = 0; i < count; i++)
        to[next[digit_of(&from[i], shift)]++] = from[i];
}

/* Insertion sort, as long as it moves no more edges than there are; false: it would. Either way edges of one address
 * keep their order. */
static bool settle(struct edge *edges, size_t count)
{
    size_t moves = count;
    for (size_t i = 1; i < count; i++) {
        const struct edge edge = edges[i];
        size_t at = i;
        for (; at > 0 && edges[at - 1].address > edge.address && moves > 0; moves--, at--)
            edges[at] = edges[at - 1];
        edges[at] = edge;
        if (at > 0 && edges[at - 1].address > edge.address)
            return false;
    }
    return true;
}

/* Radix sort, stable: edges of one address stay in order of their descriptors. Linear in any case. Firmware that
 * sorts its map but for a few descriptors, as most does, pays no pass. `room` is for as many edges. */
void edges_sort(struct edge *edges, size_t count, struct edge *room, uint32_t *places)
{
    if (settle(edges, count))
        return;
    uint64_t differing = 0; /* bits that are not the same in all addresses */
    for (size_t i = 1; i < count; i++)
        differing |= edges[i].address ^ edges[0].address;
    ASSERT(MAP2, differing != 0); /* or they were in order */
    struct edge *from = edges, *to = room;
    unsigned shift = (unsigned)__builtin_ctzll(differing);
    for (; shift < 64; shift += DIGIT_BITS) {
        if ((differing >> shift & (EDGE_DIGITS - 1)) == 0)
            continue;
        sort_digit(from, count, shift, to, places);
        struct edge *done = to;
        to = from;
        from = done;
    }
    if (from != edges)
        memcpy(edges, from, count * sizeof *from);
}
