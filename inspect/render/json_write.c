/* SPDX-License-Identifier: MIT
 * JSON, piece by piece into a sink: brackets, commas, lines, and strings of strangers escaped. */
#include "json_private.h"
#include <inspect/words.h>

#include <base/string.h>

constexpr uint64_t JSON_NUMBER_LIMIT = UINT64_C(1) << 53; /* RFC 8259, 6 */

static void write_string(const struct json *json, const char *text)
{
    const struct text_sink *sink = json->sink;
    sink_print(sink, "\"");
    while (*text != '\0') {
        const size_t length = render_utf8_length(text);
        if (length == 0)
            sink_print(sink, "\\u%04x", (unsigned char)*text < 0x80 ? (unsigned)*text : 0xFFFDu);
        else if (*text == '"' || *text == '\\')
            sink_print(sink, "\\%c", *text);
        else
            sink->write(sink->owner, text, length);
        text += length == 0 ? 1 : length;
    }
    sink_print(sink, "\"");
}

static void start_line(const struct json *json)
{
    sink_print(json->sink, "\n%*s", (int)(2 * json->depth), "");
}

/* What stands before an item: a comma, a line, its name (null in an array). */
static void start_item(struct json *json, const char *name)
{
    if (!json->empty)
        sink_print(json->sink, ",");
    if ((json->tall >> json->depth & 1) != 0)
        start_line(json);
    else if (!json->empty)
        sink_print(json->sink, " ");
    json->empty = false;
    if (name == nullptr)
        return;
    write_string(json, name);
    sink_print(json->sink, ": ");
}

void json_open(struct json *json, const char *name, char bracket, bool tall)
{
    start_item(json, name);
    sink_print(json->sink, "%c", bracket);
    json->depth++;
    json->tall = (json->tall & ~(1u << json->depth)) | (uint32_t)tall << json->depth;
    json->empty = true;
}

void json_close(struct json *json, char bracket)
{
    const bool tall = (json->tall >> json->depth & 1) != 0;
    json->depth--;
    if (tall && !json->empty)
        start_line(json);
    sink_print(json->sink, "%c", bracket);
    json->empty = false;
}

void json_string(struct json *json, const char *name, const char *text)
{
    start_item(json, name);
    write_string(json, text);
}

void json_word(struct json *json, const char *name, const char *word)
{
    start_item(json, name);
    sink_print(json->sink, "%s", word);
}

void json_bool(struct json *json, const char *name, bool value)
{
    json_word(json, name, value ? "true" : "false");
}

void json_hex(struct json *json, const char *name, uint64_t value)
{
    start_item(json, name);
    sink_print(json->sink, "\"0x%" PRIx64 "\"", value);
}

void json_number(struct json *json, const char *name, uint64_t value)
{
    if (value >= JSON_NUMBER_LIMIT) {
        json_hex(json, name, value);
        return;
    }
    start_item(json, name);
    sink_print(json->sink, "%" PRIu64, value);
}

void json_known(struct json *json, const char *name, bool known, uint64_t value)
{
    if (known)
        json_number(json, name, value);
    else
        json_word(json, name, "null");
}
