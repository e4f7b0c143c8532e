/* SPDX-License-Identifier: MIT
 * Screens of the inspector: of every size, scrolled, resized; whole ones as a person reads them
 * (inspector_screens.h); their colours; and nothing of a stranger's text but printable characters. */
#include "inspector_fixture.h"
#include "inspector_house.h"
#include "inspector_screens.h"
#include "model/map_corpus.h"

#include <stdio.h>

/* ---- sizes ---- */

static void test_place_is_kept(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{40, 8}, {240, 67}, {1, 1}, {80, 25}, {41, 9}, {79, 67}};
    struct map_corpus_view corpus = map_corpus_view("efi/dell-poweredge-r630-a.txt");
    struct seen *seen = seen_open(&corpus.view);
    seen_type(seen, "2/80000000\r");
    const uint32_t row = seen_selected(seen);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint32_t columns = sizes[i][0], rows = sizes[i][1];
        seen_draw(seen, columns, rows);
        assert_int_equal(seen_selected(seen), row);
        if (rows < 67)
            continue;
        /* As many rows as the screen has room for. */
        assert_true(seen_row(seen, INSPECTOR_HEAD_ROWS + 1)[0] != '\0');
        assert_true(seen_row(seen, rows - INSPECTOR_FOOT_ROWS - 1)[0] != '\0');
    }
    seen_close(seen);
    map_corpus_view_free(&corpus);
}

/* On every line of a text that has none to wrap: it is still at the top when the screen is narrow, and again when it
 * is wide. */
static void test_place_in_text_is_kept(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    for (unsigned page = INSPECTOR_PAGE_LEDGER; page <= INSPECTOR_PAGE_HELP; page++) {
        seen_draw(seen, 102, 8);
        seen_press(seen, '1' + page);
        const struct inspector_place *place = &seen->inspector->places[page];
        for (uint32_t line = 0; line + 4 <= place->lines; line++) {
            assert_int_equal(place->top, line);
            char top[14]; /* what may not be followed by the same: a column that has no room */
            snprintf(top, sizeof top, "%s", seen_row(seen, 2));
            for (size_t end = strlen(top); end > 0 && top[end - 1] == ' '; end--)
                top[end - 1] = '\0';
            seen_draw(seen, 47, 8);
            if (page != INSPECTOR_PAGE_LEDGER || line != 0) /* whose heading is left out */
                assert_memory_equal(top, seen_row(seen, 2), strlen(top));
            assert_true(place->top >= line);
            seen_draw(seen, 102, 8);
            assert_int_equal(place->top, line);
            seen_press(seen, INSPECTOR_KEY_DOWN);
        }
    }
    seen_close(seen);
}

/* Paged through in any way, a text shows each of its lines, and the end is the end. */
static void test_scrolling(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    for (uint32_t rows = 8; rows < 30; rows += 3)
        for (unsigned page = INSPECTOR_PAGE_LEDGER; page <= INSPECTOR_PAGE_HELP; page++) {
            seen_draw(seen, 60, rows);
            seen_press(seen, '1' + page);
            const struct inspector_place *place = &seen->inspector->places[page];
            seen_press(seen, INSPECTOR_KEY_END);
            const uint32_t height = rows - 4,
                           last = place->lines > height ? place->lines - height : 0;
            assert_int_equal(place->top, last);
            seen_press(seen, INSPECTOR_KEY_PAGE_DOWN);
            seen_press(seen, INSPECTOR_KEY_DOWN);
            assert_int_equal(place->top, last);
            seen_press(seen, INSPECTOR_KEY_PAGE_UP);
            assert_int_equal(place->top, last > height ? last - height : 0);
            seen_press(seen, INSPECTOR_KEY_HOME);
            assert_int_equal(place->top, 0);
            seen_press(seen, INSPECTOR_KEY_UP);
            assert_int_equal(place->top, 0);
            seen_press(seen, INSPECTOR_KEY_DOWN);
            assert_int_equal(place->top, last > 0 ? 1 : 0);
            /* Less is wrapped, so there are fewer lines: no empty ones take their place. */
            seen_press(seen, INSPECTOR_KEY_END);
            seen_draw(seen, 102, rows);
            assert_true(place->top == 0 || place->top + height <= place->lines);
        }
    seen_close(seen);
}

/* A screen further, the selected row is at the same place of the screen; at the ends it is the first or the last. */
static void test_list_scrolling(void **state)
{
    (void)state;
    struct map_corpus_view corpus = map_corpus_view("efi/dell-poweredge-r630-a.txt");
    struct seen *seen = seen_open(&corpus.view);
    seen_type(seen, "2");
    const struct inspector_list *rows = seen_list(seen);
    for (uint32_t height = 3; height < 40; height += 4) {
        seen_draw(seen, 80, height + 5);
        seen_press(seen, INSPECTOR_KEY_HOME);
        for (uint32_t i = 0; i < height / 2; i++)
            seen_press(seen, INSPECTOR_KEY_DOWN);
        for (uint32_t at = height / 2; at + height < rows->count;) {
            assert_int_equal(rows->selected, at);
            assert_int_equal(rows->selected - rows->top, at + height - height / 2 > rows->count
                                                             ? at - (rows->count - height)
                                                             : height / 2);
            seen_press(seen, INSPECTOR_KEY_PAGE_DOWN);
            at += height;
        }
        seen_press(seen, INSPECTOR_KEY_PAGE_DOWN);
        assert_int_equal(rows->selected, rows->count - 1);
        seen_press(seen, INSPECTOR_KEY_DOWN);
        assert_int_equal(rows->selected, rows->count - 1);
        assert_int_equal(rows->top, rows->count - height);
        seen_press(seen, INSPECTOR_KEY_PAGE_UP);
        assert_int_equal(rows->selected, rows->count - 1 - height);
        assert_int_equal(rows->top, rows->count - 2 * height);
        seen_press(seen, INSPECTOR_KEY_HOME);
        seen_press(seen, INSPECTOR_KEY_UP);
        assert_int_equal(rows->selected + rows->top, 0);
        seen_press(seen, INSPECTOR_KEY_END);
        assert_int_equal(rows->selected, rows->count - 1);
    }
    seen_close(seen);
    map_corpus_view_free(&corpus);
}

/* A long message takes rows of what is above it, broken at its spaces; the next key gives them back. */
static void test_message(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    inspector_say(
        seen->inspector,
        "report: not written: \\freehold\\reports\\0003: the stick is full: 12 KiB are free, "
        "300 KiB are needed; nothing was changed on it (EFI_VOLUME_FULL)");
    seen_draw(seen, 80, 25);
    assert_string_equal(
        seen_row(seen, 22),
        " report: not written: \\freehold\\reports\\0003: the stick is full: 12 KiB are");
    assert_string_equal(seen_row(seen, 23),
                        " free, 300 KiB are needed; nothing was changed on it (EFI_VOLUME_FULL)");
    seen_draw(seen, 40, 8); /* never more rows than there are, nor the bars */
    assert_non_null(strstr(seen_row(seen, 1), "Map"));
    assert_string_equal(seen_row(seen, 6), " needed; nothing was changed on it...");
    inspector_say(seen->inspector,
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    seen_draw(seen, 40, 8);
    assert_string_equal(seen_row(seen, 5), " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    seen_press(seen, INSPECTOR_KEY_DOWN);
    assert_null(strstr(seen_row(seen, 5), "aaa"));
    seen_close(seen);
}

/* A large screen and a terminal show it at once, drawn one after the other: each key moves both, to the end and back. */
static void test_shared(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    inspector_share(seen->inspector, 60, 12);
    seen_type(seen, "4");
    const struct inspector_place *place = inspector_place(seen->inspector);
    for (uint32_t i = 0; i < 60; i++) {
        const uint32_t last = place->lines - 8;
        seen_draw(seen, 128, 40);
        assert_int_equal(place->top, i < last ? i : last);
        seen_draw(seen, 60, 12);
        assert_int_equal(place->top, i < last ? i : last);
        inspector_press(seen->inspector, INSPECTOR_KEY_DOWN);
    }
    assert_true(place->lines > 10 && place->lines < 60);
    seen_press(seen, INSPECTOR_KEY_PAGE_UP);
    assert_int_equal(place->top, place->lines - 16);
    seen_close(seen);
}

static void test_sizes(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    inspector_draw(seen->inspector, 0, 5, nullptr);
    inspector_draw(seen->inspector, 5, 0, nullptr);
    for (uint32_t columns = 1; columns < 130; columns += columns < 48 ? 1 : 7)
        for (uint32_t rows = 1; rows < 40; rows += rows < 10 ? 1 : 9) {
            seen_draw(seen, columns, rows);
            const bool small = columns < INSPECTOR_COLUMNS_MIN || rows < INSPECTOR_ROWS_MIN;
            assert_int_equal(seen->cells[0].style == INSPECTOR_STYLE_TITLE, !small);
            assert_true(!small || seen->cells[columns > 2].character == 'T');
            for (unsigned page = 1; page <= INSPECTOR_PAGE_COUNT; page++) {
                seen_press(seen, '0' + page);
                seen_press(seen, INSPECTOR_KEY_ENTER);
            }
        }
    seen_close(seen);
}

/* ---- whole screens ---- */

static void assert_screen(const struct seen *seen, const char *const *lines, const char *name)
{
    for (uint32_t row = 0; row < seen->rows; row++)
        if (strcmp(seen_row(seen, row), lines[row]) != 0) {
            for (uint32_t line = 0; line < seen->rows; line++)
                fprintf(stderr, "    \"%s\",\n", seen_row(seen, line));
            fail_msg("%s: row %u is not \"%s\"", name, row, lines[row]);
        }
}

static void test_screens(void **state)
{
    (void)state;
    const struct view view = house_view();
    for (size_t i = 0; i < sizeof screens / sizeof screens[0]; i++) {
        struct seen *seen = seen_open(&view);
        seen_draw(seen, screens[i].columns, screens[i].rows);
        seen_type(seen, screens[i].keys);
        assert_screen(seen, screens[i].lines, screens[i].name);
        seen_close(seen);
    }
}

/* The colour of a row is that of the worst finding about it. */
static void test_styles(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    seen_press(seen, INSPECTOR_KEY_END);
    for (uint32_t row = 0; row < seen->result.map.range_count; row++) {
        const struct memory_range *range = &seen->result.map.ranges[row];
        enum inspector_style style =
            memory_class_is_ram(range->class) ? INSPECTOR_STYLE_TEXT : INSPECTOR_STYLE_SOFT;
        for (uint32_t i = seen->result.lint.recorded; i > 0; i--) {
            const struct lint_finding *finding = &seen->result.lint.findings[i - 1];
            static const enum inspector_style styles[] = {
                INSPECTOR_STYLE_ERROR, INSPECTOR_STYLE_WARNING, INSPECTOR_STYLE_NOTE};
            if (finding->start < range->end.value && finding->end > range->start.value)
                style = styles[lint_rule_get(finding->rule)->severity];
        }
        if (row + 1 == seen->result.map.range_count)
            style = INSPECTOR_STYLE_SELECTED;
        assert_int_equal(seen->cells[(size_t)(3 + row) * seen->columns + 12].style, style);
    }
    seen_close(seen);
}

/* ---- strangers ---- */

static void test_text_of_strangers(void **state)
{
    (void)state;
    static const char odd[] = "\x1B[31m\x01\x02\x08\t\r B\xC3\xBCro \xE2\x82\xAC \x7F \xFF%s%n";
    struct view view = house_view();
    view.vendor = view.machine = odd;
    struct view_memory_device devices[2] = {house_devices[0], house_devices[1]};
    devices[0].locator = devices[1].bank = odd;
    view.devices = devices;
    view.last_boot_count = 0;
    struct seen *seen = seen_open_as(
        &view,
        (struct inspector_setup){.title = odd, .why_no_last_boot = odd, .why_no_report = odd});
    seen_type(seen, "w");
    assert_string_equal(seen_status(seen), "?[31m????? B?ro ? ? ?%s%n");
    for (unsigned page = 1; page <= INSPECTOR_PAGE_COUNT; page++)
        seen_press(seen, '0' + page);
    assert_memory_equal(seen_row(seen, 0), " ?[31m????? B?ro ? ? ?%s%n  ", 26);
    seen_close(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place_is_kept), cmocka_unit_test(test_place_in_text_is_kept),
        cmocka_unit_test(test_scrolling),     cmocka_unit_test(test_list_scrolling),
        cmocka_unit_test(test_message),       cmocka_unit_test(test_shared),
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_screens),
        cmocka_unit_test(test_styles),        cmocka_unit_test(test_text_of_strangers),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
