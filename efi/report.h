/* SPDX-License-Identifier: MIT
 * The report on the boot volume. */
#ifndef EFI_REPORT_H
#define EFI_REPORT_H

#include "session.h"

/* Write one, under a new number. True: it is there. loader.report says in one line what became of it. */
bool report_write(struct session *s);

#endif
