/* SPDX-License-Identifier: MIT
 * SMBIOS: the memory that is plugged in. Pure; nothing is trusted.
 * Source: SMBIOS 3.7 (DSP0134): 5.2 entry points, 6.1 structures and strings, 7.2 system (type 1), 7.17 physical memory
 * array (16), 7.18 memory device (17), 7.20 memory array mapped address (19). */
#ifndef INSPECT_SMBIOS_H
#define INSPECT_SMBIOS_H

#include <inspect/table_sink.h>

/* Entry point, 2.1 ("_SM_") or 3.0 ("_SM3_"): anchor, length and checksums are right. */
struct smbios_entry {
    uint64_t table;
    uint32_t table_size;      /* 3.0: an upper bound */
    uint32_t structure_count; /* UINT32_MAX: it does not say (3.0) */
    uint8_t major, minor;
};
status_t smbios_entry_read(const void *data, size_t size, const struct table_sink *sink,
                           struct smbios_entry *out);

enum smbios_type : uint8_t {
    SMBIOS_SYSTEM = 1,
    SMBIOS_MEMORY_ARRAY = 16,
    SMBIOS_MEMORY_DEVICE = 17,
    SMBIOS_MAPPED_ARRAY = 19,
    SMBIOS_END = 127,
};

struct smbios_structure {
    const unsigned char *data; /* `length` bytes, at least 4; its strings follow */
    const unsigned char *end;  /* behind its strings and the NUL that ends them */
    uint16_t handle;
    uint8_t type, length;
};
/* Iterate: *cursor starts at 0. NOT_FOUND at the end of the bytes or behind the end-of-table structure; BAD_FORMAT: a
 * length below 4; TRUNCATED: it, or its strings, have no end. Iteration ends with each of them. */
status_t smbios_next(const void *table, size_t size, size_t *cursor, struct smbios_structure *out);

/* Copy string `number` with its NUL; what is not printable ASCII becomes '?', spaces at its end are cut. Returns its
 * length, below limit; 0: there is none. Writes at most as many bytes as the string has in the table. */
size_t smbios_string_copy(const struct smbios_structure *structure, uint8_t number, char *to,
                          size_t limit);

/* Handles of arrays that hold something other than system memory: flash, video memory, caches. */
struct smbios_other_arrays {
    uint64_t bits[1024];
};
void smbios_memory_array_read(const struct smbios_structure *structure,
                              struct smbios_other_arrays *arrays);

/* All but the two strings, whose numbers are given. False, and noted: too short for what every version has. */
bool smbios_memory_device_read(const struct smbios_structure *structure,
                               const struct smbios_other_arrays *arrays,
                               const struct table_sink *sink, struct view_memory_device *out,
                               uint8_t *out_locator, uint8_t *out_bank);
bool smbios_mapped_array_read(const struct smbios_structure *structure,
                              const struct table_sink *sink, struct view_mapped_array *out);

#endif
