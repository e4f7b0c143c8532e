/* SPDX-License-Identifier: MIT
 * The heap at HEAP_L1: what is written behind a block or after its free is found, and told with all facts;
 * everything else is as at HEAP_L0. */
#include "unit/heap_fixture.h"

#include <base/string.h>

#include <stdio.h>

static struct heap_misuse told; /* by the last report */
static unsigned told_count;

static void remember(void *owner, const struct heap_misuse *misuse)
{
    assert_ptr_equal(owner, &told);
    told = *misuse;
    told_count++;
}

static void open_guarded(uint64_t ram_size, bool with_window)
{
    heap_stage_open_at(&stage, ram_size, with_window, 0, HEAP_L1);
    heap_set_report(stage.heap, remember, &told);
    model = (struct heap_model){0};
    told_count = 0;
}

/* ---- behind a block ---- */

static void an_overrun_is_refused_with_all_facts(void **state)
{
    (void)state;
    static const struct {
        size_t size, alignment, offset; /* of the byte that is written */
        size_t block_size;
    } cases[] = {
        {1, 16, 1, 16},
        {8, 16, 8, 16},
        {8, 16, 15, 16},
        {9, 16, 9, 32},
        {16, 16, 16, 32},
        {100, 16, 100, 112},
        {104, 16, 111, 112},
        {105, 16, 105, 128},
        {1000, 16, 1023, 1024},
        {0, 16, 0, 16}, /* no byte was asked for: the first one is nobody's */
        {0, 32768, 0, 32768},
        {64, 64, 64, 128},
        {1, 4096, 1 + HEAP_RED_ZONE_MAX - 1, 4096}, /* the last byte that is looked at */
        {32760, 16, 32767, 32768},
        {32768, 16, 32768 + HEAP_RED_ZONE_MAX - 1, 36864},
        {32761, 16, 32761, 36864},
        {40960, 16, 40960, 45056},
        {3 * MIB, 16, 3 * MIB, 3 * MIB + PAGE_SIZE},
    };
    open_guarded(RAM, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *out = &stage, *block;
        struct heap_misuse misuse = {0};
        assert_status(heap_alloc_aligned(stage.heap, cases[i].size, cases[i].alignment, &block),
                      STATUS_OK);
        unsigned char *bytes = block, was = bytes[cases[i].offset];
        bytes[cases[i].offset] = 0x41;
        struct heap_totals before = totals_now();
        for (unsigned way = 0; way < 2; way++) {
            status_t status = way == 0 ? heap_free(stage.heap, block, &misuse)
                                       : heap_resize(stage.heap, block, 5, &out, &misuse);
            assert_status(status, STATUS_OVERRUN);
            assert_status(misuse.status, STATUS_OVERRUN);
            assert_int_equal(misuse.address.value, virt_of(block).value);
            assert_int_equal(misuse.block.value, virt_of(block).value);
            assert_int_equal(misuse.block_size, cases[i].block_size);
            assert_int_equal(misuse.requested, cases[i].size);
            assert_int_equal(misuse.offset, cases[i].offset);
            assert_int_equal(misuse.value, 0x41);
            assert_int_equal(misuse.expected, was);
        }
        before.misuses += 2;
        struct heap_totals after = totals_now();
        assert_memory_equal(&before, &after, sizeof before);
        assert_ptr_equal(out, &stage);
        assert_status(heap_audit(stage.heap, &misuse), STATUS_OVERRUN);
        assert_int_equal(misuse.offset, cases[i].offset);
        bytes[cases[i].offset] = was;
        assert_status(heap_free(stage.heap, block, nullptr), STATUS_OK);
        assert_sound(model_check(&model, &stage));
    }
    close_stage();
}

/* ---- after a free ---- */

static void a_write_after_the_free_is_told(void **state)
{
    (void)state;
    static const size_t offsets[] = {0, 63, 64, 99, 100, 111}; /* what was had, its red zone */
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        open_guarded(RAM, false);
        (void)take(100); /* keeps the slab */
        unsigned char *block = gone(100);
        block[offsets[i]] ^= 1;
        struct heap_misuse misuse;
        assert_status(heap_audit(stage.heap, &misuse), STATUS_USE_AFTER_FREE);
        void *next;
        assert_status(heap_alloc(stage.heap, 100, &next), STATUS_OK);
        assert_int_equal(told_count, 1);
        assert_ptr_not_equal(next, block);
        assert_status(told.status, STATUS_USE_AFTER_FREE);
        assert_int_equal(told.block.value, virt_of(block).value);
        assert_int_equal(told.block_size, 112);
        assert_int_equal(told.requested, 0);
        assert_int_equal(told.offset, offsets[i]);
        assert_int_equal(told.expected ^ told.value, 1);
        assert_int_equal(told.expected, offsets[i] < 100 ? HEAP_POISON_BYTE : HEAP_RED_BYTE);
        assert_int_equal(told.tag.class, FRAME_SLAB);
        assert_memory_equal(&told.status, &misuse.status, sizeof misuse.status);
        assert_int_equal(misuse.offset, offsets[i]);
        /* The block stays out of use: live, and nobody's. */
        size_t size;
        virt_addr_t found;
        assert_int_equal(totals_now().retired, 1);
        assert_status(heap_free(stage.heap, block, &misuse), STATUS_NOT_ALLOCATED);
        assert_status(heap_size(stage.heap, block, &size, nullptr), STATUS_NOT_ALLOCATED);
        assert_status(heap_find(stage.heap, virt_of(block), &found, &size), STATUS_NOT_FOUND);
        assert_status(heap_free(stage.heap, next, nullptr), STATUS_OK);
        assert_sound(heap_check(stage.heap));
        heap_stage_close(&stage);
    }
}

/* Poison covers what the owner had, not what the block has: first and last byte of each size, and of a large one the
 * edges. */
static void poison_lies_where_the_owner_wrote(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 8, 16, 63, 64, 65, 100, 128, 129, 1000, 20000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t size = sizes[i], edge = size < HEAP_POISON_EDGE ? size : HEAP_POISON_EDGE;
        const size_t offsets[] = {0, edge - 1, size - edge, size - 1};
        for (size_t k = 0; k < sizeof offsets / sizeof *offsets; k++) {
            open_guarded(RAM, false);
            (void)take(size); /* keeps the slab */
            unsigned char *block = gone(size);
            block[offsets[k]] = 1;
            void *next;
            assert_status(heap_alloc(stage.heap, size, &next), STATUS_OK);
            assert_int_equal(told_count, 1);
            assert_int_equal(told.block.value, virt_of(block).value);
            assert_int_equal(told.offset, offsets[k]);
            heap_stage_close(&stage);
        }
    }
}

/* Nobody takes the block again: its slab goes back, and is looked at then. */
static void a_slab_that_goes_back_is_looked_at(void **state)
{
    (void)state;
    open_guarded(RAM, false);
    unsigned char *block = gone(3000);
    block[0] = 0;
    assert_int_equal(heap_trim(stage.heap), 6 * PAGE_SIZE);
    assert_int_equal(told_count, 1);
    assert_int_equal(told.block.value, virt_of(block).value);
    assert_int_equal(totals_now().misuses, 1 + 1); /* the model has tried a double free */
    close_stage();
}

static void a_whole_block_is_never_told(void **state)
{
    (void)state;
    open_guarded(RAM, true);
    for (size_t size = 1; size < 5 * MIB; size += 1 + size / 6) {
        unsigned char *block = take(size); /* filled to its last byte by the model */
        assert_int_equal(model.blocks[model.count - 1].usable, size);
        assert_int_equal(block[size], HEAP_RED_BYTE);
    }
    free_all();
    assert_int_equal(told_count, 0);
    assert_int_equal(totals_now().live_requested, 0);
    close_stage();
}

/* ---- resize, level, memory ---- */

static void a_resize_moves_the_red_zone(void **state)
{
    (void)state;
    static const size_t sizes[] = {100, 97, 104, 105, 10, 40000, 41000, 36000, 33000, 3 * MIB, 1};
    open_guarded(RAM, true);
    (void)take(99);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_sound(model_resize(&model, stage.heap, 0, sizes[i], nullptr));
        assert_int_equal(model.blocks[0].start[sizes[i]], HEAP_RED_BYTE);
        assert_int_equal(totals_now().live_requested, sizes[i]);
        assert_sound(model_check(&model, &stage));
    }
    free_all();
    close_stage();
}

static void a_level_is_for_life(void **state)
{
    (void)state;
    open_stage(RAM, false);
    assert_int_equal(heap_get_level(stage.heap), HEAP_L0);
    (void)gone(10);
    assert_status(heap_set_level(stage.heap, HEAP_L1), STATUS_IN_USE); /* a slab is idle */
    (void)heap_trim(stage.heap);
    assert_status(heap_set_level(stage.heap, HEAP_L1), STATUS_OK);
    (void)take(10);
    assert_status(heap_set_level(stage.heap, HEAP_L0), STATUS_IN_USE);
    free_all();
    close_stage();
}

/* The sizes that a red zone pushes over an edge. */
static void the_largest_sizes(void **state)
{
    (void)state;
    static const size_t too_large[] = {SIZE_MAX, SIZE_MAX - 7, SIZE_MAX - 8, GIB - 7};
    open_guarded(RAM, false);
    for (size_t i = 0; i < sizeof too_large / sizeof *too_large; i++) {
        void *block = &stage;
        assert_status(heap_alloc(stage.heap, too_large[i], &block), STATUS_OVERFLOW);
        assert_ptr_equal(block, &stage);
    }
    close_stage();
    open_guarded(RAM, true);
    (void)take(2 * MIB); /* where a block lies does not depend on its red zone */
    assert_int_equal(totals_now().large_blocks, 1);
    (void)take(2 * MIB + 1);
    assert_int_equal(totals_now().window_blocks, 1);
    free_all();
    close_stage();
}

static void notes_need_memory_too(void **state)
{
    (void)state;
    unsigned refusals = 0;
    open_guarded(RAM, false);
    pfn_t warm; /* the frames' own metadata: not what is looked at here */
    assert_status(frames_alloc_run(stage.frames, 1, 1, FRAME_TEST, 0, &warm), STATUS_OK);
    for (status_t status = STATUS_NO_MEMORY; status != STATUS_OK; refusals++) {
        stage.budget = refusals;
        assert_sound(model_alloc(&model, stage.heap, 100, HEAP_ALIGNMENT, &status));
        stage.budget = STAGE_UNLIMITED;
        assert_sound(model_check(&model, &stage));
    }
    assert_int_equal(refusals, 4 + 1); /* directory, record page, slab, notes; then it works */
    free_all();
    close_stage();
}

static void agrees_with_the_model(void **state)
{
    (void)state;
    struct random r = random_start("guarded heap", 1);
    open_guarded(16 * MIB, true);
    for (unsigned step = 0; step < 30000; step++) {
        size_t size = random_below(&r, (UINT64_C(2) << random_below(&r, 17)) + 1);
        size_t alignment = random_below(&r, 8) == 0 ? (size_t)1 << random_below(&r, 15) : 16;
        uint64_t choice = random_below(&r, 100);
        if (model.count < MODEL_BLOCKS_MAX && (choice < 45 || model.count == 0))
            assert_sound(model_alloc(&model, stage.heap, size, alignment, nullptr));
        else if (choice < 85)
            assert_sound(model_free(&model, stage.heap, random_below(&r, model.count)));
        else
            assert_sound(
                model_resize(&model, stage.heap, random_below(&r, model.count), size, nullptr));
        if (step % 200 == 0)
            assert_sound(model_check(&model, &stage));
    }
    assert_int_equal(told_count, 0);
    free_all();
    close_stage();
}

/* ---- a broken heap ---- */

static void broken_notes_are_named(void **state)
{
    (void)state;
    open_guarded(RAM, false);
    (void)take(100);
    unsigned char *large = take(50000);
    struct heap_record *slab = heap_record_at(stage.heap, 0), *run = heap_record_at(stage.heap, 1);
    const struct {
        uint16_t *note;
        uint16_t value;
        const char *sentence;
    } cases[] = {
        {&slab->notes->of[0], HEAP_NOTE_FREED, "heap H9: a note says live of a free block"},
        {&slab->notes->of[1], heap_note_of(12), "heap H9: a note says live of a free block"},
        {&slab->notes->of[0], HEAP_NOTE_SLACK_MAX + 1, "heap H9: a block has no red zone"},
        {&slab->notes->of[0], heap_note_of(113), "heap H9: a block has no red zone"},
        {&slab->notes->of[0], heap_note_of(13), "heap H9: the bytes asked for, or the retired"},
        {&slab->notes->of[0], HEAP_NOTE_RETIRED, "heap H9: the bytes asked for, or the retired"},
    };
    assert_sound(heap_check(stage.heap));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint16_t was = *cases[i].note;
        *cases[i].note = cases[i].value;
        const char *broken = heap_check(stage.heap);
        assert_non_null(broken);
        printf("    %s\n", broken);
        assert_memory_equal(broken, cases[i].sentence, strlen(cases[i].sentence));
        *cases[i].note = was;
    }
    run->requested = 13 * PAGE_SIZE;
    assert_non_null(heap_check(stage.heap));
    run->requested = 50000;
    assert_int_equal(large[50000], HEAP_RED_BYTE);
    free_all();
    close_stage();
}

static void a_damaged_note_stops_the_heap(void **state)
{
    (void)state;
    open_guarded(RAM, false);
    unsigned char *block = take(100), *freed = gone(100);
    struct heap_record *slab = heap_record_at(stage.heap, 0);
    uint16_t *notes = slab->notes->of;
    const size_t slot = (size_t)(freed - block) / slab->block_size;
    void *out;
    assert_rule_broken(H9, {
        notes[0] = heap_note_of(113); /* more than the block */
        (void)!heap_free(stage.heap, block, nullptr);
    });
    assert_rule_broken(H9, {
        notes[slot] = heap_note_of(12); /* live, it says of a free block */
        (void)!heap_alloc(stage.heap, 100, &out);
    });
    free_all();
    close_stage();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overrun_is_refused_with_all_facts),
        cmocka_unit_test(a_write_after_the_free_is_told),
        cmocka_unit_test(poison_lies_where_the_owner_wrote),
        cmocka_unit_test(a_slab_that_goes_back_is_looked_at),
        cmocka_unit_test(a_whole_block_is_never_told),
        cmocka_unit_test(a_resize_moves_the_red_zone),
        cmocka_unit_test(a_level_is_for_life),
        cmocka_unit_test(the_largest_sizes),
        cmocka_unit_test(notes_need_memory_too),
        cmocka_unit_test(agrees_with_the_model),
        cmocka_unit_test(broken_notes_are_named),
        cmocka_unit_test(a_damaged_note_stops_the_heap),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
