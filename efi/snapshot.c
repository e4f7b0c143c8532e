/* SPDX-License-Identifier: MIT
 * The memory map as we found it. Reading the map changes it as soon as we print or allocate, so this is the
 * first thing that is done. Also: what a map must look like before anything in it is believed. */
#include "loader.h"

#include <base/string.h>

/* UEFI 2.10, 7.2.3: descriptors may grow; 40 bytes are version 1. The upper bound is ours. */
static constexpr UINTN DESCRIPTOR_SIZE_MIN = sizeof(EFI_MEMORY_DESCRIPTOR);
static constexpr UINTN DESCRIPTOR_SIZE_MAX = 4096;
static constexpr unsigned SNAPSHOT_TRIES = 4;
static constexpr UINTN SNAPSHOT_SLACK = 16 * KIB; /* what our own allocations may add meanwhile */
static constexpr UINTN SNAPSHOT_LIMIT = 64 * MIB; /* a million descriptors: nonsense above */
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

/* A map that does not fit in the file's own buffer: this one changes the map that it is meant to show, by the
 * pages it takes. */
static EFI_STATUS grow(struct loader *l)
{
    struct firmware *fw = &l->firmware;
    EFI_PHYSICAL_ADDRESS at = 0;
    loader_release_snapshot(l);
    if (l->entry_map.size > SNAPSHOT_LIMIT)
        return EFI_BAD_BUFFER_SIZE;
    UINTN pages = EFI_SIZE_TO_PAGES(l->entry_map.size + SNAPSHOT_SLACK);
    EFI_STATUS status =
        FIRMWARE_CALL(fw, fw->boot->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &at));
    if (EFI_ERROR(status))
        return status;
    l->entry_map_pages = pages;
    l->entry_map.data = (unsigned char *)at;
    l->entry_map.capacity = pages * PAGE_SIZE;
    return raw_map_read(fw, &l->entry_map);
}

void loader_release_snapshot(struct loader *l)
{
    struct firmware *fw = &l->firmware;
    if (l->entry_map_pages == 0)
        return;
    (void)FIRMWARE_CALL(fw, fw->boot->FreePages((uintptr_t)l->entry_map.data, l->entry_map_pages));
    l->entry_map_pages = 0;
}

void loader_snapshot(struct loader *l)
{
    struct firmware *fw = &l->firmware;
    /* Firmware's watchdog resets the machine five minutes after it started us (UEFI 2.10, 7.5.1). */
    (void)FIRMWARE_CALL(fw, fw->boot->SetWatchdogTimer(0, 0, 0, nullptr));
    l->entry_map.data = l->snapshot;
    l->entry_map.capacity = sizeof l->snapshot;
    EFI_STATUS status = raw_map_read(fw, &l->entry_map);
    for (unsigned tries = 1; status == EFI_BUFFER_TOO_SMALL && tries < SNAPSHOT_TRIES; tries++)
        status = grow(l);
    if (EFI_ERROR(status))
        loader_stop(l, status, "the firmware does not tell its memory map of 0x%lx bytes",
                    l->entry_map.size);
    const char *fault = raw_map_check(&l->entry_map);
    if (fault != nullptr)
        loader_stop(l, EFI_INCOMPATIBLE_VERSION,
                    "the firmware's memory map cannot be used: %s (0x%lx bytes, descriptors of "
                    "0x%lx, version %u)",
                    fault, l->entry_map.size, l->entry_map.descriptor_size, l->entry_map.version);
    l->info.descriptor_size = (uint32_t)l->entry_map.descriptor_size;
    l->info.descriptor_version = l->entry_map.version;
}
