/* SPDX-License-Identifier: MIT
 * handoff(tables, entry, stack_top, boot_info): the last instructions of the loader, and the only ones that
 * run under both page tables. The first tables map this page where it is, so it must not cross into a
 * second one. Arguments in RCX, RDX, R8, R9: the firmware's convention (UEFI 2.10, 2.3.4.2). */
    .text
    .globl handoff, handoff_end
    .balign 128
handoff:
    cli
    cld
    movq %cr4, %rax
    andq $~(1 << 7 | 1 << 17 | 1 << 23), %rax   /* PGE: global pages of firmware outlive the load of CR3; */
    movq %rax, %cr4                             /* PCIDE: CR3 is a bare address; CET: its stack is gone */
    movq %rcx, %cr3
    movq %cr0, %rax
    orq $(1 << 16), %rax                        /* WP: read-only holds in ring 0 too */
    movq %rax, %cr0
    movq %r8, %rsp
    movq %r9, %rdi
    xorl %ebp, %ebp
    jmpq *%rdx
handoff_end:
