/* SPDX-License-Identifier: MIT
 * `memmap types`: the audit of MTRRs, PAT and the firmware's attributes. */
#include <arch/cpu.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/memory_types.h>
#include <mm/mm.h>

#include "shared.h"

static bool says_the_same(const struct gib_types *one, const struct gib_types *other)
{
    return one->ram_bytes == other->ram_bytes && one->attributes == other->attributes &&
           one->mtrr_is_one == other->mtrr_is_one && one->mtrr == other->mtrr &&
           one->mapped_bytes == other->mapped_bytes && one->pat_is_one == other->pat_is_one &&
           one->pat == other->pat && one->conflicts == other->conflicts &&
           one->first == other->first;
}

static void print_row(const struct gib_types *first, uint64_t count)
{
    char can[16];
    format_text(can, sizeof can, "%s%s%s%s",
                (first->attributes & EFI_ATTRIBUTE_UC) != 0 ? "UC " : "",
                (first->attributes & EFI_ATTRIBUTE_WC) != 0 ? "WC " : "",
                (first->attributes & EFI_ATTRIBUTE_WT) != 0 ? "WT " : "",
                (first->attributes & EFI_ATTRIBUTE_WB) != 0 ? "WB" : "");
    print("%8" PRIu64 " %6" PRIu64 " %10s  %-12s %-15s %10s  %-15s %s\n", first->start.value / GIB,
          count, size_text(first->ram_bytes).text, first->ram_bytes != 0 ? can : "-",
          first->mtrr_is_one ? memory_type_name((enum memory_type)first->mtrr) : "several, or off",
          size_text(first->mapped_bytes).text,
          first->mapped_bytes == 0 ? "-"
          : first->pat_is_one      ? memory_type_name(first->pat)
                                   : "several",
          first->conflicts != 0 ? memory_type_conflict_text(first->first) : "");
}

void print_memory_types(void)
{
    const struct memory_map *map = mm_memory_map();
    const uint64_t direct = mm_boot_info()->direct_map_virtual;
    struct gib_types first = {0};
    uint64_t count = 0, end = 0;
    unsigned conflicts = 0;
    for (size_t i = 0; i < map->range_count; i++)
        if (memory_class_is_ram(map->ranges[i].class))
            end = map->ranges[i].end.value;
    print("%8s %6s %10s  %-12s %-15s %10s  %s\n", "from GiB", "GiB", "RAM", "can be", "MTRR",
          "mapped", "PAT");
    for (uint64_t at = 0; at < end; at += GIB) {
        const struct gib_types gib =
            memory_types_of_gib(map, mm_kernel_table(), direct, cpu_memory_type, phys_addr(at));
        conflicts += gib.conflicts;
        if (count != 0 && says_the_same(&first, &gib)) {
            count++;
            continue;
        }
        if (count != 0)
            print_row(&first, count);
        first = gib;
        count = 1;
    }
    if (count != 0)
        print_row(&first, count);
    print("%u conflict%s\n", conflicts, conflicts == 1 ? "" : "s");
}
