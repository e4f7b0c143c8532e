/* SPDX-License-Identifier: MIT
 * Problem: memory before there is a heap, and memory for one request that dies all at once, with a
 * cost that is known beforehand.
 *
 * Shape:   one pointer that moves forward over memory that the caller gave.
 *
 *          start                     last         next                         end
 *            |  used, and padding     |  one block  |  free                     |
 *            '-------------------- used ------------'--------- free ------------'
 *
 * AR1  start <= next <= end
 * AR2  last is null, or start <= last < next: the one block that can be given back alone
 * AR3  used <= peak (which a seal may leave above the size)
 *
 * Cost:    alloc, free, mark and release are O(1), a dozen instructions; no byte is spent beside a
 * block. The price: nothing is known of the blocks before the last one. After a free there is no
 * last block until the next allocation, so a whole series is given back with a mark, not block by
 * block; and padding that went before an aligned block stays used until a release.
 * A mark is good as long as everything that was there when it was made is still there. One
 * that lies beyond `next`, or inside the last block, is refused; one that a free and several new
 * blocks have made stale cannot be told from a good one.
 * A seal gives the unused tail to the caller; it is for ever.
 * Not here: growing, zeroing, locks, records of who allocated. */
#include <mm/arena.h>

#include <base/address.h>
#include <base/assert.h>

constexpr size_t ARENA_ALIGNMENT = 16; /* the largest that any C object needs (max_align_t) */

void arena_init(struct arena *arena, void *memory, size_t size)
{
    unsigned char *start = memory;
    ASSERT(AR1, (uintptr_t)start <= UINTPTR_MAX - size);
    *arena = (struct arena){.start = start, .next = start, .end = size == 0 ? start : start + size};
}

size_t arena_used(const struct arena *arena)
{
    return (size_t)(arena->next - arena->start);
}

size_t arena_free_bytes(const struct arena *arena)
{
    ASSERT(AR1, arena->next <= arena->end); /* else there is room for everything */
    return (size_t)(arena->end - arena->next);
}

/* The distance to the next multiple; unlike rounding the address up it cannot wrap. */
static size_t padding_to(const unsigned char *address, size_t alignment)
{
    return (size_t)(-(uintptr_t)address & (alignment - 1));
}

status_t arena_alloc_aligned(struct arena *arena, size_t size, size_t alignment, void **out)
{
    if (!is_power_of_two(alignment))
        return STATUS_MISALIGNED;
    size_t room = arena_free_bytes(arena);
    size_t wanted = size == 0 ? 1 : size;
    size_t padding = padding_to(arena->next, alignment);
    if (padding > room || wanted > room - padding) {
        arena->refusals++;
        return STATUS_NO_MEMORY;
    }
    arena->last = arena->next + padding;
    arena->next = arena->last + wanted;
    if (arena_used(arena) > arena->peak)
        arena->peak = arena_used(arena);
    DEBUG_ASSERT(AR2, is_aligned((uintptr_t)arena->last, alignment));
    DEBUG_ASSERT(AR2, arena->start <= arena->last && arena->last < arena->next);
    *out = arena->last;
    return STATUS_OK;
}

status_t arena_alloc(struct arena *arena, size_t size, void **out)
{
    return arena_alloc_aligned(arena, size, ARENA_ALIGNMENT, out);
}

status_t arena_free(struct arena *arena, void *block)
{
    uintptr_t address = (uintptr_t)block;
    if (address < (uintptr_t)arena->start || address >= (uintptr_t)arena->end)
        return STATUS_FOREIGN;
    if (block != arena->last)
        return STATUS_NO_ORDER;
    DEBUG_ASSERT(AR2, arena->last < arena->next);
    arena->next = arena->last;
    arena->last = nullptr;
    return STATUS_OK;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->next};
}

status_t arena_release(struct arena *arena, struct arena_mark mark)
{
    uintptr_t to = (uintptr_t)mark.next;
    if (to < (uintptr_t)arena->start || to > (uintptr_t)arena->next)
        return STATUS_NO_ORDER;
    bool cuts_last = arena->last != nullptr && to > (uintptr_t)arena->last;
    if (cuts_last && mark.next != arena->next)
        return STATUS_NO_ORDER;
    arena->next = mark.next;
    if (!cuts_last)
        arena->last = nullptr; /* it was allocated after the mark, or is unknown anyway */
    return STATUS_OK;
}

void arena_seal(struct arena *arena, size_t alignment)
{
    ASSERT(AR1, is_power_of_two(alignment));
    size_t padding = padding_to(arena->next, alignment);
    if (padding < arena_free_bytes(arena))
        arena->end = arena->next + padding;
}

const char *arena_check(const struct arena *arena)
{
    uintptr_t start = (uintptr_t)arena->start, next = (uintptr_t)arena->next;
    uintptr_t end = (uintptr_t)arena->end, last = (uintptr_t)arena->last;
    if (start > next || next > end)
        return "arena AR1: next is not between start and end";
    if (last != 0 && (last < start || last >= next))
        return "arena AR2: the last block is not in the used part";
    if (arena->peak < next - start)
        return "arena AR3: peak is below what is used";
    return nullptr;
}
