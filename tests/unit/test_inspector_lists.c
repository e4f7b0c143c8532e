/* SPDX-License-Identifier: MIT
 * Lists of the inspector against a naive model: which rows, in which order, how many bytes, what is nearest to an
 * address. On the maps of real machines, on a house of oddities, on random descriptors, on very many. */
#include "inspector_fixture.h"
#include "inspector_house.h"
#include "model/map_corpus.h"

#include <inspect/map_inputs.h>
#include <stdio.h>

/* ---- the model ---- */

struct model_row {
    uint64_t start, bytes;
    uint32_t group;
};

static struct model_row model_row(const struct seen *seen, unsigned page, uint32_t row)
{
    if (page == 0) {
        const struct memory_range *range = &seen->result.map.ranges[row];
        return (struct model_row){range->start.value, range->end.value - range->start.value,
                                  range->class};
    }
    if (page == 1) {
        const struct boot_region *region = &seen->view.regions[row];
        const uint64_t pages = region->page_count;
        const uint64_t bytes = pages > UINT64_MAX / 4096 ? UINT64_MAX : pages * 4096;
        return (struct model_row){region->phys_start,
                                  bytes == UINT64_MAX          ? bytes
                                  : bytes > region->bytes_less ? bytes - region->bytes_less
                                                               : 0,
                                  region->efi_type};
    }
    const struct lint_finding *finding = &seen->result.lint.findings[row];
    return (struct model_row){finding->start, finding->end - finding->start,
                              lint_rule_get(finding->rule)->severity};
}

static uint32_t model_total(const struct seen *seen, unsigned page)
{
    return page == 0   ? (uint32_t)seen->result.map.range_count
           : page == 1 ? seen->view.region_count
                       : seen->result.lint.recorded;
}

/* Is `a` listed before `b`, by the words of the order? */
static bool model_before(const struct seen *seen, unsigned page, const char *order, uint32_t a,
                         uint32_t b)
{
    const struct model_row left = model_row(seen, page, a), right = model_row(seen, page, b);
    if (strcmp(order, "largest first") == 0 && left.bytes != right.bytes)
        return left.bytes > right.bytes;
    if (strncmp(order, "by class", 8) == 0 || strncmp(order, "by type", 7) == 0)
        if (left.group != right.group)
            return left.group < right.group;
    if (strcmp(order, "as given") == 0 || strcmp(order, "worst first") == 0)
        return a < b;
    return left.start != right.start ? left.start < right.start : a < b;
}

/* The list is what the model says: how many come before a row is its position. Quadratic. */
static void assert_list(const struct seen *seen, unsigned page, const char *order, bool reversed,
                        const uint32_t *group)
{
    const struct inspector_list *rows = &seen->inspector->lists[page];
    const uint32_t total = model_total(seen, page);
    uint32_t count = 0;
    uint64_t bytes = 0;
    for (uint32_t row = 0; row < total; row++) {
        const struct model_row what = model_row(seen, page, row);
        if (group != nullptr && what.group != *group)
            continue;
        bytes = bytes + what.bytes < bytes ? UINT64_MAX : bytes + what.bytes;
        count++;
        uint32_t position = 0, passing = 0;
        for (uint32_t other = 0; other < total; other++) {
            if (group != nullptr && model_row(seen, page, other).group != *group)
                continue;
            passing++;
            position += other != row && model_before(seen, page, order, other, row);
        }
        assert_true(position < rows->count && passing == rows->count);
        assert_int_equal(rows->shown[reversed ? rows->count - 1 - position : position], row);
    }
    assert_int_equal(rows->count, count);
    if (bytes != UINT64_MAX) /* the model's sum may wrap more than once only then */
        assert_int_equal(rows->bytes, bytes);
}

/* ---- orders and filters ---- */

static const char *const orders[INSPECTOR_LISTS][5] = {
    {"by address", "largest first", "by class", nullptr},
    {"as given", "by address", "largest first", "by type", nullptr},
    {"worst first", "by address", nullptr},
};
/* The words when reversed. */
static const char *const backwards[INSPECTOR_LISTS][5] = {
    {"highest first", "smallest first", "by class, reversed"},
    {"as given, reversed", "highest first", "smallest first", "by type, reversed"},
    {"worst last", "highest first"},
};

static void assert_orders(struct seen *seen, unsigned page, const uint32_t *group)
{
    for (unsigned i = 0; orders[page][i] != nullptr; i++) {
        assert_list(seen, page, orders[page][i], false, group);
        assert_non_null(strstr(seen_status(seen), orders[page][i]));
        seen_type(seen, "r");
        assert_list(seen, page, orders[page][i], true, group);
        assert_non_null(strstr(seen_status(seen), backwards[page][i]));
        seen_type(seen, "rs");
    }
    assert_list(seen, page, orders[page][0], false, group); /* round again */
}

static void assert_all_lists(struct seen *seen)
{
    seen_draw(seen, 120, 25);
    for (unsigned page = 0; page < INSPECTOR_LISTS; page++) {
        seen_press(seen, '1' + page);
        assert_orders(seen, page, nullptr);
        uint32_t groups[64], count = 0, shown = 0;
        for (seen_type(seen, "t"); seen_list(seen)->filtered && count < 64; seen_type(seen, "t")) {
            groups[count] = seen_list(seen)->group;
            assert_true(count == 0 || groups[count] > groups[count - 1]);
            assert_true(seen_list(seen)->count != 0);
            char name[40];
            inspector_group_text(page, groups[count], name, sizeof name);
            assert_memory_equal(seen_status(seen), name, strlen(name));
            assert_orders(seen, page, &groups[count]);
            shown += seen_list(seen)->count;
            count++;
        }
        if (count == 64)
            continue;
        assert_int_equal(shown, model_total(seen, page)); /* no row is hidden by all filters */
        while (count > 0) {
            seen_type(seen, "T");
            assert_true(seen_list(seen)->filtered);
            assert_int_equal(seen_list(seen)->group, groups[--count]);
        }
        seen_type(seen, "T");
        assert_false(seen_list(seen)->filtered);
    }
}

static void test_orders_of_real_maps(void **state)
{
    (void)state;
    static const char *const names[] = {"efi/mikanos-intel-pc-a.txt",
                                        "efi/arm64-misaligned-runtime.txt",
                                        "efi/lenovo-thinkpad-x240.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct map_corpus_view corpus = map_corpus_view(names[i]);
        struct seen *seen = seen_open(&corpus.view);
        assert_all_lists(seen);
        seen_close(seen);
        map_corpus_view_free(&corpus);
    }
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    assert_all_lists(seen);
    seen_close(seen);
}

static struct boot_region random_region(struct random *random)
{
    static const uint64_t starts[] = {0, 0x100000, UINT64_MAX - 0xFFFF, UINT64_C(1) << 46};
    static const uint64_t pages[] = {
        0, 1, 16, 16, UINT64_MAX, UINT64_MAX / 4096, UINT64_C(1) << 52};
    static const uint32_t types[] = {7, 7, 4, 0, 14, 0x70000000, 0x80000000, UINT32_MAX};
    return (struct boot_region){.phys_start = starts[random_below(random, 4)] +
                                              random_below(random, 24) * PAGE_SIZE / 2,
                                .page_count = pages[random_below(random, 7)],
                                .efi_type = types[random_below(random, 8)],
                                .bytes_less = (uint32_t)random_below(random, 2) * 100,
                                .efi_attributes = random_next(random) >> random_below(random, 64)};
}

static void test_orders_of_garbage(void **state)
{
    (void)state;
    struct random random = random_start("inspector_lists", 20261120);
    for (unsigned run = 0; run < 12; run++) {
        struct boot_region regions[40];
        const uint32_t count = (uint32_t)random_below(&random, 40);
        for (uint32_t i = 0; i < count; i++)
            regions[i] = random_region(&random);
        const struct view view = view_of(regions, count);
        struct seen *seen = seen_open(&view);
        assert_all_lists(seen);
        seen_close(seen);
    }
}

/* ---- find ---- */

static uint64_t model_distance(struct model_row row, uint64_t address)
{
    const uint64_t last =
        row.bytes - 1 > UINT64_MAX - row.start ? UINT64_MAX : row.start + (row.bytes - 1);
    return address < row.start ? row.start - address : address > last ? address - last : 0;
}

static void find(struct seen *seen, uint64_t address)
{
    char keys[32];
    snprintf(keys, sizeof keys, "/%s%" PRIx64 "\r", address % 2 == 0 ? "0x" : "", address);
    seen_type(seen, keys);
}

static void assert_find(struct seen *seen, unsigned page, uint64_t address)
{
    const uint32_t total = model_total(seen, page);
    const struct inspector_list before = *seen_list(seen);
    uint64_t least = UINT64_MAX, least_shown = UINT64_MAX;
    bool any = false, any_shown = false;
    for (uint32_t row = 0; row < total; row++) {
        const struct model_row what = model_row(seen, page, row);
        if (what.bytes == 0)
            continue;
        const uint64_t distance = model_distance(what, address);
        const bool shown = !before.filtered || what.group == before.group;
        any = true;
        least = distance < least ? distance : least;
        any_shown |= shown;
        least_shown = shown && distance < least_shown ? distance : least_shown;
    }
    find(seen, address);
    const char *status = seen_status(seen);
    if (!any) {
        assert_string_equal(status, "Nothing on this page has an address.");
        return;
    }
    const struct model_row found = model_row(seen, page, seen_selected(seen));
    assert_int_equal(model_distance(found, address), least);
    assert_true(found.bytes != 0);
    const bool clears = before.filtered && (!any_shown || least_shown > least);
    assert_int_equal(seen_list(seen)->filtered, before.filtered && !clears);
    assert_int_equal(strstr(status, "filter off") != nullptr, clears);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "0x%" PRIx64 "%s", address,
             least == 0  ? ""
             : page == 2 ? " is not in one; the nearest"
                         : " is not described; the nearest");
    assert_non_null(strstr(status, wanted));
}

static void assert_finds(struct seen *seen, unsigned page)
{
    static const uint64_t addresses[] = {0, 0xFFF, 0x100000, 0xFED1C000, 1ull << 52, UINT64_MAX};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        assert_find(seen, page, addresses[i]);
    const uint32_t total = model_total(seen, page);
    for (uint32_t row = 0; row < total; row += 1 + total / 16) {
        const struct model_row what = model_row(seen, page, row);
        assert_find(seen, page, what.start);
        assert_find(seen, page, what.start - 1);
        assert_find(seen, page, what.start + what.bytes - 1);
        assert_find(seen, page, what.start + what.bytes);
    }
}

static void test_find(void **state)
{
    (void)state;
    static const char *const names[] = {"efi/dell-poweredge-r630-a.txt",
                                        "efi/mikanos-intel-pc-a.txt",
                                        "efi/apple-intel-mac-2006-linux.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0] + 1; i++) {
        const bool house = i == sizeof names / sizeof names[0];
        struct map_corpus_view corpus = map_corpus_view(names[house ? 0 : i]);
        const struct view view = house ? house_view() : corpus.view;
        struct seen *seen = seen_open(&view);
        seen_draw(seen, 120, 12);
        for (unsigned page = 0; page < INSPECTOR_LISTS; page++) {
            seen_press(seen, '1' + page);
            assert_finds(seen, page);
            seen_type(seen, "sr");
            for (unsigned filter = 0; filter < 3; filter++) {
                while (seen_list(seen)->filtered)
                    seen_type(seen, "T");
                seen_type(seen, &"ttt"[2 - filter]);
                assert_finds(seen, page);
            }
        }
        seen_close(seen);
        map_corpus_view_free(&corpus);
    }
}

static void test_find_leads_from_anywhere(void **state)
{
    (void)state;
    const struct view view = house_view();
    struct seen *seen = seen_open(&view);
    for (unsigned page = 0; page < INSPECTOR_PAGE_COUNT; page++) {
        seen_press(seen, '1' + page);
        seen_press(seen, INSPECTOR_KEY_ENTER);
        find(seen, 0xE0001000);
        assert_int_equal(seen->inspector->page, page < INSPECTOR_LISTS ? page : 0);
        assert_false(seen->inspector->detail);
        if (seen->inspector->page == INSPECTOR_PAGE_MAP)
            assert_string_equal(seen_status(seen), "0xe0001000 is in mmio");
    }
    seen_close(seen);
}

/* What was typed, what is said then, whether the question stays. */
static void test_bad_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *status;
    } cases[] = {
        {"\r", "Find hex address: _ (type an address first)"},
        {"12\b\x7F\b\n", "Find hex address: _ (type an address first)"},
        {"0x\r", "Find hex address: 0x_ (not a number of 64 bits)"},
        {"0xx1\r", "Find hex address: 0xx1_ (not a number of 64 bits)"},
        {"x1\r", "Find hex address: x1_ (not a number of 64 bits)"},
        {"12345678123456781\r", "Find hex address: 12345678123456781_ (not a number of 64 bits)"},
        {"0x123456781234567812", "Find hex address: 0x12345678123456781_ (16 digits at most)"},
        {"1g", "Find hex address: 1_ (digits are 0 to 9 and a to f)"},
        {"1-", "Find hex address: 1_ (digits are 0 to 9 and a to f)"},
        {"1K\r", "0x1 is in usable"},
        {"1 \t\r", "0x1 is in usable"},
        {"0XE0000000\r", "0xe0000000 is in mmio"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct view view = house_view();
        struct seen *seen = seen_open(&view);
        seen_type(seen, "/");
        assert_string_equal(seen_status(seen), "Find hex address: _");
        seen_type(seen, cases[i].keys);
        assert_string_equal(seen_status(seen), cases[i].status);
        seen_press(seen, INSPECTOR_KEY_ESCAPE);
        assert_null(strstr(seen_status(seen), "Find"));
        seen_close(seen);
    }
}

/* ---- very many ---- */

static void test_many(void **state)
{
    (void)state;
    constexpr uint32_t count = 100000;
    struct boot_region *regions = calloc(count, sizeof *regions);
    for (unsigned input = 0; input < MAP_INPUT_COUNT; input++) {
        map_input_make((enum map_input)input, regions, count);
        const struct view view = view_of(regions, count);
        struct seen *seen = seen_open(&view);
        seen_type(seen, "2s");
        for (uint32_t i = 1; i < count; i++)
            assert_true(regions[seen_list(seen)->shown[i - 1]].phys_start <=
                        regions[seen_list(seen)->shown[i]].phys_start);
        seen_press(seen, INSPECTOR_KEY_END);
        assert_int_equal(seen_list(seen)->selected, count - 1);
        seen_type(seen, "ssrtT1srt");
        find(seen, regions[count / 2].phys_start);
        seen_press(seen, INSPECTOR_KEY_ENTER);
        seen_close(seen);
    }
    free(regions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_of_real_maps),
        cmocka_unit_test(test_orders_of_garbage),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_find_leads_from_anywhere),
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
