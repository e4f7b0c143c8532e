# SPDX-License-Identifier: MIT
# Memory that is given once and never grows.
fixed_sources := mm/fixed/arena.c mm/fixed/pool.c
pure_sources += $(fixed_sources)
