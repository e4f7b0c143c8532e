/* SPDX-License-Identifier: MIT
 * The names of the UEFI specification for types and attribute bits (2.10, 7.2.1 and 7.2.3). Pure. */
#ifndef INSPECT_EFI_NAMES_H
#define INSPECT_EFI_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* "UC|WC|WT|WB|RUNTIME": names of all attribute bits, unknown ones as bit23; "0" for none. Returns the length. */
int efi_attributes_text(uint64_t attributes, char *buffer, size_t size);
/* "EfiConventionalMemory", "OEM 0x70000001", "OS 0x80000000", "e820 type 9", "unknown 0x10". Returns the length. */
int efi_type_text(uint32_t type, char *buffer, size_t size);

#endif
