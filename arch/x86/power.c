/* SPDX-License-Identifier: MIT
 * The ways to end a machine. */
#include <arch/devices.h>

#include <arch/cpu.h>
#include <base/string.h>

#include "acpi_power.h"
#include "instructions.h"

/* QEMU's isa-debug-exit (docs: hw/misc/debugexit.c): a write of v ends it with status 2v + 1. */
constexpr uint16_t DEBUG_EXIT = 0xf4;
constexpr uint8_t DEBUG_EXIT_SUCCESS = 0x10, DEBUG_EXIT_FAILURE = 0x11;

/* ACPI 6.5, 4.8.3.2.1: PM1 control register. */
constexpr uint16_t PM1_SCI_ENABLE = 1u << 0, PM1_SLEEP_ENABLE = 1u << 13, PM1_SLEEP_TYPE = 7u << 10;
constexpr unsigned PM1_SLEEP_TYPE_SHIFT = 10;

constexpr uint16_t KEYBOARD_COMMAND = 0x64, KEYBOARD_STATUS = 0x64;
constexpr uint8_t KEYBOARD_PULSE_RESET = 0xfe, KEYBOARD_INPUT_FULL = 0x02;
/* Reset control: Intel ICH9 data sheet 13.7.5. */
constexpr uint16_t RESET_CONTROL = 0xcf9;
constexpr uint8_t RESET_HARD = 0x02, RESET_NOW = 0x04;
constexpr uint16_t PCI_ADDRESS = 0xcf8, PCI_DATA = 0xcfc;

constexpr unsigned POLLS_MAX = 100000; /* port reads of about 1 us */

static struct acpi_power registers;
static bool has_s5;
static uint8_t sleep_type_a, sleep_type_b;

/* Four characters in memory order, as boot_table has them. */
constexpr uint32_t SIGNATURE_FADT = 0x50434146; /* "FACP" */
constexpr uint32_t SIGNATURE_DSDT = 0x54445344; /* "DSDT" */
constexpr uint32_t SIGNATURE_SSDT = 0x54445353; /* "SSDT" */

static void read_s5(const void *table, uint64_t size)
{
    if (!has_s5 && table != nullptr)
        has_s5 = acpi_power_find_s5(table, size, &sleep_type_a, &sleep_type_b);
}

/* A DSDT that was not copied, where the FADT says that it is. */
static void read_dsdt_in_place(const void *(*to_virtual)(uint64_t physical, uint64_t size))
{
    constexpr uint64_t HEADER_SIZE = 36, LENGTH_OFFSET = 4;
    const unsigned char *header =
        registers.dsdt != 0 ? to_virtual(registers.dsdt, HEADER_SIZE) : nullptr;
    if (header == nullptr)
        return;
    uint32_t size;
    memcpy(&size, header + LENGTH_OFFSET, sizeof size);
    read_s5(to_virtual(registers.dsdt, size), size);
}

void power_init(const struct boot_table *tables, size_t count,
                const void *(*to_virtual)(uint64_t physical, uint64_t size))
{
    for (size_t i = 0; i < count; i++) {
        if (tables[i].kind != BOOT_TABLE_ACPI || tables[i].signature != SIGNATURE_FADT)
            continue;
        const void *fadt = to_virtual(tables[i].start, tables[i].size);
        if (fadt != nullptr && acpi_power_read_fadt(fadt, tables[i].size, &registers))
            break;
    }
    if (registers.control_a == 0)
        return; /* nowhere to write a sleep type to */
    for (size_t i = 0; i < count; i++)
        if (tables[i].kind == BOOT_TABLE_ACPI && tables[i].signature == SIGNATURE_DSDT)
            read_s5(to_virtual(tables[i].start, tables[i].size), tables[i].size);
    if (!has_s5)
        read_dsdt_in_place(to_virtual);
    for (size_t i = 0; i < count && !has_s5; i++)
        if (tables[i].kind == BOOT_TABLE_ACPI && tables[i].signature == SIGNATURE_SSDT)
            read_s5(to_virtual(tables[i].start, tables[i].size), tables[i].size);
}

void power_exit(bool success)
{
    /* CPUID itself, for a panic may come before cpu_init. A real machine may have anything at that port. */
    constexpr uint32_t FEATURES_LEAF = 1, HYPERVISOR = 1u << 31;
    if ((cpuid(FEATURES_LEAF).ecx & HYPERVISOR) != 0)
        port_write8(DEBUG_EXIT, success ? DEBUG_EXIT_SUCCESS : DEBUG_EXIT_FAILURE);
    cpu_halt();
}

static void wait_some(void)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        (void)port_read8(KEYBOARD_STATUS);
        cpu_pause();
    }
}

static void reset_by_acpi(void)
{
    if (!registers.has_reset)
        return;
    uint64_t address = registers.reset_address;
    if (registers.reset_space == ACPI_SPACE_IO && address <= UINT16_MAX) {
        port_write8((uint16_t)address, registers.reset_value);
        wait_some();
    }
    if (registers.reset_space ==
        ACPI_SPACE_PCI) { /* bus 0; device 47:32, function 31:16, offset 15:0 */
        uint32_t device = (uint32_t)(address >> 32) & 0x1f,
                 function = (uint32_t)(address >> 16) & 7;
        uint32_t offset = (uint32_t)address & 0xff;
        port_write32(PCI_ADDRESS, 0x80000000 | device << 11 | function << 8 | (offset & 0xfc));
        port_write8((uint16_t)(PCI_DATA + (offset & 3)), registers.reset_value);
        wait_some();
    }
}

static void reset_by_keyboard(void)
{
    for (unsigned i = 0; i < POLLS_MAX && (port_read8(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL); i++)
        cpu_pause();
    port_write8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
    wait_some();
}

void power_reboot(void)
{
    reset_by_acpi();
    reset_by_keyboard();
    port_write8(RESET_CONTROL, RESET_HARD);
    port_write8(RESET_CONTROL, RESET_HARD | RESET_NOW);
    wait_some();
    /* Without an IDT any exception is a triple fault, which every board answers with a reset. */
    const struct [[gnu::packed]] {
        uint16_t limit;
        uint64_t base;
    } none = {};
    __asm__ volatile("lidt %0; int3" : : "m"(none));
    cpu_halt();
}

static void enable_acpi(void)
{
    if (registers.smi_command == 0 || (port_read16(registers.control_a) & PM1_SCI_ENABLE) != 0)
        return;
    port_write8(registers.smi_command, registers.enable_value);
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        if ((port_read16(registers.control_a) & PM1_SCI_ENABLE) != 0)
            return;
        cpu_pause();
    }
}

static void write_sleep(uint16_t port, uint8_t type)
{
    uint16_t value = port_read16(port) & (uint16_t)~PM1_SLEEP_TYPE;
    value |= (uint16_t)(type << PM1_SLEEP_TYPE_SHIFT);
    port_write16(port, value | PM1_SLEEP_ENABLE);
}

void power_off(void)
{
    if (!has_s5)
        return;
    enable_acpi();
    write_sleep(registers.control_a, sleep_type_a);
    if (registers.control_b != 0)
        write_sleep(registers.control_b, sleep_type_b);
    wait_some();
}
