/* SPDX-License-Identifier: MIT */
#include <kernel/symbol_table.h>

#include <base/string.h>

constexpr unsigned FIRST_PAIR = 128;

/* One entry, read; what it starts with is added to *start. Returns where the next one is. */
static const unsigned char *read_entry(const struct symbol_table *table, const unsigned char *at,
                                       char name[SYMBOL_NAME_SIZE], uint64_t *start)
{
    unsigned shift = 0;
    uint64_t delta = 0;
    do {
        delta |= (uint64_t)(*at & 0x7f) << shift;
        shift += 7;
    } while ((*at++ & 0x80) != 0);
    *start += delta;

    size_t length = 0;
    while (*at != 0) {
        unsigned char
            waiting[SYMBOL_NESTING_MAX + 1]; /* second halves of pairs; the next one last */
        size_t count = 0;
        waiting[count++] = *at++;
        while (count > 0) {
            const unsigned char byte = waiting[--count];
            if (byte < FIRST_PAIR) {
                name[length++] = (char)byte;
                continue;
            }
            const unsigned char *pair = table->pairs[byte - FIRST_PAIR];
            waiting[count++] = pair[1];
            waiting[count++] = pair[0];
        }
    }
    name[length] = '\0';
    return at + 1;
}

bool symbol_table_find(const struct symbol_table *table, uint64_t offset,
                       char name[SYMBOL_NAME_SIZE], uint64_t *start)
{
    char next[SYMBOL_NAME_SIZE];
    uint64_t next_start = 0;
    bool found = false;
    for (const unsigned char *at = table->entries; at < table->end;) {
        at = read_entry(table, at, next, &next_start);
        if (next_start > offset)
            break;
        memcpy(name, next, sizeof next);
        *start = next_start;
        found = true;
    }
    return found;
}

bool symbol_table_search(const struct symbol_table *table, const char *wanted, uint64_t *start)
{
    char name[SYMBOL_NAME_SIZE];
    uint64_t at_start = 0;
    for (const unsigned char *at = table->entries; at < table->end;) {
        at = read_entry(table, at, name, &at_start);
        if (strcmp(name, wanted) != 0)
            continue;
        *start = at_start;
        return true;
    }
    return false;
}
