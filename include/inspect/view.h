/* SPDX-License-Identifier: MIT
 * A view: all that one source says of a machine's memory, and what that source cannot know. Readers make views
 * (of this machine, of a dump, of a log); lint, ledger, diff and renderers only look at them. Nothing is judged
 * yet: descriptors are raw, in the source's order, and may be anything. Pure.
 *
 * A view points into memory that its maker was given; it owns nothing. */
#ifndef INSPECT_VIEW_H
#define INSPECT_VIEW_H

#include <boot/boot_info.h>
#include <inspect/acpi.h>

/* X(name, the word for people and JSON, what it is). The forms that readers know. */
#define VIEW_FORM_LIST(X)                                                                          \
    X(FIRMWARE, "firmware", "this machine's firmware")                                             \
    X(DUMP, "dump", "a raw dump of Freehold")                                                      \
    X(LINUX_EFI, "linux-efi", "Linux, efi: mem lines")                                             \
    X(LINUX_E820, "linux-e820", "Linux, BIOS-e820 lines")                                          \
    X(LINUX_SYSFS, "linux-sysfs", "Linux, /sys/firmware/memmap")                                   \
    X(SHELL, "shell", "EFI Shell, memmap")                                                         \
    X(XEN, "xen", "Xen, EFI memory map")                                                           \
    X(CSV, "csv", "comma-separated dump")                                                          \
    X(LIST, "list", "START SIZE TYPE ATTRIBUTES lines")                                            \
    X(ACPI_TABLE, "acpi-table", "an ACPI table")

enum view_form : uint32_t {
#define VIEW_FORM_ENUM(name, word, text) VIEW_##name,
    VIEW_FORM_LIST(VIEW_FORM_ENUM)
#undef VIEW_FORM_ENUM
        VIEW_FORM_COUNT
};
const char *view_form_word(enum view_form form);
const char *view_form_text(enum view_form form);

/* What the source can know. A rule that needs what was never said stays silent; a ledger says "not known". */
#define VIEW_FACT_LIST(X)                                                                          \
    X(EFI_TYPES, "EFI memory types", "types were folded into the few that a BIOS has")             \
    X(ATTRIBUTES, "attributes", "attributes are not printed")                                      \
    X(HIGH_ATTRIBUTES, "attribute bits 32..63", "they are not printed")                            \
    X(ORDER, "the firmware's order", "descriptors were sorted")                                    \
    X(OVERLAPS, "overlaps", "overlaps were resolved before they were printed")                     \
    X(WHOLE_MAP, "the whole map", "one kernel passed on what it chose (kexec)")                    \
    X(PHYS_BITS, "the processor's address width", "the processor is not known")                    \
    X(DESCRIPTOR_SIZE, "the descriptor size", "descriptors were printed, not copied")              \
    X(INSTALLED, "installed memory", "SMBIOS is not there")                                        \
    X(NODES, "memory of nodes", "the SRAT is not there")                                           \
    X(MEMORY_ATTRIBUTES, "the memory attributes table", "its contents are not there")              \
    X(PLACES, "where tables and devices are", "no table says where devices are")

enum view_fact : uint32_t {
#define VIEW_FACT_ENUM(name, text, unless) VIEW_FACT_##name,
    VIEW_FACT_LIST(VIEW_FACT_ENUM)
#undef VIEW_FACT_ENUM
        VIEW_FACT_COUNT
};
#define VIEW_KNOWS(fact) (UINT32_C(1) << VIEW_FACT_##fact)
const char *view_fact_text(enum view_fact fact);   /* "attributes" */
const char *view_fact_unless(enum view_fact fact); /* why a source may not know it */

/* An e820 type that has no EFI type is this and its number; the last is any number of more than 16
 * bits, the first one that the source does not tell. */
constexpr uint32_t VIEW_E820_TYPE = 0x0E820000;
constexpr uint32_t VIEW_E820_TYPE_LAST = 0x0E82FFFF;

/* Something with an address of its own: a table, a device. */
#define VIEW_PLACE_LIST(X)                                                                         \
    X(RSDP, "RSDP")                                                                                \
    X(ACPI_TABLE, "ACPI table")                                                                    \
    X(FACS, "FACS")                                                                                \
    X(SMBIOS_ENTRY, "SMBIOS entry point")                                                          \
    X(SMBIOS_TABLE, "SMBIOS structures")                                                           \
    X(BGRT_IMAGE, "boot logo (BGRT)")                                                              \
    X(ESRT, "ESRT")                                                                                \
    X(MEMORY_ATTRIBUTES, "memory attributes table")                                                \
    X(SYSTEM_TABLE, "EFI system table")                                                            \
    X(RUNTIME_SERVICES, "EFI runtime services table")                                              \
    X(ECAM, "PCI Express configuration space (ECAM)")                                              \
    X(LOCAL_APIC, "local APIC")                                                                    \
    X(IO_APIC, "I/O APIC")                                                                         \
    X(HPET, "HPET")                                                                                \
    X(FRAMEBUFFER, "framebuffer")

enum place_kind : uint32_t {
#define VIEW_PLACE_ENUM(name, text) PLACE_##name,
    VIEW_PLACE_LIST(VIEW_PLACE_ENUM)
#undef VIEW_PLACE_ENUM
        PLACE_KIND_COUNT
};
const char *place_kind_text(enum place_kind kind);

struct view_place {
    enum place_kind kind;
    uint32_t
        signature; /* ACPI_TABLE: its four characters; IO_APIC: its id; ECAM: segment << 16 | first bus; else 0 */
    uint64_t start,
        size; /* bytes; a table whose size is not known has size 1; start + size may wrap */
};

/* A table that was refused, or taken although something is wrong with it. */
struct view_problem {
    uint32_t kind;      /* enum boot_table_kind, but never ACPI_REFUSED */
    uint32_t signature; /* as in struct boot_table */
    uint64_t physical;
    status_t status;      /* why; OK: taken all the same */
    const char *sentence; /* what is wrong, static text without addresses */
};

/* UEFI 2.10, 4.6.4, as it stands there. */
struct view_attributes_table {
    uint32_t version, descriptor_size, flags;
    const struct boot_region *entries; /* in the table's order */
    uint32_t count;
    uint32_t declared_count; /* what its header says: more than `count` if it is cut or damaged */
};

/* SMBIOS 3.7, 7.17-7.20 (types 16, 17, 19). */
struct view_memory_device {
    uint64_t bytes; /* 0: slot is empty, or size unknown (is_unknown) */
    uint32_t handle;
    bool is_unknown, is_volatile; /* volatile: counts as installed RAM */
    uint8_t type;                 /* enum of 7.18.2: 0x1A DDR4, 0x22 DDR5, ... */
    uint16_t speed;               /* MT/s, 0 unknown */
    const char *locator, *bank;   /* NUL-terminated, sanitized to printable ASCII; never null */
};
struct view_mapped_array {
    uint64_t start, end; /* half-open, bytes */
};

struct view {
    enum view_form form;
    uint32_t knows; /* VIEW_KNOWS() of each fact */
    const struct boot_region *regions;
    uint32_t region_count;
    const uint32_t
        *lines; /* line of the source for each region, from 1; null: there are no lines */

    unsigned phys_bits; /* PHYS_BITS_MAX unless known */
    uint32_t descriptor_size, descriptor_version;
    uint32_t uefi_revision; /* 0x2000A for 2.10 is 2 << 16 | 100; 0: not known */
    const char *vendor;     /* firmware vendor; "" if not known */
    const char *machine;    /* "" if not known */

    const struct view_place *places;
    uint32_t place_count;
    const struct acpi_node_memory *nodes; /* SRAT, enabled */
    uint32_t node_count;
    struct view_attributes_table attributes; /* entries null: there is none */
    const struct view_memory_device *devices;
    uint32_t device_count;
    const struct view_mapped_array *arrays;
    uint32_t array_count;
    uint64_t installed_bytes; /* sum of the volatile devices; 0: not known */
    uint32_t processor_count; /* MADT, enabled; 0: not known */
    const struct view_problem *problems;
    uint32_t problem_count;

    const struct boot_region *last_boot; /* what an earlier boot was told */
    uint32_t last_boot_count;            /* 0: not known */
    uint32_t last_boot_report;           /* the number of its report; 0: not known */
};

/* A view that knows nothing. */
struct view view_empty(enum view_form form);

static inline bool view_knows(const struct view *view, enum view_fact fact)
{
    return (view->knows >> fact & 1) != 0;
}

/* Tables as they were copied (boot_info, a dump, a file) fill the rest of a view: places, nodes, devices,
 * installed memory, the memory attributes table, and what was wrong with them. */
struct view_table {
    uint32_t kind;      /* enum boot_table_kind, but never ACPI_REFUSED */
    uint32_t signature; /* as in struct boot_table */
    uint64_t original;  /* where firmware keeps it */
    const void *data;   /* null: only its place is known */
    uint64_t size;
};
/* The kind of a table that the loader copied: one that it refused is an ACPI table, and what is wrong with it is found
 * out again here. */
static inline uint32_t view_table_kind(uint32_t copied)
{
    return copied == BOOT_TABLE_ACPI_REFUSED ? BOOT_TABLE_ACPI : copied;
}
/* Bytes of memory that view_add_tables needs (aligned to 16), 8 extra places included: for more of them add their
 * size. 0 if that does not fit in size_t. */
size_t view_tables_memory_size(const struct view_table *tables, size_t count);
/* Nothing in the tables is trusted: bounded, checksummed; what is refused becomes a problem. `memory` (aligned
 * to 16) must stay as long as the view. NO_MEMORY if `size` is too small; the view is then as it was.
 * Further places (framebuffer, system table) may be given: `extra`. The view's places and problems are replaced, the
 * rest where a table tells it; it does not point into the tables. A table whose original is 0 has no place. */
status_t view_add_tables(struct view *view, const struct view_table *tables, size_t count,
                         const struct view_place *extra, size_t extra_count, void *memory,
                         size_t size);

#endif
