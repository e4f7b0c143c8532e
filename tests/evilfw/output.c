/* SPDX-License-Identifier: MIT
 * Lies about the screen, the console and randomness. A false screen is a copy of the real one's protocol with
 * another mode, so that the firmware's own console keeps the truth. */
#include "evilfw.h"

#include <base/address.h>
#include <base/string.h>

struct rng_protocol {
    EFI_STATUS (*get_info)(struct rng_protocol *, UINTN *, EFI_GUID *);
    EFI_STATUS (*get_rng)(struct rng_protocol *, EFI_GUID *, UINTN, UINT8 *);
};

static const EFI_GUID graphics = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
/* EFI_RNG_PROTOCOL, UEFI 2.10, 37.5; not in gnu-efi */
static const EFI_GUID rng = {
    0x3152bca5, 0xeade, 0x433d, {0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44}};

static struct lies lies;
static EFI_GRAPHICS_OUTPUT_PROTOCOL gop;
static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode;
static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION mode_info;
static bool gop_lies;
struct screen_place screen_place;

static EFI_STATUS rng_info(struct rng_protocol *self, UINTN *size, EFI_GUID *algorithms)
{
    (void)self, (void)size, (void)algorithms;
    return EFI_UNSUPPORTED;
}

static EFI_STATUS rng_bits(struct rng_protocol *self, EFI_GUID *algorithm, UINTN size, UINT8 *bits)
{
    (void)self, (void)algorithm;
    memset(bits, 0, size);
    return EFI_DEVICE_ERROR;
}

static struct rng_protocol broken_rng = {rng_info, rng_bits};

static bool same(const EFI_GUID *a, const EFI_GUID *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool output_answers(const EFI_GUID *protocol, void **out, EFI_STATUS *status)
{
    void *answer = nullptr;
    if (same(protocol, &graphics) && gop_lies)
        answer = lies.gop == GOP_ABSENT ? nullptr : &gop;
    else if (same(protocol, &rng) && (lies.no_rng != 0 || lies.rng_fails != 0))
        answer = lies.no_rng != 0 ? nullptr : &broken_rng;
    else
        return false;
    *out = answer;
    *status = answer != nullptr ? EFI_SUCCESS : EFI_NOT_FOUND;
    return true;
}

static void bend_masks(uint64_t kind)
{
    static const EFI_PIXEL_BITMASK masks[] = {
        {0x3FF00000, 0x000FFC00, 0x000003FF, 0xC0000000},
        {0x49249249, 0x92492492, 0x24924924, 0},
        {0, 0, 0, 0xFFFFFFFF},
    };
    mode_info.PixelFormat = PixelBitMask;
    mode_info.PixelInformation = masks[(kind - 1) % (sizeof masks / sizeof masks[0])];
}

/* The real protocol's copy, bent. Without a real one there is nothing to copy, and the lie is an absence. */
static void prepare_screen(EFI_SYSTEM_TABLE *system)
{
    EFI_GUID guid = graphics;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *real = nullptr;
    gop_lies = lies.gop != GOP_TRUE || lies.gop_masks != 0 || lies.gop_base != 0;
    if (EFI_ERROR(system->BootServices->LocateProtocol(&guid, nullptr, (void **)&real))) {
        lies.gop = GOP_ABSENT;
        return;
    }
    screen_place = (struct screen_place){real->Mode->FrameBufferBase, real->Mode->FrameBufferSize};
    if (!gop_lies)
        return;
    gop = *real;
    mode = *real->Mode;
    mode_info = *mode.Info;
    mode.Info = &mode_info;
    gop.Mode = lies.gop == GOP_NO_MODE ? nullptr : &mode;
    if (lies.gop == GOP_BLT_ONLY)
        mode_info.PixelFormat = PixelBltOnly;
    if (lies.gop == GOP_TOO_SHORT)
        mode.FrameBufferSize = PAGE_SIZE;
    if (lies.gop_masks != 0)
        bend_masks(lies.gop_masks);
    if (lies.gop_base != 0)
        mode.FrameBufferBase = lies.gop_base;
}

static EFI_GET_VARIABLE real_get_variable;

static EFI_STATUS get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size,
                               void *data)
{
    static const CHAR16 hidden[] = u"ConOut";
    for (size_t i = 0; name[i] == hidden[i]; i++)
        if (name[i] == 0)
            return EFI_NOT_FOUND;
    return real_get_variable(name, vendor, attributes, size, data);
}

/* Else the firmware's terminal takes what comes on COM1. */
static void release_serial(EFI_BOOT_SERVICES *boot)
{
    EFI_GUID serial = SERIAL_IO_PROTOCOL;
    EFI_HANDLE *handles = nullptr;
    UINTN count = 0;
    if (EFI_ERROR(boot->LocateHandleBuffer(ByProtocol, &serial, nullptr, &count, &handles)))
        return;
    for (UINTN i = 0; i < count; i++)
        (void)boot->DisconnectController(handles[i], nullptr, nullptr);
    (void)boot->FreePool(handles);
}

static void prepare_console(EFI_SYSTEM_TABLE *system)
{
    if (lies.no_console == CONSOLE_TRUE)
        return;
    system->ConOut = nullptr;
    system->ConIn = nullptr;
    if (lies.no_console != CONSOLE_NONE)
        return;
    release_serial(system->BootServices);
    real_get_variable = system->RuntimeServices->GetVariable;
    system->RuntimeServices->GetVariable = get_variable;
}

void output_prepare(EFI_SYSTEM_TABLE *system, const struct lies *chosen)
{
    lies = *chosen;
    prepare_screen(system);
    prepare_console(system);
}
