# SPDX-License-Identifier: MIT
# A target NAME is tests/fuzz/fuzz_NAME.c, with its corpus in tests/fuzz/corpus/NAME/. Behind the name: its runs in make
# test, as many as take some 5 seconds; make test-long does 50 times as many.
fuzz_runs := lint:24000 inspector:3200 picture:2600 options:200000 elf_image:1000000 acpi:1200000 page_format:14000 frames:4500 \
	heap:11000 pool_memstat:200000 memory_map:36000 dump:300000 view_text:44000 tables:200000 memmap:36000
fuzz_tests := $(foreach target,$(fuzz_runs),$(firstword $(subst :, ,$(target))))
