/* SPDX-License-Identifier: MIT
 * The inspector: one inspection that a person walks through with keys, on a screen of characters of any size. Pure:
 * keys go in, cells come out, and what only the caller can do (write a report, go on, switch off) is asked for as an
 * action. Nothing is kept of a screen: each drawing is made from the inspection anew, so there is no limit on it. */
#ifndef INSPECT_INSPECTOR_H
#define INSPECT_INSPECTOR_H

#include <base/status.h>
#include <inspect/render.h>

/* ---- keys ---- */

/* Printable characters and the control characters below are themselves; the rest have numbers above them. */
enum inspector_key : uint32_t {
    INSPECTOR_KEY_BACKSPACE = 0x08,
    INSPECTOR_KEY_TAB = 0x09,
    INSPECTOR_KEY_ENTER = 0x0D, /* a line feed is the same */
    INSPECTOR_KEY_ESCAPE = 0x1B,
    INSPECTOR_KEY_DELETE = 0x7F, /* as Backspace: what many terminals send for it */
    INSPECTOR_KEY_UP = 0x100,
    INSPECTOR_KEY_DOWN,
    INSPECTOR_KEY_LEFT,
    INSPECTOR_KEY_RIGHT,
    INSPECTOR_KEY_PAGE_UP,
    INSPECTOR_KEY_PAGE_DOWN,
    INSPECTOR_KEY_HOME,
    INSPECTOR_KEY_END,
    INSPECTOR_KEY_OTHER, /* a key, but none that means something here */
};

/* What the caller is asked to do; afterwards the inspector goes on, if it can. */
enum inspector_action : uint32_t {
    INSPECTOR_NONE,         /* draw again */
    INSPECTOR_PICTURE,      /* show the picture of memory until a key is pressed */
    INSPECTOR_WRITE_REPORT, /* and tell with inspector_say what became of it */
    INSPECTOR_GO_ON,        /* leave, and start the kernel */
    INSPECTOR_FIRMWARE,     /* reboot into the firmware's setup; the person has confirmed it */
    INSPECTOR_SHUT_DOWN,    /* the same */
};

/* ---- the screen ---- */

constexpr uint32_t INSPECTOR_COLUMNS_MIN = 40, INSPECTOR_ROWS_MIN = 8;

/* How a cell looks; the caller has the colours. */
enum inspector_style : uint8_t {
    INSPECTOR_STYLE_TEXT,
    INSPECTOR_STYLE_SOFT,     /* less important */
    INSPECTOR_STYLE_TITLE,    /* the bars at the top and the bottom */
    INSPECTOR_STYLE_CURRENT,  /* in such a bar: the page that is shown */
    INSPECTOR_STYLE_SELECTED, /* the row that the person is on */
    INSPECTOR_STYLE_ERROR,
    INSPECTOR_STYLE_WARNING,
    INSPECTOR_STYLE_NOTE,
    INSPECTOR_STYLE_COUNT
};
struct inspector_cell {
    char character; /* printable ASCII */
    enum inspector_style style;
};

/* ---- what a person can see ---- */

/* X(name, title): key 1 shows the first, and so on; Tab, left and right go round. */
#define INSPECTOR_PAGE_LIST(X)                                                                     \
    X(MAP, "Map")                 /* judged ranges */                                              \
    X(DESCRIPTORS, "Descriptors") /* as the firmware gave them */                                  \
    X(FINDINGS, "Findings")                                                                        \
    X(LEDGER, "Ledger")                                                                            \
    X(DIFF, "Last boot") /* what changed since then */                                             \
    X(TABLES, "Tables")                                                                            \
    X(HELP, "Help")

enum inspector_page : uint32_t {
#define INSPECTOR_PAGE_ENUM(name, title) INSPECTOR_PAGE_##name,
    INSPECTOR_PAGE_LIST(INSPECTOR_PAGE_ENUM)
#undef INSPECTOR_PAGE_ENUM
        INSPECTOR_PAGE_COUNT
};

struct inspector; /* opaque: it lies in the memory that its maker gives */

/* Bytes of memory (aligned to 16) that an inspector of `inspection` needs; 0 if it does not fit. */
size_t inspector_memory_size(const struct inspection *inspection);
/* `inspection` and `memory` must stay. `why_no_last_boot` is what the page of that name says if it is not known:
 * static text. `why_no_report`: what w says; if it is null, w asks for INSPECTOR_WRITE_REPORT. The texts must stay, too.
 * NO_MEMORY: `size` is too small. */
struct inspector_setup {
    const struct inspection *inspection;
    const char *title;            /* of the machine: "EDK II, this machine" */
    const char *why_no_last_boot; /* never null */
    const char *why_no_report;    /* null: a report can be written */
    bool has_picture;             /* there is a screen for it */
};
[[nodiscard]] status_t inspector_init(const struct inspector_setup *setup, void *memory,
                                      size_t size, struct inspector **out);

/* One key. Unknown ones do nothing. */
enum inspector_action inspector_press(struct inspector *inspector, uint32_t key);
/* At the bottom until the next key: what became of an action. */
void inspector_say(struct inspector *inspector, const char *text);
/* Several screens show it at once: text is wrapped, and pages are turned, for the smallest of them, so that all
 * show the same place. Without this, for the one that was drawn last. */
void inspector_share(struct inspector *inspector, uint32_t columns, uint32_t rows);
/* Fill columns * rows cells, row by row. Below the smallest size: a sentence that says so. A person's place is kept
 * when the size changes. */
void inspector_draw(struct inspector *inspector, uint32_t columns, uint32_t rows,
                    struct inspector_cell *cells);

/* Null if sound: selected rows are in their lists, lists hold each row once. */
const char *inspector_check(const struct inspector *inspector);

#endif
