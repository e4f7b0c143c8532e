/* SPDX-License-Identifier: MIT
 * The picture of memory on the firmware's screen: drawn into memory, then copied by the firmware, which works also where
 * there is no framebuffer. Source: UEFI 2.10, 12.9.2. */
#include "inspector.h"

bool memory_picture_is_possible(struct firmware *fw)
{
    (void)fw;
    return false;
}

const char *memory_picture_show(struct session *s)
{
    (void)s;
    return "no picture yet";
}
