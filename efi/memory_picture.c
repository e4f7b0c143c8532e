/* SPDX-License-Identifier: MIT
 * The picture of memory on the firmware's screen: drawn into memory, then copied by the firmware, which works also where
 * there is no framebuffer. Source: UEFI 2.10, 12.9.2: the pixels of Blt are blue, green, red, nothing, whatever those of
 * the framebuffer are. */
#include "inspector.h"

#include <base/string.h>
#include <inspect/picture.h>

static constexpr uint32_t SIDE_MAX = 16384; /* pixels; keeps the copy within 1 GiB */

struct screen_size {
    uint32_t width, height; /* pixels; 0: there is no such screen */
};

/* With several screens the one behind the console is the one that a person looks at. */
static EFI_GRAPHICS_OUTPUT_PROTOCOL *find_screen(struct firmware *fw)
{
    static const EFI_GUID graphics = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *gop =
        firmware_protocol(fw, fw->system->ConsoleOutHandle, &graphics);
    return gop != nullptr ? gop : firmware_find_protocol(fw, &graphics);
}

static struct screen_size size_of(const EFI_GRAPHICS_OUTPUT_PROTOCOL *gop)
{
    if (gop == nullptr || gop->Mode == nullptr || gop->Mode->Info == nullptr || gop->Blt == nullptr)
        return (struct screen_size){};
    const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = gop->Mode->Info;
    if (info->HorizontalResolution > SIDE_MAX || info->VerticalResolution > SIDE_MAX)
        return (struct screen_size){};
    return (struct screen_size){info->HorizontalResolution, info->VerticalResolution};
}

static struct picture_setup setup_for(struct screen_size size)
{
    return (struct picture_setup){
        .width = size.width, .height = size.height, .font = font_for_screen(size.width)};
}

bool memory_picture_is_possible(struct firmware *fw)
{
    const struct picture_setup setup = setup_for(size_of(find_screen(fw)));
    return picture_memory_size(&setup) != 0;
}

static const char *draw(struct session *s, const struct picture_setup *setup,
                        const struct canvas *canvas)
{
    const struct picture_source source = picture_source_of_map(s->inspection.map);
    const size_t size = picture_memory_size(setup);
    void *memory = size != 0 ? session_take(s, size) : nullptr;
    struct picture *picture;
    if (memory == nullptr || picture_init(setup, &source, memory, size, &picture) != STATUS_OK)
        return "there is no memory for the picture";
    picture_draw(picture, canvas, &source, "Memory, as the firmware describes it",
                 "Any key goes back.");
    return nullptr;
}

const char *memory_picture_show(struct session *s)
{
    struct firmware *fw = &s->loader->firmware;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *gop = find_screen(fw);
    const struct screen_size size = size_of(gop);
    const struct picture_setup setup = setup_for(size);
    const size_t line_bytes = (size_t)size.width * BYTES_PER_PIXEL;
    const unsigned mark = session_mark(s);
    if (line_bytes * size.height == 0)
        return "the screen is gone";
    unsigned char *pixels = session_take(s, line_bytes * size.height);
    if (pixels == nullptr)
        return "there is no memory for a copy of the screen";
    memset(pixels, 0, line_bytes * size.height);
    const struct canvas canvas = {.pixels = pixels,
                                  .width = size.width,
                                  .height = size.height,
                                  .line_bytes = line_bytes,
                                  .red_mask = 0xFF0000,
                                  .green_mask = 0x00FF00,
                                  .blue_mask = 0x0000FF};
    const char *fault = draw(s, &setup, &canvas);
    if (fault == nullptr &&
        EFI_ERROR(FIRMWARE_CALL(fw, gop->Blt(gop, (void *)pixels, EfiBltBufferToVideo, 0, 0, 0, 0,
                                             size.width, size.height, line_bytes))))
        fault = "the firmware does not draw it";
    session_give_back(s, mark);
    return fault;
}

/* Firmware clears its own part of the screen only. */
void memory_picture_hide(struct session *s)
{
    struct firmware *fw = &s->loader->firmware;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *gop = find_screen(fw);
    const struct screen_size size = size_of(gop);
    EFI_GRAPHICS_OUTPUT_BLT_PIXEL black = {};
    if (size.width != 0)
        (void)FIRMWARE_CALL(
            fw, gop->Blt(gop, &black, EfiBltVideoFill, 0, 0, 0, 0, size.width, size.height, 0));
}
