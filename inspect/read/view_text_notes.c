/* SPDX-License-Identifier: MIT
 * Text readers: what a log says beside the map: where a boot or a listing begins, the firmware's version, where
 * tables are, the memory of the nodes, the machine.
 * Sources: Linux, drivers/firmware/efi/efi.c (efi_systab_report_header, efi_config_parse_tables) and
 * arch/x86/mm/srat.c, with their histories. */
#include "view_text_private.h"

#include <base/string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct text_item heading(enum view_form form)
{
    return (struct text_item){.kind = TEXT_HEADING, .form = form};
}

/* EFI v2.70 by NAME, and since 6.x v2.7, v2.3.1, v2.10. Two digits are the revision as it is, one digit counts
 * tens. "2.10" may be either, 2.1 by an older kernel or 2.10 by a newer; machines of 2.1 have died out. */
static struct text_item read_version(struct text_scan scan)
{
    const uint32_t major = scan_decimal32(&scan);
    scan_expect(&scan, ".");
    const char *digits = scan.at;
    uint32_t minor = scan_decimal32(&scan);
    const bool is_one_digit = scan.at - digits == 1;
    if (scan.failure != nullptr || major > UINT16_MAX || minor > 999)
        return (struct text_item){};
    if (is_one_digit)
        minor *= 10;
    else if (major == 2 && minor == 10)
        minor = 100;
    if (*scan.at == '.') {
        scan.at++;
        minor += scan_decimal32(&scan);
    }
    scan_expect(&scan, "by ");
    if (scan.failure != nullptr || minor > UINT16_MAX)
        return (struct text_item){};
    return (struct text_item){
        .kind = TEXT_VERSION, .number = (uint64_t)major << 16 | minor, .rest = scan.at};
}

/* Node 0 PXM 0 [mem 0x0-0x9ffff] hotplug; before 3.x: Node 0 PXM 0 0-a0000, the end exclusive. */
static struct text_item read_node(struct text_scan scan)
{
    (void)scan_decimal32(&scan);
    if (scan.failure != nullptr || !scan_try(&scan, "pxm "))
        return (struct text_item){};
    struct text_item item = {.kind = TEXT_NODE};
    item.node.node = scan_decimal32(&scan);
    struct boot_region region;
    if (scan_try(&scan, "[mem ")) {
        region = scan_inclusive(&scan);
        scan_expect(&scan, "]");
    } else {
        const uint64_t start = scan_hex(&scan);
        scan_expect(&scan, "-");
        region = scan_region(&scan, start, scan_hex(&scan), false);
    }
    item.node.start = region.phys_start;
    item.node.size = region.page_count * PAGE_SIZE - region.bytes_less;
    item.node.hot_pluggable = scan_try(&scan, "hotplug");
    item.node.non_volatile = scan_try(&scan, "non-volatile");
    if (scan.failure != nullptr)
        item.kind = TEXT_NODE_BROKEN;
    return item;
}

/* What follows "efi:". */
static struct text_item read_efi_note(struct text_scan scan)
{
    struct text_scan number = {};
    if (scan_try(&scan, "efi v"))
        return read_version(scan);
    if (scan_try(&scan, "memmap desc. ")) {
        struct text_item item = {};
        if (scan_try(&scan, "size"))
            item.kind = TEXT_DESCRIPTOR_SIZE;
        else if (scan_try(&scan, "version"))
            item.kind = TEXT_DESCRIPTOR_VERSION;
        scan_expect(&scan, ":");
        item.number = scan_hex(&scan);
        return scan.failure == nullptr && item.number <= UINT32_MAX ? item : (struct text_item){};
    }
    number.at = scan.at;
    (void)scan_field(&number, "=");
    if (scan_try(&number, "=0x"))
        return (struct text_item){.kind = TEXT_PLACES, .rest = scan.at};
    return (struct text_item){};
}

struct text_item text_read_note(const char *line)
{
    struct text_scan scan = {.at = line};
    if (scan_try(&scan, "efi:"))
        return read_efi_note(scan);
    if (scan_try(&scan, "linux version "))
        return (struct text_item){.kind = TEXT_BOOT};
    if (scan_try(&scan, "efi memory map:"))
        return heading(VIEW_XEN);
    if (scan_try(&scan, "index, type, "))
        return heading(VIEW_CSV);
    if (scan_try(&scan, "dmi: "))
        return (struct text_item){.kind = TEXT_MACHINE, .rest = scan.at};
    struct text_scan shell = scan;
    if (scan_try(&shell, "type ") && scan_try(&shell, "start ") && scan_try(&shell, "end "))
        return heading(VIEW_SHELL);
    scan_try(&scan, "e820:");
    if (scan_try(&scan, "bios-provided physical ram map"))
        return heading(VIEW_LINUX_E820);
    scan.at = line;
    scan_try(&scan, "acpi:");
    return scan_try(&scan, "srat: node ") ? read_node(scan) : (struct text_item){};
}

bool text_next_place(const char **rest, struct view_place *out)
{
    static const struct text_name names[] = {
        {"acpi", PLACE_RSDP},           {"acpi 2.0", PLACE_RSDP},
        {"smbios", PLACE_SMBIOS_ENTRY}, {"smbios 3.0", PLACE_SMBIOS_ENTRY},
        {"esrt", PLACE_ESRT},           {"memattr", PLACE_MEMORY_ATTRIBUTES},
    };
    while (**rest != '\0') {
        struct text_scan scan = {.at = *rest};
        const struct text_field name = scan_field(&scan, "=");
        scan_expect(&scan, "=");
        const uint64_t start = scan_hex(&scan);
        uint64_t kind;
        *rest = scan.at;
        if (scan.failure != nullptr || !text_lookup(names, COUNT(names), name, &kind))
            continue;
        *out = (struct view_place){.kind = (enum place_kind)kind, .start = start, .size = 1};
        return true;
    }
    return false;
}
