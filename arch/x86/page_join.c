/* SPDX-License-Identifier: MIT
 * Joining leaves: the way back from a split.
 *
 * Problem: a protect or unmap of a part cuts a larger leaf into a table of 512. When the parts are equal again,
 * the table costs a page, and each walk a level.
 * Shape:   from the leaves up, so that 512 x 512 pages become one GiB in one call:
 *
 *            PD  [..][table]    PT [p, p+1, .. p+511]   =>   PD  [..][2 MiB leaf at p]
 *
 *          The PAT bit moves from bit 7 to bit 12 (SDM 3A 4.9.2); bit 7 becomes PS.
 * Order:   clear the entry, flush all 512 parts, store the leaf, give the table back. With the leaf stored
 *          first, the processor could hold it beside a part: two translations of different sizes for one
 *          address, which is a machine check on AMD family 10h (erratum 383) and, for instructions, on many
 *          Intel processors (machine check error on page size change, INTEL-SA-00210). The price: the pages
 *          are not mapped between the two stores, so nothing that runs may need them.
 *          A split needs no such gap: there the one large translation is flushed by one INVLPG behind the
 *          store, before any code can use a part of it (one processor; see split_leaf).
 * Cost:    512 loads for each table that is looked at; a join is 512 flushes.
 * Not here: deciding when. Rules: PT1 to PT10 of page_format.c. */
#include "page_bits.h"

#include <base/assert.h>

/* Are the 512 entries of a table at `level` leaves that continue each other, from an aligned frame on? */
static bool table_is_one_leaf(const uint64_t *table, unsigned level)
{
    const uint64_t first = table[0];
    if ((first & ENTRY_PRESENT) == 0 || !entry_is_leaf(first, level) ||
        !is_aligned(leaf_address(first, level), level_size(level + 1)))
        return false;
    for (unsigned i = 1; i < TABLE_ENTRIES; i++)
        if (table[i] != first + i * level_size(level))
            return false;
    return true;
}

/* The leaf of `level` that says the same as a whole table whose first entry this is. */
static uint64_t joined_leaf(uint64_t first, unsigned level)
{
    uint64_t bits = first & (~ENTRY_ADDRESS | (level > 2 ? ENTRY_PAT_LARGE : 0));
    if (level == 2) {
        bits &= ~ENTRY_PAT_SMALL;
        bits |= ENTRY_LARGE | ((first & ENTRY_PAT_SMALL) != 0 ? ENTRY_PAT_LARGE : 0);
    }
    return leaf_address(first, level - 1) | bits;
}

static void join_slot(const struct page_table *pt, uint64_t *slot, unsigned level, uint64_t at)
{
    ASSERT(PT2, level > 1); /* entries of level 1 are leaves */
    const uint64_t table = *slot & ENTRY_ADDRESS;
    const uint64_t leaf = joined_leaf(*table_at(pt, table), level);
    DEBUG_ASSERT(PT2, (leaf & entry_reserved_bits(pt, leaf, level)) == 0);
    DEBUG_ASSERT(PT10, !is_upper_half(at) || (leaf & ENTRY_USER) == 0);
    store_entry(slot, 0);
    invalidate_run(pt, at, level_size(level - 1), TABLE_ENTRIES);
    store_entry(slot, leaf);
    give_back(pt, table);
}

static void join_range(const struct page_table *pt, uint64_t *table, unsigned level, uint64_t first,
                       uint64_t last)
{
    const unsigned highest = pt->gib_leaves ? LEAF_LEVEL_MAX : LEAF_LEVEL_MAX - 1;
    for (uint64_t at = first, end;; at = end + 1) {
        end = slot_last(at, last, level);
        uint64_t *slot = &table[level_index(at, level)];
        if (level > 1 && (*slot & ENTRY_PRESENT) != 0 && !entry_is_leaf(*slot, level)) {
            uint64_t *below = table_at(pt, *slot & ENTRY_ADDRESS);
            if (level > 2)
                join_range(pt, below, level - 1, at, end);
            if (level <= highest && slot_is_whole(at, end, level) &&
                table_is_one_leaf(below, level - 1))
                join_slot(pt, slot, level, at);
        }
        if (end == last)
            return;
    }
}

status_t page_table_join(struct page_table *pt, virt_addr_t start, uint64_t size)
{
    uint64_t last;
    status_t status = page_range_check(pt, start.value, size, &last);
    if (status != STATUS_OK)
        return status;
    join_range(pt, table_at(pt, pt->root.value), pt->levels, start.value, last);
    return STATUS_OK;
}
