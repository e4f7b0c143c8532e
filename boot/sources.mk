# SPDX-License-Identifier: MIT
# Pure parts of booting: judge, place and relocate an ELF file, parse options.
boot_sources := $(addprefix boot/, elf_image.c elf_plan.c elf_relocate.c options.c)
pure_sources += $(boot_sources)
