/* SPDX-License-Identifier: MIT
 * Arbitrary bytes as the file that somebody gives to `memmap`: the tool itself, all but its main. It is refused, or
 * everything that can be said of it is said: findings in order, a ledger that closes, every form of output, twice the
 * same, in printable characters, and no longer than 4 KiB for each thing in it. A first byte under 8 makes a sound dump
 * of the rest: magic, sizes, checksum. */
#include "tools/memmap/memmap.h"

#include <base/crc32.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr size_t SIZE_MAX_TRIED = 1 << 14;
constexpr uint8_t SEALED_BELOW = 8;
constexpr size_t OUTPUT_BASE = 1 << 20, OUTPUT_PER_THING = 4096;

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    dprintf(2, "%s\n", what);
    abort();
}

/* Refusals are printed for people; here are millions. */
void complain(const char *, ...)
{
}

struct output {
    uint64_t hash; /* FNV-1a */
    size_t length;
    bool is_text;
};

/* Most of the time goes by here: nothing is counted or checked for the fuzzer in it. */
__attribute__((no_sanitize("coverage", "address", "undefined"))) static void
write_output(void *owner, const char *text, size_t length)
{
    struct output *output = owner;
    for (size_t i = 0; i < length; i++) {
        output->hash = (output->hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
        demand(!output->is_text || text[i] == '\n' || text[i] == '\t' || (text[i] & 0x80) != 0 ||
                   (text[i] >= ' ' && text[i] != 0x7f),
               "a control character in the output");
    }
    output->length += length;
}

static struct output write_report(const struct format *format, const struct report *report)
{
    struct output output = {.is_text = strcmp(format->word, "raw") != 0};
    (void)format->write(report, &(struct text_sink){write_output, &output});
    return output;
}

/* One form of output for each input, by its size: all at once would be a fifth of the inputs. */
static void check_output(struct report *report, size_t choice)
{
    const struct view *view = &report->input->view;
    const size_t things = view->region_count + view->place_count + view->node_count +
                          view->device_count + view->problem_count + view->attributes.count;
    size_t count = 0;
    while (formats[count].word != nullptr)
        count++;
    demand(count != 0, "there is no form of output");
    const size_t form = choice % (count + 1);
    if (form == count) /* text has a second shape: all its parts */
        report->parts = 2 * PART_DIFF - 1;
    const struct format *format = &formats[form % count];
    const struct output first = write_report(format, report);
    const struct output again = write_report(format, report);
    demand(first.hash == again.hash && first.length == again.length,
           "the same file, another report");
    demand(first.length <= OUTPUT_BASE + things * OUTPUT_PER_THING, "a report without end");
}

static void inspect(const struct input *input)
{
    struct inspected inspected;
    demand(inspected_run(input, &inspected), "what was read cannot be inspected");
    const struct inspection *inspection = &inspected.inspection;
    const char *broken = ledger_check(inspection->ledger);
    demand(broken == nullptr, broken);
    broken = lint_check(inspection->lint, &input->view);
    demand(broken == nullptr, broken);
    broken = memory_map_check(inspection->map);
    demand(broken == nullptr, broken);
    struct report report = {.input = input,
                            .inspected = &inspected,
                            .other = &inspected,
                            .context = {"memmap", "a file", "", false}};
    check_output(&report, input->size);
    inspected_free(&inspected);
}

static void seal(unsigned char *bytes, size_t size)
{
    struct dump_header header = {
        .magic = "FHMAPDMP", .version = DUMP_VERSION, .header_size = sizeof header, .size = size};
    if (size < sizeof header)
        return;
    header.crc = crc32_of(bytes + sizeof header, size - sizeof header);
    memcpy(bytes, &header, sizeof header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > SIZE_MAX_TRIED)
        return 0;
    unsigned char *bytes = malloc(size);
    memcpy(bytes, data, size);
    const bool is_sealed = data[0] < SEALED_BELOW;
    if (is_sealed)
        seal(bytes + 1, size - 1);
    struct input input = {};
    FILE *const standard = stdin;
    stdin = fmemopen(bytes + is_sealed, size - is_sealed, "rb");
    const bool done = stdin != nullptr && input_read("-", &input);
    if (stdin != nullptr)
        fclose(stdin);
    stdin = standard;
    if (done) {
        inspect(&input);
        input_free(&input);
    }
    free(bytes);
    return 0;
}
