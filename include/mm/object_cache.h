/* SPDX-License-Identifier: MIT
 * Object caches: many objects of one size, from slabs of their own. They fit more tightly than size classes
 * do, are counted under a name, and with a constructor are handed out constructed: what it wrote is done
 * once for each place in a slab, not once for each allocation.
 * Not locked, as the heap they live in. All of an object's state lies in the heap's records. */
#ifndef MM_OBJECT_CACHE_H
#define MM_OBJECT_CACHE_H

#include <mm/heap.h>

constexpr unsigned OBJECT_CACHES_MAX = 32; /* in one heap */

struct object_cache; /* opaque: mm/heap/private.h */

/* Called once for each object of a new slab; the object must be given back as it was constructed. Must not
 * use the heap. */
typedef void object_constructor(void *object);

/* `name`: static text. `size`: 1 .. HEAP_SLAB_MAX, with its red zone; alignment: a power of two, at least
 * HEAP_ALIGNMENT is kept. construct may be null. MISALIGNED, OVERFLOW (cannot be served), FULL (no room for
 * one more cache). */
status_t object_cache_create(struct heap *heap, const char *name, size_t size, size_t alignment,
                             object_constructor *construct, struct object_cache **out);
/* IN_USE while an object is live: nothing changes. */
status_t object_cache_destroy(struct object_cache *cache);

/* Contents: as constructed; without a constructor whatever was there. NO_MEMORY. */
status_t object_cache_alloc(struct object_cache *cache, void **out);
/* null does nothing. A bad pointer is refused as by heap_free, another cache's object is FOREIGN; so is a
 * cache's object to heap_free. At HEAP_L1 also OVERRUN. */
status_t object_cache_free(struct object_cache *cache, void *object, struct heap_misuse *misuse);

struct object_cache_stats {
    const char *name;
    size_t object_size;
    uint64_t refusals;
    struct heap_class class; /* blocks are places for objects */
};
void object_cache_stats(const struct object_cache *cache, struct object_cache_stats *out);
/* The caches of a heap, from 0; null when there is none. */
const struct object_cache *object_cache_get(const struct heap *heap, unsigned index);

#endif
