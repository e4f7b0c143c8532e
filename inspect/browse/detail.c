/* SPDX-License-Identifier: MIT
 * All that is known of one row: of a range what made it, of a descriptor what became of it, of both what was found
 * and what lies in them; of a finding what it means and what to do. */
#include "private.h"

#include <inspect/lint_rules.h>
#include <inspect/words.h>

#include <stdckdint.h>

/* Inclusive bounds: what ends behind the last address of all ends there. */
struct span {
    bool some; /* it has bytes */
    uint64_t start, last;
};

static struct span span_of(uint64_t start, uint64_t bytes)
{
    struct span span = {.some = bytes != 0, .start = start};
    if (bytes != 0 && ckd_add(&span.last, start, bytes - 1))
        span.last = UINT64_MAX;
    return span;
}

static bool overlap(struct span a, struct span b)
{
    return a.some && b.some && a.start <= b.last && b.start <= a.last;
}

enum inspector_style inspector_style_of(enum lint_severity severity)
{
    static const enum inspector_style styles[LINT_SEVERITY_COUNT] = {
        INSPECTOR_STYLE_ERROR, INSPECTOR_STYLE_WARNING, INSPECTOR_STYLE_NOTE};
    return styles[severity];
}

bool inspector_finding_touches(const struct lint_finding *finding, unsigned list, uint32_t row,
                               const struct inspector_row *what)
{
    const struct lint_shape shape = lint_rule_shape(finding->rule);
    if (list == INSPECTOR_PAGE_DESCRIPTORS &&
        ((shape.first == LINT_DESCRIPTOR && finding->first == row) ||
         (shape.second == LINT_DESCRIPTOR && finding->second == row)))
        return true;
    return overlap(span_of(finding->start, finding->end - finding->start),
                   span_of(what->start, what->bytes));
}

/* ---- parts ---- */

/* A heading before the first line of a part; none if there is no such line. */
static void head(const struct text_sink *sink, bool *told, const char *words)
{
    if (!*told)
        sink_print(sink, "\n%c%s\n", INSPECTOR_MARK(SOFT), words);
    *told = true;
}

static void tell_findings(const struct inspector *inspector, unsigned list, uint32_t row,
                          const struct inspector_row *what, const struct text_sink *sink)
{
    const struct inspection *inspection = inspector->setup.inspection;
    const struct lint *lint = inspection->lint;
    bool told = false;
    for (uint32_t i = 0; i < lint->recorded; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        if (!inspector_finding_touches(finding, list, row, what))
            continue;
        head(sink, &told, "Findings");
        const struct lint_rule *rule = lint_rule_get(finding->rule);
        char sentence[RENDER_SENTENCE];
        lint_sentence(finding, inspection->view, inspection->map, sentence, sizeof sentence);
        sink_print(sink, "%c  %s %s: ", (char)(1 + inspector_style_of(rule->severity)),
                   lint_severity_word(rule->severity), rule->id);
        sink_print(sink, "%s\n", sentence);
    }
}

static void tell_places(const struct view *view, struct span span, const struct text_sink *sink)
{
    bool told = false;
    for (uint32_t i = 0; i < view->place_count; i++) {
        const struct view_place *place = &view->places[i];
        if (!overlap(span, span_of(place->start, place->size)))
            continue;
        head(sink, &told, "What lies in it");
        sink_print(sink, "  0x%" PRIx64 "  %s", place->start, place_kind_text(place->kind));
        if (place->kind == PLACE_ACPI_TABLE)
            sink_print(sink, " %s", render_signature(place->signature).text);
        if (place->size > 1)
            sink_print(sink, ", %s", size_text(place->size).text);
        sink_print(sink, "\n");
    }
}

/* Of a descriptor: those that it won or lost. Of a range: those within it. */
static void tell_changes(const struct inspector *inspector, uint32_t descriptor, struct span span,
                         const struct text_sink *sink)
{
    const struct inspection *inspection = inspector->setup.inspection;
    const struct memory_map *map = inspection->map;
    bool told = false;
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        const struct span bytes =
            span_of(change->start.value, change->end.value - change->start.value);
        if (descriptor == LINT_NONE ? change->kind == MEMORY_CHANGE_WRAPS || !overlap(bytes, span)
                                    : change->winner != descriptor && change->loser != descriptor)
            continue;
        head(sink, &told, "What was repaired");
        char sentence[RENDER_SENTENCE];
        memory_change_describe(change, inspection->view->regions, sentence, sizeof sentence);
        sink_print(sink, "  %s\n", sentence);
    }
}

static void tell_descriptors(const struct view *view, struct span span,
                             const struct text_sink *sink)
{
    bool told = false;
    for (uint32_t i = 0; i < view->region_count; i++) {
        const struct boot_region *region = &view->regions[i];
        const uint64_t bytes = render_region_bytes(region);
        if (!overlap(span, span_of(region->phys_start, bytes)))
            continue;
        head(sink, &told, "Descriptors that speak of it");
        char type[40];
        efi_type_text(region->efi_type, type, sizeof type);
        sink_print(sink, "  %u: %s at 0x%" PRIx64 ", %s\n", i, type, region->phys_start,
                   render_size(bytes).text);
    }
}

static void tell_ranges(const struct memory_map *map, struct span span,
                        const struct text_sink *sink)
{
    bool told = false;
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        const uint64_t bytes = range->end.value - range->start.value;
        if (!overlap(span, span_of(range->start.value, bytes)))
            continue;
        head(sink, &told, "Ranges of the map in which it lies");
        sink_print(sink, "  0x%" PRIx64 " to 0x%" PRIx64 ": %s, %s\n", range->start.value,
                   range->end.value, memory_class_name(range->class), size_text(bytes).text);
    }
}

static void tell_attributes(uint64_t attributes, const struct text_sink *sink)
{
    char text[RENDER_SENTENCE];
    efi_attributes_text(attributes, text, sizeof text);
    sink_print(sink, "attributes  0x%" PRIx64 " ", attributes);
    sink_print(sink, "%s\n", text);
}

/* ---- the three ---- */

static void tell_range(const struct inspector *inspector, uint32_t row,
                       const struct text_sink *sink)
{
    const struct inspection *inspection = inspector->setup.inspection;
    const struct memory_range *range = &inspection->map->ranges[row];
    const struct inspector_row what = inspector_row_get(inspector, INSPECTOR_PAGE_MAP, row);
    const struct span span = span_of(what.start, what.bytes);
    sink_print(sink, "%cRange %u of %zu\n", INSPECTOR_MARK(SOFT), row + 1,
               inspection->map->range_count);
    sink_print(
        sink, "start       0x%" PRIx64 "\nend         0x%" PRIx64 ", the first address behind it\n",
        range->start.value, range->end.value);
    sink_print(sink, "size        %s, %s bytes\npages       %s\n", size_text(what.bytes).text,
               render_grouped(what.bytes).text, render_grouped(what.bytes / PAGE_SIZE).text);
    sink_print(sink, "class       %s, which is %sRAM\n", memory_class_name(range->class),
               memory_class_is_ram(range->class) ? "" : "not ");
    tell_attributes(range->attributes, sink);
    tell_findings(inspector, INSPECTOR_PAGE_MAP, row, &what, sink);
    tell_places(inspection->view, span, sink);
    tell_changes(inspector, LINT_NONE, span, sink);
    tell_descriptors(inspection->view, span, sink);
}

static void tell_descriptor(const struct inspector *inspector, uint32_t row,
                            const struct text_sink *sink)
{
    const struct inspection *inspection = inspector->setup.inspection;
    const struct view *view = inspection->view;
    const struct boot_region *region = &view->regions[row];
    const struct inspector_row what = inspector_row_get(inspector, INSPECTOR_PAGE_DESCRIPTORS, row);
    const struct span span = span_of(what.start, what.bytes);
    char type[40];
    efi_type_text(region->efi_type, type, sizeof type);
    sink_print(sink, "%cDescriptor %u (of 0 to %u)\n", INSPECTOR_MARK(SOFT), row,
               view->region_count - 1);
    if (view->lines != nullptr)
        sink_print(sink, "line        %u of the source\n", view->lines[row]);
    sink_print(sink, "type        %u, %s\n", region->efi_type, type);
    sink_print(sink, "counts as   %s\n", memory_class_name(memory_class_of_region(region)));
    sink_print(sink, "start       0x%" PRIx64 "\n", region->phys_start);
    sink_print(sink, "pages       %s, %s\n", render_grouped(region->page_count).text,
               render_size(what.bytes).text);
    if (region->bytes_less != 0)
        sink_print(sink, "            its last page lacks %u bytes\n", region->bytes_less);
    if (what.bytes != 0)
        sink_print(sink, "last byte   0x%" PRIx64 "%s\n", span.last,
                   span.last == UINT64_MAX ? " or beyond all addresses" : "");
    tell_attributes(region->efi_attributes, sink);
    tell_findings(inspector, INSPECTOR_PAGE_DESCRIPTORS, row, &what, sink);
    tell_places(view, span, sink);
    tell_changes(inspector, row, span, sink);
    tell_ranges(inspection->map, span, sink);
}

static void tell_finding(const struct inspector *inspector, uint32_t row,
                         const struct text_sink *sink)
{
    const struct inspection *inspection = inspector->setup.inspection;
    const struct lint_finding *finding = &inspection->lint->findings[row];
    const struct lint_rule *rule = lint_rule_get(finding->rule);
    const struct inspector_row what = inspector_row_get(inspector, INSPECTOR_PAGE_FINDINGS, row);
    char sentence[RENDER_SENTENCE];
    lint_sentence(finding, inspection->view, inspection->map, sentence, sizeof sentence);
    sink_print(sink, "%c%s %s: %s\n\n", (char)(1 + inspector_style_of(rule->severity)),
               lint_severity_word(rule->severity), rule->id, rule->title);
    sink_print(sink, "%s\n", sentence);
    sink_print(sink, "\n%cWhat it means\n", INSPECTOR_MARK(SOFT));
    sink_print(sink, "%s\n", rule->meaning);
    sink_print(sink, "\n%cWhat to do\n", INSPECTOR_MARK(SOFT));
    sink_print(sink, "%s\n", rule->advice);
    sink_print(sink, "\n%cWhere it is written\n%s\n", INSPECTOR_MARK(SOFT), rule->source);
    const struct span span = span_of(what.start, what.bytes);
    tell_places(inspection->view, span, sink);
    tell_descriptors(inspection->view, span, sink);
    tell_ranges(inspection->map, span, sink);
}

void inspector_tell_detail(const struct inspector *inspector, uint32_t width,
                           const struct text_sink *sink)
{
    (void)width;
    static void (*const tell[INSPECTOR_LISTS])(const struct inspector *, uint32_t,
                                               const struct text_sink *) = {
        tell_range, tell_descriptor, tell_finding};
    const struct inspector_list *rows = &inspector->lists[inspector->page];
    tell[inspector->page](inspector, rows->shown[rows->selected], sink);
}
