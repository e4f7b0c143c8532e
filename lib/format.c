/* SPDX-License-Identifier: MIT */
#include <base/format.h>

#include <base/string.h>

#define STB_SPRINTF_IMPLEMENTATION
#define STB_SPRINTF_STATIC
#define STB_SPRINTF_NOFLOAT
#define STB_SPRINTF_NOUNALIGNED
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#include <stb_sprintf.h>
#pragma clang diagnostic pop

int format_text_va(char *buffer, size_t size, const char *format, va_list arguments)
{
    int limit = size > 0x7fffffff ? 0x7fffffff : (int)size;
    int wanted = stbsp_vsnprintf(buffer, limit, format, arguments);
    return wanted < limit ? wanted : limit - 1;
}

int format_text(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = format_text_va(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

void sink_print(const struct text_sink *sink, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = format_text_va(text, sizeof text, format, arguments);
    va_end(arguments);
    sink->write(sink->owner, text, (size_t)length);
}

struct size_text size_text(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    while (bytes >> 10 * unit >= 1024)
        unit++;
    const unsigned shift = 10 * unit;
    const uint64_t whole = bytes >> shift, rest = bytes - (whole << shift);
    /* Cut, not rounded: never more than there is. Ten times less than 2^60 fits. */
    const unsigned tenths = (unsigned)(rest * 10 >> shift);
    struct size_text out;
    if (tenths != 0)
        format_text(out.text, sizeof out.text, "%u.%u %s", (unsigned)whole, tenths, units[unit]);
    else
        format_text(out.text, sizeof out.text, "%u %s", (unsigned)whole, units[unit]);
    return out;
}
