# SPDX-License-Identifier: MIT
# The parts of the command `bench`.
kernel_sources += $(addprefix kernel/bench/, measure.c memory.c pairs.c worst.c full.c map.c)
