/* SPDX-License-Identifier: MIT
 * Private to cpu.c and clock.c. */
#ifndef ARCH_X86_CPU_PRIVATE_H
#define ARCH_X86_CPU_PRIVATE_H

#include <stdint.h>

void cpu_set_tsc(uint64_t hz, const char *source, const char *unit);

#endif
