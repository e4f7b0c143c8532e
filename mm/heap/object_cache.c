/* SPDX-License-Identifier: MIT
 * Problem: many objects of one size: an odd size wastes up to a ninth of a size class's block, nobody can
 * tell whose the blocks are, and each is made ready anew though the last owner left it ready.
 *
 * Shape:   a cache is one more size class of a heap, with blocks of exactly its objects' size, slabs of its
 *          own and a name. All that mm/heap/heap.c says of slabs, records and pointers holds for it.
 *
 *     heap->classes[0 .. 71]   size classes      slabs of the kind HEAP_SLAB: kmalloc, kfree
 *                  [72 .. ]    object caches     slabs of the kind HEAP_OBJECTS
 *                    |
 *     heap->caches[0 .. ]      name, size, constructor
 *
 *   The kind is what makes a cache's object FOREIGN to kfree, and a block of kmalloc to a cache.
 *   A constructor is called for every place of a slab when the first object of the slab is taken. From
 *   then on nothing of the heap's is written into objects, also not poison at HEAP_L1; the red zone of an
 *   object lies behind it.
 *
 * OC1  a cache has a class with blocks, and a class behind the size classes that has blocks has a cache
 * OC2  an object with its red zone fits into a block
 * OC3  a slab with a live object of a cache with a constructor is constructed
 *
 * Cost:    as a block of the heap: O(1), but for a new slab, all objects of which are constructed at once.
 * Not here: destructors (nothing is called when a slab goes back), colouring, per-processor parts. */
#include "private.h"

#include <stdckdint.h>

static unsigned index_of(const struct object_cache *cache)
{
    DEBUG_ASSERT(OC1, cache->name != nullptr);
    return HEAP_CLASS_COUNT + (unsigned)(cache - cache->heap->caches);
}

static struct heap_size_class *class_of(const struct object_cache *cache)
{
    return &cache->heap->classes[index_of(cache)];
}

status_t object_cache_create(struct heap *heap, const char *name, size_t size, size_t alignment,
                             object_constructor *construct, struct object_cache **out)
{
    if (!is_power_of_two(alignment) || alignment > heap->alignment_max)
        return STATUS_MISALIGNED;
    size_t block = alignment < HEAP_ALIGNMENT ? (size_t)HEAP_ALIGNMENT : alignment;
    if (size == 0 || size > HEAP_SLAB_MAX || block > HEAP_SLAB_MAX)
        return STATUS_OVERFLOW;
    block = align_up(size + heap->red_zone, block);
    if (block > HEAP_SLAB_MAX)
        return STATUS_OVERFLOW;
    unsigned index = 0;
    while (index < OBJECT_CACHES_MAX && heap->caches[index].name != nullptr)
        index++;
    if (index == OBJECT_CACHES_MAX)
        return STATUS_FULL;
    ASSERT(OC1, heap->classes[HEAP_CLASS_COUNT + index].block_size == 0);
    heap_class_init(heap, HEAP_CLASS_COUNT + index, (uint32_t)block);
    struct object_cache *cache = &heap->caches[index];
    *cache = (struct object_cache){heap, name, size, construct, 0};
    *out = cache;
    return STATUS_OK;
}

status_t object_cache_destroy(struct object_cache *cache)
{
    struct heap *heap = cache->heap;
    struct heap_size_class *class = class_of(cache);
    if (class->live != 0)
        return STATUS_IN_USE;
    (void)heap_class_trim(heap, class);
    heap->totals.allocations += class->allocations;
    heap->totals.frees += class->allocations;
    heap->totals.usable_total += class->allocations * class->block_size;
    *class = (struct heap_size_class){.current = &heap->no_slab};
    *cache = (struct object_cache){};
    return STATUS_OK;
}

static void construct_all(const struct object_cache *cache, struct heap_record *slab)
{
    ASSERT(OC3, slab->free_count == slab->block_count); /* else a live object is made anew */
    for (uint32_t slot = 0; slot < slab->block_count; slot++)
        cache->construct((void *)(uintptr_t)(slab->base + (uint64_t)slot * slab->block_size));
    slab->constructed = true;
}

static status_t refill(struct object_cache *cache, struct heap_size_class *class)
{
    struct heap *heap = cache->heap;
    status_t status = heap_slab_refill(heap, class);
    if (status != STATUS_OK) {
        cache->refusals++;
        heap->totals.refusals++;
        return status;
    }
    if (cache->construct != nullptr && !class->current->constructed)
        construct_all(cache, class->current);
    return STATUS_OK;
}

status_t object_cache_alloc(struct object_cache *cache, void **out)
{
    struct heap *heap = cache->heap;
    struct heap_size_class *class = class_of(cache);
    void *object;
    do {
        if (class->current->free_words == 0) {
            status_t status = refill(cache, class);
            if (status != STATUS_OK)
                return status;
        }
        DEBUG_ASSERT(OC3, cache->construct == nullptr || class->current->constructed);
        object = heap_slab_pop(class);
    } while (heap->red_zone != 0 && !heap_guard_open(heap, class, object, cache->object_size));
    DEBUG_ASSERT(OC2, cache->object_size + heap->red_zone <= class->block_size);
    heap_count_alloc(heap, cache->object_size, class->block_size);
    *out = object;
    return STATUS_OK;
}

status_t object_cache_free(struct object_cache *cache, void *object, struct heap_misuse *misuse)
{
    if (object == nullptr)
        return STATUS_OK;
    return heap_free_object(cache->heap, index_of(cache), object, misuse);
}

void object_cache_stats(const struct object_cache *cache, struct object_cache_stats *out)
{
    *out = (struct object_cache_stats){
        .name = cache->name,
        .object_size = cache->object_size,
        .refusals = cache->refusals,
    };
    heap_class_describe(class_of(cache), &out->class);
}

const struct object_cache *object_cache_get(const struct heap *heap, unsigned index)
{
    for (unsigned i = 0; i < OBJECT_CACHES_MAX; i++)
        if (heap->caches[i].name != nullptr && index-- == 0)
            return &heap->caches[i];
    return nullptr;
}
