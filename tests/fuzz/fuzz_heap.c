/* SPDX-License-Identifier: MIT
 * The heap against the model: each input is a series of operations of four bytes. Blocks must not
 * overlap, must keep their patterns and be freed once; wild pointers and want of memory must change
 * nothing. */
#include "model/heap_model.h"

#include "mm/heap_private.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr uint64_t RAM = 16 * MIB;
constexpr size_t STEP = 4;
constexpr size_t STEPS_PER_CHECK = 32;

static struct heap_stage stage;
static struct heap_model model;

static void demand(const char *wrong)
{
    if (wrong == nullptr)
        return;
    fprintf(stderr, "%s\n", wrong);
    abort();
}

/* 5 bits of magnitude (up to 8 MiB), the rest of the two bytes below the leading bit; the last
 * magnitudes stand for sizes that cannot be served. */
static size_t size_of(const uint8_t *bytes)
{
    unsigned magnitude = bytes[0] % 32;
    size_t detail = (size_t)(bytes[0] / 32) << 8 | bytes[1];
    if (magnitude >= 23)
        return SIZE_MAX >> (magnitude - 23) * 4;
    return ((size_t)1 << magnitude) + (detail << magnitude >> 11);
}

/* A pointer near a block or anywhere in memory. Only what the model calls a block may be freed. */
static void free_wild(const uint8_t *bytes)
{
    uint64_t offset = (uint64_t)bytes[0] << 16 | (uint64_t)bytes[1] << 4;
    uint64_t address = stage.offset + STAGE_BASE + offset;
    if (model.count > 0 && bytes[2] % 2 == 0) {
        const struct model_block *block = &model.blocks[bytes[0] % model.count];
        address = virt_of(block->start).value + bytes[1] * (bytes[2] % 8 == 0 ? PAGE_SIZE : 8);
    }
    for (size_t i = 0; i < model.count; i++)
        if (virt_of(model.blocks[i].start).value == address)
            return;
    struct heap_misuse misuse;
    if (heap_free(stage.heap, (void *)(uintptr_t)address, &misuse) == STATUS_OK)
        demand("a pointer that is no block could be freed");
    if (misuse.address.value != address)
        demand("the report of a misuse names another address");
}

static void step(const uint8_t *bytes)
{
    size_t index = model.count > 0 ? bytes[1] % model.count : 0;
    switch (bytes[0] % 8) {
    case 0:
    case 1:
    case 2:
        if (model.count < MODEL_BLOCKS_MAX)
            demand(model_alloc(&model, stage.heap, size_of(bytes + 1), HEAP_ALIGNMENT, nullptr));
        break;
    case 3:
        if (model.count < MODEL_BLOCKS_MAX)
            demand(model_alloc(&model, stage.heap, size_of(bytes + 1), (size_t)1 << bytes[3] % 24,
                               nullptr));
        break;
    case 4:
        if (model.count > 0)
            demand(model_free(&model, stage.heap, index));
        break;
    case 5:
        if (model.count > 0)
            demand(model_resize(&model, stage.heap, index, size_of(bytes + 2), nullptr));
        break;
    case 6:
        free_wild(bytes + 1);
        break;
    default: /* memory fails from the nth time on, or no longer */
        stage.budget = bytes[1] < 128 ? bytes[1] : STAGE_UNLIMITED;
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    heap_stage_open(&stage, RAM, data[0] % 2 == 0, 0);
    model = (struct heap_model){0};
    for (size_t i = 0; 1 + (i + 1) * STEP <= size; i++) {
        step(data + 1 + i * STEP);
        if (i % STEPS_PER_CHECK == 0)
            demand(model_check(&model, &stage));
    }
    stage.budget = STAGE_UNLIMITED;
    while (model.count > 0)
        demand(model_free(&model, stage.heap, model.count - 1));
    demand(model_check(&model, &stage));
    (void)heap_slab_trim(stage.heap);
    demand(model_check(&model, &stage));
    struct heap_totals totals;
    heap_totals(stage.heap, &totals);
    if (totals.slabs + totals.large_blocks + totals.window_blocks != 0)
        demand("something is left when everything is freed");
    heap_stage_close(&stage);
    return 0;
}
