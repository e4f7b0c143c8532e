/* SPDX-License-Identifier: MIT
 * After the firmware: both maps in the form that the kernel reads, and boot_info in its place. */
#include "loader.h"

#include <base/string.h>

/* Raw descriptors to regions. `to` may be the map's own buffer: a region (32 bytes) is never longer than the
 * descriptor (40 or more) that it is made from, so writing stays behind reading. */
static struct boot_map convert(const struct raw_map *map, unsigned char *to)
{
    uint64_t count = raw_map_count(map);
    static_assert(sizeof(struct boot_region) <= sizeof(EFI_MEMORY_DESCRIPTOR));
    for (uint64_t i = 0; i < count; i++) {
        const EFI_MEMORY_DESCRIPTOR *d = raw_map_get(map, i);
        struct boot_region region = {
            .phys_start = d->PhysicalStart,
            .page_count = d->NumberOfPages,
            .efi_type = d->Type,
            .efi_attributes = d->Attribute,
        };
        memcpy(to + i * sizeof region, &region, sizeof region);
    }
    return (struct boot_map){.start = (uintptr_t)to, .count = (uint32_t)count};
}

void loader_hand_over(struct loader *l)
{
    l->info.entry_map = convert(&l->entry_map, l->block + l->layout.entry_map);
    l->info.final_map = convert(&l->final_map, l->block + l->layout.map);
    l->info.magic = BOOT_INFO_MAGIC;
    l->info.version = BOOT_INFO_VERSION;
    l->info.size = sizeof l->info;
}
