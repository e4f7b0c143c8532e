/* SPDX-License-Identifier: MIT
 * What firmware tables say, as tables of the page. A table without rows is not there. */
#include "html_private.h"
#include <inspect/words.h>

static void places(const struct view *view, const struct text_sink *sink)
{
    html_table_open(sink, "Where tables and devices are", "Start|End|#Size|What");
    for (uint32_t i = 0; i < view->place_count; i++) {
        const struct view_place *place = &view->places[i];
        html_row(sink, place->start, place->size);
        html_address(sink, place->start);
        if (place->size > 1) {
            html_address(sink, place->start + place->size);
            html_bytes(sink, place->size);
        } else { /* only where it starts is known (view.h) */
            sink_print(sink, "<td data-value=\"0\">not known</td>"
                             "<td class=\"n\" data-value=\"0\">not known</td>");
        }
        sink_print(sink, "<td>%s", place_kind_text(place->kind));
        if (place->kind == PLACE_ACPI_TABLE) {
            sink_print(sink, " ");
            html_text(sink, render_signature(place->signature).text);
        }
        sink_print(sink, "</td></tr>\n");
    }
    html_table_close(sink);
}

static void nodes(const struct view *view, const struct text_sink *sink)
{
    html_table_open(sink, "Memory of nodes (SRAT)", "Start|End|#Size|#Node|Kind");
    for (uint32_t i = 0; i < view->node_count; i++) {
        const struct acpi_node_memory *node = &view->nodes[i];
        html_row(sink, node->start, node->size);
        html_address(sink, node->start);
        html_address(sink, node->start + node->size);
        html_bytes(sink, node->size);
        sink_print(sink, "<td class=\"n\" data-value=\"%u\">%u</td><td>%s%s</td></tr>\n",
                   node->node, node->node, node->hot_pluggable ? "hot-pluggable " : "",
                   node->non_volatile ? "non-volatile" : "");
    }
    html_table_close(sink);
}

static void devices(const struct view *view, const struct text_sink *sink)
{
    html_table_open(sink, "Memory modules (SMBIOS)", "Locator|Bank|#Size|Type|#MT/s");
    for (uint32_t i = 0; i < view->device_count; i++) {
        const struct view_memory_device *device = &view->devices[i];
        sink_print(sink, "<tr>");
        html_cell(sink, device->locator);
        html_cell(sink, device->bank);
        if (device->is_unknown || device->bytes == 0)
            sink_print(sink, "<td class=\"n\" data-value=\"0\">%s</td>",
                       device->is_unknown ? "unknown" : "empty");
        else
            html_bytes(sink, device->bytes);
        sink_print(sink, "<td>%s</td><td class=\"n\" data-value=\"%u\">%u</td></tr>\n",
                   render_memory_type(device->type).text, device->speed, device->speed);
    }
    html_table_close(sink);
}

static void attributes_table(const struct view *view, const struct text_sink *sink)
{
    html_table_open(sink, "Memory attributes table", "Start|#Size|Type|Rights");
    for (uint32_t i = 0; i < view->attributes.count; i++) {
        const struct boot_region *entry = &view->attributes.entries[i];
        char text[512];
        html_row(sink, entry->phys_start, render_region_bytes(entry));
        html_address(sink, entry->phys_start);
        html_bytes(sink, render_region_bytes(entry));
        efi_type_text(entry->efi_type, text, sizeof text);
        html_cell(sink, text);
        efi_attributes_text(entry->efi_attributes, text, sizeof text);
        html_cell(sink, text);
        sink_print(sink, "</tr>\n");
    }
    html_table_close(sink);
}

static void problems(const struct view *view, const struct text_sink *sink)
{
    html_table_open(sink, "Tables with faults", "Address|Table|What is wrong");
    for (uint32_t i = 0; i < view->problem_count; i++) {
        const struct view_problem *problem = &view->problems[i];
        html_row(sink, problem->physical, 1);
        html_address(sink, problem->physical);
        html_cell(sink, render_signature(problem->signature).text);
        html_cell(sink, problem->sentence);
        sink_print(sink, "</tr>\n");
    }
    html_table_close(sink);
}

void html_tables(const struct view *view, const struct text_sink *sink)
{
    const struct {
        uint32_t count;
        void (*render)(const struct view *view, const struct text_sink *sink);
    } tables[] = {{view->place_count, places},
                  {view->node_count, nodes},
                  {view->device_count, devices},
                  {view->attributes.count, attributes_table},
                  {view->problem_count, problems}};
    sink_print(sink, "<section id=\"tables\"><h2>What firmware tables say</h2>\n");
    unsigned rendered = 0;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (tables[i].count == 0)
            continue;
        tables[i].render(view, sink);
        rendered++;
    }
    if (rendered == 0)
        sink_print(sink, "<p>This source has none.</p>\n");
    sink_print(sink, "</section>\n");
}
