/* SPDX-License-Identifier: MIT
 * An inspection for programs: docs/report.schema.json says what each member means. The order of members never changes;
 * "format" grows when a member changes its meaning. Addresses and bits are strings, "0x1f000", since readers of JSON
 * keep numbers as doubles; quantities are numbers while a double holds them, and else such strings. */
#include "render_private.h"

#include <base/string.h>

constexpr unsigned JSON_FORMAT = 1;
constexpr uint64_t JSON_NUMBER_LIMIT = UINT64_C(1) << 53; /* RFC 8259, 6 */

/* ---- writing ---- */

struct json {
    const struct text_sink *sink;
    unsigned depth;
    uint32_t tall; /* bit d: each item of the container at depth d has a line of its own */
    bool empty;    /* the innermost container has no item yet */
};

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

static void json_open(struct json *json, const char *name, char bracket, bool tall)
{
    start_item(json, name);
    sink_print(json->sink, "%c", bracket);
    json->depth++;
    json->tall = (json->tall & ~(1u << json->depth)) | (uint32_t)tall << json->depth;
    json->empty = true;
}

static void json_close(struct json *json, char bracket)
{
    const bool tall = (json->tall >> json->depth & 1) != 0;
    json->depth--;
    if (tall && !json->empty)
        start_line(json);
    sink_print(json->sink, "%c", bracket);
    json->empty = false;
}

static void put_string(struct json *json, const char *name, const char *text)
{
    start_item(json, name);
    write_string(json, text);
}

static void put_word(struct json *json, const char *name, const char *word)
{
    start_item(json, name);
    sink_print(json->sink, "%s", word);
}

static void put_bool(struct json *json, const char *name, bool value)
{
    put_word(json, name, value ? "true" : "false");
}

static void put_hex(struct json *json, const char *name, uint64_t value)
{
    start_item(json, name);
    sink_print(json->sink, "\"0x%" PRIx64 "\"", value);
}

static void put_number(struct json *json, const char *name, uint64_t value)
{
    if (value >= JSON_NUMBER_LIMIT) {
        put_hex(json, name, value);
        return;
    }
    start_item(json, name);
    sink_print(json->sink, "%" PRIu64, value);
}

/* A number, or null if it is not known. */
static void put_known(struct json *json, const char *name, bool known, uint64_t value)
{
    if (known)
        put_number(json, name, value);
    else
        put_word(json, name, "null");
}

static void put_attributes(struct json *json, uint64_t attributes)
{
    put_hex(json, "attributes", attributes);
    json_open(json, "attribute_names", '[', false);
    for (uint64_t left = attributes; left != 0; left &= left - 1) {
        char name[24];
        efi_attributes_text(left & -left, name, sizeof name);
        put_string(json, nullptr, name);
    }
    json_close(json, ']');
}

/* ---- what the source said ---- */

static void put_region(struct json *json, const struct boot_region *region, const uint32_t *line)
{
    char type[40];
    efi_type_text(region->efi_type, type, sizeof type);
    json_open(json, nullptr, '{', false);
    put_hex(json, "start", region->phys_start);
    put_number(json, "pages", region->page_count);
    put_number(json, "bytes_less", region->bytes_less);
    put_number(json, "type", region->efi_type);
    put_string(json, "type_name", type);
    put_attributes(json, region->efi_attributes);
    if (line != nullptr)
        put_number(json, "line", *line);
    json_close(json, '}');
}

static void put_view(struct json *json, const struct view *view)
{
    json_open(json, "view", '{', true);
    put_string(json, "form", view_form_word(view->form));
    put_string(json, "vendor", view->vendor);
    put_string(json, "machine", view->machine);
    put_known(json, "phys_bits", view_knows(view, VIEW_FACT_PHYS_BITS), view->phys_bits);
    put_known(json, "descriptor_size", view_knows(view, VIEW_FACT_DESCRIPTOR_SIZE),
              view->descriptor_size);
    put_known(json, "descriptor_version", view_knows(view, VIEW_FACT_DESCRIPTOR_SIZE),
              view->descriptor_version);
    put_known(json, "uefi_revision", view->uefi_revision != 0, view->uefi_revision);
    put_known(json, "installed_bytes", view->installed_bytes != 0, view->installed_bytes);
    put_known(json, "processors", view->processor_count != 0, view->processor_count);
    json_open(json, "not_known", '[', true);
    for (unsigned i = 0; i < VIEW_FACT_COUNT; i++) {
        if (view_knows(view, (enum view_fact)i))
            continue;
        json_open(json, nullptr, '{', false);
        put_string(json, "fact", view_fact_text((enum view_fact)i));
        put_string(json, "reason", view_fact_unless((enum view_fact)i));
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
    json_open(json, "regions", '[', true);
    for (uint32_t i = 0; i < view->region_count; i++)
        put_region(json, &view->regions[i], view->lines == nullptr ? nullptr : &view->lines[i]);
    json_close(json, ']');
}

static void put_places(struct json *json, const struct view *view)
{
    json_open(json, "places", '[', true);
    for (uint32_t i = 0; i < view->place_count; i++) {
        const struct view_place *place = &view->places[i];
        json_open(json, nullptr, '{', false);
        put_string(json, "kind", place_kind_text(place->kind));
        if (place->kind == PLACE_ACPI_TABLE)
            put_string(json, "signature", render_signature(place->signature).text);
        else
            put_number(json, "number", place->signature);
        put_hex(json, "start", place->start);
        put_number(json, "bytes", place->size);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "nodes", '[', true);
    for (uint32_t i = 0; i < view->node_count; i++) {
        const struct acpi_node_memory *node = &view->nodes[i];
        json_open(json, nullptr, '{', false);
        put_number(json, "node", node->node);
        put_hex(json, "start", node->start);
        put_number(json, "bytes", node->size);
        put_bool(json, "hot_pluggable", node->hot_pluggable);
        put_bool(json, "non_volatile", node->non_volatile);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_devices(struct json *json, const struct view *view)
{
    json_open(json, "memory_devices", '[', true);
    for (uint32_t i = 0; i < view->device_count; i++) {
        const struct view_memory_device *device = &view->devices[i];
        json_open(json, nullptr, '{', false);
        put_string(json, "locator", device->locator);
        put_string(json, "bank", device->bank);
        put_known(json, "bytes", !device->is_unknown, device->bytes);
        put_string(json, "type", render_memory_type(device->type).text);
        put_known(json, "speed", device->speed != 0, device->speed);
        put_bool(json, "is_volatile", device->is_volatile);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "mapped_arrays", '[', true);
    for (uint32_t i = 0; i < view->array_count; i++) {
        json_open(json, nullptr, '{', false);
        put_hex(json, "start", view->arrays[i].start);
        put_hex(json, "end", view->arrays[i].end);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_tables(struct json *json, const struct view *view)
{
    const struct view_attributes_table *table = &view->attributes;
    if (table->entries == nullptr) {
        put_word(json, "attributes_table", "null");
    } else {
        json_open(json, "attributes_table", '{', true);
        put_number(json, "version", table->version);
        put_number(json, "descriptor_size", table->descriptor_size);
        put_hex(json, "flags", table->flags);
        put_number(json, "declared_count", table->declared_count);
        json_open(json, "entries", '[', true);
        for (uint32_t i = 0; i < table->count; i++)
            put_region(json, &table->entries[i], nullptr);
        json_close(json, ']');
        json_close(json, '}');
    }
    json_open(json, "problems", '[', true);
    for (uint32_t i = 0; i < view->problem_count; i++) {
        const struct view_problem *problem = &view->problems[i];
        json_open(json, nullptr, '{', false);
        put_string(json, "table", render_table_name(problem->kind, problem->signature).text);
        put_hex(json, "start", problem->physical);
        put_bool(json, "refused", problem->status != STATUS_OK);
        put_string(json, "sentence", problem->sentence);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* ---- what was made of it ---- */

static void put_map(struct json *json, const struct view *view, const struct memory_map *map)
{
    json_open(json, "ranges", '[', true);
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        json_open(json, nullptr, '{', false);
        put_hex(json, "start", range->start.value);
        put_hex(json, "end", range->end.value);
        put_number(json, "bytes", range->end.value - range->start.value);
        put_string(json, "class", memory_class_name(range->class));
        put_number(json, "descriptor", range->descriptor);
        put_attributes(json, range->attributes);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "classes", '[', true);
    for (unsigned i = 0; i < MEMORY_CLASS_COUNT; i++) {
        json_open(json, nullptr, '{', false);
        put_string(json, "class", memory_class_name((enum memory_class)i));
        put_bool(json, "is_ram", memory_class_is_ram((enum memory_class)i));
        put_number(json, "bytes", map->bytes[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "changes", '[', true);
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        char sentence[RENDER_SENTENCE];
        memory_change_describe(change, view->regions, sentence, sizeof sentence);
        json_open(json, nullptr, '{', false);
        put_hex(json, "start", change->start.value);
        put_hex(json, "end", change->end.value);
        put_number(json, "winner", change->winner);
        put_number(json, "loser", change->loser);
        put_string(json, "sentence", sentence);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_lint(struct json *json, const struct inspection *inspection)
{
    const struct lint *lint = inspection->lint;
    json_open(json, "lint", '{', false);
    put_number(json, "errors", lint->counts[LINT_ERROR]);
    put_number(json, "warnings", lint->counts[LINT_WARNING]);
    put_number(json, "notes", lint->counts[LINT_NOTE]);
    put_number(json, "left_out", lint->needed - lint->recorded);
    put_number(json, "rules", lint_rule_count());
    put_number(json, "silent_rules", lint->silent);
    json_close(json, '}');
    json_open(json, "findings", '[', true);
    for (uint32_t i = 0; i < lint->recorded; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        const struct lint_rule *rule = lint_rule_get(finding->rule);
        char sentence[RENDER_SENTENCE];
        lint_sentence(finding, inspection->view, inspection->map, sentence, sizeof sentence);
        json_open(json, nullptr, '{', false);
        put_string(json, "rule", rule->id);
        put_string(json, "severity", lint_severity_word(rule->severity));
        put_string(json, "title", rule->title);
        put_string(json, "sentence", sentence);
        put_string(json, "advice", rule->advice);
        put_string(json, "source", rule->source);
        put_number(json, "count", finding->count);
        put_hex(json, "start", finding->start);
        put_hex(json, "end", finding->end);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_ledger(struct json *json, const struct ledger *ledger)
{
    static const char kinds[][8] = {"total", "taken", "added", "note"};
    static_assert(LEDGER_TOTAL == 0 && LEDGER_TAKEN == 1 && LEDGER_ADDED == 2 && LEDGER_NOTE == 3);
    json_open(json, "ledger", '{', true);
    put_bool(json, "closes", ledger_check(ledger) == nullptr);
    put_bool(json, "projected", ledger->projected);
    json_open(json, "rows", '[', true);
    for (unsigned i = 0; i < LEDGER_ROW_COUNT; i++) {
        const enum ledger_row row = (enum ledger_row)i;
        if ((ledger->known >> i & 1) == 0)
            continue;
        json_open(json, nullptr, '{', false);
        put_string(json, "row", ledger_row_word(row));
        put_string(json, "kind", kinds[ledger_row_kind(row)]);
        put_string(json, "text", ledger_row_text(row));
        put_number(json, "bytes", ledger->bytes[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

void render_json(const struct inspection *inspection, const struct render_context *context,
                 const struct text_sink *sink)
{
    struct json json = {.sink = sink, .empty = true};
    json_open(&json, nullptr, '{', true);
    put_number(&json, "format", JSON_FORMAT);
    put_string(&json, "program", context->program);
    put_string(&json, "source", context->source);
    put_string(&json, "time", context->time);
    put_lint(&json, inspection);
    put_ledger(&json, inspection->ledger);
    put_map(&json, inspection->view, inspection->map);
    put_view(&json, inspection->view);
    put_places(&json, inspection->view);
    put_devices(&json, inspection->view);
    put_tables(&json, inspection->view);
    json_close(&json, '}');
    sink_print(sink, "\n");
}
