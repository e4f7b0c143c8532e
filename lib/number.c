/* SPDX-License-Identifier: MIT */
#include <base/string.h>

#include <stdckdint.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

static unsigned suffix_shift(char c)
{
    switch (c) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    case 'T':
        return 40;
    default:
        return 0;
    }
}

bool parse_number(const char *text, size_t length, uint64_t *out)
{
    uint64_t base = 10;
    unsigned shift = 0;
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        length -= 2;
    }
    if (length > 1 && suffix_shift(text[length - 1]) != 0)
        shift = suffix_shift(text[--length]);
    if (length == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)digit_value(text[i]);
        if (digit >= base || ckd_mul(&value, value, base) || ckd_add(&value, value, digit))
            return false;
    }
    if (ckd_mul(&value, value, UINT64_C(1) << shift))
        return false;
    *out = value;
    return true;
}
