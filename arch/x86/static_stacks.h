/* SPDX-License-Identifier: MIT
 * The stacks that the linker script lays out, each below its guard page's end. One list: the array of
 * stacks, the IST of the TSS and the image's sections are made from it. */
#ifndef ARCH_X86_STATIC_STACKS_H
#define ARCH_X86_STATIC_STACKS_H

/* X(name in kernel.ld, what a person calls it). The boot stack is first; the others are IST 1, 2, ... */
#define STATIC_STACKS(X)                                                                           \
    X(boot, "boot")                                                                                \
    X(double_fault, "double fault")                                                                \
    X(nmi, "NMI")                                                                                  \
    X(machine_check, "machine check")                                                              \
    X(debug, "debug")

enum static_stack : unsigned {
#define STATIC_STACK_ENUM(name, text) STATIC_STACK_##name,
    STATIC_STACKS(STATIC_STACK_ENUM)
#undef STATIC_STACK_ENUM
        STATIC_STACK_COUNT
};

#define STATIC_STACK_BOUNDS(name, text)                                                            \
    extern char guard_##name[], stack_##name[], stack_##name##_end[];
STATIC_STACKS(STATIC_STACK_BOUNDS)
#undef STATIC_STACK_BOUNDS

#endif
