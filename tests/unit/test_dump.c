/* SPDX-License-Identifier: MIT
 * The raw dump: what is written comes back, and nothing else does harm. */
#include "harness/harness.h"

#include <base/crc32.h>
#include <inspect/dump.h>
#include <mm/memory_map.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct boot_region entry_regions[] = {
    {.phys_start = 0, .page_count = 160, .efi_type = 7, .efi_attributes = 0xF},
    {.phys_start = MIB, .page_count = UINT64_MAX, .efi_type = 0x80000001, .efi_attributes = 1}};
static const struct boot_region before_exit_regions[] = {
    {.phys_start = MIB, .page_count = 7, .efi_type = 4, .bytes_less = 9, .efi_attributes = 8},
    {.phys_start = 7, .page_count = 0, .efi_type = 99, .efi_attributes = UINT64_MAX},
    {.phys_start = UINT64_MAX, .page_count = 1, .efi_type = 11}};
static const struct boot_region final_regions[] = {{.phys_start = 2 * MIB, .page_count = 3}};
static const struct boot_region last_boot_regions[] = {
    {.phys_start = 3 * MIB, .page_count = 5, .efi_type = 10, .efi_attributes = 0xF}};
static const struct boot_region report_regions[] = {
    {.phys_start = 0x400000, .page_count = 6, .efi_type = 3, .efi_attributes = 15},
};

/* ACPI 6.5, 5.2.25.2: an SRAT with one range of memory of node 3; its checksum is filled in. */
static unsigned char srat[48 + 40] = "SRAT\x58\0\0\0\3\0FREEHOLD TEST";
static const unsigned char bmp[] = "BM, eleven";

static struct dump_source sample(struct view_table tables[static 3])
{
    srat[48] = 1; /* memory affinity */
    srat[49] = 40;
    srat[50] = 3;
    srat[48 + 8 + 2] = 0x10; /* base 1 MiB */
    srat[48 + 16 + 2] = 0x20;
    srat[48 + 28] = 1; /* enabled */
    srat[9] = 0;
    unsigned char sum = 0;
    for (size_t i = 0; i < sizeof srat; i++)
        sum = (unsigned char)(sum + srat[i]);
    srat[9] = (unsigned char)-sum;
    uint32_t signature;
    memcpy(&signature, srat, sizeof signature);
    tables[0] = (struct view_table){BOOT_TABLE_ACPI, signature, 0x7FE0000, srat, sizeof srat};
    tables[1] = (struct view_table){BOOT_TABLE_ACPI, 0x53434146, 0x7FF0000, nullptr, 0};
    tables[2] = (struct view_table){BOOT_TABLE_BGRT_IMAGE, 0, 0x6000000, bmp, sizeof bmp};
    return (struct dump_source){.snapshots = {{entry_regions, 2},
                                              {before_exit_regions, 3},
                                              {final_regions, 1},
                                              {last_boot_regions, 1},
                                              {report_regions, 1}},
                                .last_boot_report = 42,
                                .tables = tables,
                                .table_count = 3,
                                .facts = {.phys_bits = 40,
                                          .descriptor_size = 48,
                                          .descriptor_version = 1,
                                          .uefi_revision = 2 << 16 | 70,
                                          .firmware_revision = 0x10000,
                                          .system_table = 0x7E00018,
                                          .runtime_services = 0x7E00B98,
                                          .framebuffer_start = 0x80000000,
                                          .framebuffer_size = 0x300000},
                                .vendor = "EDK II",
                                .machine = "A machine \xC3\xA4\n"};
}

struct written {
    unsigned char *bytes; /* of exactly `size` */
    size_t size;
};

static struct written write_source(const struct dump_source *source)
{
    struct written dump = {.size = dump_size(source)};
    assert_int_not_equal(dump.size, 0);
    assert_int_equal(dump.size % 8, 0);
    dump.bytes = malloc(dump.size);
    memset(dump.bytes, 0xA5, dump.size);
    assert_status(dump_write(source, dump.bytes, dump.size), STATUS_OK);
    assert_true(dump_is(dump.bytes, dump.size));
    return dump;
}

static struct written write_sample(void)
{
    struct view_table tables[3];
    const struct dump_source source = sample(tables);
    return write_source(&source);
}

static void seal(struct written *dump)
{
    struct dump_header header;
    memcpy(&header, dump->bytes, sizeof header);
    header.crc = crc32_of(dump->bytes + sizeof header, dump->size - sizeof header);
    header.size = dump->size;
    memcpy(dump->bytes, &header, sizeof header);
}

struct read_back {
    struct view view;
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason;
    void *memory;
};

/* In memory of exactly the size that was asked for. After an error nothing may have been written. */
static status_t read_dump(const void *data, size_t size, struct read_back *out)
{
    static const struct view untouched = {.vendor = "untouched"};
    const size_t memory_size = dump_memory_size(data, size);
    *out = (struct read_back){.view = untouched, .memory = malloc(memory_size)};
    const status_t status = dump_read(data, size, memory_size == 0 ? nullptr : out->memory,
                                      memory_size, &out->view, out->snapshots, &out->reason);
    assert_int_equal(status == STATUS_OK, out->reason == nullptr);
    if (status == STATUS_OK)
        return status;
    assert_memory_equal(&out->view, &untouched, sizeof untouched);
    assert_null(out->snapshots[0].regions);
    free(out->memory);
    out->memory = nullptr;
    return status;
}

/* A dump that must be readable. */
static struct read_back read_sound(const void *data, size_t size)
{
    struct read_back back;
    if (read_dump(data, size, &back) != STATUS_OK)
        fail_msg("%s", back.reason);
    return back;
}

static void assert_regions(const struct boot_region *regions, uint32_t count,
                           const struct boot_region *wanted, uint32_t wanted_count)
{
    assert_int_equal(count, wanted_count);
    assert_memory_equal(regions, wanted, count * sizeof regions[0]);
}

static void assert_is_sample(const struct read_back *back)
{
    const struct view *view = &back->view;
    assert_regions(back->snapshots[DUMP_ENTRY].regions, back->snapshots[DUMP_ENTRY].count,
                   entry_regions, 2);
    assert_regions(back->snapshots[DUMP_BEFORE_EXIT].regions,
                   back->snapshots[DUMP_BEFORE_EXIT].count, before_exit_regions, 3);
    assert_regions(back->snapshots[DUMP_FINAL].regions, back->snapshots[DUMP_FINAL].count,
                   final_regions, 1);
    assert_regions(back->snapshots[DUMP_REPORT].regions, back->snapshots[DUMP_REPORT].count,
                   report_regions, 1);
    assert_regions(view->regions, view->region_count, before_exit_regions, 3);
    assert_regions(view->last_boot, view->last_boot_count, last_boot_regions, 1);
    assert_int_equal(view->last_boot_report, 42);
    assert_int_equal(view->form, VIEW_DUMP);
    assert_null(view->lines);
    assert_int_equal(view->phys_bits, 40);
    assert_int_equal(view->descriptor_size, 48);
    assert_int_equal(view->descriptor_version, 1);
    assert_int_equal(view->uefi_revision, 2 << 16 | 70);
    assert_string_equal(view->vendor, "EDK II");
    assert_string_equal(view->machine, "A machine ???");
    for (enum view_fact fact = 0; fact <= VIEW_FACT_DESCRIPTOR_SIZE; fact++)
        assert_true(view_knows(view, fact));
    assert_true(view_knows(view, VIEW_FACT_NODES));
    assert_true(view_knows(view, VIEW_FACT_PLACES));
    assert_false(view_knows(view, VIEW_FACT_INSTALLED));
    assert_int_equal(view->node_count, 1);
    assert_int_equal(view->nodes[0].node, 3);
    assert_int_equal(view->nodes[0].start, MIB);
    assert_int_equal(view->nodes[0].size, 2 * MIB);
}

static uint64_t place_start(const struct view *view, enum place_kind kind)
{
    for (uint32_t i = 0; i < view->place_count; i++)
        if (view->places[i].kind == kind)
            return view->places[i].start;
    return 0;
}

static void test_crc(void **state)
{
    (void)state;
    assert_int_equal(crc32_of("123456789", 9), 0xCBF43926);
    assert_int_equal(crc32_of("", 0), 0);
    assert_int_equal(crc32_of("\0\0\0\0", 4), 0x2144DF1C);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct written dump = write_sample();
    for (size_t shift = 0; shift < 9; shift++) { /* the file may start anywhere */
        unsigned char *moved = malloc(dump.size + shift);
        memcpy(moved + shift, dump.bytes, dump.size);
        const struct read_back back = read_sound(moved + shift, dump.size);
        memset(moved, 0xEE, dump.size + shift); /* nothing points into it */
        assert_is_sample(&back);
        assert_int_equal(place_start(&back.view, PLACE_SYSTEM_TABLE), 0x7E00018);
        assert_int_equal(place_start(&back.view, PLACE_RUNTIME_SERVICES), 0x7E00B98);
        assert_int_equal(place_start(&back.view, PLACE_FRAMEBUFFER), 0x80000000);
        assert_int_not_equal(place_start(&back.view, PLACE_ACPI_TABLE), 0);
        free(moved);
        free(back.memory);
    }
    free(dump.bytes);
}

static void test_which_snapshot(void **state)
{
    (void)state;
    for (unsigned there = 0; there < 8; there++) {
        struct view_table tables[3];
        struct dump_source source = sample(tables);
        for (unsigned i = 0; i < 3; i++)
            if ((there >> i & 1) == 0)
                source.snapshots[i] = (struct dump_snapshot){};
        struct written dump = write_source(&source);
        const struct read_back back = read_sound(dump.bytes, dump.size);
        const uint32_t wanted = (there & 2) != 0   ? 3
                                : (there & 4) != 0 ? 1
                                : (there & 1) != 0 ? 2
                                                   : 0;
        assert_int_equal(back.view.region_count, wanted);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(back.snapshots[i].count != 0, there >> i & 1);
        free(back.memory);
        free(dump.bytes);
    }
}

static void test_nothing_known(void **state)
{
    (void)state;
    const struct dump_source source = {.facts = {.not_known = VIEW_KNOWS(EFI_TYPES)}};
    struct written dump = write_source(&source);
    assert_int_equal(dump.size, 32 + 24 + 64);
    const struct read_back back = read_sound(dump.bytes, dump.size);
    assert_int_equal(back.view.region_count, 0);
    assert_int_equal(back.view.phys_bits, PHYS_BITS_MAX);
    assert_string_equal(back.view.vendor, "");
    assert_string_equal(back.view.machine, "");
    assert_false(view_knows(&back.view, VIEW_FACT_EFI_TYPES));
    assert_true(view_knows(&back.view, VIEW_FACT_ATTRIBUTES));
    assert_false(view_knows(&back.view, VIEW_FACT_PHYS_BITS));
    assert_false(view_knows(&back.view, VIEW_FACT_DESCRIPTOR_SIZE));
    free(back.memory);
    free(dump.bytes);
}

/* Texts of every length around the alignment of the memory. */
static void test_texts(void **state)
{
    (void)state;
    char vendor[40], machine[40];
    for (size_t length = 1; length < sizeof vendor; length++) {
        memset(vendor, 'v', length);
        memset(machine, 'm', length);
        vendor[length] = machine[length] = '\0';
        struct view_table tables[3];
        struct dump_source source = sample(tables);
        source.vendor = vendor;
        source.machine = machine;
        struct written dump = write_source(&source);
        const struct read_back back = read_sound(dump.bytes, dump.size);
        assert_string_equal(back.view.vendor, vendor);
        assert_string_equal(back.view.machine, machine);
        free(back.memory);
        free(dump.bytes);
    }
}

static void test_memory(void **state)
{
    (void)state;
    struct view_table tables[3];
    struct dump_source source = sample(tables);
    struct written dump = write_source(&source);
    assert_status(dump_write(&source, dump.bytes, dump.size - 1), STATUS_NO_MEMORY);
    tables[0].size = SIZE_MAX;
    assert_int_equal(dump_size(&source), 0);
    assert_status(dump_write(&source, dump.bytes, dump.size), STATUS_OVERFLOW);
    tables[0].size = SIZE_MAX - 200;
    assert_int_equal(dump_size(&source), 0);

    const size_t needed = dump_memory_size(dump.bytes, dump.size);
    assert_int_equal(needed % 16, 0);
    unsigned refused = 0;
    for (size_t size = 16; size < needed; size += 16) {
        struct read_back back = {.memory = malloc(size)};
        const status_t status = dump_read(dump.bytes, dump.size, back.memory, size, &back.view,
                                          back.snapshots, &back.reason);
        if (status != STATUS_OK) {
            assert_status(status, STATUS_NO_MEMORY);
            assert_non_null(back.reason);
            assert_null(back.view.regions);
            refused++;
        }
        free(back.memory);
    }
    assert_int_not_equal(refused, 0);
    free(dump.bytes);
}

/* ---- damage ---- */

/* breaks DU1 */
static void test_every_cut(void **state)
{
    (void)state;
    struct written dump = write_sample();
    for (size_t size = 1; size < dump.size; size++) {
        unsigned char *cut = malloc(size);
        struct read_back back;
        memcpy(cut, dump.bytes, size);
        assert_status(read_dump(cut, size, &back), size < 8 ? STATUS_BAD_FORMAT : STATUS_TRUNCATED);
        free(cut);
    }
    free(dump.bytes);
}

static void test_every_flipped_bit(void **state)
{
    (void)state;
    struct written dump = write_sample();
    constexpr size_t reserved = offsetof(struct dump_header, reserved);
    for (size_t bit = 0; bit < 8 * dump.size; bit++) {
        struct read_back back;
        dump.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        const status_t status = read_dump(dump.bytes, dump.size, &back);
        if (status == STATUS_OK) {
            assert_in_range(bit / 8, reserved, reserved + 3);
            assert_is_sample(&back);
            free(back.memory);
        }
        dump.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(dump.bytes);
}

/* Bytes behind the size that the header states are not the dump's. */
static void test_bytes_behind(void **state)
{
    (void)state;
    struct written dump = write_sample();
    unsigned char *longer = calloc(1, dump.size + 100);
    memcpy(longer, dump.bytes, dump.size);
    const struct read_back back = read_sound(longer, dump.size + 100);
    assert_is_sample(&back);
    free(back.memory);
    free(longer);
    free(dump.bytes);
}

/* ---- crimes with a correct checksum ---- */

/* The sample with one more record at its end. */
static struct written with_record(struct dump_record_header header, size_t room)
{
    struct written dump = write_sample();
    unsigned char *longer = malloc(dump.size + sizeof header + room);
    memcpy(longer, dump.bytes, dump.size);
    free(dump.bytes);
    dump.bytes = longer;
    memcpy(dump.bytes + dump.size, &header, sizeof header);
    memset(dump.bytes + dump.size + sizeof header, 'x', room);
    dump.size += sizeof header + room;
    seal(&dump);
    return dump;
}

static const char LONG[] = "a record is longer than what is left of the dump";
static const char TWICE[] = "a record that can be there once is there twice";
static const char CUT[] = "a snapshot is not a whole number of descriptors";

/* breaks DU1, DU2, DU3 */
static void test_records(void **state)
{
    (void)state;
    static const struct {
        const char *crime;
        uint32_t kind;
        uint64_t size;
        size_t room;
        const char *refusal; /* null: it is read, and is the sample */
    } cases[] = {
        {"unknown, empty", 10, 0, 0, nullptr},
        {"unknown, padded", 0xFFFFFFFF, 13, 16, nullptr},
        {"kind 0", 0, 16, 16, nullptr},
        {"padding is missing", 10, 13, 13, LONG},
        {"one byte too long", 10, 17, 16, LONG},
        {"wraps around", 10, UINT64_MAX, 16, LONG},
        {"wraps with its padding", 10, UINT64_MAX - 30, 16, LONG},
        {"wraps to where it is", 10, -UINT64_C(24), 16, LONG},
        {"absurd count", DUMP_SNAPSHOT_ENTRY, UINT64_C(32) << 56, 64, LONG},
        {"half a descriptor", DUMP_SNAPSHOT_FINAL, 48, 48, CUT},
        {"second snapshot", DUMP_SNAPSHOT_FINAL, 32, 32, TWICE},
        {"second snapshot, empty", DUMP_SNAPSHOT_ENTRY, 0, 0, TWICE},
        {"second last boot", DUMP_SNAPSHOT_LAST_BOOT, 32, 32, TWICE},
        {"half of the last boot", DUMP_SNAPSHOT_LAST_BOOT, 16, 16, CUT},
        {"second map of a report", DUMP_SNAPSHOT_REPORT, 32, 32, TWICE},
        {"second facts", DUMP_FACTS, 64, 64, TWICE},
        {"short facts", DUMP_FACTS, 56, 56, "the facts are too short"},
        {"second vendor", DUMP_VENDOR, 8, 8, TWICE},
        {"second machine", DUMP_MACHINE, 0, 0, TWICE},
        {"table without its signature", DUMP_TABLE, 7, 8,
         "a table is shorter than what stands in front of it"},
        {"table of no kind", DUMP_TABLE, 64, 64, nullptr},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct written dump =
            with_record((struct dump_record_header){.kind = cases[i].kind, .size = cases[i].size},
                        cases[i].room);
        struct read_back back;
        const status_t status = read_dump(dump.bytes, dump.size, &back);
        if (cases[i].refusal != nullptr) {
            assert_status(status, STATUS_BAD_FORMAT);
            if (strcmp(back.reason, cases[i].refusal) != 0)
                fail_msg("%s: %s", cases[i].crime, back.reason);
        } else {
            assert_status(status, STATUS_OK);
            assert_is_sample(&back);
            free(back.memory);
        }
        free(dump.bytes);
    }
    struct written dump = with_record((struct dump_record_header){}, 0);
    struct read_back back;
    dump.size -= 8; /* a record ends inside its header */
    seal(&dump);
    assert_status(read_dump(dump.bytes, dump.size, &back), STATUS_BAD_FORMAT);
    free(dump.bytes);
}

/* An empty record is there all the same. */
static void test_empty_twice(void **state)
{
    (void)state;
    static const struct dump_record_header vendors[] = {{.kind = DUMP_VENDOR},
                                                        {.kind = DUMP_VENDOR}};
    const struct dump_header header = {
        .magic = "FHMAPDMP", .version = DUMP_VERSION, .header_size = sizeof header};
    unsigned char bytes[sizeof header + sizeof vendors];
    struct written dump = {bytes, sizeof bytes};
    struct read_back back;
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, vendors, sizeof vendors);
    seal(&dump);
    assert_status(read_dump(bytes, sizeof bytes, &back), STATUS_BAD_FORMAT);
    assert_string_equal(back.reason, TWICE);
}

static void test_headers(void **state)
{
    (void)state;
    static const struct {
        const char *crime;
        struct dump_header header;
        status_t want;
    } cases[] = {
        {"as it should be", {"FHMAPDMP", 1, 32, 32, 0, 0}, STATUS_OK},
        {"another magic", {"FHMAPDMQ", 1, 32, 32, 0, 0}, STATUS_BAD_FORMAT},
        {"version 0", {"FHMAPDMP", 0, 32, 32, 0, 0}, STATUS_UNSUPPORTED},
        {"a later version", {"FHMAPDMP", 2, 32, 32, 0, 0}, STATUS_UNSUPPORTED},
        {"a header of 24", {"FHMAPDMP", 1, 24, 32, 0, 0}, STATUS_BAD_FORMAT},
        {"a header of 36", {"FHMAPDMP", 1, 36, 36, 0, 0}, STATUS_BAD_FORMAT},
        {"a header of 40 in 32", {"FHMAPDMP", 1, 40, 32, 0, 0}, STATUS_BAD_FORMAT},
        {"a header of 40", {"FHMAPDMP", 1, 40, 40, 0, 0}, STATUS_OK},
        {"larger than everything", {"FHMAPDMP", 1, 32, UINT64_MAX, 0, 0}, STATUS_TRUNCATED},
        {"half a record", {"FHMAPDMP", 1, 32, 40, 0x6522DF69, 0}, STATUS_BAD_FORMAT},
        {"another checksum", {"FHMAPDMP", 1, 32, 32, 1, 0}, STATUS_BAD_CHECKSUM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char bytes[40] = {0};
        struct read_back back;
        memcpy(bytes, &cases[i].header, sizeof cases[i].header);
        const status_t status = read_dump(bytes, sizeof bytes, &back);
        if (status != cases[i].want)
            fail_msg("%s: %s", cases[i].crime, status_text(status));
        if (status == STATUS_OK)
            free(back.memory);
    }
}

/* Numbers of the facts that no machine has are not believed. */
static void test_facts(void **state)
{
    (void)state;
    static const struct {
        uint32_t given;
        unsigned phys_bits;
        bool known;
    } cases[] = {{0, 52, false}, {31, 52, false}, {32, 32, true},         {36, 36, true},
                 {52, 52, true}, {53, 52, false}, {UINT32_MAX, 52, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dump_source source = {.facts = {.phys_bits = cases[i].given}};
        struct written dump = write_source(&source);
        const struct read_back back = read_sound(dump.bytes, dump.size);
        assert_int_equal(back.view.phys_bits, cases[i].phys_bits);
        assert_int_equal(view_knows(&back.view, VIEW_FACT_PHYS_BITS), cases[i].known);
        free(back.memory);
        free(dump.bytes);
    }
}

/* For tests/harness/test_dump.py, which reads it by docs/dump_format.md. */
static int write_file(const char *path)
{
    struct written dump = write_sample();
    FILE *file = fopen(path, "wb");
    const bool done = file != nullptr && fwrite(dump.bytes, 1, dump.size, file) == dump.size;
    free(dump.bytes);
    return file != nullptr && fclose(file) == 0 && done ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_file(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_which_snapshot),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_bytes_behind),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_empty_twice),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
