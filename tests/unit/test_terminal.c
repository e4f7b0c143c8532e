/* SPDX-License-Identifier: MIT
 * The terminal: keys out of bytes, cells onto screens, who has COM1, and waiting with firmware that cannot wait. */
#include "harness/harness.h"

#include "efi/serial.h"
#include "efi/terminal.h"
#include "model/fake_console.h"
#include "model/fake_volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct loader loader;
static struct session session;
static struct terminal terminal;

void loader_say(struct loader *l, const char *text)
{
    (void)l;
    fail_msg("said: %s", text);
}

void loader_stop(struct loader *l, EFI_STATUS status, const char *format, ...)
{
    (void)l, (void)status;
    fprintf(stderr, "the run was ended: %s\n", format);
    abort();
}

static void start(void)
{
    fake_reset();
    fake_console_reset();
    loader = (struct loader){.firmware = {.system = &fake_system, .boot = &fake_boot}};
    session = (struct session){.loader = &loader};
}

static void finish(void)
{
    terminal_close(&terminal);
    session_end(&session);
    assert_int_equal(fake_console.open_events, 0);
    assert_int_equal(fake.open_pages, 0);
}

/* ---- keys out of bytes ---- */

static void test_decoder(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t keys[6];
    } cases[] = {
        {"a~ ", {'a', '~', ' '}},
        {"\33[A\33[B\33[C\33[D",
         {INSPECTOR_KEY_UP, INSPECTOR_KEY_DOWN, INSPECTOR_KEY_RIGHT, INSPECTOR_KEY_LEFT}},
        {"\33OA\33OD", {INSPECTOR_KEY_UP, INSPECTOR_KEY_LEFT}},
        {"\33[H\33[F\33OH\33OF",
         {INSPECTOR_KEY_HOME, INSPECTOR_KEY_END, INSPECTOR_KEY_HOME, INSPECTOR_KEY_END}},
        {"\33[1~\33[4~\33[7~\33[8~",
         {INSPECTOR_KEY_HOME, INSPECTOR_KEY_END, INSPECTOR_KEY_HOME, INSPECTOR_KEY_END}},
        {"\33[5~\33[6~", {INSPECTOR_KEY_PAGE_UP, INSPECTOR_KEY_PAGE_DOWN}},
        {"\33[2~\33[15~\33[3~x", {'x'}}, /* keys that nobody asked for */
        {"\33[1;5A\33[5;2~", {INSPECTOR_KEY_UP, INSPECTOR_KEY_PAGE_UP}}, /* with Ctrl, Shift */
        {"\33[25~\33[255~\33[261~\33[99999999999999999999~x", {'x'}},    /* 261 is 5 in a byte */
        {"\33[?6c\33[>0;1cx", {'x'}},                                    /* a terminal's answers */
        {"\33", {INSPECTOR_KEY_ESCAPE}},
        {"\33\33", {INSPECTOR_KEY_ESCAPE, INSPECTOR_KEY_ESCAPE}},
        {"\33\33[A", {INSPECTOR_KEY_ESCAPE, INSPECTOR_KEY_UP}},
        {"\33[\33[A", {INSPECTOR_KEY_UP}},
        {"\33x", {INSPECTOR_KEY_ESCAPE, 'x'}},
        {"\33\r", {INSPECTOR_KEY_ESCAPE, INSPECTOR_KEY_ENTER}},
        {"\33[", {}},
        {"\33[5", {}},
        {"\33O", {}},
        {"\r\n\n\r\r",
         {INSPECTOR_KEY_ENTER, INSPECTOR_KEY_ENTER, INSPECTOR_KEY_ENTER, INSPECTOR_KEY_ENTER}},
        {"\b\x7F\t", {INSPECTOR_KEY_BACKSPACE, INSPECTOR_KEY_BACKSPACE, INSPECTOR_KEY_TAB}},
        {"\1\x80\xFFx", {'x'}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct key_decoder d = {};
        unsigned count = 0;
        for (const char *byte = cases[i].bytes; *byte != '\0'; byte++) {
            uint32_t key = key_decoder_put(&d, (uint8_t)*byte);
            for (; key != 0; key = key_decoder_next(&d))
                assert_int_equal(key, cases[i].keys[count++]);
        }
        const uint32_t last = key_decoder_end(&d);
        if (last != 0)
            assert_int_equal(last, cases[i].keys[count++]);
        assert_int_equal(cases[i].keys[count], 0);
        assert_false(key_decoder_waits(&d));
    }
}

/* ---- cells onto screens ---- */

static void assert_shown(const struct screen *screen, const struct fake_screen *fake_one)
{
    for (uint32_t row = 0; row < screen->rows; row++)
        for (uint32_t column = 0; column < screen->columns; column++) {
            const struct inspector_cell *cell = &screen->wanted[row * screen->columns + column];
            if (row + 1 == screen->rows && column + 1 == screen->columns)
                break;
            assert_int_equal(fake_one->cells[row][column], cell->character);
        }
    assert_int_equal(fake_one->scrolls, 0);
}

/* Any cells, one drawing after another, on both kinds of screen: they are there, in the same looks. */
static void test_random_cells(void **state)
{
    (void)state;
    struct random random = random_start("terminal", 5);
    start();
    fake_console.has_serial = true;
    assert_true(terminal_open(&terminal, &loader.firmware));
    assert_int_equal(terminal.screen_count, 2);
    assert_true(terminal_enter(&terminal, &session));
    assert_false(fake_console.screen.has_cursor || fake_console.serial_screen.has_cursor);
    struct screen *const screens = terminal.screens;
    for (unsigned round = 0; round < 200; round++) {
        const uint64_t changes = random_below(&random, 300) * random_below(&random, 10);
        for (uint64_t i = 0; i < changes; i++) {
            const size_t at = random_below(&random, 80 * 25);
            screens[0].wanted[at] = (struct inspector_cell){
                .character = (char)(' ' + random_below(&random, 95)),
                .style = (enum inspector_style)random_below(&random, INSPECTOR_STYLE_COUNT)};
        }
        for (size_t i = 0; round == 0 && i < (size_t)80 * 25; i++)
            if (screens[0].wanted[i].character < ' ' || screens[0].wanted[i].character > '~' ||
                screens[0].wanted[i].style >= INSPECTOR_STYLE_COUNT)
                screens[0].wanted[i] = (struct inspector_cell){.character = '.'};
        memcpy(screens[1].wanted, screens[0].wanted, 80 * 25 * sizeof *screens[0].wanted);
        if (round == 100) { /* something else was drawn over it */
            memset(fake_console.screen.cells, '#', sizeof fake_console.screen.cells);
            terminal_clear(&terminal);
        }
        screen_show(&screens[0]);
        screen_show(&screens[1]);
        assert_shown(&screens[0], &fake_console.screen);
        assert_shown(&screens[1], &fake_console.serial_screen);
        assert_memory_equal(fake_console.screen.looks, fake_console.serial_screen.looks,
                            sizeof fake_console.screen.looks);
    }
    terminal_leave(&terminal);
    assert_true(fake_console.screen.has_cursor && fake_console.serial_screen.has_cursor);
    assert_int_equal(fake_console.screen.look, EFI_LIGHTGRAY);
    assert_string_equal(fake_row(&fake_console.screen, 3), "");
    finish();
}

static void test_only_changes_are_written(void **state)
{
    (void)state;
    start();
    fake_console.screen.columns = 132;
    fake_console.screen.rows = 60;
    assert_true(terminal_open(&terminal, &loader.firmware));
    assert_true(terminal_enter(&terminal, &session));
    struct screen *s = &terminal.screens[0];
    constexpr size_t count = (size_t)132 * 60;
    for (size_t i = 0; i < count; i++)
        s->wanted[i] = (struct inspector_cell){.character = 'x'};
    screen_show(s);
    assert_int_equal(fake_console.screen.written, count - 1);
    screen_show(s);
    assert_int_equal(fake_console.screen.written, count - 1);
    s->wanted[131].character = 'y';
    s->wanted[132].character = 'z';
    s->wanted[500].style = INSPECTOR_STYLE_ERROR;
    s->wanted[count - 1].character = '!';
    screen_show(s);
    assert_int_equal(fake_console.screen.written, count - 1 + 3);
    assert_int_equal(fake_console.screen.cells[59][131], ' ');
    finish();
}

static void test_sizes(void **state)
{
    (void)state;
    start();
    fake_console.no_size = true;
    fake_console.screen.columns = 132;
    assert_true(terminal_open(&terminal, &loader.firmware));
    assert_int_equal(terminal.screens[0].columns, 80);
    assert_int_equal(terminal.screens[0].rows, 25);
    finish();
    start();
    fake_console.screen.columns = 1u << 30;
    fake_console.screen.rows = 1u << 30;
    assert_true(terminal_open(&terminal, &loader.firmware));
    assert_int_equal(terminal.screens[0].columns, SCREEN_COLUMNS_MAX);
    assert_int_equal(terminal.screens[0].rows, SCREEN_ROWS_MAX);
    fake.no_memory = true;
    assert_false(terminal_enter(&terminal, &session));
    assert_int_equal(fake_console.screen.written, 0);
    finish();
}

/* ---- who has COM1? ---- */

#define NODE(type, subtype, length) type, subtype, length, 0
static const struct {
    unsigned char path[FAKE_VALUE_MAX];
    size_t size;
    bool theirs;
} paths[] = {
    {.size = 0},
    {{NODE(2, 1, 12), 1, 2, 3, 4, 5, 6, 7, 8, NODE(0x7F, 0xFF, 4)}, 16, false},
    {{NODE(2, 1, 12), 1, 2, 3, 4, 5, 6, 7, 8, NODE(3, 14, 19), [34] = 0, NODE(0x7F, 0xFF, 4)},
     35 + 4,
     true},
    /* the second of two consoles */
    {{NODE(2, 1, 6), 1, 2, NODE(0x7F, 1, 4), NODE(3, 14, 19), [28] = 0, NODE(0x7F, 0xFF, 4)},
     29 + 4,
     true},
    {{NODE(2, 14, 6), 1, 2, NODE(3, 1, 4), NODE(0x7F, 0xFF, 4)}, 14, false},
    {{NODE(2, 1, 0), NODE(3, 14, 19)}, 8, false},   /* a length of 0 */
    {{NODE(2, 1, 3), NODE(3, 14, 19)}, 8, false},   /* shorter than a node */
    {{NODE(2, 1, 200), NODE(3, 14, 19)}, 8, false}, /* longer than all */
    {{NODE(3, 14, 19)}, 3, false},                  /* cut */
};

static void test_who_has_serial(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        start();
        fake_console.has_serial = true;
        fake_console.screen.columns = 132;
        fake_console.screen.rows = 43;
        memcpy(fake_console.console_path, paths[i].path, paths[i].size);
        fake_console.console_path_size = paths[i].size;
        assert_true(terminal_open(&terminal, &loader.firmware));
        assert_int_equal(terminal.has_serial, !paths[i].theirs);
        assert_int_equal(terminal.screen_count, paths[i].theirs ? 1 : 2);
        assert_int_equal(terminal.screens[0].columns, paths[i].theirs ? 80 : 132);
        assert_int_equal(terminal.screens[0].rows, paths[i].theirs ? 25 : 43);
        finish();
    }
}

static void test_what_is_there(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        const bool output = (i & 1) != 0, input = (i & 2) != 0, serial = (i & 4) != 0;
        start();
        if (!output)
            fake_system.ConOut = nullptr;
        if (!input)
            fake_system.ConIn = nullptr;
        fake_console.has_serial = serial;
        const bool opened = terminal_open(&terminal, &loader.firmware);
        assert_int_equal(opened, serial || (output && input));
        if (!opened)
            continue;
        assert_int_equal(terminal.screen_count, output + serial);
        terminal_print(&terminal, "hello");
        if (output)
            assert_string_equal(fake_row(&fake_console.screen, 0), "hello");
        if (serial)
            assert_string_equal(fake_row(&fake_console.serial_screen, 0), "hello");
        if (input)
            fake_press(300, 0, 'k');
        if (serial)
            fake_type(600, "s", true);
        if (input)
            assert_int_equal(terminal_read_key(&terminal, 0), 'k');
        if (serial)
            assert_int_equal(terminal_read_key(&terminal, 0), 's');
        finish();
    }
}

/* ---- waiting ---- */

static void test_keys(void **state)
{
    (void)state;
    static const struct {
        uint16_t scan, unit;
        uint32_t key;
    } cases[] = {
        {SCAN_UP, 0, INSPECTOR_KEY_UP},
        {SCAN_DOWN, 0, INSPECTOR_KEY_DOWN},
        {SCAN_RIGHT, 0, INSPECTOR_KEY_RIGHT},
        {SCAN_LEFT, 0, INSPECTOR_KEY_LEFT},
        {SCAN_HOME, 0, INSPECTOR_KEY_HOME},
        {SCAN_END, 0, INSPECTOR_KEY_END},
        {SCAN_PAGE_UP, 0, INSPECTOR_KEY_PAGE_UP},
        {SCAN_PAGE_DOWN, 0, INSPECTOR_KEY_PAGE_DOWN},
        {SCAN_ESC, 0, INSPECTOR_KEY_ESCAPE},
        {0, 0x1B, INSPECTOR_KEY_ESCAPE},
        {0, 'g', 'g'},
        {0, '\r', INSPECTOR_KEY_ENTER},
        {SCAN_DELETE, 0, INSPECTOR_KEY_BACKSPACE},
        {SCAN_F1, 0, INSPECTOR_KEY_OTHER},
        {0xFFFF, 0, INSPECTOR_KEY_OTHER},
        {0, 0xE4, INSPECTOR_KEY_OTHER},
        {0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start();
        assert_true(terminal_open(&terminal, &loader.firmware));
        fake_press(100, cases[i].scan, cases[i].unit);
        assert_int_equal(terminal_read_key(&terminal, 1000), cases[i].key);
        if (cases[i].key == 0)
            assert_in_range(fake_console.milliseconds, 1000, 1100);
        else
            assert_in_range(fake_console.milliseconds, 100, 200);
        finish();
    }
}

/* Sequences that firmware does not know come in pieces, all at once or one after the other. */
static void test_sequences_through_firmware(void **state)
{
    (void)state;
    start();
    assert_true(terminal_open(&terminal, &loader.firmware));
    fake_press(0, SCAN_ESC, 0);
    fake_type(0, "[6~", false);
    assert_int_equal(terminal_read_key(&terminal, 0), INSPECTOR_KEY_PAGE_DOWN);
    fake_press(100, 0, 0x1B);
    fake_type(110, "[", false);
    fake_type(120, "A", false);
    assert_int_equal(terminal_read_key(&terminal, 0), INSPECTOR_KEY_UP);
    fake_press(200, SCAN_ESC, 0);
    fake_type(200, "7", false);
    assert_int_equal(terminal_read_key(&terminal, 0), INSPECTOR_KEY_ESCAPE);
    assert_int_equal(terminal_read_key(&terminal, 0), '7');
    fake_press(1000, SCAN_ESC, 0);
    fake_type(2000, "[", false);
    assert_int_equal(terminal_read_key(&terminal, 0), INSPECTOR_KEY_ESCAPE);
    assert_in_range(fake_console.milliseconds, 1040, 1100);
    assert_int_equal(terminal_read_key(&terminal, 0), '[');
    finish();
}

static void test_serial_keys(void **state)
{
    (void)state;
    start();
    fake_console.has_serial = true;
    assert_true(terminal_open(&terminal, &loader.firmware));
    fake_type(100, "\33[6~\33[Aq", true);
    fake_type(1000, "\33", true);
    fake_type(2000, "\33x", true);
    static const uint32_t keys[] = {INSPECTOR_KEY_PAGE_DOWN, INSPECTOR_KEY_UP,     'q',
                                    INSPECTOR_KEY_ESCAPE,    INSPECTOR_KEY_ESCAPE, 'x'};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(terminal_read_key(&terminal, 0), keys[i]);
    assert_in_range(fake_console.milliseconds, 2000, 2100);
    finish();
}

/* Whatever firmware cannot do: time passes as it should, and keys come. */
static void test_waiting_with_bad_firmware(void **state)
{
    (void)state;
    for (unsigned fault = 0; fault < 6; fault++) {
        start();
        fake_console.no_event = fault == 1;
        fake_console.no_timer = fault == 2;
        fake_console.no_wait = fault == 3;
        fake_console.false_alarms = fault >= 4;
        fake_console.empty_keys = fault == 5;
        assert_true(terminal_open(&terminal, &loader.firmware));
        assert_int_equal(terminal_read_key(&terminal, 1000), 0);
        assert_in_range(fake_console.milliseconds, fault >= 4 ? 900 : 1000, 1100);
        fake_press(5000, 0, 'k');
        assert_int_equal(terminal_read_key(&terminal, 0), 'k');
        assert_in_range(fake_console.milliseconds, 5000, 5100);
        finish();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoder),
        cmocka_unit_test(test_random_cells),
        cmocka_unit_test(test_only_changes_are_written),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_who_has_serial),
        cmocka_unit_test(test_what_is_there),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_sequences_through_firmware),
        cmocka_unit_test(test_serial_keys),
        cmocka_unit_test(test_waiting_with_bad_firmware),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
