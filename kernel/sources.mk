# SPDX-License-Identifier: MIT
# All that talks to a person.
pure_sources += $(addprefix kernel/, text.c symbol_table.c framebuffer.c line_editor.c usage.c)
kernel_sources += $(addprefix kernel/, main.c machine.c memory_use.c memory_picture.c input.c numa.c log.c console.c \
	panic.c symbols.c monitor.c faults.c)
