/* SPDX-License-Identifier: MIT
 * Monitor commands: one file a noun in kernel/commands/. */
#ifndef KERNEL_COMMAND_H
#define KERNEL_COMMAND_H

#include <base/status.h>

struct command {
    const char *name;
    const char
        *usage; /* what may stand behind it (kernel/usage.h); COMMAND: the name of any command */
    const char *summary; /* one line, no full stop */
    const char *help;    /* what `help NAME` says beyond that; lines end in \n */
    /* words[0] is the name, the others fit the usage. True: success. Else it has said why. */
    bool (*run)(unsigned count, const char *const *words);
};

/* A command puts itself into the list: `COMMAND(help) = {...};` in its file. The linker collects them, sorted by name
 * (arch/x86/kernel.ld), so that nothing below kernel/commands/ names one. */
#define COMMAND(name)                                                                              \
    [[gnu::used, gnu::section(".command." #name)]] static const struct command command_##name

/* The list. */
extern const struct command commands[], commands_end[];
/* If there is none: says so, perhaps with a name that was meant, and null. */
const struct command *command_find(const char *name);

/* Run one line of commands, separated by ';'. False if one is unknown, is called in a way that its usage does not have, or
 * fails; the rest is then not run, and named. */
bool monitor_run(const char *line, size_t length);
/* The prompt, for ever. */
[[noreturn]] void monitor_loop(void);

/* The address in a word, for commands: hexadecimal with or without 0x, or the name of a function, perhaps
 * with an offset (`kmalloc+0x12`). If it is none of these, says so. */
bool command_parse_address(const char *word, uint64_t *out);

#endif
