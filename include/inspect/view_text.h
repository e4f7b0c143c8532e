/* SPDX-License-Identifier: MIT
 * Reading text: the forms in which people post memory maps. Log prefixes ("[    0.000000] ", syslog, "(XEN) ",
 * "kern  :info  : ") and foreign lines are skipped. Pure, no limit on lines or entries.
 *   Linux        efi: mem00: type=7, attr=0xf, range=[0x0-0x8f000) (0MB)      also without "efi:", "EFI:", and ranges that
 *                efi: mem00: [Conventional Memory| | | |...|WB|WT|WC|UC] range=[0x..-0x..] (0MB)  end with ] (inclusive)
 *   Linux arm64  efi:   0x000801f0c000-0x000803f7ffff [Conventional|   |  | ... |WB|  |  |  ]
 *   Linux e820   BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable; the old "0 - 9fc00 (usable)" too
 *   EFI Shell    Available  0000000000000000-000000000009EFFF 000000000000009F 000000000000000F, and its totals,
 *                which must agree
 *   Xen          (XEN)  0000000000000-000000009dfff type=7 attr=000000000000000f
 *   CSV          Index, Type, Type(name), PhysicalStart, NumberOfPages, Attribute
 *   list         0x0 0x8f000 7 0xf: START SIZE TYPE ATTRIBUTES, with # comments
 *   ACPI         in a Linux log: `efi: ACPI 2.0=0x... SMBIOS=0x... MEMATTR=0x...` (places), `ACPI: SRAT: Node 0 PXM 0
 *                [mem 0x0-0x9ffff]` (nodes)
 * Where a text holds several forms of one boot, the one that says most is read: EFI before e820. Of several boots
 * in one log the last is read. */
#ifndef INSPECT_VIEW_TEXT_H
#define INSPECT_VIEW_TEXT_H

#include <inspect/view.h>

/* Why a text was refused, as a sentence can say it: line (from 1; 0: the text as a whole) and static reason. */
struct view_text_error {
    uint32_t line;
    const char *reason;
};

/* Bytes of memory that reading needs (aligned to 16): linear in lines. 0 if that does not fit. */
size_t view_text_memory_size(const char *text, size_t size);

/* Read `size` bytes, any bytes. The view and its arrays lie in `memory`; it does not point into the text.
 * BAD_FORMAT (with *error): no form was found, or a line of the chosen form is damaged (a number that does not
 * fit, an end before its start, totals that contradict the lines). *out and *error are written only then or on
 * success. Where a line prints its size as well, that decides, and a range may wrap as firmware said it.
 * NO_MEMORY: `memory_size` is too small; OVERFLOW: a text of 4 GiB or more. */
status_t view_read_text(const char *text, size_t size, void *memory, size_t memory_size,
                        struct view *out, struct view_text_error *error);

/* One entry of /sys/firmware/memmap/N: the contents of its files start, end (inclusive) and type. OUT: a region. */
status_t view_read_sysfs_entry(const char *start, const char *end, const char *type,
                               struct boot_region *out);

#endif
