/* SPDX-License-Identifier: MIT
 * ACPI tables that speak of memory and processors. Pure; nothing here is trusted: every table is bounded by
 * its own length, which is bounded by what the caller could read, and checksummed.
 * Source: ACPI 6.5, 5.2 (RSDP 5.2.5.3, XSDT 5.2.8, MADT 5.2.12, SRAT 5.2.16, SLIT 5.2.17). */
#ifndef INSPECT_ACPI_H
#define INSPECT_ACPI_H

#include <base/address.h>
#include <base/status.h>

/* Read physical memory: a pointer to `size` readable bytes, or null. */
struct acpi_memory {
    const void *(*read)(void *owner, uint64_t physical, uint64_t size);
    void *owner;
};

/* A table that was found: checked header, length and checksum. */
struct acpi_table {
    uint32_t signature; /* four characters in memory order */
    uint64_t physical;
    uint32_t length;
    const void *data;
};

/* Check the RSDP (revision 0 and 2) at `physical`. *root: XSDT if there is one, else RSDT. */
struct acpi_root {
    uint64_t rsdp, rsdp_length;
    uint64_t root;
    bool is_xsdt;
};
status_t acpi_find_root(const struct acpi_memory *memory, uint64_t rsdp, struct acpi_root *out);
/* The number of entries of the root table; then each one (the root's checksum is proven by the count only).
 * OUT_OF_RANGE: no such entry; NOT_FOUND: the entry is blank. BAD_CHECKSUM, BAD_FORMAT (its length is absurd)
 * and TRUNCATED (it cannot be read) name the table that was refused, the root included: its physical address is
 * in *out all the same, its data is null. */
status_t acpi_root_count(const struct acpi_memory *memory, const struct acpi_root *root,
                         unsigned *out);
status_t acpi_root_table(const struct acpi_memory *memory, const struct acpi_root *root,
                         unsigned index, struct acpi_table *out);

/* The entries of SRAT and MADT, from offset `first` of the table on: a type, a length, and `length - 2` bytes more.
 * Iterate: *cursor starts at 0; NOT_FOUND at the end; BAD_FORMAT if a length is wrong (iteration ends). */
struct acpi_entry {
    const unsigned char *data; /* `length` bytes */
    uint8_t type, length;
};
status_t acpi_entry_next(const void *table, size_t size, size_t first, size_t *cursor,
                         struct acpi_entry *out);

/* SRAT: memory of the NUMA nodes. Enabled entries that are not empty. */
struct acpi_node_memory {
    uint64_t start, size;
    uint32_t node; /* proximity domain */
    bool hot_pluggable, non_volatile;
};
/* Iterate: *cursor starts at 0; NOT_FOUND at the end; BAD_FORMAT for a malformed entry (iteration ends). */
status_t acpi_srat_next(const void *srat, size_t size, size_t *cursor,
                        struct acpi_node_memory *out);

/* MADT: processors that are enabled or can be. */
struct acpi_processor {
    uint32_t apic_id;
    bool enabled;
};
status_t acpi_madt_next(const void *madt, size_t size, size_t *cursor, struct acpi_processor *out);

#endif
