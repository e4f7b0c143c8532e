/* SPDX-License-Identifier: MIT
 * Private to segments.c and traps.c. */
#ifndef ARCH_X86_TRAPS_H
#define ARCH_X86_TRAPS_H

#include <stdint.h>

/* What trap_entry.S leaves on the stack, lowest address first. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss; /* pushed by the processor: Intel SDM 3A 6.14.2 */
};

/* Called by trap_entry.S alone. */
void trap_dispatch(const struct trap_frame *frame);

/* Selectors in our GDT. */
constexpr uint16_t KERNEL_CODE = 0x08;
constexpr uint16_t KERNEL_DATA = 0x10;
constexpr uint16_t KERNEL_TSS = 0x18;

/* Replace the firmware's GDT, segment registers, LDT and TSS by ours. */
void segments_load(void);

#endif
