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

struct report {
    struct session *session;
    struct loader *loader;
    struct files files;
    EFI_FILE_HANDLE reports; /* \freehold\reports; null: not opened yet */
    unsigned number;         /* of this report */
    char time[32];
};

/* ---- what is said ---- */

static void note(struct report *r, const char *text)
{
    struct loader *l = r->loader;
    l->report_length = (size_t)format_text(l->report, sizeof l->report, "%s", text);
}

/* The end of it: why there is no report. */
static bool refuse(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(struct report *r, const char *format, ...)
{
    char text[REPORT_NOTE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    const int length = format_text(text, sizeof text, "not written: ");
    format_text_va(text + length, sizeof text - (size_t)length, format, arguments);
    va_end(arguments);
    r->loader->info.flags |= BOOT_FLAG_REPORT_FAILED;
    note(r, text);
    return false;
}

static bool refuse_file(struct report *r, const char *what, EFI_STATUS status)
{
    return refuse(r, "%s: %s (%s)", what, r->files.call, firmware_status_name(status));
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
    return !EFI_ERROR(status) || refuse_file(r, REPORT_FOLDER, status);
}

static bool choose_number(struct report *r)
{
    struct report_list list;
    const EFI_STATUS status = report_list_read(&r->files, r->reports, &list);
    if (status == EFI_ABORTED)
        return refuse(r, REPORT_FOLDER " has no end");
    if (EFI_ERROR(status))
        return refuse_file(r, REPORT_FOLDER, status);
    if (list.highest == REPORT_NUMBER_MAX)
        return refuse(r, REPORT_FOLDER "%u is there, the last number; move reports away",
                      REPORT_NUMBER_MAX);
    r->number = list.highest + 1;
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
    forms[form].render(&r->session->inspection, &context, &sink);
}

static EFI_STATUS write_form(struct report *r, EFI_FILE_HANDLE folder, unsigned form, char *memory,
                             size_t size)
{
    if (forms[form].render == nullptr)
        return files_write(&r->files, folder, forms[form].name, r->session->dump, size, memory);
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
    return refuse(r, REPORT_FOLDER "%04u\\%s: %s (%s); %s", r->number, forms[form].name,
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
        return refuse(r, REPORT_FOLDER "%s is there, and was not listed", name);
    }
    if (status == EFI_NOT_FOUND)
        status = files_open_folder(&r->files, r->reports, name, out);
    return !EFI_ERROR(status) || refuse_file(r, REPORT_FOLDER, status);
}

static bool write_report(struct report *r, size_t *total)
{
    size_t sizes[FORM_COUNT] = {r->session->dump_size}, largest = r->session->dump_size;
    EFI_FILE_HANDLE folder = nullptr;
    for (unsigned form = 1; form < FORM_COUNT; form++) {
        struct page page = {};
        render(r, form, &page);
        sizes[form] = page.length;
        largest = page.length > largest ? page.length : largest;
    }
    char *memory = session_take(r->session, 2 * largest + 1);
    if (memory == nullptr)
        return refuse(r, "there is no memory for pages of %zu bytes", largest);
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

static void note_done(struct report *r, size_t total)
{
    char text[REPORT_NOTE_SIZE];
    int length =
        format_text(text, sizeof text, REPORT_FOLDER "%04u written: %u files, %zu KiB, read back",
                    r->number, FORM_COUNT, (total + KIB - 1) / KIB);
    if (r->session->inspection.last_boot != nullptr) {
        struct map_diff_cursor cursor = {};
        struct map_difference difference;
        unsigned count = 0;
        while (map_diff_next(r->session->inspection.last_boot, r->session->inspection.map, &cursor,
                             &difference))
            count++;
        format_text(text + length, sizeof text - (size_t)length, "; %u difference%s to %04u", count,
                    count == 1 ? "" : "s", r->session->last_number);
    }
    note(r, text);
}

bool report_write(struct session *s)
{
    struct loader *l = s->loader;
    struct report report = {.session = s, .loader = l, .files.firmware = &l->firmware};
    size_t total = 0;
    bool written = false;
    l->report_length = 0;
    l->info.flags &= ~(uint32_t)BOOT_FLAG_REPORT_FAILED;
    if (open_reports(&report) && choose_number(&report)) {
        read_time(&report);
        if (!session_inspect(s))
            (void)refuse(&report, "%s", s->fault);
        else {
            const unsigned mark = session_mark(s);
            written = write_report(&report, &total);
            session_give_back(s, mark);
        }
    }
    if (written)
        note_done(&report, total);
    files_close(&report.files, report.reports);
    return written;
}
