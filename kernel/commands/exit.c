/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/devices.h>
#include <base/string.h>

#include "shared.h"

static bool run_exit(unsigned count, const char *const *words)
{
    bool ok = count == 1 || (count == 2 && strcmp(words[1], "ok") == 0);
    bool fail = count == 2 && strcmp(words[1], "fail") == 0;
    if (!ok && !fail)
        return print_usage(words);
    power_exit(ok);
}

COMMAND(exit) = {
    .name = "exit",
    .arguments = "[ok|fail]",
    .summary = "end the run",
    .help = "Under QEMU with isa-debug-exit the emulator ends, with status 33 for ok and 35 for\n"
            "fail. A real machine halts with its screen as it is; see also reboot, poweroff.\n",
    .run = run_exit,
};
