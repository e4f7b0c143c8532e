/* SPDX-License-Identifier: MIT
 * The kernel image in memory: its sections with their rights, as the linker script lays them out. Every
 * section starts and ends at a page, so rights are exact. Guards have no rights: they are never mapped. */
#ifndef ARCH_IMAGE_H
#define ARCH_IMAGE_H

#include <base/address.h>

struct image_section {
    const char *name; /* "text", "rodata", "boot stack guard", ... */
    virt_addr_t start, end;
    bool readable, writable, executable; /* a guard is none of these */
};
/* Sections in order of address, index from 0; false when there is none. Empty sections are left out. */
bool image_section_get(unsigned index, struct image_section *out);

#endif
