/* SPDX-License-Identifier: MIT
 * The tracker: blocks of the heap without registration, everything else with it; crimes, a model, damage. */
#include "unit/heap_fixture.h"

#include <base/string.h>
#include <mm/memstat.h>

constexpr size_t PLACES = 64;
static struct memstat_entry table[PLACES];
static struct memstat ms;

static void open_tracker(size_t places)
{
    open_stage(RAM, true);
    memset(table, 0, sizeof table);
    assert_status(memstat_init(&ms, stage.heap, table, places * sizeof table[0]), STATUS_OK);
}

static void close_tracker(void)
{
    assert_sound(memstat_check(&ms));
    close_stage();
}

static void the_heap_needs_no_registration(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 100, 5000, 40000, 3 * MIB};
    open_tracker(PLACES);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = 0;
        unsigned char *block = take(sizes[i]);
        assert_status(memstat_find_size(&ms, block, &size), STATUS_OK);
        assert_int_equal(size, model.blocks[0].usable);
        assert_status(memstat_find_size(&ms, block + 16, &size), STATUS_NOT_FOUND);
        assert_status(memstat_add(&ms, block, sizes[i]), STATUS_IN_USE);
        assert_status(memstat_remove(&ms, block), STATUS_IN_USE);
        assert_sound(model_free(&model, stage.heap, 0));
        assert_status(memstat_find_size(&ms, block, &size), STATUS_NOT_FOUND);
        assert_status(memstat_remove(&ms, block), STATUS_NOT_FOUND);
    }
    assert_int_equal(ms.live, 0);
    close_tracker();
}

static void anything_else_is_registered(void **state)
{
    (void)state;
    static unsigned char object[100];
    size_t size = 42;
    open_tracker(PLACES);
    uint64_t allocations = totals_now().allocations;
    assert_status(memstat_find_size(&ms, object, &size), STATUS_NOT_FOUND);
    assert_int_equal(size, 42);
    assert_status(memstat_add(&ms, object, 100), STATUS_OK);
    assert_status(memstat_add(&ms, object, 100), STATUS_IN_USE);
    assert_status(memstat_add(&ms, object + 1, 0), STATUS_OK);
    assert_status(memstat_find_size(&ms, object, &size), STATUS_OK);
    assert_int_equal(size, 100);
    assert_status(memstat_find_size(&ms, object + 1, &size), STATUS_OK);
    assert_int_equal(size, 0);
    assert_status(memstat_add(&ms, nullptr, 1), STATUS_FOREIGN);
    assert_status(memstat_add(&ms, (void *)UINTPTR_MAX, 2), STATUS_OVERFLOW);
    assert_status(memstat_add(&ms, (void *)16, UINT64_MAX - 99), STATUS_OVERFLOW); /* the sum */
    assert_status(memstat_find_size(&ms, nullptr, &size), STATUS_NOT_FOUND);
    assert_status(memstat_remove(&ms, nullptr), STATUS_NOT_FOUND);
    assert_status(memstat_remove(&ms, object), STATUS_OK);
    assert_status(memstat_remove(&ms, object), STATUS_NOT_FOUND);
    assert_int_equal(ms.live, 1);
    assert_int_equal(ms.live_bytes, 0);
    assert_int_equal(ms.live_peak, 2);
    assert_int_equal(ms.live_bytes_peak, 100);
    assert_int_equal(ms.registrations, 2);
    assert_int_equal(ms.refusals, 6);
    assert_int_equal(totals_now().allocations, allocations); /* it never comes back to the heap */
    close_tracker();
}

static void a_full_table_says_so(void **state)
{
    (void)state;
    open_stage(RAM, false);
    size_t known = 0;
    ms = (struct memstat){.heap = stage.heap}; /* no table at all */
    assert_status(memstat_find_size(&ms, take(100), &known), STATUS_OK);
    assert_int_equal(known, 112);
    assert_status(memstat_find_size(&ms, table, &known), STATUS_NOT_FOUND);
    assert_status(memstat_remove(&ms, table), STATUS_NOT_FOUND);
    assert_status(memstat_add(&ms, table, 1), STATUS_FULL);
    assert_sound(memstat_check(&ms));
    free_all();
    close_stage();
    assert_status(memstat_init(&ms, nullptr, table, 7 * sizeof table[0]), STATUS_NO_MEMORY);
    assert_status(memstat_init(&ms, nullptr, (char *)table + 8, sizeof table - 8),
                  STATUS_MISALIGNED);
    open_tracker(PLACES - 1); /* the power of two below */
    assert_int_equal(ms.capacity, PLACES / 2);
    size_t size;
    for (uint64_t i = 1; i <= 28; i++)
        assert_status(memstat_add(&ms, (void *)(i * 16), i), STATUS_OK);
    assert_status(memstat_add(&ms, (void *)(29 * 16), 1), STATUS_FULL);
    assert_status(memstat_find_size(&ms, (void *)(28 * 16), &size), STATUS_OK);
    assert_status(memstat_remove(&ms, (void *)(7 * 16)), STATUS_OK);
    assert_status(memstat_add(&ms, (void *)(29 * 16), 1), STATUS_OK);
    close_tracker();
}

static void agrees_with_a_model(void **state)
{
    (void)state;
    constexpr uint64_t keys = 120;
    static uint64_t sizes[keys]; /* 0: not registered */
    struct random r = random_start("memstat", 1);
    open_tracker(PLACES);
    memset(sizes, 0, sizeof sizes);
    uint64_t live = 0;
    for (unsigned step = 0; step < 50000; step++) {
        uint64_t key = random_below(&r, keys), size = 1 + random_below(&r, 1000);
        void *pointer = (void *)((key + 1) * 4096);
        if (random_below(&r, 2) == 0) {
            status_t want = sizes[key] != 0 ? STATUS_IN_USE : live == 56 ? STATUS_FULL : STATUS_OK;
            assert_status(memstat_add(&ms, pointer, size), want);
            if (want == STATUS_OK) {
                sizes[key] = size;
                live++;
            }
        } else {
            status_t want = sizes[key] != 0 ? STATUS_OK : STATUS_NOT_FOUND;
            assert_status(memstat_remove(&ms, pointer), want);
            live -= want == STATUS_OK;
            sizes[key] = 0;
        }
        assert_int_equal(ms.live, live);
        if (step % 50 != 0)
            continue;
        assert_sound(memstat_check(&ms));
        for (uint64_t i = 0; i < keys; i++) {
            size_t found;
            status_t status = memstat_find_size(&ms, (void *)((i + 1) * 4096), &found);
            assert_status(status, sizes[i] != 0 ? STATUS_OK : STATUS_NOT_FOUND);
            assert_true(sizes[i] == 0 || found == sizes[i]);
        }
    }
    close_tracker();
}

static void broken_trackers_are_named(void **state)
{
    (void)state;
    open_tracker(PLACES);
    for (uint64_t i = 1; i <= 40; i++)
        assert_status(memstat_add(&ms, (void *)(i * 16), i), STATUS_OK);
    const struct memstat sound = ms;
    static struct memstat_entry whole[PLACES];
    memcpy(whole, table, sizeof table);
    unsigned unreachable = 0;
    for (size_t i = 0; i < PLACES; i++) { /* a removal that leaves a gap */
        if (table[i].address == 0)
            continue;
        ms.live = 39;
        ms.live_bytes = sound.live_bytes - table[i].size;
        table[i] = (struct memstat_entry){};
        const char *broken = memstat_check(&ms);
        unreachable +=
            broken != nullptr &&
            strcmp(broken, "memstat MS1: an entry cannot be reached, or is there twice") == 0;
        memcpy(table, whole, sizeof table);
    }
    assert_true(unreachable > 0);
    ms = sound;
    ms.live--;
    assert_string_equal(memstat_check(&ms),
                        "memstat MS2: the live entries or bytes are not those of the table");
    ms = sound;
    ms.live_peak = 3;
    assert_string_equal(memstat_check(&ms), "memstat MS4: a peak is below what it is the peak of");
    ms = sound;
    for (size_t i = 0; i < PLACES; i++)
        table[i] = (struct memstat_entry){i + 1, 0};
    assert_string_equal(memstat_check(&ms), "memstat MS3: less than one place in 8 is free");
    memcpy(table, whole, sizeof table);
    close_tracker();
}

static void damage_stops_the_tracker(void **state)
{
    (void)state;
    size_t size;
    open_tracker(PLACES);
    assert_status(memstat_add(&ms, (void *)16, 5), STATUS_OK);
    assert_rule_broken(MS3, {
        ms.live = ms.capacity; /* without a free place a search may never end */
        (void)!memstat_find_size(&ms, (void *)16, &size);
    });
    assert_rule_broken(MS2, {
        ms.live_bytes = 4;
        (void)!memstat_remove(&ms, (void *)16);
    });
    assert_status(memstat_remove(&ms, (void *)16), STATUS_OK);
    close_tracker();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heap_needs_no_registration),
        cmocka_unit_test(anything_else_is_registered),
        cmocka_unit_test(a_full_table_says_so),
        cmocka_unit_test(agrees_with_a_model),
        cmocka_unit_test(broken_trackers_are_named),
        cmocka_unit_test(damage_stops_the_tracker),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
