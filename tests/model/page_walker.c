/* SPDX-License-Identifier: MIT */
#include "model/page_walker.h"

static uint64_t bits_between(uint64_t value, unsigned high, unsigned low)
{
    return (value >> low) & ((UINT64_C(2) << (high - low)) - 1);
}

static bool bit_of(uint64_t value, unsigned bit)
{
    return ((value >> bit) & 1) != 0;
}

/* 3.3.7.1 (vol. 1) and 4.5.2: bits 63:47, or 63:56 with 5-level paging, must be identical. */
static bool is_canonical(uint64_t address, unsigned levels)
{
    unsigned top = levels == 5 ? 56 : 47;
    uint64_t sign = bits_between(address, 63, top);
    return sign == 0 || sign == bits_between(UINT64_MAX, 63, top);
}

/* Table 4-14 to 4-20: what must be 0 in a present entry. `level` 5 PML5E .. 1 PTE. */
static bool breaks_a_reserved_bit(const struct walker_cpu *cpu, uint64_t entry, unsigned level)
{
    if (bit_of(entry, 63) &&
        !cpu->nxe) /* "if IA32_EFER.NXE = 1, execute-disable; otherwise, reserved" */
        return true;
    if (cpu->phys_bits < 52 && bits_between(entry, 51, cpu->phys_bits) != 0) /* "M..51 reserved" */
        return true;
    switch (level) {
    case 5: /* table 4-14: "7 (PS) Reserved (must be 0)" */
    case 4: /* table 4-15: the same */
        return bit_of(entry, 7);
    case 3: /* table 4-16: 1 GiB page: 29:13 reserved; 4.5.4: PS reserved if no 1 GiB pages */
        if (!bit_of(entry, 7))
            return false;
        return !cpu->page1gb || bits_between(entry, 29, 13) != 0;
    case 2: /* table 4-18: 2 MiB page: 20:13 reserved */
        return bit_of(entry, 7) && bits_between(entry, 20, 13) != 0;
    default: /* table 4-20: a PTE has no other */
        return false;
    }
}

/* 4.6.1, in its order. `writable`: R/W is 1 in every entry; `user_page`: U/S is 1 in every entry;
 * `disabled`: XD is 1 in some entry. */
static bool is_allowed(const struct walker_cpu *cpu, const struct walker_access *access,
                       bool writable, bool user_page, bool disabled)
{
    bool executable = !cpu->nxe || !disabled;
    if (access->user) {
        if (!user_page)
            return false;
        if (access->kind == WALKER_READ)
            return true;
        return access->kind == WALKER_WRITE ? writable : executable;
    }
    if (access->kind == WALKER_FETCH)
        return user_page ? !cpu->smep && executable : executable;
    if (user_page && cpu->smap && !access->ac)
        return false;
    return access->kind == WALKER_READ || !cpu->wp || writable;
}

static struct walker_result fault(const struct walker_cpu *cpu, const struct walker_access *access,
                                  bool present, bool reserved)
{
    /* 4.7, figure 4-12. I/D is reported only with NXE (4-level and 5-level paging) or SMEP. */
    uint32_t code = 0;
    if (present)
        code |= 0x01;
    if (access->kind == WALKER_WRITE)
        code |= 0x02;
    if (access->user)
        code |= 0x04;
    if (reserved)
        code |= 0x08;
    if (access->kind == WALKER_FETCH && (cpu->nxe || cpu->smep))
        code |= 0x10;
    return (struct walker_result){.page_fault = true, .error_code = code};
}

struct walker_result page_walker_access(const struct walker_cpu *cpu, uint64_t cr3, uint64_t offset,
                                        const struct walker_access *access)
{
    static const unsigned lowest_bit[6] = {0, 12, 21, 30, 39, 48}; /* 4.5.4, figures 4-8 to 4-10 */
    if (!is_canonical(access->address, cpu->levels))
        return (struct walker_result){.general_protection = true};
    bool writable = true, user_page = true, disabled = false;
    uint64_t table = bits_between(cr3, 51, 12) << 12;
    for (unsigned level = cpu->levels;; level--) {
        unsigned low = lowest_bit[level];
        uint64_t index = bits_between(access->address, low + 8, low);
        uint64_t entry = *(const uint64_t *)(uintptr_t)(table + 8 * index + offset);
        if (!bit_of(entry, 0))
            return fault(cpu, access, false, false);
        if (breaks_a_reserved_bit(cpu, entry, level))
            return fault(cpu, access, true, true);
        writable = writable && bit_of(entry, 1);
        user_page = user_page && bit_of(entry, 2);
        disabled = disabled || bit_of(entry, 63);
        if (level > 1 && !bit_of(entry, 7)) {
            table = bits_between(entry, 51, 12) << 12;
            continue;
        }
        if (!is_allowed(cpu, access, writable, user_page, disabled))
            return fault(cpu, access, true, false);
        bool pat = level == 1 ? bit_of(entry, 7) : bit_of(entry, 12); /* 4.9.2 */
        return (struct walker_result){
            .phys =
                (bits_between(entry, 51, low) << low) | bits_between(access->address, low - 1, 0),
            .page_size = UINT64_C(1) << low,
            .pat_index = 4u * pat + 2u * bit_of(entry, 4) + 1u * bit_of(entry, 3),
            .global = bit_of(entry, 8),
        };
    }
}
