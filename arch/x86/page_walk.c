/* SPDX-License-Identifier: MIT
 * Reading page tables back: one address, all leaves, the number of tables. Theory and invariants are in
 * page_format.c. These answer for damaged tables too (that is when somebody asks): an entry that breaks PT1
 * is not followed, and a table that is its own ancestor (PT6) is not entered. */
#include "page_bits.h"

static enum memory_type leaf_type(uint64_t entry, unsigned level)
{
    uint64_t pat = level == 1 ? ENTRY_PAT_SMALL : ENTRY_PAT_LARGE;
    unsigned index = ((entry & ENTRY_PWT) != 0 ? 1u : 0) | ((entry & ENTRY_PCD) != 0 ? 2u : 0) |
                     ((entry & pat) != 0 ? 4u : 0);
    if (index == 4 || index == 6) /* PA4 repeats PA0, PA6 repeats PA2 */
        index -= 4;
    return (enum memory_type)index;
}

static uint32_t leaf_rights(uint64_t entry, uint32_t rights)
{
    return rights | ((entry & ENTRY_GLOBAL) != 0 ? (uint32_t)PAGE_GLOBAL : 0);
}

static void finish_walk(struct page_walk *walk, unsigned level, uint64_t entry, uint64_t address,
                        uint32_t rights)
{
    uint64_t offset = address & (level_size(level) - 1);
    walk->present = true;
    walk->leaf_level = level;
    walk->leaf_size = level_size(level);
    walk->phys = phys_addr(leaf_address(entry, level) | offset);
    walk->rights = leaf_rights(entry, rights);
    walk->type = leaf_type(entry, level);
    walk->accessed = (entry & ENTRY_ACCESSED) != 0;
    walk->dirty = (entry & ENTRY_DIRTY) != 0;
}

struct page_walk page_table_query(const struct page_table *pt, virt_addr_t address)
{
    struct page_walk walk = {.canonical = page_address_is_canonical(address, pt->levels)};
    if (!walk.canonical)
        return walk;
    uint32_t rights = PAGE_WRITE | PAGE_EXECUTE | PAGE_USER;
    uint64_t table = pt->root.value;
    for (unsigned level = pt->levels; level >= 1; level--) {
        unsigned index = level_index(address.value, level);
        uint64_t entry = table_at(pt, table)[index];
        walk.steps[walk.step_count++] = (struct page_step){level, index, phys_addr(table), entry};
        if ((entry & ENTRY_PRESENT) == 0)
            return walk;
        walk.reserved_bit = (entry & entry_reserved_bits(pt, entry, level)) != 0;
        rights &= entry_rights(entry);
        if (entry_is_leaf(entry, level)) {
            finish_walk(&walk, level, entry, address.value, rights);
            return walk;
        }
        if (walk.reserved_bit)
            return walk;
        table = entry & ENTRY_ADDRESS;
    }
    return walk;
}

struct visit {
    const struct page_table *pt;
    bool (*call)(void *owner, const struct page_extent *extent);
    void *owner;
    uint64_t path[LEVELS_MAX + 1]; /* by level: the tables that led here */
};

static bool table_is_on_path(const struct visit *v, uint64_t table, unsigned level)
{
    for (unsigned above = level; above <= v->pt->levels; above++) {
        if (v->path[above] == table)
            return true;
    }
    return false;
}

static bool visit_range(struct visit *v, uint64_t table, unsigned level, uint64_t first,
                        uint64_t last, uint32_t rights)
{
    const uint64_t *entries = table_at(v->pt, table);
    const unsigned last_index = level_index(last, level);
    const uint64_t size = level_size(level);
    v->path[level] = table;
    for (unsigned i = level_index(first, level); i <= last_index; i++) {
        const uint64_t entry = entries[i];
        if ((entry & ENTRY_PRESENT) == 0)
            continue; /* the usual case in a sparse table */
        const uint64_t slot = align_down(first, size) + (i - level_index(first, level)) * size;
        const uint32_t below_rights = rights & entry_rights(entry);
        if (entry_is_leaf(entry, level)) {
            uint64_t extent_size = size; /* the next leaf continues if only its frame differs */
            while (i < last_index && entries[i + 1] == entry + extent_size) {
                extent_size += size;
                i++;
            }
            const struct page_extent extent = {
                .start = virt_addr(slot),
                .size = extent_size,
                .leaf_size = size,
                .phys = phys_addr(leaf_address(entry, level)),
                .rights = leaf_rights(entry, below_rights),
                .type = leaf_type(entry, level),
            };
            if (!v->call(v->owner, &extent))
                return false;
        } else if ((entry & entry_reserved_bits(v->pt, entry, level)) == 0 &&
                   !table_is_on_path(v, entry & ENTRY_ADDRESS, level)) {
            if (!visit_range(v, entry & ENTRY_ADDRESS, level - 1, slot > first ? slot : first,
                             slot_last(slot, last, level), below_rights))
                return false;
        }
    }
    return true;
}

void page_table_visit(const struct page_table *pt, virt_addr_t from, virt_addr_t to,
                      bool (*visit)(void *owner, const struct page_extent *extent), void *owner)
{
    struct visit v = {.pt = pt, .call = visit, .owner = owner};
    uint32_t rights = PAGE_WRITE | PAGE_EXECUTE | PAGE_USER;
    /* The canonical halves; what lies between them has no translations. */
    uint64_t low_last = (level_size(pt->levels + 1) >> 1) - 1;
    uint64_t high_first = ~low_last;
    if (from.value > to.value)
        return;
    if (from.value <= low_last) {
        uint64_t last = to.value < low_last ? to.value : low_last;
        if (!visit_range(&v, pt->root.value, pt->levels, from.value, last, rights))
            return;
    }
    if (to.value >= high_first) {
        uint64_t first = from.value > high_first ? from.value : high_first;
        visit_range(&v, pt->root.value, pt->levels, first, to.value, rights);
    }
}

static uint64_t count_tables(struct visit *v, uint64_t table, unsigned level)
{
    const uint64_t *entries = table_at(v->pt, table);
    uint64_t count = 1;
    v->path[level] = table;
    for (unsigned i = 0; level > 1 && i < TABLE_ENTRIES; i++) {
        uint64_t below = entries[i] & ENTRY_ADDRESS;
        if ((entries[i] & ENTRY_PRESENT) != 0 && !entry_is_leaf(entries[i], level) &&
            (entries[i] & entry_reserved_bits(v->pt, entries[i], level)) == 0 &&
            !table_is_on_path(v, below, level))
            count += count_tables(v, below, level - 1);
    }
    return count;
}

uint64_t page_table_count(const struct page_table *pt)
{
    struct visit v = {.pt = pt};
    return count_tables(&v, pt->root.value, pt->levels);
}
