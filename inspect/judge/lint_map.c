/* SPDX-License-Identifier: MIT
 * Lint of what memory_map_build had to change: the map already knows every overlap and every descriptor that makes
 * no sense; here each becomes a finding of the right weight.
 *
 * Two overlaps that the map records are none in the source: where descriptors end inside a page, both are rounded to
 * the whole page. So the bytes themselves are compared before anybody is blamed. */
#include "lint_private.h"

static bool is_identical(const struct boot_region *a, const struct boot_region *b)
{
    return a->phys_start == b->phys_start && a->page_count == b->page_count &&
           a->bytes_less == b->bytes_less && a->efi_type == b->efi_type &&
           a->efi_attributes == b->efi_attributes;
}

static enum lint_rule_number overlap_rule(const struct memory_change *change,
                                          const struct boot_region *winner,
                                          const struct boot_region *loser)
{
    if (change->kind == MEMORY_CHANGE_DUPLICATE)
        return is_identical(winner, loser) ? LINT_FM004_DUPLICATE : LINT_FM003_OVERLAP;
    const bool is_conflict = lint_class_in(memory_class_of_region(loser), LINT_FREE_CLASSES) &&
                             !lint_class_in(memory_class_of_region(winner), LINT_FREE_CLASSES);
    return is_conflict ? LINT_FM001_CONFLICT : LINT_FM002_CONTRADICTION;
}

static bool is_page_aligned(const struct boot_region *region)
{
    return is_aligned(region->phys_start | region->bytes_less, PAGE_SIZE);
}

/* Cut the finding to the bytes that both descriptors really describe; false if there are none. */
static bool cut_to_bytes(struct lint_finding *finding, const struct boot_region *winner,
                         const struct boot_region *loser)
{
    if (is_page_aligned(winner) && is_page_aligned(loser))
        return true; /* nothing was rounded */
    uint64_t start, end, other_start, other_end;
    lint_bounds(winner, &start, &end);
    lint_bounds(loser, &other_start, &other_end);
    start = start > other_start ? start : other_start;
    end = end < other_end ? end : other_end;
    start = start > finding->start ? start : finding->start;
    end = end < finding->end ? end : finding->end;
    if (start >= end)
        return false;
    finding->start = start;
    finding->end = end;
    return true;
}

static void lint_overlap(struct lint_run *run, const struct memory_change *change)
{
    const struct boot_region *winner = &run->view->regions[change->winner];
    const struct boot_region *loser = &run->view->regions[change->loser];
    struct lint_finding finding = {.rule = LINT_FM005_SHARED_PAGE,
                                   .first = change->loser,
                                   .second = change->winner,
                                   .start = change->start.value,
                                   .end = change->end.value,
                                   .value = change->end.value - change->start.value};
    if (cut_to_bytes(&finding, winner, loser))
        finding.rule = overlap_rule(change, winner, loser);
    if (change->kind == MEMORY_CHANGE_DUPLICATE && finding.rule != LINT_FM005_SHARED_PAGE) {
        finding.first = change->winner; /* neither wins: in their order */
        finding.second = change->loser;
    }
    lint_found(run, &finding);
}

/* What rounding loses: outward nothing, inward less than two pages. */
static uint64_t lost_bytes(const struct memory_change *change)
{
    const uint64_t start = change->start.value, end = change->end.value;
    if (change->kind == MEMORY_CHANGE_ROUNDED_OUT)
        return 0;
    const uint64_t first = align_up(start, PAGE_SIZE), last = align_down(end, PAGE_SIZE);
    return first < last ? first - start + (end - last) : end - start;
}

static void lint_change(struct lint_run *run, const struct memory_change *change)
{
    const uint32_t index = change->winner;
    const struct boot_region *region = &run->view->regions[index];
    switch (change->kind) {
    case MEMORY_CHANGE_EMPTY:
        return lint_found_descriptor(run, LINT_FM006_EMPTY, index, 0);
    case MEMORY_CHANGE_WRAPS:
        return lint_found_descriptor(run, LINT_FM007_WRAPS, index, region->page_count);
    case MEMORY_CHANGE_BEYOND:
        return lint_found_descriptor(
            run,
            lint_class_in(memory_class_of_region(region), LINT_FREE_CLASSES)
                ? LINT_FM008_BEYOND_MEMORY
                : LINT_FM009_BEYOND_OTHER,
            index, run->view->phys_bits);
    case MEMORY_CHANGE_ROUNDED_IN:
    case MEMORY_CHANGE_ROUNDED_OUT:
        return lint_found_descriptor(run,
                                     view_knows(run->view, VIEW_FACT_EFI_TYPES)
                                         ? LINT_FM010_MISALIGNED
                                         : LINT_FM011_INSIDE_PAGE,
                                     index, lost_bytes(change));
    default:
        return lint_overlap(run, change);
    }
}

void lint_run_map(struct lint_run *run)
{
    const struct memory_map *map = run->map;
    for (size_t i = 0; i < map->change_count; i++)
        lint_change(run, &map->changes[i]);
    if (map->range_count > 0 && map->ranges[0].start.value == 0 &&
        lint_class_in(map->ranges[0].class, LINT_FREE_CLASSES))
        lint_found(run, &(struct lint_finding){.rule = LINT_FM012_PAGE_ZERO,
                                               .first = map->ranges[0].descriptor,
                                               .second = LINT_NONE,
                                               .end = PAGE_SIZE});
}
