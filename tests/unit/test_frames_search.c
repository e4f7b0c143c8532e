/* SPDX-License-Identifier: MIT
 * Searches of mm/frames: they cost the same wherever memory lies. What must not be read is made unreadable. */
#include "frames_fixture.h"

#include "mm/frames/private.h"

#include <sys/mman.h>

/* ---- the height of an address ---- */

/* Memory of a few sections at one height, below a limit that is the highest there can be. */
struct tower {
    struct fake_ram ram;
    struct frame_allocator *fa;
    void *memory;
    size_t size;
    uint64_t first; /* section */
};
constexpr uint64_t TOWER_SECTIONS = 4;

static struct tower tower_create(uint64_t first)
{
    const pfn_t limit = pfn(PHYS_LIMIT >> PAGE_SHIFT);
    struct tower t = {.first = first, .size = frames_memory_size(FIXTURE_SPANS, limit)};
    t.ram = fake_ram_create(first * SECTION * PAGE_SIZE, TOWER_SECTIONS * SECTION * PAGE_SIZE);
    t.memory = mmap(nullptr, t.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(t.memory != MAP_FAILED);
    assert_status(frames_init(t.memory, t.size, FIXTURE_SPANS, limit, t.ram.offset, nullptr, &t.fa),
                  STATUS_OK);
    const struct frame_span span = {pfn(first * SECTION), TOWER_SECTIONS * SECTION - 1, 0};
    assert_status(frames_put_range(t.fa, span), STATUS_OK);
    return t;
}

static void tower_destroy(struct tower *t)
{
    assert_sound(frames_check(t->fa));
    munmap(t->memory, t->size);
    fake_ram_destroy(&t->ram);
}

/* All of the directory but the pages that the entries of this memory lie in. */
static void protect_directory(const struct tower *t, int protection)
{
    uintptr_t used = (uintptr_t)&t->fa->leaves[t->first / LEAF_SECTIONS];
    uintptr_t at = align_up((uintptr_t)t->fa->leaves, PAGE_SIZE);
    uintptr_t end = align_down((uintptr_t)t->fa->summaries[0], PAGE_SIZE);
    assert_true(end - at > 100 * PAGE_SIZE);
    for (; at < end; at += PAGE_SIZE)
        if (at + PAGE_SIZE <= used || at > used)
            assert_int_equal(mprotect((void *)at, PAGE_SIZE, protection), 0);
}

static void use_everything(const struct tower *t)
{
    struct frame_allocator *fa = t->fa;
    const unsigned orders[] = {ORDER_FRAME, ORDER_BLOCK, ORDER_SECTION};
    const uint64_t lengths[] = {8, 700, SECTION - 100};
    struct frame_totals totals;
    struct frame_stretch stretch;
    pfn_t first;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 3; i++) {
            assert_status(frames_alloc(fa, orders[i], FRAME_TEST, &first), STATUS_OK);
            assert_int_equal(frames_free(fa, first, orders[i]), STATUS_OK);
            assert_status(frames_alloc_run(fa, lengths[i], 1, FRAME_TEST, 0, &first), STATUS_OK);
            assert_int_equal(frames_free_run(fa, first, lengths[i]), STATUS_OK);
        }
    assert_status(frames_alloc_run(fa, SECTION, 1, FRAME_TEST, 0, &first), STATUS_NO_MEMORY);
    assert_status(frames_reserve(fa, pfn((t->first + 1) * SECTION + 5000), 9), STATUS_OK);
    assert_true(frames_largest_run(fa) > SECTION / 2);
    assert_true(frames_next_stretch(fa, pfn(0), &stretch));
    frames_totals(fa, &totals);
    assert_int_equal(totals.managed, TOWER_SECTIONS * SECTION - 1);
}

static void test_searches_at_any_height(void **state)
{
    (void)state;
    constexpr uint64_t GIBS_MAX = PHYS_LIMIT >> 30;
    const uint64_t heights[] = {0, 4, 900, 4096 - 2, 65536, GIBS_MAX / 3, GIBS_MAX - 4};
    for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
        struct tower t = tower_create(heights[i]);
        protect_directory(&t, PROT_NONE);
        use_everything(&t);
        protect_directory(&t, PROT_READ);
        tower_destroy(&t);
    }
}

/* More than two leaves' worth, all taken: then only what is given back is pristine. */
static void test_next_pristine_behind_full_leaves(void **state)
{
    (void)state;
    constexpr uint64_t COUNT = 64 * 64 + 66;
    struct machine m = machine_create(COUNT * SECTION, nullptr);
    put(&m, 0, COUNT * SECTION, 0);
    take(&m, ORDER_FRAME, FRAME_TEST); /* section 0 has the leaves */
    for (uint64_t i = 1; i < COUNT; i++)
        assert_int_equal(take(&m, ORDER_SECTION, FRAME_TEST), i * SECTION);
    assert_sound(frames_check(m.fa));
    pfn_t none;
    assert_status(frames_alloc(m.fa, ORDER_SECTION, FRAME_TEST, &none), STATUS_NO_MEMORY);
    const uint64_t given[] = {COUNT - 1, 64, 4095, 63, 1};
    for (unsigned i = 0; i < 5; i++) {
        assert_status(frames_free(m.fa, pfn(given[i] * SECTION), ORDER_SECTION), STATUS_OK);
        assert_sound(frames_check(m.fa));
    }
    const uint64_t wanted[] = {1, 63, 64, 4095, COUNT - 1};
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(take(&m, ORDER_SECTION, FRAME_TEST), wanted[i] * SECTION);
    machine_destroy(&m);
}

/* ---- damage ---- */

/* Of summaries: more than 64 leaves. */
constexpr uint64_t TWO_LEVELS = 2 * 64 * 64 * SECTION;

/* The sections are online, and of every four frames the first is free, but for metadata. */
static struct machine fragmented_machine(uint64_t sections)
{
    struct machine m = machine_create(TWO_LEVELS, nullptr);
    put(&m, 0, sections * SECTION, 0);
    pfn_t frame;
    while (frames_alloc(m.fa, ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK) {
    }
    for (uint64_t at = 0; at < sections * SECTION; at += 4)
        if (frames_owner(m.fa, pfn(at)).class == FRAME_TEST)
            assert_status(frames_free(m.fa, pfn(at), ORDER_FRAME), STATUS_OK);
    return m;
}

static void break_summary(struct machine *m)
{
    m->fa->summaries[0][0].masks[offsetof(struct section_leaf, has_free) / 8] = 0;
}
static void break_upper_summary(struct machine *m)
{
    m->fa->summaries[1][0].masks[0] |= 2;
}
static void break_all_touched(struct machine *m)
{
    m->fa->summaries[0][0].all_touched |= 1;
}
static void break_pristine_from(struct machine *m)
{
    m->fa->pristine_from = 0;
}
static void test_each_damage_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        void (*damage)(struct machine *);
    } cases[] = {
        {"F11: pristine_from is not a pristine section", break_pristine_from},
        {"F14: a summary does not say what lies below it", break_summary},
        {"F14: a summary does not say what lies below it", break_upper_summary},
        {"F14: a summary is wrong about what is all touched", break_all_touched},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine m = fragmented_machine(1);
        assert_sound(frames_check(m.fa));
        cases[i].damage(&m);
        const char *broken = frames_check(m.fa);
        assert_string_equal(broken != nullptr ? broken : "nothing", cases[i].sentence);
        free(m.memory);
        fake_ram_destroy(&m.ram);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_searches_at_any_height),
        cmocka_unit_test(test_next_pristine_behind_full_leaves),
        cmocka_unit_test(test_each_damage_is_found),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
