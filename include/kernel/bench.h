/* SPDX-License-Identifier: MIT
 * The parts of `bench`, and how they count. */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include <arch/cpu.h>
#include <base/status.h>

#include <stddef.h>
#include <stdint.h>

/* Find out, and say, what asking the counter costs: before anything is measured. */
void bench_count_itself(void);
/* Cycles since `start`, without what asking twice costs. */
uint64_t bench_since(uint64_t start);
/* "NAME: N instructions" */
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
bool bench_map(void); /* a map of 10 000 entries */
/* The worst cases, provoked one by one. */
bool bench_worst_heap(void);
bool bench_worst_paging(void);
bool bench_full(void); /* takes all memory there is for a while */

#endif
