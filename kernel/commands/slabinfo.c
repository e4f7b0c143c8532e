/* SPDX-License-Identifier: MIT
 * The slabs of all size classes and object caches, in the format of Linux's /proc/slabinfo, version 2.1, so that
 * what reads that reads this. */
#include <kernel/command.h>

#include <kernel/console.h>
#include <mm/mm.h>

/* Linux, mm/slab_common.c (cache_show): tunables are those of SLUB, which has none. */
static void print_line(const char *name, const struct heap_class *class)
{
    const uint64_t pages = class->slab_size / PAGE_SIZE;
    print("%-17s %6" PRIu64 " %6" PRIu64 " %6zu %4" PRIu64 " %4" PRIu64
          " : tunables %4u %4u %4u : slabdata %6" PRIu64 " %6" PRIu64 " %6u\n",
          name, class->live, class->blocks, class->block_size,
          (uint64_t)(class->slab_size / class->block_size), pages, 0U, 0U, 0U,
          class->slabs - class->idle_slabs, class->slabs, 0U);
}

static bool run_slabinfo(unsigned, const char *const *)
{
    const struct object_cache *cache;
    struct heap_class class;
    print("slabinfo - version: 2.1\n");
    print("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
          " : tunables <limit> <batchcount> <sharedfactor>"
          " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
    for (unsigned i = 0; (cache = object_cache_get(mm_heap(), i)) != nullptr; i++) {
        struct object_cache_stats stats;
        object_cache_stats(cache, &stats);
        print_line(stats.name, &stats.class);
    }
    for (unsigned i = 0; heap_class_get(mm_heap(), i, &class); i++) {
        char name[20];
        format_text(name, sizeof name, "kmalloc-%zu", class.block_size);
        print_line(name, &class);
    }
    return true;
}

COMMAND(slabinfo) = {
    .name = "slabinfo",
    .usage = "",
    .summary = "the heap's slabs, in the format of Linux",
    .help = "A line for each object cache and each size class, as /proc/slabinfo has it (version "
            "2.1).\n"
            "There are no tunables and nothing is shared: these columns are 0.\n",
    .run = run_slabinfo,
};
