/* SPDX-License-Identifier: MIT
 * Renderers: one inspection, told in several forms into a sink. Pure. Every byte that came from a source is escaped
 * for the form that it goes into. The same inspection gives the same bytes: no clock, no locale, no pointer. */
#ifndef INSPECT_RENDER_H
#define INSPECT_RENDER_H

#include <base/format.h>
#include <base/version.h>
#include <inspect/inspection.h>

/* The program that judges and renders, in whatever it is linked into. */
#define RENDER_PROGRAM "Freehold memmap " FREEHOLD_VERSION

/* Words that differ from run to run and from program to program; text, never null. */
struct render_context {
    const char *program; /* RENDER_PROGRAM, or who else speaks */
    const char *source;  /* file name, or "this machine" */
    const char *time;    /* "2026-11-20T10:00:00Z", or "" */
    bool colours;        /* text: ANSI colours */
};

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

#endif
