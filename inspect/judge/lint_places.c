/* SPDX-License-Identifier: MIT
 * Lint of places: tables and devices that have an address of their own, against what the map says of that address.
 *
 * Shape:   a row a kind says which classes are right for it, and which rule speaks otherwise. A place may lie in
 *          several ranges; the gravest is told, once. Of a place at most RANGES_MAX ranges are looked at, so that
 *          10 000 places that each cover the whole map cost no more than 10 000 places.
 * Where types were folded into those of a BIOS, boot services are usable and runtime data is reserved: there those
 * are right as well. */
#include "lint_private.h"

#include <stdckdint.h>

constexpr unsigned RANGES_MAX = 64;
constexpr uint64_t BIOS_AREA_END =
    MIB; /* firmware's own area, which maps need not describe (ACPI 6.5, 15.4) */
constexpr uint16_t NO_RULE = LINT_RULE_COUNT;

constexpr uint32_t ACPI_CLASSES =
    LINT_CLASS(ACPI_RECLAIM) | LINT_CLASS(ACPI_NVS) | LINT_CLASS(RESERVED);
/* A table that is only read before it is given back may lie in boot services (UEFI 2.10, 4.6; ACPI 6.5, 5.2.23). */
constexpr uint32_t COPIED_CLASSES =
    ACPI_CLASSES | LINT_CLASS(RUNTIME_DATA) | LINT_CLASS(BOOT_SERVICES);
constexpr uint32_t DEVICE_CLASSES = LINT_CLASS(RESERVED) | LINT_CLASS(MMIO) |
                                    LINT_CLASS(MMIO_PORTS) | LINT_CLASS(UNKNOWN) |
                                    LINT_CLASS(UNUSABLE);
constexpr uint32_t GIVEN_BACK = LINT_CLASS(BOOT_SERVICES) | LINT_CLASS(LOADER);
/* What an operating system may take as memory, now or later. */
constexpr uint32_t SYSTEM_MEMORY = LINT_FREE_CLASSES | LINT_CLASS(ACPI_RECLAIM) |
                                   LINT_CLASS(SPECIFIC_PURPOSE) | LINT_CLASS(PERSISTENT) |
                                   LINT_CLASS(UNACCEPTED);

/* Verdicts from the gravest: in a class of `grave`, of `bad`, of anything else that is not right; in no descriptor. */
struct place_rules {
    uint32_t right, grave, bad;
    uint16_t grave_rule, bad_rule, other_rule, missing_rule;
};
#define TABLE_RULES(classes, other)                                                                \
    {classes,                                                                                      \
     LINT_CLASS(USABLE),                                                                           \
     GIVEN_BACK,                                                                                   \
     LINT_FM055_TABLE_IN_FREE_MEMORY,                                                              \
     LINT_FM056_TABLE_GIVEN_BACK,                                                                  \
     other,                                                                                        \
     LINT_FM058_TABLE_NOT_DESCRIBED}
#define DEVICE_RULES(in_memory, missing)                                                           \
    {DEVICE_CLASSES, SYSTEM_MEMORY, 0, in_memory, NO_RULE, LINT_FM062_DEVICE_MISPLACED, missing}

static const struct place_rules place_rules[PLACE_KIND_COUNT] = {
    [PLACE_RSDP] = TABLE_RULES(ACPI_CLASSES, LINT_FM057_TABLE_MISPLACED),
    [PLACE_ACPI_TABLE] = TABLE_RULES(ACPI_CLASSES, LINT_FM057_TABLE_MISPLACED),
    [PLACE_FACS] =
        TABLE_RULES(LINT_CLASS(ACPI_NVS) | LINT_CLASS(RESERVED), LINT_FM059_FACS_MISPLACED),
    [PLACE_SMBIOS_ENTRY] = TABLE_RULES(COPIED_CLASSES, LINT_FM057_TABLE_MISPLACED),
    [PLACE_SMBIOS_TABLE] = TABLE_RULES(COPIED_CLASSES, LINT_FM057_TABLE_MISPLACED),
    [PLACE_BGRT_IMAGE] = TABLE_RULES(COPIED_CLASSES, LINT_FM057_TABLE_MISPLACED),
    [PLACE_ESRT] = TABLE_RULES(COPIED_CLASSES, LINT_FM057_TABLE_MISPLACED),
    [PLACE_MEMORY_ATTRIBUTES] = TABLE_RULES(COPIED_CLASSES, LINT_FM057_TABLE_MISPLACED),
    [PLACE_SYSTEM_TABLE] = TABLE_RULES(LINT_CLASS(RUNTIME_DATA), LINT_FM060_SYSTEM_TABLE_MISPLACED),
    [PLACE_RUNTIME_SERVICES] =
        TABLE_RULES(LINT_CLASS(RUNTIME_DATA), LINT_FM060_SYSTEM_TABLE_MISPLACED),
    [PLACE_ECAM] = DEVICE_RULES(LINT_FM061_DEVICE_IN_MEMORY, LINT_FM063_ECAM_NOT_DESCRIBED),
    [PLACE_LOCAL_APIC] = DEVICE_RULES(LINT_FM061_DEVICE_IN_MEMORY, NO_RULE),
    [PLACE_IO_APIC] = DEVICE_RULES(LINT_FM061_DEVICE_IN_MEMORY, NO_RULE),
    [PLACE_HPET] = DEVICE_RULES(LINT_FM061_DEVICE_IN_MEMORY, NO_RULE),
    [PLACE_FRAMEBUFFER] = DEVICE_RULES(LINT_FM064_FRAMEBUFFER_IN_MEMORY, NO_RULE),
};

/* What firmware may keep in its own area without describing it. */
static bool may_be_in_bios_area(enum place_kind kind)
{
    return kind == PLACE_RSDP || kind == PLACE_SMBIOS_ENTRY || kind == PLACE_SMBIOS_TABLE;
}

/* All that is right for a kind on this source. */
static uint32_t right_classes(const struct view *view, enum place_kind kind)
{
    const uint32_t right = place_rules[kind].right;
    if (view_knows(view, VIEW_FACT_EFI_TYPES))
        return right;
    const bool is_table = kind < PLACE_ECAM;
    return right | (is_table ? LINT_CLASS(RESERVED) : 0) |
           (lint_class_in(MEMORY_BOOT_SERVICES, right) ? LINT_CLASS(USABLE) : 0);
}

struct verdict {
    unsigned grade; /* 0: all is right */
    struct lint_finding finding;
};

static void grade_range(const struct place_rules *rules, uint32_t right, enum memory_class class,
                        unsigned *grade, uint16_t *rule)
{
    if (lint_class_in(class, right)) {
        *grade = 0;
    } else if (lint_class_in(class, rules->grave)) {
        *grade = 4;
        *rule = rules->grave_rule;
    } else if (lint_class_in(class, rules->bad)) {
        *grade = 3;
        *rule = rules->bad_rule;
    } else {
        *grade = 2;
        *rule = rules->other_rule;
    }
}

static void consider(struct verdict *verdict, unsigned grade, struct lint_finding finding)
{
    if (grade <= verdict->grade || finding.rule == NO_RULE)
        return;
    verdict->grade = grade;
    verdict->finding = finding;
}

/* The index of the first range that ends above `address`. */
static size_t first_range(const struct memory_map *map, uint64_t address)
{
    size_t low = 0, high = map->range_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (map->ranges[middle].end.value <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void lint_place(struct lint_run *run, uint32_t index, uint64_t end)
{
    const struct view_place *place = &run->view->places[index];
    const struct memory_map *map = run->map;
    const struct place_rules *rules = &place_rules[place->kind];
    const uint32_t right = right_classes(run->view, place->kind);
    struct verdict verdict = {};
    uint64_t at = place->start;
    const size_t first = first_range(map, at);
    for (size_t i = first; at < end && i - first < RANGES_MAX; i++) {
        struct lint_finding finding = {
            .first = index, .second = LINT_NONE, .start = at, .end = end};
        const bool in_range = i < map->range_count && map->ranges[i].start.value < end;
        const uint64_t start = in_range ? map->ranges[i].start.value : end;
        if (start > at) {
            finding.rule = rules->missing_rule;
            finding.end = start;
            if (!may_be_in_bios_area(place->kind) || start > BIOS_AREA_END)
                consider(&verdict, 1, finding);
        }
        if (!in_range)
            break;
        const struct memory_range *range = &map->ranges[i];
        unsigned grade;
        finding.second = range->descriptor;
        finding.start = start > at ? start : at;
        finding.end = range->end.value < end ? range->end.value : end;
        grade_range(rules, right, range->class, &grade, &finding.rule);
        consider(&verdict, grade, finding);
        at = range->end.value;
    }
    if (verdict.grade > 0)
        lint_found(run, &verdict.finding);
}

/* ---- places against each other ---- */

/* A table may be named twice, as by the two entries that point to an RSDP. */
static bool is_same_place(const struct view *view, uint32_t first, uint32_t second)
{
    const struct view_place *a = &view->places[first], *b = &view->places[second];
    return a->start == b->start &&
           (a->kind == b->kind || (a->kind < PLACE_ECAM && b->kind < PLACE_ECAM));
}

static void lint_problems(struct lint_run *run)
{
    for (uint32_t i = 0; i < run->view->problem_count; i++) {
        const struct view_problem *problem = &run->view->problems[i];
        lint_found(run, &(struct lint_finding){.rule = problem->status == STATUS_OK
                                                           ? LINT_FM067_TABLE_DOUBTFUL
                                                           : LINT_FM066_TABLE_REFUSED,
                                               .first = i,
                                               .second = LINT_NONE,
                                               .start = problem->physical,
                                               .end = problem->physical});
    }
}

void lint_run_places(struct lint_run *run)
{
    const struct view *view = run->view;
    const unsigned bits = view->phys_bits < PHYS_BITS_MAX ? view->phys_bits : PHYS_BITS_MAX;
    size_t count = 0;
    lint_problems(run);
    for (uint32_t i = 0; i < view->place_count; i++) {
        const struct view_place *place = &view->places[i];
        uint64_t end;
        if (place->size == 0 || place->kind >= PLACE_KIND_COUNT)
            continue;
        if (ckd_add(&end, place->start, place->size) || end > UINT64_C(1) << bits) {
            lint_found(run, &(struct lint_finding){.rule = LINT_FM054_PLACE_BEYOND,
                                                   .first = i,
                                                   .second = LINT_NONE,
                                                   .start = place->start,
                                                   .end = lint_add(place->start, place->size),
                                                   .value = bits});
            continue;
        }
        run->spans[count++] = (struct lint_span){.start = place->start, .end = end, .index = i};
        lint_place(run, i, end);
    }
    lint_sort_spans(run->spans, count);
    lint_overlapping_spans(run, LINT_FM065_PLACES_OVERLAP, count, is_same_place);
}
