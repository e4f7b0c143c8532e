/* SPDX-License-Identifier: MIT
 * LT1  a table that a directory entry names has at least one present entry
 * LT2  directory entries have every right, so that the table's entry alone decides (as arch/x86/page_format.c)
 * LT3  an entry that is not present is 0
 * LT4  a 4 MiB page has address bits 31:22 alone, and exists only where the processor knows it */
#include <arch/legacy/two_level.h>

#include <base/string.h>

constexpr uint32_t FLAGS = TWO_LEVEL_PRESENT | TWO_LEVEL_WRITE | TWO_LEVEL_USER |
                           TWO_LEVEL_ACCESSED | TWO_LEVEL_DIRTY | TWO_LEVEL_LARGE;
constexpr uint32_t RIGHTS = TWO_LEVEL_WRITE | TWO_LEVEL_USER;
constexpr uint32_t SMALL_ADDRESS = 0xFFFFF000;
constexpr uint32_t LARGE_ADDRESS = 0xFFC00000;
/* Bit 12 is the PAT bit of a 4 MiB page; bits 21:13 must be 0 without PSE-36 (SDM 3A, table 4-4). */
constexpr uint32_t LARGE_RESERVED = 0x003FE000;
constexpr uint32_t TABLE_ENTRY = TWO_LEVEL_PRESENT | TWO_LEVEL_WRITE | TWO_LEVEL_USER; /* LT2 */

/* ---- one entry ---- */

static bool is_large(uint32_t entry, unsigned level)
{
    return level == 2 && (entry & TWO_LEVEL_LARGE) != 0;
}

status_t two_level_encode(struct two_level_entry entry, unsigned level, uint32_t *out)
{
    const uint32_t room = is_large(entry.flags, level) ? LARGE_ADDRESS : SMALL_ADDRESS;
    /* Bit 7 of a table's entry is its PAT bit, not LARGE. */
    const uint32_t flags = level == 2 ? FLAGS : FLAGS & ~TWO_LEVEL_LARGE;
    if ((entry.address & ~room) != 0)
        return STATUS_MISALIGNED;
    if ((entry.flags & ~flags) != 0 || (entry.other & (room | flags)) != 0)
        return STATUS_BAD_FORMAT;
    *out = entry.address | entry.flags | entry.other;
    return STATUS_OK;
}

struct two_level_entry two_level_decode(uint32_t entry, unsigned level)
{
    const uint32_t room = is_large(entry, level) ? LARGE_ADDRESS : SMALL_ADDRESS;
    const uint32_t flags = level == 2 ? FLAGS : FLAGS & ~TWO_LEVEL_LARGE;
    return (struct two_level_entry){entry & room, entry & flags, entry & ~(room | flags)};
}

/* ---- tables ---- */

static uint32_t *table_at(const struct two_level_space *space, uint32_t table)
{
    return (uint32_t *)(uintptr_t)(table + space->offset);
}

static bool names_table(uint32_t entry)
{
    return (entry & (TWO_LEVEL_PRESENT | TWO_LEVEL_LARGE)) == TWO_LEVEL_PRESENT;
}

static uint32_t *table_of(const struct two_level_space *space, uint32_t entry)
{
    return table_at(space, entry & SMALL_ADDRESS);
}

static bool is_empty(const uint32_t *table)
{
    for (unsigned i = 0; i < TWO_LEVEL_ENTRIES; i++)
        if (table[i] != 0)
            return false;
    return true;
}

static status_t take_table(struct two_level_space *space, uint32_t *out)
{
    phys_addr_t table;
    status_t status = space->memory.take(space->memory.owner, &table);
    if (status != STATUS_OK)
        return status;
    if (table.value >= TWO_LEVEL_SPACE) {
        space->memory.give_back(space->memory.owner, table);
        return STATUS_OUT_OF_RANGE;
    }
    *out = (uint32_t)table.value;
    return STATUS_OK;
}

static void invalidate(struct two_level_space *space, uint32_t va)
{
    if (space->memory.invalidate != nullptr)
        space->memory.invalidate(space->memory.owner, virt_addr(va), PAGE_SIZE, 1);
}

static void drop_table(struct two_level_space *space, unsigned index)
{
    uint32_t *directory = table_at(space, space->root);
    const uint32_t table = directory[index] & SMALL_ADDRESS;
    directory[index] = 0;
    invalidate(space, (uint32_t)index << 22);
    space->memory.give_back(space->memory.owner, phys_addr(table));
}

status_t two_level_create(struct two_level_space *space)
{
    return take_table(space, &space->root);
}

void two_level_destroy(struct two_level_space *space)
{
    for (unsigned i = 0; i < TWO_LEVEL_ENTRIES; i++)
        if (names_table(table_at(space, space->root)[i]))
            drop_table(space, i);
    space->memory.give_back(space->memory.owner, phys_addr(space->root));
}

/* ---- map and unmap ---- */

static status_t judge_range(uint32_t start, uint32_t phys, uint64_t size)
{
    if (size == 0)
        return STATUS_BAD_FORMAT;
    if (!is_aligned(start | phys | size, PAGE_SIZE))
        return STATUS_MISALIGNED;
    if (size > TWO_LEVEL_SPACE - start || size > TWO_LEVEL_SPACE - phys)
        return STATUS_OVERFLOW;
    return STATUS_OK;
}

/* One step of an operation: all of [at, at + size) lies in the slot of one directory entry. */
struct step {
    uint64_t at, size;
    unsigned index;
};
static struct step step_at(uint64_t at, uint64_t end)
{
    const uint64_t slot_end = align_down(at, TWO_LEVEL_LARGE_SIZE) + TWO_LEVEL_LARGE_SIZE;
    return (struct step){at, (slot_end < end ? slot_end : end) - at, (unsigned)(at >> 22)};
}

/* Are all pages of the step present (or none of them)? A 4 MiB page counts as all of its pages. */
static bool step_is(const struct two_level_space *space, struct step step, bool present)
{
    const uint32_t entry = table_at(space, space->root)[step.index];
    if (!names_table(entry))
        return (entry != 0) == present;
    for (uint64_t at = step.at; at < step.at + step.size; at += PAGE_SIZE) {
        const uint32_t page = table_of(space, entry)[two_level_table_index((uint32_t)at)];
        if ((page != 0) != present)
            return false;
    }
    return true;
}

/* May the step be one 4 MiB page? */
static bool step_fits_large(const struct two_level_space *space, struct step step, uint64_t phys)
{
    return space->large_pages && step.size == TWO_LEVEL_LARGE_SIZE &&
           is_aligned(phys, TWO_LEVEL_LARGE_SIZE);
}

/* Undo prepare: tables without a page are those that it made (LT1). */
static void unprepare(struct two_level_space *space, uint64_t start, uint64_t end)
{
    struct step step;
    for (uint64_t at = start; at < end; at += step.size) {
        step = step_at(at, end);
        const uint32_t entry = table_at(space, space->root)[step.index];
        if (names_table(entry) && is_empty(table_of(space, entry)))
            drop_table(space, step.index);
    }
}

/* Put a table wherever the range needs one, before any page is written. */
static status_t prepare(struct two_level_space *space, uint64_t start, uint64_t end, uint32_t phys)
{
    struct step step;
    for (uint64_t at = start; at < end; at += step.size) {
        uint32_t table;
        step = step_at(at, end);
        uint32_t *entry = &table_at(space, space->root)[step.index];
        if (*entry != 0 || step_fits_large(space, step, phys + (at - start)))
            continue;
        status_t status = take_table(space, &table);
        if (status != STATUS_OK) {
            unprepare(space, start, at);
            return status;
        }
        *entry = table | TABLE_ENTRY;
    }
    return STATUS_OK;
}

status_t two_level_map(struct two_level_space *space, uint32_t start, uint32_t phys, uint64_t size,
                       uint32_t rights)
{
    const uint64_t end = start + size;
    struct step step;
    status_t status = judge_range(start, phys, size);
    if (status != STATUS_OK)
        return status;
    if ((rights & ~RIGHTS) != 0)
        return STATUS_BAD_RIGHTS;
    for (uint64_t at = start; at < end; at += step.size) {
        step = step_at(at, end);
        if (!step_is(space, step, false))
            return STATUS_ALREADY_MAPPED;
    }
    status = prepare(space, start, end, phys);
    if (status != STATUS_OK)
        return status;
    for (uint64_t at = start; at < end; at += step.size) {
        step = step_at(at, end);
        const uint32_t target = phys + (uint32_t)(at - start);
        uint32_t *entry = &table_at(space, space->root)[step.index];
        if (*entry == 0) {
            *entry = target | rights | TWO_LEVEL_LARGE | TWO_LEVEL_PRESENT;
            continue;
        }
        uint32_t *page = &table_of(space, *entry)[two_level_table_index((uint32_t)at)];
        for (uint64_t done = 0; done < step.size; done += PAGE_SIZE)
            *page++ = (target + (uint32_t)done) | rights | TWO_LEVEL_PRESENT;
    }
    return STATUS_OK;
}

status_t two_level_unmap(struct two_level_space *space, uint32_t start, uint64_t size)
{
    const uint64_t end = start + size;
    struct step step;
    status_t status = judge_range(start, 0, size);
    if (status != STATUS_OK)
        return status;
    uint32_t *directory = table_at(space, space->root);
    bool splits = false;
    for (uint64_t at = start; at < end; at += step.size) {
        step = step_at(at, end);
        if (!step_is(space, step, true))
            return STATUS_NOT_MAPPED;
        splits |= is_large(directory[step.index], 2) && step.size != TWO_LEVEL_LARGE_SIZE;
    }
    if (splits)
        return STATUS_WRONG_ORDER;
    for (uint64_t at = start; at < end; at += step.size) {
        step = step_at(at, end);
        uint32_t *entry = &directory[step.index];
        if (is_large(*entry, 2)) {
            *entry = 0;
            invalidate(space, (uint32_t)at);
            continue;
        }
        uint32_t *table = table_of(space, *entry);
        for (uint64_t page = at; page < at + step.size; page += PAGE_SIZE) {
            table[two_level_table_index((uint32_t)page)] = 0;
            invalidate(space, (uint32_t)page);
        }
        if (is_empty(table))
            drop_table(space, step.index);
    }
    return STATUS_OK;
}

/* ---- looking ---- */

struct two_level_walk two_level_query(const struct two_level_space *space, uint32_t va)
{
    struct two_level_walk walk = {.directory_entry =
                                      table_at(space, space->root)[two_level_directory_index(va)]};
    if ((walk.directory_entry & TWO_LEVEL_PRESENT) == 0)
        return walk;
    walk.large = is_large(walk.directory_entry, 2);
    walk.rights = walk.directory_entry & RIGHTS;
    if (walk.large) {
        walk.present = true;
        walk.phys = (walk.directory_entry & LARGE_ADDRESS) | (va & ~LARGE_ADDRESS);
        return walk;
    }
    walk.table_entry = table_of(space, walk.directory_entry)[two_level_table_index(va)];
    walk.present = (walk.table_entry & TWO_LEVEL_PRESENT) != 0;
    walk.phys = (walk.table_entry & SMALL_ADDRESS) | (va & ~SMALL_ADDRESS);
    walk.rights &= walk.table_entry;
    return walk;
}

unsigned two_level_table_count(const struct two_level_space *space)
{
    unsigned count = 1;
    for (unsigned i = 0; i < TWO_LEVEL_ENTRIES; i++)
        count += names_table(table_at(space, space->root)[i]);
    return count;
}

const char *two_level_check(const struct two_level_space *space)
{
    for (unsigned i = 0; i < TWO_LEVEL_ENTRIES; i++) {
        const uint32_t entry = table_at(space, space->root)[i];
        if ((entry & TWO_LEVEL_PRESENT) == 0) {
            if (entry != 0)
                return "LT3: a directory entry that is not present is not 0";
            continue;
        }
        if (is_large(entry, 2)) {
            if (!space->large_pages || (entry & LARGE_RESERVED) != 0)
                return "LT4: a 4 MiB page that the processor does not know, or with reserved bits";
            continue;
        }
        if ((entry & TABLE_ENTRY) != TABLE_ENTRY)
            return "LT2: a directory entry takes rights away";
        const uint32_t *table = table_of(space, entry);
        if (is_empty(table))
            return "LT1: a table maps nothing";
        for (unsigned page = 0; page < TWO_LEVEL_ENTRIES; page++)
            if (table[page] != 0 && (table[page] & TWO_LEVEL_PRESENT) == 0)
                return "LT3: a table's entry that is not present is not 0";
    }
    return nullptr;
}
