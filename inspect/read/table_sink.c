/* SPDX-License-Identifier: MIT */
#include <inspect/table_sink.h>

void sink_place(const struct table_sink *sink, struct view_place place)
{
    sink->place(sink->owner, place);
}

status_t sink_note(const struct table_sink *sink, status_t status, const char *sentence)
{
    sink->note(sink->owner, status, sentence);
    return status;
}
