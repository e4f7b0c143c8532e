/* SPDX-License-Identifier: MIT
 * An inspection with memory from the C library: room for as many findings as there are. */
#include "memmap.h"

#include <stdlib.h>

constexpr size_t FIRST_FINDINGS = 32; /* most maps have fewer */

/* Once with some room; if there are more findings, once more with enough. */
static bool run(const struct input *input, struct inspected *inspected, size_t size)
{
    size_t capacity = FIRST_FINDINGS;
    for (;;) {
        inspected->findings = calloc(capacity, sizeof *inspected->findings);
        if (inspected->findings == nullptr)
            return REFUSE("%s: no memory for %zu findings", input->name, capacity);
        const status_t status = inspection_run(&input->view, inspected->memory, size,
                                               inspected->findings, capacity, &inspected->result);
        if (status != STATUS_OK)
            return REFUSE("%s: %s", input->name, status_text(status));
        if (inspected->result.lint.needed <= capacity)
            return true;
        capacity = inspected->result.lint.needed;
        free(inspected->findings);
    }
}

bool inspected_run(const struct input *input, struct inspected *out)
{
    *out = (struct inspected){};
    const size_t size = inspection_memory_size(&input->view);
    if (size != 0)
        out->memory = aligned_alloc(16, size);
    if (out->memory == nullptr)
        return REFUSE("%s: no memory to inspect %u descriptors", input->name,
                      input->view.region_count);
    if (!run(input, out, size)) {
        inspected_free(out);
        return false;
    }
    out->inspection = inspection_of(&input->view, &out->result);
    return true;
}

void inspected_free(struct inspected *inspected)
{
    free(inspected->findings);
    free(inspected->memory);
}
