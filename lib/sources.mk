# SPDX-License-Identifier: MIT
# Bytes, text, sorting, drawing: linked into every program.
lib_sources := $(addprefix lib/, string.c number.c format.c sort.c status.c crc32.c canvas.c)
pure_sources += $(lib_sources)
# The console's font, embedded: the programs that draw.
kernel_sources += lib/font_data.c
loader_sources += lib/font_data.c
