/* SPDX-License-Identifier: MIT
 * The report on the boot volume: what its parts share. */
#ifndef EFI_REPORT_H
#define EFI_REPORT_H

#include "files.h"
#include "loader.h"

#include <inspect/dump.h>
#include <inspect/render.h>

constexpr unsigned REPORT_NUMBER_MAX = 9999;
constexpr unsigned REPORT_BLOCKS_MAX = 40;

struct report {
    struct loader *loader;
    struct files files;
    EFI_FILE_HANDLE reports;                  /* \freehold\reports; null: not opened yet */
    uint8_t taken[REPORT_NUMBER_MAX / 8 + 1]; /* bit n: there is something called n */
    unsigned highest, number;                 /* of those; of this report */

    /* ---- memory: given back at the end, all at once ---- */
    struct {
        EFI_PHYSICAL_ADDRESS at;
        UINTN pages;
    } blocks[REPORT_BLOCKS_MAX];
    unsigned block_count;

    /* ---- what is found out ---- */
    struct dump_snapshot last_boot;
    unsigned last_number; /* 0: there is none */
    unsigned char *dump;
    size_t dump_size;
    struct view view; /* of the dump: so a reader of the file finds out the same */
    struct inspection_result result;
    struct inspection inspection;
    char time[32];
};

/* The end of it: says why there is no report. False, for `return report_refuse(...)`. */
bool report_refuse(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Memory until the end; null: there is none. */
void *report_take(struct report *r, size_t size);

/* ---- report_inspect.c ---- */
/* The last boot's map, of the newest report that can be read; it is no fault if there is none. */
void report_find_last_boot(struct report *r);
/* Make the dump and inspect it. False: it was said why not. */
bool report_inspect(struct report *r);

#endif
