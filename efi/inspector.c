/* SPDX-License-Identifier: MIT */
#include "inspector.h"

#include "report.h"

#include <base/string.h>

/* What the loop of keys knows. */
struct walk {
    struct session *session;
    struct terminal *terminal;
    struct inspector *inspector;
    struct firmware *firmware;
    bool no_setup; /* the firmware was asked for its setup, and cannot */
};

/* ---- what the inspector asks for ---- */

/* On a serial line there is only the sentence. */
static void show_picture(struct walk *w)
{
    inspector_say(w->inspector, "The picture is on the screen; any key comes back from it.");
    terminal_draw(w->terminal, w->inspector);
    const char *fault = memory_picture_show(w->session);
    if (fault == nullptr)
        (void)terminal_read_key(w->terminal, 0);
    memory_picture_hide(w->session);
    inspector_say(w->inspector, fault != nullptr ? fault : "");
    terminal_clear(w->terminal);
}

static void write_report(struct walk *w)
{
    char text[REPORT_NOTE_SIZE + 16];
    inspector_say(w->inspector, "report: it is being written ...");
    terminal_draw(w->terminal, w->inspector);
    (void)report_write(w->session);
    format_text(text, sizeof text, "report: %s", w->session->loader->report);
    inspector_say(w->inspector, text);
}

/* The second time it is a plain restart: the person has read why. */
static void enter_setup(struct walk *w)
{
    char text[160];
    if (w->no_setup) {
        machine_restart(w->firmware);
        inspector_say(w->inspector, "the firmware does not restart the machine");
        return;
    }
    const EFI_STATUS status = machine_enter_setup(w->firmware);
    w->no_setup = true;
    format_text(text, sizeof text,
                "the setup cannot be opened from here (%s): u once more restarts the machine, "
                "then press the setup's own key, often Del or F2",
                firmware_status_name(status));
    inspector_say(w->inspector, text);
}

static bool act(struct walk *w, enum inspector_action action)
{
    switch (action) {
    case INSPECTOR_PICTURE:
        show_picture(w);
        break;
    case INSPECTOR_WRITE_REPORT:
        write_report(w);
        break;
    case INSPECTOR_FIRMWARE:
        enter_setup(w);
        break;
    case INSPECTOR_SHUT_DOWN:
        machine_power_off(w->firmware);
        inspector_say(w->inspector, "the firmware does not switch the machine off");
        break;
    case INSPECTOR_GO_ON:
        return false;
    case INSPECTOR_NONE:
    default:
        break;
    }
    return true;
}

/* ---- the loop ---- */

static struct inspector *make_inspector(struct session *s)
{
    static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    struct firmware *fw = &s->loader->firmware;
    char *title = session_take(s, VENDOR_SIZE + 32);
    const size_t size = inspector_memory_size(&s->inspection);
    void *memory = size != 0 ? session_take(s, size) : nullptr;
    struct inspector *inspector;
    if (title == nullptr || memory == nullptr)
        return nullptr;
    format_text(title, VENDOR_SIZE + 32, "%.*s, this machine", (int)s->loader->vendor_length,
                s->loader->vendor);
    const struct inspector_setup setup = {
        .inspection = &s->inspection,
        .title = title,
        .why_no_last_boot = "No report of an earlier boot can be read from where we were started.",
        .why_no_report = firmware_protocol(fw, fw->self->DeviceHandle, &file_system) != nullptr
                             ? nullptr
                             : "We were started from where no file can be written.",
        .has_picture = memory_picture_is_possible(fw),
    };
    return inspector_init(&setup, memory, size, &inspector) == STATUS_OK ? inspector : nullptr;
}

bool inspector_run(struct session *s, struct terminal *t)
{
    struct walk walk = {.session = s, .terminal = t, .firmware = &s->loader->firmware};
    walk.inspector = make_inspector(s);
    if (walk.inspector == nullptr || !terminal_enter(t, s))
        return false;
    do
        terminal_draw(t, walk.inspector);
    while (act(&walk, inspector_press(walk.inspector, terminal_read_key(t, 0))));
    terminal_leave(t);
    return true;
}
