/* SPDX-License-Identifier: MIT
 * A pool and a tracker against naive models. The first three bytes are the pool's: size of a block, alignment,
 * number of blocks. Then four bytes are one operation: kind, and what it is about (3). The tracker sits beside
 * a heap that never changes (fuzz_heap does that). */
#include "model/heap_model.h"

#include <mm/memstat.h>
#include <mm/pool.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

constexpr size_t HEADER = 3, STEP = 4, STEPS_PER_CHECK = 32;
constexpr size_t BLOCKS_MAX = 128, BLOCK_SIZE_MAX = 256, ALIGNMENT_MAX = 128;
constexpr size_t PLACES = 32, USABLE_PLACES = PLACES - PLACES / 8;
constexpr size_t HEAP_BLOCKS = 4;

static void demand(bool right, const char *sentence)
{
    if (right)
        return;
    fprintf(stderr, "fuzz_pool_memstat: %s\n", sentence);
    abort();
}

static void demand_sound(const char *broken)
{
    demand(broken == nullptr, broken);
}

/* ---- the pool: which blocks are taken, and the order in which they came back ---- */

static struct pool pool;
static size_t block_count, block_size;
static unsigned char fill[BLOCKS_MAX]; /* of each block; 0: it is free */
static size_t stack[BLOCKS_MAX], stack_count;

static void open_pool(const uint8_t header[HEADER])
{
    alignas(ALIGNMENT_MAX) static unsigned char memory[BLOCKS_MAX * (BLOCK_SIZE_MAX + 8) + 1024];
    const size_t alignment = (size_t)1 << header[1] % 8;
    const size_t size = 1 + header[0] % (BLOCK_SIZE_MAX - ALIGNMENT_MAX);
    block_count = 1 + header[2] % BLOCKS_MAX;
    block_size = align_up(size, alignment);
    const size_t memory_size = pool_memory_size(size, alignment, block_count);
    demand(memory_size != 0 && memory_size <= sizeof memory, "the pool's size");
    demand(pool_init(&pool, memory, memory_size - 1, size, alignment, block_count) ==
               STATUS_NO_MEMORY,
           "a pool fits into less than it asks for");
    demand(pool_init(&pool, memory, memory_size, size, alignment, block_count) == STATUS_OK,
           "the pool cannot be made");
    memset(fill, 0, sizeof fill);
    stack_count = 0;
    while (stack_count < block_count) {
        stack[stack_count] = block_count - 1 - stack_count;
        stack_count++;
    }
}

static void pool_take(uint8_t pattern)
{
    void *block = nullptr;
    status_t status = pool_alloc(&pool, &block);
    if (stack_count == 0) {
        demand(status == STATUS_NO_MEMORY && block == nullptr, "a full pool gives a block");
        return;
    }
    const size_t number = stack[--stack_count];
    demand(status == STATUS_OK && block == pool.blocks + number * block_size,
           "not the block that was freed last");
    fill[number] = pattern | 1;
    memset(block, fill[number], block_size);
}

static void pool_give_back(size_t offset)
{
    const size_t number = offset / block_size;
    unsigned char *address = pool.blocks + offset;
    status_t wanted = number >= block_count      ? STATUS_FOREIGN
                      : fill[number] == 0        ? STATUS_NOT_ALLOCATED
                      : offset % block_size != 0 ? STATUS_INSIDE_BLOCK
                                                 : STATUS_OK;
    for (size_t i = 0; wanted == STATUS_OK && i < block_size; i++)
        demand(address[i] == fill[number], "somebody wrote into a block");
    demand(pool_free(&pool, address) == wanted, "a free is judged wrongly");
    if (wanted != STATUS_OK)
        return;
    fill[number] = 0;
    stack[stack_count++] = number;
}

/* ---- the tracker: a list ---- */

static struct heap_stage stage;
static struct heap_model heap;
static struct memstat tracker;
static struct {
    uintptr_t start;
    size_t size;
} tracked[USABLE_PLACES];
static size_t tracked_count;
static uint64_t tracked_bytes;

static void open_tracker(void)
{
    static struct memstat_entry table[PLACES];
    if (stage.heap == nullptr) {
        heap_stage_open(&stage, 16 * MIB, true, 0);
        for (size_t i = 0; i < HEAP_BLOCKS; i++)
            demand_sound(
                model_alloc(&heap, stage.heap, (size_t)40 << 6 * i, HEAP_ALIGNMENT, nullptr));
    }
    memset(table, 0, sizeof table);
    tracked_count = 0;
    tracked_bytes = 0;
    demand(memstat_init(&tracker, stage.heap, table, sizeof table) == STATUS_OK,
           "the tracker cannot be made");
}

/* Few addresses, so that they meet: small numbers, and in a block of the heap or behind its start. */
static uintptr_t address_of(const uint8_t bytes[2])
{
    const struct model_block *block = &heap.blocks[bytes[0] / 64 % HEAP_BLOCKS];
    if (bytes[1] >= 192)
        return (uintptr_t)block->start + (bytes[1] - 192) / 8;
    return (uintptr_t)bytes[0] * 16;
}

/* Small, or about so large that it just ends below 2^64. */
static size_t size_of(uint8_t byte)
{
    return byte < 128 ? byte : SIZE_MAX - (size_t)(byte - 128) * 4;
}

static const struct model_block *heap_block_at(uintptr_t address)
{
    for (size_t i = 0; i < heap.count; i++)
        if (address - (uintptr_t)heap.blocks[i].start < heap.blocks[i].usable)
            return &heap.blocks[i];
    return nullptr;
}

static size_t find_tracked(uintptr_t address)
{
    size_t i = 0;
    while (i < tracked_count && tracked[i].start != address)
        i++;
    return i;
}

static void track(uintptr_t address, size_t size)
{
    status_t wanted = address == 0 ? STATUS_FOREIGN
                      : size > UINT64_MAX - address || size > UINT64_MAX - tracked_bytes
                          ? STATUS_OVERFLOW
                      : heap_block_at(address) != nullptr     ? STATUS_IN_USE
                      : find_tracked(address) < tracked_count ? STATUS_IN_USE
                      : tracked_count == USABLE_PLACES        ? STATUS_FULL
                                                              : STATUS_OK;
    demand(memstat_add(&tracker, (void *)address, size) == wanted,
           "a registration is judged wrongly");
    if (wanted == STATUS_OK) {
        tracked[tracked_count].start = address;
        tracked[tracked_count++].size = size;
        tracked_bytes += size;
    }
}

static void untrack(uintptr_t address)
{
    const size_t at = find_tracked(address);
    const struct model_block *block = heap_block_at(address);
    const bool is_block = block != nullptr && (uintptr_t)block->start == address;
    status_t wanted = at < tracked_count ? STATUS_OK : is_block ? STATUS_IN_USE : STATUS_NOT_FOUND;
    demand(memstat_remove(&tracker, (void *)address) == wanted, "a removal is judged wrongly");
    if (wanted == STATUS_OK) {
        tracked_bytes -= tracked[at].size;
        tracked[at] = tracked[--tracked_count];
    }
}

static void look_up(uintptr_t address)
{
    const size_t at = find_tracked(address);
    const struct model_block *block = heap_block_at(address);
    size_t size = SIZE_MAX, wanted = SIZE_MAX;
    if (block != nullptr && (uintptr_t)block->start == address)
        wanted = block->usable;
    else if (at < tracked_count)
        wanted = tracked[at].size;
    const bool known = wanted != SIZE_MAX;
    demand(memstat_find_size(&tracker, (void *)address, &size) ==
                   (known ? STATUS_OK : STATUS_NOT_FOUND) &&
               size == wanted,
           "another size is told");
}

/* ---- both ---- */

static void check(void)
{
    for (size_t i = 0; i < tracked_count; i++)
        look_up(tracked[i].start);
    demand(tracker.live == tracked_count && tracker.live_bytes == tracked_bytes,
           "the tracker's totals");
    demand(pool.free_count == stack_count, "the pool's count of free blocks");
    demand_sound(pool_check(&pool));
    demand_sound(memstat_check(&tracker));
}

static void step(const uint8_t bytes[STEP])
{
    const size_t number = (size_t)bytes[1] << 8 | bytes[2];
    switch (bytes[0] % 8) {
    case 0:
    case 1:
        return pool_take(bytes[1]);
    case 2:
        return pool_give_back(number % (block_count + 1) * block_size);
    case 3:
        return pool_give_back(number);
    case 4:
    case 5:
        return track(address_of(bytes + 1), size_of(bytes[3]));
    case 6:
        return untrack(address_of(bytes + 1));
    default:
        return look_up(address_of(bytes + 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER)
        return 0;
    open_pool(data);
    open_tracker();
    for (size_t i = 0; HEADER + (i + 1) * STEP <= size; i++) {
        step(data + HEADER + i * STEP);
        if (i % STEPS_PER_CHECK == 0)
            check();
    }
    check();
    return 0;
}
