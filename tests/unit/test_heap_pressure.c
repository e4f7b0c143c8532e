/* SPDX-License-Identifier: MIT
 * The heap without memory: each step of each operation fails once; real exhaustion; random runs
 * against the model. */
#include "unit/heap_fixture.h"

#include <base/string.h>

#include <stdio.h>

/* ---- out of memory ---- */

static const char *scenario_small(void)
{
    return model_alloc(&model, stage.heap, 100, HEAP_ALIGNMENT, nullptr);
}
static const char *scenario_aligned(void)
{
    return model_alloc(&model, stage.heap, 100, 8192, nullptr);
}
static const char *scenario_run(void)
{
    return model_alloc(&model, stage.heap, 100000, HEAP_ALIGNMENT, nullptr);
}
static const char *scenario_window(void)
{
    return model_alloc(&model, stage.heap, 3 * MIB, HEAP_ALIGNMENT, nullptr);
}
static const char *scenario_resize(void)
{
    return model_resize(&model, stage.heap, 0, 300000, nullptr);
}

/* Let the first `budget` allocations of the layers below succeed, for 0, 1, 2 ... till it works. */
static void fails_cleanly(const char *name, unsigned blocks_before, const char *(*scenario)(void),
                          unsigned steps)
{
    static struct frame_totals frames_before, frames_after;
    open_stage(RAM, true);
    pfn_t warm; /* the frames' own metadata stays: not what is looked at here */
    assert_status(frames_alloc_run(stage.frames, 1, 1, FRAME_TEST, 0, &warm), STATUS_OK);
    for (unsigned i = 0; i < blocks_before; i++)
        (void)take(50000);
    for (unsigned budget = 0;; budget++) {
        struct heap_totals before = totals_now(), after;
        frames_totals(stage.frames, &frames_before);
        stage.budget = budget;
        assert_sound(scenario());
        stage.budget = STAGE_UNLIMITED;
        after = totals_now();
        assert_sound(model_check(&model, &stage));
        if (after.refusals == before.refusals) {
            printf("    %s: works after %u refusals\n", name, budget);
            assert_int_equal(budget, steps);
            break;
        }
        before.refusals++;
        assert_memory_equal(&before, &after, sizeof after);
        frames_totals(stage.frames, &frames_after);
        assert_memory_equal(&frames_before, &frames_after, sizeof frames_after);
    }
    free_all();
    close_stage();
}

static void out_of_memory_at_every_step(void **state)
{
    (void)state;
    fails_cleanly("first block: directory, record page, slab", 0, scenario_small, 3);
    fails_cleanly("a new slab", 1, scenario_small, 1);
    fails_cleanly("a new record page, a slab", HEAP_PAGE_RECORDS, scenario_small, 2);
    fails_cleanly("an aligned block", 1, scenario_aligned, 1);
    fails_cleanly("first run", 0, scenario_run, 3);
    fails_cleanly("a new record page, a run", HEAP_PAGE_RECORDS, scenario_run, 2);
    fails_cleanly("a window block", 1, scenario_window, 1);
    fails_cleanly("a record page, a window block", HEAP_PAGE_RECORDS, scenario_window, 2);
    fails_cleanly("a resize, no room behind, a record page, a run", HEAP_PAGE_RECORDS,
                  scenario_resize, 3);
    fails_cleanly("a resize in place", 1, scenario_resize, 1);
}

/* A run takes the free frames behind it, and gives its tail back, without being copied. */
static void runs_change_where_they_lie(void **state)
{
    (void)state;
    static struct frame_totals before, after;
    static const size_t sizes[] = {40001, 100000, 2 * MIB, 3 * MIB, 500000, 40000};
    open_stage(RAM, false);
    unsigned char *run = take(40000);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t held = model.blocks[0].usable;
        frames_totals(stage.frames, &before);
        assert_sound(model_resize(&model, stage.heap, 0, sizes[i], nullptr));
        assert_ptr_equal(model.blocks[0].start, run);
        frames_totals(stage.frames, &after);
        assert_int_equal(before.by_class[FRAME_HEAP_LARGE] - held / PAGE_SIZE,
                         after.by_class[FRAME_HEAP_LARGE] -
                             align_up(sizes[i], PAGE_SIZE) / PAGE_SIZE);
        assert_sound(model_check(&model, &stage));
    }
    unsigned char *behind = take(40000); /* right where the run would have to grow */
    assert_ptr_equal(behind, run + 10 * PAGE_SIZE);
    assert_sound(model_resize(&model, stage.heap, 0, 50000, nullptr));
    assert_ptr_not_equal(model.blocks[1].start, run);
    free_all();
    close_stage();
}

static void a_class_keeps_its_own_accounts(void **state)
{
    (void)state;
    struct heap_class class;
    open_stage(RAM, false);
    for (unsigned i = 0; i < 100; i++)
        (void)take(100);
    for (unsigned i = 0; i < 60; i++)
        assert_sound(model_free(&model, stage.heap, 0));
    for (unsigned i = 0; i < 10; i++)
        (void)take(100);
    assert_true(heap_class_get(stage.heap, heap_class_of(100), &class));
    assert_int_equal(class.block_size, 112);
    assert_int_equal(class.allocations, 110);
    assert_int_equal(class.frees, 60);
    assert_int_equal(class.live, 50);
    assert_int_equal(class.live_peak, 100);
    assert_int_equal(class.slabs, 3); /* of 36 blocks */
    assert_int_equal(totals_now().usable_total, 110 * 112);
    assert_int_equal(totals_now().requested_total, 110 * 100);
    free_all();
    assert_true(heap_class_get(stage.heap, heap_class_of(100), &class));
    assert_int_equal(class.idle_slabs, 1);
    close_stage();
}

/* Take blocks until there are no more, for a small memory; true exhaustion, not a simulated one. */
static void exhaustion_is_survived(void **state)
{
    (void)state;
    static const size_t sizes[] = {300000, 50000, 32768, 3000, 1};
    open_stage(4 * MIB, false);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        status_t status = STATUS_OK;
        void *last = nullptr;
        size_t count = 0;
        while (status == STATUS_OK) { /* a chain through the blocks themselves: no limit */
            void *block;
            status = heap_alloc(stage.heap, sizes[i], &block);
            if (status == STATUS_OK) {
                memcpy(block, &last, sizeof last);
                last = block;
                count++;
            }
        }
        assert_status(status, STATUS_NO_MEMORY);
        assert_sound(heap_check(stage.heap));
        assert_true(count * sizes[i] > 3 * MIB || sizes[i] == 1);
        while (last != nullptr) {
            void *block = last;
            memcpy(&last, block, sizeof last);
            assert_status(heap_free(stage.heap, block, nullptr), STATUS_OK);
        }
        assert_int_equal(totals_now().live_blocks, 0); /* idle slabs stay, and are taken back: */
        assert_sound(model_check(&model, &stage));
    }
    close_stage();
}

/* The window has addresses left, but no page for the record of another block: no memory, whatever the window says. */
static void a_window_without_records_is_no_memory(void **state)
{
    (void)state;
    open_stage(RAM, true);
    (void)take(3 * MIB);
    assert_sound(model_free(&model, stage.heap, 0));
    ranges_end(&stage.window);
    stage.range_pages.limit = 1;
    stage.range_pages.open = 1;
    status_t status;
    assert_sound(model_alloc(&model, stage.heap, 3 * MIB, HEAP_ALIGNMENT, &status));
    assert_status(status, STATUS_NO_MEMORY);
    stage.range_pages = (struct range_pages){};
    (void)take(3 * MIB);
    free_all();
    close_stage();
}

/* Idle slabs of every class hold half of a small memory: they go back when somebody asks for it. */
static void idle_slabs_go_back_when_asked(void **state)
{
    (void)state;
    open_stage(4 * MIB, false);
    for (unsigned i = 0; i < HEAP_CLASS_COUNT; i++)
        (void)gone(stage.heap->classes[i].block_size);
    assert_int_equal(totals_now().slabs, HEAP_CLASS_COUNT);
    assert_true(totals_now().held_bytes > MIB);
    status_t status = STATUS_OK;
    while (status == STATUS_OK)
        assert_sound(model_alloc(&model, stage.heap, 40000, HEAP_ALIGNMENT, &status));
    assert_status(status, STATUS_NO_MEMORY);
    assert_int_equal(totals_now().slabs, HEAP_CLASS_COUNT); /* the heap itself never trims */
    struct heap_totals before = totals_now();
    const size_t bytes = heap_trim(stage.heap);
    assert_int_equal(totals_now().slabs, 0);
    assert_true(bytes > MIB && bytes == before.held_bytes - totals_now().held_bytes);
    assert_int_equal(heap_trim(stage.heap), 0);
    assert_sound(model_alloc(&model, stage.heap, 40000, HEAP_ALIGNMENT, &status));
    assert_status(status, STATUS_OK);
    free_all();
    close_stage();
}

/* ---- random runs ---- */

static size_t random_size(struct random *r)
{
    if (random_below(r, 200) == 0)
        return random_below(r, 6 * MIB);
    return random_below(r, (UINT64_C(2) << random_below(r, 17)) + 1);
}

static void random_step(struct random *r)
{
    uint64_t choice = random_below(r, 100);
    if (model.count < MODEL_BLOCKS_MAX && (choice < 45 || model.count == 0)) {
        size_t alignment = choice < 10 ? (size_t)1 << random_below(r, 17) : (size_t)HEAP_ALIGNMENT;
        assert_sound(model_alloc(&model, stage.heap, random_size(r), alignment, nullptr));
    } else if (choice < 85 && model.count > 0) {
        assert_sound(model_free(&model, stage.heap, random_below(r, model.count)));
    } else if (choice < 98 && model.count > 0) {
        size_t index = random_below(r, model.count);
        assert_sound(model_resize(&model, stage.heap, index, random_size(r), nullptr));
    } else { /* somebody frees a wild pointer: refused unless it happens to be a block */
        uint64_t wild = stage.offset + STAGE_BASE + random_below(r, RAM);
        assert_true(heap_free(stage.heap, (void *)(wild | 1), nullptr) != STATUS_OK);
    }
}

static void agrees_with_the_model(void **state)
{
    (void)state;
    static const struct {
        uint64_t ram_size;
        bool with_window;
    } rounds[] = {{RAM, true}, {RAM, false}, {8 * MIB, true}, {3 * MIB, false}};
    struct random r = random_start("heap", 1);
    for (size_t round = 0; round < sizeof rounds / sizeof *rounds; round++) {
        open_stage(rounds[round].ram_size, rounds[round].with_window);
        for (unsigned step = 0; step < 24000; step++) {
            random_step(&r);
            if (step % 100 == 0)
                assert_sound(model_check(&model, &stage));
        }
        struct heap_totals totals = totals_now();
        printf("    %llu allocations, %llu refused, peak %llu bytes live, %llu held\n",
               (unsigned long long)totals.allocations, (unsigned long long)totals.refusals,
               (unsigned long long)totals.live_bytes_peak,
               (unsigned long long)totals.held_bytes_peak);
        free_all();
        close_stage();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_at_every_step),
        cmocka_unit_test(runs_change_where_they_lie),
        cmocka_unit_test(a_class_keeps_its_own_accounts),
        cmocka_unit_test(exhaustion_is_survived),
        cmocka_unit_test(a_window_without_records_is_no_memory),
        cmocka_unit_test(idle_slabs_go_back_when_asked),
        cmocka_unit_test(agrees_with_the_model),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
