/* SPDX-License-Identifier: MIT
 * CRC-32 as in IEEE 802.3, gzip, PNG and GPT: polynomial 0x04C11DB7, bits reflected, start and final XOR all ones.
 * Of the nine ASCII digits "123456789" it is 0xCBF43926. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const void *data, size_t size);

#endif
