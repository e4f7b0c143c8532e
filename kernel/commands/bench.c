/* SPDX-License-Identifier: MIT */
#include <kernel/bench.h>

#include <base/string.h>
#include <kernel/command.h>
#include <kernel/console.h>
#include <mm/mm.h>

#include "shared.h"

static bool bench_worst(void)
{
    return bench_worst_heap() && bench_worst_paging();
}

static const struct {
    const char *word;
    bool (*run)(void);
} parts[] = {
    {"frames", bench_frames}, {"heap", bench_heap},   {"paging", bench_paging},
    {"map", bench_map},       {"worst", bench_worst}, {"full", bench_full},
};

static bool is_known(const char *word)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(word, parts[i].word) == 0)
            return true;
    }
    return false;
}

static bool run_bench(unsigned count, const char *const *words)
{
    if (count > 2 || (count == 2 && !is_known(words[1])))
        return print_usage(words);
    bench_count_itself();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (count == 2 && strcmp(words[1], parts[i].word) != 0)
            continue;
        if (!parts[i].run())
            return false;
        const char *broken = mm_check_all();
        if (broken != nullptr) {
            print("FAIL: after bench %s: %s\n", parts[i].word, broken);
            return false;
        }
    }
    return true;
}

COMMAND(bench) = {
    .name = "bench",
    .arguments = "[PART]",
    .summary = "what memory operations cost",
    .help =
        "PART is frames, heap or paging: the common cases; map: a memory map of 10 000 entries,\n"
        "repaired and linted; worst: the dearest single operations that can be provoked; full:\n"
        "those that need full memory, frame by frame, which is quick with a few GiB only.\n"
        "Without it, all. Figures are what the cycle counter counts: instructions under QEMU\n"
        "with -icount, else cycles.\n",
    .run = run_bench,
};
