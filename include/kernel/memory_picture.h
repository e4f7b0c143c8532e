/* SPDX-License-Identifier: MIT
 * The picture of memory of the running kernel: who owns each byte of RAM now, on the upper part of the screen. It stays up to
 * date: whoever runs commands calls memory_picture_update after each. */
#ifndef KERNEL_MEMORY_PICTURE_H
#define KERNEL_MEMORY_PICTURE_H

#include <base/status.h>
#include <inspect/picture.h>

/* Every byte that the final map describes, by who owns it now: the map beside the frames. A span costs O(log ranges + log
 * spans); what was never touched is one span. */
struct picture_source memory_picture_source(void);

/* Show it; text goes on below. Does nothing if it is shown. UNSUPPORTED: no screen, or a small one; NO_MEMORY. */
status_t memory_picture_open(void);
void memory_picture_update(void); /* nothing, if it is not shown */
/* Give the whole screen back to text; false: it was not shown. */
bool memory_picture_close(void);

#endif
