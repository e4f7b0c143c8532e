/* SPDX-License-Identifier: MIT
 * What ACPI tables say of addresses: where devices and other tables are, how far nodes are apart. Pure.
 * Every function but acpi_table_check and acpi_facs_check takes a table that acpi_table_check has accepted, and its
 * length from there. A table whose shape is wrong is refused with a status and a note; of one that has bad entries
 * the others are taken, and a note tells of the bad ones.
 * Source: ACPI 6.5; MCFG: PCI Firmware Specification 3.3, 4.1.2; HPET: IA-PC HPET Specification 1.0a, 3.2.4. */
#ifndef INSPECT_ACPI_MEMORY_H
#define INSPECT_ACPI_MEMORY_H

#include <inspect/table_sink.h>

/* The signature (0: any), the length and the checksum of a table of which `size` bytes are there. RSDT, XSDT and all
 * tables that they name; not the FACS (no checksum), not the RSDP. */
status_t acpi_table_check(const void *data, size_t size, uint32_t signature,
                          const struct table_sink *sink, uint32_t *out_length);
/* The signature of four characters, as tables and struct boot_table have it. */
uint32_t acpi_signature(const char name[static 4]);

/* One place for each range of buses: PLACE_ECAM. */
status_t acpi_mcfg_read(const void *mcfg, size_t length, const struct table_sink *sink);
/* PLACE_LOCAL_APIC (an override counts), PLACE_IO_APIC each; the number of enabled processors, each counted once. */
status_t acpi_madt_read(const void *madt, size_t length, const struct table_sink *sink,
                        uint32_t *out_processors);
status_t acpi_hpet_read(const void *hpet, size_t length, const struct table_sink *sink);
/* Where the FACS and the boot logo are; 0: there is none. */
status_t acpi_fadt_read(const void *fadt, size_t length, const struct table_sink *sink,
                        uint64_t *out_facs);
status_t acpi_bgrt_read(const void *bgrt, size_t length, const struct table_sink *sink,
                        uint64_t *out_image);
/* The FACS itself, `size` bytes of it. */
status_t acpi_facs_check(const void *data, size_t size, const struct table_sink *sink,
                         uint32_t *out_length);
/* A BMP file of which `size` bytes are there: how long it is. */
status_t acpi_image_check(const void *data, size_t size, const struct table_sink *sink,
                          uint32_t *out_length);

/* SLIT: square, 10 from a node to itself, more to others. Asymmetry is noted: it is allowed. */
status_t acpi_slit_check(const void *slit, size_t length, const struct table_sink *sink);
/* The same for `count` times `count` distances, row by row. */
void acpi_distances_check(const uint8_t *distances, size_t count, const struct table_sink *sink);

/* Addresses in the RSDT or XSDT (entry_size 4 or 8): entry `index`, false behind the last. */
bool acpi_root_entry(const void *root, size_t length, unsigned entry_size, size_t index,
                     uint64_t *out);

#endif
