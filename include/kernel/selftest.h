/* SPDX-License-Identifier: MIT
 * The tests of `selftest`. Each gives back all that it takes. */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include <stddef.h>

struct self_test {
    const char *name;
    const char *(*run)(void); /* null: ok; else the reason */
};

/* The managers: frames, heap, arena (kernel/selftest/memory.c). */
extern const struct self_test memory_tests[];
extern const size_t memory_test_count;
/* The names of the reference documents (kernel/selftest/names.c). */
extern const struct self_test name_tests[];
extern const size_t name_test_count;

/* The ledger of memory (kernel/selftest/ledger.c). */
extern const struct self_test ledger_tests[];
extern const size_t ledger_test_count;

/* What the processor allows (kernel/selftest/permissions.c). */
extern const struct self_test permission_tests[];
extern const size_t permission_test_count;

#define EXPECT(expression, reason)                                                                 \
    do {                                                                                           \
        if (!(expression))                                                                         \
            return reason;                                                                         \
    } while (0)

#endif
