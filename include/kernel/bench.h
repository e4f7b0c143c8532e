/* SPDX-License-Identifier: MIT
 * The parts of `bench`, and how they count. */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include <arch/cpu.h>
#include <base/status.h>

#include <stddef.h>
#include <stdint.h>

/* Find out, and say, what asking the counter and going round a loop costs: before anything is measured. */
void bench_count_itself(void);
/* Cycles since `start`, without what asking twice costs. */
uint64_t bench_since(uint64_t start);
/* The mean of a round, when there were so many since `start`, without what the loop costs. */
uint64_t bench_round_since(uint64_t start, unsigned rounds);
/* "NAME: N instructions", or cycles if that is what was counted. */
void bench_print(const char *name, uint64_t cycles);
/* Says what there was no memory for; false. */
bool bench_refuse(const char *what);

/* `cost` becomes what running the statement costs. */
#define MEASURE(cost, statement)                                                                   \
    do {                                                                                           \
        const uint64_t start_ = cpu_cycles();                                                      \
        statement;                                                                                 \
        (cost) = bench_since(start_);                                                              \
    } while (0)

/* `cost` becomes the mean of running the statement so many times. The counter of rounds is volatile, so that the compiler
 * neither unrolls the loop nor drops it. */
#define MEASURE_ROUNDS(cost, rounds, statement)                                                    \
    do {                                                                                           \
        const unsigned rounds_ = (rounds);                                                         \
        const uint64_t start_ = cpu_cycles();                                                      \
        for (volatile unsigned left_ = rounds_; left_ > 0; left_--) {                              \
            statement;                                                                             \
        }                                                                                          \
        (cost) = bench_round_since(start_, rounds_);                                               \
    } while (0)

/* The mean is the common case of operations that were repeated, `most` the dearest of them. */
struct bench_sample {
    uint64_t count, total, most;
};
void bench_add(struct bench_sample *sample, uint64_t cost);
void bench_print_mean(const char *name, const struct bench_sample *sample);

/* Each leaves everything as it was, and fails with a sentence if it cannot be measured. */
bool bench_frames(void);
bool bench_heap(void);
bool bench_paging(void);
/* Alloc and free by turns, and many of one after many of the other (of the parts frames and heap). */
bool bench_frame_pairs(void);
bool bench_heap_pairs(void);
bool bench_map(void); /* a map of 10 000 entries */
/* The worst cases, provoked one by one. */
bool bench_worst_heap(void);
bool bench_worst_paging(void);
bool bench_full(void); /* takes all memory there is for a while */

#endif
