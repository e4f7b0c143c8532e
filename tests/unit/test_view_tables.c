/* SPDX-License-Identifier: MIT
 * All tables of a machine on their way into a view: what QEMU and OVMF gave, tables that contradict one another, and
 * tables that are damaged at every byte. Runs in the project's root. */
#include "table_sink_fixture.h"

#include <inspect/acpi_memory.h>

#include <stdio.h>

constexpr size_t TABLES_MAX = 24;

struct machine {
    struct view_table tables[TABLES_MAX];
    struct acpi_bytes bytes[TABLES_MAX];
    size_t count;
    void *memory;
    struct view view;
};

static void add(struct machine *machine, uint32_t kind, const char *signature, uint64_t original,
                struct acpi_bytes bytes)
{
    if (machine->count == TABLES_MAX)
        abort();
    machine->bytes[machine->count] = bytes;
    machine->tables[machine->count++] =
        (struct view_table){.kind = kind,
                            .signature = signature != nullptr ? acpi_signature(signature) : 0,
                            .original = original,
                            .data = bytes.data,
                            .size = bytes.size};
}

/* Tables in memory of exactly the size that was asked for. */
static status_t read_tables(struct machine *machine, const struct view_place *extra,
                            size_t extra_count)
{
    free(machine->memory);
    const size_t size = view_tables_memory_size(machine->tables, machine->count);
    assert_true(size != 0 && size % 16 == 0);
    machine->memory = aligned_alloc(16, size);
    machine->view = view_empty(VIEW_FIRMWARE);
    return view_add_tables(&machine->view, machine->tables, machine->count, extra, extra_count,
                           machine->memory, size);
}

static void machine_free(struct machine *machine)
{
    for (size_t i = 0; i < machine->count; i++)
        free(machine->bytes[i].data);
    free(machine->memory);
}

static const struct view_place *place_of(const struct view *view, enum place_kind kind,
                                         uint32_t signature)
{
    for (uint32_t i = 0; i < view->place_count; i++)
        if (view->places[i].kind == kind && view->places[i].signature == signature)
            return &view->places[i];
    return nullptr;
}

static void check_place(const struct view *view, enum place_kind kind, const char *signature,
                        uint64_t start, uint64_t size)
{
    const struct view_place *place =
        place_of(view, kind, signature != nullptr ? acpi_signature(signature) : 0);
    assert_non_null(place);
    assert_int_equal(place->start, start);
    assert_int_equal(place->size, size);
}

static bool says(const struct view *view, const char *sentence)
{
    for (uint32_t i = 0; i < view->problem_count; i++)
        if (strcmp(view->problems[i].sentence, sentence) == 0)
            return true;
    return false;
}

/* ---- a whole machine ---- */

static struct machine qemu_create(void)
{
    struct machine machine = {};
    const struct {
        const char *file;
        uint32_t kind;
        const char *signature;
        uint64_t original;
    } files[] = {
        {"rsdp", BOOT_TABLE_ACPI, "RSD ", 0x1f77d014},
        {"xsdt", BOOT_TABLE_ACPI, "XSDT", 0x1f77c0e8},
        {"facp", BOOT_TABLE_ACPI, "FACP", 0x1f778000},
        {"apic", BOOT_TABLE_ACPI, "APIC", 0x1f777000},
        {"hpet", BOOT_TABLE_ACPI, "HPET", 0x1f776000},
        {"srat", BOOT_TABLE_ACPI, "SRAT", 0x1f775000},
        {"slit", BOOT_TABLE_ACPI, "SLIT", 0x1f774000},
        {"mcfg", BOOT_TABLE_ACPI, "MCFG", 0x1f773000},
        {"bgrt", BOOT_TABLE_ACPI, "BGRT", 0x1f771000},
        {"smbios", BOOT_TABLE_SMBIOS, "\1\0\0\0", 0x1f51f000},
        {"smbios-entry", BOOT_TABLE_SMBIOS, nullptr, 0x1f520000},
        {"mat", BOOT_TABLE_MEMORY_ATTRIBUTES, nullptr, 0x1e51f018},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "qemu-q35-ovmf.%s", files[i].file);
        add(&machine, files[i].kind, files[i].signature, files[i].original, acpi_bytes_read(name));
    }
    return machine;
}

static void test_qemu(void **state)
{
    (void)state;
    struct machine machine = qemu_create();
    const struct view_place extra[] = {{PLACE_FRAMEBUFFER, 0, 0x80000000, 0x300000}};
    assert_status(read_tables(&machine, extra, 1), STATUS_OK);
    const struct view *view = &machine.view;
    check_view(view);
    for (uint32_t i = 0; i < view->problem_count; i++)
        print_message("  %s\n", view->problems[i].sentence);
    assert_int_equal(view->problem_count, 0);
    check_place(view, PLACE_FRAMEBUFFER, nullptr, 0x80000000, 0x300000);
    check_place(view, PLACE_RSDP, nullptr, 0x1f77d014, 36);
    check_place(view, PLACE_ACPI_TABLE, "XSDT", 0x1f77c0e8, 100);
    check_place(view, PLACE_ACPI_TABLE, "SRAT", 0x1f775000, 272);
    check_place(view, PLACE_ACPI_TABLE, nullptr, 0x1f772000, 1); /* WAET: the XSDT names it */
    check_place(view, PLACE_FACS, nullptr, 0x1f7dc000, 64);
    check_place(view, PLACE_HPET, nullptr, 0xfed00000, 1024);
    check_place(view, PLACE_LOCAL_APIC, nullptr, 0xfee00000, 4096);
    check_place(view, PLACE_IO_APIC, nullptr, 0xfec00000, 1024);
    check_place(view, PLACE_ECAM, nullptr, 0xb0000000, 256 * MIB);
    check_place(view, PLACE_BGRT_IMAGE, nullptr, 0x1e316018, 1);
    check_place(view, PLACE_SMBIOS_ENTRY, nullptr, 0x1f520000, 31);
    check_place(view, PLACE_SMBIOS_TABLE, nullptr, 0x1f51f000, 383);
    check_place(view, PLACE_MEMORY_ATTRIBUTES, nullptr, 0x1e51f018, 1072);
    assert_int_equal(view->place_count, 20);
    assert_int_equal(view->processor_count, 4);
    assert_int_equal(view->node_count, 3);
    assert_int_equal(view->nodes[2].node, 1);
    assert_int_equal(view->nodes[2].size, 256 * MIB);
    assert_int_equal(view->attributes.count, 22);
    assert_int_equal(view->device_count, 1);
    assert_string_equal(view->devices[0].locator, "DIMM 0");
    assert_string_equal(view->devices[0].bank, "");
    assert_int_equal(view->installed_bytes, 512 * MIB);
    assert_int_equal(view->array_count, 1);
    assert_int_equal(view->arrays[0].end, 512 * MIB);
    assert_string_equal(view->machine, "QEMU Standard PC (Q35 + ICH9, 2009)");
    assert_int_equal(view->knows, VIEW_KNOWS(PLACES) | VIEW_KNOWS(NODES) | VIEW_KNOWS(INSTALLED) |
                                      VIEW_KNOWS(MEMORY_ATTRIBUTES));
    machine_free(&machine);
}

/* The picture's size, the FACS itself, and tables of which only the place is known. */
static void test_places_only(void **state)
{
    (void)state;
    struct machine machine = qemu_create();
    struct acpi_bytes bmp = acpi_bytes_read("qemu-q35-ovmf.facs"); /* any 64 bytes */
    memcpy(bmp.data, "BM\x9e\x83\0\0", 6);
    add(&machine, BOOT_TABLE_BGRT_IMAGE, nullptr, 0x1e316018, bmp);
    add(&machine, BOOT_TABLE_ACPI, "FACS", 0x1f7dc000, acpi_bytes_read("qemu-q35-ovmf.facs"));
    add(&machine, BOOT_TABLE_ESRT, nullptr, 0x1f000000, (struct acpi_bytes){});
    add(&machine, BOOT_TABLE_ACPI, "DSDT", 0x1f779000, (struct acpi_bytes){nullptr, 8000});
    add(&machine, BOOT_TABLE_ACPI, "RSD ", 0x1f77d114, (struct acpi_bytes){});
    assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
    check_view(&machine.view);
    check_place(&machine.view, PLACE_BGRT_IMAGE, nullptr, 0x1e316018, 33694);
    check_place(&machine.view, PLACE_FACS, nullptr, 0x1f7dc000, 64);
    check_place(&machine.view, PLACE_ESRT, nullptr, 0x1f000000, 1);
    check_place(&machine.view, PLACE_ACPI_TABLE, "DSDT", 0x1f779000, 1);
    assert_int_equal(machine.view.place_count, 19 + 3);
    assert_true(says(&machine.view, "it is longer than what could be read"));
    assert_int_equal(machine.view.problem_count, 1);
    machine_free(&machine);
}

/* ---- refusals ---- */

/* breaks VB2 */
static void test_small_memory(void **state)
{
    (void)state;
    struct machine machine = qemu_create();
    const struct view before = view_empty(VIEW_DUMP);
    struct view view = before;
    for (size_t size = 0; size < 4096; size += 512) {
        void *memory = aligned_alloc(16, 4096);
        assert_status(
            view_add_tables(&view, machine.tables, machine.count, nullptr, 0, memory, size),
            STATUS_NO_MEMORY);
        assert_memory_equal(&view, &before, sizeof view);
        free(memory);
    }
    struct view_table huge[] = {{.kind = BOOT_TABLE_SMBIOS, .data = &view, .size = UINT64_MAX},
                                {.kind = BOOT_TABLE_SMBIOS, .data = &view, .size = SIZE_MAX / 2}};
    assert_int_equal(view_tables_memory_size(huge, 1), 0);
    assert_int_equal(view_tables_memory_size(huge + 1, 1), 0);
    assert_true(view_tables_memory_size(nullptr, 0) != 0);
    machine_free(&machine);
}

static void test_many_extra_places(void **state)
{
    (void)state;
    struct view_place extra[9];
    for (size_t i = 0; i < 9; i++)
        extra[i] = (struct view_place){PLACE_SYSTEM_TABLE, 0, 4096 * (i + 1), 72};
    const size_t size = view_tables_memory_size(nullptr, 0);
    void *memory = aligned_alloc(16, size);
    struct view view = view_empty(VIEW_FIRMWARE);
    assert_status(view_add_tables(&view, nullptr, 0, extra, 8, memory, size), STATUS_OK);
    assert_int_equal(view.place_count, 8);
    assert_status(view_add_tables(&view, nullptr, 0, extra, 9, memory, size), STATUS_NO_MEMORY);
    free(memory);
}

static void test_contradictions(void **state)
{
    (void)state;
    struct machine machine = qemu_create();
    add(&machine, BOOT_TABLE_ACPI, "APIC", 0x1000, acpi_bytes_read("intel-x99-0ad6.apic"));
    add(&machine, BOOT_TABLE_ACPI, "SRAT", 0x2000, acpi_bytes_read("supermicro-x8dtn-f-3195.srat"));
    add(&machine, BOOT_TABLE_ACPI, "MCFG", 0x3000, acpi_bytes_read("intel-x99-0ad6.slit"));
    add(&machine, BOOT_TABLE_SMBIOS, "\1\0\0\0", 0x4000, acpi_bytes_read("qemu-q35-ovmf.smbios"));
    add(&machine, 99, nullptr, 0x5000, (struct acpi_bytes){});
    assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
    check_view(&machine.view);
    assert_int_equal(machine.view.processor_count, 4);
    assert_int_equal(machine.view.node_count, 3);
    assert_int_equal(machine.view.device_count, 1);
    const struct {
        uint64_t physical;
        status_t status;
        const char *sentence;
    } wanted[] = {
        {0x1000, STATUS_OK, "it is not the first of its kind; it is ignored"},
        {0x2000, STATUS_OK, "it is not the first of its kind; it is ignored"},
        {0x3000, STATUS_BAD_FORMAT, "its signature is another one"},
        {0x5000, STATUS_UNSUPPORTED, "it is of an unknown kind"},
        {0x4000, STATUS_OK, "it is not the first of its kind; it is ignored"},
    };
    assert_int_equal(machine.view.problem_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct view_problem *problem = &machine.view.problems[i];
        assert_int_equal(problem->physical, wanted[i].physical);
        assert_status(problem->status, wanted[i].status);
        assert_string_equal(problem->sentence, wanted[i].sentence);
    }
    machine_free(&machine);
}

/* A table that is refused does not stand in the way of a sound one of its kind. */
static void test_first_sound_one(void **state)
{
    (void)state;
    struct machine machine = {};
    struct acpi_bytes bad = acpi_bytes_read("qemu-q35-ovmf.mat");
    bad.data[0] = 7;
    add(&machine, BOOT_TABLE_MEMORY_ATTRIBUTES, nullptr, 0x1000, bad);
    add(&machine, BOOT_TABLE_MEMORY_ATTRIBUTES, nullptr, 0x2000,
        acpi_bytes_read("qemu-q35-ovmf.mat"));
    bad = acpi_bytes_read("qemu-q35-ovmf.smbios-entry");
    bad.data[0] = 7;
    add(&machine, BOOT_TABLE_SMBIOS, nullptr, 0x3000, bad);
    add(&machine, BOOT_TABLE_SMBIOS, nullptr, 0x1f520000,
        acpi_bytes_read("qemu-q35-ovmf.smbios-entry"));
    add(&machine, BOOT_TABLE_SMBIOS, "\1\0\0\0", 0x4000, acpi_bytes_read("qemu-q35-ovmf.smbios"));
    assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
    assert_int_equal(machine.view.attributes.count, 22);
    assert_int_equal(machine.view.problem_count, 3);
    assert_string_equal(machine.view.problems[2].sentence, "its entry point names another address");
    assert_int_equal(machine.view.problems[2].signature, 1);
    machine_free(&machine);
}

/* A thousand bad entries are one problem: problems are bounded by the number of tables. */
static void test_told_once(void **state)
{
    (void)state;
    struct machine machine = {};
    static const unsigned char entries[8 + 1000 * 16];
    add(&machine, BOOT_TABLE_ACPI, "MCFG", 0x1000, table_of("MCFG", entries, sizeof entries));
    add(&machine, BOOT_TABLE_ACPI, nullptr, 0x2000, table_of("HPET", entries, 20));
    add(&machine, BOOT_TABLE_ACPI, "HPET", 0x3000, table_of("HPET", entries, 20));
    assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
    assert_int_equal(machine.view.problem_count, 3);
    assert_string_equal(machine.view.problems[0].sentence,
                        "an entry has the address 0; it is ignored");
    assert_int_equal(machine.view.problems[1].signature, acpi_signature("HPET"));
    assert_int_equal(machine.view.problems[2].physical, 0x3000);
    machine_free(&machine);
}

/* ---- SMBIOS ---- */

/* `count` devices of `mib` each (0xFFFF: unknown) and an end. */
static struct acpi_bytes devices_make(unsigned count, uint16_t size)
{
    constexpr size_t EACH = 0x15 + 9;
    struct acpi_bytes table = {calloc(1, count * EACH + 6), count * EACH + 6};
    for (unsigned i = 0; i < count; i++) {
        unsigned char *device = table.data + i * EACH;
        device[0] = 17;
        device[1] = 0x15;
        device[2] = (unsigned char)i;
        device[0x0C] = (unsigned char)size;
        device[0x0D] = (unsigned char)(size >> 8);
        device[0x10] = 1;
        device[0x11] = 1; /* both name the same string */
        memcpy(device + 0x15,
               "SLOT\x01"
               "01\0",
               9);
    }
    table.data[count * EACH] = 127;
    table.data[count * EACH + 1] = 4;
    return table;
}

static void test_installed(void **state)
{
    (void)state;
    const struct {
        unsigned count;
        uint16_t size;
        uint64_t installed;
        const char *note;
    } rows[] = {
        {0, 0, 0, nullptr},
        {4, 4096, 16 * GIB, nullptr},
        {2, 0, 0, nullptr},
        {2, 0xFFFF, 0, "a memory device does not know its size; so the sum is not known"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine machine = {};
        add(&machine, BOOT_TABLE_SMBIOS, "\1\0\0\0", 0x1000,
            devices_make(rows[i].count, rows[i].size));
        assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
        check_view(&machine.view);
        assert_int_equal(machine.view.device_count, rows[i].count);
        assert_int_equal(machine.view.installed_bytes, rows[i].installed);
        assert_int_equal(view_knows(&machine.view, VIEW_FACT_INSTALLED), rows[i].installed != 0);
        assert_int_equal(machine.view.problem_count, rows[i].note != nullptr);
        if (rows[i].note != nullptr)
            assert_string_equal(machine.view.problems[0].sentence, rows[i].note);
        for (uint32_t d = 0; d < machine.view.device_count; d++) {
            assert_string_equal(machine.view.devices[d].locator, "SLOT?01");
            assert_string_equal(machine.view.devices[d].bank, "SLOT?01");
        }
        machine_free(&machine);
    }
}

static void test_counted_structures(void **state)
{
    (void)state;
    const struct {
        unsigned char counted;
        uint32_t devices;
        const char *note;
    } rows[] = {
        {0, 3, nullptr}, /* it does not say */
        {2, 2, nullptr},
        {4, 3, nullptr},
        {5, 3, "it has fewer structures than its entry point says"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine machine = {};
        struct acpi_bytes entry = acpi_bytes_read("qemu-q35-ovmf.smbios-entry");
        entry.data[28] = rows[i].counted;
        acpi_seal(entry.data + 16, 15, 5);
        acpi_seal(entry.data, entry.size, 4);
        add(&machine, BOOT_TABLE_SMBIOS, "\1\0\0\0", 0x1f51f000, devices_make(3, 8));
        add(&machine, BOOT_TABLE_SMBIOS, nullptr, 0x1f520000, entry);
        assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
        assert_int_equal(machine.view.device_count, rows[i].devices);
        assert_int_equal(machine.view.problem_count, rows[i].note != nullptr);
        if (rows[i].note != nullptr)
            assert_string_equal(machine.view.problems[0].sentence, rows[i].note);
        machine_free(&machine);
    }
}

/* A table of 3.0 has an upper bound for its size: what is behind its end is not its own. */
static void test_upper_bound(void **state)
{
    (void)state;
    struct machine machine = {};
    struct acpi_bytes structures = devices_make(2, 8);
    const size_t used = structures.size;
    struct acpi_bytes table = {malloc(used + 100), used + 100};
    memcpy(table.data, structures.data, used);
    memset(table.data + used, 0xAA, 100);
    free(structures.data);
    add(&machine, BOOT_TABLE_SMBIOS, "\1\0\0\0", 0x1000, table);
    assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
    assert_int_equal(machine.view.problem_count, 0);
    check_place(&machine.view, PLACE_SMBIOS_TABLE, nullptr, 0x1000, used);
    machine_free(&machine);
}

/* Many tables with one address, and a root that names it again and again: no search from one to the next. */
static void test_one_address(void **state)
{
    (void)state;
    constexpr size_t COUNT = 100000;
    struct view_table *tables = calloc(COUNT + 1, sizeof *tables);
    unsigned char *addresses = calloc(COUNT, 8);
    for (size_t i = 0; i < COUNT; i++) {
        tables[i] = (struct view_table){.kind = BOOT_TABLE_ESRT, .original = 0x5000};
        acpi_put64(addresses + 8 * i, 0x5000);
    }
    struct acpi_bytes xsdt = table_of("XSDT", addresses, 8 * COUNT);
    tables[COUNT] = (struct view_table){BOOT_TABLE_ACPI, 0, 0x1000, xsdt.data, xsdt.size};
    const size_t size = view_tables_memory_size(tables, COUNT + 1);
    void *memory = aligned_alloc(16, size);
    struct view view = view_empty(VIEW_DUMP);
    assert_status(view_add_tables(&view, tables, COUNT + 1, nullptr, 0, memory, size), STATUS_OK);
    assert_int_equal(view.place_count, 2 * COUNT + 1);
    free(memory);
    free(xsdt.data);
    free(addresses);
    free(tables);
}

static void test_damaged_structures(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct machine machine = {};
        struct acpi_bytes table = devices_make(3, 8);
        if (i == 0)
            table.data[2 * 0x1E + 1] = 0;
        else
            table.size -= 7;
        add(&machine, BOOT_TABLE_SMBIOS, "\1\0\0\0", 0x1000, table);
        assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
        assert_int_equal(machine.view.device_count, 2);
        assert_int_equal(machine.view.problem_count, 1);
        assert_string_equal(machine.view.problems[0].sentence,
                            i == 0 ? "a structure has a wrong length; those behind it are lost"
                                   : "it ends inside a structure");
        machine_free(&machine);
    }
}

/* ---- every byte damaged, every size ---- */

/* breaks VB1 */
static void test_damage(void **state)
{
    (void)state;
    struct machine machine = qemu_create();
    const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xFF};
    for (size_t t = 0; t < machine.count; t++) {
        struct view_table *table = &machine.tables[t];
        unsigned char *bytes = machine.bytes[t].data;
        for (size_t at = 0; at < table->size; at++) {
            const unsigned char saved = bytes[at];
            for (size_t v = 0; v < sizeof values; v++) {
                bytes[at] = values[v];
                /* Behind the checksum too. */
                if (table->kind == BOOT_TABLE_ACPI && t > 0)
                    acpi_seal(bytes, table->size, TABLE_CHECKSUM);
                assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
                check_view(&machine.view);
            }
            bytes[at] = saved;
        }
        if (table->kind == BOOT_TABLE_ACPI && t > 0)
            acpi_seal(bytes, table->size, TABLE_CHECKSUM);
    }
    for (size_t t = 0; t < machine.count; t++) {
        const struct view_table whole = machine.tables[t];
        for (size_t size = 0; size < whole.size; size++) {
            unsigned char *part = exact_copy(whole.data, size);
            machine.tables[t].data = part;
            machine.tables[t].size = size;
            assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
            check_view(&machine.view);
            free(part);
        }
        machine.tables[t] = whole;
    }
    assert_status(read_tables(&machine, nullptr, 0), STATUS_OK);
    assert_int_equal(machine.view.problem_count, 0);
    machine_free(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_qemu),
        cmocka_unit_test(test_places_only),
        cmocka_unit_test(test_small_memory),
        cmocka_unit_test(test_many_extra_places),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_first_sound_one),
        cmocka_unit_test(test_told_once),
        cmocka_unit_test(test_installed),
        cmocka_unit_test(test_counted_structures),
        cmocka_unit_test(test_upper_bound),
        cmocka_unit_test(test_one_address),
        cmocka_unit_test(test_damaged_structures),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
