/* SPDX-License-Identifier: MIT
 * ACPI tables that stand alone in a file: the bytes, disassemblies, and lists of nodes; all of the corpus, and text that
 * is none of these or is damaged. Runs in the project's root. */
#include "table_sink_fixture.h"

#include <inspect/acpi_memory.h>
#include <inspect/acpi_text.h>

#include <stdio.h>

/* ---- tables in files ---- */

static void test_table_files(void **state)
{
    (void)state;
    const struct {
        const char *name;
        uint32_t nodes, processors, places;
    } files[] = {
        {"depo-super-server-5ed6.srat", 2, 0, 0},
        {"gigabyte-x99-ud4-cf-9cce.srat", 2, 0, 0},
        {"huanan-x99-qd4-v1-0-734c.srat", 2, 0, 0},
        {"intel-x99-0ad6.srat", 2, 0, 0},
        {"supermicro-h8qg6-58e8.srat", 10, 0, 0},
        {"supermicro-h8qg6-58e8.slit", 0, 0, 0},
        {"supermicro-h8qg6-58e8.apic", 0, 64, 4},
        {"qemu-q35-ovmf.mcfg", 0, 0, 1},
        {"qemu-q35-ovmf.xsdt", 0, 0, 8},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct acpi_bytes table = acpi_bytes_read(files[i].name);
        assert_true(acpi_file_is(table.data, table.size));
        const size_t size = acpi_file_memory_size(table.data, table.size);
        void *memory = aligned_alloc(16, size);
        struct view view;
        assert_status(acpi_file_read(table.data, table.size, memory, size, &view), STATUS_OK);
        check_view(&view);
        assert_int_equal(view.form, VIEW_ACPI_TABLE);
        assert_int_equal(view.node_count, files[i].nodes);
        assert_int_equal(view.processor_count, files[i].processors);
        assert_int_equal(view.place_count, files[i].places);
        assert_int_equal(view.problem_count, 0);
        free(memory);
        free(table.data);
    }
    const char text[] = "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable";
    struct view view;
    assert_false(acpi_file_is(text, sizeof text));
    assert_status(acpi_file_read(text, sizeof text, nullptr, 0, &view), STATUS_BAD_FORMAT);
}

/* A whole text file in memory of exactly its size. */
static struct acpi_bytes text_read(const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "tests/firmware_tables/%s", name);
    FILE *file = fopen(path, "rb");
    if (file == nullptr) {
        fprintf(stderr, "%s: cannot be opened; run this in the project's root\n", path);
        abort();
    }
    static char buffer[65536];
    const size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    return (struct acpi_bytes){exact_copy(buffer, size), size};
}

static status_t read_text(struct acpi_bytes text, void **memory, struct view *view,
                          struct view_text_error *error)
{
    const size_t size = acpi_text_memory_size((char *)text.data, text.size);
    assert_int_equal(size % 16, 0);
    *memory = aligned_alloc(16, size);
    return acpi_text_read((char *)text.data, text.size, *memory, size, view, error);
}

static void test_text_files(void **state)
{
    (void)state;
    const char *const edited =
        "its length or its checksum was not that of its bytes; it was edited";
    const char *const near = "a node is as near to another as to itself, or nearer";
    const struct {
        const char *name;
        uint32_t nodes;
        uint64_t bytes;
        bool knows;
        const char *note;
    } files[] = {
        {"simulated-qemu-config1-srat.dsl.txt", 6, 0x500000000 - 0x60000 - 0x40000000, true,
         edited},
        {"simulated-qemu-config1-hmat.dsl.txt", 0, 0, false, edited},
        {"simulated-qemu-config2-hmat.dsl.txt", 0, 0, false, edited},
        {"hwloc-16amd64-8n2c.numa.txt", 8, (8386704 + 7 * UINT64_C(8388608)) * KIB, false, nullptr},
        {"hwloc-8em64t-2s2ca2c-buggynuma.numa.txt", 8, 16775724 * KIB, false, near},
        {"hwloc-nvidiagpunumanodes.numa.txt", 8, 358162944 * KIB, false, nullptr},
        {"hwloc-nvidia-dgx-gb10.numa.txt", 1, 125508468 * KIB, false, nullptr},
        {"hwloc-8ia64-2n2s2c.numa.txt", 2, 0, false, nullptr},
        {"hwloc-16ia64-8n2s.numa.txt", 8, 0, false, nullptr},
        {"hwloc-128ia64-17n4s2c.numa.txt", 17, 0, false, nullptr},
        {"hwloc-256ia64-64n2s2c.numa.txt", 64, 0, false, nullptr},
        {"hwloc-96em64t-4no4pa3ca2co.numa.txt", 4, 0, false, nullptr},
        {"hwloc-64amd64-4s2n4ca2co.numa.txt", 8, 0, false, nullptr},
        {"hwloc-40intel64-2g2n4c-pcilocality.numa.txt", 4, 0, false, nullptr},
        {"hwloc-40intel64-4n10c-pci-conflicts.numa.txt", 4, 0, false, nullptr},
        {"hwloc-32em64t-2n8c-dax-nvme-mic-dimms.numa.txt", 2, 0, false, nullptr},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct acpi_bytes text = text_read(files[i].name);
        struct view_text_error error = {};
        struct view view = {};
        void *memory;
        uint64_t bytes = 0;
        printf("  %s\n", files[i].name);
        assert_true(acpi_text_is((char *)text.data, text.size));
        assert_false(acpi_file_is(text.data, text.size));
        assert_status(read_text(text, &memory, &view, &error), STATUS_OK);
        check_view(&view);
        assert_int_equal(view.form, VIEW_ACPI_TABLE);
        for (uint32_t n = 0; n < view.node_count; n++)
            bytes += view.nodes[n].size;
        for (uint32_t n = 0; n < view.problem_count; n++)
            print_message("  %s\n", view.problems[n].sentence);
        assert_int_equal(view.node_count, files[i].nodes);
        if (files[i].bytes != 0)
            assert_int_equal(bytes, files[i].bytes);
        assert_int_equal(view_knows(&view, VIEW_FACT_NODES), files[i].knows);
        assert_int_equal(view.problem_count, files[i].note != nullptr);
        if (files[i].note != nullptr)
            assert_string_equal(view.problems[0].sentence, files[i].note);
        free(memory);
        free(text.data);
    }
}

#define HEADER                                                                                     \
    "[000h 0000   4]  Signature : \"SLIT\"  [System]\n"                                            \
    "Table Length : 00000030\nRevision : 01\nChecksum : 00\nOem ID : \"BOCHS \"\n"                 \
    "Oem Table ID : \"BXPCSLIT\"\nOem Revision : 00000001\nAsl Compiler ID : \"BXPC\"\n"           \
    "Asl Compiler Revision : 00000001\n\n"

static const struct {
    const char *text;
    bool is;
    status_t wanted;
    uint32_t line;
    const char *note; /* of the view, or the reason */
} text_rows[] = {
    {HEADER "Localities : 0000000000000002\n[02Ch 0044   2]  Locality   0 : 0A 14\n"
            "[02Eh 0046   2]  Locality   1 : 15 0A\nRaw Table Data: Length 48 (0x30)\n FF\n",
     true, STATUS_OK, 0, "distances there and back differ"},
    {HEADER "Localities : 0000000000000002\n[02Ch 0044   2]  Locality   0 : 0A\n", true,
     STATUS_BAD_FORMAT, 12, "a value does not fill its field"},
    {HEADER "Name : \"no end\n", true, STATUS_BAD_FORMAT, 11, "a string has no end"},
    {"Signature : \"SLIT\"\n", true, STATUS_BAD_FORMAT, 0, "the table has no whole header"},
    {"Signature : \"slitslitslitslitslitslitslitslitslit\"\n", true, STATUS_BAD_FORMAT, 0,
     "these are not the bytes of a table"},
    {"node0 | 1 kB | f | 10\n", true, STATUS_OK, 0, nullptr},
    {"node0 | 1 kB | f | 10 20\nnode1 | 0 kB | f | 20 10", true, STATUS_OK, 0, nullptr},
    {"node0 | 1 kB | f | 10 20\n", true, STATUS_OK, 0, "there are not as many distances as nodes"},
    {"node0 | 1 kB | f\n", true, STATUS_OK, 0, "there are not as many distances as nodes"},
    {"\n# x\nnode0 | 1 kB | f | 10\nnode | 1 kB | f | 10\n", true, STATUS_BAD_FORMAT, 4,
     "a line does not begin with the number of a node"},
    {"node4294967296 | 1 kB | f | 10\n", true, STATUS_BAD_FORMAT, 1,
     "a line does not begin with the number of a node"},
    {"node0 | 1 MB | f | 10\n", true, STATUS_BAD_FORMAT, 1,
     "the size of a node is not a number of kB"},
    {"node0 | 18014398509481984 kB | f | 10\n", true, STATUS_BAD_FORMAT, 1,
     "the size of a node is not a number of kB"},
    {"node0 | 1 kB | f | 256\n", true, STATUS_BAD_FORMAT, 1,
     "a distance is not a number below 256"},
    {"", false, STATUS_BAD_FORMAT, 0, "this is neither a disassembled table nor a list of nodes"},
    {"/* a comment without an end\nnode0 | 1 kB\n", false, STATUS_BAD_FORMAT, 0,
     "this is neither a disassembled table nor a list of nodes"},
    {"efi: mem00: type=7, attr=0xf, range=[0x0-0x8f000) (0MB)\n", false, STATUS_BAD_FORMAT, 0,
     "this is neither a disassembled table nor a list of nodes"},
};

/* Memory is exactly what was asked for: breaks AT1. */
static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof text_rows / sizeof text_rows[0]; i++) {
        const size_t size = strlen(text_rows[i].text);
        struct acpi_bytes text = {exact_copy(text_rows[i].text, size), size};
        struct view_text_error error = {};
        struct view view = {};
        void *memory;
        printf("  row %zu\n", i);
        assert_int_equal(acpi_text_is((char *)text.data, text.size), text_rows[i].is);
        assert_status(read_text(text, &memory, &view, &error), text_rows[i].wanted);
        if (text_rows[i].wanted != STATUS_OK) {
            assert_string_equal(error.reason, text_rows[i].note);
            assert_int_equal(error.line, text_rows[i].line);
        } else if (text_rows[i].note != nullptr) {
            assert_string_equal(view.problems[0].sentence, text_rows[i].note);
        } else {
            assert_int_equal(view.problem_count, 0);
            assert_int_equal(view.node_count, 1);
        }
        free(memory);
        free(text.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_files),
        cmocka_unit_test(test_text_files),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
