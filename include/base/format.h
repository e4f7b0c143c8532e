/* SPDX-License-Identifier: MIT
 * Text: formatted output into a buffer, by stb_sprintf (no floating point). Conversions as in C, with
 * PRIu64 and PRIx64 for uint64_t, %s, %c, %d, %x, %p, field widths and precision. */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* <inttypes.h> is not a freestanding header; the compiler knows the conversions all the same. */
#ifndef PRIu64
#define PRIu64 __UINT64_FMTu__
#define PRIx64 __UINT64_FMTx__
#endif

/* Write at most size - 1 characters and a NUL; return the number of characters written (not the number
 * that would have been). size must be at least 1. */
int format_text(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int format_text_va(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Where text goes: renderers and reports write into a sink, the caller decides what it is. */
struct text_sink {
    void (*write)(void *owner, const char *text, size_t length);
    void *owner;
};

/* Format one piece of at most 512 characters (longer is cut) and write it to the sink. */
void sink_print(const struct text_sink *sink, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A size in the largest unit that leaves at most four digits before the point: "640 KiB", "1.5 GiB".
 * Returned by value, so that `size_text(n).text` can be an argument. */
struct size_text {
    char text[12];
};
struct size_text size_text(uint64_t bytes);

#endif
