# SPDX-License-Identifier: MIT
# Blocks of any size, object caches, levels of checking.
heap_sources := $(addprefix mm/heap/, heap.c free.c slab.c large.c records.c guard.c object_cache.c check.c)
pure_sources += $(heap_sources)
