/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <base/string.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include "shared.h"

constexpr unsigned LINE_COLUMNS = 100;

/* What memory can do (capabilities, not state), in the words of UEFI 2.10, 7.2.3. */
static const struct {
    uint64_t bit;
    const char *word;
} attribute_words[] = {
    {EFI_ATTRIBUTE_UC, "UC"},
    {EFI_ATTRIBUTE_WC, "WC"},
    {EFI_ATTRIBUTE_WT, "WT"},
    {EFI_ATTRIBUTE_WB, "WB"},
    {EFI_ATTRIBUTE_UCE, "UCE"},
    {EFI_ATTRIBUTE_WP, "WP"},
    {EFI_ATTRIBUTE_RP, "read-protect"},
    {EFI_ATTRIBUTE_XP, "no-execute"},
    {EFI_ATTRIBUTE_NV, "persistent"},
    {EFI_ATTRIBUTE_MORE_RELIABLE, "more-reliable"},
    {EFI_ATTRIBUTE_RO, "read-only"},
    {EFI_ATTRIBUTE_SP, "specific-purpose"},
    {EFI_ATTRIBUTE_CPU_CRYPTO, "crypto"},
    {EFI_ATTRIBUTE_HOT_PLUGGABLE, "hot-pluggable"},
    {EFI_ATTRIBUTE_RUNTIME, "runtime"},
};

/* The words of `attributes`, on this line from `column` on and, if need be, on further lines there. */
static void print_attributes(uint64_t attributes, unsigned column)
{
    unsigned at = column;
    uint64_t left = attributes;
    char unknown[24];
    for (size_t i = 0; i < sizeof attribute_words / sizeof attribute_words[0] + 1; i++) {
        const char *word = unknown;
        if (i < sizeof attribute_words / sizeof attribute_words[0]) {
            if ((attributes & attribute_words[i].bit) == 0)
                continue;
            word = attribute_words[i].word;
            left &= ~attribute_words[i].bit;
        } else if (left != 0) {
            format_text(unknown, sizeof unknown, "0x%" PRIx64, left);
        } else {
            break;
        }
        unsigned length = (unsigned)strlen(word) + 1;
        if (at + length > LINE_COLUMNS) {
            print("\n%*s", (int)column, "");
            at = column;
        }
        print(" %s", word);
        at += length;
    }
    print("\n");
}

static void print_ranges(const struct memory_map *map)
{
    constexpr unsigned attributes_column = 13 + 1 + 13 + 1 + 16 + 1 + 10 + 2 + 16;
    print("%13s %13s %16s %10s  %-16s %s\n", "start", "end", "bytes", "size", "class",
          "attributes");
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        uint64_t size = range->end.value - range->start.value;
        print("%13" PRIx64 " %13" PRIx64 " %16" PRIu64 " %10s  %-16s", range->start.value,
              range->end.value, size, size_text(size).text, memory_class_name(range->class));
        print_attributes(range->attributes, attributes_column);
    }
}

static void print_totals(const struct memory_map *map)
{
    uint64_t all = 0, ram = 0;
    print("\nTotals:\n");
    for (unsigned i = 0; i < MEMORY_CLASS_COUNT; i++) {
        enum memory_class class = (enum memory_class)i;
        if (map->bytes[i] == 0)
            continue;
        print("  %-16s %20" PRIu64 " bytes  %10s%s\n", memory_class_name(class), map->bytes[i],
              size_text(map->bytes[i]).text, memory_class_is_ram(class) ? "" : "  not RAM");
        all += map->bytes[i];
        if (memory_class_is_ram(class))
            ram += map->bytes[i];
    }
    print("  %-16s %20" PRIu64 " bytes  %10s\n", "RAM", ram, size_text(ram).text);
    print("  %-16s %20" PRIu64 " bytes  %10s\n", "all", all, size_text(all).text);
}

static void print_judged(void)
{
    const struct memory_map *map = mm_memory_map();
    print_ranges(map);
    print_totals(map);
    print("\n%zu ranges from %u descriptors, %zu change%s on the way%s\n", map->range_count,
          mm_boot_info()->final_map.count, map->change_count, map->change_count == 1 ? "" : "s",
          map->change_count == 0 ? "." : ":");
    for (size_t i = 0; i < map->change_count; i++) {
        char sentence[256];
        memory_change_describe(&map->changes[i], mm_boot_regions(), sentence, sizeof sentence);
        print("  %s\n", sentence);
    }
}

static void print_raw(void)
{
    const struct boot_info *info = mm_boot_info();
    const struct boot_region *regions = mm_boot_regions();
    constexpr unsigned attributes_column = 5 + 1 + 16 + 1 + 13 + 1 + 10 + 2 + 26;
    print("%5s %16s %13s %10s  %-26s %s\n", "index", "start", "pages", "size", "type",
          "attributes");
    for (uint32_t i = 0; i < info->final_map.count; i++) {
        const struct boot_region *region = &regions[i];
        /* Raw: a page count may be too large for any number of bytes. */
        bool fits = region->page_count <= UINT64_MAX >> PAGE_SHIFT;
        print("%5u %16" PRIx64 " %13" PRIu64 " %10s  ", i, region->phys_start, region->page_count,
              fits ? size_text(region->page_count << PAGE_SHIFT).text : "over 2^64");
        if (region->efi_type > EFI_TYPE_UNACCEPTED)
            print("%-15s %10x", efi_type_name(region->efi_type), region->efi_type);
        else
            print("%-26s", efi_type_name(region->efi_type));
        print_attributes(region->efi_attributes, attributes_column);
    }
    print("%u descriptors of %u bytes, version %u, in the firmware's order.\n",
          info->final_map.count, info->descriptor_size, info->descriptor_version);
}

static bool run_memmap(unsigned count, const char *const *words)
{
    if (count == 1)
        print_judged();
    else if (count == 2 && strcmp(words[1], "raw") == 0)
        print_raw();
    else if (count == 2 && strcmp(words[1], "types") == 0)
        print_memory_types();
    else
        return print_usage(words);
    return true;
}

const struct command command_memmap = {
    .name = "memmap",
    .arguments = "[raw|types]",
    .summary = "the firmware's memory map, judged",
    .help = "Sorted, disjoint ranges with the class that each got, totals by class, and what had\n"
            "to be changed in the firmware's list. end is the first address behind a range.\n"
            "Attributes are what the memory can do, not what it is set to: UC uncached, WC write\n"
            "combining, WT write through, WB write back, WP write protected.\n"
            "'memmap raw' shows the descriptors as the firmware gave them.\n"
            "'memmap types' shows GiB by GiB what RAM can be, what the MTRRs make of it and with\n"
            "which type the direct map names it; alike neighbours are one line.\n",
    .run = run_memmap,
};
