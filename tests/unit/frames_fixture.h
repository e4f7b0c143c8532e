/* SPDX-License-Identifier: MIT
 * A frame allocator over simulated memory, for the tests of mm/frames. */
#ifndef TESTS_FRAMES_FIXTURE_H
#define TESTS_FRAMES_FIXTURE_H

#include "harness/harness.h"

#include <mm/frames.h>

#include <stdlib.h>
#include <string.h>

constexpr uint64_t SECTION = UINT64_C(1) << ORDER_SECTION;
constexpr uint64_t BLOCK = UINT64_C(1) << ORDER_BLOCK;
constexpr size_t FIXTURE_SPANS = 16;
/* A section's own, and the leaf that records the first of 64. */
constexpr uint64_t SECTION_METADATA = 9;
constexpr uint64_t FIRST_METADATA = SECTION_METADATA + 1;

struct machine {
    struct fake_ram ram;
    void *memory;
    struct frame_allocator *fa;
};

static inline struct machine machine_create(uint64_t limit, const struct frame_hooks *hooks)
{
    struct machine m = {.ram = fake_ram_create(0, limit * PAGE_SIZE)};
    size_t size = frames_memory_size(FIXTURE_SPANS, pfn(limit));
    m.memory = calloc(1, size);
    assert_non_null(m.memory);
    assert_status(
        frames_init(m.memory, size, FIXTURE_SPANS, pfn(limit), m.ram.offset, hooks, &m.fa),
        STATUS_OK);
    return m;
}

/* Every test ends here. */
static inline void machine_destroy(struct machine *m)
{
    assert_sound(frames_check(m->fa));
    free(m->memory);
    fake_ram_destroy(&m->ram);
}

static inline void put(struct machine *m, uint64_t first, uint64_t count, uint32_t node)
{
    assert_status(frames_put_range(m->fa, (struct frame_span){pfn(first), count, node}), STATUS_OK);
}

static inline uint64_t take(struct machine *m, unsigned order, enum frame_class class)
{
    pfn_t first;
    assert_status(frames_alloc(m->fa, order, class, &first), STATUS_OK);
    return first.value;
}

static inline uint64_t take_run(struct machine *m, uint64_t count, uint64_t alignment,
                                enum frame_class class, uint32_t value)
{
    pfn_t first;
    assert_status(frames_alloc_run(m->fa, count, alignment, class, value, &first), STATUS_OK);
    return first.value;
}

static inline struct frame_totals totals_of(const struct machine *m)
{
    struct frame_totals totals;
    frames_totals(m->fa, &totals);
    return totals;
}

static inline void assert_unchanged(const struct machine *m, const struct frame_totals *before)
{
    const struct frame_totals now = totals_of(m);
    assert_memory_equal(&now, before, sizeof now);
    assert_sound(frames_check(m->fa));
}

#endif
