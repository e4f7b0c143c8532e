/* SPDX-License-Identifier: MIT
 * What elf_image.c and elf_relocate.c share. */
#ifndef BOOT_ELF_PLAN_H
#define BOOT_ELF_PLAN_H

#include <boot/elf_image.h>

/* Write what is wrong into *fault and return `status`. */
status_t elf_blame(struct elf_fault *fault, status_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The segment of the plan that holds [vaddr, vaddr + size), or null. */
struct elf_segment *elf_segment_of(struct elf_plan *plan, uint64_t vaddr, uint64_t size);

/* Does [start, start + size) lie in [from, from + length)? Neither sum is formed: both may wrap. */
static inline bool in_range(uint64_t start, uint64_t size, uint64_t from, uint64_t length)
{
    return start >= from && start - from <= length && size <= length - (start - from);
}

#endif
