/* SPDX-License-Identifier: MIT
 * The kernel's own image: which part of it lies where, and what may be done there. The bounds come from
 * the linker script (arch/x86/kernel.ld); every section starts and ends on a page, so rights are exact. */
#ifndef ARCH_IMAGE_H
#define ARCH_IMAGE_H

#include <arch/page_format.h>

struct image_section {
    const char *name;       /* "text", "rodata", "relro", "data", "bss", "boot stack", ... */
    virt_addr_t start, end; /* where it is now, slide included */
    uint32_t rights;        /* enum page_rights: PAGE_WRITE and PAGE_EXECUTE only */
    bool guard;             /* never mapped; rights is 0 and means nothing */
};

/* All sections in order of address, from index 0; they leave no gap. False behind the last one. */
bool image_section_get(unsigned index, struct image_section *out);

/* The whole image, guards included. */
virt_addr_t image_start_get(void);
virt_addr_t image_end_get(void);

#endif
