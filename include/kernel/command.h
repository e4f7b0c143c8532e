/* SPDX-License-Identifier: MIT
 * Monitor commands: one file a noun in kernel/commands/. */
#ifndef KERNEL_COMMAND_H
#define KERNEL_COMMAND_H

#include <base/status.h>

struct command {
    const char *name;
    const char *arguments; /* "ADDRESS", "[raw]", or "" */
    const char *summary;   /* one line, no full stop */
    const char *help;      /* what `help NAME` says beyond that; lines end in \n */
    /* words[0] is the name. True: success. A wrong word is answered with a sentence and false. */
    bool (*run)(unsigned count, const char *const *words);
};

/* A command puts itself into the list: `COMMAND(help) = {...};` in its file. The linker collects them, sorted by name
 * (arch/x86/kernel.ld), so that nothing below kernel/commands/ names one. */
#define COMMAND(name)                                                                              \
    [[gnu::used, gnu::section(".command." #name)]] static const struct command command_##name

/* The list. */
extern const struct command commands[], commands_end[];
/* Null if there is none. */
const struct command *command_find(const char *name);

/* Run one line of commands, separated by ';'. False if one is unknown or fails; the rest is then skipped. */
bool monitor_run(const char *line, size_t length);
/* The prompt, for ever. */
[[noreturn]] void monitor_loop(void);

/* The address in a word, for commands: hexadecimal with or without 0x, or the name of a function, perhaps
 * with an offset (`kmalloc+0x12`). If it is none of these, says so. */
bool command_parse_address(const char *word, uint64_t *out);

#endif
