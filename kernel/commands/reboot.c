/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/devices.h>

static bool run_reboot(unsigned, const char *const *)
{
    power_reboot();
}

COMMAND(reboot) = {
    .name = "reboot",
    .usage = "",
    .summary = "start the machine again",
    .help =
        "Tries the reset register of ACPI, then the keyboard controller, then a triple fault.\n",
    .run = run_reboot,
};
