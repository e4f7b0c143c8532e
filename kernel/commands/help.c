/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <base/string.h>
#include <kernel/console.h>

#include "shared.h"

bool print_usage(const char *const *words)
{
    const struct command *command = command_find(words[0]);
    print("Not like that. Usage: %s %s (%s); 'help %s' says more.\n", command->name,
          command->arguments, command->summary, command->name);
    return false;
}

static void print_list(void)
{
    for (const struct command *command = commands; command < commands_end; command++)
        print("  %-10s %-14s %s\n", command->name, command->arguments, command->summary);
    print("Several commands on a line are separated by ';'. 'help NAME' says more about one.\n");
}

static bool run_help(unsigned count, const char *const *words)
{
    if (count > 2)
        return print_usage(words);
    if (count == 1) {
        print_list();
        return true;
    }
    const struct command *command = command_find(words[1]);
    if (command == nullptr) {
        print("There is no command '%s'. 'help' lists all.\n", words[1]);
        return false;
    }
    print("%s%s%s: %s.\n", command->name, command->arguments[0] != '\0' ? " " : "",
          command->arguments, command->summary);
    console_output_text(command->help, strlen(command->help)); /* print cuts long texts */
    return true;
}

COMMAND(help) = {
    .name = "help",
    .arguments = "[NAME]",
    .summary = "list the commands, or tell more about one",
    .help = "At the prompt: Tab completes a name, up and down bring back earlier lines, ctrl-a\n"
            "and ctrl-e go to the ends, ctrl-k and ctrl-u erase, ctrl-c drops the line.\n",
    .run = run_help,
};
