/* SPDX-License-Identifier: MIT
 * A screen of cells: the firmware's console, or a terminal behind COM1. What is on it is known, and only what differs is
 * written: over a serial line a whole screen takes a quarter of a second. */
#ifndef EFI_SCREEN_H
#define EFI_SCREEN_H

#include "firmware.h"

#include <inspect/inspector.h>

constexpr uint32_t SCREEN_COLUMNS_MAX = 500, SCREEN_ROWS_MAX = 250; /* of a screen of 8K */

/* How one is driven. */
struct screen;
struct screen_driver {
    void (*clear)(struct screen *screen); /* and the cursor is off */
    void (*write)(struct screen *screen, uint32_t column, uint32_t row, enum inspector_style style,
                  const struct inspector_cell *cells, uint32_t count);
    void (*leave)(struct screen *screen); /* as it was: empty, the cursor on */
};

struct screen {
    const struct screen_driver *driver;
    EFI_SIMPLE_TEXT_OUT_PROTOCOL *console; /* of the firmware's */
    UINTN attribute;                       /* as it was */
    bool has_cursor;                       /* the same */
    uint32_t columns, rows;
    struct inspector_cell *wanted; /* what is to be shown: row by row */
    struct inspector_cell *shown;  /* what is shown; a character of 0: not known */
};

/* The firmware's console in the mode that it has; 80x25 where it does not tell a size. `has_terminal`: behind one of its
 * outputs is a terminal, of which nobody knows more than that it has 80x25; then not more is used. Nothing is written. */
struct screen screen_of_console(EFI_SIMPLE_TEXT_OUT_PROTOCOL *console, bool has_terminal);
/* A terminal of 80x25 behind COM1 (ECMA-48, VT100 and later). */
struct screen screen_of_serial(void);

/* A screen wants this much memory for its cells. */
static inline size_t screen_memory_size(const struct screen *screen)
{
    return (size_t)2 * screen->columns * screen->rows * sizeof(struct inspector_cell);
}
void screen_enter(struct screen *screen, void *memory);
/* Bring `wanted` to the screen. The cell at the bottom right is never written: it would scroll. */
void screen_show(struct screen *screen);
/* Something else was on it: clear it, and write all of it the next time. */
void screen_clear(struct screen *screen);
void screen_leave(struct screen *screen);

/* Text as it is, at the cursor, without cells: "\r" goes to the start of the line. */
void screen_print(struct screen *screen, const char *text);

#endif
