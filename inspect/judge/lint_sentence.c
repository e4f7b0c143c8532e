/* SPDX-License-Identifier: MIT
 * Sentences: each rule has a pattern (lint_patterns.c), and words in braces become what the finding is about.
 * A finding that stands for several says so at the end. What comes from the source is numbers, or four characters
 * that are made printable. */
#include "lint_private.h"

#include <base/string.h>
#include <inspect/efi_names.h>

struct phrase {
    char text[160];
};
struct telling {
    const struct lint_finding *finding;
    const struct view *view;
    const struct memory_map *map;
};

static struct phrase number(const char *format, uint64_t value)
{
    struct phrase phrase;
    if (format[0] == 'x')
        format_text(phrase.text, sizeof phrase.text, "0x%" PRIx64, value);
    else
        format_text(phrase.text, sizeof phrase.text, "%" PRIu64, value);
    return phrase;
}

static struct phrase type_phrase(uint64_t type)
{
    struct phrase phrase;
    if (type < VIEW_E820_TYPE || type > VIEW_E820_TYPE_LAST)
        return number("x", type);
    format_text(phrase.text, sizeof phrase.text, "%" PRIu64 " of e820", type - VIEW_E820_TYPE);
    return phrase;
}

static struct phrase descriptor_phrase(const struct view *view, uint32_t index)
{
    struct phrase phrase = {"no descriptor"};
    if (index < view->region_count)
        format_text(phrase.text, sizeof phrase.text, "descriptor %u (%s)", index,
                    view_knows(view, VIEW_FACT_EFI_TYPES)
                        ? efi_type_name(view->regions[index].efi_type)
                        : memory_class_name(memory_class_of_region(&view->regions[index])));
    return phrase;
}

static struct phrase signature_phrase(uint32_t signature)
{
    struct phrase phrase = {};
    for (unsigned i = 0; i < sizeof signature; i++) {
        const char c = (char)(signature >> 8 * i & 0xFF);
        phrase.text[i] = '?';
        if (c >= ' ' && c <= '~')
            phrase.text[i] = c;
    }
    return phrase;
}

static struct phrase place_phrase(const struct view *view, uint32_t index)
{
    struct phrase phrase = {"place"}, which = {};
    if (index >= view->place_count)
        return phrase;
    const struct view_place *place = &view->places[index];
    if (place->kind == PLACE_ACPI_TABLE)
        which = signature_phrase(place->signature);
    else if (place->kind == PLACE_IO_APIC)
        which = number("", place->signature);
    else if (place->kind == PLACE_ECAM)
        format_text(which.text, sizeof which.text, "of segment %u from bus %u",
                    place->signature >> 16, place->signature & 0xFFFF);
    format_text(phrase.text, sizeof phrase.text, "%s%s%s at 0x%" PRIx64,
                place_kind_text(place->kind), which.text[0] != '\0' ? " " : "", which.text,
                place->start);
    return phrase;
}

static struct phrase node_phrase(const struct view *view, uint32_t index)
{
    struct phrase phrase = {"node"};
    if (index < view->node_count)
        format_text(phrase.text, sizeof phrase.text, "node %u (SRAT range %u)",
                    view->nodes[index].node, index);
    return phrase;
}

static struct phrase problem_phrase(const struct view *view, uint32_t index, bool what_is_wrong)
{
    static const char *const kinds[] = {
        [BOOT_TABLE_ACPI] = "ACPI table",
        [BOOT_TABLE_SMBIOS] = "SMBIOS table",
        [BOOT_TABLE_MEMORY_ATTRIBUTES] = "memory attributes table",
        [BOOT_TABLE_ESRT] = "ESRT",
        [BOOT_TABLE_BGRT_IMAGE] = "boot logo",
    };
    struct phrase phrase = {"table"};
    if (index >= view->problem_count)
        return phrase;
    const struct view_problem *problem = &view->problems[index];
    if (what_is_wrong) {
        format_text(phrase.text, sizeof phrase.text, "%s",
                    problem->sentence != nullptr ? problem->sentence
                                                 : status_text(problem->status));
        return phrase;
    }
    const bool is_known =
        problem->kind >= BOOT_TABLE_ACPI && problem->kind <= BOOT_TABLE_BGRT_IMAGE;
    const bool has_name = problem->kind == BOOT_TABLE_ACPI && problem->signature != 0;
    const int length = format_text(phrase.text, sizeof phrase.text, "%s%s%s",
                                   is_known ? kinds[problem->kind] : "table", has_name ? " " : "",
                                   has_name ? signature_phrase(problem->signature).text : "");
    if (problem->physical != 0) /* a table from a file is nowhere */
        format_text(phrase.text + length, sizeof phrase.text - (size_t)length, " at 0x%" PRIx64,
                    problem->physical);
    return phrase;
}

static uint64_t described_bytes(const struct memory_map *map)
{
    uint64_t bytes = 0;
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++)
        if (memory_class_is_ram((enum memory_class) class))
            bytes += map->bytes[class];
    return bytes;
}

static struct phrase size_phrase(uint64_t bytes)
{
    struct phrase phrase;
    format_text(phrase.text, sizeof phrase.text, "%s", size_text(bytes).text);
    return phrase;
}

/* Whole percent, without overflow: sizes are below 2^57 where this is asked. */
static uint64_t percent_of(uint64_t part, uint64_t whole)
{
    return whole / 100 == 0 ? 0 : part / (whole / 100);
}

static struct phrase range_phrase(const struct lint_finding *finding)
{
    struct phrase phrase;
    format_text(phrase.text, sizeof phrase.text, "0x%" PRIx64 "..0x%" PRIx64 " (%s)",
                finding->start, finding->end, size_text(finding->end - finding->start).text);
    return phrase;
}

/* The class that the second descriptor has; that of the bytes, where there is only one. */
static struct phrase class_phrase(const struct telling *telling)
{
    struct phrase phrase = {"unknown"};
    const uint32_t index = telling->finding->second;
    if (index < telling->view->region_count)
        format_text(phrase.text, sizeof phrase.text, "%s",
                    memory_class_name(memory_class_of_region(&telling->view->regions[index])));
    return phrase;
}

/* Free memory is free at once, or when boot services and the loader give it back. */
static struct phrase free_phrase(const struct telling *telling)
{
    const uint32_t index = telling->finding->first;
    if (index < telling->view->region_count &&
        memory_class_of_region(&telling->view->regions[index]) == MEMORY_USABLE)
        return (struct phrase){"free"};
    return (struct phrase){"free after boot services"};
}

static struct phrase places_phrase(uint64_t count)
{
    struct phrase phrase = {};
    if (count > 1)
        format_text(phrase.text, sizeof phrase.text, ", the first of %" PRIu64 " such places",
                    count);
    return phrase;
}

static struct phrase attributes_phrase(uint64_t attributes)
{
    struct phrase phrase;
    efi_attributes_text(attributes, phrase.text, sizeof phrase.text);
    return phrase;
}

static struct phrase entry_phrase(uint32_t index)
{
    struct phrase phrase;
    format_text(phrase.text, sizeof phrase.text, "entry %u", index);
    return phrase;
}

static struct phrase amount_word(const struct telling *telling, char word)
{
    switch (word) {
    case 'R':
        return size_phrase(described_bytes(telling->map));
    case 'I':
        return size_phrase(telling->view->installed_bytes);
    case 'C':
        return number("", telling->view->attributes.count);
    case 'h':
        return number("", percent_of(telling->finding->value, described_bytes(telling->map)));
    case 'v':
        return number("", telling->finding->value);
    case 't':
        return type_phrase(telling->finding->value);
    case 'z':
        return size_phrase(telling->finding->value);
    case 'f':
        return attributes_phrase(telling->finding->value);
    case 'u':
        return view_knows(telling->view, VIEW_FACT_PHYS_BITS) ? (struct phrase){"the"}
                                                              : (struct phrase){"any"};
    case 'k':
        return places_phrase(telling->finding->value);
    case 's':
        return number("x", telling->finding->start);
    default:
        return range_phrase(telling->finding);
    }
}

static struct phrase word_phrase(const struct telling *telling, char word)
{
    const struct lint_finding *finding = telling->finding;
    const struct view *view = telling->view;
    switch (word) {
    case 'd':
        return descriptor_phrase(view, finding->first);
    case 'e':
        return descriptor_phrase(view, finding->second);
    case 'p':
        return place_phrase(view, finding->first);
    case 'q':
        return place_phrase(view, finding->second);
    case 'a':
        return entry_phrase(finding->first);
    case 'b':
        return entry_phrase(finding->second);
    case 'n':
        return node_phrase(view, finding->first);
    case 'm':
        return node_phrase(view, finding->second);
    case 'o':
        return problem_phrase(view, finding->first, false);
    case 'w':
        return problem_phrase(view, finding->first, true);
    case 'c':
        return class_phrase(telling);
    case 'g':
        return free_phrase(telling);
    default:
        return amount_word(telling, word);
    }
}

/* " (and 12 more like it, 3 MiB together)" */
static int tell_others(const struct lint_finding *finding, bool size_is_told, char *buffer,
                       size_t size)
{
    if (finding->count <= 1)
        return 0;
    if (lint_rule_shape(finding->rule).joining == LINT_SUM && finding->value > 0 && !size_is_told)
        return format_text(buffer, size, " (and %u more like it, %s together)", finding->count - 1,
                           size_text(finding->value).text);
    return format_text(buffer, size, " (and %u more like it)", finding->count - 1);
}

int lint_sentence(const struct lint_finding *finding, const struct view *view,
                  const struct memory_map *map, char *buffer, size_t size)
{
    const struct telling telling = {finding, view, map};
    size_t length = 0;
    bool size_is_told = false, others_are_told = false;
    buffer[0] = '\0';
    const char *pattern = lint_pattern(finding->rule);
    for (const char *at = pattern; *at != '\0';) {
        const char *brace = strchr(at, '{');
        const size_t plain = brace != nullptr ? (size_t)(brace - at) : strlen(at);
        length += (size_t)format_text(buffer + length, size - length, "%.*s", (int)plain, at);
        if (brace == nullptr)
            break;
        at = brace + 3; /* {x} */
        if (brace[1] == '+') {
            length += (size_t)tell_others(finding, true, buffer + length, size - length);
            others_are_told = true;
            continue;
        }
        length += (size_t)format_text(buffer + length, size - length, "%s",
                                      word_phrase(&telling, brace[1]).text);
        size_is_told |= brace[1] == 'z';
    }
    if (!others_are_told)
        length += (size_t)tell_others(finding, size_is_told, buffer + length, size - length);
    return (int)length;
}
