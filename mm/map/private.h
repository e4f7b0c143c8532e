/* SPDX-License-Identifier: MIT
 * The edges of descriptors, for memory_map.c and edges.c. */
#ifndef MM_MAP_PRIVATE_H
#define MM_MAP_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

struct edge {
    uint64_t address;
    uint32_t descriptor;
    uint16_t class;
    bool is_end;
};

constexpr unsigned EDGE_DIGITS = 256; /* values of a digit of the sort: a byte of the address */

/* By address; edges of one address stay in order. `room` is for as many edges, `places` for EDGE_DIGITS numbers. */
void edges_sort(struct edge *edges, size_t count, struct edge *room, uint32_t *places);

#endif
