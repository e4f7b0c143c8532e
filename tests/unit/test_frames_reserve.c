/* SPDX-License-Identifier: MIT
 * Exactly these frames: frames_reserve and frames_offline across sections, where the metadata of what is wanted
 * whole must lie elsewhere, and on random machines where it hardly has room. */
#include "frames_fixture.h"

constexpr unsigned MACHINES = 4000;
constexpr unsigned PIECES_MAX = 4;

/* Where the metadata would have gone, and across borders. */
static void test_reserve_across_sections(void **state)
{
    (void)state;
    struct machine m = machine_create(5 * SECTION, nullptr);
    put(&m, 0, 5 * SECTION, 0);
    assert_status(frames_reserve(m.fa, pfn(0), 4096), STATUS_OK);
    assert_string_equal(frame_class_name(frames_owner(m.fa, pfn(0)).class), "reserved");
    const uint64_t first = SECTION - 700, count = 2 * SECTION + 1400;
    assert_status(frames_reserve(m.fa, pfn(first), count), STATUS_OK);
    assert_sound(frames_check(m.fa));
    assert_int_equal(totals_of(&m).by_class[FRAME_RESERVED], 4096 + count);
    assert_int_equal(frames_owner(m.fa, pfn(2 * SECTION + 9)).first.value, 2 * SECTION);
    assert_status(frames_offline(m.fa, pfn(3 * SECTION + 699), 2), STATUS_IN_USE);
    assert_status(frames_free_run(m.fa, pfn(first), count), STATUS_BAD_ORDER);
    assert_status(frames_free_run(m.fa, pfn(first), 701), STATUS_WRONG_ORDER);
    assert_status(frames_free_run(m.fa, pfn(first), 700), STATUS_OK);
    assert_status(frames_free_run(m.fa, pfn(SECTION), SECTION), STATUS_OK);
    assert_status(frames_free_run(m.fa, pfn(2 * SECTION), SECTION), STATUS_OK);
    assert_status(frames_free_run(m.fa, pfn(3 * SECTION), 700), STATUS_OK);
    assert_status(frames_offline(m.fa, pfn(4 * SECTION - 1), 2), STATUS_OK);
    assert_status(frames_free(m.fa, pfn(4 * SECTION), ORDER_FRAME), STATUS_OFFLINE);
    machine_destroy(&m);
}

/* All frames of a section that was never touched, and none is online: its metadata goes to another section, and
 * not into the range. */
static void test_reserve_all_of_a_section(void **state)
{
    (void)state;
    struct machine m = machine_create(3 * SECTION, nullptr);
    put(&m, SECTION - 900, 900, 0);
    put(&m, SECTION, 1100, 0);
    assert_status(frames_reserve(m.fa, pfn(SECTION - 900), 1035), STATUS_OK);
    assert_sound(frames_check(m.fa));
    assert_int_equal(totals_of(&m).by_class[FRAME_RESERVED], 1035);
    assert_status(frames_free_run(m.fa, pfn(SECTION - 900), 900), STATUS_OK);
    assert_status(frames_free_run(m.fa, pfn(SECTION), 135), STATUS_OK);

    put(&m, 2 * SECTION, 50, 0);
    const struct frame_totals before = totals_of(&m);
    struct machine fresh = machine_create(2 * SECTION, nullptr);
    put(&fresh, SECTION - 900, 900, 0);
    put(&fresh, SECTION, 1100, 0);
    assert_status(frames_reserve(fresh.fa, pfn(SECTION - 900), 900), STATUS_OK);
    assert_int_equal(totals_of(&fresh).by_class[FRAME_RESERVED], 900);
    machine_destroy(&fresh);

    struct machine full = machine_create(2 * SECTION, nullptr);
    put(&full, SECTION - 900, 900, 0);
    assert_status(frames_offline(full.fa, pfn(SECTION - 900), 900), STATUS_NO_MEMORY);
    assert_int_equal(totals_of(&full).by_class[FRAME_FREE], 900);
    assert_status(frames_offline(m.fa, pfn(2 * SECTION), 50), STATUS_OK);
    assert_int_equal(totals_of(&m).by_class[FRAME_OFFLINE], before.by_class[FRAME_OFFLINE] + 50);
    machine_destroy(&full);
    machine_destroy(&m);
}

/* ---- random machines ---- */

struct range {
    uint64_t first, count;
};

/* Up to three pieces from `at` on, some of them large enough for the metadata of one section or two. */
static void put_crumbs(struct machine *m, struct random *r, uint64_t at)
{
    for (uint64_t pieces = random_below(r, PIECES_MAX); pieces > 0; pieces--) {
        const uint64_t count = 1 + random_below(r, random_below(r, 2) == 0 ? 12 : 40);
        at += 1 + random_below(r, BLOCK);
        put(m, at, count, 0);
        at += count;
    }
}

/* The range goes from the end of one section, perhaps over a whole one, to the start of another. Nothing of it was
 * touched; of its last section just as many frames stay outside as a section's metadata takes, or nearly as many,
 * and what lies elsewhere is small. */
static struct range make_tight_machine(struct machine *m, struct random *r)
{
    const uint64_t border = 2 * SECTION, middle = SECTION * random_below(r, 2);
    const uint64_t head = 1 + random_below(r, 1500), tail = 1 + random_below(r, 1500);
    const uint64_t outside = random_below(r, 4) != 0 ? SECTION_METADATA : 7 + random_below(r, 5);
    const uint64_t end = border + middle + tail, gap = random_below(r, 2);
    put_crumbs(m, r, 0);
    put(m, border - head, head + middle + tail, 0);
    put(m, end + gap, outside, 0);
    put_crumbs(m, r, end + gap + outside);
    put_crumbs(m, r, 4 * SECTION);
    put_crumbs(m, r, 5 * SECTION);
    return (struct range){border - head, head + middle + tail};
}

/* Just these frames have the class, or none. */
static void assert_taken(const struct machine *m, struct range range, enum frame_class class,
                         bool taken)
{
    uint64_t found = 0, at = 0;
    for (struct frame_stretch s; frames_next_stretch(m->fa, pfn(at), &s);
         at = s.first.value + s.count)
        if (s.class == class) {
            assert_in_range(s.first.value, range.first, range.first + range.count - s.count);
            found += s.count;
        }
    assert_int_equal(found, taken ? range.count : 0);
}

static void give_back(struct machine *m, struct range range)
{
    for (uint64_t at = range.first, end = at + range.count, count; at < end; at += count) {
        const uint64_t border = align_up(at + 1, SECTION);
        count = (border < end ? border : end) - at;
        assert_status(frames_free_run(m->fa, pfn(at), count), STATUS_OK);
    }
}

/* Whatever it says: the range is taken wholly or not at all, and nothing but metadata is taken elsewhere. */
static void test_tight_machines(void **state)
{
    (void)state;
    struct random r = random_start("frames reserve", 20261124);
    unsigned served = 0;
    for (unsigned i = 0; i < MACHINES; i++) {
        struct machine m = machine_create(6 * SECTION, nullptr);
        const struct range range = make_tight_machine(&m, &r);
        const bool reserve = random_below(&r, 2) == 0;
        const enum frame_class class = reserve ? FRAME_RESERVED : FRAME_OFFLINE;
        const status_t status = reserve ? frames_reserve(m.fa, pfn(range.first), range.count)
                                        : frames_offline(m.fa, pfn(range.first), range.count);
        assert_sound(frames_check(m.fa));
        assert_taken(&m, range, class, status == STATUS_OK);
        if (status == STATUS_OK && reserve)
            give_back(&m, range);
        else if (status != STATUS_OK)
            assert_status(status, STATUS_NO_MEMORY);
        const struct frame_totals t = totals_of(&m);
        assert_int_equal(t.free + t.by_class[FRAME_METADATA] + t.by_class[FRAME_OFFLINE],
                         t.managed);
        served += status == STATUS_OK;
        machine_destroy(&m);
    }
    print_message("%u of %u served\n", served, MACHINES);
    assert_in_range(served, MACHINES / 10, MACHINES - MACHINES / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reserve_across_sections),
        cmocka_unit_test(test_reserve_all_of_a_section),
        cmocka_unit_test(test_tight_machines),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
