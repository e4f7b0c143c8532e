/* SPDX-License-Identifier: MIT
 * ACPI tables that stand alone in a file: the bytes of one table, or a text that tells what tables say.
 *   iasl      [000h 0000   4]  Signature : "SRAT"   a table disassembled: its bytes are put together again
 *   numa      node0 | 8386704 kB | 00000003 | 10 20   what Linux kept of SRAT and SLIT (sysfs): sizes, no addresses
 * Both give a view of the form VIEW_ACPI_TABLE that has no regions. Pure; nothing is trusted. */
#ifndef INSPECT_ACPI_TEXT_H
#define INSPECT_ACPI_TEXT_H

#include <inspect/view_text.h>

/* The bytes of one ACPI table (all but the RSDP and the FACS): is it one, by signature and length? */
bool acpi_file_is(const void *data, size_t size);
/* Bytes of memory that reading it needs (aligned to 16); 0 if that does not fit. */
size_t acpi_file_memory_size(const void *data, size_t size);
/* BAD_FORMAT: not a table. A table that is refused for another reason is a problem of the view. The view lies in
 * `memory` and does not point into `data`. */
status_t acpi_file_read(const void *data, size_t size, void *memory, size_t memory_size,
                        struct view *out);

/* Is this text one of the two? Looks at the first line that says something. */
bool acpi_text_is(const char *text, size_t size);
/* As view_text_memory_size and view_read_text. */
size_t acpi_text_memory_size(const char *text, size_t size);
status_t acpi_text_read(const char *text, size_t size, void *memory, size_t memory_size,
                        struct view *out, struct view_text_error *error);

#endif
