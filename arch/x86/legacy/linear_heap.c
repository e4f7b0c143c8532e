/* SPDX-License-Identifier: MIT */
#include <arch/legacy/linear_heap.h>

#include <stdckdint.h>

status_t linear_heap_init(struct linear_heap *heap, uint32_t start, uint32_t size)
{
    uint32_t end;
    if (ckd_add(&end, start, size))
        return STATUS_OVERFLOW;
    *heap = (struct linear_heap){.start = start, .next = start, .end = end};
    return STATUS_OK;
}

struct linear_heap linear_heap_of_document(void)
{
    return (struct linear_heap){LEGACY_HEAP_START, LEGACY_HEAP_START, LEGACY_HEAP_END};
}

bool linear_heap_refuses(uint32_t next, uint32_t size, uint32_t end)
{
    return size > end - next;
}

bool linear_heap_refuses_as_documented(uint32_t next, uint32_t size, uint32_t end)
{
    return (uint64_t)next + size >= end;
}

status_t linear_heap_alloc(struct linear_heap *heap, uint32_t size, uint32_t *out)
{
    if (linear_heap_refuses(heap->next, size, heap->end))
        return STATUS_NO_MEMORY;
    *out = heap->next;
    heap->next += size;
    return STATUS_OK;
}

const char *linear_heap_check(const struct linear_heap *heap)
{
    return heap->start <= heap->next && heap->next <= heap->end
               ? nullptr
               : "linear heap: the next byte is not between start and end";
}
