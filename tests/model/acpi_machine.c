/* SPDX-License-Identifier: MIT */
#include "model/acpi_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLES_DIRECTORY "tests/firmware_tables/"

struct acpi_bytes acpi_bytes_read(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, TABLES_DIRECTORY "%s.dat", name);
    FILE *file = fopen(path, "rb");
    if (file == nullptr) {
        fprintf(stderr, "%s: cannot be opened; run this in the project's root\n", path);
        abort();
    }
    unsigned char buffer[8192];
    const size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    struct acpi_bytes table = {malloc(size), size};
    memcpy(table.data, buffer, size);
    return table;
}

void acpi_put32(unsigned char *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

void acpi_put64(unsigned char *at, uint64_t value)
{
    memcpy(at, &value, sizeof value);
}

void acpi_seal(unsigned char *data, size_t size, size_t checksum)
{
    data[checksum] = 0;
    unsigned char sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (unsigned char)(sum + data[i]);
    data[checksum] = (unsigned char)-sum;
}

static const void *machine_read(void *owner, uint64_t physical, uint64_t size)
{
    const struct acpi_machine *machine = owner;
    assert_true(size <= UINT64_MAX - physical); /* a careless reader would add them */
    if (physical < MACHINE_BASE || physical - MACHINE_BASE > MACHINE_SIZE ||
        size > MACHINE_SIZE - (physical - MACHINE_BASE))
        return nullptr;
    return machine->ram + (physical - MACHINE_BASE);
}

struct acpi_memory acpi_machine_memory(struct acpi_machine *machine)
{
    return (struct acpi_memory){machine_read, machine};
}

void acpi_machine_seal_rsdp(struct acpi_machine *machine)
{
    acpi_seal(machine->ram + RSDP_AT, 20, RSDP_CHECKSUM);
    acpi_seal(machine->ram + RSDP_AT, 36, RSDP_EXTENDED_CHECKSUM);
}

static void add_table(struct acpi_machine *machine, const char *name)
{
    struct acpi_bytes table = acpi_bytes_read(name);
    memcpy(machine->ram + machine->used, table.data, table.size);
    machine->tables[machine->table_count++] = MACHINE_BASE + machine->used;
    machine->used += table.size + 1;
    free(table.data);
}

void acpi_machine_write_roots(struct acpi_machine *machine)
{
    unsigned char *rsdt = machine->ram + RSDT_AT, *xsdt = machine->ram + XSDT_AT;
    const unsigned count = machine->table_count;
    memcpy(rsdt, "RSDT", 4);
    acpi_put32(rsdt + 4, 36 + 4 * count);
    memcpy(xsdt, "XSDT", 4);
    acpi_put32(xsdt + 4, 36 + 8 * count);
    for (size_t i = 0; i < count; i++) {
        acpi_put32(rsdt + 36 + 4 * i, (uint32_t)machine->tables[i]);
        acpi_put64(xsdt + 36 + 8 * i, machine->tables[i]);
    }
    acpi_seal(rsdt, 36 + 4 * count, TABLE_CHECKSUM);
    acpi_seal(xsdt, 36 + 8 * count, TABLE_CHECKSUM);
}

struct acpi_machine acpi_machine_create(void)
{
    struct acpi_machine machine = {.ram = calloc(1, MACHINE_SIZE), .used = TABLES_AT};
    add_table(&machine, "supermicro-h8qg6-58e8.apic");
    add_table(&machine, "supermicro-h8qg6-58e8.srat");
    machine.table_count++;
    add_table(&machine, "supermicro-h8qg6-58e8.slit");
    acpi_machine_write_roots(&machine);
    unsigned char *rsdp = machine.ram + RSDP_AT;
    memcpy(rsdp, "RSD PTR ", 8);
    rsdp[15] = 2;
    acpi_put32(rsdp + 16, (uint32_t)(MACHINE_BASE + RSDT_AT));
    acpi_put32(rsdp + 20, 36);
    acpi_put64(rsdp + 24, MACHINE_BASE + XSDT_AT);
    acpi_machine_seal_rsdp(&machine);
    return machine;
}

void acpi_machine_destroy(struct acpi_machine *machine)
{
    free(machine->ram);
}
