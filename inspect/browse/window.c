/* SPDX-License-Identifier: MIT
 * A window on a text that is kept nowhere. The text is told into a sink, from its start, at each drawing; the sink
 * breaks it into lines of the window's width, counts them, and copies the characters of those that are visible.
 *
 *   told                       wrapped to 20 columns        the window, 2 lines from line 1 on
 *   "0x1000 is described       0  0x1000 is described
 *    twice, by A|B|C"          1    twice, by A|B|C     ->    twice, by A|B|C
 *   "It was repaired."         2  It was repaired.           It was repaired.
 *
 * A line is broken after spaces and '|'; what is longer than a line is broken anywhere. It goes on where its value began
 * ("size        4 KiB, ..."), else two columns further in than it began itself, if it was indented. When the width
 * changes, the window stays on the line that was told, not on its number.
 * Cost: no memory; one telling a drawing, two more if the width changed, one if the text became shorter. */
#include "private.h"

#include <base/string.h>

constexpr uint32_t WORD = 128;
constexpr uint32_t LABEL = 12; /* a value that begins so early has a label before it */

struct window {
    const struct inspector_canvas *canvas; /* null: only count */
    uint32_t width, top, height, first_row;
    /* Where the writer is: the line that it was told, and the line and column of it when wrapped. */
    uint32_t source, line, column, indent, spaces;
    bool begun; /* the line has a word */
    enum inspector_style style;
    char word[WORD];
    uint32_t length;
    /* What is asked: which line was told at `top`, and where line `target` begins. */
    uint32_t source_of_top, target, line_of_target;
};

static void put_character(struct window *window, char character)
{
    const struct inspector_canvas *canvas = window->canvas;
    if (canvas == nullptr || window->line < window->top ||
        window->line - window->top >= window->height)
        return;
    const uint32_t row = window->first_row + (window->line - window->top);
    const uint32_t margin = canvas->columns > window->width ? 1 : 0;
    const uint32_t column = window->column + margin;
    canvas->cells[(size_t)row * canvas->columns + column] =
        (struct inspector_cell){character, window->style};
}

static void next_line(struct window *window, uint32_t column)
{
    window->line++;
    window->column = column;
    window->spaces = 0;
    if (window->line == window->top)
        window->source_of_top = window->source;
}

static void put_word(struct window *window)
{
    if (window->length == 0)
        return;
    const uint32_t width = window->width;
    if (!window->begun) {
        if (window->spaces > width / 2)
            window->spaces = width / 2;
        window->indent = window->spaces == 0 ? 0 : window->spaces + 2;
    } else if (window->column + window->spaces + window->length > width) {
        next_line(window, window->indent);
    }
    window->column += window->spaces;
    if (window->begun && window->spaces >= 2 && window->column <= LABEL)
        window->indent = window->column;
    if (window->indent > width / 2)
        window->indent = width / 2;
    window->begun = true;
    window->spaces = 0;
    for (uint32_t i = 0; i < window->length; i++) {
        if (window->column >= width)
            next_line(window, window->indent);
        put_character(window, window->word[i]);
        window->column++;
    }
    window->length = 0;
}

static void end_line(struct window *window)
{
    put_word(window);
    window->source++;
    window->begun = false;
    window->indent = 0;
    window->style = INSPECTOR_STYLE_TEXT;
    next_line(window, 0);
    if (window->source == window->target)
        window->line_of_target = window->line;
}

static void window_write(void *owner, const char *text, size_t length)
{
    struct window *window = owner;
    for (size_t i = 0; i < length; i++) {
        const unsigned char character = (unsigned char)text[i];
        if (character == '\n') {
            end_line(window);
        } else if (character == INSPECTOR_BREAK) {
            put_word(window);
            next_line(window, 0);
        } else if (character >= 1 && character <= INSPECTOR_STYLE_COUNT) {
            window->style = (enum inspector_style)(character - 1);
        } else if (character == ' ') {
            put_word(window);
            window->spaces++;
        } else if ((character & 0xC0) !=
                   0x80) { /* of a UTF-8 character only the first byte shows */
            window->word[window->length++] =
                character > ' ' && character < 0x7F ? (char)character : '?';
            if (character == '|' || window->length == WORD)
                put_word(window);
        }
    }
}

static struct window tell_to(const struct inspector *inspector, inspector_teller *tell,
                             const struct window *settings)
{
    struct window window = *settings;
    const struct text_sink sink = {.write = window_write, .owner = &window};
    tell(inspector, window.width, &sink);
    if (window.begun || window.length != 0)
        end_line(&window);
    return window;
}

/* The window's own width changed: the line that was at its top is there again. */
static void keep_place(const struct inspector *inspector, inspector_teller *tell,
                       struct inspector_place *place, uint32_t width)
{
    if (place->top != 0 && place->width != 0 && place->width != width) {
        const struct window was =
            tell_to(inspector, tell, &(struct window){.width = place->width, .top = place->top});
        place->top =
            tell_to(inspector, tell, &(struct window){.width = width, .target = was.source_of_top})
                .line_of_target;
    }
    place->width = width;
}

void inspector_window_draw(const struct inspector *inspector, inspector_teller *tell,
                           struct inspector_place *place, const struct inspector_canvas *canvas,
                           uint32_t first, uint32_t height)
{
    uint32_t width = canvas->columns > 2 ? canvas->columns - 2 : canvas->columns;
    if (width > inspector->shared_columns - 2)
        width = inspector->shared_columns - 2;
    if (width > INSPECTOR_TEXT_COLUMNS)
        width = INSPECTOR_TEXT_COLUMNS;
    keep_place(inspector, tell, place, width);
    struct window visible = {
        .canvas = canvas, .width = width, .top = place->top, .height = height, .first_row = first};
    place->lines = tell_to(inspector, tell, &visible).line;
    const uint32_t most = inspector->shared_rows - INSPECTOR_HEAD_ROWS - INSPECTOR_FOOT_ROWS;
    const uint32_t page = height < most ? height : most;
    const uint32_t last_top = place->lines > page ? place->lines - page : 0;
    if (place->top <= last_top)
        return;
    for (uint32_t row = 0; row < height; row++)
        inspector_fill(canvas, first + row, INSPECTOR_STYLE_TEXT);
    visible.top = place->top = last_top;
    (void)tell_to(inspector, tell, &visible);
}
