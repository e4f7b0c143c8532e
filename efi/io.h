/* SPDX-License-Identifier: MIT
 * The few instructions that the loader needs before the kernel with its arch/ has arrived.
 * Source: Intel SDM 2 (instructions), 3A 2.5 (control registers), 4 (model-specific registers). */
#ifndef EFI_IO_H
#define EFI_IO_H

#include <stdint.h>

constexpr uint64_t CR4_FIVE_LEVELS = 1u << 12;
constexpr uint32_t MSR_EFER = 0xC0000080;
constexpr uint64_t EFER_NO_EXECUTE = 1u << 11;

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

/* Leaves that the processor does not have read as zero. */
static inline struct cpuid read_cpuid(uint32_t leaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf & 0x80000000), "c"(0));
    if (leaf > r.eax)
        return (struct cpuid){};
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(0));
    return r;
}

static inline uint64_t read_tsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint64_t read_cr4(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static inline uint64_t read_msr(uint32_t number)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline bool read_random(uint64_t *out)
{
    bool ok;
    __asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(ok));
    return ok;
}

static inline uint8_t port_read8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void port_write8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void port_write16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void disable_interrupts(void)
{
    __asm__ volatile("cli");
}

[[noreturn]] static inline void halt_forever(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause");
}

/* Zero whole pages, 16 bytes a store: half the instructions of `rep stosq`, and as fast. Only while the
 * firmware runs us: it has SSE enabled, and XMM0 is ours to use (UEFI 2.10, 2.3.4.1, 2.3.4.2). */
static inline void zero_pages(void *pages, uint64_t size)
{
    unsigned char *at = pages, *end = at + size;
    __asm__ volatile("xorps %%xmm0, %%xmm0\n"
                     "1: cmpq %1, %0\n"
                     "jae 2f\n"
                     ".set offset, 0\n"
                     ".rept 16\n"
                     "movaps %%xmm0, offset(%0)\n"
                     ".set offset, offset + 16\n"
                     ".endr\n"
                     "addq $256, %0\n"
                     "jmp 1b\n"
                     "2:\n"
                     : "+r"(at)
                     : "r"(end)
                     : "memory", "cc");
}

/* CPUID.01H:ECX.31 is never set by a processor: it says that a hypervisor runs us. */
static inline bool is_virtual_machine(void)
{
    return read_cpuid(1).ecx >> 31 != 0;
}

#endif
