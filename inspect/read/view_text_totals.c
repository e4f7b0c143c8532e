/* SPDX-License-Identifier: MIT
 * Text readers: the shell's totals, a checksum of its listing. A line that was lost on the way shows here.
 *
 * The total of each type must be exact. Which types "Total Memory" contains changed over the years: always those
 * that every shell counted as memory; PAL code, persistent, unaccepted and unnamed types only in some. */
#include "view_text_private.h"

#include <base/address.h>
#include <mm/memory_map.h>

#include <stdckdint.h>

#define BIT(type) (1u << (type))

constexpr unsigned TYPES =
    sizeof((struct text_shell_totals){}.types) / sizeof((struct text_shell_totals){}.types[0]);
constexpr unsigned ALWAYS_MEMORY =
    BIT(EFI_TYPE_LOADER_CODE) | BIT(EFI_TYPE_LOADER_DATA) | BIT(EFI_TYPE_BOOT_SERVICES_CODE) |
    BIT(EFI_TYPE_BOOT_SERVICES_DATA) | BIT(EFI_TYPE_RUNTIME_SERVICES_CODE) |
    BIT(EFI_TYPE_RUNTIME_SERVICES_DATA) | BIT(EFI_TYPE_CONVENTIONAL) | BIT(EFI_TYPE_ACPI_RECLAIM) |
    BIT(EFI_TYPE_ACPI_NVS);
constexpr unsigned NEVER_MEMORY =
    BIT(EFI_TYPE_RESERVED) | BIT(EFI_TYPE_UNUSABLE) | BIT(EFI_TYPE_MMIO) | BIT(EFI_TYPE_MMIO_PORTS);

struct view_text_error text_add_total(struct text_shell_totals *totals,
                                      const struct text_item *item, uint32_t line)
{
    if (item->failure != nullptr)
        return (struct view_text_error){line, item->failure};
    if (item->kind == TEXT_SUM) {
        totals->sum_bytes = item->bytes;
        totals->sum_line = line;
    } else if (item->type < TYPES) {
        totals->types[item->type].pages = item->number;
        totals->types[item->type].line = line;
    }
    return (struct view_text_error){};
}

/* False if a sum does not fit. */
static bool add_up(const struct boot_region *regions, uint32_t count, uint64_t pages[TYPES],
                   uint64_t *least, uint64_t *most)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t type = regions[i].efi_type;
        const uint64_t more = regions[i].page_count;
        const unsigned bit = type < TYPES ? BIT(type) : 0;
        if (type < TYPES && ckd_add(&pages[type], pages[type], more))
            return false;
        if ((bit & ALWAYS_MEMORY) != 0 && ckd_add(least, *least, more))
            return false;
        if ((bit & NEVER_MEMORY) == 0 && ckd_add(most, *most, more))
            return false;
    }
    return true;
}

struct view_text_error text_check_totals(const struct text_shell_totals *totals,
                                         const struct boot_region *regions, uint32_t count)
{
    uint64_t pages[TYPES] = {}, least = 0, most = 0;
    const bool fits = add_up(regions, count, pages, &least, &most);
    for (unsigned type = 0; type < TYPES; type++)
        if (totals->types[type].line != 0 && (!fits || totals->types[type].pages != pages[type]))
            return (struct view_text_error){totals->types[type].line,
                                            "this total contradicts the lines"};
    const uint64_t sum = totals->sum_bytes / PAGE_SIZE;
    if (totals->sum_line != 0 &&
        (!fits || totals->sum_bytes % PAGE_SIZE != 0 || sum < least || sum > most))
        return (struct view_text_error){totals->sum_line,
                                        "the total of memory contradicts the lines"};
    return (struct view_text_error){};
}
