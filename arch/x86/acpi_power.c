/* SPDX-License-Identifier: MIT */
#include "acpi_power.h"

#include <base/string.h>

/* Offsets in the FADT: ACPI 6.5, table 5.9. */
enum fadt_offset : size_t {
    FADT_DSDT = 40,
    FADT_SMI_COMMAND = 48,
    FADT_ACPI_ENABLE = 52,
    FADT_PM1A_CONTROL = 64,
    FADT_PM1B_CONTROL = 68,
    FADT_FLAGS = 112,
    FADT_SIZE_1_0 = 116,
    FADT_RESET_REGISTER = 116,
    FADT_RESET_VALUE = 128,
    FADT_X_DSDT = 140,
    FADT_X_PM1A_CONTROL = 172,
    FADT_X_PM1B_CONTROL = 184,
};
constexpr uint32_t FLAG_RESET_SUPPORTED = 1u << 10;
constexpr uint32_t FLAG_HARDWARE_REDUCED = 1u << 20;
constexpr size_t TABLE_HEADER_SIZE = 36;

/* A little-endian number of `width` bytes; 0 if the table ends before it does. */
static uint64_t read_number(const unsigned char *table, size_t size, size_t offset, size_t width)
{
    if (offset > size || width > size - offset)
        return 0;
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)table[offset + i] << (8 * i);
    return value;
}

/* A port by its old 32-bit field, or by the generic address that replaces it. */
static uint16_t read_port(const unsigned char *fadt, size_t size, size_t offset, size_t x_offset)
{
    constexpr size_t GENERIC_ADDRESS = 4; /* space, width, offset, access size come first */
    uint64_t port = read_number(fadt, size, offset, 4);
    uint64_t extended = read_number(fadt, size, x_offset + GENERIC_ADDRESS, 8);
    if (extended != 0 && read_number(fadt, size, x_offset, 1) == ACPI_SPACE_IO)
        port = extended;
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

bool acpi_power_read_fadt(const void *fadt, size_t size, struct acpi_power *out)
{
    const unsigned char *bytes = fadt;
    if (size < FADT_SIZE_1_0 || memcmp(bytes, "FACP", 4) != 0)
        return false;
    struct acpi_power power = {.dsdt = read_number(bytes, size, FADT_X_DSDT, 8)};
    if (power.dsdt == 0)
        power.dsdt = read_number(bytes, size, FADT_DSDT, 4);
    uint64_t flags = read_number(bytes, size, FADT_FLAGS, 4);
    if ((flags & FLAG_RESET_SUPPORTED) != 0 && size > FADT_RESET_VALUE) {
        power.has_reset = true;
        power.reset_space = (uint8_t)read_number(bytes, size, FADT_RESET_REGISTER, 1);
        power.reset_address = read_number(bytes, size, FADT_RESET_REGISTER + 4, 8);
        power.reset_value = bytes[FADT_RESET_VALUE];
    }
    if ((flags & FLAG_HARDWARE_REDUCED) == 0) { /* else there are no PM1 registers */
        power.control_a = read_port(bytes, size, FADT_PM1A_CONTROL, FADT_X_PM1A_CONTROL);
        power.control_b = read_port(bytes, size, FADT_PM1B_CONTROL, FADT_X_PM1B_CONTROL);
        uint64_t command = read_number(bytes, size, FADT_SMI_COMMAND, 4);
        power.smi_command = command <= UINT16_MAX ? (uint16_t)command : 0;
        power.enable_value = bytes[FADT_ACPI_ENABLE];
    }
    *out = power;
    return true;
}

/* One integer constant of AML at *at, which moves behind it. */
static bool read_constant(const unsigned char *aml, size_t size, size_t *at, uint8_t *out)
{
    enum : uint8_t {
        ZERO_OP = 0x00,
        ONE_OP = 0x01,
        BYTE_OP = 0x0a,
        WORD_OP = 0x0b,
        DWORD_OP = 0x0c
    };
    if (*at >= size)
        return false;
    uint8_t op = aml[(*at)++];
    size_t width;
    switch (op) {
    case ZERO_OP:
    case ONE_OP:
        *out = op;
        return true;
    case BYTE_OP:
        width = 1;
        break;
    case WORD_OP:
        width = 2;
        break;
    case DWORD_OP:
        width = 4;
        break;
    default:
        return false;
    }
    if (width > size - *at)
        return false;
    *out = aml[*at]; /* the low byte: SLP_TYP has three bits */
    *at += width;
    return true;
}

/* What follows the name: PackageOp PkgLength NumElements, SLP_TYPa, SLP_TYPb. */
static bool read_package(const unsigned char *aml, size_t size, size_t at, uint8_t *type_a,
                         uint8_t *type_b)
{
    constexpr uint8_t PACKAGE_OP = 0x12;
    constexpr uint8_t SLEEP_TYPE_MAX = 7;
    if (size - at < 3 || aml[at] != PACKAGE_OP)
        return false;
    at += 1 + 1 + (size_t)(aml[at + 1] >> 6); /* the top bits count further bytes of the length */
    if (at >= size)
        return false;
    uint8_t elements = aml[at++];
    uint8_t a, b;
    if (elements == 0 || !read_constant(aml, size, &at, &a))
        return false;
    b = a; /* some firmware gives one element for both */
    if (elements > 1 && !read_constant(aml, size, &at, &b))
        return false;
    if (a > SLEEP_TYPE_MAX || b > SLEEP_TYPE_MAX)
        return false;
    *type_a = a;
    *type_b = b;
    return true;
}

static bool is_named(const unsigned char *aml, size_t at)
{
    constexpr uint8_t NAME_OP = 0x08, ROOT_CHARACTER = '\\';
    return aml[at - 1] == NAME_OP || (aml[at - 1] == ROOT_CHARACTER && aml[at - 2] == NAME_OP);
}

bool acpi_power_find_s5(const void *table, size_t size, uint8_t *type_a, uint8_t *type_b)
{
    const unsigned char *aml = table;
    constexpr size_t LAST = 3; /* index of the last character of "_S5_" */
    /* Look at every fourth byte where that is enough (Horspool): tables have up to a megabyte. */
    for (size_t at = TABLE_HEADER_SIZE + LAST; at < size;) {
        switch (aml[at]) {
        case '_':
            if (memcmp(aml + at - LAST, "_S5_", 4) == 0 && is_named(aml, at - LAST) &&
                read_package(aml, size, at + 1, type_a, type_b))
                return true;
            at += 3;
            break;
        case 'S':
            at += 2;
            break;
        case '5':
            at += 1;
            break;
        default:
            at += 4;
        }
    }
    return false;
}
