/* SPDX-License-Identifier: MIT
 * Names of functions, from the table that tools/symbol_table makes out of a first link of the kernel. */
#include <kernel/panic.h>

#include <base/string.h>

extern const char image_start[], text_start[], text_end[];

/* Sorted by offset; offsets count from image_start, names from symbol_names. */
struct symbol {
    uint32_t offset;
    uint32_t name;
};
extern const struct symbol symbol_table[], symbol_table_end[];
extern const char symbol_names[];

bool symbol_find(virt_addr_t address, const char **name, uint64_t *offset)
{
    if (address.value < virt_of(text_start).value || address.value >= virt_of(text_end).value)
        return false;
    uint64_t wanted = address.value - virt_of(image_start).value;
    /* The first symbol behind the address; the one before it holds it. */
    size_t low = 0;
    size_t high = (size_t)(symbol_table_end - symbol_table);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbol_table[middle].offset <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    *name = symbol_names + symbol_table[low - 1].name;
    *offset = wanted - symbol_table[low - 1].offset;
    return true;
}

bool symbol_address(const char *name, virt_addr_t *out)
{
    for (const struct symbol *symbol = symbol_table; symbol < symbol_table_end; symbol++) {
        if (strcmp(symbol_names + symbol->name, name) != 0)
            continue;
        *out = virt_addr(virt_of(image_start).value + symbol->offset);
        return true;
    }
    return false;
}
