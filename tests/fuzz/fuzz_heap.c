/* SPDX-License-Identifier: MIT
 * The heap against the model: each input is a series of operations of four bytes. Blocks must not
 * overlap, must keep their patterns and be freed once; wild pointers and want of memory must change
 * nothing. The first byte chooses: a window or none, the level, the size of a cache's objects. */
#include "model/heap_model.h"

#include "mm/heap/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- two caches: one with a constructor ---- */

constexpr unsigned CACHES = 2;
constexpr unsigned OBJECTS_MAX = 64;
constexpr unsigned char CONSTRUCTED = 0xc0;
static struct object_cache *caches[CACHES];
static size_t object_size;
static struct {
    unsigned char *start;
    unsigned cache;
} objects[OBJECTS_MAX];

static void construct(void *object)
{
    memset(object, CONSTRUCTED, object_size);
}

static void open_caches(void)
{
    for (unsigned i = 0; i < CACHES; i++)
        if (object_cache_create(stage.heap, "objects", object_size, i == 0 ? 1 : 64,
                                i == 0 ? construct : nullptr, &caches[i]) != STATUS_OK)
            demand("a cache could not be created");
}

/* What an object adds to the model's bytes. */
static uint64_t object_bytes(unsigned cache)
{
    struct object_cache_stats stats;
    object_cache_stats(caches[cache], &stats);
    return heap_get_level(stage.heap) == HEAP_L1 ? object_size : stats.class.block_size;
}

static void alloc_object(unsigned cache)
{
    void *start;
    if (model.objects == OBJECTS_MAX || object_cache_alloc(caches[cache], &start) != STATUS_OK)
        return;
    unsigned char *object = start;
    for (size_t i = 0; cache == 0 && i < object_size; i++)
        if (object[i] != CONSTRUCTED)
            demand("an object is not as it was constructed");
    memset(object, (int)model.objects, object_size);
    objects[model.objects].start = object;
    objects[model.objects++].cache = cache;
    model.usable_bytes += object_bytes(cache);
}

static void free_object(size_t index)
{
    unsigned char *object = objects[index].start;
    unsigned cache = objects[index].cache;
    for (size_t i = 1; i < object_size; i++)
        if (object[i] != object[0])
            demand("somebody wrote into an object");
    if (object_cache_free(caches[1 - cache], object, nullptr) != STATUS_FOREIGN ||
        heap_free(stage.heap, object, nullptr) != STATUS_FOREIGN)
        demand("an object could be freed by somebody else");
    memset(object, CONSTRUCTED, object_size);
    if (object_cache_free(caches[cache], object, nullptr) != STATUS_OK)
        demand("an object could not be freed");
    if (object_cache_free(caches[cache], object, nullptr) == STATUS_OK)
        demand("an object could be freed twice");
    model.usable_bytes -= object_bytes(cache);
    objects[index] = objects[--model.objects];
}

static void close_caches(void)
{
    while (model.objects > 0)
        free_object(model.objects - 1);
    for (unsigned i = 0; i < CACHES; i++)
        if (object_cache_destroy(caches[i]) != STATUS_OK)
            demand("an empty cache could not be destroyed");
}

static void step_objects(const uint8_t *bytes)
{
    if (bytes[1] % 2 == 0)
        alloc_object(bytes[2] % CACHES);
    else if (model.objects > 0)
        free_object(bytes[2] % model.objects);
}

static void step(const uint8_t *bytes)
{
    if (bytes[0] >= 224) { /* the rest is what it was before there were caches */
        step_objects(bytes);
        return;
    }
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
    heap_stage_open_at(&stage, RAM, data[0] % 2 == 0, 0, data[0] / 2 % 2 == 0 ? HEAP_L0 : HEAP_L1);
    model = (struct heap_model){0};
    object_size = 1 + (size_t)(data[0] / 4) * 50;
    open_caches();
    for (size_t i = 0; 1 + (i + 1) * STEP <= size; i++) {
        step(data + 1 + i * STEP);
        if (i % STEPS_PER_CHECK == 0)
            demand(model_check(&model, &stage));
    }
    stage.budget = STAGE_UNLIMITED;
    while (model.count > 0)
        demand(model_free(&model, stage.heap, model.count - 1));
    close_caches();
    demand(model_check(&model, &stage));
    (void)heap_trim(stage.heap);
    demand(model_check(&model, &stage));
    struct heap_totals totals;
    heap_totals(stage.heap, &totals);
    if (totals.slabs + totals.large_blocks + totals.window_blocks != 0)
        demand("something is left when everything is freed");
    heap_stage_close(&stage);
    return 0;
}
