/* SPDX-License-Identifier: MIT
 * The memory map: the firmware's raw descriptors become sorted, disjoint, page-aligned, classified
 * ranges. Pure. Raw (struct boot_region) and judged (struct memory_range) data have different types.
 * Where descriptors overlap, the most restrictive class wins; the enum is in that order.
 * Sources: UEFI 2.10, 7.2 and table 7.10 (what each type is after ExitBootServices). */
#ifndef MM_MEMORY_MAP_H
#define MM_MEMORY_MAP_H

#include <base/address.h>
#include <base/status.h>
#include <boot/boot_info.h>

/* X(name, the word that people see, is RAM) from the least to the most restrictive. */
#define MEMORY_CLASS_LIST(X)                                                                       \
    X(USABLE, "usable", true)                     /* EfiConventionalMemory */                      \
    X(BOOT_SERVICES, "boot-services", true)       /* types 3, 4: ours once copied from */          \
    X(LOADER, "loader", true)                     /* types 1, 2: ours once copied from */          \
    X(ACPI_RECLAIM, "acpi-reclaim", true)         /* type 9 */                                     \
    X(SPECIFIC_PURPOSE, "specific-purpose", true) /* conventional with EFI_MEMORY_SP */            \
    X(PERSISTENT, "persistent", true)             /* type 14, or EFI_MEMORY_NV */                  \
    X(UNACCEPTED, "unaccepted", true)             /* type 15 */                                    \
    X(OS_DEFINED, "os-defined", true)             /* 0x80000000 and above */                       \
    X(OEM_DEFINED, "oem-defined", true)           /* 0x70000000..0x7FFFFFFF */                     \
    X(ACPI_NVS, "acpi-nvs", true)                 /* type 10 */                                    \
    X(RUNTIME_DATA, "runtime-data", true)         /* type 6 */                                     \
    X(RUNTIME_CODE, "runtime-code", true)         /* type 5 */                                     \
    X(PAL_CODE, "pal-code", true)                 /* type 13 */                                    \
    X(RESERVED, "reserved", false)                /* type 0 */                                     \
    X(UNKNOWN, "unknown", false)                  /* 16..0x6FFFFFFF: no specification names it */  \
    X(MMIO, "mmio", false)                        /* type 11 */                                    \
    X(MMIO_PORTS, "mmio-ports", false)            /* type 12 */                                    \
    X(UNUSABLE, "unusable", false)                /* type 8: memory with errors */

enum memory_class : uint32_t {
#define MEMORY_CLASS_ENUM(name, word, is_ram) MEMORY_##name,
    MEMORY_CLASS_LIST(MEMORY_CLASS_ENUM)
#undef MEMORY_CLASS_ENUM
        MEMORY_CLASS_COUNT
};

/* Half-open [start, end), page aligned, not empty. */
struct memory_range {
    phys_addr_t start;
    phys_addr_t end;
    enum memory_class class;
    uint32_t
        descriptor; /* index of the raw descriptor that decided; the lowest where several merged */
    /* EFI attributes (capabilities, not state): those that all descriptors of the class agree on there,
     * and RUNTIME if any of them has it. */
    uint64_t attributes;
};

/* What was changed on the way, and why. */
enum memory_change_kind : uint32_t {
    MEMORY_CHANGE_EMPTY,       /* zero pages: ignored */
    MEMORY_CHANGE_WRAPS,       /* passes 2^64: ignored */
    MEMORY_CHANGE_BEYOND,      /* ends above the physical address width: ignored */
    MEMORY_CHANGE_ROUNDED_IN,  /* usable, not page aligned: rounded inward */
    MEMORY_CHANGE_ROUNDED_OUT, /* not usable, not page aligned: rounded outward */
    MEMORY_CHANGE_DUPLICATE,   /* [start, end) is covered twice by the same class */
    MEMORY_CHANGE_CONFLICT,    /* [start, end) is covered by two classes: `winner` stays */
    MEMORY_CHANGE_KIND_COUNT
};
struct memory_change {
    enum memory_change_kind kind;
    uint32_t winner; /* raw index; for single-descriptor kinds both are the same */
    uint32_t loser;
    uint32_t reserved;
    phys_addr_t start; /* the bytes that the change is about */
    phys_addr_t end;   /* EMPTY: the same as `start`; WRAPS: UINT64_MAX */
};

struct memory_map {
    const struct memory_range
        *ranges; /* sorted, disjoint; neighbours differ in class or attributes */
    size_t range_count;
    const struct memory_change *changes; /* in order of address, ignored descriptors first */
    size_t change_count;
    uint64_t bytes[MEMORY_CLASS_COUNT]; /* totals; their sum is the sum of all ranges */
};

/* Bytes of work memory that memory_map_build needs for `count` descriptors (aligned to 16): the results
 * and the scratch. 0 if it does not fit in size_t. Linear in count; no fixed limit. */
size_t memory_map_memory_size(size_t count);

/* Build the map from `count` raw descriptors in any order, in `memory` of at least that size; the result
 * points into it. phys_bits is the processor's physical address width (36..52). O(count log count).
 * Bad descriptors cost themselves only. Fails with NO_MEMORY if `size` is too small. */
status_t memory_map_build(const struct boot_region *regions, size_t count, unsigned phys_bits,
                          void *memory, size_t size, struct memory_map *out);

/* The range that holds an address, or null. O(log n). */
const struct memory_range *memory_map_find(const struct memory_map *map, phys_addr_t address);

/* The class of a raw descriptor, overlaps and alignment apart. */
enum memory_class memory_class_of(uint32_t efi_type, uint64_t efi_attributes);
/* The same, alignment included: what would come back, but is not page aligned, stays reserved. */
enum memory_class memory_class_of_region(const struct boot_region *region);
const char *memory_class_name(enum memory_class class);
bool memory_class_is_ram(enum memory_class class);
const char *
efi_type_name(uint32_t efi_type); /* "EfiConventionalMemory", ..., "OEM", "OS", "unknown" */

/* Walk everything; null if sound, else the sentence of the invariant that is broken. */
const char *memory_map_check(const struct memory_map *map);

/* One sentence for a change, with the addresses, both descriptors and what was done. Returns its length. */
int memory_change_describe(const struct memory_change *change, const struct boot_region *regions,
                           char *buffer, size_t size);

/* EFI memory types and attribute bits; gnu-efi's headers stop at EfiPalCode and EFI_MEMORY_XP.
 * UEFI 2.10, 7.2.1 (types) and 7.2.3 (attributes). */
enum efi_type : uint32_t {
    EFI_TYPE_RESERVED = 0,
    EFI_TYPE_LOADER_CODE = 1,
    EFI_TYPE_LOADER_DATA = 2,
    EFI_TYPE_BOOT_SERVICES_CODE = 3,
    EFI_TYPE_BOOT_SERVICES_DATA = 4,
    EFI_TYPE_RUNTIME_SERVICES_CODE = 5,
    EFI_TYPE_RUNTIME_SERVICES_DATA = 6,
    EFI_TYPE_CONVENTIONAL = 7,
    EFI_TYPE_UNUSABLE = 8,
    EFI_TYPE_ACPI_RECLAIM = 9,
    EFI_TYPE_ACPI_NVS = 10,
    EFI_TYPE_MMIO = 11,
    EFI_TYPE_MMIO_PORTS = 12,
    EFI_TYPE_PAL_CODE = 13,
    EFI_TYPE_PERSISTENT = 14,
    EFI_TYPE_UNACCEPTED = 15,
    EFI_TYPE_OEM_FIRST = 0x70000000,
    EFI_TYPE_OS_FIRST = 0x80000000,
};
#define EFI_ATTRIBUTE_UC            UINT64_C(0x1)
#define EFI_ATTRIBUTE_WC            UINT64_C(0x2)
#define EFI_ATTRIBUTE_WT            UINT64_C(0x4)
#define EFI_ATTRIBUTE_WB            UINT64_C(0x8)
#define EFI_ATTRIBUTE_UCE           UINT64_C(0x10)
#define EFI_ATTRIBUTE_WP            UINT64_C(0x1000)
#define EFI_ATTRIBUTE_RP            UINT64_C(0x2000)
#define EFI_ATTRIBUTE_XP            UINT64_C(0x4000)
#define EFI_ATTRIBUTE_NV            UINT64_C(0x8000)
#define EFI_ATTRIBUTE_MORE_RELIABLE UINT64_C(0x10000)
#define EFI_ATTRIBUTE_RO            UINT64_C(0x20000)
#define EFI_ATTRIBUTE_SP            UINT64_C(0x40000)
#define EFI_ATTRIBUTE_CPU_CRYPTO    UINT64_C(0x80000)
#define EFI_ATTRIBUTE_HOT_PLUGGABLE UINT64_C(0x100000)
#define EFI_ATTRIBUTE_ISA_MASK      UINT64_C(0x0FFFF00000000000)
#define EFI_ATTRIBUTE_ISA_VALID     UINT64_C(0x4000000000000000)
#define EFI_ATTRIBUTE_RUNTIME       UINT64_C(0x8000000000000000)

#endif
