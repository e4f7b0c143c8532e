/* SPDX-License-Identifier: MIT
 * One inspection of this machine, made at most once: the report is written of it, and the inspector shows it. */
#ifndef EFI_SESSION_H
#define EFI_SESSION_H

#include "files.h"
#include "loader.h"

#include <inspect/dump.h>
#include <inspect/render.h>

constexpr unsigned REPORT_NUMBER_MAX = 9999;
constexpr unsigned SESSION_BLOCKS_MAX = 48;
constexpr size_t SESSION_FAULT_SIZE = 120;
#define REPORT_FOLDER "\\freehold\\reports\\"

/* The reports that a folder of them holds. */
struct report_list {
    uint8_t taken[REPORT_NUMBER_MAX / 8 + 1]; /* bit n: there is something called n */
    unsigned highest;                         /* of those */
};

struct session {
    struct loader *loader;

    /* ---- memory: given back at the end, or from a mark on ---- */
    struct {
        EFI_PHYSICAL_ADDRESS at;
        UINTN pages;
    } blocks[SESSION_BLOCKS_MAX];
    unsigned block_count;

    /* ---- what is found out ---- */
    bool is_made;
    char fault[SESSION_FAULT_SIZE]; /* why it cannot be made; "": it can, as far as is known */
    struct dump_snapshot last_boot;
    unsigned last_number;   /* 0: there is none */
    unsigned unread_number; /* there is this one, and no memory to compare with it; else 0 */
    unsigned char *dump;
    size_t dump_size;
    struct view view; /* of the dump: so a reader of the file finds out the same */
    struct inspection_result result;
    struct inspection inspection;
};

/* Make the inspection, unless that was done. False: `fault` says why not. */
bool session_inspect(struct session *s);
/* Give back all its memory. */
void session_end(struct session *s);

/* Memory until the end, or until it is given back from a mark on; null: there is none. */
void *session_take(struct session *s, size_t size);
static inline unsigned session_mark(const struct session *s)
{
    return s->block_count;
}
void session_give_back(struct session *s, unsigned mark);

/* ---- last_boot.c: reports that are there ---- */

/* What a folder of reports holds. EFI_ABORTED: its listing has no end. */
[[nodiscard]] EFI_STATUS report_list_read(struct files *files, EFI_FILE_HANDLE folder,
                                          struct report_list *out);
/* The last boot's map, of the newest report that can be read; it is no fault if there is none. */
void session_find_last_boot(struct session *s);

#endif
