/* SPDX-License-Identifier: MIT
 * The value that functions with buffers keep between their variables and their return address. The
 * compiler names it; kernel/panic.c has what happens when it was overwritten. */
#include "start.h"

extern uintptr_t __stack_chk_guard; /* the name is the compiler's */
uintptr_t __stack_chk_guard;

/* The multipliers and shifts of splitmix64's finalizer (Steele, Lea, Flood: Fast Splittable Pseudorandom
 * Number Generators, OOPSLA 2014). */
static uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/* Runs before every protected function: one that is running now would find its guard changed. The seed's
 * words are mixed, so that a guard that leaks does not tell them. */
__attribute__((no_stack_protector)) void stack_guard_init(const struct boot_info *boot)
{
    uint64_t word = boot->seed_source == BOOT_SEED_NONE ? boot->entry_tsc : 0;
    for (unsigned i = 0; i < sizeof boot->seed; i++)
        word = mix(word ^ boot->seed[i]);
    /* The lowest byte is 0: a copied string cannot write past it and leave it whole. */
    __stack_chk_guard = word & ~UINT64_C(0xff);
}
