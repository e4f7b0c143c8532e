/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/devices.h>
#include <kernel/console.h>

static bool run_poweroff(unsigned, const char *const *)
{
    power_off();
    print("FAIL: this machine's ACPI tables do not tell how to switch it off; use the button.\n");
    return false;
}

COMMAND(poweroff) = {
    .name = "poweroff",
    .usage = "",
    .summary = "switch the machine off",
    .help = "Uses the sleep state S5 of the ACPI tables. Nothing is lost: nothing is stored.\n",
    .run = run_poweroff,
};
