/* SPDX-License-Identifier: MIT
 * The legacy module: the documents' ranges and slips, the linear heap, and two-level page tables, which random
 * operations compare with a flat list of all 2^20 pages and with a walker that reads raw bytes. */
#include "harness/harness.h"

#include <arch/legacy/addresses.h>
#include <arch/legacy/linear_heap.h>
#include <arch/legacy/two_level.h>
#include <base/string.h>

#include <stdio.h>

/* ---- the ranges ---- */

/* Typed from the documents, not from the header. */
static const struct {
    const char *name;
    uint64_t first, last;
    const char *document;
} documents[] = {
    {"IVT", 0, 0x3FF, "V1"},
    {"BDA", 0x400, 0x4FF, "V1"},
    {"CONVENTIONAL", 0x500, 0x9FBFF, "V1"},
    {"BOOT_STACK", 0x10000, 0x13FFF, "V1"},
    {"EBDA", 0x9FC00, 0x9FFFF, "V1"},
    {"ROM", 0xF0000, 0xFFFFF, "V1"},
    {"EXTENDED", 0x100000, 0xFFFFFFFF, "V1"},
    {"KERNEL", 0x100000, 0x19FFFF, "V1"},
    {"HEAP", 0x200000, 0x2FFFFF, "V5"},
    {"RESERVED", 0, 0xFFFFF, "M2"},
    {"BITMAP", 0x100000, 0x100FFF, "M2"},
    {"AVAILABLE", 0x101000, 0xFFFFFFFF, "M2"},
    {"NULL_GUARD", 0, 0xFFF, "M4"},
    {"USER_IMAGE", 0x1000, 0x7FFFFFFF, "M4"},
    {"USER_MEMORY", 0x80000000, 0xBFFFFFFF, "M4"},
    {"KERNEL_SPACE", 0xC0000000, 0xFFFFFFFF, "M4"},
    {"KHEAP", 0xFFFFFFFF80200000, 0xFFFFFFFF803FFFFF, "K2"},
};

static void test_ranges(void **state)
{
    (void)state;
    struct legacy_range range;
    const unsigned count = sizeof documents / sizeof documents[0];
    for (unsigned i = 0; i < count; i++) {
        assert_true(legacy_range_get(i, &range));
        assert_string_equal(range.name, documents[i].name);
        assert_int_equal(range.first, documents[i].first);
        assert_int_equal(range.last, documents[i].last);
        assert_string_equal(range.document, documents[i].document);
        assert_int_equal(range.is_virtual, i >= 12);
    }
    const struct legacy_range before = range;
    assert_false(legacy_range_get(count, &range));
    assert_false(legacy_range_get(UINT32_MAX, &range));
    assert_memory_equal(&range, &before, sizeof range);
}

static void test_bitmap_slip(void **state)
{
    (void)state;
    assert_int_equal(legacy_bitmap_covers(LEGACY_BITMAP_BYTES), UINT64_C(128) << 20);
    assert_int_equal(legacy_bitmap_covers(32 * LEGACY_BITMAP_BYTES), UINT64_C(4) << 30);
    assert_int_equal(legacy_bitmap_covers(0), 0);
    assert_int_equal(legacy_bitmap_covers(UINT64_MAX), UINT64_MAX);
    assert_int_equal(legacy_bitmap_covers(UINT64_C(1) << 49), UINT64_MAX);
    assert_int_equal(legacy_bitmap_covers((UINT64_C(1) << 49) - 1), 0 - UINT64_C(0x8000));
}

/* ---- the linear heap ---- */

/* The two tests differ for the block that ends with the last byte, and for no other. */
static void test_heap_slip(void **state)
{
    (void)state;
    for (uint32_t end = 0; end < 24; end++)
        for (uint32_t next = 0; next <= end; next++)
            for (uint32_t size = 0; size < 30; size++) {
                assert_int_equal(linear_heap_refuses(next, size, end), next + size > end);
                assert_int_equal(linear_heap_refuses_as_documented(next, size, end) !=
                                     linear_heap_refuses(next, size, end),
                                 next + size == end);
            }
    assert_true(linear_heap_refuses(LEGACY_HEAP_START, UINT32_MAX, LEGACY_HEAP_END));
    assert_true(linear_heap_refuses_as_documented(UINT32_MAX - 1, UINT32_MAX, UINT32_MAX));
}

static void test_heap(void **state)
{
    (void)state;
    struct linear_heap heap = linear_heap_of_document();
    uint32_t block = 0xAAAAAAAA;
    assert_status(linear_heap_alloc(&heap, LEGACY_HEAP_SIZE + 1, &block), STATUS_NO_MEMORY);
    assert_status(linear_heap_alloc(&heap, UINT32_MAX, &block), STATUS_NO_MEMORY);
    assert_int_equal(block, 0xAAAAAAAA);
    assert_int_equal(heap.next, LEGACY_HEAP_START);
    assert_status(linear_heap_alloc(&heap, 100, &block), STATUS_OK);
    assert_int_equal(block, 0x200000);
    assert_status(linear_heap_alloc(&heap, LEGACY_HEAP_SIZE - 100, &block), STATUS_OK);
    assert_int_equal(block, 0x200064);
    assert_int_equal(heap.next, 0x300000); /* the last byte too */
    assert_status(linear_heap_alloc(&heap, 1, &block), STATUS_NO_MEMORY);
    assert_sound(linear_heap_check(&heap));

    assert_status(linear_heap_init(&heap, 0xFFFFF000, 0x1000), STATUS_OVERFLOW);
    assert_int_equal(heap.next, 0x300000);
    assert_status(linear_heap_init(&heap, 0xFFFFF000, 0xFFF), STATUS_OK);
    assert_status(linear_heap_alloc(&heap, 0x1000, &block), STATUS_NO_MEMORY);
    assert_status(linear_heap_alloc(&heap, 0xFFF, &block), STATUS_OK);
    assert_sound(linear_heap_check(&heap));
    heap.next++;
    assert_string_equal(linear_heap_check(&heap),
                        "linear heap: the next byte is not between start and end");
}

/* ---- entries ---- */

static void test_entries(void **state)
{
    (void)state;
    const struct {
        struct two_level_entry entry;
        unsigned level;
        status_t status;
        uint32_t raw;
    } cases[] = {
        {{0x00123000, 0x001, 0}, 1, STATUS_OK, 0x00123001},
        {{0xFFFFF000, 0x067, 0xF98}, 1, STATUS_OK, 0xFFFFFFFF},
        {{0x00123000, 0x067, 0}, 2, STATUS_OK, 0x00123067},
        {{0x00C00000, 0x087, 0}, 2, STATUS_OK, 0x00C00087},
        {{0x00C00000, 0x087, 0x100}, 2, STATUS_OK, 0x00C00187},
        {{0x00C01000, 0x087, 0}, 2, STATUS_MISALIGNED, 0},
        {{0x00123800, 0x001, 0}, 1, STATUS_MISALIGNED, 0},
        {{0x00C00000, 0x081, 0}, 1, STATUS_BAD_FORMAT, 0}, /* 4 MiB in a table */
        {{0x00123000, 0x009, 0}, 1, STATUS_BAD_FORMAT, 0}, /* a flag without a name */
        {{0x00123000, 0x001, 0x4000}, 1, STATUS_BAD_FORMAT, 0},
        {{0x00123000, 0x001, 0x002}, 1, STATUS_BAD_FORMAT, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t raw = 0;
        assert_status(two_level_encode(cases[i].entry, cases[i].level, &raw), cases[i].status);
        assert_int_equal(raw, cases[i].raw);
    }
    struct random random = random_start("entries", 30);
    for (unsigned i = 0; i < 100000; i++) {
        const uint32_t raw = (uint32_t)random_next(&random);
        for (unsigned level = 1; level <= 2; level++) {
            uint32_t again;
            assert_status(two_level_encode(two_level_decode(raw, level), level, &again), STATUS_OK);
            assert_int_equal(again, raw);
        }
    }
}

static void test_split(void **state)
{
    (void)state;
    assert_int_equal(two_level_directory_index(0xC0000000), 768);
    assert_int_equal(two_level_table_index(0xC0000000), 0);
    assert_int_equal(two_level_directory_index(0xFFFFFFFF), 1023);
    assert_int_equal(two_level_table_index(0xFFFFFFFF), 1023);
    assert_int_equal(two_level_table_index(0x00400FFF), 0);
    assert_int_equal(two_level_table_index(0x003FF000), 1023);
}

/* ---- tables, beside a flat list ---- */

constexpr unsigned PAGES = 1 << 20;
constexpr unsigned TABLES = 1100;
constexpr uint64_t RAM_BASE = 0x7000000; /* no power of two, so that offsets cannot be forgotten */

/* flat[page]: 0, or physical address | 1 | rights | 0x80 in a 4 MiB page. */
static uint32_t flat[PAGES];

struct bench {
    struct fake_ram ram;
    struct two_level_space space;
    bool used[TABLES];
    unsigned used_count, budget;
    uint64_t far; /* added to the next table's address */
};

static status_t take(void *owner, phys_addr_t *out)
{
    struct bench *b = owner;
    if (b->budget == 0)
        return STATUS_NO_MEMORY;
    b->budget--;
    for (unsigned i = 0; i < TABLES; i++)
        if (!b->used[i]) {
            b->used[i] = true;
            b->used_count++;
            memset(b->ram.bytes + i * PAGE_SIZE, 0, PAGE_SIZE);
            *out = phys_addr(b->ram.base + i * PAGE_SIZE + b->far);
            return STATUS_OK;
        }
    return STATUS_NO_MEMORY;
}

static void give_back(void *owner, phys_addr_t table)
{
    struct bench *b = owner;
    const uint64_t index = (table.value - b->far - b->ram.base) / PAGE_SIZE;
    assert_true(index < TABLES && b->used[index]);
    b->used[index] = false;
    b->used_count--;
    memset(b->ram.bytes + index * PAGE_SIZE, 0xDB, PAGE_SIZE);
}

static struct bench *bench_start(bool large_pages)
{
    struct bench *b = test_calloc(1, sizeof *b);
    b->ram = fake_ram_create(RAM_BASE, TABLES * PAGE_SIZE);
    b->budget = UINT32_MAX;
    b->space =
        (struct two_level_space){.offset = b->ram.offset,
                                 .large_pages = large_pages,
                                 .memory = {.take = take, .give_back = give_back, .owner = b}};
    memset(flat, 0, sizeof flat);
    assert_status(two_level_create(&b->space), STATUS_OK);
    assert_sound(two_level_check(&b->space));
    return b;
}

static void bench_end(struct bench *b)
{
    assert_sound(two_level_check(&b->space));
    assert_int_equal(two_level_table_count(&b->space), b->used_count);
    two_level_destroy(&b->space);
    assert_int_equal(b->used_count, 0);
    fake_ram_destroy(&b->ram);
    test_free(b);
}

static uint32_t raw_word(const struct bench *b, uint32_t phys)
{
    const unsigned char *at = b->ram.bytes + (phys - RAM_BASE);
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* What a processor with CR4.PSE would find: from SDM 3A 4.3 and the bytes. 0: a page fault. */
static uint32_t raw_walk(const struct bench *b, uint32_t va)
{
    const uint32_t pde = raw_word(b, b->space.root + 4 * (va / 0x400000));
    if (pde % 2 == 0)
        return 0;
    if ((pde & 0x80) != 0)
        return (pde & 0xFFC00000) + (va & 0x3FF000) + (pde & 0x87);
    const uint32_t pte = raw_word(b, (pde & ~0xFFFu) + 4 * (va / 0x1000 % 1024));
    return pte % 2 == 0 ? 0 : (pte & ~0xFFFu) + (pde & pte & 0x7);
}

static void compare_at(const struct bench *b, uint32_t va)
{
    const uint32_t wanted = flat[va >> 12];
    const struct two_level_walk walk = two_level_query(&b->space, va);
    assert_int_equal(raw_walk(b, va), wanted);
    assert_int_equal(walk.present, wanted != 0);
    if (wanted == 0)
        return;
    assert_int_equal(walk.phys, (wanted & ~0xFFFu) + (va & 0xFFF));
    assert_int_equal(walk.rights, wanted & 0x6);
    assert_int_equal(walk.large, (wanted & 0x80) != 0);
}

static void compare_all(const struct bench *b)
{
    unsigned tables = 1;
    for (unsigned slot = 0; slot < 1024; slot++) {
        bool small = false;
        for (unsigned i = 0; i < 1024; i++) {
            const uint32_t page = slot * 1024 + i;
            small |= flat[page] != 0 && (flat[page] & 0x80) == 0;
            assert_int_equal(raw_walk(b, page << 12), flat[page]);
        }
        tables += small;
    }
    assert_int_equal(b->used_count, tables);
    assert_sound(two_level_check(&b->space));
}

static bool flat_any(uint64_t first, uint64_t count, bool mapped)
{
    for (uint64_t i = first; i < first + count; i++)
        if ((flat[i] != 0) == mapped)
            return true;
    return false;
}

/* The naive map: what the contract says, page by page. */
static status_t flat_map(uint32_t start, uint32_t phys, uint64_t size, uint32_t rights, bool large)
{
    if (size == 0)
        return STATUS_BAD_FORMAT;
    if (start % 4096 != 0 || phys % 4096 != 0 || size % 4096 != 0)
        return STATUS_MISALIGNED;
    if (start + size > UINT64_C(1) << 32 || phys + size > UINT64_C(1) << 32)
        return STATUS_OVERFLOW;
    if ((rights | 6) != 6)
        return STATUS_BAD_RIGHTS;
    if (flat_any(start / 4096, size / 4096, true))
        return STATUS_ALREADY_MAPPED;
    for (uint64_t at = 0; at < size; at += 4096) {
        const uint64_t slot = (start + at) / 0x400000 * 0x400000;
        const bool whole = slot >= start && slot + 0x400000 <= start + size;
        flat[(start + at) / 4096] = (uint32_t)(phys + at) | rights | 1;
        if (large && whole && (phys + slot - start) % 0x400000 == 0)
            flat[(start + at) / 4096] |= 0x80;
    }
    return STATUS_OK;
}

static status_t flat_unmap(uint32_t start, uint64_t size)
{
    if (size == 0)
        return STATUS_BAD_FORMAT;
    if (start % 4096 != 0 || size % 4096 != 0)
        return STATUS_MISALIGNED;
    if (start + size > UINT64_C(1) << 32)
        return STATUS_OVERFLOW;
    const uint64_t first = start / 4096, end = first + size / 4096;
    if (flat_any(first, end - first, false))
        return STATUS_NOT_MAPPED;
    if ((first % 1024 != 0 && (flat[first] & 0x80) != 0) ||
        (end % 1024 != 0 && (flat[end - 1] & 0x80) != 0))
        return STATUS_WRONG_ORDER;
    memset(&flat[first], 0, (end - first) * sizeof flat[0]);
    return STATUS_OK;
}

struct operation {
    uint32_t start, phys, rights;
    uint64_t size;
    bool map;
};

/* What is mapped around a page, so that an unmap can succeed: all of it, or from the page on. */
static void aim_at_run(struct operation *op, bool whole)
{
    uint64_t first = op->start / 4096, end = first;
    while (whole && first > 0 && flat[first - 1] != 0)
        first--;
    while (end < PAGES && flat[end] != 0)
        end++;
    op->start = (uint32_t)first * 4096;
    op->size = (end - first) * 4096;
}

/* Near borders of tables, in a few of them and at both ends of the space; now and then nonsense. */
static struct operation random_operation(struct random *r)
{
    static const uint32_t bases[] = {0, 0x00400000, 0x00C00000, 0xBFC00000, 0xC0000000, 0xFF800000};
    static const uint64_t sizes[] = {0x1000, 0x2000, 0x3FF000, 0x400000, 0x401000, 0x800000};
    struct operation op = {.map = random_below(r, 5) < 3};
    op.start = bases[random_below(r, 6)] + (uint32_t)random_below(r, 1 << 11) * 0x1000;
    if (random_below(r, 2) == 0)
        op.start &= 0xFFC00000;
    op.size = sizes[random_below(r, 6)];
    if (random_below(r, 2) == 0)
        op.size = random_below(r, 16) * 0x1000;
    op.phys = (uint32_t)random_next(r) & (random_below(r, 2) == 0 ? 0xFFFFF000 : 0xFFC00000);
    if (random_below(r, 2) == 0)
        op.phys = op.start;
    op.rights = (uint32_t)random_below(r, 4) * 2;
    if (!op.map && random_below(r, 4) != 0)
        aim_at_run(&op, random_below(r, 2) == 0);
    if (random_below(r, 64) == 0)
        op.rights |= 1u << random_below(r, 32);
    if (random_below(r, 64) == 0)
        op.start += (uint32_t)random_below(r, 0x1000);
    if (random_below(r, 64) == 0)
        op.size = random_next(r);
    return op;
}

/* One operation to both; true if it did something, and in *split if it was refused for a part of a 4 MiB page. */
static bool random_step(struct bench *b, struct random *random, unsigned *split)
{
    const struct operation op = random_operation(random);
    const bool large = b->space.large_pages;
    status_t wanted, found;
    if (op.map) {
        wanted = flat_map(op.start, op.phys, op.size, op.rights, large);
        found = two_level_map(&b->space, op.start, op.phys, op.size, op.rights);
    } else {
        wanted = flat_unmap(op.start, op.size);
        found = two_level_unmap(&b->space, op.start, op.size);
    }
    assert_status(found, wanted);
    *split += found == STATUS_WRONG_ORDER;
    for (unsigned i = 0; i < 8; i++)
        compare_at(b, op.start + (uint32_t)random_below(random, 0x802000) - 0x1000);
    return found == STATUS_OK;
}

/* Many short lives: a full space refuses nearly everything, and 4 MiB pages need an empty one. */
static void test_random(void **state)
{
    (void)state;
    struct random random = random_start("two levels", 31);
    unsigned done = 0, split = 0;
    for (unsigned life = 0; life < 500; life++) {
        struct bench *b = bench_start(life % 2 != 0);
        for (unsigned round = 0; round < 100; round++)
            done += random_step(b, &random, &split);
        if (life % 8 < 2)
            compare_all(b);
        bench_end(b);
    }
    print_message("  %u operations succeeded, %u would have split a page\n", done, split);
    assert_true(done > 10000 && split > 50);
}

/* Out of tables at every step: nothing is left behind; in the end it works. */
static void test_no_memory(void **state)
{
    (void)state;
    struct bench *b = bench_start(false);
    assert_status(two_level_map(&b->space, 0x00FFF000, 0x5000, 0x1000, 0), STATUS_OK);
    flat[0xFFF] = 0x5001;
    status_t status = STATUS_NO_MEMORY;
    for (unsigned budget = 0; status == STATUS_NO_MEMORY; budget++) {
        assert_true(budget <= 4);
        b->budget = budget;
        status = two_level_map(&b->space, 0x01000000 - 0x400000 - 0x3000, 0, 0x400000, 0x2);
        if (status == STATUS_NO_MEMORY)
            compare_all(b);
        else
            assert_int_equal(budget, 1);
    }
    assert_status(status, STATUS_OK);
    bench_end(b);

    b = bench_start(false);
    b->budget = 3;
    assert_status(two_level_map(&b->space, 0x7FFFF000, 0, 0x1000000, 0), STATUS_NO_MEMORY);
    compare_all(b);
    b->budget = 1;
    b->far = 4 * GIB;
    assert_status(two_level_map(&b->space, 0x1000, 0, 0x1000, 0), STATUS_OUT_OF_RANGE);
    b->far = 0;
    compare_all(b);
    bench_end(b);
}

static void test_whole_space(void **state)
{
    (void)state;
    for (unsigned large = 0; large < 2; large++) {
        struct bench *b = bench_start(large != 0);
        assert_status(two_level_map(&b->space, 0, 0, TWO_LEVEL_SPACE, 0x6), STATUS_OK);
        assert_int_equal(two_level_table_count(&b->space), large ? 1 : 1025);
        assert_sound(two_level_check(&b->space));
        assert_int_equal(two_level_query(&b->space, 0xFFFFFFFF).phys, 0xFFFFFFFF);
        assert_status(two_level_map(&b->space, 0xFFFFF000, 0, 0x1000, 0), STATUS_ALREADY_MAPPED);
        assert_status(two_level_unmap(&b->space, 0xFFFFF000, 0x2000), STATUS_OVERFLOW);
        assert_status(two_level_unmap(&b->space, 0, TWO_LEVEL_SPACE), STATUS_OK);
        assert_int_equal(b->used_count, 1);
        bench_end(b);
    }
}

/* Rights need both entries; accessed and dirty bits, which a processor sets, change nothing. */
static void test_walk_of_foreign_entries(void **state)
{
    (void)state;
    struct bench *b = bench_start(true);
    assert_status(two_level_map(&b->space, 0x1000, 0x9000, 0x1000, 0x6), STATUS_OK);
    uint32_t *directory = (uint32_t *)(uintptr_t)(b->space.root + b->space.offset);
    uint32_t *table = (uint32_t *)(uintptr_t)((directory[0] & ~0xFFFu) + b->space.offset);
    table[1] |= TWO_LEVEL_ACCESSED | TWO_LEVEL_DIRTY;
    directory[0] |= TWO_LEVEL_ACCESSED;
    assert_int_equal(two_level_query(&b->space, 0x1234).phys, 0x9234);
    assert_int_equal(two_level_query(&b->space, 0x1234).rights, 0x6);
    assert_sound(two_level_check(&b->space));
    directory[0] &= ~TWO_LEVEL_USER;
    assert_int_equal(two_level_query(&b->space, 0x1234).rights, TWO_LEVEL_WRITE);
    assert_string_equal(two_level_check(&b->space), "LT2: a directory entry takes rights away");
    directory[0] |= TWO_LEVEL_USER;
    table[5] = 0x7000;
    assert_string_equal(two_level_check(&b->space),
                        "LT3: a table's entry that is not present is not 0");
    table[5] = 0;
    static const char lt4[] =
        "LT4: a 4 MiB page that the processor does not know, or with reserved bits";
    directory[7] = 0x00C02081; /* bit 13 of a 4 MiB page */
    assert_string_equal(two_level_check(&b->space), lt4);
    directory[7] = 0x00C00081;
    b->space.large_pages = false;
    assert_string_equal(two_level_check(&b->space), lt4);
    b->space.large_pages = true;
    directory[7] = 0x1000;
    assert_string_equal(two_level_check(&b->space),
                        "LT3: a directory entry that is not present is not 0");
    directory[7] = 0;
    const uint32_t page = table[1];
    table[1] = 0;
    assert_string_equal(two_level_check(&b->space), "LT1: a table maps nothing");
    table[1] = page;
    bench_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),      cmocka_unit_test(test_bitmap_slip),
        cmocka_unit_test(test_heap_slip),   cmocka_unit_test(test_heap),
        cmocka_unit_test(test_entries),     cmocka_unit_test(test_split),
        cmocka_unit_test(test_random),      cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_whole_space), cmocka_unit_test(test_walk_of_foreign_entries),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
