/* SPDX-License-Identifier: MIT
 * Bad pointers to the heap, and a heap that is broken on purpose: both must be named. */
#include "unit/heap_fixture.h"

#include <base/string.h>

#include <stdio.h>
#include <stdlib.h>

/* ---- misuse ---- */

struct crime {
    const char *name;
    const void *pointer;
    status_t want;
    const void *block; /* the block that the report names */
    size_t block_size;
};

static void commit_crime(const struct crime *crime)
{
    static struct heap before;
    static struct frame_totals frames_before, frames_after;
    printf("    %s\n", crime->name);
    void *pointer = (void *)(uintptr_t)crime->pointer;
    void *out = &stage;
    size_t size = 42;
    for (unsigned way = 0; way < 3; way++) {
        struct heap_misuse misuse = {0};
        before = *stage.heap;
        frames_totals(stage.frames, &frames_before);
        status_t status = way == 0   ? heap_free(stage.heap, pointer, &misuse)
                          : way == 1 ? heap_resize(stage.heap, pointer, 100, &out, &misuse)
                                     : heap_size(stage.heap, pointer, &size, &misuse);
        assert_status(status, crime->want);
        assert_status(misuse.status, crime->want);
        assert_int_equal(misuse.address.value, virt_of(pointer).value);
        assert_int_equal(misuse.block.value, virt_of(crime->block).value);
        assert_int_equal(misuse.block_size, crime->block_size);
        before.totals.misuses += way < 2; /* heap_size looks only: nothing was tried */
        assert_memory_equal(&before, stage.heap, sizeof before);
        frames_totals(stage.frames, &frames_after);
        assert_memory_equal(&frames_before, &frames_after, sizeof frames_after);
        assert_sound(model_check(&model, &stage));
    }
    assert_ptr_equal(out, &stage);
    assert_int_equal(size, 42);
    assert_status(heap_free(stage.heap, pointer, nullptr), crime->want);
}

static unsigned char *page_of_the_kernel(void)
{
    pfn_t frame;
    assert_status(frames_alloc(stage.frames, ORDER_FRAME, FRAME_KERNEL, &frame), STATUS_OK);
    return heap_pointer_to(stage.heap, frame);
}

static void misuse_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    open_stage(RAM, true);
    unsigned char *small = take(64), *waste = take(48);
    unsigned char *twice = gone(64), *run = take(100000), *window = take(3 * MIB);
    unsigned char *lost_run = gone(200000), *lost_window = gone(4 * MIB), *lost_slab = gone(3000);
    assert_int_equal(heap_trim(stage.heap), 6 * PAGE_SIZE); /* the slab of 3000 */
    unsigned char *kernel = page_of_the_kernel();
    unsigned char *record = (unsigned char *)heap_record_at(stage.heap, 0);
    unsigned char *slab_end = waste + PAGE_SIZE; /* it is the first block */
    unsigned char *ram_end = stage.ram.bytes + stage.ram.size - PAGE_SIZE;
    size_t run_size = 25 * PAGE_SIZE;
    uint64_t on_stack = 0;
    const struct crime crimes[] = {
        {"double free", twice, STATUS_NOT_ALLOCATED, twice, 64},
        {"inside a free block", twice + 20, STATUS_NOT_ALLOCATED, twice, 64},
        {"never allocated", twice + 640, STATUS_NOT_ALLOCATED, twice + 640, 64},
        {"inside", small + 16, STATUS_INSIDE_BLOCK, small, 64},
        {"misaligned", small + 1, STATUS_MISALIGNED, small, 64},
        {"the waste of a slab", slab_end - 16, STATUS_FOREIGN, nullptr, 0},
        {"a slab that went back", lost_slab, STATUS_NOT_ALLOCATED, nullptr, 0},
        {"inside a run", run + 16, STATUS_INSIDE_BLOCK, run, run_size},
        {"a later page of a run", run + PAGE_SIZE, STATUS_INSIDE_BLOCK, run, run_size},
        {"misaligned in a run", run + PAGE_SIZE + 8, STATUS_MISALIGNED, run, run_size},
        {"behind a run", run + run_size, STATUS_NOT_ALLOCATED, nullptr, 0},
        {"double free of a run", lost_run, STATUS_NOT_ALLOCATED, nullptr, 0},
        {"inside a window block", window + MIB, STATUS_INSIDE_BLOCK, window, 3 * MIB},
        {"misaligned in the window", window + 8, STATUS_MISALIGNED, window, 3 * MIB},
        {"guard below", window - 16, STATUS_FOREIGN, nullptr, 0},
        {"guard above", window + 3 * MIB, STATUS_FOREIGN, nullptr, 0},
        {"double free in the window", lost_window, STATUS_FOREIGN, nullptr, 0},
        {"somebody's page", kernel, STATUS_FOREIGN, nullptr, 0},
        {"a record of the heap", record, STATUS_FOREIGN, nullptr, 0},
        {"the stack", &on_stack, STATUS_FOREIGN, nullptr, 0},
        {"a static object", &stage, STATUS_FOREIGN, nullptr, 0},
        {"the null page", (void *)16, STATUS_FOREIGN, nullptr, 0},
        {"the last byte", (void *)UINTPTR_MAX, STATUS_FOREIGN, nullptr, 0},
        {"not canonical", (void *)((uintptr_t)1 << 62), STATUS_FOREIGN, nullptr, 0},
        {"past the end of memory", ram_end, STATUS_FOREIGN, nullptr, 0},
    };
    for (size_t i = 0; i < sizeof crimes / sizeof *crimes; i++)
        commit_crime(&crimes[i]);
    assert_status(heap_free(stage.heap, nullptr, nullptr), STATUS_OK);
    free_all();
    close_stage();
}

/* The tag of another heap over the same frames means nothing, whatever record has its number. */
static void another_heaps_blocks_are_foreign(void **state)
{
    (void)state;
    static const struct {
        size_t ours, theirs; /* the block that makes record 0; 0: there is none */
    } cases[] = {{0, 64}, {0, 100000}, {64, 64}, {100000, 100000}, {64, 100000}, {100000, 64}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_stage(RAM, false);
        void *memory, *theirs;
        struct heap *other = heap_stage_second(&stage, &memory);
        struct heap_misuse misuse;
        if (cases[i].ours != 0)
            (void)take(cases[i].ours);
        assert_status(heap_alloc(other, cases[i].theirs, &theirs), STATUS_OK);
        assert_status(heap_free(stage.heap, theirs, &misuse), STATUS_FOREIGN);
        assert_int_equal(misuse.tag.class, cases[i].theirs == 64 ? FRAME_SLAB : FRAME_HEAP_LARGE);
        assert_int_equal(misuse.block_size, 0);
        assert_status(heap_free(other, theirs, &misuse), STATUS_OK);
        assert_sound(heap_check(other));
        free(memory);
        free_all();
        close_stage();
    }
}

/* ---- setting up, and the checker itself ---- */

static void init_refuses_bad_memory(void **state)
{
    (void)state;
    open_stage(RAM, true);
    static alignas(16) unsigned char memory[sizeof(struct heap) + 32];
    struct heap *out = nullptr;
    const struct heap_window backwards = {.start = virt_addr(MIB), .end = virt_addr(0)};
    size_t size = heap_memory_size();
    assert_true(is_aligned(size, 16) && size < 32 * KIB);
    assert_status(heap_init(memory, size - 1, stage.frames, 0, nullptr, &out), STATUS_NO_MEMORY);
    assert_status(heap_init(memory + 8, size, stage.frames, 0, nullptr, &out), STATUS_MISALIGNED);
    assert_status(heap_init(memory, size, stage.frames, 16, nullptr, &out), STATUS_MISALIGNED);
    assert_status(heap_init(memory, size, stage.frames, 0, &backwards, &out), STATUS_OUT_OF_RANGE);
    assert_null(out);
    close_stage();
}

/* Break one thing, see it named, mend it. */
#define FINDS(invariant, lvalue, value)                                                            \
    do {                                                                                           \
        typeof(lvalue) kept_ = (lvalue);                                                           \
        (lvalue) = (value);                                                                        \
        expect_broken("heap " invariant);                                                          \
        (lvalue) = kept_;                                                                          \
        assert_sound(heap_check(stage.heap));                                                      \
    } while (0)

static void expect_broken(const char *invariant)
{
    const char *broken = heap_check(stage.heap);
    if (broken == nullptr || strncmp(broken, invariant, strlen(invariant)) != 0)
        fail_msg("%s wanted, but: %s", invariant, broken == nullptr ? "sound" : broken);
}

/* One of each: of two slabs of 64 bytes the first has a hole and is listed, the second is current;
 * a run, a window block and an unused record. */
static struct {
    struct heap_size_class *class;
    struct heap_record *listed, *run, *window;
} parts;

static void populate(void)
{
    open_stage(RAM, true);
    for (unsigned i = 0; i < 65; i++)
        (void)take(64);
    assert_sound(model_free(&model, stage.heap, 0));
    (void)take(50000);
    (void)take(3 * MIB);
    (void)gone(50000);
    parts.class = &stage.heap->classes[heap_class_of(64)];
    parts.listed = parts.class->partial[0];
    parts.run = heap_record_at(stage.heap, 2);
    parts.window = heap_record_at(stage.heap, 3);
    assert_non_null(parts.listed);
    assert_int_equal(parts.run->kind, HEAP_RUN);
    assert_int_equal(parts.window->kind, HEAP_WINDOW);
    assert_non_null(stage.heap->unused);
}

static void check_finds_faults_of_records(void **state)
{
    (void)state;
    populate();
    struct heap_record *listed = parts.listed, *run = parts.run, *window = parts.window;
    FINDS("H1", run->number, 7);
    FINDS("H1", run->kind, 9);
    FINDS("H1", stage.heap->unused, nullptr);
    FINDS("H1", stage.heap->unused->next, stage.heap->unused);
    FINDS("H1", stage.heap->unused->next, run);
    FINDS("H1", listed->block_count, 63);
    FINDS("H1", listed->class_index, HEAP_CLASS_COUNT);
    FINDS("H2", listed->base, listed->base + PAGE_SIZE);
    FINDS("H2", listed->base, listed->base + 64);
    FINDS("H2", run->page_count, run->page_count + 1);
    FINDS("H3", listed->free[0], 0);
    FINDS("H3", listed->free[1], 1);
    FINDS("H3", listed->free_count, 2);
    FINDS("H3", listed->free_words, 0);
    FINDS("H7", window->base, window->base + 8);
    FINDS("H7", window->base, window->base + PAGE_SIZE);
    FINDS("H7", window->page_count, STAGE_WINDOW_SIZE);
    FINDS("H7", window->previous, run);
    free_all();
    close_stage();
}

static void check_finds_faults_of_classes(void **state)
{
    (void)state;
    populate();
    struct heap_size_class *class = parts.class;
    FINDS("H4", class->partial_bins, 0U);
    FINDS("H4", class->partial[0], nullptr);
    FINDS("H4", parts.listed->next, parts.listed);
    FINDS("H4", parts.listed->bin, 1);
    FINDS("H4", class->spare, class->current);
    FINDS("H4", class->current, parts.run);
    FINDS("H4", stage.heap->no_slab.free_words, 1);
    FINDS("H5", class->live, 3U);
    FINDS("H5", class->slabs, 3U);
    struct heap_totals *totals = &stage.heap->totals;
    FINDS("H8", totals->held_bytes, totals->held_bytes - 1);
    FINDS("H8", totals->slabs, 0U);
    FINDS("H8", totals->large_blocks, 0U);
    FINDS("H8", totals->window_blocks, 0U);
    FINDS("H8", totals->live_blocks, 0U);
    FINDS("H8", totals->live_bytes, 0U);
    FINDS("H8", totals->frees, 0U);
    FINDS("H8", totals->live_bytes_peak, 0U);
    FINDS("H8", totals->live_blocks_peak, 0U);
    FINDS("H8", totals->held_bytes_peak, 0U);
    free_all();
    close_stage();
}

/* Hide the spare slab while the current one falls idle. */
static void check_finds_a_second_idle_slab(void **state)
{
    (void)state;
    open_stage(RAM, false);
    struct heap_size_class *class = &stage.heap->classes[heap_class_of(64)];
    for (unsigned i = 0; i < 2 * 64; i++)
        (void)take(64);
    for (size_t i = 64; i > 0; i--)
        assert_sound(model_free(&model, stage.heap, i - 1));
    struct heap_record *spare = class->spare;
    assert_non_null(spare);
    class->spare = nullptr;
    for (unsigned i = 0; i < 64; i++)
        assert_sound(model_free(&model, stage.heap, 0));
    class->spare = spare;
    expect_broken("heap H6");
    heap_stage_close(&stage);
}

/* Where going on would give out what is not free, or let go of what is not: the heap stops and names the rule. */
static void damage_stops_the_heap(void **state)
{
    (void)state;
    populate();
    struct heap *heap = stage.heap;
    struct heap_size_class *class = parts.class;
    unsigned char *window = (unsigned char *)(uintptr_t)parts.window->base;
    unsigned char *run = (unsigned char *)(uintptr_t)parts.run->base;
    void *out;
    assert_rule_broken(H1, {
        heap->unused->kind = HEAP_RUN;
        (void)!heap_alloc(heap, 60000, &out);
    });
    assert_rule_broken(H2, {
        for (unsigned i = heap_class_of(4096); i < HEAP_CLASS_COUNT; i++)
            heap->classes[i].alignment = 16;
        (void)!heap_alloc_aligned(heap, 64, 4096, &out);
    });
    assert_rule_broken(H3, {
        class->current->free[0] = 0; /* free_words says otherwise */
        (void)!heap_alloc(heap, 64, &out);
    });
    assert_rule_broken(H4, {
        parts.listed->previous = parts.run;
        heap_slab_give(heap, parts.listed, 5);
    });
    assert_rule_broken(H4, {
        class->spare = parts.listed; /* it has live blocks */
        (void)heap_trim(heap);
    });
    assert_rule_broken(H5, {
        class->live = 0;
        heap_slab_give(heap, parts.listed, 5);
    });
    assert_rule_broken(H6, {
        class->spare = parts.listed;
        class->current->free_count = class->block_count;
        (void)heap_trim(heap);
    });
    assert_rule_broken(H7, {
        parts.window->previous = parts.run;
        (void)!heap_free(heap, window, nullptr);
    });
    assert_rule_broken(H8, {
        heap->totals.live_bytes = 0;
        (void)!heap_free(heap, run, nullptr);
    });
    free_all();
    close_stage();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_refused_and_changes_nothing),
        cmocka_unit_test(another_heaps_blocks_are_foreign),
        cmocka_unit_test(init_refuses_bad_memory),
        cmocka_unit_test(check_finds_faults_of_records),
        cmocka_unit_test(check_finds_faults_of_classes),
        cmocka_unit_test(check_finds_a_second_idle_slab),
        cmocka_unit_test(damage_stops_the_heap),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
