/* SPDX-License-Identifier: MIT */
#include "framebuffer.h"

#include <base/string.h>

#include <stdckdint.h>

constexpr uint32_t CURSOR_LINES = 2;
constexpr uint32_t TAB_COLUMNS = 8;
constexpr uint32_t INK = 0xc8c8c8; /* light grey: easy on the eyes, still strong on black */
/* A full screen moves up by this part of its rows at once: scrolling costs a redraw each time. */
constexpr uint32_t SCROLL_PART = 8;

/* Lines that lie wholly in the bytes there are; 0: unusable. */
static uint32_t usable_height(const struct boot_framebuffer *boot)
{
    if (boot->width == 0 || boot->pixels_per_line < boot->width)
        return 0;
    uint64_t lines = boot->size / ((uint64_t)boot->pixels_per_line * BYTES_PER_PIXEL);
    return lines < boot->height ? (uint32_t)lines : boot->height;
}

size_t framebuffer_cells_size(const struct boot_framebuffer *boot, const struct font *font)
{
    size_t size;
    if (ckd_mul(&size, (size_t)(boot->width / (font->width * font->scale)),
                (size_t)(usable_height(boot) / (font->height * font->scale))))
        return 0;
    return size;
}

/* One line of the screen. */
static inline void draw_bits(const struct framebuffer *fb, unsigned char *to, uint64_t bits)
{
    uint32_t left = fb->cell_width;
    for (; left >= 4; left -= 4, bits <<= 4, to += sizeof fb->quads[0])
        memcpy(to, fb->quads[bits >> 60], sizeof fb->quads[0]);
    for (; left > 0; left--, bits <<= 1, to += sizeof(uint32_t))
        memcpy(to, bits >> 63 != 0 ? &fb->ink : &fb->paper, sizeof(uint32_t));
}

/* One line of a glyph: `scale` lines of the screen. */
static void draw_line(const struct framebuffer *fb, unsigned char *to, unsigned char pixels)
{
    const uint64_t bits = font_line_bits(&fb->font, pixels);
    for (unsigned i = 0; i < fb->font.scale; i++, to += fb->canvas.line_bytes)
        draw_bits(fb, to, bits);
}

/* `before` is what the cell shows; 0: not known, draw every line. */
static void draw_cell(const struct framebuffer *fb, uint32_t row, uint32_t column, char before,
                      char after)
{
    const unsigned char *now = font_glyph(&fb->font, after);
    const unsigned char *was = font_glyph(&fb->font, before != 0 ? before : after);
    unsigned char *to = canvas_pixel(&fb->canvas, column * fb->cell_width, row * fb->cell_height);
    for (uint32_t line = 0; line < fb->font.height; line++) {
        if (before == 0 || was[line] != now[line])
            draw_line(fb, to, now[line]);
        to += fb->font.scale * fb->canvas.line_bytes;
    }
}

static void set_cell(struct framebuffer *fb, uint32_t row, uint32_t column, char character)
{
    if (fb->cells == nullptr) {
        draw_cell(fb, row, column, 0, character);
        return;
    }
    char *cell = &fb->cells[(size_t)row * fb->columns + column];
    if (*cell == character)
        return;
    draw_cell(fb, row, column, *cell, character);
    *cell = character;
}

static void show_cursor(const struct framebuffer *fb, bool on)
{
    if (fb->cells == nullptr || fb->column >= fb->columns)
        return;
    const unsigned char *under =
        font_glyph(&fb->font, fb->cells[(size_t)fb->row * fb->columns + fb->column]);
    for (uint32_t i = 1; i <= CURSOR_LINES && i <= fb->font.height; i++) {
        const uint32_t line = fb->font.height - i;
        draw_line(fb,
                  canvas_pixel(&fb->canvas, fb->column * fb->cell_width,
                               fb->row * fb->cell_height + line * fb->font.scale),
                  on ? 0xff : under[line]);
    }
}

static void erase_row(struct framebuffer *fb, uint32_t row, uint32_t from)
{
    for (uint32_t column = from; column < fb->columns; column++)
        set_cell(fb, row, column, ' ');
}

static void clear_pixels(const struct framebuffer *fb)
{
    /* Paper is black, which is 0 whatever the masks are, and a space has no ink in any font. */
    for (uint32_t y = 0; y < fb->canvas.height; y++)
        memset(canvas_pixel(&fb->canvas, 0, y), 0, (size_t)fb->canvas.width * BYTES_PER_PIXEL);
}

static void clear(struct framebuffer *fb)
{
    clear_pixels(fb);
    if (fb->cells != nullptr)
        memset(fb->cells, ' ', (size_t)fb->columns * fb->rows);
    fb->column = 0;
    fb->row = 0;
}

static void scroll(struct framebuffer *fb)
{
    uint32_t by = fb->rows / SCROLL_PART;
    if (by == 0)
        by = 1;
    for (uint32_t row = 0; row + by < fb->rows; row++) {
        for (uint32_t column = 0; column < fb->columns; column++)
            set_cell(fb, row, column, fb->cells[(size_t)(row + by) * fb->columns + column]);
    }
    for (uint32_t row = fb->rows - by; row < fb->rows; row++)
        erase_row(fb, row, 0);
    fb->row = fb->rows - by;
}

static void new_line(struct framebuffer *fb)
{
    fb->column = 0;
    if (++fb->row == fb->rows) {
        if (fb->cells != nullptr)
            scroll(fb);
        else
            fb->row = 0;
    }
    if (fb->cells == nullptr)
        erase_row(fb, fb->row, 0);
}

static void put_printable(struct framebuffer *fb, char character)
{
    if (fb->column >= fb->columns)
        new_line(fb);
    set_cell(fb, fb->row, fb->column, character);
    fb->column++;
}

static void put_character(struct framebuffer *fb, char character)
{
    switch (character) {
    case '\n':
        new_line(fb);
        return;
    case '\r':
        fb->column = 0;
        return;
    case '\b':
        if (fb->column > 0)
            fb->column--;
        return;
    case '\t':
        do {
            put_printable(fb, ' ');
        } while (fb->column % TAB_COLUMNS != 0 && fb->column < fb->columns);
        return;
    case '\x1b':
        fb->state = FRAMEBUFFER_ESCAPE;
        return;
    default:
        if (character >= ' ' && character <= '~')
            put_printable(fb, character);
        else if (character < 0)
            put_printable(fb, '?');
    }
}

static void run_control(struct framebuffer *fb, char final)
{
    uint32_t count = fb->parameter == 0 ? 1 : fb->parameter;
    switch (final) {
    case 'K':
        erase_row(fb, fb->row, fb->column);
        return;
    case 'C':
        fb->column = count < fb->columns - fb->column ? fb->column + count : fb->columns - 1;
        return;
    case 'D':
        fb->column = count < fb->column ? fb->column - count : 0;
        return;
    case 'H':
        fb->column = 0;
        fb->row = 0;
        return;
    case 'J':
        clear(fb);
        return;
    default:
        return;
    }
}

/* ECMA-48: ESC [, parameter bytes 30-3f, intermediate bytes 20-2f, one final byte 40-7e. */
static void put_control(struct framebuffer *fb, char character)
{
    if (character >= '0' && character <= '9') {
        /* Two more digits than any screen has columns; more would only overflow. */
        if (fb->parameter < 10000)
            fb->parameter = fb->parameter * 10 + (unsigned)(character - '0');
        return;
    }
    if (character >= ' ' && character <= '?')
        return;
    fb->state = FRAMEBUFFER_TEXT;
    if (character >= '@' && character <= '~')
        run_control(fb, character);
}

void framebuffer_write(struct framebuffer *fb, const char *text, size_t length)
{
    show_cursor(fb, false);
    for (size_t i = 0; i < length; i++) {
        if (fb->state == FRAMEBUFFER_TEXT) {
            put_character(fb, text[i]);
        } else if (fb->state == FRAMEBUFFER_ESCAPE) {
            fb->parameter = 0;
            fb->state = text[i] == '[' ? FRAMEBUFFER_CONTROL : FRAMEBUFFER_TEXT;
        } else {
            put_control(fb, text[i]);
        }
    }
    show_cursor(fb, true);
}

/* Drop the first `by` of `before` rows; what is not known any more is blank. */
static void keep_rows(struct framebuffer *fb, uint32_t by, uint32_t before)
{
    const size_t columns = fb->columns;
    const size_t kept = before - by < fb->rows ? before - by : fb->rows;
    memmove(fb->cells, fb->cells + by * columns, kept * columns);
    memset(fb->cells + kept * columns, ' ', (fb->rows - kept) * columns);
}

bool framebuffer_set_top(struct framebuffer *fb, uint32_t top)
{
    const uint32_t rows = top < fb->screen.height ? (fb->screen.height - top) / fb->cell_height : 0;
    const uint32_t before = fb->rows, row = fb->row, column = fb->column;
    if (rows == 0)
        return false;
    fb->canvas = fb->screen;
    fb->canvas.height -= top;
    fb->canvas.pixels += top * fb->screen.line_bytes;
    fb->rows = rows;
    const uint32_t by = row < rows ? 0 : row - rows + 1;
    if (fb->cells != nullptr)
        keep_rows(fb, by, before);
    clear_pixels(fb);
    for (uint32_t i = 0; fb->cells != nullptr && i < rows * fb->columns; i++)
        if (fb->cells[i] != ' ')
            draw_cell(fb, i / fb->columns, i % fb->columns, ' ', fb->cells[i]);
    fb->row = fb->cells != nullptr ? row - by : 0;
    fb->column = fb->cells != nullptr ? column : 0;
    show_cursor(fb, true);
    return true;
}

status_t framebuffer_init(const struct boot_framebuffer *boot, void *pixels, void *cells,
                          const struct font *font, struct framebuffer *out)
{
    if (pixels == nullptr || framebuffer_cells_size(boot, font) == 0)
        return STATUS_UNSUPPORTED;
    struct framebuffer fb = {
        .screen = {.pixels = pixels,
                   .width = boot->width,
                   .height = usable_height(boot),
                   .line_bytes = (size_t)boot->pixels_per_line * BYTES_PER_PIXEL,
                   .red_mask = boot->red_mask,
                   .green_mask = boot->green_mask,
                   .blue_mask = boot->blue_mask},
        .font = *font,
        .cell_width = font->width * font->scale,
        .cell_height = font->height * font->scale,
        .columns = boot->width / (font->width * font->scale),
        .rows = usable_height(boot) / (font->height * font->scale),
        .cells = cells,
        .paper = 0,
    };
    fb.canvas = fb.screen;
    fb.ink = canvas_colour(&fb.canvas, INK);
    for (unsigned bits = 0; bits < 16; bits++) {
        for (unsigned i = 0; i < 4; i++)
            fb.quads[bits][i] = (bits >> (3 - i) & 1) != 0 ? fb.ink : fb.paper;
    }
    clear(&fb);
    *out = fb;
    return STATUS_OK;
}
