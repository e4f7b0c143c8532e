/* SPDX-License-Identifier: MIT
 * The linear allocator of the BIOS days: a pointer moves from HEAP_START to HEAP_END and never back.
 * It deals in 32-bit addresses and touches no memory. This kernel's own is mm/arena.h.
 * Not locked. */
#ifndef ARCH_LEGACY_LINEAR_HEAP_H
#define ARCH_LEGACY_LINEAR_HEAP_H

#include <arch/legacy/addresses.h>
#include <base/status.h>

struct linear_heap {
    uint32_t start, next, end; /* end is exclusive */
};

/* OVERFLOW: start + size is above 4 GiB - 1, the largest exclusive end that 32 bits hold. */
status_t linear_heap_init(struct linear_heap *heap, uint32_t start, uint32_t size);
/* HEAP_START, HEAP_SIZE, HEAP_END of the document. */
struct linear_heap linear_heap_of_document(void);

/* Does a block not fit? The right test, which cannot wrap, and the document's, whose `>=` also refuses the block
 * that ends with the last byte. next <= end. */
bool linear_heap_refuses(uint32_t next, uint32_t size, uint32_t end);
bool linear_heap_refuses_as_documented(uint32_t next, uint32_t size, uint32_t end);

/* The next `size` bytes, as they come: the document aligns nothing. NO_MEMORY: they do not fit. */
status_t linear_heap_alloc(struct linear_heap *heap, uint32_t size, uint32_t *out);

/* Null if sound, else the sentence of what is broken. */
const char *linear_heap_check(const struct linear_heap *heap);

#endif
