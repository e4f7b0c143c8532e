/* SPDX-License-Identifier: MIT
 * The view while its tables are read: what readers say of one, and which table lies where. */
#include "view_tables_private.h"

#include <base/assert.h>
#include <base/sort.h>
#include <inspect/fields.h>

#include <stdckdint.h>

uint32_t table_signature(const struct view_table *table)
{
    if (table->signature == 0 && table->data != nullptr && table->size >= sizeof(uint32_t))
        return field32(table->data, 0);
    return table->signature;
}

/* ---- what readers say ---- */

static void add_place(void *owner, struct view_place place)
{
    struct table_reading *reading = owner;
    ASSERT(VB1, reading->view.place_count < reading->bounds.places);
    reading->places[reading->view.place_count++] = place;
}

static void add_note(void *owner, status_t status, const char *sentence)
{
    struct table_reading *reading = owner;
    for (uint32_t i = reading->first_problem; i < reading->view.problem_count; i++)
        if (reading->problems[i].sentence == sentence)
            return;
    ASSERT(VB1, reading->view.problem_count < reading->bounds.problems);
    reading->problems[reading->view.problem_count++] =
        (struct view_problem){.kind = reading->table->kind,
                              .signature = reading->signature,
                              .physical = reading->table->original,
                              .status = status,
                              .sentence = sentence};
}

void reading_place(struct table_reading *reading, enum place_kind kind, uint32_t signature,
                   uint64_t start, uint64_t size)
{
    uint64_t end;
    if (start != 0 && !ckd_add(&end, start, size))
        add_place(reading, (struct view_place){kind, signature, start, size > 0 ? size : 1});
}

bool reading_first(struct table_reading *reading, enum table_once kind)
{
    if ((reading->once & kind) == 0)
        return true;
    (void)sink_note(&reading->sink, STATUS_OK, "it is not the first of its kind; it is ignored");
    return false;
}

/* ---- finding a table by its address ---- */

static bool index_before(const void *left, const void *right)
{
    const struct table_index *a = left, *b = right;
    if (a->original != b->original)
        return a->original < b->original;
    return a->kind != b->kind ? a->kind < b->kind : a->number < b->number;
}

const struct view_table *reading_find(const struct table_reading *reading, uint32_t kind,
                                      uint64_t original)
{
    const struct table_index wanted = {.original = original, .kind = kind};
    size_t low = 0, high = reading->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (index_before(&reading->index[middle], &wanted))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == reading->count || reading->index[low].original != original ||
        reading->index[low].kind != kind)
        return nullptr;
    return &reading->tables[reading->index[low].number];
}

/* ---- the beginning ---- */

void reading_begin(struct table_reading *reading)
{
    reading->sink = (struct table_sink){add_place, add_note, reading};
    for (size_t i = 0; i < reading->count; i++)
        reading->index[i] =
            (struct table_index){reading->tables[i].original, i, reading->tables[i].kind};
    sort_records(reading->index, reading->count, sizeof reading->index[0], index_before);
}
