/* SPDX-License-Identifier: MIT
 * The log: `[seconds] level unit: text`, one line a call, to serial and the framebuffer as console= says,
 * and always into a ring in memory. Nothing here allocates. Levels: enum log_level of boot/options.h. */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <boot/options.h>

void log_init(enum log_level level);
void log_write(enum log_level level, const char *unit, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define log_error(unit, ...)   log_write(LOG_ERROR, unit, __VA_ARGS__)
#define log_warning(unit, ...) log_write(LOG_WARNING, unit, __VA_ARGS__)
#define log_info(unit, ...)    log_write(LOG_INFO, unit, __VA_ARGS__)
#define log_debug(unit, ...)   log_write(LOG_DEBUG, unit, __VA_ARGS__)

/* Since log_init; 0 while the frequency of the cycle counter is unknown. */
uint64_t log_microseconds(void);

/* Print the last lines that the ring still holds. */
void log_replay(const struct text_sink *sink);

#endif
