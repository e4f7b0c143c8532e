/* SPDX-License-Identifier: MIT
 * A modern PC often has neither a serial port nor a PS/2 keyboard. A prompt that nobody can answer would look like a
 * machine that hangs: instead the screen shows what there is to see, why nothing can be typed, and how to switch off. */
#include "input.h"

#include <arch/cpu.h>
#include <arch/devices.h>
#include <base/string.h>
#include <kernel/console.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/memory_picture.h>
#include <mm/mm.h>

/* Characters of a row of the ledger; where twice as many fit, two stand side by side. */
constexpr uint32_t LEDGER_COLUMNS = 64;

/* Break a sentence after its words; returns the lines it took. */
static uint32_t tell(const char *text, uint32_t columns)
{
    uint32_t lines = 1, column = 0;
    while (*text != '\0') {
        const char *blank = strchr(text, ' ');
        const uint32_t length =
            (uint32_t)(blank != nullptr ? (size_t)(blank - text) : strlen(text));
        if (column != 0 && column + 1 + length >= columns) {
            sink_print(&screen_sink, "\n");
            column = 0;
            lines++;
        }
        sink_print(&screen_sink, "%s%.*s", column != 0 ? " " : "", (int)length, text);
        column += length + (column != 0);
        text += length + (blank != nullptr);
    }
    sink_print(&screen_sink, "\n");
    return lines;
}

/* ---- the ledger ---- */

struct chosen_rows {
    enum ledger_row rows[LEDGER_ROW_COUNT];
    uint32_t count;
};

static struct chosen_rows choose_rows(const struct ledger *ledger, bool totals_only)
{
    struct chosen_rows chosen = {};
    enum ledger_row row;
    for (unsigned at = 0; ledger_next_row(ledger, &at, &row);) {
        const enum ledger_kind kind = ledger_row_kind(row);
        if (kind == LEDGER_TOTAL || (kind != LEDGER_NOTE && !totals_only))
            chosen.rows[chosen.count++] = row;
    }
    return chosen;
}

static void tell_row(const struct ledger *ledger, enum ledger_row row)
{
    const uint64_t bytes = ledger->bytes[row];
    if (ledger_row_kind(row) == LEDGER_TOTAL)
        sink_print(&screen_sink, "= %-37s %16" PRIu64 " bytes  ", ledger_row_text(row), bytes);
    else
        sink_print(&screen_sink, "%c %-48s %11s  ", ledger_row_sign(row), ledger_row_text(row),
                   size_text(bytes).text);
}

/* Column by column, in the order of the ledger; where not all rows fit, the totals. */
static void tell_ledger(const struct ledger *ledger, struct console_size size, uint32_t lines)
{
    const uint32_t side = size.columns / LEDGER_COLUMNS != 0 ? size.columns / LEDGER_COLUMNS : 1;
    struct chosen_rows chosen = choose_rows(ledger, false);
    uint32_t height = (chosen.count + side - 1) / side;
    if (height > lines) {
        chosen = choose_rows(ledger, true);
        height = (chosen.count + side - 1) / side;
    }
    for (uint32_t line = height > lines ? height - lines : 0; line < height; line++) {
        for (uint32_t at = line; at < chosen.count; at += height)
            tell_row(ledger, chosen.rows[at]);
        sink_print(&screen_sink, "\n");
    }
}

static bool make_ledger(struct ledger *out)
{
    struct machine_view machine;
    if (machine_view_open(MACHINE_FINAL, &machine) != STATUS_OK)
        return false;
    *out = ledger_of_map(&machine.view, mm_memory_map());
    machine_view_close(&machine);
    const struct ledger_use use = machine_memory_use();
    ledger_continue(out, &use);
    return true;
}

/* ---- the screen ---- */

static void show(bool has_serial)
{
    const struct console_size size = console_text_size();
    struct ledger ledger;
    uint32_t lines = 1; /* the cursor's */
    if (has_serial) {
        lines += tell("There is no PS/2 keyboard; the monitor listens on the serial port at 0x3F8 "
                      "(115200 8N1).",
                      size.columns);
    } else {
        lines += tell("Nothing can be typed: no serial port answers at 0x3F8, and no PS/2 keyboard "
                      "at ports 0x60 and 0x64.",
                      size.columns);
        lines += tell("To power off, hold the power button for about five seconds. Nothing is "
                      "lost: nothing is being written.",
                      size.columns);
    }
    lines += tell("A USB keyboard works only while the firmware runs: to browse the map with one, "
                  "start again and press Enter during the countdown, or give the option 'inspect'.",
                  size.columns);
    if (lines < size.rows && make_ledger(&ledger))
        tell_ledger(&ledger, size, size.rows - lines);
}

void input_start(void)
{
    const bool has_serial = serial_present(), has_keyboard = keyboard_init();
    log_info("input", "%s serial port, %s PS/2 keyboard", has_serial ? "a" : "no",
             has_keyboard ? "a" : "no");
    if (has_keyboard)
        return;
    if (console_has_framebuffer()) {
        (void)memory_picture_open(); /* without it, there is more room for text */
        sink_print(&screen_sink, "\x1b[J");
        show(has_serial);
    }
    if (!has_serial)
        cpu_halt();
}
