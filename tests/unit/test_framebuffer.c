/* SPDX-License-Identifier: MIT
 * The screen is checked by reading the pixels back through the font: what they show, what the cells say
 * and what a naive terminal says must be one. Pixels and cells are allocated exactly, so that the address
 * sanitizer sees the first byte outside. */
#include "harness/harness.h"

#include "kernel/framebuffer.h"

#include <stdlib.h>
#include <string.h>

/* ---- fonts made here: a glyph's first lines are its number in binary, so that no two look alike ---- */

struct font_bytes {
    unsigned char *bytes;
    size_t size;
};

static void draw_glyph(unsigned char *glyph, unsigned number, unsigned row_bytes, unsigned height)
{
    for (unsigned line = 0; number != ' ' && line < height; line++)
        glyph[(size_t)line * row_bytes] = (number >> (line % 8) & 1) != 0 ? 0xa8 : 0x10;
}

static void put_u32(unsigned char *at, unsigned value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* PSF2 without a table: 128 glyphs by index. */
static struct font_bytes make_psf2(unsigned width, unsigned height)
{
    const unsigned row_bytes = (width + 7) / 8, glyph_size = row_bytes * height;
    struct font_bytes font = {.size = 32 + (size_t)128 * glyph_size};
    font.bytes = calloc(1, font.size);
    put_u32(font.bytes, 0x864ab572);
    put_u32(font.bytes + 8, 32);
    put_u32(font.bytes + 16, 128);
    put_u32(font.bytes + 20, glyph_size);
    put_u32(font.bytes + 24, height);
    put_u32(font.bytes + 28, width);
    for (unsigned i = 0; i < 128; i++)
        draw_glyph(font.bytes + 32 + (size_t)i * glyph_size, i, row_bytes, height);
    return font;
}

/* PSF1, 256 glyphs in reverse order, with a table that says so; glyph 255 - c is for c, and each entry is
 * followed by a sequence that must be ignored. */
static struct font_bytes make_psf1(unsigned height)
{
    constexpr size_t entry = 8;
    struct font_bytes font = {.size = 4 + (size_t)256 * height + 256 * entry};
    font.bytes = calloc(1, font.size);
    memcpy(font.bytes, (unsigned char[]){0x36, 0x04, 0x02, (unsigned char)height}, 4);
    unsigned char *table = font.bytes + 4 + (size_t)256 * height;
    for (unsigned i = 0; i < 256; i++) {
        const unsigned character = 255 - i;
        draw_glyph(font.bytes + 4 + (size_t)i * height, character, 1, height);
        const unsigned char words[] = {(unsigned char)character, 0, 0xfe, 0xff, 'A', 0, 0xff, 0xff};
        memcpy(table + i * entry, words, entry);
    }
    return font;
}

/* ---- a screen ---- */

struct screen {
    struct boot_framebuffer boot;
    struct font_bytes file;
    struct font font;
    unsigned char *pixels;
    char *cells;
    struct framebuffer fb;
};

static struct screen screen_create(uint32_t width, uint32_t height, uint32_t pixels_per_line,
                                   struct font_bytes file, bool with_cells)
{
    struct screen s = {.file = file};
    s.boot = (struct boot_framebuffer){.size = (uint64_t)pixels_per_line * height * 4,
                                       .width = width,
                                       .height = height,
                                       .pixels_per_line = pixels_per_line,
                                       .red_mask = 0xff0000,
                                       .green_mask = 0xff00,
                                       .blue_mask = 0xff};
    assert_status(font_open(s.file.bytes, s.file.size, &s.font), STATUS_OK);
    s.pixels = malloc(s.boot.size);
    memset(s.pixels, 0x77, s.boot.size);
    const size_t cells = framebuffer_cells_size(&s.boot, &s.font);
    assert_int_equal(cells, (width / s.font.width) * (height / s.font.height));
    s.cells = with_cells ? malloc(cells) : nullptr;
    assert_status(framebuffer_init(&s.boot, s.pixels, s.cells, &s.font, &s.fb), STATUS_OK);
    return s;
}

static void screen_destroy(struct screen *s)
{
    free(s->pixels);
    free(s->cells);
    free(s->file.bytes);
}

static uint32_t pixel(const struct screen *s, uint32_t x, uint32_t y)
{
    uint32_t value;
    memcpy(&value, s->pixels + ((size_t)y * s->boot.pixels_per_line + x) * 4, 4);
    return value;
}

static bool glyph_bit(const struct screen *s, char character, uint32_t x, uint32_t y)
{
    const unsigned char *line =
        s->font.glyphs[(unsigned char)character] + (size_t)y * s->font.row_bytes;
    return (line[x / 8] >> (7 - x % 8) & 1) != 0;
}

/* Does the cell show this character? The cursor's two lines are left out where the cursor is. */
static bool cell_shows(const struct screen *s, uint32_t row, uint32_t column, char character)
{
    bool cursor = s->cells != nullptr && s->fb.row == row && s->fb.column == column;
    for (uint32_t y = 0; y < s->font.height; y++) {
        for (uint32_t x = 0; x < s->font.width; x++) {
            bool on = pixel(s, column * s->font.width + x, row * s->font.height + y) == s->fb.ink;
            bool want = (cursor && y + 2 >= s->font.height) || glyph_bit(s, character, x, y);
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
    struct screen s = screen_create(20 * 8 + 3, 10 * 16 + 5, 200, make_psf2(8, 16), true);
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
    struct screen s = screen_create(10 * 8, 16 * 16, 80, make_psf2(8, 16), true);
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
    struct screen s = screen_create(10 * 8, 3 * 16, 80, make_psf2(8, 16), false);
    put(&s, "one\ntwo\nthree\nfour");
    assert_true(cell_shows(&s, 0, 0, 'f') && cell_shows(&s, 0, 4, ' '));
    assert_true(cell_shows(&s, 1, 0, 't') && cell_shows(&s, 2, 4, 'e'));
    screen_destroy(&s);
}

/* Any geometry: nothing outside is written, and pixels, cells and cursor agree. */
static void test_geometries(void **)
{
    struct random r = random_start("framebuffer geometries", 1);
    for (unsigned round = 0; round < 150; round++) {
        const unsigned width = 1 + (unsigned)random_below(&r, 20);
        const unsigned height = 8 + (unsigned)random_below(&r, 10);
        const uint32_t columns = 1 + (uint32_t)random_below(&r, 12);
        const uint32_t rows = 1 + (uint32_t)random_below(&r, 6);
        const uint32_t pixels_wide = columns * width + (uint32_t)random_below(&r, width);
        struct screen s = screen_create(
            pixels_wide, rows * height + (uint32_t)random_below(&r, height),
            pixels_wide + (uint32_t)random_below(&r, 9), make_psf2(width, height), true);
        for (unsigned i = 0; i < 400; i++) {
            static const char keys[] = "abcdefgXYZ \n\n\r\b\t\x1b[[0123KCDHJm;?\x7f\x80";
            char text[4];
            for (unsigned j = 0; j < sizeof text; j++)
                text[j] = keys[random_below(&r, sizeof keys - 1)];
            framebuffer_write(&s.fb, text, 1 + random_below(&r, sizeof text));
            assert_true(s.fb.row < s.fb.rows && s.fb.column <= s.fb.columns);
        }
        if (width >= 5) /* narrower glyphs look alike, and cannot be read back */
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
        struct screen s = screen_create(80, 32, 80, make_psf2(8, 16), true);
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
    struct font_bytes file = make_psf2(8, 16);
    struct font font;
    struct framebuffer fb;
    unsigned char pixels[4] = {1, 2, 3, 4};
    assert_status(font_open(file.bytes, file.size, &font), STATUS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_status(framebuffer_init(&cases[i].boot, pixels, nullptr, &font, &fb),
                      STATUS_UNSUPPORTED);
    /* Bytes for less than the height it claims: the rest is left out. */
    struct boot_framebuffer cut = {
        .size = 80 * 4 * 40, .width = 80, .height = 480, .pixels_per_line = 80};
    assert_int_equal(framebuffer_cells_size(&cut, &font), 10 * 2);
    cut.size = 80 * 4 * 32 - 1;
    assert_int_equal(framebuffer_cells_size(&cut, &font), 10 * 1);
    free(file.bytes);
}

static void test_fonts(void **)
{
    struct font font;
    struct font_bytes file = make_psf1(14);
    assert_status(font_open(file.bytes, file.size, &font), STATUS_OK);
    assert_int_equal(font.width, 8);
    assert_int_equal(font.height, 14);
    for (unsigned c = ' '; c <= '~'; c++)
        assert_ptr_equal(font.glyphs[c], file.bytes + 4 + (size_t)(255 - c) * 14);
    assert_ptr_equal(font.glyphs['\n'], font.glyphs['?']);
    free(file.bytes);
}

/* Open a copy of exactly `size` bytes, so that the sanitizer sees the first one behind; a font that is
 * accepted can be read to its last glyph. */
static bool opens(const unsigned char *bytes, size_t size)
{
    unsigned char *copy = malloc(size + (size == 0));
    memcpy(copy, bytes, size);
    struct font font = {};
    const bool good = font_open(copy, size, &font) == STATUS_OK;
    for (unsigned c = 0; good && c < 128; c++) {
        const unsigned char *last = font.glyphs[c] + (size_t)font.row_bytes * font.height - 1;
        assert_true(font.glyphs[c] >= copy && last < copy + size);
    }
    assert_true(good || font.glyphs[0] == nullptr);
    free(copy);
    return good;
}

static void test_cut_fonts(void **)
{
    struct font_bytes old = make_psf1(8), new = make_psf2(9, 8);
    for (size_t size = 0; size < old.size; size++)
        assert_int_equal(opens(old.bytes, size), size >= 4 + 256 * 8);
    for (size_t size = 0; size < new.size; size++)
        assert_false(opens(new.bytes, size));
    free(old.bytes);
    free(new.bytes);
}

static void test_broken_fonts(void **)
{
    struct random r = random_start("broken fonts", 2);
    for (unsigned round = 0; round < 4000; round++) {
        struct font_bytes file = round % 2 == 0 ? make_psf1(8) : make_psf2(9, 8);
        file.bytes[random_below(&r, 40)] = (unsigned char)random_next(&r);
        opens(file.bytes, file.size);
        free(file.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),          cmocka_unit_test(test_wrap_and_scroll),
        cmocka_unit_test(test_write_through), cmocka_unit_test(test_geometries),
        cmocka_unit_test(test_colours),       cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_fonts),         cmocka_unit_test(test_cut_fonts),
        cmocka_unit_test(test_broken_fonts),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
