/* SPDX-License-Identifier: MIT
 * The text readers: what a view says beside its regions, and what it says that it does not know. */
#include "harness/harness.h"
#include "view_text_fixture.h"

#include <stdio.h>

static void test_facts(void **state)
{
    (void)state;
#define DESCRIPTORS                                                                                \
    (VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES) |                \
     VIEW_KNOWS(ORDER) | VIEW_KNOWS(OVERLAPS) | VIEW_KNOWS(WHOLE_MAP))
#define KEXEC_LINE "BIOS-e820: [mem 0x0000000000000100-0x0000000000001fff] usable\n"
    const struct {
        const char *text;
        uint32_t knows;
    } cases[] = {
        {EFI_LINE, DESCRIPTORS},
        {SHELL_LINES, DESCRIPTORS},
        {"0000000001000-0000000001fff type=7 attr=f", DESCRIPTORS},
        {"0x0 0x1000 7 0xf", DESCRIPTORS},
        {"0, 7, EfiConventionalMemory, 0, 1, F", DESCRIPTORS & ~VIEW_KNOWS(HIGH_ATTRIBUTES)},
        {"0, 6, EfiRuntimeServicesData, 0, 1, 800000000000000F", DESCRIPTORS},
        {E820_LINE, VIEW_KNOWS(WHOLE_MAP)},
        {KEXEC_LINE, 0},
        {KEXEC_LINE EFI_LINE, DESCRIPTORS & ~VIEW_KNOWS(WHOLE_MAP)},
        {KEXEC_LINE "Linux version 7\n" E820_LINE, VIEW_KNOWS(WHOLE_MAP)},
        {E820_LINE "\nefi:  ACPI 2.0=0x1000 \n", VIEW_KNOWS(WHOLE_MAP) | VIEW_KNOWS(PLACES)},
        {E820_LINE "\nefi: RNG=0x1000 TPMEventLog=0x2000\n", VIEW_KNOWS(WHOLE_MAP)},
        {E820_LINE "\nACPI: SRAT: Node 0 PXM 0 [mem 0x0-0x9ffff]\n",
         VIEW_KNOWS(WHOLE_MAP) | VIEW_KNOWS(NODES)},
        {E820_LINE "\nSRAT: Node 0 PXM 0 0-a0000\nSRAT: Node 0 PXM 1 [mem 0x9-0x0]\n",
         VIEW_KNOWS(WHOLE_MAP)},
        {"efi:   MemMap Desc. Size    : 0x0000000000000030\n" EFI_LINE,
         DESCRIPTORS | VIEW_KNOWS(DESCRIPTOR_SIZE)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading reading = read_text(cases[i].text, strlen(cases[i].text));
        assert_status(reading.status, STATUS_OK);
        if (reading.view.knows != cases[i].knows)
            fail_msg("%s\nknows %x, not %x", cases[i].text, reading.view.knows, cases[i].knows);
        assert_int_equal(reading.view.phys_bits, PHYS_BITS_MAX);
        free(reading.memory);
    }
}

static void test_notes(void **state)
{
    (void)state;
    const char text[] =
        "efi: EFI v2.31 by an earlier boot\n" EFI_LINE "\nLinux version 6.1.0\n"
        "[    0.000000] " E820_LINE "\n"
        "[    0.000000] efi: EFI v2.70 by American Megatrends \n"
        "[    0.000000] efi:   MemMap Desc. Size    : 0x0000000000000030\n"
        "[    0.000000] efi:   MemMap Desc. Version : 0x0000000000000001\n"
        "[    0.000000] efi:  ACPI 2.0=0x79993000  ACPI=0x79993000  TPMFinalLog=0x79a35000  "
        "SMBIOS=0x7a1cf000  SMBIOS 3.0=0x7a1ce000  ESRT=0x74dd6f98 MEMATTR=0x1234 SMBIOS\n"
        "[    0.000000] DMI: ACME \x01\xC3\xA9 Corp. X1/X1, BIOS 3 07/07/2015\t\r\n"
        "[    0.000000] DMI: a second name that is longer than the first one, on its own line\n"
        "[    0.000000] ACPI: SRAT: Node 0 PXM 3 [mem 0x00000000-0x0009ffff]\n"
        "[    0.000000] SRAT: Node 1 PXM 1 [mem 0x100000000-0x1ffffffff] hotplug\n"
        "[    0.000000] ACPI: SRAT: Node 1 PXM 1 [mem 0x200000000-0x2ffffffff] non-volatile\n"
        "[    0.000000] SRAT: Node 1 PXM 2 0-a0000\n"
        "[    0.000000] SRAT: PXM 0 -> APIC 0x00 -> Node 0\n";
    struct reading reading = read_text(text, sizeof text - 1);
    assert_status(reading.status, STATUS_OK);
    const struct view *view = &reading.view;
    assert_string_equal(view->vendor, "American Megatrends");
    assert_int_equal(view->uefi_revision, 2 << 16 | 70);
    assert_string_equal(view->machine, "ACME  ?? Corp. X1/X1, BIOS 3 07/07/2015");
    assert_int_equal(view->descriptor_size, 0x30);
    assert_int_equal(view->descriptor_version, 1);
    const struct view_place places[] = {{PLACE_RSDP, 0, 0x79993000, 1},
                                        {PLACE_SMBIOS_ENTRY, 0, 0x7a1cf000, 1},
                                        {PLACE_SMBIOS_ENTRY, 0, 0x7a1ce000, 1},
                                        {PLACE_ESRT, 0, 0x74dd6f98, 1},
                                        {PLACE_MEMORY_ATTRIBUTES, 0, 0x1234, 1}};
    assert_int_equal(view->place_count, sizeof places / sizeof places[0]);
    assert_memory_equal(view->places, places, sizeof places);
    const struct acpi_node_memory nodes[] = {{0, 0xa0000, 3, false, false},
                                             {0x100000000, 0x100000000, 1, true, false},
                                             {0x200000000, 0x100000000, 1, false, true},
                                             {0, 0xa0000, 2, false, false}};
    assert_int_equal(view->node_count, sizeof nodes / sizeof nodes[0]);
    for (size_t i = 0; i < view->node_count; i++) {
        assert_int_equal(view->nodes[i].start, nodes[i].start);
        assert_int_equal(view->nodes[i].size, nodes[i].size);
        assert_int_equal(view->nodes[i].node, nodes[i].node);
        assert_int_equal(view->nodes[i].hot_pluggable, nodes[i].hot_pluggable);
        assert_int_equal(view->nodes[i].non_volatile, nodes[i].non_volatile);
    }
    free(reading.memory);
}

static void test_versions(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint32_t revision;
    } cases[] = {
        {"v2.31", 2 << 16 | 31},
        {"v2.3.1", 2 << 16 | 31},
        {"v2.7", 2 << 16 | 70},
        {"v2.70", 2 << 16 | 70},
        {"v2.00", 2 << 16},
        {"v2.10", 2 << 16 | 100},
        {"v1.10", 1 << 16 | 10},
        {"v2.100", 2 << 16 | 100},
        {"v2", 0},
        {"v2.", 0},
        {"v99999999999.1", 0},
        {"v2.9999", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        const int size =
            snprintf(text, sizeof text, "efi: EFI %s by me\n" EFI_LINE "\n", cases[i].text);
        struct reading reading = read_text(text, (size_t)size);
        assert_status(reading.status, STATUS_OK);
        assert_int_equal(reading.view.uefi_revision, cases[i].revision);
        assert_string_equal(reading.view.vendor, cases[i].revision != 0 ? "me" : "");
        free(reading.memory);
    }
}

static void test_sysfs(void **state)
{
    (void)state;
    const struct {
        const char *start, *end, *type;
        bool good;
        struct boot_region wanted;
    } cases[] = {
        {"0x0\n", "0x9fbff\n", "System RAM\n", true, {0, 0xa0, 7, 0x400, 0}},
        {"0x9fc00", "0x9ffff", "Reserved", true, {0x9fc00, 1, 0, 0xc00, 0}},
        {"0x1000\n", "0x1fff\n", "reserved\n", true, {0x1000, 1, 0, 0, 0}},
        {"0x1000\n", "0x1fff\n", "ACPI Tables\n", true, {0x1000, 1, 9, 0, 0}},
        {"0x1000\n", "0x1fff\n", "ACPI Non-volatile Storage\n", true, {0x1000, 1, 10, 0, 0}},
        {"0x1000\n", "0x1fff\n", "Unusable memory\n", true, {0x1000, 1, 8, 0, 0}},
        {"0x1000\n", "0x1fff\n", "Persistent Memory (legacy)\n", true, {0x1000, 1, 14, 0, 0}},
        {"0x1000\n", "0x1fff\n", "Soft Reserved\n", true, {0x1000, 1, 7, 0, 0x40000}},
        {"0x1000\n", "0x1fff\n", "Unknown E820 type\n", true, {0x1000, 1, 0xe820000, 0, 0}},
        {"0x1000\n", "0x1fff\n", "Cheese\n", false, {}},
        {"0x1000\n", "0x1fff\n", "", false, {}},
        {"", "0x1fff\n", "Reserved\n", false, {}},
        {"0x1000 x\n", "0x1fff\n", "Reserved\n", false, {}},
        {"0x2000\n", "0x1000\n", "Reserved\n", false, {}},
        {"0x1000\n", "0x10000000000000000\n", "Reserved\n", false, {}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct boot_region found = {.efi_type = 99}, untouched = found;
        assert_status(view_read_sysfs_entry(cases[i].start, cases[i].end, cases[i].type, &found),
                      cases[i].good ? STATUS_OK : STATUS_BAD_FORMAT);
        assert_memory_equal(&found, cases[i].good ? &cases[i].wanted : &untouched, sizeof found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_sysfs),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
