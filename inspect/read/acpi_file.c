/* SPDX-License-Identifier: MIT
 * One ACPI table by itself, as bytes: a view with only what that table says. */
#include <inspect/acpi_text.h>

#include <inspect/fields.h>

constexpr size_t HEADER_SIZE = 36, HEADER_LENGTH = 4; /* ACPI 6.5, 5.2.6 */
constexpr uint32_t LENGTH_LIMIT = 1 << 24; /* no table is that long; text has no zero byte there */
constexpr size_t ALIGNMENT = 16;

bool acpi_file_is(const void *data, size_t size)
{
    if (size < HEADER_SIZE)
        return false;
    for (size_t i = 0; i < sizeof(uint32_t); i++) {
        const char c = (char)field8(data, i);
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    const uint32_t length = field32(data, HEADER_LENGTH);
    return length >= HEADER_SIZE && length < LENGTH_LIMIT;
}

static struct view_table single_table(const void *data, size_t size)
{
    return (struct view_table){
        .kind = BOOT_TABLE_ACPI, .signature = field32(data, 0), .data = data, .size = size};
}

size_t acpi_file_memory_size(const void *data, size_t size)
{
    if (!acpi_file_is(data, size))
        return ALIGNMENT;
    const struct view_table table = single_table(data, size);
    return view_tables_memory_size(&table, 1);
}

status_t acpi_file_read(const void *data, size_t size, void *memory, size_t memory_size,
                        struct view *out)
{
    if (!acpi_file_is(data, size))
        return STATUS_BAD_FORMAT;
    const struct view_table table = single_table(data, size);
    struct view view = view_empty(VIEW_ACPI_TABLE);
    const status_t status = view_add_tables(&view, &table, 1, nullptr, 0, memory, memory_size);
    if (status == STATUS_OK)
        *out = view;
    return status;
}
