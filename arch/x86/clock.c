/* SPDX-License-Identifier: MIT
 * Time is the cycle counter. Its frequency is in CPUID (Intel SDM 3B 18.7.3) or is measured against
 * channel 2 of the interval timer, the one whose gate and output can be reached without interrupts.
 * Source: Intel 8254 data sheet; the bits of port 61h: Intel ICH9 data sheet 13.7.1. */
#include <arch/cpu.h>

#include "cpu_private.h"
#include "instructions.h"

constexpr uint64_t PIT_HZ = 1193182;
constexpr uint16_t PIT_COUNT = 239; /* 200.3 us */
constexpr uint16_t PIT_CHANNEL2 = 0x42, PIT_COMMAND = 0x43, SYSTEM_CONTROL = 0x61;
constexpr uint8_t PIT_ONE_SHOT = 0xb0; /* channel 2, both bytes, mode 0: output rises at the end */
constexpr uint8_t CONTROL_GATE = 0x01, CONTROL_SPEAKER = 0x02, CONTROL_OUTPUT = 0x20;
/* A port read takes about 1 us on a machine, so this is 0.2 s; under icount 8 instructions or 8 ns. */
constexpr unsigned POLLS_MAX = 200000;
/* A hypervisor may take the processor away for longer than the timer runs; not every time. */
constexpr unsigned TRIES_MAX = 5;
/* A frequency outside of this is a mistake: of a timer that is not there, or stopped. */
constexpr uint64_t HZ_MIN = 100000000, HZ_MAX = 100000000000;

uint64_t cpu_cycles(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint64_t cpu_microseconds(uint64_t cycles)
{
    constexpr uint64_t MICROSECONDS = 1000000;
    uint64_t hz = cpu_features()->tsc_hz;
    if (hz == 0)
        return 0;
    /* In two steps, so that no product overflows: the rest is below HZ_MAX, 2^37. */
    return cycles / hz * MICROSECONDS + cycles % hz * MICROSECONDS / hz;
}

static uint64_t hz_from_cpuid(void)
{
    constexpr uint32_t LEAF_TSC = 0x15, LEAF_FREQUENCY = 0x16;
    if (cpuid(0).eax < LEAF_TSC)
        return 0;
    struct cpuid ratio = cpuid(LEAF_TSC); /* TSC = crystal * ebx / eax */
    if (ratio.eax == 0 || ratio.ebx == 0)
        return 0;
    if (ratio.ecx != 0)
        return (uint64_t)ratio.ecx * ratio.ebx / ratio.eax;
    if (cpuid(0).eax < LEAF_FREQUENCY)
        return 0;
    /* The crystal is not told (Skylake, Kaby Lake): there the counter runs at the base frequency. */
    return (uint64_t)(cpuid(LEAF_FREQUENCY).eax & 0xffff) * 1000000;
}

static uint64_t hz_from_pit(void)
{
    uint8_t control = port_read8(SYSTEM_CONTROL);
    port_write8(SYSTEM_CONTROL, (control & (uint8_t)~CONTROL_SPEAKER) | CONTROL_GATE);
    port_write8(PIT_COMMAND, PIT_ONE_SHOT);
    port_write8(PIT_CHANNEL2, PIT_COUNT & 0xff);
    port_write8(PIT_CHANNEL2, PIT_COUNT >> 8); /* counting starts */
    uint64_t start = cpu_cycles();
    unsigned polls = 0;
    while (polls < POLLS_MAX && (port_read8(SYSTEM_CONTROL) & CONTROL_OUTPUT) == 0) {
        polls++;
        cpu_pause();
    }
    uint64_t cycles = cpu_cycles() - start;
    port_write8(SYSTEM_CONTROL, control);
    if (polls == 0 || polls == POLLS_MAX)
        return 0; /* the output was high all the time, or never */
    return cycles * PIT_HZ / PIT_COUNT;
}

/* What the counter counts over `rounds` rounds of two instructions, and over what stands around them. */
[[gnu::noinline]] static uint64_t count_rounds(uint64_t rounds)
{
    const uint64_t start = cpu_cycles();
    __asm__ volatile("1: dec %0\n\t"
                     "jnz 1b"
                     : "+r"(rounds)
                     :
                     : "cc");
    return cpu_cycles() - start;
}

/* The same, in rounds of eight. */
[[gnu::noinline]] static uint64_t count_long_rounds(uint64_t rounds)
{
    const uint64_t start = cpu_cycles();
    __asm__ volatile("1: nop; nop; nop; nop; nop; nop\n\t"
                     "dec %0\n\t"
                     "jnz 1b"
                     : "+r"(rounds)
                     :
                     : "cc");
    return cpu_cycles() - start;
}

/* Exact counts of instructions, in loops of which a processor runs one at another pace than the other. Twice, because
 * once could be chance. */
static bool counts_instructions(void)
{
    constexpr uint64_t ROUNDS = 64;
    for (unsigned tries = 0; tries < 2; tries++) {
        if (count_rounds(ROUNDS + 1) - count_rounds(1) != ROUNDS * 2 ||
            count_long_rounds(ROUNDS + 1) - count_long_rounds(1) != ROUNDS * 8)
            return false;
    }
    return true;
}

void cpu_calibrate(void)
{
    const char *unit = counts_instructions() ? "instructions" : "cycles";
    uint64_t hz = hz_from_cpuid();
    const char *source = "CPUID";
    if (hz < HZ_MIN || hz > HZ_MAX) {
        hz = 0;
        source = "PIT";
    }
    for (unsigned tries = 0; tries < TRIES_MAX && (hz < HZ_MIN || hz > HZ_MAX); tries++)
        hz = hz_from_pit();
    if (hz < HZ_MIN || hz > HZ_MAX) {
        hz = 0;
        source = "unknown";
    }
    cpu_set_tsc(hz, source, unit);
}
