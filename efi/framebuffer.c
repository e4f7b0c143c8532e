/* SPDX-License-Identifier: MIT
 * The framebuffer, in the mode that it has: setting a mode clears the screen, and some firmware cannot.
 * Source: UEFI 2.10, 12.9. */
#include "loader.h"

#include <boot/address_map.h>

#include <stdckdint.h>

static constexpr uint32_t SIDE_MAX = 16384; /* pixels; keeps width * height * 4 within 1 GiB */
static constexpr uint32_t PIXEL_SIZE = 4;

static bool masks_of(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode, struct boot_framebuffer *out)
{
    switch (mode->PixelFormat) {
    case PixelRedGreenBlueReserved8BitPerColor:
        out->red_mask = 0x0000FF, out->green_mask = 0x00FF00, out->blue_mask = 0xFF0000;
        return true;
    case PixelBlueGreenRedReserved8BitPerColor:
        out->red_mask = 0xFF0000, out->green_mask = 0x00FF00, out->blue_mask = 0x0000FF;
        return true;
    case PixelBitMask: {
        const EFI_PIXEL_BITMASK *m = &mode->PixelInformation;
        uint32_t all = m->RedMask | m->GreenMask | m->BlueMask | m->ReservedMask;
        out->red_mask = m->RedMask, out->green_mask = m->GreenMask, out->blue_mask = m->BlueMask;
        if (all >> 24 == 0) /* pixels are not 32 bits */
            return false;
        return (m->RedMask | m->GreenMask | m->BlueMask) != 0;
    }
    case PixelBltOnly:
    default:
        return false;
    }
}

/* RAM of any kind, as far as the map tells. A framebuffer in it is a lie, or the map is: where it would be is told
 * all the same, for a person to see. */
static bool overlaps_ram(const struct raw_map *map, uint64_t start, uint64_t end)
{
    uint64_t count = raw_map_count(map);
    for (uint64_t i = 0; i < count; i++) {
        const EFI_MEMORY_DESCRIPTOR *d = raw_map_get(map, i);
        bool ram = (d->Type >= EfiLoaderCode && d->Type <= EfiConventionalMemory) ||
                   d->Type == EfiACPIReclaimMemory;
        uint64_t size, d_end;
        if (!ram || ckd_mul(&size, d->NumberOfPages, PAGE_SIZE) ||
            ckd_add(&d_end, d->PhysicalStart, size))
            continue;
        if (start < d_end && d->PhysicalStart < end)
            return true;
    }
    return false;
}

static bool judge_screen(const struct loader *l, const EFI_GRAPHICS_OUTPUT_PROTOCOL *gop,
                         struct boot_framebuffer *out)
{
    const EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *mode = gop->Mode;
    if (mode == nullptr || mode->Info == nullptr)
        return false;
    const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = mode->Info;
    struct boot_framebuffer fb = {
        .start = mode->FrameBufferBase,
        .width = info->HorizontalResolution,
        .height = info->VerticalResolution,
        .pixels_per_line = info->PixelsPerScanLine,
    };
    if (!masks_of(info, &fb) || fb.width == 0 || fb.height == 0 || fb.height > SIDE_MAX ||
        fb.pixels_per_line > SIDE_MAX || fb.width > fb.pixels_per_line)
        return false;
    fb.size = (uint64_t)fb.height * fb.pixels_per_line * PIXEL_SIZE;
    if (fb.start == 0 || fb.start % PIXEL_SIZE != 0 || fb.start >= DIRECT_MAP_SIZE ||
        fb.size > DIRECT_MAP_SIZE - fb.start || fb.size > mode->FrameBufferSize)
        return false;
    const bool is_sound = !overlaps_ram(&l->entry_map, fb.start, fb.start + fb.size);
    *out = is_sound ? fb : (struct boot_framebuffer){.start = fb.start, .size = fb.size};
    return is_sound;
}

void gather_framebuffer(struct loader *l)
{
    static const EFI_GUID graphics = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    struct firmware *fw = &l->firmware;
    /* With several screens the one behind the console is the one that a person looks at. */
    const EFI_GRAPHICS_OUTPUT_PROTOCOL *gop =
        firmware_protocol(fw, fw->system->ConsoleOutHandle, &graphics);
    const bool refused = gop != nullptr && !judge_screen(l, gop, &l->info.framebuffer);
    if (gop != nullptr && !refused)
        return;
    gop = firmware_find_protocol(fw, &graphics);
    if (gop != nullptr ? !judge_screen(l, gop, &l->info.framebuffer) : refused)
        l->info.flags |= BOOT_FLAG_SCREEN_REFUSED;
}
