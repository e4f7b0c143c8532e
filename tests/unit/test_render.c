/* SPDX-License-Identifier: MIT
 * Renderers: every type and bit has its name, nothing of a stranger's text gets through as anything but text, lines
 * fit, numbers that JSON cannot hold are strings, and an inspection takes the memory that it asked for. */
#include "harness/harness.h"

#include <inspect/words.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is rendered, kept ---- */

struct page {
    char *text;
    size_t length, room;
};

static void page_write(void *owner, const char *text, size_t length)
{
    struct page *page = owner;
    if (page->length + length + 1 > page->room) {
        page->room = 2 * (page->length + length + 1);
        char *larger = realloc(page->text, page->room);
        assert_non_null(larger);
        page->text = larger;
    }
    memcpy(page->text + page->length, text, length);
    page->length += length;
    page->text[page->length] = '\0';
}

static struct text_sink page_sink(struct page *page)
{
    *page = (struct page){};
    page_write(page, "", 0);
    return (struct text_sink){.write = page_write, .owner = page};
}

/* ---- names ---- */

/* Typed from UEFI 2.10, 7.2.3; the ISA bits and those that nobody has named go by number. */
static const char *wanted_bit(unsigned number, char buffer[16])
{
    static const struct {
        unsigned number;
        const char *name;
    } named[] = {
        {0, "UC"},          {1, "WC"},
        {2, "WT"},          {3, "WB"},
        {4, "UCE"},         {12, "WP"},
        {13, "RP"},         {14, "XP"},
        {15, "NV"},         {16, "MORE_RELIABLE"},
        {17, "RO"},         {18, "SP"},
        {19, "CPU_CRYPTO"}, {20, "HOT_PLUGGABLE"},
        {62, "ISA_VALID"},  {63, "RUNTIME"},
    };
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (named[i].number == number)
            return named[i].name;
    snprintf(buffer, 16, "%s%u", number >= 44 && number <= 59 ? "ISA" : "bit", number);
    return buffer;
}

static void test_every_bit_is_named(void **state)
{
    (void)state;
    char all[1024] = "", text[1024], buffer[16];
    for (unsigned i = 0; i < 64; i++) {
        const char *name = wanted_bit(i, buffer);
        assert_int_equal(efi_attributes_text(UINT64_C(1) << i, text, sizeof text), strlen(name));
        assert_string_equal(text, name);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i == 0 ? "" : "|", name);
    }
    assert_int_equal(efi_attributes_text(UINT64_MAX, text, sizeof text), strlen(all));
    assert_string_equal(text, all);
    assert_true(strlen(all) < 512); /* the buffer of render_attributes */
    assert_int_equal(efi_attributes_text(0, text, sizeof text), 1);
    assert_string_equal(text, "0");
    for (size_t size = 1; size < 40; size++) {
        char *small = malloc(size);
        assert_int_equal(efi_attributes_text(UINT64_MAX, small, size), size - 1);
        assert_memory_equal(small, all, size - 1);
        free(small);
    }
}

static void test_types(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        const char *text;
    } cases[] = {
        {0, "EfiReservedMemoryType"},
        {7, "EfiConventionalMemory"},
        {14, "EfiPersistentMemory"},
        {15, "EfiUnacceptedMemoryType"},
        {16, "unknown 0x10"},
        {0x6FFFFFFF, "unknown 0x6fffffff"},
        {VIEW_E820_TYPE + 9, "e820 type 9"},
        {VIEW_E820_TYPE_LAST + 1, "unknown 0xe830000"},
        {0x70000000, "OEM 0x70000000"},
        {0x7FFFFFFF, "OEM 0x7fffffff"},
        {0x80000000, "OS 0x80000000"},
        {UINT32_MAX, "OS 0xffffffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[40];
        assert_int_equal(efi_type_text(cases[i].type, text, sizeof text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

/* ---- text of strangers ---- */

static void test_plain(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
    } cases[] = {
        {"", ""},
        {"plain ~", "plain ~"},
        {"\033[31m", "\\x1b[31m"},
        {"a\tb\x7F\n", "a\\x09b\\x7f\\x0a"},
        {"B\xC3\xBCro \xE2\x82\xAC \xF0\x9F\x98\x80", "B\xC3\xBCro \xE2\x82\xAC \xF0\x9F\x98\x80"},
        {"\xC2\x9B"
         "31m",
         "\\xc2\\x9b31m"},          /* the control CSI */
        {"\xC0\xAF", "\\xc0\\xaf"}, /* longer than need be */
        {"\xE0\x9F\xBF", "\\xe0\\x9f\\xbf"},
        {"\xED\xA0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
        {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above 10FFFF */
        {"\xF5\x80", "\\xf5\\x80"},
        {"\x80", "\\x80"},
        {"cut \xE2\x82", "cut \\xe2\\x82"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page page;
        const struct text_sink sink = page_sink(&page);
        render_plain(&sink, cases[i].text, strlen(cases[i].text));
        assert_string_equal(page.text, cases[i].plain);
        free(page.text);
    }
}

static void test_wrapped(void **state)
{
    (void)state;
    char text[400];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 7 == 6 ? ' ' : i % 50 == 30 ? '|' : 'x';
    text[sizeof text - 1] = '\0';
    for (unsigned column = 0; column < 90; column += 13) {
        struct page page;
        const struct text_sink sink = page_sink(&page);
        render_wrapped(&sink, column, text);
        assert_int_equal(page.text[page.length - 1], '\n');
        unsigned at = column, letters = 0;
        for (size_t i = 0; i < page.length; i++) {
            letters += page.text[i] == 'x' || page.text[i] == '|';
            at = page.text[i] == '\n' ? 0 : at + 1;
            assert_true(at <= RENDER_COLUMNS);
            if (page.text[i] == '\n')
                assert_int_not_equal(i == 0 ? 'x' : page.text[i - 1], ' ');
        }
        unsigned wanted = 0;
        for (size_t i = 0; text[i] != '\0'; i++)
            wanted += text[i] != ' ';
        assert_int_equal(letters, wanted);
        free(page.text);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    assert_string_equal(render_grouped(0).text, "0");
    assert_string_equal(render_grouped(999).text, "999");
    assert_string_equal(render_grouped(1000).text, "1,000");
    assert_string_equal(render_grouped(UINT64_MAX).text, "18,446,744,073,709,551,615");
    assert_string_equal(render_size(UINT64_MAX).text, "over 2^64");
    struct boot_region region = {.page_count = 2, .bytes_less = 4095};
    assert_int_equal(render_region_bytes(&region), 4097);
    region.page_count = UINT64_C(1) << 52;
    assert_true(render_region_bytes(&region) == UINT64_MAX);
    region.page_count = 0;
    assert_int_equal(render_region_bytes(&region), 0);
}

/* ---- a view with everything, made by somebody who means ill ---- */

#define HOSTILE "\033[31m\"\\\n</script>\xFF %s%n"

static const struct boot_region hostile_regions[] = {
    {0, UINT64_MAX, 0x12, 0, UINT64_MAX},
    {0x1000, UINT64_C(1) << 41, 7, 0, EFI_ATTRIBUTE_WB}, /* 2^53 bytes */
    {0x3000, 5, EFI_TYPE_OEM_FIRST + 1, 17, 0},
    {0x4000, 5, EFI_TYPE_OS_FIRST, 0, EFI_ATTRIBUTE_RUNTIME | EFI_ATTRIBUTE_ISA_MASK},
    {UINT64_MAX, 5, UINT32_MAX, UINT32_MAX, 0},
};
static const struct view_place hostile_places[] = {
    {PLACE_ACPI_TABLE, 0x1B225C41, UINT64_MAX, 1},
    {PLACE_ECAM, UINT32_MAX, UINT64_MAX, UINT64_MAX},
    {PLACE_IO_APIC, UINT32_MAX, 0xFEC00000, 0x1000},
    {PLACE_HPET, 0, 0xFED00000, 0x400},
    {(enum place_kind)77, 3, 0, 0},
};
static const struct acpi_node_memory hostile_nodes[] = {
    {UINT64_MAX, UINT64_MAX, UINT32_MAX, true, true}};
static const struct view_memory_device hostile_devices[] = {
    {.bytes = UINT64_MAX - 1, .type = 0x22, .speed = 4800, .locator = HOSTILE, .bank = HOSTILE},
    {.is_unknown = true, .type = 0xFF, .is_volatile = true, .locator = "", .bank = ""},
    {.locator = "DIMM 1", .bank = ""},
};
static const struct view_mapped_array hostile_arrays[] = {{UINT64_MAX, 0}};
static const struct view_problem hostile_problems[] = {
    {BOOT_TABLE_ACPI, 0x01020304, UINT64_MAX, STATUS_BAD_CHECKSUM, HOSTILE},
    {99, 0, 0, STATUS_OK, "odd"},
};

static struct view hostile_view(void)
{
    struct view view = view_empty(VIEW_LIST);
    view.knows = UINT32_MAX;
    view.regions = hostile_regions;
    view.region_count = sizeof hostile_regions / sizeof hostile_regions[0];
    view.vendor = HOSTILE;
    view.machine = HOSTILE;
    view.uefi_revision = 2 << 16 | 75;
    view.places = hostile_places;
    view.place_count = sizeof hostile_places / sizeof hostile_places[0];
    view.nodes = hostile_nodes;
    view.node_count = 1;
    view.attributes = (struct view_attributes_table){
        .version = 2, .entries = hostile_regions, .count = 5, .declared_count = UINT32_MAX};
    view.devices = hostile_devices;
    view.device_count = 3;
    view.arrays = hostile_arrays;
    view.array_count = 1;
    view.problems = hostile_problems;
    view.problem_count = 2;
    view.last_boot = hostile_regions + 1;
    view.last_boot_count = view.region_count - 1;
    view.last_boot_report = UINT32_MAX;
    return view;
}

struct inspected {
    void *memory;
    struct lint_finding findings[256];
    struct inspection_result result;
    struct inspection inspection;
};

static void inspected_make(struct inspected *out, const struct view *view)
{
    const size_t size = inspection_memory_size(view);
    assert_int_not_equal(size, 0);
    assert_int_equal(size % 16, 0);
    out->memory = aligned_alloc(16, size);
    assert_non_null(out->memory);
    assert_status(inspection_run(view, out->memory, size, out->findings, 256, &out->result),
                  STATUS_OK);
    assert_sound(memory_map_check(&out->result.map));
    assert_sound(lint_check(&out->result.lint, view));
    assert_sound(ledger_check(&out->result.ledger));
    out->inspection = inspection_of(view, &out->result);
}

static struct inspected inspected;
static const struct render_context context = {
    .program = "test", .source = HOSTILE, .time = "2026-11-20T10:00:00Z"};

/* Lines that end, fit, and hold nothing but text. Words that have no place to break may be longer. */
static void check_text(const struct page *page)
{
    size_t column = 0;
    assert_true(page->length == 0 || page->text[page->length - 1] == '\n');
    for (size_t i = 0; i < page->length; i++) {
        const unsigned char byte = (unsigned char)page->text[i];
        column = byte == '\n' ? 0 : column + 1;
        assert_true(byte == '\n' || (byte >= ' ' && byte < 0x7F));
        if (column > RENDER_COLUMNS)
            fail_msg("a line is too long: %.*s", 120, &page->text[i + 1 - column]);
    }
    assert_sound(memory_map_check(inspected.inspection.map));
}

static void test_text_of_a_hostile_view(void **state)
{
    (void)state;
    const struct view view = hostile_view();
    inspected_make(&inspected, &view);
    struct page page;
    struct text_sink sink = page_sink(&page);
    render_text(&inspected.inspection, &context, &sink);
    check_text(&page);
    assert_non_null(strstr(page.text, "\\x1b[31m"));
    assert_non_null(strstr(page.text, "UEFI 2.7.5"));
    assert_non_null(strstr(page.text, "DDR5 4800 MT/s"));
    free(page.text);
    sink = page_sink(&page);
    render_text_raw(&view, &sink);
    check_text(&page);
    assert_non_null(strstr(page.text, "OEM 0x70000001"));
    free(page.text);
    sink = page_sink(&page);
    const struct memory_map nothing = {};
    render_text_diff(&nothing, inspected.inspection.map, &sink);
    check_text(&page);
    render_text_diff(&nothing, &nothing, &sink);
    assert_non_null(strstr(page.text, "The maps are the same"));
    free(page.text);
    free(inspected.memory);
}

static void test_colours(void **state)
{
    (void)state;
    const struct view view = hostile_view();
    inspected_make(&inspected, &view);
    assert_int_not_equal(inspected.result.lint.recorded, 0);
    struct render_context coloured = context;
    coloured.colours = true;
    struct page with, without;
    struct text_sink sink = page_sink(&with);
    render_text_lint(&inspected.inspection, &coloured, &sink);
    sink = page_sink(&without);
    render_text_lint(&inspected.inspection, &context, &sink);
    /* The same, but for the colours. */
    size_t kept = 0;
    for (size_t i = 0; i < with.length; i++)
        if (with.text[i] == '\033')
            i += strcspn(with.text + i, "m");
        else
            with.text[kept++] = with.text[i];
    assert_true(kept < with.length);
    assert_int_equal(kept, without.length);
    assert_memory_equal(with.text, without.text, kept);
    free(with.text);
    free(without.text);
    free(inspected.memory);
}

/* ---- JSON ---- */

/* Brackets that match, outside of strings; inside, only escapes of RFC 8259 and no controls. */
static void check_json(const char *text)
{
    char open[64] = "";
    size_t depth = 0;
    bool in_string = false;
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (in_string) {
            assert_true(byte >= ' ');
            if (byte == '\\')
                assert_non_null(strchr("\"\\u", *++text));
            in_string = byte != '"';
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            assert_true(depth < sizeof open);
            open[depth++] = byte == '{' ? '}' : ']';
        } else if (byte == '}' || byte == ']') {
            assert_true(depth > 0);
            assert_int_equal(open[--depth], byte);
        }
    }
    assert_false(in_string);
    assert_int_equal(depth, 0);
}

static void test_json(void **state)
{
    (void)state;
    const struct view view = hostile_view();
    inspected_make(&inspected, &view);
    struct page page;
    const struct text_sink sink = page_sink(&page);
    render_json(&inspected.inspection, &context, &sink);
    check_json(page.text);
    assert_non_null(
        strstr(page.text, "\"machine\": \"\\u001b[31m\\\"\\\\\\u000a</script>\\ufffd %s%n\""));
    assert_non_null(strstr(page.text, "\"pages\": \"0xffffffffffffffff\""));
    assert_non_null(strstr(page.text, "\"pages\": 2199023255552"));
    assert_non_null(strstr(page.text, "\"signature\": \"A\\\\\\\"?\""));
    free(page.text);
    free(inspected.memory);
}

static void test_json_numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t pages;
        const char *text;
    } cases[] = {
        {0, "\"pages\": 0,"},
        {(UINT64_C(1) << 53) - 1, "\"pages\": 9007199254740991,"},
        {UINT64_C(1) << 53, "\"pages\": \"0x20000000000000\","},
        {UINT64_MAX, "\"pages\": \"0xffffffffffffffff\","},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct boot_region region = {.page_count = cases[i].pages};
        struct view view = view_empty(VIEW_LIST);
        view.regions = &region;
        view.region_count = 1;
        inspected_make(&inspected, &view);
        struct page page;
        const struct text_sink sink = page_sink(&page);
        render_json(&inspected.inspection, &context, &sink);
        check_json(page.text);
        assert_non_null(strstr(page.text, cases[i].text));
        free(page.text);
        free(inspected.memory);
    }
}

/* ---- memory ---- */

static void test_memory(void **state)
{
    (void)state;
    const struct view view = hostile_view();
    const size_t size = inspection_memory_size(&view);
    void *memory = aligned_alloc(16, size);
    assert_non_null(memory);
    struct inspection_result result = {.map.range_count = 77};
    assert_status(inspection_run(&view, memory, 0, nullptr, 0, &result), STATUS_NO_MEMORY);
    assert_status(inspection_run(&view, memory, memory_map_memory_size(view.region_count) - 1,
                                 nullptr, 0, &result),
                  STATUS_NO_MEMORY);
    assert_int_equal(result.map.range_count, 77);
    assert_status(inspection_run(&view, memory, size, nullptr, 0, &result), STATUS_OK);
    assert_sound(memory_map_check(&result.map));
    free(memory);
    const struct view nothing = view_empty(VIEW_ACPI_TABLE);
    inspected_make(&inspected, &nothing);
    struct page page;
    const struct text_sink sink = page_sink(&page);
    render_text(&inspected.inspection, &context, &sink);
    check_text(&page);
    assert_non_null(strstr(page.text, "There is no memory map"));
    render_e820(&inspected.inspection, &sink);
    free(page.text);
    free(inspected.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bit_is_named),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_text_of_a_hostile_view),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_numbers),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
