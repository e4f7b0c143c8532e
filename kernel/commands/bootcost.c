/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/cpu.h>
#include <kernel/boot_phases.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

static void print_loader(const struct boot_cost *costs)
{
    static const char *const names[BOOT_STEP_COUNT] = {
        [BOOT_STEP_SNAPSHOT] = "snapshot", [BOOT_STEP_OPTIONS] = "options",
        [BOOT_STEP_GATHER] = "gather",     [BOOT_STEP_INSPECT] = "inspect",
        [BOOT_STEP_ALLOCATE] = "allocate", [BOOT_STEP_LOAD] = "load kernel",
        [BOOT_STEP_TABLES] = "tables",     [BOOT_STEP_EXIT] = "exit services",
        [BOOT_STEP_HANDOVER] = "handover",
    };
    uint64_t total = 0, firmware = 0;
    print("%-16s %14s %14s %14s\n", "loader step", cpu_features()->tsc_unit, "firmware", "ours");
    for (unsigned i = 0; i < BOOT_STEP_COUNT; i++) {
        const struct boot_cost *cost = &costs[i];
        print("%-16s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n", names[i], cost->total,
              cost->firmware, cost->total - cost->firmware);
        total += cost->total;
        firmware += cost->firmware;
    }
    print("loader: %" PRIu64 " %s, of which firmware %" PRIu64 ", ours %" PRIu64 "\n", total,
          cpu_features()->tsc_unit, firmware, total - firmware);
}

static void print_kernel(void)
{
    struct boot_phase phase;
    uint64_t in_phases = 0;
    print("\n%-16s %14s %14s\n", "kernel phase", cpu_features()->tsc_unit, "bytes taken");
    for (unsigned i = 0; boot_phase_get(i, &phase); i++) {
        print("%-16s %14" PRIu64 " %14" PRIu64 "  %s\n", phase.name, phase.cycles, phase.bytes,
              size_text(phase.bytes).text);
        in_phases += phase.cycles;
    }
    print("%-16s %14" PRIu64 "\n", "between phases", boot_total_cycles() - in_phases);
    print("boot: %" PRIu64 " %s\n", boot_total_cycles(), cpu_features()->tsc_unit);
}

static bool run_bootcost(unsigned, const char *const *)
{
    print_loader(mm_boot_info()->cost);
    print_kernel();
    return true;
}

COMMAND(bootcost) = {
    .name = "bootcost",
    .usage = "",
    .summary = "what starting cost, step by step",
    .help = "The loader's steps, with the firmware's part of each, then the kernel's phases from\n"
            "its first instruction to the prompt, in what the cycle counter counts: instructions\n"
            "under QEMU with -icount, else cycles. Between phases: their log lines.\n",
    .run = run_bootcost,
};
