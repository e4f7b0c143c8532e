/* SPDX-License-Identifier: MIT
 * Arbitrary views: descriptors, places, nodes, arrays, entries of the memory attributes table, problems. Lint must
 * end, stay within the memory that it asked for, keep its invariants, be the same with less room as far as that
 * goes, and render every sentence. Where the map is sound in the eyes of naive rules, lint must agree with them.
 * Eight bytes of input a record. */
#include <inspect/lint.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr size_t RECORD_BYTES = 8, RECORDS_MAX = 96;

struct arbitrary {
    struct view view;
    struct boot_region regions[RECORDS_MAX], entries[RECORDS_MAX];
    struct view_place places[RECORDS_MAX];
    struct acpi_node_memory nodes[RECORDS_MAX];
    struct view_mapped_array arrays[RECORDS_MAX];
    struct view_problem problems[RECORDS_MAX];
};

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* Addresses where something happens: low memory, 4 GiB, the ends of 39 and 52 bits and of everything. */
static uint64_t address_of(const uint8_t *bytes)
{
    static const uint64_t bases[] = {0,
                                     0x90000,
                                     MIB,
                                     0xfec00000,
                                     4 * GIB - 8 * PAGE_SIZE,
                                     (UINT64_C(1) << 39) - 8 * PAGE_SIZE,
                                     PHYS_LIMIT - 8 * PAGE_SIZE,
                                     UINT64_MAX - 8 * PAGE_SIZE + 1};
    return bases[bytes[0] % 8] + (uint64_t)(bytes[1] % 32) * PAGE_SIZE +
           ((bytes[0] & 0x80) != 0 ? bytes[0] : 0);
}

static uint64_t attributes_of(const uint8_t *bytes)
{
    const uint64_t low = (uint64_t)(bytes[0] & 0xf) | (uint64_t)bytes[1] << 12;
    return low | ((bytes[0] & 0x10) != 0 ? EFI_ATTRIBUTE_RUNTIME : 0) |
           ((bytes[0] & 0x20) != 0 ? UINT64_C(1) << 63 >> (bytes[1] & 0x1f) : 0);
}

static uint32_t type_of(uint8_t byte)
{
    static const uint32_t odd[] = {16, 0x6fffffff, 0x70000000, 0x7fffffff, 0x80000000, UINT32_MAX};
    return byte < 0xf0 ? byte % 16 : odd[byte % 6];
}

static struct boot_region region_of(const uint8_t *bytes)
{
    return (struct boot_region){.phys_start = address_of(bytes),
                                .page_count = bytes[2] == 0xff ? UINT64_MAX : bytes[2] % 32,
                                .efi_type = type_of(bytes[3]),
                                .bytes_less = bytes[6] % 8 == 0 ? bytes[7] * 16u : 0,
                                .efi_attributes = attributes_of(bytes + 4)};
}

static void add_record(struct arbitrary *a, uint8_t kind, const uint8_t *bytes)
{
    struct view *view = &a->view;
    const uint64_t start = address_of(bytes), size = (uint64_t)bytes[2] << (bytes[3] % 64);
    switch (kind % 8) {
    case 0:
        a->entries[view->attributes.count++] = region_of(bytes);
        view->attributes.entries = a->entries;
        break;
    case 1:
        a->places[view->place_count++] = (struct view_place){.kind = bytes[4] % PLACE_KIND_COUNT,
                                                             .signature = bytes[5] * 0x01010101u,
                                                             .start = start,
                                                             .size = size};
        break;
    case 2:
        a->nodes[view->node_count++] = (struct acpi_node_memory){.start = start,
                                                                 .size = size,
                                                                 .node = bytes[4] % 4,
                                                                 .hot_pluggable = bytes[5] & 1,
                                                                 .non_volatile = bytes[5] & 2};
        break;
    case 3:
        if (bytes[4] % 2 == 0)
            a->arrays[view->array_count++] = (struct view_mapped_array){start, start + size};
        else
            a->problems[view->problem_count++] =
                (struct view_problem){.kind = bytes[5],
                                      .signature = bytes[6] * 0x01010101u,
                                      .physical = start,
                                      .status = bytes[7] % STATUS_COUNT,
                                      .sentence = bytes[4] % 4 == 1 ? nullptr : "it is odd"};
        break;
    default:
        a->regions[view->region_count++] = region_of(bytes);
        break;
    }
}

/* The first eight bytes: what is known, address bits, sizes, the header of the attributes table. */
static void make_view(struct arbitrary *a, const uint8_t *data, size_t size)
{
    static const uint8_t zeros[RECORD_BYTES];
    const uint8_t *head = size >= RECORD_BYTES ? data : zeros;
    a->view = (struct view){.regions = a->regions,
                            .places = a->places,
                            .nodes = a->nodes,
                            .arrays = a->arrays,
                            .problems = a->problems,
                            .vendor = "",
                            .machine = ""};
    const uint32_t all = (UINT32_C(1) << VIEW_FACT_COUNT) - 1;
    a->view.knows = all & ~((uint32_t)head[0] << 8 | head[1]);
    a->view.phys_bits = 36 + head[2] % 17;
    a->view.descriptor_size = head[3];
    a->view.descriptor_version = head[4] % 3;
    a->view.installed_bytes = (uint64_t)head[5] << (head[6] % 64);
    a->view.attributes.version = head[7] % 4;
    a->view.attributes.descriptor_size = head[7];
    for (size_t i = 1; i < RECORDS_MAX && (i + 1) * RECORD_BYTES <= size; i++)
        add_record(a, data[i * RECORD_BYTES + 7], data + i * RECORD_BYTES);
    a->view.attributes.declared_count = a->view.attributes.count + head[3] % 2;
}

/* *findings is to be freed. */
static struct lint run(const struct view *view, const struct memory_map *map, size_t capacity,
                       struct lint_finding **findings)
{
    const size_t size = lint_memory_size(view, map);
    void *memory = malloc(size);
    *findings = malloc((capacity > 0 ? capacity : 1) * sizeof **findings);
    struct lint lint;
    demand(lint_run(view, map, memory, size, *findings, capacity, &lint) == STATUS_OK,
           "lint did not run");
    free(memory);
    const char *broken = lint_check(&lint, view);
    demand(broken == nullptr, broken);
    return lint;
}

static uint32_t times(const struct lint *lint, const char *id)
{
    const unsigned rule = lint_rule_find(id);
    uint32_t count = 0;
    for (uint32_t i = 0; i < lint->recorded; i++)
        if (lint->findings[i].rule == rule)
            count += lint->findings[i].count;
    return count;
}

/* Rules that are simple enough to be told again, in another way. */
static void check_against_model(const struct view *view, const struct memory_map *map,
                                const struct lint *lint)
{
    uint32_t empty = 0, runtime_missing = 0, entries_open = 0, refused = 0, usable_pages = 0;
    for (uint32_t i = 0; i < view->region_count; i++) {
        const struct boot_region *region = &view->regions[i];
        empty += region->page_count == 0;
        runtime_missing += region->page_count != 0 &&
                           (region->efi_type == 5 || region->efi_type == 6) &&
                           region->efi_attributes >> 63 == 0;
    }
    for (uint32_t i = 0; i < view->attributes.count; i++)
        entries_open += (view->attributes.entries[i].efi_attributes & 0x24000) == 0 &&
                        view->attributes.entries[i].page_count != 0 &&
                        view->attributes.entries[i].page_count != UINT64_MAX &&
                        view->attributes.entries[i].phys_start < UINT64_MAX - 32 * PAGE_SIZE;
    for (uint32_t i = 0; i < view->problem_count; i++)
        refused += view->problems[i].status != STATUS_OK;
    for (size_t i = 0; i < map->range_count; i++)
        usable_pages += map->ranges[i].class <= MEMORY_LOADER;
    demand(times(lint, "FM006") == empty, "FM006 is not the number of empty descriptors");
    demand(times(lint, "FM066") == refused, "FM066 is not the number of refused tables");
    if ((view->knows & lint_rule_get(lint_rule_find("FM023"))->needs) ==
        lint_rule_get(lint_rule_find("FM023"))->needs)
        demand(times(lint, "FM023") == runtime_missing, "FM023 differs from a count by hand");
    if (view_knows(view, VIEW_FACT_MEMORY_ATTRIBUTES))
        demand(times(lint, "FM048") >= entries_open, "FM048 overlooks an entry");
    if (view_knows(view, VIEW_FACT_WHOLE_MAP))
        demand((times(lint, "FM075") == 1) == (usable_pages == 0), "FM075 is wrong");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arbitrary arbitrary;
    make_view(&arbitrary, data, size);
    const struct view *view = &arbitrary.view;

    struct memory_map map;
    const size_t map_size = memory_map_memory_size(view->region_count);
    void *map_memory = malloc(map_size);
    demand(memory_map_build(view->regions, view->region_count, view->phys_bits, map_memory,
                            map_size, &map) == STATUS_OK,
           "no map");

    struct lint_finding *none, *all, *first_half;
    const struct lint count = run(view, &map, 0, &none);
    const struct lint whole = run(view, &map, count.needed, &all);
    const struct lint half = run(view, &map, count.needed / 2, &first_half);
    demand(whole.recorded == count.needed && half.needed == count.needed,
           "the room changes the count");
    demand(memcmp(half.findings, whole.findings, half.recorded * sizeof *half.findings) == 0,
           "less room gives other findings than the first");
    for (uint32_t i = 0; i < whole.recorded; i++) {
        char text[512];
        const int length = lint_sentence(&whole.findings[i], view, &map, text, sizeof text);
        demand(length > 0 && (size_t)length == strlen(text), "a sentence has no length");
        for (const char *c = text; *c != '\0'; c++)
            demand(*c >= ' ' && *c <= '~', "a sentence has what cannot be printed");
        char small[20];
        (void)lint_sentence(&whole.findings[i], view, &map, small,
                            1 + (size_t)length % sizeof small);
    }
    check_against_model(view, &map, &whole);
    free(none);
    free(all);
    free(first_half);
    free(map_memory);
    return 0;
}
