/* SPDX-License-Identifier: MIT
 * The memory map as we found it. Reading the map changes it as soon as we print or allocate, so this is the
 * first thing that is done. */
#include "loader.h"

static constexpr unsigned SNAPSHOT_TRIES = 4;
static constexpr UINTN SNAPSHOT_SLACK = 16 * KIB; /* what our own allocations may add meanwhile */
static constexpr UINTN SNAPSHOT_LIMIT = 64 * MIB; /* a million descriptors: nonsense above */

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
