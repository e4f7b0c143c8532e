/* SPDX-License-Identifier: MIT
 * What the files of the kernel's own space share. */
#ifndef MM_SPACE_PRIVATE_H
#define MM_SPACE_PRIVATE_H

#include <boot/address_map.h>
#include <mm/kernel_space.h>

/* ---- direct_map.c ---- */

/* The first range of the map that ends above an address; range_count if there is none. */
size_t space_first_range_after(const struct memory_map *map, uint64_t address);
/* Rights of a range in the direct map; false: it is not in it. */
bool space_direct_rights(const struct memory_range *range, uint32_t *out);
/* Is all of a section mapped that belongs in the direct map? */
bool space_section_is_whole(const struct kernel_space *space, uint64_t section);
/* Bring up every section that these bytes lie in. */
status_t space_online_bytes(struct kernel_space *space, struct boot_range range);
/* Map, writable, what of these bytes is not: what the loader handed over is in use whatever the map calls it. */
status_t space_map_missing(struct kernel_space *space, struct boot_range range);

#endif
