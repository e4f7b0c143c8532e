/* SPDX-License-Identifier: MIT
 * Where a person sits: the firmware's console with its keyboard and, where that leaves COM1 alone, a terminal behind
 * COM1. Whatever is missing or fails is done without. */
#ifndef EFI_TERMINAL_H
#define EFI_TERMINAL_H

#include "keys.h"
#include "screen.h"
#include "session.h"

struct terminal {
    struct firmware *firmware;
    struct screen screens[2];
    unsigned screen_count;

    EFI_SIMPLE_TEXT_IN_PROTOCOL *keyboard; /* null: none */
    bool has_serial;                       /* COM1 is ours */
    EFI_EVENT timer;                       /* null: firmware makes none */
    bool false_alarm;                      /* it said that there is a key, and there was none */
    struct key_source {
        struct key_decoder decoder;
        unsigned quiet; /* looks in a row at which nothing had come */
    } keys[2];          /* keyboard: some firmware passes on what its terminal sends; COM1 */
};

/* False: there is no way for a person to see anything, or none to answer. Then there is nothing to close. */
bool terminal_open(struct terminal *t, struct firmware *fw);
void terminal_close(struct terminal *t);

/* The next key; 0: none came in that time (0: wait for ever). */
uint32_t terminal_read_key(struct terminal *t, unsigned milliseconds);

/* One line, over the one that was printed before without a line's end. */
void terminal_print(struct terminal *t, const char *text);

/* From here on screens of cells. False: no memory, and nothing has changed. */
bool terminal_enter(struct terminal *t, struct session *s);
void terminal_draw(struct terminal *t, struct inspector *inspector);
void terminal_clear(struct terminal *t);
void terminal_leave(struct terminal *t);

#endif
