/* SPDX-License-Identifier: MIT
 * The naive model of the ledger: for every page of a window a look at every descriptor, without a map. It repeats
 * what inspect/judge/ledger.c says of each row, for a source that knows everything. */
#ifndef TESTS_MODEL_LEDGER_ORACLE_H
#define TESTS_MODEL_LEDGER_ORACLE_H

#include <inspect/ledger.h>

constexpr unsigned LEDGER_ORACLE_PAGES = 400;

/* Is the descriptor ignored, or inside the window from `base` on? Others cannot be judged. */
bool ledger_oracle_sees(const struct boot_region *region, uint64_t base);

/* Add up the rows of all descriptors, up to RECLAIMED; `rows` starts as zeros. */
void ledger_oracle_rows(const struct boot_region *regions, size_t count, uint64_t base,
                        uint64_t installed, uint64_t rows[static LEDGER_ROW_COUNT]);

#endif
