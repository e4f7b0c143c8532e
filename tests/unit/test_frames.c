/* SPDX-License-Identifier: MIT
 * The contract of include/mm/frames.h: what is given, what is refused, and what the answers say. */
#include "frames_fixture.h"

static void test_sizes_and_init(void **state)
{
    (void)state;
    struct frame_allocator *fa = nullptr;
    alignas(16) static unsigned char memory[65536];
    assert_int_equal(frames_memory_size(SIZE_MAX / 8, pfn(SECTION)), 0);
    assert_int_equal(frames_memory_size(8, pfn(UINT64_MAX)), 0);
    /* 8 bytes per 64 GiB. */
    assert_int_equal(
        frames_memory_size(8, pfn(128 * SECTION)) - frames_memory_size(8, pfn(64 * SECTION)), 8);
    size_t size = frames_memory_size(8, pfn(SECTION));
    assert_status(frames_init(memory, size - 1, 8, pfn(SECTION), 0, nullptr, &fa),
                  STATUS_NO_MEMORY);
    assert_status(frames_init(memory + 1, size, 8, pfn(SECTION), 0, nullptr, &fa),
                  STATUS_MISALIGNED);
    assert_status(frames_init(memory, size, 8, pfn(UINT64_MAX), 0, nullptr, &fa), STATUS_OVERFLOW);
    assert_null(fa);
    assert_status(frames_init(memory, size, 8, pfn(SECTION), 0, nullptr, &fa), STATUS_OK);

    pfn_t first = pfn(77);
    assert_status(frames_alloc(fa, ORDER_FRAME, FRAME_TEST, &first), STATUS_NO_MEMORY);
    assert_status(frames_alloc(fa, ORDER_BLOCK, FRAME_TEST, &first), STATUS_NO_MEMORY);
    assert_status(frames_alloc(fa, ORDER_SECTION, FRAME_TEST, &first), STATUS_NO_MEMORY);
    assert_status(frames_alloc_run(fa, 1, 1, FRAME_TEST, 0, &first), STATUS_NO_MEMORY);
    assert_int_equal(first.value, 77);
    assert_int_equal(frames_largest_run(fa), 0);
    assert_sound(frames_check(fa));
}

static void test_put_range_refusals(void **state)
{
    (void)state;
    struct machine m = machine_create(2 * SECTION, nullptr);
    put(&m, 1000, 100, 0);
    const struct {
        const char *crime;
        uint64_t first, count;
        uint32_t node;
        status_t want;
    } cases[] = {
        {"empty", 5000, 0, 0, STATUS_BAD_ORDER},
        {"same", 1000, 100, 0, STATUS_OVERLAP},
        {"inside", 1050, 1, 0, STATUS_OVERLAP},
        {"around", 900, 300, 0, STATUS_OVERLAP},
        {"over the start", 999, 2, 0, STATUS_OVERLAP},
        {"over the end", 1099, 2, 0, STATUS_OVERLAP},
        {"above the limit", 2 * SECTION, 1, 0, STATUS_OUT_OF_RANGE},
        {"over the limit", 2 * SECTION - 1, 2, 0, STATUS_OUT_OF_RANGE},
        {"wraps around", UINT64_MAX, 2, 0, STATUS_OUT_OF_RANGE},
        {"no such node", 5000, 1, NODES_MAX, STATUS_OUT_OF_RANGE},
    };
    const struct frame_totals before = totals_of(&m);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame_span span = {pfn(cases[i].first), cases[i].count, cases[i].node};
        print_message("put: %s\n", cases[i].crime);
        assert_status(frames_put_range(m.fa, span), cases[i].want);
        assert_unchanged(&m, &before);
    }
    for (unsigned i = 1; i < FIXTURE_SPANS; i++)
        put(&m, 1000 + i * 200, 100, 0);
    assert_status(frames_put_range(m.fa, (struct frame_span){pfn(9000), 1, 0}), STATUS_FULL);
    put(&m, 1100, 100, 0); /* joins its neighbours, so it needs no entry but frees one */
    put(&m, 9000, 1, 0);
    machine_destroy(&m);
}

static void test_spans_join(void **state)
{
    (void)state;
    struct machine m = machine_create(SECTION, nullptr);
    put(&m, 100, 10, 0);
    put(&m, 120, 10, 0);
    put(&m, 110, 10, 0);
    put(&m, 130, 10, 1);
    put(&m, 90, 10, 0);
    size_t count;
    const struct frame_span *spans = frames_spans(m.fa, &count);
    assert_int_equal(count, 2);
    assert_int_equal(spans[0].first.value, 90);
    assert_int_equal(spans[0].count, 40);
    assert_int_equal(spans[1].node, 1);
    assert_int_equal(frames_node_totals(m.fa, 0).managed, 40);
    assert_int_equal(frames_node_totals(m.fa, 1).free, 10);
    machine_destroy(&m);
}

/* 64 MiB with ragged edges, and one of everything in it. */
struct things {
    struct machine m;
    uint64_t frame, freed;  /* in a ragged block */
    uint64_t stack, popped; /* in a whole one */
    uint64_t block, run, reserved, offline;
};

static struct things things_create(void)
{
    struct things t = {.m = machine_create(2 * SECTION, nullptr)};
    put(&t.m, 259, 16384 - 259 - 5, 0);
    t.frame = take(&t.m, ORDER_FRAME, FRAME_KERNEL);
    t.freed = take(&t.m, ORDER_FRAME, FRAME_KERNEL);
    t.stack = take(&t.m, ORDER_FRAME, FRAME_STACK);
    take(&t.m, ORDER_FRAME, FRAME_STACK);
    t.popped = take(&t.m, ORDER_FRAME, FRAME_STACK);
    t.block = take(&t.m, ORDER_BLOCK, FRAME_USER);
    t.run = take_run(&t.m, 2 * BLOCK + 7, 1, FRAME_SLAB, 4711);
    t.reserved = 10 * BLOCK + 3;
    assert_status(frames_reserve(t.m.fa, pfn(t.reserved), 20), STATUS_OK);
    t.offline = 12 * BLOCK;
    assert_status(frames_offline(t.m.fa, pfn(t.offline), BLOCK), STATUS_OK);
    assert_status(frames_free(t.m.fa, pfn(t.freed), ORDER_FRAME), STATUS_OK);
    assert_status(frames_free(t.m.fa, pfn(t.popped), ORDER_FRAME), STATUS_OK);
    return t;
}

static void test_free_crimes(void **state)
{
    (void)state;
    struct things t = things_create();
    const struct {
        const char *crime;
        uint64_t first;
        unsigned order;
        status_t want;
    } cases[] = {
        {"no such order", t.frame, 1, STATUS_BAD_ORDER},
        {"huge order", t.frame, UINT32_MAX, STATUS_BAD_ORDER},
        {"double free", t.freed, ORDER_FRAME, STATUS_NOT_ALLOCATED},
        {"double free, warm", t.popped, ORDER_FRAME, STATUS_NOT_ALLOCATED},
        {"split block", t.stack, ORDER_BLOCK, STATUS_WRONG_ORDER},
        {"below the memory", 258, ORDER_FRAME, STATUS_OUT_OF_RANGE},
        {"behind the memory", 16380, ORDER_FRAME, STATUS_OUT_OF_RANGE},
        {"far behind the memory", SECTION + 5, ORDER_FRAME, STATUS_OUT_OF_RANGE},
        {"above the limit", 2 * SECTION, ORDER_FRAME, STATUS_OUT_OF_RANGE},
        {"last of all", UINT64_MAX, ORDER_FRAME, STATUS_OUT_OF_RANGE},
        {"absent block", 0, ORDER_BLOCK, STATUS_OUT_OF_RANGE},
        {"misaligned block", t.block + 1, ORDER_BLOCK, STATUS_MISALIGNED},
        {"misaligned section", t.block, ORDER_SECTION, STATUS_MISALIGNED},
        {"free block", 30 * BLOCK, ORDER_BLOCK, STATUS_NOT_ALLOCATED},
        {"frame of a block", t.block, ORDER_FRAME, STATUS_WRONG_ORDER},
        {"frame inside a block", t.block + 9, ORDER_FRAME, STATUS_WRONG_ORDER},
        {"frame of a run", t.run, ORDER_FRAME, STATUS_WRONG_ORDER},
        {"last frame of a run", t.run + 2 * BLOCK + 6, ORDER_FRAME, STATUS_WRONG_ORDER},
        {"block of a run", t.run, ORDER_BLOCK, STATUS_WRONG_ORDER},
        {"reserved", t.reserved, ORDER_FRAME, STATUS_WRONG_ORDER},
        {"offline", t.offline, ORDER_FRAME, STATUS_OFFLINE},
        {"offline block", t.offline, ORDER_BLOCK, STATUS_OFFLINE},
        {"metadata", 259, ORDER_FRAME, STATUS_FOREIGN},
        {"section above", SECTION, ORDER_SECTION, STATUS_OUT_OF_RANGE},
    };
    const struct frame_totals before = totals_of(&t.m);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("free: %s\n", cases[i].crime);
        assert_status(frames_free(t.m.fa, pfn(cases[i].first), cases[i].order), cases[i].want);
        assert_unchanged(&t.m, &before);
    }
    machine_destroy(&t.m);
}

static void test_free_run_crimes(void **state)
{
    (void)state;
    struct things t = things_create();
    const uint64_t count = 2 * BLOCK + 7;
    const struct {
        const char *crime;
        uint64_t first, count;
        status_t want;
    } cases[] = {
        {"nothing", t.run, 0, STATUS_BAD_ORDER},
        {"too much", t.run, SECTION + 1, STATUS_BAD_ORDER},
        {"too short", t.run, count - 1, STATUS_WRONG_ORDER},
        {"one block of it", t.run, BLOCK, STATUS_WRONG_ORDER},
        {"too long", t.run, count + 1, STATUS_WRONG_ORDER},
        {"its second frame", t.run + 1, count - 1, STATUS_INSIDE_BLOCK},
        {"its second block", t.run + BLOCK, BLOCK + 7, STATUS_INSIDE_BLOCK},
        {"its tail", t.run + 2 * BLOCK, 7, STATUS_INSIDE_BLOCK},
        {"a single frame", t.frame, 1, STATUS_WRONG_ORDER},
        {"a block", t.block, BLOCK, STATUS_WRONG_ORDER},
        {"free frames", t.freed, 1, STATUS_NOT_ALLOCATED},
        {"metadata", 260, 8, STATUS_FOREIGN},
        {"offline", t.offline, BLOCK, STATUS_OFFLINE},
        {"not managed", 0, 1, STATUS_OUT_OF_RANGE},
        {"last of all", UINT64_MAX, 1, STATUS_OUT_OF_RANGE},
        {"half of what is reserved", t.reserved, 10, STATUS_WRONG_ORDER},
    };
    const struct frame_totals before = totals_of(&t.m);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("free run: %s\n", cases[i].crime);
        assert_status(frames_free_run(t.m.fa, pfn(cases[i].first), cases[i].count), cases[i].want);
        assert_unchanged(&t.m, &before);
    }
    assert_status(frames_free_run(t.m.fa, pfn(t.run), count), STATUS_OK);
    assert_status(frames_free_run(t.m.fa, pfn(t.reserved), 20), STATUS_OK);
    machine_destroy(&t.m);
}

static void test_alloc_crimes(void **state)
{
    (void)state;
    struct things t = things_create();
    const struct frame_totals before = totals_of(&t.m);
    const enum frame_class bad[] = {FRAME_FREE, FRAME_METADATA, FRAME_RESERVED, FRAME_OFFLINE,
                                    FRAME_UNMANAGED};
    struct frame_allocator *fa = t.m.fa;
    pfn_t out = pfn(5);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(frames_alloc(fa, ORDER_FRAME, bad[i], &out), STATUS_UNSUPPORTED);
        assert_status(frames_alloc_run(fa, 1, 1, bad[i], 0, &out), STATUS_UNSUPPORTED);
    }
    assert_status(frames_alloc(fa, 3, FRAME_TEST, &out), STATUS_BAD_ORDER);
    assert_status(frames_alloc(fa, ORDER_SECTION, FRAME_TEST, &out), STATUS_NO_MEMORY);
    assert_status(frames_alloc_run(fa, 0, 1, FRAME_TEST, 0, &out), STATUS_BAD_ORDER);
    assert_status(frames_alloc_run(fa, SECTION + 1, 1, FRAME_TEST, 0, &out), STATUS_BAD_ORDER);
    assert_status(frames_alloc_run(fa, UINT64_MAX, 1, FRAME_TEST, 0, &out), STATUS_BAD_ORDER);
    assert_status(frames_alloc_run(fa, 1, 0, FRAME_TEST, 0, &out), STATUS_MISALIGNED);
    assert_status(frames_alloc_run(fa, 1, 3, FRAME_TEST, 0, &out), STATUS_MISALIGNED);
    assert_status(frames_alloc_run(fa, 1, 1, FRAME_TEST, 1u << 24, &out), STATUS_OVERFLOW);
    assert_status(frames_alloc_run(fa, 1, UINT64_C(1) << 63, FRAME_TEST, 0, &out),
                  STATUS_NO_MEMORY);
    assert_status(frames_alloc_run(fa, SECTION, 1, FRAME_TEST, 0, &out), STATUS_NO_MEMORY);
    assert_status(frames_reserve(fa, pfn(t.freed), 0), STATUS_BAD_ORDER);
    assert_status(frames_reserve(fa, pfn(t.frame), 1), STATUS_IN_USE);
    assert_status(frames_reserve(fa, pfn(t.block - 1), 2), STATUS_IN_USE);
    assert_status(frames_offline(fa, pfn(t.offline), 1), STATUS_IN_USE);
    assert_status(frames_reserve(fa, pfn(16370), 20), STATUS_OUT_OF_RANGE);
    assert_status(frames_reserve(fa, pfn(2 * SECTION - 1), 2), STATUS_OUT_OF_RANGE);
    assert_status(frames_offline(fa, pfn(UINT64_MAX), 2), STATUS_OUT_OF_RANGE);
    assert_int_equal(out.value, 5);
    assert_unchanged(&t.m, &before);
    machine_destroy(&t.m);
}

static void test_owner_always_answers(void **state)
{
    (void)state;
    struct things t = things_create();
    const uint64_t count = 2 * BLOCK + 7;
    const struct {
        uint64_t frame;
        enum frame_class class;
        bool exact, is_run;
        uint64_t first, count;
        uint32_t value;
    } cases[] = {
        {0, FRAME_UNMANAGED, true, false, 0, 1, 0},
        {UINT64_MAX, FRAME_UNMANAGED, true, false, UINT64_MAX, 1, 0},
        {259, FRAME_METADATA, false, false, 259, 1, 0},
        {t.frame, FRAME_KERNEL, false, false, t.frame, 1, 0},
        {t.freed, FRAME_FREE, true, false, t.freed, 1, 0},
        {t.block + 511, FRAME_USER, true, false, t.block, BLOCK, 0},
        {t.run, FRAME_SLAB, true, true, t.run, count, 4711},
        {t.run + 100, FRAME_SLAB, true, true, t.run, count, 4711},
        {t.run + BLOCK, FRAME_SLAB, true, true, t.run, count, 4711},
        {t.run + count - 1, FRAME_SLAB, true, true, t.run, count, 4711},
        {t.reserved + 19, FRAME_RESERVED, true, true, t.reserved, 20, 0},
        {t.offline + 3, FRAME_OFFLINE, true, true, t.offline, BLOCK, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct frame_owner owner = frames_owner(t.m.fa, pfn(cases[i].frame));
        assert_string_equal(frame_class_name(owner.class), frame_class_name(cases[i].class));
        assert_int_equal(owner.exact, cases[i].exact);
        assert_int_equal(owner.is_run, cases[i].is_run);
        assert_int_equal(owner.first.value, cases[i].first);
        assert_int_equal(owner.count, cases[i].count);
        assert_int_equal(owner.value, cases[i].value);
        const struct frame_tag tag = frames_tag(t.m.fa, pfn(cases[i].frame));
        assert_int_equal(tag.class, cases[i].is_run ? cases[i].class : FRAME_UNMANAGED);
        assert_int_equal(tag.value, cases[i].value);
    }
    assert_string_equal(frame_class_name(FRAME_HEAP_LARGE), "heap large block");
    assert_string_equal(frame_class_name(FRAME_CLASS_COUNT), "invalid class");
    machine_destroy(&t.m);
}

static void test_classes_stay_apart(void **state)
{
    (void)state;
    struct machine m = machine_create(SECTION, nullptr);
    put(&m, 0, 64 * BLOCK, 0);
    uint64_t kernel = take(&m, ORDER_FRAME, FRAME_KERNEL);
    uint64_t user = take(&m, ORDER_FRAME, FRAME_USER);
    uint64_t slab = take_run(&m, 4, 1, FRAME_SLAB, 1);
    assert_int_equal(kernel, BLOCK); /* block 0 is the metadata's: lowest first */
    assert_int_equal(user, 2 * BLOCK);
    assert_int_equal(slab, 3 * BLOCK);
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_KERNEL), BLOCK + 1);
    assert_int_equal(take_run(&m, 8, 8, FRAME_SLAB, 1), 3 * BLOCK + 8);
    machine_destroy(&m);
}

static void test_fullest_block_first(void **state)
{
    (void)state;
    struct machine m = machine_create(SECTION, nullptr);
    put(&m, 0, 64 * BLOCK, 0);
    uint64_t first = take(&m, ORDER_FRAME, FRAME_TEST), last = first;
    while (last < first + 2 * BLOCK)
        last = take(&m, ORDER_FRAME, FRAME_TEST);
    /* Blocks: full, full, one frame. What is emptied most is used last. */
    for (uint64_t i = 0; i < 300; i++)
        assert_status(frames_free(m.fa, pfn(first + i), ORDER_FRAME), STATUS_OK);
    assert_status(frames_free(m.fa, pfn(first + BLOCK + 5), ORDER_FRAME), STATUS_OK);
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_TEST), first + BLOCK + 5);
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_TEST), first);
    machine_destroy(&m);
}

/* All memory in one class, then holes: other classes move in, with an owner word each. */
static void test_short_of_memory(void **state)
{
    (void)state;
    struct machine m = machine_create(SECTION, nullptr);
    put(&m, 3, 16 * BLOCK, 0);
    pfn_t frame;
    uint64_t count = 0;
    while (frames_alloc(m.fa, ORDER_FRAME, FRAME_USER, &frame) == STATUS_OK)
        count++;
    assert_int_equal(totals_of(&m).free, 0);
    assert_int_equal(totals_of(&m).by_class[FRAME_USER], count);
    /* The table of the metadata's block, whose last frames had to be shared. */
    assert_int_equal(count, 16 * BLOCK - FIRST_METADATA - 1);
    assert_sound(frames_check(m.fa));

    const uint64_t hole = 7 * BLOCK;
    assert_status(frames_free(m.fa, pfn(hole), ORDER_FRAME), STATUS_OK);
    assert_status(frames_alloc(m.fa, ORDER_FRAME, FRAME_STACK, &frame), STATUS_NO_MEMORY);
    assert_status(frames_free(m.fa, pfn(hole + 1), ORDER_FRAME), STATUS_OK);
    uint64_t stack = take(&m, ORDER_FRAME, FRAME_STACK); /* the other one is its table */
    assert_true(stack == hole || stack == hole + 1);
    assert_true(frames_owner(m.fa, pfn(stack)).exact);
    assert_string_equal(frame_class_name(frames_owner(m.fa, pfn(stack)).class), "stack");
    assert_status(frames_free(m.fa, pfn(stack ^ 1), ORDER_FRAME), STATUS_FOREIGN);
    assert_sound(frames_check(m.fa));
    assert_status(frames_free(m.fa, pfn(stack), ORDER_FRAME), STATUS_OK);
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_USER), stack);
    machine_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_and_init),       cmocka_unit_test(test_put_range_refusals),
        cmocka_unit_test(test_spans_join),           cmocka_unit_test(test_free_crimes),
        cmocka_unit_test(test_free_run_crimes),      cmocka_unit_test(test_alloc_crimes),
        cmocka_unit_test(test_owner_always_answers), cmocka_unit_test(test_classes_stay_apart),
        cmocka_unit_test(test_fullest_block_first),  cmocka_unit_test(test_short_of_memory),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
