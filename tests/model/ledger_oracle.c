/* SPDX-License-Identifier: MIT */
#include "model/ledger_oracle.h"

/* False if the descriptor is ignored. */
static bool bounds_of(const struct boot_region *region, uint64_t *start, uint64_t *end)
{
    const __uint128_t last =
        (__uint128_t)region->phys_start + (__uint128_t)region->page_count * PAGE_SIZE;
    if (region->page_count == 0 || last > UINT64_MAX || last - region->bytes_less > PHYS_LIMIT)
        return false;
    *start = region->phys_start;
    *end = (uint64_t)last - region->bytes_less;
    return true;
}

static uint64_t common(uint64_t a_start, uint64_t a_end, uint64_t b_start, uint64_t b_end)
{
    const uint64_t start = a_start > b_start ? a_start : b_start;
    const uint64_t end = a_end < b_end ? a_end : b_end;
    return start < end ? end - start : 0;
}

static void add_page(uint64_t rows[], uint64_t page, enum memory_class class, uint64_t attributes)
{
    static const enum ledger_row of_class[MEMORY_CLASS_COUNT] = {
#define SAME_NAME(name) [MEMORY_##name] = LEDGER_ROW_##name
        SAME_NAME(USABLE),       SAME_NAME(BOOT_SERVICES),    SAME_NAME(LOADER),
        SAME_NAME(ACPI_RECLAIM), SAME_NAME(SPECIFIC_PURPOSE), SAME_NAME(PERSISTENT),
        SAME_NAME(UNACCEPTED),   SAME_NAME(OS_DEFINED),       SAME_NAME(OEM_DEFINED),
        SAME_NAME(ACPI_NVS),     SAME_NAME(RUNTIME_DATA),     SAME_NAME(RUNTIME_CODE),
        SAME_NAME(PAL_CODE),     SAME_NAME(RESERVED),         SAME_NAME(UNKNOWN),
        SAME_NAME(MMIO),         SAME_NAME(UNUSABLE),         [MEMORY_MMIO_PORTS] = LEDGER_ROW_MMIO,
#undef SAME_NAME
    };
    rows[of_class[class]] += PAGE_SIZE;
    if (class < MEMORY_RESERVED)
        rows[LEDGER_ROW_DESCRIBED] += PAGE_SIZE;
    if (class == MEMORY_BOOT_SERVICES)
        rows[LEDGER_ROW_FROM_BOOT_SERVICES] += PAGE_SIZE;
    if (class == MEMORY_LOADER)
        rows[LEDGER_ROW_FROM_LOADER] += PAGE_SIZE;
    if (class == MEMORY_USABLE && (attributes & EFI_ATTRIBUTE_MORE_RELIABLE) != 0)
        rows[LEDGER_ROW_MORE_RELIABLE] += PAGE_SIZE;
    if (class > MEMORY_LOADER)
        return;
    if (page < MIB)
        rows[LEDGER_ROW_LOW_MEMORY] += PAGE_SIZE;
    else if ((attributes & EFI_ATTRIBUTE_WB) == 0)
        rows[LEDGER_ROW_UNCACHEABLE] += PAGE_SIZE;
    else if (page >= 64 * TIB)
        rows[LEDGER_ROW_UNREACHABLE] += PAGE_SIZE;
    else
        rows[LEDGER_ROW_RECLAIMED] += PAGE_SIZE;
}

static void look_at_page(uint64_t rows[], const struct boot_region *regions, size_t count,
                         uint64_t page)
{
    unsigned coverers = 0;
    uint64_t classes = 0, attributes = UINT64_MAX, start, end;
    enum memory_class strictest = MEMORY_USABLE;
    for (size_t i = 0; i < count; i++) {
        const enum memory_class class = memory_class_of_region(&regions[i]);
        if (!bounds_of(&regions[i], &start, &end))
            continue;
        const uint64_t covered = common(start, end, page, page + PAGE_SIZE);
        if (class == MEMORY_USABLE && covered != PAGE_SIZE)
            rows[LEDGER_ROW_ROUNDED_AWAY] += covered;
        if (covered == 0 || (class == MEMORY_USABLE && covered != PAGE_SIZE))
            continue;
        if (coverers++ == 0 || class > strictest) {
            strictest = class;
            attributes = UINT64_MAX;
        }
        if (class == strictest)
            attributes &= regions[i].efi_attributes;
        classes |= UINT64_C(1) << class;
    }
    if (coverers == 0)
        return;
    add_page(rows, page, strictest, attributes);
    if (coverers > 1)
        rows[LEDGER_ROW_TWICE] += PAGE_SIZE;
    if ((classes & (classes - 1)) != 0)
        rows[LEDGER_ROW_CONTESTED] += PAGE_SIZE;
}

void ledger_oracle_rows(const struct boot_region *regions, size_t count, uint64_t base,
                        uint64_t installed, uint64_t rows[static LEDGER_ROW_COUNT])
{
    for (uint64_t page = base; page < base + (LEDGER_ORACLE_PAGES)*PAGE_SIZE; page += PAGE_SIZE)
        look_at_page(rows, regions, count, page);
    for (size_t i = 0; i < count; i++) {
        uint64_t start, end;
        if (bounds_of(&regions[i], &start, &end) || regions[i].page_count == 0)
            continue;
        const __uint128_t sum = (__uint128_t)rows[LEDGER_ROW_IGNORED] +
                                (__uint128_t)regions[i].page_count * PAGE_SIZE -
                                regions[i].bytes_less;
        rows[LEDGER_ROW_IGNORED] = sum > UINT64_MAX ? UINT64_MAX : (uint64_t)sum;
    }
    if (installed == 0)
        return;
    rows[LEDGER_ROW_INSTALLED] = installed;
    rows[LEDGER_ROW_BEYOND_INSTALLED] = rows[LEDGER_ROW_PERSISTENT];
    const uint64_t volatile_bytes = rows[LEDGER_ROW_DESCRIBED] - rows[LEDGER_ROW_PERSISTENT];
    if (installed > volatile_bytes)
        rows[LEDGER_ROW_NOT_DESCRIBED] = installed - volatile_bytes;
    else
        rows[LEDGER_ROW_BEYOND_INSTALLED] += volatile_bytes - installed;
}

bool ledger_oracle_sees(const struct boot_region *region, uint64_t base)
{
    uint64_t start, end;
    return !bounds_of(region, &start, &end) || end <= base + LEDGER_ORACLE_PAGES * PAGE_SIZE;
}
