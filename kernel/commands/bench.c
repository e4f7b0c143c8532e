/* SPDX-License-Identifier: MIT */
#include <kernel/bench.h>

#include <base/string.h>
#include <kernel/command.h>
#include <kernel/console.h>
#include <mm/mm.h>

#include "shared.h"

/* ---- counting ---- */

static uint64_t counter_cost; /* of asking the cycle counter twice, with nothing between */

uint64_t bench_since(uint64_t start)
{
    uint64_t cycles = cpu_cycles() - start;
    return cycles > counter_cost ? cycles - counter_cost : 0;
}

static void find_counter_cost(void)
{
    uint64_t least = UINT64_MAX;
    counter_cost = 0;
    for (unsigned i = 0; i < 16; i++) {
        uint64_t cost;
        MEASURE(cost, );
        if (cost < least)
            least = cost;
    }
    counter_cost = least;
    print("counting itself: %" PRIu64 " instructions, subtracted from each figure\n", least);
}

void bench_print(const char *name, uint64_t cycles)
{
    print("%s: %" PRIu64 " instructions\n", name, cycles);
}

bool bench_refuse(const char *what)
{
    print("%s: not measured, there is no memory for it\n", what);
    return false;
}

void bench_add(struct bench_sample *sample, uint64_t cost)
{
    sample->count++;
    sample->total += cost;
    if (cost > sample->most)
        sample->most = cost;
}

void bench_print_mean(const char *name, const struct bench_sample *sample)
{
    bench_print(name, (sample->total + sample->count / 2) / sample->count);
}

/* ---- the command ---- */

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
    find_counter_cost();
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

const struct command command_bench = {
    .name = "bench",
    .arguments = "[PART]",
    .summary = "what memory operations cost",
    .help =
        "PART is frames, heap or paging: the common cases; map: a memory map of 10 000 entries,\n"
        "repaired and linted; worst: the dearest single operations that can be provoked; full:\n"
        "those that need full memory, frame by frame, which is quick with a few GiB only.\n"
        "Without it, all. The unit is the cycle counter: instructions under QEMU with -icount,\n"
        "cycles on a real machine.\n",
    .run = run_bench,
};
