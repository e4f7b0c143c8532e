/* SPDX-License-Identifier: MIT
 * Text readers, the lowest part: lines, and numbers, words and fields in a line.
 *
 * Problem: a text is any bytes: a log with prefixes, a mail, a file of a shell that writes UTF-16.
 * Shape:   a line is copied, cleaned, into a buffer of a fixed size; all else works on that, and can neither run
 *          past its end (it ends with a NUL) nor take longer than its length.
 * Cost:    each byte of the text is looked at once. */
#include "view_text_private.h"

#include <base/address.h>
#include <base/string.h>

#include <stdckdint.h>

struct text_cursor text_cursor_of(const char *text, size_t size)
{
    static const char marks[][4] = {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}; /* UTF-8, UTF-16 */
    struct text_cursor cursor = {.text = text, .size = size};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const size_t length = strlen(marks[i]);
        if (cursor.at == 0 && size >= length && memcmp(text, marks[i], length) == 0)
            cursor.at = length;
    }
    return cursor;
}

bool text_next_line(struct text_cursor *cursor, char line[TEXT_LINE_MAX + 1])
{
    if (cursor->at >= cursor->size)
        return false;
    size_t length = 0;
    while (cursor->at < cursor->size) {
        const unsigned char byte = (unsigned char)cursor->text[cursor->at++];
        if (byte == '\n')
            break;
        if (byte == '\0' || byte == '\r' || length == TEXT_LINE_MAX)
            continue;
        line[length++] = (char)(byte < ' ' ? ' ' : byte > '~' ? '?' : byte);
    }
    line[length] = '\0';
    cursor->line++;
    return true;
}

static const char *skip_spaces(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "[    0.000000]", "<6>": up to its end, which must come soon. */
static const char *skip_brackets(const char *at, char open, char close)
{
    constexpr size_t longest = 48;
    if (*at != open)
        return at;
    for (size_t i = 1; i < longest && at[i] != '\0'; i++)
        if (at[i] == close)
            return at + i + 1;
    return at;
}

/* "kern  :info  : ", by dmesg --decode. */
static const char *skip_facility(const char *at)
{
    struct text_scan scan = {.at = at};
    if (!scan_try(&scan, "kern ") || !scan_try(&scan, ":"))
        return at;
    scan.at = skip_spaces(scan.at);
    while (is_letter(*scan.at))
        scan.at++;
    return scan_try(&scan, ":") ? scan.at : at;
}

const char *text_skip_prefix(const char *line)
{
    for (const char *at = line; *at != '\0'; at++) {
        struct text_scan scan = {.at = at};
        if (*at == 'k' && scan_try(&scan, "kernel: ")) {
            line = scan.at;
            break;
        }
    }
    for (;;) {
        struct text_scan scan = {.at = skip_spaces(line)};
        if (!scan_try(&scan, "(xen)") && !scan_try(&scan, ">")) {
            scan.at = skip_facility(scan.at);
            scan.at = skip_brackets(scan.at, '[', ']');
            scan.at = skip_brackets(scan.at, '<', '>');
        }
        if (scan.at == line)
            return line;
        line = scan.at;
    }
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool scan_try(struct text_scan *scan, const char *word)
{
    const char *at = skip_spaces(scan->at);
    for (; *word != '\0'; at++, word++)
        if (lower(*at) != lower(*word))
            return false;
    scan->at = at;
    return true;
}

void scan_fail(struct text_scan *scan, const char *reason)
{
    if (scan->failure == nullptr)
        scan->failure = reason;
}

void scan_expect(struct text_scan *scan, const char *word)
{
    if (!scan_try(scan, word))
        scan_fail(scan, "a field is missing or has another form");
}

static int digit_of(char c, unsigned base)
{
    const int digit = c >= '0' && c <= '9'                 ? c - '0'
                      : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
                                                           : -1;
    return digit < (int)base ? digit : -1;
}

static uint64_t scan_number(struct text_scan *scan, unsigned base, bool grouped)
{
    const char *at = skip_spaces(scan->at);
    if (digit_of(*at, base) < 0)
        scan_fail(scan, "a number is missing");
    uint64_t value = 0;
    for (;; at++) {
        if (grouped && *at == ',' && digit_of(at[1], base) >= 0)
            continue;
        const int digit = digit_of(*at, base);
        if (digit < 0)
            break;
        if (ckd_mul(&value, value, base) || ckd_add(&value, value, (unsigned)digit))
            scan_fail(scan, "a number does not fit into 64 bits");
    }
    scan->at = at;
    return value;
}

uint64_t scan_hex(struct text_scan *scan)
{
    struct text_scan prefix = *scan;
    if (scan_try(&prefix, "0x") && digit_of(*prefix.at, 16) >= 0)
        scan->at = prefix.at;
    return scan_number(scan, 16, false);
}

uint64_t scan_decimal(struct text_scan *scan)
{
    return scan_number(scan, 10, false);
}

uint64_t scan_grouped(struct text_scan *scan)
{
    return scan_number(scan, 10, true);
}

uint32_t scan_decimal32(struct text_scan *scan)
{
    const uint64_t value = scan_decimal(scan);
    if (value > UINT32_MAX)
        scan_fail(scan, "a number does not fit into 32 bits");
    return (uint32_t)value;
}

bool scan_at_end(struct text_scan *scan)
{
    return *skip_spaces(scan->at) == '\0';
}

size_t text_hex_digits(const char *at)
{
    size_t count = 0;
    while (digit_of(at[count], 16) >= 0)
        count++;
    return count;
}

struct text_field scan_field(struct text_scan *scan, const char *stops)
{
    const char *text = skip_spaces(scan->at);
    const char *end = text;
    while (*end != '\0' && strchr(stops, *end) == nullptr)
        end++;
    scan->at = end;
    while (end > text && end[-1] == ' ')
        end--;
    return (struct text_field){.text = text, .length = (size_t)(end - text)};
}

bool text_lookup(const struct text_name *names, size_t count, struct text_field field,
                 uint64_t *out)
{
    for (size_t i = 0; i < count; i++) {
        struct text_scan scan = {.at = field.text};
        if (strlen(names[i].name) == field.length && field.length != 0 &&
            scan_try(&scan, names[i].name)) {
            *out = names[i].value;
            return true;
        }
    }
    return false;
}

struct boot_region scan_region(struct text_scan *scan, uint64_t start, uint64_t end, bool may_wrap)
{
    if (end < start && !may_wrap)
        scan_fail(scan, "the end is before the start");
    const uint64_t bytes = end - start;
    const uint64_t pages = bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
    return (struct boot_region){.phys_start = start,
                                .page_count = pages,
                                .bytes_less = (uint32_t)(pages * PAGE_SIZE - bytes)};
}

/* A region without bytes ends with the byte before its start; of all 2^64 bytes that starting at 0 cannot be told
 * from none, and is none: no machine has them. */
struct boot_region scan_inclusive(struct text_scan *scan)
{
    const uint64_t start = scan_hex(scan);
    scan_expect(scan, "-");
    const uint64_t last = scan_hex(scan);
    return scan_region(scan, start, last + 1, last == UINT64_MAX);
}

struct text_item text_region_item(enum view_form form, const struct text_scan *scan,
                                  struct boot_region region)
{
    return (struct text_item){.kind = scan->failure == nullptr ? TEXT_REGION : TEXT_DAMAGED,
                              .form = form,
                              .failure = scan->failure,
                              .region = region,
                              .index = TEXT_NO_INDEX};
}
