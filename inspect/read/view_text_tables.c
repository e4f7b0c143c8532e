/* SPDX-License-Identifier: MIT
 * Text readers: tables of numbers, that is, the shell's memmap with its totals, comma-separated dumps, and the
 * plain list START SIZE TYPE ATTRIBUTES.
 * Sources: EDK2, ShellPkg/Library/UefiShellDebug1CommandsLib/MemMap.c, and what the shell of EFI 1.10 printed;
 * MikanOS, the dump of its loader. */
#include "view_text_private.h"

#include <base/address.h>
#include <mm/memory_map.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct text_name shell_names[] = {
    {"reserved", EFI_TYPE_RESERVED},
    {"loadercode", EFI_TYPE_LOADER_CODE},
    {"loaderdata", EFI_TYPE_LOADER_DATA},
    {"bs_code", EFI_TYPE_BOOT_SERVICES_CODE},
    {"bs_data", EFI_TYPE_BOOT_SERVICES_DATA},
    {"rt_code", EFI_TYPE_RUNTIME_SERVICES_CODE},
    {"rt_data", EFI_TYPE_RUNTIME_SERVICES_DATA},
    {"available", EFI_TYPE_CONVENTIONAL},
    {"unusable", EFI_TYPE_UNUSABLE},
    {"acpi_recl", EFI_TYPE_ACPI_RECLAIM},
    {"acpi_nvs", EFI_TYPE_ACPI_NVS},
    {"mmio", EFI_TYPE_MMIO},
    {"memmapio", EFI_TYPE_MMIO},
    {"mmio_port", EFI_TYPE_MMIO_PORTS},
    {"memportio", EFI_TYPE_MMIO_PORTS},
    {"palcode", EFI_TYPE_PAL_CODE},
    {"persistent", EFI_TYPE_PERSISTENT},
    {"unaccepted", EFI_TYPE_UNACCEPTED},
};

/* Types without a name are eight hexadecimal digits. */
static bool shell_type(struct text_field word, uint32_t *out)
{
    uint64_t type;
    constexpr size_t digits = 8;
    if (word.length == digits && text_hex_digits(word.text) == digits) {
        struct text_scan scan = {.at = word.text};
        type = scan_hex(&scan);
    } else if (!text_lookup(shell_names, COUNT(shell_names), word, &type)) {
        return false;
    }
    *out = (uint32_t)type;
    return true;
}

/* Available  0000000000000000-000000000009EFFF 000000000000009F 000000000000000F
 * The end is computed without a look at overflow; pages and end must agree in the same way. */
static struct text_item read_shell_region(struct text_scan scan, uint32_t type)
{
    const uint64_t start = scan_hex(&scan);
    scan_expect(&scan, "-");
    const uint64_t last = scan_hex(&scan);
    struct boot_region region = {.phys_start = start, .efi_type = type};
    region.page_count = scan_hex(&scan);
    region.efi_attributes = scan_hex(&scan);
    if (scan.failure == nullptr && start + region.page_count * PAGE_SIZE - 1 != last)
        scan_fail(&scan, "the pages are not those of the range");
    return text_region_item(VIEW_SHELL, &scan, region);
}

/* Reserved  :         29,734 Pages (121,790,464 Bytes) */
static struct text_item read_total(struct text_scan scan, uint32_t type)
{
    struct text_item item = {.kind = TEXT_TOTAL, .form = VIEW_SHELL, .type = type};
    item.number = scan_grouped(&scan);
    if (!scan_try(&scan, "pages"))
        return (struct text_item){};
    scan_expect(&scan, "(");
    item.bytes = scan_grouped(&scan);
    if (scan.failure == nullptr && item.number * PAGE_SIZE != item.bytes)
        scan_fail(&scan, "the bytes of this total are not those of its pages");
    item.failure = scan.failure;
    return item;
}

/* Total Memory:         16,258 MB (17,048,043,520 Bytes) */
static struct text_item read_sum(struct text_scan scan)
{
    struct text_item item = {.kind = TEXT_SUM, .form = VIEW_SHELL};
    const uint64_t mib = scan_grouped(&scan);
    if (!scan_try(&scan, "mb"))
        return (struct text_item){};
    scan_expect(&scan, "(");
    item.bytes = scan_grouped(&scan);
    if (scan.failure == nullptr && item.bytes / MIB != mib)
        scan_fail(&scan, "the bytes of this total are not those of its MB");
    item.failure = scan.failure;
    return item;
}

struct text_item text_read_shell(const char *line)
{
    struct text_scan scan = {.at = line};
    if (scan_try(&scan, "total memory:"))
        return read_sum(scan);
    const struct text_field word = scan_field(&scan, " :");
    uint32_t type;
    if (!shell_type(word, &type))
        return (struct text_item){};
    if (scan_try(&scan, ":"))
        return read_total(scan, type);
    struct text_scan range = scan;
    constexpr size_t shortest = 8; /* digits of an address */
    const struct text_field start = scan_field(&range, "-");
    if (start.length < shortest || text_hex_digits(start.text) != start.length ||
        !scan_try(&range, "-") || text_hex_digits(range.at) < shortest)
        return (struct text_item){};
    return read_shell_region(scan, type);
}

/* Index, Type, Type(name), PhysicalStart, NumberOfPages, Attribute: the index is decimal, all else hexadecimal. */
struct text_item text_read_csv(const char *line)
{
    struct text_scan scan = {.at = line};
    const uint32_t index = scan_decimal32(&scan);
    scan_expect(&scan, ",");
    const uint64_t type = scan_hex(&scan);
    scan_expect(&scan, ",");
    if (scan.failure != nullptr || (!scan_try(&scan, "efi") && !scan_try(&scan, "invalid")))
        return (struct text_item){};
    (void)scan_field(&scan, ",");
    scan_expect(&scan, ",");
    struct boot_region region = {.phys_start = scan_hex(&scan), .efi_type = (uint32_t)type};
    if (type > UINT32_MAX)
        scan_fail(&scan, "a number does not fit into 32 bits");
    scan_expect(&scan, ",");
    region.page_count = scan_hex(&scan);
    scan_expect(&scan, ",");
    region.efi_attributes = scan_hex(&scan);
    struct text_item item = text_region_item(VIEW_CSV, &scan, region);
    item.index = index;
    return item;
}

/* A number of the list: hexadecimal with 0x, else decimal. */
static uint64_t scan_either(struct text_scan *scan)
{
    struct text_scan prefix = *scan;
    return scan_try(&prefix, "0x") ? scan_hex(scan) : scan_decimal(scan);
}

/* START SIZE TYPE ATTRIBUTES. That two numbers with 0x begin a line makes it one of these, be it complete or not;
 * without 0x only a whole one is. */
struct text_item text_read_list(const char *line)
{
    if (*line < '0' || *line > '9')
        return (struct text_item){};
    struct text_scan scan = {.at = line};
    bool is_list = scan_try(&scan, "0x");
    scan.at = line;
    const uint64_t start = scan_either(&scan);
    struct text_scan size = scan;
    is_list = is_list && *scan.at == ' ' && scan_try(&size, "0x");
    const uint64_t bytes = scan_either(&scan);
    struct boot_region region = scan_region(&scan, start, start + bytes, true);
    const uint64_t type = scan_either(&scan);
    region.efi_attributes = scan_either(&scan);
    if (!scan_try(&scan, "#") && !scan_at_end(&scan))
        scan_fail(&scan, "more than four numbers");
    if (type > UINT32_MAX)
        scan_fail(&scan, "a number does not fit into 32 bits");
    region.efi_type = (uint32_t)type;
    if (!is_list && scan.failure != nullptr)
        return (struct text_item){};
    return text_region_item(VIEW_LIST, &scan, region);
}
