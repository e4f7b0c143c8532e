/* SPDX-License-Identifier: MIT
 * Problem: from an address to a size, in a time that does not grow with the number of blocks, by a tracker
 * that must not call the allocator it tracks.
 *
 * Shape:   two sources of truth, asked one after the other.
 *
 *     address --> heap: frame tag, record, slot (mm/heap/heap.c)      a block of the heap
 *             \-> table: open addressing, linear probing         anything else that was registered
 *
 *        hash(address) = 3        3     4     5     6     7
 *                             |  A  |  B  |  C  |     |  D  |    A, B, C hash to 3, 3, 4: one cluster
 *
 *   A registration goes to the first free place from its hash on. A removal closes the gap: entries behind
 *   it in the cluster move back, unless that would put one before its own hash. So there are no graves, and
 *   the length of a search depends on what is live alone.
 *   Why a fixed table: growing one would mean to move all entries in one call, which is the cost in live
 *   blocks that a tracker must not have, or to keep two tables for a while. Memory that is registered by hand
 *   is rare; when the table is full the call says so and nothing is lost without a word.
 *
 * MS1  each entry can be reached: no place between its hash and its own is free
 * MS2  no address is there twice, and each entry is counted: live and live_bytes are their sums
 * MS3  one place in 8 is free at least
 * MS4  no peak is below what it is the peak of
 *
 * Cost:    O(1) expected: with 7/8 in use a search that fails looks at 33 places in the mean, one that
 * succeeds at 5 (Knuth, The Art of Computer Programming 3, 6.4, theorem K); below one half, at 3 and 2.
 * Not here: memory inside of registered memory (only starts are known), whose it is, call stacks. */
#include <mm/memstat.h>

#include <base/address.h>
#include <base/assert.h>

constexpr size_t CAPACITY_MIN = 8;

status_t memstat_init(struct memstat *ms, const struct heap *heap, void *memory, size_t size)
{
    if (!is_aligned((uintptr_t)memory, sizeof(struct memstat_entry)))
        return STATUS_MISALIGNED;
    size_t capacity = CAPACITY_MIN;
    if (size / sizeof(struct memstat_entry) < capacity)
        return STATUS_NO_MEMORY;
    while (capacity <= size / sizeof(struct memstat_entry) / 2)
        capacity *= 2;
    ASSERT(MS1, is_power_of_two(capacity) && capacity * sizeof(struct memstat_entry) <= size);
    *ms = (struct memstat){.heap = heap, .table = memory, .capacity = capacity};
    return STATUS_OK;
}

/* Steele, Lea, Flood: the finaliser of SplitMix64; all bits of the address reach the lowest ones. */
static size_t place_of(const struct memstat *ms, uint64_t address)
{
    uint64_t z = (address ^ (address >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (size_t)(z ^ (z >> 31)) & (ms->capacity - 1);
}

static size_t after(const struct memstat *ms, size_t place)
{
    return (place + 1) & (ms->capacity - 1);
}

/* Where the address is, or the free place where it would go: MS3 ends the search. */
static size_t find(const struct memstat *ms, uint64_t address)
{
    ASSERT(MS3, ms->live < ms->capacity); /* else this may never end */
    DEBUG_ASSERT(MS2, address != 0);
    size_t place = place_of(ms, address);
    while (ms->table[place].address != 0 && ms->table[place].address != address)
        place = after(ms, place);
    return place;
}

/* Where the address is; `capacity` if it is nowhere. */
static size_t find_entry(const struct memstat *ms, const void *start)
{
    if (ms->capacity == 0 || start == nullptr)
        return ms->capacity;
    size_t place = find(ms, virt_of(start).value);
    return ms->table[place].address != 0 ? place : ms->capacity;
}

static status_t refuse(struct memstat *ms, status_t status)
{
    ms->refusals++;
    return status;
}

status_t memstat_add(struct memstat *ms, const void *start, size_t size)
{
    uint64_t address = virt_of(start).value;
    virt_addr_t block;
    size_t block_size;
    if (start == nullptr)
        return refuse(ms, STATUS_FOREIGN);
    if (size > UINT64_MAX - address || size > UINT64_MAX - ms->live_bytes)
        return refuse(ms, STATUS_OVERFLOW);
    if (heap_find(ms->heap, virt_addr(address), &block, &block_size) == STATUS_OK)
        return refuse(ms, STATUS_IN_USE);
    if (find_entry(ms, start) != ms->capacity)
        return refuse(ms, STATUS_IN_USE);
    if (ms->live >= ms->capacity - ms->capacity / 8)
        return refuse(ms, STATUS_FULL);
    size_t place = find(ms, address);
    DEBUG_ASSERT(MS2, ms->table[place].address == 0);
    ms->table[place] = (struct memstat_entry){address, size};
    ms->registrations++;
    if (++ms->live > ms->live_peak)
        ms->live_peak = ms->live;
    ms->live_bytes += size;
    if (ms->live_bytes > ms->live_bytes_peak)
        ms->live_bytes_peak = ms->live_bytes;
    return STATUS_OK;
}

/* Close the gap at `gap`: what lies behind it in the cluster and may lie there, moves. */
static void close_gap(struct memstat *ms, size_t gap)
{
    size_t mask = ms->capacity - 1;
    for (size_t place = after(ms, gap); ms->table[place].address != 0; place = after(ms, place)) {
        size_t home = place_of(ms, ms->table[place].address);
        if (((place - home) & mask) < ((place - gap) & mask))
            continue; /* it would come to lie before its hash */
        ms->table[gap] = ms->table[place];
        gap = place;
    }
    ms->table[gap] = (struct memstat_entry){};
}

status_t memstat_remove(struct memstat *ms, const void *start)
{
    size_t size;
    size_t place = find_entry(ms, start);
    if (place == ms->capacity)
        return refuse(ms, heap_size(ms->heap, start, &size, nullptr) == STATUS_OK
                              ? STATUS_IN_USE
                              : STATUS_NOT_FOUND);
    ASSERT(MS2, ms->live != 0 && ms->live_bytes >= ms->table[place].size);
    ms->live--;
    ms->live_bytes -= ms->table[place].size;
    close_gap(ms, place);
    return STATUS_OK;
}

status_t memstat_find_size(const struct memstat *ms, const void *start, size_t *out)
{
    if (heap_size(ms->heap, start, out, nullptr) == STATUS_OK)
        return STATUS_OK;
    size_t place = find_entry(ms, start);
    if (place == ms->capacity)
        return STATUS_NOT_FOUND;
    *out = (size_t)ms->table[place].size;
    return STATUS_OK;
}

const char *memstat_check(const struct memstat *ms)
{
    uint64_t live = 0, bytes = 0;
    for (size_t place = 0; place < ms->capacity; place++) {
        const struct memstat_entry *entry = &ms->table[place];
        live += entry->address != 0;
        bytes += entry->size;
    }
    if (live > ms->capacity - ms->capacity / 8)
        return "memstat MS3: less than one place in 8 is free";
    if (live != ms->live || bytes != ms->live_bytes)
        return "memstat MS2: the live entries or bytes are not those of the table";
    for (size_t place = 0; place < ms->capacity; place++)
        if (ms->table[place].address != 0 && find(ms, ms->table[place].address) != place)
            return "memstat MS1: an entry cannot be reached, or is there twice";
    if (ms->live_peak < live || ms->live_bytes_peak < bytes)
        return "memstat MS4: a peak is below what it is the peak of";
    return nullptr;
}
