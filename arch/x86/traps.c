/* SPDX-License-Identifier: MIT */
#include <arch/trap.h>

#include <arch/cpu.h>

#include "instructions.h"
#include "static_stacks.h"
#include "trap_layout.h"
#include "traps.h"

static const char *const vector_names[TRAP_COUNT] = {
    [0] = "#DE divide error",
    [VECTOR_DEBUG] = "#DB debug exception",
    [VECTOR_NMI] = "NMI non-maskable interrupt",
    [VECTOR_BREAKPOINT] = "#BP breakpoint",
    [4] = "#OF overflow",
    [5] = "#BR bound range exceeded",
    [VECTOR_INVALID_OPCODE] = "#UD invalid opcode",
    [7] = "#NM device not available",
    [VECTOR_DOUBLE_FAULT] = "#DF double fault",
    [VECTOR_INVALID_TSS] = "#TS invalid TSS",
    [11] = "#NP segment not present",
    [12] = "#SS stack-segment fault",
    [VECTOR_PROTECTION] = "#GP general protection",
    [VECTOR_PAGE_FAULT] = "#PF page fault",
    [16] = "#MF x87 floating-point error",
    [17] = "#AC alignment check",
    [VECTOR_MACHINE_CHECK] = "#MC machine check",
    [19] = "#XM SIMD floating-point exception",
    [20] = "#VE virtualization exception",
    [21] = "#CP control protection exception",
    [28] = "#HV hypervisor injection exception",
    [29] = "#VC VMM communication exception",
    [30] = "#SX security exception",
};

/* Intel SDM 3A 6.14.1: a 64-bit interrupt gate. */
struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};
static_assert(sizeof(struct gate) == 16);
constexpr uint8_t INTERRUPT_GATE = 0x8e; /* present, ring 0, 64-bit; clears IF */

struct [[gnu::packed]] table_pointer {
    uint16_t limit;
    uint64_t base;
};

extern const char trap_entries[];
/* Where the image's kcfi checks end in ud2: the compiler lists each as a distance from its own entry. */
extern const int32_t kcfi_traps_start[], kcfi_traps_end[];

static struct gate gates[TRAP_COUNT];

static uint8_t ist_of(unsigned vector)
{
    switch (vector) {
    case VECTOR_DOUBLE_FAULT:
        return STATIC_STACK_double_fault;
    case VECTOR_NMI:
        return STATIC_STACK_nmi;
    case VECTOR_MACHINE_CHECK:
        return STATIC_STACK_machine_check;
    case VECTOR_DEBUG:
        return STATIC_STACK_debug;
    default:
        return 0; /* the stack that was in use */
    }
}

void trap_init(void)
{
    /* The GDT first: the gates name our code selector, and the firmware's GDT may not be mapped. */
    segments_load();
    for (unsigned vector = 0; vector < TRAP_COUNT; vector++) {
        uint64_t entry = virt_of(trap_entries).value + (uint64_t)vector * TRAP_ENTRY_SIZE;
        gates[vector] = (struct gate){
            .offset_low = (uint16_t)entry,
            .selector = KERNEL_CODE,
            .ist = ist_of(vector),
            .type = INTERRUPT_GATE,
            .offset_middle = (uint16_t)(entry >> 16),
            .offset_high = (uint32_t)(entry >> 32),
        };
    }
    struct table_pointer table = {sizeof gates - 1, virt_of(gates).value};
    __asm__ volatile("lidt %0" : : "m"(table), "m"(gates));
}

static bool is_kcfi_trap(uint64_t instruction)
{
    for (const int32_t *entry = kcfi_traps_start; entry < kcfi_traps_end; entry++)
        if (virt_of(entry).value + (uint64_t)(int64_t)*entry == instruction)
            return true;
    return false;
}

/* The address that a failed check was about to call. The compiler's sequence before the ud2 is
 *     movl $-hash, %r10d;  addl -4(%target), %r10d;  je past the ud2 (2 bytes)
 * and the register is in the addl: REX 44 or 45, opcode 03, ModRM (with SIB 24 if it is rsp's row, r12),
 * displacement fc. 0 if the bytes are others. */
static uint64_t kcfi_target(const struct trap_frame *frame)
{
    const uint64_t by_number[16] = {
        frame->rax, frame->rcx, frame->rdx, frame->rbx, frame->rsp, frame->rbp,
        frame->rsi, frame->rdi, frame->r8,  frame->r9,  frame->r10, frame->r11,
        frame->r12, frame->r13, frame->r14, frame->r15,
    };
    const uint8_t *end =
        (const uint8_t *)(frame->rip - 2); /* of the addl; the table vouches for it */
    if (end[-1] != 0xfc)
        return 0;
    const uint8_t *add = end[-2] == 0x24 && end[-4] == 0x03 ? end - 5 : end - 4;
    if ((add[0] & 0xfe) != 0x44 || add[1] != 0x03 || (add[2] & 0xf8) != 0x50)
        return 0;
    return by_number[(add[2] & 7u) | (add[0] & 1u) << 3];
}

static enum trap_kind kind_of(const struct trap_frame *frame)
{
    switch (frame->vector) {
    case VECTOR_PAGE_FAULT:
        return TRAP_PAGE_FAULT;
    case VECTOR_DOUBLE_FAULT:
        return TRAP_DOUBLE_FAULT;
    case VECTOR_INVALID_OPCODE:
        return is_kcfi_trap(frame->rip) ? TRAP_CONTROL_FLOW : TRAP_INVALID_OPCODE;
    case VECTOR_INVALID_TSS ... VECTOR_PROTECTION:
        return TRAP_PROTECTION;
    case VECTOR_NMI:
        return TRAP_NMI;
    case VECTOR_MACHINE_CHECK:
        return TRAP_MACHINE_CHECK;
    case VECTOR_BREAKPOINT:
        return TRAP_BREAKPOINT;
    default:
        return TRAP_OTHER;
    }
}

static const char *name_of(const struct trap_frame *frame)
{
    const char *name = frame->vector < TRAP_COUNT ? vector_names[frame->vector] : nullptr;
    return name != nullptr ? name : "reserved exception";
}

void trap_dispatch(struct trap_frame *frame)
{
    if (cpu_features()->smap)
        __asm__ volatile("clac"
                         :
                         :
                         : "cc"); /* a user's AC, or a probe's, must not lift SMAP here */
    struct recovery recovery;
    struct trap trap = {
        .kind = kind_of(frame),
        .name = name_of(frame),
        .vector = (unsigned)frame->vector,
        .error_code = frame->error_code,
        .instruction = virt_addr(frame->rip),
        .stack = virt_addr(frame->rsp),
        .frame_pointer = virt_addr(frame->rbp),
        .flags = frame->rflags,
        .recovered = probe_find_recovery(frame, &recovery),
        .registers = frame,
    };
    if (trap.kind == TRAP_PAGE_FAULT || trap.kind == TRAP_DOUBLE_FAULT)
        trap.fault_address = cpu_fault_address();
    if (trap.kind == TRAP_CONTROL_FLOW)
        trap.fault_address = virt_addr(kcfi_target(frame));
    if (trap.kind == TRAP_PAGE_FAULT) { /* Intel SDM 3A 4.7 */
        trap.page_fault.present = (frame->error_code & 1u << 0) != 0;
        trap.page_fault.write = (frame->error_code & 1u << 1) != 0;
        trap.page_fault.user = (frame->error_code & 1u << 2) != 0;
        trap.page_fault.reserved_bit = (frame->error_code & 1u << 3) != 0;
        trap.page_fault.fetch = (frame->error_code & 1u << 4) != 0;
        trap.page_fault.protection_key = (frame->error_code & 1u << 5) != 0;
        trap.page_fault.shadow_stack = (frame->error_code & 1u << 6) != 0;
    }
    trap_report(&trap);
    if (trap.recovered)
        probe_recover(frame, &recovery);
}

/* Intel SDM 3B 15.3: the banks that hold a valid error. */
static void print_machine_check_banks(const struct text_sink *sink)
{
    constexpr uint32_t MCG_CAP = 0x179, MCG_STATUS = 0x17a, BANK0_STATUS = 0x401;
    constexpr uint64_t VALID = UINT64_C(1) << 63, MISC_VALID = UINT64_C(1) << 59,
                       ADDRESS_VALID = UINT64_C(1) << 58;
    constexpr unsigned BANKS_MAX = 32; /* IA32_MC0_CTL .. IA32_MC31_MISC are contiguous */
    unsigned banks = (unsigned)(msr_read(MCG_CAP) & 0xff);
    sink_print(sink, "  machine check: MCG_STATUS %016lx, %u banks\n", msr_read(MCG_STATUS), banks);
    for (unsigned i = 0; i < banks && i < BANKS_MAX; i++) {
        uint32_t status_register = BANK0_STATUS + 4 * i;
        uint64_t status = msr_read(status_register);
        if ((status & VALID) == 0)
            continue;
        sink_print(sink, "  bank %u: status %016lx", i, status);
        if ((status & ADDRESS_VALID) != 0)
            sink_print(sink, " address %016lx", msr_read(status_register + 1));
        if ((status & MISC_VALID) != 0)
            sink_print(sink, " misc %016lx", msr_read(status_register + 2));
        sink_print(sink, "\n");
    }
}

void trap_print_registers(const struct trap *trap, const struct text_sink *sink)
{
    const struct trap_frame *r = trap->registers;
    sink_print(sink, "  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", r->rax, r->rbx, r->rcx,
               r->rdx);
    sink_print(sink, "  rsi %016lx  rdi %016lx  rbp %016lx  rsp %016lx\n", r->rsi, r->rdi, r->rbp,
               r->rsp);
    sink_print(sink, "  r8  %016lx  r9  %016lx  r10 %016lx  r11 %016lx\n", r->r8, r->r9, r->r10,
               r->r11);
    sink_print(sink, "  r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx\n", r->r12, r->r13, r->r14,
               r->r15);
    sink_print(sink, "  rip %016lx  rflags %08lx  cs %04lx  ss %04lx  error code %lx\n", r->rip,
               r->rflags, r->cs, r->ss, r->error_code);
    sink_print(sink, "  cr0 %08lx  cr2 %016lx  cr3 %016lx  cr4 %08lx\n", cr0_read(), cr2_read(),
               cr3_read(), cr4_read());
    if (trap->kind == TRAP_MACHINE_CHECK)
        print_machine_check_banks(sink);
}
