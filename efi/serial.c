/* SPDX-License-Identifier: MIT
 * Source: 16550D data sheet (National Semiconductor, PC16550D), section 8. The kernel has a driver of its own
 * (arch/x86/serial.c): this one is what the loader needs before that has arrived. */
#include "serial.h"

#include "io.h"

static constexpr uint16_t COM1 = 0x3F8;
/* Offsets of its registers, and their bits. */
static constexpr uint16_t INTERRUPTS = 1, QUEUES = 2, LINE_CONTROL = 3, MODEM_CONTROL = 4,
                          LINE_STATUS = 5;
static constexpr uint8_t RECEIVED = 0x01, MAY_SEND = 0x20, NO_DEVICE = 0xFF;
/* A port read takes about 1 us, a byte 87 us, a full queue 1.4 ms. */
static constexpr unsigned PROBE_POLLS = 10000, SEND_POLLS = 100000;

/* The last byte was not taken: look once each time, until one is. */
__attribute__((section(".data"))) static bool stuck;

static bool wait_for(uint8_t status, unsigned polls)
{
    for (; (port_read8(COM1 + LINE_STATUS) & status) == 0; cpu_pause())
        if (--polls == 0)
            return false;
    return true;
}

/* What is sent in loopback comes back, in its time. */
static bool loopback_works(void)
{
    static constexpr uint8_t PROBE = 0xA5, LOOPBACK = 0x13, READY = 0x03;
    port_write8(COM1 + MODEM_CONTROL, LOOPBACK);
    port_write8(COM1, PROBE);
    const bool works = wait_for(RECEIVED, PROBE_POLLS) && port_read8(COM1) == PROBE;
    port_write8(COM1 + MODEM_CONTROL, READY);
    return works;
}

bool serial_start(void)
{
    if (port_read8(COM1 + LINE_STATUS) == NO_DEVICE)
        return false;
    (void)wait_for(MAY_SEND, PROBE_POLLS); /* what somebody said before us */
    port_write8(COM1 + INTERRUPTS, 0);
    port_write8(COM1 + LINE_CONTROL, 0x80); /* divisor next: 1 is 115200 baud */
    port_write8(COM1, 1);
    port_write8(COM1 + INTERRUPTS, 0);
    port_write8(COM1 + LINE_CONTROL, 3); /* eight bits, no parity, one stop bit */
    port_write8(COM1 + QUEUES, 7);       /* on and empty */
    return loopback_works();
}

void serial_write(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        stuck = !wait_for(MAY_SEND, stuck ? 1 : SEND_POLLS);
        if (stuck)
            return;
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
