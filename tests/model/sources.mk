# SPDX-License-Identifier: MIT
# Naive models, oracles, and machines that are simulated.
model_sources := $(addprefix tests/model/, frame_model.c frame_records.c heap_model.c page_walker.c page_model.c \
	page_op.c map_oracle.c map_fixture.c map_corpus.c ledger_oracle.c acpi_machine.c range_pages.c)
# The kernel's own space is not pure, nor is the loader's report; their tests simulate the processor, the firmware.
space_sources := $(kernel_space_sources) mm/account/owner.c
instance_sources := $(space_sources) mm/mm.c mm/start.c
report_sources := $(addprefix efi/, inspect.c session_memory.c session.c last_boot.c report.c files.c firmware.c raw_map.c inspector.c \
	machine.c memory_picture.c terminal.c screen.c keys.c) lib/font_data.c \
	$(addprefix tests/model/, fake_volume.c fake_console.c fake_serial.c)
place_sources := efi/place.c efi/raw_map.c
