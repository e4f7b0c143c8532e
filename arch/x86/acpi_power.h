/* SPDX-License-Identifier: MIT
 * What ACPI says about switching off and resetting. Pure, and nothing that is read is trusted: lengths
 * bound every access, and a register is reported only where the table says that there is one.
 * Source: ACPI 6.5, 5.2.9 (FADT), 5.2.3.2 (generic address), 7.4.2.1 (\_S5), 20.2 (AML encoding). */
#ifndef ARCH_X86_ACPI_POWER_H
#define ARCH_X86_ACPI_POWER_H

#include <stddef.h>
#include <stdint.h>

enum acpi_space : uint8_t { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1, ACPI_SPACE_PCI = 2 };

struct acpi_power {
    bool has_reset;
    uint8_t reset_space; /* enum acpi_space */
    uint8_t reset_value;
    uint64_t reset_address;
    uint16_t control_a, control_b; /* PM1 control ports; 0: none */
    uint16_t smi_command;          /* port; 0: ACPI is on already, or never */
    uint8_t enable_value;          /* written there, it switches ACPI on */
    uint64_t dsdt;                 /* physical; 0: none */
};

/* False, and *out untouched, if it is not a FADT or ends before the fields of ACPI 1.0 do. */
bool acpi_power_read_fadt(const void *fadt, size_t size, struct acpi_power *out);

/* Look for the package \_S5 in a DSDT or SSDT: what to write to PM1a and PM1b. False if it is not found. */
bool acpi_power_find_s5(const void *table, size_t size, uint8_t *type_a, uint8_t *type_b);

#endif
