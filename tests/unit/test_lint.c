/* SPDX-License-Identifier: MIT
 * Lint: Each rule has views that make it fire, with the whole sentence, and near misses that must not; then what
 * holds for all of them: room, order, silence on sources that cannot know, and that lint_check sees damage. */
#include "harness/harness.h"
#include "lint_cases_map.h"
#include "lint_cases_tables.h"
#include "lint_cases_totals.h"

#include "inspect/judge/lint_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- running ---- */

struct linted {
    struct view view;
    struct memory_map map;
    void *map_memory;
    struct lint_finding *findings;
    struct lint lint;
};

static struct view view_of(const struct lint_case *row)
{
    struct view view = row->view;
    view.vendor = view.machine = "";
    view.knows = KNOWS_ALL & ~row->unknown;
    if (view.phys_bits == 0)
        view.phys_bits = PHYS_BITS_MAX;
    if (view.descriptor_size == 0)
        view.descriptor_size = 48;
    if (view.descriptor_version == 0)
        view.descriptor_version = 1;
    return view;
}

/* Memory and findings of exactly the size that is asked for: the sanitizer watches their ends. */
static void lint_with_room(struct linted *linted, size_t capacity)
{
    const size_t size = lint_memory_size(&linted->view, &linted->map);
    void *memory = malloc(size);
    linted->findings = calloc(capacity > 0 ? capacity : 1, sizeof *linted->findings);
    assert_status(lint_run(&linted->view, &linted->map, memory, size, linted->findings, capacity,
                           &linted->lint),
                  STATUS_OK);
    free(memory);
    assert_int_equal(linted->lint.recorded,
                     linted->lint.needed < capacity ? linted->lint.needed : capacity);
    assert_sound(lint_check(&linted->lint, &linted->view));
}

static struct linted lint_view(struct view view)
{
    struct linted linted = {.view = view};
    const size_t size = memory_map_memory_size(view.region_count);
    linted.map_memory = malloc(size);
    assert_status(memory_map_build(view.regions, view.region_count, view.phys_bits,
                                   linted.map_memory, size, &linted.map),
                  STATUS_OK);
    lint_with_room(&linted, 0);
    const uint32_t needed = linted.lint.needed;
    free(linted.findings);
    lint_with_room(&linted, needed);
    assert_int_equal(linted.lint.needed, needed);
    return linted;
}

static void lint_free(struct linted *linted)
{
    free(linted->findings);
    free(linted->map_memory);
}

static const char *sentence_of(const struct linted *linted, const struct lint_finding *finding)
{
    static char text[512];
    const int length = lint_sentence(finding, &linted->view, &linted->map, text, sizeof text);
    assert_int_equal((size_t)length, strlen(text));
    return text;
}

/* ---- the cases ---- */

static bool fired[LINT_RULE_COUNT], held_back[LINT_RULE_COUNT];
static unsigned wrong_cases; /* all are told before the test fails */

static void check_case(const struct lint_case *row)
{
    const unsigned rule = lint_rule_find(row->rule);
    if (rule >= lint_rule_count())
        fail_msg("%s: no such rule", row->rule);
    struct linted linted = lint_view(view_of(row));
    const struct lint_finding *first = nullptr;
    uint32_t times = 0;
    for (uint32_t i = 0; i < linted.lint.recorded; i++) {
        if (linted.findings[i].rule != rule)
            continue;
        times++;
        first = first != nullptr ? first : &linted.findings[i];
    }
    const uint32_t wanted = row->sentence == nullptr ? 0 : row->times == 0 ? 1 : row->times;
    if (times != wanted && ++wrong_cases > 0)
        print_error("%s, %s: fired %u times, not %u\n", row->rule, row->name, times, wanted);
    if (first != nullptr && row->sentence != nullptr &&
        strcmp(sentence_of(&linted, first), row->sentence) != 0 && ++wrong_cases > 0)
        print_error("%s, %s:\n  %s\nnot\n  %s\n", row->rule, row->name, sentence_of(&linted, first),
                    row->sentence);
    *(first != nullptr ? &fired[rule] : &held_back[rule]) = true;
    lint_free(&linted);
}

static void check_cases(const struct lint_case *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case(&rows[i]);
}

static void test_cases(void **state)
{
    (void)state;
    check_cases(map_cases, sizeof map_cases / sizeof map_cases[0]);
    check_cases(table_cases, sizeof table_cases / sizeof table_cases[0]);
    check_cases(total_cases, sizeof total_cases / sizeof total_cases[0]);
    for (unsigned rule = 0; rule < lint_rule_count(); rule++)
        if (!fired[rule] || !held_back[rule])
            fail_msg("%s: no case makes it fire, or none nearly does", lint_rule_get(rule)->id);
    assert_int_equal(wrong_cases, 0);
}

/* ---- the table of rules ---- */

static void test_rules(void **state)
{
    (void)state;
    assert_int_equal(lint_rule_count(), LINT_RULE_COUNT);
    for (unsigned rule = 0; rule < lint_rule_count(); rule++) {
        const struct lint_rule *row = lint_rule_get(rule);
        char id[6];
        format_text(id, sizeof id, "FM%03u", rule + 1);
        assert_string_equal(row->id, id);
        assert_int_equal(lint_rule_find(id), rule);
        assert_true(row->severity < LINT_SEVERITY_COUNT);
        assert_int_equal(row->needs & ~KNOWS_ALL, 0);
        const char *const texts[] = {row->title, row->meaning, row->advice, row->source};
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            if (texts[i] == nullptr || strlen(texts[i]) < 7)
                fail_msg("%s: text %zu is missing", row->id, i);
    }
    assert_int_equal(lint_rule_find("FM000"), LINT_RULE_COUNT);
    assert_int_equal(lint_rule_find(""), LINT_RULE_COUNT);
    assert_string_equal(lint_severity_word(LINT_ERROR), "error");
    assert_string_equal(lint_severity_word(LINT_SEVERITY_COUNT), "unknown");
}

/* ---- whole maps ---- */

/* What a healthy machine of 8 GiB says. */
static const struct lint_case clean = {
    "a machine without a fault", nullptr, nullptr,
    .view = {
        REGIONS(MEMORY(0, 0x9f000), REGION(0x9f000, 0x1000, EFI_TYPE_RESERVED, 0),
                MEMORY(MIB, 2 * GIB),
                REGION(0x80100000, 64 * MIB, EFI_TYPE_BOOT_SERVICES_DATA, CACHES),
                REGION(0x84100000, MIB, EFI_TYPE_ACPI_RECLAIM, CACHES),
                REGION(0x84200000, MIB, EFI_TYPE_ACPI_NVS, CACHES), CODE(0x84300000, MIB),
                DATA(0x84400000, MIB), REGION(0xe0000000, 256 * MIB, EFI_TYPE_RESERVED, 0),
                REGION(0xfec00000, 0x1000, EFI_TYPE_MMIO, EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_RUNTIME),
                MEMORY(4 * GIB, 5 * GIB + 950 * MIB)),
        HEADER(2), .attributes.declared_count = 2,
        ENTRIES(CODE_ENTRY(0x84300000, MIB), DATA_ENTRY(0x84400000, MIB)),
        PLACES({PLACE_RSDP, 0, 0x84100000, 36},
               {PLACE_ACPI_TABLE, SIGNATURE('X', 'S', 'D', 'T'), 0x84100040, 200},
               {PLACE_FACS, 0, 0x84200000, 64}, {PLACE_BGRT_IMAGE, 0, 0x80200000, MIB},
               {PLACE_SMBIOS_ENTRY, 0, 0x84400000, 24}, {PLACE_SYSTEM_TABLE, 0, 0x84400100, 120},
               {PLACE_ECAM, 0, 0xe0000000, 256 * MIB}, {PLACE_IO_APIC, 2, 0xfec00000, 0x1000},
               {PLACE_LOCAL_APIC, 0, 0xfee00000, 0x1000}, {PLACE_HPET, 0, 0xfed00000, 0x400},
               {PLACE_FRAMEBUFFER, 0, 0xc0000000, 8 * MIB}),
        NODES({0, 0xa0000, 0, false, false}, {MIB, 0x84400000, 0, false, false},
              {4 * GIB, 6 * GIB, 0, false, false}),
        .installed_bytes = 8 * GIB}};

static void test_clean_map(void **state)
{
    (void)state;
    struct linted linted = lint_view(view_of(&clean));
    if (linted.lint.counts[LINT_ERROR] + linted.lint.counts[LINT_WARNING] > 0)
        fail_msg("%s: %s", lint_rule_get(linted.findings[0].rule)->id,
                 sentence_of(&linted, &linted.findings[0]));
    assert_int_equal(linted.lint.silent, 0);
    lint_free(&linted);
}

/* Everything at once: many rules, many severities. */
static const struct lint_case wild = {
    "all at once", nullptr, nullptr,
    .view = {REGIONS(MEMORY(8 * MIB, MIB), MEMORY(8 * MIB, MIB), MEMORY(0, 2 * MIB),
                     REGION(0x80000, 0x2000, EFI_TYPE_RESERVED, 0), REGION(0, 0, 0, 0),
                     REGION(3 * MIB, MIB, 0x70000001, 0), REGION(5 * MIB, MIB, 17, 0x20),
                     MEMORY(0xfffffffffffff000, 0x5000), MEMORY(0x8000000000, MIB),
                     REGION(6 * MIB, MIB, EFI_TYPE_CONVENTIONAL, RUNTIME),
                     REGION(7 * MIB, MIB, EFI_TYPE_RUNTIME_SERVICES_CODE, EFI_ATTRIBUTE_UC)),
             HEADER(7), ENTRIES(CODE_ENTRY(0x9000000, MIB), REGION(0x8000000, MIB, 3, 0)),
             PLACES({PLACE_RSDP, 0, 8 * MIB, 36}, {PLACE_HPET, 0, 8 * MIB, 0x400},
                    {PLACE_ECAM, 0, UINT64_MAX, 2}),
             NODES({0, MIB, 1, false, false}, {0, MIB, 2, false, false}), .phys_bits = 39,
             .installed_bytes = MIB}};

static void test_room(void **state)
{
    (void)state;
    struct linted whole = lint_view(view_of(&wild));
    assert_true(whole.lint.needed > 20);
    for (unsigned severity = 0; severity < LINT_SEVERITY_COUNT; severity++)
        assert_true(whole.lint.counts[severity] > 0);
    for (uint32_t capacity = 0; capacity <= whole.lint.needed + 1; capacity++) {
        struct linted cut = {.view = whole.view, .map = whole.map};
        lint_with_room(&cut, capacity);
        assert_int_equal(cut.lint.needed, whole.lint.needed);
        assert_memory_equal(cut.lint.counts, whole.lint.counts, sizeof cut.lint.counts);
        assert_memory_equal(cut.findings, whole.findings, cut.lint.recorded * sizeof *cut.findings);
        free(cut.findings);
    }
    struct lint out = {.needed = 77};
    const size_t size = lint_memory_size(&whole.view, &whole.map);
    assert_status(lint_run(&whole.view, &whole.map, whole.map_memory, size - 1, nullptr, 0, &out),
                  STATUS_NO_MEMORY);
    assert_int_equal(out.needed, 77);
    lint_free(&whole);
}

/* A sentence is cut where its buffer ends, and says so by its length. */
static void test_small_buffers(void **state)
{
    (void)state;
    struct linted linted = lint_view(view_of(&wild));
    char whole[512];
    const int length =
        lint_sentence(&linted.findings[0], &linted.view, &linted.map, whole, sizeof whole);
    for (size_t size = 1; size <= (size_t)length + 1; size++) {
        char *part = malloc(size);
        const int written =
            lint_sentence(&linted.findings[0], &linted.view, &linted.map, part, size);
        assert_int_equal((size_t)written, strlen(part));
        assert_int_equal((size_t)written, size - 1);
        assert_memory_equal(part, whole, size - 1);
        free(part);
    }
    lint_free(&linted);
}

/* What a source cannot know, no rule speaks of; what it can, some rules still do. */
static void test_silence(void **state)
{
    (void)state;
    struct view view = view_of(&wild);
    for (uint32_t knows = KNOWS_ALL;; knows = knows == KNOWS_ALL ? KNOWS_E820 : 0) {
        view.knows = knows;
        struct linted linted = lint_view(view);
        uint32_t silent = 0;
        for (unsigned rule = 0; rule < lint_rule_count(); rule++)
            silent += (lint_rule_get(rule)->needs & ~knows) != 0;
        assert_int_equal(linted.lint.silent, silent);
        for (uint32_t i = 0; i < linted.lint.recorded; i++)
            assert_int_equal(lint_rule_get(linted.findings[i].rule)->needs & ~knows, 0);
        assert_true(linted.lint.recorded > 0);
        lint_free(&linted);
        if (knows == 0)
            break;
    }
}

/* More of one kind than stand alone: the rest is one finding, and the list stays short. */
static void test_many(void **state)
{
    (void)state;
    constexpr size_t COUNT = 1000;
    struct boot_region *regions = calloc(COUNT, sizeof *regions);
    for (size_t i = 0; i < COUNT; i++)
        regions[i] = (struct boot_region)REGION(MIB + i * 0x2000, 0x1000,
                                                EFI_TYPE_RUNTIME_SERVICES_DATA, CACHES);
    struct view view = view_of(&clean);
    view.regions = regions;
    view.region_count = (uint32_t)COUNT;
    struct linted linted = lint_view(view);
    uint32_t findings = 0, count = 0;
    const unsigned rule = lint_rule_find("FM023");
    for (uint32_t i = 0; i < linted.lint.recorded; i++) {
        if (linted.findings[i].rule != rule)
            continue;
        findings++;
        count += linted.findings[i].count;
    }
    assert_int_equal(findings, LINT_EACH_MAX);
    assert_int_equal(count, COUNT);
    lint_free(&linted);
    free(regions);
}

/* ---- lint_check ---- */

static void damage_order(struct linted *l)
{
    const struct lint_finding first = l->findings[0];
    l->findings[0] = l->findings[1];
    l->findings[1] = first;
}
static void damage_rule(struct linted *l)
{
    l->findings[l->lint.recorded - 1].rule = LINT_RULE_COUNT;
}
static void damage_facts(struct linted *l)
{
    l->view.knows = 0;
}
static void damage_first(struct linted *l)
{
    l->findings[0].first = l->view.region_count;
}
static void damage_second(struct linted *l)
{
    l->findings[0].second = l->view.region_count;
}
static void damage_count(struct linted *l)
{
    l->findings[0].count = 0;
}
static void damage_bounds(struct linted *l)
{
    l->findings[0].end = l->findings[0].start - 1;
}
static void damage_severities(struct linted *l)
{
    l->lint.counts[LINT_ERROR]--;
}
static void damage_needed(struct linted *l)
{
    l->lint.needed++;
}
static void damage_recorded(struct linted *l)
{
    l->lint.recorded--;
    l->lint.counts[LINT_NOTE]--;
    l->lint.needed -= 2;
}
static void damage_silent(struct linted *l)
{
    l->lint.silent++;
}

static void test_check(void **state)
{
    (void)state;
    const struct {
        void (*damage)(struct linted *);
        const char *broken;
    } rows[] = {
        {damage_order, "LI1: findings are not in order"},
        {damage_rule, "LI2: a finding has no rule"},
        {damage_facts, "LI2: a rule fired that cannot run on this source"},
        {damage_first, "LI2: a finding names what the view does not have"},
        {damage_second, "LI2: a finding names what the view does not have"},
        {damage_count, "LI2: a finding counts nothing, or ends before it starts"},
        {damage_bounds, "LI2: a finding counts nothing, or ends before it starts"},
        {damage_severities,
         "LI3: more findings of a severity are recorded than counted, or worse ones are not"},
        {damage_needed, "LI3: the counts are not those of the whole list"},
        {damage_recorded, "LI3: the counts are not those of the whole list"},
        {damage_silent, "LI3: other rules are silent than those that must be"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct linted linted = lint_view(view_of(&wild));
        rows[i].damage(&linted);
        const char *broken = lint_check(&linted.lint, &linted.view);
        assert_string_equal(broken != nullptr ? broken : "sound", rows[i].broken);
        lint_free(&linted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),         cmocka_unit_test(test_cases),
        cmocka_unit_test(test_clean_map),     cmocka_unit_test(test_room),
        cmocka_unit_test(test_small_buffers), cmocka_unit_test(test_silence),
        cmocka_unit_test(test_many),          cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
