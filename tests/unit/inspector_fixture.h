/* SPDX-License-Identifier: MIT
 * What the tests of the inspector share: an inspection that is opened on a screen, in memory of exactly the size
 * that was asked for; keys, after each of which it is drawn and checked. */
#ifndef TESTS_INSPECTOR_FIXTURE_H
#define TESTS_INSPECTOR_FIXTURE_H

#include "harness/harness.h"

#include "inspect/browse/private.h"

#include <stdlib.h>
#include <string.h>

constexpr size_t FINDINGS_MAX = 4096;
static const char WHY_NO_REPORT[] = "This medium cannot be written to.";
static const char WHY_NO_LAST_BOOT[] = "No earlier boot left a report.";

struct seen {
    struct view view;
    struct inspection_result result;
    struct inspection inspection;
    struct lint_finding findings[FINDINGS_MAX];
    void *work, *memory;
    struct inspector *inspector;
    uint32_t columns, rows;
    struct inspector_cell *cells; /* as last drawn */
};

/* Draw to exactly so many cells; each must be written, and be printable. The selected row of a list is visible. */
static void seen_draw(struct seen *seen, uint32_t columns, uint32_t rows)
{
    const size_t count = (size_t)columns * rows;
    free(seen->cells);
    seen->cells = malloc(count * sizeof *seen->cells);
    memset(seen->cells, 0xA5, count * sizeof *seen->cells);
    seen->columns = columns;
    seen->rows = rows;
    inspector_draw(seen->inspector, columns, rows, seen->cells);
    uint32_t selected = 0;
    for (size_t i = 0; i < count; i++) {
        const struct inspector_cell cell = seen->cells[i];
        if (cell.character < ' ' || cell.character > '~' || cell.style >= INSPECTOR_STYLE_COUNT)
            fail_msg("cell %zu cannot be shown", i);
        selected += cell.style == INSPECTOR_STYLE_SELECTED;
    }
    const struct inspector *inspector = seen->inspector;
    assert_sound(inspector_check(inspector));
    const bool shows_row = columns >= INSPECTOR_COLUMNS_MIN && rows >= INSPECTOR_ROWS_MIN &&
                           inspector_shows_list(inspector) &&
                           inspector->lists[inspector->page].count != 0;
    /* A long message may hide the row until the next key. */
    if (selected != 0 || strlen(inspector->message) + 2 <= columns)
        assert_int_equal(selected, shows_row ? columns : 0);
}

static struct seen *seen_open_as(const struct view *view, struct inspector_setup setup)
{
    struct seen *seen = calloc(1, sizeof *seen);
    seen->view = *view;
    size_t size = inspection_memory_size(view);
    seen->work = malloc(size);
    assert_status(
        inspection_run(&seen->view, seen->work, size, seen->findings, FINDINGS_MAX, &seen->result),
        STATUS_OK);
    seen->inspection = inspection_of(&seen->view, &seen->result);
    setup.inspection = &seen->inspection;
    size = inspector_memory_size(&seen->inspection);
    assert_true(size != 0);
    seen->memory = malloc(size != 0 ? size : 1);
    memset(seen->memory, 0xA5, size);
    assert_status(inspector_init(&setup, seen->memory, size, &seen->inspector), STATUS_OK);
    seen_draw(seen, 80, 25);
    return seen;
}

static struct seen *seen_open(const struct view *view)
{
    return seen_open_as(view, (struct inspector_setup){.title = "Freehold memmap 1.0: this machine",
                                                       .why_no_last_boot = WHY_NO_LAST_BOOT,
                                                       .has_picture = true});
}

static void seen_close(struct seen *seen)
{
    free(seen->cells);
    free(seen->memory);
    free(seen->work);
    free(seen);
}

static enum inspector_action seen_press(struct seen *seen, uint32_t key)
{
    const enum inspector_action action = inspector_press(seen->inspector, key);
    seen_draw(seen, seen->columns, seen->rows);
    return action;
}

/* Keys that are characters; none of them may ask the caller for anything. */
static inline void seen_type(struct seen *seen, const char *keys)
{
    for (; *keys != '\0'; keys++)
        assert_int_equal(seen_press(seen, (unsigned char)*keys), INSPECTOR_NONE);
}

/* A row of the screen without the spaces at its end, until the next call. */
static const char *seen_row(const struct seen *seen, uint32_t row)
{
    static char text[512];
    assert_true(row < seen->rows && seen->columns < sizeof text);
    uint32_t length = 0;
    for (uint32_t column = 0; column < seen->columns; column++) {
        text[column] = seen->cells[(size_t)row * seen->columns + column].character;
        length = text[column] == ' ' ? length : column + 1;
    }
    text[length] = '\0';
    return text;
}

/* The line above the keys, without the margin. */
static inline const char *seen_status(const struct seen *seen)
{
    const char *text = seen_row(seen, seen->rows - 2);
    return *text == ' ' ? text + 1 : text;
}

static inline struct inspector_list *seen_list(const struct seen *seen)
{
    return &seen->inspector->lists[seen->inspector->page];
}

static inline uint32_t seen_selected(const struct seen *seen)
{
    const struct inspector_list *rows = seen_list(seen);
    assert_true(rows->count != 0);
    return rows->shown[rows->selected];
}

/* A view of descriptors that knows what firmware says, and no table. */
static inline struct view view_of(const struct boot_region *regions, uint32_t count)
{
    struct view view = view_empty(VIEW_FIRMWARE);
    view.regions = regions;
    view.region_count = count;
    view.knows = (UINT32_C(1) << VIEW_FACT_COUNT) - 1 -
                 (VIEW_KNOWS(MEMORY_ATTRIBUTES) | VIEW_KNOWS(NODES) | VIEW_KNOWS(PLACES) |
                  VIEW_KNOWS(INSTALLED));
    view.phys_bits = 46;
    view.descriptor_size = 48; /* UEFI 2.10, 7.2.3: those of today */
    view.descriptor_version = 1;
    return view;
}

#endif
