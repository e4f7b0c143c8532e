/* SPDX-License-Identifier: MIT
 * The first instructions of the kernel. At entry, as boot/boot_info.h says: RDI = boot_info, RSP = the top
 * of the boot stack, IF = 0, DF = 0. The state is not trusted further than that. */
    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
    .balign 16
_start:
    xorl %ebp, %ebp             /* the end of every backtrace */
    andq $-16, %rsp             /* System V ABI x86-64, 3.2.2: aligned before a call */
    movq %rdi, %rbx
    callq stack_guard_init
    movq %rbx, %rdi
    callq kernel_main           /* does not return; a call, so that the backtrace names _start */
    ud2
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
