/* SPDX-License-Identifier: MIT
 * What several commands print in the same way. */
#ifndef KERNEL_COMMANDS_SHARED_H
#define KERNEL_COMMANDS_SHARED_H

#include <arch/page_format.h>

/* Whose an address is, some lines (owner.c). */
void print_owner(uint64_t address);
/* The entries of a walk, one a line, from the highest level to the last that was read (pt.c). */
void print_walk(const struct page_walk *walk);
/* Is something mapped there that is not ordinary memory? A device would notice to be read (x.c). */
bool may_be_device(virt_addr_t address);
/* What MTRRs, PAT and firmware say of RAM, GiB by GiB (memmap_types.c). */
void print_memory_types(void);
/* `memmap picture [off|text]` (memmap_picture.c). */
bool run_memmap_picture(unsigned count, const char *const *words);
/* `legacy walk [ADDRESS]` (legacy_walk.c). */
bool run_legacy_walk(unsigned count, const char *const *words);

#endif
