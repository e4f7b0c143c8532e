# SPDX-License-Identifier: MIT
# The firmware's descriptors become judged ranges; memory types of the processor.
map_sources := $(addprefix mm/map/, memory_map.c edges.c class.c)
pure_sources += $(map_sources) mm/map/memory_types.c
