/* SPDX-License-Identifier: MIT */
#include <arch/image.h>

#include "static_stacks.h"

extern const char text_start[], rodata_start[], relro_start[], data_start[], bss_start[];
extern const char rodata_end[], relro_end[], data_end[], bss_end[];

/* The order of kernel.ld. Text ends where rodata starts: text_end is before the padding. */
static const struct {
    const char *name, *start, *end;
    bool readable, writable, executable;
} sections[] = {{"text", text_start, rodata_start, true, false, true},
                {"rodata", rodata_start, rodata_end, true, false, false},
                {"relro", relro_start, relro_end, true, false, false},
                {"data", data_start, data_end, true, true, false},
                {"bss", bss_start, bss_end, true, true, false},
#define STACK_SECTIONS(name, text)                                                                 \
    {text " stack guard", guard_##name, stack_##name, false, false, false},                        \
        {text " stack", stack_##name, stack_##name##_end, true, true, false},
                STATIC_STACKS(STACK_SECTIONS)
#undef STACK_SECTIONS
};

bool image_section_get(unsigned index, struct image_section *out)
{
    for (unsigned i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (sections[i].start == sections[i].end)
            continue;
        if (index-- > 0)
            continue;
        *out = (struct image_section){
            .name = sections[i].name,
            .start = virt_of(sections[i].start),
            .end = virt_of(sections[i].end),
            .readable = sections[i].readable,
            .writable = sections[i].writable,
            .executable = sections[i].executable,
        };
        return true;
    }
    return false;
}
