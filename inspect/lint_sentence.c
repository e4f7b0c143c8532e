/* SPDX-License-Identifier: MIT
 * Sentences: each rule has a pattern, and words in braces become what the finding is about.
 *
 *   {d} {e}   first and second descriptor: "descriptor 12 (EfiConventionalMemory)"; if the source does not know types
 *             of EFI, the class: "descriptor 12 (usable)"
 *   {p} {q}   first and second place: "ACPI table DSDT at 0x1000"
 *   {a} {b}   first and second entry of the memory attributes table: "entry 3"
 *   {n} {m}   first and second node: "node 1 (SRAT entry 4)"
 *   {o}       a problem: "ACPI table SRAT at 0x1000"     {w}  its sentence or status
 *   {r}       the bytes: "0x1000..0x5000 (16 KiB)"       {t}  the type of the first: "0x70000001", "9 of e820"
 *   {c}       the class of the second descriptor: "reserved"
 *   {v} {x} {z} {f}   the value: decimal, hexadecimal, as a size, as attribute bits
 *   {h}       the value in percent of the described memory
 *   {g}       how free the first descriptor is: "free", "free after boot services"
 *   {k}       where the value is above 1: ", the first of 3 such places"
 *   {u}       "the" processor, if it is known; else the most bits that "any" has
 *   {+}       how many more findings it stands for; without it that is said at the end
 *   {R} {I} {C}       described memory, installed memory, the entries that the attributes table has
 *
 * A finding that stands for several says so at the end. What comes from the source is numbers, or four characters
 * that are made printable. */
#include "lint_private.h"

#include <base/string.h>
#include <inspect/render.h>

static const char *const patterns[LINT_RULE_COUNT] = {
    [LINT_FM001_CONFLICT] = "{d} and {e} both claim {r}; the {c} one wins",
    [LINT_FM002_CONTRADICTION] = "{d} and {e} disagree about {r}; the {c} one wins",
    [LINT_FM003_OVERLAP] = "{d} and {e} both describe {r}; it is counted once",
    [LINT_FM004_DUPLICATE] = "{d} and {e} say the same of {r}; it is counted once",
    [LINT_FM005_SHARED_PAGE] = "{d} and {e} share the page at {r}; it becomes {c}",
    [LINT_FM006_EMPTY] = "{d} at {s} has no pages",
    [LINT_FM007_WRAPS] = "{d} at {s} with {v} pages passes 2^64",
    [LINT_FM008_BEYOND_MEMORY] = "{d} makes {r} {g}, above the {v} address bits of {u} processor",
    [LINT_FM009_BEYOND_OTHER] = "{d} describes {r}, above the {v} address bits of {u} processor",
    [LINT_FM010_MISALIGNED] = "{d} describes {r}, which is not page aligned",
    [LINT_FM011_INSIDE_PAGE] =
        "{d} describes {r}, which starts or ends inside a page{+}; rounding loses {z}",
    [LINT_FM012_PAGE_ZERO] = "{d} makes page 0 {g}",
    [LINT_FM013_UNSORTED] = "descriptors are not in order of address: {d} starts below {e}{k}",
    [LINT_FM014_MERGEABLE] = "{d} and {e} follow each other at {r} and do not differ",
    [LINT_FM015_DESCRIPTOR_SIZE] = "the firmware says that a descriptor has {v} bytes",
    [LINT_FM016_DESCRIPTOR_VERSION] = "the firmware says that descriptors have version {v}",
    [LINT_FM017_UNKNOWN_TYPE] = "{d} at {r} has the type {t}, which nobody defines",
    [LINT_FM018_OEM_TYPE] = "{d} at {r} has the type {t} of the manufacturer",
    [LINT_FM019_OS_TYPE] = "{d} at {r} has the type {t} of an operating system's loader",
    [LINT_FM020_ITANIUM_TYPE] = "{d} at {r} has a type that only Itanium uses",
    [LINT_FM021_MEMORY_ERRORS] = "{d} takes {r} out of use",
    [LINT_FM022_RUNTIME_NOT_ALLOWED] =
        "{d} at {r} has the attribute RUNTIME, but its type is given back",
    [LINT_FM023_RUNTIME_MISSING] = "{d} at {r} lacks the attribute RUNTIME",
    [LINT_FM024_UNKNOWN_ATTRIBUTES] = "{d} at {r} has attributes that nobody defines: {f}",
    [LINT_FM025_ISA_NOT_VALID] = "{d} at {r} has {f} without ISA_VALID",
    [LINT_FM026_ISA_EMPTY] = "{d} at {r} has ISA_VALID and none of the bits 44 to 59",
    [LINT_FM027_NO_CACHE_MODE] = "{d} at {r} has no cache mode at all",
    [LINT_FM028_NO_WRITE_BACK] = "{d} makes {r} {g}, though it cannot be write-back",
    [LINT_FM029_PROTECTION_LISTED] = "{d} at {r} can be protected: {f}",
    [LINT_FM030_UNCACHED_EXPORTED] = "{d} at {r} has the attribute UCE",
    [LINT_FM031_DEVICE_CACHEABLE] = "{d} says that the device at {r} can be cached: {f}",
    [LINT_FM032_SPECIFIC_PURPOSE] = "{d} keeps {r} for a specific purpose",
    [LINT_FM033_MORE_RELIABLE] = "{z} of {R} are more reliable, the first of it at {r}",
    [LINT_FM034_UNACCEPTED] = "{d} says that {r} must be accepted first",
    [LINT_FM035_PERSISTENT] = "{d} says that {r} keeps its contents",
    [LINT_FM036_HOT_PLUGGABLE] = "{d} says that {r} may be pulled out",
    [LINT_FM037_ENCRYPTED_PART] = "{z} of {R} can be encrypted, the first of it at {r}",
    [LINT_FM038_ATTRIBUTES_ABSENT] =
        "there is no memory attributes table for {z} of runtime memory",
    [LINT_FM039_ATTRIBUTES_VERSION] =
        "the memory attributes table has version {v}; known are 1 and 2",
    [LINT_FM040_ATTRIBUTES_SIZE] = "the memory attributes table has entries of {v} bytes",
    [LINT_FM041_ATTRIBUTES_CUT] = "the memory attributes table declares {v} entries and has {C}",
    [LINT_FM042_ATTRIBUTES_EMPTY] = "the memory attributes table has no entries",
    [LINT_FM043_ENTRY_BROKEN] =
        "memory attributes {a} at {s} with {v} pages is empty or passes 2^64",
    [LINT_FM044_ENTRY_MISALIGNED] = "memory attributes {a} at {r} is not page aligned",
    [LINT_FM045_ENTRY_UNSORTED] = "memory attributes {a} at {r} starts below the one before it",
    [LINT_FM046_ENTRY_OVERLAP] = "memory attributes {a} and {b} both cover {r}",
    [LINT_FM047_ENTRY_TYPE] =
        "memory attributes {a} at {r} has the type {v}, which is not runtime services code or data",
    [LINT_FM048_ENTRY_OPEN] = "memory attributes {a} leaves {r} writable and executable",
    [LINT_FM049_ENTRY_CONSTANT] = "memory attributes {a} makes {r} read-only and not executable",
    [LINT_FM050_ENTRY_BITS] = "memory attributes {a} at {r} also has {f}",
    [LINT_FM051_ENTRY_NOT_RUNTIME] = "memory attributes {a} at {r} lacks RUNTIME",
    [LINT_FM052_ENTRY_STRAY] = "memory attributes {a} covers {r}, which is not runtime memory",
    [LINT_FM053_RUNTIME_NOT_COVERED] = "no memory attributes entry covers {r} of {d}",
    [LINT_FM054_PLACE_BEYOND] = "the {p} reaches above the {v} address bits of {u} processor",
    [LINT_FM055_TABLE_IN_FREE_MEMORY] = "the {p} lies in {r}, which {e} gives as free memory",
    [LINT_FM056_TABLE_GIVEN_BACK] = "the {p} lies in {r}, which {e} gives back",
    [LINT_FM057_TABLE_MISPLACED] = "the {p} lies in {r}, which {e} calls {c}",
    [LINT_FM058_TABLE_NOT_DESCRIBED] = "the {p} lies in {r}, which no descriptor covers",
    [LINT_FM059_FACS_MISPLACED] = "the {p} lies in {r}, which {e} calls {c} and not ACPI NVS",
    [LINT_FM060_SYSTEM_TABLE_MISPLACED] =
        "the {p} lies in {r}, which {e} calls {c} and not runtime data",
    [LINT_FM061_DEVICE_IN_MEMORY] = "the {p} is in the way of {r}, which {e} gives as {c} memory",
    [LINT_FM062_DEVICE_MISPLACED] = "the {p} covers {r}, which {e} calls {c}",
    [LINT_FM063_ECAM_NOT_DESCRIBED] = "the {p} covers {r}, which no descriptor reserves",
    [LINT_FM064_FRAMEBUFFER_IN_MEMORY] = "the {p} covers {r}, which {e} gives as {c} memory",
    [LINT_FM065_PLACES_OVERLAP] = "the {p} and the {q} share {r}",
    [LINT_FM066_TABLE_REFUSED] = "the {o} is refused: {w}",
    [LINT_FM067_TABLE_DOUBTFUL] = "the {o} is odd: {w}",
    [LINT_FM068_MORE_THAN_INSTALLED] =
        "the map describes {R} of memory, {z} more than the {I} installed",
    [LINT_FM069_LESS_THAN_INSTALLED] = "of {I} installed {z} are not described as memory",
    [LINT_FM070_NODE_WRAPS] = "{n} has memory from {s} on that passes 2^64",
    [LINT_FM071_NODES_OVERLAP] = "{n} and {m} both claim {r}",
    [LINT_FM072_MEMORY_WITHOUT_NODE] =
        "{z} of memory belong to no node, the first of it at {r} in {d}",
    [LINT_FM073_NODE_NOT_DESCRIBED] =
        "{n} has {z} that the map does not describe, the first of it at {r}",
    [LINT_FM074_MEMORY_WITHOUT_ARRAY] =
        "SMBIOS maps no array to {z} of memory, the first of it at {r} in {d}",
    [LINT_FM075_NOTHING_USABLE] = "no descriptor gives usable memory",
    [LINT_FM076_NOTHING_BELOW_4_GIB] = "the lowest usable memory is at {r}, in {d}",
    [LINT_FM077_HOLE_AT_4_GIB] = "nothing describes the page at {r}, though {d} follows it",
    [LINT_FM078_FRAGMENTED] = "usable memory is in {v} pieces; the largest is {r}",
    [LINT_FM079_E820_TOO_MANY] = "the map has {v} entries as e820; 128 have room in the zero page",
    [LINT_FM080_BOOT_SERVICES_SHARE] = "boot services hold {z} of {R}, {h} percent",
    [LINT_FM081_NO_LOW_MEMORY] =
        "below 1 MiB nothing is usable; memory there starts at {r}, in {d}",
    [LINT_FM082_VIDEO_HOLE_USABLE] = "{d} makes {r} {g}",
    [LINT_FM083_EXTENDED_DATA_AREA] = "between {d} and 640 KiB nothing is free: {r}",
    [LINT_FM084_DEVICE_AS_MEMORY] = "{d} calls {r} memory, though it cannot be write-back",
};

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
    format_text(phrase.text, sizeof phrase.text, "%s%s%s at 0x%" PRIx64,
                is_known ? kinds[problem->kind] : "table", has_name ? " " : "",
                has_name ? signature_phrase(problem->signature).text : "", problem->physical);
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
    const char *pattern = finding->rule < LINT_RULE_COUNT ? patterns[finding->rule] : "";
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
