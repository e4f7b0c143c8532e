/* SPDX-License-Identifier: MIT
 * What several commands print in the same way. */
#ifndef KERNEL_COMMANDS_SHARED_H
#define KERNEL_COMMANDS_SHARED_H

#include <arch/page_format.h>

/* Whose an address is, some lines (owner.c). */
void print_owner(uint64_t address);
/* The entries of a walk, one a line, from the highest level to the last that was read (pt.c). */
void print_walk(const struct page_walk *walk);
/* What MTRRs, PAT and firmware say of RAM, GiB by GiB (memmap_types.c). */
void print_memory_types(void);
/* `memmap picture [off|text]` (memmap_picture.c). */
bool run_memmap_picture(unsigned count, const char *const *words);

#endif
