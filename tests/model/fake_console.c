/* SPDX-License-Identifier: MIT */
#include "model/fake_console.h"

#include "model/fake_volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_console fake_console;

/* ---- a screen ---- */

void fake_screen_clear(struct fake_screen *s)
{
    memset(s->cells, ' ', sizeof s->cells);
    memset(s->looks, s->look, sizeof s->looks);
    s->column = s->row = 0;
}

static void scroll(struct fake_screen *s)
{
    s->scrolls++;
    memmove(s->cells[0], s->cells[1], sizeof s->cells - sizeof s->cells[0]);
    memmove(s->looks[0], s->looks[1], sizeof s->looks - sizeof s->looks[0]);
}

static void next_row(struct fake_screen *s)
{
    if (s->row + 1 < s->rows)
        s->row++;
    else
        scroll(s);
}

void fake_screen_put(struct fake_screen *s, char c)
{
    if (c == '\r') {
        s->column = 0;
        return;
    }
    if (c == '\n') {
        next_row(s);
        return;
    }
    s->written++;
    s->cells[s->row][s->column] = c;
    s->looks[s->row][s->column] = s->look;
    if (++s->column == s->columns) {
        s->column = 0;
        next_row(s);
    }
}

const char *fake_row(const struct fake_screen *screen, uint32_t row)
{
    static char text[FAKE_COLUMNS_MAX + 1];
    size_t length = screen->columns;
    memcpy(text, screen->cells[row], length);
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
    return text;
}

/* ---- the firmware's ---- */

static SIMPLE_TEXT_OUTPUT_MODE mode = {
    .MaxMode = 1, .Attribute = EFI_LIGHTGRAY, .CursorVisible = TRUE};

static EFI_STATUS output_string(EFI_SIMPLE_TEXT_OUT_PROTOCOL *self, CHAR16 *text)
{
    (void)self;
    for (; *text != 0; text++)
        fake_screen_put(&fake_console.screen, (char)*text);
    return EFI_SUCCESS;
}

static EFI_STATUS query_mode(EFI_SIMPLE_TEXT_OUT_PROTOCOL *self, UINTN number, UINTN *columns,
                             UINTN *rows)
{
    (void)self, (void)number;
    if (fake_console.no_size)
        return EFI_DEVICE_ERROR;
    *columns = fake_console.screen.columns;
    *rows = fake_console.screen.rows;
    return EFI_SUCCESS;
}

static EFI_STATUS set_attribute(EFI_SIMPLE_TEXT_OUT_PROTOCOL *self, UINTN attribute)
{
    (void)self;
    fake_console.screen.look = (uint8_t)attribute;
    return EFI_SUCCESS;
}

static EFI_STATUS clear(EFI_SIMPLE_TEXT_OUT_PROTOCOL *self)
{
    (void)self;
    fake_screen_clear(&fake_console.screen);
    return EFI_SUCCESS;
}

static EFI_STATUS set_cursor(EFI_SIMPLE_TEXT_OUT_PROTOCOL *self, UINTN column, UINTN row)
{
    struct fake_screen *s = &fake_console.screen;
    (void)self;
    if (column >= s->columns || row >= s->rows)
        return EFI_UNSUPPORTED;
    s->column = (uint32_t)column;
    s->row = (uint32_t)row;
    return EFI_SUCCESS;
}

static EFI_STATUS enable_cursor(EFI_SIMPLE_TEXT_OUT_PROTOCOL *self, BOOLEAN visible)
{
    (void)self;
    fake_console.screen.has_cursor = visible;
    return EFI_SUCCESS;
}

static EFI_STATUS read_key(EFI_SIMPLE_TEXT_IN_PROTOCOL *self, EFI_INPUT_KEY *out)
{
    struct fake_console *f = &fake_console;
    (void)self;
    if (f->next_key == f->key_count || f->keys[f->next_key].at > f->milliseconds) {
        if (!f->empty_keys)
            return EFI_NOT_READY;
        *out = (EFI_INPUT_KEY){};
        return EFI_SUCCESS;
    }
    const struct fake_key *key = &f->keys[f->next_key++];
    *out = (EFI_INPUT_KEY){.ScanCode = key->scan, .UnicodeChar = key->unit};
    return EFI_SUCCESS;
}

static EFI_STATUS blt(EFI_GRAPHICS_OUTPUT_PROTOCOL *self, EFI_GRAPHICS_OUTPUT_BLT_PIXEL *pixels,
                      EFI_GRAPHICS_OUTPUT_BLT_OPERATION how, UINTN from_x, UINTN from_y, UINTN x,
                      UINTN y, UINTN width, UINTN height, UINTN line_bytes)
{
    struct fake_console *f = &fake_console;
    (void)self;
    if (f->no_blt)
        return EFI_DEVICE_ERROR;
    if (how == EfiBltVideoFill && (x | y) == 0 && width == f->picture_width &&
        height == f->picture_height) {
        f->picture_hidden = true;
        return EFI_SUCCESS;
    }
    if (how != EfiBltBufferToVideo || (from_x | from_y | x | y) != 0 || width != f->picture_width ||
        height != f->picture_height || line_bytes != width * sizeof *pixels)
        abort();
    f->picture_hidden = false;
    free(f->picture);
    f->picture = malloc(height * line_bytes);
    memcpy(f->picture, pixels, height * line_bytes);
    return EFI_SUCCESS;
}

static EFI_STATUS locate_protocol(EFI_GUID *protocol, void *key, void **out)
{
    static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info;
    static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE graphics_mode = {.Info = &info};
    static EFI_GRAPHICS_OUTPUT_PROTOCOL gop = {.Blt = blt, .Mode = &graphics_mode};
    (void)protocol, (void)key;
    info.HorizontalResolution = fake_console.picture_width;
    info.VerticalResolution = fake_console.picture_height;
    if (fake_console.picture_width == 0)
        return EFI_NOT_FOUND;
    *out = &gop;
    return EFI_SUCCESS;
}

/* ---- time ---- */

static unsigned timer_event, key_event; /* an event is the address of one */
static uint64_t timer_ms;

static EFI_STATUS create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, void *context,
                               EFI_EVENT *out)
{
    (void)type, (void)tpl, (void)notify, (void)context;
    if (fake_console.no_event)
        return EFI_OUT_OF_RESOURCES;
    fake_console.open_events++;
    *out = &timer_event;
    return EFI_SUCCESS;
}

static EFI_STATUS close_event(EFI_EVENT event)
{
    (void)event;
    fake_console.open_events--;
    return EFI_SUCCESS;
}

static EFI_STATUS set_timer(EFI_EVENT event, EFI_TIMER_DELAY how, UINT64 hundreds_of_ns)
{
    if (event != &timer_event || how != TimerRelative)
        abort();
    timer_ms = hundreds_of_ns / 10000;
    return fake_console.no_timer ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}

/* A test that waits for a key that never comes would last for ever. */
static void pass(uint64_t milliseconds)
{
    fake_console.milliseconds += milliseconds;
    if (fake_console.milliseconds > 3600000)
        abort();
}

static EFI_STATUS wait_for_event(UINTN count, EFI_EVENT *events, UINTN *index)
{
    struct fake_console *f = &fake_console;
    const bool has_keys = count == 2 && events[1] == &key_event;
    if (f->no_wait)
        return EFI_UNSUPPORTED;
    if (events[0] != &timer_event)
        abort();
    *index = 0;
    if (has_keys && f->false_alarms)
        *index = 1;
    else if (has_keys && f->next_key < f->key_count &&
             f->keys[f->next_key].at <= f->milliseconds + timer_ms) {
        if (f->keys[f->next_key].at > f->milliseconds)
            f->milliseconds = f->keys[f->next_key].at;
        *index = 1;
    } else
        pass(timer_ms);
    return EFI_SUCCESS;
}

static EFI_STATUS stall(UINTN microseconds)
{
    pass(microseconds / 1000);
    return EFI_SUCCESS;
}

static EFI_STATUS set_watchdog(UINTN seconds, UINT64 code, UINTN size, CHAR16 *data)
{
    (void)code, (void)size, (void)data;
    fake_console.watchdog_off += seconds == 0;
    return EFI_SUCCESS;
}

/* ---- variables and resets ---- */

static bool is_named(const CHAR16 *name, const char *wanted)
{
    while (*wanted != '\0' && *name == (CHAR16)*wanted)
        name++, wanted++;
    return *name == 0 && *wanted == '\0';
}

static EFI_STATUS get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size,
                               void *data)
{
    struct fake_console *f = &fake_console;
    const void *value = nullptr;
    size_t value_size = sizeof(uint64_t);
    (void)vendor, (void)attributes;
    if (is_named(name, "ConOut") && f->console_path_size != 0) {
        value = f->console_path;
        value_size = f->console_path_size;
    } else if (is_named(name, "OsIndicationsSupported") && f->indications_supported != 0)
        value = &f->indications_supported;
    else if (is_named(name, "OsIndications") && f->indications != 0)
        value = &f->indications;
    if (value == nullptr)
        return EFI_NOT_FOUND;
    if (*size < value_size)
        return EFI_BUFFER_TOO_SMALL;
    *size = value_size;
    memcpy(data, value, value_size);
    return EFI_SUCCESS;
}

static EFI_STATUS set_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes, UINTN size,
                               void *data)
{
    (void)vendor;
    if (!is_named(name, "OsIndications") || size != sizeof(uint64_t) || attributes != 7)
        abort(); /* no other setting is ever changed */
    if (fake_console.no_set)
        return EFI_WRITE_PROTECTED;
    memcpy(&fake_console.indications, data, size);
    return EFI_SUCCESS;
}

static EFI_STATUS reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data)
{
    (void)status, (void)size, (void)data;
    fake_console.resets |= type == EfiResetWarm       ? FAKE_RESET_WARM
                           : type == EfiResetShutdown ? FAKE_RESET_OFF
                                                      : FAKE_RESET_OTHER;
    return EFI_SUCCESS;
}

/* ---- all of it ---- */

static EFI_SIMPLE_TEXT_OUT_PROTOCOL output = {.OutputString = output_string,
                                              .QueryMode = query_mode,
                                              .SetAttribute = set_attribute,
                                              .ClearScreen = clear,
                                              .SetCursorPosition = set_cursor,
                                              .EnableCursor = enable_cursor,
                                              .Mode = &mode};
static EFI_SIMPLE_TEXT_IN_PROTOCOL input = {.ReadKeyStroke = read_key, .WaitForKey = &key_event};
EFI_SYSTEM_TABLE fake_system;

void fake_console_reset(void)
{
    static const struct fake_screen screen = {
        .columns = 80, .rows = 25, .look = EFI_LIGHTGRAY, .has_cursor = true};
    free(fake_console.picture);
    fake_console = (struct fake_console){.screen = screen, .serial_screen = screen};
    fake_screen_clear(&fake_console.screen);
    fake_screen_clear(&fake_console.serial_screen);
    fake_boot.LocateProtocol = locate_protocol;
    fake_boot.CreateEvent = create_event;
    fake_boot.CloseEvent = close_event;
    fake_boot.SetTimer = set_timer;
    fake_boot.WaitForEvent = wait_for_event;
    fake_boot.Stall = stall;
    fake_boot.SetWatchdogTimer = set_watchdog;
    fake_runtime.GetVariable = get_variable;
    fake_runtime.SetVariable = set_variable;
    fake_runtime.ResetSystem = reset_system;
    fake_system = (EFI_SYSTEM_TABLE){.ConOut = &output,
                                     .ConIn = &input,
                                     .BootServices = &fake_boot,
                                     .RuntimeServices = &fake_runtime};
}

void fake_press(uint64_t at, uint16_t scan, uint16_t unit)
{
    fake_console.keys[fake_console.key_count++] = (struct fake_key){at, scan, unit};
}

void fake_type(uint64_t at, const char *bytes, bool serial)
{
    for (; *bytes != '\0'; bytes++)
        if (serial)
            fake_console.serial_keys[fake_console.serial_key_count++] =
                (struct fake_key){at, 0, (uint8_t)*bytes};
        else
            fake_press(at, 0, (uint8_t)*bytes);
}
