/* SPDX-License-Identifier: MIT
 * The kernel heap: classes, alignment, sizes, resize, accounts. */
#include "unit/heap_fixture.h"

/* ---- classes ---- */

static void every_size_has_the_smallest_class(void **state)
{
    (void)state;
    open_stage(RAM, false);
    struct heap_class class, below = {0};
    for (size_t size = 1; size <= HEAP_SLAB_MAX; size++) {
        unsigned index = heap_class_of(size);
        assert_true(heap_class_get(stage.heap, index, &class));
        assert_true(class.block_size >= size);
        if (index > 0 && heap_class_get(stage.heap, index - 1, &below))
            assert_true(below.block_size < size);
        if (size > 128)
            assert_true((class.block_size - size) * 9 < class.block_size);
    }
    assert_int_equal(class.block_size, HEAP_SLAB_MAX);
    assert_false(heap_class_get(stage.heap, HEAP_CLASS_COUNT, &class));
    close_stage();
}

/* The rule at the top of mm/heap/heap.c, said again the naive way. */
static size_t slab_pages_by_rule(size_t block_size)
{
    size_t best = 0;
    for (size_t pages = 16; pages >= 1; pages--) {
        size_t size = pages * PAGE_SIZE, count = size / block_size;
        bool tight = size % block_size <= size / 32;
        bool best_has_8 = best * PAGE_SIZE / block_size >= 8;
        if (tight && (count >= 8 || (!best_has_8 && count >= best * PAGE_SIZE / block_size)))
            best = pages;
    }
    return best;
}

static void slabs_follow_the_rule(void **state)
{
    (void)state;
    open_stage(RAM, false);
    for (unsigned i = 0; i < HEAP_CLASS_COUNT; i++) {
        const struct heap_size_class *class = &stage.heap->classes[i];
        size_t slab_size = class->page_count * PAGE_SIZE;
        assert_int_equal(class->page_count, slab_pages_by_rule(class->block_size));
        assert_true(class->block_count >= 2 && class->block_count <= HEAP_SLAB_BLOCKS_MAX);
        assert_true(class->block_count >= 8 || class->block_size > 8192);
        for (uint64_t offset = 0; offset < slab_size; offset++) /* the reciprocal is exact */
            if (offset * class->reciprocal >> 32 != offset / class->block_size)
                fail_msg("class %u, offset %llu", i, (unsigned long long)offset);
    }
    close_stage();
}

/* ---- alignment ---- */

static void blocks_are_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,     1,     17,    48,     100,     1000,    4096,       5000,
                                   16385, 32768, 32769, 100000, 2 * MIB, 5 * MIB, 2 * MIB + 1};
    open_stage(3 * GIB, true);
    for (unsigned i = 0; i < HEAP_CLASS_COUNT; i++)
        for (unsigned n = 0; n < 3; n++) {
            size_t size = stage.heap->classes[i].block_size;
            assert_sound(model_alloc(&model, stage.heap, size, size & -size, nullptr));
            assert_int_equal(model.blocks[model.count - 1].usable, size);
        }
    free_all();
    for (size_t alignment = 1; alignment <= GIB; alignment *= 2)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            status_t status;
            assert_sound(model_alloc(&model, stage.heap, sizes[i], alignment, &status));
            /* A section's own metadata may lie where it would have to start. */
            assert_true(status == STATUS_OK || alignment == GIB);
            if (model.count > 5)
                assert_sound(model_free(&model, stage.heap, 0));
        }
    free_all();
    close_stage();
}

static void alignment_is_never_less_than_said(void **state)
{
    (void)state;
    static const size_t bad[] = {0, 3, 24, 2 * GIB, SIZE_MAX, (size_t)1 << 63};
    open_stage(RAM, false);
    void *block = &stage;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_status(heap_alloc_aligned(stage.heap, 1, bad[i], &block), STATUS_MISALIGNED);
    close_stage();
    heap_stage_open(&stage, RAM, false, 2 * PAGE_SIZE); /* the map itself is not aligned better */
    assert_sound(model_alloc(&model, stage.heap, 1, 2 * PAGE_SIZE, nullptr));
    assert_status(heap_alloc_aligned(stage.heap, 1, 4 * PAGE_SIZE, &block), STATUS_MISALIGNED);
    assert_ptr_equal(block, &stage);
    free_all();
    close_stage();
}

/* ---- sizes that cannot be ---- */

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    open_stage(RAM, false);
    static const struct {
        size_t count, size;
        status_t want;
    } cases[] = {
        {1, SIZE_MAX, STATUS_OVERFLOW},
        {1, SIZE_MAX - 15, STATUS_OVERFLOW},
        {1, SIZE_MAX - PAGE_SIZE + 2, STATUS_OVERFLOW},
        {1, GIB + 1, STATUS_OVERFLOW},
        {1, GIB, STATUS_NO_MEMORY},
        {2, SIZE_MAX / 2 + 1, STATUS_OVERFLOW}, /* the product is 0 */
        {SIZE_MAX, SIZE_MAX, STATUS_OVERFLOW},
        {(size_t)1 << 32, (size_t)1 << 32, STATUS_OVERFLOW},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heap_totals before = totals_now();
        void *block = &stage;
        assert_status(heap_alloc_zeroed(stage.heap, cases[i].count, cases[i].size, &block),
                      cases[i].want);
        if (cases[i].count == 1) {
            assert_status(heap_alloc(stage.heap, cases[i].size, &block), cases[i].want);
            assert_status(heap_alloc_aligned(stage.heap, cases[i].size, GIB, &block),
                          cases[i].want);
            before.refusals += 2;
        }
        before.refusals++;
        assert_ptr_equal(block, &stage);
        struct heap_totals after = totals_now();
        assert_memory_equal(&before, &after, sizeof before);
        assert_sound(model_check(&model, &stage));
    }
    close_stage();
    open_stage(RAM, true); /* with a window, its size is the limit */
    void *block;
    assert_status(heap_alloc(stage.heap, STAGE_WINDOW_SIZE + 1, &block), STATUS_OVERFLOW);
    assert_status(heap_alloc(stage.heap, STAGE_WINDOW_SIZE, &block), STATUS_NO_MEMORY);
    close_stage();
}

/* ---- resize, zeroing, finding ---- */

static void resizes_in_place_where_it_can(void **state)
{
    (void)state;
    open_stage(RAM, true);
    static const struct {
        size_t from, to;
        bool in_place;
    } cases[] = {
        {1, 16, true},         {16, 0, true},
        {17, 32, true},        {32, 33, false},
        {33, 32, false},       {1000, 1024, true},
        {20000, 40000, false}, {40000, 40960, true},
        {40000, 40961, true},  {40960, 36865, true},
        {300000, 40000, true}, {40000, 32768, false},
        {3 * MIB, 100, false}, {3 * MIB, 3 * MIB - 1, true},
        {MIB, 2 * MIB, true},  {2 * MIB, 2 * MIB + 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char *before = take(cases[i].from);
        assert_sound(model_resize(&model, stage.heap, model.count - 1, cases[i].to, nullptr));
        assert_int_equal(model.blocks[model.count - 1].start == before, cases[i].in_place);
        assert_sound(model_check(&model, &stage));
    }
    void *block;
    assert_status(heap_resize(stage.heap, nullptr, 10, &block, nullptr), STATUS_OK);
    assert_status(heap_free(stage.heap, block, nullptr), STATUS_OK);
    free_all();
    close_stage();
}

static void a_shrink_cannot_fail(void **state)
{
    (void)state;
    open_stage(RAM, false);
    unsigned char *block = take(100000);
    stage.budget = 0;
    assert_sound(model_resize(&model, stage.heap, 0, 5000, nullptr));
    assert_ptr_equal(model.blocks[0].start, block);
    status_t status;
    assert_sound(model_resize(&model, stage.heap, 0, 200000, &status));
    assert_status(status, STATUS_NO_MEMORY);
    stage.budget = STAGE_UNLIMITED;
    free_all();
    close_stage();
}

static void zeroed_is_zero(void **state)
{
    (void)state;
    open_stage(RAM, true);
    static const size_t sizes[] = {1, 16, 100, 5000, 40000, 3 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        (void)gone(sizes[i]); /* leaves its pattern behind */
        unsigned char *bytes;
        void *block;
        assert_status(heap_alloc_zeroed(stage.heap, 1, sizes[i], &block), STATUS_OK);
        bytes = block;
        for (size_t n = 0; n < sizes[i]; n++)
            assert_int_equal(bytes[n], 0);
        assert_status(heap_free(stage.heap, block, nullptr), STATUS_OK);
    }
    void *block;
    assert_status(heap_alloc_zeroed(stage.heap, 0, SIZE_MAX, &block), STATUS_OK);
    assert_status(heap_free(stage.heap, block, nullptr), STATUS_OK);
    close_stage();
}

static void finds_live_blocks_only(void **state)
{
    (void)state;
    open_stage(RAM, true);
    static const size_t sizes[] = {100, 40000, 3 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *start = take(sizes[i]);
        size_t usable = model.blocks[0].usable, size;
        virt_addr_t block;
        for (size_t offset = 0; offset < usable; offset += usable / 7) {
            assert_status(heap_find(stage.heap, virt_of(start + offset), &block, &size), STATUS_OK);
            assert_ptr_equal((void *)block.value, start);
            assert_int_equal(size, usable);
        }
        assert_sound(model_free(&model, stage.heap, 0));
        assert_status(heap_find(stage.heap, virt_of(start), &block, &size), STATUS_NOT_FOUND);
        assert_status(heap_find(stage.heap, virt_addr(0), &block, &size), STATUS_NOT_FOUND);
    }
    close_stage();
}

/* Blocks whose starts fall into one bucket, given back first, last and from the middle. */
static void window_blocks_share_a_bucket(void **state)
{
    (void)state;
    static const size_t order[] = {2, 0, 1, 1, 0};           /* indices into what is left */
    size_t size = (9 * HEAP_WINDOW_BUCKETS - 2) * PAGE_SIZE; /* and two guards */
    open_stage(RAM, true);
    for (size_t i = 0; i < 5; i++) {
        uint64_t start = virt_of(take(size)).value;
        assert_int_equal(
            (start - virt_of(model.blocks[0].start).value) / PAGE_SIZE % HEAP_WINDOW_BUCKETS, 0);
    }
    for (size_t i = 0; i < 5; i++) {
        assert_sound(model_free(&model, stage.heap, order[i]));
        assert_sound(model_check(&model, &stage));
    }
    close_stage();
}

/* ---- which slab is taken ---- */

/* Three full slabs of 64 blocks; `holes` are made in each, and the current one is filled up. */
static void the_fullest_slab_comes_first(void **state)
{
    (void)state;
    static const unsigned holes[] = {20, 3, 9};
    static void *blocks[4][64];
    open_stage(RAM, false);
    for (unsigned slab = 0; slab < 4; slab++)
        for (unsigned i = 0; i < 64; i++)
            assert_status(heap_alloc(stage.heap, 64, &blocks[slab][i]), STATUS_OK);
    for (unsigned slab = 0; slab < 3; slab++)
        for (unsigned i = 0; i < holes[slab]; i++)
            assert_status(heap_free(stage.heap, blocks[slab][i], nullptr), STATUS_OK);
    assert_sound(heap_check(stage.heap));
    static const unsigned expected[] = {1, 2, 0};
    for (unsigned turn = 0; turn < 3; turn++)
        for (unsigned i = 0; i < holes[expected[turn]]; i++) {
            void *block;
            assert_status(heap_alloc(stage.heap, 64, &block), STATUS_OK);
            assert_int_equal(align_down((uintptr_t)block, PAGE_SIZE),
                             align_down((uintptr_t)blocks[expected[turn]][0], PAGE_SIZE));
        }
    assert_int_equal(totals_now().slabs, 4);
    assert_sound(heap_check(stage.heap));
    for (unsigned slab = 0; slab < 4; slab++)
        for (unsigned i = 0; i < 64; i++)
            assert_status(heap_free(stage.heap, blocks[slab][i], nullptr), STATUS_OK);
    close_stage();
}

/* ---- accounts ---- */

static void ten_allocations_ten_frees(void **state) /* reference row A8 */
{
    (void)state;
    open_stage(RAM, false);
    uint64_t requested = 0, usable = 0;
    for (size_t size = 10; size <= 100; size += 10) {
        (void)take(size);
        requested += size;
        usable += align_up(size, 16);
    }
    struct heap_totals totals = totals_now();
    assert_int_equal(totals.allocations, 10);
    assert_int_equal(totals.frees, 0);
    assert_int_equal(totals.live_blocks, 10);
    assert_int_equal(totals.live_bytes, usable);
    assert_int_equal(totals.requested_total, requested);
    assert_int_equal(totals.slabs, 7); /* classes 16, 32 .. 112 */
    assert_int_equal(totals.held_bytes, (7 + 2) * PAGE_SIZE);
    free_all();
    totals = totals_now();
    assert_int_equal(totals.allocations, 10);
    assert_int_equal(totals.frees, 10);
    assert_int_equal(totals.live_blocks, 0);
    assert_int_equal(totals.live_bytes, 0);
    assert_int_equal(totals.live_blocks_peak, 10);
    assert_int_equal(totals.live_bytes_peak, usable);
    assert_int_equal(totals.requested_total, requested);
    assert_int_equal(totals.refusals, 0);
    close_stage();
}

static void everything_comes_back(void **state)
{
    (void)state;
    open_stage(RAM, true);
    (void)gone(1); /* the frames have made their own metadata, the heap its first records */
    (void)heap_trim(stage.heap);
    static struct frame_totals before, after;
    frames_totals(stage.frames, &before);
    for (size_t size = 1; size < 5 * MIB; size += 1 + size / 5)
        (void)take(size);
    for (unsigned i = 0; i < 300; i++)
        (void)take(40);
    free_all();
    assert_true(totals_now().slabs <= HEAP_CLASS_COUNT); /* one idle slab a class at most */
    struct heap_class class;
    for (unsigned i = 0; heap_class_get(stage.heap, i, &class); i++)
        assert_true(class.slabs <= 1 && class.live == 0);
    (void)heap_trim(stage.heap);
    frames_totals(stage.frames, &after);
    uint64_t records = after.by_class[FRAME_HEAP_RECORDS];
    assert_int_equal(totals_now().slabs, 0);
    assert_int_equal(totals_now().held_bytes, records * PAGE_SIZE);
    /* The frames' own tables stay as well. */
    assert_int_equal(after.free + records + after.by_class[FRAME_METADATA],
                     before.free + before.by_class[FRAME_HEAP_RECORDS] +
                         before.by_class[FRAME_METADATA]);
    assert_int_equal(after.by_class[FRAME_SLAB], 0);
    assert_int_equal(after.by_class[FRAME_HEAP_LARGE], 0);
    close_stage();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_has_the_smallest_class),
        cmocka_unit_test(slabs_follow_the_rule),
        cmocka_unit_test(blocks_are_aligned),
        cmocka_unit_test(alignment_is_never_less_than_said),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(resizes_in_place_where_it_can),
        cmocka_unit_test(a_shrink_cannot_fail),
        cmocka_unit_test(zeroed_is_zero),
        cmocka_unit_test(finds_live_blocks_only),
        cmocka_unit_test(window_blocks_share_a_bucket),
        cmocka_unit_test(the_fullest_slab_comes_first),
        cmocka_unit_test(ten_allocations_ten_frees),
        cmocka_unit_test(everything_comes_back),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
