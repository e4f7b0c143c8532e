/* SPDX-License-Identifier: MIT
 * The difference of two maps, against a look at every page of both. */
#include "harness/harness.h"
#include "model/map_corpus.h"
#include "model/map_fixture.h"
#include "model/map_oracle.h"

#include <inspect/map_diff.h>
#include <stdio.h>
#include <string.h>

static uint64_t size_of(const struct map_difference *difference)
{
    return difference->end.value - difference->start.value;
}

static bool is_alike(const struct map_difference *a, const struct map_difference *b)
{
    return a->in_before == b->in_before && a->in_after == b->in_after &&
           a->class_before == b->class_before && a->class_after == b->class_after &&
           a->attributes_before == b->attributes_before &&
           a->attributes_after == b->attributes_after;
}

static void assert_says(const struct memory_map *map, uint64_t page, bool in,
                        enum memory_class class, uint64_t attributes)
{
    const struct memory_range *range = memory_map_find(map, phys_addr(page));
    assert_int_equal(range != nullptr, in);
    assert_int_equal(class, range != nullptr ? range->class : MEMORY_CLASS_COUNT);
    assert_int_equal(attributes, range != nullptr ? range->attributes : 0);
}

static bool maps_differ(const struct memory_map *before, const struct memory_map *after,
                        uint64_t page)
{
    const struct memory_range *a = memory_map_find(before, phys_addr(page));
    const struct memory_range *b = memory_map_find(after, phys_addr(page));
    if (a == nullptr || b == nullptr)
        return a != b;
    return a->class != b->class || a->attributes != b->attributes;
}

/* MD1, and the totals; returns the bytes that differ. */
static uint64_t assert_walk(const struct memory_map *before, const struct memory_map *after)
{
    struct map_diff_cursor cursor = {0};
    struct map_difference found, last = {0};
    struct map_diff_totals wanted = {0}, totals;
    uint64_t bytes = 0;
    for (; map_diff_next(before, after, &cursor, &found); last = found) {
        assert_true(found.start.value < found.end.value);
        assert_true(found.in_before || found.in_after);
        if (wanted.differences != 0) {
            assert_true(last.end.value <= found.start.value);
            assert_false(last.end.value == found.start.value && is_alike(&last, &found));
        }
        bytes += size_of(&found);
        if (found.in_before && found.in_after && found.class_before == found.class_after)
            wanted.attributes_only += size_of(&found);
        else
            wanted.bytes[found.in_before ? (unsigned)found.class_before : MAP_DIFF_NOT_DESCRIBED]
                        [found.in_after ? (unsigned)found.class_after : MAP_DIFF_NOT_DESCRIBED] +=
                size_of(&found);
        wanted.differences++;
    }
    assert_false(map_diff_next(before, after, &cursor, &found)); /* the end stays the end */
    memset(&totals, 0xA5, sizeof totals);
    map_diff_sum(before, after, &totals);
    assert_memory_equal(&totals, &wanted, sizeof totals);
    return bytes;
}

/* MD2: every page of the window is in a difference that tells the truth, or in none. */
static void assert_pages(const struct memory_map *before, const struct memory_map *after)
{
    struct map_diff_cursor cursor = {0};
    struct map_difference found = {0};
    bool more = map_diff_next(before, after, &cursor, &found);
    for (uint64_t page = MAP_ORACLE_BASE; page < MAP_ORACLE_END; page += PAGE_SIZE) {
        while (more && found.end.value <= page)
            more = map_diff_next(before, after, &cursor, &found);
        const bool inside = more && found.start.value <= page;
        assert_int_equal(inside, maps_differ(before, after, page));
        if (!inside)
            continue;
        assert_says(before, page, found.in_before, found.class_before, found.attributes_before);
        assert_says(after, page, found.in_after, found.class_after, found.attributes_after);
    }
}

static void assert_mirrored(const struct memory_map *a, const struct memory_map *b)
{
    struct map_diff_cursor there = {0}, back = {0};
    struct map_difference x, y;
    while (map_diff_next(a, b, &there, &x)) {
        assert_true(map_diff_next(b, a, &back, &y));
        const struct map_difference mirrored = {.start = y.start,
                                                .end = y.end,
                                                .in_before = y.in_after,
                                                .in_after = y.in_before,
                                                .class_before = y.class_after,
                                                .class_after = y.class_before,
                                                .attributes_before = y.attributes_after,
                                                .attributes_after = y.attributes_before};
        assert_int_equal(x.start.value, mirrored.start.value);
        assert_int_equal(x.end.value, mirrored.end.value);
        assert_true(is_alike(&x, &mirrored));
    }
    assert_false(map_diff_next(b, a, &back, &y));
}

static size_t random_regions(struct random *random, struct boot_region *regions, size_t most)
{
    const size_t count = random_below(random, most + 1);
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[MAP_ORACLE_REGION_BYTES];
        for (size_t b = 0; b < sizeof bytes; b++)
            bytes[b] = (uint8_t)random_next(random);
        regions[i] = map_oracle_region(bytes);
    }
    return count;
}

/* breaks MD1, MD2 */
static void test_random_maps(void **state)
{
    (void)state;
    struct random random = random_start("map_diff", 51);
    for (unsigned round = 0; round < 1500; round++) {
        struct boot_region old[20], new[20];
        const size_t old_count = random_regions(&random, old, 20);
        size_t new_count = random_regions(&random, new, 20);
        if (round % 2 == 0) { /* mostly the same */
            memcpy(new, old, sizeof new);
            new_count = old_count;
            for (unsigned changes = 0; changes < 2 && new_count > 0; changes++)
                random_regions(&random, &new[random_below(&random, new_count)], 1);
        }
        struct built_map before = built_map_for(old, old_count, MAP_ORACLE_PHYS_BITS);
        struct built_map after = built_map_for(new, new_count, MAP_ORACLE_PHYS_BITS);
        assert_walk(&before.map, &after.map);
        assert_pages(&before.map, &after.map);
        assert_mirrored(&before.map, &after.map);
        assert_int_equal(assert_walk(&before.map, &before.map), 0);
        built_map_free(&before);
        built_map_free(&after);
    }
}

/* ---- by hand ---- */

static struct memory_map map_of(const struct memory_range *ranges, size_t count)
{
    return (struct memory_map){.ranges = ranges, .range_count = count};
}

#define RANGE(first, last, kind, bits)                                                             \
    {.start = {first}, .end = {last}, .class = MEMORY_##kind, .attributes = (bits)}

/* The drawing in inspect/judge/map_diff.c. */
static void test_drawing(void **state)
{
    (void)state;
    static const struct memory_range old[] = {RANGE(0x1000, 0x5000, USABLE, 8),
                                              RANGE(0x7000, 0xA000, USABLE, 8)};
    static const struct memory_range new[] = {RANGE(0x1000, 0x5000, USABLE, 8),
                                              RANGE(0x5000, 0x9000, RESERVED, 0)};
    const struct memory_map before = map_of(old, 2), after = map_of(new, 2);
    const struct map_difference wanted[] = {
        {{0x5000}, {0x7000}, false, true, MEMORY_CLASS_COUNT, MEMORY_RESERVED, 0, 0},
        {{0x7000}, {0x9000}, true, true, MEMORY_USABLE, MEMORY_RESERVED, 8, 0},
        {{0x9000}, {0xA000}, true, false, MEMORY_USABLE, MEMORY_CLASS_COUNT, 8, 0}};
    struct map_diff_cursor cursor = {0};
    struct map_difference found;
    for (size_t i = 0; i < 3; i++) {
        assert_true(map_diff_next(&before, &after, &cursor, &found));
        assert_int_equal(found.start.value, wanted[i].start.value);
        assert_int_equal(found.end.value, wanted[i].end.value);
        assert_true(is_alike(&found, &wanted[i]));
    }
    assert_false(map_diff_next(&before, &after, &cursor, &found));

    struct map_diff_totals totals;
    map_diff_sum(&before, &after, &totals);
    assert_int_equal(totals.differences, 3);
    assert_int_equal(totals.attributes_only, 0);
    assert_int_equal(totals.bytes[MAP_DIFF_NOT_DESCRIBED][MEMORY_RESERVED], 0x2000);
    assert_int_equal(totals.bytes[MEMORY_USABLE][MEMORY_RESERVED], 0x2000);
    assert_int_equal(totals.bytes[MEMORY_USABLE][MAP_DIFF_NOT_DESCRIBED], 0x1000);
}

/* One map is cut where the other is not, and cuts that change nothing are not told. */
static void test_joining(void **state)
{
    (void)state;
    static const struct memory_range cut[] = {RANGE(0x1000, 0x2000, USABLE, 8),
                                              RANGE(0x2000, 0x3000, USABLE, 8),
                                              RANGE(0x3000, 0x8000, USABLE, 8)};
    static const struct memory_range whole[] = {RANGE(0x1000, 0x6000, USABLE, 12),
                                                RANGE(0x6000, 0x8000, USABLE, 8)};
    const struct memory_map before = map_of(cut, 3), after = map_of(whole, 2);
    const struct memory_map empty = map_of(nullptr, 0);
    struct map_diff_cursor cursor = {0};
    struct map_difference found;
    assert_true(map_diff_next(&before, &after, &cursor, &found));
    assert_int_equal(found.start.value, 0x1000);
    assert_int_equal(found.end.value, 0x6000);
    assert_false(map_diff_next(&before, &after, &cursor, &found));
    assert_int_equal(assert_walk(&before, &after), 0x5000);

    cursor = (struct map_diff_cursor){0};
    assert_true(map_diff_next(&before, &empty, &cursor, &found));
    assert_int_equal(size_of(&found), 0x7000);
    assert_int_equal(assert_walk(&before, &empty), 0x7000);
    assert_int_equal(assert_walk(&empty, &empty), 0);
}

/* Real maps: each against the one before it in the list. */
static void test_corpus(void **state)
{
    (void)state;
    FILE *expected = map_corpus_open(MAPS_DIRECTORY "expected.tsv");
    char line[1024], name[256];
    struct built_map last = built_map_for(nullptr, 0, PHYS_BITS_MAX);
    while (fgets(line, sizeof line, expected) != nullptr) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "%255s", name), 1);
        struct boot_region regions[MAP_CORPUS_REGIONS];
        const size_t count = map_corpus_read(name, regions);
        struct built_map map = built_map_for(regions, count, PHYS_BITS_MAX);
        assert_walk(&last.map, &map.map);
        assert_mirrored(&last.map, &map.map);
        assert_int_equal(assert_walk(&map.map, &map.map), 0);
        built_map_free(&last);
        last = map;
    }
    built_map_free(&last);
    fclose(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_maps),
        cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_joining),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
