/* SPDX-License-Identifier: MIT
 * Traps: exceptions of the processor, told in the terms of this project. No interrupts are ever enabled.
 * Source: Intel SDM 3A chapter 6; error codes 6.13; page-fault error code 4.7. */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <base/address.h>
#include <base/format.h>

enum trap_kind : uint32_t {
    TRAP_PAGE_FAULT,
    TRAP_DOUBLE_FAULT,
    TRAP_INVALID_OPCODE,
    TRAP_CONTROL_FLOW, /* the ud2 of a failed kcfi check: a call through a pointer of the wrong type */
    TRAP_PROTECTION,
    TRAP_NMI,
    TRAP_MACHINE_CHECK,
    TRAP_BREAKPOINT,
    TRAP_OTHER,
};

struct trap {
    enum trap_kind kind;
    const char *name; /* "#PF page fault" */
    unsigned vector;
    uint64_t error_code;
    virt_addr_t instruction, stack, frame_pointer; /* of the code that was interrupted */
    uint64_t flags;
    virt_addr_t fault_address; /* CR2, for page faults and double faults */
    struct {                   /* the page-fault error code, bit by bit */
        bool present, write, user, reserved_bit, fetch, protection_key, shadow_stack;
    } page_fault;
    bool recovered;        /* a probe expected it (arch/probe.h): it goes on behind trap_report */
    const void *registers; /* for trap_print_registers */
};

/* Load our own GDT, TSS and IDT. #DF, NMI, #MC and #DB get stacks of their own (IST). */
void trap_init(void);

/* Called by arch for every trap, implemented by the kernel. Returning resumes the code: after a recovered
 * trap where the exception table says, else where it was. */
void trap_report(struct trap *trap);

/* The general registers and control registers, some lines of text. */
void trap_print_registers(const struct trap *trap, const struct text_sink *sink);

/* The static stacks, each with an unmapped guard page below. index from 0 (the boot stack). */
struct trap_stack {
    const char *name;       /* "boot", "double fault", ... */
    virt_addr_t guard;      /* of the guard page */
    virt_addr_t start, end; /* of the stack */
};
bool trap_stack_get(unsigned index, struct trap_stack *out);

/* Fill stacks that are not in use with a pattern, and measure how deep each was ever used (bytes). The boot
 * stack is filled below the caller. */
void trap_stacks_mark(void);
uint64_t trap_stack_used(unsigned index);

#endif
