/* SPDX-License-Identifier: MIT
 * Source: UEFI 2.10, 12.4 (EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL); ECMA-48, 8.3 (CUP, ED, SGR), xterm's ctlseqs for the
 * cursor. What the firmware answers is ignored but for sizes: there is nobody else to tell. */
#include "screen.h"

#include "serial.h"

#include <base/format.h>
#include <base/string.h>

static constexpr uint32_t COLUMNS_DEFAULT = 80, ROWS_DEFAULT = 25; /* mode 0, UEFI 2.10, 12.4.1 */
static constexpr uint32_t RUN_MAX = 128;                           /* cells written at once */

/* A look, and how each kind of screen is told it. Dark grey is not used: on many terminals it cannot be seen. */
static const struct {
    uint8_t attribute; /* EFI_TEXT_ATTR */
    char sgr[12];
} looks[INSPECTOR_STYLE_COUNT] = {
    [INSPECTOR_STYLE_TEXT] = {EFI_LIGHTGRAY, "0"},
    [INSPECTOR_STYLE_SOFT] = {EFI_CYAN, "0;36"},
    [INSPECTOR_STYLE_TITLE] = {EFI_BLACK | EFI_BACKGROUND_LIGHTGRAY, "0;30;47"},
    [INSPECTOR_STYLE_CURRENT] = {EFI_WHITE | EFI_BACKGROUND_BLUE, "0;1;37;44"},
    [INSPECTOR_STYLE_SELECTED] = {EFI_BLACK | EFI_BACKGROUND_CYAN, "0;30;46"},
    [INSPECTOR_STYLE_ERROR] = {EFI_LIGHTRED, "0;1;31"},
    [INSPECTOR_STYLE_WARNING] = {EFI_YELLOW, "0;1;33"},
    [INSPECTOR_STYLE_NOTE] = {EFI_LIGHTGREEN, "0;1;32"},
};

/* ---- the firmware's console ---- */

static void console_clear(struct screen *s)
{
    (void)s->console->SetAttribute(s->console, looks[INSPECTOR_STYLE_TEXT].attribute);
    (void)s->console->ClearScreen(s->console);
    (void)s->console->EnableCursor(s->console, FALSE);
}

static void console_write(struct screen *s, uint32_t column, uint32_t row,
                          enum inspector_style style, const struct inspector_cell *cells,
                          uint32_t count)
{
    CHAR16 text[RUN_MAX + 1];
    for (uint32_t i = 0; i < count; i++)
        text[i] = (CHAR16)cells[i].character;
    text[count] = 0;
    (void)s->console->SetAttribute(s->console, looks[style].attribute);
    (void)s->console->SetCursorPosition(s->console, column, row);
    (void)s->console->OutputString(s->console, text);
}

static void console_leave(struct screen *s)
{
    (void)s->console->SetAttribute(s->console, s->attribute);
    (void)s->console->ClearScreen(s->console);
    (void)s->console->EnableCursor(s->console, s->has_cursor);
}

static const struct screen_driver console_driver = {console_clear, console_write, console_leave};

static uint32_t least(UINTN value, uint32_t limit)
{
    return value < limit ? (uint32_t)value : limit;
}

/* EDK II tells a mode with 100 columns of a console whose serial half has 80, and then does not go to the others. */
struct screen screen_of_console(EFI_SIMPLE_TEXT_OUT_PROTOCOL *console, bool has_terminal)
{
    UINTN columns = 0, rows = 0;
    const SIMPLE_TEXT_OUTPUT_MODE *mode = console->Mode;
    const UINTN number = mode != nullptr && mode->Mode > 0 ? (UINTN)mode->Mode : 0;
    const EFI_STATUS status = console->QueryMode(console, number, &columns, &rows);
    if (EFI_ERROR(status) || columns == 0 || rows == 0) {
        columns = COLUMNS_DEFAULT;
        rows = ROWS_DEFAULT;
    }
    return (struct screen){
        .driver = &console_driver,
        .console = console,
        .attribute = mode != nullptr ? (UINTN)mode->Attribute & 0x7F : EFI_LIGHTGRAY,
        .has_cursor = mode == nullptr || mode->CursorVisible,
        .columns = least(columns, has_terminal ? COLUMNS_DEFAULT : SCREEN_COLUMNS_MAX),
        .rows = least(rows, has_terminal ? ROWS_DEFAULT : SCREEN_ROWS_MAX),
    };
}

/* ---- a terminal behind COM1 ---- */

static void serial_say(const char *text)
{
    serial_write(text, strlen(text));
}

static void serial_clear(struct screen *s)
{
    (void)s;
    serial_say("\33[0m\33[2J\33[H\33[?25l");
}

static void serial_write_cells(struct screen *s, uint32_t column, uint32_t row,
                               enum inspector_style style, const struct inspector_cell *cells,
                               uint32_t count)
{
    char text[32 + RUN_MAX];
    (void)s;
    int length =
        format_text(text, sizeof text, "\33[%u;%uH\33[%sm", row + 1, column + 1, looks[style].sgr);
    for (uint32_t i = 0; i < count; i++)
        text[length++] = cells[i].character;
    serial_write(text, (size_t)length);
}

static void serial_leave(struct screen *s)
{
    (void)s;
    serial_say("\33[0m\33[2J\33[H\33[?25h");
}

static const struct screen_driver serial_driver = {serial_clear, serial_write_cells, serial_leave};

struct screen screen_of_serial(void)
{
    return (struct screen){
        .driver = &serial_driver, .columns = COLUMNS_DEFAULT, .rows = ROWS_DEFAULT};
}

/* ---- any screen ---- */

void screen_clear(struct screen *s)
{
    memset(s->shown, 0, screen_memory_size(s) / 2);
    s->driver->clear(s);
}

void screen_enter(struct screen *s, void *memory)
{
    s->wanted = memory;
    s->shown = s->wanted + (size_t)s->columns * s->rows;
    screen_clear(s);
}

static bool is_shown(const struct screen *s, size_t at)
{
    return s->shown[at].character == s->wanted[at].character &&
           s->shown[at].style == s->wanted[at].style;
}

/* Runs of one style that are not shown yet. */
static void show_row(struct screen *s, uint32_t row)
{
    const size_t start = (size_t)row * s->columns;
    const uint32_t end = row + 1 == s->rows ? s->columns - 1 : s->columns;
    for (uint32_t column = 0; column < end;) {
        const struct inspector_cell *first = &s->wanted[start + column];
        uint32_t count = 0;
        while (count < RUN_MAX && column + count < end && first[count].style == first->style &&
               !is_shown(s, start + column + count))
            count++;
        if (count == 0) {
            column++;
            continue;
        }
        s->driver->write(s, column, row, first->style, first, count);
        memcpy(&s->shown[start + column], first, count * sizeof *first);
        column += count;
    }
}

void screen_show(struct screen *s)
{
    for (uint32_t row = 0; row < s->rows; row++)
        show_row(s, row);
}

void screen_leave(struct screen *s)
{
    s->driver->leave(s);
}

void screen_print(struct screen *s, const char *text)
{
    CHAR16 wide[RUN_MAX];
    uint32_t length = 0;
    if (s->console == nullptr) {
        serial_say(text);
        return;
    }
    for (; text[length] != '\0' && length < RUN_MAX - 1; length++)
        wide[length] = (CHAR16)text[length];
    wide[length] = 0;
    (void)s->console->OutputString(s->console, wide);
}
