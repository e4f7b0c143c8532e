/* SPDX-License-Identifier: MIT
 * The font of every screen that we draw. It is cut to printable ASCII when the program is built (tools/trim_font). */
#ifndef BASE_FONT_H
#define BASE_FONT_H

#include <stddef.h>
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

/* The lines of a character that the font has. */
static inline const unsigned char *font_glyph(const struct font *font, char character)
{
    return font->glyphs + (size_t)(character - FONT_FIRST) * font->height;
}

/* One line of a glyph, each pixel as often as the scale says; the highest bit is the leftmost one. */
static inline uint64_t font_line_bits(const struct font *font, unsigned char pixels)
{
    const unsigned scale = font->scale;
    if (scale == 1)
        return (uint64_t)pixels << 56;
    uint64_t bits = 0;
    for (unsigned x = 0; x < FONT_WIDTH_MAX; x++) {
        if ((pixels >> (7 - x) & 1) != 0)
            bits |= UINT64_MAX << (64 - scale) >> x * scale;
    }
    return bits;
}

#endif
