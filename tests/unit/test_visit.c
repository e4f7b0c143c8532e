/* SPDX-License-Identifier: MIT
 * The visit before the kernel starts: when there is a countdown, what each key of it does, and that all that the
 * inspector asks for is done, or it is said why not. Whatever happens: the boot goes on, and memory is given back. */
#include "harness/harness.h"

#include "efi/inspector.h"
#include "model/fake_console.h"
#include "model/fake_volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct loader loader;
static EFI_LOADED_IMAGE self;
static char said[256];

void loader_say(struct loader *l, const char *text)
{
    assert_ptr_equal(l, &loader);
    (void)snprintf(said, sizeof said, "%s", text);
}

void loader_stop(struct loader *l, EFI_STATUS status, const char *format, ...)
{
    (void)l, (void)status;
    fprintf(stderr, "the run was ended: %s\n", format);
    abort();
}

/* A machine with two descriptors, no report, and a terminal of the firmware's. */
static void start(void)
{
    constexpr size_t step = 48;
    const EFI_MEMORY_DESCRIPTOR descriptors[] = {
        {.Type = 7, .PhysicalStart = 0x1000, .NumberOfPages = 159, .Attribute = 0xF},
        {.Type = 7, .PhysicalStart = MIB, .NumberOfPages = 1000, .Attribute = 0xF},
    };
    fake_reset();
    fake_console_reset();
    memset(&loader, 0, sizeof loader);
    said[0] = '\0';
    loader.firmware = (struct firmware){
        .system = &fake_system, .boot = &fake_boot, .self = &self, .image = &self};
    self.DeviceHandle = &self;
    loader.options.report = REPORT_OFF;
    loader.info.descriptor_size = step;
    loader.info.descriptor_version = 1;
    memcpy(loader.vendor, "Fake", 4);
    loader.vendor_length = 4;
    loader.entry_map = (struct raw_map){.data = loader.snapshot,
                                        .capacity = sizeof loader.snapshot,
                                        .size = 2 * step,
                                        .descriptor_size = step,
                                        .version = 1};
    for (size_t i = 0; i < 2; i++)
        memcpy(loader.snapshot + i * step, &descriptors[i], sizeof descriptors[i]);
}

static void run(void)
{
    loader_inspect(&loader);
    assert_int_equal(fake.open_pages, 0);
    assert_int_equal(fake.open_handles, 0);
    assert_int_equal(fake_console.open_events, 0);
    assert_true(fake_console.screen.has_cursor);
    assert_int_equal(fake_console.next_key, fake_console.key_count);
}

static bool failed(void)
{
    return (loader.info.flags & BOOT_FLAG_INSPECTOR_FAILED) != 0;
}

/* ---- when ---- */

static void test_when(void **state)
{
    (void)state;
    static const struct {
        bool removable, words, inspect;
        char key; /* 2 s after the start; 0: none */
        bool shown;
        unsigned ends; /* ms */
    } cases[] = {
        {.removable = false, .words = false, .inspect = false, .ends = 0},
        {.removable = false, .words = true, .inspect = false, .ends = 0},
        {.removable = true, .words = true, .inspect = false, .ends = 0},
        {.removable = true, .words = false, .inspect = false, .ends = 5000},
        {.removable = true, .key = '\r', .shown = true, .ends = 9000},
        {.removable = true, .key = ' ', .ends = 2000},
        {.removable = true, .key = 'g', .ends = 2000},
        {.removable = true, .key = 0x1B, .ends = 2020},
        {.words = true, .inspect = true, .shown = true, .ends = 9000},
        {.removable = true, .words = true, .inspect = true, .shown = true, .ends = 9000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start();
        loader.info.flags = cases[i].removable ? BOOT_FLAG_REMOVABLE_MEDIA : 0;
        loader.info.options_source = cases[i].words ? BOOT_OPTIONS_FILE : BOOT_OPTIONS_NONE;
        loader.options.inspect = cases[i].inspect;
        if (cases[i].key != 0)
            fake_press(2000, 0, (uint8_t)cases[i].key);
        if (cases[i].shown)
            fake_press(9000, 0, 'g');
        run();
        assert_in_range(fake_console.milliseconds, cases[i].ends, cases[i].ends + 100);
        const bool counted = cases[i].removable && !cases[i].words;
        assert_int_equal(fake_console.watchdog_off, counted || cases[i].inspect);
        assert_int_equal(fake.calls != 0, cases[i].shown);
        assert_false(failed());
        if (counted && !cases[i].shown)
            assert_non_null(strstr(fake_row(&fake_console.screen, 0), "Enter: the inspector"));
        if (!counted && !cases[i].shown)
            assert_int_equal(fake_console.screen.written, 0);
    }
}

/* The line is rewritten where it is: one row, and it counts. */
static void test_countdown_line(void **state)
{
    (void)state;
    start();
    loader.info.flags = BOOT_FLAG_REMOVABLE_MEDIA;
    fake_console.has_serial = true;
    run();
    assert_non_null(strstr(fake_row(&fake_console.screen, 0), "starts in 1 s."));
    assert_non_null(strstr(fake_row(&fake_console.serial_screen, 0), "starts in 1 s."));
    assert_string_equal(fake_row(&fake_console.screen, 1), "");
    assert_int_equal(fake_console.screen.row, 1);
    start();
    loader.info.flags = BOOT_FLAG_REMOVABLE_MEDIA;
    fake_press(1500, 0, 'x');
    run();
    assert_non_null(strstr(fake_row(&fake_console.screen, 0), "starts in 4 s."));
}

static void test_nobody_there(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const bool asked = i % 2 == 0;
        start();
        loader.options.inspect = asked;
        loader.info.flags = BOOT_FLAG_REMOVABLE_MEDIA;
        if (i < 2)
            fake_system.ConIn = nullptr;
        else
            fake_system.ConOut = nullptr;
        run();
        assert_int_equal(failed(), asked);
        assert_string_equal(said, asked ? "inspector: not shown: there is no screen, or no keyboard"
                                        : "");
        assert_int_equal(fake_console.milliseconds, 0);
    }
}

/* ---- what it asks for ---- */

/* Row `row` of the screen while the key is waited for that leaves; 24 is the last but one. */
static struct fake_screen seen;
static EFI_STATUS see(EFI_SIMPLE_TEXT_OUT_PROTOCOL *console)
{
    (void)console;
    if (!fake_console.screen.has_cursor)
        seen = fake_console.screen;
    return EFI_SUCCESS;
}

/* Press these, one a second, then g; `seen` is what was shown last. */
static void visit(const char *keys)
{
    loader.options.inspect = true;
    loader.info.options_source = BOOT_OPTIONS_FILE;
    for (unsigned i = 0; keys[i] != '\0'; i++)
        fake_press(UINT64_C(1000) * (i + 1), 0, (uint8_t)keys[i]);
    fake_press(1000 * (strlen(keys) + 2), 0, 'g');
    fake_system.ConOut->ClearScreen = see;
    run();
}

/* A long one takes more than a row. */
static const char *message(void)
{
    static char text[4 * FAKE_COLUMNS_MAX];
    size_t length = 0;
    for (uint32_t row = seen.rows - 4; row < seen.rows - 1; row++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", fake_row(&seen, row));
    return text;
}

static void test_shown(void **state)
{
    (void)state;
    start();
    visit("");
    assert_non_null(strstr(fake_row(&seen, 0), "Fake, this machine"));
    assert_false(failed());
    assert_int_equal(fake_console.screen.scrolls, 0);
}

static void test_reports(void **state)
{
    (void)state;
    start();
    visit("ww");
    assert_non_null(strstr(message(), "report: \\freehold\\reports\\0002 written: 4 files, "));
    assert_non_null(fake_find("freehold\\reports\\0001\\map.bin"));
    assert_non_null(fake_find("freehold\\reports\\0002\\report.html"));
    assert_int_equal(strncmp(loader.report, "\\freehold\\reports\\0002", 22), 0);
    assert_int_equal(loader.info.flags & BOOT_FLAG_REPORT_FAILED, 0);
    start();
    fake.write_protected = true;
    visit("w");
    assert_non_null(strstr(message(), "report: not written: "));
    assert_non_null(strstr(message(), "the stick is write-protected"));
    assert_int_equal(loader.info.flags & BOOT_FLAG_REPORT_FAILED, BOOT_FLAG_REPORT_FAILED);
}

/* Looking alone changes nothing on the volume. */
static void test_looking_writes_nothing(void **state)
{
    (void)state;
    start();
    visit("12345677\t");
    for (size_t i = 0; i < FAKE_NODES_MAX; i++)
        assert_string_equal(fake.nodes[i].path, "");
    assert_string_equal(said, "");
    assert_int_equal(loader.report_length, 0);
}

static void test_setup(void **state)
{
    (void)state;
    start();
    fake_console.indications_supported = 1;
    fake_console.indications = 0x20;
    visit("uy");
    assert_int_equal(fake_console.indications, 0x21); /* what others want stays */
    assert_int_equal(fake_console.resets, FAKE_RESET_WARM);
    start();
    fake_console.indications_supported = 1;
    visit("un");
    assert_int_equal(fake_console.indications, 0);
    assert_int_equal(fake_console.resets, 0);
    start(); /* not supported: it is said, and the second time it is a restart */
    fake_console.indications_supported = 0x3E;
    visit("uy");
    assert_int_equal(fake_console.resets | (int)fake_console.indications, 0);
    assert_non_null(strstr(message(), "EFI_UNSUPPORTED"));
    start();
    fake_console.indications_supported = 1;
    fake_console.no_set = true;
    visit("uyuy");
    assert_int_equal(fake_console.resets, FAKE_RESET_WARM);
    assert_non_null(strstr(message(), "does not restart"));
}

static void test_power_off(void **state)
{
    (void)state;
    start();
    visit("oy");
    assert_int_equal(fake_console.resets, FAKE_RESET_OFF);
    assert_non_null(strstr(message(), "does not switch the machine off"));
    start();
    visit("on");
    assert_int_equal(fake_console.resets, 0);
}

static void test_picture(void **state)
{
    (void)state;
    start();
    visit("p"); /* no screen */
    assert_non_null(strstr(message(), "no screen"));
    start();
    fake_console.picture_width = 800;
    fake_console.picture_height = 600;
    visit("px"); /* x leaves it, and does nothing else */
    assert_non_null(fake_console.picture);
    assert_true(fake_console.picture_hidden);
    unsigned inked = 0;
    for (size_t i = 0; i < (size_t)800 * 600; i++) {
        inked += fake_console.picture[i] != 0;
        assert_int_equal(fake_console.picture[i] >> 24, 0);
    }
    assert_in_range(inked, 800 * 600 / 4, 800 * 600);
    assert_non_null(strstr(fake_row(&seen, 0), "Fake, this machine"));
    start();
    fake_console.picture_width = 800;
    fake_console.picture_height = 600;
    fake_console.no_blt = true;
    visit("p");
    assert_non_null(strstr(message(), "the firmware does not draw it"));
    static const uint32_t sizes[][2] = {{100, 600}, {800, 20}, {20000, 600}, {800, 1u << 31}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        start();
        fake_console.picture_width = sizes[i][0];
        fake_console.picture_height = sizes[i][1];
        visit("p");
        assert_non_null(strstr(message(), "no screen"));
        assert_null(fake_console.picture);
    }
}

/* ---- firmware that fails ---- */

static void test_names(void **state)
{
    (void)state;
    static const struct {
        EFI_STATUS status;
        const char *name;
    } cases[] = {
#define NAMED(status) {status, #status}
        NAMED(EFI_SUCCESS),
        NAMED(EFI_LOAD_ERROR),
        NAMED(EFI_UNSUPPORTED),
        NAMED(EFI_NOT_READY),
        NAMED(EFI_DEVICE_ERROR),
        NAMED(EFI_WRITE_PROTECTED),
        NAMED(EFI_OUT_OF_RESOURCES),
        NAMED(EFI_VOLUME_CORRUPTED),
        NAMED(EFI_VOLUME_FULL),
        NAMED(EFI_NO_MEDIA),
        NAMED(EFI_MEDIA_CHANGED),
        NAMED(EFI_NOT_FOUND),
        NAMED(EFI_ABORTED),
        NAMED(EFI_SECURITY_VIOLATION),
        NAMED(EFI_COMPROMISED_DATA),
#undef NAMED
        {EFI_WARN_DELETE_FAILURE, "a status without a name"},
        {EFIERR(4000), "a status without a name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(firmware_status_name(cases[i].status), cases[i].name);
}

static void test_each_call_fails(void **state)
{
    (void)state;
    start();
    fake_console.picture_width = 640;
    fake_console.picture_height = 480;
    visit("wpx");
    const unsigned count = fake.calls;
    unsigned refused = 0;
    assert_in_range(count, 30, FAKE_CALLS_MAX);
    for (unsigned at = 1; at <= count; at++)
        for (unsigned all = 0; all < 2; all++) {
            start();
            fake.fail_at = at;
            fake.fail_from = all != 0 ? at : 0;
            loader.options.inspect = true;
            loader.info.options_source = BOOT_OPTIONS_FILE;
            fake_console.picture_width = 640;
            fake_console.picture_height = 480;
            fake_type(1000, "wp", false);
            fake_type(2000, "xg", false);
            loader_inspect(&loader);
            assert_int_equal(fake.open_pages | fake.open_handles | fake_console.open_events, 0);
            assert_int_equal(failed(), fake_console.next_key == 0);
            assert_int_equal(failed(), strncmp(said, "inspector: not shown: ", 22) == 0);
            refused += failed();
        }
    assert_in_range(refused, 8, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when),         cmocka_unit_test(test_countdown_line),
        cmocka_unit_test(test_nobody_there), cmocka_unit_test(test_shown),
        cmocka_unit_test(test_reports),      cmocka_unit_test(test_looking_writes_nothing),
        cmocka_unit_test(test_setup),        cmocka_unit_test(test_power_off),
        cmocka_unit_test(test_picture),      cmocka_unit_test(test_each_call_fails),
        cmocka_unit_test(test_names),
    };
    const int result = cmocka_run_group_tests(tests, nullptr, nullptr);
    fake_reset();
    fake_console_reset();
    return result;
}
