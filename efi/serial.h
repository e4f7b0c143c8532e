/* SPDX-License-Identifier: MIT
 * COM1, without the firmware. */
#ifndef EFI_SERIAL_H
#define EFI_SERIAL_H

#include <stddef.h>
#include <stdint.h>

/* 115200 baud, eight bits, no parity, one stop bit. False: there is no such port. */
bool serial_start(void);
/* What a port that hangs does not take is dropped. */
void serial_write(const char *text, size_t length);
/* False: nothing has come. */
bool serial_read(uint8_t *out);

#endif
