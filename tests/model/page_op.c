/* SPDX-License-Identifier: MIT
 * Operations on page tables from any bytes: what random tests and the fuzzer have in common. */
#include "model/page_model.h"

static uint64_t anchor(const struct page_model *m, unsigned choice)
{
    uint64_t half = UINT64_C(1) << (m->pt.levels == 5 ? 56 : 47);
    const uint64_t anchors[] = {0,          GIB - 2 * MIB, 512 * GIB - GIB, half - GIB,
                                half - MIB, -half,         0 - 2 * GIB,     0 - 2 * MIB};
    return anchors[choice % (sizeof anchors / sizeof anchors[0])];
}

struct page_op page_op_decode(const struct page_model *m, const uint8_t bytes[16])
{
    static const uint64_t grains[] = {PAGE_SIZE, 2 * MIB, PAGE_SIZE, GIB};
    static const enum page_op_kind kinds[] = {PAGE_OP_MAP, PAGE_OP_UNMAP, PAGE_OP_PROTECT,
                                              PAGE_OP_MAP};
    struct page_op op = {.kind = kinds[bytes[0] & 3]};
    if (bytes[0] >> 6 == 3)
        op.kind = PAGE_OP_JOIN;
    const uint32_t protectable = m->pt.no_execute ? UINT32_MAX : ~(uint32_t)PAGE_EXECUTE;
    uint64_t grain = grains[bytes[0] >> 2 & 3];
    op.start = anchor(m, bytes[1] & 7) + (uint64_t)(bytes[1] >> 3 & 3) * grain +
               (uint64_t)(bytes[2] & 3) * 2 * MIB + (uint64_t)(int64_t)(int8_t)bytes[3] / 16 * 4096;
    op.size = (uint64_t)(bytes[4] & 7) * grain + (uint64_t)(bytes[4] >> 3) * PAGE_SIZE;
    bool aim = op.kind != PAGE_OP_MAP && m->run_count != 0 && (bytes[0] & 0x30) != 0x30;
    if (aim) { /* at something that is mapped, or across its end */
        const struct page_run *run = &m->runs[(bytes[5] + bytes[6] * 256u) % m->run_count];
        uint64_t pages = (run->last - run->first) / PAGE_SIZE + 1;
        uint64_t skip = (bytes[7] & 1) != 0 ? 0 : (bytes[8] * grain / PAGE_SIZE + bytes[9]) % pages;
        op.start = run->first + skip * PAGE_SIZE;
        if ((bytes[7] & 2) != 0)
            op.size = (pages - skip) * PAGE_SIZE;
    }
    uint64_t same = (bytes[10] & 1) != 0 ? GIB : (bytes[10] & 2) != 0 ? 2 * MIB : PAGE_SIZE;
    op.phys = (bytes[11] * GIB + bytes[12] * (2 * MIB) + bytes[13] * PAGE_SIZE) & ~(same - 1);
    op.phys += op.start & (same - 1);
    if (bytes[10] >> 2 == 0)
        op.phys += (UINT64_C(1) << m->pt.phys_bits) - 128 * GIB;
    if (op.kind == PAGE_OP_MAP && same == PAGE_SIZE && op.size > 8 * MIB)
        op.size %= 8 * MIB; /* a GiB of 4 KiB leaves says nothing new, and takes long */
    op.rights = bytes[14] & 15;
    if ((op.rights & 3) == 3 && (bytes[14] & 0x30) != 0)
        op.rights &= ~(uint32_t)PAGE_EXECUTE;
    if (op.start >> 63 != 0 && (bytes[14] & 0x80) != 0) /* a user page there is refused */
        op.rights &= ~(uint32_t)PAGE_USER;
    if (op.kind == PAGE_OP_PROTECT && aim &&
        (bytes[14] & 0x40) != 0) /* a split that can be joined */
        op.rights = m->runs[(bytes[5] + bytes[6] * 256u) % m->run_count].rights & protectable;
    op.type = (enum memory_type)(bytes[15] & 7);
    if ((op.type == 4 || op.type == 6) && (bytes[15] & 0x30) != 0)
        op.type = MEMORY_TYPE_WRITE_BACK;
    uint8_t crime = bytes[15] >> 3 == 0x1f ? bytes[14] : 0;
    op.start += crime & 1;
    op.size = (crime & 2) != 0 ? -op.size : op.size;
    op.phys += (crime & 4) != 0 ? 512 : 0;
    return op;
}
