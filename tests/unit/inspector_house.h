/* SPDX-License-Identifier: MIT
 * A small machine with a bit of everything, for screens that are compared as a whole. */
#ifndef TESTS_INSPECTOR_HOUSE_H
#define TESTS_INSPECTOR_HOUSE_H

#include "inspector_fixture.h"

#define HOUSE_WB (EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_WC | EFI_ATTRIBUTE_WT | EFI_ATTRIBUTE_WB)

static const struct boot_region house_regions[] = {
    {.phys_start = 0, .page_count = 0xA0, .efi_type = 7, .efi_attributes = HOUSE_WB},
    {.phys_start = 0x100000, .page_count = 0x7F00, .efi_type = 7, .efi_attributes = HOUSE_WB},
    {.phys_start = 0x7F00000, .page_count = 0x100, .efi_type = 4, .efi_attributes = HOUSE_WB},
    {.phys_start = 0x7F80000,
     .page_count = 0x80,
     .efi_type = 10,
     .efi_attributes = HOUSE_WB | EFI_ATTRIBUTE_XP | EFI_ATTRIBUTE_RO},
    {.phys_start = 0x8000000,
     .page_count = 0x10,
     .efi_type = 5,
     .efi_attributes = HOUSE_WB | EFI_ATTRIBUTE_RUNTIME},
    {.phys_start = 0x8010000,
     .page_count = 0x40,
     .efi_type = 6,
     .efi_attributes = HOUSE_WB | EFI_ATTRIBUTE_RUNTIME | EFI_ATTRIBUTE_XP},
    {.phys_start = 0x8050000, .page_count = 0x20, .efi_type = 9, .efi_attributes = HOUSE_WB},
    {.phys_start = 0x8070000, .page_count = 0, .efi_type = 7, .efi_attributes = HOUSE_WB},
    {.phys_start = 0x100000000, .page_count = 0x200000, .efi_type = 7, .efi_attributes = HOUSE_WB},
    {.phys_start = 0xE0000000,
     .page_count = 0x10000,
     .efi_type = 11,
     .efi_attributes = EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_RUNTIME},
    {.phys_start = UINT64_C(0xFFFFFFFFFFFF0000), .page_count = 0x1000, .efi_type = 0x70000001},
};
static const struct boot_region house_last_boot[] = {
    {.phys_start = 0, .page_count = 0xA0, .efi_type = 7, .efi_attributes = HOUSE_WB},
    {.phys_start = 0x100000, .page_count = 0x7F80, .efi_type = 7, .efi_attributes = HOUSE_WB},
};
static const struct view_place house_places[] = {
    {PLACE_RSDP, 0, 0x8050014, 36},
    {PLACE_ACPI_TABLE, 0x50434146, 0x8051000, 276},
    {PLACE_ECAM, 0, 0xE0000000, 0x10000000},
    {PLACE_FRAMEBUFFER, 0, 0x80000000, 0x300000},
};
static const struct view_memory_device house_devices[] = {
    {.bytes = 8 * GIB,
     .is_volatile = true,
     .type = 0x1A,
     .speed = 3200,
     .locator = "DIMM A1",
     .bank = "BANK 0"},
    {.locator = "DIMM A2", .bank = ""},
};

static inline struct view house_view(void)
{
    struct view view = view_of(house_regions, sizeof house_regions / sizeof house_regions[0]);
    view.knows |= VIEW_KNOWS(PLACES) | VIEW_KNOWS(INSTALLED);
    view.places = house_places;
    view.place_count = sizeof house_places / sizeof house_places[0];
    view.devices = house_devices;
    view.device_count = sizeof house_devices / sizeof house_devices[0];
    view.installed_bytes = 8 * GIB + 128 * MIB;
    view.last_boot = house_last_boot;
    view.last_boot_count = sizeof house_last_boot / sizeof house_last_boot[0];
    view.last_boot_report = 7;
    return view;
}

#endif
