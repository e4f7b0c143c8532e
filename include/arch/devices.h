/* SPDX-License-Identifier: MIT
 * The few devices that are driven without any driver model: a serial port, the PS/2 keyboard, and the ways
 * to end a machine. Everything is polled; every wait is bounded and executes PAUSE. Each may be absent. */
#ifndef ARCH_DEVICES_H
#define ARCH_DEVICES_H

#include <boot/boot_info.h>
#include <stddef.h>

/* COM1, 115200 8N1. init looks whether there is one (loopback test) and says so. */
bool serial_init(void);
bool serial_present(void);
void serial_write(const char *text, size_t length);
bool serial_read(char *out); /* false: nothing there */

/* PS/2 keyboard on an i8042, US layout, scan code set 1. Yields ASCII, and the escape sequences that a
 * terminal would send for arrows, Home, End and Delete. */
bool keyboard_init(void);
bool keyboard_present(void);
bool keyboard_read(char *out);

/* End of the run. power_init finds the ACPI registers (FADT, and \_S5 in the DSDT) in the copied tables;
 * `to_virtual` tells where a physical range can be read, null if it cannot. */
void power_init(const struct boot_table *tables, size_t count,
                const void *(*to_virtual)(uint64_t physical, uint64_t size));
/* Under QEMU, end it through isa-debug-exit: 0x10 for success, 0x11 for failure. Elsewhere: halt. */
[[noreturn]] void power_exit(bool success);
[[noreturn]] void power_reboot(void);
/* Returns only if this machine cannot be switched off by us. */
void power_off(void);

#endif
