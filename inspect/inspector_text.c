/* SPDX-License-Identifier: MIT
 * The inspector's pages of text: ledger, last boot, tables, help. What the renderers can tell, they tell. */
#include "inspector_private.h"

#include "render_private.h"

#include <base/string.h>

/* ---- ledger ---- */

/* Columns of the numbers, as wide as these numbers are, and of the words, what is left. */
struct ledger_columns {
    int words, bytes;
};

static struct ledger_columns ledger_columns(const struct inspector *inspector)
{
    constexpr int sign = 4, size = 1 + 10, margins = 2;
    const struct ledger *ledger = inspector->setup.inspection->ledger;
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
    const int room = (int)(inspector->columns < INSPECTOR_TEXT_COLUMNS ? inspector->columns
                                                                       : INSPECTOR_TEXT_COLUMNS);
    columns.words = room - margins - sign - 1 - columns.bytes - size;
    columns.words = columns.words > longest ? longest : columns.words < 0 ? 0 : columns.words;
    return columns;
}

static void tell_ledger_row(const struct ledger *ledger, enum ledger_row row, const char *sign,
                            struct ledger_columns columns, const struct text_sink *sink)
{
    char words[96];
    const int length =
        format_text(words, sizeof words, "%s%s", ledger_row_text(row),
                    row == LEDGER_ROW_RECLAIMED && ledger->projected ? ", expected" : "");
    const bool fits = length <= columns.words;
    sink_print(sink, "%s %-*s%s", sign, fits ? columns.words : 0, words, fits ? "" : "\n    ");
    sink_print(sink, "%*s %*s %10s\n", fits ? 0 : columns.words, "", columns.bytes,
               render_grouped(ledger->bytes[row]).text, size_text(ledger->bytes[row]).text);
}

static void tell_ledger(const struct inspector *inspector, const struct text_sink *sink)
{
    static const char signs[][4] = {"  =", "  -", "  +"};
    static_assert(LEDGER_TOTAL == 0 && LEDGER_TAKEN == 1 && LEDGER_ADDED == 2);
    const struct ledger *ledger = inspector->setup.inspection->ledger;
    const struct ledger_columns columns = ledger_columns(inspector);
    bool first = true;
    sink_print(sink, "%c    %-*.*s %*s %10s\n", INSPECTOR_MARK(NOTE), columns.words, columns.words,
               "Where the memory went", columns.bytes, "bytes", "size");
    for (unsigned i = 0; i < LEDGER_ROW_COUNT; i++) {
        const enum ledger_row row = (enum ledger_row)i;
        const enum ledger_kind kind = ledger_row_kind(row);
        const uint64_t bytes = ledger->bytes[i];
        if ((ledger->known >> i & 1) == 0 || (bytes == 0 && kind != LEDGER_TOTAL))
            continue;
        if (kind == LEDGER_NOTE) {
            sink_print(sink, "%c      %s: %s\n", INSPECTOR_MARK(SOFT), ledger_row_text(row),
                       render_size(bytes).text);
            continue;
        }
        tell_ledger_row(ledger, row, first ? "   " : signs[kind], columns, sink);
        first = false;
    }
    const char *broken = ledger_check(ledger);
    if (broken != nullptr)
        sink_print(sink, "%cThis does not add up, which is a fault of this program: %s\n",
                   INSPECTOR_MARK(ERROR), broken);
}

/* ---- last boot, tables ---- */

static void tell_last_boot(const struct inspector *inspector, const struct text_sink *sink)
{
    const struct inspection *inspection = inspector->setup.inspection;
    if (inspection->last_boot == nullptr) {
        sink_print(sink, "%s\n", inspector->setup.why_no_last_boot);
        return;
    }
    sink_print(sink, "%cWhat changed since the last boot (report %04u)\n\n", INSPECTOR_MARK(NOTE),
               inspection->view->last_boot_report);
    render_text_diff(inspection->last_boot, inspection->map, sink);
}

static void tell_tables(const struct inspector *inspector, const struct text_sink *sink)
{
    const struct view *view = inspector->setup.inspection->view;
    if (view->place_count + view->node_count + view->device_count + view->array_count +
                view->problem_count ==
            0 &&
        view->attributes.entries == nullptr)
        sink_print(sink, "No table of the firmware says anything of memory.\n");
    render_text_tables(view, sink);
}

/* ---- help ---- */

static void tell_help(const struct inspector *inspector, const struct text_sink *sink)
{
    (void)inspector;
    sink_print(sink,
               "%cEverywhere\n"
               "1 to 7, Tab, Left, Right      another page\n"
               "Up, Down, Page Up, Page Down, Home, End   move\n"
               "Escape     leave the details of a row, or a question\n"
               "p          picture of memory\n"
               "w          write a report to the boot medium\n"
               "g          go on to the kernel\n"
               "u          reboot into the firmware's setup\n"
               "o          power off\n",
               INSPECTOR_MARK(NOTE));
    sink_print(sink,
               "\n%cOn the pages 1 to 3, which are lists\n"
               "Enter      all that is known of a row\n"
               "/ or f     find an address, in hexadecimal\n"
               "s, r       another order; reversed\n"
               "t, T       only one class, type or severity: the next; the one before\n",
               INSPECTOR_MARK(NOTE));
    sink_print(sink,
               "\n%cColours\n"
               "%can error is about this: who believes the map can lose data or crash\n"
               "%ca warning: against the specification, or it costs memory or speed\n"
               "%ca note: unusual, and worth knowing\n"
               "%csoft: not RAM\n",
               INSPECTOR_MARK(NOTE), INSPECTOR_MARK(ERROR), INSPECTOR_MARK(WARNING),
               INSPECTOR_MARK(NOTE), INSPECTOR_MARK(SOFT));
    sink_print(sink, "\n\"end\" is the first address behind a range. A descriptor is what the "
                     "firmware said; the map is what can be believed of it.\n");
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
