/* SPDX-License-Identifier: MIT
 * Recent faults: the last FAULTS_KEPT traps, those that a probe expected and the one that ended the run.
 * Nothing here allocates. */
#ifndef KERNEL_FAULTS_H
#define KERNEL_FAULTS_H

#include <arch/trap.h>

constexpr unsigned FAULTS_KEPT = 32;

struct fault {
    uint64_t microseconds; /* since the start of the log */
    struct trap trap;      /* without its registers */
};

void fault_record(const struct trap *trap);
/* How many there ever were. */
uint64_t fault_count(void);
/* From 0, the oldest that is kept; false when there is none. */
bool fault_get(unsigned index, struct fault *out);

/* "read of", "write to", "execution at". */
const char *fault_access_name(const struct trap *trap);
/* Every bit of a page fault's error code in words: "not present", "read-only page, from user mode". */
void fault_describe_cause(const struct trap *trap, char *buffer, size_t size);

#endif
