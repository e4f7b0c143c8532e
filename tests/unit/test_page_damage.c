/* SPDX-License-Identifier: MIT
 * Page tables that are damaged: each rule of page_table_check is shown to be checked, reading damaged
 * tables ends and agrees with the processor, and tables and entries are put into words. */
#include "model/page_model.h"
#include "model/page_walker.h"

#include <string.h>

static constexpr uint64_t SMALL = 0x1000;   /* mapped by a 4 KiB leaf */
static constexpr uint64_t LARGE = 2 * MIB;  /* by a 2 MiB leaf */
static constexpr uint64_t HUGE = 4 * GIB;   /* by a 1 GiB leaf */
static constexpr uint64_t USER = 512 * GIB; /* a user page */
static constexpr uint64_t SPARE = 8 * GIB;  /* nothing */
static constexpr uint64_t KERNEL = 0 - GIB; /* by a 4 KiB leaf of the upper half */

static uint64_t bit(unsigned number)
{
    return UINT64_C(1) << number;
}

static struct page_model *build(unsigned levels)
{
    struct page_model *m = page_model_create((struct page_shape){levels, 40, true, true});
    static const struct page_op ops[] = {
        {PAGE_OP_MAP, SMALL, 0x5000, 4096, PAGE_WRITE, 0},
        {PAGE_OP_MAP, LARGE, 4 * MIB, 2 * MIB, 0, 0},
        {PAGE_OP_MAP, HUGE, GIB, GIB, PAGE_EXECUTE, 0},
        {PAGE_OP_MAP, USER, 0x6000, 4096, PAGE_USER, 0},
        {PAGE_OP_MAP, KERNEL, 0x7000, 4096, 0, 0},
    };
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        status_t status;
        assert_sound(page_model_apply(m, &ops[i], &status));
        assert_status(status, STATUS_OK);
    }
    assert_sound(page_model_compare_all(m));
    return m;
}

static uint64_t *entry_of(const struct page_model *m, uint64_t address, unsigned level)
{
    struct page_walk walk = page_table_query(&m->pt, virt_addr(address));
    const struct page_step *step = &walk.steps[m->pt.levels - level];
    assert_int_equal(step->level, level);
    uint64_t *table = (uint64_t *)(uintptr_t)(step->table.value + m->pt.offset);
    return &table[step->index];
}

static bool ignore_extent(void *owner, const struct page_extent *extent)
{
    ++*(unsigned *)owner;
    return extent->size != 0;
}

/* The rule that is found broken must be the one that was. Reading must end, whatever it finds. */
static void assert_found(const struct page_model *m, const char *crime, const char *rule)
{
    const char *found = page_table_check(&m->pt);
    const size_t length = strlen(rule);
    if (found == nullptr || strncmp(found, rule, length) != 0 || found[length] != ':')
        fail_msg("%s: want %s, found %s", crime, rule, found != nullptr ? found : "nothing");
    unsigned leaves = 0;
    page_table_visit(&m->pt, virt_addr(0), virt_addr(UINT64_MAX), ignore_extent, &leaves);
    assert_true(leaves <= 5);
    assert_true(page_table_count(&m->pt) <= 12);
}

static void test_planted_bits(void **state)
{
    (void)state;
    const struct {
        const char *crime;
        uint64_t address;
        unsigned level;
        uint64_t flip;
        const char *rule;
    } cases[] = {
        {"leaf above the physical bits", SMALL, 1, bit(40), "PT1"},
        {"leaf with bit 51", SMALL, 1, bit(51), "PT1"},
        {"large leaf above the physical bits", LARGE, 2, bit(45), "PT1"},
        {"table above the physical bits", SMALL, 2, bit(41), "PT1"},
        {"root entry above the physical bits", SMALL, 4, bit(50), "PT1"},
        {"bit 7 on level 4", SMALL, 4, bit(7), "PT1"},
        {"2 MiB leaf with bit 13", LARGE, 2, bit(13), "PT2"},
        {"2 MiB leaf with bit 20", LARGE, 2, bit(20), "PT2"},
        {"1 GiB leaf with bit 13", HUGE, 3, bit(13), "PT2"},
        {"1 GiB leaf with bit 29", HUGE, 3, bit(29), "PT2"},
        {"writable page becomes executable", SMALL, 1, bit(63), "PT3"},
        {"executable GiB becomes writable", HUGE, 3, bit(1), "PT3"},
        {"table not writable", SMALL, 3, bit(1), "PT4"},
        {"table not executable", SMALL, 2, bit(63), "PT4"},
        {"table not user above a user page", USER, 2, bit(2), "PT4"},
        {"root entry not user above a user page", USER, 4, bit(2), "PT4"},
        {"page not present, but not empty", USER, 1, bit(0), "PT8"},
        {"table not present, but not empty", USER, 2, bit(0), "PT8"},
        {"table without A", SMALL, 4, bit(5), "PT7"},
        {"leaf without A", LARGE, 2, bit(5), "PT7"},
        {"writable leaf without D", SMALL, 1, bit(6), "PT7"},
        {"read-only leaf with D", LARGE, 2, bit(6), "PT7"},
        {"user page of the upper half", KERNEL, 1, bit(2), "PT10"},
        {"root entry of the upper half for users", KERNEL, 4, bit(2), "PT10"},
    };
    for (unsigned levels = 4; levels <= 5; levels++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct page_model *m = build(levels);
            uint64_t *entry = entry_of(m, cases[i].address, cases[i].level);
            *entry ^= cases[i].flip;
            assert_found(m, cases[i].crime, cases[i].rule);
            *entry ^= cases[i].flip;
            assert_sound(page_model_compare_all(m));
            assert_sound(page_model_destroy(m));
        }
    }
}

/* Bits that the processor ignores (62:52, 11:9) are no damage. */
static void test_ignored_bits(void **state)
{
    (void)state;
    struct page_model *m = build(4);
    *entry_of(m, SMALL, 1) |= bit(9) | bit(11) | bit(52) | bit(62);
    *entry_of(m, SMALL, 3) |= bit(9) | bit(11) | bit(52) | bit(62);
    assert_sound(page_model_compare_all(m));
    assert_sound(page_model_destroy(m));
}

static void test_lesser_processor(void **state)
{
    (void)state;
    struct page_model *m = build(5);
    m->pt.gib_leaves = false;
    assert_found(m, "1 GiB leaf without gib_leaves", "PT1");
    assert_true(page_table_query(&m->pt, virt_addr(HUGE)).reserved_bit);
    m->pt.gib_leaves = true;
    m->pt.no_execute = false;
    assert_found(m, "bit 63 without no_execute", "PT1");
    assert_true(page_table_query(&m->pt, virt_addr(SMALL)).reserved_bit);
    m->pt.no_execute = true;
    uint64_t *entry = entry_of(m, SMALL, 5);
    *entry |= bit(7);
    assert_found(m, "bit 7 on level 5", "PT1");
    *entry &= ~bit(7);
    assert_sound(page_model_compare_all(m));
    assert_sound(page_model_destroy(m));
}

static void test_cycles_and_empty_tables(void **state)
{
    (void)state;
    constexpr uint64_t table_entry = 0x23; /* P, RW, A */
    struct page_model *m = build(4);
    uint64_t *spare = entry_of(m, SPARE, 3);
    uint64_t *root = entry_of(m, SMALL, 4);

    *spare = m->pt.root.value | table_entry;
    assert_found(m, "a level 2 table that is the root", "PT6");
    *spare = (*root & ~UINT64_C(0xfff)) | table_entry;
    assert_found(m, "a level 2 table that is its own level 3 table", "PT6");
    *spare = 0;
    root[2] = m->pt.root.value | table_entry;
    assert_found(m, "the root in itself", "PT6");
    root[2] = 0;

    phys_addr_t empty;
    assert_status(m->pt.memory.take(m->pt.memory.owner, &empty), STATUS_OK);
    *spare = empty.value | table_entry;
    assert_found(m, "an empty table", "PT5");
    *spare = 0;
    m->pt.memory.give_back(m->pt.memory.owner, empty);
    assert_sound(page_model_compare_all(m));
    assert_sound(page_model_destroy(m));
}

/* Rights are those of all levels together: what user code may do, and the supervisor with WP. */
static void assert_same_rights(const struct page_model *m, struct walker_cpu cpu, uint64_t address,
                               uint32_t rights)
{
    static const struct {
        enum walker_kind kind;
        bool user;
        uint32_t needed;
    } accesses[] = {
        {WALKER_READ, true, PAGE_USER},
        {WALKER_WRITE, true, PAGE_USER | PAGE_WRITE},
        {WALKER_FETCH, true, PAGE_USER | PAGE_EXECUTE},
        {WALKER_WRITE, false, PAGE_WRITE},
        {WALKER_FETCH, false, PAGE_EXECUTE},
    };
    cpu.wp = true;
    for (size_t i = 0; i < sizeof accesses / sizeof accesses[0]; i++) {
        struct walker_access access = {
            .address = address, .kind = accesses[i].kind, .user = accesses[i].user};
        struct walker_result got =
            page_walker_access(&cpu, m->pt.root.value, m->pt.offset, &access);
        assert_int_equal(!got.page_fault, (rights & accesses[i].needed) == accesses[i].needed);
    }
}

/* Flip what does not make a leaf a table (there is no memory behind leaves): query must say what the
 * independent walker says the processor does. */
static void test_query_of_damage(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {SMALL, LARGE, HUGE, USER};
    static const unsigned flips[] = {0, 1, 2, 8, 9, 39, 40, 44, 51, 52, 62, 63};
    struct random r = random_start("damaged page tables", 0xda3a6e);
    for (unsigned round = 0; round < 4000; round++) {
        struct page_model *m = build(4 + round % 2);
        uint64_t address = addresses[random_below(&r, 4)];
        struct page_walk before = page_table_query(&m->pt, virt_addr(address));
        unsigned level =
            before.leaf_level + (unsigned)random_below(&r, m->pt.levels - before.leaf_level + 1);
        uint64_t *entry = entry_of(m, address, level), whole = *entry;
        unsigned flip = flips[random_below(&r, sizeof flips / sizeof flips[0])];
        if (level > before.leaf_level && flip == 39)
            flip = 7; /* a table becomes a leaf; the address below 2^40 stays */
        *entry ^= bit(flip);
        m->pt.no_execute = random_below(&r, 4) != 0;
        m->pt.gib_leaves = random_below(&r, 4) != 0;

        struct walker_cpu cpu = {.levels = m->pt.levels,
                                 .phys_bits = 40,
                                 .nxe = m->pt.no_execute,
                                 .page1gb = m->pt.gib_leaves};
        struct walker_access access = {.address = address};
        struct walker_result want =
            page_walker_access(&cpu, m->pt.root.value, m->pt.offset, &access);
        struct page_walk got = page_table_query(&m->pt, virt_addr(address));
        assert_int_equal(got.reserved_bit, want.page_fault && (want.error_code & 8) != 0);
        if (!got.reserved_bit)
            assert_int_equal(got.present, !want.page_fault);
        if (!want.page_fault) {
            assert_int_equal(got.phys.value, want.phys);
            assert_same_rights(m, cpu, address, got.rights);
        }
        if (got.reserved_bit)
            assert_non_null(page_table_check(&m->pt));

        *entry = whole;
        m->pt.no_execute = m->pt.gib_leaves = true;
        assert_sound(page_model_compare_all(m));
        assert_sound(page_model_destroy(m));
    }
}

static void test_entries_in_words(void **state)
{
    (void)state;
    static const struct {
        uint64_t entry;
        unsigned level;
        const char *want;
    } cases[] = {
        {0, 1, "empty"},
        {0x8000000000000ffe, 1, "not present, 0x8000000000000ffe"},
        {0x0000000000005021, 1, "P A -> 0x5000"},
        {0x80000000000051ff, 1, "P RW US NX A D G PAT PWT PCD -> 0x5000"},
        {0x80000000002011ff, 2, "P RW US NX A D PS G PAT PWT PCD -> 0x200000"},
        {0x00000000400000e3, 3, "P RW A D PS -> 0x40000000"},
        {0x0000000000107027, 4, "P RW US A -> 0x107000"},
        {0x000fffffffffff07, 2, "P RW US -> 0xffffffffff000"},
    };
    char text[80];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int length = page_entry_describe(cases[i].entry, cases[i].level, text, sizeof text);
        assert_string_equal(text, cases[i].want);
        assert_int_equal(length, strlen(text));
        for (size_t size = 1; size < 12; size++) { /* cut, never overrun */
            memset(text, '#', sizeof text);
            length = page_entry_describe(cases[i].entry, cases[i].level, text, size);
            assert_true((size_t)length < size && text[length] == '\0' && text[size] == '#');
        }
    }
}

static void test_rights_and_types_in_words(void **state)
{
    (void)state;
    char text[8];
    page_rights_describe(0, text);
    assert_string_equal(text, "r--");
    page_rights_describe(PAGE_WRITE | PAGE_GLOBAL, text);
    assert_string_equal(text, "rw-g");
    page_rights_describe(PAGE_WRITE | PAGE_EXECUTE | PAGE_USER | PAGE_GLOBAL, text);
    assert_string_equal(text, "rwxug");
    assert_string_equal(memory_type_name(MEMORY_TYPE_WRITE_BACK), "write-back");
    assert_string_equal(memory_type_name(MEMORY_TYPE_WRITE_THROUGH), "write-through");
    assert_string_equal(memory_type_name((enum memory_type)200), "unknown type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted_bits),
        cmocka_unit_test(test_ignored_bits),
        cmocka_unit_test(test_lesser_processor),
        cmocka_unit_test(test_cycles_and_empty_tables),
        cmocka_unit_test(test_query_of_damage),
        cmocka_unit_test(test_entries_in_words),
        cmocka_unit_test(test_rights_and_types_in_words),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
