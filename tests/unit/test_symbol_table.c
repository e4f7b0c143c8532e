/* SPDX-License-Identifier: MIT
 * What tools/symbol_table makes out of tests/unit/symbols.nm is read back: every offset has the name of the
 * last function before it, and every name its offset. */
#include "harness/harness.h"

#include <kernel/symbol_table.h>

#include <string.h>

extern const struct symbol_entry symbol_entries[], symbol_entries_end[];
extern const char symbol_names[];

/* The functions of the list, as a reader of it would write them down. */
static const struct {
    uint64_t start;
    const char *name;
} functions[] = {
    {0x10, "first"},
    {0x11, "page_table_map"},
    {0x90, "page_table_map_one"},
    {0x91, "page_table_unmap"},
    {0x10f, "page_table_protect"},
    {0x18f, "page_table_protect_one"},
    {0x210, "frames_alloc"},
    {0x4210, "frames_alloc_run"},
    {0x8210, "frames_free"},
    {0x8220, "frames_free_run"},
    {0x20a000, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {0x20a001, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {0x20a002, "stbsp__count_clamp_callback"},
    {0x20a100, "x"},
};
constexpr size_t FUNCTIONS = sizeof functions / sizeof functions[0];

static struct symbol_table whole_table(void)
{
    return (struct symbol_table){symbol_entries, symbol_entries_end, symbol_names};
}

static void test_every_offset(void **)
{
    const struct symbol_table table = whole_table();
    uint64_t start = 7;
    for (uint64_t offset = 0; offset < functions[0].start; offset++)
        assert_null(symbol_table_find(&table, offset, &start));
    assert_int_equal(start, 7);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        const uint64_t end = i + 1 < FUNCTIONS ? functions[i + 1].start : 0x20a200;
        const uint64_t middle = functions[i].start + (end - functions[i].start) / 2;
        const uint64_t offsets[] = {functions[i].start, middle, end - 1};
        for (size_t j = 0; j < sizeof offsets / sizeof offsets[0]; j++) {
            const char *name = symbol_table_find(&table, offsets[j], &start);
            assert_string_equal(name != nullptr ? name : "none", functions[i].name);
            assert_int_equal(start, functions[i].start);
        }
    }
}

static void test_every_name(void **)
{
    const struct symbol_table table = whole_table();
    uint64_t start = 7;
    static const char *const none[] = {"",
                                       "page_table",
                                       "an_alias_that_sorts_behind",
                                       "image_start",
                                       "text_end",
                                       "__cfi_first",
                                       ".Llocal",
                                       "page_table_names",
                                       "page_table_map_ones"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(symbol_table_search(&table, none[i], &start));
    assert_int_equal(start, 7);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        assert_true(symbol_table_search(&table, functions[i].name, &start));
        assert_int_equal(start, functions[i].start);
    }
}

/* As it is in the first link of the kernel. */
static void test_empty(void **)
{
    struct symbol_table table = whole_table();
    table.end = table.entries;
    uint64_t start;
    assert_null(symbol_table_find(&table, UINT64_MAX, &start));
    assert_false(symbol_table_search(&table, "", &start));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_offset),
        cmocka_unit_test(test_every_name),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
