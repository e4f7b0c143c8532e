/* SPDX-License-Identifier: MIT
 * The sleep type of power off, out of AML that is sound, odd or damaged. */
#include <harness/harness.h>

#include <stdlib.h>
#include <string.h>

#include "arch/x86/acpi_power.h"

constexpr size_t HEADER = 36;

/* On the heap and of exactly that size, so that one byte too far is seen. */
static bool find(const unsigned char *aml, size_t length, uint8_t *a, uint8_t *b)
{
    unsigned char *table = calloc(1, HEADER + length);
    memcpy(table + HEADER, aml, length);
    bool found = acpi_power_find_s5(table, HEADER + length, a, b);
    free(table);
    return found;
}

static void test_s5(void **)
{
    const struct {
        const char *what;
        const char *aml;
        size_t length;
        bool found;
        uint8_t a, b;
    } cases[] = {
#define AML(text) text, sizeof(text) - 1
        {"as QEMU writes it", AML("\x08_S5_\x12\x06\x04\x00\x00\x00\x00"), true, 0, 0},
        {"with byte prefixes", AML("\x08_S5_\x12\x0a\x04\x0a\x05\x0a\x07\x00\x00"), true, 5, 7},
        {"from the root", AML("\x08\\_S5_\x12\x06\x02\x0a\x05\x01"), true, 5, 1},
        {"a long package length", AML("\x08_S5_\x12\x4a\x00\x04\x0a\x06\x0a\x06\x00"), true, 6, 6},
        {"words", AML("\x08_S5_\x12\x0a\x02\x0b\x05\x00\x0b\x02\x00"), true, 5, 2},
        {"double words", AML("\x08_S5_\x12\x0c\x01\x0c\x03\x00\x00\x00"), true, 3, 3},
        {"one element", AML("\x08_S5_\x12\x04\x01\x0a\x05"), true, 5, 5},
        {"behind others", AML("x\x08_S4_\x12\x06\x04\x01\x01\x08_S5_\x12\x06\x04\x01\x00"), true, 1,
         0},
        {"a method calls it first", AML("_S5_\x70\x08_S5_\x12\x06\x04\x0a\x05\x00"), true, 5, 0},
        {"a type too large", AML("\x08_S5_\x12\x06\x04\x0a\x08\x00"), false, 0, 0},
        {"not a package", AML("\x08_S5_\x0a\x05\x00\x00"), false, 0, 0},
        {"no elements", AML("\x08_S5_\x12\x02\x00\x00"), false, 0, 0},
        {"a name, not a constant",
         AML("\x08_S5_\x12\x0a\x04"
             "ABCD"),
         false, 0, 0},
        {"not there", AML("\x08_S3_\x12\x06\x04\x01\x01\x00\x00"), false, 0, 0},
        {"empty", AML(""), false, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t a = 0xee, b = 0xee;
        bool found = find((const unsigned char *)cases[i].aml, cases[i].length, &a, &b);
        if (found != cases[i].found || a != (found ? cases[i].a : 0xee) ||
            b != (found ? cases[i].b : 0xee))
            fail_msg("%s: found %d, %u and %u", cases[i].what, found, a, b);
    }
}

/* Wherever it lies, it is found; wherever the table ends, nothing is read behind it. */
static void test_every_place_and_end(void **)
{
    static const unsigned char s5[] = "\x08_S5_\x12\x0a\x04\x0a\x05\x0a\x07";
    constexpr size_t length = sizeof s5 - 1;
    for (size_t before = 0; before < 16; before++) {
        unsigned char aml[64];
        memset(aml, before % 2 == 0 ? '_' : 'S', sizeof aml);
        memcpy(aml + before, s5, length);
        for (size_t end = 0; end <= before + length; end++) {
            uint8_t a = 0, b = 0;
            assert_int_equal(find(aml, end, &a, &b), end == before + length);
        }
    }
}

static void put(unsigned char *table, size_t offset, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        table[offset + i] = (unsigned char)(value >> (8 * i));
}

static void test_fadt(void **)
{
    unsigned char fadt[276] = "FACP";
    put(fadt, 40, 0x7fe000, 4);
    put(fadt, 48, 0xb2, 4);
    put(fadt, 52, 0xf1, 1);
    put(fadt, 64, 0x604, 4);
    put(fadt, 68, 0, 4);
    put(fadt, 112, 1u << 10, 4);
    put(fadt, 116, 1, 1); /* system I/O */
    put(fadt, 120, 0xcf9, 8);
    put(fadt, 128, 0x0f, 1);
    struct acpi_power power = {};
    assert_true(acpi_power_read_fadt(fadt, sizeof fadt, &power));
    assert_int_equal(power.control_a, 0x604);
    assert_int_equal(power.control_b, 0);
    assert_int_equal(power.smi_command, 0xb2);
    assert_int_equal(power.enable_value, 0xf1);
    assert_int_equal(power.dsdt, 0x7fe000);
    assert_true(power.has_reset);
    assert_int_equal(power.reset_space, ACPI_SPACE_IO);
    assert_int_equal(power.reset_address, 0xcf9);
    assert_int_equal(power.reset_value, 0x0f);

    /* The extended fields win; a control block outside I/O space does not. */
    put(fadt, 140, 0x123456000, 8);
    put(fadt, 172, 1, 1);
    put(fadt, 176, 0x1804, 8);
    put(fadt, 184, 0, 1);
    put(fadt, 188, 0xfed00000, 8);
    assert_true(acpi_power_read_fadt(fadt, sizeof fadt, &power));
    assert_int_equal(power.dsdt, 0x123456000);
    assert_int_equal(power.control_a, 0x1804);
    assert_int_equal(power.control_b, 0);

    put(fadt, 112, 1u << 20, 4); /* hardware-reduced: no PM1, and no reset register here */
    assert_true(acpi_power_read_fadt(fadt, sizeof fadt, &power));
    assert_int_equal(power.control_a, 0);
    assert_false(power.has_reset);

    put(fadt, 112, 0, 4);
    put(fadt, 64, 0x10604, 4); /* no such port */
    put(fadt, 176, 0, 8);
    assert_true(acpi_power_read_fadt(fadt, sizeof fadt, &power));
    assert_int_equal(power.control_a, 0);
}

static void test_short_fadt(void **)
{
    for (size_t size = 0; size <= 276; size++) {
        unsigned char *fadt = calloc(1, size == 0 ? 1 : size);
        memset(fadt, 0xff, size);
        memcpy(fadt, "FACP", size < 4 ? size : 4);
        struct acpi_power power = {.control_a = 7};
        assert_int_equal(acpi_power_read_fadt(fadt, size, &power), size >= 116);
        if (size < 116)
            assert_int_equal(power.control_a, 7);
        free(fadt);
    }
    unsigned char other[276] = "DSDT";
    struct acpi_power power;
    assert_false(acpi_power_read_fadt(other, sizeof other, &power));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s5),
        cmocka_unit_test(test_every_place_and_end),
        cmocka_unit_test(test_fadt),
        cmocka_unit_test(test_short_fadt),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
