# SPDX-License-Identifier: MIT
# A test NAME is tests/unit/test_NAME.c, linked with every pure file and the models.
unit_tests := lib canvas text symbol_table framebuffer usage line_editor options elf_image \
	page_format page_damage mtrr key_codes acpi_power legacy reference_names \
	arena pool ranges address_space memory_types kernel_space mm memstat \
	frames frames_runs frames_sections frames_reserve frames_random frames_search frames_damage \
	heap heap_misuse heap_pressure heap_guard object_cache \
	memory_map memory_class firmware_maps e820 ledger map_diff lint render picture dump \
	acpi acpi_roots acpi_memory acpi_text smbios memory_attributes view_text view_facts view_tables \
	inspector inspector_lists inspector_screens place report report_volumes terminal visit
