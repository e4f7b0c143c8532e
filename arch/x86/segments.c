/* SPDX-License-Identifier: MIT
 * Segments: what long mode still wants of them, and the stacks that the TSS names. */
#include <arch/trap.h>

#include "static_stacks.h"
#include "traps.h"

/* Intel SDM 3A 3.4.5 (descriptors), 7.2.3 (64-bit TSS). Accessed bits are set in advance, so that loading
 * a segment register writes nothing. */
constexpr uint64_t CODE_DESCRIPTOR = 0x00209b0000000000; /* present, ring 0, code, 64-bit */
constexpr uint64_t DATA_DESCRIPTOR = 0x0000930000000000; /* present, ring 0, writable data */
constexpr uint64_t TSS_DESCRIPTOR = 0x0000890000000000;  /* present, available 64-bit TSS */

struct [[gnu::packed]] task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map; /* offset of the I/O permission bits; at the limit: there are none */
};
static_assert(sizeof(struct task_state) == 104);
static_assert(STATIC_STACK_COUNT - 1 <= 7, "one IST entry a stack");

struct [[gnu::packed]] table_pointer {
    uint16_t limit;
    uint64_t base;
};

static struct task_state task_state;
/* Writable: LTR sets the busy bit of the TSS descriptor. */
static uint64_t descriptors[] = {
    [KERNEL_CODE / 8] = CODE_DESCRIPTOR,
    [KERNEL_DATA / 8] = DATA_DESCRIPTOR,
    [KERNEL_TSS / 8 + 1] = 0, /* bits 63:32 of the TSS's address */
};

static const struct {
    const char *name;
    char *guard, *start, *end;
} stacks[] = {
#define STACK_ROW(name, text) {text, guard_##name, stack_##name, stack_##name##_end},
    STATIC_STACKS(STACK_ROW)
#undef STACK_ROW
};

static void load_segment_registers(void)
{
    /* A far return is the only way to load CS from a 64-bit selector:offset pair on every processor
     * (AMD has no 64-bit far JMP through memory: AMD APM 3, JMP far). FS and GS bases become 0. */
    __asm__ volatile("pushq %0\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %1, %%ss\n\t"
                     "movl %1, %%ds\n\t"
                     "movl %1, %%es\n\t"
                     "movl %2, %%fs\n\t"
                     "movl %2, %%gs\n\t"
                     :
                     : "i"((uint64_t)KERNEL_CODE), "r"((uint32_t)KERNEL_DATA), "r"(0)
                     : "rax", "memory");
}

void segments_load(void)
{
    for (unsigned i = 1; i < STATIC_STACK_COUNT; i++)
        task_state.ist[i - 1] = virt_of(stacks[i].end).value;
    task_state.io_map = sizeof task_state;

    uint64_t base = virt_of(&task_state).value;
    constexpr uint64_t limit = sizeof task_state - 1;
    descriptors[KERNEL_TSS / 8] =
        TSS_DESCRIPTOR | limit | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    descriptors[KERNEL_TSS / 8 + 1] = base >> 32;

    struct table_pointer table = {sizeof descriptors - 1, virt_of(descriptors).value};
    __asm__ volatile("lgdt %0" : : "m"(table));
    load_segment_registers();
    __asm__ volatile("lldt %w0" : : "r"(0)); /* the firmware's LDT lay in its own GDT */
    __asm__ volatile("ltr %w0" : : "r"((uint32_t)KERNEL_TSS) : "memory");
}

bool trap_stack_get(unsigned index, struct trap_stack *out)
{
    if (index >= STATIC_STACK_COUNT)
        return false;
    *out = (struct trap_stack){
        .name = stacks[index].name,
        .guard = virt_of(stacks[index].guard),
        .start = virt_of(stacks[index].start),
        .end = virt_of(stacks[index].end),
    };
    return true;
}

/* A word that no pointer (not canonical) and no small number equals. */
constexpr uint64_t UNUSED_STACK_WORD = 0x5ac4ed57ac4c0000;
/* Left alone below the caller's frame: this function's own frame, and that of a trap in it. */
constexpr uint64_t MARK_MARGIN = 1024;

void trap_stacks_mark(void)
{
    uint64_t here = virt_of(__builtin_frame_address(0)).value;
    for (unsigned i = 0; i < STATIC_STACK_COUNT; i++) {
        uint64_t start = virt_of(stacks[i].start).value;
        uint64_t end = virt_of(stacks[i].end).value;
        if (here >= start && here < end)
            end = here - start > MARK_MARGIN ? here - MARK_MARGIN : start;
        uint64_t *word = (uint64_t *)start;
        for (uint64_t count = (end - start) / sizeof *word; count > 0; count--)
            *word++ = UNUSED_STACK_WORD;
    }
}

uint64_t trap_stack_used(unsigned index)
{
    if (index >= STATIC_STACK_COUNT)
        return 0;
    uint64_t address = virt_of(stacks[index].start).value;
    uint64_t end = virt_of(stacks[index].end).value;
    while (address < end && *(const uint64_t *)address == UNUSED_STACK_WORD)
        address += sizeof(uint64_t);
    return end - address;
}
