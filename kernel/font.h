/* SPDX-License-Identifier: MIT
 * The console's font. It is cut to printable ASCII when the program is built (tools/trim_font). */
#ifndef KERNEL_FONT_H
#define KERNEL_FONT_H

#include <stdint.h>

constexpr char FONT_FIRST = ' ';
constexpr char FONT_LAST = '~';
constexpr unsigned FONT_WIDTH_MAX = 8;
constexpr unsigned FONT_SCALE_MAX = 8; /* a line of a scaled glyph is one word of 64 bits */

struct font {
    unsigned width, height; /* pixels of a glyph; at most FONT_WIDTH_MAX wide */
    unsigned
        scale; /* each pixel is drawn as a square of so many on a side: one font for all screens */
    /* `height` bytes for each character from FONT_FIRST to FONT_LAST; the highest bit is the leftmost pixel */
    const unsigned char *glyphs;
};

/* The font in the image, at the scale for a screen so many pixels wide. */
struct font font_for_screen(uint32_t pixels_wide);

#endif
