/* SPDX-License-Identifier: MIT
 * The kernel file: judge a 64-bit x86 ELF, place it, relocate it. Pure: nothing is allocated and only
 * the memory that is passed in is touched. The file is not trusted: every offset, sum and count is
 * checked before it is used, and elf_image_place may be called only with a plan that judge accepted.
 * Source: System V ABI (gABI) chapters 4 and 5; x86-64 psABI 4.4; for DT_RELR gABI 4.3, chapter 4.
 *
 * What we accept: ELFCLASS64, little endian, EM_X86_64, ET_DYN or ET_EXEC with an entry point inside an
 * executable segment; PT_LOAD segments sorted, not sharing a page with a neighbour, never writable and
 * executable; relocations R_X86_64_RELATIVE only, as RELA or packed (DT_RELR). Offsets in the file need be
 * no multiples of a page, because segments are copied (p_offset = p_vaddr mod p_align). A PT_LOAD without any rights is a guard: its pages stay unmapped. PT_GNU_RELRO becomes read-only.
 * PT_GNU_STACK, where it has a size, names the boot stack. */
#ifndef BOOT_ELF_IMAGE_H
#define BOOT_ELF_IMAGE_H

#include <base/address.h>
#include <base/status.h>

enum elf_rights : uint32_t { /* the values of p_flags */
                             ELF_EXECUTE = 1,
                             ELF_WRITE = 2,
                             ELF_READ = 4,
};

constexpr unsigned ELF_SEGMENTS_MAX = 32;

struct elf_segment {
    uint64_t offset;      /* of its pages, in bytes from the start of the image; page aligned */
    uint64_t size;        /* whole pages */
    uint64_t data_offset; /* of its first byte of data, in the image */
    uint64_t data_size;   /* bytes taken from the file; the rest of the pages is zero */
    uint64_t file_offset;
    uint32_t rights; /* final rights; 0: guard */
    bool
        relocatable; /* writable in the file: relocations may lie here, also if RELRO narrowed it */
};

/* A table of relocations, in the file. */
struct elf_table {
    uint64_t file_offset, size; /* size 0: there is none */
};

/* A judged file: how to place it. */
struct elf_plan {
    uint64_t link_base;        /* virtual address of byte 0 of the image, page aligned */
    uint64_t image_size;       /* bytes to allocate, whole pages */
    uint64_t entry_offset;     /* all offsets are in the image */
    uint64_t stack_top_offset; /* 0: no boot stack named */
    struct elf_table rela, relr;
    bool fixed; /* ET_EXEC: runs at link_base only */
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* sorted, disjoint; gaps are guards */
};

/* What is wrong with a file: a sentence with its numbers, for a person. */
struct elf_fault {
    char text[160];
};

/* Judge `size` bytes of a file, each relocation included: it must change an aligned word of a segment that is
 * writable in the file. On failure *fault says what is wrong and *out is untouched. */
status_t elf_image_judge(const void *file, uint64_t size, struct elf_plan *out,
                         struct elf_fault *fault);

/* Copy the segments of a judged file to `image` (image_size bytes, page aligned), zero the rest, and
 * apply the relocations for the final virtual address `image_virtual` of its first byte. */
status_t elf_image_place(const void *file, uint64_t size, const struct elf_plan *plan, void *image,
                         uint64_t image_virtual, struct elf_fault *fault);

#endif
