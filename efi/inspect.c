/* SPDX-License-Identifier: MIT
 * The inspection before the kernel starts. It is made if somebody wants it, else it costs nothing: for a report, or for
 * a person. A stick without option words is a person's: there is a countdown in which Enter opens the inspector. */
#include "inspector.h"
#include "report.h"

static constexpr unsigned COUNTDOWN_S = 5;

static bool is_from_stick(const struct loader *l)
{
    return (l->info.flags & BOOT_FLAG_REMOVABLE_MEDIA) != 0;
}

/* ---- the report ---- */

static bool wants_report(const struct loader *l)
{
    const enum report_choice choice = l->options.report;
    return choice == REPORT_ON || (choice == REPORT_AUTO && is_from_stick(l));
}

static void make_report(struct session *s)
{
    char line[REPORT_NOTE_SIZE + 16];
    (void)report_write(s);
    format_text(line, sizeof line, "report: %s", s->loader->report);
    loader_say(s->loader, line);
}

/* ---- the inspector ---- */

static bool has_countdown(const struct loader *l)
{
    return is_from_stick(l) && l->info.options_source == BOOT_OPTIONS_NONE;
}

/* Is it Enter? Any other key ends the waiting. */
static bool count_down(struct terminal *t)
{
    uint32_t key = 0;
    for (unsigned left = COUNTDOWN_S; left > 0 && key == 0; left--) {
        char line[80];
        format_text(line, sizeof line,
                    "Freehold starts in %u s. Enter: the inspector; any other key: start now",
                    left);
        terminal_print(t, line);
        key = terminal_read_key(t, 1000);
    }
    terminal_print(t, "\n");
    return key == INSPECTOR_KEY_ENTER;
}

static void refuse(struct loader *l, const char *why)
{
    char line[SESSION_FAULT_SIZE + 32];
    l->info.flags |= BOOT_FLAG_INSPECTOR_FAILED;
    format_text(line, sizeof line, "inspector: not shown: %s", why);
    loader_say(l, line);
}

static void make_visit(struct session *s)
{
    struct loader *l = s->loader;
    struct firmware *fw = &l->firmware;
    struct terminal terminal;
    /* Firmware may have started its watchdog again with what was done since (UEFI 2.10, 7.5.1). */
    (void)FIRMWARE_CALL(fw, fw->boot->SetWatchdogTimer(0, 0, 0, nullptr));
    if (!terminal_open(&terminal, fw)) {
        if (l->options.inspect)
            refuse(l, "there is no screen, or no keyboard");
        return;
    }
    if (l->options.inspect || count_down(&terminal)) {
        if (!session_inspect(s))
            refuse(l, s->fault);
        else if (!inspector_run(s, &terminal))
            refuse(l, "there is no memory for it");
    }
    terminal_close(&terminal);
}

void loader_inspect(struct loader *l)
{
    const bool report = wants_report(l), visit = l->options.inspect || has_countdown(l);
    if (!report && !visit)
        return;
    struct session session = {.loader = l};
    if (report)
        make_report(&session);
    if (visit)
        make_visit(&session);
    session_end(&session);
}
