/* SPDX-License-Identifier: MIT
 * The inspector, inside: its state, and what its files share. For inspect/inspector*.c and their tests. */
#ifndef INSPECT_BROWSE_PRIVATE_H
#define INSPECT_BROWSE_PRIVATE_H

#include <inspect/inspector.h>

/* The first pages are lists; the rest is text. */
constexpr unsigned INSPECTOR_LISTS = 3;
static_assert(INSPECTOR_PAGE_MAP == 0 && INSPECTOR_PAGE_DESCRIPTORS == 1 &&
              INSPECTOR_PAGE_FINDINGS == 2);

/* Two bars, of which the second names the pages; below, a line of status or message, and one of keys. */
constexpr uint32_t INSPECTOR_HEAD_ROWS = 2, INSPECTOR_FOOT_ROWS = 2;
/* What opens when nothing was drawn yet: the smallest screen of any firmware (UEFI 2.10, 12.4.1). */
constexpr uint32_t INSPECTOR_COLUMNS_FIRST = 80, INSPECTOR_ROWS_FIRST = 25;
/* Longer lines are tiring to read; the renderers keep to it as well. */
constexpr uint32_t INSPECTOR_TEXT_COLUMNS = 100;
constexpr size_t INSPECTOR_MESSAGE = 256; /* longer ones are cut */
constexpr size_t INSPECTOR_INPUT = 20;    /* 0x, 16 digits, one too many, NUL */

/* ---- lists ---- */

/* What a list can ask of any of its rows; `group` is what is filtered by: class, EFI type, severity. */
struct inspector_row {
    uint64_t start, bytes; /* 0 bytes: none; UINT64_MAX: more than fit */
    uint32_t group;
};

/*
 * IL1  shown[0..count) are the rows that pass the filter, each once, in the order that is chosen
 * IL2  selected < count, or both are 0; top <= selected
 * IL3  bytes is the sum of what is shown, or UINT64_MAX if that does not fit */
struct inspector_list {
    uint32_t *shown;
    uint32_t count, total;
    uint32_t selected, top; /* positions in `shown`; `top` is the first that is on the screen */
    unsigned sort;          /* which of the list's orders */
    bool reversed, filtered;
    uint32_t group; /* the filter, if filtered */
    uint64_t bytes;
};

/* Room to sort one list in. */
struct inspector_record {
    uint64_t key, start;
    uint32_t row, reserved;
};

/* ---- pages of text ---- */

/* Where a person is in a text: the first line that is shown, of a text that is wrapped to `width`. */
struct inspector_place {
    uint32_t top, width;
    uint32_t lines; /* 0: not drawn yet */
};

enum inspector_prompt : uint8_t {
    INSPECTOR_PROMPT_NONE,
    INSPECTOR_PROMPT_FIND,
    INSPECTOR_PROMPT_FIRMWARE,
    INSPECTOR_PROMPT_SHUT_DOWN,
};

struct inspector {
    struct inspector_setup setup;
    struct inspector_list lists[INSPECTOR_LISTS];
    struct inspector_place places[INSPECTOR_PAGE_COUNT + 1]; /* the last: of details */
    struct inspector_record *records;                        /* room for the longest list */
    enum inspector_page page;
    bool detail; /* of the selected row of a list, instead of the list */
    enum inspector_prompt prompt;
    char input[INSPECTOR_INPUT];
    uint32_t input_length;
    char message[INSPECTOR_MESSAGE];      /* "": none */
    uint32_t columns, rows;               /* as last drawn */
    uint32_t shared_columns, shared_rows; /* the most that text has; UINT32_MAX: what is there */
    unsigned address_digits[INSPECTOR_LISTS];
    unsigned group_width[INSPECTOR_LISTS]; /* columns of the longest name of a group */
};

static inline bool inspector_shows_list(const struct inspector *inspector)
{
    return inspector->page < INSPECTOR_LISTS && !inspector->detail;
}
/* The place of the text that is shown. */
static inline struct inspector_place *inspector_place(struct inspector *inspector)
{
    return &inspector->places[inspector->detail ? INSPECTOR_PAGE_COUNT : inspector->page];
}
/* Rows that a list or a text has on each screen that shows it. */
uint32_t inspector_list_height(const struct inspector *inspector);
uint32_t inspector_text_height(const struct inspector *inspector);

/* ---- inspector_rows.c ---- */

struct inspector_row inspector_row_get(const struct inspector *inspector, unsigned list,
                                       uint32_t row);
/* "usable", "EfiConventionalMemory", "error". Returns the length. */
int inspector_group_text(unsigned list, uint32_t group, char *buffer, size_t size);
/* Order and filter anew; the first row is selected. O(n log n). */
void inspector_rows_arrange(struct inspector *inspector, unsigned list);
void inspector_rows_sort(struct inspector *inspector, unsigned list); /* the next order */
const char *inspector_rows_order(const struct inspector_list *rows, unsigned list);
/* The next group that is there, upward or downward; behind the last: all. */
void inspector_rows_filter(struct inspector *inspector, unsigned list, bool upward);
/* Select what holds the address, or is nearest to it; `message` tells which. */
void inspector_rows_find(struct inspector *inspector, unsigned list, uint64_t address,
                         char *message, size_t size);
const char *inspector_rows_check(const struct inspector *inspector, unsigned list);

/* ---- inspector_window.c ---- */

struct inspector_canvas {
    struct inspector_cell *cells;
    uint32_t columns, rows;
};

/* A line of text that begins with this character has that style; only the inspector itself writes it. */
#define INSPECTOR_MARK(style) ((char)(1 + INSPECTOR_STYLE_##style))
/* A line goes on below here, though it may have had room. */
#define INSPECTOR_BREAK '\v'
static_assert(INSPECTOR_STYLE_COUNT < '\t');

/* `width`: of the lines that it will be wrapped to. */
typedef void inspector_teller(const struct inspector *inspector, uint32_t width,
                              const struct text_sink *sink);

/* Tell a text, wrapped, to rows first.. of the canvas, `height` of them, a column of margin on both sides. Keeps
 * the place if the width changed, and moves it back if the text is shorter than it was. Width and place are those that
 * shared screens have in common. */
void inspector_window_draw(const struct inspector *inspector, inspector_teller *tell,
                           struct inspector_place *place, const struct inspector_canvas *canvas,
                           uint32_t first, uint32_t height);

/* ---- inspector_text.c, inspector_detail.c ---- */

/* What tells the page or the details that are shown. */
inspector_teller *inspector_text_of(const struct inspector *inspector);
inspector_teller inspector_tell_detail;
/* Does the finding speak of this row of a list? */
bool inspector_finding_touches(const struct lint_finding *finding, unsigned list, uint32_t row,
                               const struct inspector_row *what);
enum inspector_style inspector_style_of(enum lint_severity severity);

/* ---- inspector_list.c ---- */

void inspector_list_draw(struct inspector *inspector, const struct inspector_canvas *canvas,
                         uint32_t first, uint32_t height);

/* ---- inspector_draw.c ---- */

/* Text into a row from a column on, at most `limit` columns; what cannot be printed becomes '?'. Returns the column
 * behind it. */
uint32_t inspector_put(const struct inspector_canvas *canvas, uint32_t row, uint32_t column,
                       uint32_t limit, enum inspector_style style, const char *text);
void inspector_fill(const struct inspector_canvas *canvas, uint32_t row,
                    enum inspector_style style);
/* Shorten to `room` columns, between words if there is one, with "..." at the end. */
void inspector_shorten(char *text, size_t room);

#endif
