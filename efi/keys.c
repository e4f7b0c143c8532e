/* SPDX-License-Identifier: MIT */
#include "keys.h"

static constexpr uint8_t ESCAPE = 0x1B, DELETE = 0x7F, LINE_FEED = 0x0A;

/* ESC [ A, ESC O A: cursor keys of xterm and VT100, as they are and in application mode. */
static uint32_t key_of_letter(uint8_t letter)
{
    switch (letter) {
    case 'A':
        return INSPECTOR_KEY_UP;
    case 'B':
        return INSPECTOR_KEY_DOWN;
    case 'C':
        return INSPECTOR_KEY_RIGHT;
    case 'D':
        return INSPECTOR_KEY_LEFT;
    case 'H':
        return INSPECTOR_KEY_HOME;
    case 'F':
        return INSPECTOR_KEY_END;
    default:
        return 0;
    }
}

/* ESC [ 5 ~: VT220 and what came after it; 7 and 8 are those of rxvt. */
static uint32_t key_of_number(uint8_t number)
{
    switch (number) {
    case 1:
    case 7:
        return INSPECTOR_KEY_HOME;
    case 4:
    case 8:
        return INSPECTOR_KEY_END;
    case 5:
        return INSPECTOR_KEY_PAGE_UP;
    case 6:
        return INSPECTOR_KEY_PAGE_DOWN;
    default:
        return 0;
    }
}

static uint32_t put_plain(struct key_decoder *d, uint8_t byte)
{
    const bool after_enter = d->after_enter;
    d->after_enter = byte == INSPECTOR_KEY_ENTER;
    switch (byte) {
    case LINE_FEED:
        return after_enter ? 0 : INSPECTOR_KEY_ENTER;
    case DELETE:
        return INSPECTOR_KEY_BACKSPACE;
    case INSPECTOR_KEY_BACKSPACE:
    case INSPECTOR_KEY_TAB:
    case INSPECTOR_KEY_ENTER:
        return byte;
    default:
        return byte >= ' ' && byte < DELETE ? byte : 0;
    }
}

/* Behind ESC [: parameters (0x30 to 0x3F), intermediate bytes (0x20 to 0x2F), and one that ends it (ECMA-48, 5.4). */
static uint32_t put_sequence(struct key_decoder *d, uint8_t byte)
{
    if (byte >= '0' && byte <= '9' && d->in_number) {
        d->number = (uint8_t)(d->number < 20 ? d->number * 10 + (byte - '0') : UINT8_MAX);
        return 0;
    }
    if (byte >= 0x20 && byte <= 0x3F) {
        d->in_number = false;
        return 0;
    }
    d->state = KEY_DECODER_PLAIN;
    return byte == '~' ? key_of_number(d->number) : key_of_letter(byte);
}

uint32_t key_decoder_put(struct key_decoder *d, uint8_t byte)
{
    if (byte == ESCAPE) {
        const bool twice = d->state == KEY_DECODER_ESCAPE;
        d->state = KEY_DECODER_ESCAPE;
        return twice ? INSPECTOR_KEY_ESCAPE : 0;
    }
    switch (d->state) {
    case KEY_DECODER_PLAIN:
        return put_plain(d, byte);
    case KEY_DECODER_SEQUENCE:
        return put_sequence(d, byte);
    case KEY_DECODER_SHIFT:
        d->state = KEY_DECODER_PLAIN;
        return key_of_letter(byte);
    case KEY_DECODER_ESCAPE:
    default:
        break;
    }
    d->state = byte == '['   ? KEY_DECODER_SEQUENCE
               : byte == 'O' ? KEY_DECODER_SHIFT
                             : KEY_DECODER_PLAIN;
    d->number = 0;
    d->in_number = true;
    if (d->state != KEY_DECODER_PLAIN)
        return 0;
    d->held = put_plain(d, byte);
    return INSPECTOR_KEY_ESCAPE;
}

uint32_t key_decoder_next(struct key_decoder *d)
{
    const uint32_t key = d->held;
    d->held = 0;
    return key;
}

uint32_t key_decoder_end(struct key_decoder *d)
{
    const bool alone = d->state == KEY_DECODER_ESCAPE;
    d->state = KEY_DECODER_PLAIN;
    return alone ? INSPECTOR_KEY_ESCAPE : 0;
}
