/* SPDX-License-Identifier: MIT
 * The ledger: rows computed by hand, random descriptors against a look at every page, and every map of the corpus.
 * Every ledger that is made here must close. */
#include "harness/harness.h"
#include "model/ledger_oracle.h"
#include "model/map_corpus.h"
#include "model/map_fixture.h"

#include <boot/address_map.h>
#include <ctype.h>
#include <inspect/ledger.h>
#include <stdio.h>
#include <string.h>

constexpr uint32_t KNOWS_ALL = (UINT32_C(1) << VIEW_FACT_COUNT) - 1;
constexpr uint64_t WB = EFI_ATTRIBUTE_WB;

static struct view view_for(const struct boot_region *regions, size_t count, uint64_t installed)
{
    return (struct view){.knows = KNOWS_ALL,
                         .regions = regions,
                         .region_count = (uint32_t)count,
                         .phys_bits = PHYS_BITS_MAX,
                         .installed_bytes = installed};
}

static struct ledger sound_ledger(const struct view *view)
{
    struct built_map built = built_map_for(view->regions, view->region_count, PHYS_BITS_MAX);
    const struct ledger ledger = ledger_of_map(view, &built.map);
    assert_sound(ledger_check(&ledger));
    assert_true(ledger.projected);
    built_map_free(&built);
    return ledger;
}

static bool is_known(const struct ledger *ledger, enum ledger_row row)
{
    return (ledger->known >> row & 1) != 0;
}

/* ---- words ---- */

static void test_words(void **state)
{
    (void)state;
    static const struct {
        enum ledger_row row;
        const char *name;
        enum ledger_kind kind;
        const char *text;
    } rows[] = {
#define ROW_WORDS(name, kind, words) {LEDGER_ROW_##name, #name, LEDGER_##kind, words},
        LEDGER_ROW_LIST(ROW_WORDS)
#undef ROW_WORDS
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char word[64] = "";
        for (size_t c = 0; rows[i].name[c] != '\0'; c++)
            word[c] = (char)tolower((unsigned char)rows[i].name[c]);
        assert_string_equal(ledger_row_word(rows[i].row), word);
        assert_string_equal(ledger_row_text(rows[i].row), rows[i].text);
        assert_int_equal(ledger_row_kind(rows[i].row), rows[i].kind);
    }
    assert_string_equal(ledger_row_word(LEDGER_ROW_COUNT), "none");
    assert_string_equal(ledger_row_text(LEDGER_ROW_COUNT), "none");
}

/* ---- by hand ---- */

struct wanted_row {
    enum ledger_row row;
    uint64_t bytes;
};
struct hand_case {
    const char *name;
    struct boot_region regions[6];
    uint64_t installed;
    struct wanted_row wanted[12]; /* ends at the first 0 bytes; all other rows are 0 */
};

static const struct hand_case hand_cases[] = {
    {"one of each class of RAM that comes back",
     {{.phys_start = 0, .page_count = 160, .efi_type = 7, .efi_attributes = WB},
      {.phys_start = MIB, .page_count = 256, .efi_type = 4, .efi_attributes = WB},
      {.phys_start = 2 * MIB, .page_count = 256, .efi_type = 2, .efi_attributes = WB},
      {.phys_start = 3 * MIB, .page_count = 256, .efi_type = 9, .efi_attributes = WB}},
     4 * MIB,
     {{LEDGER_ROW_INSTALLED, 4 * MIB},
      {LEDGER_ROW_NOT_DESCRIBED, 0x60000},
      {LEDGER_ROW_DESCRIBED, 0x3A0000},
      {LEDGER_ROW_ACPI_RECLAIM, MIB},
      {LEDGER_ROW_BOOT_SERVICES, MIB},
      {LEDGER_ROW_LOADER, MIB},
      {LEDGER_ROW_USABLE, 0xA0000},
      {LEDGER_ROW_FROM_BOOT_SERVICES, MIB},
      {LEDGER_ROW_FROM_LOADER, MIB},
      {LEDGER_ROW_LOW_MEMORY, 0xA0000},
      {LEDGER_ROW_RECLAIMED, 2 * MIB}}},
    {"more is described than is installed",
     {{.phys_start = MIB, .page_count = 512, .efi_type = 7, .efi_attributes = WB}},
     MIB,
     {{LEDGER_ROW_INSTALLED, MIB},
      {LEDGER_ROW_BEYOND_INSTALLED, MIB},
      {LEDGER_ROW_DESCRIBED, 2 * MIB},
      {LEDGER_ROW_USABLE, 2 * MIB},
      {LEDGER_ROW_RECLAIMED, 2 * MIB}}},
    {"persistent memory is no part of what is installed",
     {{.phys_start = MIB, .page_count = 512, .efi_type = 7, .efi_attributes = WB},
      {.phys_start = GIB, .page_count = 1024, .efi_type = 14, .efi_attributes = WB}},
     3 * MIB,
     {{LEDGER_ROW_INSTALLED, 3 * MIB},
      {LEDGER_ROW_NOT_DESCRIBED, MIB},
      {LEDGER_ROW_BEYOND_INSTALLED, 4 * MIB},
      {LEDGER_ROW_DESCRIBED, 6 * MIB},
      {LEDGER_ROW_PERSISTENT, 4 * MIB},
      {LEDGER_ROW_USABLE, 2 * MIB},
      {LEDGER_ROW_RECLAIMED, 2 * MIB}}},
    {"what is no memory",
     {{.phys_start = MIB, .page_count = 1, .efi_type = 0},
      {.phys_start = 2 * MIB, .page_count = 2, .efi_type = 11},
      {.phys_start = 3 * MIB, .page_count = 4, .efi_type = 12},
      {.phys_start = 4 * MIB, .page_count = 8, .efi_type = 8},
      {.phys_start = 5 * MIB, .page_count = 16, .efi_type = 16}},
     0,
     {{LEDGER_ROW_RESERVED, 0x1000},
      {LEDGER_ROW_UNKNOWN, 0x10000},
      {LEDGER_ROW_UNUSABLE, 0x8000},
      {LEDGER_ROW_MMIO, 0x6000}}},
    {"first MiB before cache before reach",
     {{.phys_start = 0xFF000, .page_count = 2, .efi_type = 7},
      {.phys_start = 2 * MIB, .page_count = 1, .efi_type = 3},
      {.phys_start = DIRECT_MAP_SIZE - 0x1000,
       .page_count = 4,
       .efi_type = 1,
       .efi_attributes = WB},
      {.phys_start = DIRECT_MAP_SIZE + GIB, .page_count = 1, .efi_type = 7}},
     0,
     {{LEDGER_ROW_DESCRIBED, 0x8000},
      {LEDGER_ROW_BOOT_SERVICES, 0x1000},
      {LEDGER_ROW_LOADER, 0x4000},
      {LEDGER_ROW_USABLE, 0x3000},
      {LEDGER_ROW_FROM_BOOT_SERVICES, 0x1000},
      {LEDGER_ROW_FROM_LOADER, 0x4000},
      {LEDGER_ROW_LOW_MEMORY, 0x1000},
      {LEDGER_ROW_UNCACHEABLE, 0x3000},
      {LEDGER_ROW_UNREACHABLE, 0x3000},
      {LEDGER_ROW_RECLAIMED, 0x1000}}},
    {"the same twice, and contested",
     {{.phys_start = MIB, .page_count = 4, .efi_type = 7, .efi_attributes = WB},
      {.phys_start = MIB, .page_count = 1, .efi_type = 7, .efi_attributes = WB},
      {.phys_start = MIB + 0x2000, .page_count = 4, .efi_type = 10, .efi_attributes = WB}},
     0,
     {{LEDGER_ROW_TWICE, 0x3000},
      {LEDGER_ROW_CONTESTED, 0x2000},
      {LEDGER_ROW_DESCRIBED, 0x6000},
      {LEDGER_ROW_ACPI_NVS, 0x4000},
      {LEDGER_ROW_USABLE, 0x2000},
      {LEDGER_ROW_RECLAIMED, 0x2000}}},
    {"usable memory loses the parts of pages, others gain them",
     {{.phys_start = MIB + 0x100,
       .page_count = 2,
       .efi_type = 7,
       .bytes_less = 0x10,
       .efi_attributes = WB},
      {.phys_start = 2 * MIB, .page_count = 1, .efi_type = 7, .bytes_less = 1},
      {.phys_start = 3 * MIB, .page_count = 1, .efi_type = 5, .bytes_less = 0x800},
      {.phys_start = 4 * MIB + 0x100, .page_count = 1, .efi_type = 7, .bytes_less = 0x200}},
     0,
     {{LEDGER_ROW_ROUNDED_AWAY, 0x1FF0 - 0x1000 + 0xFFF + 0xE00},
      {LEDGER_ROW_DESCRIBED, 0x2000},
      {LEDGER_ROW_RUNTIME_CODE, 0x1000},
      {LEDGER_ROW_USABLE, 0x1000},
      {LEDGER_ROW_RECLAIMED, 0x1000}}},
    {"ignored: nothing, too far, and a page less one byte",
     {{.phys_start = MIB, .page_count = 0, .efi_type = 7},
      {.phys_start = PHYS_LIMIT, .page_count = 3, .efi_type = 7, .bytes_less = 1},
      {.phys_start = UINT64_MAX - 0xFFF, .page_count = 1, .efi_type = 7}},
     0,
     {{LEDGER_ROW_IGNORED, 0x3FFF}}},
    {"ignored: more than there are numbers",
     {{.phys_start = MIB, .page_count = UINT64_MAX, .efi_type = 7},
      {.phys_start = MIB, .page_count = UINT64_C(1) << 52, .efi_type = 7},
      {.phys_start = MIB, .page_count = (UINT64_C(1) << 52) - 1, .efi_type = 7}},
     0,
     {{LEDGER_ROW_IGNORED, UINT64_MAX}}},
    {"better memory, and memory for a purpose",
     {{.phys_start = MIB,
       .page_count = 1,
       .efi_type = 7,
       .efi_attributes = WB | EFI_ATTRIBUTE_MORE_RELIABLE},
      {.phys_start = 2 * MIB,
       .page_count = 2,
       .efi_type = 7,
       .efi_attributes = WB | EFI_ATTRIBUTE_SP},
      {.phys_start = 3 * MIB,
       .page_count = 4,
       .efi_type = 4,
       .efi_attributes = WB | EFI_ATTRIBUTE_MORE_RELIABLE}},
     0,
     {{LEDGER_ROW_DESCRIBED, 0x7000},
      {LEDGER_ROW_SPECIFIC_PURPOSE, 0x2000},
      {LEDGER_ROW_BOOT_SERVICES, 0x4000},
      {LEDGER_ROW_USABLE, 0x1000},
      {LEDGER_ROW_MORE_RELIABLE, 0x1000},
      {LEDGER_ROW_FROM_BOOT_SERVICES, 0x4000},
      {LEDGER_ROW_RECLAIMED, 0x5000}}},
    {"the rest of the classes",
     {{.phys_start = MIB, .page_count = 1, .efi_type = 6},
      {.phys_start = 2 * MIB, .page_count = 2, .efi_type = 13},
      {.phys_start = 3 * MIB, .page_count = 4, .efi_type = 15},
      {.phys_start = 4 * MIB, .page_count = 8, .efi_type = 0x70000000},
      {.phys_start = 5 * MIB, .page_count = 16, .efi_type = 0x80000000}},
     0,
     {{LEDGER_ROW_DESCRIBED, 0x1F000},
      {LEDGER_ROW_RUNTIME_DATA, 0x1000},
      {LEDGER_ROW_PAL_CODE, 0x2000},
      {LEDGER_ROW_UNACCEPTED, 0x4000},
      {LEDGER_ROW_OEM_DEFINED, 0x8000},
      {LEDGER_ROW_OS_DEFINED, 0x10000}}},
};

static void test_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hand_cases / sizeof hand_cases[0]; i++) {
        const struct hand_case *c = &hand_cases[i];
        size_t count = 0;
        while (count < 6 && (c->regions[count].phys_start | c->regions[count].page_count) != 0)
            count++;
        const struct view view = view_for(c->regions, count, c->installed);
        const struct ledger ledger = sound_ledger(&view);
        uint64_t wanted[LEDGER_ROW_COUNT] = {0};
        for (size_t w = 0; w < 12 && c->wanted[w].bytes != 0; w++)
            wanted[c->wanted[w].row] = c->wanted[w].bytes;
        for (enum ledger_row row = 0; row < LEDGER_ROW_COUNT; row++)
            if (ledger.bytes[row] != wanted[row])
                fail_msg("%s: %s is 0x%llx, not 0x%llx", c->name, ledger_row_word(row),
                         (unsigned long long)ledger.bytes[row], (unsigned long long)wanted[row]);
    }
}

/* ---- what a source cannot know ---- */

static void test_not_known(void **state)
{
    (void)state;
    const struct boot_region regions[] = {{.phys_start = MIB, .page_count = 256, .efi_type = 7},
                                          {.phys_start = 2 * MIB, .page_count = 1, .efi_type = 6}};
    struct view view = view_for(regions, 2, 0);
    struct ledger ledger = sound_ledger(&view);
    assert_false(is_known(&ledger, LEDGER_ROW_INSTALLED)); /* SMBIOS says nothing of use */
    assert_true(is_known(&ledger, LEDGER_ROW_LOADER));
    assert_false(is_known(&ledger, LEDGER_ROW_FROM_ACPI));
    assert_false(is_known(&ledger, LEDGER_ROW_FREE));
    assert_int_equal(ledger.bytes[LEDGER_ROW_UNCACHEABLE], MIB);

    view.knows = 0;
    view.installed_bytes = GIB;
    ledger = sound_ledger(&view);
    assert_false(is_known(&ledger, LEDGER_ROW_INSTALLED));
    assert_false(is_known(&ledger, LEDGER_ROW_LOADER));
    assert_true(is_known(&ledger, LEDGER_ROW_RUNTIME_DATA)); /* it was said all the same */
    assert_false(is_known(&ledger, LEDGER_ROW_UNCACHEABLE)); /* or all would be */
    assert_int_equal(ledger.bytes[LEDGER_ROW_RECLAIMED], MIB);

    view.knows = KNOWS_ALL & ~VIEW_KNOWS(WHOLE_MAP);
    ledger = sound_ledger(&view);
    assert_false(is_known(&ledger, LEDGER_ROW_NOT_DESCRIBED));
    view.knows = KNOWS_ALL;
    view.installed_bytes = UINT64_MAX;
    ledger = sound_ledger(&view);
    assert_int_equal(ledger.bytes[LEDGER_ROW_NOT_DESCRIBED], UINT64_MAX - MIB - PAGE_SIZE);
}

static void test_map_of_another_view(void **state)
{
    (void)state;
    const struct boot_region regions[] = {{.phys_start = PHYS_LIMIT, .page_count = 1}};
    struct view view = view_for(regions, 1, 0);
    struct built_map built = built_map_for(regions, 1, PHYS_BITS_MAX);
    view.region_count = 0;
    view.regions = nullptr;
    const struct ledger ledger = ledger_of_map(&view, &built.map);
    assert_sound(ledger_check(&ledger));
    built_map_free(&built);
}

/* ---- page by page ---- */

constexpr unsigned WINDOW_PAGES = 320;
static const uint64_t window_bases[] = {0, DIRECT_MAP_SIZE - 160 * PAGE_SIZE,
                                        PHYS_LIMIT - WINDOW_PAGES *PAGE_SIZE};

static struct boot_region random_region(struct random *random, uint64_t base)
{
    static const uint32_t types[] = {7, 7,  7, 7,  0,  1,  2,  3,          4,          5,
                                     6, 8,  9, 10, 11, 12, 13, 14,         15,         16,
                                     7, 99, 7, 4,  4,  2,  7,  0x70000000, 0x80000000, 7};
    struct boot_region region = {
        .phys_start = base + random_below(random, WINDOW_PAGES + 8) * PAGE_SIZE,
        .page_count = random_below(random, 4) == 0 ? 1 : random_below(random, 60),
        .efi_type = types[random_below(random, sizeof types / sizeof types[0])]};
    if (random_below(random, 4) != 0)
        region.efi_attributes |= WB;
    if (random_below(random, 4) == 0)
        region.efi_attributes |= EFI_ATTRIBUTE_MORE_RELIABLE;
    if (random_below(random, 8) == 0)
        region.efi_attributes |= random_below(random, 2) == 0 ? EFI_ATTRIBUTE_SP : EFI_ATTRIBUTE_NV;
    if (random_below(random, 8) == 0)
        region.phys_start += random_below(random, PAGE_SIZE);
    if (random_below(random, 8) == 0)
        region.bytes_less = (uint32_t)random_below(random, PAGE_SIZE);
    if (random_below(random, 16) == 0)
        region.page_count = random_next(random) >> random_below(random, 64);
    return region;
}

static void test_page_by_page(void **state)
{
    (void)state;
    struct random random = random_start("ledger", 41);
    for (unsigned round = 0; round < 600; round++) {
        struct boot_region regions[24];
        const size_t count = random_below(&random, 24);
        const uint64_t base = window_bases[round % 3];
        const uint64_t installed = random_below(&random, 3) * PAGE_SIZE * WINDOW_PAGES / 2;
        for (size_t i = 0; i < count; i++)
            do
                regions[i] = random_region(&random, base);
            while (!ledger_oracle_sees(&regions[i], base));
        const struct view view = view_for(regions, count, installed);
        const struct ledger ledger = sound_ledger(&view);
        uint64_t rows[LEDGER_ROW_COUNT] = {0};
        ledger_oracle_rows(regions, count, base, installed, rows);
        for (enum ledger_row row = 0; row < LEDGER_ROW_COUNT; row++)
            if (ledger.bytes[row] != rows[row])
                fail_msg("round %u: %s is 0x%llx, not 0x%llx", round, ledger_row_word(row),
                         (unsigned long long)ledger.bytes[row], (unsigned long long)rows[row]);
    }
}

/* ---- real machines ---- */

static void test_corpus(void **state)
{
    (void)state;
    struct random random = random_start("ledger corpus", 42);
    FILE *expected = map_corpus_open(MAPS_DIRECTORY "expected.tsv");
    char line[1024], name[256];
    size_t machines = 0;
    while (fgets(line, sizeof line, expected) != nullptr) {
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "%255s", name), 1);
        struct map_corpus_view corpus = map_corpus_view(name);
        struct view view = corpus.view;
        struct ledger ledger = sound_ledger(&view);
        uint64_t all = ledger.bytes[LEDGER_ROW_DESCRIBED] + ledger.bytes[LEDGER_ROW_RESERVED] +
                       ledger.bytes[LEDGER_ROW_UNKNOWN] + ledger.bytes[LEDGER_ROW_UNUSABLE] +
                       ledger.bytes[LEDGER_ROW_MMIO];
        struct built_map built = built_map_for(view.regions, view.region_count, PHYS_BITS_MAX);
        for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++)
            all -= built.map.bytes[class];
        assert_int_equal(all, 0);
        built_map_free(&built);
        view.installed_bytes = random_next(&random) >> random_below(&random, 64);
        view.knows = (uint32_t)random_next(&random);
        sound_ledger(&view);
        map_corpus_view_free(&corpus);
        machines++;
    }
    fclose(expected);
    assert_int_equal(machines, 354);
}

/* ---- a kernel goes on ---- */

static struct ledger running_ledger(struct ledger_use use)
{
    static const struct boot_region regions[] = {
        {.phys_start = 0, .page_count = 128, .efi_type = 7, .efi_attributes = WB},
        {.phys_start = MIB, .page_count = 1024, .efi_type = 7, .efi_attributes = WB},
        {.phys_start = 8 * MIB, .page_count = 512, .efi_type = 4, .efi_attributes = WB},
        {.phys_start = 16 * MIB, .page_count = 256, .efi_type = 2, .efi_attributes = WB}};
    const struct view view = view_for(regions, 4, 8 * MIB);
    struct ledger ledger = sound_ledger(&view);
    assert_int_equal(ledger.bytes[LEDGER_ROW_RECLAIMED], 7 * MIB);
    ledger_continue(&ledger, &use);
    assert_false(ledger.projected);
    return ledger;
}

static const struct ledger_use sound_use = {.from_boot_services = 2 * MIB,
                                            .from_loader = MIB,
                                            .low_memory = 512 * KIB,
                                            .image = 600 * KIB,
                                            .tables = 40 * KIB,
                                            .metadata = 80 * KIB,
                                            .early = 100 * KIB,
                                            .heap = 64 * KIB,
                                            .handed_over = 4 * KIB,
                                            .offline = 8 * KIB,
                                            .free = 7 * MIB - 896 * KIB};

static void test_kernel(void **state)
{
    (void)state;
    struct ledger ledger = running_ledger(sound_use);
    assert_sound(ledger_check(&ledger));
    assert_true(is_known(&ledger, LEDGER_ROW_FROM_ACPI));
    assert_true(is_known(&ledger, LEDGER_ROW_KERNEL_OTHER));
    assert_int_equal(ledger.bytes[LEDGER_ROW_KERNEL_OTHER], 0);

    struct ledger_use use = sound_use;
    use.heap -= 4 * KIB; /* a page that nobody holds */
    ledger = running_ledger(use);
    assert_sound(ledger_check(&ledger));
    assert_int_equal(ledger.bytes[LEDGER_ROW_KERNEL_OTHER], 4 * KIB);
    ledger_continue(&ledger, &sound_use); /* it was found again */
    assert_sound(ledger_check(&ledger));
    assert_int_equal(ledger.bytes[LEDGER_ROW_KERNEL_OTHER], 0);

    use = sound_use;
    use.from_acpi = MIB;
    use.free += MIB;
    ledger = running_ledger(use);
    assert_sound(ledger_check(&ledger));
    assert_int_equal(ledger.bytes[LEDGER_ROW_RECLAIMED], 8 * MIB);
}

static void test_kernel_that_lies(void **state)
{
    (void)state;
    static const char *const free_fault = "LE1: free is not reclaimed memory less the rows between";
    struct ledger_use use = sound_use;
    use.heap += 4 * KIB; /* a page that two hold */
    struct ledger ledger = running_ledger(use);
    assert_string_equal(ledger_check(&ledger), free_fault);
    use.heap = UINT64_MAX;
    ledger = running_ledger(use);
    assert_string_equal(ledger_check(&ledger), free_fault);
    use = sound_use;
    use.low_memory = 100 * MIB;
    ledger = running_ledger(use);
    assert_string_equal(ledger_check(&ledger),
                        "LE1: reclaimed is not usable memory and the rows between");
}

/* ---- the check ---- */

/* Each byte too many or too few in a row of the chain is noticed. */
static void test_check_notices(void **state)
{
    (void)state;
    for (enum ledger_row row = 0; row < LEDGER_ROW_COUNT; row++) {
        struct ledger ledger = running_ledger(sound_use);
        if (ledger_row_kind(row) == LEDGER_NOTE)
            continue;
        ledger.bytes[row]++;
        if (ledger_check(&ledger) == nullptr)
            fail_msg("one byte more in %s goes unnoticed", ledger_row_word(row));
        ledger.bytes[row] = UINT64_MAX;
        if (ledger_check(&ledger) == nullptr)
            fail_msg("everything in %s goes unnoticed", ledger_row_word(row));
    }
    struct ledger ledger = running_ledger(sound_use);
    ledger.known &= ~(UINT64_C(1) << LEDGER_ROW_KERNEL_HEAP);
    assert_string_equal(ledger_check(&ledger), "LE2: a row that is not known counts something");
    ledger = running_ledger(sound_use);
    ledger.bytes[LEDGER_ROW_FREE] = 0;
    ledger.known &= ~(UINT64_C(1) << LEDGER_ROW_FREE);
    assert_string_equal(ledger_check(&ledger), "LE4: rows behind the last total lead to none");
    ledger = running_ledger(sound_use);
    ledger.bytes[LEDGER_ROW_CONTESTED] = 1;
    assert_string_equal(ledger_check(&ledger),
                        "LE3: more bytes are contested than are described twice");
    ledger = running_ledger(sound_use);
    ledger.bytes[LEDGER_ROW_MORE_RELIABLE] = UINT64_MAX;
    assert_string_equal(ledger_check(&ledger), "LE3: more bytes are more reliable than are usable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),         cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_not_known),     cmocka_unit_test(test_map_of_another_view),
        cmocka_unit_test(test_page_by_page),  cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_kernel),        cmocka_unit_test(test_kernel_that_lies),
        cmocka_unit_test(test_check_notices),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
