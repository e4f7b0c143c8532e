/* SPDX-License-Identifier: MIT
 * The memory map as firmware gives it: read it, see what it must look like before anything in it is believed, turn its
 * descriptors into regions. */
#include "loader.h"

#include <base/string.h>

/* UEFI 2.10, 7.2.3: descriptors may grow; 40 bytes are version 1. The upper bound is ours. */
static constexpr UINTN DESCRIPTOR_SIZE_MIN = sizeof(EFI_MEMORY_DESCRIPTOR);
static constexpr UINTN DESCRIPTOR_SIZE_MAX = 4096;
static_assert(sizeof(EFI_MEMORY_DESCRIPTOR) == 40);

EFI_STATUS raw_map_read(struct firmware *fw, struct raw_map *map)
{
    /* Set before each call: firmware has been seen to leave outputs unset. */
    map->size = map->capacity;
    map->key = 0;
    map->descriptor_size = 0;
    map->version = 0;
    return FIRMWARE_CALL(fw, fw->boot->GetMemoryMap(&map->size, (void *)map->data, &map->key,
                                                    &map->descriptor_size, &map->version));
}

const char *raw_map_check(const struct raw_map *map)
{
    if (map->descriptor_size < DESCRIPTOR_SIZE_MIN || map->descriptor_size > DESCRIPTOR_SIZE_MAX ||
        map->descriptor_size % 8 != 0)
        return "its descriptor size is not a multiple of 8 in 40..4096";
    if (map->version != EFI_MEMORY_DESCRIPTOR_VERSION)
        return "its descriptor version is not 1";
    if (map->size > map->capacity)
        return "it is larger than the buffer";
    if (map->size == 0 || map->size % map->descriptor_size != 0)
        return "its size is not a multiple of the descriptor size";
    return nullptr;
}

const EFI_MEMORY_DESCRIPTOR *raw_map_get(const struct raw_map *map, uint64_t index)
{
    return (const void *)(map->data + index * map->descriptor_size);
}

/* Raw descriptors to regions. `to` may be the map's own buffer: a region (32 bytes) is never longer than the
 * descriptor (40 or more) that it is made from, so writing stays behind reading. */
struct boot_map raw_map_convert(const struct raw_map *map, unsigned char *to)
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

void loader_release_snapshot(struct loader *l)
{
    struct firmware *fw = &l->firmware;
    if (l->entry_map_pages == 0)
        return;
    (void)FIRMWARE_CALL(fw, fw->boot->FreePages((uintptr_t)l->entry_map.data, l->entry_map_pages));
    l->entry_map_pages = 0;
}
