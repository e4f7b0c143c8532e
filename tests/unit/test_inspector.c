/* SPDX-License-Identifier: MIT
 * The inspector: every key on every page, what it asks of its caller, screens of every size, whole screens as a
 * person reads them (inspector_screens.h), text of strangers, and that its check sees damage. */
#include "inspector_fixture.h"
#include "inspector_house.h"
#include "inspector_screens.h"
#include "model/map_corpus.h"

#include <inspect/map_inputs.h>
#include <stdio.h>

/* ---- every key ---- */

static enum inspector_action wanted_action(const struct inspector *inspector, uint32_t key)
{
    if (inspector->prompt == INSPECTOR_PROMPT_FIND)
        return INSPECTOR_NONE;
    if (inspector->prompt != INSPECTOR_PROMPT_NONE) {
        if (key != 'y' && key != 'Y')
            return INSPECTOR_NONE;
        return inspector->prompt == INSPECTOR_PROMPT_FIRMWARE ? INSPECTOR_FIRMWARE
                                                              : INSPECTOR_SHUT_DOWN;
    }
    return key == 'g'   ? INSPECTOR_GO_ON
           : key == 'p' ? INSPECTOR_PICTURE
           : key == 'w' ? INSPECTOR_WRITE_REPORT
                        : INSPECTOR_NONE;
}

static void press_all(struct seen *seen, unsigned page, const char *before)
{
    for (uint32_t key = 0; key <= INSPECTOR_KEY_END + 1; key++) {
        seen_press(seen, INSPECTOR_KEY_ESCAPE);
        seen_press(seen, INSPECTOR_KEY_ESCAPE);
        seen_press(seen, '1' + page);
        assert_int_equal(seen->inspector->page, page);
        seen_type(seen, before);
        const enum inspector_action wanted = wanted_action(seen->inspector, key);
        assert_int_equal(seen_press(seen, key), wanted);
    }
}

static void test_every_key_on_every_page(void **state)
{
    (void)state;
    static const char *const before[] = {"", "\r", "/", "/12", "u", "o", "t", "sr"};
    const struct view views[] = {house_view(), view_of(nullptr, 0)};
    for (unsigned i = 0; i < 2; i++) {
        struct seen *seen = seen_open(&views[i]);
        for (unsigned page = 0; page < INSPECTOR_PAGE_COUNT; page++)
            for (size_t j = 0; j < sizeof before / sizeof before[0]; j++) {
                seen_draw(seen, j % 2 == 0 ? 80 : 40, j % 3 == 0 ? 25 : 8);
                press_all(seen, page, before[j]);
            }
        seen_close(seen);
    }
}

static void test_pages_go_round(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    for (unsigned i = 1; i <= 2 * INSPECTOR_PAGE_COUNT; i++) {
        seen_press(seen, i % 2 == 0 ? INSPECTOR_KEY_TAB : INSPECTOR_KEY_RIGHT);
        assert_int_equal(seen->inspector->page, i % INSPECTOR_PAGE_COUNT);
    }
    for (unsigned i = 1; i <= INSPECTOR_PAGE_COUNT; i++) {
        seen_press(seen, INSPECTOR_KEY_LEFT);
        assert_int_equal(seen->inspector->page, (INSPECTOR_PAGE_COUNT - i) % INSPECTOR_PAGE_COUNT);
    }
    seen_press(seen, INSPECTOR_KEY_ENTER); /* details are left by a page's key as well */
    assert_true(seen->inspector->detail);
    seen_press(seen, '1');
    assert_false(seen->inspector->detail);
    seen_close(seen);
}

/* ---- what is asked of the caller ---- */

static void test_what_cannot_be_done(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen =
        seen_open_as(&view, (struct inspector_setup){.title = "",
                                                     .why_no_last_boot = WHY_NO_LAST_BOOT,
                                                     .why_no_report = WHY_NO_REPORT});
    static const struct {
        const char *keys, *status;
    } cases[] = {
        {"p", "There is no screen that could show a picture."},
        {"w", WHY_NO_REPORT},
        {"u", "Press y to reboot into the firmware's setup."},
        {"n", "Nothing was done."},
        {"o", "Press y to power off."},
        {"\x1B", "Nothing was done."},
        {"\x1B", "g goes on to the kernel; 7 tells what the keys do."},
        {"4s", "Lists are on the pages 1 to 3."},
        {"1\rt", "Escape leaves the details."},
        {"\x1B", "9 ranges, by address; 8.3 GiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        seen_type(seen, cases[i].keys);
        const size_t length = strlen(cases[i].status);
        assert_true(strncmp(seen_status(seen), cases[i].status, length) == 0);
    }
    seen_type(seen, "u");
    assert_int_equal(seen_press(seen, 'y'), INSPECTOR_FIRMWARE);
    seen_type(seen, "o");
    assert_int_equal(seen_press(seen, 'Y'), INSPECTOR_SHUT_DOWN);
    assert_int_equal(seen_press(seen, 'y'), INSPECTOR_NONE); /* not twice */
    seen_close(seen);
}

static void test_say(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    inspector_say(seen->inspector, "Report 0007 is written.");
    seen_draw(seen, 80, 25);
    assert_string_equal(seen_status(seen), "Report 0007 is written.");
    seen_press(seen, INSPECTOR_KEY_DOWN);
    assert_null(strstr(seen_status(seen), "Report"));
    char longer[1000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    inspector_say(seen->inspector, longer);
    seen_draw(seen, 40, 8);
    seen_draw(seen, 240, 67);
    seen_close(seen);
}

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
        unsigned selected = 0;
        for (size_t cell = 0; cell < (size_t)columns * rows; cell++)
            selected += seen->cells[cell].style == INSPECTOR_STYLE_SELECTED;
        assert_int_equal(selected, columns < INSPECTOR_COLUMNS_MIN ? 0 : columns);
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
        }
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

/* ---- memory, check ---- */

static void test_memory(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    const size_t size = inspector_memory_size(&seen->inspection);
    const struct inspector_setup setup = seen->inspector->setup;
    struct inspector *out = nullptr;
    void *memory = malloc(size);
    for (size_t less = 1; less <= size; less += 7)
        assert_status(inspector_init(&setup, memory, size - less, &out), STATUS_NO_MEMORY);
    assert_null(out);
    struct memory_map huge = {.range_count = SIZE_MAX / 4};
    struct inspection too_large = seen->inspection;
    too_large.map = &huge;
    assert_int_equal(inspector_memory_size(&too_large), 0);
    free(memory);
    seen_close(seen);
}

static void assert_broken(const struct inspector *inspector, const char *sentence)
{
    const char *broken = inspector_check(inspector);
    assert_non_null(broken);
    assert_string_equal(broken, sentence);
}

static void test_check_sees_damage(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    struct inspector *inspector = seen->inspector;
    struct inspector_list *rows = &inspector->lists[INSPECTOR_PAGE_MAP];
    assert_sound(inspector_check(inspector));
#define DAMAGE(place, value, sentence)                                                             \
    do {                                                                                           \
        const typeof(place) saved_ = (place);                                                      \
        (place) = (value);                                                                         \
        assert_broken(inspector, sentence);                                                        \
        (place) = saved_;                                                                          \
    } while (0)
    DAMAGE(rows->shown[1], rows->shown[0], "L1: a list is not in order, or has a row twice");
    DAMAGE(rows->shown[1], rows->total, "L1: a list has a row that does not exist");
    DAMAGE(rows->reversed, true, "L1: a list is not in order, or has a row twice");
    DAMAGE(rows->count, rows->count - 1, "L1: a list does not have all rows that pass its filter");
    DAMAGE(rows->selected, rows->count, "L2: the selected row is not in its list");
    DAMAGE(rows->top, 1, "L2: the selected row is above the screen");
    DAMAGE(rows->bytes, rows->bytes + 1, "L3: the sum of what is shown is wrong");
    DAMAGE(inspector->page, INSPECTOR_PAGE_COUNT, "K1: the page does not exist");
    DAMAGE(inspector->input[0], 'a', "K2: what was typed does not end");
    DAMAGE(inspector->message[INSPECTOR_MESSAGE - 1], 'a', "K2: the message does not end");
#undef DAMAGE
    assert_sound(inspector_check(inspector));
    inspector->page = INSPECTOR_PAGE_HELP;
    inspector->detail = true;
    assert_broken(inspector, "K1: details are shown of nothing");
    seen_close(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_on_every_page),
        cmocka_unit_test(test_pages_go_round),
        cmocka_unit_test(test_what_cannot_be_done),
        cmocka_unit_test(test_say),
        cmocka_unit_test(test_place_is_kept),
        cmocka_unit_test(test_place_in_text_is_kept),
        cmocka_unit_test(test_scrolling),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_screens),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_text_of_strangers),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_check_sees_damage),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
