/* SPDX-License-Identifier: MIT
 * Source: "Keyboard Scan Code Specification", Microsoft, rev. 1.3a, appendix A (column "Scan Set 1"). */
#include "key_codes.h"

enum key_code : uint8_t {
    KEY_LEFT_CONTROL = 0x1d,
    KEY_LEFT_SHIFT = 0x2a,
    KEY_RIGHT_SHIFT = 0x36,
    KEY_CAPS_LOCK = 0x3a,
    KEY_RELEASED = 0x80, /* this bit */
    KEY_PREFIX_EXTENDED = 0xe0,
    KEY_PREFIX_PAUSE = 0xe1,
};

/* By scan code, from 00. The keypad types digits; 7f is what a terminal sends for Backspace. */
static const char plain[] =
    "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.\0\0\\";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.\0\0|";
static_assert(sizeof plain == 0x58 && sizeof shifted == 0x58);

/* Behind E0. */
static const struct {
    uint8_t code;
    const char text[KEY_TEXT_MAX + 1];
} extended_keys[] = {
    {0x1c, "\r"},      /* keypad Enter */
    {0x35, "/"},       /* keypad */
    {0x47, "\033[H"},  /* Home */
    {0x48, "\033[A"},  /* Up */
    {0x4b, "\033[D"},  /* Left */
    {0x4d, "\033[C"},  /* Right */
    {0x4f, "\033[F"},  /* End */
    {0x50, "\033[B"},  /* Down */
    {0x53, "\033[3~"}, /* Delete */
};

static unsigned decode_extended(uint8_t code, char out[KEY_TEXT_MAX])
{
    for (unsigned i = 0; i < sizeof extended_keys / sizeof extended_keys[0]; i++) {
        if (extended_keys[i].code != code)
            continue;
        unsigned length = 0;
        for (; extended_keys[i].text[length] != '\0'; length++)
            out[length] = extended_keys[i].text[length];
        return length;
    }
    return 0;
}

/* Keys that change what others type. True if it was one. */
static bool note_modifier(struct key_state *state, uint8_t key, bool pressed, bool extended)
{
    /* E0 2A and E0 36 are not Shift: keyboards send them around the arrow keys. */
    if (extended && key != KEY_LEFT_CONTROL)
        return false;
    switch (key) {
    case KEY_LEFT_CONTROL:
        *(extended ? &state->right_control : &state->left_control) = pressed;
        return true;
    case KEY_LEFT_SHIFT:
        state->left_shift = pressed;
        return true;
    case KEY_RIGHT_SHIFT:
        state->right_shift = pressed;
        return true;
    case KEY_CAPS_LOCK:
        state->caps_lock ^= pressed;
        return true;
    default:
        return false;
    }
}

static char decode_plain(const struct key_state *state, uint8_t key)
{
    if (key >= sizeof plain - 1)
        return '\0';
    char letter = plain[key];
    bool is_letter = letter >= 'a' && letter <= 'z';
    bool shift = state->left_shift || state->right_shift;
    if (is_letter && (state->left_control || state->right_control))
        return (char)(letter - 'a' + 1);
    return shift != (is_letter && state->caps_lock) ? shifted[key] : letter;
}

unsigned key_decode(struct key_state *state, uint8_t code, char out[KEY_TEXT_MAX])
{
    if (state->pause_length > 0) {
        state->pause_length--;
        return 0;
    }
    if (code == KEY_PREFIX_PAUSE) {
        state->pause_length = 2; /* E1 1D 45, and the same with the release bits */
        return 0;
    }
    if (code == KEY_PREFIX_EXTENDED) {
        state->extended = true;
        return 0;
    }
    bool extended = state->extended;
    state->extended = false;
    uint8_t key = code & (uint8_t)~KEY_RELEASED;
    bool pressed = (code & KEY_RELEASED) == 0;
    if (note_modifier(state, key, pressed, extended) || !pressed)
        return 0;
    if (extended)
        return decode_extended(key, out);
    char typed = decode_plain(state, key);
    if (typed == '\0')
        return 0;
    out[0] = typed;
    return 1;
}
