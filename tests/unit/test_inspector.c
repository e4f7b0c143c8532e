/* SPDX-License-Identifier: MIT
 * The inspector: every key on every page, what it asks of its caller and what it says instead, how much memory it
 * takes, and that its check sees damage. */
#include "inspector_fixture.h"
#include "inspector_house.h"

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
        if (key > INSPECTOR_KEY_DELETE && key < INSPECTOR_KEY_UP - 1)
            continue; /* no keys */
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
    DAMAGE(rows->shown[1], rows->shown[0], "IL1: a list is not in order, or has a row twice");
    DAMAGE(rows->shown[1], rows->total, "IL1: a list has a row that does not exist");
    DAMAGE(rows->reversed, true, "IL1: a list is not in order, or has a row twice");
    DAMAGE(rows->count, rows->count - 1, "IL1: a list does not have all rows that pass its filter");
    DAMAGE(rows->selected, rows->count, "IL2: the selected row is not in its list");
    DAMAGE(rows->top, 1, "IL2: the selected row is above the screen");
    DAMAGE(rows->bytes, rows->bytes + 1, "IL3: the sum of what is shown is wrong");
    DAMAGE(inspector->page, INSPECTOR_PAGE_COUNT, "IN1: the page does not exist");
    DAMAGE(inspector->input[0], 'a', "IN2: what was typed does not end");
    DAMAGE(inspector->message[INSPECTOR_MESSAGE - 1], 'a', "IN2: the message does not end");
#undef DAMAGE
    assert_sound(inspector_check(inspector));
    inspector->page = INSPECTOR_PAGE_HELP;
    inspector->detail = true;
    assert_broken(inspector, "IN1: details are shown of nothing");
    seen_close(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_on_every_page),
        cmocka_unit_test(test_pages_go_round),
        cmocka_unit_test(test_what_cannot_be_done),
        cmocka_unit_test(test_say),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_check_sees_damage),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
