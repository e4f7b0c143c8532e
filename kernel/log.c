/* SPDX-License-Identifier: MIT */
#include <kernel/log.h>

#include <arch/cpu.h>
#include <kernel/console.h>

#include <base/string.h>

constexpr size_t RING_SIZE = 16 * KIB;
constexpr size_t LINE_MAX = 512; /* longer lines are cut */

/* What was ever written, modulo the size of the ring. */
static struct {
    char text[RING_SIZE];
    size_t written;
} ring;
static enum log_level threshold = LOG_INFO;
static uint64_t start_cycles; /* the log's second 0 */

static const char *const level_names[LOG_LEVEL_COUNT] = {
    [LOG_ERROR] = "error",
    [LOG_WARNING] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

static void ring_write(const char *text, size_t length)
{
    size_t at = ring.written % RING_SIZE;
    size_t first = length < RING_SIZE - at ? length : RING_SIZE - at;
    memcpy(ring.text + at, text, first);
    memcpy(ring.text, text + first, length - first);
    ring.written += length;
}

void log_init(enum log_level level)
{
    threshold = level;
    start_cycles = cpu_cycles();
}

uint64_t log_microseconds(void)
{
    return cpu_microseconds(cpu_cycles() - start_cycles);
}

void log_write(enum log_level level, const char *unit, const char *format, ...)
{
    if (level > threshold)
        return;
    constexpr uint64_t MICROSECONDS = 1000000;
    uint64_t time = log_microseconds();
    char line[LINE_MAX];
    int length = format_text(line, sizeof line,
                             "[%5" PRIu64 ".%06" PRIu64 "] %-5s %s: ", time / MICROSECONDS,
                             time % MICROSECONDS, level_names[level], unit);
    va_list arguments;
    va_start(arguments, format);
    length += format_text_va(line + length, sizeof line - (size_t)length, format, arguments);
    va_end(arguments);
    line[length++] = '\n'; /* in place of the NUL */
    ring_write(line, (size_t)length);
    console_log_text(line, (size_t)length);
}

void log_replay(const struct text_sink *sink)
{
    if (ring.written <= RING_SIZE) {
        sink->write(sink->owner, ring.text, ring.written);
        return;
    }
    /* The oldest line has lost its beginning: start behind its end. */
    size_t at = ring.written % RING_SIZE;
    size_t skip = 0;
    while (skip < RING_SIZE && ring.text[(at + skip) % RING_SIZE] != '\n')
        skip++;
    for (size_t left = RING_SIZE - skip - (skip < RING_SIZE); left > 0;) {
        size_t from = (ring.written - left) % RING_SIZE;
        size_t piece = left < RING_SIZE - from ? left : RING_SIZE - from;
        sink->write(sink->owner, ring.text + from, piece);
        left -= piece;
    }
}
