/* SPDX-License-Identifier: MIT
 * Where the processor arrives on a trap: 32 entries of TRAP_ENTRY_SIZE bytes, so that the IDT is made by
 * arithmetic. Each makes the frame the same (struct trap_frame in traps.h) and goes to trap_dispatch.
 * Intel SDM 3A 6.14.2: the processor aligns RSP to 16 before it pushes 5 words; with the error code, the
 * vector and 15 registers that is 22 words, so RSP is aligned again at the call. */
#include "trap_layout.h"

    .section .text.trap_entries, "ax", @progbits
    .globl trap_entries
    .type trap_entries, @function
    .balign TRAP_ENTRY_SIZE
trap_entries:
    .set vector, 0
    .rept TRAP_COUNT
    .balign TRAP_ENTRY_SIZE, 0xcc
    .if !((TRAP_HAS_ERROR_CODE >> vector) & 1)
    pushq $0
    .endif
    pushq $vector
    jmp trap_common
    .set vector, vector + 1
    .endr
    .size trap_entries, . - trap_entries

    .type trap_common, @function
trap_common:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld                         /* the ABI promises DF = 0 to functions; the interrupted code need not */
    movq %rsp, %rdi
    callq trap_dispatch
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp              /* vector and error code */
    iretq
    .size trap_common, . - trap_common

    .section .note.GNU-stack, "", @progbits
