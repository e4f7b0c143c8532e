/* SPDX-License-Identifier: MIT
 * Assertions: a broken rule of our own. Never for input: firmware data, an ELF file, a pointer to free are
 * checked and refused with a status instead. Each names the rule that it holds up (docs/rules.md has them all),
 * so that whoever sees a panic can look it up.
 *
 *   ASSERT        always on, O(1): where going on with the rule broken would corrupt
 *   DEBUG_ASSERT  in host tests, fuzzing and `make DEBUG=1` only: where a function relies on a rule of its
 *                 file's head; elsewhere it is compiled, but not run
 *   X_check()     walks everything of a manager, in tests and on demand */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Provided by each program: the kernel panics, the loader stops with a sentence, a test aborts. */
[[noreturn]] void assert_failed(const char *expression, const char *file, int line);

/* `rule` is a name, not a value: ASSERT(F3, count <= BLOCK_FRAMES). */
#define ASSERT(rule, expression)                                                                   \
    ((expression) ? (void)0 : assert_failed(#rule ": " #expression, __FILE__, __LINE__))

#ifdef FREEHOLD_DEBUG
#define DEBUG_ASSERT(rule, expression) ASSERT(rule, expression)
#else
#define DEBUG_ASSERT(rule, expression) ((void)sizeof(!(expression)))
#endif

#endif
