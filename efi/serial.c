/* SPDX-License-Identifier: MIT */
#include "serial.h"

#include "io.h"

static constexpr uint16_t COM1 = 0x3F8;
/* 16550 UART: offsets of its registers and their bits. */
static constexpr uint16_t LINE_STATUS = 5;
static constexpr uint8_t RECEIVED = 0x01, MAY_SEND = 0x20;
static constexpr unsigned SPIN_MAX = 100000;

bool serial_start(void)
{
    port_write8(COM1 + 1, 0);    /* no interrupts */
    port_write8(COM1 + 3, 0x80); /* divisor next: 1 is 115200 baud */
    port_write8(COM1 + 0, 1);
    port_write8(COM1 + 1, 0);
    port_write8(COM1 + 3, 3);    /* eight bits, no parity, one stop bit */
    port_write8(COM1 + 2, 7);    /* queues on and empty */
    port_write8(COM1 + 4, 0x13); /* loopback: is there a port at all? */
    port_write8(COM1 + 0, 0xA5);
    bool present = port_read8(COM1 + 0) == 0xA5;
    port_write8(COM1 + 4, 3);
    return present;
}

void serial_write(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        for (unsigned i = 0; i < SPIN_MAX && (port_read8(COM1 + LINE_STATUS) & MAY_SEND) == 0; i++)
            cpu_pause();
        port_write8(COM1, (uint8_t)text[at]);
    }
}

bool serial_read(uint8_t *out)
{
    if ((port_read8(COM1 + LINE_STATUS) & RECEIVED) == 0)
        return false;
    *out = port_read8(COM1);
    return true;
}
