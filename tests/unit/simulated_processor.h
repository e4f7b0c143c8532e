/* SPDX-License-Identifier: MIT
 * For tests of the kernel's own space: a processor that counts flushes and knows its table, and an image of 64 KiB. Defines
 * what arch/ would; included once in a program. */
#ifndef TESTS_SIMULATED_PROCESSOR_H
#define TESTS_SIMULATED_PROCESSOR_H

#include "harness/harness.h"

#include <arch/cpu.h>
#include <arch/image.h>
#include <arch/page_format.h>
#include <boot/address_map.h>

static struct cpu_features processor;
static unsigned flushes;
static phys_addr_t loaded; /* the table that was switched to last */
static bool mtrrs_mix;     /* no GiB has one memory type throughout */

const struct cpu_features *cpu_features(void)
{
    return &processor;
}
void cpu_load_table(phys_addr_t root)
{
    assert_int_not_equal(root.value, 0);
    loaded = root;
}
phys_addr_t cpu_current_table(void)
{
    return loaded;
}
void cpu_flush_leaves(virt_addr_t start, uint64_t leaf_size, uint64_t count)
{
    (void)start;
    (void)leaf_size;
    flushes += (unsigned)count;
}
void cpu_flush_all(void)
{
    flushes++;
}
bool cpu_memory_type(phys_addr_t start, uint64_t size, unsigned *type)
{
    (void)start;
    (void)size;
    *type = MEMORY_TYPE_WRITE_BACK;
    return !mtrrs_mix;
}

/* text | rodata | data | guard | stack */
constexpr uint64_t IMAGE_AT = IMAGE_BASE + 5 * IMAGE_SLIDE_STEP;
constexpr uint64_t IMAGE_BYTES = 64 * KIB;

bool image_section_get(unsigned index, struct image_section *out)
{
    static const struct image_section sections[] = {
        {"text", {IMAGE_AT}, {IMAGE_AT + 0x4000}, true, false, true},
        {"rodata", {IMAGE_AT + 0x4000}, {IMAGE_AT + 0x6000}, true, false, false},
        {"data", {IMAGE_AT + 0x6000}, {IMAGE_AT + 0x8000}, true, true, false},
        {"boot stack guard", {IMAGE_AT + 0x8000}, {IMAGE_AT + 0x9000}, false, false, false},
        {"boot stack", {IMAGE_AT + 0x9000}, {IMAGE_AT + IMAGE_BYTES}, true, true, false},
    };
    if (index >= sizeof sections / sizeof sections[0])
        return false;
    *out = sections[index];
    return true;
}

#endif
