/* SPDX-License-Identifier: MIT
 * Probes: touch an address that may not allow it, and learn whether it did. Each is one instruction that is
 * listed in the exception table (arch/x86/probe.c): if it faults, the trap is reported as recovered and
 * the probe answers false. For self-tests and for commands that are given any address. Never probe device
 * registers: reading one may change it. */
#ifndef ARCH_PROBE_H
#define ARCH_PROBE_H

#include <base/address.h>

/* Eight bytes as the kernel itself. False: it faulted, *out is untouched. */
[[nodiscard]] bool cpu_probe_read(virt_addr_t address, uint64_t *out);
[[nodiscard]] bool cpu_probe_write(virt_addr_t address, uint64_t value);
/* Call a `ret` that lies at the address. */
[[nodiscard]] bool cpu_probe_execute(virt_addr_t address);

/* The same for memory of a user: SMAP is lifted for this one instruction (EFLAGS.AC). */
[[nodiscard]] bool cpu_probe_read_user(virt_addr_t address, uint64_t *out);
[[nodiscard]] bool cpu_probe_write_user(virt_addr_t address, uint64_t value);

#endif
