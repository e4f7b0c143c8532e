/* SPDX-License-Identifier: MIT
 * The picture in pixels.
 *
 *     title                                    one line of text
 *     label  cells                             row_top: rows of row_pitch pixels; the last pixels of each are a gap
 *     scale                                    one line
 *     note                                     one line
 *     legend                                   slots side by side, in the order of the owners
 *
 * What is remembered is the owner of each column of pixels of each cell: a cell is drawn again when one of them
 * has another one, the legend's slot when its numbers have changed. */
#include "picture_private.h"

#include <base/address.h>
#include <base/string.h>

#include <stdckdint.h>

constexpr uint32_t CELL_WIDTH_MIN = 8; /* pixels: room for as many owners */
constexpr uint32_t CELL_WIDTH_MAX = 2 * CELL_WIDTH_MIN - 1;
constexpr uint32_t LABEL_CHARACTERS = 16;
constexpr uint32_t SLOT_CHARACTERS = 38; /* swatch, word, bytes, percent, a blank */
constexpr uint32_t FIXED_LINES = 3;      /* title, scale, note */
constexpr uint32_t PITCH_MAX = 3;        /* lines of text that a row is high at most */
constexpr uint32_t GAP = 2; /* pixels between rows, each as often as the font's scale */
constexpr uint32_t INK = 0xc8c8c8, SOFT = 0x9aa3ad, PAPER = 0x000000;
constexpr size_t MEMORY_ALIGNMENT = 16;

/* ---- memory and scale ---- */

struct area {
    uint32_t columns, lines;                       /* of text */
    uint32_t cells_shift, cell_width, columns_row; /* cells a row, pixels of each, of all */
};

static bool measure(const struct picture_setup *setup, struct area *out)
{
    const struct font *font = &setup->font;
    const uint32_t character = font->width * font->scale;
    struct area area = {.columns = setup->width / character,
                        .lines = setup->height / (font->height * font->scale)};
    if (area.columns < PICTURE_COLUMNS_MIN || area.lines < PICTURE_ROWS_MIN)
        return false;
    const uint32_t room = setup->width - LABEL_CHARACTERS * character;
    while (room >> (area.cells_shift + 1) >= CELL_WIDTH_MIN)
        area.cells_shift++;
    area.cell_width = room >> area.cells_shift;
    area.columns_row = area.cell_width << area.cells_shift;
    *out = area;
    return area.cell_width <= CELL_WIDTH_MAX;
}

size_t picture_memory_size(const struct picture_setup *setup)
{
    struct area area;
    size_t size;
    if (!measure(setup, &area) ||
        ckd_mul(&size, (size_t)area.lines, sizeof(uint64_t) + area.columns_row) ||
        ckd_add(&size, size, sizeof(struct picture) + MEMORY_ALIGNMENT - 1))
        return 0;
    return align_down(size, MEMORY_ALIGNMENT);
}

static uint64_t owners_of(const struct picture_source *source)
{
    uint64_t found = 0;
    struct picture_span span;
    for (uint64_t from = 0; picture_next_span(source, from, &span); from = span.end)
        found |= PICTURE_BIT(span.owner);
    return found;
}

static void plan_legend(struct picture *picture, const struct area *area)
{
    const uint32_t count = (uint32_t)__builtin_popcountll(picture->owners);
    picture->legend_slots = area->columns / SLOT_CHARACTERS;
    picture->legend_lines = (count + picture->legend_slots - 1) / picture->legend_slots;
    if (picture->legend_lines > area->lines - FIXED_LINES - 1)
        picture->legend_lines = area->lines - FIXED_LINES - 1; /* one row at least */
}

status_t picture_init(const struct picture_setup *setup, const struct picture_source *source,
                      void *memory, size_t size, struct picture **out)
{
    struct area area;
    const size_t need = picture_memory_size(setup);
    if (need == 0 || !measure(setup, &area))
        return STATUS_UNSUPPORTED;
    if (size < need)
        return STATUS_NO_MEMORY;
    struct picture *picture = memory;
    *picture = (struct picture){.font = setup->font, .width = setup->width};
    picture->line = setup->font.height * setup->font.scale;
    picture->owners = setup->owners | owners_of(source) | PICTURE_BIT(PICTURE_NOTHING);
    plan_legend(picture, &area);
    const uint32_t rows_max = area.lines - FIXED_LINES - picture->legend_lines;
    picture->scale = picture_choose_scale(source, area.cells_shift, rows_max, &picture->rows);
    const uint32_t pitch = picture->rows == 0 ? 0 : rows_max * picture->line / picture->rows;
    picture->row_top = picture->line;
    picture->row_pitch = pitch < PITCH_MAX * picture->line ? pitch : PITCH_MAX * picture->line;
    picture->cell_left = LABEL_CHARACTERS * setup->font.width * setup->font.scale;
    picture->cell_width = area.cell_width;
    picture->row_starts = (uint64_t *)(picture + 1);
    picture->columns = (uint8_t *)(picture->row_starts + picture->rows);
    uint64_t from = 0;
    for (uint32_t row = 0; row < picture->rows; row++) {
        (void)picture_next_row(source, picture->scale, from, &picture->row_starts[row]);
        from = picture->row_starts[row] + picture_row_bytes(picture->scale);
    }
    *out = picture;
    return STATUS_OK;
}

/* ---- a cell ---- */

/* What an owner lacks to be as wide as its bytes are many, in parts of 2^cell_shift of a pixel. */
static int64_t lack(uint64_t bytes, uint32_t width, uint32_t pixels, unsigned cell_shift)
{
    return (int64_t)(bytes * width) - ((int64_t)pixels << cell_shift);
}

void picture_share_columns(const struct picture_shares *shares, unsigned cell_shift, uint32_t width,
                           uint8_t *columns)
{
    uint32_t pixels[PICTURE_OWNER_COUNT] = {}, total = 0, most = 0;
    if (shares->count == 1) { /* as most cells are */
        memset(columns, shares->order[0], width);
        return;
    }
    for (unsigned owner = 0; owner < PICTURE_OWNER_COUNT; owner++) {
        const uint64_t share = shares->bytes[owner] * width >> cell_shift;
        pixels[owner] = shares->bytes[owner] != 0 && share == 0 ? 1 : (uint32_t)share;
        total += pixels[owner];
    }
    for (; total < width; total++) { /* who lacks most gets one more */
        unsigned best = 0;
        for (unsigned owner = 1; owner < PICTURE_OWNER_COUNT; owner++)
            if (lack(shares->bytes[owner], width, pixels[owner], cell_shift) >
                lack(shares->bytes[best], width, pixels[best], cell_shift))
                best = owner;
        pixels[best]++;
    }
    /* The small have got a pixel that was not theirs: the widest lose it, or else the smallest of many. */
    for (; total > width; total--) {
        unsigned best = PICTURE_OWNER_COUNT;
        most = 0;
        for (unsigned owner = 0; owner < PICTURE_OWNER_COUNT; owner++) {
            const bool fewer = best < PICTURE_OWNER_COUNT && pixels[owner] == 1 && most == 1 &&
                               shares->bytes[owner] < shares->bytes[best];
            if (pixels[owner] <= most && !fewer)
                continue;
            best = owner;
            most = pixels[owner];
        }
        pixels[best]--;
    }
    for (unsigned i = 0; i < shares->count; i++)
        for (; pixels[shares->order[i]] > 0; pixels[shares->order[i]]--)
            *columns++ = shares->order[i];
}

/* ---- drawing ---- */

struct drawing {
    struct picture *picture;
    const struct canvas *canvas;
    uint32_t ink, soft, paper;
};

/* Text from character `column` on, cut to `room` characters; the rest of them becomes paper. */
static void put_text(const struct drawing *to, uint32_t column, uint32_t y, const char *text,
                     uint32_t room, uint32_t ink)
{
    const struct picture *picture = to->picture;
    const uint32_t character = picture->font.width * picture->font.scale;
    size_t length = strlen(text);
    if (length > room)
        length = room;
    canvas_text(to->canvas, &picture->font, column * character, y, text, length, ink, to->paper);
    canvas_fill(to->canvas, (column + (uint32_t)length) * character, y,
                (room - (uint32_t)length) * character, picture->line, to->paper);
}

static void put_line(const struct drawing *to, uint32_t y, const char *text, uint32_t ink)
{
    put_text(to, 0, y, text,
             to->picture->width / (to->picture->font.width * to->picture->font.scale), ink);
}

static uint32_t gap(const struct picture *picture)
{
    return GAP * picture->font.scale;
}

static void draw_cell(const struct drawing *to, uint32_t x, uint32_t y, const uint8_t *columns)
{
    const struct picture *picture = to->picture;
    for (uint32_t from = 0, end; from < picture->cell_width; from = end) {
        for (end = from + 1; end < picture->cell_width && columns[end] == columns[from];)
            end++;
        const uint32_t rgb = picture_owner_colour((enum picture_owner)columns[from]);
        canvas_fill(to->canvas, x + from, y, end - from, picture->row_pitch - gap(picture),
                    canvas_colour(to->canvas, rgb));
    }
}

/* The label, and a line above it where rows were left out. */
static void draw_label(const struct drawing *to, uint32_t row, uint32_t y)
{
    const struct picture *picture = to->picture;
    char label[LABEL_CHARACTERS + 1];
    const uint64_t start = picture->row_starts[row];
    format_text(label, sizeof label, "0x%" PRIx64, start);
    put_text(to, 0, y, label, LABEL_CHARACTERS, to->soft);
    if (row > 0 && start != picture->row_starts[row - 1] + picture_row_bytes(picture->scale))
        canvas_fill(to->canvas, 0, y - gap(picture), picture->width, picture->font.scale, to->ink);
}

static void draw_row(const struct drawing *to, const struct picture_source *source, uint32_t row,
                     struct picture_shares *total)
{
    struct picture *picture = to->picture;
    const uint32_t y = picture->row_top + row * picture->row_pitch;
    const uint32_t cells = 1u << picture->scale.cells_shift, width = picture->cell_width;
    uint8_t *columns = picture->columns + (size_t)row * cells * width;
    struct picture_walk walk = picture_walk_start(source, picture->row_starts[row]);
    if (!picture->drawn)
        draw_label(to, row, y);
    for (uint32_t i = 0; i < cells; i++, columns += width) {
        struct picture_shares shares;
        uint8_t now[CELL_WIDTH_MAX];
        picture_walk_cell(&walk, walk.at + (UINT64_C(1) << picture->scale.cell_shift), &shares);
        picture_share_columns(&shares, picture->scale.cell_shift, width, now);
        picture_add_shares(total, &shares);
        if (picture->drawn && memcmp(now, columns, width) == 0)
            continue;
        memcpy(columns, now, width);
        draw_cell(to, picture->cell_left + i * width, y, now);
    }
}

/* ---- the legend ---- */

static void draw_slot(const struct drawing *to, uint32_t slot, uint32_t top,
                      enum picture_owner owner, const struct picture_shares *total)
{
    const struct picture *picture = to->picture;
    const uint32_t column = slot % picture->legend_slots * SLOT_CHARACTERS;
    const uint32_t y = top + slot / picture->legend_slots * picture->line;
    const uint32_t character = picture->font.width * picture->font.scale;
    const uint64_t bytes = total->bytes[owner];
    const unsigned permille = picture_permille(bytes, picture_described(total));
    char text[SLOT_CHARACTERS + 1];
    canvas_fill(to->canvas, column * character, y + gap(picture), character + character / 2,
                picture->line - 2 * gap(picture),
                canvas_colour(to->canvas, picture_owner_colour(owner)));
    if (owner == PICTURE_NOTHING)
        format_text(text, sizeof text, "%s", picture_owner_word(owner));
    else
        format_text(text, sizeof text, "%-16s %10s %3u.%u%%", picture_owner_word(owner),
                    size_text(bytes).text, permille / 10, permille % 10);
    put_text(to, column + 2, y, text, SLOT_CHARACTERS - 2, to->ink);
}

/* Devices lie in rows that are not shown, most of them; what is not memory does not change either. */
static bool is_elsewhere(const struct picture_shares *total, unsigned owner)
{
    return owner != PICTURE_NOTHING && total->bytes[owner] == 0 &&
           !picture_owner_is_ram((enum picture_owner)owner);
}

static void draw_legend(const struct drawing *to, uint32_t top, const struct picture_shares *total)
{
    const struct picture *picture = to->picture;
    const bool all =
        !picture->drawn || picture_described(total) != picture_described(&picture->shares);
    const uint32_t room = picture->legend_slots * picture->legend_lines;
    uint32_t slot = 0, count = 0;
    for (unsigned owner = 0; owner < PICTURE_OWNER_COUNT; owner++)
        count += (picture->owners & PICTURE_BIT(owner)) != 0 && !is_elsewhere(total, owner);
    for (unsigned owner = PICTURE_NOTHING + 1; owner <= PICTURE_OWNER_COUNT; owner++) {
        /* Nothing comes last. */
        const unsigned shown = owner == PICTURE_OWNER_COUNT ? PICTURE_NOTHING : owner;
        if ((picture->owners & PICTURE_BIT(shown)) == 0 || is_elsewhere(total, shown))
            continue;
        if (slot + 1 == room && count > room)
            break;
        if (all || total->bytes[shown] != picture->shares.bytes[shown])
            draw_slot(to, slot, top, (enum picture_owner)shown, total);
        slot++;
    }
    if (count > room && all) {
        char text[SLOT_CHARACTERS];
        format_text(text, sizeof text, "and %u more", count - slot);
        put_text(to, slot % picture->legend_slots * SLOT_CHARACTERS,
                 top + slot / picture->legend_slots * picture->line, text, SLOT_CHARACTERS,
                 to->ink);
    }
}

/* ---- the whole ---- */

void picture_draw(struct picture *picture, const struct canvas *canvas,
                  const struct picture_source *source, const char *title, const char *note)
{
    const struct drawing to = {picture, canvas, canvas_colour(canvas, INK),
                               canvas_colour(canvas, SOFT), canvas_colour(canvas, PAPER)};
    struct picture_shares total = {};
    char text[128];
    if (!picture->drawn)
        canvas_fill(canvas, 0, 0, picture->width, picture_height(picture), to.paper);
    put_line(&to, 0, title, to.ink);
    for (uint32_t row = 0; row < picture->rows; row++)
        draw_row(&to, source, row, &total);
    uint32_t y = picture->row_top + picture->rows * picture->row_pitch;
    format_text(text, sizeof text, "One cell is %s, one row %s; rows without RAM are left out.",
                size_text(picture_cell_bytes(picture)).text,
                size_text(picture_row_bytes(picture->scale)).text);
    if (!picture->drawn)
        put_line(&to, y, text, to.soft);
    y += picture->line;
    put_line(&to, y, note, to.ink);
    draw_legend(&to, y + picture->line, &total);
    picture->shares = total;
    picture->drawn = true;
}

void picture_forget(struct picture *picture)
{
    picture->drawn = false;
}

uint64_t picture_bytes(const struct picture *picture, enum picture_owner owner)
{
    return owner < PICTURE_OWNER_COUNT ? picture->shares.bytes[owner] : 0;
}

uint64_t picture_cell_bytes(const struct picture *picture)
{
    return UINT64_C(1) << picture->scale.cell_shift;
}

uint32_t picture_height(const struct picture *picture)
{
    return picture->row_top + picture->rows * picture->row_pitch +
           (2 + picture->legend_lines) * picture->line;
}
