/* SPDX-License-Identifier: MIT
 * The report on the boot volume: \freehold\reports\NNNN\ with the dump, and with what it says as text, JSON and a
 * page. On by itself where we were started from removable media: a stick is there to be looked at elsewhere.
 *
 * Nothing here ends the run, and nothing that was on the volume is changed: before a folder is made, the volume has
 * said that there is room for all of it, and has taken and given back what folders need. (Firmware was seen to damage a
 * volume in which a folder is made and nothing is free; and a volume believes a number that other systems leave behind
 * wrong.) Each report gets a folder that was not there, each file is written in one piece and read again. What a report
 * that fails has made, folders included, is removed again. One line says what was done, or that a part stays, on the
 * firmware's console and, through boot_info, in the kernel's log.
 * RE1  the text that is written is the text that was measured */
#include "report.h"

#include <inspect/map_diff.h>

#include <base/assert.h>
#include <base/string.h>

/* Three new folders, and three that may grow by an entry, take a unit each; the rest is for what is not foreseen. */
static constexpr unsigned FOLDER_UNITS = 6;
static constexpr uint64_t ROOM_TO_SPARE = 64 * KIB;

#define PROBE_NAME "freehold.tmp"

static constexpr unsigned FORM_COUNT = 4;

struct folder {
    EFI_FILE_HANDLE handle; /* null: not opened */
    bool is_made;           /* by us: it was not there */
};

struct report {
    struct session *session;
    struct loader *loader;
    struct files files;
    EFI_FILE_HANDLE root;
    struct volume_room room;
    struct folder freehold, reports, own; /* \freehold\reports\NNNN */
    unsigned number;                      /* of this report */
    unsigned forms;                       /* files that may be there: from the first on */
    bool has_probe;                       /* it could not be removed at once */
    bool has_begun;                       /* something was made, or half made */
    bool stays;                           /* some of that cannot be removed */
    size_t sizes[FORM_COUNT], total, largest;
    char *memory;  /* room for the largest, twice; null: not taken */
    unsigned mark; /* of the session, before that */
    char why[REPORT_NOTE_SIZE];
    char time[32];
};

/* ---- what is said ---- */

/* The end of it: why there is no report. */
static bool refuse(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(struct report *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_text_va(r->why, sizeof r->why, format, arguments);
    va_end(arguments);
    return false;
}

static bool refuse_file(struct report *r, const char *what, EFI_STATUS status)
{
    const char *words = files_status_words(status), *name = firmware_status_name(status);
    return words != nullptr ? refuse(r, "%s: %s (%s: %s)", what, words, r->files.call, name)
                            : refuse(r, "%s: %s (%s)", what, r->files.call, name);
}

/* ---- the volume ---- */

static bool open_volume(struct report *r)
{
    EFI_STATUS status =
        files_open_volume(&r->files, r->loader->firmware.self->DeviceHandle, &r->root);
    if (!EFI_ERROR(status))
        status = files_room(&r->files, r->root, &r->room);
    if (EFI_ERROR(status))
        return refuse_file(r, "the boot volume", status);
    return !r->room.is_write_protected || refuse(r, "%s", files_status_words(EFI_WRITE_PROTECTED));
}

static bool has_room(struct report *r)
{
    const uint64_t unit = r->room.unit;
    uint64_t needed = FOLDER_UNITS * unit + ROOM_TO_SPARE;
    for (unsigned form = 0; form < FORM_COUNT; form++)
        needed += (r->sizes[form] + unit - 1) / unit * unit;
    if (r->room.free >= needed)
        return true;
    return refuse(r, "the stick is full: %lu KiB are free, %lu KiB are needed", r->room.free / KIB,
                  (needed + KIB - 1) / KIB);
}

/* As much as folders need can be had: a file takes it, and is removed again. */
static bool probe(struct report *r)
{
    const uint64_t wanted = FOLDER_UNITS * r->room.unit;
    const size_t size = wanted < r->largest ? wanted : r->largest;
    EFI_FILE_HANDLE there = nullptr;
    EFI_STATUS status = files_open(&r->files, r->root, PROBE_NAME, &there);
    files_close(&r->files, there);
    if (!EFI_ERROR(status))
        return refuse(r, "\\" PROBE_NAME " is there; remove it");
    if (status == EFI_NOT_FOUND) {
        memset(r->memory, 0, size);
        status = files_write(&r->files, r->root, PROBE_NAME, r->memory, size, r->memory + size);
        r->has_begun = r->has_probe = !files_remove(&r->files, r->root, PROBE_NAME);
    }
    if (!EFI_ERROR(status) && !r->has_probe)
        return true;
    return EFI_ERROR(status) ? refuse_file(r, "\\" PROBE_NAME, status)
                             : refuse(r, "\\" PROBE_NAME " cannot be removed");
}

/* ---- the folders ---- */

/* Where one cannot be made, an entry may be left: it is looked at, and not touched. */
static bool make_folder(struct report *r, EFI_FILE_HANDLE parent, const char *name,
                        const char *path, struct folder *out)
{
    const EFI_STATUS status = files_make_folder(&r->files, parent, name, &out->handle);
    if (!EFI_ERROR(status)) {
        out->is_made = r->has_begun = true;
        return true;
    }
    (void)refuse_file(r, path, status);
    EFI_FILE_HANDLE left = nullptr;
    r->stays = files_open(&r->files, parent, name, &left) != EFI_NOT_FOUND;
    r->has_begun |= r->stays;
    files_close(&r->files, left);
    return false;
}

static bool open_or_make_folder(struct report *r, EFI_FILE_HANDLE parent, const char *name,
                                const char *path, struct folder *out)
{
    bool is_folder = false;
    const EFI_STATUS status = files_open_folder(&r->files, parent, name, &out->handle, &is_folder);
    if (status == EFI_NOT_FOUND)
        return make_folder(r, parent, name, path, out);
    if (EFI_ERROR(status))
        return refuse_file(r, path, status);
    return is_folder || refuse(r, "%s is a file, not a folder", path);
}

static bool open_reports(struct report *r)
{
    return open_or_make_folder(r, r->root, "freehold", "\\freehold", &r->freehold) &&
           open_or_make_folder(r, r->freehold.handle, "reports", "\\freehold\\reports",
                               &r->reports);
}

static bool choose_number(struct report *r)
{
    struct report_list list;
    const EFI_STATUS status = report_list_read(&r->files, r->reports.handle, &list);
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

static bool make_own_folder(struct report *r)
{
    char name[8], path[40];
    EFI_FILE_HANDLE there = nullptr;
    format_text(name, sizeof name, "%04u", r->number);
    format_text(path, sizeof path, REPORT_FOLDER "%s", name);
    const EFI_STATUS status = files_open(&r->files, r->reports.handle, name, &there);
    files_close(&r->files, there);
    if (!EFI_ERROR(status))
        return refuse(r, "%s is there, and was not listed", path);
    if (status != EFI_NOT_FOUND)
        return refuse_file(r, path, status);
    return make_folder(r, r->reports.handle, name, path, &r->own);
}

/* Closed; or removed, if it is ours and nothing of ours is left in it. */
static void leave_folder(struct report *r, struct folder *folder, bool is_kept)
{
    if (is_kept || !folder->is_made || r->stays)
        files_close(&r->files, folder->handle);
    else
        r->stays = !files_delete(&r->files, folder->handle);
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
        ASSERT(RE1, length <= page->capacity - page->length);
        memcpy(page->text + page->length, text, length);
    }
    page->length += length;
}

static const struct {
    const char *name;
    void (*render)(const struct inspection *inspection, const struct render_context *context,
                   const struct text_sink *sink); /* null: the dump */
} forms[FORM_COUNT] = {
    {"map.bin", nullptr},
    {"report.txt", render_text},
    {"report.json", render_json},
    {"report.html", render_html},
};

static void render(const struct report *r, unsigned form, struct page *page)
{
    const struct text_sink sink = {write_page, page};
    const struct render_context context = {
        .program = RENDER_PROGRAM, .source = forms[0].name, .time = r->time};
    forms[form].render(&r->session->inspection, &context, &sink);
}

/* How long each form is, and memory to write and to read back the longest. */
static bool measure(struct report *r)
{
    for (unsigned form = 0; form < FORM_COUNT; form++) {
        struct page page = {.length = r->session->dump_size};
        if (forms[form].render != nullptr) {
            page.length = 0;
            render(r, form, &page);
        }
        r->sizes[form] = page.length;
        r->total += page.length;
        r->largest = page.length > r->largest ? page.length : r->largest;
    }
    r->memory = session_take(r->session, 2 * r->largest + 1);
    return r->memory != nullptr ||
           refuse(r, "there is no memory for pages of %zu bytes", r->largest);
}

static EFI_STATUS write_form(struct report *r, unsigned form)
{
    const size_t size = r->sizes[form];
    void *data = r->session->dump, *scratch = r->memory;
    if (forms[form].render != nullptr) {
        struct page page = {.text = r->memory, .capacity = size};
        render(r, form, &page);
        data = r->memory;
        scratch = r->memory + size;
    }
    return files_write(&r->files, r->own.handle, forms[form].name, data, size, scratch);
}

static bool write_forms(struct report *r)
{
    while (r->forms < FORM_COUNT) {
        const unsigned form = r->forms++;
        const EFI_STATUS status = write_form(r, form);
        if (EFI_ERROR(status)) {
            char path[48];
            format_text(path, sizeof path, REPORT_FOLDER "%04u\\%s", r->number, forms[form].name);
            return refuse_file(r, path, status);
        }
    }
    return true;
}

/* ---- the whole ---- */

static bool write_report(struct report *r)
{
    if (!open_volume(r))
        return false;
    if (!session_inspect(r->session))
        return refuse(r, "%s", r->session->fault);
    r->mark = session_mark(r->session);
    read_time(r);
    return measure(r) && has_room(r) && probe(r) && open_reports(r) && choose_number(r) &&
           make_own_folder(r) && write_forms(r);
}

/* What is open is closed; of a report that failed nothing is left, if that can be. */
static void leave(struct report *r, bool is_written)
{
    for (unsigned form = is_written ? 0 : r->forms; form-- > 0;)
        r->stays |= !files_remove(&r->files, r->own.handle, forms[form].name);
    if (r->has_probe)
        r->stays = !files_remove(&r->files, r->root, PROBE_NAME);
    leave_folder(r, &r->own, is_written);
    leave_folder(r, &r->reports, is_written);
    leave_folder(r, &r->freehold, is_written);
    files_close(&r->files, r->root);
    if (r->memory != nullptr)
        session_give_back(r->session, r->mark);
}

static void note_failed(struct report *r)
{
    struct loader *l = r->loader;
    const char *rest = "";
    if (r->has_begun)
        rest = r->stays ? "; a part of it may stay there" : "; what was written of it was removed";
    l->info.flags |= BOOT_FLAG_REPORT_FAILED;
    l->report_length =
        (size_t)format_text(l->report, sizeof l->report, "not written: %s%s", r->why, rest);
}

static void note_done(struct report *r)
{
    struct loader *l = r->loader;
    const struct inspection *inspection = &r->session->inspection;
    int length = format_text(l->report, sizeof l->report,
                             REPORT_FOLDER "%04u written: %u files, %zu KiB, read back", r->number,
                             FORM_COUNT, (r->total + KIB - 1) / KIB);
    if (inspection->last_boot != nullptr) {
        struct map_diff_cursor cursor = {};
        struct map_difference difference;
        unsigned count = 0;
        while (map_diff_next(inspection->last_boot, inspection->map, &cursor, &difference))
            count++;
        length += format_text(l->report + length, sizeof l->report - (size_t)length,
                              "; %u difference%s to %04u", count, count == 1 ? "" : "s",
                              r->session->last_number);
    }
    if (r->session->unread_number != 0)
        length += format_text(l->report + length, sizeof l->report - (size_t)length,
                              "; no memory to compare with %04u", r->session->unread_number);
    l->report_length = (size_t)length;
}

bool report_write(struct session *s)
{
    struct loader *l = s->loader;
    struct report report = {.session = s, .loader = l, .files.firmware = &l->firmware};
    l->info.flags &= ~(uint32_t)BOOT_FLAG_REPORT_FAILED;
    const bool written = write_report(&report);
    leave(&report, written);
    if (written)
        note_done(&report);
    else
        note_failed(&report);
    return written;
}
