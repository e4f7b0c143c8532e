/* SPDX-License-Identifier: MIT
 * What changed since the last boot, as a section of the page. */
#include "html_private.h"
#include <inspect/map_diff.h>
#include <inspect/words.h>

static void class_cell(const struct text_sink *sink, bool described, enum memory_class class)
{
    if (!described) {
        sink_print(sink, "<td>not described</td>");
        return;
    }
    const char *name = memory_class_name(class);
    sink_print(sink, "<td><span class=\"swatch %s\"></span>%s</td>", name, name);
}

static void attributes_cell(const struct text_sink *sink, bool described, uint64_t attributes)
{
    char text[512] = "";
    if (described)
        efi_attributes_text(attributes, text, sizeof text);
    html_cell(sink, text);
}

void html_last_boot(const struct inspection *inspection, const struct text_sink *sink)
{
    struct map_diff_cursor cursor = {};
    struct map_difference d;
    if (inspection->last_boot == nullptr)
        return;
    sink_print(sink,
               "<section id=\"last-boot\"><h2>Since the last boot</h2>\n<p class=\"soft\">Compared "
               "with report %04u.</p>\n",
               inspection->view->last_boot_report);
    if (!map_diff_next(inspection->last_boot, inspection->map, &cursor, &d)) {
        sink_print(sink, "<p>The maps are the same.</p></section>\n");
        return;
    }
    html_table_open(sink, "What changed",
                    "Start|End|#Size|Class before|Class now|Attributes before|Attributes now");
    do {
        html_row(sink, d.start.value, d.end.value - d.start.value);
        html_address(sink, d.start.value);
        html_address(sink, d.end.value);
        html_bytes(sink, d.end.value - d.start.value);
        class_cell(sink, d.in_before, d.class_before);
        class_cell(sink, d.in_after, d.class_after);
        attributes_cell(sink, d.in_before, d.attributes_before);
        attributes_cell(sink, d.in_after, d.attributes_after);
        sink_print(sink, "</tr>\n");
    } while (map_diff_next(inspection->last_boot, inspection->map, &cursor, &d));
    html_table_close(sink);
    sink_print(sink, "</section>\n");
}
