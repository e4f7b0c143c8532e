/* SPDX-License-Identifier: MIT */
#include <inspect/e820.h>

enum e820_type e820_type_of(enum memory_class class)
{
    switch (class) {
    case MEMORY_USABLE:
    case MEMORY_BOOT_SERVICES:
    case MEMORY_LOADER:
        return E820_USABLE;
    case MEMORY_ACPI_RECLAIM:
        return E820_ACPI;
    case MEMORY_ACPI_NVS:
        return E820_NVS;
    case MEMORY_UNUSABLE:
        return E820_UNUSABLE;
    case MEMORY_PERSISTENT:
        return E820_PERSISTENT;
    default:
        return E820_RESERVED;
    }
}

const char *e820_type_name(enum e820_type type)
{
    switch (type) {
#define TYPE_NAME(name, number, word)                                                              \
    case E820_##name:                                                                              \
        return word;
        E820_TYPE_LIST(TYPE_NAME)
#undef TYPE_NAME
    }
    return "unknown";
}

bool e820_next(const struct memory_map *map, size_t *next, struct e820_entry *out)
{
    size_t at = *next;
    if (at >= map->range_count)
        return false;
    const enum e820_type type = e820_type_of(map->ranges[at].class);
    const uint64_t start = map->ranges[at].start.value;
    uint64_t end = map->ranges[at++].end.value;
    while (at < map->range_count && map->ranges[at].start.value == end &&
           e820_type_of(map->ranges[at].class) == type)
        end = map->ranges[at++].end.value;
    *next = at;
    *out = (struct e820_entry){.start = start, .size = end - start, .type = type};
    return true;
}
