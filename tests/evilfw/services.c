/* SPDX-License-Identifier: MIT
 * Boot services that lie. The real ones stay reachable through `real`; the table's checksum is made right
 * again, as firmware that means it would (UEFI 2.10, 4.2). */
#include "evilfw.h"

#include <base/address.h>
#include <base/string.h>

static constexpr UINTN REAL_MAP_SIZE =
    256 * KIB; /* the tests' firmware has some hundred descriptors */
static constexpr UINTN LAYOUT_SIZE =
    48; /* how far apart they are where the told size means nothing */
static constexpr uint8_t GARBAGE = 0xCC;

static EFI_BOOT_SERVICES real;
static struct lies lies;
static uint64_t map_calls, exit_calls;
static struct map_list list;
alignas(8) static unsigned char real_map[REAL_MAP_SIZE];

static EFI_STATUS read_real_map(UINTN *key)
{
    UINTN size = sizeof real_map, descriptor_size;
    UINT32 version;
    EFI_STATUS status = real.GetMemoryMap(&size, (void *)real_map, key, &descriptor_size, &version);
    if (EFI_ERROR(status))
        return status;
    list.count = 0;
    for (UINTN at = 0; at < size && list.count < MAP_CAPACITY; at += descriptor_size)
        memcpy(&list.entries[list.count++], real_map + at, sizeof list.entries[0]);
    return EFI_SUCCESS;
}

/* As many bytes of a descriptor as the told size has room for; behind them, garbage. */
static void lay_out(unsigned char *to, UINTN step)
{
    UINTN copied = step < sizeof list.entries[0] ? step : sizeof list.entries[0];
    for (size_t i = 0; i < list.count; i++) {
        memset(to + i * step, GARBAGE, step);
        memcpy(to + i * step, &list.entries[i], copied);
    }
}

static EFI_STATUS get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                 UINTN *descriptor_size, UINT32 *version)
{
    const UINTN step = lies.descriptor_size != 0 ? lies.descriptor_size : LAYOUT_SIZE;
    const UINTN offered = *size;
    UINTN real_key;
    map_calls++;
    if (map_calls <= lies.too_small_first ||
        (lies.too_small_from != 0 && map_calls >= lies.too_small_from))
        return EFI_BUFFER_TOO_SMALL;
    EFI_STATUS status = read_real_map(&real_key);
    if (EFI_ERROR(status))
        return status;
    for (unsigned i = 0; i < lies.edit_count; i++)
        lies.edits[i].apply(&list, lies.edits[i].number);
    map_grow(&list, lies.growth * map_calls);
    *descriptor_size = lies.descriptor_size;
    *version = EFI_MEMORY_DESCRIPTOR_VERSION;
    *size = list.count * step;
    if (*size > offered)
        return EFI_BUFFER_TOO_SMALL;
    lay_out((unsigned char *)map, step);
    *key = real_key;
    if (map_calls > 1) {
        memset((unsigned char *)map + offered, GARBAGE, lies.overrun);
        *size += lies.size_excess;
    }
    return EFI_SUCCESS;
}

static EFI_STATUS exit_boot_services(EFI_HANDLE image, UINTN key)
{
    if (exit_calls++ < lies.exit_failures)
        return EFI_INVALID_PARAMETER;
    return real.ExitBootServices(image, key);
}

/* The end of the highest free memory above 4 GiB. */
static EFI_STATUS allocate_high(EFI_MEMORY_TYPE type, UINTN pages, EFI_PHYSICAL_ADDRESS *at)
{
    UINTN key;
    uint64_t highest = 0;
    EFI_STATUS status = read_real_map(&key);
    for (size_t i = 0; i < list.count && !EFI_ERROR(status); i++) {
        const EFI_MEMORY_DESCRIPTOR *entry = &list.entries[i];
        if (entry->Type == EfiConventionalMemory && entry->PhysicalStart >= 4 * GIB &&
            entry->NumberOfPages >= pages)
            highest = entry->PhysicalStart + (entry->NumberOfPages - pages) * PAGE_SIZE;
    }
    if (highest == 0)
        return EFI_OUT_OF_RESOURCES;
    *at = highest;
    return real.AllocatePages(AllocateAddress, type, pages, at);
}

static EFI_STATUS allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
                                 EFI_PHYSICAL_ADDRESS *at)
{
    if (lies.allocate_fails != 0)
        return EFI_OUT_OF_RESOURCES;
    if (lies.allocate_at != 0) {
        *at = lies.allocate_at;
        return EFI_SUCCESS;
    }
    if (lies.allocate_high != 0 && how == AllocateAnyPages)
        return allocate_high(type, pages, at);
    return real.AllocatePages(how, type, pages, at);
}

static EFI_STATUS handle_protocol(EFI_HANDLE handle, EFI_GUID *protocol, void **out)
{
    EFI_STATUS status;
    if (output_answers(protocol, out, &status))
        return status;
    status = real.HandleProtocol(handle, protocol, out);
    if (!EFI_ERROR(status))
        files_wrap(protocol, out);
    return status;
}

static EFI_STATUS locate_protocol(EFI_GUID *protocol, void *registration, void **out)
{
    EFI_STATUS status;
    if (output_answers(protocol, out, &status))
        return status;
    return real.LocateProtocol(protocol, registration, out);
}

void services_patch(EFI_SYSTEM_TABLE *system, const struct lies *chosen)
{
    EFI_BOOT_SERVICES *boot = system->BootServices;
    UINT32 sum = 0;
    lies = *chosen;
    real = *boot;
    boot->GetMemoryMap = get_memory_map;
    boot->ExitBootServices = exit_boot_services;
    boot->AllocatePages = allocate_pages;
    boot->HandleProtocol = handle_protocol;
    boot->LocateProtocol = locate_protocol;
    boot->Hdr.CRC32 = 0;
    (void)real.CalculateCrc32(boot, boot->Hdr.HeaderSize, &sum);
    boot->Hdr.CRC32 = sum;
}
