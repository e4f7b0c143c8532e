/* SPDX-License-Identifier: MIT
 * Lint on views that are written down: a case is a view and what one rule must say of it. */
#ifndef TESTS_UNIT_LINT_FIXTURE_H
#define TESTS_UNIT_LINT_FIXTURE_H

#include <inspect/lint.h>

constexpr uint32_t KNOWS_ALL = (UINT32_C(1) << VIEW_FACT_COUNT) - 1;
/* What an e820 list cannot know (view_text.h, corpus). */
constexpr uint32_t KNOWS_E820 =
    KNOWS_ALL & ~(VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES) |
                  VIEW_KNOWS(ORDER) | VIEW_KNOWS(OVERLAPS) | VIEW_KNOWS(DESCRIPTOR_SIZE));

struct lint_case {
    const char *name;
    const char *rule;     /* "FM001" */
    const char *sentence; /* of the first finding of the rule; null: it must say nothing */
    uint32_t times;       /* findings of the rule; 0 stands for 1 where there is a sentence */
    uint32_t unknown;     /* VIEW_KNOWS() of facts that the source does not know */
    struct view view;     /* empty strings, address bits, facts and descriptor size are filled in */
};

#define ARRAY(type, pointer, count, ...)                                                           \
    .pointer = (const type[]){__VA_ARGS__},                                                        \
    .count = sizeof((const type[]){__VA_ARGS__}) / sizeof(type)
#define REGIONS(...)  ARRAY(struct boot_region, regions, region_count, __VA_ARGS__)
#define PLACES(...)   ARRAY(struct view_place, places, place_count, __VA_ARGS__)
#define NODES(...)    ARRAY(struct acpi_node_memory, nodes, node_count, __VA_ARGS__)
#define ARRAYS(...)   ARRAY(struct view_mapped_array, arrays, array_count, __VA_ARGS__)
#define PROBLEMS(...) ARRAY(struct view_problem, problems, problem_count, __VA_ARGS__)
#define ENTRIES(...)  ARRAY(struct boot_region, attributes.entries, attributes.count, __VA_ARGS__)

/* start, bytes, EFI type, attributes */
#define REGION(start, bytes, type, attributes)                                                     \
    {(start), (uint64_t)(bytes) / PAGE_SIZE, (type), 0, (attributes)}
/* The same for a source that counts bytes. */
#define BYTES(start, bytes, type)                                                                  \
    {(start), ((bytes) + PAGE_SIZE - 1) / PAGE_SIZE, (type),                                       \
     (uint32_t)((PAGE_SIZE - (bytes) % PAGE_SIZE) % PAGE_SIZE), 0}
/* What a descriptor of ordinary memory can do. */
#define CACHES               (EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_WC | EFI_ATTRIBUTE_WT | EFI_ATTRIBUTE_WB)
#define RUNTIME              (CACHES | EFI_ATTRIBUTE_RUNTIME)
#define MEMORY(start, bytes) REGION(start, bytes, EFI_TYPE_CONVENTIONAL, CACHES)

#endif
