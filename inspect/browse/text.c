/* SPDX-License-Identifier: MIT
 * The inspector's pages of text: ledger, last boot, tables, help. Ledger and difference are told anew, since those of
 * the renderers have more columns than the smallest screens. */
#include "private.h"

#include <inspect/map_diff.h>
#include <inspect/words.h>

#include <base/string.h>

/* ---- ledger ---- */

/* Columns of the numbers, as wide as these numbers are, and of the words, what is left. */
struct ledger_columns {
    int words, bytes;
};

static struct ledger_columns ledger_columns(const struct ledger *ledger, uint32_t width)
{
    constexpr int sign = 4, size = 1 + 10;
    struct ledger_columns columns = {.bytes = sizeof "bytes" - 1};
    int longest = 0;
    for (unsigned i = 0; i < LEDGER_ROW_COUNT; i++) {
        if (ledger_row_kind((enum ledger_row)i) == LEDGER_NOTE || (ledger->known >> i & 1) == 0)
            continue;
        const int bytes = (int)strlen(render_grouped(ledger->bytes[i]).text);
        const int words =
            (int)strlen(ledger_row_text((enum ledger_row)i)) + (int)sizeof ", expected";
        columns.bytes = bytes > columns.bytes ? bytes : columns.bytes;
        longest = words > longest ? words : longest;
    }
    columns.words = (int)width - sign - 1 - columns.bytes - size;
    columns.words = columns.words > longest ? longest : columns.words < 0 ? 0 : columns.words;
    return columns;
}

static void tell_ledger_row(const struct ledger *ledger, enum ledger_row row, char sign,
                            struct ledger_columns columns, const struct text_sink *sink)
{
    char words[96];
    const int length =
        format_text(words, sizeof words, "%s%s", ledger_row_text(row),
                    row == LEDGER_ROW_RECLAIMED && ledger->projected ? ", expected" : "");
    const bool fits = length <= columns.words;
    sink_print(sink, "  %c %-*s", sign, fits ? columns.words : 0, words);
    if (!fits)
        sink_print(sink, "%c    %*s", INSPECTOR_BREAK, columns.words, "");
    sink_print(sink, " %*s %10s\n", columns.bytes, render_grouped(ledger->bytes[row]).text,
               size_text(ledger->bytes[row]).text);
}

static void tell_ledger(const struct inspector *inspector, uint32_t width,
                        const struct text_sink *sink)
{
    const struct ledger *ledger = inspector->setup.inspection->ledger;
    const struct ledger_columns columns = ledger_columns(ledger, width);
    bool first = true;
    static const char title[] = "Where the memory went";
    sink_print(sink, "%c    %-*s %*s %10s\n", INSPECTOR_MARK(SOFT), columns.words,
               columns.words >= (int)sizeof title ? title : "", columns.bytes, "bytes", "size");
    enum ledger_row row;
    for (unsigned at = 0; ledger_next_row(ledger, &at, &row);) {
        if (ledger_row_kind(row) == LEDGER_NOTE) {
            sink_print(sink, "%c      %s: %s\n", INSPECTOR_MARK(SOFT), ledger_row_text(row),
                       render_size(ledger->bytes[row]).text);
            continue;
        }
        tell_ledger_row(ledger, row, first ? ' ' : ledger_row_sign(row), columns, sink);
        first = false;
    }
    const char *broken = ledger_check(ledger);
    if (broken != nullptr)
        sink_print(sink, "%cThis does not add up, which is a fault of this program: %s\n",
                   INSPECTOR_MARK(ERROR), broken);
}

/* ---- last boot ---- */

/* "-XP +RUNTIME": what was lost and gained. */
static void tell_attributes(const struct map_difference *difference, const struct text_sink *sink)
{
    const uint64_t changed = difference->attributes_before ^ difference->attributes_after;
    const uint64_t lost = changed & difference->attributes_before;
    const uint64_t gained = changed & difference->attributes_after;
    char text[RENDER_SENTENCE];
    if (lost != 0) {
        efi_attributes_text(lost, text, sizeof text);
        sink_print(sink, "-%s ", text);
    }
    if (gained != 0) {
        efi_attributes_text(gained, text, sizeof text);
        sink_print(sink, "+%s", text);
    }
}

static const char *class_text(bool is_there, enum memory_class class)
{
    return is_there ? memory_class_name(class) : "not described";
}

/* Not in one frame with the totals below, which are most of what a kernel's frame may be. */
[[gnu::noinline]]
static void tell_differences(const struct inspector *inspector, uint32_t width,
                             const struct text_sink *sink)
{
    /* All classes fit into 16 columns, all but the rarest into 14. */
    const int class_width = width < 82 ? 14 : 16;
    const struct inspection *inspection = inspector->setup.inspection;
    const int digits = (int)inspector->address_digits[INSPECTOR_PAGE_MAP];
    struct map_diff_cursor cursor = {};
    struct map_difference next;
    sink_print(sink, "%c%*s %*s %10s  %-*s    %-*s  attributes\n", INSPECTOR_MARK(SOFT), digits,
               "start", digits, "end", "size", class_width, "before", class_width, "now");
    while (map_diff_next(inspection->last_boot, inspection->map, &cursor, &next)) {
        sink_print(sink, "%*" PRIx64 " %*" PRIx64 " %10s  %-*s -> %-*s  ", digits, next.start.value,
                   digits, next.end.value, size_text(next.end.value - next.start.value).text,
                   class_width, class_text(next.in_before, next.class_before), class_width,
                   class_text(next.in_after, next.class_after));
        if (next.in_before && next.in_after)
            tell_attributes(&next, sink);
        sink_print(sink, "\n");
    }
}

static void tell_last_boot(const struct inspector *inspector, uint32_t width,
                           const struct text_sink *sink)
{
    const struct inspection *inspection = inspector->setup.inspection;
    if (inspection->last_boot == nullptr) {
        sink_print(sink, "%s\n", inspector->setup.why_no_last_boot);
        return;
    }
    const unsigned report = inspection->view->last_boot_report;
    struct map_diff_totals totals;
    map_diff_sum(inspection->last_boot, inspection->map, &totals);
    if (totals.differences == 0) {
        sink_print(sink, "Nothing has changed since the last boot (report %04u).\n", report);
        return;
    }
    sink_print(sink, "Changed since the last boot (report %04u): in %u place%s\n", report,
               totals.differences, totals.differences == 1 ? "" : "s");
    for (unsigned from = 0; from <= MEMORY_CLASS_COUNT; from++)
        for (unsigned to = 0; to <= MEMORY_CLASS_COUNT; to++)
            if (totals.bytes[from][to] != 0)
                sink_print(sink, "%10s  %s -> %s\n", size_text(totals.bytes[from][to]).text,
                           class_text(from != MAP_DIFF_NOT_DESCRIBED, (enum memory_class)from),
                           class_text(to != MAP_DIFF_NOT_DESCRIBED, (enum memory_class)to));
    if (totals.attributes_only != 0)
        sink_print(sink, "%10s  only other attributes\n", size_text(totals.attributes_only).text);
    sink_print(sink, "\n");
    tell_differences(inspector, width, sink);
}

/* ---- tables ---- */

static void tell_tables(const struct inspector *inspector, uint32_t width,
                        const struct text_sink *sink)
{
    (void)width;
    const struct view *view = inspector->setup.inspection->view;
    if (view->place_count + view->node_count + view->device_count + view->array_count +
                view->problem_count ==
            0 &&
        view->attributes.entries == nullptr)
        sink_print(sink, "No table of the firmware says anything of memory.\n");
    render_text_tables(view, sink);
}

/* ---- help ---- */

static void tell_help(const struct inspector *inspector, uint32_t width,
                      const struct text_sink *sink)
{
    (void)width;
    (void)inspector;
    sink_print(sink,
               "%cEverywhere\n"
               "1 to 7      another page; Tab, Left and Right go round\n"
               "Up, Down    move; so do Page Up, Page Down, Home and End\n"
               "Escape      leave the details of a row, or a question\n"
               "p, w        picture of memory; write a report to the boot medium\n"
               "g           go on to the kernel\n"
               "u, o        reboot into the firmware's setup; power off\n",
               INSPECTOR_MARK(SOFT));
    sink_print(sink,
               "\n%cOn the pages 1 to 3, which are lists\n"
               "Enter       all that is known of a row\n"
               "/, f        find an address, in hexadecimal\n"
               "s, r        another order; the same reversed\n"
               "t, T        only one class, type or severity: the next; the one before\n",
               INSPECTOR_MARK(SOFT));
    sink_print(sink,
               "\n%cColours: what the worst finding about a row is, or that it is not RAM\n"
               "%cerror       who believes the map can lose data or crash\n"
               "%cwarning     against the specification, or it costs memory or speed\n"
               "%cnote        unusual, and worth knowing\n"
               "%cnot RAM     and nothing was found about it\n",
               INSPECTOR_MARK(SOFT), INSPECTOR_MARK(ERROR), INSPECTOR_MARK(WARNING),
               INSPECTOR_MARK(NOTE), INSPECTOR_MARK(SOFT));
    sink_print(sink,
               "\n\"end\" is the first address behind a range; \"as given\" is the firmware's "
               "order.\n");
}

inspector_teller *inspector_text_of(const struct inspector *inspector)
{
    static inspector_teller *const tellers[INSPECTOR_PAGE_COUNT] = {
        [INSPECTOR_PAGE_LEDGER] = tell_ledger,
        [INSPECTOR_PAGE_DIFF] = tell_last_boot,
        [INSPECTOR_PAGE_TABLES] = tell_tables,
        [INSPECTOR_PAGE_HELP] = tell_help,
    };
    return inspector->detail ? inspector_tell_detail : tellers[inspector->page];
}
