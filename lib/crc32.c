/* SPDX-License-Identifier: MIT
 * Four bits at a time: 16 entries are enough for files of a few KiB, and 64 bytes are all that they cost. */
#include <base/crc32.h>

uint32_t crc32_of(const void *data, size_t size)
{
    /* Entry i: the remainder of i after four steps of the reflected polynomial 0xEDB88320. */
    static const uint32_t steps[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    const unsigned char *bytes = data;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ steps[crc & 15];
        crc = crc >> 4 ^ steps[crc & 15];
    }
    return ~crc;
}
