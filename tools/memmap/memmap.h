/* SPDX-License-Identifier: MIT
 * The inspector built for the host: what its files share. Everything that judges or renders is in inspect/; here are
 * files, options and exit statuses. */
#ifndef TOOLS_MEMMAP_H
#define TOOLS_MEMMAP_H

#include <inspect/dump.h>
#include <inspect/render.h>

#include <stdio.h>

enum exit_status : int {
    EXIT_CLEAN = 0,
    EXIT_FINDINGS = 1, /* of severity error */
    EXIT_REFUSED = 2,  /* input that cannot be read, output that cannot be written, wrong usage */
};

/* Says "memmap: ..." on standard error. REFUSE is false, for `return REFUSE(...)`. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define REFUSE(...) (complain(__VA_ARGS__), false)

/* Parts of the text that can be asked for. */
enum part : uint32_t {
    PART_LINT = 1u << 0,
    PART_LEDGER = 1u << 1,
    PART_MAP = 1u << 2,
    PART_TYPES = 1u << 3,
    PART_TABLES = 1u << 4,
    PART_RAW_ORDER = 1u << 5,
    PART_DIFF = 1u << 6,
};

/* A file in memory, and what it says. The view points into both blocks. */
struct input {
    const char *name; /* for people: "standard input" or the path */
    unsigned char *data;
    size_t size;
    void *memory; /* of the view */
    struct view view;
    bool is_dump;
};

/* Read FILE, a folder like /sys/firmware/memmap, or "-". False: it was said why, and *out is untouched. */
bool input_read(const char *path, struct input *out);
void input_free(struct input *input);
/* The part for folders: regions in order of their numbers. */
bool input_read_folder(const char *path, struct input *out);

/* An inspection, with all findings that there are. */
struct inspected {
    void *memory;
    struct lint_finding *findings;
    struct inspection_result result;
    struct inspection inspection; /* of `result`: do not copy */
};
bool inspected_run(const struct input *input, struct inspected *out);
void inspected_free(struct inspected *inspected);

/* All that is written about. */
struct report {
    const struct input *input;
    const struct inspected *inspected;
    const struct inspected *other; /* null without --diff */
    uint32_t parts;                /* enum part; 0: the whole */
    struct render_context context;
};

/* A form of output. `write` returns false if it cannot be made, after it has said why. */
struct format {
    const char *word;
    bool (*write)(const struct report *report, const struct text_sink *sink);
};
extern const struct format formats[]; /* text first; ends with a null word */

#endif
