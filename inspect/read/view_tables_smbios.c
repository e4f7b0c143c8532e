/* SPDX-License-Identifier: MIT
 * SMBIOS on its way into a view: what is plugged in, where it appears, and what the machine is called. */
#include "view_tables_private.h"

#include <inspect/fields.h>

#include <stdckdint.h>

constexpr size_t SYSTEM_MANUFACTURER = 4, SYSTEM_PRODUCT = 5; /* SMBIOS 3.7, 7.2 */

void reading_smbios_entry(struct table_reading *reading)
{
    const struct view_table *table = reading->table;
    reading_place(reading, PLACE_SMBIOS_ENTRY, 0, table->original, table->size);
    if (table->data != nullptr && reading_first(reading, ONCE_SMBIOS_ENTRY) &&
        smbios_entry_read(table->data, table->size, &reading->sink, &reading->entry) == STATUS_OK)
        reading->once |= ONCE_SMBIOS_ENTRY;
}

static bool has_entry(const struct table_reading *reading)
{
    return (reading->once & ONCE_SMBIOS_ENTRY) != 0;
}

/* A string of this structure, copied; "" if it has none. The bound of characters holds for two a structure. */
static const char *take_string(struct table_reading *reading,
                               const struct smbios_structure *structure, uint8_t number)
{
    char *to = reading->characters + reading->characters_used;
    const size_t length = smbios_string_copy(structure, number, to,
                                             reading->bounds.characters - reading->characters_used);
    if (length == 0)
        return "";
    reading->characters_used += length + 1;
    return to;
}

/* "Manufacturer Product", in one piece: the second string is copied over the NUL of the first. */
static void take_machine(struct table_reading *reading, const struct smbios_structure *structure)
{
    if (structure->length <= SYSTEM_PRODUCT || reading->view.machine != nullptr)
        return;
    const char *maker =
        take_string(reading, structure, field8(structure->data, SYSTEM_MANUFACTURER));
    const char *product = take_string(reading, structure, field8(structure->data, SYSTEM_PRODUCT));
    if (maker[0] != '\0' && product[0] != '\0')
        reading->characters[(size_t)(product - reading->characters) - 1] = ' ';
    reading->view.machine = maker[0] != '\0' ? maker : product;
}

static void take_device(struct table_reading *reading, const struct smbios_structure *structure)
{
    struct view_memory_device device;
    uint8_t locator, bank;
    if (!smbios_memory_device_read(structure, reading->other_arrays, &reading->sink, &device,
                                   &locator, &bank))
        return;
    device.locator = take_string(reading, structure, locator);
    device.bank = take_string(reading, structure, bank);
    reading->devices[reading->view.device_count++] = device;
}

struct walked {
    uint32_t count;
    size_t used; /* bytes, up to the end of the last structure */
};

/* Structure after structure. The entry point of 2.1 counts them; before 2.2 nothing else marks the end. */
static status_t walk(struct table_reading *reading,
                     void (*take)(struct table_reading *reading,
                                  const struct smbios_structure *structure),
                     struct walked *out)
{
    const struct view_table *table = reading->table;
    const uint32_t limit = has_entry(reading) ? reading->entry.structure_count : UINT32_MAX;
    struct smbios_structure structure;
    struct walked walked = {};
    size_t cursor = 0;
    status_t status = STATUS_OK;
    while (walked.count < limit) {
        status = smbios_next(table->data, table->size, &cursor, &structure);
        if (status != STATUS_OK)
            break;
        take(reading, &structure);
        walked.used = (size_t)(structure.end - (const unsigned char *)table->data);
        walked.count++;
    }
    *out = walked;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void take_memory_array(struct table_reading *reading,
                              const struct smbios_structure *structure)
{
    if (structure->type == SMBIOS_MEMORY_ARRAY)
        smbios_memory_array_read(structure, reading->other_arrays);
}

static void take_structure(struct table_reading *reading, const struct smbios_structure *structure)
{
    struct view_mapped_array array;
    if (structure->type == SMBIOS_SYSTEM)
        take_machine(reading, structure);
    if (structure->type == SMBIOS_MEMORY_DEVICE)
        take_device(reading, structure);
    if (structure->type == SMBIOS_MAPPED_ARRAY &&
        smbios_mapped_array_read(structure, &reading->sink, &array))
        reading->arrays[reading->view.array_count++] = array;
}

static void sum_devices(struct table_reading *reading)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < reading->view.device_count; i++) {
        const struct view_memory_device *device = &reading->devices[i];
        if (!device->is_volatile)
            continue;
        if (device->is_unknown) {
            (void)sink_note(&reading->sink, STATUS_OK,
                            "a memory device does not know its size; so the sum is not known");
            return;
        }
        if (ckd_add(&sum, sum, device->bytes)) {
            (void)sink_note(&reading->sink, STATUS_OK, "the sizes of its memory devices pass 2^64");
            return;
        }
    }
    reading->view.installed_bytes = sum;
    if (sum != 0)
        reading->view.knows |= VIEW_KNOWS(INSTALLED);
}

static void read_structures(struct table_reading *reading)
{
    const struct view_table *table = reading->table;
    const struct table_sink *sink = &reading->sink;
    const struct smbios_entry *entry = &reading->entry;
    struct walked walked;
    memset(reading->other_arrays, 0, sizeof *reading->other_arrays);
    const status_t status = walk(reading, take_memory_array, &walked);
    if (status == STATUS_BAD_FORMAT)
        (void)sink_note(sink, STATUS_OK,
                        "a structure has a wrong length; those behind it are lost");
    if (status == STATUS_TRUNCATED)
        (void)sink_note(sink, STATUS_OK, "it ends inside a structure");
    /* The size of 3.0 is an upper bound: where all is sound, the structures tell it. */
    const bool is_whole = status == STATUS_OK && walked.used != 0;
    reading_place(reading, PLACE_SMBIOS_TABLE, 0, table->original,
                  is_whole ? walked.used : table->size);
    (void)walk(reading, take_structure, &walked);
    if (has_entry(reading) && entry->table != table->original)
        (void)sink_note(sink, STATUS_OK, "its entry point names another address");
    if (has_entry(reading) && entry->structure_count != UINT32_MAX &&
        walked.count < entry->structure_count)
        (void)sink_note(sink, STATUS_OK, "it has fewer structures than its entry point says");
    sum_devices(reading);
}

void reading_smbios(struct table_reading *reading)
{
    const struct view_table *table = reading->table;
    if (table->data != nullptr && reading_first(reading, ONCE_SMBIOS)) {
        reading->once |= ONCE_SMBIOS;
        read_structures(reading);
        return;
    }
    reading_place(reading, PLACE_SMBIOS_TABLE, 0, table->original, table->size);
}
