/* SPDX-License-Identifier: MIT
 * The kernel that this loader carries: one file to copy, to sign, and to send over a network. */
#include "loader.h"

alignas(16) const unsigned char payload_elf[] = {
#embed "payload.elf"
};
const size_t payload_size = sizeof payload_elf;
