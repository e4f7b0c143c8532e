/* SPDX-License-Identifier: MIT
 * Options: words `key=value` or `key`, separated by white space; a value with spaces stands in double
 * quotes: run="meminfo; exit ok". Pure. The text comes from outside (firmware, a file, QEMU) and is not
 * trusted: at most OPTIONS_SIZE_MAX bytes, printable ASCII; anything else is refused as a whole word.
 * Unknown words and bad values are counted, named, and ignored; the default then holds. */
#ifndef BOOT_OPTIONS_H
#define BOOT_OPTIONS_H

#include <base/format.h>
#include <base/status.h>

constexpr size_t OPTIONS_SIZE_MAX = 4096;

enum log_level : uint8_t { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_LEVEL_COUNT };

/* A piece of the text that was parsed; not NUL-terminated. */
struct option_text {
    const char *start;
    size_t length;
};

enum report_choice : uint8_t { REPORT_AUTO, REPORT_ON, REPORT_OFF };

struct options {
    struct option_text run; /* run=: monitor commands; length 0: none, go to the monitor */
    bool console_serial;    /* console=serial,fb | serial | fb | none */
    bool console_framebuffer;
    enum log_level log_level; /* loglevel=error|warning|info|debug or 0..3 */
    bool heap_warn;           /* heap=warn: refuse a bad free and go on; default heap=fatal */
    bool heap_l1;    /* heap=l1: red zones and poison; default heap=l0. heap=warn,l1: both */
    bool kaslr;      /* kaslr=on|off */
    bool seed_given; /* seed=NUMBER: replaces every source of randomness */
    uint64_t seed;
    enum report_choice report; /* report=on|off */
    bool inspect;              /* inspect */
    unsigned ignored;          /* words that were not understood */
};

/* The values that hold when nothing is said. */
struct options options_default(void);

/* Parse `length` bytes. *out starts from the defaults; later words win. Every ignored word is told to
 * `complaints` (may be null) as one sentence with a newline. Fails (TRUNCATED: longer than
 * OPTIONS_SIZE_MAX) only as a whole, and then *out is untouched. out->run points into `text`. */
status_t options_parse(const char *text, size_t length, const struct text_sink *complaints,
                       struct options *out);

/* Does the text say anything? Not if it is white space, or the program's name alone: firmware that starts
 * us from a network, and the UEFI Shell, put that first. */
bool options_has_words(const char *text, size_t length);

/* Print the list of options, one a line, for help. */
void options_describe(const struct text_sink *sink);

#endif
