/* SPDX-License-Identifier: MIT
 * The page-table format.
 *
 * Problem: say for every page of an address space where it is and what may be done with it, in the only
 * form that the processor reads, and never leave it half changed.
 *
 * Shape:   a tree of tables of 512 entries of 8 bytes. Nine bits of the address pick an entry on each level:
 *
 *             63      57 56    48 47    39 38    30 29    21 20    12 11       0
 *            +----------+--------+--------+--------+--------+--------+----------+
 *            |   sign   | level 5| level 4| level 3| level 2| level 1|  offset  |
 *            +----------+--------+--------+--------+--------+--------+----------+
 *              = bit 56   PML5     PML4     PDPT     PD       PT
 *              (bit 47)   (only    512 GiB  1 GiB    2 MiB    4 KiB   a slot
 *                         if 5)    table    or leaf  or leaf  leaf
 *
 *          An entry is empty (P = 0), a table of the next lower level, or a leaf. A range is cut into the
 *          largest leaves that the alignment of address, frame and rest allow.
 *
 * PT1  no present entry sets a reserved bit: bit 63 without NXE, address bits from phys_bits up, bit 7
 *     on levels 5 and 4 and, without 1 GiB leaves, on level 3
 * PT2  a leaf of 2 MiB or 1 GiB is aligned to its size (bits 20:13, 29:13 are 0)
 * PT3  a leaf is not writable and executable at once, if the processor has no-execute
 * PT4  an entry for a table is writable and executable, and user if a leaf below it is: the leaf decides
 * PT5  no table is empty but the root and those that other roots share
 * PT6  no table is its own ancestor
 * PT7  an entry for a table has A; a leaf has A, and D exactly if it is writable
 * PT8  an entry that is not present is 0: some processors read ahead through the address that is left in
 *     one (L1 terminal fault, Intel-SA-00161)
 * PT9  what a commit meets is what its plan saw: it takes no more tables, and finds no page where none was
 * PT10  no entry of the upper half is for user code: the kernel's half is the same in every root, also the
 *       entries of the root, so that one of them could not be opened for user code in one root alone
 *
 * PT7 is why the processor never writes to our tables (SDM 3A 4.8): a plain store cannot lose a bit that it
 * set meanwhile, first use costs no microcode assist, and a W = 0, D = 1 leaf, which would be a shadow-stack
 * page under CET (SDM 3A 4.6), never appears. Price: A and D do not tell what was used; nobody asks yet.
 *
 * All or nothing: an operation has three steps.
 *   plan     read only: is it allowed, and how many tables will it need (new ones, or for splits)?
 *   reserve  take that many tables, chained through their first entry; if one is missing give all back
 *   commit   cannot fail
 * So there is nothing to undo. And `take` runs while no entry is half done: it may itself map pages in
 * this very table (memory that comes online is mapped when it is first handed out). Such a nested map can
 * only make the plan too generous; tables that are left over are given back.
 *
 * Plan and commit start at the lowest table that holds all of the range: for a page that is its level 1 table.
 *
 * Cost:    one descent, then two passes over the tables of the range; a page costs a load, and a load and a store.
 * Not here: locks, other processors, what is behind an address. Changing what is mapped is in page_change.c,
 * joining leaves that were split in page_join.c, reading tables back in page_walk.c, the check of PT1 to PT8
 * and PT10 in page_describe.c. */
#include "page_edit.h"

#include <base/assert.h>
#include <stdckdint.h>

constexpr unsigned PHYS_BITS_MIN =
    32; /* smallest MAXPHYADDR (SDM 3A 4.1.4: 36 if not said, 32 on some) */

/* One map: an address and `phys_minus_virt` (mod 2^64) are a frame. */
struct mapping {
    struct page_table *pt;
    struct table_reserve tables;
    uint64_t phys_minus_virt;
    uint64_t small_bits, large_bits; /* leaf entries without the address */
};

uint64_t table_reserve_pop(const struct page_table *pt, struct table_reserve *tables)
{
    ASSERT(PT9, tables->count > 0);
    uint64_t table = tables->first;
    tables->first = *table_at(pt, table);
    tables->count--;
    *table_at(pt, table) = 0;
    DEBUG_ASSERT(PT8, table_is_clear(table_at(pt, table))); /* `take` gives zeroed frames */
    return table;
}

void table_reserve_release(const struct page_table *pt, struct table_reserve *tables)
{
    while (tables->count > 0)
        give_back(pt, table_reserve_pop(pt, tables));
}

status_t table_reserve_fill(const struct page_table *pt, uint64_t count,
                            struct table_reserve *tables)
{
    while (tables->count < count) {
        phys_addr_t table;
        status_t status = pt->memory.take(pt->memory.owner, &table);
        if (status != STATUS_OK) {
            table_reserve_release(pt, tables);
            return status;
        }
        *table_at(pt, table.value) = tables->first;
        tables->first = table.value;
        tables->count++;
    }
    return STATUS_OK;
}

bool page_address_is_canonical(virt_addr_t address, unsigned levels)
{
    unsigned unused_bits = 64 - level_shift(levels + 1);
    return (uint64_t)((int64_t)(address.value << unused_bits) >> unused_bits) == address.value;
}

status_t page_range_check(const struct page_table *pt, uint64_t start, uint64_t size,
                          uint64_t *last_out)
{
    uint64_t last;
    if (size == 0 || !is_aligned(start | size, PAGE_SIZE))
        return STATUS_MISALIGNED;
    if (ckd_add(&last, start, size - 1))
        return STATUS_OVERFLOW;
    if (!page_address_is_canonical(virt_addr(start), pt->levels) ||
        !page_address_is_canonical(virt_addr(last), pt->levels) || (start ^ last) >> 63 != 0)
        return STATUS_NOT_CANONICAL;
    *last_out = last;
    return STATUS_OK;
}

static status_t check_frames(const struct page_table *pt, uint64_t phys, uint64_t size)
{
    uint64_t last;
    if (!is_aligned(phys, PAGE_SIZE))
        return STATUS_MISALIGNED;
    if (ckd_add(&last, phys, size - 1))
        return STATUS_OVERFLOW;
    return last >> pt->phys_bits == 0 ? STATUS_OK : STATUS_OUT_OF_RANGE;
}

bool page_rights_are_allowed(uint64_t start, uint32_t rights)
{
    constexpr uint32_t all = PAGE_WRITE | PAGE_EXECUTE | PAGE_USER | PAGE_GLOBAL;
    constexpr uint32_t both = PAGE_WRITE | PAGE_EXECUTE;
    if (is_upper_half(start) && (rights & PAGE_USER) != 0)
        return false;
    return (rights & ~all) == 0 && (rights & both) != both;
}

static bool type_is_known(enum memory_type type)
{
    /* 4 and 6 only repeat 0 and 2, so that a lost PAT bit costs no correctness there. */
    return type <= MEMORY_TYPE_WRITE_THROUGH && type != 4 && type != 6;
}

uint64_t page_rights_bits(const struct page_table *pt, uint32_t rights)
{
    uint64_t bits = ENTRY_ACCESSED;
    if ((rights & PAGE_WRITE) != 0)
        bits |= ENTRY_WRITE | ENTRY_DIRTY;
    if ((rights & PAGE_USER) != 0)
        bits |= ENTRY_USER;
    if ((rights & PAGE_GLOBAL) != 0)
        bits |= ENTRY_GLOBAL;
    if ((rights & PAGE_EXECUTE) == 0 && pt->no_execute)
        bits |= ENTRY_NO_EXECUTE;
    return bits;
}

uint64_t *page_enter_table(const struct page_table *pt, uint64_t *slot, uint64_t leaf_bits,
                           uint64_t at)
{
    DEBUG_ASSERT(PT4, (*slot & (TABLE_BITS | ENTRY_NO_EXECUTE)) == TABLE_BITS);
    uint64_t missing = leaf_bits & ~*slot & ENTRY_USER;
    if (missing != 0) {
        DEBUG_ASSERT(PT10, !is_upper_half(at));
        store_entry(slot, *slot | missing);
        /* Not needed for safety, but a cached U = 0 may cost one spurious fault (SDM 3A 4.10.4.3). */
        invalidate(pt, at);
    }
    return table_at(pt, *slot & ENTRY_ADDRESS);
}

void page_path_find(const struct page_table *pt, uint64_t first, uint64_t last,
                    struct page_path *out)
{
    out->table = table_at(pt, pt->root.value);
    out->level = pt->levels;
    while (out->level > 1 && (first ^ last) >> level_shift(out->level) == 0) {
        uint64_t *slot = &out->table[level_index(first, out->level)];
        if ((*slot & ENTRY_PRESENT) == 0 || entry_is_leaf(*slot, out->level))
            return;
        DEBUG_ASSERT(PT1, (*slot & entry_reserved_bits(pt, *slot, out->level)) == 0);
        out->slots[out->level] = slot;
        out->table = table_at(pt, *slot & ENTRY_ADDRESS);
        out->level--;
    }
}

status_t page_path_reserve(const struct page_table *pt, uint64_t lacking, uint64_t first,
                           uint64_t last, struct table_reserve *tables, struct page_path *path)
{
    status_t status = table_reserve_fill(pt, lacking, tables);
    if (status == STATUS_OK)
        page_path_find(pt, first, last, path);
    return status;
}

void page_path_open(const struct page_table *pt, const struct page_path *path, uint64_t leaf_bits,
                    uint64_t at)
{
    if ((leaf_bits & ENTRY_USER) == 0)
        return;
    for (unsigned level = pt->levels; level > path->level; level--)
        page_enter_table(pt, path->slots[level], leaf_bits, at);
}

status_t page_table_create(struct page_table *pt)
{
    if ((pt->levels != 4 && pt->levels != LEVELS_MAX) || pt->phys_bits < PHYS_BITS_MIN ||
        pt->phys_bits > PHYS_BITS_MAX)
        return STATUS_UNSUPPORTED;
    status_t status = pt->memory.take(pt->memory.owner, &pt->root);
    if (status == STATUS_OK)
        pt->shared_high = false; /* perhaps a copy of a struct that had it */
    return status;
}

status_t page_table_share_high(struct page_table *pt, virt_addr_t start, uint64_t size)
{
    uint64_t last;
    status_t status = page_range_check(pt, start.value, size, &last);
    if (status != STATUS_OK)
        return status;
    if (!is_upper_half(start.value))
        return STATUS_OUT_OF_RANGE;
    uint64_t *root = table_at(pt, pt->root.value);
    struct table_reserve tables = {0};
    uint64_t lacking = 0;
    const unsigned first_index = level_index(start.value, pt->levels);
    const unsigned last_index = level_index(last, pt->levels);
    for (unsigned i = first_index; i <= last_index; i++)
        lacking += (root[i] & ENTRY_PRESENT) == 0;
    status = table_reserve_fill(pt, lacking, &tables);
    if (status != STATUS_OK)
        return status;
    for (unsigned i = first_index; i <= last_index; i++)
        if ((root[i] & ENTRY_PRESENT) == 0)
            store_entry(&root[i], table_reserve_pop(pt, &tables) | TABLE_BITS);
    table_reserve_release(pt, &tables);
    return STATUS_OK;
}

void page_table_copy_high(struct page_table *pt, const struct page_table *from)
{
    constexpr unsigned half = TABLE_ENTRIES / 2;
    uint64_t *root = table_at(pt, pt->root.value);
    const uint64_t *shared = table_at(from, from->root.value);
    ASSERT(PT5, from->shared_high); /* else a table that both name is given back by one */
    for (unsigned i = half; i < TABLE_ENTRIES; i++) {
        DEBUG_ASSERT(PT10, (shared[i] & ENTRY_USER) == 0);
        store_entry(&root[i], shared[i]);
    }
    pt->shared_high = true;
}

bool page_table_high_is_equal(const struct page_table *pt, const struct page_table *from)
{
    constexpr unsigned half = TABLE_ENTRIES / 2;
    const uint64_t *root = table_at(pt, pt->root.value);
    const uint64_t *shared = table_at(from, from->root.value);
    for (unsigned i = half; i < TABLE_ENTRIES; i++)
        if (root[i] != shared[i])
            return false;
    return true;
}

static void destroy_table(const struct page_table *pt, uint64_t table, unsigned level)
{
    const uint64_t *entries = table_at(pt, table);
    const unsigned count =
        pt->shared_high && level == pt->levels ? TABLE_ENTRIES / 2 : TABLE_ENTRIES;
    for (unsigned i = 0; level > 1 && i < count; i++) {
        DEBUG_ASSERT(PT8, entries[i] == 0 || (entries[i] & ENTRY_PRESENT) != 0);
        if ((entries[i] & ENTRY_PRESENT) != 0 && !entry_is_leaf(entries[i], level))
            destroy_table(pt, entries[i] & ENTRY_ADDRESS, level - 1);
    }
    give_back(pt, table);
}

/* No processor may use the tables any more, so there is nothing to invalidate. */
void page_table_destroy(struct page_table *pt)
{
    destroy_table(pt, pt->root.value, pt->levels);
}

static bool is_mapping_leaf(const struct mapping *m, unsigned level, uint64_t at, uint64_t end)
{
    if (level > LEAF_LEVEL_MAX || (level == LEAF_LEVEL_MAX && !m->pt->gib_leaves))
        return false;
    return slot_is_whole(at, end, level) && is_aligned(at + m->phys_minus_virt, level_size(level));
}

static bool pages_are_free(const uint64_t *slot, uint64_t count)
{
    uint64_t any = 0;
    for (uint64_t i = 0; i < count; i++)
        any |= slot[i];
    return (any & ENTRY_PRESENT) == 0;
}

/* Is first..last free, and how many tables does it lack? `table` is null where there is none yet. */
static status_t plan_map(const struct mapping *m, const uint64_t *table, unsigned level,
                         uint64_t first, uint64_t last, uint64_t *lacking)
{
    if (level <= 1)
        return pages_are_free(&table[level_index(first, 1)], page_count(first, last))
                   ? STATUS_OK
                   : STATUS_ALREADY_MAPPED;
    for (uint64_t at = first, end;; at = end + 1) {
        end = slot_last(at, last, level);
        uint64_t entry = table != nullptr ? table[level_index(at, level)] : 0;
        const uint64_t *below = nullptr;
        if ((entry & ENTRY_PRESENT) != 0) {
            if (entry_is_leaf(entry, level))
                return STATUS_ALREADY_MAPPED;
            below = table_at(m->pt, entry & ENTRY_ADDRESS);
        }
        bool descend = below != nullptr || !is_mapping_leaf(m, level, at, end);
        if (below == nullptr && slot_is_shared(m->pt, at, level))
            return STATUS_OUT_OF_RANGE;
        if (descend && below == nullptr)
            ++*lacking;
        if (!descend &&
            table == nullptr) { /* if one slot of a new table is a leaf, all whole ones are */
            uint64_t whole_last = align_down(last + 1, level_size(level)) - 1;
            end = whole_last > end ? whole_last : end;
        }
        if (descend && (below != nullptr || level > 2)) { /* a new level 1 lacks nothing */
            status_t status = plan_map(m, below, level - 1, at, end, lacking);
            if (status != STATUS_OK)
                return status;
        }
        if (end == last)
            return STATUS_OK;
    }
}

static void map_pages(const struct mapping *m, uint64_t *slot, uint64_t at, uint64_t count)
{
    uint64_t entry = (at + m->phys_minus_virt) | m->small_bits;
    DEBUG_ASSERT(PT1, (entry & entry_reserved_bits(m->pt, entry, 1)) == 0);
    for (const uint64_t *end = slot + count; slot < end; slot++, entry += PAGE_SIZE) {
        ASSERT(PT9, (*slot & ENTRY_PRESENT) == 0);
        store_entry(slot, entry);
    }
}

static void add_table(struct mapping *m, uint64_t *slot, unsigned level, uint64_t at)
{
    ASSERT(PT9, !slot_is_shared(m->pt, at, level)); /* the plan refused it */
    const uint64_t hint = line_hint(level_index(at, level - 1) / LINE_ENTRIES);
    store_entry(slot, table_reserve_pop(m->pt, &m->tables) | TABLE_BITS |
                          (m->large_bits & ENTRY_USER) | hint);
}

static void commit_map(struct mapping *m, uint64_t *table, unsigned level, uint64_t first,
                       uint64_t last)
{
    if (level <= 1) {
        map_pages(m, &table[level_index(first, 1)], first, page_count(first, last));
        return;
    }
    for (uint64_t at = first, end;; at = end + 1) {
        end = slot_last(at, last, level);
        uint64_t *slot = &table[level_index(at, level)];
        bool present = (*slot & ENTRY_PRESENT) != 0;
        if (!present && is_mapping_leaf(m, level, at, end)) {
            const uint64_t leaf = (at + m->phys_minus_virt) | m->large_bits;
            DEBUG_ASSERT(PT2, (leaf & entry_reserved_bits(m->pt, leaf, level)) == 0);
            store_entry(slot, leaf);
        } else {
            ASSERT(PT9, !present || !entry_is_leaf(*slot, level));
            if (!present)
                add_table(m, slot, level, at);
            commit_map(m, page_enter_table(m->pt, slot, m->large_bits, at), level - 1, at, end);
        }
        if (end == last)
            return;
    }
}

status_t page_table_map(struct page_table *pt, virt_addr_t start, phys_addr_t phys, uint64_t size,
                        uint32_t rights, enum memory_type type)
{
    uint64_t last;
    status_t status = page_range_check(pt, start.value, size, &last);
    if (status == STATUS_OK)
        status = check_frames(pt, phys.value, size);
    if (status != STATUS_OK)
        return status;
    if (!page_rights_are_allowed(start.value, rights))
        return STATUS_BAD_RIGHTS;
    if (!type_is_known(type))
        return STATUS_UNSUPPORTED;

    uint64_t bits = ENTRY_PRESENT | page_rights_bits(pt, rights) |
                    ((type & 1) != 0 ? ENTRY_PWT : 0) | ((type & 2) != 0 ? ENTRY_PCD : 0);
    struct mapping m = {
        .pt = pt,
        .phys_minus_virt = phys.value - start.value,
        .small_bits = bits | ((type & 4) != 0 ? ENTRY_PAT_SMALL : 0),
        .large_bits = bits | ENTRY_LARGE | ((type & 4) != 0 ? ENTRY_PAT_LARGE : 0),
    };
    struct page_path path;
    uint64_t lacking = 0;
    page_path_find(pt, start.value, last, &path);
    status = plan_map(&m, path.table, path.level, start.value, last, &lacking);
    if (status == STATUS_OK && lacking > 0)
        status = page_path_reserve(pt, lacking, start.value, last, &m.tables, &path);
    if (status != STATUS_OK)
        return status;
    page_path_open(pt, &path, bits, start.value);
    commit_map(&m, path.table, path.level, start.value, last);
    table_reserve_release(pt, &m.tables);
    return STATUS_OK;
}
