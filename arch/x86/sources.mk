# SPDX-License-Identifier: MIT
# The processor. Pure: the format of page tables, memory types, key codes, the power tables.
page_sources := $(patsubst %,arch/x86/page_%.c, format change join walk describe)
pure_sources += $(page_sources) $(addprefix arch/x86/, mtrr.c key_codes.c acpi_power.c)
kernel_sources += $(addprefix arch/x86/, start.S trap_entry.S traps.c probe.c segments.c cpu.c image.c \
	stack_guard.c clock.c serial.c keyboard.c power.c)
