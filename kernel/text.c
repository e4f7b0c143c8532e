/* SPDX-License-Identifier: MIT */
#include <kernel/text.h>

#include <base/string.h>

#include <stdckdint.h>

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A' + 10);
    return 16;
}

bool text_parse_hex(const char *text, size_t length, uint64_t *out)
{
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
        length -= 2;
    }
    if (length == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = hex_digit(text[i]);
        if (digit > 15 || ckd_mul(&value, value, UINT64_C(16)))
            return false;
        value += digit;
    }
    *out = value;
    return true;
}

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

unsigned text_distance(const char *left, const char *right)
{
    size_t left_length = strlen(left), right_length = strlen(right);
    if (left_length > TEXT_DISTANCE_MAX || right_length > TEXT_DISTANCE_MAX)
        return TEXT_DISTANCE_MAX;
    /* Levenshtein's table, one row at a time: row[j] is the distance of left[0..i) to right[0..j). */
    unsigned row[TEXT_DISTANCE_MAX + 1];
    for (unsigned j = 0; j <= right_length; j++)
        row[j] = j;
    for (unsigned i = 1; i <= left_length; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= right_length; j++) {
            unsigned above = row[j];
            unsigned changed = diagonal + (left[i - 1] != right[j - 1]);
            row[j] = smallest(above + 1, row[j - 1] + 1, changed);
            diagonal = above;
        }
    }
    return row[right_length];
}

unsigned text_permille(uint64_t part, uint64_t whole)
{
    if (whole == 0)
        return 0;
    /* A thousandth of the whole instead of a thousand parts, where those would not fit. */
    uint64_t thousandfold;
    if (ckd_mul(&thousandfold, part, UINT64_C(1000)))
        return (unsigned)(part / (whole / 1000));
    return (unsigned)(thousandfold / whole);
}
