/* SPDX-License-Identifier: MIT
 * Pools: layout, all blocks and no more, crimes, a model, damage. */
#include "harness/harness.h"

#include <base/string.h>
#include <mm/pool.h>

#include <stdlib.h>

static struct pool pool;
static unsigned char *memory;

static void open_pool(size_t size, size_t alignment, size_t count)
{
    size_t bytes = pool_memory_size(size, alignment, count);
    assert_int_not_equal(bytes, 0);
    memory = aligned_alloc(alignment < 16 ? 16 : alignment, align_up(bytes, alignment));
    memset(memory, 0xa5, bytes); /* nothing is expected of it */
    assert_status(pool_init(&pool, memory, bytes, size, alignment, count), STATUS_OK);
    assert_sound(pool_check(&pool));
}

static void close_pool(void)
{
    assert_sound(pool_check(&pool));
    free(memory);
}

static unsigned char *block_of(void)
{
    void *block;
    assert_status(pool_alloc(&pool, &block), STATUS_OK);
    return block;
}

static void every_block_once(void **state)
{
    (void)state;
    static const struct {
        size_t size, alignment, count;
    } cases[] = {{1, 1, 1},    {1, 1, 200},  {16, 16, 64},     {17, 16, 65},
                 {100, 8, 63}, {40, 64, 10}, {4096, 4096, 20}, {3, 2, 129}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static unsigned char *blocks[200];
        size_t size = cases[i].size, count = cases[i].count;
        open_pool(size, cases[i].alignment, count);
        for (size_t n = 0; n < count; n++) {
            blocks[n] = block_of();
            assert_true(is_aligned((uintptr_t)blocks[n], cases[i].alignment));
            memset(blocks[n], (int)n, size);
        }
        void *none = &pool;
        assert_status(pool_alloc(&pool, &none), STATUS_NO_MEMORY);
        assert_ptr_equal(none, &pool);
        for (size_t n = 0; n < count; n++)
            assert_true(blocks[n][0] == (unsigned char)n &&
                        blocks[n][size - 1] == (unsigned char)n);
        assert_sound(pool_check(&pool));
        assert_int_equal(pool.live_peak, count);
        assert_int_equal(pool.allocations, count);
        assert_int_equal(pool.refusals, 1);
        for (size_t n = 0; n < count; n++)
            assert_status(pool_free(&pool, blocks[(n * 7 + 3) % count]),
                          count % 7 == 0 && n >= count / 7 ? STATUS_NOT_ALLOCATED : STATUS_OK);
        close_pool();
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t size, alignment, count;
    } cases[] = {{0, 16, 1},
                 {1, 16, 0},
                 {1, 0, 1},
                 {1, 24, 1},
                 {SIZE_MAX, 16, 1},
                 {(size_t)1 << 40, 16, 1},
                 {1, 16, (size_t)UINT32_MAX + 1},
                 {1, (size_t)1 << 63, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(pool_memory_size(cases[i].size, cases[i].alignment, cases[i].count), 0);
        assert_status(
            pool_init(&pool, &pool, SIZE_MAX, cases[i].size, cases[i].alignment, cases[i].count),
            STATUS_OVERFLOW);
    }
    alignas(64) static unsigned char bytes[1024];
    size_t size = pool_memory_size(10, 32, 8);
    assert_status(pool_init(&pool, bytes, size - 1, 10, 32, 8), STATUS_NO_MEMORY);
    assert_status(pool_init(&pool, bytes + 16, size, 10, 32, 8), STATUS_MISALIGNED);
    assert_status(pool_init(&pool, bytes + 8, size, 10, 8, 8), STATUS_MISALIGNED);
    assert_status(pool_init(&pool, bytes, size, 10, 32, 8), STATUS_OK);
    assert_sound(pool_check(&pool));
}

static void crimes(void **state)
{
    (void)state;
    open_pool(40, 8, 10);
    unsigned char *first = block_of(), *second = block_of(), *twice = block_of();
    assert_status(pool_free(&pool, twice), STATUS_OK);
    const struct {
        void *pointer;
        status_t want;
    } cases[] = {
        {twice, STATUS_NOT_ALLOCATED},
        {twice + 8, STATUS_NOT_ALLOCATED},
        {first + 1, STATUS_INSIDE_BLOCK},
        {second + 39, STATUS_INSIDE_BLOCK},
        {first - 1, STATUS_FOREIGN},
        {first + 400, STATUS_FOREIGN},
        {first + 360, STATUS_NOT_ALLOCATED},
        {memory, STATUS_FOREIGN},
        {&pool, STATUS_FOREIGN},
        {(void *)UINTPTR_MAX, STATUS_FOREIGN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pool before = pool;
        assert_status(pool_free(&pool, cases[i].pointer), cases[i].want);
        before.misuses++;
        assert_memory_equal(&before, &pool, sizeof pool);
        assert_sound(pool_check(&pool));
    }
    assert_status(pool_free(&pool, nullptr), STATUS_OK);
    close_pool();
}

static void agrees_with_a_model(void **state)
{
    (void)state;
    constexpr size_t count = 100;
    static unsigned char *live[count];
    size_t live_count = 0;
    struct random r = random_start("pool", 1);
    open_pool(24, 8, count);
    for (unsigned step = 0; step < 20000; step++) {
        if (random_below(&r, 2) == 0) {
            void *block;
            status_t status = pool_alloc(&pool, &block);
            assert_status(status, live_count == count ? STATUS_NO_MEMORY : STATUS_OK);
            for (size_t i = 0; i < live_count; i++)
                assert_true(status != STATUS_OK || live[i] != block);
            if (status == STATUS_OK)
                live[live_count++] = block;
        } else if (live_count > 0) {
            size_t index = random_below(&r, live_count);
            assert_status(pool_free(&pool, live[index]), STATUS_OK);
            assert_status(pool_free(&pool, live[index]), STATUS_NOT_ALLOCATED);
            live[index] = live[--live_count];
        }
        assert_int_equal(pool.block_count - pool.free_count, live_count);
        if (step % 100 == 0)
            assert_sound(pool_check(&pool));
    }
    close_pool();
}

static void broken_pools_are_named(void **state)
{
    (void)state;
    open_pool(24, 8, 70);
    (void)block_of();
    const struct pool sound = pool;
    pool.free_count--;
    assert_string_equal(pool_check(&pool),
                        "pool PO1: the blocks taken and the free ones are not all blocks");
    pool = sound;
    pool.free[0] = pool.free[1];
    assert_string_equal(pool_check(&pool), "pool PO2: a free block is on the stack twice");
    pool.free[0] = 0; /* the taken one */
    assert_string_equal(pool_check(&pool), "pool PO2: a free block is none, or is taken");
    pool.free[0] = 69;
    pool.taken[1] |= 1 << 6;
    assert_string_equal(pool_check(&pool), "pool PO3: a bit stands for a block past the end");
    pool.taken[1] = 0;
    pool.live_peak = 0;
    assert_string_equal(pool_check(&pool), "pool PO4: the peak is below the live blocks");
    pool = sound;
    close_pool();
}

static void damage_stops_a_pool(void **state)
{
    (void)state;
    open_pool(24, 8, 70);
    unsigned char *block = block_of();
    assert_rule_broken(PO1, {
        pool.free_count = pool.block_count;
        (void)!pool_free(&pool, block); /* its number would go into the first block */
    });
    assert_rule_broken(PO2, {
        pool.free[pool.free_count - 1] = 0; /* the taken one, once more */
        (void)block_of();
    });
    assert_rule_broken(PO2, {
        pool.free[pool.free_count - 1] = 70;
        (void)block_of();
    });
    close_pool();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_once),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(crimes),
        cmocka_unit_test(agrees_with_a_model),
        cmocka_unit_test(broken_pools_are_named),
        cmocka_unit_test(damage_stops_a_pool),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
