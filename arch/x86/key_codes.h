/* SPDX-License-Identifier: MIT
 * Scan codes of a PC keyboard, set 1, US layout, to the characters that a terminal would send. Pure. */
#ifndef ARCH_X86_KEY_CODES_H
#define ARCH_X86_KEY_CODES_H

#include <stdint.h>

/* Zero-initialised: nothing is held. */
struct key_state {
    bool left_shift, right_shift, left_control, right_control, caps_lock;
    bool extended;         /* the last byte was E0 */
    unsigned pause_length; /* bytes left of the Pause key's E1 sequence */
};

constexpr unsigned KEY_TEXT_MAX = 4;

/* One byte from the keyboard. Writes what was typed to `out` and returns its length: 0 for keys that type
 * nothing, for releases, and in the middle of a sequence. */
unsigned key_decode(struct key_state *state, uint8_t code, char out[KEY_TEXT_MAX]);

#endif
