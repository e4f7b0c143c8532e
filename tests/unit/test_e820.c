/* SPDX-License-Identifier: MIT
 * The e820 view of the maps of all machines of the corpus: what every view must keep to, the maps that came from
 * e820 and must come back as they were, and two machines whose EFI and e820 maps are of the same boot. */
#include "harness/harness.h"
#include "model/map_corpus.h"
#include "model/map_fixture.h"

#include <inspect/e820.h>

#include <string.h>

constexpr size_t VIEW_MAX = 2 * MAP_CORPUS_REGIONS + 1;

struct e820_list {
    struct e820_entry entries[VIEW_MAX];
    size_t count;
};

static struct e820_list view_of(const struct memory_map *map)
{
    struct e820_list view = {};
    for (size_t next = 0; e820_next(map, &next, &view.entries[view.count]);)
        assert_true(++view.count < VIEW_MAX);
    return view;
}

/* Typed from ACPI 6.5, table 15.4 and UEFI 2.10, table 7.10, in the words of the memory map. */
static const struct {
    const char *class_word;
    uint32_t type;
} types[MEMORY_CLASS_COUNT] = {
    {"usable", 1},       {"boot-services", 1},    {"loader", 1},     {"acpi-reclaim", 3},
    {"acpi-nvs", 4},     {"unusable", 5},         {"persistent", 7}, {"reserved", 2},
    {"runtime-data", 2}, {"runtime-code", 2},     {"pal-code", 2},   {"mmio", 2},
    {"mmio-ports", 2},   {"specific-purpose", 2}, {"unaccepted", 2}, {"os-defined", 2},
    {"oem-defined", 2},  {"unknown", 2},
};

static uint32_t wanted_type(enum memory_class class)
{
    for (size_t i = 0; i < MEMORY_CLASS_COUNT; i++)
        if (strcmp(types[i].class_word, memory_class_name(class)) == 0)
            return types[i].type;
    fail_msg("a class that this test does not know: %s", memory_class_name(class));
    return 0;
}

static void test_types(void **state)
{
    (void)state;
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++)
        assert_int_equal(e820_type_of((enum memory_class) class),
                         wanted_type((enum memory_class) class));
    assert_string_equal(e820_type_name(E820_USABLE), "usable");
    assert_string_equal(e820_type_name(E820_PERSISTENT), "persistent");
    assert_string_equal(e820_type_name((enum e820_type)6), "unknown");
}

/* Sorted, disjoint, merged; every byte of the map once, with its type. */
static void check_view(const struct memory_map *map, const struct e820_list *view)
{
    uint64_t view_bytes = 0, map_bytes = 0;
    size_t at = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct e820_entry *entry = &view->entries[i];
        assert_true(entry->size > 0 && entry->size % PAGE_SIZE == 0);
        view_bytes += entry->size;
        if (i == 0)
            continue;
        const uint64_t before = entry[-1].start + entry[-1].size;
        assert_true(before < entry->start ||
                    (before == entry->start && entry[-1].type != entry->type));
    }
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        map_bytes += range->end.value - range->start.value;
        while (view->entries[at].start + view->entries[at].size <= range->start.value)
            assert_true(++at < view->count);
        assert_true(view->entries[at].start <= range->start.value);
        assert_true(view->entries[at].start + view->entries[at].size >= range->end.value);
        assert_int_equal(view->entries[at].type, wanted_type(range->class));
    }
    assert_int_equal(view_bytes, map_bytes);
}

/* The EFI type that means the same as an e820 type. */
static uint32_t efi_type_of(enum e820_type type)
{
    const uint32_t efi_types[] = {0, 7, 0, 9, 10, 8, 0, 14};
    return efi_types[type];
}

static void check_round_trip(const struct e820_list *view)
{
    struct boot_region regions[VIEW_MAX];
    for (size_t i = 0; i < view->count; i++)
        regions[i] = (struct boot_region){.phys_start = view->entries[i].start,
                                          .page_count = view->entries[i].size / PAGE_SIZE,
                                          .efi_type = efi_type_of(view->entries[i].type)};
    struct built_map built = built_map_for(regions, view->count, PHYS_BITS_MAX);
    const struct e820_list again = view_of(&built.map);
    assert_int_equal(built.map.change_count, 0);
    assert_int_equal(again.count, view->count);
    for (size_t i = 0; i < view->count; i++)
        assert_memory_equal(&again.entries[i], &view->entries[i], sizeof again.entries[i]);
    built_map_free(&built);
}

/* A map that came from e820, nothing of which was changed on the way: the view has every line's bytes. */
static void check_against_lines(const struct e820_list *view, const struct boot_region *regions,
                                size_t count)
{
    uint64_t lines[8] = {}, found[8] = {};
    for (size_t i = 0; i < count; i++)
        lines[wanted_type(memory_class_of(regions[i].efi_type, regions[i].efi_attributes))] +=
            regions[i].page_count * PAGE_SIZE;
    for (size_t i = 0; i < view->count; i++)
        found[view->entries[i].type] += view->entries[i].size;
    assert_memory_equal(found, lines, sizeof lines);
}

static void test_machines(void **state)
{
    (void)state;
    FILE *expected = map_corpus_open(MAPS_DIRECTORY "expected.tsv");
    char line[1024], name[256];
    unsigned machines = 0, unchanged = 0;
    while (fgets(line, sizeof line, expected) != nullptr) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "%255s", name), 1);
        struct boot_region regions[MAP_CORPUS_REGIONS];
        const size_t count = map_corpus_read(name, regions);
        struct built_map built = built_map_for(regions, count, PHYS_BITS_MAX);
        const struct e820_list view = view_of(&built.map);
        check_view(&built.map, &view);
        check_round_trip(&view);
        if (built.map.change_count == 0) {
            check_against_lines(&view, regions, count);
            unchanged++;
        }
        built_map_free(&built);
        machines++;
    }
    fclose(expected);
    print_message("  %u machines, %u without a change\n", machines, unchanged);
    assert_true(machines > 300 && unchanged > 200);
}

/* Linux made the one from the other, but for what a boot loader or kernel reserved by itself. */
static struct e820_list view_of_machine(const char *name)
{
    struct boot_region regions[MAP_CORPUS_REGIONS];
    const size_t count = map_corpus_read(name, regions);
    struct built_map built = built_map_for(regions, count, PHYS_BITS_MAX);
    const struct e820_list view = view_of(&built.map);
    built_map_free(&built);
    return view;
}

static void test_same_boot(void **state)
{
    (void)state;
    const char *const pairs[][2] = {
        {"efi/dell-poweredge-r630-a.txt", "e820/dell-inc-poweredge-r630-02c2cp-3e290e.txt"},
        {"efi/lenovo-thinkpad-x240.txt", "e820/lenovo-20al008euk-20al008euk-271f0d.txt"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const struct e820_list efi = view_of_machine(pairs[i][0]),
                               e820 = view_of_machine(pairs[i][1]);
        assert_int_equal(efi.count, e820.count);
        for (size_t entry = 0; entry < efi.count; entry++) {
            assert_int_equal(efi.entries[entry].start, e820.entries[entry].start);
            assert_int_equal(efi.entries[entry].size, e820.entries[entry].size);
            assert_int_equal(efi.entries[entry].type, e820.entries[entry].type);
        }
    }
}

static void test_empty(void **state)
{
    (void)state;
    struct built_map built = built_map(nullptr, 0);
    struct e820_entry entry = {1, 2, E820_NVS};
    size_t next = 0;
    assert_false(e820_next(&built.map, &next, &entry));
    assert_int_equal(entry.start, 1);
    built_map_free(&built);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_machines),
        cmocka_unit_test(test_same_boot),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
