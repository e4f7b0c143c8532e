/* SPDX-License-Identifier: MIT
 * A machine for the ACPI reader: 64 KiB of physical memory with real tables at odd addresses. */
#ifndef TESTS_MODEL_ACPI_MACHINE_H
#define TESTS_MODEL_ACPI_MACHINE_H

#include "harness/harness.h"

#include <inspect/acpi.h>

constexpr uint64_t MACHINE_BASE = 0xE0000;
constexpr size_t MACHINE_SIZE = 0x10000;
constexpr size_t RSDP_AT = 0x1; /* offsets in its memory */
constexpr size_t RSDT_AT = 0x103;
constexpr size_t XSDT_AT = 0x205;
constexpr size_t TABLES_AT = 0x1003;
constexpr size_t TABLE_CHECKSUM = 9; /* offsets in a table and in the RSDP */
constexpr size_t RSDP_CHECKSUM = 8;
constexpr size_t RSDP_EXTENDED_CHECKSUM = 32;

struct acpi_machine {
    unsigned char *ram;
    size_t used;
    unsigned table_count;
    uint64_t tables[4]; /* physical; 0: a blank entry */
};

/* MADT, SRAT, a blank entry and SLIT of one machine, under an RSDP of revision 2. */
struct acpi_machine acpi_machine_create(void);
void acpi_machine_destroy(struct acpi_machine *machine);
struct acpi_memory acpi_machine_memory(struct acpi_machine *machine);
void acpi_machine_write_roots(struct acpi_machine *machine);
void acpi_machine_seal_rsdp(struct acpi_machine *machine);

/* tests/firmware_tables/NAME.dat in memory of exactly its size; the caller frees data. */
struct acpi_bytes {
    unsigned char *data;
    size_t size;
};
struct acpi_bytes acpi_bytes_read(const char *name);

void acpi_put32(unsigned char *at, uint32_t value);
void acpi_put64(unsigned char *at, uint64_t value);
/* Set the byte at `checksum` so that `size` bytes add up to 0. */
void acpi_seal(unsigned char *data, size_t size, size_t checksum);

#endif
