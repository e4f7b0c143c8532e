# SPDX-License-Identifier: MIT
# Who owns what.
pure_sources += mm/account/memstat.c
kernel_sources += mm/account/owner.c
