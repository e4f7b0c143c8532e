/* SPDX-License-Identifier: MIT
 * Private to segments.c, traps.c and probe.c. */
#ifndef ARCH_X86_TRAPS_H
#define ARCH_X86_TRAPS_H

#include <stdint.h>

/* What trap_entry.S leaves on the stack, lowest address first. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss; /* pushed by the processor: Intel SDM 3A 6.14.2 */
};

/* Intel SDM 3A 6.3.1, table 6-1; AMD APM 2, 8.2. */
enum vector : unsigned {
    VECTOR_DEBUG = 1,
    VECTOR_NMI = 2,
    VECTOR_BREAKPOINT = 3,
    VECTOR_INVALID_OPCODE = 6,
    VECTOR_DOUBLE_FAULT = 8,
    VECTOR_INVALID_TSS = 10,
    VECTOR_PROTECTION = 13,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_MACHINE_CHECK = 18,
};
constexpr uint64_t FLAGS_AC = UINT64_C(1) << 18; /* EFLAGS.AC: lifts SMAP */

/* Called by trap_entry.S alone. */
void trap_dispatch(struct trap_frame *frame);

/* Where code goes on whose fault was expected (probe.c). */
struct recovery {
    uint64_t instruction, stack;
};
bool probe_find_recovery(const struct trap_frame *frame, struct recovery *out);
void probe_recover(struct trap_frame *frame, const struct recovery *recovery);

/* Selectors in our GDT. */
constexpr uint16_t KERNEL_CODE = 0x08;
constexpr uint16_t KERNEL_DATA = 0x10;
constexpr uint16_t KERNEL_TSS = 0x18;

/* Replace the firmware's GDT, segment registers, LDT and TSS by ours. */
void segments_load(void);

#endif
