/* SPDX-License-Identifier: MIT
 * Fields of firmware tables: copied out at an offset, since nothing in these tables is aligned. The caller has
 * checked that they are there. Little-endian, as every machine that we run on. */
#ifndef INSPECT_FIELDS_H
#define INSPECT_FIELDS_H

#include <base/string.h>

static inline uint8_t field8(const void *data, size_t offset)
{
    return ((const unsigned char *)data)[offset];
}

static inline uint16_t field16(const void *data, size_t offset)
{
    uint16_t value;
    memcpy(&value, (const unsigned char *)data + offset, sizeof value);
    return value;
}

static inline uint32_t field32(const void *data, size_t offset)
{
    uint32_t value;
    memcpy(&value, (const unsigned char *)data + offset, sizeof value);
    return value;
}

static inline uint64_t field64(const void *data, size_t offset)
{
    uint64_t value;
    memcpy(&value, (const unsigned char *)data + offset, sizeof value);
    return value;
}

/* ACPI 6.5, 5.2.5.3, 5.2.6; SMBIOS 3.7, 5.2: do all bytes, the checksum among them, add up to 0? */
bool sums_to_zero(const void *data, uint64_t size);

#endif
