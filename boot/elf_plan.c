/* SPDX-License-Identifier: MIT
 * What judging and relocating a kernel file share: the sentence of a fault, and the segment of an address. */
#include "elf_plan.h"

#include <base/format.h>

status_t elf_blame(struct elf_fault *fault, status_t status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)format_text_va(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return status;
}

struct elf_segment *elf_segment_of(struct elf_plan *plan, uint64_t vaddr, uint64_t size)
{
    for (unsigned i = 0; i < plan->segment_count; i++) {
        struct elf_segment *s = &plan->segments[i];
        if (in_range(vaddr, size, plan->link_base + s->offset, s->size))
            return s;
    }
    return nullptr;
}
