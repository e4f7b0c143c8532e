/* SPDX-License-Identifier: MIT
 * Probes and the exception table: pairs of the address of an instruction that may fault and of the code that
 * goes on then. Both are distances from the entry itself, so nothing must be relocated. */
#include <arch/probe.h>

#include <arch/cpu.h>
#include <arch/page_format.h>

#include "instructions.h"
#include "traps.h"

struct fixup {
    int32_t fault, resume; /* each from its own place */
};
extern const struct fixup fault_fixups_start[], fault_fixups_end[];

#define FIXUP(fault, resume)                                                                       \
    ".pushsection .fault_fixups, \"a\", @progbits\n\t"                                             \
    ".long " fault " - ., " resume " - .\n\t"                                                      \
    ".popsection\n\t"

static const struct fixup *find_fixup(uint64_t instruction)
{
    for (const struct fixup *at = fault_fixups_start; at < fault_fixups_end; at++)
        if (virt_of(&at->fault).value + (uint64_t)(int64_t)at->fault == instruction)
            return at;
    return nullptr;
}

/* Did a call arrive where nothing can be executed? Then the entry is that of the address behind the call,
 * which RSP points to. The processor has just pushed the trap's frame below it: unless RSP is at the border
 * of a page, it can be read. */
static const struct fixup *find_call_fixup(const struct trap_frame *frame)
{
    const virt_addr_t target = virt_addr(frame->rip);
    const bool arrived = frame->vector == VECTOR_PAGE_FAULT
                             ? frame->rip == cr2_read()
                             : !page_address_is_canonical(target, cpu_features()->levels);
    if (!arrived || is_aligned(frame->rsp, PAGE_SIZE))
        return nullptr;
    return find_fixup(*(const uint64_t *)frame->rsp);
}

bool probe_find_recovery(const struct trap_frame *frame, struct recovery *out)
{
    const bool page_fault = frame->vector == VECTOR_PAGE_FAULT;
    if (!page_fault &&
        frame->vector != VECTOR_PROTECTION) /* #GP: an address that is not canonical */
        return false;
    const struct fixup *fixup = find_fixup(frame->rip);
    uint64_t pop = 0;
    if (fixup == nullptr) {
        fixup = find_call_fixup(frame);
        pop = sizeof(uint64_t);
    }
    if (fixup == nullptr)
        return false;
    *out = (struct recovery){
        .instruction = virt_of(&fixup->resume).value + (uint64_t)(int64_t)fixup->resume,
        .stack = frame->rsp + pop,
    };
    return true;
}

void probe_recover(struct trap_frame *frame, const struct recovery *recovery)
{
    frame->rip = recovery->instruction;
    frame->rsp = recovery->stack;
    frame->rflags &= ~FLAGS_AC;
}

/* ---- the probes ---- */

/* No call stands between these two, and the stack is never a user page. */
static inline void lift_smap(bool lift)
{
    if (lift)
        __asm__ volatile("stac" : : : "memory", "cc");
}
static inline void restore_smap(bool lifted)
{
    if (lifted)
        __asm__ volatile("clac" : : : "memory", "cc");
}

static inline bool probe_read(virt_addr_t address, bool user, uint64_t *out)
{
    const bool lift = user && cpu_features()->smap;
    uint64_t value;
    lift_smap(lift);
    __asm__ goto volatile("1: movq (%1), %0\n\t" FIXUP("1b", "%l2")
                          : "=&r"(value)
                          : "r"(address.value)
                          : "memory"
                          : faulted);
    restore_smap(lift);
    *out = value;
    return true;
faulted: /* AC is clear again */
    return false;
}

static inline bool probe_write(virt_addr_t address, bool user, uint64_t value)
{
    const bool lift = user && cpu_features()->smap;
    lift_smap(lift);
    __asm__ goto volatile("1: movq %1, (%0)\n\t" FIXUP("1b", "%l2")
                          :
                          : "r"(address.value), "r"(value)
                          : "memory"
                          : faulted);
    restore_smap(lift);
    return true;
faulted:
    return false;
}

bool cpu_probe_read(virt_addr_t address, uint64_t *out)
{
    return probe_read(address, false, out);
}

bool cpu_probe_write(virt_addr_t address, uint64_t value)
{
    return probe_write(address, false, value);
}

bool cpu_probe_read_user(virt_addr_t address, uint64_t *out)
{
    return probe_read(address, true, out);
}

bool cpu_probe_write_user(virt_addr_t address, uint64_t value)
{
    return probe_write(address, true, value);
}

/* If the address is not canonical, some processors fault at the call, others where it arrives. */
bool cpu_probe_execute(virt_addr_t address)
{
    __asm__ goto volatile("1: call *%0\n2:\n\t" FIXUP("1b", "%l1") FIXUP("2b", "%l1")
                          :
                          : "r"(address.value)
                          : "memory", "cc"
                          : faulted);
    return true;
faulted:
    return false;
}
