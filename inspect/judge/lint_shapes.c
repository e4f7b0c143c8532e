/* SPDX-License-Identifier: MIT
 * How findings of a rule are joined, and what they point to: LINT_RULE_LIST as a table. */
#include <inspect/lint_rules.h>

static const struct lint_shape shapes[LINT_RULE_COUNT] = {
#define LINT_RULE_SHAPE(number, name, joining, first, second)                                      \
    [LINT_FM##number##_##name] = {LINT_##joining, LINT_##first, LINT_##second},
    LINT_RULE_LIST(LINT_RULE_SHAPE)
#undef LINT_RULE_SHAPE
};

struct lint_shape lint_rule_shape(unsigned rule)
{
    return shapes[rule];
}
