/* SPDX-License-Identifier: MIT
 * The report on the boot volume, written to a volume in memory: every call of the firmware fails in turn, alone and
 * with all that come behind it. Whatever happens: one line is said, all that was open is closed, all memory is given
 * back, what was there before is as it was, and a report is whole, or gone, or said to be there in part. */
#include "harness/harness.h"

#include "efi/loader.h"
#include "model/fake_volume.h"

#include <inspect/dump.h>
#include <inspect/render.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORTS "freehold\\reports"
static const char *const files[] = {"map.bin", "report.txt", "report.json", "report.html"};
constexpr size_t FILE_COUNT = sizeof files / sizeof files[0];

static struct loader loader;
static unsigned lines_said;
static EFI_SYSTEM_TABLE system_table = {.RuntimeServices = &fake_runtime};
static EFI_LOADED_IMAGE self;

/* ---- what the loader's other files do ---- */

void loader_say(struct loader *l, const char *text)
{
    assert_ptr_equal(l, &loader);
    assert_null(strchr(text, '\n'));
    assert_int_equal(strncmp(text, "report: ", 8), 0);
    assert_string_equal(text + 8, l->report);
    assert_int_equal(strlen(l->report), l->report_length);
    lines_said++;
}

void loader_stop(struct loader *l, EFI_STATUS status, const char *format, ...)
{
    (void)l, (void)status;
    fprintf(stderr, "the run was ended: %s\n", format);
    abort();
}

/* ---- a machine ---- */

/* Descriptors as firmware lays them out: 48 bytes each. */
static void make_map(uint64_t usable_pages)
{
    const EFI_MEMORY_DESCRIPTOR descriptors[] = {
        {.Type = 3, .PhysicalStart = 0, .NumberOfPages = 1, .Attribute = 0xF},
        {.Type = 7, .PhysicalStart = 0x1000, .NumberOfPages = 159, .Attribute = 0xF},
        {.Type = 7, .PhysicalStart = MIB, .NumberOfPages = usable_pages, .Attribute = 0xF},
        {.Type = 6, .PhysicalStart = GIB, .NumberOfPages = 16, .Attribute = 0x800000000000000F},
    };
    constexpr size_t count = 4, step = 48;
    static_assert(sizeof descriptors == count * sizeof(EFI_MEMORY_DESCRIPTOR));
    loader.entry_map = (struct raw_map){.data = loader.snapshot,
                                        .capacity = sizeof loader.snapshot,
                                        .size = count * step,
                                        .descriptor_size = step,
                                        .version = 1};
    for (size_t i = 0; i < count; i++)
        memcpy(loader.snapshot + i * step, &descriptors[i], sizeof descriptors[i]);
}

static void make_loader(void)
{
    memset(&loader, 0, sizeof loader);
    loader.firmware = (struct firmware){
        .system = &system_table, .boot = &fake_boot, .self = &self, .image = &self};
    self.DeviceHandle = &self;
    loader.options.report = REPORT_ON;
    loader.info.options_source = BOOT_OPTIONS_FILE; /* no countdown: unit/visit */
    loader.info.descriptor_size = 48;
    loader.info.descriptor_version = 1;
    loader.info.uefi_revision = 2 << 16 | 70;
    memcpy(loader.vendor, "Fake", 4);
    loader.vendor_length = 4;
    make_map(1000);
}

/* Run on the volume as it is. What must always hold is checked here. */
static const char *run(void)
{
    fake.calls = 0;
    lines_said = 0;
    loader_inspect(&loader);
    assert_int_equal(fake.open_handles, 0);
    assert_int_equal(fake.open_pages, 0);
    assert_int_equal(lines_said, loader.report_length != 0);
    assert_true(loader.report_length < REPORT_NOTE_SIZE);
    const bool failed = (loader.info.flags & BOOT_FLAG_REPORT_FAILED) != 0;
    assert_int_equal(failed, strncmp(loader.report, "not written: ", 13) == 0);
    return loader.report;
}

static struct fake_node *report_file(unsigned number, const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, REPORTS "\\%04u%s%s", number, *name != '\0' ? "\\" : "",
                   name);
    return fake_find(path);
}

struct page {
    char *text;
    size_t length, capacity;
};
static void write_page(void *owner, const char *text, size_t length)
{
    struct page *page = owner;
    if (length > page->capacity - page->length) {
        page->capacity = 2 * (page->capacity + length);
        char *longer = realloc(page->text, page->capacity);
        assert_non_null(longer);
        page->text = longer;
    }
    memcpy(page->text + page->length, text, length);
    page->length += length;
}

/* Is each file what the dump beside it gives? */
static void assert_whole(unsigned number)
{
    const struct fake_node *dump = report_file(number, "map.bin");
    assert_non_null(dump);
    struct view view;
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason = "";
    const size_t view_size = dump_memory_size(dump->data, dump->size);
    void *memory = aligned_alloc(16, view_size);
    if (dump_read(dump->data, dump->size, memory, view_size, &view, snapshots, &reason) !=
        STATUS_OK)
        fail_msg("%s", reason);
    const size_t size = inspection_memory_size(&view);
    void *inspection_memory = aligned_alloc(16, size);
    struct lint_finding findings[64];
    struct inspection_result result;
    assert_status(inspection_run(&view, inspection_memory, size, findings, 64, &result), STATUS_OK);
    const struct inspection inspection = inspection_of(&view, &result);
    const struct fake_node *json = report_file(number, "report.json");
    assert_non_null(json);
    const char no_time[] = "\"time\": \"\""; /* the clock has failed */
    const bool timeless = memmem(json->data, json->size, no_time, sizeof no_time - 1) != nullptr;
    const struct render_context context = {.program = RENDER_PROGRAM,
                                           .source = "map.bin",
                                           .time = timeless ? "" : "2026-11-20T09:08:07"};
    void (*const forms[])(const struct inspection *, const struct render_context *,
                          const struct text_sink *) = {render_text, render_json, render_html};
    for (size_t i = 1; i < FILE_COUNT; i++) {
        struct page page = {};
        forms[i - 1](&inspection, &context, &(struct text_sink){write_page, &page});
        const struct fake_node *file = report_file(number, files[i]);
        assert_non_null(file);
        assert_int_equal(file->size, page.length);
        assert_memory_equal(file->data, page.text, page.length);
        free(page.text);
    }
    free(inspection_memory);
    free(memory);
}

static void assert_gone(unsigned number)
{
    assert_null(report_file(number, ""));
    for (size_t i = 0; i < FILE_COUNT; i++)
        assert_null(report_file(number, files[i]));
}

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
