/* SPDX-License-Identifier: MIT
 * Where the readers of firmware tables put what they find: places, and what is to be said of the table. */
#ifndef INSPECT_TABLE_SINK_H
#define INSPECT_TABLE_SINK_H

#include <inspect/view.h>

struct table_sink {
    void (*place)(void *owner, struct view_place place);
    /* `status` OK: the table is taken all the same. `sentence` is static text without addresses. */
    void (*note)(void *owner, status_t status, const char *sentence);
    void *owner;
};

void sink_place(const struct table_sink *sink, struct view_place place);
/* Say it, and return the status, for `return sink_note(...)`. */
status_t sink_note(const struct table_sink *sink, status_t status, const char *sentence);

#endif
