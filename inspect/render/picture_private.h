/* SPDX-License-Identifier: MIT
 * The scale of a picture and the walk over its cells: for inspect/picture*.c and their tests. The theory is at the top
 * of inspect/render/picture.c. */
#ifndef INSPECT_RENDER_PICTURE_PRIVATE_H
#define INSPECT_RENDER_PICTURE_PRIVATE_H

#include <inspect/picture.h>

struct picture_scale {
    unsigned cell_shift;  /* a cell is 2^cell_shift bytes */
    unsigned cells_shift; /* a row is 2^cells_shift cells */
};
static inline uint64_t picture_row_bytes(struct picture_scale scale)
{
    return UINT64_C(1) << (scale.cell_shift + scale.cells_shift);
}

/* The first span that ends above `from`, cut to what lies there; false: there is none, or the source makes no sense. */
bool picture_next_span(const struct picture_source *source, uint64_t from,
                       struct picture_span *out);
/* The first row that holds RAM at or above `from`; false: there is none. */
bool picture_next_row(const struct picture_source *source, struct picture_scale scale,
                      uint64_t from, uint64_t *out);
/* The finest scale with which at most `rows_max` rows hold RAM; *rows of them do. */
struct picture_scale picture_choose_scale(const struct picture_source *source, unsigned cells_shift,
                                          uint32_t rows_max, uint32_t *rows);

/* A walk over cells side by side. */
struct picture_walk {
    const struct picture_source *source;
    uint64_t at; /* what is below it has been counted */
    struct picture_span span;
};
/* Bytes of each owner, and which of them come first: in order of address. */
struct picture_shares {
    uint64_t bytes[PICTURE_OWNER_COUNT];
    uint8_t order[PICTURE_OWNER_COUNT];
    unsigned count;
};
struct picture_walk picture_walk_start(const struct picture_source *source, uint64_t at);
/* The shares of [walk->at, end), which is not empty. */
void picture_walk_cell(struct picture_walk *walk, uint64_t end, struct picture_shares *out);

/* Count the bytes of a cell in a total. */
void picture_add_shares(struct picture_shares *total, const struct picture_shares *cell);
/* Bytes that somebody owns, and an owner's part of them in thousandths. */
uint64_t picture_described(const struct picture_shares *shares);
unsigned picture_permille(uint64_t bytes, uint64_t described);
char picture_owner_character(enum picture_owner owner);

/* ---- pixels ---- */

struct picture {
    struct font font;
    uint32_t width, line; /* pixels of the area, and of a line of text from the next */
    struct picture_scale scale;
    uint32_t rows, row_top, row_pitch, cell_left, cell_width; /* pixels, but for `rows` */
    uint32_t legend_slots, legend_lines;
    uint64_t owners; /* in the legend */
    bool drawn;
    struct picture_shares shares; /* as drawn */
    uint64_t *row_starts;
    uint8_t *columns; /* the owner of each column of pixels of each cell */
};

/* Share out `width` columns of pixels among the owners of a cell of 2^cell_shift bytes: each column gets an owner. */
void picture_share_columns(const struct picture_shares *shares, unsigned cell_shift, uint32_t width,
                           uint8_t *columns);

#endif
