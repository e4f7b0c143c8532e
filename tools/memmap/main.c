/* SPDX-License-Identifier: MIT
 * memmap: reads a memory map in any form in which people have them, judges it, and tells it in another. docs/memmap.1 is
 * its manual. Nothing is written before the input has been read and inspected whole. */
#include "memmap.h"

#include <base/assert.h>

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: memmap [options] FILE|FOLDER|-\n"
    "Inspect the memory map of a machine's firmware: what it says, what is wrong with it,\n"
    "and where the memory went. Reads raw dumps of Freehold, Linux logs (efi: mem..,\n"
    "BIOS-e820), EFI Shell memmap listings, Xen logs, comma-separated dumps, lines of\n"
    "START SIZE TYPE ATTRIBUTES, ACPI tables, and /sys/firmware/memmap. Log prefixes and\n"
    "foreign lines are skipped.\n"
    "\n"
    "  --format FORMAT   text (default), json, html (one page), e820 (as Linux prints\n"
    "                    it), raw (a dump)\n"
    "parts of the text; all of them but --raw-order if none is named:\n"
    "  --lint            findings\n"
    "  --ledger          where the memory went\n"
    "  --map             the judged map, and what was repaired\n"
    "  --types           totals of types and attributes\n"
    "  --tables          tables, devices, NUMA nodes\n"
    "  --raw-order       the descriptors as they stand in the source\n"
    "  --diff OTHER      what is different in OTHER\n"
    "other options:\n"
    "  --phys-bits N     the processor's physical address width, 32 to 52\n"
    "  --color WHEN      auto (default: on a terminal, unless NO_COLOR is set), always, never\n"
    "  -o, --output OUT  write to a file\n"
    "  --help, --version\n"
    "\n"
    "exit status: 0 clean, 1 findings of severity error, 2 unreadable input or wrong usage\n";

struct options {
    const struct format *format;
    uint32_t parts;
    const char *path, *other, *output;
    unsigned phys_bits; /* 0: not given */
    const char *colour;
};

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("memmap: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

[[noreturn]] void assert_failed(const char *condition, const char *file, int line)
{
    complain("%s:%d: broken invariant: %s", file, line, condition);
    abort();
}

/* ---- options ---- */

static const struct format *format_find(const char *word)
{
    for (size_t i = 0; formats[i].word != nullptr; i++)
        if (strcmp(formats[i].word, word) == 0)
            return &formats[i];
    return nullptr;
}

enum long_option {
    OPTION_FORMAT = 256,
    OPTION_PHYS_BITS,
    OPTION_COLOUR,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_DIFF,
};
constexpr int OPTION_PART = 512; /* and an enum part */

static const struct option long_options[] = {
    {"format", required_argument, nullptr, OPTION_FORMAT},
    {"phys-bits", required_argument, nullptr, OPTION_PHYS_BITS},
    {"color", required_argument, nullptr, OPTION_COLOUR},
    {"output", required_argument, nullptr, 'o'},
    {"diff", required_argument, nullptr, OPTION_DIFF},
    {"lint", no_argument, nullptr, OPTION_PART + PART_LINT},
    {"ledger", no_argument, nullptr, OPTION_PART + PART_LEDGER},
    {"map", no_argument, nullptr, OPTION_PART + PART_MAP},
    {"types", no_argument, nullptr, OPTION_PART + PART_TYPES},
    {"tables", no_argument, nullptr, OPTION_PART + PART_TABLES},
    {"raw-order", no_argument, nullptr, OPTION_PART + PART_RAW_ORDER},
    {"help", no_argument, nullptr, OPTION_HELP},
    {"version", no_argument, nullptr, OPTION_VERSION},
    {},
};

static bool read_phys_bits(const char *text, struct options *options)
{
    char *end;
    const unsigned long bits = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || bits < 32 || bits > PHYS_BITS_MAX)
        return REFUSE("--phys-bits %s: not a number from 32 to %u", text, PHYS_BITS_MAX);
    options->phys_bits = (unsigned)bits;
    return true;
}

static bool read_option(int option, const char *argument, struct options *options)
{
    switch (option) {
    case OPTION_FORMAT:
        options->format = format_find(argument);
        return options->format != nullptr ||
               REFUSE("--format %s: not text, json, html, e820 or raw", argument);
    case OPTION_PHYS_BITS:
        return read_phys_bits(argument, options);
    case OPTION_COLOUR:
        options->colour = argument;
        return strcmp(argument, "auto") == 0 || strcmp(argument, "always") == 0 ||
               strcmp(argument, "never") == 0 ||
               REFUSE("--color %s: not auto, always or never", argument);
    case OPTION_DIFF:
        options->other = argument;
        options->parts |= PART_DIFF;
        return true;
    case 'o':
        options->output = argument;
        return true;
    case OPTION_HELP:
        fputs(usage, stdout);
        exit(EXIT_CLEAN);
    case OPTION_VERSION:
        puts(RENDER_PROGRAM);
        exit(EXIT_CLEAN);
    default:
        if (option < OPTION_PART)
            return false; /* getopt has said why */
        options->parts |= (uint32_t)(option - OPTION_PART);
        return true;
    }
}

static bool read_options(int count, char **words, struct options *out)
{
    *out = (struct options){.format = &formats[0], .colour = "auto"};
    for (int option; (option = getopt_long(count, words, "o:", long_options, nullptr)) != -1;)
        if (!read_option(option, optarg, out))
            return false;
    if (optind + 1 != count)
        return REFUSE(optind == count ? "which file? \"-\" is standard input"
                                      : "one file at a time");
    out->path = words[optind];
    if (out->parts != 0 && out->format != &formats[0])
        return REFUSE("parts are chosen of the text, not of --format %s", out->format->word);
    return true;
}

static bool wants_colours(const struct options *options)
{
    if (strcmp(options->colour, "auto") != 0)
        return strcmp(options->colour, "always") == 0;
    const char *refused = getenv("NO_COLOR"); /* https://no-color.org */
    const char *terminal = getenv("TERM");
    return options->output == nullptr && isatty(STDOUT_FILENO) &&
           (refused == nullptr || *refused == '\0') && terminal != nullptr &&
           strcmp(terminal, "dumb") != 0;
}

/* ---- the run ---- */

static void write_to_stream(void *owner, const char *text, size_t length)
{
    fwrite(text, 1, length, owner); /* an error stays in the stream, and is looked for at the end */
}

static bool write_report(const struct report *report, const struct options *options)
{
    const char *path = options->output;
    FILE *stream = path == nullptr ? stdout : fopen(path, "wb");
    if (stream == nullptr)
        return REFUSE("%s: %s", path, strerror(errno));
    const struct text_sink sink = {.write = write_to_stream, .owner = stream};
    const bool done = options->format->write(report, &sink);
    bool failed = fflush(stream) != 0;
    failed |= ferror(stream) != 0;
    if (failed && done)
        complain("%s: %s", path == nullptr ? "standard output" : path, strerror(errno));
    if (path != nullptr && fclose(stream) != 0)
        failed = true;
    return done && !failed;
}

/* Read and inspect one source. */
static bool inspect(const char *path, const struct options *options, struct input *input,
                    struct inspected *inspected)
{
    if (!input_read(path, input))
        return false;
    if (options->phys_bits != 0) {
        input->view.phys_bits = options->phys_bits;
        input->view.knows |= VIEW_KNOWS(PHYS_BITS);
    }
    if (inspected_run(input, inspected))
        return true;
    input_free(input);
    return false;
}

static enum exit_status run(const struct options *options)
{
    struct input input, other_input;
    struct inspected inspected, other;
    if (!inspect(options->path, options, &input, &inspected))
        return EXIT_REFUSED;
    const bool two = options->other != nullptr;
    enum exit_status status = EXIT_REFUSED;
    if (!two || inspect(options->other, options, &other_input, &other)) {
        const struct report report = {
            .input = &input,
            .inspected = &inspected,
            .other = two ? &other : nullptr,
            .parts = options->parts,
            .context = {.program = RENDER_PROGRAM,
                        .source = input.name,
                        .time = "", /* the same input gives the same bytes */
                        .colours = wants_colours(options)},
        };
        if (write_report(&report, options))
            status = inspected.result.lint.counts[LINT_ERROR] != 0 ? EXIT_FINDINGS : EXIT_CLEAN;
        if (two) {
            inspected_free(&other);
            input_free(&other_input);
        }
    }
    inspected_free(&inspected);
    input_free(&input);
    return status;
}

int main(int count, char **words)
{
    struct options options;
    if (!read_options(count, words, &options)) {
        fputs("memmap --help tells what can be asked\n", stderr);
        return EXIT_REFUSED;
    }
    return run(&options);
}
