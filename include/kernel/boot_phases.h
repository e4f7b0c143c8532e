/* SPDX-License-Identifier: MIT
 * What starting the kernel cost, phase by phase: cycles (instructions, when the emulator counts them) from
 * the kernel's first instruction to the prompt, and bytes of memory taken. Measured by kernel/main.c. */
#ifndef KERNEL_BOOT_PHASES_H
#define KERNEL_BOOT_PHASES_H

#include <stdint.h>

struct boot_phase {
    const char *name;
    uint64_t cycles;
    uint64_t bytes;
};

/* The phases in the order they ran, from 0; false when there is none. */
bool boot_phase_get(unsigned index, struct boot_phase *out);
/* From the kernel's first instruction to the prompt; what lies between the phases is counted too. */
uint64_t boot_total_cycles(void);

#endif
