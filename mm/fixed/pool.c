/* SPDX-License-Identifier: MIT
 * Problem: blocks that must be there when they are needed, at a cost that is known beforehand.
 *
 * Shape:   memory that the caller gave, cut once; what is known of the blocks lies before all of them.
 *
 *     | bits: one a block, 1 = taken | numbers of the free blocks: a stack | padding | 0 | 1 | 2 | ...
 *                                      [0 .. free_count) in use
 *
 * PO1  free_count is at most block_count; as many blocks have no bit set as numbers are on the stack
 * PO2  each number on the stack is that of a block, has no bit set, and is there once
 * PO3  no bit past the last block is set
 * PO4  the peak of live blocks is not below them
 *
 * Cost:    alloc pops a number, free pushes one: O(1), a division by the block size to judge a pointer.
 * 4 bytes and a bit a block. pool_init is O(blocks).
 * Not here: growing, zeroing, locks, whose a block is. An overrun of the last byte of a pool is not seen; one
 * inside it damages the next block, but not what is known of it. */
#include <mm/pool.h>

#include <base/address.h>
#include <base/assert.h>
#include <base/string.h>

#include <stdckdint.h>

constexpr size_t POOL_ALIGNMENT = 16;

struct layout {
    size_t block_size, free_offset, blocks_offset, size;
};

static bool lay_out(size_t size, size_t alignment, size_t count, struct layout *out)
{
    struct layout l;
    size_t free_size, end;
    if (!is_power_of_two(alignment) || size == 0 || count == 0 || count > UINT32_MAX)
        return false;
    if (ckd_add(&l.block_size, size, alignment - 1))
        return false;
    l.block_size = align_down(l.block_size, alignment);
    if (l.block_size > UINT32_MAX)
        return false;
    l.free_offset = (count + 63) / 64 * sizeof(uint64_t);
    free_size = count * sizeof(uint32_t);
    size_t border = alignment < POOL_ALIGNMENT ? POOL_ALIGNMENT : alignment;
    l.blocks_offset = align_up(l.free_offset + free_size, border);
    if (ckd_mul(&end, l.block_size, count) || ckd_add(&end, end, l.blocks_offset) ||
        ckd_add(&end, end, POOL_ALIGNMENT - 1))
        return false;
    l.size = align_down(end, POOL_ALIGNMENT);
    DEBUG_ASSERT(PO3, is_aligned(l.free_offset, sizeof(uint64_t)));
    DEBUG_ASSERT(PO2, l.blocks_offset >= l.free_offset + free_size);
    *out = l;
    return true;
}

size_t pool_memory_size(size_t size, size_t alignment, size_t count)
{
    struct layout l;
    return lay_out(size, alignment, count, &l) ? l.size : 0;
}

status_t pool_init(struct pool *pool, void *memory, size_t memory_size, size_t size,
                   size_t alignment, size_t count)
{
    struct layout l;
    if (!lay_out(size, alignment, count, &l))
        return STATUS_OVERFLOW;
    if (memory_size < l.size)
        return STATUS_NO_MEMORY;
    if (!is_aligned((uintptr_t)memory, POOL_ALIGNMENT) || !is_aligned((uintptr_t)memory, alignment))
        return STATUS_MISALIGNED;
    unsigned char *bytes = memory;
    *pool = (struct pool){
        .blocks = bytes + l.blocks_offset,
        .free = (void *)(bytes + l.free_offset),
        .taken = memory,
        .block_size = (uint32_t)l.block_size,
        .block_count = (uint32_t)count,
        .free_count = (uint32_t)count,
    };
    memset(pool->taken, 0, l.free_offset);
    for (uint32_t i = 0; i < pool->block_count; i++) /* the first block is the first to be taken */
        pool->free[i] = pool->block_count - 1 - i;
    return STATUS_OK;
}

static bool is_taken(const struct pool *pool, uint32_t number)
{
    DEBUG_ASSERT(PO3, number < pool->block_count);
    return (pool->taken[number / 64] >> number % 64 & 1) != 0;
}

status_t pool_alloc(struct pool *pool, void **out)
{
    if (pool->free_count == 0) {
        pool->refusals++;
        return STATUS_NO_MEMORY;
    }
    uint32_t number = pool->free[--pool->free_count];
    ASSERT(PO2, number < pool->block_count && !is_taken(pool, number));
    pool->taken[number / 64] |= UINT64_C(1) << number % 64;
    pool->allocations++;
    uint32_t live = pool->block_count - pool->free_count;
    if (live > pool->live_peak)
        pool->live_peak = live;
    *out = pool->blocks + (size_t)number * pool->block_size;
    return STATUS_OK;
}

static status_t judge(const struct pool *pool, const void *block, uint32_t *number)
{
    uintptr_t offset =
        (uintptr_t)block - (uintptr_t)pool->blocks; /* below the blocks: very large */
    if (offset >= (uintptr_t)pool->block_count * pool->block_size)
        return STATUS_FOREIGN;
    *number = (uint32_t)(offset / pool->block_size);
    if (!is_taken(pool, *number))
        return STATUS_NOT_ALLOCATED;
    return offset % pool->block_size == 0 ? STATUS_OK : STATUS_INSIDE_BLOCK;
}

status_t pool_free(struct pool *pool, void *block)
{
    uint32_t number;
    if (block == nullptr)
        return STATUS_OK;
    status_t status = judge(pool, block, &number);
    if (status != STATUS_OK) {
        pool->misuses++;
        return status;
    }
    ASSERT(PO1, pool->free_count < pool->block_count); /* else the stack ends in the first block */
    pool->taken[number / 64] &= ~(UINT64_C(1) << number % 64);
    pool->free[pool->free_count++] = number;
    return STATUS_OK;
}

/* O(free ^ 2): it has no memory to remember which numbers it met. */
const char *pool_check(const struct pool *pool)
{
    uint64_t taken = 0;
    for (uint32_t word = 0; word < (pool->block_count + 63) / 64; word++) {
        uint32_t blocks = pool->block_count - word * 64;
        if (blocks < 64 && pool->taken[word] >> blocks != 0)
            return "pool PO3: a bit stands for a block past the end";
        taken += (unsigned)__builtin_popcountll(pool->taken[word]);
    }
    if (pool->free_count > pool->block_count || pool->free_count + taken != pool->block_count)
        return "pool PO1: the blocks taken and the free ones are not all blocks";
    for (uint32_t i = 0; i < pool->free_count; i++) {
        if (pool->free[i] >= pool->block_count || is_taken(pool, pool->free[i]))
            return "pool PO2: a free block is none, or is taken";
        for (uint32_t j = 0; j < i; j++)
            if (pool->free[j] == pool->free[i])
                return "pool PO2: a free block is on the stack twice";
    }
    if (pool->live_peak < pool->block_count - pool->free_count)
        return "pool PO4: the peak is below the live blocks";
    return nullptr;
}
