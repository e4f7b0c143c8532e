/* SPDX-License-Identifier: MIT
 * Searches of mm/frames: they cost the same wherever memory lies, and a section that has refused a run is not
 * read again until a frame of it is given back. What must not be read is made unreadable. */
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

/* ---- refusals ---- */

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

static void assert_refused(struct machine *m, uint64_t count, uint64_t alignment)
{
    pfn_t none;
    assert_status(frames_alloc_run(m->fa, count, alignment, FRAME_TEST, 0, &none),
                  STATUS_NO_MEMORY);
}

static void protect_rows(struct machine *m, uint64_t number, int protection)
{
    struct section s;
    if (!section_find_online(m->fa, number, &s))
        abort(); /* the analyser does not know that cmocka's assertions do not return */
    assert_true(is_aligned((uintptr_t)s.metadata->rows, PAGE_SIZE));
    assert_int_equal(mprotect(s.metadata->rows, sizeof s.metadata->rows, protection), 0);
}

static void test_refusal_is_remembered(void **state)
{
    (void)state;
    constexpr uint64_t SECTIONS = 3, HOLE = SECTION + 100 * BLOCK;
    struct machine m = fragmented_machine(SECTIONS);
    assert_refused(&m, 2, 1);
    assert_sound(frames_check(m.fa));
    for (uint64_t i = 0; i < SECTIONS; i++)
        protect_rows(&m, i, PROT_NONE);
    assert_refused(&m, 2, 1);
    assert_refused(&m, 2, 64);
    assert_refused(&m, 8, 8);
    assert_refused(&m, SECTION, 1);
    for (uint64_t i = 0; i < SECTIONS; i++)
        protect_rows(&m, i, PROT_READ | PROT_WRITE);

    /* One section is given a frame back: the others are still known. */
    assert_status(frames_free(m.fa, pfn(HOLE + 1), ORDER_FRAME), STATUS_OK);
    protect_rows(&m, 0, PROT_NONE);
    protect_rows(&m, 2, PROT_NONE);
    assert_refused(&m, 3, 1);
    protect_rows(&m, 0, PROT_READ | PROT_WRITE);
    protect_rows(&m, 2, PROT_READ | PROT_WRITE);
    assert_status(frames_free(m.fa, pfn(HOLE + 2), ORDER_FRAME), STATUS_OK); /* the warm way */
    assert_sound(frames_check(m.fa));
    assert_int_equal(take_run(&m, 3, 1, FRAME_TEST, 0), HOLE);
    machine_destroy(&m);
}

/* What is refused at an alignment may be there without it, and a longer one rules no shorter one out. */
static void test_refusal_rules_out_no_more(void **state)
{
    (void)state;
    constexpr uint64_t HOLE = 100 * BLOCK + 256; /* seven frames from the second on */
    struct machine m = fragmented_machine(1);
    for (uint64_t at = HOLE + 1; at < HOLE + 8; at++)
        if (at != HOLE + 4)
            assert_status(frames_free(m.fa, pfn(at), ORDER_FRAME), STATUS_OK);
    assert_status(frames_reserve(m.fa, pfn(HOLE), 1), STATUS_OK);
    assert_status(frames_reserve(m.fa, pfn(HOLE + 8), 1), STATUS_OK);
    assert_refused(&m, 8, 1);
    assert_refused(&m, 8, 8);
    assert_refused(&m, 7, 2);
    assert_refused(&m, 4, 8);
    assert_sound(frames_check(m.fa));
    assert_int_equal(take_run(&m, 4, 4, FRAME_TEST, 0), HOLE + 4);
    assert_int_equal(take_run(&m, 3, 1, FRAME_TEST, 0), HOLE + 1);
    assert_refused(&m, 3, 1);
    machine_destroy(&m);
}

/* Every way in which frames become free again. */
static void test_refusal_is_forgotten(void **state)
{
    (void)state;
    struct machine m = machine_create(2 * SECTION, nullptr);
    put(&m, 0, 20 * BLOCK, 0);
    put(&m, 30 * BLOCK, 100, 0);
    const uint64_t huge = take(&m, ORDER_BLOCK, FRAME_TEST);
    const uint64_t run = take_run(&m, 3 * BLOCK + 7, 1, FRAME_TEST, 0);
    assert_status(frames_reserve(m.fa, pfn(19 * BLOCK), BLOCK), STATUS_OK);
    pfn_t frame;
    while (frames_alloc(m.fa, ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK) {
    }
    assert_status(frames_free(m.fa, frame, ORDER_FRAME), STATUS_OK);
    assert_refused(&m, 2, 1);
    put(&m, 30 * BLOCK + 100, 50, 0);
    assert_sound(frames_check(m.fa));
    take_run(&m, 50, 1, FRAME_TEST, 0);

    assert_refused(&m, 7, 1);
    assert_status(frames_resize_run(m.fa, pfn(run), 3 * BLOCK + 7, 3 * BLOCK), STATUS_OK);
    assert_sound(frames_check(m.fa));
    take_run(&m, 7, 1, FRAME_TEST, 0);

    assert_refused(&m, BLOCK, 1);
    assert_status(frames_free(m.fa, pfn(huge), ORDER_BLOCK), STATUS_OK);
    assert_sound(frames_check(m.fa));
    take_run(&m, BLOCK, 1, FRAME_TEST, 0);

    assert_refused(&m, BLOCK, 1);
    assert_status(frames_free_run(m.fa, pfn(19 * BLOCK), BLOCK), STATUS_OK);
    assert_sound(frames_check(m.fa));
    take_run(&m, BLOCK, 1, FRAME_TEST, 0);

    assert_refused(&m, 2 * BLOCK, 1);
    put(&m, 40 * BLOCK, 2 * BLOCK, 1);
    assert_sound(frames_check(m.fa));
    assert_int_equal(take_run(&m, 2 * BLOCK, 1, FRAME_TEST, 0), 40 * BLOCK);
    machine_destroy(&m);
}

/* ---- scanning, against a naive search ---- */

static bool naive_find(const bool *bits, uint64_t size, uint64_t count, uint64_t alignment,
                       uint64_t *out)
{
    uint64_t length = 0;
    for (uint64_t at = 0; at <= size; at++) {
        if (at < size && bits[at]) {
            length++;
            continue;
        }
        *out = align_up(at - length, alignment);
        if (length != 0 && *out + count <= at)
            return true;
        length = 0;
    }
    return false;
}

/* Words of rows that are full, empty, or have stretches of about `length`. */
static uint64_t random_row(struct random *r, uint64_t length)
{
    uint64_t row = UINT64_MAX;
    if (random_below(r, 16) == 0)
        return random_below(r, 2) == 0 ? 0 : row;
    for (uint64_t at = random_below(r, length); at < ROW_FRAMES; at += length)
        row &= ~(UINT64_C(1) << at);
    return row;
}

static void random_section(struct random *r, struct section_metadata *m, bool *bits)
{
    const uint64_t lengths[] = {2, 3, 9, 17, 33, 64, 65};
    const uint64_t length = lengths[random_below(r, 7)];
    for (unsigned block = 0; block < SECTION_BLOCKS; block++) {
        const uint64_t dice = random_below(r, 60);
        m->words[block] = dice == 0 ? 0 : dice == 1 ? BLOCK_HUGE : BLOCK_SPLIT;
        for (unsigned row = 0; row < BLOCK_ROWS; row++)
            m->rows[block][row] = random_row(r, length);
        for (unsigned i = 0; i < BLOCK_FRAMES; i++)
            bits[block * BLOCK_FRAMES + i] = dice == 0 || (dice > 1 && row_bit(m, block, i));
    }
}

static void assert_found_alike(const struct section *s, const bool *bits, uint64_t count,
                               uint64_t alignment)
{
    uint64_t wanted = 0, got = 0;
    bool there = naive_find(bits, SECTION, count, alignment, &wanted);
    assert_int_equal(scan_section(s, count, alignment, &got), there);
    assert_true(!there || got == s->number * SECTION + wanted);
    if (count > BLOCK || s->metadata->words[0] != BLOCK_SPLIT)
        return;
    unsigned in_chunk = 0;
    there = naive_find(bits, BLOCK, count, alignment, &wanted);
    assert_int_equal(scan_chunk(s->metadata->rows[0], count, alignment, &in_chunk), there);
    assert_true(!there || in_chunk == wanted);
}

static void test_scan_as_the_naive_search(void **state)
{
    (void)state;
    struct random r = random_start("frames scan", 20261124);
    const uint64_t counts[] = {1,  2,  3,  4,  5,  7,  8,  9,   15,  16,  17,   31,
                               32, 33, 48, 63, 64, 65, 80, 127, 128, 600, 1500, SECTION};
    struct section_metadata *m = calloc(1, sizeof *m);
    bool *bits = calloc(SECTION, sizeof *bits);
    if (m == nullptr || bits == nullptr)
        abort();
    const struct section s = {.number = 3, .metadata = m};
    for (unsigned round = 0; round < 10; round++) {
        random_section(&r, m, bits);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            assert_found_alike(&s, bits, counts[i], 1);
            assert_found_alike(&s, bits, counts[i], UINT64_C(1) << random_below(&r, 12));
        }
    }
    free(bits);
    free(m);
}

/* ---- damage ---- */

static struct section section_zero(struct machine *m)
{
    struct section s;
    if (!section_find_online(m->fa, 0, &s))
        abort();
    return s;
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
static void break_bounds(struct machine *m)
{
    section_zero(m).metadata->run_bounds[3] = 1;
}
static void break_forgotten_bounds(struct machine *m)
{
    assert_status(frames_free(m->fa, pfn(100 * BLOCK + 1), ORDER_FRAME), STATUS_OK);
    section_zero(m).record->has_bounds = true;
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
        {"F15: a run is free that the bounds of its section rule out", break_bounds},
        {"F15: a run is free that the bounds of its section rule out", break_forgotten_bounds},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine m = fragmented_machine(1);
        assert_refused(&m, 2, 1);
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
        cmocka_unit_test(test_refusal_is_remembered),
        cmocka_unit_test(test_refusal_rules_out_no_more),
        cmocka_unit_test(test_refusal_is_forgotten),
        cmocka_unit_test(test_scan_as_the_naive_search),
        cmocka_unit_test(test_each_damage_is_found),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
