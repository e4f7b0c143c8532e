/* SPDX-License-Identifier: MIT
 * Two-level page tables of 32-bit x86: the compatibility format, encoded, decoded, walked and edited in
 * memory. No processor of ours runs with it.
 *
 *    31         22 21         12 11          0
 *   | directory   | table       | offset      |    1024 entries of 4 bytes each; a directory entry with PS
 *   `--- va >> 22 `--- & 0x3FF  `--- & 0xFFF       maps 4 MiB itself (CR4.PSE)
 *
 * There is no W^X here: a 32-bit entry has 32 bits, none of them forbids to execute. What can be read can be
 * executed; that is why these tables are for documents and tests only.
 * Pure: a table at physical address p is at (void *)(p + offset). Not locked.
 * Source: Intel SDM 3A 4.3, tables 4-3 to 4-6. */
#ifndef ARCH_LEGACY_TWO_LEVEL_H
#define ARCH_LEGACY_TWO_LEVEL_H

#include <arch/page_format.h>

constexpr uint32_t TWO_LEVEL_PRESENT = 0x001;
constexpr uint32_t TWO_LEVEL_WRITE = 0x002;
constexpr uint32_t TWO_LEVEL_USER = 0x004;
constexpr uint32_t TWO_LEVEL_ACCESSED = 0x020;
constexpr uint32_t TWO_LEVEL_DIRTY = 0x040;
constexpr uint32_t TWO_LEVEL_LARGE = 0x080; /* PS; directory entries only */

constexpr unsigned TWO_LEVEL_ENTRIES = 1024;
constexpr uint64_t TWO_LEVEL_SPACE = 4 * GIB;
constexpr uint64_t TWO_LEVEL_LARGE_SIZE = 4 * MIB;

static inline unsigned two_level_directory_index(uint32_t va)
{
    return va >> 22;
}
static inline unsigned two_level_table_index(uint32_t va)
{
    return va >> 12 & 0x3FF;
}

/* One entry in parts. Bits that have no name here (PWT, PCD, PAT, G, the ignored ones) are `other`. */
struct two_level_entry {
    uint32_t address; /* of the frame or table; of 4 MiB pages the low 22 bits are 0 */
    uint32_t flags;   /* TWO_LEVEL_* */
    uint32_t other;
};
/* MISALIGNED: the address has bits that the entry has no room for; BAD_FORMAT: LARGE in a table's entry, or
 * flags or other bits that lie elsewhere. `level` is 2 for the directory, 1 for a table. */
status_t two_level_encode(struct two_level_entry entry, unsigned level, uint32_t *out);
struct two_level_entry two_level_decode(uint32_t entry, unsigned level);

struct two_level_space {
    uint32_t root;
    uint64_t offset;
    bool large_pages;           /* CR4.PSE: 4 MiB pages may be used */
    struct table_memory memory; /* tables must lie below 4 GiB */
};

/* An empty directory: takes the root. The other members must be set. */
status_t two_level_create(struct two_level_space *space);
/* Give back every table, the directory too. */
void two_level_destroy(struct two_level_space *space);

/* Map [start, start + size) to [phys, phys + size) with WRITE and USER as `rights` says, with 4 MiB pages where
 * alignment allows. Fails with nothing changed: BAD_FORMAT (size 0), MISALIGNED, BAD_RIGHTS (other bits),
 * OVERFLOW (past 4 GiB on either side), ALREADY_MAPPED (any page of it), NO_MEMORY, OUT_OF_RANGE (a table
 * was given above 4 GiB). */
status_t two_level_map(struct two_level_space *space, uint32_t start, uint32_t phys, uint64_t size,
                       uint32_t rights);
/* Unmap every page of the range; tables that become empty are given back. Fails with nothing changed:
 * NOT_MAPPED (any page of it), WRONG_ORDER (a part of a 4 MiB page: they are not split). */
status_t two_level_unmap(struct two_level_space *space, uint32_t start, uint64_t size);

struct two_level_walk {
    bool present;
    uint32_t directory_entry, table_entry; /* raw; table_entry 0 where none was read */
    bool large;
    uint32_t phys;   /* if present: of the address itself */
    uint32_t rights; /* if present: WRITE and USER need both entries */
};
struct two_level_walk two_level_query(const struct two_level_space *space, uint32_t va);

/* The number of tables, the directory included. */
unsigned two_level_table_count(const struct two_level_space *space);
/* Walk all; null if sound, else the sentence of what is broken: empty tables, reserved bits of 4 MiB pages, LARGE
 * without large_pages. */
const char *two_level_check(const struct two_level_space *space);

#endif
