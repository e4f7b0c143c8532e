/* SPDX-License-Identifier: MIT
 * What start.S calls before kernel_main (arch/cpu.h). */
#ifndef ARCH_X86_START_H
#define ARCH_X86_START_H

#include <boot/boot_info.h>

void stack_guard_init(const struct boot_info *boot);

#endif
