/* SPDX-License-Identifier: MIT
 * Memory types by the memory type range registers. Pure: the registers' values are given.
 * Source: Intel SDM 3A 11.11; AMD APM 2, 7.7 (and 7.9.3 for TOM2). */
#ifndef ARCH_X86_MTRR_H
#define ARCH_X86_MTRR_H

#include <stdint.h>

constexpr unsigned MTRR_VARIABLE_MAX = 32; /* VCNT has 8 bits, processors have 8 to 10 */
constexpr unsigned MTRR_FIXED_COUNT = 11;  /* registers, of 8 ranges each */

struct mtrr_state {
    uint64_t default_type;              /* IA32_MTRR_DEF_TYPE */
    bool has_fixed;                     /* IA32_MTRRCAP.FIX */
    uint8_t fixed[MTRR_FIXED_COUNT][8]; /* 64K_00000, 16K_80000, 16K_A0000, 4K_C0000 .. 4K_F8000 */
    unsigned variable_count;
    struct {
        uint64_t base, mask; /* IA32_MTRR_PHYSBASEn, PHYSMASKn */
    } variable[MTRR_VARIABLE_MAX];
    unsigned phys_bits;
    uint64_t top_of_memory; /* AMD's TOM2, if it makes RAM from 4 GiB up to it write-back; else 0 */
};

/* The one type of [start, start + size), as enum memory_type. False, and *type untouched, if the MTRRs are
 * off, the range is empty, wraps, or exceeds phys_bits, mixes types, or if a register holds what the manual
 * calls undefined (overlapping types, a mask with gaps, a reserved type). */
bool mtrr_range_type(const struct mtrr_state *state, uint64_t start, uint64_t size, unsigned *type);

#endif
