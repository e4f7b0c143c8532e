/* SPDX-License-Identifier: MIT
 * The bump allocator: reference rows P4 to P9, and marks. */
#include "harness/harness.h"

#include <base/string.h>
#include <mm/arena.h>

constexpr size_t SIZE = 4096;

static alignas(4096) unsigned char memory[SIZE];

static struct arena fresh(void)
{
    struct arena arena;
    arena_init(&arena, memory, SIZE);
    assert_sound(arena_check(&arena));
    return arena;
}

static unsigned char *take(struct arena *arena, size_t size)
{
    void *block;
    assert_status(arena_alloc(arena, size, &block), STATUS_OK);
    assert_sound(arena_check(arena));
    return block;
}

/* P9, at every step: used and free make up the whole. */
static void expect_used(const struct arena *arena, size_t used)
{
    assert_int_equal(arena_used(arena), used);
    assert_int_equal(arena_free_bytes(arena), SIZE - used);
    assert_sound(arena_check(arena));
}

static void moves_forward(void **state)
{
    (void)state;
    struct arena arena = fresh();
    expect_used(&arena, 0);
    assert_ptr_equal(take(&arena, 16), memory);
    assert_ptr_equal(take(&arena, 5), memory + 16);
    expect_used(&arena, 21);
    assert_ptr_equal(take(&arena, 0), memory + 32); /* zero bytes are one */
    expect_used(&arena, 33);
    assert_int_equal(arena.peak, 33);
}

static void is_aligned_as_asked(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, memory + 3, SIZE - 3); /* the memory itself need not be */
    for (size_t alignment = 1; alignment <= 1024; alignment *= 2) {
        void *block;
        assert_status(arena_alloc_aligned(&arena, 1, alignment, &block), STATUS_OK);
        assert_true(is_aligned((uintptr_t)block, alignment));
        assert_true(is_aligned((uintptr_t)take(&arena, 1), 16));
    }
    static const size_t bad[] = {0, 3, 24, SIZE_MAX, SIZE_MAX - 1};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena before = arena;
        void *block = &arena;
        assert_status(arena_alloc_aligned(&arena, 1, bad[i], &block), STATUS_MISALIGNED);
        assert_ptr_equal(block, &arena);
        assert_memory_equal(&before, &arena, sizeof arena);
    }
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t size, alignment;
    } cases[] = {
        {"one byte more than free", SIZE - 16, 1},
        {"all that is free, and padding", SIZE - 17, 16},
        {"all of the address space", SIZE_MAX, 16},
        {"a size that wraps when rounded", SIZE_MAX - 15, 16},
        {"a sum that wraps", SIZE_MAX - (SIZE - 17), 1},
        {"padding alone is too much", 1, (size_t)1 << 63},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = fresh();
        (void)take(&arena, 17);
        struct arena before = arena;
        void *block = &arena;
        print_message("    %s\n", cases[i].name);
        assert_status(arena_alloc_aligned(&arena, cases[i].size, cases[i].alignment, &block),
                      STATUS_NO_MEMORY);
        assert_ptr_equal(block, &arena);
        assert_int_equal(arena.refusals, 1);
        before.refusals = 1; /* the one thing that a refusal leaves behind */
        assert_memory_equal(&before, &arena, sizeof arena);
    }
    struct arena arena = fresh();
    (void)take(&arena, SIZE); /* the last byte can be used */
    expect_used(&arena, SIZE);
    void *block;
    assert_status(arena_alloc(&arena, 0, &block), STATUS_NO_MEMORY);
    expect_used(&arena, SIZE);
}

static void frees_the_last_block_only(void **state)
{
    (void)state;
    struct arena arena = fresh();
    unsigned char *first = take(&arena, 100), *second = take(&arena, 100);
    size_t used = arena_used(&arena);
    static unsigned char elsewhere;
    const struct {
        const char *crime;
        void *block;
        status_t want;
    } crimes[] = {
        {"not the last", first, STATUS_NO_ORDER},
        {"inside the last", second + 1, STATUS_NO_ORDER},
        {"not handed out yet", second + 200, STATUS_NO_ORDER},
        {"before the arena", (void *)((uintptr_t)memory - 1), STATUS_FOREIGN},
        {"the end of the arena", memory + SIZE, STATUS_FOREIGN},
        {"elsewhere", &elsewhere, STATUS_FOREIGN},
        {"null", nullptr, STATUS_FOREIGN},
    };
    for (size_t i = 0; i < sizeof crimes / sizeof *crimes; i++) {
        struct arena before = arena;
        print_message("    %s\n", crimes[i].crime);
        assert_status(arena_free(&arena, crimes[i].block), crimes[i].want);
        assert_memory_equal(&before, &arena, sizeof arena);
    }
    assert_status(arena_free(&arena, second), STATUS_OK);
    expect_used(&arena, 112);
    assert_status(arena_free(&arena, second), STATUS_NO_ORDER); /* twice */
    assert_ptr_equal(take(&arena, 50), second);                 /* and it comes again */
    assert_int_equal(arena.peak, used);
}

static void releases_to_a_mark(void **state)
{
    (void)state;
    struct arena arena = fresh();
    unsigned char *kept = take(&arena, 32);
    struct arena_mark outer = arena_mark(&arena);
    (void)take(&arena, 100);
    struct arena_mark inner = arena_mark(&arena);
    (void)take(&arena, 100);
    assert_status(arena_release(&arena, inner), STATUS_OK);
    expect_used(&arena, 132);
    assert_status(arena_release(&arena, outer), STATUS_OK);
    expect_used(&arena, 32);
    struct arena before = arena;
    assert_status(arena_release(&arena, inner), STATUS_NO_ORDER);
    assert_memory_equal(&before, &arena, sizeof arena);
    assert_status(arena_release(&arena, (struct arena_mark){(void *)((uintptr_t)memory - 1)}),
                  STATUS_NO_ORDER);
    assert_status(arena_release(&arena, (struct arena_mark){nullptr}), STATUS_NO_ORDER);
    assert_status(arena_release(&arena, outer), STATUS_OK); /* nothing since: nothing to do */
    expect_used(&arena, 32);
    assert_status(arena_free(&arena, kept), STATUS_NO_ORDER); /* a release forgets the last block */
}

static void refuses_a_mark_inside_a_block(void **state)
{
    (void)state;
    struct arena arena = fresh();
    unsigned char *block = take(&arena, 16);
    struct arena_mark mark = arena_mark(&arena);
    assert_status(arena_release(&arena, mark), STATUS_OK);
    assert_status(arena_free(&arena, block), STATUS_OK); /* a release of nothing keeps the last */
    (void)take(&arena, 64);
    assert_status(arena_release(&arena, mark), STATUS_NO_ORDER);
    expect_used(&arena, 64);
}

static void seals_its_tail(void **state)
{
    (void)state;
    struct arena arena = fresh();
    (void)take(&arena, 1000);
    arena_seal(&arena, 512);
    assert_int_equal(arena_used(&arena), 1000);
    assert_int_equal(arena_free_bytes(&arena), 24);
    assert_sound(arena_check(&arena));
    void *block;
    assert_status(arena_alloc(&arena, 25, &block), STATUS_NO_MEMORY);
    arena_seal(&arena, SIZE); /* it ends before the next multiple: nothing to give up */
    assert_int_equal(arena_free_bytes(&arena), 24);
    assert_ptr_equal(take(&arena, 16), memory + 1008);
    arena_seal(&arena, 1);
    assert_int_equal(arena_free_bytes(&arena), 0);
    assert_sound(arena_check(&arena));
}

static void serves_no_memory_at_all(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, nullptr, 0);
    void *block;
    assert_status(arena_alloc(&arena, 1, &block), STATUS_NO_MEMORY);
    assert_status(arena_free(&arena, nullptr), STATUS_FOREIGN);
    assert_sound(arena_check(&arena));
}

static void check_finds_faults(void **state)
{
    (void)state;
    struct arena arena = fresh();
    (void)take(&arena, 100);
    struct arena broken = arena;
    broken.next = broken.end + 1;
    assert_string_equal(arena_check(&broken), "arena AR1: next is not between start and end");
    broken = arena;
    broken.last = broken.next;
    assert_string_equal(arena_check(&broken), "arena AR2: the last block is not in the used part");
    broken = arena;
    broken.peak = 99;
    assert_string_equal(arena_check(&broken), "arena AR3: peak is below what is used");
}

static void damage_stops_it(void **state)
{
    (void)state;
    struct arena arena = fresh();
    (void)take(&arena, 100);
    assert_rule_broken(AR1, {
        arena.next = arena.end + 1;
        (void)take(&arena, 16); /* there would be room for everything */
    });
    assert_rule_broken(AR2, {
        arena.last = arena.next;
        (void)!arena_free(&arena, arena.last);
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_forward),
        cmocka_unit_test(is_aligned_as_asked),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(frees_the_last_block_only),
        cmocka_unit_test(releases_to_a_mark),
        cmocka_unit_test(refuses_a_mark_inside_a_block),
        cmocka_unit_test(seals_its_tail),
        cmocka_unit_test(serves_no_memory_at_all),
        cmocka_unit_test(check_finds_faults),
        cmocka_unit_test(damage_stops_it),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
