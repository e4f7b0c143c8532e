/* SPDX-License-Identifier: MIT
 * COM1, polled. Source: 16550D data sheet (National Semiconductor, PC16550D), section 8. */
#include <arch/devices.h>

#include <arch/cpu.h>

#include "instructions.h"

/* The port that a PC calls COM1, and its registers. */
constexpr uint16_t COM1 = 0x3f8;
enum serial_register : uint16_t {
    SERIAL_DATA = COM1 + 0,       /* with DLAB: the divisor, low byte */
    SERIAL_INTERRUPTS = COM1 + 1, /* with DLAB: the divisor, high byte */
    SERIAL_FIFO = COM1 + 2,       /* read: interrupt identification */
    SERIAL_LINE_CONTROL = COM1 + 3,
    SERIAL_MODEM_CONTROL = COM1 + 4,
    SERIAL_LINE_STATUS = COM1 + 5,
};

constexpr uint8_t LINE_DLAB = 0x80;
constexpr uint8_t LINE_8N1 = 0x03;
constexpr uint8_t DIVISOR_115200 = 1; /* of a clock of 1.8432 MHz / 16 */
constexpr uint8_t FIFO_ENABLE_AND_CLEAR = 0x07;
constexpr uint8_t FIFO_WORKS = 0xc0; /* in the interrupt identification */
constexpr unsigned FIFO_SIZE = 16;
constexpr uint8_t MODEM_LOOPBACK = 0x10;
constexpr uint8_t MODEM_READY = 0x03; /* DTR, RTS */
constexpr uint8_t STATUS_DATA_READY = 0x01;
constexpr uint8_t STATUS_CAN_SEND = 0x20; /* THRE: the FIFO is empty */
constexpr uint8_t NO_DEVICE = 0xff;       /* what an empty bus reads as */

/* A full FIFO takes 1.4 ms to send and a port read about 1 us; a host that is slow to read may need more. */
constexpr unsigned POLLS_MAX = 1000000;

static struct {
    bool present;
    bool stuck; /* the last wait was in vain: look once each time, until it sends again */
    unsigned burst;
    char last;
} serial;

static bool wait_for(uint8_t status_bit, unsigned polls)
{
    while ((port_read8(SERIAL_LINE_STATUS) & status_bit) == 0) {
        if (--polls == 0)
            return false;
        cpu_pause();
    }
    return true;
}

/* What is sent in loopback comes back, if there is a port. */
static bool loopback_works(void)
{
    constexpr uint8_t probe =
        0xae; /* neither all ones nor what a floating bus remembers of the address */
    constexpr unsigned polls = 10000;
    port_write8(SERIAL_MODEM_CONTROL, MODEM_LOOPBACK | MODEM_READY);
    port_write8(SERIAL_DATA, probe);
    bool works = wait_for(STATUS_DATA_READY, polls) && port_read8(SERIAL_DATA) == probe;
    port_write8(SERIAL_MODEM_CONTROL, MODEM_READY);
    return works;
}

bool serial_init(void)
{
    if (port_read8(SERIAL_LINE_STATUS) == NO_DEVICE)
        return false;
    constexpr unsigned polls = 20000;
    (void)wait_for(STATUS_CAN_SEND, polls); /* what the firmware said last */
    port_write8(SERIAL_INTERRUPTS, 0);
    port_write8(SERIAL_LINE_CONTROL, LINE_DLAB);
    port_write8(SERIAL_DATA, DIVISOR_115200);
    port_write8(SERIAL_INTERRUPTS, 0);
    port_write8(SERIAL_LINE_CONTROL, LINE_8N1);
    port_write8(SERIAL_FIFO, FIFO_ENABLE_AND_CLEAR);
    serial.burst = (port_read8(SERIAL_FIFO) & FIFO_WORKS) == FIFO_WORKS ? FIFO_SIZE : 1;
    serial.present = loopback_works();
    return serial.present;
}

bool serial_present(void)
{
    return serial.present;
}

/* Room for `burst` characters, or false: then the rest of the text is lost, but nobody hangs. */
static bool wait_for_room(void)
{
    serial.stuck = !wait_for(STATUS_CAN_SEND, serial.stuck ? 1 : POLLS_MAX);
    return !serial.stuck;
}

void serial_write(const char *text, size_t length)
{
    if (!serial.present)
        return;
    unsigned room = 0;
    for (size_t i = 0; i < length;) {
        if (room == 0 && !wait_for_room())
            return;
        if (room == 0)
            room = serial.burst;
        /* A line feed gets the carriage return that a terminal wants, unless it has one. */
        char next = text[i] == '\n' && serial.last != '\r' ? '\r' : text[i++];
        port_write8(SERIAL_DATA, (uint8_t)next);
        serial.last = next;
        room--;
    }
}

bool serial_read(char *out)
{
    if (!serial.present || (port_read8(SERIAL_LINE_STATUS) & STATUS_DATA_READY) == 0)
        return false;
    *out = (char)port_read8(SERIAL_DATA);
    return true;
}
