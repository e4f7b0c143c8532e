/* SPDX-License-Identifier: MIT */
#include <boot/options.h>

#include <base/string.h>

/* One key. `apply` says whether the value was understood, and changes *out only then; where it is null
 * the key is a word of its own and takes no value. */
struct option_rule {
    const char *key;
    const char *values;
    const char *help;
    bool (*apply)(struct option_text value, struct options *out);
};

/* Names and the number each stands for. */
struct choice {
    const char *name;
    unsigned value;
};

static bool text_is(struct option_text text, const char *wanted)
{
    size_t length = strlen(wanted);
    return text.length == length && memcmp(text.start, wanted, length) == 0;
}

static bool choose(struct option_text value, const struct choice *choices, size_t count,
                   unsigned *out)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(value, choices[i].name)) {
            *out = choices[i].value;
            return true;
        }
    }
    return false;
}

static bool apply_run(struct option_text value, struct options *out)
{
    out->run = value;
    return true;
}

/* Take the next name of a list `a,b`. False at its end; an empty list has one empty name. */
static bool next_name(struct option_text *list, bool *more, struct option_text *out)
{
    if (!*more)
        return false;
    size_t length = 0;
    while (length < list->length && list->start[length] != ',')
        length++;
    *out = (struct option_text){list->start, length};
    *more = length < list->length;
    *list = (struct option_text){list->start + length + *more, list->length - length - *more};
    return true;
}

static bool apply_console(struct option_text value, struct options *out)
{
    bool serial = false, framebuffer = false, more = !text_is(value, "none");
    struct option_text name;
    while (next_name(&value, &more, &name)) {
        if (text_is(name, "serial"))
            serial = true;
        else if (text_is(name, "fb"))
            framebuffer = true;
        else
            return false;
    }
    out->console_serial = serial;
    out->console_framebuffer = framebuffer;
    return true;
}

static bool apply_loglevel(struct option_text value, struct options *out)
{
    static const struct choice levels[] = {
        {"error", LOG_ERROR}, {"warning", LOG_WARNING}, {"info", LOG_INFO}, {"debug", LOG_DEBUG},
        {"0", LOG_ERROR},     {"1", LOG_WARNING},       {"2", LOG_INFO},    {"3", LOG_DEBUG},
    };
    unsigned level;
    if (!choose(value, levels, sizeof levels / sizeof levels[0], &level))
        return false;
    out->log_level = (enum log_level)level;
    return true;
}

/* What a bad free does, and how closely blocks are watched: each stays as it is unless it is named. */
static bool apply_heap(struct option_text value, struct options *out)
{
    bool warn = out->heap_warn, l1 = out->heap_l1, more = true;
    struct option_text name;
    while (next_name(&value, &more, &name)) {
        if (text_is(name, "fatal") || text_is(name, "warn"))
            warn = text_is(name, "warn");
        else if (text_is(name, "l0") || text_is(name, "l1"))
            l1 = text_is(name, "l1");
        else
            return false;
    }
    out->heap_warn = warn;
    out->heap_l1 = l1;
    return true;
}

static bool apply_kaslr(struct option_text value, struct options *out)
{
    if (!text_is(value, "on") && !text_is(value, "off"))
        return false;
    out->kaslr = text_is(value, "on");
    return true;
}

static bool apply_seed(struct option_text value, struct options *out)
{
    if (!parse_number(value.start, value.length, &out->seed))
        return false;
    out->seed_given = true;
    return true;
}

static bool apply_report(struct option_text value, struct options *out)
{
    if (!text_is(value, "on") && !text_is(value, "off"))
        return false;
    out->report = text_is(value, "on") ? REPORT_ON : REPORT_OFF;
    return true;
}

static const struct option_rule rules[] = {
    {"run", "\"COMMAND; COMMAND\"", "run monitor commands, then end the run", apply_run},
    {"console", "serial,fb|none", "where the log goes (default: serial,fb)", apply_console},
    {"loglevel", "error|warning|info|debug", "what is logged, also 0..3 (default: info)",
     apply_loglevel},
    {"heap", "fatal|warn,l0|l1", "misuse stops the kernel or is refused; l1: red zones, poison",
     apply_heap},
    {"kaslr", "on|off", "random addresses of image and direct map (default: on)", apply_kaslr},
    {"seed", "NUMBER", "the same random numbers in every run", apply_seed},
    {"report", "on|off", "write the report to the boot volume (default: if it is removable)",
     apply_report},
    {"inspect", nullptr, "look at the memory map before the kernel starts", nullptr},
};
static constexpr size_t RULE_COUNT = sizeof rules / sizeof rules[0];

struct options options_default(void)
{
    return (struct options){
        .console_serial = true,
        .console_framebuffer = true,
        .log_level = LOG_INFO,
        .kaslr = true,
        .report = REPORT_AUTO,
    };
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

/* Take the next word. White space ends it, except inside quotes; a line end ends it even there, so that
 * a forgotten quote costs one line and not the rest of the file. */
static bool next_word(struct option_text *rest, struct option_text *out)
{
    size_t at = 0;
    while (at < rest->length && is_space(rest->start[at]))
        at++;
    if (at == rest->length)
        return false;
    size_t first = at;
    bool quoted = false;
    for (; at < rest->length; at++) {
        char c = rest->start[at];
        if (c == '\n' || c == '\r' || (is_space(c) && !quoted))
            break;
        if (c == '"')
            quoted = !quoted;
    }
    *out = (struct option_text){rest->start + first, at - first};
    *rest = (struct option_text){rest->start + at, rest->length - at};
    return true;
}

/* Take the quotes off. A quote may stand only around a whole value. */
static bool unquote(struct option_text *value)
{
    size_t quotes = 0;
    for (size_t i = 0; i < value->length; i++)
        quotes += value->start[i] == '"';
    if (quotes == 0)
        return true;
    if (quotes != 2 || value->start[0] != '"' || value->start[value->length - 1] != '"')
        return false;
    *value = (struct option_text){value->start + 1, value->length - 2};
    return true;
}

static const struct option_rule *find_rule(struct option_text key)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (text_is(key, rules[i].key))
            return &rules[i];
    return nullptr;
}

/* Understand one word; null, or the reason why it is ignored. */
static const char *apply_word(struct option_text word, struct options *out)
{
    size_t key_length = 0;
    for (size_t i = 0; i < word.length; i++)
        if (!is_printable(word.start[i]))
            return "has characters that are not printable ASCII";
    while (key_length < word.length && word.start[key_length] != '=')
        key_length++;
    const struct option_rule *rule = find_rule((struct option_text){word.start, key_length});
    if (rule == nullptr)
        return "is not an option";
    bool has_value = key_length < word.length;
    if (rule->apply == nullptr) {
        if (has_value)
            return "takes no value";
        out->inspect = true;
        return nullptr;
    }
    if (!has_value)
        return "needs a value";
    struct option_text value = {word.start + key_length + 1, word.length - key_length - 1};
    if (!unquote(&value))
        return "has quotes that do not stand around the whole value";
    return rule->apply(value, out) ? nullptr : "has a value that is not understood";
}

static void complain(const struct text_sink *complaints, struct option_text word,
                     const char *reason)
{
    char shown[64];
    size_t length = word.length < sizeof shown ? word.length : sizeof shown - 1;
    for (size_t i = 0; i < length; i++)
        shown[i] = is_printable(word.start[i]) ? word.start[i] : '?';
    shown[length] = '\0';
    sink_print(complaints, "options: `%s%s` %s; ignored\n", shown,
               length < word.length ? "..." : "", reason);
}

static bool is_program_name(struct option_text word)
{
    static const char lower[] = ".efi", upper[] = ".EFI";
    size_t length = sizeof lower - 1;
    if (word.length <= length)
        return false;
    for (size_t i = 0; i < word.length; i++)
        if (word.start[i] == '=')
            return false;
    const char *ending = word.start + word.length - length;
    return memcmp(ending, lower, length) == 0 || memcmp(ending, upper, length) == 0;
}

/* The first word that is an option, or false. */
static bool first_word(struct option_text *rest, struct option_text *out)
{
    return next_word(rest, out) && (!is_program_name(*out) || next_word(rest, out));
}

bool options_has_words(const char *text, size_t length)
{
    struct option_text rest = {text, length}, word;
    return first_word(&rest, &word);
}

status_t options_parse(const char *text, size_t length, const struct text_sink *complaints,
                       struct options *out)
{
    if (length > OPTIONS_SIZE_MAX)
        return STATUS_TRUNCATED;
    struct options result = options_default();
    struct option_text rest = {text, length}, word;
    for (bool more = first_word(&rest, &word); more; more = next_word(&rest, &word)) {
        const char *reason = apply_word(word, &result);
        if (reason == nullptr)
            continue;
        result.ignored++;
        if (complaints != nullptr)
            complain(complaints, word, reason);
    }
    *out = result;
    return STATUS_OK;
}

void options_describe(const struct text_sink *sink)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        char word[48];
        if (rules[i].values != nullptr)
            (void)format_text(word, sizeof word, "%s=%s", rules[i].key, rules[i].values);
        else
            (void)format_text(word, sizeof word, "%s", rules[i].key);
        sink_print(sink, "%-34s %s\n", word, rules[i].help);
    }
}
