/* SPDX-License-Identifier: MIT
 * For inspect/view_tables*.c: the arrays of a view while its tables are read. */
#ifndef INSPECT_READ_VIEW_TABLES_PRIVATE_H
#define INSPECT_READ_VIEW_TABLES_PRIVATE_H

#include <inspect/smbios.h>
#include <inspect/table_sink.h>

/* How many of each there can be at most. */
struct table_bounds {
    size_t places, problems, nodes, entries, devices, arrays, characters, arrays_known;
};

/* A table by the address of its original and its kind, sorted by both. */
struct table_index {
    uint64_t original;
    size_t number;
    uint32_t kind;
};

/* Tables of which the first sound one counts. */
enum table_once : uint32_t {
    ONCE_MADT = 1 << 0,
    ONCE_SRAT = 1 << 1,
    ONCE_SMBIOS = 1 << 2,
    ONCE_SMBIOS_ENTRY = 1 << 3,
    ONCE_ATTRIBUTES = 1 << 4,
};

struct table_reading {
    const struct view_table *tables;
    size_t count;
    struct table_bounds bounds;
    struct table_index *index; /* `count` */

    struct view_place *places;
    struct view_problem *problems;
    struct acpi_node_memory *nodes;
    struct boot_region *entries;
    struct view_memory_device *devices;
    struct view_mapped_array *arrays;
    char *characters;
    struct smbios_other_arrays *other_arrays;
    size_t characters_used;

    struct view view;       /* what has been read */
    struct table_sink sink; /* places and notes of the table that is being read */
    const struct view_table *table;
    uint32_t signature;        /* its own, for problems */
    uint32_t first_problem;    /* of this table */
    uint32_t once;             /* enum table_once: those that were read */
    struct smbios_entry entry; /* if ONCE_SMBIOS_ENTRY says so */
};

/* ---- view_reading.c ---- */

/* Once its arrays are there: nothing is read yet, and tables can be found by their addresses. */
void reading_begin(struct table_reading *reading);
/* A range of the view; one that passes 2^64 or has no address is none. */
void reading_place(struct table_reading *reading, enum place_kind kind, uint32_t signature,
                   uint64_t start, uint64_t size);
/* Has none of this kind been read yet? Says so if one has; whoever reads the first adds `kind` to `once`. */
bool reading_first(struct table_reading *reading, enum table_once kind);
/* The table whose original is at this address; null: it was not copied. */
const struct view_table *reading_find(const struct table_reading *reading, uint32_t kind,
                                      uint64_t original);

/* The signature by which an ACPI table is read: that of boot_table, or its own if that is not known. */
uint32_t table_signature(const struct view_table *table);

/* ---- view_tables_acpi.c, view_tables_smbios.c ---- */

void reading_acpi(struct table_reading *reading);
void reading_image(struct table_reading *reading);
void reading_smbios_entry(struct table_reading *reading);
void reading_smbios(struct table_reading *reading);

#endif
