/* SPDX-License-Identifier: MIT
 * The forms of output. A new one is a function and a line in the table. */
#include "memmap.h"

#include <stdlib.h>

static void write_part(enum part part, const struct report *report, const struct text_sink *sink)
{
    const struct inspection *inspection = &report->inspected->inspection;
    switch (part) {
    case PART_LINT:
        render_text_lint(inspection, &report->context, sink);
        break;
    case PART_LEDGER:
        render_text_ledger(inspection->ledger, sink);
        break;
    case PART_MAP:
        render_text_map(inspection->map, sink);
        sink_print(sink, "\n");
        render_text_changes(inspection->view, inspection->map, sink);
        break;
    case PART_TYPES:
        render_text_types(inspection->view, sink);
        break;
    case PART_TABLES:
        render_text_tables(inspection->view, sink);
        break;
    case PART_RAW_ORDER:
        render_text_raw(inspection->view, sink);
        break;
    case PART_DIFF:
        render_text_diff(inspection->map, report->other->inspection.map, sink);
        break;
    }
}

static bool write_text(const struct report *report, const struct text_sink *sink)
{
    const uint32_t parts = report->parts;
    if (parts == 0) {
        render_text(&report->inspected->inspection, &report->context, sink);
        return true;
    }
    bool first = true;
    for (uint32_t part = 1; part <= parts; part <<= 1)
        if ((parts & part) != 0) {
            if (!first)
                sink_print(sink, "\n");
            first = false;
            write_part((enum part)part, report, sink);
        }
    return true;
}

static bool write_json(const struct report *report, const struct text_sink *sink)
{
    render_json(&report->inspected->inspection, &report->context, sink);
    return true;
}

static bool write_html(const struct report *report, const struct text_sink *sink)
{
    render_html(&report->inspected->inspection, &report->context, sink);
    return true;
}

static bool write_e820(const struct report *report, const struct text_sink *sink)
{
    render_e820(&report->inspected->inspection, sink);
    return true;
}

/* A dump stays what it is. What else was read becomes the last snapshot: an operating system printed it. */
static bool write_raw(const struct report *report, const struct text_sink *sink)
{
    const struct input *input = report->input;
    const struct view *view = &input->view;
    if (input->is_dump) {
        sink->write(sink->owner, (const char *)input->data, input->size);
        return true;
    }
    if (view->region_count == 0)
        return REFUSE("%s: there is no memory map in it, of which a dump could be made",
                      input->name);
    struct dump_source source = {
        .snapshots[DUMP_FINAL] = {.regions = view->regions, .count = view->region_count},
        .facts = {.phys_bits = view_knows(view, VIEW_FACT_PHYS_BITS) ? view->phys_bits : 0,
                  .descriptor_size = view->descriptor_size,
                  .descriptor_version = view->descriptor_version,
                  .uefi_revision = view->uefi_revision,
                  .not_known = ~view->knows & ((UINT32_C(1) << VIEW_FACT_COUNT) - 1)},
        .vendor = view->vendor,
        .machine = view->machine,
    };
    const size_t size = dump_size(&source);
    char *memory = size == 0 ? nullptr : malloc(size);
    const bool done = memory != nullptr && dump_write(&source, memory, size) == STATUS_OK;
    if (done)
        sink->write(sink->owner, memory, size);
    free(memory);
    return done || REFUSE("%s: no memory for a dump of %zu bytes", input->name, size);
}

const struct format formats[] = {
    {"text", write_text}, {"json", write_json}, {"html", write_html},
    {"e820", write_e820}, {"raw", write_raw},   {},
};
