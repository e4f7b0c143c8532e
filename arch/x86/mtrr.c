/* SPDX-License-Identifier: MIT */
#include "mtrr.h"

#include <arch/page_format.h>
#include <stdckdint.h>

/* Encodings: Intel SDM 3A, table 11-8. */
enum mtrr_type : uint8_t {
    MTRR_UNCACHED = 0,
    MTRR_WRITE_COMBINING = 1,
    MTRR_WRITE_THROUGH = 4,
    MTRR_WRITE_PROTECTED = 5,
    MTRR_WRITE_BACK = 6,
    MTRR_UNDEFINED = 0xff, /* ours */
};

constexpr uint64_t ENABLED = 1u << 11;       /* of IA32_MTRR_DEF_TYPE */
constexpr uint64_t FIXED_ENABLED = 1u << 10; /* likewise */
constexpr uint64_t MASK_VALID = 1u << 11;    /* of IA32_MTRR_PHYSMASKn */
constexpr uint64_t FIXED_END = MIB;

/* A type that holds at an address, and the first address behind it at which another may begin. */
struct stretch {
    uint8_t type;
    uint64_t end;
};

static struct stretch fixed_stretch(const struct mtrr_state *state, uint64_t address)
{
    constexpr uint64_t START_16K = 0x80000, START_4K = 0xc0000;
    if (address < START_16K)
        return (struct stretch){state->fixed[0][address / (64 * KIB)],
                                align_down(address, 64 * KIB) + 64 * KIB};
    if (address < START_4K) {
        uint64_t index = (address - START_16K) / (16 * KIB);
        return (struct stretch){state->fixed[1 + index / 8][index % 8],
                                align_down(address, 16 * KIB) + 16 * KIB};
    }
    uint64_t index = (address - START_4K) / (4 * KIB);
    return (struct stretch){state->fixed[3 + index / 8][index % 8],
                            align_down(address, 4 * KIB) + 4 * KIB};
}

/* Two variable ranges over one address: Intel SDM 3A 11.11.4.1. */
static uint8_t combine(uint8_t one, uint8_t other)
{
    if (one == other)
        return one;
    if (one == MTRR_UNCACHED || other == MTRR_UNCACHED)
        return MTRR_UNCACHED;
    bool through_over_back = (one == MTRR_WRITE_THROUGH && other == MTRR_WRITE_BACK) ||
                             (one == MTRR_WRITE_BACK && other == MTRR_WRITE_THROUGH);
    return through_over_back ? MTRR_WRITE_THROUGH : MTRR_UNDEFINED;
}

static uint8_t default_type(const struct mtrr_state *state, uint64_t address, uint64_t *end)
{
    if (address < 4 * GIB) {
        if (*end > 4 * GIB && state->top_of_memory > 4 * GIB)
            *end = 4 * GIB;
        return (uint8_t)state->default_type;
    }
    if (address >= state->top_of_memory)
        return (uint8_t)state->default_type;
    if (*end > state->top_of_memory)
        *end = state->top_of_memory;
    return MTRR_WRITE_BACK;
}

static struct stretch variable_stretch(const struct mtrr_state *state, uint64_t address)
{
    const uint64_t limit = UINT64_C(1) << state->phys_bits;
    struct stretch result = {0, limit};
    bool covered = false;
    for (unsigned i = 0; i < state->variable_count && i < MTRR_VARIABLE_MAX; i++) {
        if ((state->variable[i].mask & MASK_VALID) == 0)
            continue;
        uint64_t mask = align_down(state->variable[i].mask, PAGE_SIZE) & (limit - 1);
        uint64_t size = limit - mask;
        if (!is_power_of_two(size)) /* gaps: the range is many ranges */
            return (struct stretch){MTRR_UNDEFINED, limit};
        uint64_t start = state->variable[i].base & mask;
        if (address < start && start < result.end)
            result.end = start;
        if (address < start || address - start >= size)
            continue;
        if (start + size < result.end)
            result.end = start + size;
        uint8_t type = (uint8_t)state->variable[i].base;
        result.type = covered ? combine(result.type, type) : type;
        covered = true;
    }
    if (!covered)
        result.type = default_type(state, address, &result.end);
    return result;
}

static bool to_memory_type(uint8_t type, unsigned *out)
{
    switch (type) {
    case MTRR_UNCACHED:
        *out = MEMORY_TYPE_UNCACHED;
        return true;
    case MTRR_WRITE_COMBINING:
        *out = MEMORY_TYPE_WRITE_COMBINING;
        return true;
    case MTRR_WRITE_THROUGH:
        *out = MEMORY_TYPE_WRITE_THROUGH;
        return true;
    case MTRR_WRITE_PROTECTED:
        *out = MEMORY_TYPE_WRITE_PROTECTED;
        return true;
    case MTRR_WRITE_BACK:
        *out = MEMORY_TYPE_WRITE_BACK;
        return true;
    default:
        return false;
    }
}

bool mtrr_range_type(const struct mtrr_state *state, uint64_t start, uint64_t size, unsigned *type)
{
    uint64_t end;
    if (size == 0 || ckd_add(&end, start, size) || end > UINT64_C(1) << state->phys_bits)
        return false;
    if ((state->default_type & ENABLED) == 0)
        return false;
    bool fixed = state->has_fixed && (state->default_type & FIXED_ENABLED) != 0;
    unsigned found = 0;
    for (uint64_t address = start; address < end;) {
        struct stretch stretch = fixed && address < FIXED_END ? fixed_stretch(state, address)
                                                              : variable_stretch(state, address);
        unsigned here;
        if (!to_memory_type(stretch.type, &here) || (address > start && here != found))
            return false;
        found = here;
        address = stretch.end;
    }
    *type = found;
    return true;
}
