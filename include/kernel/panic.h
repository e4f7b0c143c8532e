/* SPDX-License-Identifier: MIT
 * The end of a run that went wrong: `PANIC: ` with what and where, a symbolised backtrace, the registers if
 * there was a trap, and then failure (status 1 under QEMU; a halted machine with its screen elsewhere). */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <arch/trap.h>
#include <kernel/symbol_table.h>

[[noreturn]] void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, for code that was interrupted by a trap. */
[[noreturn]] void panic_trap(const struct trap *trap, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Print the call chain that starts at this frame, innermost first: `  symbol+0x12 (0xffffffff80001234)`. */
void backtrace_print(const struct text_sink *sink, virt_addr_t instruction,
                     virt_addr_t frame_pointer);

/* The function that holds an address: its name and the offset in it. Names come from a table that the build
 * puts into the image. Null if the address is not in the image's code. */
const char *symbol_find(virt_addr_t address, uint64_t *offset);
/* The other way: where the function of that name starts. False if there is none. */
bool symbol_address(const char *name, virt_addr_t *out);

#endif
