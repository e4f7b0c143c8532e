/* SPDX-License-Identifier: MIT
 * The frame allocator against its naive model, steered by bytes. The first byte chooses how often a
 * hook fails; then eight bytes are one operation: kind, class, frame or live allocation (3), count (2),
 * alignment. */
#include "harness/harness.h"

#include "model/frame_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

constexpr uint64_t SECTION = UINT64_C(1) << ORDER_SECTION;
constexpr uint64_t LIMIT = 2 * SECTION;
constexpr size_t SPANS_MAX = 12;
constexpr size_t STEP_BYTES = 8;
constexpr size_t STEPS_MAX = 512;

/* Small, so that memory runs short: both sides of a section border, and two ragged pieces. */
static const struct frame_span spans[] = {
    {{SECTION - 900}, 900, 0},
    {{SECTION}, 1100, 1},
    {{SECTION + 2047}, 130, 0},
    {{SECTION + 8192 + 5}, 600, 2},
};

struct failures {
    unsigned rate, calls;
};

static bool may_allocate(void *owner)
{
    struct failures *f = owner;
    return f->rate == 0 || ++f->calls % (f->rate + 1) != 0;
}

static status_t online(void *owner, pfn_t first)
{
    (void)first;
    return may_allocate(owner) ? STATUS_OK : STATUS_NO_MEMORY;
}

static void demand(const char *broken)
{
    if (broken == nullptr)
        return;
    fprintf(stderr, "fuzz_frames: %s\n", broken);
    abort();
}

static uint64_t frame_of(uint32_t number)
{
    const struct frame_span *span = &spans[number % 4];
    return span->first.value - 8 + number / 4 % (span->count + 16);
}

static struct frame_operation decode(const uint8_t *bytes)
{
    uint32_t where = bytes[2] | (uint32_t)bytes[3] << 8 | (uint32_t)bytes[4] << 16;
    const unsigned orders[] = {ORDER_FRAME, ORDER_BLOCK, ORDER_SECTION, 2};
    struct frame_operation o = {
        .kind = (enum frame_operation_kind)(bytes[0] % OPERATION_KINDS),
        .class = (enum frame_class)(FRAME_KERNEL + bytes[1] % (FRAME_RESERVED - FRAME_KERNEL)),
        .where = where,
        .count = (bytes[5] | (uint64_t)bytes[6] << 8) % 1500,
        .alignment = UINT64_C(1) << bytes[7] % 12,
        .value = where,
    };
    if (operation_names_frame(o.kind))
        o.where = frame_of(where);
    if (o.kind == OPERATION_FREE_WRONG)
        o.count = orders[bytes[5] % 4];
    if (o.kind == OPERATION_PUT)
        o.count %= 40;
    return o;
}

/* One arena and one model for all inputs: making them takes longer than an input. The arena stays dirty. */
static struct frame_model *open_world(const struct frame_hooks *hooks)
{
    static struct fake_ram ram;
    static struct frame_model *model;
    static void *memory;
    const size_t memory_size = frames_memory_size(SPANS_MAX, pfn(LIMIT));
    if (memory == nullptr) {
        ram = fake_ram_create(0, LIMIT * PAGE_SIZE);
        memory = malloc(memory_size);
    }
    struct frame_allocator *fa;
    memset(memory, 0, memory_size);
    if (frames_init(memory, memory_size, SPANS_MAX, pfn(LIMIT), ram.offset, hooks, &fa) !=
        STATUS_OK)
        abort();
    if (model == nullptr)
        model = frame_model_create(fa, LIMIT);
    frame_model_reset(model, fa);
    return model;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct failures failures = {.rate = data[0] % 64};
    const struct frame_hooks hooks = {online, may_allocate, &failures};
    struct frame_model *model = open_world(&hooks);
    if (failures.rate != 0)
        frame_model_allow_failures(model);
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        demand(frame_model_put(model, spans[i]));
    for (size_t at = 1; at + STEP_BYTES <= size && at < STEPS_MAX * STEP_BYTES; at += STEP_BYTES)
        demand(frame_model_do(model, decode(data + at)));
    demand(frame_model_compare(model));
    demand(frame_model_free_all(model));
    return 0;
}
