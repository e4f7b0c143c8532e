/* SPDX-License-Identifier: MIT
 * The entries of SRAT and MADT: tables of real machines, entries that lie, and every prefix and every damaged
 * byte of a real table. Tables stand in memory of exactly their size, so that the sanitizer sees one byte
 * too many. Runs in the project's root. */
#include "harness/harness.h"
#include "model/acpi_machine.h"

#include <inspect/acpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the tables of real machines ---- */

static void test_real_srat(void **state)
{
    (void)state;
    const struct {
        const char *name;
        unsigned entries;
        uint64_t bytes;
        uint32_t nodes; /* bit n: node n has memory */
    } machines[] = {
        {"asrock-870-extreme3-9694", 3, 0x3fffa0000, 0x1},
        {"asrock-k10n78d-3e54", 3, 0x1fffa0000, 0x1},
        {"asustek-all-series-6b15", 2, 0x1000000000, 0x1}, /* 31 more are disabled */
        {"asustek-m4a88td-v-evo-usb3-822e", 3, 0x1fffa0000, 0x1},
        {"supermicro-h8qg6-58e8", 10, 0x1ffffa0000, 0xFF},
        {"supermicro-x8dtn-f-3195", 4, 0x1dfffa0000, 0x3},
        {"supermicro-x8dtt-ce92", 4, 0xbfffa0000, 0x3},
    };
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.srat", machines[i].name);
        struct acpi_bytes srat = acpi_bytes_read(name);
        struct acpi_node_memory memory;
        unsigned entries = 0;
        uint64_t bytes = 0;
        uint32_t nodes = 0;
        size_t cursor = 0;
        status_t status;
        while ((status = acpi_srat_next(srat.data, srat.size, &cursor, &memory)) == STATUS_OK) {
            assert_in_range(memory.node, 0, 31);
            entries++;
            bytes += memory.size;
            nodes |= UINT32_C(1) << memory.node % 32;
            assert_false(memory.hot_pluggable || memory.non_volatile);
        }
        assert_status(status, STATUS_NOT_FOUND);
        assert_int_equal(entries, machines[i].entries);
        assert_int_equal(bytes, machines[i].bytes);
        assert_int_equal(nodes, machines[i].nodes);
        free(srat.data);
    }
}

static void test_real_madt(void **state)
{
    (void)state;
    const struct {
        const char *name;
        unsigned enabled;
    } machines[] = {
        {"acer-aspire-r3600-c85d", 4},
        {"acer-aspire-z3-715-9f6a", 4},
        {"asrock-870-extreme3-9694", 3}, /* of 6 entries */
        {"asrock-k10n78d-3e54", 2},      /* of 6 */
        {"asrock-x370-killer-sli-4c48", 4},
        {"asustek-all-series-6b15", 12},
        {"asustek-m4a88td-v-evo-usb3-822e", 4},           /* of 6 */
        {"asustek-rog-zenith-ii-extreme-alpha-bf6a", 48}, /* of 128 */
        {"depo-super-server-5ed6", 6},
        {"framework-laptop-13-717e", 22},              /* x2APIC; 26 more have no identifier */
        {"hewlett-packard-proliant-dl380-g5-97be", 4}, /* of 8, and an entry of type 255 */
        {"huanan-x99-qd4-v1-0-734c", 28},
        {"optimized-kvm-9112", 4},
        {"supermicro-h8qg6-58e8", 64},
        {"supermicro-x8dtn-f-3195", 24},
        {"supermicro-x8dtt-ce92", 16}, /* of 24 */
    };
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.apic", machines[i].name);
        struct acpi_bytes madt = acpi_bytes_read(name);
        struct acpi_processor processor;
        unsigned enabled = 0;
        size_t cursor = 0;
        status_t status;
        while ((status = acpi_madt_next(madt.data, madt.size, &cursor, &processor)) == STATUS_OK)
            enabled += processor.enabled;
        assert_status(status, STATUS_NOT_FOUND);
        assert_int_equal(enabled, machines[i].enabled);
        free(madt.data);
    }
}

/* ---- entries that lie ---- */

static unsigned walk_srat(const struct acpi_bytes *srat, status_t *end)
{
    struct acpi_node_memory memory;
    unsigned entries = 0;
    size_t cursor = 0;
    while ((*end = acpi_srat_next(srat->data, srat->size, &cursor, &memory)) == STATUS_OK)
        entries++;
    assert_status(acpi_srat_next(srat->data, srat->size, &cursor, &memory), STATUS_NOT_FOUND);
    return entries;
}

static unsigned walk_madt(const struct acpi_bytes *madt, status_t *end)
{
    struct acpi_processor processor;
    unsigned entries = 0;
    size_t cursor = 0;
    while ((*end = acpi_madt_next(madt->data, madt->size, &cursor, &processor)) == STATUS_OK)
        entries++;
    assert_status(acpi_madt_next(madt->data, madt->size, &cursor, &processor), STATUS_NOT_FOUND);
    return entries;
}

/* A SRAT of revision 3 with one memory entry of 40 bytes, at offset 48. */
static struct acpi_bytes small_srat(void)
{
    struct acpi_bytes srat = {calloc(1, 88), 88};
    memcpy(srat.data, "SRAT", 4);
    acpi_put32(srat.data + 4, 88);
    srat.data[8] = 3;
    srat.data[48] = 1;
    srat.data[49] = 40;
    acpi_put32(srat.data + 50, 0x12345);
    acpi_put64(srat.data + 56, 0x100000000);
    acpi_put64(srat.data + 64, 0x40000000);
    acpi_put32(srat.data + 76, 7);
    return srat;
}

static void test_fields_of_srat(void **state)
{
    (void)state;
    struct acpi_bytes srat = small_srat();
    for (unsigned revision = 0; revision < 4; revision++) {
        srat.data[8] = (unsigned char)revision;
        struct acpi_node_memory memory;
        size_t cursor = 0;
        assert_status(acpi_srat_next(srat.data, srat.size, &cursor, &memory), STATUS_OK);
        assert_int_equal(memory.node, revision < 2 ? 0x45 : 0x12345);
        assert_int_equal(memory.start, 0x100000000);
        assert_int_equal(memory.size, 0x40000000);
        assert_true(memory.hot_pluggable && memory.non_volatile);
    }
    free(srat.data);
}

static void test_bad_entries_of_srat(void **state)
{
    (void)state;
    const struct {
        const char *crime;
        size_t at, size;
        uint64_t value;
        status_t wanted;
        unsigned entries;
    } crimes[] = {
        {"nothing wrong", 49, 1, 40, STATUS_NOT_FOUND, 1},
        {"entry of length 0", 49, 1, 0, STATUS_BAD_FORMAT, 0},
        {"entry of length 1", 49, 1, 1, STATUS_BAD_FORMAT, 0},
        {"entry too short for its type", 49, 1, 39, STATUS_BAD_FORMAT, 0},
        {"entry ends behind the table", 49, 1, 41, STATUS_BAD_FORMAT, 0},
        {"unknown type", 48, 1, 200, STATUS_NOT_FOUND, 0},
        {"not enabled", 76, 4, 6, STATUS_NOT_FOUND, 0},
        {"no bytes", 64, 8, 0, STATUS_NOT_FOUND, 0},
        {"passes 2^64", 64, 8, UINT64_MAX - 0xFFFFFFFF, STATUS_BAD_FORMAT, 0},
        {"ends a byte before 2^64", 64, 8, UINT64_MAX - 0x100000000, STATUS_NOT_FOUND, 1},
        {"table longer than what was given", 4, 4, 89, STATUS_BAD_FORMAT, 0},
        {"table ends in the middle of the entry", 4, 4, 87, STATUS_BAD_FORMAT, 0},
        {"one byte behind the fields", 4, 4, 49, STATUS_BAD_FORMAT, 0},
        {"no entries", 4, 4, 48, STATUS_NOT_FOUND, 0},
        {"ends before its first entry", 4, 4, 47, STATUS_BAD_FORMAT, 0},
        {"length 0", 4, 4, 0, STATUS_BAD_FORMAT, 0},
    };
    for (size_t i = 0; i < sizeof crimes / sizeof crimes[0]; i++) {
        struct acpi_bytes srat = small_srat();
        memcpy(srat.data + crimes[i].at, &crimes[i].value, crimes[i].size);
        printf("  %s\n", crimes[i].crime);
        status_t end;
        assert_int_equal(walk_srat(&srat, &end), crimes[i].entries);
        assert_status(end, crimes[i].wanted);
        free(srat.data);
    }
}

static void test_entries_of_madt(void **state)
{
    (void)state;
    const struct {
        const char *what;
        unsigned char entry[16];
        unsigned count; /* processors that are found */
        bool enabled;
        uint32_t id;
        status_t end;
    } rows[] = {
        {"enabled", {0, 8, 0, 5, 1}, 1, true, 5, STATUS_NOT_FOUND},
        {"can be enabled", {0, 8, 0, 5, 2}, 1, false, 5, STATUS_NOT_FOUND},
        {"neither", {0, 8, 0, 5, 0}, 0, false, 0, STATUS_NOT_FOUND},
        {"broadcast", {0, 8, 0, 0xFF, 1}, 0, false, 0, STATUS_NOT_FOUND},
        {"too short", {0, 7, 0, 5, 1}, 0, false, 0, STATUS_BAD_FORMAT},
        {"wide", {9, 16, 0, 0, 0x78, 0x56, 0, 0, 1}, 1, true, 0x5678, STATUS_NOT_FOUND},
        {"wide 255 is a processor",
         {9, 16, 0, 0, 0xFF, 0, 0, 0, 1},
         1,
         true,
         255,
         STATUS_NOT_FOUND},
        {"wide broadcast", {9, 16, 0, 0, 255, 255, 255, 255, 1}, 0, false, 0, STATUS_NOT_FOUND},
        {"wide, too short", {9, 15, 0, 0, 1, 0, 0, 0, 1}, 0, false, 0, STATUS_BAD_FORMAT},
        {"an I/O APIC", {1, 12}, 0, false, 0, STATUS_NOT_FOUND},
        {"no length", {1, 0}, 0, false, 0, STATUS_BAD_FORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t length = rows[i].entry[1] > 1 ? rows[i].entry[1] : 2;
        struct acpi_bytes madt = {calloc(1, 44 + length), 44 + length};
        memcpy(madt.data, "APIC", 4);
        acpi_put32(madt.data + 4, (uint32_t)madt.size);
        memcpy(madt.data + 44, rows[i].entry, length);
        printf("  %s\n", rows[i].what);
        status_t end;
        assert_int_equal(walk_madt(&madt, &end), rows[i].count);
        assert_status(end, rows[i].end);
        struct acpi_processor processor = {0};
        size_t cursor = 0;
        if (acpi_madt_next(madt.data, madt.size, &cursor, &processor) == STATUS_OK)
            assert_int_equal(processor.enabled, rows[i].enabled);
        assert_int_equal(processor.apic_id, rows[i].id);
        free(madt.data);
    }
}

/* Every prefix of a real table, as it is and with its length corrected; then every byte of it damaged. */
static void damage(const char *name,
                   unsigned (*walk)(const struct acpi_bytes *table, status_t *end))
{
    struct acpi_bytes whole = acpi_bytes_read(name);
    status_t end;
    const unsigned all = walk(&whole, &end);
    for (size_t size = 0; size <= whole.size; size++) {
        struct acpi_bytes part = {malloc(size > 0 ? size : 1), size};
        memcpy(part.data, whole.data, size);
        const unsigned found = walk(&part, &end);
        assert_int_equal(found, size == whole.size ? all : 0);
        if (size >= 8) {
            acpi_put32(part.data + 4, (uint32_t)size);
            assert_true(walk(&part, &end) <= all);
        }
        free(part.data);
    }
    const unsigned char values[] = {0, 1, 0x7F, 0xFF};
    for (size_t at = 0; at < whole.size; at++) {
        const unsigned char saved = whole.data[at];
        for (size_t i = 0; i < sizeof values; i++) {
            whole.data[at] = values[i];
            assert_true(walk(&whole, &end) <= whole.size);
        }
        whole.data[at] = saved;
    }
    free(whole.data);
}

/* Every length, every byte: breaks ACPI1, ACPI2 if the reader trusts one. */
static void test_damaged_tables(void **state)
{
    (void)state;
    damage("supermicro-x8dtt-ce92.srat", walk_srat);
    damage("asrock-k10n78d-3e54.srat", walk_srat);
    damage("hewlett-packard-proliant-dl380-g5-97be.apic", walk_madt);
    damage("framework-laptop-13-717e.apic", walk_madt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_srat),       cmocka_unit_test(test_real_madt),
        cmocka_unit_test(test_fields_of_srat),  cmocka_unit_test(test_bad_entries_of_srat),
        cmocka_unit_test(test_entries_of_madt), cmocka_unit_test(test_damaged_tables),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
