/* SPDX-License-Identifier: MIT
 * Console fonts in the PC screen font formats, PSF1 and PSF2 (as console-setup ships them). Pure.
 * Only printable ASCII is used: found through the font's Unicode table, or by index where it has none. */
#ifndef KERNEL_FONT_H
#define KERNEL_FONT_H

#include <base/status.h>

struct font {
    unsigned width, height; /* pixels, 1..64 each */
    unsigned row_bytes; /* bytes of one line of a glyph; the leftmost pixel is the highest bit */
    const unsigned char *glyphs[128]; /* by character; never null */
};

/* Judge `size` bytes of a font; *out points into them. BAD_FORMAT, TRUNCATED: *out is untouched. */
status_t font_open(const unsigned char *bytes, size_t size, struct font *out);

/* The fonts in the image: the normal one, and one twice as large for wide screens. */
struct font_file {
    const unsigned char *bytes;
    size_t size;
};
extern const struct font_file font_normal, font_large;

#endif
