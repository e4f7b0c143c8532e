/* SPDX-License-Identifier: MIT
 * The PS/2 keyboard behind an i8042, polled. Source: IBM PS/2 Hardware Interface Technical Reference,
 * Keyboard and Auxiliary Device Controller. Machines without one read as all ones. */
#include <arch/devices.h>

#include <arch/cpu.h>

#include "instructions.h"
#include "key_codes.h"

constexpr uint16_t KEYBOARD_DATA = 0x60, KEYBOARD_STATUS = 0x64, KEYBOARD_COMMAND = 0x64;
constexpr uint8_t STATUS_OUTPUT_FULL = 0x01, STATUS_INPUT_FULL = 0x02, STATUS_FROM_MOUSE = 0x20;
constexpr uint8_t NO_DEVICE = 0xff;
constexpr uint8_t COMMAND_READ_CONFIG = 0x20, COMMAND_WRITE_CONFIG = 0x60, COMMAND_ENABLE = 0xae;
constexpr uint8_t CONFIG_INTERRUPTS = 0x03, CONFIG_DISABLED = 0x10, CONFIG_TRANSLATE = 0x40;
constexpr uint8_t KEYBOARD_START_SCANNING = 0xf4, KEYBOARD_ACKNOWLEDGE = 0xfa;
constexpr unsigned POLLS_MAX = 50000; /* 50 ms at 1 us a read; keyboards answer in 20 */
constexpr unsigned BUFFER_MAX = 64;   /* more bytes than any controller holds */

static struct {
    bool present;
    struct key_state keys;
    char text[KEY_TEXT_MAX]; /* of the last key: what is not read yet */
    unsigned length, taken;
} keyboard;

static bool wait_for(uint8_t mask, uint8_t value)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        if ((port_read8(KEYBOARD_STATUS) & mask) == value)
            return true;
        cpu_pause();
    }
    return false;
}

static bool send(uint16_t port, uint8_t value)
{
    if (!wait_for(STATUS_INPUT_FULL, 0))
        return false;
    port_write8(port, value);
    return true;
}

static bool receive(uint8_t *out)
{
    if (!wait_for(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL))
        return false;
    *out = port_read8(KEYBOARD_DATA);
    return true;
}

static void drop_buffered(void)
{
    for (unsigned i = 0; i < BUFFER_MAX; i++) {
        if ((port_read8(KEYBOARD_STATUS) & STATUS_OUTPUT_FULL) == 0)
            return;
        (void)port_read8(KEYBOARD_DATA);
    }
}

/* Interrupts off, the keyboard on, scan codes translated to set 1. */
static bool configure(void)
{
    uint8_t config;
    if (!send(KEYBOARD_COMMAND, COMMAND_READ_CONFIG) || !receive(&config))
        return false;
    config &= (uint8_t)~(CONFIG_INTERRUPTS | CONFIG_DISABLED);
    config |= CONFIG_TRANSLATE;
    return send(KEYBOARD_COMMAND, COMMAND_WRITE_CONFIG) && send(KEYBOARD_DATA, config) &&
           send(KEYBOARD_COMMAND, COMMAND_ENABLE);
}

bool keyboard_init(void)
{
    keyboard.present = false;
    if (port_read8(KEYBOARD_STATUS) == NO_DEVICE)
        return false;
    drop_buffered();
    if (!configure())
        return false;
    /* A controller without a keyboard does not answer. Keys that were pressed meanwhile may come first. */
    if (!send(KEYBOARD_DATA, KEYBOARD_START_SCANNING))
        return false;
    uint8_t answer;
    for (unsigned i = 0; i < BUFFER_MAX && receive(&answer); i++) {
        if (answer != KEYBOARD_ACKNOWLEDGE)
            continue;
        keyboard.present = true;
        break;
    }
    return keyboard.present;
}

bool keyboard_present(void)
{
    return keyboard.present;
}

bool keyboard_read(char *out)
{
    if (!keyboard.present)
        return false;
    if (keyboard.taken == keyboard.length) {
        uint8_t status = port_read8(KEYBOARD_STATUS);
        if ((status & STATUS_OUTPUT_FULL) == 0)
            return false;
        uint8_t code = port_read8(KEYBOARD_DATA);
        if ((status & STATUS_FROM_MOUSE) != 0)
            return false;
        keyboard.length = key_decode(&keyboard.keys, code, keyboard.text);
        keyboard.taken = 0;
        if (keyboard.length == 0)
            return false;
    }
    *out = keyboard.text[keyboard.taken++];
    return true;
}
