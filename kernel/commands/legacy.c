/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/legacy/addresses.h>
#include <arch/legacy/linear_heap.h>
#include <boot/address_map.h>
#include <inspect/e820.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include "shared.h"

constexpr unsigned LABEL_COLUMNS = 13; /* "    firmware:" */

/* ---- what this machine's firmware says of a range of BIOS days ---- */

static uint64_t lesser(uint64_t left, uint64_t right)
{
    return left < right ? left : right;
}

static uint64_t greater(uint64_t left, uint64_t right)
{
    return left > right ? left : right;
}

/* Bytes of each class in [first, last]; the sum of all is returned. */
static uint64_t measure(uint64_t first, uint64_t last, uint64_t bytes[MEMORY_CLASS_COUNT])
{
    const struct memory_map *map = mm_memory_map();
    uint64_t sum = 0;
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        if (range->end.value <= first || range->start.value > last)
            continue;
        const uint64_t part =
            lesser(range->end.value, last + 1) - greater(range->start.value, first);
        bytes[range->class] += part;
        sum += part;
    }
    return sum;
}

/* One piece of a list, on this line or, if it is full, on the next. */
static void print_piece(unsigned *column, const char *word, uint64_t bytes)
{
    constexpr unsigned line_columns = 100;
    char piece[48];
    if (bytes == 0)
        return;
    unsigned length =
        (unsigned)format_text(piece, sizeof piece, " %s %s", word, size_text(bytes).text);
    if (*column + length > line_columns) {
        print("\n%*s", (int)LABEL_COLUMNS, "");
        *column = LABEL_COLUMNS;
    }
    print("%s", piece);
    *column += length;
}

static void print_classes(uint64_t first, uint64_t last)
{
    uint64_t bytes[MEMORY_CLASS_COUNT] = {};
    const uint64_t undescribed = last - first + 1 - measure(first, last, bytes);
    unsigned column = LABEL_COLUMNS;
    print("    firmware:");
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++)
        print_piece(&column, memory_class_name((enum memory_class) class), bytes[class]);
    print_piece(&column, "not described", undescribed);
    print("\n");
}

/* ---- what this kernel has at a virtual range ---- */

static void print_areas(uint64_t first, uint64_t last)
{
    static const struct {
        uint64_t base, size;
        const char *purpose;
    } areas[] = {
#define AREA(name, base, size, purpose) {base, size, purpose},
        ADDRESS_MAP(AREA)
#undef AREA
    };
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
        if (areas[i].base <= last && first <= areas[i].base + (areas[i].size - 1))
            print("    here:     %s\n", areas[i].purpose);
}

static void print_range(const struct legacy_range *range)
{
    print("%s  %-12s %10" PRIx64 "-%-10" PRIx64 " %8s  %s\n", range->document, range->name,
          range->first, range->last, size_text(range->last - range->first + 1).text, range->what);
    if (range->is_virtual)
        print_areas(range->first, range->last);
    else
        print_classes(range->first, range->last);
}

/* ---- the e820 view ---- */

static void print_e820(void)
{
    struct e820_entry entry;
    uint64_t usable = 0;
    unsigned count = 0;
    print("\nthe same map as a BIOS would tell it (e820):\n");
    for (size_t next = 0; e820_next(mm_memory_map(), &next, &entry); count++) {
        print("  %016" PRIx64 "-%016" PRIx64 " %8s  %u %s\n", entry.start,
              entry.start + entry.size - 1, size_text(entry.size).text, (unsigned)entry.type,
              e820_type_name(entry.type));
        if (entry.type == E820_USABLE)
            usable += entry.size;
    }
    print("%u entries, usable %s%s\n", count, size_text(usable).text,
          count > E820_ZERO_PAGE_ENTRIES ? "; more than Linux's zero page holds" : "");
}

/* ---- the documents' own slips ---- */

static void print_heap_test(uint32_t size)
{
    const uint32_t start = LEGACY_HEAP_START, end = LEGACY_HEAP_END;
    print("    %6x bytes at %x: it %s them, a right test %s them\n", size, start,
          linear_heap_refuses_as_documented(start, size, end) ? "refuses" : "takes",
          linear_heap_refuses(start, size, end) ? "refuses" : "takes");
}

/* Each with the values that show it. */
static void print_slips(void)
{
    print("\nslips of the documents:\n");
    print("V2  the EBDA is called 16 KiB, and is %s; the kernel's range 1 MiB, and is %s\n",
          size_text(LEGACY_EBDA_BYTES).text, size_text(LEGACY_KERNEL_BYTES).text);
    print("V2  the heap's test, next + size >= HEAP_END (%x), refuses the last byte:\n",
          LEGACY_HEAP_END);
    print_heap_test(LEGACY_HEAP_SIZE);
    print_heap_test(LEGACY_HEAP_SIZE - 1);
    print("M2  a bitmap of one page covers %s, not 4 GiB\n",
          size_text(legacy_bitmap_covers(LEGACY_BITMAP_BYTES)).text);
    print("K2  KHEAP_START is %" PRIx64 ", kernel base + %s; the text says + 16 MiB, %" PRIx64 "\n",
          LEGACY_KHEAP_START, size_text(LEGACY_KHEAP_START - LEGACY_KERNEL_BASE).text,
          LEGACY_KHEAP_START_IN_TEXT);
}

static bool run_legacy(unsigned count, const char *const *words)
{
    struct legacy_range range;
    if (count > 1)
        return run_legacy_walk(count, words);
    for (unsigned i = 0; legacy_range_get(i, &range); i++)
        print_range(&range);
    print("K2  the lesson's heap %" PRIx64 "-%" PRIx64 ", ours (heap_start, heap_end) %" PRIx64
          "-%" PRIx64 "\n",
          LEGACY_KHEAP_START, LEGACY_KHEAP_END, mm_heap_window()->start.value,
          mm_heap_window()->end.value);
    print_slips();
    print_e820();
    return true;
}

COMMAND(legacy) = {
    .name = "legacy",
    .usage = "\n"
             "walk [ADDRESS]",
    .summary = "the addresses of BIOS days beside what this machine has there",
    .help =
        "The ranges that the reference documents give (V1, V5, M2, M4, K2), each with what this\n"
        "machine's firmware says of the same physical addresses, or what this kernel has at the\n"
        "same virtual ones; the documents' slips, with values; then the memory map in the form of\n"
        "a BIOS (e820): 1 usable, 2 reserved, 3 ACPI data, 4 ACPI NVS, 5 unusable, 7 persistent.\n"
        "'legacy walk' builds page tables of two levels, as 32-bit x86 has them, walks them for\n"
        "some addresses or for ADDRESS, entry by entry, and gives them back.\n",
    .run = run_legacy,
};
