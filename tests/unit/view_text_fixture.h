/* SPDX-License-Identifier: MIT
 * What the tests of the text readers share: a text and memory for its view that are not one byte larger than they
 * must be, so that ASan sees an overrun. */
#ifndef TESTS_UNIT_VIEW_TEXT_FIXTURE_H
#define TESTS_UNIT_VIEW_TEXT_FIXTURE_H

#include "harness/harness.h"

#include <inspect/view_text.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A map of one region in each form. */
#define E820_LINE "BIOS-e820: [mem 0x0000000000001000-0x0000000000001fff] usable"
#define EFI_LINE  "mem00: type=7, attr=0xf, range=[0x1000-0x2000) (0MB)"
#define SHELL_LINES                                                                                \
    "Available  0000000000000000-000000000009EFFF 000000000000009F 000000000000000F\n"             \
    "Reserved   000000000009F000-000000000009FFFF 0000000000000001 000000000000000F\n"

struct reading {
    status_t status;
    struct view view;
    struct view_text_error error;
    void *memory;
};

/* What is out of reach after a refusal must stay as it was. */
static inline struct reading read_text(const char *text, size_t size)
{
    const size_t memory_size = view_text_memory_size(text, size);
    assert_int_equal(memory_size % 16, 0);
    assert_int_not_equal(memory_size, 0);
    /* Not one byte more of the text either. */
    char *exact = malloc(size != 0 ? size : 1);
    if (size != 0)
        memcpy(exact, text, size);
    struct reading reading = {.memory = malloc(memory_size), .error = {.line = 77}};
    reading.view.vendor = "untouched";
    reading.status =
        view_read_text(exact, size, reading.memory, memory_size, &reading.view, &reading.error);
    if (reading.status != STATUS_OK)
        assert_string_equal(reading.view.vendor, "untouched");
    free(exact);
    return reading;
}

/* One line: form, then LINE:START+BYTES TYPE/ATTRIBUTES of each region. */
static inline void describe(const struct view *view, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", view_form_word(view->form));
    for (uint32_t i = 0; i < view->region_count && used < size; i++) {
        const struct boot_region *region = &view->regions[i];
        used += (size_t)snprintf(text + used, size - used,
                                 " %u:%" PRIx64 "+%" PRIx64 " %x/%" PRIx64, view->lines[i],
                                 region->phys_start, region->page_count * 4096 - region->bytes_less,
                                 region->efi_type, region->efi_attributes);
    }
}

struct text_case {
    const char *name, *text;
    size_t size;
    const char *wanted; /* the description, or "line N: reason" */
};
#define TEXT(text) text, sizeof(text) - 1

static inline void check_case(const struct text_case *wanted)
{
    struct reading reading = read_text(wanted->text, wanted->size);
    char found[1024];
    if (reading.status == STATUS_OK)
        describe(&reading.view, found, sizeof found);
    else
        snprintf(found, sizeof found, "line %u: %s", reading.error.line, reading.error.reason);
    if (reading.status != STATUS_OK)
        assert_status(reading.status, STATUS_BAD_FORMAT);
    if (strcmp(found, wanted->wanted) != 0)
        fail_msg("%s:\n  found  %s\n  wanted %s", wanted->name, found, wanted->wanted);
    free(reading.memory);
}

#endif
