/* SPDX-License-Identifier: MIT
 * Names of functions, from the table that tools/symbol_table makes out of a first link of the kernel. */
#include <kernel/panic.h>

extern const char image_start[], text_start[], text_end[];
extern const struct symbol_entry symbol_entries[], symbol_entries_end[];
extern const char symbol_names[];

/* Not a constant: that would be relocated. */
static struct symbol_table symbols(void)
{
    return (struct symbol_table){symbol_entries, symbol_entries_end, symbol_names};
}

const char *symbol_find(virt_addr_t address, uint64_t *offset)
{
    if (address.value < virt_of(text_start).value || address.value >= virt_of(text_end).value)
        return nullptr;
    const struct symbol_table table = symbols();
    const uint64_t wanted = address.value - virt_of(image_start).value;
    uint64_t start;
    const char *name = symbol_table_find(&table, wanted, &start);
    if (name != nullptr)
        *offset = wanted - start;
    return name;
}

bool symbol_address(const char *name, virt_addr_t *out)
{
    const struct symbol_table table = symbols();
    uint64_t start;
    if (!symbol_table_search(&table, name, &start))
        return false;
    *out = virt_addr(virt_of(image_start).value + start);
    return true;
}
