/* SPDX-License-Identifier: MIT
 * What the page is made of (html_parts.c), and its sections. */
#ifndef INSPECT_RENDER_HTML_PRIVATE_H
#define INSPECT_RENDER_HTML_PRIVATE_H

#include <inspect/render.h>

/* Our own markup, as it is. */
void html_markup(const struct text_sink *sink, const char *text);
/* Text as content or as the value of an attribute in double quotes. */
void html_text(const struct text_sink *sink, const char *text);
/* The beginning of a table that can be sorted and filtered; `heads` are separated by '|', and a head with '#' in
 * front is of numbers. */
void html_table_open(const struct text_sink *sink, const char *caption, const char *heads);
void html_table_close(const struct text_sink *sink);
/* The beginning of a row about these bytes: a filter finds it by any address in them. */
void html_row(const struct text_sink *sink, uint64_t start, uint64_t size);
/* A cell with an address, with a number that sorts as such and reads as a size, with text. */
void html_address(const struct text_sink *sink, uint64_t address);
void html_bytes(const struct text_sink *sink, uint64_t bytes);
void html_cell(const struct text_sink *sink, const char *text);

void html_picture(const struct inspection *inspection, const struct text_sink *sink);
/* What changed since the last boot; nothing if that is not known. */
void html_last_boot(const struct inspection *inspection, const struct text_sink *sink);
void html_tables(const struct view *view, const struct text_sink *sink);

#endif
