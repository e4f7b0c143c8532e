/* SPDX-License-Identifier: MIT
 * The picture against a naive one that asks for the owner of each page; what is drawn is read back from the pixels. The
 * canvas has exactly the bytes that it says, so that the address sanitizer sees the first byte outside. */
#include "harness/harness.h"

#include <inspect/picture.h>

#include "inspect/render/picture_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sources ---- */

struct spans {
    struct picture_span *spans;
    size_t count;
};

static bool next_of_spans(void *owner, uint64_t from, struct picture_span *out)
{
    const struct spans *s = owner;
    for (size_t i = 0; i < s->count; i++)
        if (s->spans[i].end > from) {
            *out = s->spans[i];
            return true;
        }
    return false;
}

static struct picture_source source_of(const struct spans *s)
{
    return (struct picture_source){next_of_spans, (void *)(uintptr_t)s};
}

static enum picture_owner owner_at(const struct spans *s, uint64_t address)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->spans[i].start <= address && address < s->spans[i].end)
            return s->spans[i].owner;
    return PICTURE_NOTHING;
}

/* Spans of whole pages with holes between them, up to `pages`. */
static struct spans random_spans(struct random *random, size_t count, uint64_t pages)
{
    struct spans s = {calloc(count, sizeof *s.spans), 0};
    uint64_t at = 0;
    while (s.count < count && at < pages) {
        if (random_below(random, 4) == 0)
            at += random_below(random, pages / 4);
        uint64_t length = 1 + random_below(random, random_below(random, 3) == 0 ? pages / 4 : 9);
        const enum picture_owner owner =
            (enum picture_owner)(1 + random_below(random, PICTURE_OWNER_COUNT - 1));
        s.spans[s.count++] =
            (struct picture_span){at << PAGE_SHIFT, (at + length) << PAGE_SHIFT, owner};
        at += length;
    }
    return s;
}

/* ---- a screen ---- */

struct screen {
    struct canvas canvas;
    struct picture_setup setup;
    struct picture *picture;
    void *memory;
};

static struct font make_font(unsigned scale)
{
    constexpr unsigned height = 16;
    unsigned char *glyphs = calloc(FONT_LAST - FONT_FIRST + 1, height);
    for (int c = FONT_FIRST + 1; c <= FONT_LAST; c++)
        glyphs[(size_t)(c - FONT_FIRST) * height + 3] = (unsigned char)c;
    return (struct font){8, height, scale, glyphs};
}

static struct screen screen_create(uint32_t width, uint32_t height, uint32_t canvas_height,
                                   unsigned scale, uint64_t owners)
{
    struct screen s = {.canvas = {.width = width,
                                  .height = canvas_height,
                                  .line_bytes = (size_t)(width + 1) * BYTES_PER_PIXEL,
                                  .red_mask = 0xff0000,
                                  .green_mask = 0xff00,
                                  .blue_mask = 0xff},
                       .setup = {width, height, make_font(scale), owners}};
    s.canvas.pixels = malloc(canvas_height * s.canvas.line_bytes);
    memset(s.canvas.pixels, 0x77, canvas_height * s.canvas.line_bytes);
    return s;
}

static void screen_start(struct screen *s, const struct picture_source *source)
{
    const size_t size = picture_memory_size(&s->setup);
    assert_true(size != 0);
    s->memory = malloc(size != 0 ? size : 1);
    assert_status(picture_init(&s->setup, source, s->memory, size - 16, &s->picture),
                  STATUS_NO_MEMORY);
    assert_status(picture_init(&s->setup, source, s->memory, size, &s->picture), STATUS_OK);
}

static void screen_destroy(struct screen *s)
{
    free(s->canvas.pixels);
    free((void *)(uintptr_t)s->setup.font.glyphs);
    free(s->memory);
}

static uint32_t pixel(const struct screen *s, uint32_t x, uint32_t y)
{
    uint32_t value;
    memcpy(&value, canvas_pixel(&s->canvas, x, y), 4);
    return value;
}

static enum picture_owner owner_of_pixel(uint32_t value)
{
    unsigned owner = 0;
    while (owner < PICTURE_OWNER_COUNT && picture_owner_colour((enum picture_owner)owner) != value)
        owner++;
    assert_true(owner < PICTURE_OWNER_COUNT);
    return (enum picture_owner)owner;
}

/* The text of a line, read back through the font. */
static void read_line(const struct screen *s, uint32_t y, char *out, size_t size)
{
    const uint32_t scale = s->setup.font.scale;
    size_t length = 0;
    for (; length + 1 < size && (length + 1) * 8 * scale <= s->canvas.width; length++) {
        unsigned char bits = 0;
        for (uint32_t x = 0; x < 8; x++) {
            const uint32_t value = pixel(s, ((uint32_t)length * 8 + x) * scale, y + 3 * scale);
            bits = (unsigned char)(bits << 1 | (value == 0xc8c8c8 || value == 0x9aa3ad));
        }
        out[length] = bits == 0 || bits > 0x7e ? ' ' : (char)bits;
    }
    out[length] = '\0';
}

/* ---- the naive picture ---- */

/* What each cell of the pixels must be: every owner of a page of it in proportion. */
static void check_cell(const struct screen *s, const struct spans *spans, uint32_t row,
                       uint32_t cell)
{
    const uint32_t top = s->picture->row_top + row * s->picture->row_pitch;
    const struct picture *p = s->picture;
    const uint64_t bytes = picture_cell_bytes(p), start = p->row_starts[row] + cell * bytes;
    uint64_t pages[PICTURE_OWNER_COUNT] = {};
    uint64_t first[PICTURE_OWNER_COUNT] = {}; /* page of each owner, from 1 on */
    for (uint64_t at = start; at < start + bytes; at += PAGE_SIZE)
        if (pages[owner_at(spans, at)]++ == 0)
            first[owner_at(spans, at)] = (at - start) / PAGE_SIZE + 1;
    uint32_t columns[PICTURE_OWNER_COUNT] = {}, owners = 0, small = 0;
    const uint32_t left = p->cell_left + cell * p->cell_width;
    for (uint32_t x = 0; x < p->cell_width; x++)
        for (uint32_t y = 0; y < p->row_pitch - 2 * s->setup.font.scale; y++) {
            const enum picture_owner owner = owner_of_pixel(pixel(s, left + x, top + y));
            columns[owner] += y == 0;
            if (x > 0 && y == 0) /* as in memory */
                assert_true(first[owner] >= first[owner_of_pixel(pixel(s, left + x - 1, top))]);
            assert_int_equal(pixel(s, left + x, top), pixel(s, left + x, top + y));
        }
    for (unsigned i = 0; i < PICTURE_OWNER_COUNT; i++) {
        owners += pages[i] != 0;
        small += pages[i] != 0 && pages[i] * p->cell_width < bytes >> PAGE_SHIFT;
    }
    for (unsigned i = 0; i < PICTURE_OWNER_COUNT; i++) {
        const int64_t error =
            (int64_t)(columns[i] * (bytes >> PAGE_SHIFT)) - (int64_t)(pages[i] * p->cell_width);
        if (pages[i] == 0)
            assert_int_equal(columns[i], 0);
        else if (owners <= p->cell_width)
            assert_true(columns[i] >= 1);
        if (small == 0) /* within one pixel of what it should be */
            assert_true(llabs(error) < (int64_t)(bytes >> PAGE_SHIFT));
    }
}

static bool row_has_ram(const struct spans *spans, uint64_t start, uint64_t bytes)
{
    for (size_t i = 0; i < spans->count; i++)
        if (picture_owner_is_ram(spans->spans[i].owner) && spans->spans[i].start < start + bytes &&
            spans->spans[i].end > start)
            return true;
    return false;
}

static uint32_t count_rows(const struct spans *spans, uint64_t bytes, uint64_t end)
{
    uint32_t rows = 0;
    for (uint64_t start = 0; start < end; start += bytes)
        rows += row_has_ram(spans, start, bytes);
    return rows;
}

static void check_scale(const struct screen *s, const struct spans *spans)
{
    const struct picture *p = s->picture;
    const uint64_t row_bytes = picture_cell_bytes(p) << p->scale.cells_shift;
    const uint64_t end = spans->count == 0 ? 0 : spans->spans[spans->count - 1].end;
    uint32_t row = 0;
    for (uint64_t start = 0; start < end; start += row_bytes)
        if (row_has_ram(spans, start, row_bytes)) {
            assert_true(row < p->rows && p->row_starts[row] == start);
            row++;
        }
    assert_int_equal(row, p->rows);
    const uint32_t lines = s->setup.height / p->line;
    if (p->scale.cell_shift > PAGE_SHIFT) /* a finer one has too many */
        assert_true(count_rows(spans, row_bytes / 2, end) > lines - 3 - p->legend_lines);
    assert_true(picture_height(p) <= s->setup.height);
}

static void check_totals(const struct screen *s, const struct spans *spans)
{
    const struct picture *p = s->picture;
    const uint64_t row_bytes = picture_cell_bytes(p) << p->scale.cells_shift;
    uint64_t bytes[PICTURE_OWNER_COUNT] = {};
    for (uint32_t row = 0; row < p->rows; row++)
        for (uint64_t at = 0; at < row_bytes; at += PAGE_SIZE)
            bytes[owner_at(spans, p->row_starts[row] + at)] += PAGE_SIZE;
    for (unsigned i = 0; i < PICTURE_OWNER_COUNT; i++)
        assert_int_equal(picture_bytes(p, (enum picture_owner)i), bytes[i]);
}

static void check_picture(const struct screen *s, const struct spans *spans)
{
    check_scale(s, spans);
    check_totals(s, spans);
    for (uint32_t row = 0; row < s->picture->rows; row++)
        for (uint32_t cell = 0; cell < 1u << s->picture->scale.cells_shift; cell++)
            check_cell(s, spans, row, cell);
    for (uint32_t y = 0; y < s->canvas.height; y++) /* the padding, and what is below */
        for (uint32_t x = y < picture_height(s->picture) ? s->canvas.width : 0;
             x <= s->canvas.width; x++)
            assert_int_equal(pixel(s, x, y), 0x77777777);
}

/* ---- tests ---- */

static void test_owners(void **)
{
    for (unsigned i = 0; i < PICTURE_OWNER_COUNT; i++) {
        const enum picture_owner owner = (enum picture_owner)i;
        const uint32_t a = picture_owner_colour(owner);
        const uint32_t rgb[3] = {a >> 16, a >> 8 & 0xff, a & 0xff};
        assert_true(strlen(picture_owner_word(owner)) <= PICTURE_WORD_MAX);
        /* Seen on black: WCAG's luminance, roughly; "nothing" is meant to be dark. */
        if (owner != PICTURE_NOTHING)
            assert_true(rgb[0] * rgb[0] * 21 + rgb[1] * rgb[1] * 72 + rgb[2] * rgb[2] * 7 >
                        100 * 255 * 255 / 12);
        for (unsigned k = 0; k < i; k++) {
            const uint32_t b = picture_owner_colour((enum picture_owner)k);
            const int red = (int)rgb[0] - (int)(b >> 16),
                      green = (int)rgb[1] - (int)(b >> 8 & 0xff),
                      blue = (int)rgb[2] - (int)(b & 0xff);
            assert_string_not_equal(picture_owner_word(owner),
                                    picture_owner_word((enum picture_owner)k));
            if (i < PICTURE_FREE || k >= PICTURE_FREE) /* the others are never in one picture */
                assert_true(red * red + green * green + blue * blue > 24 * 24);
        }
    }
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++) {
        const enum picture_owner owner = picture_owner_of_class((enum memory_class) class);
        assert_string_equal(picture_owner_word(owner),
                            memory_class_name((enum memory_class) class));
        assert_int_equal(picture_owner_is_ram(owner),
                         memory_class_is_ram((enum memory_class) class));
    }
    assert_int_equal(picture_owner_of_class(MEMORY_CLASS_COUNT), PICTURE_UNKNOWN);
}

static void test_against_pages(void **)
{
    struct random random = random_start("picture", 7);
    for (unsigned round = 0; round < 40; round++) {
        struct spans spans = random_spans(&random, 1 + random_below(&random, 60),
                                          64 + random_below(&random, 1 << 14));
        struct picture_source source = source_of(&spans);
        struct screen s = screen_create(640, 300, 310, 1, 0);
        screen_start(&s, &source);
        picture_draw(s.picture, &s.canvas, &source, "title", "note");
        check_picture(&s, &spans);
        /* Somebody takes a part: the next drawing shows it, and so does one from the start. */
        for (size_t i = 0; i < spans.count; i++)
            if (picture_owner_is_ram(spans.spans[i].owner) && random_below(&random, 3) == 0)
                spans.spans[i].owner = PICTURE_HEAP;
        picture_draw(s.picture, &s.canvas, &source, "title", "note");
        check_picture(&s, &spans);
        picture_forget(s.picture);
        picture_draw(s.picture, &s.canvas, &source, "title", "note");
        check_picture(&s, &spans);
        screen_destroy(&s);
        free(spans.spans);
    }
}

static void test_only_changes_are_drawn(void **)
{
    struct picture_span list[] = {{0, 16 * MIB, PICTURE_FREE},
                                  {16 * MIB, 17 * MIB, PICTURE_FREE},
                                  {17 * MIB, 64 * MIB, PICTURE_FREE}};
    const struct spans spans = {list, 3};
    const struct picture_source source = source_of(&spans);
    struct screen s = screen_create(1024, 460, 460, 1, PICTURE_BIT(PICTURE_HEAP));
    screen_start(&s, &source);
    picture_draw(s.picture, &s.canvas, &source, "", "");
    memset(s.canvas.pixels, 0x77, s.canvas.height * s.canvas.line_bytes);
    list[1].owner = PICTURE_HEAP;
    picture_draw(s.picture, &s.canvas, &source, "", "");
    const struct picture *p = s.picture;
    uint64_t drawn = 0;
    for (uint32_t row = 0; row < p->rows; row++)
        for (uint32_t cell = 0; cell < 1u << p->scale.cells_shift; cell++) {
            const uint32_t value =
                pixel(&s, p->cell_left + cell * p->cell_width, p->row_top + row * p->row_pitch);
            const uint64_t at = p->row_starts[row] + cell * picture_cell_bytes(p);
            const bool changed = at >= 16 * MIB && at < 17 * MIB;
            assert_int_equal(value, changed ? picture_owner_colour(PICTURE_HEAP) : 0x77777777);
            drawn += changed;
        }
    assert_int_equal(drawn, MIB / picture_cell_bytes(p));
    screen_destroy(&s);
}

/* Screens and memory from the smallest to the largest; the sanitizer watches the edges. */
static void test_screens(void **)
{
    static const struct {
        uint32_t width, height;
        unsigned scale;
    } screens[] = {{640, 288, 1},  {640, 480, 1},   {800, 600, 1},   {1024, 768, 1},
                   {1366, 768, 1}, {1920, 1080, 1}, {3840, 2160, 2}, {7680, 4320, 4}};
    static const uint64_t sizes[] = {64 * MIB, GIB + 3 * PAGE_SIZE, 16 * GIB, 900 * GIB, 64 * TIB};
    for (size_t i = 0; i < sizeof screens / sizeof screens[0]; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            struct picture_span list[] = {
                {0, 0x9f000, PICTURE_USABLE},
                {0x9f000, MIB, PICTURE_RESERVED},
                {MIB, sizes[k] / 2, PICTURE_USABLE},
                {sizes[k] / 2, sizes[k] / 2 + MIB, PICTURE_ACPI_NVS},
                {sizes[k] * 2, sizes[k] * 5 / 2, PICTURE_USABLE},
            };
            const struct spans spans = {list, 5};
            const struct picture_source source = source_of(&spans);
            struct screen s =
                screen_create(screens[i].width, screens[i].height, screens[i].height,
                              screens[i].scale, ~UINT64_C(0) >> (64 - PICTURE_OWNER_COUNT));
            screen_start(&s, &source);
            picture_draw(s.picture, &s.canvas, &source, "A title", "A note");
            check_scale(&s, &spans);
            assert_true(s.picture->rows > (i == 0 ? 0 : 1));
            assert_int_equal(picture_bytes(s.picture, PICTURE_USABLE), 0x9f000 + sizes[k] - MIB);
            screen_destroy(&s);
        }
}

static void test_too_small(void **)
{
    const struct spans none = {};
    const struct picture_source source = source_of(&none);
    static const uint32_t sizes[][2] = {{0, 0}, {623, 480}, {640, 127}, {UINT32_MAX, 0}};
    for (size_t i = 0; i < 4; i++) {
        struct picture_setup setup = {sizes[i][0], sizes[i][1], make_font(1), 0};
        struct picture *picture = nullptr;
        assert_int_equal(picture_memory_size(&setup), 0);
        assert_status(picture_init(&setup, &source, nullptr, 0, &picture), STATUS_UNSUPPORTED);
        assert_null(picture);
        free((void *)(uintptr_t)setup.font.glyphs);
    }
    struct screen s = screen_create(624, 128, 128, 1, ~UINT64_C(0) >> (64 - PICTURE_OWNER_COUNT));
    screen_start(&s, &source); /* the smallest, and no memory at all */
    picture_draw(s.picture, &s.canvas, &source, "", "");
    assert_int_equal(s.picture->rows, 0);
    screen_destroy(&s);
}

static void test_words(void **)
{
    struct picture_span list[] = {{0, 3 * GIB, PICTURE_USABLE},
                                  {3 * GIB, 3 * GIB + MIB, PICTURE_RUNTIME_CODE},
                                  {4 * GIB, 5 * GIB, PICTURE_USABLE}};
    const struct spans spans = {list, 3};
    const struct picture_source source = source_of(&spans);
    struct screen s = screen_create(1024, 460, 460, 1, PICTURE_BIT(PICTURE_HEAP));
    char line[200];
    screen_start(&s, &source);
    picture_draw(s.picture, &s.canvas, &source, "Memory of a test", "a note");
    read_line(&s, 0, line, sizeof line);
    assert_ptr_equal(strstr(line, "Memory of a test"), line);
    const struct picture *p = s.picture;
    for (uint32_t row = 0; row < p->rows; row++) {
        char want[20];
        snprintf(want, sizeof want, "0x%llx ", (unsigned long long)p->row_starts[row]);
        read_line(&s, p->row_top + row * p->row_pitch, line, sizeof line);
        assert_ptr_equal(strstr(line, want), line);
        /* A line above the rows behind a hole, and only there. */
        if (row > 0)
            assert_int_equal(pixel(&s, 5, p->row_top + row * p->row_pitch - 2),
                             p->row_starts[row] == 4 * GIB ? 0xc8c8c8 : 0);
    }
    uint32_t y = p->row_top + p->rows * p->row_pitch;
    read_line(&s, y, line, sizeof line);
    assert_non_null(strstr(line, "One cell is 4 MiB, one row 256 MiB;"));
    read_line(&s, y + 16, line, sizeof line);
    assert_ptr_equal(strstr(line, "a note"), line);
    read_line(&s, y + 32, line, sizeof line);
    assert_non_null(strstr(line, "usable                4 GiB 100.0%"));
    assert_non_null(strstr(line, "runtime-code          1 MiB   0.0%"));
    assert_non_null(strstr(line, "heap                    0 B   0.0%"));
    read_line(&s, y + 48, line, sizeof line);
    assert_non_null(strstr(line, "not described"));
    screen_destroy(&s);
}

/* ---- sources that lie ---- */

struct liar {
    struct random random;
};

static bool next_of_liar(void *owner, uint64_t from, struct picture_span *out)
{
    struct random *random = &((struct liar *)owner)->random;
    const uint64_t near = from + random_below(random, 1 << 22);
    switch (random_below(random, 12)) {
    case 0:
        return false;
    case 1:
        *out = (struct picture_span){random_next(random), random_next(random),
                                     (enum picture_owner)random_next(random)};
        return true;
    case 2:
        *out = (struct picture_span){near, from, PICTURE_HEAP};
        return true;
    default:
        *out = (struct picture_span){near - random_below(random, 1 << 23),
                                     near + random_below(random, 1 << 30),
                                     (enum picture_owner)random_below(random, 40)};
        return true;
    }
}

static void drop(void *, const char *, size_t)
{
}

static void test_liars(void **)
{
    struct liar liar = {random_start("picture liar", 5)};
    const struct picture_source source = {next_of_liar, &liar};
    for (unsigned round = 0; round < 300; round++) {
        struct screen s = screen_create(640, 288, 288, 1, random_next(&liar.random) >> 35);
        screen_start(&s, &source);
        for (unsigned i = 0; i < 2; i++)
            picture_draw(s.picture, &s.canvas, &source, "", "");
        uint64_t sum = 0;
        for (unsigned i = 0; i < PICTURE_OWNER_COUNT; i++)
            sum += picture_bytes(s.picture, (enum picture_owner)i);
        assert_int_equal(sum, s.picture->rows * picture_row_bytes(s.picture->scale));
        picture_text(&source, &(struct text_sink){drop, nullptr});
        screen_destroy(&s);
    }
}

/* ---- text ---- */

struct text {
    char bytes[16384];
    size_t length;
};

static void collect(void *owner, const char *bytes, size_t length)
{
    struct text *text = owner;
    assert_true(text->length + length < sizeof text->bytes);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static void test_text(void **)
{
    struct picture_span list[] = {{0, 640 * KIB, PICTURE_FREE},
                                  {640 * KIB, MIB, PICTURE_RESERVED},
                                  {MIB, 64 * MIB, PICTURE_FREE},
                                  {64 * MIB, 96 * MIB, PICTURE_HEAP},
                                  {96 * MIB, 2 * GIB, PICTURE_GIVEN_BACK},
                                  {3 * GIB, 3 * GIB + 16 * MIB, PICTURE_MMIO},
                                  {4 * GIB, 4 * GIB + 32 * MIB, PICTURE_FREE}};
    const struct spans spans = {list, 7};
    const struct picture_source source = source_of(&spans);
    struct text text = {};
    picture_text(&source, &(struct text_sink){collect, &text});
    assert_ptr_equal(strstr(text.bytes, "0x0             |..............................."
                                        ".HHHHHHHHHHHHHHHH++++++++++++++++|\n"),
                     text.bytes);
    assert_non_null(strstr(text.bytes, "  2 GiB without RAM left out\n0x100000000     |"
                                       "................      "));
    assert_non_null(strstr(text.bytes, "One character is 2 MiB, one line 128 MiB"));
    assert_non_null(
        strstr(text.bytes, "  H heap                      33,554,432 bytes      32 MiB"));
    assert_non_null(strstr(text.bytes, "  + given back             2,046,820,352 bytes"));
    assert_null(strstr(text.bytes, "mmio"));
    for (const char *line = text.bytes; *line != '\0'; line = strchr(line, '\n') + 1)
        assert_true(strchr(line, '\n') - line <= 100);
}

/* ---- maps ---- */

static void test_map_of_many_ranges(void **)
{
    constexpr size_t COUNT = 10000;
    struct memory_range *ranges = calloc(COUNT, sizeof *ranges);
    for (size_t i = 0; i < COUNT; i++)
        ranges[i] = (struct memory_range){.start = phys_addr(i << 24),
                                          .end = phys_addr((i << 24) + (1 + i % 4096) * PAGE_SIZE),
                                          .class = (enum memory_class)(i % MEMORY_CLASS_COUNT)};
    const struct memory_map map = {.ranges = ranges, .range_count = COUNT};
    const struct picture_source source = picture_source_of_map(&map);
    uint64_t bytes[PICTURE_OWNER_COUNT] = {};
    for (size_t i = 0; i < COUNT; i++)
        bytes[picture_owner_of_class(ranges[i].class)] +=
            ranges[i].end.value - ranges[i].start.value;
    struct screen s = screen_create(1024, 768, 768, 1, 0);
    screen_start(&s, &source);
    picture_draw(s.picture, &s.canvas, &source, "", "");
    for (unsigned i = PICTURE_USABLE; i < PICTURE_OWNER_COUNT; i++)
        assert_int_equal(picture_bytes(s.picture, (enum picture_owner)i), bytes[i]);
    screen_destroy(&s);
    free(ranges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_against_pages),
        cmocka_unit_test(test_only_changes_are_drawn),
        cmocka_unit_test(test_screens),
        cmocka_unit_test(test_too_small),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_liars),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_map_of_many_ranges),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
