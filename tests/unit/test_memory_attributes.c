/* SPDX-License-Identifier: MIT
 * The memory attributes table: both versions, every descriptor size, and the damage that has been seen in the field.
 * Tables stand in memory of exactly their size. */
#include "table_sink_fixture.h"

#include <inspect/memory_attributes.h>

#include <stdio.h>

/* A table with `count` descriptors, each `step` apart; entry i is at page i, of type 5. */
static unsigned char *table_make(uint32_t version, uint32_t declared, uint32_t step, uint32_t count,
                                 size_t *size)
{
    const uint32_t room = step < 40 ? 40 : step;
    *size = 16 + (size_t)count * room;
    unsigned char *table = calloc(1, *size);
    acpi_put32(table, version);
    acpi_put32(table + 4, declared);
    acpi_put32(table + 8, step);
    acpi_put32(table + 12, 1);
    for (uint32_t i = 0; i < count; i++) {
        unsigned char *descriptor = table + 16 + (size_t)i * room;
        acpi_put32(descriptor, 5);
        acpi_put64(descriptor + 8, (uint64_t)i * 4096);
        acpi_put64(descriptor + 16, 0x1111); /* virtual: not ours */
        acpi_put64(descriptor + 24, i + 1);
        acpi_put64(descriptor + 32, UINT64_C(0x8000000000004000) + i);
    }
    return table;
}

static void test_tables(void **state)
{
    (void)state;
    const struct {
        const char *what;
        uint32_t version, declared, step, there, taken;
        status_t wanted;
        const char *note;
    } rows[] = {
        {"version 1", 1, 3, 40, 3, 3, STATUS_OK, nullptr},
        {"version 2", 2, 3, 48, 3, 3, STATUS_OK, nullptr},
        {"wide descriptors", 1, 3, 4096, 3, 3, STATUS_OK, nullptr},
        {"more are there than declared", 1, 2, 48, 3, 2, STATUS_OK, nullptr},
        {"version 0", 0, 3, 48, 3, 0, STATUS_UNSUPPORTED, "its version is neither 1 nor 2"},
        {"version 3", 3, 3, 48, 3, 0, STATUS_UNSUPPORTED, "its version is neither 1 nor 2"},
        {"no entries", 1, 0, 48, 0, 0, STATUS_OK, "it has no entries"},
        {"descriptor size 0", 1, 3, 0, 3, 0, STATUS_BAD_FORMAT, "its descriptor size is below 40"},
        {"descriptor size 39", 1, 3, 39, 3, 0, STATUS_BAD_FORMAT,
         "its descriptor size is below 40"},
        {"descriptor size 41", 1, 3, 41, 3, 0, STATUS_BAD_FORMAT,
         "its descriptor size is not a multiple of 8"},
        {"descriptor size 2^32 - 8", 1, 3, 0, 0, 0, STATUS_OK,
         "it names more entries than it holds"},
        {"cut", 1, 4, 48, 3, 3, STATUS_OK, "it names more entries than it holds"},
        {"a count that is absurd", 1, UINT32_MAX, 48, 3, 3, STATUS_OK,
         "it names more entries than it holds"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size;
        unsigned char *table =
            table_make(rows[i].version, rows[i].declared, rows[i].step, rows[i].there, &size);
        if (rows[i].there == 0 && rows[i].declared != 0)
            acpi_put32(table + 8, UINT32_MAX - 7);
        const size_t capacity = memory_attributes_capacity(size);
        struct boot_region *entries = malloc((capacity + 1) * sizeof *entries);
        struct view_attributes_table out = {.count = 99};
        struct told told;
        const struct table_sink sink = told_sink(&told);
        printf("  %s\n", rows[i].what);
        assert_status(memory_attributes_read(table, size, &sink, entries, &out), rows[i].wanted);
        told_check(&told, rows[i].note);
        assert_int_equal(out.count, rows[i].wanted == STATUS_OK ? rows[i].taken : 99);
        if (rows[i].wanted == STATUS_OK) {
            assert_ptr_equal(out.entries, entries);
            assert_int_equal(out.declared_count, rows[i].declared);
            assert_int_equal(out.version, rows[i].version);
            assert_int_equal(out.flags, 1);
            assert_true(out.count <= capacity);
            for (uint32_t k = 0; k < out.count; k++) {
                const struct boot_region wanted = {(uint64_t)k * 4096, k + 1, 5, 0,
                                                   UINT64_C(0x8000000000004000) + k};
                assert_memory_equal(&entries[k], &wanted, sizeof wanted);
            }
        }
        free(entries);
        free(table);
    }
}

/* Every prefix: what is whole is taken. breaks MA1 */
static void test_prefixes(void **state)
{
    (void)state;
    size_t size;
    unsigned char *table = table_make(2, 5, 48, 5, &size);
    for (size_t part = 0; part <= size; part++) {
        unsigned char *given = exact_copy(table, part);
        struct boot_region *entries =
            malloc((memory_attributes_capacity(part) + 1) * sizeof *entries);
        struct view_attributes_table out = {};
        struct told told;
        const struct table_sink sink = told_sink(&told);
        assert_status(memory_attributes_read(given, part, &sink, entries, &out),
                      part < 16 ? STATUS_TRUNCATED : STATUS_OK);
        assert_int_equal(out.count, part < 16 ? 0 : (part - 16) / 48);
        assert_int_equal(told.note_count, part < size);
        free(entries);
        free(given);
    }
    free(table);
}

/* What OVMF gave: code is read-only, data is never executed, and no page is both. */
static void test_real_table(void **state)
{
    (void)state;
    struct acpi_bytes table = acpi_bytes_read("qemu-q35-ovmf.mat");
    struct boot_region entries[64];
    struct view_attributes_table out;
    struct told told;
    const struct table_sink sink = told_sink(&told);
    assert_true(memory_attributes_capacity(table.size) <= 64);
    assert_status(memory_attributes_read(table.data, table.size, &sink, entries, &out), STATUS_OK);
    told_check(&told, nullptr);
    assert_int_equal(out.version, 1);
    assert_int_equal(out.descriptor_size, 48);
    assert_int_equal(out.count, out.declared_count);
    assert_true(out.count > 10);
    for (uint32_t i = 0; i < out.count; i++) {
        constexpr uint64_t READ_ONLY = 0x20000, NO_EXECUTE = 0x4000, RUNTIME = UINT64_C(1) << 63;
        const uint64_t rights = entries[i].efi_attributes & (READ_ONLY | NO_EXECUTE);
        assert_true(rights == READ_ONLY || rights == NO_EXECUTE);
        assert_true((entries[i].efi_attributes & RUNTIME) != 0);
        assert_in_range(entries[i].efi_type, 5, 6);
    }
    free(table.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_real_table),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
