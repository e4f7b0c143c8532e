/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/devices.h>

#include "shared.h"

static bool run_reboot(unsigned count, const char *const *words)
{
    if (count != 1)
        return print_usage(words);
    power_reboot();
}

COMMAND(reboot) = {
    .name = "reboot",
    .arguments = "",
    .summary = "start the machine again",
    .help =
        "Tries the reset register of ACPI, then the keyboard controller, then a triple fault.\n",
    .run = run_reboot,
};
