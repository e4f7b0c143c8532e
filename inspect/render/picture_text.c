/* SPDX-License-Identifier: MIT
 * The picture as text, for a line that carries characters only. Nothing is kept: each cell is printed when it has been
 * counted. */
#include "picture_private.h"
#include <inspect/words.h>

constexpr unsigned TEXT_CELLS_SHIFT = 6;
constexpr uint32_t TEXT_ROWS_MAX = 32;

/* The owner with the most bytes of a cell that somebody has a part of. */
static enum picture_owner largest(const struct picture_shares *shares)
{
    unsigned best = PICTURE_NOTHING;
    for (unsigned owner = PICTURE_NOTHING + 1; owner < PICTURE_OWNER_COUNT; owner++)
        if (shares->bytes[owner] > (best == PICTURE_NOTHING ? 0 : shares->bytes[best]))
            best = owner;
    return (enum picture_owner)best;
}

static void print_row(const struct picture_source *source, struct picture_scale scale, uint64_t row,
                      struct picture_shares *total, const struct text_sink *sink)
{
    struct picture_walk walk = picture_walk_start(source, row);
    char cells[(1 << TEXT_CELLS_SHIFT) + 1] = {};
    for (unsigned i = 0; i < 1u << TEXT_CELLS_SHIFT; i++) {
        struct picture_shares shares;
        picture_walk_cell(&walk, walk.at + (UINT64_C(1) << scale.cell_shift), &shares);
        cells[i] = picture_owner_character(largest(&shares));
        picture_add_shares(total, &shares);
    }
    sink_print(sink, "0x%-13" PRIx64 " |%s|\n", row, cells);
}

static void print_legend(const struct picture_shares *total, const struct text_sink *sink)
{
    const uint64_t described = picture_described(total);
    for (unsigned owner = PICTURE_NOTHING + 1; owner < PICTURE_OWNER_COUNT; owner++) {
        const uint64_t bytes = total->bytes[owner];
        const unsigned permille = picture_permille(bytes, described);
        if (bytes != 0)
            sink_print(sink, "  %c %-16s %19s bytes %11s %3u.%u%%\n",
                       picture_owner_character((enum picture_owner)owner),
                       picture_owner_word((enum picture_owner)owner), render_grouped(bytes).text,
                       size_text(bytes).text, permille / 10, permille % 10);
    }
}

void picture_text(const struct picture_source *source, const struct text_sink *sink)
{
    struct picture_shares total = {};
    uint32_t rows;
    const struct picture_scale scale =
        picture_choose_scale(source, TEXT_CELLS_SHIFT, TEXT_ROWS_MAX, &rows);
    uint64_t from = 0, row;
    for (; picture_next_row(source, scale, from, &row); from = row + picture_row_bytes(scale)) {
        if (from != 0 && row != from)
            sink_print(sink, "  %s without RAM left out\n", size_text(row - from).text);
        print_row(source, scale, row, &total, sink);
    }
    sink_print(sink, "One character is %s, one line %s: the owner with the most bytes in it.\n",
               size_text(UINT64_C(1) << scale.cell_shift).text,
               size_text(picture_row_bytes(scale)).text);
    print_legend(&total, sink);
}
