# SPDX-License-Identifier: MIT
# Ranges of addresses and address spaces; the kernel's own, which is not pure: it flushes the processor.
pure_sources += $(addprefix mm/space/, ranges.c range_tree.c ranges_check.c address_space.c)
kernel_space_sources := $(addprefix mm/space/, kernel_space.c direct_map.c devices.c heap_window.c check.c)
kernel_sources += $(kernel_space_sources)
