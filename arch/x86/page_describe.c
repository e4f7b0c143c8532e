/* SPDX-License-Identifier: MIT
 * Page tables in words, and the check of their invariants (PT1 to PT8, PT10 at the top of page_format.c). */
#include "page_bits.h"

struct bit_name {
    uint64_t bit;
    const char *name;
};

static const struct bit_name table_bits[] = {
    {ENTRY_PRESENT, "P"},  {ENTRY_WRITE, "RW"}, {ENTRY_USER, "US"}, {ENTRY_NO_EXECUTE, "NX"},
    {ENTRY_ACCESSED, "A"}, {ENTRY_PWT, "PWT"},  {ENTRY_PCD, "PCD"}, {},
};
static const struct bit_name small_leaf_bits[] = {
    {ENTRY_PRESENT, "P"},
    {ENTRY_WRITE, "RW"},
    {ENTRY_USER, "US"},
    {ENTRY_NO_EXECUTE, "NX"},
    {ENTRY_ACCESSED, "A"},
    {ENTRY_DIRTY, "D"},
    {ENTRY_GLOBAL, "G"},
    {ENTRY_PAT_SMALL, "PAT"},
    {ENTRY_PWT, "PWT"},
    {ENTRY_PCD, "PCD"},
    {},
};
static const struct bit_name large_leaf_bits[] = {
    {ENTRY_PRESENT, "P"},     {ENTRY_WRITE, "RW"}, {ENTRY_USER, "US"},  {ENTRY_NO_EXECUTE, "NX"},
    {ENTRY_ACCESSED, "A"},    {ENTRY_DIRTY, "D"},  {ENTRY_LARGE, "PS"}, {ENTRY_GLOBAL, "G"},
    {ENTRY_PAT_LARGE, "PAT"}, {ENTRY_PWT, "PWT"},  {ENTRY_PCD, "PCD"},  {},
};

int page_entry_describe(uint64_t entry, unsigned level, char *buffer, size_t size)
{
    if (entry == 0)
        return format_text(buffer, size, "empty");
    if ((entry & ENTRY_PRESENT) == 0)
        return format_text(buffer, size, "not present, 0x%llx", (unsigned long long)entry);
    bool leaf = entry_is_leaf(entry, level);
    const struct bit_name *names = !leaf        ? table_bits
                                   : level == 1 ? small_leaf_bits
                                                : large_leaf_bits;
    size_t length = 0;
    for (; names->name != nullptr; names++) {
        if ((entry & names->bit) != 0)
            length += (size_t)format_text(buffer + length, size - length, "%s ", names->name);
    }
    uint64_t phys = leaf ? leaf_address(entry, level) : entry & ENTRY_ADDRESS;
    length +=
        (size_t)format_text(buffer + length, size - length, "-> 0x%llx", (unsigned long long)phys);
    return (int)length;
}

uint32_t page_entry_rights(uint64_t entry)
{
    return entry_rights(entry);
}

void page_rights_describe(uint32_t rights, char buffer[8])
{
    char *next = buffer;
    *next++ = 'r';
    *next++ = (rights & PAGE_WRITE) != 0 ? 'w' : '-';
    *next++ = (rights & PAGE_EXECUTE) != 0 ? 'x' : '-';
    if ((rights & PAGE_USER) != 0)
        *next++ = 'u';
    if ((rights & PAGE_GLOBAL) != 0)
        *next++ = 'g';
    *next = '\0';
}

const char *memory_type_name(enum memory_type type)
{
    switch (type) {
    case MEMORY_TYPE_WRITE_BACK:
        return "write-back";
    case MEMORY_TYPE_WRITE_COMBINING:
        return "write-combining";
    case MEMORY_TYPE_UNCACHED_MINUS:
        return "uncached-minus";
    case MEMORY_TYPE_UNCACHED:
        return "uncached";
    case MEMORY_TYPE_WRITE_PROTECTED:
        return "write-protected";
    case MEMORY_TYPE_WRITE_THROUGH:
        return "write-through";
    }
    return "unknown type";
}

struct check {
    const struct page_table *pt;
    uint64_t path[LEVELS_MAX + 1]; /* by level: the tables that led here */
    bool upper;                    /* what is checked lies in the upper half */
    bool has_user;                 /* a user leaf was seen below the table that was checked last */
};

static const char *check_reserved(const struct page_table *pt, uint64_t entry, unsigned level)
{
    uint64_t broken = entry & entry_reserved_bits(pt, entry, level);
    if ((broken & ENTRY_NO_EXECUTE) != 0)
        return "PT1: a page-table entry sets bit 63, but the processor has no NX";
    if ((broken & ENTRY_LARGE) != 0 && level == LEAF_LEVEL_MAX)
        return "PT1: a 1 GiB leaf, but the processor has none";
    if ((broken & ENTRY_LARGE) != 0)
        return "PT1: bit 7 is set in an entry of level 4 or 5";
    if ((broken >> pt->phys_bits) != 0)
        return "PT1: a page-table entry has an address above the physical address bits";
    return broken != 0 ? "PT2: a 2 MiB or 1 GiB leaf is not aligned to its size" : nullptr;
}

static const char *check_leaf(const struct page_table *pt, uint64_t entry)
{
    if (pt->no_execute && (entry & ENTRY_WRITE) != 0 && (entry & ENTRY_NO_EXECUTE) == 0)
        return "PT3: a leaf is writable and executable";
    if ((entry & ENTRY_ACCESSED) == 0)
        return "PT7: a leaf has A clear: the processor would write to the table";
    if (((entry & ENTRY_WRITE) != 0) != ((entry & ENTRY_DIRTY) != 0))
        return "PT7: a leaf has W and D different";
    return nullptr;
}

static const char *check_table_entry(const struct check *c, uint64_t entry, unsigned level)
{
    if ((entry & ENTRY_WRITE) == 0 || (entry & ENTRY_NO_EXECUTE) != 0)
        return "PT4: an entry for a table is not writable and executable";
    if ((entry & ENTRY_ACCESSED) == 0)
        return "PT7: an entry for a table has A clear: the processor would write to it";
    for (unsigned above = level; above <= c->pt->levels; above++) {
        if (c->path[above] == (entry & ENTRY_ADDRESS))
            return "PT6: a page table is its own ancestor";
    }
    return nullptr;
}

static const char *check_table(struct check *c, uint64_t table, unsigned level)
{
    const uint64_t *entries = table_at(c->pt, table);
    const uint64_t leaf_reserved = entry_reserved_bits(c->pt, ENTRY_LARGE, level);
    const uint64_t table_reserved = entry_reserved_bits(c->pt, 0, level);
    bool empty = true, has_user = false;
    c->path[level] = table;
    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        uint64_t entry = entries[i];
        if (entry == 0)
            continue;
        if ((entry & ENTRY_PRESENT) == 0)
            return "PT8: an entry is not present, but not 0";
        empty = false;
        if (level == c->pt->levels)
            c->upper = i >= TABLE_ENTRIES / 2;
        if (c->upper && (entry & ENTRY_USER) != 0)
            return "PT10: an entry of the upper half is for user code";
        const char *broken = nullptr;
        const bool is_leaf = entry_is_leaf(entry, level);
        if ((entry & (is_leaf ? leaf_reserved : table_reserved)) != 0)
            return check_reserved(c->pt, entry, level);
        if (is_leaf) {
            broken = check_leaf(c->pt, entry);
            has_user |= (entry & ENTRY_USER) != 0;
        } else {
            broken = check_table_entry(c, entry, level);
            if (broken == nullptr)
                broken = check_table(c, entry & ENTRY_ADDRESS, level - 1);
            if (broken == nullptr && c->has_user && (entry & ENTRY_USER) == 0)
                broken = "PT4: a user leaf lies below a table that is not user";
            has_user |= c->has_user;
        }
        if (broken != nullptr)
            return broken;
    }
    c->has_user = has_user;
    const bool may_be_empty =
        level == c->pt->levels || (level == c->pt->levels - 1 && c->upper && c->pt->shared_high);
    return empty && !may_be_empty ? "PT5: an empty page table was not given back" : nullptr;
}

const char *page_table_check(const struct page_table *pt)
{
    struct check c = {.pt = pt};
    return check_table(&c, pt->root.value, pt->levels);
}
