/* SPDX-License-Identifier: MIT
 * Text on a framebuffer. Pure: it writes pixels where it is told. Video memory is never read, because
 * reading it is a hundred times slower than writing: what the screen shows is kept as one character a
 * cell, and only the lines of a glyph that differ from what is there are drawn. */
#ifndef KERNEL_FRAMEBUFFER_H
#define KERNEL_FRAMEBUFFER_H

#include <base/canvas.h>
#include <base/format.h>
#include <base/status.h>
#include <boot/boot_info.h>

struct framebuffer {
    struct canvas screen; /* the whole */
    struct canvas canvas; /* of it, what text is written on: all lines from some line on */
    struct font font;
    uint32_t cell_width, cell_height; /* pixels of a scaled glyph */
    uint32_t columns, rows;           /* of text */
    uint32_t column, row;  /* of the next character; column may be `columns`: the line is full */
    char *cells;           /* columns * rows characters, or null: nothing is remembered */
    uint32_t ink, paper;   /* pixel values */
    uint32_t quads[16][4]; /* four pixels side by side, by four bits of a glyph */
    enum : uint8_t { FRAMEBUFFER_TEXT, FRAMEBUFFER_ESCAPE, FRAMEBUFFER_CONTROL } state;
    unsigned parameter; /* of the control sequence that is being read */
};

/* Bytes that `cells` needs with this font; 0: the screen cannot be used. */
size_t framebuffer_cells_size(const struct boot_framebuffer *boot, const struct font *font);

/* Clear the screen and start at the top left. `cells` may be null: then text is written straight through,
 * and starts again at the top when the bottom is reached. UNSUPPORTED: no screen that text fits on. */
status_t framebuffer_init(const struct boot_framebuffer *boot, void *pixels, void *cells,
                          const struct font *font, struct framebuffer *out);

/* Write text. Understood: \n \r \t \b, and the control sequences K (erase to the end of the line), C, D
 * (right, left), H (top left) and J (erase all); other sequences are skipped. */
void framebuffer_write(struct framebuffer *fb, const char *text, size_t length);

/* From now on text takes the lines of pixels from `top` on, and goes on there with the last rows that fit; what lies above
 * is not touched any more. False, and nothing has changed, if not even one row would be left. */
bool framebuffer_set_top(struct framebuffer *fb, uint32_t top);

#endif
