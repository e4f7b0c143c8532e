/* SPDX-License-Identifier: MIT
 * The program that is started with the lies in place: the one that `make` builds. */
#include "evilfw.h"

alignas(4096) unsigned char program[] = {
#embed "BOOTX64.EFI"
};
const size_t program_size = sizeof program;
