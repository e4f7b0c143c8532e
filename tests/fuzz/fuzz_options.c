/* SPDX-License-Identifier: MIT
 * Options: whatever the text is, the values are sane, point into the text, and do not depend on whether
 * anybody listens to the complaints; a text put behind itself means the same. */
#include <boot/options.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_lines(void *owner, const char *text, size_t length)
{
    unsigned *lines = owner;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\n' && (text[i] < ' ' || text[i] > '~'))
            abort();
        *lines += text[i] == '\n';
    }
}

static bool same(const struct options *a, const struct options *b)
{
    return a->run.length == b->run.length && a->console_serial == b->console_serial &&
           a->console_framebuffer == b->console_framebuffer && a->log_level == b->log_level &&
           a->heap_warn == b->heap_warn && a->heap_l1 == b->heap_l1 && a->kaslr == b->kaslr &&
           a->seed_given == b->seed_given && a->seed == b->seed && a->report == b->report &&
           a->inspect == b->inspect;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    unsigned lines = 0;
    struct text_sink sink = {count_lines, &lines};
    struct options out, twice;
    status_t status = options_parse(text, size, &sink, &out);
    if ((status == STATUS_OK) != (size <= OPTIONS_SIZE_MAX))
        abort();
    if (status != STATUS_OK)
        return 0;
    if (lines != out.ignored || out.log_level >= LOG_LEVEL_COUNT || out.report > REPORT_OFF)
        abort();
    if (out.run.length > 0 && (out.run.start < text || out.run.length > size ||
                               out.run.start + out.run.length > text + size))
        abort();
    char *both = malloc(2 * size + 1);
    memcpy(both, text, size);
    both[size] = '\n';
    memcpy(both + size + 1, text, size);
    if (options_parse(both, 2 * size + 1, nullptr, &twice) == STATUS_OK && !same(&out, &twice))
        abort();
    free(both);
    return 0;
}
