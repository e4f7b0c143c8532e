/* SPDX-License-Identifier: MIT */
#include "model/heap_model.h"

#include <base/string.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- the stage ---- */

static bool may_allocate(void *owner)
{
    struct heap_stage *stage = owner;
    if (stage->budget == 0)
        return false;
    if (stage->budget != STAGE_UNLIMITED)
        stage->budget--;
    return true;
}

static status_t map_window(void *owner, uint64_t *page_count, virt_addr_t *out)
{
    struct heap_stage *stage = owner;
    if (!may_allocate(stage))
        return STATUS_NO_MEMORY;
    return ranges_alloc(&stage->window, *page_count * PAGE_SIZE, PAGE_SIZE, "heap block", out);
}

static void unmap_window(void *owner, virt_addr_t start, uint64_t page_count)
{
    struct heap_stage *stage = owner;
    struct virtual_range was;
    if (ranges_free(&stage->window, start, &was) != STATUS_OK || was.size != page_count * PAGE_SIZE)
        stage->bad_unmap = true;
}

static void *zeroed(size_t size)
{
    void *memory = aligned_alloc(16, align_up(size, 16));
    return memset(memory, 0, align_up(size, 16));
}

static void must(status_t status)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "heap stage: %s\n", status_text(status));
    abort();
}

static void open_window(struct heap_stage *stage, struct heap_window *out)
{
    stage->mappings = fake_ram_create(0, STAGE_WINDOW_SIZE);
    virt_addr_t start = virt_of(stage->mappings.bytes);
    const struct range_memory memory = range_pages_memory(&stage->range_pages);
    ranges_init(&stage->window, start, STAGE_WINDOW_SIZE, &memory);
    *out = (struct heap_window){
        .map = map_window,
        .unmap = unmap_window,
        .owner = stage,
        .start = start,
        .end = virt_addr(start.value + STAGE_WINDOW_SIZE),
    };
}

void heap_stage_open_at(struct heap_stage *stage, uint64_t ram_size, bool with_window,
                        uint64_t shift, enum heap_level level)
{
    *stage = (struct heap_stage){.budget = STAGE_UNLIMITED};
    stage->ram = fake_ram_create(STAGE_BASE, ram_size + 2 * GIB);
    stage->offset = align_up(virt_of(stage->ram.bytes).value, GIB) + shift - STAGE_BASE;

    pfn_t first = phys_to_pfn(phys_addr(STAGE_BASE));
    uint64_t count = ram_size / PAGE_SIZE;
    pfn_t limit = pfn(first.value + count);
    size_t size = frames_memory_size(4, limit);
    const struct frame_hooks hooks = {.may_allocate = may_allocate, .owner = stage};
    stage->frames_memory = zeroed(size);
    must(frames_init(stage->frames_memory, size, 4, limit, stage->offset, &hooks, &stage->frames));
    must(frames_put_range(stage->frames, (struct frame_span){first, count, 0}));

    struct heap_window window;
    if (with_window)
        open_window(stage, &window);
    stage->heap_memory = zeroed(heap_memory_size());
    must(heap_init(stage->heap_memory, heap_memory_size(), stage->frames, stage->offset,
                   with_window ? &window : nullptr, &stage->heap));
    must(heap_set_level(stage->heap, level));
}

void heap_stage_open(struct heap_stage *stage, uint64_t ram_size, bool with_window, uint64_t shift)
{
    heap_stage_open_at(stage, ram_size, with_window, shift, HEAP_L0);
}

struct heap *heap_stage_second(struct heap_stage *stage, void **memory)
{
    struct heap *heap = nullptr;
    *memory = zeroed(heap_memory_size());
    must(heap_init(*memory, heap_memory_size(), stage->frames, stage->offset, nullptr, &heap));
    return heap;
}

void heap_stage_close(struct heap_stage *stage)
{
    free(stage->heap_memory);
    free(stage->frames_memory);
    if (stage->mappings.bytes != nullptr) {
        ranges_end(&stage->window);
        fake_ram_destroy(&stage->mappings);
    }
    fake_ram_destroy(&stage->ram);
}

/* ---- the model ---- */

/* Large blocks are marked at both ends only, so that most of them costs the host no memory. */
constexpr size_t PATTERN_WHOLE_MAX = 64 * 1024;
constexpr size_t PATTERN_END = 512;

static void fill(const struct model_block *block)
{
    if (block->size <= PATTERN_WHOLE_MAX) {
        memset(block->start, block->pattern, block->size);
        return;
    }
    memset(block->start, block->pattern, PATTERN_END);
    memset(block->start + block->size - PATTERN_END, block->pattern, PATTERN_END);
}

static bool all_are(const unsigned char *bytes, size_t count, unsigned char pattern)
{
    return count == 0 || (bytes[0] == pattern && memcmp(bytes, bytes + 1, count - 1) == 0);
}

/* The first `size` bytes of the block are as they were filled. */
static bool intact(const struct model_block *block, size_t size)
{
    if (block->size <= PATTERN_WHOLE_MAX)
        return all_are(block->start, size < block->size ? size : block->size, block->pattern);
    if (!all_are(block->start, size < PATTERN_END ? size : PATTERN_END, block->pattern))
        return false;
    return size < block->size ||
           all_are(block->start + block->size - PATTERN_END, PATTERN_END, block->pattern);
}

static const char *judge_new(const struct heap_model *model, const struct heap *heap,
                             struct model_block *block, size_t alignment)
{
    virt_addr_t found;
    size_t size;
    if (!is_aligned((uintptr_t)block->start, alignment))
        return "model: a block is not aligned as asked";
    if (heap_size(heap, block->start, &block->usable, nullptr) != STATUS_OK)
        return "model: a new block is not known";
    if (block->usable < block->size)
        return "model: a block is smaller than asked";
    if (heap_get_level(heap) == HEAP_L1 && block->usable != block->size)
        return "model: the heap has forgotten what was asked for";
    const size_t last = block->size == 0 ? 0 : block->size - 1;
    if (heap_find(heap, virt_addr(virt_of(block->start).value + last), &found, &size) !=
            STATUS_OK ||
        found.value != virt_of(block->start).value || size != block->usable)
        return "model: the last byte of a block is not found in it";
    for (size_t i = 0; i < model->count; i++) {
        const struct model_block *other = &model->blocks[i];
        if (block->start < other->start + other->usable &&
            other->start < block->start + block->usable)
            return "model: a block overlaps a live one";
    }
    return nullptr;
}

static const char *same_totals(const struct heap *heap, const struct heap_totals *before)
{
    struct heap_totals now;
    heap_totals(heap, &now);
    /* A refusal may give idle slabs back; nothing else. */
    if (now.refusals != before->refusals + 1)
        return "model: a refusal was not counted";
    if (now.allocations != before->allocations || now.frees != before->frees ||
        now.live_blocks != before->live_blocks || now.live_bytes != before->live_bytes ||
        now.requested_total != before->requested_total || now.held_bytes > before->held_bytes ||
        now.live_bytes_peak != before->live_bytes_peak ||
        now.held_bytes_peak != before->held_bytes_peak ||
        now.live_blocks_peak != before->live_blocks_peak || now.slabs > before->slabs ||
        now.large_blocks != before->large_blocks || now.window_blocks != before->window_blocks)
        return "model: a refusal changed the totals";
    return nullptr;
}

static void add_block(struct heap_model *model, struct model_block *block)
{
    fill(block);
    model->usable_bytes += block->usable;
    model->blocks[model->count++] = *block;
}

static struct model_block drop_block(struct heap_model *model, size_t index)
{
    struct model_block block = model->blocks[index];
    model->usable_bytes -= block.usable;
    model->blocks[index] = model->blocks[--model->count];
    return block;
}

const char *model_alloc(struct heap_model *model, struct heap *heap, size_t size, size_t alignment,
                        status_t *status)
{
    struct heap_totals before;
    heap_totals(heap, &before);
    void *start = model;
    status_t result = alignment == HEAP_ALIGNMENT
                          ? heap_alloc(heap, size, &start)
                          : heap_alloc_aligned(heap, size, alignment, &start);
    if (status != nullptr)
        *status = result;
    if (result != STATUS_OK)
        return start != model ? "model: a refusal wrote its output" : same_totals(heap, &before);
    struct model_block block = {start, size == 0 && heap_get_level(heap) == HEAP_L0 ? 1 : size, 0,
                                ++model->next_pattern};
    const char *wrong = judge_new(model, heap, &block, alignment);
    if (wrong == nullptr)
        add_block(model, &block);
    return wrong;
}

const char *model_free(struct heap_model *model, struct heap *heap, size_t index)
{
    struct model_block block = drop_block(model, index);
    struct heap_misuse misuse;
    if (!intact(&block, block.size))
        return "model: somebody wrote into a live block";
    if (heap_free(heap, block.start, &misuse) != STATUS_OK)
        return "model: a live block could not be freed";
    if (heap_free(heap, block.start, &misuse) == STATUS_OK)
        return "model: a block could be freed twice";
    return nullptr;
}

const char *model_resize(struct heap_model *model, struct heap *heap, size_t index, size_t size,
                         status_t *status)
{
    struct heap_totals before;
    heap_totals(heap, &before);
    struct model_block old = model->blocks[index];
    void *start = model;
    struct heap_misuse misuse;
    status_t result = heap_resize(heap, old.start, size, &start, &misuse);
    if (status != nullptr)
        *status = result;
    if (result != STATUS_OK) {
        if (start != model || size <= old.size || !intact(&old, old.size))
            return "model: a resize failed that could not, or touched the old block";
        return same_totals(heap, &before);
    }
    (void)drop_block(model, index);
    struct model_block block = {start, size == 0 && heap_get_level(heap) == HEAP_L0 ? 1 : size, 0,
                                ++model->next_pattern};
    const char *wrong = judge_new(model, heap, &block, HEAP_ALIGNMENT);
    if (wrong != nullptr)
        return wrong;
    struct model_block kept = old;
    kept.start = block.start;
    if (!intact(&kept, block.size))
        return "model: a resize lost contents";
    add_block(model, &block);
    return nullptr;
}

const char *model_check(const struct heap_model *model, const struct heap_stage *stage)
{
    for (size_t i = 0; i < model->count; i++)
        if (!intact(&model->blocks[i], model->blocks[i].size))
            return "model: somebody wrote into a live block";
    struct heap_totals totals;
    heap_totals(stage->heap, &totals);
    bool exact = heap_get_level(stage->heap) == HEAP_L1;
    if (totals.live_blocks != model->count + model->objects ||
        (exact ? totals.live_requested : totals.live_bytes) != model->usable_bytes)
        return "model: the live blocks or bytes are not the model's";
    struct heap_misuse misuse;
    if (heap_audit(stage->heap, &misuse) != STATUS_OK)
        return "model: a red zone or a freed block was written";
    if (stage->bad_unmap || totals.window_blocks != stage->window.count)
        return "model: the window's mappings are not its blocks";
    const char *broken = heap_check(stage->heap);
    return broken != nullptr ? broken : frames_check(stage->frames);
}
