/* SPDX-License-Identifier: MIT
 * ASSERT: a broken invariant of our own, always on and O(1). Never for input: firmware data, an ELF
 * file, a pointer to free are checked and refused with a status instead. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Provided by each program: the kernel panics, the loader stops with a sentence, a test aborts. */
[[noreturn]] void assert_failed(const char *expression, const char *file, int line);

#define ASSERT(expression)                                                                         \
    ((expression) ? (void)0 : assert_failed(#expression, __FILE_NAME__, __LINE__))

#endif
