/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/devices.h>
#include <base/string.h>

static bool run_exit(unsigned count, const char *const *words)
{
    power_exit(count == 1 || strcmp(words[1], "ok") == 0);
}

COMMAND(exit) = {
    .name = "exit",
    .usage = "[ok|fail]",
    .summary = "end the run",
    .help = "Under QEMU with isa-debug-exit the emulator ends, with status 33 for ok and 35 for\n"
            "fail. A real machine halts with its screen as it is; see also reboot, poweroff.\n",
    .run = run_exit,
};
