/* SPDX-License-Identifier: MIT
 * The kernel's own memory: the one instance of each manager, how they are started, and the functions that
 * the rest of the kernel calls. mm.c is the only file of mm/ that owns globals. Nothing here prints: results
 * are returned, misuse of the heap is reported through one hook. */
#ifndef MM_MM_H
#define MM_MM_H

#include <arch/page_format.h>
#include <boot/boot_info.h>
#include <mm/arena.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <mm/kernel_space.h>
#include <mm/memory_map.h>
#include <mm/memstat.h>
#include <mm/object_cache.h>
#include <mm/owner.h>
#include <mm/ranges.h>

/* ---- the instances, for commands and checks ---- */
const struct boot_info *mm_boot_info(void);
const struct memory_map *mm_memory_map(void);    /* of the final map */
const struct boot_region *mm_boot_regions(void); /* the raw descriptors it was made from */
struct arena *mm_early_arena(void);
struct frame_allocator *mm_frames(void);
struct page_table *mm_kernel_table(void);
const struct range_allocator *mm_mappings(void); /* devices, framebuffer, stacks */
const struct range_allocator *mm_heap_window(void);
virt_addr_t mm_heap_window_peak(void); /* first address of it that was never used */
struct heap *mm_heap(void);
const struct memstat *mm_memstat(void); /* capacity 0: nothing was registered yet */

/* ---- the address of a thing ---- */
/* Direct map. phys_to_virt is right for RAM only once its section is online (all memory that was ever
 * allocated is). virt_to_phys knows the direct map, the image and, through the tables, all the rest. */
void *phys_to_virt(phys_addr_t address);
status_t virt_to_phys(virt_addr_t address, phys_addr_t *out);

/* ---- memory ---- */
/* null when there is none: the caller must look. Zero bytes are served as one. Aligned to 16. */
void *kmalloc(size_t size);
void *kcalloc(size_t count, size_t size);
void *krealloc(void *block, size_t size);
void *kmalloc_aligned(size_t size, size_t alignment);
void kfree(void *block);
/* Bytes that may be used of a live block, at least what was asked for (heap=l1: exactly that). 0: it is none. */
size_t kmalloc_usable_size(const void *block);

/* Objects of a cache (mm/object_cache.h; created in mm_heap()); null, and misuse, as above. */
void *kcache_alloc(struct object_cache *cache);
void kcache_free(struct object_cache *cache, void *object);

/* What happens on a bad pointer, or on damage that is found at heap=l1. `operation` is "kfree", "krealloc",
 * "kcache_free", or "kmalloc": an allocation met a freed block that was written to. If it returns (heap=warn),
 * the call is refused and nothing changes; an allocation goes on with another block. */
typedef void mm_misuse_hook(const char *operation, const struct heap_misuse *misuse);
void mm_set_misuse_hook(mm_misuse_hook *hook);

/* The tracker (mm/memstat.h) for memory that is not the heap's. Its table is made of frames at the first
 * registration: NO_MEMORY. */
status_t mm_memstat_register(const void *start, size_t size);
status_t mm_memstat_unregister(const void *start);
status_t mm_memstat_get_size(const void *start, size_t *out);

/* Map device memory (page aligned outward) with a guard page on both sides. */
status_t mm_map_device(phys_addr_t start, uint64_t size, enum memory_type type, const char *name,
                       void **out);
status_t mm_unmap_device(void *start);

/* ---- whose is it (mm/owner.h) ---- */
/* An address of the kernel's half is virtual, one below PHYS_LIMIT physical. */
struct mm_owner mm_owner_of(uint64_t address);

/* ---- starting up, in this order; each fails with a status and says in *fault which thing failed ---- */
status_t mm_init_map(const struct boot_info *boot, const char **fault);
status_t mm_init_frames(const char **fault); /* spans of usable memory; nodes from the SRAT */
status_t
mm_init_paging(const char **fault); /* own tables; the firmware's and the loader's are dropped */
status_t mm_init_heap(const char **fault); /* at HEAP_L0: heap_set_level may follow at once */
/* Give boot-services and loader memory to the frames, but what is still in use. Bytes by class. */
struct mm_reclaimed {
    uint64_t boot_services_bytes, loader_bytes, kept_bytes;
};
status_t mm_reclaim(struct mm_reclaimed *out, const char **fault);

/* Whole pages under the framebuffer, as firmware says where it is; size 0: there is none. They are not given to the
 * frames where its map calls them free. */
struct boot_range mm_screen_range(void);

/* NUMA: the node of a physical range, as the SRAT says. Given between mm_init_map and mm_init_frames, in
 * early memory: the array stays the caller's. Memory that no range names is node 0. */
struct mm_node_range {
    phys_addr_t start, end;
    uint32_t node; /* < NODES_MAX */
};
void mm_set_nodes(const struct mm_node_range *ranges, size_t count);

/* Prove the kernel's tables: W^X, no user page, no writable alias of read-only image pages, null page and
 * guards unmapped, every leaf inside an area that allows it. Null if sound, else the broken rule; *where the
 * address. */
const char *mm_check_paging(struct mm_paging_summary *out, virt_addr_t *where);
/* Every manager's own check, in one go. */
const char *mm_check_all(void);

#endif
