/* SPDX-License-Identifier: MIT
 * The report on the boot volume, written to a volume in memory: what is in it, which number it gets, what it says of an
 * earlier boot, and what becomes of it with little memory. */
#include "report_fixture.h"

/* ---- a sound volume ---- */

static void test_first_and_second(void **state)
{
    (void)state;
    fake_reset();
    make_loader();
    assert_non_null(strstr(run(), REPORTS "\\0001 written: 4 files, "));
    assert_null(strstr(loader.report, "difference"));
    assert_whole(1);
    make_loader();
    assert_non_null(strstr(run(), REPORTS "\\0002 written: 4 files, "));
    assert_non_null(strstr(loader.report, "; 0 differences to 0001"));
    assert_whole(2);
    make_loader();
    make_map(999);
    assert_non_null(strstr(run(), "; 1 difference to 0002"));
    assert_whole(3);
    assert_whole(1);
    assert_whole(2);
}

static void test_when(void **state)
{
    (void)state;
    static const struct {
        enum report_choice choice;
        bool removable, wanted;
    } cases[] = {{REPORT_AUTO, false, false}, {REPORT_AUTO, true, true},
                 {REPORT_ON, false, true},    {REPORT_ON, true, true},
                 {REPORT_OFF, true, false},   {REPORT_OFF, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_reset();
        make_loader();
        loader.options.report = cases[i].choice;
        loader.info.flags = cases[i].removable ? BOOT_FLAG_REMOVABLE_MEDIA : 0;
        (void)run();
        assert_int_equal(report_file(1, "map.bin") != nullptr, cases[i].wanted);
        assert_int_equal(fake.calls != 0, cases[i].wanted);
    }
}

static void test_time(void **state)
{
    (void)state;
    const EFI_TIME sound = fake_time;
    static const struct {
        int16_t zone;
        uint8_t month;
        const char *wanted;
    } cases[] = {{0, 11, "\"time\": \"2026-11-20T09:08:07Z\""},
                 {-90, 11, "\"time\": \"2026-11-20T09:08:07+01:30\""},
                 {300, 11, "\"time\": \"2026-11-20T09:08:07-05:00\""},
                 {2047, 11, "\"time\": \"2026-11-20T09:08:07\""},
                 {1441, 11, "\"time\": \"2026-11-20T09:08:07\""},
                 {0, 13, "\"time\": \"\""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_reset();
        make_loader();
        fake_time.TimeZone = cases[i].zone;
        fake_time.Month = cases[i].month;
        (void)run();
        const struct fake_node *file = report_file(1, "report.json");
        assert_non_null(memmem(file->data, file->size, cases[i].wanted, strlen(cases[i].wanted)));
    }
    fake_time = sound;
}

/* The map as it is when the report is made is in the dump, and is not what is judged. */
static void test_second_map(void **state)
{
    (void)state;
    fake_reset();
    make_loader();
    (void)run();
    const struct fake_node *dump = report_file(1, "map.bin");
    struct view view;
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason;
    const size_t size = dump_memory_size(dump->data, dump->size);
    void *memory = aligned_alloc(16, size);
    assert_status(dump_read(dump->data, dump->size, memory, size, &view, snapshots, &reason),
                  STATUS_OK);
    assert_int_equal(view.region_count, 4);
    assert_int_equal(snapshots[DUMP_ENTRY].count, 4);
    assert_int_equal(snapshots[DUMP_REPORT].count, 1);
    assert_int_equal(snapshots[DUMP_REPORT].regions[0].phys_start, 0x7000000);
    assert_int_equal(snapshots[DUMP_REPORT].regions[0].page_count, 77);
    free(memory);
}

/* ---- tables ---- */

/* An ACPI table that the loader refused is one all the same: the report says what is wrong with it. */
static void test_refused_table(void **state)
{
    (void)state;
    static unsigned char hpet[56] = {'H', 'P', 'E', 'T', sizeof hpet};
    uint32_t signature;
    memcpy(&signature, hpet, sizeof signature);
    hpet[9] = 1; /* the checksum is 0: wrong */
    fake_reset();
    make_loader();
    loader.copies[0] = (struct table_copy){.kind = BOOT_TABLE_ACPI_REFUSED,
                                           .signature = signature,
                                           .original = (uintptr_t)hpet,
                                           .size = sizeof hpet};
    loader.copy_count = 1;
    (void)run();
    assert_whole(1);
    const struct fake_node *dump = report_file(1, "map.bin"), *text = report_file(1, "report.txt");
    const uint32_t record[] = {DUMP_TABLE, BOOT_TABLE_ACPI};
    assert_non_null(memmem(dump->data, dump->size, record, sizeof record));
    assert_non_null(memmem(text->data, text->size, "HPET", 4));
    assert_non_null(memmem(text->data, text->size, "checksum", 8));
}

/* ---- numbers ---- */

static void test_numbers(void **state)
{
    (void)state;
    fake_reset();
    fake_add("freehold", nullptr, 0);
    fake_add(REPORTS, nullptr, 0);
    fake_add(REPORTS "\\0041", "a file", 6);
    fake_add(REPORTS "\\00999", nullptr, 0);
    fake_add(REPORTS "\\old", nullptr, 0);
    fake_add(REPORTS "\\a name that is longer than ours", nullptr, 0);
    make_loader();
    assert_non_null(strstr(run(), "\\0042 written"));
    fake_add(REPORTS "\\9998", nullptr, 0);
    make_loader();
    assert_non_null(strstr(run(), "\\9999 written"));
    assert_non_null(strstr(loader.report, "to 0042")); /* 9998 is empty */
    make_loader();
    assert_non_null(strstr(run(), "the last number; move reports away"));
    assert_memory_equal(fake_find(REPORTS "\\0041")->data, "a file", 6);
}

static void test_folders_that_lie(void **state)
{
    (void)state;
    fake_reset();
    make_loader();
    (void)run();
    fake.endless = true;
    make_loader();
    assert_non_null(strstr(run(), "has no end"));
    fake.endless = false;
    fake.hides = true;
    make_loader();
    assert_non_null(strstr(run(), "0001 is there, and was not listed"));
    assert_whole(1);
}

/* ---- damaged reports of other boots ---- */

static void test_damaged_last_boot(void **state)
{
    (void)state;
    for (unsigned damage = 0; damage < 6; damage++) {
        fake_reset();
        make_loader();
        (void)run();
        make_loader();
        (void)run();
        struct fake_node *last = report_file(2, "map.bin");
        const uint64_t huge = UINT64_C(1) << 40, tiny = 8;
        if (damage == 0)
            last->size = 0;
        else if (damage == 1)
            last->size -= 9;
        else if (damage == 2)
            last->data[last->size / 2] ^= 1;
        else if (damage == 3)
            memcpy(last->data + 16, &huge, sizeof huge);
        else if (damage == 4)
            memcpy(last->data + 16, &tiny, sizeof tiny);
        else
            memset(last->data, 'x', last->size);
        make_loader();
        assert_non_null(strstr(run(), "0003 written"));
        assert_non_null(strstr(loader.report, "to 0001"));
        assert_whole(3);
    }
}

static constexpr uint32_t LARGEST_LAST_MAP = 4096;

/* A report of an earlier boot, with a map of so many descriptors. */
static void add_report_of(unsigned number, uint32_t count)
{
    struct boot_region *regions = calloc(count, sizeof *regions);
    assert_non_null(regions);
    for (uint32_t i = 0; i < count; i++)
        regions[i] = (struct boot_region){.phys_start = i * MIB, .page_count = 1, .efi_type = 7};
    const struct dump_source source = {.snapshots = {[DUMP_ENTRY] = {regions, count}}};
    const size_t size = dump_size(&source);
    unsigned char *dump = malloc(size);
    assert_non_null(dump);
    assert_status(dump_write(&source, dump, size), STATUS_OK);
    char path[64];
    (void)snprintf(path, sizeof path, REPORTS "\\%04u", number);
    fake_add(path, nullptr, 0);
    (void)snprintf(path, sizeof path, REPORTS "\\%04u\\map.bin", number);
    fake_add(path, dump, size);
    free(dump);
    free(regions);
}

/* A map that no firmware has: the report before is compared with. */
static void test_huge_last_boot(void **state)
{
    (void)state;
    for (uint32_t excess = 0; excess < 2; excess++) {
        fake_reset();
        make_loader();
        (void)run();
        add_report_of(2, LARGEST_LAST_MAP + excess);
        make_loader();
        assert_non_null(strstr(run(), excess != 0 ? " to 0001" : " to 0002"));
    }
}

/* ---- little memory ---- */

/* Descriptors that overlap: more findings than are made room for at first. */
static void make_bad_map(void)
{
    constexpr size_t count = 200, step = 48;
    loader.entry_map.size = count * step;
    for (size_t i = 0; i < count; i++) {
        const EFI_MEMORY_DESCRIPTOR descriptor = {.Type = i % 2 != 0 ? 7 : 0,
                                                  .PhysicalStart = 0x1000 + i * 0x3000,
                                                  .NumberOfPages = 4,
                                                  .Attribute = 0xF};
        memcpy(loader.snapshot + i * step, &descriptor, sizeof descriptor);
    }
}

/* With an allocation that fails, and with more and more memory: no report, one without the last boot, one without some findings, and all of it. */
enum outcome { REFUSED, ALONE, SHORT, WHOLE, OUTCOMES };

static enum outcome run_with(int pages, unsigned fail_at, uint32_t last_boot_count)
{
    fake_reset();
    fake_add("freehold", nullptr, 0);
    fake_add(REPORTS, nullptr, 0);
    add_report_of(1, last_boot_count);
    make_loader();
    make_bad_map();
    fake.pages_max = pages;
    fake.fail_at = fail_at;
    const char *said = run();
    const struct fake_node *json = report_file(2, "report.json");
    const bool failed = (loader.info.flags & BOOT_FLAG_REPORT_FAILED) != 0;
    assert_int_equal(failed, json == nullptr);
    if (json == nullptr)
        return REFUSED;
    if (strstr(said, "; no memory to compare with 0001") != nullptr)
        return ALONE;
    const char all[] = "\"left_out\": 0,";
    return memmem(json->data, json->size, all, sizeof all - 1) == nullptr ? SHORT : WHOLE;
}

static void test_little_memory(void **state)
{
    (void)state;
    unsigned seen[OUTCOMES] = {};
    enum outcome outcome = REFUSED;
    for (unsigned at = 1; at < 100; at++) {
        (void)run_with(0, 0, 4);
        if (at <= fake.calls && strcmp(fake.names[at - 1], "AllocatePages") == 0)
            seen[run_with(0, at, 4)]++;
    }
    outcome = REFUSED;
    for (int pages = 64; outcome != WHOLE; pages += pages / 16) {
        outcome = run_with(pages, 0, LARGEST_LAST_MAP);
        seen[outcome]++;
        assert_true(pages < 100000);
    }
    for (unsigned i = 0; i < OUTCOMES; i++)
        if (seen[i] == 0)
            fail_msg("%u: never seen", i);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_and_second),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_second_map),
        cmocka_unit_test(test_refused_table),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_folders_that_lie),
        cmocka_unit_test(test_damaged_last_boot),
        cmocka_unit_test(test_huge_last_boot),
        cmocka_unit_test(test_little_memory),
    };
    const int failed = cmocka_run_group_tests(tests, nullptr, nullptr);
    fake_reset();
    return failed;
}
