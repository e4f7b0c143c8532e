/* SPDX-License-Identifier: MIT
 * The memory attributes table: which parts of the runtime ranges are code and which are data. Pure.
 * Source: UEFI 2.10, 4.6.4 EFI_MEMORY_ATTRIBUTES_TABLE, 7.2.3 EFI_MEMORY_DESCRIPTOR. */
#ifndef INSPECT_MEMORY_ATTRIBUTES_H
#define INSPECT_MEMORY_ATTRIBUTES_H

#include <inspect/table_sink.h>

/* An upper bound for the entries that `size` bytes can hold. */
size_t memory_attributes_capacity(size_t size);

/* Read `size` bytes: versions 1 and 2, entries of any size that can hold a descriptor. A count that is larger than
 * what is there is noted, and what is there is taken. `entries` has room for memory_attributes_capacity(size);
 * out->entries is `entries`. UNSUPPORTED: another version. TRUNCATED, BAD_FORMAT: header or descriptor size. */
status_t memory_attributes_read(const void *data, size_t size, const struct table_sink *sink,
                                struct boot_region *entries, struct view_attributes_table *out);

#endif
