/* SPDX-License-Identifier: MIT */
#include <kernel/console.h>

#include <arch/cpu.h>
#include <arch/devices.h>
#include <kernel/log.h>

#include "framebuffer.h"

static struct {
    bool log_to_serial, log_to_screen;
    bool has_screen;
    bool drawing; /* a panic in the middle of drawing must not draw */
    struct framebuffer screen;
    uint32_t top; /* the first of its lines that has text */
    const struct boot_framebuffer *lent;
    void *lent_pixels;
} console;

void console_init(bool serial, bool framebuffer)
{
    console.log_to_serial = serial;
    console.log_to_screen = framebuffer;
    /* Without a port there is the screen; with neither nobody can be told. The firmware's console used the
     * same port and left its cursor anywhere. */
    if (serial_init())
        serial_write("\n", 1);
}

static void screen_text(const char *text, size_t length)
{
    if (!console.has_screen || console.drawing)
        return;
    console.drawing = true;
    framebuffer_write(&console.screen, text, length);
    console.drawing = false;
}

void console_log_text(const char *text, size_t length)
{
    if (console.log_to_serial)
        serial_write(text, length);
    if (console.log_to_screen)
        screen_text(text, length);
}

void console_output_text(const char *text, size_t length)
{
    serial_write(text, length);
    if (console.log_to_screen)
        screen_text(text, length);
}

void console_urgent_text(const char *text, size_t length)
{
    serial_write(text, length);
    if (!console.has_screen && console.lent != nullptr) {
        const struct boot_framebuffer *framebuffer = console.lent;
        console.lent = nullptr; /* once: a fault in here panics again */
        console_start_framebuffer(framebuffer, console.lent_pixels, nullptr);
    }
    console_set_top(0); /* the first sentence of a panic must not scroll away under a picture */
    screen_text(text, length);
}

/* ---- sinks ---- */

static void write_output(void *, const char *text, size_t length)
{
    console_output_text(text, length);
}

static void write_urgent(void *, const char *text, size_t length)
{
    console_urgent_text(text, length);
}

static void write_screen(void *, const char *text, size_t length)
{
    screen_text(text, length);
}

const struct text_sink output_sink = {write_output, nullptr};
const struct text_sink urgent_sink = {write_urgent, nullptr};
const struct text_sink screen_sink = {write_screen, nullptr};

void print(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = format_text_va(text, sizeof text, format, arguments);
    va_end(arguments);
    console_output_text(text, (size_t)length);
}

/* ---- the screen ---- */

size_t console_shadow_size(const struct boot_framebuffer *framebuffer)
{
    const struct font font = font_for_screen(framebuffer->width);
    return framebuffer_cells_size(framebuffer, &font);
}

void console_start_framebuffer(const struct boot_framebuffer *framebuffer, void *pixels,
                               void *shadow)
{
    const struct font font = font_for_screen(framebuffer->width);
    console.has_screen =
        framebuffer_init(framebuffer, pixels, shadow, &font, &console.screen) == STATUS_OK;
    if (console.has_screen && console.log_to_screen)
        log_replay(&screen_sink);
}

void console_lend_framebuffer(const struct boot_framebuffer *framebuffer, void *pixels)
{
    console.lent = framebuffer;
    console.lent_pixels = pixels;
}

bool console_has_framebuffer(void)
{
    return console.has_screen;
}

struct console_size console_text_size(void)
{
    return (struct console_size){console.screen.columns, console.screen.rows};
}

const struct canvas *console_canvas(void)
{
    return console.has_screen ? &console.screen.screen : nullptr;
}

bool console_set_top(uint32_t top)
{
    if (!console.has_screen || console.drawing)
        return false;
    if (top == console.top)
        return true;
    console.drawing = true;
    const bool done = framebuffer_set_top(&console.screen, top);
    console.drawing = false;
    if (done)
        console.top = top;
    return done;
}

/* ---- keys ---- */

bool console_poll(char *out)
{
    return serial_read(out) || keyboard_read(out);
}

char console_read(void)
{
    char key;
    while (!console_poll(&key))
        cpu_pause();
    return key;
}
