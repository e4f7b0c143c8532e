/* SPDX-License-Identifier: MIT
 * The audit of memory types against MTRRs that are made up. */
#include "model/page_model.h"

#include <mm/memory_types.h>

#include <stdlib.h>

constexpr uint64_t ALL = EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_WC | EFI_ATTRIBUTE_WT | EFI_ATTRIBUTE_WB;

/* Write-back below 2 GiB, uncached from there to 4 GiB, write-through above. */
static bool made_up(phys_addr_t start, uint64_t size, unsigned *type)
{
    const uint64_t last = start.value + size - 1;
    const unsigned at_start = start.value < 2 * GIB ? 0 : start.value < 4 * GIB ? 3 : 7;
    const unsigned at_end = last < 2 * GIB ? 0 : last < 4 * GIB ? 3 : 7;
    if (at_start != at_end)
        return false;
    *type = at_start;
    return true;
}

static bool off(phys_addr_t start, uint64_t size, unsigned *type)
{
    (void)start;
    (void)size;
    (void)type;
    return false;
}

static void test_judge(void **state)
{
    (void)state;
    static const struct {
        uint64_t start, end;
        enum memory_class class;
        uint64_t attributes;
        enum memory_type_conflict want;
    } cases[] = {
        {MIB, GIB, MEMORY_USABLE, ALL, TYPE_CONFLICT_NONE},
        {MIB, GIB, MEMORY_USABLE, EFI_ATTRIBUTE_UC, TYPE_CONFLICT_NOT_CAPABLE},
        {0, MIB, MEMORY_USABLE, EFI_ATTRIBUTE_UC, TYPE_CONFLICT_NONE}, /* not used */
        {GIB, 3 * GIB, MEMORY_LOADER, ALL, TYPE_CONFLICT_MTRR_MIXED},
        {2 * GIB, 3 * GIB, MEMORY_BOOT_SERVICES, ALL, TYPE_CONFLICT_MTRR_NOT_WRITE_BACK},
        {4 * GIB, 5 * GIB, MEMORY_USABLE, ALL, TYPE_CONFLICT_MTRR_NOT_WRITE_BACK},
        {2 * GIB, 3 * GIB, MEMORY_RUNTIME_DATA, ALL, TYPE_CONFLICT_NONE}, /* not ours */
        {2 * GIB, 3 * GIB, MEMORY_MMIO, EFI_ATTRIBUTE_UC, TYPE_CONFLICT_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct memory_range range = {.start = phys_addr(cases[i].start),
                                           .end = phys_addr(cases[i].end),
                                           .class = cases[i].class,
                                           .attributes = cases[i].attributes};
        assert_int_equal(memory_types_judge(&range, made_up), cases[i].want);
        const bool capable = cases[i].want != TYPE_CONFLICT_NOT_CAPABLE;
        assert_int_equal(memory_types_judge(&range, off),
                         capable ? TYPE_CONFLICT_NONE : TYPE_CONFLICT_NOT_CAPABLE);
    }
    assert_string_equal(memory_type_conflict_text(TYPE_CONFLICT_COUNT), "unknown conflict");
}

/* GiB 0 is all right but for a hole; GiB 1 has RAM of two kinds, half of it mapped with another type. */
static void test_gib(void **state)
{
    (void)state;
    static const struct memory_range ranges[] = {
        {.start = {0}, .end = {GIB / 2}, .class = MEMORY_USABLE, .attributes = ALL},
        {.start = {GIB / 2}, .end = {GIB}, .class = MEMORY_MMIO, .attributes = EFI_ATTRIBUTE_UC},
        {.start = {GIB}, .end = {GIB + 64 * MIB}, .class = MEMORY_USABLE, .attributes = ALL},
        {.start = {GIB + 64 * MIB},
         .end = {3 * GIB},
         .class = MEMORY_USABLE,
         .attributes = EFI_ATTRIBUTE_UC},
    };
    const struct memory_map map = {.ranges = ranges, .range_count = 4};
    const uint64_t direct = UINT64_C(0xffff880000000000);
    struct page_model *m = page_model_create((struct page_shape){4, 46, true, true});
    assert_status(page_table_map(&m->pt, virt_addr(direct + MIB), phys_addr(MIB), 63 * MIB, 0,
                                 MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    struct gib_types gib = memory_types_of_gib(&map, &m->pt, direct, made_up, phys_addr(0));
    assert_int_equal(gib.ram_bytes, GIB / 2 - MIB);
    assert_int_equal(gib.attributes, ALL);
    assert_true(gib.mtrr_is_one && gib.mtrr == MEMORY_TYPE_WRITE_BACK);
    assert_true(gib.pat_is_one && gib.pat == MEMORY_TYPE_WRITE_BACK);
    assert_int_equal(gib.mapped_bytes, 63 * MIB);
    assert_int_equal(gib.conflicts, 0);

    assert_status(page_table_map(&m->pt, virt_addr(direct + GIB), phys_addr(GIB), 2 * MIB, 0,
                                 MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    assert_status(page_table_map(&m->pt, virt_addr(direct + GIB + 2 * MIB), phys_addr(GIB), MIB, 0,
                                 MEMORY_TYPE_UNCACHED),
                  STATUS_OK);
    gib = memory_types_of_gib(&map, &m->pt, direct, made_up, phys_addr(GIB));
    assert_int_equal(gib.ram_bytes, GIB);
    assert_int_equal(gib.attributes, EFI_ATTRIBUTE_UC);
    assert_false(gib.pat_is_one);
    assert_int_equal(gib.conflicts, 1);
    assert_int_equal(gib.first, TYPE_CONFLICT_NOT_CAPABLE);
    gib = memory_types_of_gib(&map, &m->pt, direct, made_up, phys_addr(3 * GIB));
    assert_int_equal(gib.ram_bytes, 0);
    assert_int_equal(gib.attributes, 0);
    page_table_destroy(&m->pt);
    fake_ram_destroy(&m->ram);
    free(m);
}

/* Ranges that overlap have more RAM in a GiB than there is. */
static void test_ranges_that_overlap(void **state)
{
    (void)state;
    static const struct memory_range ranges[] = {
        {.start = {GIB}, .end = {2 * GIB}, .class = MEMORY_USABLE, .attributes = ALL},
        {.start = {GIB + MIB}, .end = {2 * GIB}, .class = MEMORY_USABLE, .attributes = ALL},
    };
    const struct memory_map map = {.ranges = ranges, .range_count = 2};
    const struct page_table none = {0};
    assert_rule_broken(MAP2, memory_types_of_gib(&map, &none, 0, made_up, phys_addr(GIB)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_gib),
        cmocka_unit_test(test_ranges_that_overlap),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
