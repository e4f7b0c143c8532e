/* SPDX-License-Identifier: MIT
 * Editing one line of input: keys in, terminal text out. Pure: where keys come from and text goes is the
 * caller's. Understood: arrows, Home, End, Delete, Backspace, Tab, and ctrl-a e b f p n d k u w c l.
 * Lines longer than the screen scroll sideways. */
#ifndef KERNEL_LINE_EDITOR_H
#define KERNEL_LINE_EDITOR_H

#include <base/format.h>
#include <kernel/usage.h>

#include <stdint.h>

constexpr size_t LINE_SIZE = 256; /* with the NUL */
constexpr unsigned LINE_HISTORY = 16;

struct line_editor {
    const struct text_sink *sink;
    const char *prompt;
    unsigned columns; /* of the terminal */
    /* Visit the words that may stand behind this beginning of a line, which is whole words. May be null. */
    void (*words)(const char *before, size_t length, word_visit *visit, void *owner);

    char text[LINE_SIZE]; /* the line so far, always NUL-terminated */
    size_t length, cursor;
    size_t view; /* first character that is shown */

    char history[LINE_HISTORY][LINE_SIZE]; /* a ring of lines that were entered */
    unsigned history_count; /* ever entered: the newest is at (count - 1) % HISTORY */
    unsigned history_back;  /* lines back from the newest; 0: the line being typed */
    char typed[LINE_SIZE];  /* that line, while older ones are looked at */

    enum : uint8_t { LINE_KEYS, LINE_ESCAPE, LINE_CONTROL } state;
    unsigned parameter;
    bool after_return; /* the key before was CR: a LF now belongs to it */
};

/* sink, prompt, columns and words must be set, all else zero. Show the prompt for an empty line. */
void line_editor_start(struct line_editor *editor);

/* Feed one key. True: the line is complete, in text; call line_editor_start for the next one. */
bool line_editor_key(struct line_editor *editor, char key);

/* Null if sound, else the broken rule. */
const char *line_editor_check(const struct line_editor *editor);

#endif
