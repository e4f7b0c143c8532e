/* SPDX-License-Identifier: MIT
 * The screen is checked by reading the pixels back through the font: what they show, what the cells say
 * and what a naive terminal says must be one. Glyphs, pixels and cells are allocated exactly, so that the
 * address sanitizer sees the first byte outside. */
#include "harness/harness.h"

#include "kernel/framebuffer.h"

#include <stdlib.h>
#include <string.h>

/* A font made here: a glyph's lines are its number in binary, so that no two look alike. */
static struct font make_font(unsigned width, unsigned height, unsigned scale)
{
    unsigned char *glyphs = calloc(FONT_LAST - FONT_FIRST + 1, height);
    for (int character = FONT_FIRST + 1; character <= FONT_LAST; character++) {
        unsigned char *glyph = glyphs + (size_t)(character - FONT_FIRST) * height;
        for (unsigned line = 0; line < height; line++)
            glyph[line] = (character >> (line % 8) & 1) != 0 ? 0xa9 : 0x10;
    }
    return (struct font){.width = width, .height = height, .scale = scale, .glyphs = glyphs};
}

/* ---- a screen ---- */

struct screen {
    struct boot_framebuffer boot;
    struct font font;
    unsigned char *pixels;
    char *cells;
    struct framebuffer fb;
};

static struct screen screen_create(uint32_t width, uint32_t height, uint32_t pixels_per_line,
                                   struct font font, bool with_cells)
{
    struct screen s = {.font = font};
    s.boot = (struct boot_framebuffer){.size = (uint64_t)pixels_per_line * height * 4,
                                       .width = width,
                                       .height = height,
                                       .pixels_per_line = pixels_per_line,
                                       .red_mask = 0xff0000,
                                       .green_mask = 0xff00,
                                       .blue_mask = 0xff};
    s.pixels = malloc(s.boot.size);
    memset(s.pixels, 0x77, s.boot.size);
    const size_t cells = framebuffer_cells_size(&s.boot, &s.font);
    assert_int_equal(cells,
                     (width / (font.width * font.scale)) * (height / (font.height * font.scale)));
    s.cells = with_cells ? malloc(cells) : nullptr;
    assert_status(framebuffer_init(&s.boot, s.pixels, s.cells, &s.font, &s.fb), STATUS_OK);
    return s;
}

static void screen_destroy(struct screen *s)
{
    free(s->pixels);
    free(s->cells);
    free((void *)(uintptr_t)s->font.glyphs);
}

static uint32_t pixel(const struct screen *s, uint32_t x, uint32_t y)
{
    uint32_t value;
    memcpy(&value, s->pixels + ((size_t)y * s->boot.pixels_per_line + x) * 4, 4);
    return value;
}

static bool glyph_bit(const struct screen *s, char character, uint32_t x, uint32_t y)
{
    const unsigned char *glyph = s->font.glyphs + (size_t)(character - FONT_FIRST) * s->font.height;
    return (glyph[y / s->font.scale] >> (7 - x / s->font.scale) & 1) != 0;
}

/* Does the cell show this character? Where the cursor is, the last two lines are ink. */
static bool cell_shows(const struct screen *s, uint32_t row, uint32_t column, char character)
{
    const bool cursor = s->cells != nullptr && s->fb.row == row && s->fb.column == column;
    const uint32_t width = s->font.width * s->font.scale, height = s->font.height * s->font.scale;
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            bool on = pixel(s, column * width + x, row * height + y) == s->fb.ink;
            bool want =
                (cursor && y + 2 * s->font.scale >= height) || glyph_bit(s, character, x, y);
            if (on != want)
                return false;
        }
    }
    return true;
}

static void assert_cells_shown(const struct screen *s)
{
    for (uint32_t row = 0; row < s->fb.rows; row++)
        for (uint32_t column = 0; column < s->fb.columns; column++)
            assert_true(cell_shows(s, row, column, s->cells[row * s->fb.columns + column]));
}

/* What lies between the width and the next line is not ours. */
static void assert_margins_untouched(const struct screen *s)
{
    for (uint32_t y = 0; y < s->boot.height; y++)
        for (uint32_t x = s->boot.width; x < s->boot.pixels_per_line; x++)
            assert_int_equal(pixel(s, x, y), 0x77777777);
}

static void put(struct screen *s, const char *text)
{
    framebuffer_write(&s->fb, text, strlen(text));
}

static void assert_row(const struct screen *s, uint32_t row, const char *want)
{
    const size_t length = strlen(want);
    for (uint32_t column = 0; column < s->fb.columns; column++) {
        char character = column < length ? want[column] : ' ';
        assert_int_equal(s->cells[row * s->fb.columns + column], character);
        assert_true(cell_shows(s, row, column, character));
    }
}

/* ---- tests ---- */

static void test_text(void **)
{
    struct screen s = screen_create(20 * 8 + 3, 10 * 16 + 5, 200, make_font(8, 16, 1), true);
    put(&s, "Hello\nworld\rW\tx\ty\n\x80z\x01\n");
    assert_row(&s, 0, "Hello");
    assert_row(&s, 1, "W       x       y");
    assert_row(&s, 2, "?z");
    put(&s, "\x1b[31mred\x1b[0m\x1b[2D#\b\b*\n");
    assert_row(&s, 3, "*#d");
    put(&s, "abcdefgh\x1b[5D\x1b[K\x1b[99C!\x1b[999999999999D1");
    assert_row(&s, 4, "1bc                !");
    put(&s, "\x1b[2J\x1b[Hnew");
    assert_row(&s, 0, "new");
    assert_row(&s, 4, "");
    assert_margins_untouched(&s);
    screen_destroy(&s);
}

static void test_wrap_and_scroll(void **)
{
    struct screen s = screen_create(10 * 8, 16 * 16, 80, make_font(8, 16, 1), true);
    put(&s, "0123456789AB\n");
    assert_row(&s, 0, "0123456789");
    assert_row(&s, 1, "AB");
    for (int c = 'a'; c <= 'z'; c++)
        framebuffer_write(&s.fb, (char[]){(char)c, '\n'}, 2);
    /* An eighth of 16 rows at a time: two are free behind the last line. */
    assert_int_equal(s.fb.row, 14);
    assert_row(&s, 0, "m");
    assert_row(&s, 13, "z");
    assert_row(&s, 14, "");
    assert_row(&s, 15, "");
    assert_cells_shown(&s);
    screen_destroy(&s);
}

static void test_write_through(void **)
{
    struct screen s = screen_create(10 * 8, 3 * 16, 80, make_font(8, 16, 1), false);
    put(&s, "one\ntwo\nthree\nfour");
    assert_true(cell_shows(&s, 0, 0, 'f') && cell_shows(&s, 0, 4, ' '));
    assert_true(cell_shows(&s, 1, 0, 't') && cell_shows(&s, 2, 4, 'e'));
    screen_destroy(&s);
}

/* Text moves below a picture and back: the last rows stay, and above its top nothing is touched. */
static void test_top(void **)
{
    struct screen s = screen_create(10 * 8, 10 * 16 + 7, 83, make_font(8, 16, 1), true);
    put(&s, "zero\none\ntwo\nthree\nfour\nfive");
    assert_false(framebuffer_set_top(&s.fb, 10 * 16 - 8));
    assert_false(framebuffer_set_top(&s.fb, UINT32_MAX));
    assert_row(&s, 5, "five");
    const uint32_t top = 6 * 16 + 3;
    for (uint32_t y = 0; y < top; y++)
        memset(s.pixels + (size_t)y * s.boot.pixels_per_line * 4, 0x55, 80 * 4);
    assert_true(framebuffer_set_top(&s.fb, top));
    assert_int_equal(s.fb.rows, 4);
    struct screen below = s; /* seen from the new top */
    below.pixels += (size_t)top * s.boot.pixels_per_line * 4;
    assert_row(&below, 0, "two");
    assert_row(&below, 3, "five");
    put(&s, "!\nsix\nseven");
    below.fb = s.fb;
    assert_row(&below, 3, "seven");
    assert_row(&below, 1, "five!");
    for (uint32_t y = 0; y < top; y++)
        for (uint32_t x = 0; x < 80; x++)
            assert_int_equal(pixel(&s, x, y), 0x55555555);
    assert_true(framebuffer_set_top(&s.fb, 0));
    assert_int_equal(s.fb.rows, 10);
    assert_row(&s, 3, "seven");
    assert_row(&s, 4, "");
    put(&s, "\neight");
    assert_row(&s, 4, "eight");
    assert_cells_shown(&s);
    assert_margins_untouched(&s);
    screen_destroy(&s);
    struct screen plain = screen_create(10 * 8, 64, 80, make_font(8, 16, 1), false);
    put(&plain, "a\nb");
    assert_true(framebuffer_set_top(&plain.fb, 32));
    put(&plain, "c");
    assert_true(cell_shows(&plain, 2, 0, 'c'));
    screen_destroy(&plain);
}

/* Any geometry: nothing outside is written, and pixels, cells and cursor agree. */
static void test_geometries(void **)
{
    struct random r = random_start("framebuffer geometries", 1);
    for (unsigned round = 0; round < 150; round++) {
        const struct font font = make_font(1 + (unsigned)random_below(&r, FONT_WIDTH_MAX),
                                           8 + (unsigned)random_below(&r, 10),
                                           1 + (unsigned)random_below(&r, FONT_SCALE_MAX));
        const unsigned width = font.width * font.scale, height = font.height * font.scale;
        const uint32_t columns = 1 + (uint32_t)random_below(&r, 12);
        const uint32_t rows = 1 + (uint32_t)random_below(&r, 6);
        const uint32_t pixels_wide = columns * width + (uint32_t)random_below(&r, width);
        struct screen s =
            screen_create(pixels_wide, rows * height + (uint32_t)random_below(&r, height),
                          pixels_wide + (uint32_t)random_below(&r, 9), font, true);
        for (unsigned i = 0; i < 400; i++) {
            static const char keys[] = "abcdefgXYZ \n\n\r\b\t\x1b[[0123KCDHJm;?\x7f\x80";
            char text[4];
            for (unsigned j = 0; j < sizeof text; j++)
                text[j] = keys[random_below(&r, sizeof keys - 1)];
            framebuffer_write(&s.fb, text, 1 + random_below(&r, sizeof text));
            assert_true(s.fb.row < s.fb.rows && s.fb.column <= s.fb.columns);
        }
        if (font.width >= 4) /* narrower glyphs look alike, and cannot be read back */
            assert_cells_shown(&s);
        assert_margins_untouched(&s);
        screen_destroy(&s);
    }
}

static void test_colours(void **)
{
    static const struct {
        uint32_t red, green, blue, ink;
    } cases[] = {
        {0xff0000, 0xff00, 0xff, 0x00c8c8c8}, {0xff, 0xff00, 0xff0000, 0x00c8c8c8},
        {0xf800, 0x07e0, 0x001f, 0xc638},     {0x3ff00000, 0xffc00, 0x3ff, 0x322c8b22},
        {0xff000000, 0, 0, 0xc8000000},       {0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct screen s = screen_create(80, 32, 80, make_font(8, 16, 1), true);
        s.boot.red_mask = cases[i].red;
        s.boot.green_mask = cases[i].green;
        s.boot.blue_mask = cases[i].blue;
        assert_status(framebuffer_init(&s.boot, s.pixels, s.cells, &s.font, &s.fb), STATUS_OK);
        assert_int_equal(s.fb.ink, cases[i].ink);
        screen_destroy(&s);
    }
}

static void test_unusable(void **)
{
    static const struct {
        const char *crime;
        struct boot_framebuffer boot;
    } cases[] = {
        {"none", {}},
        {"no lines fit in its bytes",
         {.size = 100, .width = 80, .height = 25, .pixels_per_line = 80}},
        {"lines overlap", {.size = 1 << 20, .width = 80, .height = 25, .pixels_per_line = 79}},
        {"too narrow", {.size = 1 << 20, .width = 7, .height = 25, .pixels_per_line = 80}},
        {"too low", {.size = 1 << 20, .width = 80, .height = 15, .pixels_per_line = 80}},
    };
    const struct font font = make_font(8, 16, 1);
    struct framebuffer fb;
    unsigned char pixels[4] = {1, 2, 3, 4};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_status(framebuffer_init(&cases[i].boot, pixels, nullptr, &font, &fb),
                      STATUS_UNSUPPORTED);
    /* Bytes for less than the height it claims: the rest is left out. */
    struct boot_framebuffer cut = {
        .size = 80 * 4 * 40, .width = 80, .height = 480, .pixels_per_line = 80};
    assert_int_equal(framebuffer_cells_size(&cut, &font), 10 * 2);
    cut.size = 80 * 4 * 32 - 1;
    assert_int_equal(framebuffer_cells_size(&cut, &font), 10 * 1);
    const struct font twice = {.width = 8, .height = 16, .scale = 2, .glyphs = font.glyphs};
    cut.size = 80 * 4 * 64;
    assert_int_equal(framebuffer_cells_size(&cut, &twice), 5 * 2);
    cut.width = 15;
    assert_int_equal(framebuffer_cells_size(&cut, &twice), 0);
    free((void *)(uintptr_t)font.glyphs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),          cmocka_unit_test(test_wrap_and_scroll),
        cmocka_unit_test(test_write_through), cmocka_unit_test(test_geometries),
        cmocka_unit_test(test_colours),       cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_top),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
