/* SPDX-License-Identifier: MIT
 * What is said when the run cannot go on, and one line while it does: what became of the report, or why the inspector
 * is not shown. Else nothing is printed: a line on the firmware's console costs more than the whole rest of the loader. */
#include "loader.h"
#include "serial.h"

#include <base/assert.h>
#include <base/string.h>

/* QEMU's isa-debug-exit where tools/run_qemu puts it, and the value for failure. */
static constexpr uint16_t DEBUG_EXIT_PORT = 0xF4;
static constexpr uint8_t DEBUG_EXIT_FAILURE = 0x11;
static constexpr unsigned KEY_WAIT_MS = 60000, KEY_POLL_MS = 50;
static constexpr uint32_t ALARM_COLOUR = 0x00800000; /* half of red, in the common pixel format */

static void screen_write(struct firmware *fw, const char *text)
{
    CHAR16 wide[256];
    size_t length = 0;
    if (fw->system->ConOut == nullptr)
        return;
    for (; *text != '\0' && length < sizeof wide / sizeof wide[0] - 1; text++)
        wide[length++] = (CHAR16)*text;
    wide[length] = 0;
    (void)fw->system->ConOut->OutputString(fw->system->ConOut, wide);
}

/* The console is gone and there is no font here: a red screen says at least that it was not the power. */
static void paint_alarm(const struct boot_framebuffer *fb)
{
    uint32_t *pixels = (uint32_t *)fb->start;
    for (uint64_t i = 0; i < (uint64_t)fb->height * fb->pixels_per_line; i++)
        pixels[i] = ALARM_COLOUR & (fb->red_mask | fb->green_mask | fb->blue_mask);
}

void loader_say(struct loader *l, const char *text)
{
    screen_write(&l->firmware, text);
    screen_write(&l->firmware, "\r\n");
}

static void wait_for_key(struct firmware *fw)
{
    EFI_INPUT_KEY key;
    if (fw->system->ConIn == nullptr)
        return;
    screen_write(fw, "Press a key to go back to the firmware.\r\n");
    for (unsigned waited = 0; waited < KEY_WAIT_MS; waited += KEY_POLL_MS) {
        if (!EFI_ERROR(fw->system->ConIn->ReadKeyStroke(fw->system->ConIn, &key)))
            return;
        (void)fw->boot->Stall(KEY_POLL_MS * UINT64_C(1000));
    }
}

void loader_stop(struct loader *l, EFI_STATUS status, const char *format, ...)
{
    struct firmware *fw = &l->firmware;
    char text[240];
    va_list arguments;
    va_start(arguments, format);
    int length = format_text(text, sizeof text, "loader: ");
    length += format_text_va(text + length, sizeof text - (size_t)length, format, arguments);
    va_end(arguments);
    (void)format_text(text + length, sizeof text - (size_t)length, " (%s)\r\n",
                      firmware_status_name(status));
    if (serial_start())
        serial_write(text, strlen(text));
    if (fw->console_lost)
        paint_alarm(&l->info.framebuffer);
    else
        screen_write(fw, text);
    if (is_virtual_machine())
        port_write8(DEBUG_EXIT_PORT, DEBUG_EXIT_FAILURE);
    if (fw->console_lost)
        halt_forever();
    wait_for_key(fw);
    if (l->block != nullptr)
        (void)fw->boot->FreePages((uintptr_t)l->block, l->layout.size / PAGE_SIZE);
    loader_release_snapshot(l);
    (void)fw->boot->Exit(fw->image, status, 0, nullptr);
    halt_forever();
}
