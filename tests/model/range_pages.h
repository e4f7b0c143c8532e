/* SPDX-License-Identifier: MIT
 * Pages for the records of ranges, from the host: counted, and as many as a test allows. */
#ifndef TESTS_MODEL_RANGE_PAGES_H
#define TESTS_MODEL_RANGE_PAGES_H

#include <mm/ranges.h>

struct range_pages {
    size_t open;  /* taken and not given back */
    size_t limit; /* the most that may be open; 0: any number */
};

struct range_memory range_pages_memory(struct range_pages *pages);

#endif
