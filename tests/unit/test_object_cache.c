/* SPDX-License-Identifier: MIT
 * Object caches: sizes, constructors, what is whose, accounts, want of memory, damage. */
#include "unit/heap_fixture.h"

#include <base/string.h>

#include <stdio.h>

struct thing {
    uint64_t magic;
    unsigned char payload[40];
};
constexpr uint64_t MAGIC = 0x7468696e67;
static unsigned constructions;

static void construct(void *object)
{
    struct thing *thing = object;
    thing->magic = MAGIC;
    memset(thing->payload, 0, sizeof thing->payload);
    constructions++;
}

static void open_at(enum heap_level level)
{
    heap_stage_open_at(&stage, RAM, true, 0, level);
    model = (struct heap_model){0};
    constructions = 0;
}

static struct object_cache *cache_of(size_t size, size_t alignment, object_constructor *constructor)
{
    struct object_cache *cache;
    assert_status(object_cache_create(stage.heap, "thing", size, alignment, constructor, &cache),
                  STATUS_OK);
    return cache;
}

static struct object_cache_stats stats_of(const struct object_cache *cache)
{
    struct object_cache_stats stats;
    object_cache_stats(cache, &stats);
    return stats;
}

static void *object_of(struct object_cache *cache)
{
    void *object;
    assert_status(object_cache_alloc(cache, &object), STATUS_OK);
    return object;
}

static void any_size_and_alignment(void **state)
{
    (void)state;
    for (unsigned level = HEAP_L0; level <= HEAP_L1; level++)
        for (size_t size = 1; size <= HEAP_SLAB_MAX - HEAP_RED_ZONE; size += 1 + size / 9)
            for (size_t alignment = 1; alignment <= HEAP_SLAB_MAX; alignment *= 8) {
                static unsigned char *objects[40];
                struct object_cache *cache;
                open_at((enum heap_level)level);
                status_t status =
                    object_cache_create(stage.heap, "thing", size, alignment, nullptr, &cache);
                bool fits = align_up(size + stage.heap->red_zone, alignment) <= HEAP_SLAB_MAX;
                assert_status(status, fits ? STATUS_OK : STATUS_OVERFLOW);
                for (unsigned i = 0; fits && i < 40; i++) {
                    objects[i] = object_of(cache);
                    assert_true(is_aligned((uintptr_t)objects[i], alignment) &&
                                is_aligned((uintptr_t)objects[i], HEAP_ALIGNMENT));
                    memset(objects[i], (int)i, size);
                }
                for (unsigned i = 0; fits && i < 40; i++) {
                    assert_int_equal(objects[i][0], i);
                    assert_int_equal(objects[i][size - 1], i);
                    assert_status(object_cache_free(cache, objects[i], nullptr), STATUS_OK);
                }
                assert_sound(heap_check(stage.heap));
                if (fits)
                    assert_status(object_cache_destroy(cache), STATUS_OK);
                close_stage();
            }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t size, alignment;
        status_t want;
    } cases[] = {
        {0, 16, STATUS_OVERFLOW},        {HEAP_SLAB_MAX + 1, 16, STATUS_OVERFLOW},
        {SIZE_MAX, 16, STATUS_OVERFLOW}, {1, 2 * HEAP_SLAB_MAX, STATUS_OVERFLOW},
        {1, 0, STATUS_MISALIGNED},       {1, 24, STATUS_MISALIGNED},
        {1, 2 * GIB, STATUS_MISALIGNED},
    };
    open_at(HEAP_L0);
    struct object_cache *cache = nullptr, *caches[OBJECT_CACHES_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_status(object_cache_create(stage.heap, "bad", cases[i].size, cases[i].alignment,
                                          nullptr, &cache),
                      cases[i].want);
    for (unsigned i = 0; i < OBJECT_CACHES_MAX; i++)
        caches[i] = cache_of(i + 1, 1, nullptr);
    assert_status(object_cache_create(stage.heap, "one more", 1, 1, nullptr, &cache), STATUS_FULL);
    assert_null(cache);
    assert_status(object_cache_destroy(caches[3]), STATUS_OK);
    assert_ptr_equal(object_cache_get(stage.heap, 3), caches[4]);
    assert_ptr_equal(cache_of(1, 1, nullptr), caches[3]); /* its place is used again */
    assert_null(object_cache_get(stage.heap, OBJECT_CACHES_MAX));
    close_stage();
}

static void objects_stay_constructed(void **state)
{
    (void)state;
    for (unsigned level = HEAP_L0; level <= HEAP_L1; level++) {
        static struct thing *things[500];
        open_at((enum heap_level)level);
        struct object_cache *cache = cache_of(sizeof(struct thing), 16, construct);
        assert_int_equal(constructions, 0);
        for (unsigned round = 0; round < 3; round++) {
            for (unsigned i = 0; i < 500; i++) {
                things[i] = object_of(cache);
                assert_int_equal(things[i]->magic, MAGIC);
                assert_int_equal(things[i]->payload[39], 0);
                things[i]->payload[39] = 1;
            }
            if (round == 0)
                assert_int_equal(constructions, stats_of(cache).class.blocks);
            for (unsigned i = 0; i < 500; i++) {
                things[i]->payload[39] = 0;
                assert_status(object_cache_free(cache, things[i], nullptr), STATUS_OK);
            }
            assert_sound(heap_check(stage.heap));
        }
        assert_status(object_cache_destroy(cache), STATUS_OK);
        close_stage();
    }
}

static void what_is_whose(void **state)
{
    (void)state;
    open_at(HEAP_L0);
    struct object_cache *cache = cache_of(100, 16, nullptr), *other = cache_of(100, 16, nullptr);
    unsigned char *object = object_of(cache), *neighbour = object_of(cache);
    unsigned char *theirs = object_of(other), *block = take(100);
    const struct {
        const char *crime;
        void *pointer;
        status_t want;
    } cases[] = {
        {"another cache's object", theirs, STATUS_FOREIGN},
        {"a block of kmalloc", block, STATUS_FOREIGN},
        {"inside", object + 16, STATUS_INSIDE_BLOCK},
        {"misaligned", object + 1, STATUS_MISALIGNED},
        {"never allocated", neighbour + 112, STATUS_NOT_ALLOCATED},
        {"static", &stage, STATUS_FOREIGN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heap_misuse misuse = {0};
        struct heap_totals before = totals_now();
        printf("    %s\n", cases[i].crime);
        assert_status(object_cache_free(cache, cases[i].pointer, &misuse), cases[i].want);
        assert_status(misuse.status, cases[i].want);
        assert_int_equal(misuse.address.value, virt_of(cases[i].pointer).value);
        before.misuses++;
        struct heap_totals after = totals_now();
        assert_memory_equal(&before, &after, sizeof after);
    }
    void *out;
    size_t size;
    virt_addr_t found;
    assert_status(heap_free(stage.heap, object, nullptr), STATUS_FOREIGN);
    assert_status(heap_resize(stage.heap, object, 200, &out, nullptr), STATUS_FOREIGN);
    assert_status(heap_find(stage.heap, virt_of(object + 50), &found, &size), STATUS_OK);
    assert_int_equal(found.value, virt_of(object).value);
    assert_status(object_cache_free(cache, nullptr, nullptr), STATUS_OK);
    assert_status(object_cache_free(cache, object, nullptr), STATUS_OK);
    assert_status(object_cache_free(cache, object, nullptr), STATUS_NOT_ALLOCATED);
    assert_status(object_cache_destroy(cache), STATUS_IN_USE);
    assert_status(object_cache_free(cache, neighbour, nullptr), STATUS_OK);
    assert_status(object_cache_destroy(cache), STATUS_OK);
    assert_status(object_cache_free(other, theirs, nullptr), STATUS_OK);
    assert_status(object_cache_destroy(other), STATUS_OK);
    free_all();
    close_stage();
}

static void accounts_outlive_a_cache(void **state)
{
    (void)state;
    open_at(HEAP_L0);
    struct object_cache *cache = cache_of(1000, 16, nullptr);
    void *objects[10];
    for (unsigned i = 0; i < 10; i++)
        objects[i] = object_of(cache);
    for (unsigned i = 0; i < 10; i++)
        assert_status(object_cache_free(cache, objects[i], nullptr), STATUS_OK);
    objects[0] = object_of(cache);
    struct object_cache_stats stats = stats_of(cache);
    assert_string_equal(stats.name, "thing");
    assert_int_equal(stats.object_size, 1000);
    assert_int_equal(stats.class.block_size, 1008);
    assert_int_equal(stats.class.allocations, 11);
    assert_int_equal(stats.class.frees, 10);
    assert_int_equal(stats.class.live, 1);
    assert_int_equal(stats.class.live_peak, 10);
    assert_int_equal(totals_now().live_bytes, 1008);
    assert_status(object_cache_free(cache, objects[0], nullptr), STATUS_OK);
    assert_status(object_cache_destroy(cache), STATUS_OK);
    assert_int_equal(totals_now().allocations, 11);
    assert_int_equal(totals_now().frees, 11);
    assert_int_equal(totals_now().usable_total, 11 * 1008);
    assert_int_equal(totals_now().slabs, 0);
    close_stage();
}

static void without_memory(void **state)
{
    (void)state;
    open_at(HEAP_L1);
    struct object_cache *cache = cache_of(3000, 16, construct);
    stage.budget = 0;
    void *object = &stage;
    assert_status(object_cache_alloc(cache, &object), STATUS_NO_MEMORY);
    assert_ptr_equal(object, &stage);
    assert_int_equal(stats_of(cache).refusals, 1);
    assert_int_equal(constructions, 0);
    stage.budget = STAGE_UNLIMITED;
    assert_sound(heap_check(stage.heap));
    assert_status(object_cache_destroy(cache), STATUS_OK);
    close_stage();
}

static void damage_is_found(void **state)
{
    (void)state;
    struct heap_misuse misuse;
    open_at(HEAP_L1);
    struct object_cache *cache = cache_of(100, 16, nullptr);
    unsigned char *object = object_of(cache), *kept = object_of(cache);
    object[100] ^= 1;
    assert_status(object_cache_free(cache, object, &misuse), STATUS_OVERRUN);
    assert_int_equal(misuse.requested, 100);
    assert_int_equal(misuse.offset, 100);
    object[100] ^= 1;
    assert_status(object_cache_free(cache, object, &misuse), STATUS_OK);
    object[3] = 0;
    assert_ptr_not_equal(object_of(cache), object);
    assert_int_equal(totals_now().retired, 1);
    assert_status(object_cache_free(cache, object, &misuse), STATUS_NOT_ALLOCATED);
    assert_status(object_cache_free(cache, kept, &misuse), STATUS_OK);
    assert_status(object_cache_destroy(cache), STATUS_IN_USE); /* the retired block is there */
    assert_sound(heap_check(stage.heap));
    heap_stage_close(&stage);
}

static void broken_caches_are_named(void **state)
{
    (void)state;
    open_at(HEAP_L0);
    struct object_cache *cache = cache_of(sizeof(struct thing), 16, construct);
    struct heap_size_class *class = &stage.heap->classes[HEAP_CLASS_COUNT];
    void *object = object_of(cache);
    const char *name = cache->name;
    cache->name = nullptr;
    assert_string_equal(heap_check(stage.heap),
                        "object cache OC1: a cache has no class, or a class no cache");
    cache->name = name;
    cache->object_size = 65;
    assert_string_equal(heap_check(stage.heap),
                        "object cache OC2: an object does not fit into its block");
    cache->object_size = sizeof(struct thing);
    class->current->constructed = false;
    assert_string_equal(heap_check(stage.heap),
                        "object cache OC3: the current slab is not constructed");
    class->current->constructed = true;
    class->current->kind = HEAP_SLAB;
    assert_non_null(heap_check(stage.heap));
    class->current->kind = HEAP_OBJECTS;
    assert_status(object_cache_free(cache, object, nullptr), STATUS_OK);
    assert_status(object_cache_destroy(cache), STATUS_OK);
    close_stage();
}

static void damage_stops_a_cache(void **state)
{
    (void)state;
    open_at(HEAP_L0);
    struct object_cache *cache = cache_of(sizeof(struct thing), 16, construct);
    struct heap_size_class *class = &stage.heap->classes[HEAP_CLASS_COUNT];
    void *object = object_of(cache);
    assert_rule_broken(OC1, {
        cache->name = nullptr; /* its class is in use */
        (void)cache_of(100, 16, nullptr);
    });
    assert_rule_broken(OC2, {
        cache->object_size = class->block_size + 1;
        (void)object_of(cache);
    });
    assert_rule_broken(OC3, {
        class->current->constructed = false;
        (void)object_of(cache);
    });
    assert_status(object_cache_free(cache, object, nullptr), STATUS_OK);
    assert_status(object_cache_destroy(cache), STATUS_OK);
    close_stage();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_size_and_alignment),   cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(objects_stay_constructed), cmocka_unit_test(what_is_whose),
        cmocka_unit_test(accounts_outlive_a_cache), cmocka_unit_test(without_memory),
        cmocka_unit_test(damage_is_found),          cmocka_unit_test(broken_caches_are_named),
        cmocka_unit_test(damage_stops_a_cache),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
