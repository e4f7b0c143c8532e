/* SPDX-License-Identifier: MIT
 * COM1 in memory, and as much of ECMA-48 as is sent there. */
#include "efi/serial.h"

#include "model/fake_console.h"

#include <stdlib.h>

bool serial_start(void)
{
    return fake_console.has_serial;
}

bool serial_read(uint8_t *out)
{
    struct fake_console *f = &fake_console;
    if (f->next_serial_key == f->serial_key_count ||
        f->serial_keys[f->next_serial_key].at > f->milliseconds)
        return false;
    *out = (uint8_t)f->serial_keys[f->next_serial_key++].unit;
    return true;
}

/* 30 to 37 are colours in the order of bits red, green, blue; EFI's is blue, green, red. */
static uint8_t colour_of(unsigned code)
{
    return (uint8_t)((code & 1) << 2 | (code & 2) | (code & 4) >> 2);
}

static void set_look(struct fake_screen *s, unsigned code)
{
    if (code == 0)
        s->look = EFI_LIGHTGRAY;
    else if (code == 1)
        s->look |= EFI_BRIGHT;
    else if (code >= 30 && code <= 37)
        s->look = (uint8_t)((s->look & 0xF8) | colour_of(code - 30));
    else if (code >= 40 && code <= 47)
        s->look = (uint8_t)((s->look & 0x0F) | colour_of(code - 40) << 4);
    else
        abort();
}

/* Behind ESC [. Returns where it ends. */
static const char *do_sequence(struct fake_screen *s, const char *at)
{
    unsigned numbers[8] = {}, count = 0;
    const bool private = *at == '?';
    for (at += private; (*at >= '0' && *at <= '9') || *at == ';'; at++) {
        if (*at == ';')
            count++;
        else
            numbers[count] = numbers[count] * 10 + (unsigned)(*at - '0');
    }
    if (private && numbers[0] == 25 && (*at == 'h' || *at == 'l'))
        s->has_cursor = *at == 'h';
    else if (*at == 'm')
        for (unsigned i = 0; i <= count; i++)
            set_look(s, numbers[i]);
    else if (*at == 'J' && numbers[0] == 2)
        fake_screen_clear(s);
    else if (*at == 'H') {
        s->row = numbers[0] != 0 ? numbers[0] - 1 : 0;
        s->column = numbers[1] != 0 ? numbers[1] - 1 : 0;
    } else
        abort();
    return at;
}

void serial_write(const char *text, size_t length)
{
    struct fake_screen *s = &fake_console.serial_screen;
    if (!fake_console.has_serial)
        abort(); /* the port is not ours */
    for (const char *end = text + length; text < end; text++) {
        if (*text == '\33' && text[1] == '[')
            text = do_sequence(s, text + 2);
        else
            fake_screen_put(s, *text);
    }
}
