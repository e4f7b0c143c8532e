/* SPDX-License-Identifier: MIT */
#include <kernel/symbol_table.h>

#include <base/string.h>

const char *symbol_table_find(const struct symbol_table *table, uint64_t offset, uint64_t *start)
{
    size_t low = 0, high = (size_t)(table->end - table->entries);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (table->entries[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return nullptr;
    *start = table->entries[low - 1].start;
    return table->names + table->entries[low - 1].name;
}

bool symbol_table_search(const struct symbol_table *table, const char *wanted, uint64_t *start)
{
    for (const struct symbol_entry *entry = table->entries; entry < table->end; entry++) {
        if (strcmp(table->names + entry->name, wanted) != 0)
            continue;
        *start = entry->start;
        return true;
    }
    return false;
}
