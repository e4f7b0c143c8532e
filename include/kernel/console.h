/* SPDX-License-Identifier: MIT
 * The consoles: where text goes and keys come from. Two channels: the log, which console= can silence, and
 * output, which a person asked for and which always goes to serial (and to the screen unless silenced). */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <base/canvas.h>
#include <base/format.h>
#include <boot/boot_info.h>

/* Serial is up after this; `serial` and `framebuffer` say where the log goes. */
void console_init(bool serial, bool framebuffer);
/* Start the screen: pixels are at `pixels`, and `shadow` has console_shadow_size bytes in which it remembers
 * what it shows (null: write through, never scroll). The screen is cleared and shows the log so far. */
size_t console_shadow_size(const struct boot_framebuffer *framebuffer); /* 0: no usable screen */
void console_start_framebuffer(const struct boot_framebuffer *framebuffer, void *pixels,
                               void *shadow);
/* Until then: where a panic may write, so that a machine without a serial port does not stop with a black
 * screen. null takes it back. */
void console_lend_framebuffer(const struct boot_framebuffer *framebuffer, void *pixels);
bool console_has_framebuffer(void);
/* Characters that the screen shows; 0: there is none. */
struct console_size {
    uint32_t columns, rows;
};
struct console_size console_text_size(void);
/* The whole screen, for pictures above the text; null: there is none. */
const struct canvas *console_canvas(void);
/* Text takes the lines of pixels from `top` on. A panic takes the whole screen. False: there is no screen, or no room. */
bool console_set_top(uint32_t top);

void console_log_text(const char *text, size_t length);    /* the log's channel */
void console_output_text(const char *text, size_t length); /* what a command prints */
void console_urgent_text(const char *text,
                         size_t length); /* a panic: everywhere, whatever console= says */

/* Command output, formatted. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern const struct text_sink output_sink;
extern const struct text_sink urgent_sink;
extern const struct text_sink screen_sink; /* the screen alone, whatever console= says */

/* The next key from serial or keyboard; waits. */
char console_read(void);
bool console_poll(char *out);

#endif
