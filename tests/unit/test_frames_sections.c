/* SPDX-License-Identifier: MIT
 * Sections of mm/frames: brought online late, through a hook that allocates and that fails; and whole
 * sections. */
#include "frames_fixture.h"

#include "mm/frames/private.h"

/* What a kernel does when a section comes online: it takes page tables. */
struct hook {
    struct frame_allocator *fa;
    unsigned takes; /* frames each time */
    uint64_t fails; /* this section, and NO_SECTION: none */
    unsigned calls;
    uint64_t last;
    uint64_t free_before; /* the least that was free in other sections after the first time */
    bool nested_failed;
    uint64_t reserves; /* tries to reserve this frame of a section that is not online; 0: none */
    unsigned budget;   /* allocations that may succeed; 0: all */
    unsigned used;
};

static status_t online(void *owner, pfn_t first)
{
    struct hook *h = owner;
    assert_true(is_aligned(first.value, SECTION));
    h->calls++;
    h->last = first.value / SECTION;
    uint64_t free = h->fa->online_free;
    if (h->calls > 1 && free < h->free_before)
        h->free_before = free;
    for (unsigned i = 0; i < h->takes && h->calls > 1; i++) {
        pfn_t table;
        if (frames_alloc(h->fa, ORDER_FRAME, FRAME_PAGE_TABLE, &table) != STATUS_OK)
            h->nested_failed = true;
    }
    if (h->reserves != 0)
        assert_status(frames_reserve(h->fa, pfn(h->reserves), 1), STATUS_NO_MEMORY);
    return first.value / SECTION == h->fails ? STATUS_NO_MEMORY : STATUS_OK;
}

static bool may_allocate(void *owner)
{
    struct hook *h = owner;
    return h->budget == 0 || h->used++ < h->budget - 1;
}

static struct machine hooked_machine(struct hook *h, uint64_t limit)
{
    *h = (struct hook){.fails = NO_SECTION, .free_before = UINT64_MAX};
    const struct frame_hooks hooks = {online, may_allocate, h};
    struct machine m = machine_create(limit, &hooks);
    h->fa = m.fa;
    return m;
}

/* 900 GiB, in three ranges: what is touched is one section, and it stays so for a thousand frames. */
static void test_start_costs_nothing_per_gib(void **state)
{
    (void)state;
    struct hook h;
    struct machine m = hooked_machine(&h, 900 * SECTION);
    put(&m, 256, 400, 0);
    put(&m, 1024, 3 * SECTION - 1024, 0);
    put(&m, 4 * SECTION, 896 * SECTION, 1);
    assert_int_equal(totals_of(&m).sections_online, 0);
    assert_int_equal(totals_of(&m).free_sections, 2 + 896);
    assert_int_equal(totals_of(&m).sections, 3 + 896);
    for (unsigned i = 0; i < 1000; i++)
        take(&m, ORDER_FRAME, FRAME_KERNEL);
    const struct frame_totals t = totals_of(&m);
    assert_int_equal(h.calls, 1);
    assert_int_equal(t.sections_online, 1);
    assert_int_equal(t.by_class[FRAME_METADATA], FIRST_METADATA);
    assert_int_equal(t.managed, 400 + 3 * SECTION - 1024 + 896 * SECTION);
    assert_int_equal(t.free, t.managed - 1000 - FIRST_METADATA);
    assert_int_equal(frames_node_totals(m.fa, 1).free, 896 * SECTION);
    assert_int_equal(frames_node_totals(m.fa, 0).free, t.free - 896 * SECTION);
    assert_status(frames_reserve(m.fa, pfn(899 * SECTION + 77), 1), STATUS_OK);
    assert_int_equal(totals_of(&m).sections_online, 2);
    machine_destroy(&m);
}

/* What was never touched is one stretch, however much it is. */
static void test_few_stretches(void **state)
{
    (void)state;
    struct machine m = machine_create(900 * SECTION, nullptr);
    put(&m, 0, 900 * SECTION, 0);
    const uint64_t frame = 700 * SECTION + 5 * BLOCK + 9;
    assert_status(frames_reserve(m.fa, pfn(frame), 1), STATUS_OK);
    uint64_t at = 0, free = 0, reserved = 0;
    unsigned count = 0;
    for (struct frame_stretch s; frames_next_stretch(m.fa, pfn(at), &s); count++) {
        assert_int_equal(s.first.value, at);
        assert_true(s.class != FRAME_RESERVED || (s.first.value == frame && s.count == 1));
        free += s.class == FRAME_FREE ? s.count : 0;
        reserved += s.class == FRAME_RESERVED;
        at += s.count;
    }
    assert_int_equal(at, 900 * SECTION);
    assert_int_equal(free, totals_of(&m).free);
    assert_int_equal(reserved, 1);
    assert_true(count <= 10);
    machine_destroy(&m);
}

static void test_one_section(void **state)
{
    (void)state;
    struct machine m = machine_create(16384, nullptr);
    put(&m, 0, 16384, 0);
    assert_int_equal(totals_of(&m).free_blocks, 32);
    for (unsigned i = 0; i < 31; i++)
        take(&m, ORDER_BLOCK, FRAME_USER);
    pfn_t block;
    assert_status(frames_alloc(m.fa, ORDER_BLOCK, FRAME_USER, &block), STATUS_NO_MEMORY);
    const struct frame_totals t = totals_of(&m);
    assert_int_equal(t.free, BLOCK - FIRST_METADATA);
    assert_int_equal(t.free_blocks, 0);
    machine_destroy(&m);
}

/* The hook takes one section's worth of tables, and what it needs is always there. */
static void test_hook_allocates(void **state)
{
    (void)state;
    struct hook h;
    struct machine m = hooked_machine(&h, 8 * SECTION);
    put(&m, 0, 8 * SECTION, 0);
    h.takes = 513;
    take(&m, ORDER_FRAME, FRAME_PAGE_TABLE);
    unsigned blocks = 0;
    for (pfn_t first; frames_alloc(m.fa, ORDER_BLOCK, FRAME_USER, &first) == STATUS_OK;)
        blocks++;
    assert_int_equal(h.calls, 8);
    assert_false(h.nested_failed);
    assert_true(h.free_before >= FRAMES_LOW_WATER);
    assert_true(blocks >= 8 * (SECTION_BLOCKS - 3));
    assert_int_equal(totals_of(&m).by_class[FRAME_PAGE_TABLE], 1 + 7 * 513);
    machine_destroy(&m);
}

static void test_hook_allocates_for_every_kind(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 6; kind++) {
        struct hook h;
        struct machine m = hooked_machine(&h, 6 * SECTION);
        put(&m, 0, 6 * SECTION, 0);
        h.takes = 513;
        if (kind != 5)
            take(&m, ORDER_FRAME, FRAME_TEST);
        status_t status = STATUS_OK;
        for (unsigned i = 0; status == STATUS_OK; i++) {
            pfn_t first;
            if (kind == 0)
                status = frames_alloc_run(m.fa, 200000, 1, FRAME_TEST, 1, &first);
            else if (kind == 1)
                status = frames_alloc(m.fa, ORDER_SECTION, FRAME_TEST, &first);
            else if (kind == 2)
                status = frames_alloc_run(m.fa, 511, 512, FRAME_PAGE_TABLE, 1, &first);
            else if (kind == 3)
                status = frames_reserve(m.fa, pfn(SECTION - 3 + i * SECTION), 6);
            else if (kind == 4) /* nearly all that is online, and two sections that are not */
                status = frames_reserve(m.fa, pfn(3 * BLOCK), 3 * SECTION - 3 * BLOCK);
            else /* nothing is online, and little of the range's own sections stays outside */
                status = frames_reserve(m.fa, pfn(1000), 4 * SECTION - 2000);
        }
        assert_true(kind < 4 || totals_of(&m).by_class[FRAME_RESERVED] != 0);
        assert_true(status == STATUS_NO_MEMORY || (kind == 3 && status == STATUS_OUT_OF_RANGE) ||
                    (kind > 3 && status == STATUS_IN_USE));
        assert_false(h.nested_failed);
        assert_true(h.free_before >= FRAMES_LOW_WATER);
        machine_destroy(&m);
    }
}

static void test_hook_cannot_recurse(void **state)
{
    (void)state;
    struct hook h;
    struct machine m = hooked_machine(&h, 3 * SECTION);
    put(&m, 0, 3 * SECTION, 0);
    h.reserves = 2 * SECTION;
    take(&m, ORDER_FRAME, FRAME_TEST);
    h.takes = 2000; /* more than there is, and nothing else comes online for it */
    while (totals_of(&m).sections_online < 2)
        take(&m, ORDER_BLOCK, FRAME_TEST);
    assert_true(h.nested_failed);
    assert_int_equal(h.calls, 2);
    machine_destroy(&m);
}

/* Five frames cannot hold their section's metadata: another section does, unless the hook fails. */
static void test_metadata_elsewhere(void **state)
{
    (void)state;
    struct hook h;
    struct machine m = hooked_machine(&h, 3 * SECTION);
    put(&m, 0, SECTION, 0);
    put(&m, 2 * SECTION + 3, 5, 0);
    take(&m, ORDER_FRAME, FRAME_TEST);
    h.fails = 2;
    const struct frame_totals before = totals_of(&m);
    assert_status(frames_reserve(m.fa, pfn(2 * SECTION + 4), 2), STATUS_NO_MEMORY);
    assert_unchanged(&m, &before);
    h.fails = NO_SECTION;
    assert_status(frames_reserve(m.fa, pfn(2 * SECTION + 4), 2), STATUS_OK);
    assert_int_equal(totals_of(&m).by_class[FRAME_METADATA],
                     before.by_class[FRAME_METADATA] + SECTION_METADATA + 1);
    assert_int_equal(totals_of(&m).by_class[FRAME_RESERVED], 2);
    machine_destroy(&m);
}

static void test_online_fails(void **state)
{
    (void)state;
    struct hook h;
    struct machine m = hooked_machine(&h, 3 * SECTION);
    put(&m, SECTION - 1000, 1000, 0);
    put(&m, SECTION, 1000, 1);
    put(&m, 2 * SECTION, 1000, 0);
    h.fails = 0;
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_TEST) / SECTION, 1); /* the next one serves */
    h.fails = 2;
    uint64_t first = take(&m, ORDER_BLOCK, FRAME_TEST); /* section 0 works now */
    assert_int_equal(first / SECTION, 0);
    assert_status(frames_reserve(m.fa, pfn(2 * SECTION + 10), 10), STATUS_NO_MEMORY);
    pfn_t frame;
    while (frames_alloc(m.fa, ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK)
        assert_true(frame.value < 2 * SECTION);
    assert_int_equal(totals_of(&m).free, 1000);
    assert_sound(frames_check(m.fa));
    h.fails = NO_SECTION;
    assert_int_equal(take(&m, ORDER_FRAME, FRAME_TEST) / SECTION, 2);
    machine_destroy(&m);
}

static void test_no_section_comes_online(void **state)
{
    (void)state;
    struct hook h;
    struct machine m = hooked_machine(&h, 2 * SECTION);
    put(&m, 0, SECTION, 0);
    h.fails = 0;
    const struct frame_totals before = totals_of(&m);
    pfn_t first = pfn(9);
    assert_status(frames_alloc(m.fa, ORDER_FRAME, FRAME_TEST, &first), STATUS_NO_MEMORY);
    assert_status(frames_alloc(m.fa, ORDER_BLOCK, FRAME_TEST, &first), STATUS_NO_MEMORY);
    assert_status(frames_alloc(m.fa, ORDER_SECTION, FRAME_TEST, &first), STATUS_NO_MEMORY);
    assert_status(frames_alloc_run(m.fa, 9, 1, FRAME_TEST, 0, &first), STATUS_NO_MEMORY);
    assert_status(frames_offline(m.fa, pfn(0), 9), STATUS_NO_MEMORY);
    assert_int_equal(first.value, 9);
    assert_unchanged(&m, &before);
    machine_destroy(&m);
}

static void test_put_range_late(void **state)
{
    (void)state;
    struct machine m = machine_create(4 * SECTION, nullptr);
    put(&m, 1000, 2000, 0);
    take(&m, ORDER_FRAME, FRAME_TEST);
    put(&m, 3 * SECTION, 5, 0); /* pristine: only the spans change */
    assert_int_equal(totals_of(&m).sections_online, 1);
    put(&m, 3000, 7, 0);                 /* makes a ragged block larger */
    put(&m, 20 * BLOCK, 3 * BLOCK, 0);   /* new whole blocks */
    put(&m, 30 * BLOCK + 5, 10, 0);      /* a new ragged block */
    put(&m, 3007, 6 * BLOCK - 3007, 1);  /* completes one, across nodes */
    put(&m, 31 * BLOCK, 2 * SECTION, 2); /* to the end, a whole section, and half of another */
    const struct frame_totals t = totals_of(&m);
    assert_sound(frames_check(m.fa));
    assert_int_equal(t.free, t.managed - 1 - FIRST_METADATA);
    assert_int_equal(t.free_sections, 1);
    assert_status(frames_reserve(m.fa, pfn(30 * BLOCK + 5), 10), STATUS_OK);
    assert_status(frames_reserve(m.fa, pfn(20 * BLOCK), 3 * BLOCK), STATUS_OK);
    assert_status(frames_reserve(m.fa, pfn(2990), 6 * BLOCK - 2990), STATUS_OK);
    uint64_t free = 0;
    for (uint32_t node = 0; node < 3; node++)
        free += frames_node_totals(m.fa, node).free;
    assert_int_equal(free, totals_of(&m).free);
    machine_destroy(&m);
}

static void test_whole_sections(void **state)
{
    (void)state;
    struct hook h;
    struct machine m = hooked_machine(&h, 5 * SECTION);
    put(&m, 2048, 4 * SECTION - 2048, 0);
    uint64_t first = take(&m, ORDER_SECTION, FRAME_USER);
    assert_int_equal(first, SECTION);
    assert_int_equal(h.calls, 2); /* section 0 for the leaf that records it */
    const struct frame_totals before = totals_of(&m);
    assert_int_equal(before.free_sections, 2);
    assert_int_equal(before.by_class[FRAME_USER], SECTION);
    assert_status(frames_free(m.fa, pfn(first), ORDER_FRAME), STATUS_WRONG_ORDER);
    assert_status(frames_free(m.fa, pfn(first + BLOCK), ORDER_BLOCK), STATUS_WRONG_ORDER);
    assert_status(frames_free_run(m.fa, pfn(first), SECTION), STATUS_WRONG_ORDER);
    assert_status(frames_free(m.fa, pfn(2 * SECTION), ORDER_SECTION), STATUS_NOT_ALLOCATED);
    assert_status(frames_reserve(m.fa, pfn(first - 1), 2), STATUS_IN_USE);
    assert_status(frames_put_range(m.fa, (struct frame_span){pfn(first), 1, 0}), STATUS_OVERLAP);
    assert_unchanged(&m, &before);
    const struct frame_owner owner = frames_owner(m.fa, pfn(first + 12345));
    assert_int_equal(owner.order, ORDER_SECTION);
    assert_int_equal(owner.first.value, first);
    assert_int_equal(frames_tag(m.fa, pfn(first)).class, FRAME_UNMANAGED);

    assert_status(frames_free(m.fa, pfn(first), ORDER_SECTION), STATUS_OK);
    assert_status(frames_free(m.fa, pfn(first), ORDER_SECTION), STATUS_NOT_ALLOCATED);
    assert_int_equal(take(&m, ORDER_SECTION, FRAME_USER), first);
    assert_int_equal(h.calls, 2); /* it was reachable already */
    take(&m, ORDER_SECTION, FRAME_USER);
    take(&m, ORDER_SECTION, FRAME_USER);
    pfn_t none;
    assert_status(frames_alloc(m.fa, ORDER_SECTION, FRAME_USER, &none), STATUS_NO_MEMORY);
    assert_int_equal(totals_of(&m).free_sections, 0);
    machine_destroy(&m);
}

/* Every allocation inside an operation fails once; the operation then fails without a trace, or works. */
static void test_out_of_memory_at_every_step(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 6; kind++) {
        status_t status = STATUS_NO_MEMORY;
        unsigned budget = 0;
        while (status == STATUS_NO_MEMORY) {
            struct hook h;
            struct machine m = hooked_machine(&h, 3 * SECTION);
            put(&m, 700, 3 * SECTION - 700, 0);
            h.budget = ++budget;
            pfn_t first;
            if (kind < 2)
                status = frames_alloc(m.fa, kind * ORDER_BLOCK, FRAME_TEST, &first);
            else if (kind == 2)
                status = frames_alloc(m.fa, ORDER_SECTION, FRAME_TEST, &first);
            else if (kind == 3)
                status = frames_alloc_run(m.fa, 3 * BLOCK + 3, 1, FRAME_TEST, 7, &first);
            else
                status = frames_reserve(m.fa, pfn(SECTION - 3), SECTION + 6);
            const struct frame_totals t = totals_of(&m);
            if (status == STATUS_NO_MEMORY)
                assert_int_equal(t.free + t.by_class[FRAME_METADATA], t.managed);
            machine_destroy(&m);
            assert_true(budget < 20);
        }
        assert_status(status, STATUS_OK);
        assert_true(budget > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_costs_nothing_per_gib),
        cmocka_unit_test(test_few_stretches),
        cmocka_unit_test(test_one_section),
        cmocka_unit_test(test_hook_allocates),
        cmocka_unit_test(test_hook_allocates_for_every_kind),
        cmocka_unit_test(test_hook_cannot_recurse),
        cmocka_unit_test(test_metadata_elsewhere),
        cmocka_unit_test(test_online_fails),
        cmocka_unit_test(test_no_section_comes_online),
        cmocka_unit_test(test_put_range_late),
        cmocka_unit_test(test_whole_sections),
        cmocka_unit_test(test_out_of_memory_at_every_step),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
