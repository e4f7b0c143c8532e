/* SPDX-License-Identifier: MIT
 * What a processor would do with raw page tables: written from the tables and sentences of the Intel SDM,
 * volume 3A chapter 4, and from nothing else. It shares no code and no constant with arch/x86, so that the
 * two can only agree if both are right. */
#ifndef TESTS_MODEL_PAGE_WALKER_H
#define TESTS_MODEL_PAGE_WALKER_H

#include <stdint.h>

struct walker_cpu {
    unsigned levels;    /* 4, or 5 with CR4.LA57 */
    unsigned phys_bits; /* MAXPHYADDR */
    bool nxe;           /* EFER.NXE */
    bool page1gb;       /* CPUID.80000001H:EDX.Page1GB */
    bool wp;            /* CR0.WP */
    bool smep, smap;    /* CR4 */
};

enum walker_kind { WALKER_READ, WALKER_WRITE, WALKER_FETCH };

struct walker_access {
    uint64_t address;
    enum walker_kind kind;
    bool user; /* CPL 3 */
    bool ac;   /* EFLAGS.AC: SMAP does not apply to explicit supervisor accesses */
};

struct walker_result {
    bool general_protection; /* not canonical: #GP, the tables are not looked at */
    bool page_fault;
    uint32_t error_code; /* of the page fault: P 1, W 2, U 4, RSVD 8, I/D 16 */
    /* if neither: */
    uint64_t phys;
    uint64_t page_size;
    unsigned pat_index;
    bool global;
};

/* A table at physical address p is at (void *)(p + offset). */
struct walker_result page_walker_access(const struct walker_cpu *cpu, uint64_t cr3, uint64_t offset,
                                        const struct walker_access *access);

#endif
