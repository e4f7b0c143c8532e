/* SPDX-License-Identifier: MIT
 * Sorting: in place, no memory, O(n log n) in the worst case (heap sort: the input is firmware data, and
 * nothing that firmware says may make us quadratic). Not stable: make the comparison total. */
#ifndef BASE_SORT_H
#define BASE_SORT_H

#include <stddef.h>

/* Sort `count` records of `size` bytes (at most 128). before(a, b) tells if a must come before b. */
void sort_records(void *records, size_t count, size_t size,
                  bool (*before)(const void *left, const void *right));

#endif
