/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/probe.h>
#include <base/string.h>
#include <kernel/console.h>
#include <kernel/faults.h>
#include <kernel/panic.h>
#include <mm/mm.h>

#include "shared.h"

static void print_fault(uint64_t number, const struct fault *fault)
{
    constexpr uint64_t MICROSECONDS = 1000000;
    const struct trap *trap = &fault->trap;
    uint64_t offset;
    char cause[160];
    print("%6" PRIu64 " [%5" PRIu64 ".%06" PRIu64 "] %-9s ", number,
          fault->microseconds / MICROSECONDS, fault->microseconds % MICROSECONDS,
          trap->recovered ? "recovered" : "fatal");
    if (trap->kind == TRAP_PAGE_FAULT) {
        fault_describe_cause(trap, cause, sizeof cause);
        print("%s %016" PRIx64 " (%s)", fault_access_name(trap), trap->fault_address.value, cause);
    } else {
        print("%s, error code %" PRIx64, trap->name, trap->error_code);
    }
    const char *name = symbol_find(trap->instruction, &offset);
    if (name != nullptr)
        print(", %s+0x%" PRIx64 "\n", name, offset);
    else
        print(", instruction %" PRIx64 "\n", trap->instruction.value);
}

static void print_faults(void)
{
    const uint64_t count = fault_count();
    const uint64_t first = count > FAULTS_KEPT ? count - FAULTS_KEPT : 0;
    struct fault fault;
    for (unsigned i = 0; fault_get(i, &fault); i++)
        print_fault(first + i + 1, &fault);
    print("%" PRIu64 " fault%s since the start, %" PRIu64 " shown\n", count, count == 1 ? "" : "s",
          count - first);
}

static bool probe(const char *word)
{
    uint64_t address, value;
    if (!command_parse_address(word, &address))
        return false;
    if (may_be_device(virt_addr(address))) {
        print("%016" PRIx64 " is not read: a device may be there, and would notice\n", address);
        return false;
    }
    if (cpu_probe_read(virt_addr(address), &value))
        print("%016" PRIx64 " holds %016" PRIx64 "\n", address, value);
    else
        print("%016" PRIx64 " cannot be read: it faulted\n", address);
    return true;
}

static bool run_faults(unsigned count, const char *const *words)
{
    if (count > 1)
        return probe(words[2]);
    print_faults();
    return true;
}

COMMAND(faults) = {
    .name = "faults",
    .usage = "\n"
             "probe ADDRESS",
    .summary = "the last faults of the processor, and what came of them",
    .help = "Number, time, outcome, what was done to which address, why it was refused, and the\n"
            "instruction. 'recovered': a probe expected it; the selftest makes many.\n"
            "'faults probe ADDRESS' reads eight bytes there, whatever lies there.\n",
    .run = run_faults,
};
