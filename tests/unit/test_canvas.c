/* SPDX-License-Identifier: MIT
 * The canvas against a naive one: each pixel is asked for, and what lies outside must not have been touched. Pixels and
 * glyphs are allocated exactly, so that the address sanitizer sees the first byte outside. */
#include "harness/harness.h"

#include <base/canvas.h>

#include <stdlib.h>
#include <string.h>

constexpr uint32_t BEFORE = 0x77777777;

static struct canvas canvas_create(uint32_t width, uint32_t height, uint32_t padding)
{
    struct canvas canvas = {.width = width,
                            .height = height,
                            .line_bytes = (size_t)(width + padding) * BYTES_PER_PIXEL,
                            .red_mask = 0xff0000,
                            .green_mask = 0xff00,
                            .blue_mask = 0xff};
    canvas.pixels = malloc(height * canvas.line_bytes);
    memset(canvas.pixels, 0x77, height * canvas.line_bytes);
    return canvas;
}

static uint32_t pixel(const struct canvas *canvas, uint32_t x, uint32_t y)
{
    uint32_t value;
    memcpy(&value, canvas->pixels + y * canvas->line_bytes + (size_t)x * 4, 4);
    return value;
}

static void test_colours(void **)
{
    static const struct {
        uint32_t red, green, blue, rgb, want;
    } cases[] = {
        {0xff0000, 0xff00, 0xff, 0x123456, 0x123456},
        {0xff, 0xff00, 0xff0000, 0x123456, 0x563412},
        {0xff000000, 0xff0000, 0xff00, 0x123456, 0x12345600},
        {0xf800, 0x07e0, 0x1f, 0xffffff, 0xffff},
        {0xf800, 0x07e0, 0x1f, 0x800000, 0x7800},
        {0x3ff00000, 0xffc00, 0x3ff, 0xff0080, 0x3ff00201},
        {0, 0xff00, 0, 0xffffff, 0xff00},
        {0xffffffff, 0, 0, 0xff0000, 0xffffffff},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct canvas canvas = {
            .red_mask = cases[i].red, .green_mask = cases[i].green, .blue_mask = cases[i].blue};
        assert_int_equal(canvas_colour(&canvas, cases[i].rgb), cases[i].want);
    }
}

static void test_fill_is_clipped(void **)
{
    struct random random = random_start("canvas fill", 1);
    static const uint32_t far[] = {0, 1, 19, 20, 21, 0x7fffffff, 0x80000000, UINT32_MAX};
    constexpr size_t FAR = sizeof far / sizeof far[0];
    for (unsigned round = 0; round < 2000; round++) {
        struct canvas canvas = canvas_create(20, 11, 3);
        uint32_t n[4];
        for (unsigned i = 0; i < 4; i++)
            n[i] = random_below(&random, 2) != 0 ? far[random_below(&random, FAR)]
                                                 : (uint32_t)random_below(&random, 24);
        canvas_fill(&canvas, n[0], n[1], n[2], n[3], 0x123456);
        for (uint32_t y = 0; y < 11; y++)
            for (uint32_t x = 0; x < 23; x++) {
                const bool inside = x < 20 && x >= n[0] && y >= n[1] && x < (uint64_t)n[0] + n[2] &&
                                    y < (uint64_t)n[1] + n[3];
                assert_int_equal(pixel(&canvas, x, y), inside ? 0x123456 : BEFORE);
            }
        free(canvas.pixels);
    }
}

/* A glyph's lines are its number in binary, so that no two look alike. */
static struct font make_font(unsigned width, unsigned scale)
{
    constexpr unsigned height = 5;
    unsigned char *glyphs = malloc((FONT_LAST - FONT_FIRST + 1) * (size_t)height);
    for (int c = FONT_FIRST; c <= FONT_LAST; c++)
        for (unsigned line = 0; line < height; line++)
            glyphs[(size_t)(c - FONT_FIRST) * height + line] =
                (unsigned char)((unsigned)c << 1 ^ line * 37);
    return (struct font){width, height, scale, glyphs};
}

static void check_text(const struct canvas *canvas, const struct font *font, uint32_t left,
                       uint32_t top, const char *text)
{
    const uint32_t width = font->width * font->scale, height = font->height * font->scale;
    for (uint32_t y = 0; y < canvas->height; y++)
        for (uint32_t x = 0; x < canvas->line_bytes / 4; x++) {
            uint32_t want = BEFORE;
            if (x < canvas->width && x >= left && y >= top && y - top < height &&
                (x - left) / width < strlen(text)) {
                const char c = text[(x - left) / width];
                const char shown = c < FONT_FIRST || c > FONT_LAST ? '?' : c;
                const unsigned char line =
                    font->glyphs[(size_t)(shown - FONT_FIRST) * font->height +
                                 (y - top) / font->scale];
                want = (line >> (7 - (x - left) % width / font->scale) & 1) != 0 ? 1 : 2;
            }
            assert_int_equal(pixel(canvas, x, y), want);
        }
}

static void test_text_is_clipped(void **)
{
    for (unsigned scale = 1; scale <= FONT_SCALE_MAX; scale += scale == 3 ? 5 : 1)
        for (unsigned width = 5; width <= 8; width += 3) {
            const struct font font = make_font(width, scale);
            for (uint32_t x = 0; x < 60; x += 7)
                for (uint32_t y = 0; y < 40; y += 6) {
                    struct canvas canvas = canvas_create(50, 33, 2);
                    canvas_text(&canvas, &font, x, y, "aB \x1b\xff~", SIZE_MAX, 1, 2);
                    check_text(&canvas, &font, x, y, "aB \x1b\xff~");
                    free(canvas.pixels);
                }
            free((void *)(uintptr_t)font.glyphs);
        }
}

static void test_length_ends_text(void **)
{
    const struct font font = make_font(8, 1);
    struct canvas canvas = canvas_create(50, 10, 0);
    canvas_text(&canvas, &font, 3, 2, (const char[]){'a', 'b', 'c'}, 3, 1, 2);
    check_text(&canvas, &font, 3, 2, "abc");
    canvas_text(&canvas, &font, UINT32_MAX, UINT32_MAX, "abc", 3, 1, 2);
    check_text(&canvas, &font, 3, 2, "abc");
    free(canvas.pixels);
    free((void *)(uintptr_t)font.glyphs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_fill_is_clipped),
        cmocka_unit_test(test_text_is_clipped),
        cmocka_unit_test(test_length_ends_text),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
