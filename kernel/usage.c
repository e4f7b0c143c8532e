/* SPDX-License-Identifier: MIT */
#include <kernel/usage.h>

#include <base/string.h>

/* The words of one place, with the bars between them. */
struct place {
    const char *text, *end;
    bool optional;
};

static bool ends_line(char c)
{
    return c == '\0' || c == '\n';
}

/* *at moves behind the place. False: the line has no more. */
static bool next_place(const char **at, struct place *out)
{
    const char *text = *at;
    while (*text == ' ')
        text++;
    if (ends_line(*text))
        return false;
    out->optional = *text == '[';
    text += out->optional;
    out->text = text;
    while (!ends_line(*text) && *text != ' ' && *text != ']')
        text++;
    out->end = text;
    *at = text + (*text == ']');
    return true;
}

/* The first word of what is left of a place, which it then no longer holds. */
static bool next_word(struct place *left, const char **word, size_t *length)
{
    while (left->text < left->end && *left->text == '|')
        left->text++;
    *word = left->text;
    while (left->text < left->end && *left->text != '|')
        left->text++;
    *length = (size_t)(left->text - *word);
    return *length != 0;
}

static const char *line_end(const char *line)
{
    while (!ends_line(*line))
        line++;
    return line;
}

bool usage_is_value(const char *word, size_t length)
{
    return length != 0 && word[0] >= 'A' && word[0] <= 'Z';
}

static bool place_takes(struct place place, const char *typed)
{
    const char *word;
    size_t length;
    while (next_word(&place, &word, &length)) {
        if (usage_is_value(word, length) ||
            (strncmp(word, typed, length) == 0 && typed[length] == '\0'))
            return true;
    }
    return false;
}

bool usage_next(const char *usage, unsigned count, const char *const *words, word_visit *visit,
                void *owner)
{
    bool may_end = false;
    for (const char *line = usage;; line = line_end(line) + 1) {
        const char *at = line, *word;
        struct place place;
        unsigned taken = 0;
        while (taken < count && next_place(&at, &place) && place_takes(place, words[taken]))
            taken++;
        if (taken == count) {
            const bool more = next_place(&at, &place);
            may_end |= !more || place.optional;
            for (size_t length; more && visit != nullptr && next_word(&place, &word, &length);)
                visit(owner, word, length);
        }
        if (*line_end(line) == '\0')
            return may_end;
    }
}

struct search {
    const char *typed;
    bool found;
};

static void look_for(void *owner, const char *word, size_t length)
{
    struct search *search = owner;
    search->found |= place_takes((struct place){word, word + length, false}, search->typed);
}

unsigned usage_fits(const char *usage, unsigned count, const char *const *words)
{
    for (unsigned at = 0; at < count; at++) {
        struct search search = {words[at], false};
        (void)usage_next(usage, at, words, look_for, &search);
        if (!search.found)
            return at;
    }
    return count;
}

/* Is this character part of a word? */
static bool is_in_word(char c)
{
    return !ends_line(c) && strchr(" []|", c) == nullptr;
}

/* A bar is shown only between two words. */
static bool is_shown(const char *usage, const char *at)
{
    return *at != '|' || (at > usage && is_in_word(at[-1]) && is_in_word(at[1]));
}

bool usage_short(const char *usage, char *buffer, size_t size)
{
    size_t length = 0;
    for (const char *at = usage; *at != '\0'; at++) {
        if (*at == '\n' || length + 1 == size)
            return false;
        if (is_shown(usage, at))
            buffer[length++] = *at;
    }
    buffer[length] = '\0';
    return true;
}

void usage_tell(const char *usage, const char *name, unsigned indent, const struct text_sink *sink)
{
    for (const char *line = usage;; line = line_end(line) + 1) {
        sink_print(sink, "%*s%s%s", (int)indent, "", name, ends_line(*line) ? "" : " ");
        for (const char *at = line; !ends_line(*at); at++)
            if (is_shown(usage, at))
                sink->write(sink->owner, at, 1);
        sink_print(sink, "\n");
        if (*line_end(line) == '\0')
            return;
    }
}
