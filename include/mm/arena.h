/* SPDX-License-Identifier: MIT
 * Arena: a pointer that moves forward. O(1); only the block allocated last can be given back; a
 * mark gives back everything since. The kernel's early memory and its request-scoped memory.
 * Not locked. Memory is given; nothing is ever taken. */
#ifndef MM_ARENA_H
#define MM_ARENA_H

#include <base/status.h>

struct arena {
    unsigned char *start;
    unsigned char *next; /* first free byte */
    unsigned char *end;
    unsigned char *last; /* start of the block allocated last; null if it cannot be given back */
    size_t peak;         /* most bytes ever used */
    uint64_t refusals;   /* allocations that did not fit */
};

void arena_init(struct arena *arena, void *memory, size_t size);
/* `alignment`: a power of two, 16 for arena_alloc. Size 0 is served as 1. Contents: whatever was there.
 * NO_MEMORY, MISALIGNED (alignment is no power of two): nothing changes. */
status_t arena_alloc(struct arena *arena, size_t size, void **out);
status_t arena_alloc_aligned(struct arena *arena, size_t size, size_t alignment, void **out);
/* Give the last block back. NO_ORDER for any other block, FOREIGN if it is not in the arena. */
status_t arena_free(struct arena *arena, void *block);
/* A request's scope: everything allocated after the mark is given back at once. */
struct arena_mark {
    unsigned char *next;
};
struct arena_mark arena_mark(const struct arena *arena);
status_t arena_release(struct arena *arena,
                       struct arena_mark mark); /* NO_ORDER: older than a release */
/* Give up the unused tail: the arena ends at the next multiple of `alignment` (a power of two) behind its
 * last block, if it did not end before. What lies behind belongs to the caller again. */
void arena_seal(struct arena *arena, size_t alignment);
size_t arena_used(const struct arena *arena);
size_t arena_free_bytes(const struct arena *arena);
const char *arena_check(const struct arena *arena);

#endif
