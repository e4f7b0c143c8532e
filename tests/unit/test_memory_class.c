/* SPDX-License-Identifier: MIT
 * Classes, names, the sentence of each kind of change, and that memory_map_check sees every fault. */
#include "harness/harness.h"
#include "model/map_fixture.h"

#include <stdlib.h>
#include <string.h>

constexpr uint64_t WB = EFI_ATTRIBUTE_WB;

static void test_classes(void **state)
{
    (void)state;
    const uint64_t sp = EFI_ATTRIBUTE_SP, nv = EFI_ATTRIBUTE_NV;
    const struct {
        uint32_t type;
        uint64_t attributes;
        const char *class, *name;
    } rows[] = {{0, 0, "reserved", "EfiReservedMemoryType"},
                {1, 0, "loader", "EfiLoaderCode"},
                {2, 0, "loader", "EfiLoaderData"},
                {3, 0, "boot-services", "EfiBootServicesCode"},
                {4, sp, "boot-services", "EfiBootServicesData"},
                {5, 0, "runtime-code", "EfiRuntimeServicesCode"},
                {6, 0, "runtime-data", "EfiRuntimeServicesData"},
                {7, WB | EFI_ATTRIBUTE_MORE_RELIABLE, "usable", "EfiConventionalMemory"},
                {7, sp, "specific-purpose", "EfiConventionalMemory"},
                {7, nv, "persistent", "EfiConventionalMemory"},
                {7, sp | nv, "persistent", "EfiConventionalMemory"},
                {4, nv, "persistent", "EfiBootServicesData"},
                {8, nv, "unusable", "EfiUnusableMemory"},
                {9, 0, "acpi-reclaim", "EfiACPIReclaimMemory"},
                {10, 0, "acpi-nvs", "EfiACPIMemoryNVS"},
                {11, sp, "mmio", "EfiMemoryMappedIO"},
                {12, 0, "mmio-ports", "EfiMemoryMappedIOPortSpace"},
                {13, 0, "pal-code", "EfiPalCode"},
                {14, 0, "persistent", "EfiPersistentMemory"},
                {15, 0, "unaccepted", "EfiUnacceptedMemoryType"},
                {16, nv | sp, "unknown", "unknown"},
                {0x6fffffff, 0, "unknown", "unknown"},
                {0x70000000, 0, "oem-defined", "OEM"},
                {0x7fffffff, 0, "oem-defined", "OEM"},
                {0x80000000, 0, "os-defined", "OS"},
                {0xffffffff, 0, "os-defined", "OS"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const enum memory_class class = memory_class_of(rows[i].type, rows[i].attributes);
        assert_string_equal(memory_class_name(class), rows[i].class);
        assert_string_equal(efi_type_name(rows[i].type), rows[i].name);
        assert_int_equal(memory_class_is_ram(class), class < MEMORY_RESERVED);
    }
    assert_string_equal(memory_class_name(MEMORY_CLASS_COUNT), "not a class");
    assert_false(memory_class_is_ram(MEMORY_CLASS_COUNT));
}

static void test_sentences(void **state)
{
    (void)state;
    const struct boot_region regions[] = {
        {0xfffffffffffff000, 4096, EFI_TYPE_CONVENTIONAL, 0, WB},
        {0x0, 0, EFI_TYPE_RESERVED, 0, 0},
        {0x400000000000, UINT64_C(1) << 25, EFI_TYPE_MMIO, 0, 0},
        {0x1800, 3, EFI_TYPE_CONVENTIONAL, 0, WB},
        {0x1000, 16, EFI_TYPE_CONVENTIONAL, 0, WB},
        {0x8800, 1, EFI_TYPE_ACPI_NVS, 0, WB},
        {0x5000, UINT64_MAX, 0x70000001, 0, 0},
        {0x800, 1, EFI_TYPE_CONVENTIONAL, 0, WB},
        {0x10000, 256, EFI_TYPE_CONVENTIONAL, 0, EFI_ATTRIBUTE_SP},
        {0x200000, 2, EFI_TYPE_CONVENTIONAL, 0x400, WB},
        {0x201C00, 1, EFI_TYPE_RESERVED, 0xC00, 0},
    };
    const char *const wanted[] = {
        "memory map: region 1 (reserved) at 0x0, 0 pages, is empty; ignored",
        "memory map: region 6 (OEM-defined) at 0x5000, 18446744073709551615 pages, wraps past "
        "2^64; ignored, 16 EiB or more not used",
        "memory map: region 2 (memory-mapped I/O) at 0x400000000000, 33554432 pages, ends "
        "above what the processor can address; ignored, 128 GiB not used",
        "memory map: region 0 (conventional) at 0xfffffffffffff000, 4096 pages, wraps past "
        "2^64; ignored, 16 MiB not used",
        "memory map: region 7 (conventional) at 0x800, 1 page, is not page aligned and holds "
        "no whole page; ignored, 4 KiB not used",
        "memory map: region 3 (conventional) at 0x1800, 3 pages, is not page aligned; rounded "
        "inward to 0x2000..0x4000, 4 KiB not used",
        "memory map: regions 4 (conventional) and 3 (conventional) both cover 0x2000..0x4000; "
        "kept as usable, 8 KiB counted once",
        "memory map: regions 5 (ACPI NVS) and 4 (conventional) disagree about 0x8000..0xa000; "
        "kept as acpi-nvs, the more restrictive: 8 KiB taken from region 4",
        "memory map: region 5 (ACPI NVS) at 0x8800, 1 page, is not page aligned; rounded "
        "outward to 0x8000..0xa000",
        "memory map: regions 8 (conventional) and 4 (conventional) disagree about "
        "0x10000..0x11000; kept as specific-purpose, the more restrictive: 4 KiB taken from "
        "region 4",
        "memory map: region 9 (conventional) at 0x200000, 2 pages less 1024 bytes, is not page "
        "aligned; rounded inward to 0x200000..0x201000, 3 KiB not used",
        "memory map: region 10 (reserved) at 0x201c00, 1 page less 3072 bytes, is not page "
        "aligned; "
        "rounded outward to 0x201000..0x202000",
    };
    struct built_map built = built_map(regions, sizeof regions / sizeof regions[0]);
    assert_int_equal(built.map.change_count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < built.map.change_count; i++) {
        char text[256];
        const int length =
            memory_change_describe(&built.map.changes[i], regions, text, sizeof text);
        assert_string_equal(text, wanted[i]);
        assert_int_equal(length, strlen(wanted[i]));
        char small[20];
        assert_int_equal(
            memory_change_describe(&built.map.changes[i], regions, small, sizeof small),
            sizeof small - 1);
    }
    built_map_free(&built);
}

/* The longest that there is, in the middle of many: nothing but the caller's buffer cuts it. */
static void test_long_sentence(void **state)
{
    (void)state;
    constexpr uint32_t INDEX = 70000;
    struct boot_region *regions = calloc(INDEX + 1, sizeof *regions);
    assert_non_null(regions);
    regions[INDEX] = (struct boot_region){UINT64_MAX - 0xFFE, UINT64_MAX,
                                          EFI_TYPE_RUNTIME_SERVICES_CODE, 4095, WB};
    const struct memory_change change = {.kind = MEMORY_CHANGE_WRAPS,
                                         .winner = INDEX,
                                         .loser = INDEX,
                                         .start = phys_addr(UINT64_MAX - 0xFFE),
                                         .end = phys_addr(UINT64_MAX)};
    char text[256];
    (void)memory_change_describe(&change, regions, text, sizeof text);
    assert_string_equal(text,
                        "memory map: region 70000 (runtime services code) at 0xfffffffffffff001, "
                        "18446744073709551615 pages less 4095 bytes, wraps past 2^64; ignored, "
                        "16 EiB or more not used");
    free(regions);
}

/* ---- the check itself ---- */

static void test_check_sees_every_fault(void **state)
{
    (void)state;
    const phys_addr_t a = phys_addr(0x1000), b = phys_addr(0x2000), c = phys_addr(0x3000);
    const struct {
        const char *wanted;
        struct memory_range ranges[2];
        uint64_t usable;
    } faults[] = {
        {"MAP1: a range has no class",
         {{a, b, MEMORY_CLASS_COUNT, 0, 0}, {b, c, MEMORY_MMIO, 0, 0}},
         0},
        {"MAP1: a range is not page aligned", {{a, phys_addr(0x1001), MEMORY_USABLE, 0, 0}}, 1},
        {"MAP1: a range is empty", {{a, a, MEMORY_USABLE, 0, 0}}, 0},
        {"MAP1: a range ends above the physical address space",
         {{a, phys_addr(PHYS_LIMIT + PAGE_SIZE), MEMORY_USABLE, 0, 0}},
         0},
        {"MAP2: ranges overlap or are not sorted",
         {{a, c, MEMORY_USABLE, 0, 0}, {b, c, MEMORY_MMIO, 0, 0}},
         0},
        {"MAP3: two ranges that touch are alike",
         {{a, b, MEMORY_USABLE, 0, WB}, {b, c, MEMORY_USABLE, 1, WB}},
         0x2000},
        {"MAP4: the total of a class is not the sum of its ranges",
         {{a, b, MEMORY_USABLE, 0, 0}, {b, c, MEMORY_MMIO, 0, 0}},
         0x1000},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct memory_map map = {.ranges = faults[i].ranges, .range_count = 2};
        map.bytes[MEMORY_USABLE] = faults[i].usable;
        const char *broken = memory_map_check(&map);
        assert_non_null(broken);
        assert_string_equal(broken, faults[i].wanted);
    }
    const struct {
        const char *wanted;
        struct memory_change changes[2];
    } changes[] = {
        {"MAP5: a change has no kind", {{MEMORY_CHANGE_KIND_COUNT, 0, 0, 0, a, b}}},
        {"MAP5: a change is about no bytes, or an empty descriptor about some",
         {{MEMORY_CHANGE_BEYOND, 0, 0, 0, a, a}}},
        {"MAP5: a change is about no bytes, or an empty descriptor about some",
         {{MEMORY_CHANGE_EMPTY, 0, 0, 0, a, b}}},
        {"MAP5: a change ends before it starts", {{MEMORY_CHANGE_BEYOND, 0, 0, 0, b, a}}},
        {"MAP5: an overlap names one descriptor, or another change names two",
         {{MEMORY_CHANGE_CONFLICT, 0, 0, 0, a, b}}},
        {"MAP5: an overlap names one descriptor, or another change names two",
         {{MEMORY_CHANGE_BEYOND, 0, 1, 0, a, b}}},
        {"MAP5: an ignored descriptor comes after other changes",
         {{MEMORY_CHANGE_CONFLICT, 0, 1, 0, a, b}, {MEMORY_CHANGE_BEYOND, 2, 2, 0, b, c}}},
        {"MAP5: changes are not in order of address",
         {{MEMORY_CHANGE_CONFLICT, 0, 1, 0, b, c}, {MEMORY_CHANGE_DUPLICATE, 0, 1, 0, a, b}}},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const struct memory_map map = {.changes = changes[i].changes, .change_count = 2};
        const char *broken = memory_map_check(&map);
        assert_non_null(broken);
        assert_string_equal(broken, changes[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_long_sentence),
        cmocka_unit_test(test_check_sees_every_fault),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
