/* SPDX-License-Identifier: MIT
 * Markup that every section of the page is made of. */
#include "html_private.h"

#include <base/string.h>
#include <inspect/words.h>

#include <stdckdint.h>

void html_markup(const struct text_sink *sink, const char *text)
{
    sink->write(sink->owner, text, strlen(text));
}

static const char *entity_of(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return nullptr;
    }
}

void html_text(const struct text_sink *sink, const char *text)
{
    size_t from = 0, i = 0;
    for (; text[i] != '\0'; i++) {
        const char *entity = entity_of(text[i]);
        if (entity == nullptr)
            continue;
        render_plain(sink, text + from, i - from);
        html_markup(sink, entity);
        from = i + 1;
    }
    render_plain(sink, text + from, i - from);
}

void html_table_open(const struct text_sink *sink, const char *caption, const char *heads)
{
    sink_print(sink,
               "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
               "<table class=\"data\"><caption>%s</caption>\n<thead><tr>",
               caption, caption);
    while (*heads != '\0') {
        const bool number = *heads == '#';
        heads += number;
        const char *bar = strchr(heads, '|');
        const size_t length = bar != nullptr ? (size_t)(bar - heads) : strlen(heads);
        sink_print(sink, "<th scope=\"col\"%s>%.*s</th>", number ? " class=\"n\"" : "", (int)length,
                   heads);
        heads += length + (bar != nullptr);
    }
    sink_print(sink, "</tr></thead>\n<tbody>\n");
}

void html_table_close(const struct text_sink *sink)
{
    sink_print(sink, "</tbody></table></div>\n");
}

void html_row(const struct text_sink *sink, uint64_t start, uint64_t size)
{
    uint64_t end;
    if (ckd_add(&end, start, size))
        end = UINT64_MAX;
    sink_print(sink, "<tr data-start=\"0x%" PRIx64 "\" data-end=\"0x%" PRIx64 "\">", start, end);
}

void html_address(const struct text_sink *sink, uint64_t address)
{
    sink_print(sink, "<td class=\"a\" data-value=\"0x%" PRIx64 "\">0x%012" PRIx64 "</td>", address,
               address);
}

void html_bytes(const struct text_sink *sink, uint64_t bytes)
{
    sink_print(sink, "<td class=\"n\" data-value=\"%" PRIu64 "\">%s</td>", bytes,
               render_size(bytes).text);
}

void html_cell(const struct text_sink *sink, const char *text)
{
    sink_print(sink, "<td>");
    html_text(sink, text);
    sink_print(sink, "</td>");
}
