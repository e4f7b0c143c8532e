/* SPDX-License-Identifier: MIT
 * What a person can type on, once the firmware has ended: a serial port, or a PS/2 keyboard. */
#ifndef KERNEL_INPUT_H
#define KERNEL_INPUT_H

/* Look for a keyboard (the serial port is known). Where there is none, say so on the screen, with the picture of memory and
 * the ledger; where there is no serial port either, that is the end: it halts. Costs the start nothing if there are both. */
void input_start(void);

#endif
