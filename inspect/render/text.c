/* SPDX-License-Identifier: MIT
 * An inspection as a person reads it, in lines of RENDER_COLUMNS: first what was found, then where the memory went,
 * then the map and all it was made from. */
#include <inspect/words.h>

#include <base/string.h>

#include <stdckdint.h>

void render_text_raw(const struct view *view, const struct text_sink *sink)
{
    constexpr int type_width = 22;
    const bool lines = view->lines != nullptr;
    sink_print(sink, "Descriptors in the source's order\n%5s%s %16s %13s %10s  %-*s  %s\n", "#",
               lines ? "   line" : "", "start", "pages", "size", type_width, "EFI type",
               "attributes");
    for (uint32_t i = 0; i < view->region_count; i++) {
        const struct boot_region *region = &view->regions[i];
        char line[160], number[16] = "", type[40];
        if (lines)
            format_text(number, sizeof number, " %6u", view->lines[i]);
        efi_type_text(region->efi_type, type, sizeof type);
        format_text(line, sizeof line, "%5u%s %16" PRIx64 " %13" PRIu64 " %10s  %-*s  ", i, number,
                    region->phys_start, region->page_count,
                    render_size(render_region_bytes(region)).text, type_width, type);
        render_attributes(sink, line, region->efi_attributes);
        if (region->bytes_less != 0)
            sink_print(sink, "%5s its last page lacks %u bytes\n", "", region->bytes_less);
    }
}

void render_text_map(const struct memory_map *map, const struct text_sink *sink)
{
    sink_print(sink, "Memory map: sorted, repaired; \"end\" is the first address behind a range\n");
    uint64_t all = 0, ram = 0, attributes = 0;
    for (size_t i = 0; i < map->range_count; i++)
        attributes |= map->ranges[i].attributes;
    sink_print(sink, "%13s %13s %10s  %-16s %6s%s\n", "start", "end", "size", "class", "#",
               attributes != 0 ? "  attributes" : "");
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        const uint64_t bytes = range->end.value - range->start.value;
        char line[160];
        format_text(line, sizeof line, "%13" PRIx64 " %13" PRIx64 " %10s  %-16s %6u%s",
                    range->start.value, range->end.value, size_text(bytes).text,
                    memory_class_name(range->class), range->descriptor,
                    attributes != 0 ? "  " : "");
        if (attributes != 0)
            render_attributes(sink, line, range->attributes);
        else /* a source that does not print them: no column of zeros */
            sink_print(sink, "%s\n", line);
    }
    sink_print(sink, "\n%-16s %26s %10s\n", "Class", "bytes", "size");
    for (unsigned i = 0; i < MEMORY_CLASS_COUNT; i++) {
        const enum memory_class class = (enum memory_class)i;
        if (map->bytes[i] == 0)
            continue;
        sink_print(sink, "%-16s %26s %10s%s\n", memory_class_name(class),
                   render_grouped(map->bytes[i]).text, size_text(map->bytes[i]).text,
                   memory_class_is_ram(class) ? "" : "  not RAM");
        all += map->bytes[i];
        ram += memory_class_is_ram(class) ? map->bytes[i] : 0;
    }
    sink_print(sink, "%-16s %26s %10s\n", "RAM", render_grouped(ram).text, size_text(ram).text);
    sink_print(sink, "%-16s %26s %10s\n", "all", render_grouped(all).text, size_text(all).text);
}

void render_text_changes(const struct view *view, const struct memory_map *map,
                         const struct text_sink *sink)
{
    sink_print(sink, "%zu change%s on the way from %u descriptor%s to %zu range%s\n",
               map->change_count, map->change_count == 1 ? "" : "s", view->region_count,
               view->region_count == 1 ? "" : "s", map->range_count,
               map->range_count == 1 ? "" : "s");
    for (size_t i = 0; i < map->change_count; i++) {
        char sentence[RENDER_SENTENCE];
        memory_change_describe(&map->changes[i], view->regions, sentence, sizeof sentence);
        sink_print(sink, "  ");
        render_wrapped(sink, 2, sentence);
    }
}

/* ---- totals ---- */

struct total {
    uint32_t descriptors;
    uint64_t bytes; /* UINT64_MAX: more */
};

static void add_region(struct total *total, const struct boot_region *region)
{
    total->descriptors++;
    if (ckd_add(&total->bytes, total->bytes, render_region_bytes(region)))
        total->bytes = UINT64_MAX;
}

static void print_total(const struct text_sink *sink, const char *name, const struct total *total)
{
    const bool fits = total->bytes != UINT64_MAX;
    sink_print(sink, "%-28s %11u %26s %10s\n", name, total->descriptors,
               fits ? render_grouped(total->bytes).text : "", render_size(total->bytes).text);
}

/* The lowest type from `least` on, and its total; false: there is none. */
static bool next_type(const struct view *view, uint64_t least, uint32_t *type, struct total *total)
{
    *total = (struct total){};
    for (uint32_t i = 0; i < view->region_count; i++) {
        const struct boot_region *region = &view->regions[i];
        if (region->efi_type < least || (total->descriptors != 0 && region->efi_type > *type))
            continue;
        if (total->descriptors == 0 || region->efi_type < *type)
            *total = (struct total){};
        *type = region->efi_type;
        add_region(total, region);
    }
    return total->descriptors != 0;
}

static void print_types(const struct view *view, const struct text_sink *sink)
{
    /* A pass over the descriptors for each type: no memory, and still linear, since the rest is one line. */
    constexpr unsigned most = 48;
    uint64_t least = 0;
    struct total total;
    for (unsigned row = 0; row < most; row++) {
        uint32_t type;
        if (!next_type(view, least, &type, &total))
            return;
        char name[40];
        efi_type_text(type, name, sizeof name);
        print_total(sink, name, &total);
        least = (uint64_t)type + 1;
    }
    total = (struct total){};
    for (uint32_t i = 0; i < view->region_count; i++)
        if (view->regions[i].efi_type >= least)
            add_region(&total, &view->regions[i]);
    if (total.descriptors != 0)
        print_total(sink, "more types", &total);
}

void render_text_types(const struct view *view, const struct text_sink *sink)
{
    sink_print(sink, "%-28s %11s %26s %10s\n", "EFI type (as described)", "descriptors", "bytes",
               "size");
    print_types(view, sink);
    if (!view_knows(view, VIEW_FACT_ATTRIBUTES))
        return;
    struct total bits[65] = {}; /* the last: no attribute at all */
    for (uint32_t i = 0; i < view->region_count; i++) {
        const struct boot_region *region = &view->regions[i];
        for (uint64_t left = region->efi_attributes; left != 0; left &= left - 1)
            add_region(&bits[__builtin_ctzll(left)], region);
        if (region->efi_attributes == 0)
            add_region(&bits[64], region);
    }
    sink_print(sink, "\n%-28s %11s %26s %10s\n", "Attribute (as described)", "descriptors", "bytes",
               "size");
    for (unsigned i = 0; i < 65; i++) {
        char name[24] = "none";
        if (i < 64)
            efi_attributes_text(UINT64_C(1) << i, name, sizeof name);
        if (bits[i].descriptors != 0)
            print_total(sink, name, &bits[i]);
    }
}

/* ---- the whole ---- */

static void print_fact(const struct text_sink *sink, const char *name, const char *text)
{
    if (*text == '\0')
        return;
    sink_print(sink, "%-10s ", name);
    render_wrapped(sink, 11, text);
}

static void print_head(const struct inspection *inspection, const struct render_context *context,
                       const struct text_sink *sink)
{
    const struct view *view = inspection->view;
    char text[96];
    print_fact(sink, "report", context->program);
    print_fact(sink, "time", context->time);
    print_fact(sink, "source", context->source);
    format_text(text, sizeof text, "%s; %u descriptors, %zu ranges", view_form_text(view->form),
                view->region_count, inspection->map->range_count);
    print_fact(sink, "form", text);
    print_fact(sink, "machine", view->machine);
    print_fact(sink, "firmware", view->vendor);
    if (view->uefi_revision != 0) {
        const unsigned minor = view->uefi_revision & 0xFFFF;
        format_text(text, sizeof text, "UEFI %u.%u%s%.*u", view->uefi_revision >> 16, minor / 10,
                    minor % 10 != 0 ? "." : "", minor % 10 != 0 ? 1 : 0, minor % 10);
        print_fact(sink, "interface", text);
    }
}

static void print_unknown(const struct view *view, const struct text_sink *sink)
{
    bool first = true;
    for (unsigned i = 0; i < VIEW_FACT_COUNT; i++) {
        const enum view_fact fact = (enum view_fact)i;
        if (view_knows(view, fact))
            continue;
        sink_print(sink, "%s  %-32s %s\n", first ? "\nNot known from this source\n" : "",
                   view_fact_text(fact), view_fact_unless(fact));
        first = false;
    }
}

static void print_last_boot(const struct inspection *inspection, const struct text_sink *sink)
{
    if (inspection->last_boot == nullptr)
        return;
    sink_print(sink, "Since the last boot (report %04u)\n", inspection->view->last_boot_report);
    render_text_diff(inspection->last_boot, inspection->map, sink);
    sink_print(sink, "\n");
}

void render_text(const struct inspection *inspection, const struct render_context *context,
                 const struct text_sink *sink)
{
    print_head(inspection, context, sink);
    sink_print(sink, "\n");
    render_text_lint(inspection, context, sink);
    const bool has_map = inspection->view->region_count != 0;
    if (has_map) {
        sink_print(sink, "\n");
        render_text_ledger(inspection->ledger, sink);
        sink_print(sink, "\n");
        render_text_map(inspection->map, sink);
        sink_print(sink, "\n");
        render_text_changes(inspection->view, inspection->map, sink);
        sink_print(sink, "\n");
        print_last_boot(inspection, sink);
        render_text_types(inspection->view, sink);
    }
    render_text_tables(inspection->view, sink);
    if (has_map)
        print_unknown(inspection->view, sink);
    else
        sink_print(sink, "\nThere is no memory map in this source.\n");
}
