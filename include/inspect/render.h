/* SPDX-License-Identifier: MIT
 * Renderers: one inspection, told in several forms into a sink. Pure. Every byte that came from a source is escaped
 * for the form that it goes into. The same inspection gives the same bytes: no clock, no locale, no pointer. */
#ifndef INSPECT_RENDER_H
#define INSPECT_RENDER_H

#include <base/format.h>
#include <inspect/ledger.h>
#include <inspect/lint.h>
#include <inspect/map_diff.h>
#include <inspect/view.h>
#include <mm/memory_map.h>

/* All that was found out about one map. */
struct inspection {
    const struct view *view;
    const struct memory_map *map;
    const struct lint *lint;
    const struct ledger *ledger;
    const struct memory_map *last_boot; /* of an earlier boot, to compare with; null: not known */
};

/* The program that judges and renders, in whatever it is linked into. */
#define RENDER_PROGRAM "Freehold memmap 1.0"

/* Words that differ from run to run and from program to program; text, never null. */
struct render_context {
    const char *program; /* RENDER_PROGRAM, or who else speaks */
    const char *source;  /* file name, or "this machine" */
    const char *time;    /* "2026-11-20T10:00:00Z", or "" */
    bool colours;        /* text: ANSI colours */
};

/* Bytes of memory that an inspection of `view` needs (aligned to 16), without the findings; 0 if it does not fit. */
size_t inspection_memory_size(const struct view *view);
struct inspection_result {
    struct memory_map map;
    struct lint lint;
    struct ledger ledger;
    struct memory_map last_boot; /* ranges null: the view does not know it */
};
/* Build the map, lint it, make the ledger: all in `memory`. Findings as lint_run. */
status_t inspection_run(const struct view *view, void *memory, size_t size,
                        struct lint_finding *findings, size_t capacity,
                        struct inspection_result *out);
/* The two as one; it points to both. */
struct inspection inspection_of(const struct view *view, const struct inspection_result *result);

/* Parts, as a person reads them; each ends with a newline. */
void render_text_raw(const struct view *view,
                     const struct text_sink *sink); /* descriptors in the source's order */
void render_text_map(const struct memory_map *map, const struct text_sink *sink);
void render_text_changes(const struct view *view, const struct memory_map *map,
                         const struct text_sink *sink); /* what was repaired, and why */
void render_text_types(const struct view *view,
                       const struct text_sink *sink); /* totals of types and attribute bits */
void render_text_lint(const struct inspection *inspection, const struct render_context *context,
                      const struct text_sink *sink);
void render_text_ledger(const struct ledger *ledger, const struct text_sink *sink);
void render_text_diff(const struct memory_map *before, const struct memory_map *after,
                      const struct text_sink *sink);
void render_text_tables(
    const struct view *view,
    const struct text_sink *sink); /* places, nodes, devices, attributes table, problems */

/* The whole. */
void render_text(const struct inspection *inspection, const struct render_context *context,
                 const struct text_sink *sink);
void render_json(const struct inspection *inspection, const struct render_context *context,
                 const struct text_sink *sink); /* docs/report.schema.json */
void render_html(const struct inspection *inspection, const struct render_context *context,
                 const struct text_sink *sink); /* one self-contained page */
void render_e820(const struct inspection *inspection,
                 const struct text_sink *sink); /* BIOS-e820: lines as Linux prints them */

/* "UC|WC|WT|WB|RUNTIME": names of all attribute bits, unknown ones as bit23; "0" for none. Returns the length. */
int efi_attributes_text(uint64_t attributes, char *buffer, size_t size);
/* "EfiConventionalMemory", "OEM 0x70000001", "OS 0x80000000", "e820 type 9", "unknown 0x10". Returns the length. */
int efi_type_text(uint32_t type, char *buffer, size_t size);

#endif
