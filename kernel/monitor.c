/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <base/string.h>
#include <kernel/console.h>
#include <kernel/memory_picture.h>
#include <kernel/panic.h>
#include <kernel/text.h>
#include <kernel/usage.h>

#include <stdckdint.h>

#include "line_editor.h"

constexpr unsigned WORDS_MAX = 16;
constexpr unsigned TERMINAL_COLUMNS = 100;

/* ---- words ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Cut `text` into words in place. WORDS_MAX + 1 if there are more than WORDS_MAX. */
static unsigned split(char *text, const char **words)
{
    unsigned count = 0;
    for (char *at = text; *at != '\0';) {
        if (is_blank(*at)) {
            *at++ = '\0';
            continue;
        }
        if (count == WORDS_MAX)
            return WORDS_MAX + 1;
        words[count++] = at;
        while (*at != '\0' && !is_blank(*at))
            at++;
    }
    return count;
}

static const struct command *find(const char *name)
{
    for (const struct command *command = commands; command < commands_end; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return nullptr;
}

const struct command *command_find(const char *name)
{
    const struct command *found = find(name);
    if (found != nullptr)
        return found;
    /* A word is a likely slip of another if at most a third of it differs. */
    const char *nearest = nullptr;
    unsigned least = (unsigned)strlen(name) / 3 + 1;
    for (const struct command *command = commands; command < commands_end; command++) {
        unsigned distance = text_distance(name, command->name);
        if (distance <= least && (nearest == nullptr || distance < least)) {
            nearest = command->name;
            least = distance;
        }
    }
    if (nearest != nullptr)
        print("There is no command '%s'. Did you mean '%s'? 'help' lists all.\n", name, nearest);
    else
        print("There is no command '%s'. 'help' lists all.\n", name);
    return nullptr;
}

/* ---- running ---- */

static void print_allowed(void *owner, const char *word, size_t length)
{
    const char **before = owner;
    print("%s%.*s", *before, (int)length, word);
    *before = ", ";
}

/* If not: which word is wrong, or where one is missing, and what may stand there. */
static bool fits_usage(const struct command *command, unsigned count, const char *const *words)
{
    const unsigned fitting = 1 + usage_fits(command->usage, count - 1, words + 1);
    if (fitting == count && usage_next(command->usage, count - 1, words + 1, nullptr, nullptr))
        return true;
    if (fitting < count)
        print("Not like that: '%s' cannot stand behind '%s", words[fitting], words[0]);
    else
        print("Not like that: a word is missing behind '%s", words[0]);
    for (unsigned i = 1; i < fitting; i++)
        print(" %s", words[i]);
    print("'. Allowed there: ");
    const char *before = "";
    if (usage_next(command->usage, fitting - 1, words + 1, print_allowed, &before))
        print("%snothing", *before != '\0' ? " or " : "");
    print(". 'help %s' says more.\n", command->name);
    return false;
}

static bool run_command(const char *start, size_t length)
{
    char text[LINE_SIZE];
    const char *words[WORDS_MAX];
    if (length >= sizeof text) {
        print("A command has at most %u characters; this one has %zu.\n", (unsigned)LINE_SIZE - 1,
              length);
        return false;
    }
    memcpy(text, start, length);
    text[length] = '\0';
    unsigned count = split(text, words);
    if (count == 0)
        return true;
    if (count > WORDS_MAX) {
        print("A command has at most %u words.\n", WORDS_MAX);
        return false;
    }
    const struct command *command = command_find(words[0]);
    return command != nullptr && fits_usage(command, count, words) && command->run(count, words);
}

/* What stands behind a command that failed. */
static void tell_skipped(const char *rest, size_t length)
{
    while (length > 0 && (is_blank(rest[0]) || rest[0] == ';')) {
        rest++;
        length--;
    }
    while (length > 0 && (is_blank(rest[length - 1]) || rest[length - 1] == ';'))
        length--;
    if (length == 0)
        return;
    print("Because that failed, this was not run: ");
    console_output_text(rest, length);
    print("\n");
}

bool monitor_run(const char *line, size_t length)
{
    size_t start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && line[i] != ';')
            continue;
        const bool done = run_command(line + start, i - start);
        memory_picture_update();
        if (!done) {
            tell_skipped(line + i, length - i);
            return false;
        }
        start = i + 1;
    }
    return true;
}

/* ---- the prompt ---- */

struct visitor {
    word_visit *visit;
    void *owner;
};

static void visit_names(const struct visitor *visitor)
{
    for (const struct command *command = commands; command < commands_end; command++)
        visitor->visit(visitor->owner, command->name, strlen(command->name));
}

/* Of values, only the names of commands are known here. */
static void visit_word(void *owner, const char *word, size_t length)
{
    static const char name_of_command[] = "COMMAND";
    const struct visitor *visitor = owner;
    if (!usage_is_value(word, length))
        visitor->visit(visitor->owner, word, length);
    else if (length == sizeof name_of_command - 1 && memcmp(word, name_of_command, length) == 0)
        visit_names(visitor);
}

/* For the line editor: what may stand behind the words of the last command of a line. */
static void visit_next(const char *before, size_t length, word_visit *visit, void *owner)
{
    char text[LINE_SIZE];
    const char *words[WORDS_MAX];
    struct visitor visitor = {visit, owner};
    size_t start = length;
    while (start > 0 && before[start - 1] != ';')
        start--;
    memcpy(text, before + start, length - start);
    text[length - start] = '\0';
    const unsigned count = split(text, words);
    const struct command *command = count == 0 ? nullptr : find(words[0]);
    if (count == 0)
        visit_names(&visitor);
    else if (count <= WORDS_MAX && command != nullptr)
        (void)usage_next(command->usage, count - 1, words + 1, visit_word, &visitor);
}

void monitor_loop(void)
{
    static struct line_editor editor;
    editor.sink = &output_sink;
    editor.prompt = "freehold> ";
    editor.columns = TERMINAL_COLUMNS;
    editor.words = visit_next;
    print("\nType 'help' for the commands; Tab completes words.\n");
    for (;;) {
        line_editor_start(&editor);
        while (!line_editor_key(&editor, console_read()))
            ;
        /* What failed has said so; at the prompt there is nobody else to tell. */
        (void)monitor_run(editor.text, editor.length);
    }
}

/* ---- addresses ---- */

/* `symbol` or `symbol+offset`, as backtraces print it. */
static bool parse_symbol(const char *word, uint64_t *out)
{
    char name[128];
    const char *plus = strchr(word, '+');
    size_t length = plus != nullptr ? (size_t)(plus - word) : strlen(word);
    uint64_t offset = 0;
    virt_addr_t address;
    if (length >= sizeof name ||
        (plus != nullptr && !text_parse_hex(plus + 1, strlen(plus + 1), &offset)))
        return false;
    memcpy(name, word, length);
    name[length] = '\0';
    return symbol_address(name, &address) && !ckd_add(out, address.value, offset);
}

bool command_parse_address(const char *word, uint64_t *out)
{
    uint64_t address;
    if (!text_parse_hex(word, strlen(word), &address) && !parse_symbol(word, &address)) {
        print("'%s' is neither a hexadecimal address nor a function of the kernel.\n", word);
        return false;
    }
    *out = address;
    return true;
}
