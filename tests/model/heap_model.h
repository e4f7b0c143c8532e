/* SPDX-License-Identifier: MIT
 * A heap on a stage of its own (simulated memory, real frames, a window of simulated mappings), and
 * the naive model of what it handed out: an array of live blocks, each filled with its own pattern. */
#ifndef TESTS_MODEL_HEAP_MODEL_H
#define TESTS_MODEL_HEAP_MODEL_H

#include "harness/harness.h"
#include "model/range_pages.h"

#include <mm/frames.h>
#include <mm/heap.h>
#include <mm/ranges.h>

constexpr uint64_t STAGE_BASE = 4 * GIB; /* physical address of the simulated memory */
constexpr uint64_t STAGE_WINDOW_SIZE = 64 * MIB;
constexpr uint64_t STAGE_UNLIMITED = UINT64_MAX;

struct heap_stage {
    struct fake_ram ram; /* larger than what is used, so that `offset` is a multiple of 1 GiB */
    struct fake_ram mappings; /* what the window shows */
    void *frames_memory, *heap_memory;
    struct frame_allocator *frames;
    struct heap *heap;
    struct range_pages range_pages;
    struct range_allocator window;
    uint64_t offset;
    uint64_t budget; /* allocations (frames, runs, mappings) that succeed before all fail */
    bool bad_unmap;  /* the heap gave back what it did not have */
};
/* `shift`: bytes (whole pages) by which `offset` misses a multiple of 1 GiB. */
void heap_stage_open(struct heap_stage *stage, uint64_t ram_size, bool with_window, uint64_t shift);
void heap_stage_open_at(struct heap_stage *stage, uint64_t ram_size, bool with_window,
                        uint64_t shift, enum heap_level level);
void heap_stage_close(struct heap_stage *stage);
/* One more heap over the same frames, without a window. Its memory is the caller's to free. */
struct heap *heap_stage_second(struct heap_stage *stage, void **memory);

struct model_block {
    unsigned char *start;
    size_t size;   /* as asked for, at least 1 */
    size_t usable; /* as heap_size says */
    unsigned char pattern;
};
constexpr size_t MODEL_BLOCKS_MAX = 512;
struct heap_model {
    struct model_block blocks[MODEL_BLOCKS_MAX];
    size_t count;
    size_t objects;        /* live objects of caches, kept by the test */
    uint64_t usable_bytes; /* of blocks and objects */
    unsigned char next_pattern;
};

/* Each does the operation on both sides. Null, or the sentence that tells what the heap did wrong.
 * *status (may be null): what the heap said; anything but success must have changed nothing. */
const char *model_alloc(struct heap_model *model, struct heap *heap, size_t size, size_t alignment,
                        status_t *status);
const char *model_free(struct heap_model *model, struct heap *heap, size_t index);
const char *model_resize(struct heap_model *model, struct heap *heap, size_t index, size_t size,
                         status_t *status);
/* All patterns, the totals, heap_check, frames_check. */
const char *model_check(const struct heap_model *model, const struct heap_stage *stage);

#endif
