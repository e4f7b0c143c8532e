# SPDX-License-Identifier: MIT
# The loader: its own files, and the pure ones that it links. payload.c embeds the kernel (Makefile).
loader_sources += $(addprefix efi/, main.c handoff.S firmware.c console.c raw_map.c snapshot.c options.c gather.c framebuffer.c \
	firmware_tables.c random.c place.c tables.c exit.c files.c report.c inspect.c session_memory.c session.c last_boot.c inspector.c \
	machine.c memory_picture.c terminal.c screen.c keys.c serial.c) \
	$(lib_sources) $(boot_sources) $(read_sources) $(judge_sources) $(render_sources) $(browse_sources) $(map_sources) \
	arch/x86/page_format.c arch/x86/page_walk.c
