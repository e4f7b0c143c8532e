/* SPDX-License-Identifier: MIT */
#include <arch/cpu.h>

#include <arch/page_format.h>
#include <base/string.h>

#include "cpu_private.h"
#include "instructions.h"
#include "mtrr.h"

static struct cpu_features features = {.tsc_source = "unknown", .tsc_unit = "cycles"};
static bool has_rdrand;
static bool has_mtrr;

/* ---- what there is: Intel SDM 2A CPUID ---- */

enum cpuid_leaf : uint32_t {
    LEAF_VENDOR = 0,
    LEAF_FEATURES = 1,
    LEAF_STRUCTURED = 7,
    LEAF_EXTENDED = 0x80000000,
    LEAF_EXTENDED_FEATURES = 0x80000001,
    LEAF_BRAND = 0x80000002, /* .. 0x80000004 */
    LEAF_POWER = 0x80000007,
    LEAF_ADDRESSES = 0x80000008,
};

constexpr uint64_t CR0_WP = 1u << 16;
constexpr uint64_t CR4_MCE = 1u << 6, CR4_PGE = 1u << 7, CR4_UMIP = 1u << 11, CR4_LA57 = 1u << 12,
                   CR4_SMEP = 1u << 20, CR4_SMAP = 1u << 21;
constexpr uint32_t MSR_EFER = 0xc0000080;
constexpr uint64_t EFER_NXE = 1u << 11;
constexpr uint32_t MSR_PAT = 0x277;

static bool has(uint32_t word, unsigned bit)
{
    return (word >> bit & 1) != 0;
}

/* A leaf above the highest one answers with another leaf's data (Intel) or zeros (AMD). */
static struct cpuid cpuid_or_zero(uint32_t leaf)
{
    uint32_t highest = cpuid(leaf & LEAF_EXTENDED).eax;
    return leaf <= highest ? cpuid(leaf) : (struct cpuid){};
}

static void read_names(void)
{
    struct cpuid vendor = cpuid(LEAF_VENDOR);
    memcpy(features.vendor, &vendor.ebx, 4);
    memcpy(features.vendor + 4, &vendor.edx, 4);
    memcpy(features.vendor + 8, &vendor.ecx, 4);
    for (uint32_t i = 0; i < 3; i++) {
        struct cpuid part = cpuid_or_zero(LEAF_BRAND + i);
        memcpy(features.brand + 16 * (size_t)i, &part, sizeof part);
    }
    size_t spaces = 0; /* some processors right-justify their name */
    while (features.brand[spaces] == ' ')
        spaces++;
    memmove(features.brand, features.brand + spaces, sizeof features.brand - spaces);
}

static unsigned read_phys_bits(void)
{
    unsigned bits = cpuid_or_zero(LEAF_ADDRESSES).eax & 0xff;
    constexpr unsigned WITHOUT_LEAF = 36; /* Intel SDM 3A 4.1.4, with PAE */
    if (bits == 0)
        return WITHOUT_LEAF;
    return bits < PHYS_BITS_MAX ? bits : PHYS_BITS_MAX;
}

/* ---- what is switched on ---- */

/* Bits are set where the processor has them, never cleared: the firmware's other choices stay. */
static void enable_protections(void)
{
    struct cpuid basic = cpuid(LEAF_FEATURES);
    struct cpuid structured = cpuid_or_zero(LEAF_STRUCTURED);
    struct cpuid extended = cpuid_or_zero(LEAF_EXTENDED_FEATURES);

    if (has(extended.edx, 20)) {
        msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NXE);
        features.no_execute = true;
    }
    cr0_write(cr0_read() | CR0_WP);
    features.write_protect = true;

    uint64_t cr4 = cr4_read();
    features.global_pages = has(basic.edx, 13);
    features.smep = has(structured.ebx, 7);
    features.smap = has(structured.ebx, 20);
    features.umip = has(structured.ecx, 2);
    cr4 |= (features.global_pages ? CR4_PGE : 0) | (features.smep ? CR4_SMEP : 0) |
           (features.smap ? CR4_SMAP : 0) | (features.umip ? CR4_UMIP : 0);
    if (has(basic.edx, 7) && has(basic.edx, 14)) /* without MCE a machine check is a silent reset */
        cr4 |= CR4_MCE;
    cr4_write(cr4);
    if (features.smap)
        __asm__ volatile("clac"); /* AC = 1 would lift it */
}

/* The order of enum memory_type, by the encodings of Intel SDM 3A, table 11-10. */
static uint64_t pat_value(void)
{
    constexpr uint64_t WB = 6, WC = 1, UC_MINUS = 7, UC = 0, WP = 5, WT = 4;
    const uint64_t entries[8] = {WB, WC, UC_MINUS, UC, WB, WP, UC_MINUS, WT};
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value |= entries[i] << (8 * i);
    return value;
}

/* Intel SDM 3A 11.12.4 wants caches disabled and written back around the change, for lines and TLB entries
 * that were made under a type that changes. There are none: the first tables use PA0 alone, which is
 * write-back before (power-on value, and the loader's tables rely on it) and after. So the flush of the
 * TLB remains, for entries that the processor may have prefetched from older tables. */
static void program_pat(void)
{
    msr_write(MSR_PAT, pat_value());
    cpu_flush_all();
    features.pat = true;
}

void cpu_init(void)
{
    struct cpuid basic = cpuid(LEAF_FEATURES);
    struct cpuid extended = cpuid_or_zero(LEAF_EXTENDED_FEATURES);
    read_names();
    features.phys_bits = read_phys_bits();
    features.levels = (cr4_read() & CR4_LA57) != 0 ? 5 : 4;
    features.gib_leaves = has(extended.edx, 26);
    features.invariant_tsc = has(cpuid_or_zero(LEAF_POWER).edx, 8);
    features.hypervisor = has(basic.ecx, 31);
    has_rdrand = has(basic.ecx, 30);
    has_mtrr = has(basic.edx, 12);
    enable_protections();
    if (has(basic.edx, 16))
        program_pat();
}

const struct cpu_features *cpu_features(void)
{
    return &features;
}

void cpu_set_tsc(uint64_t hz, const char *source, const char *unit)
{
    features.tsc_hz = hz;
    features.tsc_source = source;
    features.tsc_unit = unit;
}

/* ---- single instructions ---- */

void cpu_pause(void)
{
    __asm__ volatile("pause");
}

void cpu_halt(void)
{
    for (;;) /* an NMI or SMI ends a HLT */
        __asm__ volatile("cli; hlt");
}

void cpu_load_table(phys_addr_t root)
{
    cr3_write(root.value);
}

phys_addr_t cpu_current_table(void)
{
    return phys_addr(align_down(cr3_read(), PAGE_SIZE) & (PHYS_LIMIT - 1));
}

void cpu_flush_leaves(virt_addr_t start, uint64_t leaf_size, uint64_t count)
{
    for (uint64_t at = start.value; count > 0; count--, at += leaf_size)
        __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
}

void cpu_flush_all(void)
{
    uint64_t cr4 = cr4_read();
    if ((cr4 & CR4_PGE) == 0) {
        cr3_write(cr3_read());
        return;
    }
    cr4_write(cr4 & ~CR4_PGE); /* Intel SDM 3A 4.10.4.1: a change of PGE drops global entries too */
    cr4_write(cr4);
}

virt_addr_t cpu_fault_address(void)
{
    return virt_addr(cr2_read());
}

bool cpu_random(uint64_t *out)
{
    constexpr unsigned TRIES = 10; /* Intel SDM 1 7.3.17.1 */
    if (!has_rdrand)
        return false;
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t word;
        bool ok;
        __asm__ volatile("rdrand %0" : "=r"(word), "=@ccc"(ok));
        /* All ones with success is what AMD family 15h and 16h say after a suspend (erratum). */
        if (ok && word != UINT64_MAX) {
            *out = word;
            return true;
        }
        cpu_pause();
    }
    return false;
}

/* ---- memory types by MTRR ---- */

constexpr uint32_t MSR_MTRR_CAP = 0xfe, MSR_MTRR_DEF_TYPE = 0x2ff, MSR_MTRR_BASE0 = 0x200,
                   MSR_MTRR_MASK0 = 0x201;
constexpr uint64_t MTRR_CAP_FIXED = 1u << 8;

/* AMD APM 2 7.9.3: memory from 4 GiB up to TOM2 is write-back by default. Not asked under a hypervisor,
 * which may refuse to let the register be read; the answer there is then that of the MTRRs alone. */
static uint64_t read_top_of_memory(void)
{
    constexpr uint32_t MSR_SYSCFG = 0xc0010010, MSR_TOM2 = 0xc001001d;
    constexpr uint64_t TOM2_ENABLED = 1u << 21, TOM2_WRITE_BACK = 1u << 22;
    bool amd = strcmp(features.vendor, "AuthenticAMD") == 0 ||
               strcmp(features.vendor, "HygonGenuine") == 0;
    if (!amd || features.hypervisor)
        return 0;
    constexpr uint64_t wanted = TOM2_ENABLED | TOM2_WRITE_BACK;
    if ((msr_read(MSR_SYSCFG) & wanted) != wanted)
        return 0;
    return msr_read(MSR_TOM2);
}

static void read_mtrr(struct mtrr_state *state)
{
    static const uint32_t fixed_registers[MTRR_FIXED_COUNT] = {
        0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
    };
    uint64_t capability = msr_read(MSR_MTRR_CAP);
    state->default_type = msr_read(MSR_MTRR_DEF_TYPE);
    state->phys_bits = features.phys_bits;
    state->has_fixed = (capability & MTRR_CAP_FIXED) != 0;
    for (unsigned i = 0; state->has_fixed && i < MTRR_FIXED_COUNT; i++) {
        uint64_t types = msr_read(fixed_registers[i]);
        memcpy(state->fixed[i], &types, sizeof types);
    }
    state->variable_count = (unsigned)(capability & 0xff);
    for (unsigned i = 0; i < state->variable_count && i < MTRR_VARIABLE_MAX; i++) {
        state->variable[i].base = msr_read(MSR_MTRR_BASE0 + 2 * i);
        state->variable[i].mask = msr_read(MSR_MTRR_MASK0 + 2 * i);
    }
    state->top_of_memory = read_top_of_memory();
}

bool cpu_memory_type(phys_addr_t start, uint64_t size, unsigned *type)
{
    static struct mtrr_state state; /* firmware sets them once; nobody else does */
    static bool known;
    if (!has_mtrr)
        return false;
    if (!known) {
        read_mtrr(&state);
        known = true;
    }
    return state.variable_count <= MTRR_VARIABLE_MAX &&
           mtrr_range_type(&state, start.value, size, type);
}
