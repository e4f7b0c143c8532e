/* SPDX-License-Identifier: MIT
 * ACPI tables that name addresses: tables of real machines, one right table of each kind, and every way to damage it
 * that its reader tells apart. Tables stand in memory of exactly their size. Runs in the project's root. */
#include "table_sink_fixture.h"

#include <inspect/acpi_memory.h>

#include <stdio.h>

/* ---- the gate ---- */

/* In memory that ends with what is given: breaks AM1. */
static void test_table_check(void **state)
{
    (void)state;
    const struct {
        const char *crime;
        size_t at, width, given; /* given: bytes that can be read */
        uint64_t value;
        bool sealed;
        status_t wanted;
    } rows[] = {
        {"nothing wrong", 40, 1, 44, 7, true, STATUS_OK},
        {"more is there than the table has", 4, 4, 44, 40, true, STATUS_OK},
        {"no byte", 0, 0, 0, 0, true, STATUS_TRUNCATED},
        {"a byte short of a header", 0, 0, 35, 0, true, STATUS_TRUNCATED},
        {"another signature", 0, 1, 44, 'X', true, STATUS_BAD_FORMAT},
        {"length 0", 4, 4, 44, 0, true, STATUS_BAD_FORMAT},
        {"length 35", 4, 4, 44, 35, true, STATUS_BAD_FORMAT},
        {"length of a byte too many", 4, 4, 44, 45, true, STATUS_TRUNCATED},
        {"length 2^32 - 1", 4, 4, 44, UINT32_MAX, true, STATUS_TRUNCATED},
        {"a byte was changed", 40, 1, 44, 7, false, STATUS_BAD_CHECKSUM},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct acpi_bytes table = table_of("MCFG", "\0\0\0\0\0\0\0\0", 8);
        memcpy(table.data + rows[i].at, &rows[i].value, rows[i].width);
        if (rows[i].sealed)
            acpi_seal(table.data, rows[i].value == 40 ? 40 : table.size, TABLE_CHECKSUM);
        printf("  %s\n", rows[i].crime);
        unsigned char *given = exact_copy(table.data, rows[i].given);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        uint32_t length = 99;
        assert_status(
            acpi_table_check(given, rows[i].given, acpi_signature("MCFG"), &sink, &length),
            rows[i].wanted);
        assert_int_equal(told.note_count, rows[i].wanted != STATUS_OK);
        assert_int_equal(length, rows[i].wanted != STATUS_OK ? 99 : rows[i].value == 40 ? 40 : 44);
        free(given);
        free(table.data);
    }
}

/* ---- MADT ---- */

static void test_real_madt(void **state)
{
    (void)state;
    const struct {
        const char *name;
        uint32_t processors, io_apics;
        uint64_t last; /* address of the last I/O APIC */
    } machines[] = {
        {"acer-aspire-r3600-c85d", 4, 1, 0xfec00000},
        {"asrock-870-extreme3-9694", 3, 1, 0xfec00000},
        {"asrock-x370-killer-sli-4c48", 4, 2, 0xfec01000},
        {"asustek-rog-zenith-ii-extreme-alpha-bf6a", 48, 5, 0xe2280000},
        {"framework-laptop-13-717e", 22, 1, 0xfec00000},
        {"gigabyte-x99-ud4-cf-9cce", 12, 1, 0xfec00000},
        {"hewlett-packard-proliant-dl380-g5-97be", 4, 1, 0xfec00000},
        {"intel-x99-0ad6", 20, 2, 0xfec01000},
        {"supermicro-h8qg6-58e8", 64, 3, 0xda000000},
        {"supermicro-x8dtn-f-3195", 24, 2, 0xfec8a000},
        {"qemu-q35-ovmf", 4, 1, 0xfec00000},
    };
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.apic", machines[i].name);
        struct acpi_bytes madt = acpi_bytes_read(name);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        uint32_t processors, length;
        assert_status(
            acpi_table_check(madt.data, madt.size, acpi_signature("APIC"), &sink, &length),
            STATUS_OK);
        assert_status(acpi_madt_read(madt.data, length, &sink, &processors), STATUS_OK);
        told_check(&told, nullptr);
        assert_int_equal(processors, machines[i].processors);
        assert_int_equal(told.place_count, machines[i].io_apics + 1);
        assert_int_equal(told.places[machines[i].io_apics - 1].start, machines[i].last);
        assert_int_equal(told.places[machines[i].io_apics].kind, PLACE_LOCAL_APIC);
        assert_int_equal(told.places[machines[i].io_apics].start, 0xfee00000);
        free(madt.data);
    }
}

static const struct {
    const char *what;
    size_t size;
    unsigned char entries[40];
    size_t io_apics;
    uint32_t processors;
    uint64_t local_apic; /* 0: no such place */
    const char *note;
} madt_rows[] = {
    {"no entries", 0, {}, 0, 0, 0xfee00000, nullptr},
    {"an I/O APIC", 12, {1, 12, 9, 0, 0, 0, 0xc0, 0xfe}, 1, 0, 0xfee00000, nullptr},
    {"an I/O APIC at 0",
     12,
     {1, 12, 9},
     0,
     0,
     0xfee00000,
     "an I/O APIC has the address 0; it is ignored"},
    {"a short I/O APIC, then a right one",
     23,
     {1, 11, 9, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 1, 12, 9, 0, 0, 0, 0xc0, 0xfe},
     1,
     0,
     0xfee00000,
     "an entry is too short for its type; it is ignored"},
    {"the local APIC is elsewhere",
     12,
     {5, 12, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0},
     0,
     0,
     0x100000000,
     nullptr},
    {"elsewhere at 0", 12, {5, 12}, 0, 0, 0, "its address of the local APIC is none"},
    {"elsewhere at the end of all addresses",
     12,
     {5, 12, 0, 0, 0, 0xff, 255, 255, 255, 255, 255, 255},
     0,
     0,
     0,
     "its address of the local APIC is none"},
    {"elsewhere, too short",
     11,
     {5, 11, 0, 0, 0, 0, 0, 0, 1},
     0,
     0,
     0xfee00000,
     "an entry is too short for its type; it is ignored"},
    {"a processor listed in both forms",
     24,
     {0, 8, 0, 5, 1, 0, 0, 0, 9, 16, 0, 0, 5, 0, 0, 0, 1},
     0,
     1,
     0xfee00000,
     nullptr},
    {"two wide processors above 255",
     32,
     {9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 16, 0, 0, 1, 1, 0, 0, 1},
     0,
     2,
     0xfee00000,
     nullptr},
    {"one that can be enabled only", 8, {0, 8, 0, 5, 2}, 0, 0, 0xfee00000, nullptr},
    {"a length of 0",
     20,
     {0, 8, 0, 5, 1, 0, 0, 0, 1, 0},
     0,
     1,
     0xfee00000,
     "an entry has a wrong length; those behind it are lost"},
    {"a length behind the end",
     12,
     {1, 13, 9, 0, 0, 0, 0xc0, 0xfe},
     0,
     0,
     0xfee00000,
     "an entry has a wrong length; those behind it are lost"},
};

static void test_madt_entries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof madt_rows / sizeof madt_rows[0]; i++) {
        unsigned char contents[48] = {0, 0, 0xe0, 0xfe};
        memcpy(contents + 8, madt_rows[i].entries, madt_rows[i].size);
        struct acpi_bytes madt = table_of("APIC", contents, 8 + madt_rows[i].size);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        uint32_t processors;
        printf("  %s\n", madt_rows[i].what);
        assert_status(acpi_madt_read(madt.data, madt.size, &sink, &processors), STATUS_OK);
        told_check(&told, madt_rows[i].note);
        assert_int_equal(processors, madt_rows[i].processors);
        assert_int_equal(told.place_count, madt_rows[i].io_apics + (madt_rows[i].local_apic != 0));
        for (size_t k = 0; k < madt_rows[i].io_apics; k++) {
            assert_int_equal(told.places[k].kind, PLACE_IO_APIC);
            assert_int_equal(told.places[k].start, 0xfec00000);
            assert_int_equal(told.places[k].size, 1024);
            assert_int_equal(told.places[k].signature, 9);
        }
        if (madt_rows[i].local_apic != 0)
            assert_int_equal(told.places[madt_rows[i].io_apics].start, madt_rows[i].local_apic);
        free(madt.data);
    }
    struct acpi_bytes madt = table_of("APIC", "\0\0\340\376\0\0\0", 7);
    struct told told;
    const struct table_sink sink = told_sink(&told);
    uint32_t processors;
    assert_status(acpi_madt_read(madt.data, madt.size, &sink, &processors), STATUS_BAD_FORMAT);
    free(madt.data);
}

/* ---- MCFG, HPET, FADT, FACS, BGRT ---- */

static void test_mcfg(void **state)
{
    (void)state;
    const struct {
        const char *what;
        uint64_t base;
        uint16_t segment;
        uint8_t first, last;
        uint64_t start, size; /* size 0: refused */
        const char *note;
    } rows[] = {
        {"all buses", 0xe0000000, 0, 0, 255, 0xe0000000, 256 * MIB, nullptr},
        {"one bus", 0xe0000000, 1, 0, 0, 0xe0000000, MIB, nullptr},
        {"the address is that of bus 0", 0xe0000000, 0, 16, 31, 0xe1000000, 16 * MIB, nullptr},
        {"no address", 0, 0, 0, 255, 0, 0, "an entry has the address 0; it is ignored"},
        {"no buses", 0xe0000000, 0, 2, 1, 0, 0, "an entry has no buses; it is ignored"},
        {"its start passes 2^64", UINT64_MAX - 0xfffff, 0, 1, 2, 0, 0,
         "an entry passes 2^64; it is ignored"},
        {"its end passes 2^64", UINT64_MAX - 0xfffff, 0, 0, 0, 0, 0,
         "an entry passes 2^64; it is ignored"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        /* The entry in question, then a right one, which must survive. */
        unsigned char contents[40] = {};
        memcpy(contents + 8, &rows[i].base, 8);
        memcpy(contents + 16, &rows[i].segment, 2);
        contents[18] = rows[i].first;
        contents[19] = rows[i].last;
        acpi_put64(contents + 24, 0xb0000000);
        struct acpi_bytes mcfg = table_of("MCFG", contents, sizeof contents);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        printf("  %s\n", rows[i].what);
        assert_status(acpi_mcfg_read(mcfg.data, mcfg.size, &sink), STATUS_OK);
        told_check(&told, rows[i].note);
        assert_int_equal(told.place_count, rows[i].size != 0 ? 2 : 1);
        assert_int_equal(told.places[told.place_count - 1].start, 0xb0000000);
        if (rows[i].size != 0) {
            assert_int_equal(told.places[0].start, rows[i].start);
            assert_int_equal(told.places[0].size, rows[i].size);
            assert_int_equal(told.places[0].signature,
                             (uint32_t)rows[i].segment << 16 | rows[i].first);
        }
        free(mcfg.data);
    }
    const size_t sizes[] = {7, 8, 23};
    const char *notes[] = {"it ends before its first entry", nullptr,
                           "its last entry is not whole"};
    for (size_t i = 0; i < 3; i++) {
        struct acpi_bytes mcfg =
            table_of("MCFG", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", sizes[i]);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        assert_status(acpi_mcfg_read(mcfg.data, mcfg.size, &sink),
                      i == 0 ? STATUS_BAD_FORMAT : STATUS_OK);
        told_check(&told, notes[i]);
        assert_int_equal(told.place_count, 0);
        free(mcfg.data);
    }
}

static const struct {
    const char *what;
    const char *signature;
    size_t size, at, width;
    uint64_t value;
    size_t other_at; /* a second field of 4 bytes; 0: none */
    uint32_t other;
    status_t wanted;
    uint64_t found;
    const char *note;
} address_rows[] = {
    {"HPET", "HPET", 20, 8, 8, 0xfed00000, 0, 0, STATUS_OK, 0xfed00000, nullptr},
    {"HPET, short", "HPET", 19, 8, 8, 0xfed00000, 0, 0, STATUS_BAD_FORMAT, 0, "it is too short"},
    {"HPET, ports", "HPET", 20, 8, 8, 0xfed00000, 4, 1, STATUS_BAD_FORMAT, 0,
     "its registers are not in memory"},
    {"HPET at 0", "HPET", 20, 8, 8, 0, 0, 0, STATUS_BAD_FORMAT, 0,
     "its address of the registers is none"},
    {"FADT, old", "FACP", 80, 0, 4, 0x7fe000c0, 0, 0, STATUS_OK, 0x7fe000c0, nullptr},
    {"FADT, shortest", "FACP", 4, 0, 4, 0x7fe000c0, 0, 0, STATUS_OK, 0x7fe000c0, nullptr},
    {"FADT, short", "FACP", 3, 0, 3, 1, 0, 0, STATUS_BAD_FORMAT, 0, "it is too short"},
    {"FADT, wide", "FACP", 208, 96, 8, 0x100000040, 0, 0, STATUS_OK, 0x100000040, nullptr},
    {"FADT, both agree", "FACP", 208, 96, 8, 0x1040, 0, 0x1040, STATUS_OK, 0x1040, nullptr},
    {"FADT, a byte short of the wide one", "FACP", 103, 96, 7, 0x1040, 0, 0, STATUS_OK, 0, nullptr},
    {"FADT, none", "FACP", 208, 96, 8, 0, 0, 0, STATUS_OK, 0, nullptr},
    {"FADT, not aligned", "FACP", 208, 96, 8, 0x1041, 0, 0, STATUS_OK, 0x1041,
     "the FACS that it names is not aligned to 64 bytes"},
    {"FADT, at the end", "FACP", 208, 96, 8, UINT64_MAX - 63, 0, 0, STATUS_BAD_FORMAT, 0,
     "its address of the FACS is none"},
    {"BGRT", "BGRT", 20, 4, 8, 0x7e000000, 0, 0, STATUS_OK, 0x7e000000, nullptr},
    {"BGRT, short", "BGRT", 19, 4, 8, 0x7e000000, 0, 0, STATUS_BAD_FORMAT, 0, "it is too short"},
    {"BGRT, no BMP", "BGRT", 20, 3, 1, 1, 0, 0, STATUS_UNSUPPORTED, 0, "its picture is no BMP"},
};

/* The row that ends at 2^64 breaks AM2. */
static void test_single_addresses(void **state)
{
    (void)state;
    /* Offsets count from the header's end. */
    for (size_t i = 0; i < sizeof address_rows / sizeof address_rows[0]; i++) {
        unsigned char contents[208] = {};
        if (address_rows[i].other != 0)
            acpi_put32(contents + address_rows[i].other_at, address_rows[i].other);
        memcpy(contents + address_rows[i].at, &address_rows[i].value, address_rows[i].width);
        struct acpi_bytes table =
            table_of(address_rows[i].signature, contents, address_rows[i].size);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        uint64_t found = 0;
        status_t status;
        printf("  %s\n", address_rows[i].what);
        if (address_rows[i].signature[0] == 'H')
            status = acpi_hpet_read(table.data, table.size, &sink);
        else if (address_rows[i].signature[0] == 'F')
            status = acpi_fadt_read(table.data, table.size, &sink, &found);
        else
            status = acpi_bgrt_read(table.data, table.size, &sink, &found);
        assert_status(status, address_rows[i].wanted);
        told_check(&told, address_rows[i].note);
        if (address_rows[i].signature[0] == 'H' && status == STATUS_OK) {
            assert_int_equal(told.places[0].kind, PLACE_HPET);
            found = told.places[0].start;
        }
        assert_int_equal(found, address_rows[i].found);
        free(table.data);
    }
}

static void test_two_addresses(void **state)
{
    (void)state;
    unsigned char contents[208] = {0x40};
    acpi_put64(contents + 96, 0x100000040);
    struct acpi_bytes fadt = table_of("FACP", contents, sizeof contents);
    struct told told;
    const struct table_sink sink = told_sink(&told);
    uint64_t facs;
    assert_status(acpi_fadt_read(fadt.data, fadt.size, &sink, &facs), STATUS_OK);
    assert_int_equal(facs, 0x100000040);
    told_check(&told, "its two addresses of the FACS differ; the wide one counts");
    free(fadt.data);
}

static void test_facs_and_image(void **state)
{
    (void)state;
    const struct {
        const char *what;
        bool image;
        size_t given;
        const char *signature;
        uint32_t length;
        status_t wanted;
    } rows[] = {
        {"FACS", false, 64, "FACS", 64, STATUS_OK},
        {"FACS, longer", false, 64, "FACS", 80, STATUS_OK},
        {"FACS, cut", false, 63, "FACS", 64, STATUS_TRUNCATED},
        {"FACS, length 63", false, 64, "FACS", 63, STATUS_BAD_FORMAT},
        {"FACS, another table", false, 64, "FACP", 64, STATUS_BAD_FORMAT},
        {"picture", true, 64, "BM", 100000, STATUS_OK},
        {"picture, cut", true, 25, "BM", 100000, STATUS_TRUNCATED},
        {"picture, length 25", true, 64, "BM", 25, STATUS_BAD_FORMAT},
        {"picture, no BMP", true, 64, "PN", 100000, STATUS_BAD_FORMAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char bytes[64] = {};
        memcpy(bytes, rows[i].signature, strlen(rows[i].signature));
        acpi_put32(bytes + (rows[i].image ? 2 : 4), rows[i].length);
        unsigned char *given = exact_copy(bytes, rows[i].given);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        uint32_t length = 1;
        printf("  %s\n", rows[i].what);
        assert_status(rows[i].image ? acpi_image_check(given, rows[i].given, &sink, &length)
                                    : acpi_facs_check(given, rows[i].given, &sink, &length),
                      rows[i].wanted);
        assert_int_equal(length, rows[i].wanted == STATUS_OK ? rows[i].length : 1);
        assert_int_equal(told.note_count, rows[i].wanted != STATUS_OK);
        free(given);
    }
}

/* ---- SLIT and the root ---- */

static const struct {
    const char *what;
    uint64_t count;
    size_t size;
    unsigned char distances[9];
    status_t wanted;
    const char *note;
} slit_rows[] = {
    {"one node", 1, 1, {10}, STATUS_OK, nullptr},
    {"two nodes", 2, 4, {10, 20, 20, 10}, STATUS_OK, nullptr},
    {"unreachable is a distance", 2, 4, {10, 255, 255, 10}, STATUS_OK, nullptr},
    {"no nodes", 0, 1, {10}, STATUS_BAD_FORMAT, "it has no nodes"},
    {"a byte short",
     2,
     3,
     {10, 20, 20},
     STATUS_TRUNCATED,
     "it has more nodes than its length has room for"},
    {"a square that wraps",
     UINT64_C(1) << 32,
     4,
     {10, 20, 20, 10},
     STATUS_TRUNCATED,
     "it has more nodes than its length has room for"},
    {"a count that wraps",
     UINT64_MAX,
     4,
     {10, 20, 20, 10},
     STATUS_TRUNCATED,
     "it has more nodes than its length has room for"},
    {"a byte too many", 2, 5, {10, 20, 20, 10}, STATUS_OK, "it is longer than its nodes need"},
    {"not near itself",
     2,
     4,
     {10, 20, 20, 11},
     STATUS_OK,
     "the distance of a node to itself is not 10"},
    {"too near to another",
     2,
     4,
     {10, 10, 10, 10},
     STATUS_OK,
     "a node is as near to another as to itself, or nearer"},
    {"another way back",
     3,
     9,
     {10, 20, 30, 20, 10, 30, 31, 30, 10},
     STATUS_OK,
     "distances there and back differ"},
};

static void test_slit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slit_rows / sizeof slit_rows[0]; i++) {
        unsigned char contents[17];
        memcpy(contents, &slit_rows[i].count, 8);
        memcpy(contents + 8, slit_rows[i].distances, sizeof slit_rows[i].distances);
        struct acpi_bytes slit = table_of("SLIT", contents, 8 + slit_rows[i].size);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        printf("  %s\n", slit_rows[i].what);
        assert_status(acpi_slit_check(slit.data, slit.size, &sink), slit_rows[i].wanted);
        told_check(&told, slit_rows[i].note);
        free(slit.data);
    }
}

static void test_real_slit(void **state)
{
    (void)state;
    const char *const machines[] = {"asustek-all-series-6b15",  "depo-super-server-5ed6",
                                    "gigabyte-x99-ud4-cf-9cce", "huanan-x99-qd4-v1-0-734c",
                                    "intel-x99-0ad6",           "supermicro-h8qg6-58e8",
                                    "supermicro-x8dtn-f-3195",  "supermicro-x8dtt-ce92"};
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.slit", machines[i]);
        struct acpi_bytes slit = acpi_bytes_read(name);
        struct told told;
        const struct table_sink sink = told_sink(&told);
        assert_status(acpi_slit_check(slit.data, slit.size, &sink), STATUS_OK);
        told_check(&told, nullptr);
        free(slit.data);
    }
}

static void test_root_entries(void **state)
{
    (void)state;
    unsigned char contents[20] = {1, 0, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 3};
    struct acpi_bytes root = table_of("XSDT", contents, 19);
    uint64_t address;
    assert_true(acpi_root_entry(root.data, root.size, 8, 0, &address));
    assert_int_equal(address, 0x8000000000000001);
    assert_true(acpi_root_entry(root.data, root.size, 8, 1, &address));
    assert_int_equal(address, 0x300000002);
    assert_false(acpi_root_entry(root.data, root.size, 8, 2, &address));
    assert_true(acpi_root_entry(root.data, root.size, 4, 1, &address));
    assert_int_equal(address, 0x80000000);
    assert_false(acpi_root_entry(root.data, root.size, 4, 4, &address));
    assert_false(acpi_root_entry(root.data, root.size, 4, SIZE_MAX, &address));
    free(root.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_check),
        cmocka_unit_test(test_real_madt),
        cmocka_unit_test(test_madt_entries),
        cmocka_unit_test(test_mcfg),
        cmocka_unit_test(test_single_addresses),
        cmocka_unit_test(test_facs_and_image),
        cmocka_unit_test(test_slit),
        cmocka_unit_test(test_real_slit),
        cmocka_unit_test(test_two_addresses),
        cmocka_unit_test(test_root_entries),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
