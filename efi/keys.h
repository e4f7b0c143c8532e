/* SPDX-License-Identifier: MIT
 * Keys out of the bytes that a terminal sends: ESC [ A and its kin (ECMA-48, VT100, xterm). Pure. */
#ifndef EFI_KEYS_H
#define EFI_KEYS_H

#include <inspect/inspector.h>

struct key_decoder {
    enum key_decoder_state : uint8_t {
        KEY_DECODER_PLAIN,
        KEY_DECODER_ESCAPE,   /* behind ESC */
        KEY_DECODER_SEQUENCE, /* behind ESC [ */
        KEY_DECODER_SHIFT,    /* behind ESC O */
    } state;
    uint8_t number;   /* the first of a sequence, as far as it has come */
    bool in_number;   /* no ; has come */
    bool after_enter; /* a line feed behind CR is no second Enter */
    uint32_t held;    /* a key that came with the one before; 0: none */
};

/* A key, or 0: not yet, or none that anybody knows. ESC and a byte that is no sequence are two keys: see next. */
uint32_t key_decoder_put(struct key_decoder *d, uint8_t byte);
/* The key that was held back, or 0. To be asked before each byte. */
uint32_t key_decoder_next(struct key_decoder *d);
/* Is there something that waits for more? */
static inline bool key_decoder_waits(const struct key_decoder *d)
{
    return d->state != KEY_DECODER_PLAIN;
}
/* No more has come: an ESC on its own is a key; a sequence that was cut is nothing. */
uint32_t key_decoder_end(struct key_decoder *d);

#endif
