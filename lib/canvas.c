/* SPDX-License-Identifier: MIT */
#include <base/canvas.h>

#include <base/string.h>

/* An 8-bit level of one colour, put where the mask says. */
static uint32_t level_in(uint32_t level, uint32_t mask)
{
    if (mask == 0)
        return 0;
    const unsigned shift = (unsigned)__builtin_ctz(mask);
    const uint64_t most = (uint64_t)mask >> shift;
    return (uint32_t)(level * most / 255 << shift) & mask;
}

uint32_t canvas_colour(const struct canvas *canvas, uint32_t rgb)
{
    return level_in(rgb >> 16 & 0xff, canvas->red_mask) |
           level_in(rgb >> 8 & 0xff, canvas->green_mask) | level_in(rgb & 0xff, canvas->blue_mask);
}

/* What is left of `length` from `start` on. */
static uint32_t clip(uint32_t start, uint32_t length, uint32_t end)
{
    if (start >= end)
        return 0;
    return length < end - start ? length : end - start;
}

void canvas_fill(const struct canvas *canvas, uint32_t x, uint32_t y, uint32_t width,
                 uint32_t height, uint32_t pixel)
{
    width = clip(x, width, canvas->width);
    height = clip(y, height, canvas->height);
    if (width == 0)
        return;
    for (uint32_t line = 0; line < height; line++) {
        unsigned char *to = canvas_pixel(canvas, x, y + line);
        for (uint32_t i = 0; i < width; i++, to += BYTES_PER_PIXEL)
            memcpy(to, &pixel, sizeof pixel);
    }
}

/* One line of a glyph, `width` pixels of it. */
static void put_line(unsigned char *to, uint64_t bits, uint32_t width, uint32_t ink, uint32_t paper)
{
    for (uint32_t i = 0; i < width; i++, bits <<= 1, to += BYTES_PER_PIXEL)
        memcpy(to, bits >> 63 != 0 ? &ink : &paper, sizeof ink);
}

void canvas_text(const struct canvas *canvas, const struct font *font, uint32_t x, uint32_t y,
                 const char *text, size_t length, uint32_t ink, uint32_t paper)
{
    const uint32_t cell = font->width * font->scale;
    const uint32_t height = clip(y, font->height * font->scale, canvas->height);
    for (size_t i = 0; i < length && text[i] != '\0' && x < canvas->width; i++) {
        const bool is_known = text[i] >= FONT_FIRST && text[i] <= FONT_LAST;
        const unsigned char *glyph = font_glyph(font, is_known ? text[i] : '?');
        const uint32_t width = clip(x, cell, canvas->width);
        for (uint32_t line = 0; line < height; line++)
            put_line(canvas_pixel(canvas, x, y + line),
                     font_line_bits(font, glyph[line / font->scale]), width, ink, paper);
        x += width; /* a clipped one was the last */
    }
}
