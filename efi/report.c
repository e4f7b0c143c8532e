/* SPDX-License-Identifier: MIT
 * The report on the boot volume: \freehold\reports\NNNN\ with the dump, and with what it says as text, JSON and a
 * page. On by itself where we were started from removable media: a stick is there to be looked at elsewhere.
 *
 * Nothing here ends the run, and nothing that was on the volume is changed: each report gets a folder that was not
 * there, each file is written in one piece and read again, and a report that cannot be finished is removed again. One
 * line says what was done, on the firmware's console and, through boot_info, in the kernel's log. */
#include "report.h"

#include <base/assert.h>
#include <base/string.h>

static constexpr unsigned ENTRIES_MAX = 65536; /* FAT has no more in a folder */
#define FOLDER "\\freehold\\reports\\"

/* ---- what is said ---- */

static void say(struct report *r, const char *text)
{
    struct loader *l = r->loader;
    char line[REPORT_NOTE_SIZE + 16];
    l->report_length = (size_t)format_text(l->report, sizeof l->report, "%s", text);
    format_text(line, sizeof line, "report: %s", text);
    loader_say(l, line);
}

bool report_refuse(struct report *r, const char *format, ...)
{
    char text[REPORT_NOTE_SIZE];
    va_list arguments;
    if (r->loader->report_length != 0)
        return false; /* the first reason is the reason */
    va_start(arguments, format);
    const int length = format_text(text, sizeof text, "not written: ");
    format_text_va(text + length, sizeof text - (size_t)length, format, arguments);
    va_end(arguments);
    r->loader->info.flags |= BOOT_FLAG_REPORT_FAILED;
    say(r, text);
    return false;
}

static bool refuse_file(struct report *r, const char *what, EFI_STATUS status)
{
    return report_refuse(r, "%s: %s (%s)", what, r->files.call, firmware_status_name(status));
}

/* ---- memory ---- */

void *report_take(struct report *r, size_t size)
{
    struct firmware *fw = &r->loader->firmware;
    EFI_PHYSICAL_ADDRESS at = 0;
    const UINTN pages = EFI_SIZE_TO_PAGES(size);
    EFI_STATUS status = EFI_OUT_OF_RESOURCES;
    if (r->block_count < REPORT_BLOCKS_MAX)
        status =
            FIRMWARE_CALL(fw, fw->boot->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &at));
    if (EFI_ERROR(status) || at == 0 || !is_aligned(at, PAGE_SIZE))
        return nullptr;
    r->blocks[r->block_count].at = at;
    r->blocks[r->block_count++].pages = pages;
    return (void *)at;
}

static void give_back(struct report *r)
{
    struct firmware *fw = &r->loader->firmware;
    while (r->block_count > 0) {
        r->block_count--;
        (void)FIRMWARE_CALL(
            fw, fw->boot->FreePages(r->blocks[r->block_count].at, r->blocks[r->block_count].pages));
    }
}

/* ---- the folder ---- */

static bool open_reports(struct report *r)
{
    EFI_FILE_HANDLE root = nullptr, freehold = nullptr;
    struct files *files = &r->files;
    EFI_STATUS status = files_open_volume(files, r->loader->firmware.self->DeviceHandle, &root);
    if (EFI_ERROR(status))
        return refuse_file(r, "the boot volume", status);
    status = files_open_folder(files, root, "freehold", &freehold);
    if (!EFI_ERROR(status))
        status = files_open_folder(files, freehold, "reports", &r->reports);
    files_close(files, freehold);
    files_close(files, root);
    return !EFI_ERROR(status) || refuse_file(r, FOLDER, status);
}

/* "0042" is 42; -1 if it is no number of a report. */
static int number_of(const char *name)
{
    int number = 0;
    if (strlen(name) != 4)
        return -1;
    for (; *name != '\0'; name++) {
        if (*name < '0' || *name > '9')
            return -1;
        number = number * 10 + (*name - '0');
    }
    return number;
}

static bool choose_number(struct report *r)
{
    bool end = false;
    for (unsigned i = 0; i < ENTRIES_MAX && !end; i++) {
        struct file_entry entry = {};
        const EFI_STATUS status = files_next_entry(&r->files, r->reports, &entry, &end);
        if (EFI_ERROR(status))
            return refuse_file(r, FOLDER, status);
        const int number = number_of(entry.name);
        if (number < 0)
            continue;
        r->taken[number / 8] |= (uint8_t)(1u << number % 8);
        if ((unsigned)number > r->highest)
            r->highest = (unsigned)number;
    }
    if (!end)
        return report_refuse(r, FOLDER " has no end");
    if (r->highest == REPORT_NUMBER_MAX)
        return report_refuse(r, FOLDER "%u is there, the last number; move reports away",
                             REPORT_NUMBER_MAX);
    r->number = r->highest + 1;
    return true;
}

/* ---- the time ---- */

/* UEFI 2.10, 8.3: local time = UTC - TimeZone, in minutes; what is out of range is no time. */
static void read_time(struct report *r)
{
    struct firmware *fw = &r->loader->firmware;
    EFI_TIME t = {};
    char zone[8] = "";
    const EFI_STATUS status = FIRMWARE_CALL(fw, fw->system->RuntimeServices->GetTime(&t, nullptr));
    if (EFI_ERROR(status) || t.Year < 1900 || t.Year > 9999 || t.Month < 1 || t.Month > 12 ||
        t.Day < 1 || t.Day > 31 || t.Hour > 23 || t.Minute > 59 || t.Second > 59)
        return;
    if (t.TimeZone == 0)
        format_text(zone, sizeof zone, "Z");
    else if (t.TimeZone >= -1440 && t.TimeZone <= 1440) {
        const unsigned minutes = (unsigned)(t.TimeZone < 0 ? -t.TimeZone : t.TimeZone);
        format_text(zone, sizeof zone, "%c%02u:%02u", t.TimeZone < 0 ? '+' : '-', minutes / 60,
                    minutes % 60);
    }
    format_text(r->time, sizeof r->time, "%04u-%02u-%02uT%02u:%02u:%02u%s", t.Year, t.Month, t.Day,
                t.Hour, t.Minute, t.Second, zone);
}

/* ---- the files ---- */

/* A page that is written, or only counted: then it has no text. */
struct page {
    char *text;
    size_t length, capacity;
};

static void write_page(void *owner, const char *text, size_t length)
{
    struct page *page = owner;
    if (page->text != nullptr) {
        ASSERT(length <= page->capacity - page->length);
        memcpy(page->text + page->length, text, length);
    }
    page->length += length;
}

static const struct {
    const char *name;
    void (*render)(const struct inspection *inspection, const struct render_context *context,
                   const struct text_sink *sink); /* null: the dump */
} forms[] = {
    {"map.bin", nullptr},
    {"report.txt", render_text},
    {"report.json", render_json},
    {"report.html", render_html},
};
constexpr unsigned FORM_COUNT = sizeof forms / sizeof forms[0];

static void render(const struct report *r, unsigned form, struct page *page)
{
    const struct text_sink sink = {write_page, page};
    const struct render_context context = {
        .program = RENDER_PROGRAM, .source = forms[0].name, .time = r->time};
    forms[form].render(&r->inspection, &context, &sink);
}

static EFI_STATUS write_form(struct report *r, EFI_FILE_HANDLE folder, unsigned form, char *memory,
                             size_t size)
{
    if (forms[form].render == nullptr)
        return files_write(&r->files, folder, forms[form].name, r->dump, size, memory);
    struct page page = {.text = memory, .capacity = size};
    render(r, form, &page);
    return files_write(&r->files, folder, forms[form].name, memory, size, memory + size);
}

/* What was begun is removed again, or it is said that it stays. */
static bool undo(struct report *r, EFI_FILE_HANDLE folder, unsigned form, EFI_STATUS status)
{
    bool gone = true;
    for (unsigned i = form + 1; i-- > 0;)
        gone &= files_remove(&r->files, folder, forms[i].name);
    if (gone)
        gone = files_delete(&r->files, folder);
    else
        files_close(&r->files, folder);
    return report_refuse(r, FOLDER "%04u\\%s: %s (%s); %s", r->number, forms[form].name,
                         r->files.call, firmware_status_name(status),
                         gone ? "what was written of it was removed" : "a part of it stays there");
}

static bool make_folder(struct report *r, EFI_FILE_HANDLE *out)
{
    char name[8];
    format_text(name, sizeof name, "%04u", r->number);
    EFI_STATUS status = files_open(&r->files, r->reports, name, out);
    if (!EFI_ERROR(status)) {
        files_close(&r->files, *out);
        return report_refuse(r, FOLDER "%s is there, and was not listed", name);
    }
    if (status == EFI_NOT_FOUND)
        status = files_open_folder(&r->files, r->reports, name, out);
    return !EFI_ERROR(status) || refuse_file(r, FOLDER, status);
}

static bool write_report(struct report *r, size_t *total)
{
    size_t sizes[FORM_COUNT] = {r->dump_size}, largest = r->dump_size;
    EFI_FILE_HANDLE folder = nullptr;
    for (unsigned form = 1; form < FORM_COUNT; form++) {
        struct page page = {};
        render(r, form, &page);
        sizes[form] = page.length;
        largest = page.length > largest ? page.length : largest;
    }
    char *memory = report_take(r, 2 * largest + 1);
    if (memory == nullptr)
        return report_refuse(r, "there is no memory for pages of %zu bytes", largest);
    if (!make_folder(r, &folder))
        return false;
    for (unsigned form = 0; form < FORM_COUNT; form++) {
        const EFI_STATUS status = write_form(r, folder, form, memory, sizes[form]);
        if (EFI_ERROR(status))
            return undo(r, folder, form, status);
        *total += sizes[form];
    }
    files_close(&r->files, folder);
    return true;
}

static void say_done(struct report *r, size_t total)
{
    char text[REPORT_NOTE_SIZE];
    int length = format_text(text, sizeof text, FOLDER "%04u written: %u files, %zu KiB, read back",
                             r->number, FORM_COUNT, (total + KIB - 1) / KIB);
    if (r->inspection.last_boot != nullptr) {
        struct map_diff_cursor cursor = {};
        struct map_difference difference;
        unsigned count = 0;
        while (map_diff_next(r->inspection.last_boot, r->inspection.map, &cursor, &difference))
            count++;
        format_text(text + length, sizeof text - (size_t)length, "; %u difference%s to %04u", count,
                    count == 1 ? "" : "s", r->last_number);
    }
    say(r, text);
}

void loader_report(struct loader *l)
{
    const enum report_choice choice = l->options.report;
    size_t total = 0;
    if (choice == REPORT_OFF ||
        (choice == REPORT_AUTO && (l->info.flags & BOOT_FLAG_REMOVABLE_MEDIA) == 0))
        return;
    struct report report = {.loader = l, .files.firmware = &l->firmware};
    if (open_reports(&report) && choose_number(&report)) {
        read_time(&report);
        report_find_last_boot(&report);
        if (report_inspect(&report) && write_report(&report, &total))
            say_done(&report, total);
    }
    files_close(&report.files, report.reports);
    give_back(&report);
}
