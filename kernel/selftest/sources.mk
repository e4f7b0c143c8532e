# SPDX-License-Identifier: MIT
# The tests of the command `selftest`.
kernel_sources += $(addprefix kernel/selftest/, memory.c permissions.c names.c ledger.c)
