/* SPDX-License-Identifier: MIT
 * Page tables: edge cases as tables, each operation without memory at every step, and random operations
 * beside a flat model and an independent walker. What damage is found is in test_page_damage.c. */
#include "model/page_model.h"

#include <stdio.h>
#include <stdlib.h>

static constexpr struct page_shape full_shape = {4, 46, true, true};
static constexpr uint64_t LOW_END = UINT64_C(0x0000800000000000);
static constexpr uint64_t HIGH_START = UINT64_C(0xffff800000000000);
static constexpr uint64_t TOP_PAGE = UINT64_C(0xfffffffffffff000);
static constexpr uint64_t LOW_END_5 = UINT64_C(0x0100000000000000);
static constexpr uint64_t HIGH_START_5 = UINT64_C(0xff00000000000000);
static constexpr unsigned ROUND_STEPS = 500;
static constexpr uint32_t WX = PAGE_WRITE | PAGE_EXECUTE;

static void apply(struct page_model *m, struct page_op op, status_t wanted)
{
    status_t status;
    assert_sound(page_model_apply(m, &op, &status));
    assert_status(status, wanted);
    assert_sound(page_model_compare_all(m));
}

static void map(struct page_model *m, uint64_t start, uint64_t phys, uint64_t size, uint32_t rights,
                enum memory_type type)
{
    apply(m, (struct page_op){PAGE_OP_MAP, start, phys, size, rights, type}, STATUS_OK);
}

struct map_case {
    const char *name;
    uint64_t start, phys, size;
    uint32_t rights;
    enum memory_type type;
    status_t want;
    unsigned first_level; /* of the first leaf */
    unsigned tables;      /* afterwards */
};

static void run_map_cases(struct page_shape shape, const struct map_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct map_case *c = &cases[i];
        struct page_model *m = page_model_create(shape);
        struct page_op op = {PAGE_OP_MAP, c->start, c->phys, c->size, c->rights, c->type};
        status_t status;
        assert_sound(page_model_apply(m, &op, &status));
        assert_sound(page_model_compare_all(m));
        struct page_walk walk = page_table_query(&m->pt, virt_addr(c->start));
        if (status != c->want || walk.leaf_level != c->first_level || m->tables_in_use != c->tables)
            fail_msg("%s: %s, level %u, %u tables", c->name, status_text(status), walk.leaf_level,
                     (unsigned)m->tables_in_use);
        if (c->want == STATUS_OK) {
            assert_sound(page_model_compare_at(m, c->start));
            assert_sound(page_model_compare_at(m, c->start + c->size - 1));
            apply(m, (struct page_op){PAGE_OP_UNMAP, c->start, 0, c->size, 0, 0}, STATUS_OK);
        }
        assert_int_equal(page_table_count(&m->pt), 1);
        assert_sound(page_model_destroy(m));
    }
}

static void test_map_edges(void **state)
{
    (void)state;
    static const struct map_case cases[] = {
        {"one page", 0x1000, 0x5000, 0x1000, PAGE_WRITE, 0, STATUS_OK, 1, 4},
        {"page 0 to frame 0", 0, 0, 0x1000, 0, 0, STATUS_OK, 1, 4},
        {"2 MiB", 2 * MIB, 4 * MIB, 2 * MIB, PAGE_EXECUTE, 0, STATUS_OK, 2, 3},
        {"2 MiB, frame off by a page", 2 * MIB, 4 * MIB + 4096, 2 * MIB, 0, 0, STATUS_OK, 1, 4},
        {"2 MiB, address off by a page", 2 * MIB + 4096, 4 * MIB, 2 * MIB, 0, 0, STATUS_OK, 1, 5},
        {"both off by a page", 2 * MIB - 4096, 4 * MIB - 4096, 2 * MIB + 8192, 0, 0, STATUS_OK, 1,
         5},
        {"1 GiB", GIB, 3 * GIB, GIB, PAGE_GLOBAL, 7, STATUS_OK, 3, 2},
        {"1 GiB, frame off by 2 MiB", GIB, GIB + 2 * MIB, GIB, 0, 5, STATUS_OK, 2, 3},
        {"1 GiB and a page", GIB, GIB, GIB + 4096, 0, 0, STATUS_OK, 3, 4},
        {"page, 2 MiB .. 2 MiB, page around 1 GiB", GIB - 2 * MIB - 4096, GIB - 2 * MIB - 4096,
         GIB + 4 * MIB + 8192, 0, 0, STATUS_OK, 1, 6},
        {"across level 1 tables", 2 * MIB - 8192, 0x7000, 0x4000, 0, 0, STATUS_OK, 1, 5},
        {"across level 2 tables", GIB - 8192, 0x7000, 0x4000, 0, 0, STATUS_OK, 1, 6},
        {"across level 3 tables", 512 * GIB - 8192, 0x7000, 0x4000, 0, 0, STATUS_OK, 1, 7},
        {"a whole level 4 slot", 512 * GIB, 512 * GIB, 512 * GIB, 0, 0, STATUS_OK, 3, 2},
        {"last page of the low half", LOW_END - 4096, 0x5000, 4096, 0, 0, STATUS_OK, 1, 4},
        {"first page of the high half", HIGH_START, 0x5000, 4096, 0, 0, STATUS_OK, 1, 4},
        {"last page", TOP_PAGE, 0x5000, 4096, 0, 0, STATUS_OK, 1, 4},
        {"last GiB", 0 - GIB, GIB, GIB, 0, 3, STATUS_OK, 3, 2},
        {"last frame", 0x1000, (UINT64_C(1) << 46) - 4096, 4096, 0, 0, STATUS_OK, 1, 4},
        {"frame above the last", 0x1000, UINT64_C(1) << 46, 4096, 0, 0, STATUS_OUT_OF_RANGE, 0, 1},
        {"ends above the last frame", 0x1000, (UINT64_C(1) << 46) - 4096, 8192, 0, 0,
         STATUS_OUT_OF_RANGE, 0, 1},
        {"frames wrap", 0x1000, TOP_PAGE, 8192, 0, 0, STATUS_OVERFLOW, 0, 1},
        {"addresses wrap", TOP_PAGE, 0, 8192, 0, 0, STATUS_OVERFLOW, 0, 1},
        {"size of everything", 0, 0, TOP_PAGE, 0, 0, STATUS_NOT_CANONICAL, 0, 1},
        {"low half into the hole", LOW_END - 4096, 0, 8192, 0, 0, STATUS_NOT_CANONICAL, 0, 1},
        {"in the hole", LOW_END, 0, 4096, 0, 0, STATUS_NOT_CANONICAL, 0, 1},
        {"before the high half", HIGH_START - 4096, 0, 8192, 0, 0, STATUS_NOT_CANONICAL, 0, 1},
        {"across the hole", LOW_END - 4096, 0, HIGH_START - LOW_END + 8192, 0, 0,
         STATUS_NOT_CANONICAL, 0, 1},
        {"no size", 0x1000, 0, 0, 0, 0, STATUS_MISALIGNED, 0, 1},
        {"half a page", 0x1000, 0, 2048, 0, 0, STATUS_MISALIGNED, 0, 1},
        {"address not aligned", 0x1800, 0, 4096, 0, 0, STATUS_MISALIGNED, 0, 1},
        {"frame not aligned", 0x1000, 1, 4096, 0, 0, STATUS_MISALIGNED, 0, 1},
        {"writable and executable", 0x1000, 0, 4096, WX, 0, STATUS_BAD_RIGHTS, 0, 1},
        {"user page of the upper half", HIGH_START, 0, 4096, PAGE_USER, 0, STATUS_BAD_RIGHTS, 0, 1},
        {"the last page for users", TOP_PAGE, 0, 4096, PAGE_USER | PAGE_WRITE, 0, STATUS_BAD_RIGHTS,
         0, 1},
        {"user page below it", LOW_END - 4096, 0, 4096, PAGE_USER, 0, STATUS_OK, 1, 4},
        {"unknown right", 0x1000, 0, 4096, 1u << 4, 0, STATUS_BAD_RIGHTS, 0, 1},
        {"type 4 repeats type 0", 0x1000, 0, 4096, 0, (enum memory_type)4, STATUS_UNSUPPORTED, 0,
         1},
        {"type 6 repeats type 2", 0x1000, 0, 4096, 0, (enum memory_type)6, STATUS_UNSUPPORTED, 0,
         1},
        {"type 8 is none", 0x1000, 0, 4096, 0, (enum memory_type)8, STATUS_UNSUPPORTED, 0, 1},
    };
    run_map_cases(full_shape, cases, sizeof cases / sizeof cases[0]);
}

static void test_map_edges_5_levels(void **state)
{
    (void)state;
    static const struct map_case cases[] = {
        {"one page", 0x1000, 0x5000, 0x1000, PAGE_USER, 0, STATUS_OK, 1, 5},
        {"1 GiB without such leaves", GIB, GIB, GIB, 0, 0, STATUS_OK, 2, 4},
        {"behind 4 levels", LOW_END, 0x5000, 0x1000, 0, 0, STATUS_OK, 1, 5},
        {"across level 4 tables", 2 * LOW_END - 4096, 0x5000, 0x2000, 0, 0, STATUS_OK, 1, 9},
        {"last page of the low half", LOW_END_5 - 4096, 0x5000, 4096, 0, 0, STATUS_OK, 1, 5},
        {"first page of the high half", HIGH_START_5, 0x5000, 4096, 0, 0, STATUS_OK, 1, 5},
        {"last page", TOP_PAGE, 0x5000, 4096, 0, 0, STATUS_OK, 1, 5},
        {"into the hole", LOW_END_5 - 4096, 0, 8192, 0, 0, STATUS_NOT_CANONICAL, 0, 1},
        {"in the hole", HIGH_START_5 - 4096, 0, 4096, 0, 0, STATUS_NOT_CANONICAL, 0, 1},
    };
    run_map_cases((struct page_shape){5, 52, false, false}, cases, sizeof cases / sizeof cases[0]);
}

/* What is there is never touched: refused wherever a page of the range is in use, or is missing. */
static void test_partly_mapped(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    map(m, 0x3000, 0x3000, 0x2000, PAGE_WRITE, 0);
    map(m, 4 * MIB, 4 * MIB, 2 * MIB, PAGE_WRITE, 0);
    map(m, 4 * GIB, 4 * GIB, GIB, PAGE_WRITE, 0);
    static const struct {
        enum page_op_kind kind;
        uint64_t start, size;
        status_t want;
    } cases[] = {
        {PAGE_OP_MAP, 0x3000, 0x1000, STATUS_ALREADY_MAPPED},
        {PAGE_OP_MAP, 0x0000, 0x4000, STATUS_ALREADY_MAPPED},
        {PAGE_OP_MAP, 0x4000, 0x4000, STATUS_ALREADY_MAPPED},
        {PAGE_OP_MAP, 0, 2 * MIB, STATUS_ALREADY_MAPPED},
        {PAGE_OP_MAP, 2 * MIB, 2 * MIB + 4096, STATUS_ALREADY_MAPPED},
        {PAGE_OP_MAP, 0, GIB, STATUS_ALREADY_MAPPED},
        {PAGE_OP_MAP, 4 * MIB + 4096, 4096, STATUS_ALREADY_MAPPED},
        {PAGE_OP_MAP, 4 * GIB + 2 * MIB, 2 * MIB, STATUS_ALREADY_MAPPED},
        {PAGE_OP_UNMAP, 0x2000, 0x1000, STATUS_NOT_MAPPED},
        {PAGE_OP_UNMAP, 0x2000, 0x2000, STATUS_NOT_MAPPED},
        {PAGE_OP_UNMAP, 0x4000, 0x2000, STATUS_NOT_MAPPED},
        {PAGE_OP_UNMAP, 4 * MIB + 4096, 2 * MIB, STATUS_NOT_MAPPED},
        {PAGE_OP_UNMAP, 4 * GIB + 4096, GIB, STATUS_NOT_MAPPED},
        {PAGE_OP_UNMAP, 512 * GIB, 4096, STATUS_NOT_MAPPED},
        {PAGE_OP_PROTECT, 0x4000, 0x2000, STATUS_NOT_MAPPED},
        {PAGE_OP_PROTECT, 4 * GIB - 4096, 8192, STATUS_NOT_MAPPED},
        {PAGE_OP_UNMAP, 0x3000, 0, STATUS_MISALIGNED},
        {PAGE_OP_PROTECT, 0x3000, 0x800, STATUS_MISALIGNED},
        {PAGE_OP_UNMAP, TOP_PAGE, 0x2000, STATUS_OVERFLOW},
        {PAGE_OP_UNMAP, LOW_END - 4096, 8192, STATUS_NOT_CANONICAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        apply(m, (struct page_op){cases[i].kind, cases[i].start, 0, cases[i].size, 0, 0},
              cases[i].want);
    apply(m, (struct page_op){PAGE_OP_PROTECT, 0x3000, 0, 0x1000, WX, 0}, STATUS_BAD_RIGHTS);
    assert_sound(page_model_destroy(m));
}

/* Cut larger leaves in the middle, with every memory type: the PAT bit moves with the leaf size. */
static void test_splits(void **state)
{
    (void)state;
    static const enum memory_type types[] = {
        MEMORY_TYPE_WRITE_BACK, MEMORY_TYPE_WRITE_COMBINING, MEMORY_TYPE_UNCACHED_MINUS,
        MEMORY_TYPE_UNCACHED,   MEMORY_TYPE_WRITE_PROTECTED, MEMORY_TYPE_WRITE_THROUGH};
    static const struct {
        uint64_t leaf, start, size;
        unsigned tables_more;
    } cuts[] = {
        {2 * MIB, 0, 4096, 1},
        {2 * MIB, 2 * MIB - 4096, 4096, 1},
        {2 * MIB, 0x5000, 0x3000, 1},
        {2 * MIB, 0, 2 * MIB, 0},
        {GIB, 6 * MIB, 2 * MIB, 1},
        {GIB, 6 * MIB + 4096, 4096, 2},
        {GIB, 6 * MIB + 4096, 2 * MIB, 3},
        {GIB, 6 * MIB + 4096, 64 * MIB, 3},
        {GIB, 6 * MIB, 64 * MIB + 4096, 2},
        {GIB, 0, GIB - 4096, 2},
        {GIB, 4096, GIB - 4096, 2},
        {GIB, 0, GIB, 0},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (size_t k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
            struct page_model *m = page_model_create(full_shape);
            uint64_t start = 8 * GIB + cuts[k].start;
            map(m, 8 * GIB, 3 * GIB, cuts[k].leaf, PAGE_WRITE | PAGE_GLOBAL, types[i]);
            uint64_t tables = page_table_count(&m->pt);
            page_model_touch(m, start);
            m->budget = cuts[k].tables_more;
            apply(m, (struct page_op){PAGE_OP_PROTECT, start, 0, cuts[k].size, PAGE_USER, 0},
                  STATUS_OK);
            assert_int_equal(page_table_count(&m->pt), tables + cuts[k].tables_more);
            assert_sound(page_model_compare_at(m, start));
            assert_sound(page_model_compare_at(m, start - 1));
            assert_sound(page_model_compare_at(m, start + cuts[k].size));
            apply(m, (struct page_op){PAGE_OP_UNMAP, start, 0, cuts[k].size, 0, 0}, STATUS_OK);
            assert_sound(page_model_destroy(m));
        }
    }
}

/* What was split is joined again, of every memory type: to the same leaf, with the PAT bit back in its place. */
static void test_joins(void **state)
{
    (void)state;
    static const struct {
        uint64_t size, part;
        unsigned level, tables_less;
    } cases[] = {{2 * MIB, 0x5000, 2, 1}, {GIB, 0, 3, 2}, {GIB, 6 * MIB + 0x5000, 3, 2}};
    for (enum memory_type type = 0; type <= MEMORY_TYPE_WRITE_THROUGH; type++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0] && type != 4 && type != 6; i++) {
            struct page_model *m = page_model_create(full_shape);
            const uint64_t start = 8 * GIB, part = start + cases[i].part;
            map(m, start, 3 * GIB, cases[i].size, PAGE_WRITE | PAGE_USER, type);
            const struct page_walk before = page_table_query(&m->pt, virt_addr(part));
            apply(m, (struct page_op){PAGE_OP_PROTECT, part, 0, 4096, PAGE_USER, 0}, STATUS_OK);
            for (unsigned k = 0; k < MODEL_TLB_MAX; k++)
                page_model_touch(m, part + (k - 32ul) * 4096);
            const struct page_op join = {PAGE_OP_JOIN, start, 0, cases[i].size, 0, 0};
            const uint64_t tables = page_table_count(&m->pt);
            apply(m, join, STATUS_OK); /* one page differs: its leaves stay, others may join */
            assert_int_equal(page_table_count(&m->pt), tables);
            apply(m, (struct page_op){PAGE_OP_PROTECT, part, 0, 4096, PAGE_WRITE | PAGE_USER, 0},
                  STATUS_OK);
            apply(m, (struct page_op){PAGE_OP_JOIN, start, 0, cases[i].size - 4096, 0, 0},
                  STATUS_OK); /* not the whole leaf is in the range */
            m->budget = 0;    /* nothing is taken */
            apply(m, join, STATUS_OK);
            const struct page_walk after = page_table_query(&m->pt, virt_addr(part));
            assert_int_equal(after.leaf_level, cases[i].level);
            assert_int_equal(after.steps[after.step_count - 1].entry,
                             before.steps[before.step_count - 1].entry);
            assert_int_equal(page_table_count(&m->pt), tables - cases[i].tables_less);
            assert_sound(page_model_compare_at(m, part));
            assert_sound(page_model_destroy(m));
        }
    }
}

/* What must not be joined, and which ranges are none. */
static void test_joins_refused(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    map(m, 2 * MIB, 4 * MIB + 4096, 2 * MIB, PAGE_WRITE, 0); /* the frame is not aligned */
    map(m, 4 * MIB, 4 * MIB, 2 * MIB - 4096, PAGE_WRITE, 0); /* a page is missing */
    map(m, 6 * MIB, 8 * MIB, MIB, PAGE_WRITE, 0);
    map(m, 7 * MIB, 9 * MIB, MIB, PAGE_WRITE, 1); /* another type */
    map(m, 8 * MIB, 16 * MIB, MIB, PAGE_WRITE, 0);
    map(m, 9 * MIB, 17 * MIB, MIB, PAGE_WRITE, 0); /* these two make one */
    uint64_t tables = page_table_count(&m->pt);
    apply(m, (struct page_op){PAGE_OP_JOIN, 0, 0, LOW_END, 0, 0}, STATUS_OK);
    assert_int_equal(page_table_count(&m->pt), tables - 1);
    assert_int_equal(page_table_query(&m->pt, virt_addr(8 * MIB)).leaf_level, 2);
    apply(m, (struct page_op){PAGE_OP_JOIN, 0, 0, 0, 0, 0}, STATUS_MISALIGNED);
    apply(m, (struct page_op){PAGE_OP_JOIN, TOP_PAGE, 0, 8192, 0, 0}, STATUS_OVERFLOW);
    apply(m, (struct page_op){PAGE_OP_JOIN, LOW_END - 4096, 0, 8192, 0, 0}, STATUS_NOT_CANONICAL);
    assert_sound(page_model_destroy(m));

    m = page_model_create((struct page_shape){4, 46, true, false}); /* no 1 GiB leaves */
    map(m, GIB, GIB, GIB, PAGE_WRITE, 0);
    tables = page_table_count(&m->pt);
    apply(m, (struct page_op){PAGE_OP_JOIN, GIB, 0, GIB, 0, 0}, STATUS_OK);
    assert_int_equal(page_table_count(&m->pt), tables);
    assert_sound(page_model_destroy(m));
}

/* The high half of two roots: the same tables, which stay whatever is unmapped, and end with one of them. */
static void test_shared_high(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    map(m, TOP_PAGE, 0, 4096, PAGE_WRITE, 0);
    assert_status(page_table_share_high(&m->pt, virt_addr(0x1000), 4096), STATUS_OUT_OF_RANGE);
    assert_status(page_table_share_high(&m->pt, virt_addr(HIGH_START), 100), STATUS_MISALIGNED);
    m->budget = 1;
    assert_status(page_table_share_high(&m->pt, virt_addr(HIGH_START), 1024 * GIB),
                  STATUS_NO_MEMORY);
    assert_int_equal(page_table_count(&m->pt), 4);
    m->budget = MODEL_NO_LIMIT;
    assert_status(page_table_share_high(&m->pt, virt_addr(HIGH_START), 1024 * GIB), STATUS_OK);
    assert_status(page_table_share_high(&m->pt, virt_addr(TOP_PAGE), 4096), STATUS_OK);
    m->pt.shared_high = true;
    assert_int_equal(page_table_count(&m->pt), 6);
    assert_sound(page_table_check(&m->pt));

    struct page_table other = m->pt;
    assert_status(page_table_create(&other), STATUS_OK);
    page_table_copy_high(&other, &m->pt);
    assert_true(page_table_high_is_equal(&other, &m->pt));
    assert_status(page_table_map(&m->pt, virt_addr(HIGH_START), phys_addr(0x5000), 4096, 0,
                                 MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    assert_int_equal(page_table_query(&other, virt_addr(HIGH_START)).phys.value, 0x5000);
    assert_status(page_table_map(&m->pt, virt_addr(HIGH_START + 4096), phys_addr(0), 4096,
                                 PAGE_USER, MEMORY_TYPE_WRITE_BACK),
                  STATUS_BAD_RIGHTS); /* in every root, but let through by one */
    assert_status(page_table_protect(&m->pt, virt_addr(HIGH_START), 4096, PAGE_USER),
                  STATUS_BAD_RIGHTS);
    assert_true(page_table_high_is_equal(&other, &m->pt));
    assert_status(page_table_map(&m->pt, virt_addr(HIGH_START + 1024 * GIB), phys_addr(0), 4096, 0,
                                 MEMORY_TYPE_WRITE_BACK),
                  STATUS_OUT_OF_RANGE); /* the other root would not have it */
    assert_status(page_table_unmap(&m->pt, virt_addr(HIGH_START), 4096), STATUS_OK);
    assert_status(page_table_unmap(&m->pt, virt_addr(TOP_PAGE), 4096), STATUS_OK);
    assert_true(page_table_high_is_equal(&other, &m->pt));
    assert_int_equal(page_table_count(&m->pt), 4);
    assert_sound(page_table_check(&other));
    page_table_destroy(&other);
    assert_int_equal(page_table_count(&m->pt), m->tables_in_use);
    assert_sound(page_table_check(&m->pt));
    m->pt.shared_high = false;
    assert_sound(page_model_destroy(m));
}

/* No memory at every step, until it works; each refusal leaves every translation and table as it was
 * (page_model_apply and page_model_compare_all see to that). */
static void test_out_of_memory(void **state)
{
    (void)state;
    static const struct page_op ops[] = {
        {PAGE_OP_MAP, 512 * GIB - 2 * MIB - 4096, 0, 4 * MIB + 8192, PAGE_USER, 0},
        {PAGE_OP_MAP, GIB - 8192, 0x7000, 6 * MIB, PAGE_USER, 0},
        {PAGE_OP_MAP, LOW_END - 4096, 0, 4096, 0, 0},
        {PAGE_OP_UNMAP, 8 * GIB + 2 * MIB + 4096, 0, 3 * GIB - 4 * MIB, 0, 0},
        {PAGE_OP_UNMAP, 8 * GIB + 2 * MIB + 4096, 0, 4096, 0, 0},
        {PAGE_OP_PROTECT, 8 * GIB + 2 * MIB + 4096, 0, 8 * MIB, PAGE_USER, 0},
        {PAGE_OP_PROTECT, 0x1ff000, 0, 0x2000, PAGE_USER, 0},
    };
    for (unsigned levels = 4; levels <= 5; levels++) {
        for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
            struct page_model *m = page_model_create((struct page_shape){levels, 40, true, true});
            map(m, 0, 0, 4 * MIB, PAGE_WRITE, 0);
            map(m, 8 * GIB, 0, 4 * GIB, PAGE_WRITE, 7);
            status_t status = STATUS_NO_MEMORY;
            for (m->budget = 0; status == STATUS_NO_MEMORY;) {
                uint64_t budget = m->budget;
                assert_sound(page_model_apply(m, &ops[i], &status));
                assert_sound(page_model_compare_all(m));
                if (status == STATUS_NO_MEMORY)
                    assert_int_equal(m->budget, 0);
                m->budget = budget + 1;
            }
            assert_status(status, STATUS_OK);
            assert_true(m->budget > 1); /* it did fail before */
            assert_sound(page_model_destroy(m));
        }
    }
}

/* Table memory that looks at, or changes, the tables while it is called. */
struct meddler {
    struct page_model *m;
    struct table_memory inner;
    unsigned calls;
    bool split_came_first;
};

static status_t take_and_map(void *owner, phys_addr_t *out)
{
    struct meddler *meddler = owner;
    if (meddler->calls++ == 0) {
        struct page_op op = {PAGE_OP_MAP, GIB + 8 * MIB, 0x9000, 4096, 0, 0};
        status_t status;
        assert_sound(page_model_apply(meddler->m, &op, &status));
        assert_status(status, STATUS_OK);
    }
    return meddler->inner.take(meddler->inner.owner, out);
}

static status_t take_only(void *owner, phys_addr_t *out)
{
    struct meddler *meddler = owner;
    return meddler->inner.take(meddler->inner.owner, out);
}

static void give_back_only(void *owner, phys_addr_t table)
{
    struct meddler *meddler = owner;
    meddler->inner.give_back(meddler->inner.owner, table);
}

static void witness_split(void *owner, virt_addr_t address, uint64_t leaf_size, uint64_t count)
{
    struct meddler *meddler = owner;
    assert_true(leaf_size == PAGE_SIZE && count == 1);
    if (meddler->calls++ != 0)
        return;
    struct page_walk walk = page_table_query(&meddler->m->pt, virt_addr(2 * MIB + 0x5000));
    meddler->split_came_first = address.value >> 21 == 1 && walk.leaf_level == 1 &&
                                walk.phys.value == 6 * MIB + 0x5000 && walk.rights == PAGE_WRITE;
}

/* Frames that come online are mapped in the same tables while a table is asked for. What the plan asked
 * for too much must be given back. A null invalidate is allowed. */
static void test_nested_map(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    struct meddler meddler = {.m = m, .inner = m->pt.memory};
    m->pt.memory = (struct table_memory){take_and_map, give_back_only, nullptr, &meddler};
    map(m, GIB, 0x5000, 0x3000, PAGE_USER, 0);
    assert_int_equal(meddler.calls, 3 + 3); /* the nested map asks too */
    assert_int_equal(page_table_count(&m->pt), 5);
    m->pt.memory = meddler.inner;
    assert_sound(page_model_destroy(m));
}

/* What `take` does beside giving a table. */
struct intruder {
    struct page_model *m;
    struct table_memory inner;
    bool unmaps, dirty;
    uint64_t start, size;
};

static status_t take_and_intrude(void *owner, phys_addr_t *out)
{
    struct intruder *intruder = owner;
    struct page_model *m = intruder->m;
    m->pt.memory = intruder->inner;
    if (intruder->size != 0 && intruder->unmaps)
        assert_status(page_table_unmap(&m->pt, virt_addr(intruder->start), intruder->size),
                      STATUS_OK);
    else if (intruder->size != 0)
        assert_status(page_table_map(&m->pt, virt_addr(intruder->start), phys_addr(0),
                                     intruder->size, 0, MEMORY_TYPE_WRITE_BACK),
                      STATUS_OK);
    status_t status = intruder->inner.take(intruder->inner.owner, out);
    if (intruder->dirty)
        *(uint64_t *)(uintptr_t)(out->value + m->pt.offset + 8) = 0x5000;
    return status;
}

/* Memory that is mapped while a table is asked for lies elsewhere, nothing is unmapped meanwhile, and tables are
 * zeroed: whoever gives tables must keep to that. Each of these breaks PT9: a commit meets what its plan did not
 * see. */
static void test_plan_does_not_hold(void **state)
{
    (void)state;
    static const struct {
        struct page_op op;
        bool unmaps;
        uint64_t start, size;
    } cases[] = {
        {{PAGE_OP_MAP, GIB, 0x5000, 0x3000, 0, 0}, false, GIB + 0x1000, 0x1000},
        {{PAGE_OP_MAP, GIB, 0x5000, 0x3000, 0, 0}, false, GIB, 2 * MIB},
        {{PAGE_OP_MAP, 4 * MIB - 4096, 0x5000, 0x2000, 0, 0}, true, 2 * MIB, 4096},
        {{PAGE_OP_UNMAP, 8 * MIB - 4096, 0, 4 * MIB, 0, 0}, true, 8 * MIB, 2 * MIB},
        {{PAGE_OP_PROTECT, 8 * MIB - 4096, 0, 4 * MIB, 0, 0}, true, 8 * MIB - 4096, 4096},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page_model *m = page_model_create(full_shape);
        map(m, 2 * MIB, 0x5000, 4096, 0, 0);
        map(m, 8 * MIB - 4096, 0x7000, 4096, 0, 0);
        map(m, 8 * MIB, 8 * MIB, 4 * MIB, 0, 0);
        struct intruder intruder = {m,     m->pt.memory,   cases[i].unmaps,
                                    false, cases[i].start, cases[i].size};
        m->pt.memory = (struct table_memory){take_and_intrude, give_back_only, nullptr, &intruder};
        status_t status;
        assert_rule_broken(PT9, (void)page_model_apply(m, &cases[i].op, &status));
        m->pt.memory = intruder.inner;
        assert_sound(page_model_destroy(m));
    }
    struct page_model *m = page_model_create(full_shape);
    struct intruder intruder = {.m = m, .inner = m->pt.memory, .dirty = true};
    const struct page_op op = {PAGE_OP_MAP, GIB, 0x5000, 0x3000, 0, 0};
    status_t status;
    m->pt.memory = (struct table_memory){take_and_intrude, give_back_only, nullptr, &intruder};
    assert_rule_broken(PT8, (void)page_model_apply(m, &op, &status));
    m->pt.memory = intruder.inner;
    assert_sound(page_model_destroy(m));
}

/* A split is told to the processor before anything behind it changes: no leaf of 4 KiB is used beside a
 * cached one of 2 MiB for the same address (machine checks on AMD, erratum 383). */
static void test_split_is_invalidated_first(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    map(m, 2 * MIB, 6 * MIB, 2 * MIB, PAGE_WRITE, 0);
    struct meddler meddler = {.m = m, .inner = m->pt.memory};
    m->pt.memory = (struct table_memory){take_only, give_back_only, witness_split, &meddler};
    apply(m, (struct page_op){PAGE_OP_UNMAP, 2 * MIB + 0x5000, 0, 4096, 0, 0}, STATUS_OK);
    assert_int_equal(meddler.calls, 2);
    assert_true(meddler.split_came_first);
    m->pt.memory = meddler.inner;
    assert_sound(page_model_destroy(m));
}

/* The entry that leads to the table of 4 KiB pages at `address`. */
static uint64_t *table_entry(const struct page_model *m, uint64_t address)
{
    const struct page_walk walk = page_table_query(&m->pt, virt_addr(address));
    const struct page_step *step = &walk.steps[m->pt.levels - 2];
    return (uint64_t *)(uintptr_t)(step->table.value + m->pt.offset) + step->index;
}

/* A fault fills an entry by one store and tells nobody: wherever it is, and whatever was remembered of the table,
 * the table stays; and goes once that entry is empty again. */
static void test_table_is_judged_by_what_is_in_it(void **state)
{
    (void)state;
    static const unsigned pages[] = {0, 7, 8, 255, 504, 511};
    const uint64_t hints[] = {0, 1, 31, 62, 63}; /* bits 57:52 */
    struct page_model *m = page_model_create(full_shape);
    for (unsigned filled = 0; filled < 512; filled++) {
        const unsigned page = pages[filled % 6], hint = filled / 6 % 5;
        const uint64_t at = 4 * MIB + page * PAGE_SIZE, other = 4 * MIB + filled * PAGE_SIZE;
        if (page == filled)
            continue;
        map(m, at, 0x5000, PAGE_SIZE, 0, 0);
        uint64_t *entry = table_entry(m, at);
        uint64_t *leaves =
            (uint64_t *)(uintptr_t)((*entry & UINT64_C(0xffffffffff000)) + m->pt.offset);
        leaves[filled] = leaves[page] + 0x1000;
        *entry = (*entry & ~(UINT64_C(63) << 52)) | hints[hint] << 52;
        assert_status(page_table_unmap(&m->pt, virt_addr(at), PAGE_SIZE), STATUS_OK);
        assert_int_equal(page_table_query(&m->pt, virt_addr(other)).phys.value, 0x6000);
        assert_sound(page_table_check(&m->pt));
        assert_status(page_table_unmap(&m->pt, virt_addr(other), PAGE_SIZE), STATUS_OK);
        assert_int_equal(m->tables_in_use, 1);
        m->run_count = 0;
    }
    assert_sound(page_model_destroy(m));
}

static void test_query(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    map(m, GIB + 2 * MIB, 0x40000000, 2 * MIB, PAGE_WRITE | PAGE_USER, MEMORY_TYPE_WRITE_THROUGH);
    map(m, 0x7000, 0x9000, 4096, PAGE_EXECUTE, MEMORY_TYPE_WRITE_BACK);
    struct page_walk walk = page_table_query(&m->pt, virt_addr(GIB + 2 * MIB + 0x12345));
    assert_true(walk.canonical && walk.present && !walk.reserved_bit);
    assert_int_equal(walk.step_count, 3);
    assert_int_equal(walk.steps[0].level, 4);
    assert_int_equal(walk.steps[0].table.value, m->pt.root.value);
    assert_int_equal(walk.steps[1].index, 1);
    assert_int_equal(walk.steps[2].level, 2);
    assert_int_equal(walk.leaf_level, 2);
    assert_int_equal(walk.leaf_size, 2 * MIB);
    assert_int_equal(walk.phys.value, 0x40012345);
    assert_int_equal(walk.rights, PAGE_WRITE | PAGE_USER);
    assert_int_equal(walk.type, MEMORY_TYPE_WRITE_THROUGH);
    assert_true(walk.accessed && walk.dirty);
    walk = page_table_query(&m->pt, virt_addr(0x7fff));
    assert_int_equal(walk.phys.value, 0x9fff);
    assert_int_equal(walk.rights, PAGE_EXECUTE);
    assert_true(walk.accessed && !walk.dirty);
    walk = page_table_query(&m->pt, virt_addr(0x8000));
    assert_true(walk.canonical && !walk.present);
    assert_int_equal(walk.step_count, 4);
    assert_int_equal(walk.rights, 0);
    walk = page_table_query(&m->pt, virt_addr(LOW_END));
    assert_true(!walk.canonical && walk.step_count == 0);
    assert_sound(page_model_destroy(m));
}

struct visited {
    unsigned count, stop_after;
    uint64_t starts[8];
};

static bool remember(void *owner, const struct page_extent *extent)
{
    struct visited *v = owner;
    v->starts[v->count++] = extent->start.value;
    return v->count < v->stop_after;
}

static void test_visit(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    map(m, 0x1000, 0x5000, 0x1000, 0, 0);
    map(m, 2 * MIB, 0, 2 * MIB, 0, 0);
    map(m, LOW_END - 4096, 0, 4096, 0, 0);
    map(m, HIGH_START, 0, 4096, 0, 0);
    map(m, TOP_PAGE, 0, 4096, 0, 0);
    static const struct {
        uint64_t from, to;
        unsigned stop_after, want;
        uint64_t first;
    } cases[] = {
        {0, UINT64_MAX, 8, 5, 0x1000},
        {0, UINT64_MAX, 2, 2, 0x1000},
        {0, 0x1000, 8, 1, 0x1000},
        {0, 0xfff, 8, 0, 0},
        {0x2000, 2 * MIB - 1, 8, 0, 0},
        {0x2000, 2 * MIB, 8, 1, 2 * MIB},
        {3 * MIB + 5, 3 * MIB + 5, 8, 1, 2 * MIB},
        {LOW_END, HIGH_START - 1, 8, 0, 0},
        {LOW_END - 1, HIGH_START, 8, 2, LOW_END - 4096},
        {UINT64_MAX, UINT64_MAX, 8, 1, TOP_PAGE},
        {1, 0, 8, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct visited v = {.stop_after = cases[i].stop_after};
        page_table_visit(&m->pt, virt_addr(cases[i].from), virt_addr(cases[i].to), remember, &v);
        assert_int_equal(v.count, cases[i].want);
        assert_int_equal(v.starts[0], cases[i].first);
    }
    assert_sound(page_model_destroy(m));
}

struct extents {
    unsigned count;
    struct page_extent at[8];
};

static bool keep_extent(void *owner, const struct page_extent *extent)
{
    struct extents *e = owner;
    e->at[e->count++] = *extent;
    return e->count < 8;
}

/* Leaves join if they continue each other, and only then. */
static void test_visit_joins(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    map(m, 0x1000, 0x5000, 0x3000, 0, 0); /* three leaves of one extent, and one more that */
    map(m, 0x4000, 0x8000, 0x1000, 0, 0); /* was mapped later */
    map(m, 0x5000, 0x9000, 0x1000, PAGE_WRITE, 0); /* other rights */
    map(m, 0x6000, 0x1000, 0x1000, PAGE_WRITE, 0); /* another frame */
    map(m, 4 * MIB - 0x1000, 0, 0x1000, 0, 0);     /* the next one lies in another table */
    map(m, 4 * MIB, 0x1000, 0x1000, 0, 0);
    map(m, 6 * MIB, 8 * MIB, 4 * MIB, 0, 0); /* two large leaves */
    static const uint64_t want[][3] = {{0x1000, 0x4000, 4096},  {0x5000, 0x1000, 4096},
                                       {0x6000, 0x1000, 4096},  {4 * MIB - 0x1000, 0x1000, 4096},
                                       {4 * MIB, 0x1000, 4096}, {6 * MIB, 4 * MIB, 2 * MIB}};
    struct extents e = {};
    page_table_visit(&m->pt, virt_addr(0), virt_addr(UINT64_MAX), keep_extent, &e);
    assert_int_equal(e.count, sizeof want / sizeof want[0]);
    for (unsigned i = 0; i < e.count; i++) {
        assert_int_equal(e.at[i].start.value, want[i][0]);
        assert_int_equal(e.at[i].size, want[i][1]);
        assert_int_equal(e.at[i].leaf_size, want[i][2]);
    }
    assert_sound(page_model_destroy(m));
}

static void test_create_refuses(void **state)
{
    (void)state;
    struct page_model *m = page_model_create(full_shape);
    struct page_table other = m->pt;
    other.levels = 3;
    assert_status(page_table_create(&other), STATUS_UNSUPPORTED);
    other.levels = 4;
    other.phys_bits = 53;
    assert_status(page_table_create(&other), STATUS_UNSUPPORTED);
    other.phys_bits = 40;
    m->budget = 0;
    assert_status(page_table_create(&other), STATUS_NO_MEMORY);
    assert_int_equal(other.root.value, m->pt.root.value);
    assert_sound(page_model_destroy(m));
}

/* One life of a page table. */
static void random_round(struct page_shape shape, struct random *r, unsigned counts[STATUS_COUNT])
{
    struct page_model *m = page_model_create(shape);
    for (unsigned i = 0; i < ROUND_STEPS; i++) {
        uint64_t bytes[2] = {random_next(r), random_next(r)};
        struct page_op op = page_op_decode(m, (const uint8_t *)bytes);
        status_t status;
        page_model_touch(m, op.start);
        page_model_touch(m, op.start + op.size - 1);
        m->budget = random_below(r, 4) == 0 ? random_below(r, 6) : MODEL_NO_LIMIT;
        assert_sound(page_model_apply(m, &op, &status));
        counts[status]++;
        assert_sound(page_model_compare_at(m, op.start));
        assert_sound(page_model_compare_at(m, op.start + op.size - 1));
        if (i % 16 == 0 || status == STATUS_NO_MEMORY)
            assert_sound(page_model_compare_all(m));
    }
    assert_sound(page_model_compare_all(m));
    assert_sound(page_model_destroy(m));
}

/* 8 processors in turn; 104 000 operations, or as many as TEST_OPERATIONS says. */
static void test_random(void **state)
{
    (void)state;
    struct random r = random_start("page tables", 0x9a6ef02);
    unsigned counts[STATUS_COUNT] = {};
    static const unsigned phys_bits[] = {46, 40, 52, 36};
    const char *wanted = getenv("TEST_OPERATIONS");
    const unsigned long operations = wanted != nullptr ? strtoul(wanted, nullptr, 10) : 104000;
    unsigned long done = 0;
    for (unsigned cpu = 0; done < operations; cpu = (cpu + 1) % 8, done += ROUND_STEPS)
        random_round((struct page_shape){(cpu & 1) != 0 ? 5 : 4, phys_bits[cpu / 2], (cpu & 2) != 0,
                                         (cpu & 4) != 0},
                     &r, counts);
    printf("page tables: %lu operations, %u of them done\n", done, counts[STATUS_OK]);
    assert_true(counts[STATUS_OK] > done / 5 && counts[STATUS_NO_MEMORY] > done / 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map_edges),
        cmocka_unit_test(test_map_edges_5_levels),
        cmocka_unit_test(test_partly_mapped),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_joins_refused),
        cmocka_unit_test(test_shared_high),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_nested_map),
        cmocka_unit_test(test_plan_does_not_hold),
        cmocka_unit_test(test_split_is_invalidated_first),
        cmocka_unit_test(test_table_is_judged_by_what_is_in_it),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_visit),
        cmocka_unit_test(test_visit_joins),
        cmocka_unit_test(test_create_refuses),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
