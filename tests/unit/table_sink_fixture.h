/* SPDX-License-Identifier: MIT
 * A sink that remembers what the readers of tables say, and builders of small tables. */
#ifndef TESTS_UNIT_TABLE_SINK_FIXTURE_H
#define TESTS_UNIT_TABLE_SINK_FIXTURE_H

#include "harness/harness.h"
#include "model/acpi_machine.h"

#include <inspect/table_sink.h>

#include <stdlib.h>
#include <string.h>

constexpr size_t TOLD_MAX = 64;

struct told {
    struct view_place places[TOLD_MAX];
    const char *sentences[TOLD_MAX];
    status_t statuses[TOLD_MAX];
    size_t place_count, note_count;
};

static inline void told_place(void *owner, struct view_place place)
{
    struct told *told = owner;
    assert_true(told->place_count < TOLD_MAX);
    assert_true(place.start + place.size >= place.start);
    told->places[told->place_count++] = place;
}

static inline void told_note(void *owner, status_t status, const char *sentence)
{
    struct told *told = owner;
    assert_true(told->note_count < TOLD_MAX);
    assert_null(strstr(sentence, "0x")); /* no addresses */
    told->statuses[told->note_count] = status;
    told->sentences[told->note_count++] = sentence;
}

static inline struct table_sink told_sink(struct told *told)
{
    *told = (struct told){};
    return (struct table_sink){told_place, told_note, told};
}

/* Exactly these notes: `wanted` null means none, else the first has this sentence. */
static inline void told_check(const struct told *told, const char *wanted)
{
    if (wanted == nullptr) {
        assert_int_equal(told->note_count, 0);
        return;
    }
    assert_true(told->note_count >= 1);
    assert_string_equal(told->sentences[0], wanted);
}

/* A sealed table of exactly its size: a header, then `size` bytes of contents. The caller frees data. */
static inline struct acpi_bytes table_of(const char *signature, const void *contents, size_t size)
{
    struct acpi_bytes table = {calloc(1, 36 + size), 36 + size};
    memcpy(table.data, signature, 4);
    acpi_put32(table.data + 4, (uint32_t)table.size);
    table.data[8] = 3;
    if (size > 0)
        memcpy(table.data + 36, contents, size);
    acpi_seal(table.data, table.size, TABLE_CHECKSUM);
    return table;
}

/* A copy of exactly this size, so that the sanitizer sees one byte too many. */
static inline unsigned char *exact_copy(const void *data, size_t size)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

/* The places that every view must have kept to. */
static inline void check_view(const struct view *view)
{
    for (uint32_t i = 0; i < view->place_count; i++) {
        assert_true(view->places[i].kind < PLACE_KIND_COUNT);
        assert_true(view->places[i].start != 0 && view->places[i].size != 0);
    }
    for (uint32_t i = 0; i < view->problem_count; i++) {
        assert_non_null(view->problems[i].sentence);
        assert_true(view->problems[i].status < STATUS_COUNT);
    }
    for (uint32_t i = 0; i < view->node_count; i++)
        assert_true(view->nodes[i].size != 0);
    for (uint32_t i = 0; i < view->device_count; i++) {
        const char *texts[] = {view->devices[i].locator, view->devices[i].bank, view->machine};
        for (size_t t = 0; t < 3; t++)
            for (const char *c = texts[t]; *c != '\0'; c++)
                assert_true(*c >= ' ' && *c <= '~');
    }
    for (uint32_t i = 0; i < view->array_count; i++)
        assert_true(view->arrays[i].start < view->arrays[i].end);
    assert_true(view->attributes.count <= view->attributes.declared_count);
}

#endif
