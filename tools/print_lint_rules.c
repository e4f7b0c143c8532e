/* SPDX-License-Identifier: MIT
 * Prints docs/lint.md from the table in inspect/judge/lint_rules.c. Runs on the host. */
#include <inspect/lint.h>

#include <stdio.h>

static void print_needs(uint32_t needs)
{
    const char *between = "Silent unless the source knows ";
    for (unsigned fact = 0; fact < VIEW_FACT_COUNT; fact++) {
        if ((needs >> fact & 1) == 0)
            continue;
        printf("%s%s", between, view_fact_text((enum view_fact)fact));
        between = " and ";
    }
    if (needs != 0)
        printf(".\n");
}

static void print_rule(const struct lint_rule *rule)
{
    printf("\n## %s %s\n\n", rule->id, rule->title);
    printf("**%s.** %s\n", lint_severity_word(rule->severity), rule->meaning);
    printf("*%s*\n", rule->advice);
    print_needs(rule->needs);
    printf("Source: %s.\n", rule->source);
}

int main(void)
{
    unsigned counts[LINT_SEVERITY_COUNT] = {0};
    for (unsigned rule = 0; rule < lint_rule_count(); rule++)
        counts[lint_rule_get(rule)->severity]++;
    printf("# Lint rules\n\n"
           "Made by `make docs` from `inspect/judge/lint_rules.c`; do not edit. A number is never "
           "used again for\n"
           "another rule.\n\n"
           "- **error** (%u rules): an operating system that believes the map can lose data or "
           "crash.\n"
           "- **warning** (%u rules): it breaks the specification, or costs memory or speed.\n"
           "- **note** (%u rules): unusual, and worth knowing.\n\n"
           "A rule speaks only of what its source can know: a list that Linux printed was sorted, "
           "an e820 list has\n"
           "no attributes. What is printed is one sentence a finding, with the addresses in it.\n\n"
           "| rule | | what |\n|---|---|---|\n",
           counts[LINT_ERROR], counts[LINT_WARNING], counts[LINT_NOTE]);
    for (unsigned rule = 0; rule < lint_rule_count(); rule++) {
        const struct lint_rule *row = lint_rule_get(rule);
        printf("| %s | %s | %s |\n", row->id, lint_severity_word(row->severity), row->title);
    }
    for (unsigned rule = 0; rule < lint_rule_count(); rule++)
        print_rule(lint_rule_get(rule));
    return 0;
}
