/* SPDX-License-Identifier: MIT
 * The screen of the inspector:
 *
 *   row 0        what is inspected
 *   row 1        the pages, the current one marked
 *   rows 2..     a list with its heading, or a text
 *   last but 1   a question or a message, else what is shown: filter, order, totals, place
 *   last         the keys that do something here
 *
 * A message that is longer than its row takes rows above it.
 *
 * Whatever does not fit is left out whole: titles of pages, keys, totals. Only free text is cut. */
#include "private.h"

#include <inspect/words.h>

#include <base/string.h>

constexpr size_t LINE = 256;
constexpr uint32_t MESSAGE_ROWS = 4;

/* ---- bars ---- */

/* What is inspected and, if there is room, how much was found. */
static void draw_title(const struct inspector *inspector, const struct inspector_canvas *canvas)
{
    const uint32_t *counts = inspector->setup.inspection->lint->counts;
    char title[LINE], found[64];
    const size_t length = (size_t)format_text(title, sizeof title, "%s", inspector->setup.title);
    const uint32_t found_length =
        (uint32_t)format_text(found, sizeof found, "errors %u, warnings %u, notes %u",
                              counts[LINT_ERROR], counts[LINT_WARNING], counts[LINT_NOTE]);
    inspector_shorten(title, canvas->columns - 2);
    inspector_fill(canvas, 0, INSPECTOR_STYLE_TITLE);
    inspector_put(canvas, 0, 1, canvas->columns, INSPECTOR_STYLE_TITLE, title);
    if (length + found_length + 4 <= canvas->columns)
        inspector_put(canvas, 0, canvas->columns - 1 - found_length, found_length,
                      INSPECTOR_STYLE_TITLE, found);
}

static void draw_pages(const struct inspector *inspector, const struct inspector_canvas *canvas)
{
    static const char *const titles[INSPECTOR_PAGE_COUNT] = {
#define INSPECTOR_PAGE_TITLE(name, title) title,
        INSPECTOR_PAGE_LIST(INSPECTOR_PAGE_TITLE)
#undef INSPECTOR_PAGE_TITLE
    };
    size_t all = 0;
    for (unsigned i = 0; i < INSPECTOR_PAGE_COUNT; i++)
        all += sizeof " 1 " + strlen(titles[i]);
    inspector_fill(canvas, 1, INSPECTOR_STYLE_TITLE);
    uint32_t column = 0;
    for (unsigned i = 0; i < INSPECTOR_PAGE_COUNT; i++) {
        const bool current = i == inspector->page;
        char text[32];
        format_text(text, sizeof text, " %u%s%s ", i + 1,
                    all <= canvas->columns || current ? " " : "",
                    all <= canvas->columns || current ? titles[i] : "");
        column = inspector_put(canvas, 1, column, canvas->columns,
                               current ? INSPECTOR_STYLE_CURRENT : INSPECTOR_STYLE_TITLE, text);
    }
}

/* Each key and its word, as many as fit; the key is marked. */
static void draw_keys(const struct inspector *inspector, const struct inspector_canvas *canvas)
{
    static const char *const of_list[] = {"Enter details", "g go on",   "7 help",   "/ find",
                                          "s sort",        "r reverse", "t filter", "w report",
                                          "p picture",     "u setup",   "o off",    nullptr};
    static const char *const of_text[] = {"Up,Down move", "g go on",   "7 help",
                                          "w report",     "p picture", "u firmware's setup",
                                          "o power off",  nullptr};
    static const char *const of_detail[] = {"Escape back", "Up,Down move", "g go on", "/ find",
                                            "w report",    "p picture",    nullptr};
    static const char *const of_find[] = {"Enter find", "Escape leave", "Backspace delete",
                                          nullptr};
    static const char *const of_question[] = {"y yes", "Escape no", nullptr};
    const char *const *keys = of_text;
    if (inspector->prompt == INSPECTOR_PROMPT_FIND)
        keys = of_find;
    else if (inspector->prompt != INSPECTOR_PROMPT_NONE)
        keys = of_question;
    else if (inspector->detail)
        keys = of_detail;
    else if (inspector_shows_list(inspector))
        keys = of_list;
    const uint32_t row = canvas->rows - 1;
    inspector_fill(canvas, row, INSPECTOR_STYLE_TITLE);
    uint32_t column = 1;
    for (; *keys != nullptr; keys++) {
        const uint32_t length = (uint32_t)strlen(*keys);
        if (length > canvas->columns - column)
            return;
        const uint32_t key = (uint32_t)(strchr(*keys, ' ') - *keys);
        inspector_put(canvas, row, column, key, INSPECTOR_STYLE_CURRENT, *keys);
        column =
            inspector_put(canvas, row, column + key, length, INSPECTOR_STYLE_TITLE, *keys + key);
        column = column + 2 < canvas->columns ? column + 2 : canvas->columns;
    }
}

/* ---- the line above the keys ---- */

/* "usable: 12 of 43, by address; 1.5 GiB"; from the end, what there is no room for is left out. */
static void list_status(const struct inspector *inspector, size_t room, char line[LINE])
{
    static const char things[INSPECTOR_LISTS][12] = {"range", "descriptor", "finding"};
    const unsigned list = inspector->page;
    const struct inspector_list *rows = &inspector->lists[list];
    const struct lint *lint = inspector->setup.inspection->lint;
    char what[64], rest[48] = "";
    if (rows->filtered) {
        char name[40];
        inspector_group_text(list, rows->group, name, sizeof name);
        format_text(what, sizeof what, "%s: %u of %u", name, rows->count, rows->total);
    } else {
        format_text(what, sizeof what, "%u %s%s", rows->count, things[list],
                    rows->count == 1 ? "" : "s");
    }
    if (list != INSPECTOR_PAGE_FINDINGS)
        format_text(rest, sizeof rest, "; %s", render_size(rows->bytes).text);
    else if (lint->needed > lint->recorded)
        format_text(rest, sizeof rest, "; no memory for %u more", lint->needed - lint->recorded);
    const char *order = inspector_rows_order(rows, list);
    if ((size_t)format_text(line, LINE, "%s, %s%s", what, order, rest) > room &&
        (size_t)format_text(line, LINE, "%s, %s", what, order) > room)
        format_text(line, LINE, "%s", what);
}

static void text_status(struct inspector *inspector, char line[LINE])
{
    const struct inspector_place *text = inspector_place(inspector);
    const uint32_t height = inspector_text_height(inspector);
    if (text->lines > height)
        format_text(line, LINE, "lines %u to %u of %u", text->top + 1, text->top + height,
                    text->lines);
}

/* Up to the space that still fits, so that something is left for the row below; all of it, if that fits. */
static size_t part_of(const char *text, size_t room)
{
    size_t length = strlen(text);
    if (length <= room)
        return length;
    for (length = room; length > room / 2 && text[length] != ' ';)
        length--;
    return text[length] == ' ' ? length : room;
}

static void draw_message(const struct inspector_canvas *canvas, const char *text)
{
    const char *parts[MESSAGE_ROWS];
    const uint32_t room = canvas->columns - 2;
    uint32_t count = 0;
    for (size_t length; *text != '\0' && count < MESSAGE_ROWS; text += length) {
        text += *text == ' ';
        length = part_of(text, room);
        parts[count++] = text;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = canvas->rows - 1 - count + i;
        char line[LINE];
        format_text(line, sizeof line, "%s", parts[i]);
        if (i + 1 < count)
            line[part_of(line, room)] = '\0';
        inspector_shorten(line, room);
        inspector_fill(canvas, row, INSPECTOR_STYLE_TITLE);
        inspector_put(canvas, row, 1, room, INSPECTOR_STYLE_TITLE, line);
    }
}

static void draw_status(struct inspector *inspector, const struct inspector_canvas *canvas)
{
    char line[LINE] = "", place[32] = "";
    uint32_t room = canvas->columns - 2;
    if (inspector->prompt == INSPECTOR_PROMPT_FIND) {
        format_text(line, sizeof line, "Find hex address: %s_ %s", inspector->input,
                    inspector->message);
    } else if (inspector->prompt != INSPECTOR_PROMPT_NONE) {
        format_text(line, sizeof line, "Press y to %s.",
                    inspector->prompt == INSPECTOR_PROMPT_FIRMWARE
                        ? "reboot into the firmware's setup"
                        : "power off");
    } else if (inspector->message[0] != '\0') {
        draw_message(canvas, inspector->message);
        return;
    } else if (inspector_shows_list(inspector)) {
        const struct inspector_list *rows = &inspector->lists[inspector->page];
        if (rows->count != 0)
            room -= 1 + (uint32_t)format_text(place, sizeof place, "%u/%u", rows->selected + 1,
                                              rows->count);
        list_status(inspector, room, line);
    } else {
        text_status(inspector, line);
    }
    const uint32_t row = canvas->rows - 2;
    inspector_shorten(line, room);
    inspector_fill(canvas, row, INSPECTOR_STYLE_TITLE);
    inspector_put(canvas, row, 1, room, INSPECTOR_STYLE_TITLE, line);
    inspector_put(canvas, row, canvas->columns - 1 - (uint32_t)strlen(place), canvas->columns,
                  INSPECTOR_STYLE_TITLE, place);
}

/* ---- all of it ---- */

uint32_t inspector_text_height(const struct inspector *inspector)
{
    const uint32_t shared = inspector->shared_rows;
    return (inspector->rows < shared ? inspector->rows : shared) - INSPECTOR_HEAD_ROWS -
           INSPECTOR_FOOT_ROWS;
}

uint32_t inspector_list_height(const struct inspector *inspector)
{
    return inspector_text_height(inspector) - 1; /* its heading */
}

static void tell_too_small(const struct inspector *inspector, uint32_t width,
                           const struct text_sink *sink)
{
    (void)width;
    (void)inspector;
    sink_print(sink, "The screen is too small: the inspector needs %u columns and %u rows.\n",
               INSPECTOR_COLUMNS_MIN, INSPECTOR_ROWS_MIN);
}

void inspector_share(struct inspector *inspector, uint32_t columns, uint32_t rows)
{
    inspector->shared_columns = columns < INSPECTOR_COLUMNS_MIN ? INSPECTOR_COLUMNS_MIN : columns;
    inspector->shared_rows = rows < INSPECTOR_ROWS_MIN ? INSPECTOR_ROWS_MIN : rows;
}

void inspector_draw(struct inspector *inspector, uint32_t columns, uint32_t rows,
                    struct inspector_cell *cells)
{
    if (columns == 0 || rows == 0)
        return;
    const struct inspector_canvas canvas = {cells, columns, rows};
    for (uint32_t row = 0; row < rows; row++)
        inspector_fill(&canvas, row, INSPECTOR_STYLE_TEXT);
    if (columns < INSPECTOR_COLUMNS_MIN || rows < INSPECTOR_ROWS_MIN) {
        struct inspector_place place = {};
        inspector_window_draw(inspector, tell_too_small, &place, &canvas, 0, rows);
        return;
    }
    inspector->columns = columns;
    inspector->rows = rows;
    const uint32_t height = rows - INSPECTOR_HEAD_ROWS - INSPECTOR_FOOT_ROWS;
    draw_title(inspector, &canvas);
    draw_pages(inspector, &canvas);
    if (inspector_shows_list(inspector))
        inspector_list_draw(inspector, &canvas, INSPECTOR_HEAD_ROWS, height - 1);
    else
        inspector_window_draw(inspector, inspector_text_of(inspector), inspector_place(inspector),
                              &canvas, INSPECTOR_HEAD_ROWS, height);
    draw_status(inspector, &canvas);
    draw_keys(inspector, &canvas);
}
