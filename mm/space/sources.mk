# SPDX-License-Identifier: MIT
# Ranges of addresses and address spaces; the kernel's own, which is not pure: it flushes the processor.
pure_sources += mm/space/ranges.c mm/space/address_space.c
kernel_sources += mm/space/kernel_space.c mm/space/check.c
