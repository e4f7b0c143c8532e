/* SPDX-License-Identifier: MIT
 * A canvas: pixels of 32 bits in memory, a screen's or what will be copied to one, and what can be drawn on it.
 * Everything is clipped to it, whatever the numbers are, and it is never read: reading video memory is a hundred
 * times slower than writing. Pure. */
#ifndef BASE_CANVAS_H
#define BASE_CANVAS_H

#include <base/font.h>

constexpr uint32_t BYTES_PER_PIXEL = 4;

struct canvas {
    unsigned char *pixels;
    uint32_t width, height; /* pixels that are really there */
    size_t line_bytes;      /* distance of two lines, at least width * BYTES_PER_PIXEL */
    uint32_t red_mask, green_mask, blue_mask; /* 0: there is no such colour */
};

/* Where a pixel is; it must be on the canvas. */
static inline unsigned char *canvas_pixel(const struct canvas *canvas, uint32_t x, uint32_t y)
{
    return canvas->pixels + y * canvas->line_bytes + (size_t)x * BYTES_PER_PIXEL;
}

/* The pixel that shows 0xRRGGBB, however wide and wherever its masks are. */
uint32_t canvas_colour(const struct canvas *canvas, uint32_t rgb);

/* Fill a rectangle with a pixel of canvas_colour. */
void canvas_fill(const struct canvas *canvas, uint32_t x, uint32_t y, uint32_t width,
                 uint32_t height, uint32_t pixel);

/* One line of text, top left at (x, y), ink on paper: up to a NUL or `length` characters. What the
 * font has not shows as '?'. */
void canvas_text(const struct canvas *canvas, const struct font *font, uint32_t x, uint32_t y,
                 const char *text, size_t length, uint32_t ink, uint32_t paper);

#endif
