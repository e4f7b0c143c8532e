/* SPDX-License-Identifier: MIT
 * Single instructions that C has no words for. Source: Intel SDM 2. */
#ifndef ARCH_X86_INSTRUCTIONS_H
#define ARCH_X86_INSTRUCTIONS_H

#include <stdint.h>

static inline uint8_t port_read8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline uint16_t port_read16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline uint32_t port_read32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
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
static inline void port_write32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

/* Reading or writing a register that the processor lacks is a #GP: look at CPUID first. */
static inline uint64_t msr_read(uint32_t index)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return (uint64_t)high << 32 | low;
}
static inline void msr_write(uint32_t index, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};
static inline struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid out;
    __asm__ volatile("cpuid"
                     : "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
                     : "a"(leaf), "c"(0));
    return out;
}

/* The memory clobbers keep loads and stores on their side of a change of translation. */
#define CONTROL_REGISTER(name)                                                                     \
    static inline uint64_t name##_read(void)                                                       \
    {                                                                                              \
        uint64_t value;                                                                            \
        __asm__ volatile("movq %%" #name ", %0" : "=r"(value) : : "memory");                       \
        return value;                                                                              \
    }                                                                                              \
    static inline void name##_write(uint64_t value)                                                \
    {                                                                                              \
        __asm__ volatile("movq %0, %%" #name : : "r"(value) : "memory");                           \
    }
CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
#undef CONTROL_REGISTER

static inline uint64_t cr2_read(void)
{
    uint64_t value;
    __asm__ volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}

#endif
