/* SPDX-License-Identifier: MIT
 * An inspection for programs: docs/report.schema.json says what each member means. The order of members never changes;
 * "format" grows when a member changes its meaning. Addresses and bits are strings, "0x1f000", since readers of JSON
 * keep numbers as doubles; quantities are numbers while a double holds them, and else such strings. */
#include "json_private.h"
#include <inspect/map_diff.h>
#include <inspect/words.h>

constexpr unsigned JSON_FORMAT = 1;

static void put_attributes(struct json *json, uint64_t attributes)
{
    json_hex(json, "attributes", attributes);
    json_open(json, "attribute_names", '[', false);
    for (uint64_t left = attributes; left != 0; left &= left - 1) {
        char name[24];
        efi_attributes_text(left & -left, name, sizeof name);
        json_string(json, nullptr, name);
    }
    json_close(json, ']');
}

/* ---- what the source said ---- */

static void put_region(struct json *json, const struct boot_region *region, const uint32_t *line)
{
    char type[40];
    efi_type_text(region->efi_type, type, sizeof type);
    json_open(json, nullptr, '{', false);
    json_hex(json, "start", region->phys_start);
    json_number(json, "pages", region->page_count);
    json_number(json, "bytes_less", region->bytes_less);
    json_number(json, "type", region->efi_type);
    json_string(json, "type_name", type);
    put_attributes(json, region->efi_attributes);
    if (line != nullptr)
        json_number(json, "line", *line);
    json_close(json, '}');
}

static void put_view(struct json *json, const struct view *view)
{
    json_open(json, "view", '{', true);
    json_string(json, "form", view_form_word(view->form));
    json_string(json, "vendor", view->vendor);
    json_string(json, "machine", view->machine);
    json_known(json, "phys_bits", view_knows(view, VIEW_FACT_PHYS_BITS), view->phys_bits);
    json_known(json, "descriptor_size", view_knows(view, VIEW_FACT_DESCRIPTOR_SIZE),
               view->descriptor_size);
    json_known(json, "descriptor_version", view_knows(view, VIEW_FACT_DESCRIPTOR_SIZE),
               view->descriptor_version);
    json_known(json, "uefi_revision", view->uefi_revision != 0, view->uefi_revision);
    json_known(json, "installed_bytes", view->installed_bytes != 0, view->installed_bytes);
    json_known(json, "processors", view->processor_count != 0, view->processor_count);
    json_open(json, "not_known", '[', true);
    for (unsigned i = 0; i < VIEW_FACT_COUNT; i++) {
        if (view_knows(view, (enum view_fact)i))
            continue;
        json_open(json, nullptr, '{', false);
        json_string(json, "fact", view_fact_text((enum view_fact)i));
        json_string(json, "reason", view_fact_unless((enum view_fact)i));
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
        json_string(json, "kind", place_kind_text(place->kind));
        if (place->kind == PLACE_ACPI_TABLE)
            json_string(json, "signature", render_signature(place->signature).text);
        else
            json_number(json, "number", place->signature);
        json_hex(json, "start", place->start);
        json_number(json, "bytes", place->size);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "nodes", '[', true);
    for (uint32_t i = 0; i < view->node_count; i++) {
        const struct acpi_node_memory *node = &view->nodes[i];
        json_open(json, nullptr, '{', false);
        json_number(json, "node", node->node);
        json_hex(json, "start", node->start);
        json_number(json, "bytes", node->size);
        json_bool(json, "hot_pluggable", node->hot_pluggable);
        json_bool(json, "non_volatile", node->non_volatile);
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
        json_string(json, "locator", device->locator);
        json_string(json, "bank", device->bank);
        json_known(json, "bytes", !device->is_unknown, device->bytes);
        json_string(json, "type", render_memory_type(device->type).text);
        json_known(json, "speed", device->speed != 0, device->speed);
        json_bool(json, "is_volatile", device->is_volatile);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "mapped_arrays", '[', true);
    for (uint32_t i = 0; i < view->array_count; i++) {
        json_open(json, nullptr, '{', false);
        json_hex(json, "start", view->arrays[i].start);
        json_hex(json, "end", view->arrays[i].end);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_tables(struct json *json, const struct view *view)
{
    const struct view_attributes_table *table = &view->attributes;
    if (table->entries == nullptr) {
        json_word(json, "attributes_table", "null");
    } else {
        json_open(json, "attributes_table", '{', true);
        json_number(json, "version", table->version);
        json_number(json, "descriptor_size", table->descriptor_size);
        json_hex(json, "flags", table->flags);
        json_number(json, "declared_count", table->declared_count);
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
        json_string(json, "table", render_table_name(problem->kind, problem->signature).text);
        json_hex(json, "start", problem->physical);
        json_bool(json, "refused", problem->status != STATUS_OK);
        json_string(json, "sentence", problem->sentence);
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
        json_hex(json, "start", range->start.value);
        json_hex(json, "end", range->end.value);
        json_number(json, "bytes", range->end.value - range->start.value);
        json_string(json, "class", memory_class_name(range->class));
        json_number(json, "descriptor", range->descriptor);
        put_attributes(json, range->attributes);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "classes", '[', true);
    for (unsigned i = 0; i < MEMORY_CLASS_COUNT; i++) {
        json_open(json, nullptr, '{', false);
        json_string(json, "class", memory_class_name((enum memory_class)i));
        json_bool(json, "is_ram", memory_class_is_ram((enum memory_class)i));
        json_number(json, "bytes", map->bytes[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "changes", '[', true);
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        char sentence[RENDER_SENTENCE];
        memory_change_describe(change, view->regions, sentence, sizeof sentence);
        json_open(json, nullptr, '{', false);
        json_hex(json, "start", change->start.value);
        json_hex(json, "end", change->end.value);
        json_number(json, "winner", change->winner);
        json_number(json, "loser", change->loser);
        json_string(json, "sentence", sentence);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* A class, or null where the map did not describe the range. */
static void put_class(struct json *json, const char *name, bool described, enum memory_class class)
{
    if (described)
        json_string(json, name, memory_class_name(class));
    else
        json_word(json, name, "null");
}

static void put_diff(struct json *json, const struct inspection *inspection)
{
    struct map_diff_cursor cursor = {};
    struct map_difference difference;
    if (inspection->last_boot == nullptr)
        return;
    json_open(json, "diff", '{', true);
    json_number(json, "report", inspection->view->last_boot_report);
    json_open(json, "differences", '[', true);
    while (map_diff_next(inspection->last_boot, inspection->map, &cursor, &difference)) {
        json_open(json, nullptr, '{', false);
        json_hex(json, "start", difference.start.value);
        json_hex(json, "end", difference.end.value);
        json_number(json, "bytes", difference.end.value - difference.start.value);
        put_class(json, "class_before", difference.in_before, difference.class_before);
        put_class(json, "class_after", difference.in_after, difference.class_after);
        json_hex(json, "attributes_before", difference.attributes_before);
        json_hex(json, "attributes_after", difference.attributes_after);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void put_lint(struct json *json, const struct inspection *inspection)
{
    const struct lint *lint = inspection->lint;
    json_open(json, "lint", '{', false);
    json_number(json, "errors", lint->counts[LINT_ERROR]);
    json_number(json, "warnings", lint->counts[LINT_WARNING]);
    json_number(json, "notes", lint->counts[LINT_NOTE]);
    json_number(json, "left_out", lint->needed - lint->recorded);
    json_number(json, "rules", lint_rule_count());
    json_number(json, "silent_rules", lint->silent);
    json_close(json, '}');
    json_open(json, "findings", '[', true);
    for (uint32_t i = 0; i < lint->recorded; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        const struct lint_rule *rule = lint_rule_get(finding->rule);
        char sentence[RENDER_SENTENCE];
        lint_sentence(finding, inspection->view, inspection->map, sentence, sizeof sentence);
        json_open(json, nullptr, '{', false);
        json_string(json, "rule", rule->id);
        json_string(json, "severity", lint_severity_word(rule->severity));
        json_string(json, "title", rule->title);
        json_string(json, "sentence", sentence);
        json_string(json, "advice", rule->advice);
        json_string(json, "source", rule->source);
        json_number(json, "count", finding->count);
        json_hex(json, "start", finding->start);
        json_hex(json, "end", finding->end);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_ledger(struct json *json, const struct ledger *ledger)
{
    static const char kinds[][8] = {"total", "taken", "added", "note"};
    static_assert(LEDGER_TOTAL == 0 && LEDGER_TAKEN == 1 && LEDGER_ADDED == 2 && LEDGER_NOTE == 3);
    json_open(json, "ledger", '{', true);
    json_bool(json, "closes", ledger_check(ledger) == nullptr);
    json_bool(json, "projected", ledger->projected);
    json_open(json, "rows", '[', true);
    for (unsigned i = 0; i < LEDGER_ROW_COUNT; i++) {
        const enum ledger_row row = (enum ledger_row)i;
        if ((ledger->known >> i & 1) == 0)
            continue;
        json_open(json, nullptr, '{', false);
        json_string(json, "row", ledger_row_word(row));
        json_string(json, "kind", kinds[ledger_row_kind(row)]);
        json_string(json, "text", ledger_row_text(row));
        json_number(json, "bytes", ledger->bytes[i]);
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
    json_number(&json, "format", JSON_FORMAT);
    json_string(&json, "program", context->program);
    json_string(&json, "source", context->source);
    json_string(&json, "time", context->time);
    put_lint(&json, inspection);
    put_ledger(&json, inspection->ledger);
    put_map(&json, inspection->view, inspection->map);
    put_diff(&json, inspection);
    put_view(&json, inspection->view);
    put_places(&json, inspection->view);
    put_devices(&json, inspection->view);
    put_tables(&json, inspection->view);
    json_close(&json, '}');
    sink_print(sink, "\n");
}
