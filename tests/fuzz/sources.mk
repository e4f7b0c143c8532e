# SPDX-License-Identifier: MIT
# A target NAME is tests/fuzz/fuzz_NAME.c, with its corpus in tests/fuzz/corpus/NAME/. Behind the name: its runs in make
# test, as many as take some 5 seconds; make test-long does 50 times as many.
fuzz_runs := lint:12000 inspector:1600 picture:1300 options:20000 elf_image:20000 acpi:20000 page_format:12000 frames:4500 \
	heap:9000 pool_memstat:20000 memory_map:20000 dump:20000 view_text:20000 tables:20000 memmap:20000
fuzz_tests := $(foreach target,$(fuzz_runs),$(firstword $(subst :, ,$(target))))
