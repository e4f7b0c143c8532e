/* SPDX-License-Identifier: MIT
 * Pool: a fixed number of blocks of one size, all of them there from the start. Taking one cannot
 * fail while one is left, whatever happens to the rest of memory, and always costs the same.
 * Not locked. Memory is given; nothing is ever taken. No state lies in or beside the blocks. */
#ifndef MM_POOL_H
#define MM_POOL_H

#include <base/status.h>

struct pool {
    unsigned char *blocks;
    uint32_t *free;      /* [0, free_count): numbers of free blocks */
    uint64_t *taken;     /* a bit for each block */
    uint32_t block_size; /* distance between blocks */
    uint32_t block_count;
    uint32_t free_count;
    uint32_t live_peak;
    uint64_t allocations, refusals, misuses;
};

/* Bytes of memory (16-aligned) for `count` blocks of `size` bytes at multiples of `alignment`: the blocks and
 * what is known of them. 0: it does not fit, nothing is wanted, or alignment is no power of two. */
size_t pool_memory_size(size_t size, size_t alignment, size_t count);
/* NO_MEMORY: `memory_size` is too small. MISALIGNED: the memory is not at a multiple of 16 and of
 * `alignment`. OVERFLOW: no such pool can be. */
status_t pool_init(struct pool *pool, void *memory, size_t memory_size, size_t size,
                   size_t alignment, size_t count);
/* Contents: whatever was there. The block freed last is taken first. NO_MEMORY: all are taken. */
status_t pool_alloc(struct pool *pool, void **out);
/* null does nothing. FOREIGN: not in the pool. INSIDE_BLOCK. NOT_ALLOCATED: free already. Nothing changes. */
status_t pool_free(struct pool *pool, void *block);
const char *pool_check(const struct pool *pool);

#endif
