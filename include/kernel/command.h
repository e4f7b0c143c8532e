/* SPDX-License-Identifier: MIT
 * Monitor commands: one file a noun in kernel/commands/, all in the one table of kernel/monitor.c. */
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

extern const struct command command_bench, command_bootcost, command_exit, command_explain,
    command_faults, command_footprint, command_frames, command_heap, command_help, command_legacy,
    command_maps, command_meminfo, command_memmap, command_owner, command_poweroff, command_provoke,
    command_pt, command_reboot, command_selftest, command_slabinfo, command_stats;

/* All commands, sorted by name; null at the end. */
extern const struct command *const commands[];

/* Run one line of commands, separated by ';'. False if one is unknown or fails; the rest is then skipped. */
bool monitor_run(const char *line, size_t length);
/* The prompt, for ever. */
[[noreturn]] void monitor_loop(void);

/* The address in a word, for commands: hexadecimal with or without 0x, or the name of a function, perhaps
 * with an offset (`kmalloc+0x12`). If it is none of these, says so. */
bool command_parse_address(const char *word, uint64_t *out);

#endif
