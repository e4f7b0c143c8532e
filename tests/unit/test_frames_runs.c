/* SPDX-License-Identifier: MIT
 * Runs of frames: lengths and alignments, and the largest one that could be had. */
#include "frames_fixture.h"

static void test_runs(void **state)
{
    (void)state;
    struct machine m = machine_create(SECTION, nullptr);
    put(&m, 100, 100 * BLOCK, 0);
    const struct {
        uint64_t count, alignment;
    } wanted[] = {{1, 1},         {1, 64},    {3, 16},      {64, 1},          {65, 128},
                  {511, 1},       {512, 512}, {513, 1},     {1000, 256},      {1024, 1024},
                  {7 * 512, 512}, {1, 4096},  {1537, 2048}, {10 * 512 + 1, 1}};
    constexpr size_t RUNS = sizeof wanted / sizeof wanted[0];
    uint64_t first[RUNS];
    uint64_t free = totals_of(&m).free;
    for (size_t i = 0; i < RUNS; i++) {
        first[i] =
            take_run(&m, wanted[i].count, wanted[i].alignment, FRAME_HEAP_LARGE, (uint32_t)i + 1);
        assert_true(is_aligned(first[i], wanted[i].alignment));
        assert_sound(frames_check(m.fa));
    }
    for (size_t i = 0; i < RUNS; i++) {
        for (uint64_t frame = first[i]; frame < first[i] + wanted[i].count; frame++)
            assert_int_equal(frames_tag(m.fa, pfn(frame)).value, i + 1);
        assert_status(frames_free_run(m.fa, pfn(first[i]), wanted[i].count), STATUS_OK);
        assert_status(frames_free_run(m.fa, pfn(first[i]), wanted[i].count), STATUS_NOT_ALLOCATED);
        assert_sound(frames_check(m.fa));
    }
    /* What is left are tables, which stay. */
    assert_int_equal(totals_of(&m).by_class[FRAME_HEAP_LARGE], 0);
    assert_true(free - totals_of(&m).free < FIRST_METADATA + 2 * RUNS);
    machine_destroy(&m);
}

static void test_largest_run(void **state)
{
    (void)state;
    struct random r = random_start("frames largest run", 1);
    for (unsigned round = 0; round < 30; round++) {
        struct machine m = machine_create(2 * SECTION, nullptr);
        put(&m, 100, 1 + random_below(&r, 40 * BLOCK), 0);
        put(&m, SECTION, 1 + random_below(&r, 30 * BLOCK), 0);
        for (uint64_t i = random_below(&r, 40); i > 0; i--) {
            pfn_t first;
            (void)!frames_alloc_run(m.fa, 1 + random_below(&r, 300), 1 + random_below(&r, 2),
                                    FRAME_SLAB, 0, &first);
            (void)!frames_reserve(m.fa, pfn(random_below(&r, 40 * BLOCK)), 1);
        }
        uint64_t largest = frames_largest_run(m.fa);
        pfn_t first;
        if (largest > 0)
            take_run(&m, largest, 1, FRAME_HEAP_LARGE, 0);
        else
            assert_status(frames_alloc_run(m.fa, 1, 1, FRAME_TEST, 0, &first), STATUS_NO_MEMORY);
        machine_destroy(&m);
    }
}

/* ---- the last frames ---- */

struct hole {
    uint64_t first, count;
};

/* Eight blocks, every frame taken but those of the holes; only blocks 0 and 1 have an owner table. */
static struct machine full_machine(const struct hole holes[2])
{
    struct machine m = machine_create(SECTION, nullptr);
    put(&m, 0, 8 * BLOCK, 0);
    pfn_t frame;
    while (frames_alloc(m.fa, ORDER_FRAME, FRAME_KERNEL, &frame) == STATUS_OK) {
    }
    assert_int_equal(totals_of(&m).free, 0);
    for (unsigned i = 0; i < 2; i++)
        for (uint64_t at = holes[i].first; at < holes[i].first + holes[i].count; at++)
            assert_status(frames_free(m.fa, pfn(at), ORDER_FRAME), STATUS_OK);
    return m;
}

/* A run needs an owner table for its first block and for its last: where no other frame is free, it must leave them
 * free. What is told can be had, and not one frame more. */
static void test_largest_run_leaves_tables(void **state)
{
    (void)state;
    const struct {
        struct hole holes[2];
        uint64_t largest;
    } cases[] = {
        {{{3 * BLOCK + 10, 50}, {0, 0}}, 49},
        {{{3 * BLOCK - 20, 50}, {0, 0}}, 49},           /* across the blocks of a pair */
        {{{4 * BLOCK - 20, 50}, {0, 0}}, 48},           /* across two pairs */
        {{{BLOCK + 5, 50}, {0, 0}}, 50},                /* there is a table */
        {{{3 * BLOCK + 10, 50}, {BLOCK + 100, 1}}, 50}, /* its table lies in the other hole */
        {{{4 * BLOCK - 20, 50}, {BLOCK + 100, 1}}, 49}, /* one of its two does */
        {{{4 * BLOCK - 20, 50}, {BLOCK + 100, 2}}, 50}, /* both do */
        {{{2 * BLOCK, BLOCK}, {0, 0}}, BLOCK},          /* a whole block needs none */
        {{{4 * BLOCK, BLOCK + 1}, {0, 0}}, BLOCK},      /* the one behind a whole block does */
        {{{7 * BLOCK, 1}, {0, 0}}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint64_t largest = cases[i].largest;
        struct machine m = full_machine(cases[i].holes), other = full_machine(cases[i].holes);
        print_message("case %zu\n", i);
        pfn_t first;
        assert_int_equal(frames_largest_run(m.fa), largest);
        assert_status(frames_alloc_run(m.fa, largest + 1, 1, FRAME_HEAP_LARGE, 0, &first),
                      STATUS_NO_MEMORY);
        if (largest != 0)
            take_run(&other, largest, 1, FRAME_HEAP_LARGE, 0);
        machine_destroy(&m);
        machine_destroy(&other);
    }
}

/* The same where nothing was touched: metadata comes first, and at the most two tables are left. */
static void test_largest_run_of_untouched(void **state)
{
    (void)state;
    for (uint64_t count = FIRST_METADATA; count < 40; count++) {
        struct machine m = machine_create(SECTION, nullptr);
        put(&m, 100, count, 0);
        const uint64_t largest = frames_largest_run(m.fa);
        pfn_t first;
        assert_int_equal(largest, count > FIRST_METADATA + 2 ? count - FIRST_METADATA - 2 : 0);
        assert_status(frames_alloc_run(m.fa, largest + 2, 1, FRAME_HEAP_LARGE, 0, &first),
                      STATUS_NO_MEMORY);
        if (largest != 0)
            take_run(&m, largest, 1, FRAME_HEAP_LARGE, 0);
        machine_destroy(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_largest_run),
        cmocka_unit_test(test_largest_run_leaves_tables),
        cmocka_unit_test(test_largest_run_of_untouched),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
