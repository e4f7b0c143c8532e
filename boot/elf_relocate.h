/* SPDX-License-Identifier: MIT
 * The relocation tables of a kernel file. */
#ifndef BOOT_ELF_RELOCATE_H
#define BOOT_ELF_RELOCATE_H

#include <boot/elf_image.h>

/* Find the tables that PT_DYNAMIC names, `size` bytes at `offset` in the file, and judge each relocation in
 * them. The plan has its segments already; its tables are written on success only. */
status_t elf_judge_relocations(const unsigned char *file, uint64_t file_size, uint64_t offset,
                               uint64_t size, struct elf_plan *plan, struct elf_fault *fault);

/* Apply what was judged to an image that is `slide` bytes above its link address. Each table lies in the data
 * of a segment: a file from which the segments could be copied has it. */
status_t elf_relocate(const unsigned char *file, const struct elf_plan *plan, unsigned char *image,
                      uint64_t slide, struct elf_fault *fault);

#endif
