/* SPDX-License-Identifier: MIT
 * What the firmware's tables add to a view.
 *
 * Problem: tables come in any number and order, each of any size, each perhaps damaged, and refer to one another by
 *          address; the view that they fill has arrays whose lengths are not known before.
 * Shape:   a bound for each array follows from the sizes of the tables (an ECAM entry takes 16 bytes, a memory device at
 *          least 23, ...), so one block is cut into arrays once:
 *            | index | places | problems | nodes | attribute entries | devices | arrays | strings | other arrays |
 *          Then each table goes to its reader, which puts what it finds into a sink. A table that refers to another
 *          by address finds it through the index, by bisection.
 *
 * VB1  no array ever holds more than its bound
 * VB2  the view is written once, at the end; before that nothing has changed
 *
 * Cost:    linear in the bytes of the tables, n log n in their number; memory at most about 7 times the bytes of the
 *          tables that are read.
 * Not here: what each table looks like (acpi_memory.c, smbios.c, memory_attributes.c). */
#include "view_tables_private.h"

#include <inspect/acpi_memory.h>
#include <inspect/fields.h>
#include <inspect/memory_attributes.h>

#include <stdckdint.h>

/* Bytes that each takes in its table at least. */
constexpr size_t MCFG_ENTRY_SIZE = 16, IO_APIC_ENTRY_SIZE = 12, SRAT_MEMORY_SIZE = 40;
constexpr size_t DEVICE_SIZE = 23, MAPPED_ARRAY_SIZE = 17; /* with the two NULs behind them */
/* A table has fewer different things wrong with it than this; the same thing is told once. */
constexpr size_t PROBLEMS_PER_TABLE = 12;
/* Extra places that view_tables_memory_size already counts. */
constexpr size_t EXTRA_PLACES = 8;
constexpr size_t ALIGNMENT = 16;

/* ---- how much memory ---- */

static size_t places_of_acpi(uint32_t signature, size_t size)
{
    if (signature == acpi_signature("XSDT"))
        return size / sizeof(uint64_t);
    if (signature == acpi_signature("RSDT"))
        return size / sizeof(uint32_t);
    if (signature == acpi_signature("MCFG"))
        return size / MCFG_ENTRY_SIZE;
    if (signature == acpi_signature("APIC"))
        return size / IO_APIC_ENTRY_SIZE + 1; /* the local APIC */
    return 1;                                 /* FACS, HPET or boot logo */
}

/* False: a sum does not fit. */
static bool bounds_add(struct table_bounds *bounds, const struct view_table *table)
{
    const size_t size = table->data != nullptr ? table->size : 0;
    const uint32_t signature = table_signature(table);
    bool overflow = table->size > SIZE_MAX / 2 || ckd_add(&bounds->places, bounds->places, 1) ||
                    ckd_add(&bounds->problems, bounds->problems, PROBLEMS_PER_TABLE);
    switch (table->kind) {
    case BOOT_TABLE_ACPI:
        overflow |= ckd_add(&bounds->places, bounds->places, places_of_acpi(signature, size));
        if (signature == acpi_signature("SRAT"))
            overflow |= ckd_add(&bounds->nodes, bounds->nodes, size / SRAT_MEMORY_SIZE);
        break;
    case BOOT_TABLE_MEMORY_ATTRIBUTES:
        overflow |= ckd_add(&bounds->entries, bounds->entries, memory_attributes_capacity(size));
        break;
    case BOOT_TABLE_SMBIOS:
        overflow |= ckd_add(&bounds->devices, bounds->devices, size / DEVICE_SIZE);
        overflow |= ckd_add(&bounds->arrays, bounds->arrays, size / MAPPED_ARRAY_SIZE);
        /* Two strings of a structure are shown, and may be the same one. */
        overflow |= ckd_add(&bounds->characters, bounds->characters, 2 * size);
        bounds->arrays_known = 1;
        break;
    default:
        break;
    }
    return !overflow;
}

static bool bounds_of(const struct view_table *tables, size_t count, size_t extra_count,
                      struct table_bounds *out)
{
    struct table_bounds bounds = {.places = extra_count};
    for (size_t i = 0; i < count; i++)
        if (!bounds_add(&bounds, &tables[i]))
            return false;
    *out = bounds;
    return bounds.places <= UINT32_MAX && bounds.problems <= UINT32_MAX &&
           bounds.nodes <= UINT32_MAX && bounds.entries <= UINT32_MAX &&
           bounds.devices <= UINT32_MAX && bounds.arrays <= UINT32_MAX;
}

/* Room for `count` records in the block that is being cut: its offset, or only the sum if that is all that is
 * wanted. */
static bool cut(size_t *used, size_t count, size_t size, size_t *out_offset)
{
    size_t bytes;
    *out_offset = *used;
    return !ckd_mul(&bytes, count, size) && !ckd_add(&bytes, bytes, ALIGNMENT - 1) &&
           !ckd_add(used, *used, align_down(bytes, ALIGNMENT));
}

/* The arrays of `reading` in `memory`; with memory null only the size. 0: it does not fit. */
static size_t lay_out(struct table_reading *reading, size_t count, unsigned char *memory)
{
    const struct table_bounds *b = &reading->bounds;
    const struct {
        void *slot;
        size_t count, size;
    } parts[] = {
        {&reading->index, count, sizeof *reading->index},
        {&reading->places, b->places, sizeof *reading->places},
        {&reading->problems, b->problems, sizeof *reading->problems},
        {&reading->nodes, b->nodes, sizeof *reading->nodes},
        {&reading->entries, b->entries, sizeof *reading->entries},
        {&reading->devices, b->devices, sizeof *reading->devices},
        {&reading->arrays, b->arrays, sizeof *reading->arrays},
        {&reading->characters, b->characters, sizeof *reading->characters},
        {&reading->other_arrays, b->arrays_known, sizeof *reading->other_arrays},
    };
    size_t used = 0, offset;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!cut(&used, parts[i].count, parts[i].size, &offset))
            return 0;
        if (memory != nullptr) {
            void *const array = memory + offset;
            memcpy(parts[i].slot, (const void *)&array, sizeof array);
        }
    }
    return used + ALIGNMENT; /* 0 is for what does not fit */
}

size_t view_tables_memory_size(const struct view_table *tables, size_t count)
{
    struct table_reading reading = {};
    if (!bounds_of(tables, count, EXTRA_PLACES, &reading.bounds))
        return 0;
    return lay_out(&reading, count, nullptr);
}

/* ---- one table after the other ---- */

static void read_attributes(struct table_reading *reading)
{
    const struct view_table *table = reading->table;
    reading_place(reading, PLACE_MEMORY_ATTRIBUTES, 0, table->original, table->size);
    if (table->data == nullptr || !reading_first(reading, ONCE_ATTRIBUTES))
        return;
    if (memory_attributes_read(table->data, table->size, &reading->sink, reading->entries,
                               &reading->view.attributes) != STATUS_OK)
        return;
    reading->once |= ONCE_ATTRIBUTES;
    reading->view.knows |= VIEW_KNOWS(MEMORY_ATTRIBUTES);
}

static void read_table(struct table_reading *reading, const struct view_table *table)
{
    reading->table = table;
    reading->signature = table->signature;
    reading->first_problem = reading->view.problem_count;
    switch (table->kind) {
    case BOOT_TABLE_ACPI:
        reading_acpi(reading);
        break;
    case BOOT_TABLE_SMBIOS:
        if (table->signature == 0)
            reading_smbios_entry(reading);
        break; /* the structures follow when the entry point is known */
    case BOOT_TABLE_MEMORY_ATTRIBUTES:
        read_attributes(reading);
        break;
    case BOOT_TABLE_ESRT:
        reading_place(reading, PLACE_ESRT, 0, table->original, table->size);
        break;
    case BOOT_TABLE_BGRT_IMAGE:
        reading_image(reading);
        break;
    default:
        (void)sink_note(&reading->sink, STATUS_UNSUPPORTED, "it is of an unknown kind");
    }
}

/* VB2 */
static void view_take(struct view *view, const struct table_reading *reading)
{
    const struct view *read = &reading->view;
    view->knows |= read->knows;
    view->places = reading->places;
    view->place_count = read->place_count;
    view->problems = reading->problems;
    view->problem_count = read->problem_count;
    if ((reading->once & ONCE_SRAT) != 0) {
        view->nodes = reading->nodes;
        view->node_count = read->node_count;
    }
    if ((reading->once & ONCE_SMBIOS) != 0) {
        view->devices = reading->devices;
        view->device_count = read->device_count;
        view->arrays = reading->arrays;
        view->array_count = read->array_count;
        view->installed_bytes = read->installed_bytes;
    }
    if ((reading->once & ONCE_ATTRIBUTES) != 0)
        view->attributes = read->attributes;
    if ((reading->once & ONCE_MADT) != 0)
        view->processor_count = read->processor_count;
    if (read->machine != nullptr && (view->machine == nullptr || view->machine[0] == '\0'))
        view->machine = read->machine;
}

status_t view_add_tables(struct view *view, const struct view_table *tables, size_t count,
                         const struct view_place *extra, size_t extra_count, void *memory,
                         size_t size)
{
    struct table_reading reading = {.tables = tables, .count = count};
    if (!bounds_of(tables, count, extra_count, &reading.bounds))
        return STATUS_NO_MEMORY;
    const size_t needed = lay_out(&reading, count, nullptr);
    if (needed == 0 || needed > size)
        return STATUS_NO_MEMORY;
    (void)lay_out(&reading, count, memory);

    reading_begin(&reading);
    for (size_t i = 0; i < extra_count; i++)
        sink_place(&reading.sink, extra[i]);
    for (size_t i = 0; i < count; i++)
        read_table(&reading, &tables[i]);
    for (size_t i = 0; i < count; i++) {
        if (tables[i].kind != BOOT_TABLE_SMBIOS || tables[i].signature == 0)
            continue;
        reading.table = &tables[i];
        reading.signature = tables[i].signature;
        reading.first_problem = reading.view.problem_count;
        reading_smbios(&reading);
    }
    if (reading.view.place_count != 0)
        reading.view.knows |= VIEW_KNOWS(PLACES);
    view_take(view, &reading);
    return STATUS_OK;
}
