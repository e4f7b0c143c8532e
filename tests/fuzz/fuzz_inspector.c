/* SPDX-License-Identifier: MIT
 * Arbitrary keys and sizes of the screen over an inspection of arbitrary descriptors, places and an earlier boot.
 * Whatever is pressed, each cell that is drawn is printable, and the inspector is sound.
 * First byte: how many records of eight bytes follow; then two bytes a step. */
#include <inspect/inspector.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr size_t RECORD_BYTES = 8, RECORDS_MAX = 48, STEPS_MAX = 40, FINDINGS_MAX = 256;

struct arbitrary {
    struct view view;
    struct boot_region regions[RECORDS_MAX], last_boot[RECORDS_MAX];
    struct view_place places[RECORDS_MAX];
};

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static uint64_t address_of(const uint8_t *bytes)
{
    static const uint64_t bases[] = {0, MIB, 4 * GIB - 8 * PAGE_SIZE, UINT64_MAX - 8 * PAGE_SIZE};
    return bases[bytes[0] % 4] + (uint64_t)bytes[1] * PAGE_SIZE / (1 + bytes[0] / 128);
}

static void add_record(struct arbitrary *a, const uint8_t *bytes)
{
    static const uint32_t odd[] = {16, 0x6fffffff, 0x70000000, VIEW_E820_TYPE + 9, UINT32_MAX};
    struct view *view = &a->view;
    const struct boot_region region = {.phys_start = address_of(bytes),
                                       .page_count = bytes[2] == 0xff ? UINT64_MAX : bytes[2] % 64,
                                       .efi_type =
                                           bytes[3] < 0xe0 ? bytes[3] % 16 : odd[bytes[3] % 5],
                                       .efi_attributes = (uint64_t)bytes[4] << (bytes[5] % 57),
                                       .bytes_less = bytes[6] % 4 == 0 ? bytes[5] * 16u : 0};
    switch (bytes[7] % 8) {
    case 0:
        a->places[view->place_count++] =
            (struct view_place){.kind = bytes[4] % PLACE_KIND_COUNT,
                                .signature = bytes[5] * 0x01010101u,
                                .start = region.phys_start,
                                .size = (uint64_t)bytes[2] << (bytes[3] % 64)};
        break;
    case 1:
        a->last_boot[view->last_boot_count++] = region;
        break;
    default:
        a->regions[view->region_count++] = region;
        break;
    }
}

/* Returns how many bytes were used. */
static size_t make_view(struct arbitrary *a, const uint8_t *data, size_t size)
{
    a->view = view_empty(VIEW_FIRMWARE);
    a->view.regions = a->regions;
    a->view.places = a->places;
    a->view.last_boot = a->last_boot;
    a->view.knows = (UINT32_C(1) << VIEW_FACT_COUNT) - 1;
    size_t at = 1;
    for (size_t i = 0; i < data[0] % RECORDS_MAX && at + RECORD_BYTES <= size; i++) {
        add_record(a, data + at);
        at += RECORD_BYTES;
    }
    return at;
}

static void draw(struct inspector *inspector, uint32_t columns, uint32_t rows)
{
    const size_t count = (size_t)columns * rows;
    struct inspector_cell *cells = malloc(count * sizeof *cells + 1);
    memset(cells, 0xA5, count * sizeof *cells);
    inspector_draw(inspector, columns, rows, cells);
    for (size_t i = 0; i < count; i++)
        demand(cells[i].character >= ' ' && cells[i].character <= '~' &&
                   cells[i].style < INSPECTOR_STYLE_COUNT,
               "a cell has what cannot be shown");
    free(cells);
    const char *broken = inspector_check(inspector);
    demand(broken == nullptr, broken);
}

static void walk(struct inspector *inspector, const uint8_t *steps, size_t size)
{
    static const uint32_t sizes[][2] = {{80, 25}, {40, 8}, {96, 12}, {41, 9}, {39, 9}, {1, 1}};
    uint32_t columns = 80, rows = 25;
    for (size_t i = 0; i + 2 <= size && i < 2 * STEPS_MAX; i += 2) {
        uint32_t key = steps[i];
        if (steps[i + 1] % 4 == 1)
            key = INSPECTOR_KEY_UP + steps[i] % 10; /* two of them are no key */
        if (steps[i + 1] % 8 == 2) {
            columns = sizes[steps[i] % 6][0] + steps[i + 1] / 16;
            rows = sizes[steps[i] % 6][1];
            inspector_say(inspector, "The screen has another size.");
        } else {
            (void)inspector_press(inspector, key);
        }
        if (steps[i + 1] % 8 != 0) /* keys may come faster than screens */
            draw(inspector, columns, rows);
    }
    draw(inspector, columns, rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arbitrary arbitrary;
    static struct lint_finding findings[FINDINGS_MAX];
    if (size == 0)
        return 0;
    const size_t used = make_view(&arbitrary, data, size);
    const struct view *view = &arbitrary.view;
    size_t bytes = inspection_memory_size(view);
    void *work = malloc(bytes);
    struct inspection_result result;
    demand(inspection_run(view, work, bytes, findings, data[0] / RECORDS_MAX * 50, &result) ==
               STATUS_OK,
           "no inspection");
    const struct inspection inspection = inspection_of(view, &result);
    const struct inspector_setup setup = {.inspection = &inspection,
                                          .title = "fuzz",
                                          .why_no_last_boot = "It is not known.",
                                          .has_picture = data[0] % 2 == 0};
    bytes = inspector_memory_size(&inspection);
    void *memory = malloc(bytes);
    struct inspector *inspector;
    demand(inspector_init(&setup, memory, bytes, &inspector) == STATUS_OK, "no inspector");
    walk(inspector, data + used, size - used);
    free(memory);
    free(work);
    return 0;
}
