/* SPDX-License-Identifier: MIT
 * What the tests of the heap share: one stage, one model, and the shortest way to use both. */
#ifndef TESTS_UNIT_HEAP_FIXTURE_H
#define TESTS_UNIT_HEAP_FIXTURE_H

#include "harness/harness.h"

#include "mm/heap/private.h"
#include "model/heap_model.h"

constexpr uint64_t RAM = 512 * MIB;

static struct heap_stage stage;
static struct heap_model model;

[[maybe_unused]] static void open_stage(uint64_t ram_size, bool with_window)
{
    heap_stage_open(&stage, ram_size, with_window, 0);
    model = (struct heap_model){0};
}

[[maybe_unused]] static void close_stage(void)
{
    assert_sound(model_check(&model, &stage));
    heap_stage_close(&stage);
}

[[maybe_unused]] static unsigned char *take(size_t size)
{
    assert_sound(model_alloc(&model, stage.heap, size, HEAP_ALIGNMENT, nullptr));
    return model.blocks[model.count - 1].start;
}

/* Taken and given back. */
[[maybe_unused]] static unsigned char *gone(size_t size)
{
    unsigned char *block = take(size);
    assert_sound(model_free(&model, stage.heap, model.count - 1));
    return block;
}

[[maybe_unused]] static void free_all(void)
{
    while (model.count > 0)
        assert_sound(model_free(&model, stage.heap, model.count / 2));
    assert_sound(model_check(&model, &stage));
}

[[maybe_unused]] static struct heap_totals totals_now(void)
{
    struct heap_totals totals;
    heap_totals(stage.heap, &totals);
    return totals;
}

#endif
