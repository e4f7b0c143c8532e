/* SPDX-License-Identifier: MIT
 * Virtual ranges: guards, which gap is taken, reuse, and a random run against a map with one byte a page. */
#include "harness/harness.h"

#include "mm/space/ranges_private.h"
#include "model/range_pages.h"

#include <string.h>

constexpr uint64_t BASE = 0xFFFFC90000000000;

struct area {
    struct range_pages pages;
    struct range_allocator ra;
};

static void open_area(struct area *area, uint64_t page_count)
{
    area->pages = (struct range_pages){};
    const struct range_memory memory = range_pages_memory(&area->pages);
    ranges_init(&area->ra, virt_addr(BASE), page_count * PAGE_SIZE, &memory);
    assert_sound(ranges_check(&area->ra));
}

static void close_area(struct area *area)
{
    ranges_end(&area->ra);
    assert_sound(ranges_check(&area->ra));
    assert_int_equal(area->pages.open, 0);
}

static const struct virtual_range *record(const struct area *area, int index)
{
    const struct virtual_range *range = nullptr;
    for (int i = 0; i <= index; i++)
        range = ranges_next(&area->ra, range);
    return range;
}

/* The page in the area where the range starts. */
static uint64_t take(struct area *area, uint64_t size, uint64_t alignment)
{
    virt_addr_t start;
    assert_status(ranges_alloc(&area->ra, size, alignment, "test", &start), STATUS_OK);
    assert_sound(ranges_check(&area->ra));
    return (start.value - BASE) / PAGE_SIZE;
}

static virt_addr_t page(uint64_t index)
{
    return virt_addr(BASE + index * PAGE_SIZE);
}

static void first_fit_with_guards(void **state)
{
    (void)state;
    struct area area;
    open_area(&area, 64);
    assert_int_equal(take(&area, 1, PAGE_SIZE), 1); /* guard, page, guard */
    assert_int_equal(take(&area, 0, PAGE_SIZE), 4); /* zero bytes are one page */
    assert_int_equal(take(&area, PAGE_SIZE + 1, PAGE_SIZE), 7);
    assert_int_equal(take(&area, 4 * PAGE_SIZE, PAGE_SIZE), 11);
    struct virtual_range was;
    assert_status(ranges_free(&area.ra, page(7), &was), STATUS_OK);
    assert_int_equal(was.start.value, page(7).value);
    assert_int_equal(was.size, 2 * PAGE_SIZE);
    assert_string_equal(was.name, "test");
    assert_int_equal(take(&area, 3 * PAGE_SIZE, PAGE_SIZE), 17); /* the hole is too small */
    assert_int_equal(take(&area, 2 * PAGE_SIZE, PAGE_SIZE), 7);  /* and fits exactly */
    assert_int_equal(area.ra.count, 5);
    close_area(&area);
}

static void aligns(void **state)
{
    (void)state;
    struct area area;
    open_area(&area, 4096);
    assert_int_equal(take(&area, PAGE_SIZE, 8 * PAGE_SIZE), 8);
    assert_int_equal(take(&area, PAGE_SIZE, PAGE_SIZE), 1); /* the padding is not lost */
    assert_int_equal(take(&area, PAGE_SIZE, 2 * MIB), 512);
    assert_int_equal(take(&area, 2 * MIB, 2 * MIB), 1024);
    close_area(&area);
}

static void finds(void **state)
{
    (void)state;
    struct area area;
    open_area(&area, 64);
    assert_int_equal(take(&area, 2 * PAGE_SIZE, PAGE_SIZE), 1);
    assert_int_equal(take(&area, PAGE_SIZE, 8 * PAGE_SIZE), 8);
    const struct {
        virt_addr_t address;
        int record; /* -1: none */
        bool guard;
    } cases[] = {
        {virt_addr(BASE - 1), -1, false},
        {page(0), 0, true},
        {virt_addr(page(1).value - 1), 0, true},
        {page(1), 0, false},
        {virt_addr(page(3).value - 1), 0, false},
        {page(3), 0, true},
        {virt_addr(page(4).value - 1), 0, true},
        {page(4), -1, false},
        {page(7), 1, true},
        {page(8), 1, false},
        {page(9), 1, true},
        {page(10), -1, false},
        {virt_addr(0), -1, false},
        {virt_addr(UINT64_MAX), -1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool guard = false;
        const struct virtual_range *found = ranges_find(&area.ra, cases[i].address, &guard);
        assert_ptr_equal(found, record(&area, cases[i].record));
        assert_int_equal(guard, cases[i].guard);
        assert_ptr_equal(ranges_find(&area.ra, cases[i].address, nullptr), found);
    }
    close_area(&area);
}

static void refuses_bad_frees(void **state)
{
    (void)state;
    struct area area;
    open_area(&area, 64);
    assert_int_equal(take(&area, 2 * PAGE_SIZE, PAGE_SIZE), 1);
    const struct {
        const char *crime;
        virt_addr_t start;
        status_t want;
    } crimes[] = {
        {"one byte in", virt_addr(page(1).value + 1), STATUS_INSIDE_BLOCK},
        {"one page in", page(2), STATUS_INSIDE_BLOCK},
        {"its lower guard", page(0), STATUS_NOT_ALLOCATED},
        {"its upper guard", page(3), STATUS_NOT_ALLOCATED},
        {"a gap", page(10), STATUS_NOT_ALLOCATED},
        {"null", virt_addr(0), STATUS_NOT_ALLOCATED},
        {"below the area", page(-UINT64_C(1)), STATUS_NOT_ALLOCATED},
        {"above the area", page(64), STATUS_NOT_ALLOCATED},
    };
    struct area before = area;
    const struct range_page page_before = *area.ra.room;
    for (size_t i = 0; i < sizeof crimes / sizeof *crimes; i++) {
        print_message("    %s\n", crimes[i].crime);
        struct virtual_range was = {.size = 42};
        assert_status(ranges_free(&area.ra, crimes[i].start, &was), crimes[i].want);
        assert_int_equal(was.size, 42);
        assert_memory_equal(&before.ra, &area.ra, sizeof area.ra);
        assert_memory_equal(&page_before, area.ra.room, sizeof page_before);
    }
    assert_status(ranges_free(&area.ra, page(1), nullptr), STATUS_OK);
    assert_status(ranges_free(&area.ra, page(1), nullptr), STATUS_NOT_ALLOCATED);
    assert_sound(ranges_check(&area.ra));
    close_area(&area);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        uint64_t size, alignment;
        status_t want;
    } cases[] = {
        {8 * PAGE_SIZE - 1, PAGE_SIZE, STATUS_NO_MEMORY}, /* 1 + 8 + 1 of 9 pages */
        {1, 16 * PAGE_SIZE, STATUS_NO_MEMORY},
        {1, UINT64_C(1) << 63, STATUS_NO_MEMORY},
        {UINT64_MAX, PAGE_SIZE, STATUS_NO_MEMORY},
        {UINT64_MAX - PAGE_SIZE + 1, PAGE_SIZE, STATUS_NO_MEMORY},
        {-BASE, PAGE_SIZE, STATUS_NO_MEMORY}, /* start + size wraps to 0 */
        {1, 0, STATUS_MISALIGNED},
        {1, PAGE_SIZE / 2, STATUS_MISALIGNED},
        {1, 3 * PAGE_SIZE, STATUS_MISALIGNED},
    };
    struct area area;
    open_area(&area, 9);
    virt_addr_t start = virt_addr(42);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_status(ranges_alloc(&area.ra, cases[i].size, cases[i].alignment, "", &start),
                      cases[i].want);
        assert_int_equal(start.value, 42);
        assert_int_equal(area.ra.count, 0);
    }
    assert_int_equal(take(&area, 7 * PAGE_SIZE, PAGE_SIZE), 1);
    assert_status(ranges_alloc(&area.ra, 1, PAGE_SIZE, "", &start), STATUS_NO_MEMORY);
    close_area(&area);
    open_area(&area, 2); /* guards alone fill it */
    assert_status(ranges_alloc(&area.ra, 1, PAGE_SIZE, "", &start), STATUS_NO_MEMORY);
    open_area(&area, 0);
    assert_status(ranges_alloc(&area.ra, 1, PAGE_SIZE, "", &start), STATUS_NO_MEMORY);
    assert_int_equal(start.value, 42);
    assert_sound(ranges_check(&area.ra));
}

/* ---- a random run against the naive model: one byte a page ---- */

constexpr uint64_t MODEL_PAGES = 6000;
enum : unsigned char { GAP, GUARD, USED };

/* Of the gap [from, to), in pages: where the range would start in it, or 0. */
static uint64_t model_fit(uint64_t from, uint64_t to, uint64_t pages, uint64_t alignment)
{
    uint64_t start = from + 1;
    while (!is_aligned(page(start).value, alignment))
        start++;
    return start + pages + 1 <= to ? start : 0;
}

/* The lowest gap that holds it wherever the gap starts; the one at the end; the lowest in which it fits. */
static uint64_t model_place(const unsigned char *model, uint64_t pages, uint64_t alignment)
{
    uint64_t fits = 0, at_end = 0, from = 0;
    for (uint64_t to = 0; to <= MODEL_PAGES; to++) {
        if (to < MODEL_PAGES && model[to] == GAP)
            continue;
        const uint64_t start = model_fit(from, to, pages, alignment);
        if (to == MODEL_PAGES)
            at_end = start;
        else if (start != 0 && to - from >= pages + 1 + alignment / PAGE_SIZE)
            return start;
        else if (start != 0 && fits == 0)
            fits = start;
        from = to + 1;
    }
    return at_end != 0 ? at_end : fits;
}

static void model_fill(unsigned char *model, uint64_t start, uint64_t pages, bool used)
{
    memset(model + start - 1, used ? GUARD : GAP, pages + 2);
    memset(model + start, used ? USED : GAP, pages);
}

static void compare_every_page(const struct area *area, const unsigned char *model)
{
    for (uint64_t i = 0; i < MODEL_PAGES; i++) {
        bool guard = false;
        bool found = ranges_find(&area->ra, page(i), &guard) != nullptr;
        assert_int_equal(model[i], !found ? GAP : guard ? GUARD : USED);
    }
}

static void random_step(struct area *area, unsigned char *model, struct random *r, unsigned percent)
{
    if (random_below(r, 100) < percent) {
        uint64_t pages = 1 + random_below(r, random_below(r, 10) == 0 ? 40 : 4),
                 alignment = PAGE_SIZE << random_below(r, 5);
        uint64_t want = model_place(model, pages, alignment);
        virt_addr_t start;
        status_t status = ranges_alloc(&area->ra, pages * PAGE_SIZE, alignment, "random", &start);
        assert_int_equal(status == STATUS_OK, want != 0);
        if (want == 0)
            return;
        assert_int_equal(start.value, page(want).value);
        model_fill(model, want, pages, true);
        return;
    }
    uint64_t at = random_below(r, MODEL_PAGES);
    while (random_below(r, 8) != 0 && at + 1 < MODEL_PAGES &&
           !(model[at] == GUARD && model[at + 1] == USED))
        at++; /* mostly to where a range starts */
    at += random_below(r, 8) != 0 && at + 1 < MODEL_PAGES;
    struct virtual_range was;
    status_t status = ranges_free(&area->ra, page(at), &was);
    bool starts = model[at] == USED && model[at - 1] == GUARD;
    assert_status(status, starts              ? STATUS_OK
                          : model[at] == USED ? STATUS_INSIDE_BLOCK
                                              : STATUS_NOT_ALLOCATED);
    if (starts)
        model_fill(model, at, was.size / PAGE_SIZE, false);
}

/* First many come, for which pages are taken; then most go, and the pages with them but for the spare one. */
static void agrees_with_the_model(void **state)
{
    (void)state;
    static unsigned char model[MODEL_PAGES];
    struct random r = random_start("ranges", 1);
    for (unsigned round = 0; round < 3; round++) {
        struct area area;
        size_t most = 0;
        memset(model, 0, sizeof model);
        open_area(&area, MODEL_PAGES);
        for (unsigned step = 0; step < 6000; step++) {
            random_step(&area, model, &r, step % 4000 < 3000 ? 80 : 2);
            assert_sound(ranges_check(&area.ra));
            most = area.pages.open > most ? area.pages.open : most;
            if (step % 300 == 0)
                compare_every_page(&area, model);
        }
        assert_true(most >= 8);
        while (area.ra.count > 1)
            assert_status(
                ranges_free(&area.ra, record(&area, (int)area.ra.count / 2)->start, nullptr),
                STATUS_OK);
        assert_sound(ranges_check(&area.ra));
        assert_true(area.pages.open <= 2);
        assert_status(ranges_free(&area.ra, record(&area, 0)->start, nullptr), STATUS_OK);
        assert_int_equal(take(&area, (MODEL_PAGES - 2) * PAGE_SIZE, PAGE_SIZE), 1);
        close_area(&area);
    }
}

/* No page for a record: refused, and nothing has changed, wherever the range would have come to lie. */
static void no_page_for_a_record(void **state)
{
    (void)state;
    for (unsigned place = 0; place < 3; place++) { /* behind all, in the middle, in front of all */
        struct area area;
        virt_addr_t start;
        open_area(&area, 1000);
        for (size_t i = 0; i < RANGE_PAGE_NODES; i++)
            (void)take(&area, 4 * PAGE_SIZE, PAGE_SIZE);
        area.pages.limit = 1;
        if (place != 0) { /* a record free, and a gap for two ranges */
            assert_status(ranges_free(&area.ra, record(&area, place == 1 ? 20 : 0)->start, nullptr),
                          STATUS_OK);
            (void)take(&area, PAGE_SIZE, PAGE_SIZE);
        }
        const struct range_allocator before = area.ra;
        const struct range_page *records =
            (const struct range_page *)align_down((uintptr_t)area.ra.root, PAGE_SIZE);
        const struct range_page records_before = *records;
        assert_status(ranges_alloc(&area.ra, 1, PAGE_SIZE, "", &start), STATUS_NO_MEMORY);
        assert_memory_equal(&before, &area.ra, sizeof before);
        assert_memory_equal(&records_before, records, sizeof records_before);
        assert_sound(ranges_check(&area.ra));
        area.pages.limit = 0;
        (void)take(&area, 1, PAGE_SIZE);
        assert_int_equal(area.pages.open, 2);
        close_area(&area);
    }
}

/* A range that comes and goes where a page of records ends takes no page each time. */
static void one_page_is_kept(void **state)
{
    (void)state;
    struct area area;
    open_area(&area, 1000);
    for (size_t i = 0; i < RANGE_PAGE_NODES; i++)
        (void)take(&area, PAGE_SIZE, PAGE_SIZE);
    for (unsigned round = 0; round < 3; round++) {
        const uint64_t at = take(&area, PAGE_SIZE, PAGE_SIZE);
        assert_status(ranges_free(&area.ra, page(at), nullptr), STATUS_OK);
        assert_int_equal(area.pages.open, 2);
        assert_sound(ranges_check(&area.ra));
    }
    close_area(&area);
}

/* There is no limit but memory; 100 000 ranges, taken in order and given back in none, leave the tree flat. */
static void many_ranges(void **state)
{
    (void)state;
    constexpr size_t MANY = 100000;
    struct area area;
    virt_addr_t start;
    open_area(&area, 3 * MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_status(ranges_alloc(&area.ra, PAGE_SIZE, PAGE_SIZE, "many", &start), STATUS_OK);
    assert_status(ranges_alloc(&area.ra, PAGE_SIZE, PAGE_SIZE, "one more", &start),
                  STATUS_NO_MEMORY);
    assert_int_equal(area.pages.open, (MANY + RANGE_PAGE_NODES - 1) / RANGE_PAGE_NODES);
    assert_true(area.ra.root->height <= 24); /* 1.44 log2 n */
    assert_sound(ranges_check(&area.ra));
    size_t count = 0;
    for (const struct virtual_range *range = nullptr;
         (range = ranges_next(&area.ra, range)) != nullptr;)
        assert_int_equal(range->start.value, BASE + (3 * count++ + 1) * PAGE_SIZE);
    assert_int_equal(count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_status(ranges_free(&area.ra, page(3 * (i * 7919 % MANY) + 1), nullptr), STATUS_OK);
        if (i % 10000 == 0)
            assert_sound(ranges_check(&area.ra));
    }
    assert_int_equal(area.pages.open, 1);
    close_area(&area);
}

/* What is planted, and the sentence that it is found by. */
static void assert_broken(const struct area *area, const char *sentence)
{
    const char *broken = ranges_check(&area->ra);
    assert_string_equal(broken != nullptr ? broken : "nothing", sentence);
}

static void check_finds_faults_of_ranges(void **state)
{
    (void)state;
    struct area area;
    open_area(&area, 4000);
    for (size_t i = 0; i < 20; i++)
        (void)take(&area, PAGE_SIZE, PAGE_SIZE);
    struct range_node *node = area.ra.root;
    const struct range_node good = *node;
    node->range.size = 100;
    assert_broken(&area, "ranges R2: a range is not one or more whole pages");
    node->range.size = 4000 * PAGE_SIZE;
    assert_broken(&area, "ranges R3: a range or its guard lies outside the area");
    *node = good;
    node->range.start.value -= PAGE_SIZE;
    assert_broken(&area, "ranges R4: ranges overlap or are not sorted");
    *node = good;
    node->gap = PAGE_SIZE;
    node->largest_gap = PAGE_SIZE;
    assert_broken(&area, "ranges R5: a node does not know the gap in front of it");
    *node = good;
    node->largest_gap++;
    assert_broken(&area, "ranges R5: a node does not know the largest gap of its subtree");
    *node = good;
    node->height++;
    assert_broken(&area, "ranges R6: a node is not balanced, or does not know its height");
    *node = good;
    node->child[RANGE_HIGHER]->parent = node->child[RANGE_LOWER];
    assert_broken(&area, "ranges R6: a node is not the parent of its child");
    node->child[RANGE_HIGHER]->parent = node;
    struct range_node *lowest = node;
    while (lowest->child[RANGE_LOWER] != nullptr)
        lowest = lowest->child[RANGE_LOWER];
    struct range_node *parent = lowest->parent;
    lowest->parent = node;
    assert_broken(&area, "ranges R6: a node is not the child of its parent");
    lowest->parent = parent;
    assert_sound(ranges_check(&area.ra));
    close_area(&area);
}

static void check_finds_faults_of_records(void **state)
{
    (void)state;
    struct area area;
    open_area(&area, 4000);
    for (size_t i = 0; i < RANGE_PAGE_NODES + 2; i++)
        (void)take(&area, PAGE_SIZE, PAGE_SIZE);
    struct range_page *page = area.ra.room;
    area.ra.count--;
    assert_broken(&area, "ranges R1: the count is not that of the tree");
    area.ra.count++;
    struct range_node *free = page->free;
    page->free = free->child[RANGE_LOWER];
    assert_broken(&area, "ranges R7: a page has lost a node, or a node is in use and free");
    page->used++; /* as if the lost node were in use */
    assert_broken(&area, "ranges R1: the nodes in use are not as many as the ranges");
    page->used--;
    page->free = free;
    const size_t used = page->used;
    page->used = 0;
    assert_broken(&area, "ranges R7: a page in the list is linked wrongly, full or empty");
    page->used = used;
    area.ra.spare = page;
    assert_broken(&area, "ranges R7: the spare page is in use");
    area.ra.spare = nullptr;
    assert_sound(ranges_check(&area.ra));
    close_area(&area);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_fit_with_guards),
        cmocka_unit_test(aligns),
        cmocka_unit_test(finds),
        cmocka_unit_test(refuses_bad_frees),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(agrees_with_the_model),
        cmocka_unit_test(no_page_for_a_record),
        cmocka_unit_test(one_page_is_kept),
        cmocka_unit_test(many_ranges),
        cmocka_unit_test(check_finds_faults_of_ranges),
        cmocka_unit_test(check_finds_faults_of_records),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
