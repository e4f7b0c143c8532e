/* SPDX-License-Identifier: MIT
 * The report as one page that needs nothing else: no request, no font, no picture file. All that it says is in the
 * markup, so it reads and prints without its script; the script sorts, filters and zooms. Its policy
 * forbids every request. Whatever came from a source goes through html_text. */
#include "html_private.h"

#include <inspect/words.h>

static const char style[] = {
#embed "report.css"
    , 0};
static const char script[] = {
#embed "report.js"
    , 0};

/* ---- sections ---- */

static void number(const struct text_sink *sink, const char *what, const char *value)
{
    sink_print(sink, "<li><b>%s</b>%s</li>\n", value, what);
}

static void summary(const struct inspection *inspection, const struct text_sink *sink)
{
    const struct view *view = inspection->view;
    const struct ledger *ledger = inspection->ledger;
    static const enum ledger_row rows[] = {LEDGER_ROW_INSTALLED, LEDGER_ROW_DESCRIBED,
                                           LEDGER_ROW_USABLE, LEDGER_ROW_RECLAIMED};
    sink_print(sink, "<ul class=\"numbers\">\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((ledger->known >> rows[i] & 1) != 0)
            number(sink, ledger_row_text(rows[i]), size_text(ledger->bytes[rows[i]]).text);
    number(sink, "descriptors", render_grouped(view->region_count).text);
    for (unsigned severity = 0; severity < LINT_SEVERITY_COUNT; severity++) {
        const uint32_t count = inspection->lint->counts[severity];
        char what[16];
        format_text(what, sizeof what, "%s%s", lint_severity_word((enum lint_severity)severity),
                    count == 1 ? "" : "s");
        number(sink, what, render_grouped(count).text);
    }
    sink_print(sink, "</ul>\n");
}

static void head(const struct inspection *inspection, const struct render_context *context,
                 const struct text_sink *sink)
{
    const struct view *view = inspection->view;
    const char *name = view->machine[0] != '\0' ? view->machine : context->source;
    html_markup(sink, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
                      "<title>Memory of ");
    html_text(sink, name);
    html_markup(sink, "</title>\n<style>\n");
    html_markup(sink, style);
    html_markup(sink, "</style></head>\n<body><header><h1>Memory of ");
    html_text(sink, name);
    html_markup(sink, "</h1>\n<p class=\"soft\">From ");
    html_text(sink, context->source);
    sink_print(sink, " (%s)", view_form_text(view->form));
    if (view->vendor[0] != '\0') {
        html_markup(sink, ", firmware of ");
        html_text(sink, view->vendor);
    }
    html_markup(sink, "; written by ");
    html_text(sink, context->program);
    if (context->time[0] != '\0') {
        html_markup(sink, " at <time>");
        html_text(sink, context->time);
        html_markup(sink, "</time>");
    }
    html_markup(sink, ".</p>\n");
    summary(inspection, sink);
    html_markup(sink, "<nav aria-label=\"Sections\"><ul><li><a href=\"#findings\">Findings</a></li>"
                      "<li><a href=\"#picture\">Picture</a></li><li><a href=\"#ledger\">Ledger</a>"
                      "</li><li><a href=\"#map\">Map</a></li>");
    if (inspection->last_boot != nullptr)
        html_markup(sink, "<li><a href=\"#last-boot\">Last boot</a></li>");
    html_markup(sink, "<li><a href=\"#descriptors\">Descriptors</a></li><li><a "
                      "href=\"#tables\">Tables</a></li></ul></nav>"
                      "</header>\n<main>\n");
}

static void not_known(const struct view *view, const struct text_sink *sink)
{
    bool any = false;
    for (unsigned fact = 0; fact < VIEW_FACT_COUNT; fact++) {
        if (view_knows(view, fact))
            continue;
        sink_print(sink, "%s<li>%s: %s</li>\n",
                   any ? "" : "<h3>What this source cannot know</h3>\n<ul>\n", view_fact_text(fact),
                   view_fact_unless(fact));
        any = true;
    }
    if (any)
        sink_print(sink, "</ul>");
}

static void findings(const struct inspection *inspection, const struct text_sink *sink)
{
    const struct lint *lint = inspection->lint;
    sink_print(sink, "<section id=\"findings\"><h2>Findings</h2>\n");
    if (lint->recorded == 0)
        sink_print(sink, "<p>None.</p>\n");
    else
        sink_print(sink, "<ul class=\"findings\">\n");
    for (uint32_t i = 0; i < lint->recorded; i++) {
        const struct lint_rule *rule = lint_rule_get(lint->findings[i].rule);
        const char *severity = lint_severity_word(rule->severity);
        char sentence[RENDER_SENTENCE];
        lint_sentence(&lint->findings[i], inspection->view, inspection->map, sentence,
                      sizeof sentence);
        sink_print(sink, "<li class=\"%s\"><p><b>%s</b> <span class=\"soft\">%s</span> ", severity,
                   severity, rule->id);
        html_text(sink, sentence);
        html_markup(sink, "</p><p class=\"soft\">");
        html_text(sink, rule->advice);
        html_markup(sink, " (");
        html_text(sink, rule->source);
        html_markup(sink, ")</p></li>\n");
    }
    if (lint->recorded != 0)
        sink_print(sink, "</ul>\n");
    if (lint->needed > lint->recorded)
        sink_print(sink, "<p>There was no room to record %u more.</p>\n",
                   lint->needed - lint->recorded);
    not_known(inspection->view, sink);
    sink_print(sink, "</section>\n");
}

static void ledger_section(const struct ledger *ledger, const struct text_sink *sink)
{
    static const char *const classes[] = {[LEDGER_TOTAL] = " class=\"total\"",
                                          [LEDGER_TAKEN] = "",
                                          [LEDGER_ADDED] = "",
                                          [LEDGER_NOTE] = " class=\"remark\""};
    static const char *const signs[] = {
        [LEDGER_TOTAL] = "=", [LEDGER_TAKEN] = "&minus;", [LEDGER_ADDED] = "+", [LEDGER_NOTE] = ""};
    html_markup(sink, "<section id=\"ledger\"><h2>Ledger</h2>\n<p class=\"soft\">Every byte: each "
                      "total is the one before, less what was taken, plus what was added.");
    html_markup(sink, ledger->projected ? " The last is what a kernel would get.</p>\n" : "</p>\n");
    html_markup(sink, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Ledger\">"
                      "<table><thead><tr><td></td><th scope=\"col\">what</th>"
                      "<th scope=\"col\" class=\"n\">bytes</th><th scope=\"col\" class=\"n\">size"
                      "</th></tr></thead><tbody>\n");
    enum ledger_row row;
    for (unsigned at = 0; ledger_next_row(ledger, &at, &row);) {
        const enum ledger_kind kind = ledger_row_kind(row);
        const uint64_t bytes = ledger->bytes[row];
        sink_print(sink,
                   "<tr%s><td>%s</td><th scope=\"row\">%s</th><td class=\"n\">%s</td>"
                   "<td class=\"n\">%s</td></tr>\n",
                   classes[kind], signs[kind], ledger_row_text(row), render_grouped(bytes).text,
                   render_size(bytes).text);
    }
    sink_print(sink, "</tbody></table></div></section>\n");
}

static void attributes_cell(const struct view *view, uint64_t attributes,
                            const struct text_sink *sink)
{
    char text[512] = "not known";
    if (view_knows(view, VIEW_FACT_ATTRIBUTES))
        efi_attributes_text(attributes, text, sizeof text);
    html_cell(sink, text);
}

static void judged_map(const struct inspection *inspection, const struct text_sink *sink)
{
    const struct memory_map *map = inspection->map;
    sink_print(sink, "<section id=\"map\"><h2>The map, judged</h2>\n");
    html_table_open(sink, "Ranges, sorted; number: the first descriptor",
                    "Start|End|#Size|Class|#Number|Attributes");
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        html_row(sink, range->start.value, range->end.value - range->start.value);
        html_address(sink, range->start.value);
        html_address(sink, range->end.value);
        html_bytes(sink, range->end.value - range->start.value);
        sink_print(sink,
                   "<td><span class=\"swatch %s\"></span>%s</td>"
                   "<td class=\"n\" data-value=\"%u\">%u</td>",
                   memory_class_name(range->class), memory_class_name(range->class),
                   range->descriptor, range->descriptor);
        attributes_cell(inspection->view, range->attributes, sink);
        sink_print(sink, "</tr>\n");
    }
    html_table_close(sink);
    sink_print(sink, "</section>\n");
}

static void descriptors(const struct view *view, const struct text_sink *sink)
{
    sink_print(sink, "<section id=\"descriptors\"><h2>Descriptors as they were given</h2>\n");
    html_table_open(sink, "Descriptors in the source's order",
                    "#Number|Start|#Pages|#Size|Type|Attributes");
    for (uint32_t i = 0; i < view->region_count; i++) {
        const struct boot_region *region = &view->regions[i];
        char text[512];
        html_row(sink, region->phys_start, render_region_bytes(region));
        sink_print(sink, "<td class=\"n\" data-value=\"%u\">%u</td>", i, i);
        html_address(sink, region->phys_start);
        sink_print(sink, "<td class=\"n\" data-value=\"%" PRIu64 "\">%s</td>", region->page_count,
                   render_grouped(region->page_count).text);
        html_bytes(sink, render_region_bytes(region));
        efi_type_text(region->efi_type, text, sizeof text);
        html_cell(sink, text);
        attributes_cell(view, region->efi_attributes, sink);
        sink_print(sink, "</tr>\n");
    }
    html_table_close(sink);
    sink_print(sink, "</section>\n");
}

void render_html(const struct inspection *inspection, const struct render_context *context,
                 const struct text_sink *sink)
{
    head(inspection, context, sink);
    findings(inspection, sink);
    html_picture(inspection, sink);
    ledger_section(inspection->ledger, sink);
    judged_map(inspection, sink);
    html_last_boot(inspection, sink);
    descriptors(inspection->view, sink);
    html_tables(inspection->view, sink);
    html_markup(sink, "</main>\n<script>\n");
    html_markup(sink, script);
    html_markup(sink, "</script></body></html>\n");
}
