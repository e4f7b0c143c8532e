/* SPDX-License-Identifier: MIT
 * The tracker: the size of any block that somebody answers for, by its address.
 *
 * The heap's own blocks are known by its records: they need no registration, cost nothing and cannot be
 * forgotten. What lies elsewhere (frames, arenas, static memory) is registered here. The tracker never
 * allocates: its table is memory that was given.
 * Not locked. */
#ifndef MM_MEMSTAT_H
#define MM_MEMSTAT_H

#include <mm/heap.h>

struct memstat_entry {
    uint64_t address; /* 0: the place is free */
    uint64_t size;
};

struct memstat {
    const struct heap *heap;
    struct memstat_entry *table;
    size_t capacity; /* places, a power of two */
    uint64_t live, live_peak;
    uint64_t live_bytes, live_bytes_peak;
    uint64_t registrations, refusals;
};

/* A struct that has only its heap is a tracker with a full table of no places: it knows the heap's blocks.
 * `memory`: zeroed, aligned to 16; the table is the largest power of two of entries that fits, 7/8 of which
 * can be used. NO_MEMORY: not even 8 do. MISALIGNED. */
status_t memstat_init(struct memstat *ms, const struct heap *heap, void *memory, size_t size);
/* IN_USE: registered already, or inside a live block of the heap. FOREIGN: null. OVERFLOW: it wraps, or all
 * that is registered has more bytes than can be counted. FULL. */
status_t memstat_add(struct memstat *ms, const void *start, size_t size);
/* NOT_FOUND: not registered. IN_USE: a block of the heap, which lives until its free. */
status_t memstat_remove(struct memstat *ms, const void *start);
/* The size of the registered memory, or the usable bytes of the heap's block, that starts there; O(1).
 * NOT_FOUND. */
status_t memstat_find_size(const struct memstat *ms, const void *start, size_t *out);
const char *memstat_check(const struct memstat *ms);

#endif
