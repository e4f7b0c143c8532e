/* SPDX-License-Identifier: MIT
 * What the tables of the firmware say about memory, as a person reads it. Each part starts with an empty line, and
 * is left out where the source says nothing of it. */
#include <inspect/words.h>

static void print_places(const struct view *view, const struct text_sink *sink)
{
    if (view->place_count != 0)
        sink_print(sink, "\n%-44s %16s %10s\n", "Tables and devices", "start", "size");
    for (uint32_t i = 0; i < view->place_count; i++) {
        const struct view_place *place = &view->places[i];
        const uint32_t number = place->signature;
        char name[64];
        if (place->kind == PLACE_ACPI_TABLE)
            format_text(name, sizeof name, "%s %s", place_kind_text(place->kind),
                        render_signature(number).text);
        else if (place->kind == PLACE_IO_APIC)
            format_text(name, sizeof name, "%s %u", place_kind_text(place->kind), number);
        else if (place->kind == PLACE_ECAM)
            format_text(name, sizeof name, "%s %u:%02x", place_kind_text(place->kind), number >> 16,
                        number & 0xFFFF);
        else
            format_text(name, sizeof name, "%s", place_kind_text(place->kind));
        sink_print(sink, "%-44s %16" PRIx64, name, place->start);
        if (place->size > 1)
            sink_print(sink, " %10s", size_text(place->size).text);
        sink_print(sink, "\n");
    }
}

static void print_nodes(const struct view *view, const struct text_sink *sink)
{
    if (view->node_count != 0)
        sink_print(sink, "\nMemory of NUMA nodes (SRAT)\n%5s %16s %10s\n", "node", "start", "size");
    for (uint32_t i = 0; i < view->node_count; i++) {
        const struct acpi_node_memory *node = &view->nodes[i];
        sink_print(sink, "%5u %16" PRIx64 " %10s%s%s\n", node->node, node->start,
                   size_text(node->size).text, node->hot_pluggable ? "  hot-pluggable" : "",
                   node->non_volatile ? "  non-volatile" : "");
    }
}

static void print_devices(const struct view *view, const struct text_sink *sink)
{
    if (view->device_count != 0)
        sink_print(sink, "\nMemory devices (SMBIOS)\n");
    for (uint32_t i = 0; i < view->device_count; i++) {
        const struct view_memory_device *device = &view->devices[i];
        char line[160];
        if (device->is_unknown)
            format_text(line, sizeof line, "size not known");
        else if (device->bytes == 0)
            format_text(line, sizeof line, "empty");
        else
            format_text(line, sizeof line, "%s", size_text(device->bytes).text);
        sink_print(sink, "%14s  ", line);
        int length = 0;
        if (device->bytes != 0) {
            length += format_text(line, sizeof line, "%s ", render_memory_type(device->type).text);
            if (device->speed != 0)
                length += format_text(line + length, sizeof line - (size_t)length, "%u MT/s ",
                                      device->speed);
        }
        format_text(line + length, sizeof line - (size_t)length, "%s%s%s%s",
                    device->is_volatile || device->bytes == 0 ? "" : "(not RAM) ", device->locator,
                    device->bank[0] != '\0' ? ", " : "", device->bank);
        render_wrapped(sink, 16, line);
    }
    for (uint32_t i = 0; i < view->array_count; i++)
        sink_print(sink, "%14s  mapped at %" PRIx64 "..%" PRIx64 "\n",
                   size_text(view->arrays[i].end - view->arrays[i].start).text,
                   view->arrays[i].start, view->arrays[i].end);
}

static void print_attributes_table(const struct view *view, const struct text_sink *sink)
{
    const struct view_attributes_table *table = &view->attributes;
    if (table->entries == nullptr)
        return;
    sink_print(sink,
               "\nMemory attributes table: version %u, %u of %u entries of %u bytes, flags 0x%x\n"
               "%16s %10s  %-22s  %s\n",
               table->version, table->count, table->declared_count, table->descriptor_size,
               table->flags, "start", "size", "EFI type", "attributes");
    for (uint32_t i = 0; i < table->count; i++) {
        const struct boot_region *entry = &table->entries[i];
        char line[160], type[40];
        efi_type_text(entry->efi_type, type, sizeof type);
        format_text(line, sizeof line, "%16" PRIx64 " %10s  %-22s  ", entry->phys_start,
                    render_size(render_region_bytes(entry)).text, type);
        render_attributes(sink, line, entry->efi_attributes);
    }
}

static void print_problems(const struct view *view, const struct text_sink *sink)
{
    if (view->problem_count != 0)
        sink_print(sink, "\nTables that are damaged\n");
    for (uint32_t i = 0; i < view->problem_count; i++) {
        const struct view_problem *problem = &view->problems[i];
        char line[RENDER_SENTENCE];
        format_text(line, sizeof line, "%s at 0x%" PRIx64 "%s: %s",
                    render_table_name(problem->kind, problem->signature).text, problem->physical,
                    problem->status == STATUS_OK ? "" : " refused", problem->sentence);
        sink_print(sink, "  ");
        render_wrapped(sink, 2, line);
    }
}

void render_text_tables(const struct view *view, const struct text_sink *sink)
{
    print_places(view, sink);
    print_nodes(view, sink);
    print_devices(view, sink);
    print_attributes_table(view, sink);
    print_problems(view, sink);
}
