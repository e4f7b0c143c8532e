/* SPDX-License-Identifier: MIT
 * The one instance of each manager, for mm/mm.c, which owns them, mm/start.c, which makes them, and their
 * tests. */
#ifndef MM_INSTANCES_H
#define MM_INSTANCES_H

#include <mm/kernel_space.h>

#include <mm/mm.h>

struct mm_instances {
    struct boot_info boot; /* our copy of the struct; what it names is copied at reclaim */
    struct memory_map map;
    struct arena early;
    struct frame_allocator *frames;
    struct kernel_space space;
    struct heap *heap;
    struct memstat memstat;
    mm_misuse_hook *misuse;
    const struct mm_node_range *nodes; /* in early memory */
    size_t node_count;
};
extern struct mm_instances mm;

/* What heap_set_report takes: to the misuse hook. */
void mm_tell_damage(void *owner, const struct heap_misuse *misuse);

#endif
