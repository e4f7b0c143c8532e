# SPDX-License-Identifier: MIT
# A target NAME is tests/fuzz/fuzz_NAME.c, with its corpus in tests/fuzz/corpus/NAME/.
fuzz_tests := lint inspector picture options elf_image acpi page_format frames heap pool_memstat memory_map dump \
	view_text tables memmap
