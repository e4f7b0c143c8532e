/* SPDX-License-Identifier: MIT
 * From the RSDP to a table: real tables under an XSDT and under an RSDT, and roots and tables that lie. */
#include "harness/harness.h"
#include "model/acpi_machine.h"

#include <inspect/acpi.h>

#include <stdio.h>
#include <string.h>

static struct acpi_root root_of(struct acpi_machine *machine)
{
    const struct acpi_memory memory = acpi_machine_memory(machine);
    struct acpi_root root;
    assert_status(acpi_find_root(&memory, MACHINE_BASE + RSDP_AT, &root), STATUS_OK);
    return root;
}

static void walk_tables(struct acpi_machine *machine, const struct acpi_root *root)
{
    const struct acpi_memory memory = acpi_machine_memory(machine);
    unsigned count;
    assert_status(acpi_root_count(&memory, root, &count), STATUS_OK);
    assert_int_equal(count, 4);
    const char *const signatures[] = {"APIC", "SRAT", nullptr, "SLIT"};
    const uint32_t lengths[] = {624, 1472, 0, 108};
    for (unsigned i = 0; i < count; i++) {
        struct acpi_table table;
        const status_t status = acpi_root_table(&memory, root, i, &table);
        if (signatures[i] == nullptr) {
            assert_status(status, STATUS_NOT_FOUND);
            continue;
        }
        assert_status(status, STATUS_OK);
        assert_memory_equal(&table.signature, signatures[i], 4);
        assert_int_equal(table.physical, machine->tables[i]);
        assert_int_equal(table.length, lengths[i]);
        assert_ptr_equal(table.data, machine->ram + (machine->tables[i] - MACHINE_BASE));
    }
    struct acpi_table table;
    assert_status(acpi_root_table(&memory, root, count, &table), STATUS_OUT_OF_RANGE);
    assert_status(acpi_root_table(&memory, root, UINT32_MAX, &table), STATUS_OUT_OF_RANGE);
}

static void test_revision_2(void **state)
{
    (void)state;
    struct acpi_machine machine = acpi_machine_create();
    const struct acpi_root root = root_of(&machine);
    assert_true(root.is_xsdt);
    assert_int_equal(root.root, MACHINE_BASE + XSDT_AT);
    assert_int_equal(root.rsdp, MACHINE_BASE + RSDP_AT);
    assert_int_equal(root.rsdp_length, 36);
    walk_tables(&machine, &root);
    acpi_machine_destroy(&machine);
}

static void test_revision_0_and_no_xsdt(void **state)
{
    (void)state;
    struct acpi_machine machine = acpi_machine_create();
    acpi_put64(machine.ram + RSDP_AT + 24, 0);
    acpi_machine_seal_rsdp(&machine);
    struct acpi_root root = root_of(&machine);
    assert_false(root.is_xsdt);
    assert_int_equal(root.root, MACHINE_BASE + RSDT_AT);
    walk_tables(&machine, &root);

    machine.ram[RSDP_AT + 15] = 0;
    acpi_seal(machine.ram + RSDP_AT, 20, RSDP_CHECKSUM);
    memset(machine.ram + RSDP_AT + 20, 0xFF, 16); /* not part of revision 0 */
    root = root_of(&machine);
    assert_false(root.is_xsdt);
    assert_int_equal(root.rsdp_length, 20);
    walk_tables(&machine, &root);
    acpi_machine_destroy(&machine);
}

/* ---- roots and tables that lie ---- */

enum sealing : uint8_t { AS_IS, SEAL };

static void test_bad_rsdp(void **state)
{
    (void)state;
    const struct {
        const char *crime;
        size_t at;
        uint32_t value;
        enum sealing sealing;
        status_t wanted;
    } crimes[] = {
        {"signature", 0, 0x20445352, SEAL, STATUS_BAD_FORMAT}, /* "RSD " is right, see below */
        {"first checksum", 8, 0x12345678, AS_IS, STATUS_BAD_CHECKSUM},
        {"second checksum", 32, 0x12345678, AS_IS, STATUS_BAD_CHECKSUM},
        {"length below revision 2", 20, 35, SEAL, STATUS_BAD_FORMAT},
        {"length 0", 20, 0, SEAL, STATUS_BAD_FORMAT},
        {"absurd length", 20, 4097, SEAL, STATUS_BAD_FORMAT},
        {"longest length", 20, UINT32_MAX, SEAL, STATUS_BAD_FORMAT},
    };
    for (size_t i = 0; i < sizeof crimes / sizeof crimes[0]; i++) {
        struct acpi_machine machine = acpi_machine_create();
        acpi_put32(machine.ram + RSDP_AT + crimes[i].at, crimes[i].value);
        if (crimes[i].at == 0)
            machine.ram[RSDP_AT + 7] = '!';
        if (crimes[i].sealing == SEAL)
            acpi_machine_seal_rsdp(&machine);
        const struct acpi_memory memory = acpi_machine_memory(&machine);
        struct acpi_root root = {.rsdp = 1234};
        printf("  %s\n", crimes[i].crime);
        assert_status(acpi_find_root(&memory, MACHINE_BASE + RSDP_AT, &root), crimes[i].wanted);
        assert_int_equal(root.rsdp, 1234);
        acpi_machine_destroy(&machine);
    }
}

static void test_rsdp_at_the_end_of_memory(void **state)
{
    (void)state;
    struct acpi_machine machine = acpi_machine_create();
    const struct acpi_memory memory = acpi_machine_memory(&machine);
    struct acpi_root root;
    for (size_t left = 0; left < 36; left++) { /* only `left` bytes of it can be read */
        unsigned char *at = machine.ram + MACHINE_SIZE - left;
        memcpy(at, machine.ram + RSDP_AT, left);
        assert_status(acpi_find_root(&memory, MACHINE_BASE + MACHINE_SIZE - left, &root),
                      STATUS_TRUNCATED);
    }
    for (uint64_t back = 0; back < 40; back++)
        assert_status(acpi_find_root(&memory, UINT64_MAX - back, &root), STATUS_TRUNCATED);
    acpi_put32(machine.ram + RSDP_AT + 16, 0);
    acpi_put64(machine.ram + RSDP_AT + 24, 0);
    acpi_machine_seal_rsdp(&machine);
    assert_status(acpi_find_root(&memory, MACHINE_BASE + RSDP_AT, &root), STATUS_NOT_FOUND);
    acpi_machine_destroy(&machine);
}

static void test_bad_root_table(void **state)
{
    (void)state;
    const struct {
        const char *crime;
        size_t at;
        uint32_t value;
        enum sealing sealing;
        status_t count, table;
    } crimes[] = {
        {"signature", 0, 0x21545358, SEAL, STATUS_BAD_FORMAT, STATUS_BAD_FORMAT},
        {"shorter than its header", 4, 35, SEAL, STATUS_BAD_FORMAT, STATUS_BAD_FORMAT},
        {"no entries", 4, 36, SEAL, STATUS_OK, STATUS_OUT_OF_RANGE},
        {"half an entry", 4, 43, SEAL, STATUS_OK, STATUS_OUT_OF_RANGE},
        {"longer than memory", 4, 0x10000, AS_IS, STATUS_TRUNCATED, STATUS_TRUNCATED},
        {"longer than 16 MiB", 4, 0x1000001, AS_IS, STATUS_BAD_FORMAT, STATUS_BAD_FORMAT},
        {"longest", 4, UINT32_MAX, AS_IS, STATUS_BAD_FORMAT, STATUS_BAD_FORMAT},
        {"checksum", 16, 0x12345678, AS_IS, STATUS_BAD_CHECKSUM, STATUS_OK},
    };
    for (size_t i = 0; i < sizeof crimes / sizeof crimes[0]; i++) {
        struct acpi_machine machine = acpi_machine_create();
        const struct acpi_root root = root_of(&machine);
        unsigned char *xsdt = machine.ram + XSDT_AT;
        acpi_put32(xsdt + crimes[i].at, crimes[i].value);
        uint32_t length;
        memcpy(&length, xsdt + 4, sizeof length);
        if (crimes[i].sealing == SEAL)
            acpi_seal(xsdt, length, TABLE_CHECKSUM);
        const struct acpi_memory memory = acpi_machine_memory(&machine);
        unsigned count = 77;
        struct acpi_table table = {0};
        printf("  %s\n", crimes[i].crime);
        assert_status(acpi_root_count(&memory, &root, &count), crimes[i].count);
        assert_int_equal(count, crimes[i].count == STATUS_OK ? 0 : 77);
        assert_status(acpi_root_table(&memory, &root, 0, &table), crimes[i].table);
        if (crimes[i].table == STATUS_BAD_FORMAT || crimes[i].table == STATUS_TRUNCATED) {
            assert_int_equal(table.physical, MACHINE_BASE + XSDT_AT);
            assert_null(table.data);
        }
        acpi_machine_destroy(&machine);
    }
}

static void test_bad_table(void **state)
{
    (void)state;
    const struct {
        const char *crime;
        uint32_t length;
        uint64_t physical; /* 0: where it is */
        status_t wanted;
    } crimes[] = {
        {"length 0", 0, 0, STATUS_BAD_FORMAT},
        {"shorter than its header", 35, 0, STATUS_BAD_FORMAT},
        {"a byte less than it was", 623, 0, STATUS_BAD_CHECKSUM},
        {"longer than memory", 0xFFFF, 0, STATUS_TRUNCATED},
        {"as long as allowed", 16 * MIB, 0, STATUS_TRUNCATED},
        {"longer than 16 MiB", 16 * MIB + 1, 0, STATUS_BAD_FORMAT},
        {"longest", UINT32_MAX, 0, STATUS_BAD_FORMAT},
        {"nowhere", 624, 0x123456789ABC, STATUS_TRUNCATED},
        {"at the end of everything", 624, UINT64_MAX - 7, STATUS_TRUNCATED},
        {"header cut off by the end of memory", 624, MACHINE_BASE + MACHINE_SIZE - 35,
         STATUS_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof crimes / sizeof crimes[0]; i++) {
        struct acpi_machine machine = acpi_machine_create();
        acpi_put32(machine.ram + (machine.tables[0] - MACHINE_BASE) + 4, crimes[i].length);
        if (crimes[i].physical != 0)
            machine.tables[0] = crimes[i].physical;
        acpi_machine_write_roots(&machine);
        const struct acpi_root root = root_of(&machine);
        const struct acpi_memory memory = acpi_machine_memory(&machine);
        struct acpi_table table = {.data = &memory};
        printf("  %s\n", crimes[i].crime);
        assert_status(acpi_root_table(&memory, &root, 0, &table), crimes[i].wanted);
        assert_int_equal(table.physical, machine.tables[0]);
        assert_null(table.data);
        assert_status(acpi_root_table(&memory, &root, 1, &table),
                      STATUS_OK); /* costs itself only */
        acpi_machine_destroy(&machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revision_2),     cmocka_unit_test(test_revision_0_and_no_xsdt),
        cmocka_unit_test(test_bad_rsdp),       cmocka_unit_test(test_rsdp_at_the_end_of_memory),
        cmocka_unit_test(test_bad_root_table), cmocka_unit_test(test_bad_table),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
