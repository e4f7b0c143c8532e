# SPDX-License-Identifier: MIT
# The parts of the command `bench`.
kernel_sources += $(addprefix kernel/bench/, memory.c worst.c full.c map.c)
