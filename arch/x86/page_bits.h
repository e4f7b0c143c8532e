/* SPDX-License-Identifier: MIT
 * Bits of a page-table entry, and the small arithmetic of levels. Private to arch/x86/page_*.c and to the
 * tests that plant damage. Level 1 is the table of 4 KiB leaves (PT), 2 the PD, 3 the PDPT, 4 the PML4,
 * 5 the PML5. Source: Intel SDM 3A 4.5.4, tables 4-14 to 4-20. */
#ifndef ARCH_X86_PAGE_BITS_H
#define ARCH_X86_PAGE_BITS_H

#include <arch/page_format.h>

constexpr uint64_t ENTRY_PRESENT = UINT64_C(1) << 0;
constexpr uint64_t ENTRY_WRITE = UINT64_C(1) << 1;
constexpr uint64_t ENTRY_USER = UINT64_C(1) << 2;
constexpr uint64_t ENTRY_PWT = UINT64_C(1) << 3; /* bit 0 of the PAT index (4.9.2) */
constexpr uint64_t ENTRY_PCD = UINT64_C(1) << 4; /* bit 1 of the PAT index */
constexpr uint64_t ENTRY_ACCESSED = UINT64_C(1) << 5;
constexpr uint64_t ENTRY_DIRTY = UINT64_C(1) << 6;     /* leaves only */
constexpr uint64_t ENTRY_LARGE = UINT64_C(1) << 7;     /* PS: levels 2 and 3; reserved at 4 and 5 */
constexpr uint64_t ENTRY_PAT_SMALL = UINT64_C(1) << 7; /* bit 2 of the PAT index: 4 KiB leaves */
constexpr uint64_t ENTRY_GLOBAL = UINT64_C(1) << 8;    /* leaves only */
constexpr uint64_t ENTRY_PAT_LARGE = UINT64_C(1) << 12;  /* bit 2 of the PAT index: larger leaves */
constexpr uint64_t ENTRY_NO_EXECUTE = UINT64_C(1) << 63; /* reserved while EFER.NXE = 0 */
/* Bits 51:12. Those from MAXPHYADDR up are reserved; 62:52 are ignored (4.5.4). */
constexpr uint64_t ENTRY_ADDRESS = PHYS_LIMIT - PAGE_SIZE;
/* Of an entry for a table: the line of it in which an entry was seen last (page_change.c). Ignored too. */
constexpr unsigned HINT_SHIFT = 52;
constexpr uint64_t ENTRY_HINT = UINT64_C(63) << HINT_SHIFT;

/* What protect changes: at the same place in leaves of every size. */
constexpr uint64_t ENTRY_RIGHTS =
    ENTRY_WRITE | ENTRY_USER | ENTRY_ACCESSED | ENTRY_DIRTY | ENTRY_GLOBAL | ENTRY_NO_EXECUTE;

constexpr unsigned TABLE_ENTRIES = 512;
constexpr unsigned LINE_ENTRIES = 8; /* in a cache line */
constexpr unsigned TABLE_LINES = TABLE_ENTRIES / LINE_ENTRIES;
static_assert(TABLE_LINES - 1 == ENTRY_HINT >> HINT_SHIFT);
constexpr unsigned INDEX_BITS = 9;
constexpr unsigned LEVELS_MAX = 5;
constexpr unsigned LEAF_LEVEL_MAX = 3; /* 1 GiB */

static inline unsigned level_shift(unsigned level)
{
    return PAGE_SHIFT + INDEX_BITS * (level - 1);
}
static inline uint64_t level_size(unsigned level)
{
    return UINT64_C(1) << level_shift(level);
}
static inline unsigned level_index(uint64_t address, unsigned level)
{
    return (unsigned)(address >> level_shift(level)) & (TABLE_ENTRIES - 1);
}
static inline bool is_upper_half(uint64_t address) /* of a canonical address */
{
    return address >> 63 != 0;
}
/* The last address of the slot of `at`, or `last` if that comes first. */
static inline uint64_t slot_last(uint64_t at, uint64_t last, unsigned level)
{
    uint64_t end = at | (level_size(level) - 1);
    return end < last ? end : last;
}
static inline bool slot_is_whole(uint64_t at, uint64_t end, unsigned level)
{
    return end - at == level_size(level) - 1;
}

static inline uint64_t line_hint(uint64_t line)
{
    return line << HINT_SHIFT;
}
static inline bool entry_is_leaf(uint64_t entry, unsigned level)
{
    return level == 1 || (level <= LEAF_LEVEL_MAX && (entry & ENTRY_LARGE) != 0);
}
static inline uint64_t leaf_address(uint64_t entry, unsigned level)
{
    return entry & ENTRY_ADDRESS & ~(level_size(level) - 1);
}
static inline uint64_t *table_at(const struct page_table *pt, uint64_t table)
{
    return (uint64_t *)(uintptr_t)(table + pt->offset);
}

/* For assertions. */
static inline bool table_is_clear(const uint64_t *table)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        any |= table[i];
    return any == 0;
}

/* A table that is in use changes entry by entry: each store is whole, and follows those before it. */
static inline void store_entry(uint64_t *slot, uint64_t entry)
{
    __atomic_store_n(slot, entry, __ATOMIC_RELEASE);
}
static inline void invalidate_run(const struct page_table *pt, uint64_t start, uint64_t leaf_size,
                                  uint64_t count)
{
    if (pt->memory.invalidate != nullptr)
        pt->memory.invalidate(pt->memory.owner, virt_addr(start), leaf_size, count);
}
static inline void invalidate(const struct page_table *pt, uint64_t address)
{
    invalidate_run(pt, address, PAGE_SIZE, 1);
}
static inline void give_back(const struct page_table *pt, uint64_t table)
{
    pt->memory.give_back(pt->memory.owner, phys_addr(table));
}

/* Is this the entry of a table that other roots share (page_table.shared_high)? */
static inline bool slot_is_shared(const struct page_table *pt, uint64_t address, unsigned level)
{
    return pt->shared_high && level == pt->levels && is_upper_half(address);
}

/* MISALIGNED, OVERFLOW, NOT_CANONICAL; the last byte of a range that is none of these (page_format.c). */
status_t page_range_check(const struct page_table *pt, uint64_t start, uint64_t size,
                          uint64_t *last_out);

/* The bits of a present entry that must be 0 (4.5.4, 4.7 "RSVD flag"). */
static inline uint64_t entry_reserved_bits(const struct page_table *pt, uint64_t entry,
                                           unsigned level)
{
    uint64_t reserved = PHYS_LIMIT - (UINT64_C(1) << pt->phys_bits);
    if (!pt->no_execute)
        reserved |= ENTRY_NO_EXECUTE;
    if (level > LEAF_LEVEL_MAX || (level == LEAF_LEVEL_MAX && !pt->gib_leaves))
        reserved |= ENTRY_LARGE;
    else if (level > 1 && (entry & ENTRY_LARGE) != 0)
        reserved |= (level_size(level) - 1) & ENTRY_ADDRESS & ~ENTRY_PAT_LARGE; /* 29:13, 20:13 */
    return reserved;
}

/* What an entry adds to the rights of a walk: W and U must be set, NX clear, on every level (4.6). */
static inline uint32_t entry_rights(uint64_t entry)
{
    return ((entry & ENTRY_WRITE) != 0 ? (uint32_t)PAGE_WRITE : 0) |
           ((entry & ENTRY_USER) != 0 ? (uint32_t)PAGE_USER : 0) |
           ((entry & ENTRY_NO_EXECUTE) == 0 ? (uint32_t)PAGE_EXECUTE : 0);
}

#endif
