/* SPDX-License-Identifier: MIT
 * Page tables against the flat model and the independent walker. The first byte is the processor, then
 * every 17 bytes are one operation and the number of tables that it may take. What an operation is about is
 * compared after it, everything every few steps and at the end. */
#include "model/page_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must_be_sound(const char *broken)
{
    if (broken == nullptr)
        return;
    fprintf(stderr, "%s\n", broken);
    abort();
}

static void step(struct page_model *m, const uint8_t *bytes)
{
    struct page_op op = page_op_decode(m, bytes);
    status_t status;
    page_model_touch(m, op.start);
    page_model_touch(m, op.start + op.size - 1);
    m->budget = bytes[16] < 16 ? bytes[16] : MODEL_NO_LIMIT;
    must_be_sound(page_model_apply(m, &op, &status));
    must_be_sound(page_model_compare_at(m, op.start));
    must_be_sound(page_model_compare_at(m, op.start - 1));
    must_be_sound(page_model_compare_at(m, op.start + op.size));
    must_be_sound(page_model_compare_at(m, op.start + op.size - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    constexpr size_t step_bytes = 17, steps_max = 64, steps_per_walk = 16;
    static const unsigned phys_bits[] = {40, 36, 46, 52};
    static struct page_model *m; /* one for all inputs: making it takes longer than a step */
    if (size == 0)
        return 0;
    const struct page_shape shape = {
        .levels = (data[0] & 1) != 0 ? 5 : 4,
        .phys_bits = phys_bits[data[0] >> 3 & 3],
        .no_execute = (data[0] & 2) != 0,
        .gib_leaves = (data[0] & 4) != 0,
    };
    if (m == nullptr)
        m = page_model_create(shape);
    else
        page_model_open(m, shape);
    size_t steps = (size - 1) / step_bytes;
    for (size_t i = 0; i < steps && i < steps_max; i++) {
        step(m, data + 1 + i * step_bytes);
        if (i % steps_per_walk == steps_per_walk - 1)
            must_be_sound(page_model_compare_all(m));
    }
    must_be_sound(page_model_compare_all(m));
    must_be_sound(page_model_close(m));
    return 0;
}
