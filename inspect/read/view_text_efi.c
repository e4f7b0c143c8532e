/* SPDX-License-Identifier: MIT
 * Text readers: lines with EFI descriptors in the logs of Linux (x86 and arm64) and Xen.
 * Sources: Linux, drivers/firmware/efi/efi.c, efi_md_typeattr_format, and its history (names grew shorter in 4.x, a
 * range is printed with its last byte since then); Xen, xen/common/efi/boot.c. */
#include "view_text_private.h"

#include <mm/memory_map.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct text_name type_names[] = {
    {"reserved", EFI_TYPE_RESERVED},
    {"loader code", EFI_TYPE_LOADER_CODE},
    {"loader data", EFI_TYPE_LOADER_DATA},
    {"boot code", EFI_TYPE_BOOT_SERVICES_CODE},
    {"boot data", EFI_TYPE_BOOT_SERVICES_DATA},
    {"runtime code", EFI_TYPE_RUNTIME_SERVICES_CODE},
    {"runtime data", EFI_TYPE_RUNTIME_SERVICES_DATA},
    {"conventional memory", EFI_TYPE_CONVENTIONAL},
    {"conventional", EFI_TYPE_CONVENTIONAL},
    {"unusable memory", EFI_TYPE_UNUSABLE},
    {"unusable", EFI_TYPE_UNUSABLE},
    {"acpi reclaim memory", EFI_TYPE_ACPI_RECLAIM},
    {"acpi reclaim", EFI_TYPE_ACPI_RECLAIM},
    {"acpi memory nvs", EFI_TYPE_ACPI_NVS},
    {"acpi mem nvs", EFI_TYPE_ACPI_NVS},
    {"memory mapped i/o", EFI_TYPE_MMIO},
    {"mmio", EFI_TYPE_MMIO},
    {"mmio port", EFI_TYPE_MMIO_PORTS},
    {"memory mapped i/o port space", EFI_TYPE_MMIO_PORTS},
    {"pal code", EFI_TYPE_PAL_CODE},
    {"persistent memory", EFI_TYPE_PERSISTENT},
    {"persistent", EFI_TYPE_PERSISTENT},
    {"unaccepted memory", EFI_TYPE_UNACCEPTED},
    {"unaccepted", EFI_TYPE_UNACCEPTED},
};

static const struct text_name attribute_names[] = {
    {"uc", EFI_ATTRIBUTE_UC},         {"wc", EFI_ATTRIBUTE_WC},
    {"wt", EFI_ATTRIBUTE_WT},         {"wb", EFI_ATTRIBUTE_WB},
    {"uce", EFI_ATTRIBUTE_UCE},       {"wp", EFI_ATTRIBUTE_WP},
    {"rp", EFI_ATTRIBUTE_RP},         {"xp", EFI_ATTRIBUTE_XP},
    {"nv", EFI_ATTRIBUTE_NV},         {"mr", EFI_ATTRIBUTE_MORE_RELIABLE},
    {"ro", EFI_ATTRIBUTE_RO},         {"sp", EFI_ATTRIBUTE_SP},
    {"cc", EFI_ATTRIBUTE_CPU_CRYPTO}, {"hp", EFI_ATTRIBUTE_HOT_PLUGGABLE},
    {"run", EFI_ATTRIBUTE_RUNTIME},
};

/* TYPE|   |  |WB|WT|WC|UC], TYPE|attr=0x0]; TYPE is a word or type=16. The bracket before it is past. */
static void scan_brackets(struct text_scan *scan, uint32_t *type, uint64_t *attributes)
{
    uint64_t value = 0;
    if (scan_try(scan, "type="))
        value = scan_decimal32(scan);
    else if (!text_lookup(type_names, COUNT(type_names), scan_field(scan, "|]"), &value))
        scan_fail(scan, "this word is no memory type");
    *type = (uint32_t)value;
    scan_expect(scan, "|");
    if (scan_try(scan, "attr=")) {
        *attributes = scan_hex(scan);
    } else {
        *attributes = 0;
        do {
            const struct text_field word = scan_field(scan, "|]");
            if (word.length == 0)
                continue;
            if (!text_lookup(attribute_names, COUNT(attribute_names), word, &value))
                scan_fail(scan, "this word is no attribute");
            *attributes |= value;
        } while (scan_try(scan, "|"));
    }
    scan_expect(scan, "]");
}

/* range=[0x0-0x8f000) (0MB), or with ] and the last byte. Where the size is there as well, it decides if a range
 * may wrap: firmware can say so, and Linux prints what it says. */
static struct boot_region scan_range(struct text_scan *scan)
{
    scan_expect(scan, "range=[");
    const uint64_t start = scan_hex(scan);
    scan_expect(scan, "-");
    uint64_t end = scan_hex(scan);
    bool may_wrap = false;
    if (!scan_try(scan, ")")) {
        scan_expect(scan, "]");
        may_wrap = end == UINT64_MAX;
        end++;
    }
    if (!scan_try(scan, "("))
        return scan_region(scan, start, end, may_wrap);
    const struct boot_region region = scan_region(scan, start, end, true);
    if (scan_decimal(scan) != (end - start) / MIB)
        scan_fail(scan, end < start ? "the end is before the start"
                                    : "the size in MB is not that of the range");
    scan_expect(scan, "mb)");
    return region;
}

/* mem00: type=7, attr=0xf, range=[...) and mem00: [...|...] range=[...] */
static struct text_item read_numbered(struct text_scan scan)
{
    const uint32_t index = scan_decimal32(&scan);
    scan_expect(&scan, ":");
    if (scan.failure != nullptr)
        return (struct text_item){};
    uint32_t type;
    uint64_t attributes;
    if (scan_try(&scan, "type=")) {
        type = scan_decimal32(&scan);
        scan_expect(&scan, ",");
        scan_expect(&scan, "attr=");
        attributes = scan_hex(&scan);
        scan_expect(&scan, ",");
    } else if (scan_try(&scan, "[")) {
        scan_brackets(&scan, &type, &attributes);
    } else {
        return (struct text_item){};
    }
    struct boot_region region = scan_range(&scan);
    region.efi_type = type;
    region.efi_attributes = attributes;
    struct text_item item = text_region_item(VIEW_LINUX_EFI, &scan, region);
    item.index = index;
    return item;
}

/* Numbers as long as these printers write them: not every "1-2" in a text is a range. */
static bool is_range(const char *at)
{
    constexpr size_t shortest = 8;
    const size_t first = text_hex_digits(at);
    return first >= shortest && at[first] == '-' && text_hex_digits(at + first + 1) >= shortest;
}

/* 0000000000000-000000009dfff type=7 attr=000000000000000f */
static struct text_item read_xen(struct text_scan scan)
{
    struct boot_region region = scan_inclusive(&scan);
    if (!scan_try(&scan, "type="))
        return (struct text_item){};
    region.efi_type = scan_decimal32(&scan);
    scan_expect(&scan, "attr=");
    region.efi_attributes = scan_hex(&scan);
    return text_region_item(VIEW_XEN, &scan, region);
}

/* 0x000801f0c000-0x000803f7ffff [Conventional|   |  |WB|  ] */
static struct text_item read_arm64(struct text_scan scan)
{
    struct boot_region region = scan_inclusive(&scan);
    if (!scan_try(&scan, "["))
        return (struct text_item){};
    scan_brackets(&scan, &region.efi_type, &region.efi_attributes);
    return text_region_item(VIEW_LINUX_EFI, &scan, region);
}

struct text_item text_read_efi(const char *line)
{
    struct text_scan scan = {.at = line};
    if (is_range(line))
        return read_xen(scan);
    scan_try(&scan, "efi:");
    if (scan_try(&scan, "mem"))
        return read_numbered(scan);
    const struct text_scan range = scan;
    if (scan_try(&scan, "0x") && text_hex_digits(scan.at) > 0)
        return read_arm64(range);
    return (struct text_item){};
}
