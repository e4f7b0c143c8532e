/* SPDX-License-Identifier: MIT
 * The consoles: where text goes and keys come from. Two channels: the log, which console= can silence, and
 * output, which a person asked for and which always goes to serial (and to the screen unless silenced). */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

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

void console_log_text(const char *text, size_t length);    /* the log's channel */
void console_output_text(const char *text, size_t length); /* what a command prints */
void console_urgent_text(const char *text,
                         size_t length); /* a panic: everywhere, whatever console= says */

/* Command output, formatted. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern const struct text_sink output_sink;
extern const struct text_sink urgent_sink;

/* The next key from serial or keyboard; waits. */
char console_read(void);
bool console_poll(char *out);

#endif
