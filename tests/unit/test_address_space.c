/* SPDX-License-Identifier: MIT
 * Address spaces beside a kernel's table, in simulated memory: what is shared, what is not, what is refused,
 * and that destroy gives back every table and only those. */
#include "harness/harness.h"

#include <boot/address_map.h>
#include <mm/address_space.h>

#include <string.h>

constexpr uint64_t RAM_BASE = MIB;
constexpr unsigned TABLES_MAX = 256;

struct world {
    struct fake_ram ram;
    unsigned in_use, budget, next;
    bool taken[TABLES_MAX];
    struct page_table kernel;
    struct address_space spaces[2];
};

static status_t take(void *owner, phys_addr_t *out)
{
    struct world *w = owner;
    if (w->budget == 0)
        return STATUS_NO_MEMORY;
    w->budget--;
    while (w->taken[w->next])
        w->next = (w->next + 1) % TABLES_MAX;
    w->taken[w->next] = true;
    w->in_use++;
    memset(w->ram.bytes + w->next * PAGE_SIZE, 0, PAGE_SIZE);
    *out = phys_addr(RAM_BASE + w->next * PAGE_SIZE);
    return STATUS_OK;
}

static void give_back(void *owner, phys_addr_t table)
{
    struct world *w = owner;
    const uint64_t index = (table.value - RAM_BASE) / PAGE_SIZE;
    assert_true(index < TABLES_MAX && w->taken[index]);
    w->taken[index] = false;
    w->in_use--;
}

static struct world *world_create(unsigned levels)
{
    struct world *w = test_calloc(1, sizeof *w);
    w->ram = fake_ram_create(RAM_BASE, TABLES_MAX * PAGE_SIZE);
    w->budget = TABLES_MAX;
    w->kernel = (struct page_table){.offset = w->ram.offset,
                                    .levels = levels,
                                    .phys_bits = 46,
                                    .no_execute = true,
                                    .gib_leaves = true,
                                    .memory = {take, give_back, nullptr, w}};
    assert_status(page_table_create(&w->kernel), STATUS_OK);
    assert_status(address_space_create(&w->spaces[0], &w->kernel),
                  STATUS_UNSUPPORTED); /* the high half is not shared yet */
    assert_status(page_table_map(&w->kernel, virt_addr(IMAGE_BASE), phys_addr(0), PAGE_SIZE,
                                 PAGE_EXECUTE | PAGE_GLOBAL, MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    assert_status(page_table_share_high(&w->kernel, virt_addr(HEAP_BASE), HEAP_SIZE), STATUS_OK);
    w->kernel.shared_high = true;
    for (unsigned i = 0; i < 2; i++)
        assert_status(address_space_create(&w->spaces[i], &w->kernel), STATUS_OK);
    return w;
}

static void check_all(const struct world *w)
{
    for (unsigned i = 0; i < 2; i++)
        assert_sound(address_space_check(&w->spaces[i]));
    assert_sound(page_table_check(&w->kernel));
}

static void world_destroy(struct world *w)
{
    check_all(w);
    for (unsigned i = 0; i < 2; i++)
        assert_status(address_space_destroy(&w->spaces[i], w->kernel.root, nullptr), STATUS_OK);
    assert_int_equal(page_table_count(&w->kernel), w->in_use);
    assert_true(page_table_query(&w->kernel, virt_addr(IMAGE_BASE)).present);
    fake_ram_destroy(&w->ram);
    test_free(w);
}

static virt_addr_t reserve(struct address_space *space, uint64_t size)
{
    virt_addr_t start;
    assert_status(address_space_reserve(space, size, PAGE_SIZE, "test", &start), STATUS_OK);
    return start;
}

static void map(struct address_space *space, virt_addr_t start, uint64_t phys, uint64_t size)
{
    assert_status(
        address_space_map(space, start, phys_addr(phys), size, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK),
        STATUS_OK);
}

/* One address, two spaces, two frames; and the kernel's own half is one. */
static void test_separate_and_shared(void **state)
{
    (void)state;
    for (unsigned levels = 4; levels <= 5; levels++) {
        struct world *w = world_create(levels);
        struct address_space *a = &w->spaces[0], *b = &w->spaces[1];
        virt_addr_t at = reserve(a, 4 * PAGE_SIZE);
        assert_int_equal(reserve(b, 4 * PAGE_SIZE).value, at.value);
        map(a, at, 0x5000, 4 * PAGE_SIZE);
        assert_false(address_space_query(b, at).present);
        map(b, at, 0x9000, PAGE_SIZE);
        assert_int_equal(address_space_query(a, at).phys.value, 0x5000);
        assert_int_equal(address_space_query(b, at).phys.value, 0x9000);
        assert_int_equal(address_space_query(a, at).rights, PAGE_WRITE | PAGE_USER);
        assert_false(page_table_query(&w->kernel, at).present);
        /* Nobody maps a user page into the half that all share, nor makes one of what is there. */
        assert_status(page_table_map(&w->kernel, virt_addr(HEAP_BASE), phys_addr(0x7000), PAGE_SIZE,
                                     PAGE_WRITE | PAGE_USER, MEMORY_TYPE_WRITE_BACK),
                      STATUS_BAD_RIGHTS);
        assert_status(page_table_protect(&a->table, virt_addr(IMAGE_BASE), PAGE_SIZE, PAGE_USER),
                      STATUS_BAD_RIGHTS);
        check_all(w);
        /* What the kernel maps from now on is in all of them; a user finds none of it. */
        assert_status(page_table_map(&w->kernel, virt_addr(HEAP_BASE + TIB), phys_addr(0x7000),
                                     PAGE_SIZE, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK),
                      STATUS_OK);
        assert_int_equal(page_table_query(&b->table, virt_addr(HEAP_BASE + TIB)).phys.value,
                         0x7000);
        assert_false(address_space_query(b, virt_addr(HEAP_BASE + TIB)).present);
        check_all(w);
        assert_status(page_table_unmap(&w->kernel, virt_addr(HEAP_BASE + TIB), PAGE_SIZE),
                      STATUS_OK);
        assert_status(address_space_protect(a, at, PAGE_SIZE, PAGE_EXECUTE), STATUS_OK);
        assert_int_equal(address_space_query(a, at).rights, PAGE_EXECUTE | PAGE_USER);
        assert_status(address_space_unmap(a, at, 4 * PAGE_SIZE), STATUS_OK);
        assert_status(address_space_unmap(b, at, PAGE_SIZE), STATUS_OK);
        world_destroy(w);
    }
}

/* Each refusal changes nothing. */
static void test_refused(void **state)
{
    (void)state;
    struct world *w = world_create(4);
    struct address_space *a = &w->spaces[0];
    const uint64_t at = reserve(a, 4 * PAGE_SIZE).value, end = USER_BASE + USER_SIZE;
    const struct {
        uint64_t start, size;
        uint32_t rights;
        status_t want;
    } cases[] = {
        {0, PAGE_SIZE, 0, STATUS_OUT_OF_RANGE},
        {USER_BASE - PAGE_SIZE, 2 * PAGE_SIZE, 0, STATUS_OUT_OF_RANGE},
        {end - PAGE_SIZE, 2 * PAGE_SIZE, 0, STATUS_OUT_OF_RANGE},
        {HEAP_BASE, PAGE_SIZE, 0, STATUS_OUT_OF_RANGE},
        {at, UINT64_MAX, 0, STATUS_OUT_OF_RANGE},
        {at, 0, 0, STATUS_MISALIGNED},
        {at + 8, PAGE_SIZE, 0, STATUS_MISALIGNED},
        {at - PAGE_SIZE, PAGE_SIZE, 0, STATUS_NOT_ALLOCATED},     /* its guards */
        {at + 4 * PAGE_SIZE, PAGE_SIZE, 0, STATUS_NOT_ALLOCATED}, /* and across one */
        {at + 3 * PAGE_SIZE, 2 * PAGE_SIZE, 0, STATUS_NOT_ALLOCATED},
        {at + GIB, PAGE_SIZE, 0, STATUS_NOT_ALLOCATED},
        {at, PAGE_SIZE, PAGE_GLOBAL, STATUS_BAD_RIGHTS},
        {at, PAGE_SIZE, PAGE_WRITE | PAGE_EXECUTE, STATUS_BAD_RIGHTS},
    };
    const unsigned tables = w->in_use;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const virt_addr_t start = virt_addr(cases[i].start);
        assert_status(address_space_map(a, start, phys_addr(0), cases[i].size, cases[i].rights,
                                        MEMORY_TYPE_WRITE_BACK),
                      cases[i].want);
        assert_status(address_space_protect(a, start, cases[i].size, cases[i].rights),
                      cases[i].want);
        if (cases[i].want != STATUS_BAD_RIGHTS)
            assert_status(address_space_unmap(a, start, cases[i].size), cases[i].want);
        check_all(w);
        assert_int_equal(w->in_use, tables);
    }
    assert_status(address_space_unmap(a, virt_addr(at), PAGE_SIZE), STATUS_NOT_MAPPED);
    world_destroy(w);
}

/* Nothing ends while it is in use, and it is said what is. */
static void test_in_use(void **state)
{
    (void)state;
    struct world *w = world_create(4);
    struct address_space *a = &w->spaces[0];
    const virt_addr_t at = reserve(a, 8 * PAGE_SIZE);
    const virt_addr_t third = virt_addr(at.value + 3 * PAGE_SIZE);
    struct page_extent mapped;
    map(a, third, 0x5000, 2 * PAGE_SIZE);
    assert_status(address_space_release(a, at), STATUS_IN_USE);
    assert_status(address_space_destroy(a, w->kernel.root, &mapped), STATUS_IN_USE);
    assert_int_equal(mapped.start.value, third.value);
    assert_int_equal(mapped.size, 2 * PAGE_SIZE);
    assert_status(address_space_release(a, third), STATUS_INSIDE_BLOCK);
    assert_status(address_space_unmap(a, third, 2 * PAGE_SIZE), STATUS_OK);
    assert_status(address_space_destroy(a, a->table.root, &mapped), STATUS_IN_USE);
    assert_int_equal(mapped.size, 0);
    assert_status(address_space_release(a, at), STATUS_OK);
    assert_status(address_space_release(a, at), STATUS_NOT_ALLOCATED);
    world_destroy(w);
}

/* No memory at every step, until it works. */
static void test_out_of_memory(void **state)
{
    (void)state;
    struct world *w = world_create(4);
    struct address_space extra = {0};
    const unsigned tables = w->in_use;
    w->budget = 0;
    assert_status(address_space_create(&extra, &w->kernel), STATUS_NO_MEMORY);
    assert_int_equal(extra.table.root.value, 0);
    w->budget = 1;
    assert_status(address_space_create(&extra, &w->kernel), STATUS_OK);
    virt_addr_t none;
    assert_status(address_space_reserve(&extra, PAGE_SIZE, PAGE_SIZE, "none", &none),
                  STATUS_NO_MEMORY); /* no page for the record */
    w->budget = 1;
    const virt_addr_t at = reserve(&extra, PAGE_SIZE);
    status_t status = STATUS_NO_MEMORY;
    for (unsigned budget = 0; status == STATUS_NO_MEMORY; budget++) {
        assert_int_equal(w->in_use, tables + 2);
        w->budget = budget;
        status =
            address_space_map(&extra, at, phys_addr(0x5000), PAGE_SIZE, 0, MEMORY_TYPE_WRITE_BACK);
        assert_sound(address_space_check(&extra));
    }
    assert_status(status, STATUS_OK);
    assert_int_equal(w->in_use, tables + 5);
    assert_status(address_space_unmap(&extra, at, PAGE_SIZE), STATUS_OK);
    assert_status(address_space_destroy(&extra, w->kernel.root, nullptr), STATUS_OK);
    assert_int_equal(w->in_use, tables);
    w->budget = TABLES_MAX;
    world_destroy(w);
}

static phys_addr_t loaded;
static void load(phys_addr_t root)
{
    loaded = root;
}

static void test_switch(void **state)
{
    (void)state;
    struct world *w = world_create(5);
    address_space_switch(&w->spaces[1], &w->kernel, load);
    assert_int_equal(loaded.value, w->spaces[1].table.root.value);
    address_space_switch(nullptr, &w->kernel, load);
    assert_int_equal(loaded.value, w->kernel.root.value);
    world_destroy(w);
}

/* The check finds what is planted behind the interface. */
static void test_check_finds(void **state)
{
    (void)state;
    struct world *w = world_create(4);
    struct address_space *a = &w->spaces[0];
    const virt_addr_t at = reserve(a, PAGE_SIZE);
    const virt_addr_t guard = virt_addr(at.value + PAGE_SIZE);
    static const struct {
        bool in_guard;
        uint32_t rights;
        const char *want;
    } faults[] = {
        {false, PAGE_WRITE, "AS2"},
        {false, PAGE_WRITE | PAGE_USER | PAGE_GLOBAL, "AS2"},
        {true, PAGE_WRITE | PAGE_USER, "AS3"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const virt_addr_t where = faults[i].in_guard ? guard : at;
        assert_status(page_table_map(&a->table, where, phys_addr(0), PAGE_SIZE, faults[i].rights,
                                     MEMORY_TYPE_WRITE_BACK),
                      STATUS_OK);
        const char *broken = address_space_check(a);
        assert_non_null(broken);
        assert_memory_equal(broken, faults[i].want, 3);
        assert_status(page_table_unmap(&a->table, where, PAGE_SIZE), STATUS_OK);
    }
    uint64_t *root = (uint64_t *)(uintptr_t)(a->table.root.value + a->table.offset);
    const uint64_t entry = root[511];
    root[511] = 0;
    const char *broken = address_space_check(a);
    assert_non_null(broken);
    assert_memory_equal(broken, "AS1", 3);
    root[511] = entry;
    world_destroy(w);
}

/* Tables and ranges that are not sound are told as what they are (breaks AS4). */
static void test_check_finds_unsound_parts(void **state)
{
    (void)state;
    struct world *w = world_create(4);
    struct address_space *a = &w->spaces[0];
    const virt_addr_t at = reserve(a, PAGE_SIZE);
    map(a, at, 0x5000, PAGE_SIZE);
    a->ranges.count++;
    assert_string_equal(address_space_check(a), "ranges R1: the count is not that of the tree");
    a->ranges.count--;
    uint64_t *root = (uint64_t *)(uintptr_t)(a->table.root.value + a->table.offset);
    uint64_t *entry = &root[at.value >> 39];
    const uint64_t good = *entry;
    *entry |= UINT64_C(1) << 50; /* reserved: above the width of physical addresses */
    const char *broken = address_space_check(a);
    assert_non_null(broken);
    assert_memory_equal(broken, "PT", 2);
    *entry = good;
    assert_status(address_space_unmap(a, at, PAGE_SIZE), STATUS_OK);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_separate_and_shared),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_in_use),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_check_finds),
        cmocka_unit_test(test_check_finds_unsound_parts),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
