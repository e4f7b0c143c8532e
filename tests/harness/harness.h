/* SPDX-License-Identifier: MIT
 * What every host test and fuzz target shares: cmocka with its includes in the right order, a seeded
 * generator whose seed is printed, and an arena of simulated physical memory. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <base/address.h>
#include <base/status.h>

#define assert_status(expression, wanted)                                                          \
    assert_string_equal(status_text(expression), status_text(wanted))
/* For *_check(): prints the broken invariant. */
#define assert_sound(expression)                                                                   \
    do {                                                                                           \
        const char *broken_ = (expression);                                                        \
        if (broken_ != nullptr)                                                                    \
            fail_msg("%s", broken_);                                                               \
    } while (0)

/* The statement ends the program by an assertion of this rule (base/assert.h). It runs in a copy of the program, so
 * that the test goes on. assert_rule_broken(F3, ...) is a test that breaks F3. */
#define assert_rule_broken(rule, statement)                                                        \
    do {                                                                                           \
        if (harness_split()) {                                                                     \
            statement;                                                                             \
            harness_came_back();                                                                   \
        }                                                                                          \
        harness_judge_end("ASSERT failed: " #rule ": ");                                           \
    } while (0)
bool harness_split(void); /* true in the copy */
[[noreturn]] void harness_came_back(void);
void harness_judge_end(const char *wanted);

/* A small generator (splitmix64): the same seed gives the same test everywhere. */
struct random {
    uint64_t state;
};
/* TEST_SEED from the environment, else `fallback`; printed, so that a failure can be replayed. */
struct random random_start(const char *test, uint64_t fallback);
uint64_t random_next(struct random *r);
uint64_t random_below(struct random *r, uint64_t limit); /* 0 .. limit - 1; limit > 0 */

/* Simulated physical memory: `size` bytes that appear at physical address `base`. Sparse: pages cost
 * nothing until they are touched. offset = pointer - physical address. */
struct fake_ram {
    unsigned char *bytes;
    uint64_t base, size, offset;
};
struct fake_ram fake_ram_create(uint64_t base, uint64_t size);
void fake_ram_destroy(struct fake_ram *ram);

#endif
