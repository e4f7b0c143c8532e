/* SPDX-License-Identifier: MIT
 * Text readers: the e820 map as Linux prints it, in its log and in /sys/firmware/memmap.
 * e820 has types and no attributes; what has no EFI type becomes one that nobody names, VIEW_E820_TYPE + number, so
 * that nothing takes it for memory and the number is not lost.
 * Sources: Linux, arch/x86/kernel/e820.c, e820_print_type and e820_type_to_string; ACPI 6.5, table 15.4. Type 20 is
 * what GRUB gives for the code of runtime services. */
#include "view_text_private.h"

#include <base/string.h>
#include <mm/memory_map.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Types fit in 32 bits; the attribute that belongs to "soft reserved" stands above them. */
#define SOFT_RESERVED (UINT64_C(1) << 32 | EFI_TYPE_CONVENTIONAL)

static const struct text_name log_names[] = {
    {"usable", EFI_TYPE_CONVENTIONAL},
    {"reserved", EFI_TYPE_RESERVED},
    {"acpi data", EFI_TYPE_ACPI_RECLAIM},
    {"acpi nvs", EFI_TYPE_ACPI_NVS},
    {"unusable", EFI_TYPE_UNUSABLE},
    {"persistent (type 7)", EFI_TYPE_PERSISTENT},
    {"persistent (type 12)", EFI_TYPE_PERSISTENT},
    {"soft reserved", SOFT_RESERVED},
};

static const struct text_name sysfs_names[] = {
    {"system ram", EFI_TYPE_CONVENTIONAL},
    {"reserved", EFI_TYPE_RESERVED},
    {"acpi tables", EFI_TYPE_ACPI_RECLAIM},
    {"acpi non-volatile storage", EFI_TYPE_ACPI_NVS},
    {"unusable memory", EFI_TYPE_UNUSABLE},
    {"persistent memory", EFI_TYPE_PERSISTENT},
    {"persistent memory (legacy)", EFI_TYPE_PERSISTENT},
    {"soft reserved", SOFT_RESERVED},
};

static uint64_t type_of_number(uint32_t number)
{
    static const struct {
        uint32_t number;
        uint64_t type;
    } known[] = {
        {1, EFI_TYPE_CONVENTIONAL},  {2, EFI_TYPE_RESERVED},
        {3, EFI_TYPE_ACPI_RECLAIM},  {4, EFI_TYPE_ACPI_NVS},
        {5, EFI_TYPE_UNUSABLE},      {7, EFI_TYPE_PERSISTENT},
        {12, EFI_TYPE_PERSISTENT},   {20, EFI_TYPE_RUNTIME_SERVICES_CODE},
        {0xEFFFFFFF, SOFT_RESERVED},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (known[i].number == number)
            return known[i].type;
    return number <= VIEW_E820_TYPE_LAST - VIEW_E820_TYPE ? VIEW_E820_TYPE + number
                                                          : VIEW_E820_TYPE_LAST;
}

static void set_type(struct boot_region *region, uint64_t type)
{
    region->efi_type = (uint32_t)type;
    region->efi_attributes = type == SOFT_RESERVED ? EFI_ATTRIBUTE_SP : 0;
}

/* A word, or "type 20"; in the old form within parentheses. */
static void scan_type(struct text_scan *scan, struct boot_region *region, const char *stops)
{
    uint64_t type = 0;
    if (scan_try(scan, "type ")) {
        type = type_of_number(scan_decimal32(scan));
        if (scan_field(scan, stops).length != 0)
            scan_fail(scan, "this word is no e820 type");
    } else if (!text_lookup(log_names, COUNT(log_names), scan_field(scan, stops), &type)) {
        scan_fail(scan, "this word is no e820 type");
    }
    set_type(region, type);
}

struct text_item text_read_e820(const char *line)
{
    struct text_scan scan = {.at = line};
    if (!scan_try(&scan, "bios-e820:"))
        return (struct text_item){};
    struct boot_region region;
    if (scan_try(&scan, "[mem ")) {
        region = scan_inclusive(&scan);
        scan_expect(&scan, "]");
        scan_type(&scan, &region, "");
        return text_region_item(VIEW_LINUX_E820, &scan, region);
    }
    const uint64_t start = scan_hex(&scan);
    if (!scan_try(&scan, "- ")) /* a sentence about such lines */
        return (struct text_item){};
    region = scan_region(&scan, start, scan_hex(&scan), false);
    scan_expect(&scan, "(");
    scan_type(&scan, &region, ")");
    scan_expect(&scan, ")");
    return text_region_item(VIEW_LINUX_E820, &scan, region);
}

/* The contents of a file of sysfs: one line. */
static bool read_first_line(const char *text, char line[TEXT_LINE_MAX + 1])
{
    struct text_cursor cursor = text_cursor_of(text, strlen(text));
    return text_next_line(&cursor, line);
}

static bool read_file_number(const char *text, uint64_t *out)
{
    char line[TEXT_LINE_MAX + 1];
    if (!read_first_line(text, line))
        return false;
    struct text_scan scan = {.at = line};
    const uint64_t value = scan_hex(&scan);
    if (scan.failure != nullptr || !scan_at_end(&scan))
        return false;
    *out = value;
    return true;
}

status_t view_read_sysfs_entry(const char *start, const char *end, const char *type,
                               struct boot_region *out)
{
    char line[TEXT_LINE_MAX + 1];
    uint64_t first, last, value = VIEW_E820_TYPE;
    if (!read_file_number(start, &first) || !read_file_number(end, &last) ||
        !read_first_line(type, line))
        return STATUS_BAD_FORMAT;
    struct text_scan scan = {.at = line};
    struct boot_region region = scan_region(&scan, first, last + 1, last == UINT64_MAX);
    const struct text_field word = scan_field(&scan, "");
    struct text_scan unknown = {.at = line};
    if (!text_lookup(sysfs_names, COUNT(sysfs_names), word, &value) &&
        !scan_try(&unknown, "unknown e820 type"))
        scan_fail(&scan, "this word is no e820 type");
    if (scan.failure != nullptr)
        return STATUS_BAD_FORMAT;
    set_type(&region, value);
    *out = region;
    return STATUS_OK;
}
