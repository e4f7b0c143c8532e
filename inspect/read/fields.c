/* SPDX-License-Identifier: MIT */
#include <inspect/fields.h>

bool sums_to_zero(const void *data, uint64_t size)
{
    uint8_t sum = 0;
    for (uint64_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + field8(data, i));
    return sum == 0;
}
