# SPDX-License-Identifier: MIT
# The 32-bit, BIOS-era layout, for documentation.
pure_sources += $(addprefix arch/x86/legacy/, addresses.c linear_heap.c two_level.c)
