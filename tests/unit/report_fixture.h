/* SPDX-License-Identifier: MIT
 * What the tests of the report share: a machine, a volume in memory, and what must hold after each run: one line is
 * said, all that was open is closed, all memory is given back. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

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

static inline void assert_gone(unsigned number)
{
    assert_null(report_file(number, ""));
    for (size_t i = 0; i < FILE_COUNT; i++)
        assert_null(report_file(number, files[i]));
}

#endif
