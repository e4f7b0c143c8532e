/* SPDX-License-Identifier: MIT
 * Memory types: does what the MTRRs, the page tables and the firmware's map say of RAM agree? Pure: the MTRRs
 * are asked through a function that is given. */
#ifndef MM_MEMORY_TYPES_H
#define MM_MEMORY_TYPES_H

#include <arch/page_format.h>
#include <mm/memory_map.h>

/* The one type of a physical range by the MTRRs, as an enum memory_type (cpu_memory_type); false: they are
 * off, or the range mixes types. */
typedef bool mtrr_type_function(phys_addr_t start, uint64_t size, unsigned *type);

/* What is wrong with a range that is used as RAM. */
#define MEMORY_TYPE_CONFLICT_LIST(X)                                                               \
    X(NONE, "no conflict")                                                                         \
    X(NOT_CAPABLE, "the firmware does not say that it can be write-back: it stays unused")         \
    X(MTRR_MIXED, "the MTRRs mix types in it: leaves may be no larger than what is one type")      \
    X(MTRR_NOT_WRITE_BACK, "the MTRRs do not make it write-back: every access is slow")

enum memory_type_conflict : uint8_t {
#define MEMORY_TYPE_CONFLICT_ENUM(name, text) TYPE_CONFLICT_##name,
    MEMORY_TYPE_CONFLICT_LIST(MEMORY_TYPE_CONFLICT_ENUM)
#undef MEMORY_TYPE_CONFLICT_ENUM
        TYPE_CONFLICT_COUNT
};
const char *memory_type_conflict_text(enum memory_type_conflict conflict);

/* Usable, boot-services and loader memory from 1 MiB up can have a conflict. */
enum memory_type_conflict memory_types_judge(const struct memory_range *range,
                                             mtrr_type_function *mtrr_type);

/* One GiB: what each of the three says of it. */
struct gib_types {
    phys_addr_t start;
    uint64_t ram_bytes;              /* from 1 MiB up */
    uint64_t attributes;             /* EFI: what all of its RAM can be; 0 without RAM */
    bool mtrr_is_one;                /* one type throughout: */
    unsigned mtrr;                   /* an enum memory_type */
    uint64_t mapped_bytes;           /* of it, in the direct map */
    bool pat_is_one;                 /* one type in all those pages: */
    enum memory_type pat;            /* the type that the PAT gives them */
    unsigned conflicts;              /* ranges in it with a conflict: */
    enum memory_type_conflict first; /* that of the first */
};
/* The GiB that begins at `start` (aligned). `direct`: where physical address 0 is in `pt`. */
struct gib_types memory_types_of_gib(const struct memory_map *map, const struct page_table *pt,
                                     uint64_t direct, mtrr_type_function *mtrr_type,
                                     phys_addr_t start);

#endif
