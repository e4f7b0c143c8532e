/* SPDX-License-Identifier: MIT
 * How the parts of `bench` count, and print what they counted. */
#include <kernel/bench.h>

#include <kernel/console.h>

static uint64_t counter_cost; /* of asking the cycle counter twice, with nothing between */
static uint64_t loop_cost;    /* of a round of MEASURE_ROUNDS with nothing in it */

uint64_t bench_since(uint64_t start)
{
    uint64_t cycles = cpu_cycles() - start;
    return cycles > counter_cost ? cycles - counter_cost : 0;
}

uint64_t bench_round_since(uint64_t start, unsigned rounds)
{
    const uint64_t cycles = bench_since(start), loop = loop_cost * rounds;
    return rounds != 0 && cycles > loop ? (cycles - loop + rounds / 2) / rounds : 0;
}

void bench_count_itself(void)
{
    constexpr unsigned ROUNDS = 256;
    uint64_t least = UINT64_MAX;
    counter_cost = loop_cost = 0;
    for (unsigned i = 0; i < 16; i++) {
        uint64_t cost;
        MEASURE(cost, );
        if (cost < least)
            least = cost;
    }
    counter_cost = least;
    MEASURE_ROUNDS(loop_cost, ROUNDS, );
    print("counting itself: %" PRIu64 " %s, subtracted from each figure\n", least,
          cpu_features()->tsc_unit);
    print("a round of a loop: %" PRIu64 " %s, subtracted from each pair and bulk\n", loop_cost,
          cpu_features()->tsc_unit);
}

void bench_print(const char *name, uint64_t cycles)
{
    print("%s: %" PRIu64 " %s\n", name, cycles, cpu_features()->tsc_unit);
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
