/* SPDX-License-Identifier: MIT */
#include <kernel/panic.h>

#include <arch/cpu.h>
#include <arch/devices.h>
#include <base/assert.h>
#include <base/string.h>
#include <boot/address_map.h>
#include <kernel/console.h>
#include <kernel/faults.h>

extern const char image_start[];

constexpr size_t SENTENCE_MAX = 256;

/* How many panics are under way: one may hit another while it prints. */
static unsigned panic_depth;

/* ---- where ---- */

struct place {
    char text[96];
};

/* Returned by value, so that `place_of(a).text` can be an argument. */
static struct place place_of(virt_addr_t address)
{
    struct place place;
    uint64_t offset;
    const char *name = symbol_find(address, &offset);
    if (name != nullptr)
        format_text(place.text, sizeof place.text, "%s+0x%" PRIx64, name, offset);
    else
        format_text(place.text, sizeof place.text, "0x%" PRIx64 " (not in the kernel's code)",
                    address.value);
    return place;
}

static void print_line(const struct text_sink *sink, virt_addr_t address)
{
    uint64_t offset;
    const char *name = symbol_find(address, &offset);
    if (name != nullptr)
        sink_print(sink, "  %s+0x%" PRIx64 " (0x%" PRIx64 ")\n", name, offset, address.value);
    else
        sink_print(sink, "  %s\n", place_of(address).text);
}

/* A return address belongs to the call before it, which may be the last instruction of its function. */
static void print_return(const struct text_sink *sink, virt_addr_t address)
{
    print_line(sink, virt_addr(address.value - 1));
}

/* ---- backtrace ---- */

/* What a function's prologue leaves at its frame pointer. */
struct frame {
    uint64_t caller_frame;
    uint64_t return_address;
};

/* A frame pointer is followed only inside one of our stacks: a damaged one must not fault again. */
static bool find_stack(uint64_t frame_pointer, struct trap_stack *out)
{
    if (!is_aligned(frame_pointer, sizeof(uint64_t)))
        return false;
    for (unsigned i = 0; trap_stack_get(i, out); i++)
        if (frame_pointer >= out->start.value &&
            frame_pointer <= out->end.value - sizeof(struct frame))
            return true;
    return false;
}

/* A call to where no code is has no frame yet: its return address is what RSP points to. */
static void print_wild_call(const struct text_sink *sink, const struct trap *trap)
{
    uint64_t offset;
    struct trap_stack stack;
    if (symbol_find(trap->instruction, &offset) != nullptr ||
        !find_stack(trap->stack.value, &stack))
        return;
    sink_print(sink, "  called by:\n");
    print_return(sink, virt_addr(*(const uint64_t *)trap->stack.value));
}

void backtrace_print(const struct text_sink *sink, virt_addr_t instruction,
                     virt_addr_t frame_pointer)
{
    constexpr unsigned LINES_MAX = 32;
    print_line(sink, instruction);
    uint64_t at = frame_pointer.value;
    uint64_t last = 0;
    unsigned repeated = 0; /* a recursion is one line, so that what started it is still seen */
    unsigned lines = 0;
    struct trap_stack stack;
    while (lines < LINES_MAX && find_stack(at, &stack)) {
        const struct frame *frame = (const struct frame *)at;
        if (frame->return_address != last) {
            if (repeated > 0)
                sink_print(sink, "    ... the same call %u times more\n", repeated);
            print_return(sink, virt_addr(frame->return_address));
            last = frame->return_address;
            repeated = 0;
            lines++;
        } else {
            repeated++;
        }
        /* Callers lie above on the same stack; anything else is damage, or a circle. */
        if (frame->caller_frame <= at || frame->caller_frame >= stack.end.value)
            break;
        at = frame->caller_frame;
    }
    if (repeated > 0)
        sink_print(sink, "    ... the same call %u times more\n", repeated);
    if (lines == LINES_MAX)
        sink_print(sink, "    ... and further callers\n");
}

/* ---- panic ---- */

/* The end, without anything that may be what failed: no console, no format but into a buffer. */
[[noreturn]] static void panic_again(const char *sentence)
{
    static const char prefix[] = "PANIC: and again while that was told: ";
    if (panic_depth == 2) {
        serial_write(prefix, sizeof prefix - 1);
        serial_write(sentence, strlen(sentence));
        serial_write("\n", 1);
    }
    power_exit(false);
}

[[noreturn]] static void stop(const char *sentence, virt_addr_t instruction,
                              virt_addr_t frame_pointer, const struct trap *trap)
{
    if (++panic_depth > 1)
        panic_again(sentence);
    if (!serial_present())
        (void)serial_init(); /* a panic may come before the console is up */
    uint64_t start = virt_of(image_start).value;
    sink_print(&urgent_sink, "PANIC: %s\n", sentence);
    if (trap != nullptr)
        print_wild_call(&urgent_sink, trap);
    backtrace_print(&urgent_sink, instruction, frame_pointer);
    sink_print(&urgent_sink, "  image at 0x%" PRIx64 ", slide 0x%" PRIx64 "\n", start,
               start - IMAGE_BASE);
    if (trap != nullptr)
        trap_print_registers(trap, &urgent_sink);
    power_exit(false);
}

/* Of the caller of the function that uses these: in its call, for what follows a call that does not return
 * may be another function. */
#define CALLER       virt_addr(virt_of(__builtin_return_address(0)).value - 1)
#define CALLER_FRAME virt_addr(*(const uint64_t *)__builtin_frame_address(0))

void panic(const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    format_text_va(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    stop(sentence, CALLER, CALLER_FRAME, nullptr);
}

void panic_trap(const struct trap *trap, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    format_text_va(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    stop(sentence, trap->instruction, trap->frame_pointer, trap);
}

void assert_failed(const char *expression, const char *file, int line)
{
    char sentence[SENTENCE_MAX];
    format_text(sentence, sizeof sentence, "assertion failed: %s, %s:%d", expression, file, line);
    stop(sentence, CALLER, CALLER_FRAME, nullptr);
}

/* The compiler calls this from the end of a function whose stack guard (arch/x86/stack_guard.c) was
 * overwritten; its frame is damaged, so the chain may end early. */
[[noreturn]] void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
    char sentence[SENTENCE_MAX];
    format_text(sentence, sizeof sentence, "stack buffer overflow in %s", place_of(CALLER).text);
    stop(sentence, CALLER, CALLER_FRAME, nullptr);
}

/* ---- traps ---- */

/* The stack whose guard page holds this address. Larger frames than a page may jump over a guard: what is
 * below belongs to another stack or to bss, and cannot be told apart. */
static bool find_guard(virt_addr_t address, struct trap_stack *out)
{
    for (unsigned i = 0; trap_stack_get(i, out); i++)
        if (address.value >= out->guard.value && address.value < out->start.value)
            return true;
    return false;
}

[[noreturn]] static void report_page_fault(const struct trap *trap)
{
    uint64_t address = trap->fault_address.value;
    char cause[SENTENCE_MAX];
    fault_describe_cause(trap, cause, sizeof cause);
    const char *near_null = address < NULL_GUARD_BASE + NULL_GUARD_SIZE ? "null pointer: " : "";
    struct trap_stack stack;
    if (find_guard(trap->fault_address, &stack))
        panic_trap(trap,
                   "page fault: %s 0x%" PRIx64 " (guard page of the %s stack), instruction %s",
                   fault_access_name(trap), address, stack.name, place_of(trap->instruction).text);
    panic_trap(trap, "page fault: %s%s 0x%" PRIx64 " (%s), instruction %s", near_null,
               fault_access_name(trap), address, cause, place_of(trap->instruction).text);
}

[[noreturn]] static void report_stack_overflow(const struct trap *trap,
                                               const struct trap_stack *stack, virt_addr_t address)
{
    panic_trap(trap,
               "kernel stack overflow: %s stack exceeded by %" PRIu64 " bytes, instruction %s",
               stack->name, stack->start.value - address.value, place_of(trap->instruction).text);
}

[[noreturn]] static void report_control_flow(const struct trap *trap)
{
    if (trap->fault_address.value == 0)
        panic_trap(trap, "control flow: call through a pointer of the wrong type in %s",
                   place_of(trap->instruction).text);
    panic_trap(trap, "control flow: call through a pointer of the wrong type to %s, in %s",
               place_of(trap->fault_address).text, place_of(trap->instruction).text);
}

/* Where the interrupted code went beyond the end of its own stack. When the boot stack is exceeded, the
 * processor cannot push the page fault's frame either: that is a double fault, and CR2, in which the first
 * fault was noted, or RSP lies in the guard. */
static bool find_overflow(const struct trap *trap, struct trap_stack *stack, virt_addr_t *out)
{
    if (trap->kind != TRAP_PAGE_FAULT && trap->kind != TRAP_DOUBLE_FAULT)
        return false;
    *out = trap->fault_address;
    if (find_guard(trap->fault_address, stack) && trap->stack.value >= stack->guard.value &&
        trap->stack.value < stack->end.value)
        return true;
    *out = trap->stack;
    return find_guard(trap->stack, stack);
}

void trap_report(struct trap *trap)
{
    struct trap_stack stack;
    virt_addr_t address;
    fault_record(trap);
    if (trap->recovered)
        return;
    if (find_overflow(trap, &stack, &address))
        report_stack_overflow(trap, &stack, address);
    switch (trap->kind) {
    case TRAP_PAGE_FAULT:
        report_page_fault(trap);
    case TRAP_CONTROL_FLOW:
        report_control_flow(trap);
    case TRAP_PROTECTION:
        panic_trap(trap, "%s (error code 0x%" PRIx64 "%s), instruction %s", trap->name,
                   trap->error_code,
                   trap->error_code == 0 ? ": perhaps an address that is not canonical" : "",
                   place_of(trap->instruction).text);
    default:
        panic_trap(trap, "%s, instruction %s", trap->name, place_of(trap->instruction).text);
    }
}
