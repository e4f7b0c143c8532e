/* SPDX-License-Identifier: MIT
 * The report on volumes that fail or are full: every call of the firmware fails in turn, alone and with all that come
 * behind it. What was there before is as it was, and a report is whole, or gone, or said to be there in part. */
#include "report_fixture.h"

/* ---- volumes that fail ---- */

/* A volume with a report and files of others. */
static void make_used_volume(void)
{
    fake_reset();
    make_loader();
    (void)run();
    fake_add("important", "keep", 4);
    fake_add(REPORTS "\\0001\\notes", "mine", 4);
    make_loader();
}

static void assert_others_kept(void)
{
    assert_whole(1);
    assert_memory_equal(fake_find("important")->data, "keep", 4);
    assert_memory_equal(fake_find(REPORTS "\\0001\\notes")->data, "mine", 4);
}

/* Report 2 is whole, gone, or it is said that a part may be there. */
static void assert_honest(void)
{
    const bool part = strstr(loader.report, "a part of it may stay") != nullptr;
    const bool failed = (loader.info.flags & BOOT_FLAG_REPORT_FAILED) != 0;
    if (!failed)
        assert_whole(2);
    else if (!part)
        assert_gone(2);
    assert_others_kept();
}

static unsigned calls_of_a_run(void)
{
    make_used_volume();
    (void)run();
    return fake.calls;
}

static void test_each_call_fails(void **state)
{
    (void)state;
    const unsigned count = calls_of_a_run();
    unsigned refused = 0;
    assert_in_range(count, 40, FAKE_CALLS_MAX);
    for (unsigned at = 1; at <= count; at++) {
        make_used_volume();
        fake.fail_at = at;
        (void)run();
        refused += (loader.info.flags & BOOT_FLAG_REPORT_FAILED) != 0;
        /* Alone, a failure never leaves a part: removing works. */
        assert_null(strstr(loader.report, "a part of it may stay"));
        fake.fail_at = 0;
        assert_honest();
    }
    assert_in_range(refused, 30, count);
}

static void test_all_calls_fail_from_one_on(void **state)
{
    (void)state;
    const unsigned count = calls_of_a_run();
    for (unsigned from = 1; from <= count; from++) {
        make_used_volume();
        fake.fail_from = from;
        (void)run();
        fake.fail_from = 0;
        assert_honest();
    }
}

/* Removing fails as well, at each of its calls. */
static void test_two_calls_fail(void **state)
{
    (void)state;
    const unsigned count = calls_of_a_run();
    for (unsigned at = 1; at <= count; at++)
        for (unsigned behind = 1; behind < 12; behind++) {
            make_used_volume();
            fake.fail_at = at;
            fake.fail_from = 0;
            (void)run();
            const unsigned calls = fake.calls;
            if (at + behind > calls)
                break;
            make_used_volume();
            fake.fail_at = at;
            fake.fail_from = at + behind;
            (void)run();
            fake.fail_at = fake.fail_from = 0;
            assert_honest();
        }
}

/* Where nothing was yet: what a failed report has made goes with it, the folders above included. */
static void test_each_call_fails_on_an_empty_volume(void **state)
{
    (void)state;
    fake_reset();
    make_loader();
    (void)run();
    const unsigned count = fake.calls;
    for (unsigned at = 1; at <= count; at++) {
        fake_reset();
        make_loader();
        fake.fail_at = at;
        (void)run();
        assert_null(strstr(loader.report, "a part of it may stay"));
        if ((loader.info.flags & BOOT_FLAG_REPORT_FAILED) != 0)
            assert_int_equal(fake_used(), 0);
        else
            assert_whole(1);
    }
}

/* ---- volumes that are full ---- */

static void assert_no_node_damaged(void)
{
    for (size_t i = 0; i < FAKE_NODES_MAX; i++)
        assert_false(fake.nodes[i].is_damaged);
}

/* Unit by unit, from none free to enough: all or nothing, and nothing is tried that might fail. */
static void test_full(void **state)
{
    (void)state;
    for (unsigned used_before = 0; used_before < 2; used_before++) {
        bool fits = false;
        for (size_t units = 0; !fits; units++) {
            fake_reset();
            if (used_before != 0)
                make_used_volume();
            make_loader();
            const size_t before = fake_used();
            fake.capacity = before + units * FAKE_UNIT + FAKE_UNIT / 2;
            (void)run();
            fits = (loader.info.flags & BOOT_FLAG_REPORT_FAILED) == 0;
            assert_no_node_damaged();
            assert_true(units < 100);
            if (!fits) {
                char text[80];
                (void)snprintf(text, sizeof text,
                               "not written: the stick is full: %zu KiB are free, ", units * 4 + 2);
                assert_int_equal(strncmp(loader.report, text, strlen(text)), 0);
                assert_int_equal(fake_used(), before);
            }
            if (used_before != 0 || fits)
                assert_whole(used_before + fits);
        }
    }
}

/* It says that there is room where there is none: that is found out before a folder is made. */
static void test_full_and_lying(void **state)
{
    (void)state;
    for (size_t units = 0; units < 24; units++) {
        make_used_volume();
        fake.boast = MIB;
        fake.capacity = fake_used() + units * FAKE_UNIT;
        (void)run();
        if ((loader.info.flags & BOOT_FLAG_REPORT_FAILED) == 0)
            break;
        assert_non_null(strstr(loader.report, ": the stick is full ("));
        assert_null(strstr(loader.report, "a part of it may stay"));
        assert_no_node_damaged();
        assert_honest();
    }
    assert_whole(2);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *wanted;
        bool write_protected, says_protected, no_memory;
        unsigned short_write, bad_write;
    } cases[] = {
        {"not written: the stick is write-protected", .says_protected = true},
        {"\\freehold.tmp: the stick is write-protected (Open: EFI_WRITE_PROTECTED)",
         .write_protected = true},
        {"freehold.tmp: Write took fewer bytes than it was given", .short_write = 1},
        {"map.bin: Write took fewer bytes than it was given", .short_write = 2},
        {"report.json: what is read back is not what was written", .bad_write = 4},
        {"not written: there is no memory for a dump of 4 descriptors", .no_memory = true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_used_volume();
        fake.write_protected = cases[i].write_protected;
        fake.says_protected = cases[i].says_protected;
        fake.writes = 0;
        fake.short_write = cases[i].short_write;
        fake.bad_write = cases[i].bad_write;
        fake.no_memory = cases[i].no_memory;
        if (strstr(run(), cases[i].wanted) == nullptr)
            fail_msg("%s", loader.report);
        assert_null(strstr(loader.report, "a part of it may stay"));
        assert_honest();
    }
}

/* What is said of a status begins with words. */
static void test_words(void **state)
{
    (void)state;
    static const struct {
        EFI_STATUS status;
        const char *wanted;
    } cases[] = {
        {EFI_NO_MEDIA,
         "not written: the boot volume: the stick was removed (OpenVolume: EFI_NO_MEDIA)"},
        {EFI_MEDIA_CHANGED,
         "not written: the boot volume: the stick was removed (OpenVolume: EFI_MEDIA_CHANGED)"},
        {EFI_DEVICE_ERROR,
         "not written: the boot volume: the stick does not answer, or was removed "
         "(OpenVolume: EFI_DEVICE_ERROR)"},
        {EFI_VOLUME_CORRUPTED, "not written: the boot volume: OpenVolume (EFI_VOLUME_CORRUPTED)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_used_volume();
        fake.fail_at = 2;
        fake.error = cases[i].status;
        assert_string_equal(run(), cases[i].wanted);
        assert_honest();
    }
}

/* A file where we want a folder. */
static void test_files_in_the_way(void **state)
{
    (void)state;
    static const struct {
        const char *path, *wanted;
    } cases[] = {
        {"freehold", "not written: \\freehold is a file, not a folder"},
        {REPORTS, "not written: \\freehold\\reports is a file, not a folder"},
        {"freehold.tmp", "not written: \\freehold.tmp is there; remove it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_reset();
        make_loader();
        if (i == 1)
            fake_add("freehold", nullptr, 0);
        fake_add(cases[i].path, "mine", 4);
        const size_t before = fake_used();
        assert_string_equal(run(), cases[i].wanted);
        assert_int_equal(fake_used(), before);
        assert_memory_equal(fake_find(cases[i].path)->data, "mine", 4);
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call_fails),
        cmocka_unit_test(test_all_calls_fail_from_one_on),
        cmocka_unit_test(test_two_calls_fail),
        cmocka_unit_test(test_each_call_fails_on_an_empty_volume),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_full_and_lying),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_files_in_the_way),
    };
    const int failed = cmocka_run_group_tests(tests, nullptr, nullptr);
    fake_reset();
    return failed;
}
