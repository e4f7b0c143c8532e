/* SPDX-License-Identifier: MIT
 * What was found out, as a person reads it: the findings of lint, the ledger, the difference of two maps. */
#include <inspect/map_diff.h>
#include <inspect/words.h>

#include <base/string.h>

/* ---- lint ---- */

static const char *colour(const struct render_context *context, enum lint_severity severity)
{
    static const char codes[LINT_SEVERITY_COUNT][8] = {"\033[1;31m", "\033[1;33m", "\033[1;36m"};
    return context->colours && severity < LINT_SEVERITY_COUNT ? codes[severity] : "";
}

static const char *colour_end(const struct render_context *context)
{
    return context->colours ? "\033[0m" : "";
}

static void print_counts(const struct lint *lint, const struct render_context *context,
                         const struct text_sink *sink)
{
    sink_print(sink, "Findings: ");
    for (unsigned i = 0; i < LINT_SEVERITY_COUNT; i++) {
        const enum lint_severity severity = (enum lint_severity)i;
        const bool some = lint->counts[i] != 0;
        sink_print(sink, "%s%s%u %s%s%s", i == 0 ? "" : ", ", some ? colour(context, severity) : "",
                   lint->counts[i], lint_severity_word(severity), lint->counts[i] == 1 ? "" : "s",
                   some ? colour_end(context) : "");
    }
    if (lint->silent != 0)
        sink_print(sink, "; %u of %u rules need what this source cannot know", lint->silent,
                   lint_rule_count());
    sink_print(sink, "\n");
}

/* Findings of one rule come one behind the other: what they have in common is said once. */
void render_text_lint(const struct inspection *inspection, const struct render_context *context,
                      const struct text_sink *sink)
{
    constexpr unsigned indent = 8;
    const struct lint *lint = inspection->lint;
    print_counts(lint, context, sink);
    for (uint32_t i = 0; i < lint->recorded; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        const struct lint_rule *rule = lint_rule_get(finding->rule);
        if (i == 0 || lint->findings[i - 1].rule != finding->rule) {
            sink_print(sink, "\n%s%-7s%s %s: ", colour(context, rule->severity),
                       lint_severity_word(rule->severity), colour_end(context), rule->id);
            render_wrapped(sink, indent + 7, rule->title);
        }
        char sentence[RENDER_SENTENCE];
        lint_sentence(finding, inspection->view, inspection->map, sentence, sizeof sentence);
        sink_print(sink, "%*s- ", (int)indent, "");
        render_wrapped(sink, indent + 2, sentence);
        if (i + 1 < lint->recorded && lint->findings[i + 1].rule == finding->rule)
            continue;
        sink_print(sink, "%*s> ", (int)indent, "");
        render_wrapped(sink, indent + 2, rule->advice);
        sink_print(sink, "%*s  (%s)\n", (int)indent, "", rule->source);
    }
    if (lint->recorded < lint->needed)
        sink_print(sink, "\nThere was no room for %u more findings.\n",
                   lint->needed - lint->recorded);
}

/* ---- ledger ---- */

void render_text_ledger(const struct ledger *ledger, const struct text_sink *sink)
{
    constexpr int words = 58;
    bool first = true;
    enum ledger_row row;
    sink_print(sink, "%-*s %26s %10s\n", words + 4, "Ledger: where the memory went", "bytes",
               "size");
    for (unsigned at = 0; ledger_next_row(ledger, &at, &row);) {
        const enum ledger_kind kind = ledger_row_kind(row);
        const uint64_t bytes = ledger->bytes[row];
        if (kind == LEDGER_NOTE) {
            sink_print(sink, "      %s: %s", ledger_row_text(row), render_size(bytes).text);
            if (bytes != UINT64_MAX)
                sink_print(sink, ", %s bytes", render_grouped(bytes).text);
            sink_print(sink, "\n");
            continue;
        }
        if (kind == LEDGER_TOTAL && !first)
            sink_print(sink, "%*s%s\n", words + 4 + 1, "", "--------------------------");
        char text[96];
        format_text(text, sizeof text, "%s%s", ledger_row_text(row),
                    row == LEDGER_ROW_RECLAIMED && ledger->projected ? ", expected" : "");
        sink_print(sink, "  %c %-*s %26s %10s\n", first ? ' ' : ledger_row_sign(row), words, text,
                   render_grouped(bytes).text, size_text(bytes).text);
        first = false;
    }
    const char *broken = ledger_check(ledger);
    if (broken != nullptr)
        sink_print(sink, "This does not add up, which is a fault of this program: %s\n", broken);
}

/* ---- difference ---- */

static void print_difference(const struct map_difference *difference, const struct text_sink *sink)
{
    constexpr unsigned attributes_column = 13 + 1 + 13 + 1 + 10 + 2 + 16 + 4 + 16 + 2;
    sink_print(sink, "%13" PRIx64 " %13" PRIx64 " %10s  %-16s -> %-16s", difference->start.value,
               difference->end.value,
               size_text(difference->end.value - difference->start.value).text,
               difference->in_before ? memory_class_name(difference->class_before) : "-",
               difference->in_after ? memory_class_name(difference->class_after) : "-");
    if (!difference->in_before || !difference->in_after ||
        difference->attributes_before == difference->attributes_after) {
        sink_print(sink, "\n");
        return;
    }
    const uint64_t changed = difference->attributes_before ^ difference->attributes_after;
    const uint64_t lost = changed & difference->attributes_before;
    const uint64_t gained = changed & difference->attributes_after;
    char words[RENDER_SENTENCE];
    int length = 0;
    if (lost != 0) {
        words[length++] = '-';
        length += efi_attributes_text(lost, words + length, sizeof words - (size_t)length);
    }
    if (gained != 0) {
        length +=
            format_text(words + length, sizeof words - (size_t)length, "%s+", lost != 0 ? " " : "");
        efi_attributes_text(gained, words + length, sizeof words - (size_t)length);
    }
    sink_print(sink, "  ");
    render_wrapped(sink, attributes_column, words);
}

/* Its totals are most of a frame of a kernel's stack: not in one with another's. */
[[gnu::noinline]]
static void print_diff_totals(const struct memory_map *before, const struct memory_map *after,
                              const struct text_sink *sink)
{
    struct map_diff_totals totals;
    map_diff_sum(before, after, &totals);
    sink_print(sink, "\n%u difference%s\n", totals.differences, totals.differences == 1 ? "" : "s");
    for (unsigned from = 0; from <= MEMORY_CLASS_COUNT; from++)
        for (unsigned to = 0; to <= MEMORY_CLASS_COUNT; to++) {
            const uint64_t bytes = totals.bytes[from][to];
            if (bytes == 0)
                continue;
            const bool was = from != MAP_DIFF_NOT_DESCRIBED, is = to != MAP_DIFF_NOT_DESCRIBED;
            sink_print(sink, "  %-16s -> %-16s %26s %10s\n",
                       was ? memory_class_name((enum memory_class)from) : "-",
                       is ? memory_class_name((enum memory_class)to) : "-",
                       render_grouped(bytes).text, size_text(bytes).text);
        }
    if (totals.attributes_only != 0)
        sink_print(sink, "  %-36s %26s %10s\n", "attributes only",
                   render_grouped(totals.attributes_only).text,
                   size_text(totals.attributes_only).text);
}

void render_text_diff(const struct memory_map *before, const struct memory_map *after,
                      const struct text_sink *sink)
{
    struct map_diff_cursor cursor = {};
    struct map_difference difference;
    if (!map_diff_next(before, after, &cursor, &difference)) {
        sink_print(sink, "The maps are the same: %zu ranges.\n", before->range_count);
        return;
    }
    sink_print(sink, "%13s %13s %10s  %-16s -> %-16s  %s\n", "start", "end", "size", "before",
               "after", "attributes");
    do
        print_difference(&difference, sink);
    while (map_diff_next(before, after, &cursor, &difference));
    print_diff_totals(before, after, sink);
}
