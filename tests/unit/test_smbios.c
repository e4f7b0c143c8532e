/* SPDX-License-Identifier: MIT
 * SMBIOS: entry points of both versions, structures that lie about their length, sizes in every unit, strings that
 * are not text, and what QEMU gives. Bytes stand in memory of exactly their size. Runs in the project's root. */
#include "table_sink_fixture.h"

#include <inspect/smbios.h>

#include <stdio.h>

/* ---- entry points ---- */

constexpr size_t ENTRY_MAX = 32;

static size_t entry_make(unsigned char *entry, bool v3)
{
    memset(entry, 0, ENTRY_MAX);
    if (v3) {
        memcpy(entry, "_SM3_", 5);
        entry[6] = 24;
        entry[7] = 3;
        entry[8] = 7;
        acpi_put32(entry + 12, 0x2000);
        acpi_put64(entry + 16, 0x100001000);
        acpi_seal(entry, 24, 5);
        return 24;
    }
    memcpy(entry, "_SM_", 4);
    entry[5] = 31;
    entry[6] = 2;
    entry[7] = 8;
    memcpy(entry + 16, "_DMI_", 5);
    entry[22] = 0x34;
    entry[23] = 0x12;
    acpi_put32(entry + 24, 0xf0000);
    entry[28] = 9;
    acpi_seal(entry + 16, 15, 5);
    acpi_seal(entry, 31, 4);
    return 31;
}

static void test_entries(void **state)
{
    (void)state;
    const struct {
        const char *what;
        bool v3;
        size_t at;
        unsigned char value;
        size_t less; /* bytes that are missing */
        bool sealed;
        status_t wanted;
    } rows[] = {
        {"2.1", false, 31, 0, 0, true, STATUS_OK},
        {"2.1, the old length", false, 5, 30, 0, true, STATUS_OK},
        {"2.1, cut", false, 31, 0, 1, true, STATUS_TRUNCATED},
        {"2.1, length 29", false, 5, 29, 0, true, STATUS_BAD_FORMAT},
        {"2.1, length 0", false, 5, 0, 0, true, STATUS_BAD_FORMAT},
        {"2.1, length 32", false, 5, 32, 0, true, STATUS_TRUNCATED},
        {"2.1, no second anchor", false, 17, 'X', 0, true, STATUS_BAD_FORMAT},
        {"2.1, checksum", false, 6, 3, 0, false, STATUS_BAD_CHECKSUM},
        {"2.1, second checksum", false, 30, 3, 0, true, STATUS_BAD_CHECKSUM},
        {"no anchor", false, 0, 'X', 0, true, STATUS_BAD_FORMAT},
        {"3.0", true, 31, 0, 0, true, STATUS_OK},
        {"3.0, cut", true, 31, 0, 1, true, STATUS_TRUNCATED},
        {"3.0, length 23", true, 6, 23, 0, true, STATUS_BAD_FORMAT},
        {"3.0, length 25", true, 6, 25, 0, true, STATUS_TRUNCATED},
        {"3.0, checksum", true, 7, 9, 0, false, STATUS_BAD_CHECKSUM},
        {"3.0, only four characters of the anchor", true, 4, 'X', 0, true, STATUS_BAD_FORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char bytes[ENTRY_MAX];
        const size_t size = entry_make(bytes, rows[i].v3);
        bytes[rows[i].at] = rows[i].value;
        if (rows[i].sealed)
            acpi_seal(bytes, rows[i].at == 5 && rows[i].value == 30 ? 30 : size,
                      rows[i].v3 ? 5 : 4);
        unsigned char *given = exact_copy(bytes, size - rows[i].less);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        struct smbios_entry entry = {.table = 99};
        printf("  %s\n", rows[i].what);
        assert_status(smbios_entry_read(given, size - rows[i].less, &sink, &entry), rows[i].wanted);
        assert_int_equal(told.note_count, rows[i].wanted != STATUS_OK);
        if (rows[i].wanted != STATUS_OK)
            assert_int_equal(entry.table, 99);
        else if (rows[i].v3)
            assert_true(entry.table == 0x100001000 && entry.table_size == 0x2000 &&
                        entry.structure_count == UINT32_MAX && entry.major == 3 &&
                        entry.minor == 7);
        else
            assert_true(entry.table == 0xf0000 && entry.table_size == 0x1234 &&
                        entry.structure_count == 9 && entry.major == 2 && entry.minor == 8);
        free(given);
    }
}

/* ---- structures ---- */

/* breaks SM1, SM2 */
static void test_structures(void **state)
{
    (void)state;
    const struct {
        const char *what;
        size_t size;
        unsigned char bytes[24];
        size_t found;
        status_t wanted;
    } rows[] = {
        {"nothing", 0, {}, 0, STATUS_NOT_FOUND},
        {"one without strings", 6, {9, 4, 1, 0, 0, 0}, 1, STATUS_NOT_FOUND},
        {"one with two strings", 10, {9, 4, 1, 0, 'a', 0, 'b', 'c', 0, 0}, 1, STATUS_NOT_FOUND},
        {"the end hides the rest", 12, {127, 4, 1, 0, 0, 0, 9, 4, 2, 0, 0, 0}, 1, STATUS_NOT_FOUND},
        {"two", 12, {9, 4, 1, 0, 0, 0, 127, 4, 2, 0, 0, 0}, 2, STATUS_NOT_FOUND},
        {"length 0", 12, {9, 4, 1, 0, 0, 0, 9, 0, 2, 0, 0, 0}, 1, STATUS_BAD_FORMAT},
        {"length 3", 12, {9, 4, 1, 0, 0, 0, 9, 3, 2, 0, 0, 0}, 1, STATUS_BAD_FORMAT},
        {"header cut", 9, {9, 4, 1, 0, 0, 0, 9, 4, 2}, 1, STATUS_TRUNCATED},
        {"length behind the end", 12, {9, 4, 1, 0, 0, 0, 9, 200, 2, 0, 0, 0}, 1, STATUS_TRUNCATED},
        {"one NUL is missing", 11, {9, 4, 1, 0, 0, 0, 9, 4, 2, 0, 0}, 1, STATUS_TRUNCATED},
        {"strings without an end",
         12,
         {9, 4, 1, 0, 0, 0, 9, 4, 2, 0, 'a', 'b'},
         1,
         STATUS_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char *given = exact_copy(rows[i].bytes, rows[i].size);
        struct smbios_structure structure;
        size_t cursor = 0, found = 0;
        status_t status;
        printf("  %s\n", rows[i].what);
        while ((status = smbios_next(given, rows[i].size, &cursor, &structure)) == STATUS_OK) {
            found++;
            assert_int_equal(structure.handle, found);
            assert_true(structure.end <= given + rows[i].size);
        }
        assert_int_equal(found, rows[i].found);
        assert_status(status, rows[i].wanted);
        assert_status(smbios_next(given, rows[i].size, &cursor, &structure), STATUS_NOT_FOUND);
        free(given);
    }
}

static void test_strings(void **state)
{
    (void)state;
    const unsigned char bytes[] = {9,    4,   1,    0,   'D', 'I',  'M', 'M', ' ', ' ', 0,
                                   0x1B, '[', 0xC3, '"', '~', 0x7F, 0,   ' ', ' ', 0,   0};
    struct smbios_structure structure;
    size_t cursor = 0;
    unsigned char *given = exact_copy(bytes, sizeof bytes);
    assert_status(smbios_next(given, sizeof bytes, &cursor, &structure), STATUS_OK);
    const struct {
        uint8_t number;
        size_t limit;
        const char *wanted;
    } rows[] = {
        {0, 16, ""},   {1, 16, "DIMM"}, {2, 16, "?[?\"~?"}, {3, 16, ""}, {4, 16, ""},
        {255, 16, ""}, {1, 5, "DIMM"},  {1, 4, "DIM"},      {1, 1, ""},  {1, 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = malloc(rows[i].limit + 1);
        const size_t length = smbios_string_copy(&structure, rows[i].number, text, rows[i].limit);
        assert_int_equal(length, strlen(rows[i].wanted));
        if (length != 0)
            assert_string_equal(text, rows[i].wanted);
        free(text);
    }
    free(given);
}

/* ---- memory devices ---- */

struct device_row {
    const char *what;
    uint8_t length;
    uint16_t size;
    uint32_t extended;
    uint8_t type, technology;
    uint64_t volatile_size;
    uint64_t bytes;
    bool is_unknown, is_volatile;
};

static void test_devices(void **state)
{
    (void)state;
    const struct device_row rows[] = {
        {"empty slot", 0x54, 0, 0, 2, 2, 0, 0, false, true},
        {"512 MiB", 0x15, 512, 0, 7, 0, 0, 512 * MIB, false, true},
        {"256 KiB", 0x15, 0x8100, 0, 7, 0, 0, 256 * KIB, false, true},
        {"nothing, in KiB", 0x15, 0x8000, 0, 7, 0, 0, 0, false, true},
        {"unknown", 0x54, 0xFFFF, 64, 7, 0, 0, 0, true, true},
        {"64 GiB", 0x54, 0x7FFF, 0x10000, 0x1A, 3, 0, 64 * GIB, false, true},
        {"bit 31 is reserved", 0x54, 0x7FFF, 0x80010000, 0x1A, 3, 0, 64 * GIB, false, true},
        {"2 PiB less 1 MiB", 0x54, 0x7FFF, 0x7FFFFFFF, 0x1A, 3, 0, 0x7FFFFFFF * MIB, false, true},
        {"extended and 0", 0x54, 0x7FFF, 0, 0x1A, 3, 0, 0, true, true},
        {"before there was an extended size", 0x1B, 0x7FFF, 0, 7, 0, 0, 0x7FFF * MIB, false, true},
        {"a byte short of it", 0x1F, 0x7FFF, 0, 7, 0, 0, 0x7FFF * MIB, false, true},
        {"flash", 0x54, 16, 0, 9, 2, 0, 16 * MIB, false, false},
        {"logical non-volatile", 0x54, 16, 0, 0x1F, 2, 0, 16 * MIB, false, false},
        {"NVDIMM-N", 0x54, 16384, 0, 0x1A, 4, 0, 16 * GIB, false, false},
        {"Optane in memory mode", 0x54, 16384, 0, 0x1A, 7, 16 * GIB, 16 * GIB, false, true},
        {"Optane, mixed", 0x54, 16384, 0, 0x1A, 7, 4 * GIB, 4 * GIB, false, true},
        {"Optane, part not known", 0x54, 16384, 0, 0x1A, 7, UINT64_MAX, 16 * GIB, false, false},
        {"Optane, no such field", 0x43, 16384, 0, 0x1A, 7, 4 * GIB, 16 * GIB, false, false},
        {"DRAM that forgot its volatile size", 0x54, 16384, 0, 0x1A, 3, 0, 16 * GIB, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char bytes[0x56] = {17, rows[i].length, 0x34, 0x12};
        bytes[0x0C] = (unsigned char)rows[i].size;
        bytes[0x0D] = (unsigned char)(rows[i].size >> 8);
        bytes[0x10] = 3;
        bytes[0x11] = 4;
        bytes[0x12] = rows[i].type;
        if (rows[i].length >= 0x54) {
            acpi_put32(bytes + 0x1C, rows[i].extended);
            bytes[0x28] = rows[i].technology;
            acpi_put64(bytes + 0x3C, rows[i].volatile_size);
        } else if (rows[i].length > 0x28) {
            bytes[0x28] = rows[i].technology;
        }
        unsigned char *given = exact_copy(bytes, rows[i].length);
        const struct smbios_structure structure = {given, given + rows[i].length, 0x1234, 17,
                                                   rows[i].length};
        const struct smbios_other_arrays arrays = {};
        struct view_memory_device device;
        struct told told;
        const struct table_sink sink = told_sink(&told);
        uint8_t locator, bank;
        printf("  %s\n", rows[i].what);
        assert_true(
            smbios_memory_device_read(&structure, &arrays, &sink, &device, &locator, &bank));
        assert_int_equal(device.bytes, rows[i].bytes);
        assert_int_equal(device.is_unknown, rows[i].is_unknown);
        assert_int_equal(device.is_volatile, rows[i].is_volatile);
        assert_int_equal(device.handle, 0x1234);
        assert_int_equal(device.type, rows[i].type);
        assert_int_equal(locator, 3);
        assert_int_equal(bank, 4);
        told_check(&told, nullptr);
        free(given);
    }
}

static void test_speed_array_and_short(void **state)
{
    (void)state;
    const struct {
        uint8_t length;
        uint16_t speed;
        uint32_t extended;
        uint16_t wanted;
    } rows[] = {
        {0x15, 0, 0, 0},           {0x17, 2400, 0, 2400},         {0x16, 0x60, 0, 0},
        {0x54, 0xFFFF, 0, 0},      {0x5C, 0xFFFF, 70000, 0xFFFF}, {0x5C, 0xFFFF, 8400, 8400},
        {0x5C, 4800, 70000, 4800},
    };
    struct view_memory_device device;
    struct told told;
    const struct table_sink sink = told_sink(&told);
    uint8_t locator, bank;
    struct smbios_other_arrays arrays = {};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char bytes[0x5C] = {17, rows[i].length};
        bytes[0x15] = (unsigned char)rows[i].speed;
        bytes[0x16] = (unsigned char)(rows[i].speed >> 8);
        acpi_put32(bytes + 0x54, rows[i].extended);
        unsigned char *given = exact_copy(bytes, rows[i].length);
        const struct smbios_structure s = {given, given + rows[i].length, 1, 17, rows[i].length};
        assert_true(smbios_memory_device_read(&s, &arrays, &sink, &device, &locator, &bank));
        assert_int_equal(device.speed, rows[i].wanted);
        free(given);
    }

    /* A device of an array that is no system memory: handle 0xFFC0, a boundary of the bits. */
    unsigned char array[0x0F] = {16, 0x0F, 0xC0, 0xFF, 3, 5};
    struct smbios_structure a = {array, array + sizeof array, 0xFFC0, 16, sizeof array};
    smbios_memory_array_read(&a, &arrays);
    unsigned char bytes[0x15] = {17, 0x15, 1, 0, 0xC0, 0xFF};
    bytes[0x0C] = 8;
    struct smbios_structure s = {bytes, bytes + sizeof bytes, 1, 17, sizeof bytes};
    assert_true(smbios_memory_device_read(&s, &arrays, &sink, &device, &locator, &bank));
    assert_false(device.is_volatile);
    bytes[4] = 0xC1;
    assert_true(smbios_memory_device_read(&s, &arrays, &sink, &device, &locator, &bank));
    assert_true(device.is_volatile);
    array[5] = 3;
    a.handle = 0xFFC1;
    smbios_memory_array_read(&a, &arrays);
    assert_true(smbios_memory_device_read(&s, &arrays, &sink, &device, &locator, &bank));
    assert_true(device.is_volatile);
    told_check(&told, nullptr);

    s.length = 0x14;
    unsigned char *given = exact_copy(bytes, 0x14);
    s.data = given;
    assert_false(smbios_memory_device_read(&s, &arrays, &sink, &device, &locator, &bank));
    told_check(&told, "a memory device is too short; it is ignored");
    free(given);
}

static void test_mapped_arrays(void **state)
{
    (void)state;
    const struct {
        const char *what;
        uint8_t length;
        uint32_t start, end;
        uint64_t extended_start, extended_end;
        uint64_t from, to; /* to 0: refused */
        const char *note;
    } rows[] = {
        {"512 MiB", 0x0F, 0, 0x7FFFF, 0, 0, 0, 512 * MIB, nullptr},
        {"the last KiB", 0x0F, 0xFFFFFFFE, 0xFFFFFFFF, 0, 0, 0xFFFFFFFE * KIB, 4 * TIB, nullptr},
        {"end before start", 0x0F, 2, 0, 0, 0, 0, 0,
         "a mapped array ends before its start; it is ignored"},
        {"short", 0x0E, 0, 1, 0, 0, 0, 0, "a mapped array is too short; it is ignored"},
        {"extended", 0x1F, 0xFFFFFFFF, 0xFFFFFFFF, 4 * TIB, 8 * TIB - 1, 4 * TIB, 8 * TIB, nullptr},
        {"extended, short", 0x1E, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 0, 0,
         "a mapped array lacks its extended addresses; it is ignored"},
        {"extended, passes 2^64", 0x1F, 0xFFFFFFFF, 0, 4 * TIB, UINT64_MAX, 0, 0,
         "a mapped array passes 2^64; it is ignored"},
        {"extended, end before start", 0x1F, 0xFFFFFFFF, 0, 4 * TIB, 2 * TIB, 0, 0,
         "a mapped array ends before its start; it is ignored"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char bytes[0x1F] = {19, rows[i].length};
        acpi_put32(bytes + 4, rows[i].start);
        acpi_put32(bytes + 8, rows[i].end);
        acpi_put64(bytes + 0x0F, rows[i].extended_start);
        acpi_put64(bytes + 0x17, rows[i].extended_end);
        unsigned char *given = exact_copy(bytes, rows[i].length);
        const struct smbios_structure s = {given, given + rows[i].length, 1, 19, rows[i].length};
        struct view_mapped_array array = {1, 2};
        struct told told;
        const struct table_sink sink = told_sink(&told);
        printf("  %s\n", rows[i].what);
        assert_int_equal(smbios_mapped_array_read(&s, &sink, &array), rows[i].to != 0);
        told_check(&told, rows[i].note);
        assert_int_equal(array.start, rows[i].to != 0 ? rows[i].from : 1);
        assert_int_equal(array.end, rows[i].to != 0 ? rows[i].to : 2);
        free(given);
    }
}

static void test_real_structures(void **state)
{
    (void)state;
    struct acpi_bytes entry_bytes = acpi_bytes_read("qemu-q35-ovmf.smbios-entry");
    struct acpi_bytes table = acpi_bytes_read("qemu-q35-ovmf.smbios");
    struct told told;
    const struct table_sink sink = told_sink(&told);
    struct smbios_entry entry;
    assert_status(smbios_entry_read(entry_bytes.data, entry_bytes.size, &sink, &entry), STATUS_OK);
    assert_int_equal(entry.table_size, table.size);
    struct smbios_structure structure;
    size_t cursor = 0;
    uint32_t count = 0;
    uint8_t last = 0;
    while (smbios_next(table.data, table.size, &cursor, &structure) == STATUS_OK) {
        last = structure.type;
        count++;
    }
    assert_int_equal(count, entry.structure_count);
    assert_int_equal(last, SMBIOS_END);
    free(entry_bytes.data);
    free(table.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),         cmocka_unit_test(test_structures),
        cmocka_unit_test(test_strings),         cmocka_unit_test(test_devices),
        cmocka_unit_test(test_mapped_arrays),   cmocka_unit_test(test_speed_array_and_short),
        cmocka_unit_test(test_real_structures),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
