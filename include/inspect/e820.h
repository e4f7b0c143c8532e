/* SPDX-License-Identifier: MIT
 * The e820 view: the judged memory map as a BIOS would tell it (INT 15h, AX=E820h), that is, what a boot stub
 * passes on to a kernel that knows no EFI. Pure; no memory, no limit on entries.
 * Sources: ACPI 6.5, 15.1 and table 15.4; Linux, drivers/firmware/efi/libstub/x86-stub.c, setup_e820. */
#ifndef INSPECT_E820_H
#define INSPECT_E820_H

#include <mm/memory_map.h>

/* X(name, number, word); 6 is "disabled" in the specification, and nothing of EFI is that. */
#define E820_TYPE_LIST(X)                                                                          \
    X(USABLE, 1, "usable")                                                                         \
    X(RESERVED, 2, "reserved")                                                                     \
    X(ACPI, 3, "ACPI data")                                                                        \
    X(NVS, 4, "ACPI NVS")                                                                          \
    X(UNUSABLE, 5, "unusable")                                                                     \
    X(PERSISTENT, 7, "persistent")

enum e820_type : uint32_t {
#define E820_TYPE_ENUM(name, number, word) E820_##name = (number),
    E820_TYPE_LIST(E820_TYPE_ENUM)
#undef E820_TYPE_ENUM
};

struct e820_entry {
    uint64_t start, size; /* bytes */
    enum e820_type type;
};

/* A kernel that is started through Linux's boot_params finds so many entries at most there (E820_MAX_ENTRIES_ZEROPAGE);
 * the rest takes another way. */
constexpr unsigned E820_ZERO_PAGE_ENTRIES = 128;

/* Usable: conventional memory, and what is given back, boot services and the loader. ACPI 3, NVS 4, unusable 5,
 * persistent 7. All else is reserved: runtime services, devices, types that nobody names, and memory that must
 * not be touched as any other, specific-purpose and unaccepted. */
enum e820_type e820_type_of(enum memory_class class);
const char *e820_type_name(enum e820_type type);

/* The next entry: the range at *next and all that touch it and have its type. Starts with *next = 0; false at the
 * end. Entries are sorted and disjoint, and no two that touch have one type. */
bool e820_next(const struct memory_map *map, size_t *next, struct e820_entry *out);

#endif
