/* SPDX-License-Identifier: MIT
 * Lint of the memory attributes table (UEFI 2.10, 4.6.4): which pages of runtime services may be written and which
 * may be executed. Its entries are sorted once; then entries and runtime ranges of the map are walked side by side,
 * once for entries that cover something else and once for runtime memory without an entry. */
#include "lint_private.h"

constexpr uint32_t DESCRIPTOR_SIZE_MIN = 40; /* EFI_MEMORY_DESCRIPTOR, 7.2.3 */
constexpr uint32_t VERSION_FIRST = 1, VERSION_LAST = 2;
constexpr uint64_t ALLOWED_BITS = EFI_ATTRIBUTE_RO | EFI_ATTRIBUTE_XP | EFI_ATTRIBUTE_RUNTIME;

static void found_table(struct lint_run *run, enum lint_rule_number rule, uint64_t value)
{
    lint_found(run, &(struct lint_finding){
                        .rule = rule, .first = LINT_NONE, .second = LINT_NONE, .value = value});
}

static void found_entry(struct lint_run *run, enum lint_rule_number rule,
                        const struct lint_span *entry, uint64_t value)
{
    lint_found(run, &(struct lint_finding){.rule = rule,
                                           .first = entry->index,
                                           .second = LINT_NONE,
                                           .start = entry->start,
                                           .end = entry->end,
                                           .value = value});
}

static void lint_header(struct lint_run *run)
{
    const struct view_attributes_table *table = &run->view->attributes;
    if (table->version < VERSION_FIRST || table->version > VERSION_LAST)
        found_table(run, LINT_FM039_ATTRIBUTES_VERSION, table->version);
    if (table->descriptor_size < DESCRIPTOR_SIZE_MIN || table->descriptor_size % 8 != 0)
        found_table(run, LINT_FM040_ATTRIBUTES_SIZE, table->descriptor_size);
    if (table->declared_count > table->count)
        found_table(run, LINT_FM041_ATTRIBUTES_CUT, table->declared_count);
    if (table->count == 0)
        found_table(run, LINT_FM042_ATTRIBUTES_EMPTY, 0);
}

static void lint_entry(struct lint_run *run, const struct boot_region *entry,
                       const struct lint_span *span)
{
    const uint64_t attributes = entry->efi_attributes, bytes = span->end - span->start;
    if (!is_aligned(span->start, PAGE_SIZE))
        found_entry(run, LINT_FM044_ENTRY_MISALIGNED, span, 0);
    if (entry->efi_type != EFI_TYPE_RUNTIME_SERVICES_CODE &&
        entry->efi_type != EFI_TYPE_RUNTIME_SERVICES_DATA)
        found_entry(run, LINT_FM047_ENTRY_TYPE, span, entry->efi_type);
    const uint64_t rights = attributes & (EFI_ATTRIBUTE_RO | EFI_ATTRIBUTE_XP);
    if (rights == 0)
        found_entry(run, LINT_FM048_ENTRY_OPEN, span, 0);
    if (rights == (EFI_ATTRIBUTE_RO | EFI_ATTRIBUTE_XP))
        found_entry(run, LINT_FM049_ENTRY_CONSTANT, span, bytes);
    if ((attributes & ~ALLOWED_BITS) != 0)
        found_entry(run, LINT_FM050_ENTRY_BITS, span, attributes & ~ALLOWED_BITS);
    if ((attributes & EFI_ATTRIBUTE_RUNTIME) == 0)
        found_entry(run, LINT_FM051_ENTRY_NOT_RUNTIME, span, bytes);
}

/* Judge each entry alone; those that have bounds become spans. Returns how many. */
static size_t lint_entries(struct lint_run *run)
{
    const struct view_attributes_table *table = &run->view->attributes;
    size_t count = 0;
    uint64_t before = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        struct lint_span span = {.index = i};
        if (!lint_bounds(&table->entries[i], &span.start, &span.end)) {
            found_entry(run, LINT_FM043_ENTRY_BROKEN, &span, table->entries[i].page_count);
            continue;
        }
        lint_entry(run, &table->entries[i], &span);
        if (span.start < before)
            found_entry(run, LINT_FM045_ENTRY_UNSORTED, &span, span.end - span.start);
        before = span.start;
        run->spans[count++] = span;
    }
    return count;
}

/* Sorted spans: does each end before the next starts, and lie in runtime memory? */
static void lint_coverage(struct lint_run *run, size_t count)
{
    struct lint_cover runtime = {.map = run->map, .classes = LINT_RUNTIME_CLASSES};
    uint64_t reach = 0;
    uint32_t reaching = 0;
    for (size_t i = 0; i < count; i++) {
        struct lint_span span = run->spans[i];
        if (span.start < reach) {
            lint_found(run, &(struct lint_finding){.rule = LINT_FM046_ENTRY_OVERLAP,
                                                   .first = reaching,
                                                   .second = span.index,
                                                   .start = span.start,
                                                   .end = span.end < reach ? span.end : reach});
            span.start = reach;
        }
        if (span.start >= span.end)
            continue;
        reach = span.end;
        reaching = span.index;
        const struct lint_gap gap = lint_uncovered(&runtime, span.start, span.end);
        if (gap.bytes > 0)
            lint_found(run, &(struct lint_finding){.rule = LINT_FM052_ENTRY_STRAY,
                                                   .first = span.index,
                                                   .second = LINT_NONE,
                                                   .start = gap.start,
                                                   .end = gap.end,
                                                   .value = gap.bytes});
    }
}

static void lint_holes(struct lint_run *run, size_t count)
{
    struct lint_cover entries = {.spans = run->spans,
                                 .span_count = lint_unite_spans(run->spans, count)};
    for (size_t i = 0; i < run->map->range_count; i++) {
        const struct memory_range *range = &run->map->ranges[i];
        if (!lint_class_in(range->class, LINT_RUNTIME_CLASSES))
            continue;
        const struct lint_gap gap = lint_uncovered(&entries, range->start.value, range->end.value);
        if (gap.bytes > 0)
            lint_found(run, &(struct lint_finding){.rule = LINT_FM053_RUNTIME_NOT_COVERED,
                                                   .first = range->descriptor,
                                                   .second = LINT_NONE,
                                                   .start = gap.start,
                                                   .end = gap.end,
                                                   .value = gap.bytes});
    }
}

void lint_run_attributes(struct lint_run *run)
{
    const uint64_t runtime =
        run->map->bytes[MEMORY_RUNTIME_CODE] + run->map->bytes[MEMORY_RUNTIME_DATA];
    if (run->view->attributes.entries == nullptr) {
        if (runtime > 0)
            found_table(run, LINT_FM038_ATTRIBUTES_ABSENT, runtime);
        return;
    }
    lint_header(run);
    const size_t count = lint_entries(run);
    if (count == 0)
        return;
    lint_sort_spans(run->spans, count);
    lint_coverage(run, count);
    lint_holes(run, count);
}
