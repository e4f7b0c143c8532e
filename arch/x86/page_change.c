/* SPDX-License-Identifier: MIT
 * Changing what is mapped: unmap and protect.
 *
 * Problem: a range may begin and end inside larger leaves, and an unmap may leave tables that hold nothing.
 * Shape:   the three steps of page_format.c. The plan counts the tables that splits need; the commit goes down
 *          to each leaf once, and gives empty tables back on its way up.
 * Cost:    an unmap that leaves a table partly covered looks at its 512 entries, to see if it is empty.
 * Invariants: PT1 to PT9 of page_format.c. */
#include "page_edit.h"

/* One unmap or protect: each leaf keeps `keep` of its bits and gets `set`. */
struct change {
    struct page_table *pt;
    struct table_reserve tables;
    uint64_t keep, set;
};

/* Tables needed to cut first..last out of one larger leaf: one for the leaf, and for a 1 GiB leaf one for
 * each of its 2 MiB parts, the first and the last, that is not wholly inside. */
static uint64_t count_splits(unsigned level, uint64_t first, uint64_t last)
{
    if (level == 2)
        return 1;
    bool head = !is_aligned(first, level_size(2));
    bool tail = !is_aligned(last + 1, level_size(2));
    bool same = first >> level_shift(2) == last >> level_shift(2);
    return 1 + (same ? head || tail : (uint64_t)head + tail);
}

static status_t plan_change(const struct page_table *pt, const uint64_t *table, unsigned level,
                            uint64_t first, uint64_t last, uint64_t *splits)
{
    for (uint64_t at = first, end;; at = end + 1) {
        end = slot_last(at, last, level);
        uint64_t entry = table[level_index(at, level)];
        if ((entry & ENTRY_PRESENT) == 0)
            return STATUS_NOT_MAPPED;
        if (!entry_is_leaf(entry, level)) {
            status_t status =
                plan_change(pt, table_at(pt, entry & ENTRY_ADDRESS), level - 1, at, end, splits);
            if (status != STATUS_OK)
                return status;
        } else if (!slot_is_whole(at, end, level)) {
            *splits += count_splits(level, at, end);
        }
        if (end == last)
            return STATUS_OK;
    }
}

/* Put a table with the same 512 translations where a larger leaf was. */
static void split_leaf(struct change *c, uint64_t *slot, unsigned level, uint64_t at)
{
    uint64_t leaf = *slot;
    uint64_t phys = leaf_address(leaf, level);
    uint64_t bits = leaf & (~ENTRY_ADDRESS | ENTRY_PAT_LARGE);
    if (level == 2) {
        bits &= ~(ENTRY_LARGE | ENTRY_PAT_LARGE);
        if ((leaf & ENTRY_PAT_LARGE) != 0)
            bits |= ENTRY_PAT_SMALL;
    }
    uint64_t table = table_reserve_pop(c->pt, &c->tables);
    uint64_t *entries = table_at(c->pt, table);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        entries[i] = (phys + i * level_size(level - 1)) | bits;
    store_entry(slot, table | TABLE_BITS | (leaf & ENTRY_USER));
    invalidate(c->pt, at);
}

static bool table_is_empty(const uint64_t *table)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        any |= table[i];
    return (any & ENTRY_PRESENT) == 0;
}

static void commit_change(struct change *c, uint64_t *table, unsigned level, uint64_t first,
                          uint64_t last)
{
    for (uint64_t at = first, end;; at = end + 1) {
        end = slot_last(at, last, level);
        uint64_t *slot = &table[level_index(at, level)];
        bool whole = slot_is_whole(at, end, level);
        if (entry_is_leaf(*slot, level) && !whole)
            split_leaf(c, slot, level, at);
        if (entry_is_leaf(*slot, level)) {
            uint64_t entry = (*slot & c->keep) | c->set;
            if (entry != *slot) {
                store_entry(slot, entry);
                invalidate(c->pt, at); /* also if widened: see page_enter_table */
            }
        } else {
            uint64_t *below = page_enter_table(c->pt, slot, c->set, at);
            commit_change(c, below, level - 1, at, end);
            if (c->keep == 0 && !slot_is_shared(c->pt, at, level) &&
                (whole || table_is_empty(below))) {
                uint64_t empty = *slot & ENTRY_ADDRESS;
                store_entry(slot, 0);
                /* The processor may use it until its paging-structure caches are flushed (4.10.2.3). */
                invalidate(c->pt, at);
                give_back(c->pt, empty);
            }
        }
        if (end == last)
            return;
    }
}

static status_t change_range(struct change *c, uint64_t start, uint64_t size)
{
    uint64_t last;
    status_t status = page_range_check(c->pt, start, size, &last);
    if (status != STATUS_OK)
        return status;
    uint64_t *root = table_at(c->pt, c->pt->root.value);
    uint64_t splits = 0;
    status = plan_change(c->pt, root, c->pt->levels, start, last, &splits);
    if (status == STATUS_OK)
        status = table_reserve_fill(c->pt, splits, &c->tables);
    if (status != STATUS_OK)
        return status;
    commit_change(c, root, c->pt->levels, start, last);
    table_reserve_release(c->pt, &c->tables);
    return STATUS_OK;
}

status_t page_table_unmap(struct page_table *pt, virt_addr_t start, uint64_t size)
{
    struct change c = {.pt = pt, .keep = 0, .set = 0};
    return change_range(&c, start.value, size);
}

status_t page_table_protect(struct page_table *pt, virt_addr_t start, uint64_t size,
                            uint32_t rights)
{
    if (!page_rights_are_allowed(rights))
        return STATUS_BAD_RIGHTS;
    struct change c = {.pt = pt, .keep = ~ENTRY_RIGHTS, .set = page_rights_bits(pt, rights)};
    return change_range(&c, start.value, size);
}
