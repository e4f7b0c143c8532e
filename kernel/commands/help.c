/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <base/string.h>
#include <kernel/console.h>
#include <kernel/usage.h>

static void print_list(void)
{
    for (const struct command *command = commands; command < commands_end; command++) {
        char usage[17];
        print("  %-10s %-16s %s\n", command->name,
              usage_short(command->usage, usage, sizeof usage) ? usage : "...", command->summary);
    }
    print("Several commands on a line are separated by ';'. 'help NAME' says more about one.\n");
}

static bool run_help(unsigned count, const char *const *words)
{
    if (count == 1) {
        print_list();
        return true;
    }
    const struct command *command = command_find(words[1]);
    if (command == nullptr)
        return false;
    print("%s: %s.\nusage:\n", command->name, command->summary);
    usage_tell(command->usage, command->name, 2, &output_sink);
    console_output_text(command->help, strlen(command->help)); /* print cuts long texts */
    return true;
}

COMMAND(help) = {
    .name = "help",
    .usage = "[COMMAND]",
    .summary = "list the commands, or tell more about one",
    .help = "At the prompt: Tab completes a word, up and down bring back earlier lines, ctrl-a\n"
            "and ctrl-e go to the ends, ctrl-k and ctrl-u erase, ctrl-c drops the line.\n",
    .run = run_help,
};
