/* SPDX-License-Identifier: MIT
 * Changing what is mapped: unmap and protect.
 *
 * Problem: a range may begin and end inside larger leaves, and an unmap may leave tables that hold nothing.
 * Shape:   the three steps of page_format.c. The plan counts the tables that splits need; the commit goes down
 *          to each leaf once, and gives empty tables back on its way up.
 * Empty?   Entries are not counted: a count must be right beside every store, and faults will fill entries by
 *          one compare-and-exchange, with no lock to count under. What counts is what is seen in the table:
 *
 *            1  the line of 8 entries (a cache line) around the one that was cleared: neighbours share it
 *            2  the line in which an entry was seen last, or the first one was put: 6 bits of the entry for
 *               the table, which the processor ignores, remember it
 *            3  every other line; what is found is remembered for 2
 *
 *          The first entry that is seen ends it: the table stays. So the hint of 2 may be wrong or lost: that
 *          costs time, and nothing else. Only a table whose 512 entries were all seen empty, or emptied here,
 *          is given back (docs/decisions/0003-empty-tables.md).
 * Cost:    where a table stays, 8 or 16 loads; all 512 where it goes, and where the last line that was seen
 *          in use is empty now. A page of a run: a load and a store, and its part of the flush.
 * Rules:   PT1 to PT10 of page_format.c. */
#include "page_edit.h"

#include <base/assert.h>

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

static bool pages_are_mapped(const uint64_t *slot, uint64_t count)
{
    uint64_t all = ENTRY_PRESENT;
    for (uint64_t i = 0; i < count; i++)
        all &= slot[i];
    return all != 0;
}

static status_t plan_change(const struct page_table *pt, const uint64_t *table, unsigned level,
                            uint64_t first, uint64_t last, uint64_t *splits)
{
    if (level <= 1)
        return pages_are_mapped(&table[level_index(first, 1)], page_count(first, last))
                   ? STATUS_OK
                   : STATUS_NOT_MAPPED;
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
    DEBUG_ASSERT(PT2, (leaf & entry_reserved_bits(c->pt, leaf, level)) == 0);
    uint64_t table = table_reserve_pop(c->pt, &c->tables);
    uint64_t *entries = table_at(c->pt, table);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        entries[i] = (phys + i * level_size(level - 1)) | bits;
    store_entry(slot, table | TABLE_BITS | (leaf & ENTRY_USER));
    invalidate(c->pt, at);
}

/* The first line of first..end - 1 that holds an entry; `end` if none does. */
static unsigned find_used_line(const uint64_t *table, unsigned first, unsigned end)
{
    for (unsigned line = first; line < end; line++) {
        uint64_t any = 0;
        for (unsigned i = 0; i < LINE_ENTRIES; i++)
            any |= table[line * LINE_ENTRIES + i];
        if (any != 0)
            return line;
    }
    return end;
}

/* Does the table in a slot hold nothing, after its entry `index` was cleared? */
static bool table_is_empty(const struct page_table *pt, uint64_t *slot, unsigned index)
{
    const uint64_t *table = table_at(pt, *slot & ENTRY_ADDRESS);
    const unsigned near = index / LINE_ENTRIES;
    const unsigned seen = (*slot & ENTRY_HINT) >> HINT_SHIFT;
    if (find_used_line(table, near, near + 1) == near ||
        find_used_line(table, seen, seen + 1) == seen)
        return false;
    uint64_t line = find_used_line(table, near + 1, TABLE_LINES);
    if (line == TABLE_LINES)
        line = find_used_line(table, 0, near);
    if (line == near)
        return true;
    store_entry(slot, (*slot & ~ENTRY_HINT) | line_hint(line));
    return false;
}

/* Give back the table in a slot if nothing is left in it, now that first..last is unmapped. */
static bool drop_if_empty(const struct page_table *pt, uint64_t *slot, unsigned level,
                          uint64_t first, uint64_t last)
{
    if (slot_is_shared(pt, first, level) ||
        (!slot_is_whole(first, last, level) &&
         !table_is_empty(pt, slot, level_index(last, level - 1))))
        return false;
    const uint64_t table = *slot & ENTRY_ADDRESS;
    DEBUG_ASSERT(PT5, table_is_clear(table_at(pt, table)));
    store_entry(slot, 0);
    /* The processor may use it until its paging-structure caches are flushed (4.10.2.3). */
    invalidate(pt, first);
    give_back(pt, table);
    return true;
}

/* True if any entry was changed. */
static bool set_entries(const struct change *c, uint64_t *slot, uint64_t count)
{
    const uint64_t keep = c->keep, set = c->set;
    uint64_t changed = 0;
    for (uint64_t i = 0; i < count; i++) {
        DEBUG_ASSERT(PT9, (slot[i] & ENTRY_PRESENT) != 0);
        const uint64_t entry = (slot[i] & keep) | set;
        changed |= slot[i] ^ entry;
        store_entry(&slot[i], entry);
    }
    return changed != 0;
}

static bool clear_entries(uint64_t *slot, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        DEBUG_ASSERT(PT9, (slot[i] & ENTRY_PRESENT) != 0);
        store_entry(&slot[i], 0);
    }
    return true;
}

static void change_leaves(const struct change *c, uint64_t *slot, uint64_t leaf_size, uint64_t at,
                          uint64_t count)
{
    if (c->keep == 0 ? clear_entries(slot, count) : set_entries(c, slot, count))
        invalidate_run(c->pt, at, leaf_size, count); /* also if widened: see page_enter_table */
}

static void commit_change(struct change *c, uint64_t *table, unsigned level, uint64_t first,
                          uint64_t last)
{
    if (level <= 1) {
        change_leaves(c, &table[level_index(first, 1)], PAGE_SIZE, first, page_count(first, last));
        return;
    }
    for (uint64_t at = first, end;; at = end + 1) {
        end = slot_last(at, last, level);
        uint64_t *slot = &table[level_index(at, level)];
        ASSERT(PT9, (*slot & ENTRY_PRESENT) != 0); /* the plan found all of it mapped */
        if (entry_is_leaf(*slot, level) && !slot_is_whole(at, end, level))
            split_leaf(c, slot, level, at);
        if (entry_is_leaf(*slot, level)) {
            change_leaves(c, slot, level_size(level), at, 1);
        } else {
            commit_change(c, page_enter_table(c->pt, slot, c->set, at), level - 1, at, end);
            if (c->keep == 0)
                drop_if_empty(c->pt, slot, level, at, end);
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
    struct page_path path;
    uint64_t splits = 0;
    page_path_find(c->pt, start, last, &path);
    status = plan_change(c->pt, path.table, path.level, start, last, &splits);
    if (status == STATUS_OK && splits > 0)
        status = page_path_reserve(c->pt, splits, start, last, &c->tables, &path);
    if (status != STATUS_OK)
        return status;
    page_path_open(c->pt, &path, c->set, start);
    commit_change(c, path.table, path.level, start, last);
    for (unsigned level = path.level + 1; c->keep == 0 && level <= c->pt->levels; level++)
        if (!drop_if_empty(c->pt, path.slots[level], level, start, last))
            break;
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
    if (!page_rights_are_allowed(start.value, rights))
        return STATUS_BAD_RIGHTS;
    struct change c = {.pt = pt, .keep = ~ENTRY_RIGHTS, .set = page_rights_bits(pt, rights)};
    return change_range(&c, start.value, size);
}
