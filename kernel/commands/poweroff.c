/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/devices.h>
#include <kernel/console.h>

#include "shared.h"

static bool run_poweroff(unsigned count, const char *const *words)
{
    if (count != 1)
        return print_usage(words);
    power_off();
    print("FAIL: this machine's ACPI tables do not tell how to switch it off; use the button.\n");
    return false;
}

COMMAND(poweroff) = {
    .name = "poweroff",
    .arguments = "",
    .summary = "switch the machine off",
    .help = "Uses the sleep state S5 of the ACPI tables. Nothing is lost: nothing is stored.\n",
    .run = run_poweroff,
};
