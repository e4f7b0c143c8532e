/* SPDX-License-Identifier: MIT
 * The inspection before the kernel starts: it is made if a report is wanted of it, else not at all. */
#include "report.h"

static bool wants_report(const struct loader *l)
{
    const enum report_choice choice = l->options.report;
    return choice == REPORT_ON ||
           (choice == REPORT_AUTO && (l->info.flags & BOOT_FLAG_REMOVABLE_MEDIA) != 0);
}

static void say_report(struct loader *l)
{
    char line[REPORT_NOTE_SIZE + 16];
    format_text(line, sizeof line, "report: %s", l->report);
    loader_say(l, line);
}

void loader_inspect(struct loader *l)
{
    if (!wants_report(l))
        return;
    struct session session = {.loader = l};
    (void)report_write(&session);
    say_report(l);
    session_end(&session);
}
