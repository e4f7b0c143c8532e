/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <base/string.h>
#include <kernel/console.h>
#include <kernel/memory_picture.h>
#include <kernel/panic.h>
#include <kernel/text.h>

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

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command < commands_end; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return nullptr;
}

static void unknown(const char *name)
{
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
}

/* ---- running ---- */

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
    if (command == nullptr) {
        unknown(words[0]);
        return false;
    }
    return command->run(count, words);
}

bool monitor_run(const char *line, size_t length)
{
    size_t start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && line[i] != ';')
            continue;
        const bool done = run_command(line + start, i - start);
        memory_picture_update();
        if (!done)
            return false;
        start = i + 1;
    }
    return true;
}

static const char *command_name(unsigned index)
{
    return index < (size_t)(commands_end - commands) ? commands[index].name : nullptr;
}

void monitor_loop(void)
{
    static struct line_editor editor;
    editor.sink = &output_sink;
    editor.prompt = "freehold> ";
    editor.columns = TERMINAL_COLUMNS;
    editor.word = command_name;
    print("\nType 'help' for the commands; Tab completes their names.\n");
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
