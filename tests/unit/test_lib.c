/* SPDX-License-Identifier: MIT
 * lib/: numbers, sorting (order, work in the worst case, nothing touched beside), text that does not fit, status
 * texts, and the string functions of the programs that have no C library. */
#include "harness/harness.h"
#include "model/own_string.h"

#include <base/format.h>
#include <base/sort.h>
#include <base/status.h>
#include <base/string.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- numbers ---- */

static void test_parse_number(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"00012", true, 12},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"0x0", true, 0},
        {"0xdeadBEEF", true, 0xDEADBEEF},
        {"0XfF", true, 0xFF},
        {"0xffffffffffffffff", true, UINT64_MAX},
        {"0x10000000000000000", false, 0},
        {"1K", true, KIB},
        {"512M", true, 512 * MIB},
        {"3G", true, 3 * GIB},
        {"2T", true, 2 * TIB},
        {"0x10K", true, 16 * KIB},
        {"16777215T", true, 16777215 * TIB},
        {"16777216T", false, 0},
        {"", false, 0},
        {"K", false, 0},
        {"0x", false, 0},
        {"0xK", false, 0},
        {"0xg", false, 0},
        {"1KK", false, 0},
        {"K1", false, 0},
        {"1k", false, 0},
        {"1P", false, 0},
        {"1 ", false, 0},
        {" 1", false, 0},
        {"+1", false, 0},
        {"-1", false, 0},
        {"12a", false, 0},
        {"1.5", false, 0},
        {"1e3", false, 0},
        {"x10", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 4711;
        const bool good = parse_number(cases[i].text, strlen(cases[i].text), &value);
        if (good != cases[i].good || value != (good ? cases[i].value : 4711))
            fail_msg("\"%s\" gave %d, %llu", cases[i].text, good, (unsigned long long)value);
    }
}

static void test_parse_number_reads_only_its_text(void **state)
{
    (void)state;
    const char *const text = "0x12K34";
    const struct {
        size_t length;
        bool good;
        uint64_t value;
    } prefixes[] = {{0, false, 0},   {1, true, 0},          {2, false, 0}, {3, true, 1},
                    {4, true, 0x12}, {5, true, 0x12 * KIB}, {6, false, 0}, {7, false, 0}};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        const size_t length = prefixes[i].length;
        char *exact = malloc(length + 1);
        memcpy(exact, text, length);
        uint64_t value = 0;
        assert_int_equal(parse_number(exact, length, &value), prefixes[i].good);
        assert_int_equal(value, prefixes[i].value);
        free(exact);
    }
    uint64_t value;
    assert_false(parse_number("1\0002", 3, &value));
}

/* ---- sorting ---- */

struct record {
    uint32_t key;
    uint32_t number; /* makes the order total */
};

static uint64_t comparisons;

static bool record_before(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    comparisons++;
    return a->key != b->key ? a->key < b->key : a->number < b->number;
}

static int record_compare(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Heap sort: at most 2n comparisons to make the heap, then at most two a level for each record. */
static uint64_t comparisons_allowed(size_t count)
{
    uint64_t levels = 0;
    while (count >> levels > 1)
        levels++;
    return 2 * count * (levels + 1);
}

/* Sort keys[0..count) and compare with the host's sort. Nothing beside the records may change. */
static void check_sort(const uint32_t *keys, size_t count)
{
    constexpr struct record guard = {0xA5A5A5A5, 0x5A5A5A5A};
    struct record *records = malloc((count + 2) * sizeof *records);
    struct record *wanted = malloc((count + 2) * sizeof *wanted);
    for (size_t i = 0; i < count; i++)
        records[i + 1] = (struct record){keys[i], (uint32_t)i};
    records[0] = records[count + 1] = guard;
    memcpy(wanted, records, (count + 2) * sizeof *records);
    qsort(wanted + 1, count, sizeof *wanted, record_compare);
    comparisons = 0;
    sort_records(records + 1, count, sizeof *records, record_before);
    assert_memory_equal(records, wanted, (count + 2) * sizeof *records);
    assert_true(comparisons <= comparisons_allowed(count));
    free(records);
    free(wanted);
}

enum order : unsigned {
    ORDER_SORTED,
    ORDER_REVERSED,
    ORDER_EQUAL,
    ORDER_ORGAN_PIPE,
    ORDER_SAWTOOTH,
    ORDER_LAST_IS_SMALLEST,
    ORDER_INTERLEAVED,
    ORDER_RANDOM,
    ORDER_FEW_KEYS,
    ORDER_COUNT
};

static uint32_t key_of(enum order order, size_t i, size_t count, struct random *random)
{
    switch (order) {
    case ORDER_SORTED:
        return (uint32_t)i;
    case ORDER_REVERSED:
        return (uint32_t)(count - i);
    case ORDER_EQUAL:
        return 7;
    case ORDER_ORGAN_PIPE:
        return (uint32_t)(i < count / 2 ? i : count - i);
    case ORDER_SAWTOOTH:
        return (uint32_t)(i % 17);
    case ORDER_LAST_IS_SMALLEST:
        return (uint32_t)(i + 1 == count ? 0 : i + 1);
    case ORDER_INTERLEAVED: /* bad for a quick sort that takes the median of three */
        return (uint32_t)(i % 2 == 0 ? i / 2 : count / 2 + i);
    case ORDER_FEW_KEYS:
        return (uint32_t)random_below(random, 3);
    default:
        return (uint32_t)random_next(random);
    }
}

static void test_sort_adversarial_orders(void **state)
{
    (void)state;
    struct random random = random_start("sort", 30);
    const size_t counts[] = {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 100, 1023, 1024, 1025, 20000};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        for (enum order order = 0; order < ORDER_COUNT; order++) {
            uint32_t *keys = malloc((counts[c] + 1) * sizeof *keys);
            for (size_t i = 0; i < counts[c]; i++)
                keys[i] = key_of(order, i, counts[c], &random);
            check_sort(keys, counts[c]);
            free(keys);
        }
    }
}

/* A sort by comparisons that sorts every sequence of zeros and ones sorts everything of that length. */
static void test_sort_all_zeros_and_ones(void **state)
{
    (void)state;
    for (size_t count = 0; count <= 11; count++) {
        for (uint32_t pattern = 0; pattern < UINT32_C(1) << count; pattern++) {
            uint32_t keys[12];
            for (size_t i = 0; i < count; i++)
                keys[i] = pattern >> i & 1;
            check_sort(keys, count);
        }
    }
}

static bool byte_before(const void *left, const void *right)
{
    return *(const unsigned char *)left < *(const unsigned char *)right;
}

/* Every size of record; the first byte is the key, the others must travel with it. */
static void test_sort_record_sizes(void **state)
{
    (void)state;
    constexpr size_t count = 200;
    struct random random = random_start("record sizes", 31);
    for (size_t size = 1; size <= 128; size++) {
        unsigned char *records = malloc(count * size);
        unsigned char order[count];
        for (size_t i = 0; i < count; i++)
            order[i] = (unsigned char)i;
        for (size_t i = count; i > 1; i--) {
            const size_t other = random_below(&random, i);
            const unsigned char saved = order[i - 1];
            order[i - 1] = order[other];
            order[other] = saved;
        }
        for (size_t i = 0; i < count; i++)
            for (size_t byte = 0; byte < size; byte++)
                records[i * size + byte] = (unsigned char)(order[i] + byte);
        sort_records(records, count, size, byte_before);
        for (size_t i = 0; i < count; i++)
            for (size_t byte = 0; byte < size; byte++)
                assert_int_equal(records[i * size + byte], (unsigned char)(i + byte));
        free(records);
    }
}

/* ---- text ---- */

static bool never_before(const void *, const void *)
{
    return false;
}

/* Records of no bytes, and larger ones than the room for the one that moves. */
static void test_sort_refuses_sizes(void **state)
{
    (void)state;
    unsigned char records[2 * 129] = {};
    assert_rule_broken(SO1, sort_records(records, 2, 0, never_before));
    assert_rule_broken(SO1, sort_records(records, 2, 129, never_before));
}

static void test_format(void **state)
{
    (void)state;
    char text[128];
    const int length =
        format_text(text, sizeof text, "%s|%5d|%-4u|%08x|%c|%%", "a", -12, 7U, 0xBEEFU, 'z');
    assert_string_equal(text, "a|  -12|7   |0000beef|z|%");
    assert_int_equal(length, strlen(text));
    format_text(text, sizeof text, "%llu %llx %lld %lld", ULLONG_MAX, ULLONG_MAX, LLONG_MIN,
                LLONG_MAX);
    assert_string_equal(text, "18446744073709551615 ffffffffffffffff "
                              "-9223372036854775808 9223372036854775807");
    format_text(text, sizeof text, "%.3s|%*d|%zu", "abcdef", 4, 5, (size_t)9);
    assert_string_equal(text, "abc|   5|9");
}

static void test_format_truncation(void **state)
{
    (void)state;
    const char *const whole = "0123456789abcdef";
    for (size_t size = 1; size <= 32; size++) {
        char *text = malloc(size); /* exactly: the sanitizer sees one byte too many */
        memset(text, '#', size);
        const int length = format_text(text, size, "%u%s", 123456789U, "abcdef");
        const size_t wanted = size - 1 < 15 ? size - 1 : 15;
        assert_int_equal(length, wanted);
        assert_int_equal(strlen(text), wanted);
        assert_memory_equal(text, whole + 1, wanted);
        free(text);
    }
}

/* stb_sprintf works in pieces of 512 characters: texts around that length must not differ. */
static void test_format_long(void **state)
{
    (void)state;
    char long_text[2000];
    for (size_t length = 500; length < 1100; length++) {
        memset(long_text, 'x', length);
        long_text[length] = '\0';
        char *text = malloc(length + 4);
        assert_int_equal(format_text(text, length + 4, "<%s>", long_text), length + 2);
        assert_int_equal(text[0], '<');
        assert_memory_equal(text + 1, long_text, length);
        assert_string_equal(text + 1 + length, ">");
        free(text);
    }
}

struct collected {
    char text[1024];
    size_t length;
    unsigned calls;
};

static void collect(void *owner, const char *text, size_t length)
{
    struct collected *all = owner;
    assert_true(all->length + length < sizeof all->text);
    memcpy(all->text + all->length, text, length);
    all->length += length;
    all->calls++;
}

static void test_sink_print(void **state)
{
    (void)state;
    struct collected all = {0};
    const struct text_sink sink = {collect, &all};
    sink_print(&sink, "%s %u", "frames", 12U);
    sink_print(&sink, "%s", "");
    sink_print(&sink, "!");
    assert_int_equal(all.length, 10);
    assert_memory_equal(all.text, "frames 12!", 10);

    char long_text[600];
    memset(long_text, 'y', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    all = (struct collected){0};
    sink_print(&sink, "%s", long_text);
    assert_int_equal(all.length, 511); /* 512 with the NUL */
    assert_memory_equal(all.text, long_text, 511);
}

/* ---- status ---- */

static void test_status_texts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STATUS_COUNT; i++) {
        const char *text = status_text((status_t)i);
        assert_non_null(text);
        assert_true(strlen(text) > 3);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(text, status_text((status_t)j));
    }
    assert_string_equal(status_text(STATUS_OK), "success");
    assert_string_equal(status_text(STATUS_COUNT), "not a status");
    assert_string_equal(status_text((status_t)UINT32_MAX), "not a status");
}

/* ---- the string functions of the programs without a C library ---- */

constexpr size_t AREA = 96;

static void fill(unsigned char *area, unsigned char seed)
{
    for (size_t i = 0; i < AREA; i++)
        area[i] = (unsigned char)(seed + 7 * i);
}

/* Every start and length within a small area, against the host's functions; guards are part of the area. */
static void test_own_copy_and_set(void **state)
{
    (void)state;
    for (size_t from = 0; from < 20; from++) {
        for (size_t to = 0; to < 20; to++) {
            for (size_t size = 0; size <= 40; size++) {
                unsigned char own[AREA], host[AREA], source[AREA];
                fill(source, 3);
                fill(own, 100);
                fill(host, 100);
                assert_ptr_equal(own_memcpy(own + to, source + from, size), own + to);
                memcpy(host + to, source + from, size);
                assert_memory_equal(own, host, AREA);
                assert_ptr_equal(own_memmove(own + to, own + from, size), own + to);
                memmove(host + to, host + from, size);
                assert_memory_equal(own, host, AREA);
                assert_ptr_equal(own_memset(own + to, (int)(from + 0x1F0), size), own + to);
                memset(host + to, (int)(from + 0x1F0), size);
                assert_memory_equal(own, host, AREA);
            }
        }
    }
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void test_own_compare(void **state)
{
    (void)state;
    const char *const words[] = {"",  "a",    "ab",   "abc",  "abd",
                                 "b", "\x7f", "\x80", "\xff", "abcdefghijklm"};
    constexpr size_t count = sizeof words / sizeof words[0];
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(own_strlen(words[i]), strlen(words[i]));
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(sign(own_strcmp(words[i], words[j])),
                             sign(strcmp(words[i], words[j])));
            const size_t shorter =
                strlen(words[i]) < strlen(words[j]) ? strlen(words[i]) : strlen(words[j]);
            assert_int_equal(sign(own_memcmp(words[i], words[j], shorter)),
                             sign(memcmp(words[i], words[j], shorter)));
            for (size_t size = 0; size < 16; size++)
                assert_int_equal(sign(own_strncmp(words[i], words[j], size)),
                                 sign(strncmp(words[i], words[j], size)));
        }
        for (int character = 0; character < 256; character++)
            assert_ptr_equal(own_strchr(words[i], character), strchr(words[i], character));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_number),
        cmocka_unit_test(test_parse_number_reads_only_its_text),
        cmocka_unit_test(test_sort_adversarial_orders),
        cmocka_unit_test(test_sort_all_zeros_and_ones),
        cmocka_unit_test(test_sort_record_sizes),
        cmocka_unit_test(test_sort_refuses_sizes),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_truncation),
        cmocka_unit_test(test_format_long),
        cmocka_unit_test(test_sink_print),
        cmocka_unit_test(test_status_texts),
        cmocka_unit_test(test_own_copy_and_set),
        cmocka_unit_test(test_own_compare),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
