/* SPDX-License-Identifier: MIT
 * Inside the text readers: one line of any text, looked at piece by piece. */
#ifndef INSPECT_READ_VIEW_TEXT_PRIVATE_H
#define INSPECT_READ_VIEW_TEXT_PRIVATE_H

#include <inspect/view_text.h>

/* ---- lines (view_text_scan.c) ---- */

/* What follows in a longer line is not looked at: no form is half as long. */
constexpr size_t TEXT_LINE_MAX = 511;

struct text_cursor {
    const char *text;
    size_t size, at; /* `at`: the next byte */
    uint32_t line;   /* lines that were read */
};
/* At the first line; a byte order mark is none of it. */
struct text_cursor text_cursor_of(const char *text, size_t size);
/* One line as printable ASCII: bytes that are 0 (UTF-16) or carriage returns are left out, other control
 * characters are spaces, all else is '?'. False at the end. */
bool text_next_line(struct text_cursor *cursor, char line[TEXT_LINE_MAX + 1]);
/* Past what a logger put in front: times, levels, "(XEN)", "host kernel:", "kern  :info  :", quotation marks. */
const char *text_skip_prefix(const char *line);

/* ---- pieces of a line (view_text_scan.c) ---- */

/* Reading goes on after a failure and gives zeros: only the first is kept, and asked for at the end. */
struct text_scan {
    const char *at;
    const char *failure; /* null: none */
};
/* Upper and lower case are the same, and spaces in front do not matter, here and in all that follows. */
bool scan_try(struct text_scan *scan, const char *word);
void scan_expect(struct text_scan *scan, const char *word);
void scan_fail(struct text_scan *scan, const char *reason);
uint64_t scan_hex(struct text_scan *scan);
uint64_t scan_decimal(struct text_scan *scan);
uint64_t scan_grouped(struct text_scan *scan); /* 1,234,567 */
uint32_t scan_decimal32(struct text_scan *scan);
bool scan_at_end(struct text_scan *scan);

/* How many characters, at least one, are all hexadecimal digits. */
size_t text_hex_digits(const char *at);

/* Text up to one of `stops` (which is not passed) or the end of the line, without spaces around it. */
struct text_field {
    const char *text;
    size_t length;
};
struct text_field scan_field(struct text_scan *scan, const char *stops);

struct text_name {
    const char *name;
    uint64_t value;
};
bool text_lookup(const struct text_name *names, size_t count, struct text_field field,
                 uint64_t *out);

/* [start, end): end may be 2^64 as 0. Fails if the end is before the start, unless `may_wrap`. */
struct boot_region scan_region(struct text_scan *scan, uint64_t start, uint64_t end, bool may_wrap);
/* START - LAST, LAST inclusive, as hexadecimal numbers, with and without 0x. */
struct boot_region scan_inclusive(struct text_scan *scan);

/* ---- what a line is ---- */

enum text_kind : uint32_t {
    TEXT_FOREIGN,
    TEXT_REGION,      /* form, region, index */
    TEXT_DAMAGED,     /* form, failure */
    TEXT_HEADING,     /* form: its lines follow */
    TEXT_BOOT,        /* a system starts */
    TEXT_TOTAL,       /* of the shell: type, pages */
    TEXT_SUM,         /* of the shell: bytes */
    TEXT_NODE,        /* node */
    TEXT_NODE_BROKEN, /* a node that cannot be read */
    TEXT_PLACES,      /* rest: NAME=0x... */
    TEXT_VERSION,     /* number: revision; rest: vendor */
    TEXT_MACHINE,     /* rest: its name */
    TEXT_DESCRIPTOR_SIZE,
    TEXT_DESCRIPTOR_VERSION, /* number */
};
constexpr uint32_t TEXT_NO_INDEX = UINT32_MAX;

struct text_item {
    enum text_kind kind;
    enum view_form form;
    const char *failure;
    struct boot_region region;
    uint32_t index; /* that the line itself has, or TEXT_NO_INDEX */
    uint32_t type;
    uint64_t number, bytes;
    struct acpi_node_memory node;
    const char *rest; /* in the line */
};

/* A line without its prefix. Each gives FOREIGN if it is none of its own. */
struct text_item text_read_efi(const char *line);   /* view_text_efi.c: Linux, arm64, Xen */
struct text_item text_read_e820(const char *line);  /* view_text_e820.c */
struct text_item text_read_shell(const char *line); /* view_text_tables.c */
struct text_item text_read_csv(const char *line);
struct text_item text_read_list(const char *line);
struct text_item text_read_note(const char *line); /* view_text_notes.c: what else a log says */

/* The result of a scan: the region, or why there is none. */
struct text_item text_region_item(enum view_form form, const struct text_scan *scan,
                                  struct boot_region region);
/* The next of the places that a TEXT_PLACES line names; false at its end. */
bool text_next_place(const char **rest, struct view_place *out);

/* ---- the totals of the shell (view_text_totals.c) ---- */

/* What the end of a listing says; line 0: it says nothing. */
struct text_shell_totals {
    struct {
        uint64_t pages;
        uint32_t line;
    } types[16];
    uint64_t sum_bytes;
    uint32_t sum_line;
};
/* Keep a TOTAL or SUM. reason null: nothing is wrong, here and below. */
struct view_text_error text_add_total(struct text_shell_totals *totals,
                                      const struct text_item *item, uint32_t line);
struct view_text_error text_check_totals(const struct text_shell_totals *totals,
                                         const struct boot_region *regions, uint32_t count);

#endif
