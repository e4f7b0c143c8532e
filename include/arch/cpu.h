/* SPDX-License-Identifier: MIT
 * The processor: what it can do, what was switched on, time, waiting, and its translation caches.
 * Sources: Intel SDM 2A CPUID, 3A chapters 2, 4, 11, 17; AMD APM 2. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <base/address.h>
#include <base/status.h>
#include <boot/boot_info.h>

/* What the first instructions call, on the boot stack; implemented by the kernel. */
[[noreturn]] void kernel_main(const struct boot_info *boot);

struct cpu_features {
    char vendor[13];
    char brand[49];
    unsigned phys_bits; /* MAXPHYADDR, 36..52 */
    unsigned levels;    /* 4 or 5: what paging runs with now */
    bool no_execute;    /* in force, not merely there; the same for all below */
    bool write_protect, smep, smap, umip, global_pages;
    bool gib_leaves;
    bool pat;
    bool invariant_tsc;
    bool hypervisor;
    uint64_t tsc_hz;        /* 0: not known yet */
    const char *tsc_source; /* how it is known: "CPUID", "PIT" */
    const char
        *tsc_unit; /* what the cycle counter counts: "cycles", or under icount "instructions" */
};
const struct cpu_features *cpu_features(void);

/* Read CPUID, switch on every protection there is (NXE, WP, SMEP, SMAP, UMIP, PGE) and program the PAT in
 * the order of enum memory_type. Called once, with the first tables, which use no type but write-back. */
void cpu_init(void);
/* Find out what the cycle counter counts, and its frequency: CPUID if it says, else 200 us against the PIT. */
void cpu_calibrate(void);

uint64_t cpu_cycles(void);                  /* RDTSC */
uint64_t cpu_microseconds(uint64_t cycles); /* 0 while the frequency is unknown */
void cpu_pause(void);
[[noreturn]] void cpu_halt(void); /* interrupts off, for good */

void cpu_load_table(phys_addr_t root); /* CR3; drops everything that is not global */
phys_addr_t cpu_current_table(void);
/* INVLPG for each of `count` leaves side by side */
void cpu_flush_leaves(virt_addr_t start, uint64_t leaf_size, uint64_t count);
void cpu_flush_all(void);            /* global entries too */
virt_addr_t cpu_fault_address(void); /* CR2 */

/* A physical range's type by the MTRRs, or false if they are off or it mixes types. `type` is an enum
 * memory_type. */
bool cpu_memory_type(phys_addr_t start, uint64_t size, unsigned *type);

/* One word of hardware randomness (RDRAND), if there is any. */
bool cpu_random(uint64_t *out);

#endif
