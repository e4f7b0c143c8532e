/* SPDX-License-Identifier: MIT
 * Lists of the inspector: ranges, descriptors, findings, in an order, through a filter.
 *
 *   rows of the inspection   0  1  2  3  4  5         as they come: by address, in the firmware's order, worst first
 *   records                  (key, start, row)        of those that pass the filter, sorted
 *   shown                    3  0  5                  backwards if reversed
 *
 * The order is total, since the row itself is its last part; so a list that is in strict order has no row twice,
 * which is what the check looks at. Only a change of order or filter sorts: O(n log n); a find looks at each row. */
#include "private.h"

#include <inspect/lint_rules.h>
#include <inspect/words.h>

#include <base/sort.h>

#include <stdckdint.h>

enum order_key : uint8_t { KEY_ROW, KEY_ADDRESS, KEY_SIZE, KEY_GROUP };

constexpr unsigned ORDERS_MAX = 4;
static const struct order {
    enum order_key key;
    char words[16], reversed[20];
} orders[INSPECTOR_LISTS][ORDERS_MAX] = {
    [INSPECTOR_PAGE_MAP] = {{KEY_ROW, "by address", "highest first"},
                            {KEY_SIZE, "largest first", "smallest first"},
                            {KEY_GROUP, "by class", "by class, reversed"}},
    [INSPECTOR_PAGE_DESCRIPTORS] = {{KEY_ROW, "as given", "as given, reversed"},
                                    {KEY_ADDRESS, "by address", "highest first"},
                                    {KEY_SIZE, "largest first", "smallest first"},
                                    {KEY_GROUP, "by type", "by type, reversed"}},
    [INSPECTOR_PAGE_FINDINGS] = {{KEY_ROW, "worst first", "worst last"},
                                 {KEY_ADDRESS, "by address", "highest first"}},
};

/* ---- rows ---- */

struct inspector_row inspector_row_get(const struct inspector *inspector, unsigned list,
                                       uint32_t row)
{
    const struct inspection *inspection = inspector->setup.inspection;
    if (list == INSPECTOR_PAGE_MAP) {
        const struct memory_range *range = &inspection->map->ranges[row];
        return (struct inspector_row){range->start.value, range->end.value - range->start.value,
                                      range->class};
    }
    if (list == INSPECTOR_PAGE_DESCRIPTORS) {
        const struct boot_region *region = &inspection->view->regions[row];
        return (struct inspector_row){region->phys_start, render_region_bytes(region),
                                      region->efi_type};
    }
    const struct lint_finding *finding = &inspection->lint->findings[row];
    return (struct inspector_row){finding->start, finding->end - finding->start,
                                  lint_rule_get(finding->rule)->severity};
}

int inspector_group_text(unsigned list, uint32_t group, char *buffer, size_t size)
{
    if (list == INSPECTOR_PAGE_DESCRIPTORS)
        return efi_type_text(group, buffer, size);
    return format_text(buffer, size, "%s",
                       list == INSPECTOR_PAGE_MAP ? memory_class_name((enum memory_class)group)
                                                  : lint_severity_word((enum lint_severity)group));
}

static bool passes(const struct inspector_list *rows, const struct inspector_row *row)
{
    return !rows->filtered || row->group == rows->group;
}

/* ---- order ---- */

static struct inspector_record record_of(enum order_key key, const struct inspector_row *what,
                                         uint32_t row)
{
    struct inspector_record record = {.start = what->start, .row = row};
    if (key == KEY_ROW)
        record.start = 0;
    if (key == KEY_SIZE)
        record.key = ~what->bytes;
    if (key == KEY_GROUP)
        record.key = what->group;
    return record;
}

static bool record_before(const void *left, const void *right)
{
    const struct inspector_record *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key;
    if (a->start != b->start)
        return a->start < b->start;
    return a->row < b->row;
}

void inspector_rows_arrange(struct inspector *inspector, unsigned list)
{
    struct inspector_list *rows = &inspector->lists[list];
    struct inspector_record *records = inspector->records;
    const enum order_key key = orders[list][rows->sort].key;
    uint32_t count = 0;
    uint64_t bytes = 0;
    for (uint32_t row = 0; row < rows->total; row++) {
        const struct inspector_row what = inspector_row_get(inspector, list, row);
        if (!passes(rows, &what))
            continue;
        records[count++] = record_of(key, &what, row);
        if (ckd_add(&bytes, bytes, what.bytes))
            bytes = UINT64_MAX;
    }
    if (key != KEY_ROW)
        sort_records(records, count, sizeof *records, record_before);
    for (uint32_t i = 0; i < count; i++)
        rows->shown[i] = records[rows->reversed ? count - 1 - i : i].row;
    rows->count = count;
    rows->bytes = bytes;
    rows->selected = rows->top = 0;
}

void inspector_rows_sort(struct inspector *inspector, unsigned list)
{
    struct inspector_list *rows = &inspector->lists[list];
    rows->sort++;
    if (rows->sort == ORDERS_MAX || orders[list][rows->sort].words[0] == '\0')
        rows->sort = 0;
    inspector_rows_arrange(inspector, list);
}

const char *inspector_rows_order(const struct inspector_list *rows, unsigned list)
{
    const struct order *order = &orders[list][rows->sort];
    return rows->reversed ? order->reversed : order->words;
}

/* ---- filter ---- */

void inspector_rows_filter(struct inspector *inspector, unsigned list, bool upward)
{
    struct inspector_list *rows = &inspector->lists[list];
    bool found = false;
    uint32_t next = 0;
    for (uint32_t row = 0; row < rows->total; row++) {
        const uint32_t group = inspector_row_get(inspector, list, row).group;
        if (rows->filtered && (upward ? group <= rows->group : group >= rows->group))
            continue;
        if (!found || (upward ? group < next : group > next))
            next = group;
        found = true;
    }
    rows->filtered = found;
    rows->group = next;
    inspector_rows_arrange(inspector, list);
}

/* ---- find ---- */

struct nearest {
    bool found;
    uint32_t row;
    uint64_t distance; /* 0: it holds the address */
};

/* The first row of all, or of those that pass the filter, that is nearest. Rows without bytes are nowhere. */
static struct nearest nearest_row(const struct inspector *inspector, unsigned list,
                                  uint64_t address, bool all)
{
    const struct inspector_list *rows = &inspector->lists[list];
    struct nearest nearest = {};
    for (uint32_t row = 0; row < rows->total; row++) {
        const struct inspector_row what = inspector_row_get(inspector, list, row);
        if (what.bytes == 0 || (!all && !passes(rows, &what)))
            continue;
        uint64_t last;
        if (ckd_add(&last, what.start, what.bytes - 1))
            last = UINT64_MAX;
        uint64_t distance = 0;
        if (address < what.start)
            distance = what.start - address;
        else if (address > last)
            distance = address - last;
        if (!nearest.found || distance < nearest.distance)
            nearest = (struct nearest){true, row, distance};
    }
    return nearest;
}

static void select_row(struct inspector_list *rows, uint32_t row)
{
    for (uint32_t i = 0; i < rows->count; i++)
        if (rows->shown[i] == row)
            rows->selected = i;
    if (rows->top > rows->selected)
        rows->top = rows->selected;
}

void inspector_rows_find(struct inspector *inspector, unsigned list, uint64_t address,
                         char *message, size_t size)
{
    static const char nearest_words[INSPECTOR_LISTS][22] = {
        "nearest range is", "nearest descriptor is", "nearest finding is"};
    struct inspector_list *rows = &inspector->lists[list];
    const struct nearest all = nearest_row(inspector, list, address, true);
    struct nearest nearest = nearest_row(inspector, list, address, false);
    if (!all.found) {
        format_text(message, size, "Nothing on this page has an address.");
        return;
    }
    const bool unfiltered = !nearest.found || nearest.distance > all.distance;
    if (unfiltered) {
        rows->filtered = false;
        inspector_rows_arrange(inspector, list);
        nearest = all;
    }
    select_row(rows, nearest.row);
    const struct inspector_row what = inspector_row_get(inspector, list, nearest.row);
    const char *end = unfiltered ? "; filter off" : "";
    char name[40];
    inspector_group_text(list, what.group, name, sizeof name);
    if (nearest.distance != 0)
        format_text(message, size, "0x%" PRIx64 " is not %s; the %s at 0x%" PRIx64 "%s", address,
                    list == INSPECTOR_PAGE_FINDINGS ? "in one" : "described", nearest_words[list],
                    what.start, end);
    else if (list == INSPECTOR_PAGE_FINDINGS)
        format_text(message, size, "This %s is about 0x%" PRIx64 "%s", name, address, end);
    else
        format_text(message, size, "0x%" PRIx64 " is in %s%s", address, name, end);
}

/* ---- check ---- */

const char *inspector_rows_check(const struct inspector *inspector, unsigned list)
{
    const struct inspector_list *rows = &inspector->lists[list];
    const enum order_key key = orders[list][rows->sort].key;
    uint32_t passing = 0;
    uint64_t bytes = 0;
    for (uint32_t row = 0; row < rows->total; row++) {
        const struct inspector_row what = inspector_row_get(inspector, list, row);
        if (!passes(rows, &what))
            continue;
        passing++;
        if (ckd_add(&bytes, bytes, what.bytes))
            bytes = UINT64_MAX;
    }
    if (passing != rows->count)
        return "IL1: a list does not have all rows that pass its filter";
    struct inspector_record before = {};
    for (uint32_t i = 0; i < rows->count; i++) {
        const uint32_t row = rows->shown[i];
        if (row >= rows->total)
            return "IL1: a list has a row that does not exist";
        const struct inspector_row what = inspector_row_get(inspector, list, row);
        if (!passes(rows, &what))
            return "IL1: a list has a row that its filter hides";
        const struct inspector_record record = record_of(key, &what, row);
        if (i > 0 &&
            !(rows->reversed ? record_before(&record, &before) : record_before(&before, &record)))
            return "IL1: a list is not in order, or has a row twice";
        before = record;
    }
    if (rows->count == 0 ? rows->selected != 0 : rows->selected >= rows->count)
        return "IL2: the selected row is not in its list";
    if (rows->top > rows->selected)
        return "IL2: the selected row is above the screen";
    return bytes == rows->bytes ? nullptr : "IL3: the sum of what is shown is wrong";
}
