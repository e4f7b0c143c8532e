/* SPDX-License-Identifier: MIT
 * Numbers that trap_entry.S and the C code must agree on. Source: Intel SDM 3A 6.3.1, table 6-1. */
#ifndef ARCH_X86_TRAP_LAYOUT_H
#define ARCH_X86_TRAP_LAYOUT_H

#define TRAP_COUNT      32 /* exceptions; no interrupt is ever enabled */
#define TRAP_ENTRY_SIZE 16

/* Bit n: the processor pushes an error code for vector n (#DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, and
 * AMD's #VC and #SX: AMD APM 2, 8.2). */
#define TRAP_HAS_ERROR_CODE 0x60227d00

#endif
