/* SPDX-License-Identifier: MIT
 * The inspector on this machine: its keys come from a terminal, its cells go there, and what it asks for is done. */
#ifndef EFI_INSPECTOR_H
#define EFI_INSPECTOR_H

#include "terminal.h"

/* Until the person goes on, or for ever: the machine may be switched off. False: it could not be shown. */
bool inspector_run(struct session *s, struct terminal *t);

/* ---- machine.c ---- */
/* Reboot into the firmware's setup. It returns if the firmware does not know such a wish (EFI_UNSUPPORTED), does not
 * take it, or does not reset. */
EFI_STATUS machine_enter_setup(struct firmware *fw);
/* These return only if the firmware does nothing. */
void machine_restart(struct firmware *fw);
void machine_power_off(struct firmware *fw);

/* ---- memory_picture.c ---- */
/* Is there a screen for it? */
bool memory_picture_is_possible(struct firmware *fw);
/* Draw the picture of memory over all of the screen. Null, or why it is not there. */
const char *memory_picture_show(struct session *s);
void memory_picture_hide(struct session *s);

#endif
