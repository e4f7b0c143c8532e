/* SPDX-License-Identifier: MIT
 * Lint of sums: how much memory there is, of what kind, in how many pieces; against what SMBIOS says is installed.
 * One pass over the judged ranges collects what all rules here need. */
#include "lint_private.h"

#include <inspect/e820.h>

/* SMBIOS counts modules; flash and device memory that a map calls memory are smaller than this. */
constexpr uint64_t INSTALLED_TOLERANCE = MIB;
/* What graphics and firmware keep for themselves is ordinary up to here. */
constexpr uint64_t HIDDEN_MIN = 64 * MIB;
constexpr uint64_t HIDDEN_FRACTION = 16;
/* Measured: firmware leaves 5 to 25 usable pieces (corpus); beyond this large pages and DMA buffers get rare. */
constexpr uint64_t PIECES_MAX = 64;
/* Boot services take 5 to 8 percent of a machine with 512 MiB, less of larger ones. */
constexpr uint64_t BOOT_SERVICES_FRACTION = 10;

/* Memory with an attribute: how much, and where it starts. */
struct part {
    uint64_t bytes;
    const struct memory_range *first;
};
struct totals {
    uint64_t memory;  /* all classes that are RAM */
    struct part free; /* usable, at once or after boot services */
    struct part reliable, encrypted;
    uint64_t pieces; /* of usable memory, neighbours being one */
    uint64_t largest_start, largest_end;
    uint64_t e820_entries;
};

static void add_part(struct part *part, const struct memory_range *range)
{
    part->bytes += range->end.value - range->start.value;
    if (part->first == nullptr)
        part->first = range;
}

static struct totals totals_of(const struct memory_map *map)
{
    struct totals totals = {};
    enum e820_type types[MEMORY_CLASS_COUNT];
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++) {
        types[class] = e820_type_of((enum memory_class) class);
        if (lint_class_in((enum memory_class) class, LINT_RAM_CLASSES))
            totals.memory += map->bytes[class];
    }
    uint64_t previous_end = UINT64_MAX, piece_start = 0, piece_end = UINT64_MAX;
    enum e820_type previous_type = E820_USABLE;
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        const uint64_t start = range->start.value, end = range->end.value;
        const enum e820_type type = types[range->class];
        totals.e820_entries += start != previous_end || type != previous_type;
        previous_end = end;
        previous_type = type;
        if (lint_class_in(range->class, LINT_FREE_CLASSES))
            add_part(&totals.free, range);
        if (range->class == MEMORY_USABLE) {
            if (start != piece_end) {
                totals.pieces++;
                piece_start = start;
            }
            piece_end = end;
            if (end - piece_start > totals.largest_end - totals.largest_start) {
                totals.largest_start = piece_start;
                totals.largest_end = end;
            }
        }
        if ((range->attributes & (EFI_ATTRIBUTE_MORE_RELIABLE | EFI_ATTRIBUTE_CPU_CRYPTO)) == 0 ||
            !lint_class_in(range->class, LINT_RAM_CLASSES))
            continue;
        if ((range->attributes & EFI_ATTRIBUTE_MORE_RELIABLE) != 0)
            add_part(&totals.reliable, range);
        if ((range->attributes & EFI_ATTRIBUTE_CPU_CRYPTO) != 0)
            add_part(&totals.encrypted, range);
    }
    return totals;
}

static void found_value(struct lint_run *run, enum lint_rule_number rule, uint64_t value)
{
    lint_found(run, &(struct lint_finding){
                        .rule = rule, .first = LINT_NONE, .second = LINT_NONE, .value = value});
}

static void found_range(struct lint_run *run, enum lint_rule_number rule,
                        const struct memory_range *range, uint64_t value)
{
    lint_found(run, &(struct lint_finding){.rule = rule,
                                           .first = range->descriptor,
                                           .second = LINT_NONE,
                                           .start = range->start.value,
                                           .end = range->end.value,
                                           .value = value});
}

static void lint_installed(struct lint_run *run, const struct totals *totals)
{
    const uint64_t installed = run->view->installed_bytes,
                   described = totals->memory - run->map->bytes[MEMORY_PERSISTENT];
    if (installed == 0)
        return;
    if (described > lint_add(installed, INSTALLED_TOLERANCE))
        found_value(run, LINT_FM068_MORE_THAN_INSTALLED, described - installed);
    else if (described < installed && installed - described >= HIDDEN_MIN &&
             installed - described > installed / HIDDEN_FRACTION)
        found_value(run, LINT_FM069_LESS_THAN_INSTALLED, installed - described);
}

static void lint_pieces(struct lint_run *run, const struct totals *totals)
{
    if (totals->pieces > PIECES_MAX)
        lint_found(run, &(struct lint_finding){.rule = LINT_FM078_FRAGMENTED,
                                               .first = LINT_NONE,
                                               .second = LINT_NONE,
                                               .start = totals->largest_start,
                                               .end = totals->largest_end,
                                               .value = totals->pieces});
    if (totals->e820_entries > E820_ZERO_PAGE_ENTRIES)
        found_value(run, LINT_FM079_E820_TOO_MANY, totals->e820_entries);
}

static void lint_where(struct lint_run *run, const struct totals *totals)
{
    const struct memory_map *map = run->map;
    if (totals->free.bytes == 0)
        found_value(run, LINT_FM075_NOTHING_USABLE, 0);
    else if (totals->free.first->start.value >= 4 * GIB)
        found_range(run, LINT_FM076_NOTHING_BELOW_4_GIB, totals->free.first, 0);
    const struct memory_range *after = memory_map_find(map, phys_addr(4 * GIB + PAGE_SIZE));
    if (after != nullptr && after->start.value == 4 * GIB + PAGE_SIZE &&
        memory_class_is_ram(after->class) && memory_map_find(map, phys_addr(4 * GIB)) == nullptr)
        lint_found(run, &(struct lint_finding){.rule = LINT_FM077_HOLE_AT_4_GIB,
                                               .first = after->descriptor,
                                               .second = LINT_NONE,
                                               .start = 4 * GIB,
                                               .end = 4 * GIB + PAGE_SIZE});
}

void lint_run_totals(struct lint_run *run)
{
    const struct view *view = run->view;
    const struct totals totals = totals_of(run->map);
    if (view_knows(view, VIEW_FACT_DESCRIPTOR_SIZE)) {
        const uint32_t size = view->descriptor_size;
        if (size < 40 || size % 8 != 0) /* UEFI 2.10, 7.2.3: five fields, aligned to 8 */
            found_value(run, LINT_FM015_DESCRIPTOR_SIZE, size);
        if (view->descriptor_version != 1)
            found_value(run, LINT_FM016_DESCRIPTOR_VERSION, view->descriptor_version);
    }
    if (totals.reliable.bytes > 0)
        found_range(run, LINT_FM033_MORE_RELIABLE, totals.reliable.first, totals.reliable.bytes);
    if (totals.encrypted.bytes > 0 && totals.encrypted.bytes < totals.memory)
        found_range(run, LINT_FM037_ENCRYPTED_PART, totals.encrypted.first, totals.encrypted.bytes);
    lint_installed(run, &totals);
    lint_where(run, &totals);
    lint_pieces(run, &totals);
    const uint64_t boot_services = run->map->bytes[MEMORY_BOOT_SERVICES];
    if (boot_services > totals.memory / BOOT_SERVICES_FRACTION)
        found_value(run, LINT_FM080_BOOT_SERVICES_SHARE, boot_services);
}
