/* SPDX-License-Identifier: MIT
 * The version of Freehold: of the program, of memmap and of what both write. CHANGELOG.md tells what changed.
 * The boot protocol has a number of its own (boot/boot_info.h), and so has the dump (inspect/dump.h). */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define FREEHOLD_VERSION "1.0"

#endif
