/* SPDX-License-Identifier: MIT
 * Any bytes as a posted text. Memory is exactly as large as was asked for. A view that is read must point into
 * that memory, name lines that exist, in order, hold printable strings, and give a sound memory map; a refusal must
 * name a line and a reason. Reading twice gives the same. */
#include <base/address.h>
#include <inspect/view_text.h>
#include <mm/memory_map.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static uint32_t count_lines(const char *text, size_t size)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void check_map(const struct view *view)
{
    const size_t size = memory_map_memory_size(view->region_count);
    void *memory = malloc(size);
    struct memory_map map;
    demand(memory_map_build(view->regions, view->region_count, PHYS_BITS_MAX, memory, size, &map) ==
               STATUS_OK,
           "the map cannot be built");
    const char *broken = memory_map_check(&map);
    demand(broken == nullptr, broken);
    free(memory);
}

static void check_view(const struct view *view, uint32_t line_count)
{
    demand(view->region_count > 0, "a map without regions");
    for (uint32_t i = 0; i < view->region_count; i++) {
        demand(view->regions[i].bytes_less < PAGE_SIZE, "a page or more is missing");
        demand(view->lines[i] >= 1 && view->lines[i] <= line_count, "no such line");
        demand(i == 0 || view->lines[i] > view->lines[i - 1], "lines are not in order");
    }
    for (uint32_t i = 0; i < view->place_count; i++)
        demand(view->places[i].kind < PLACE_KIND_COUNT, "no such place");
    for (uint32_t i = 0; i < view->node_count; i++)
        demand(view->nodes[i].size > 0 &&
                   view->nodes[i].start + (view->nodes[i].size - 1) >= view->nodes[i].start,
               "a node is empty or wraps");
    demand(is_printable(view->vendor) && is_printable(view->machine), "text is not printable");
    demand(view->form < VIEW_FORM_COUNT && view->knows < 1u << VIEW_FACT_COUNT, "no such fact");
    check_map(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const size_t memory_size = view_text_memory_size(text, size);
    demand(memory_size != 0 && memory_size <= 8 * size + 64, "memory is not linear in the text");
    void *memory = malloc(memory_size), *other_memory = malloc(memory_size);
    struct view view, other;
    struct view_text_error error = {}, other_error = {};
    const uint32_t lines = count_lines(text, size);
    const status_t status = view_read_text(text, size, memory, memory_size, &view, &error);
    demand(status == view_read_text(text, size, other_memory, memory_size, &other, &other_error),
           "the same text, another result");
    if (status == STATUS_OK) {
        check_view(&view, lines);
        demand(view.region_count == other.region_count &&
                   memcmp(view.regions, other.regions, view.region_count * sizeof *view.regions) ==
                       0,
               "the same text, other regions");
    } else {
        demand(status == STATUS_BAD_FORMAT, "the status is not that of a bad text");
        demand(error.reason != nullptr && error.line <= lines, "a refusal without reason or line");
    }
    free(memory);
    free(other_memory);
    return 0;
}
