/* SPDX-License-Identifier: MIT
 * The e820 view as Linux prints it, so that whatever reads Linux logs reads it: inclusive ends, 16 digits.
 * Source: Linux, arch/x86/kernel/e820.c, e820__print_table and e820_print_type. */
#include <inspect/render.h>

#include <inspect/e820.h>

void render_e820(const struct inspection *inspection, const struct text_sink *sink)
{
    struct e820_entry entry;
    for (size_t next = 0; e820_next(inspection->map, &next, &entry);)
        sink_print(sink, "BIOS-e820: [mem 0x%016" PRIx64 "-0x%016" PRIx64 "] %s%s\n", entry.start,
                   entry.start + entry.size - 1, e820_type_name(entry.type),
                   entry.type == E820_PERSISTENT ? " (type 7)" : "");
}
