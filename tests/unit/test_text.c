/* SPDX-License-Identifier: MIT
 * Numbers, columns and words of the monitor, said as a person reads them. */
#include "harness/harness.h"

#include <kernel/text.h>

#include <string.h>

static void test_size(void **)
{
    static const struct {
        uint64_t bytes;
        const char *want;
    } cases[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {1075, "1 KiB"}, /* 51/1024 is less than a tenth */
        {1024 * 1024 - 1, "1023.9 KiB"},
        {640 * KIB, "640 KiB"},
        {512 * MIB, "512 MiB"},
        {3 * GIB + 512 * MIB, "3.5 GiB"},
        {34145484800, "31.8 GiB"}, /* 819.6 of 1024 are 8 tenths, 819 are not */
        {64 * TIB, "64 TiB"},
        {UINT64_MAX, "15.9 EiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(size_text(cases[i].bytes).text, cases[i].want);
}

static void test_hex(void **)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t want;
    } cases[] = {
        {"0", true, 0},
        {"ff", true, 255},
        {"0xFF", true, 255},
        {"0Xfe", true, 254},
        {"ffffffffffffffff", true, UINT64_MAX},
        {"0xffffffffffffffff", true, UINT64_MAX},
        {"00000000000000000001", true, 1},
        {"10000000000000000", false, 0},
        {"", false, 0},
        {"0x", false, 0},
        {"-1", false, 0},
        {"12g", false, 0},
        {"1 2", false, 0},
        {"0x0x1", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 42;
        assert_int_equal(text_parse_hex(cases[i].text, strlen(cases[i].text), &value),
                         cases[i].good);
        assert_int_equal(value, cases[i].good ? cases[i].want : 42);
    }
}

static void test_distance(void **)
{
    static const struct {
        const char *left, *right;
        unsigned want;
    } cases[] = {
        {"", "", 0},
        {"heap", "heap", 0},
        {"heap", "", 4},
        {"haep", "heap", 2},
        {"heaps", "heap", 1},
        {"memap", "memmap", 1},
        {"kitten", "sitting", 3},
        {"abcdefghijklmnopqrstuvwxyzabcdef", "a", TEXT_DISTANCE_MAX}, /* 32 letters */
        {"abcdefghijklmnopqrstuvwxyzabcde", "", 31},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(text_distance(cases[i].left, cases[i].right), cases[i].want);
        assert_int_equal(text_distance(cases[i].right, cases[i].left), cases[i].want);
    }
}

static void test_permille(void **)
{
    assert_int_equal(text_permille(0, 0), 0);
    assert_int_equal(text_permille(1, 3), 333);
    assert_int_equal(text_permille(7, 7), 1000);
    assert_int_equal(text_permille(UINT64_MAX, UINT64_MAX), 1000);
    assert_int_equal(text_permille(UINT64_MAX / 2, UINT64_MAX), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_permille),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
