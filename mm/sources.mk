# SPDX-License-Identifier: MIT
# The one instance of each manager, and the order in which they start.
kernel_sources += mm/mm.c mm/start.c
