/* SPDX-License-Identifier: MIT
 * The memory map: named cases, a naive model, other orders of the input, many descriptors. Every map that is
 * built goes through memory_map_check. Real machines: test_firmware_maps.c. */
#include "harness/harness.h"
#include "model/map_fixture.h"
#include "model/map_oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

constexpr uint64_t WB = EFI_ATTRIBUTE_WB;

/* ---- named cases ---- */

constexpr size_t CASE_MAX = 8;

struct wanted_range {
    uint64_t start, end;
    enum memory_class class;
    uint32_t descriptor;
};
struct wanted_change {
    enum memory_change_kind kind;
    uint32_t winner, loser;
    uint64_t start, end;
};
static const struct map_case {
    const char *name;
    size_t region_count, range_count, change_count;
    struct boot_region regions[CASE_MAX];
    struct wanted_range ranges[CASE_MAX];
    struct wanted_change changes[CASE_MAX];
} cases[] = {
    {.name = "no entries"},
    {.name = "one entry",
     .region_count = 1,
     .range_count = 1,
     .regions = {{0x1000, 3, EFI_TYPE_CONVENTIONAL, 0, WB}},
     .ranges = {{0x1000, 0x4000, MEMORY_USABLE, 0}}},
    {.name = "zero length",
     .region_count = 2,
     .range_count = 1,
     .change_count = 1,
     .regions = {{0x1000, 0, EFI_TYPE_RESERVED, 0, 0}, {0, 16, EFI_TYPE_CONVENTIONAL, 0, WB}},
     .ranges = {{0, 0x10000, MEMORY_USABLE, 1}},
     .changes = {{MEMORY_CHANGE_EMPTY, 0, 0, 0x1000, 0x1000}}},
    {.name = "wraps in the sum, in the product, and exactly at 2^64",
     .region_count = 4,
     .range_count = 1,
     .change_count = 3,
     .regions = {{0xfffffffffffff000, 4096, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x5000, UINT64_C(1) << 52, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0xffffffffffff0000, 16, EFI_TYPE_MMIO, 0, 0},
                 {0x1000, 1, EFI_TYPE_CONVENTIONAL, 0, WB}},
     .ranges = {{0x1000, 0x2000, MEMORY_USABLE, 3}},
     .changes = {{MEMORY_CHANGE_WRAPS, 1, 1, 0x5000, UINT64_MAX},
                 {MEMORY_CHANGE_WRAPS, 2, 2, 0xffffffffffff0000, UINT64_MAX},
                 {MEMORY_CHANGE_WRAPS, 0, 0, 0xfffffffffffff000, UINT64_MAX}}},
    {.name = "ends at the physical width, and one page above it, of any type",
     .region_count = 3,
     .range_count = 1,
     .change_count = 2,
     .regions = {{0x3ffffffff000, 2, EFI_TYPE_MMIO, 0, 0},
                 {0x3ffffffff000, 1, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x400000000000, 1, EFI_TYPE_RESERVED, 0, 0}},
     .ranges = {{0x3ffffffff000, 0x400000000000, MEMORY_USABLE, 1}},
     .changes = {{MEMORY_CHANGE_BEYOND, 0, 0, 0x3ffffffff000, 0x400000001000},
                 {MEMORY_CHANGE_BEYOND, 2, 2, 0x400000000000, 0x400000001000}}},
    {.name = "neighbours of one class are one range, with the lowest index",
     .region_count = 3,
     .range_count = 1,
     .regions = {{0x3000, 1, EFI_TYPE_BOOT_SERVICES_CODE, 0, WB},
                 {0x1000, 2, EFI_TYPE_BOOT_SERVICES_DATA, 0, WB},
                 {0x4000, 1, EFI_TYPE_BOOT_SERVICES_DATA, 0, WB}},
     .ranges = {{0x1000, 0x5000, MEMORY_BOOT_SERVICES, 0}}},
    {.name = "neighbours with other attributes stay two",
     .region_count = 2,
     .range_count = 2,
     .regions = {{0x1000, 1, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x2000, 1, EFI_TYPE_CONVENTIONAL, 0, WB | EFI_ATTRIBUTE_MORE_RELIABLE}},
     .ranges = {{0x1000, 0x2000, MEMORY_USABLE, 0}, {0x2000, 0x3000, MEMORY_USABLE, 1}}},
    {.name = "nested: the inner one is more restrictive",
     .region_count = 2,
     .range_count = 3,
     .change_count = 1,
     .regions = {{0x1000, 9, EFI_TYPE_CONVENTIONAL, 0, WB}, {0x4000, 2, EFI_TYPE_RESERVED, 0, WB}},
     .ranges = {{0x1000, 0x4000, MEMORY_USABLE, 0},
                {0x4000, 0x6000, MEMORY_RESERVED, 1},
                {0x6000, 0xa000, MEMORY_USABLE, 0}},
     .changes = {{MEMORY_CHANGE_CONFLICT, 1, 0, 0x4000, 0x6000}}},
    {.name = "nested: the outer one is more restrictive",
     .region_count = 2,
     .range_count = 1,
     .change_count = 1,
     .regions = {{0x4000, 2, EFI_TYPE_CONVENTIONAL, 0, WB}, {0x1000, 9, EFI_TYPE_UNUSABLE, 0, WB}},
     .ranges = {{0x1000, 0xa000, MEMORY_UNUSABLE, 1}},
     .changes = {{MEMORY_CHANGE_CONFLICT, 1, 0, 0x4000, 0x6000}}},
    {.name = "three over each other: the loser is the most restrictive of the rest",
     .region_count = 3,
     .range_count = 5,
     .change_count = 3,
     .regions = {{0x1000, 6, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x2000, 4, EFI_TYPE_RUNTIME_SERVICES_DATA, 0, WB},
                 {0x3000, 2, EFI_TYPE_MMIO, 0, WB}},
     .ranges = {{0x1000, 0x2000, MEMORY_USABLE, 0},
                {0x2000, 0x3000, MEMORY_RUNTIME_DATA, 1},
                {0x3000, 0x5000, MEMORY_MMIO, 2},
                {0x5000, 0x6000, MEMORY_RUNTIME_DATA, 1},
                {0x6000, 0x7000, MEMORY_USABLE, 0}},
     .changes = {{MEMORY_CHANGE_CONFLICT, 1, 0, 0x2000, 0x3000},
                 {MEMORY_CHANGE_CONFLICT, 2, 1, 0x3000, 0x5000},
                 {MEMORY_CHANGE_CONFLICT, 1, 0, 0x5000, 0x6000}}},
    {.name = "same class overlaps: one range, a duplicate",
     .region_count = 2,
     .range_count = 1,
     .change_count = 1,
     .regions = {{0x2000, 4, EFI_TYPE_LOADER_DATA, 0, WB},
                 {0x1000, 3, EFI_TYPE_LOADER_CODE, 0, WB}},
     .ranges = {{0x1000, 0x6000, MEMORY_LOADER, 0}},
     .changes = {{MEMORY_CHANGE_DUPLICATE, 1, 0, 0x2000, 0x4000}}},
    {.name = "the whole list twice",
     .region_count = 4,
     .range_count = 2,
     .change_count = 2,
     .regions = {{0x1000, 1, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x2000, 1, EFI_TYPE_RESERVED, 0, WB},
                 {0x1000, 1, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x2000, 1, EFI_TYPE_RESERVED, 0, WB}},
     .ranges = {{0x1000, 0x2000, MEMORY_USABLE, 0}, {0x2000, 0x3000, MEMORY_RESERVED, 1}},
     .changes = {{MEMORY_CHANGE_DUPLICATE, 0, 2, 0x1000, 0x2000},
                 {MEMORY_CHANGE_DUPLICATE, 1, 3, 0x2000, 0x3000}}},
    {.name = "misaligned at both ends: usable shrinks, boot services are kept",
     .region_count = 2,
     .range_count = 2,
     .change_count = 2,
     .regions = {{0x1001, 3, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x8fff, 2, EFI_TYPE_BOOT_SERVICES_DATA, 0, WB}},
     .ranges = {{0x2000, 0x4000, MEMORY_USABLE, 0}, {0x8000, 0xb000, MEMORY_RESERVED, 1}},
     .changes = {{MEMORY_CHANGE_ROUNDED_IN, 0, 0, 0x1001, 0x4001},
                 {MEMORY_CHANGE_ROUNDED_OUT, 1, 1, 0x8fff, 0xafff}}},
    {.name = "a misaligned page holds no usable page",
     .region_count = 1,
     .change_count = 1,
     .regions = {{0x1800, 1, EFI_TYPE_CONVENTIONAL, 0, WB}},
     .changes = {{MEMORY_CHANGE_ROUNDED_IN, 0, 0, 0x1800, 0x2800}}},
    {.name = "rounding outward takes from a usable neighbour, and up to the physical width",
     .region_count = 2,
     .range_count = 2,
     .change_count = 2,
     .regions = {{0x3fffffffd000, 2, EFI_TYPE_CONVENTIONAL, 0, WB},
                 {0x3fffffffe800, 1, EFI_TYPE_RESERVED, 0, WB}},
     .ranges = {{0x3fffffffd000, 0x3fffffffe000, MEMORY_USABLE, 0},
                {0x3fffffffe000, 0x400000000000, MEMORY_RESERVED, 1}},
     .changes = {{MEMORY_CHANGE_CONFLICT, 1, 0, 0x3fffffffe000, 0x3ffffffff000},
                 {MEMORY_CHANGE_ROUNDED_OUT, 1, 1, 0x3fffffffe800, 0x3ffffffff800}}},
};

static void compare_case(const struct map_case *c, const struct memory_map *map)
{
    assert_int_equal(map->range_count, c->range_count);
    for (size_t i = 0; i < c->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        assert_int_equal(range->start.value, c->ranges[i].start);
        assert_int_equal(range->end.value, c->ranges[i].end);
        assert_string_equal(memory_class_name(range->class), memory_class_name(c->ranges[i].class));
        assert_int_equal(range->descriptor, c->ranges[i].descriptor);
    }
    assert_int_equal(map->change_count, c->change_count);
    for (size_t i = 0; i < c->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        assert_int_equal(change->kind, c->changes[i].kind);
        assert_int_equal(change->winner, c->changes[i].winner);
        assert_int_equal(change->loser, c->changes[i].loser);
        assert_int_equal(change->start.value, c->changes[i].start);
        assert_int_equal(change->end.value, c->changes[i].end);
    }
}

static void test_named_cases(void **state)
{
    (void)state;
    struct random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct map_case *c = &cases[i];
        printf("  %s\n", c->name);
        struct built_map built = built_map(c->regions, c->region_count);
        compare_case(c, &built.map);
        assert_orders_and_idempotence(&random, &built.map, c->regions, c->region_count, PHYS_BITS);
        built_map_free(&built);
    }
}

static void test_attributes_of_overlaps(void **state)
{
    (void)state;
    const uint64_t more = EFI_ATTRIBUTE_MORE_RELIABLE, run = EFI_ATTRIBUTE_RUNTIME;
    const struct boot_region regions[] = {{0x1000, 4, EFI_TYPE_RUNTIME_SERVICES_DATA, 0, WB | more},
                                          {0x2000, 1, EFI_TYPE_RUNTIME_SERVICES_DATA, 0, WB | run},
                                          {0x3000, 1, EFI_TYPE_CONVENTIONAL, 0, 0}};
    const uint64_t wanted[] = {WB | more, WB | run, WB | more};
    struct built_map built = built_map(regions, 3);
    assert_int_equal(built.map.range_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(built.map.ranges[i].attributes, wanted[i]);
    built_map_free(&built);
}

static void test_memory_is_counted(void **state)
{
    (void)state;
    assert_int_equal(memory_map_memory_size(SIZE_MAX), 0);
    assert_int_equal(memory_map_memory_size(UINT32_MAX), 0);
    assert_true(memory_map_memory_size(0) > 0);
    for (size_t count = 0; count < 100; count++) {
        assert_int_equal(memory_map_memory_size(count) % 16, 0);
        assert_true(memory_map_memory_size(count) <= 8192 + 256 * count);
    }
    const struct boot_region region = {0x1000, 1, EFI_TYPE_CONVENTIONAL, 0, WB};
    const size_t size = memory_map_memory_size(1);
    void *memory = malloc(size);
    struct memory_map map, untouched;
    memset(&map, 0x5A, sizeof map);
    memset(&untouched, 0x5A, sizeof untouched);
    assert_status(memory_map_build(&region, 1, PHYS_BITS, memory, size - 1, &map),
                  STATUS_NO_MEMORY);
    assert_status(memory_map_build(&region, SIZE_MAX, PHYS_BITS, memory, size, &map),
                  STATUS_NO_MEMORY);
    assert_memory_equal(&map, &untouched, sizeof map);
    free(memory);
}

/* A processor that claims more bits than the architecture has gets the architecture's limit. */
static void test_absurd_width(void **state)
{
    (void)state;
    const struct boot_region regions[] = {{PHYS_LIMIT - PAGE_SIZE, 1, EFI_TYPE_CONVENTIONAL, 0, WB},
                                          {PHYS_LIMIT, 1, EFI_TYPE_CONVENTIONAL, 0, WB}};
    const unsigned widths[] = {PHYS_BITS_MAX, PHYS_BITS_MAX + 1, 64, UINT32_MAX};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct built_map built = built_map_for(regions, 2, widths[i]);
        assert_int_equal(built.map.range_count, 1);
        assert_int_equal(built.map.changes[0].kind, MEMORY_CHANGE_BEYOND);
        built_map_free(&built);
    }
}

static void test_find(void **state)
{
    (void)state;
    const struct boot_region regions[] = {{0x1000, 1, EFI_TYPE_CONVENTIONAL, 0, WB},
                                          {0x2000, 2, EFI_TYPE_RESERVED, 0, WB},
                                          {0x8000, 1, EFI_TYPE_CONVENTIONAL, 0, WB}};
    const struct {
        uint64_t address;
        int range;
    } wanted[] = {{0, -1},     {0xfff, -1}, {0x1000, 0},  {0x1fff, 0},
                  {0x2000, 1}, {0x3fff, 1}, {0x4000, -1}, {0x7fff, -1},
                  {0x8000, 2}, {0x8fff, 2}, {0x9000, -1}, {UINT64_MAX, -1}};
    struct built_map built = built_map(regions, 3);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_ptr_equal(memory_map_find(&built.map, phys_addr(wanted[i].address)),
                         wanted[i].range < 0 ? nullptr : &built.map.ranges[wanted[i].range]);
    built_map_free(&built);
}

/* ---- against the model, and many descriptors ---- */

static void random_regions(struct random *random, struct boot_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t value = random_next(random);
        uint8_t bytes[MAP_ORACLE_REGION_BYTES];
        memcpy(bytes, &value, sizeof bytes);
        regions[i] = map_oracle_region(bytes);
    }
}

static void test_against_the_model(void **state)
{
    (void)state;
    struct random random = random_start("against the model", 20);
    for (unsigned round = 0; round < 20000; round++) {
        struct boot_region regions[24];
        const size_t count = random_below(&random, 24);
        random_regions(&random, regions, count);
        struct built_map built = built_map_for(regions, count, MAP_ORACLE_PHYS_BITS);
        assert_sound(map_oracle_compare(&built.map, regions, count));
        if (round % 4 == 0)
            assert_orders_and_idempotence(&random, &built.map, regions, count,
                                          MAP_ORACLE_PHYS_BITS);
        built_map_free(&built);
    }
}

constexpr size_t MANY = 10000;

static void test_many_in_a_small_window(void **state)
{
    (void)state;
    struct random random = random_start("many in a small window", 21);
    struct boot_region *regions = calloc(MANY, sizeof *regions);
    random_regions(&random, regions, MANY);
    struct built_map built = built_map_for(regions, MANY, MAP_ORACLE_PHYS_BITS);
    for (unsigned page = 0; page < MAP_ORACLE_PAGES; page++)
        assert_non_null(memory_map_find(&built.map, phys_addr(MAP_ORACLE_BASE + page * PAGE_SIZE)));
    assert_orders_and_idempotence(&random, &built.map, regions, MANY, MAP_ORACLE_PHYS_BITS);
    built_map_free(&built);
    free(regions);
}

static void test_many_in_all_memory(void **state)
{
    (void)state;
    struct random random = random_start("many in all memory", 22);
    struct boot_region *regions = calloc(MANY, sizeof *regions);
    random_regions(&random, regions, MANY);
    for (size_t i = 0; i < MANY; i++) {
        regions[i].phys_start = random_below(&random, UINT64_C(1) << 36);
        regions[i].page_count = random_below(&random, 4096);
    }
    struct built_map built = built_map(regions, MANY);
    assert_true(built.map.range_count > MANY / 4);
    assert_orders_and_idempotence(&random, &built.map, regions, MANY, PHYS_BITS);
    built_map_free(&built);
    free(regions);
}

/* Descriptors inside each other, 10 000 deep: each edge must stay cheap and the bounds must hold. */
static void test_deep_nesting(void **state)
{
    (void)state;
    struct boot_region *regions = calloc(MANY, sizeof *regions);
    for (size_t i = 0; i < MANY; i++)
        regions[i] = (struct boot_region){.phys_start = (MANY - i) * PAGE_SIZE,
                                          .page_count = 2 * i + 1,
                                          .efi_type = EFI_TYPE_CONVENTIONAL,
                                          .efi_attributes = i};
    struct built_map built = built_map(regions, MANY);
    assert_int_equal(built.map.bytes[MEMORY_USABLE], (2 * MANY - 1) * PAGE_SIZE);
    assert_true(built.map.change_count <= 2 * MANY - 3);
    built_map_free(&built);
    free(regions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_cases),
        cmocka_unit_test(test_attributes_of_overlaps),
        cmocka_unit_test(test_memory_is_counted),
        cmocka_unit_test(test_absurd_width),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_against_the_model),
        cmocka_unit_test(test_many_in_a_small_window),
        cmocka_unit_test(test_many_in_all_memory),
        cmocka_unit_test(test_deep_nesting),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
