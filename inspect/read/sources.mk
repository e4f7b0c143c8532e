# SPDX-License-Identifier: MIT
# Forms and tables become views. What text needs is for files, not for the loader.
read_text_sources := inspect/read/view_text.c \
	$(patsubst %,inspect/read/view_text_%.c, scan efi e820 tables notes totals)
read_sources := $(addprefix inspect/read/, view.c efi_names.c fields.c table_sink.c \
	acpi.c acpi_file.c acpi_memory.c acpi_text.c smbios.c memory_attributes.c \
	view_tables.c view_reading.c view_tables_acpi.c view_tables_smbios.c dump.c dump_write.c map_inputs.c)
pure_sources += $(read_sources) $(read_text_sources)
