/* SPDX-License-Identifier: MIT
 * Memory types by MTRRs: every kind of range, overlaps, and what is not the same throughout. */
#include <harness/harness.h>

#include <string.h>

#include <arch/page_format.h>

#include "arch/x86/mtrr.h"

constexpr uint64_t ON = 1u << 11, FIXED_ON = 1u << 10, VALID = 1u << 11;
constexpr uint8_t UC = 0, WC = 1, WT = 4, WP = 5, WB = 6;
constexpr unsigned PHYS_BITS = 40;

static void add(struct mtrr_state *state, uint64_t base, uint64_t size, uint8_t type)
{
    uint64_t mask = ((UINT64_C(1) << PHYS_BITS) - 1) & ~(size - 1);
    state->variable[state->variable_count].base = base | type;
    state->variable[state->variable_count++].mask = mask | VALID;
}

/* Write-back RAM of 3 GiB below a hole, 4 GiB above it; the first MiB as firmware leaves it. */
static struct mtrr_state pc(void)
{
    struct mtrr_state state = {
        .default_type = ON | FIXED_ON | UC, .has_fixed = true, .phys_bits = PHYS_BITS};
    memset(state.fixed[0], WB, 8); /* 0 .. 512 KiB */
    memset(state.fixed[1], WB, 8); /* .. 640 KiB */
    memset(state.fixed[2], UC, 8); /* A0000: video */
    memset(state.fixed[3], WP, 8); /* C0000: ROM */
    for (unsigned i = 4; i < MTRR_FIXED_COUNT; i++)
        memset(state.fixed[i], WT, 8);
    add(&state, 0, 2 * GIB, WB);
    add(&state, 2 * GIB, GIB, WB);
    add(&state, 4 * GIB, 4 * GIB, WB);
    add(&state, 0xe0000000, 16 * MIB, WC);
    return state;
}

struct question {
    const char *what;
    uint64_t start, size;
    bool known;
    unsigned type;
};

static void ask(const struct mtrr_state *state, const struct question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct question *q = &questions[i];
        unsigned type = 99;
        bool known = mtrr_range_type(state, q->start, q->size, &type);
        if (known != q->known || type != (q->known ? q->type : 99))
            fail_msg("%s: known %d type %u", q->what, known, type);
    }
}
#define ASK(state, questions) ask(state, questions, sizeof(questions) / sizeof(questions)[0])

static void test_ordinary_machine(void **)
{
    const struct mtrr_state state = pc();
    const struct question questions[] = {
        {"conventional", 0, 640 * KIB, true, MEMORY_TYPE_WRITE_BACK},
        {"video", 0xa0000, 128 * KIB, true, MEMORY_TYPE_UNCACHED},
        {"ROM", 0xc0000, 32 * KIB, true, MEMORY_TYPE_WRITE_PROTECTED},
        {"upper blocks", 0xc8000, 0x38000, true, MEMORY_TYPE_WRITE_THROUGH},
        {"last page of the first MiB", 0xff000, 4096, true, MEMORY_TYPE_WRITE_THROUGH},
        {"conventional and video", 0x9f000, 0x2000, false, 0},
        {"up to the video", 0x9f000, 0x1000, true, MEMORY_TYPE_WRITE_BACK},
        {"the first 2 MiB mix", 0, 2 * MIB, false, 0},
        {"RAM over two registers", MIB, 3 * GIB - MIB, true, MEMORY_TYPE_WRITE_BACK},
        {"RAM and hole", 3 * GIB - PAGE_SIZE, 2 * PAGE_SIZE, false, 0},
        {"the hole", 3 * GIB, 0x20000000, true, MEMORY_TYPE_UNCACHED},
        {"write-combining", 0xe0000000, 16 * MIB, true, MEMORY_TYPE_WRITE_COMBINING},
        {"and one page more", 0xe0000000, 16 * MIB + PAGE_SIZE, false, 0},
        {"above 4 GiB", 4 * GIB, 4 * GIB, true, MEMORY_TYPE_WRITE_BACK},
        {"behind RAM", 8 * GIB, 504 * GIB, true, MEMORY_TYPE_UNCACHED},
        {"to the very end", TIB - PAGE_SIZE, PAGE_SIZE, true, MEMORY_TYPE_UNCACHED},
        {"beyond it", TIB - PAGE_SIZE, 2 * PAGE_SIZE, false, 0},
        {"empty", GIB, 0, false, 0},
        {"wraps", UINT64_MAX - 4095, 8192, false, 0},
        {"one byte", GIB, 1, true, MEMORY_TYPE_WRITE_BACK},
    };
    ASK(&state, questions);
}

static void test_overlaps(void **)
{
    struct mtrr_state state = {.default_type = ON | WB, .phys_bits = PHYS_BITS};
    add(&state, 0, 4 * GIB, WT);
    add(&state, GIB, GIB, WB);       /* through wins */
    add(&state, GIB, 256 * MIB, UC); /* uncached wins over both */
    add(&state, 3 * GIB, MIB, WC);   /* through and combining: undefined */
    const struct question questions[] = {
        {"through", 0, GIB, true, MEMORY_TYPE_WRITE_THROUGH},
        {"through over back", GIB + 256 * MIB, GIB, true, MEMORY_TYPE_WRITE_THROUGH},
        {"uncached over all", GIB, 256 * MIB, true, MEMORY_TYPE_UNCACHED},
        {"undefined", 3 * GIB, PAGE_SIZE, false, 0},
        {"undefined in the middle", 2 * GIB, 2 * GIB, false, 0},
        {"default", 4 * GIB, GIB, true, MEMORY_TYPE_WRITE_BACK},
    };
    ASK(&state, questions);
}

static void test_switches_and_nonsense(void **)
{
    struct mtrr_state state = pc();
    unsigned type;
    state.default_type &= ~FIXED_ON;
    assert_true(mtrr_range_type(&state, 0, 2 * MIB, &type)); /* the variable ones hold below too */
    assert_int_equal(type, MEMORY_TYPE_WRITE_BACK);
    state.default_type &= ~ON;
    assert_false(mtrr_range_type(&state, GIB, PAGE_SIZE, &type));

    state = pc();
    state.variable[0].mask &= ~(UINT64_C(1) << 35); /* a gap in the mask: many ranges */
    assert_false(mtrr_range_type(&state, GIB, PAGE_SIZE, &type));
    state = pc();
    state.variable[0].base |= 1; /* a reserved type */
    assert_false(mtrr_range_type(&state, GIB, PAGE_SIZE, &type));
    state = pc();
    state.variable[0].mask = VALID; /* matches every address */
    assert_true(mtrr_range_type(&state, 16 * GIB, GIB, &type));
    assert_int_equal(type, MEMORY_TYPE_WRITE_BACK);
}

static void test_amd_top_of_memory(void **)
{
    struct mtrr_state state = {
        .default_type = ON | UC, .phys_bits = PHYS_BITS, .top_of_memory = 6 * GIB};
    add(&state, 0, 2 * GIB, WB);
    add(&state, 5 * GIB, MIB, UC);
    const struct question questions[] = {
        {"below 4 GiB nothing changes", 3 * GIB, GIB, true, MEMORY_TYPE_UNCACHED},
        {"forced", 4 * GIB, GIB, true, MEMORY_TYPE_WRITE_BACK},
        {"a register still counts", 5 * GIB, MIB, true, MEMORY_TYPE_UNCACHED},
        {"up to the top", 5 * GIB + MIB, GIB - MIB, true, MEMORY_TYPE_WRITE_BACK},
        {"over the top", 6 * GIB - PAGE_SIZE, 2 * PAGE_SIZE, false, 0},
        {"behind", 6 * GIB, GIB, true, MEMORY_TYPE_UNCACHED},
        {"over 4 GiB", 4 * GIB - PAGE_SIZE, 2 * PAGE_SIZE, false, 0},
    };
    ASK(&state, questions);
}

/* The type of a range is what all its pages have, each asked for itself. */
static void test_against_pages(void **)
{
    struct random random = random_start("mtrr", 7);
    static const uint8_t types[] = {UC, WC, WT, WP, WB, 3};
    for (unsigned round = 0; round < 300; round++) {
        struct mtrr_state state = {.default_type = ON | types[random_below(&random, 5)],
                                   .phys_bits = PHYS_BITS,
                                   .top_of_memory =
                                       random_below(&random, 2) * (4 * GIB + 64 * MIB)};
        for (unsigned i = 0; i < 4; i++) {
            uint64_t size = PAGE_SIZE << random_below(&random, 6);
            uint64_t base = 4 * GIB - 32 * PAGE_SIZE + random_below(&random, 64) * PAGE_SIZE;
            add(&state, align_down(base, size), size, types[random_below(&random, 6)]);
        }
        uint64_t first = 4 * GIB - 32 * PAGE_SIZE + random_below(&random, 60) * PAGE_SIZE;
        uint64_t pages = 1 + random_below(&random, 16);
        unsigned want = 0, type = 0, page = 0;
        bool uniform = true;
        for (uint64_t i = 0; i < pages; i++) {
            uniform &= mtrr_range_type(&state, first + i * PAGE_SIZE, PAGE_SIZE, &page);
            uniform &= i == 0 || page == want;
            want = page;
        }
        assert_int_equal(mtrr_range_type(&state, first, pages * PAGE_SIZE, &type), uniform);
        if (uniform)
            assert_int_equal(type, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary_machine),      cmocka_unit_test(test_overlaps),
        cmocka_unit_test(test_switches_and_nonsense), cmocka_unit_test(test_amd_top_of_memory),
        cmocka_unit_test(test_against_pages),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
