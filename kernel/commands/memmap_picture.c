/* SPDX-License-Identifier: MIT
 * `memmap picture`: who owns memory now, drawn or as text. */
#include <kernel/memory_picture.h>

#include <arch/cpu.h>
#include <base/string.h>
#include <kernel/console.h>

#include "shared.h"

static void print_as_text(void)
{
    const struct picture_source source = memory_picture_source();
    picture_text(&source, &output_sink);
}

bool run_memmap_picture(unsigned count, const char *const *words)
{
    const char *word = count > 2 ? words[2] : "";
    const bool off = strcmp(word, "off") == 0, text = strcmp(word, "text") == 0;
    if (off) {
        if (!memory_picture_close())
            print("There was no picture on the screen.\n");
        return true;
    }
    const uint64_t start = cpu_cycles();
    const status_t status = text ? STATUS_OK : memory_picture_open();
    if (!text)
        memory_picture_update();
    const uint64_t cycles = cpu_cycles() - start;
    if (status == STATUS_NO_MEMORY) {
        print("memmap: there is no memory for the picture\n");
        return false;
    }
    if (status != STATUS_OK)
        print("There is no screen that a picture fits on; as text:\n");
    if (text || status != STATUS_OK)
        print_as_text();
    else
        print(
            "The picture is on the upper part of the screen, drawn in %" PRIu64 " %s, and follows\n"
            "each command; 'memmap picture off' takes it away, 'memmap picture text' prints it.\n",
            cycles, cpu_features()->tsc_unit);
    return true;
}
