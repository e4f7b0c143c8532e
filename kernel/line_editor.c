/* SPDX-License-Identifier: MIT
 * ED1  cursor <= length < LINE_SIZE, and text[length] is the only NUL up to there
 * ED2  view <= cursor, and the cursor is on the screen
 * ED3  history_back <= lines that the history holds
 * Keys: ASCII control codes, and the sequences that VT220-like terminals send (ECMA-48; xterm ctlseqs). */
#include "line_editor.h"

#include <base/string.h>

/* What ctrl and a letter sends. */
#define CONTROL(letter) ((letter) & 0x1f)

constexpr char KEY_ESCAPE = 0x1b;
constexpr char KEY_DELETE = 0x7f;

static void emit(const struct line_editor *editor, const char *text, size_t length)
{
    editor->sink->write(editor->sink->owner, text, length);
}

/* Characters of the line that fit behind the prompt; the last column stays empty, because terminals
 * disagree about what happens when it is written. */
static size_t room(const struct line_editor *editor)
{
    size_t prompt = strlen(editor->prompt);
    return editor->columns > prompt + 2 ? editor->columns - prompt - 1 : 1;
}

static void refresh(struct line_editor *editor)
{
    size_t fits = room(editor);
    if (editor->cursor < editor->view)
        editor->view = editor->cursor;
    if (editor->cursor - editor->view > fits)
        editor->view = editor->cursor - fits;
    size_t shown = editor->length - editor->view;
    if (shown > fits)
        shown = fits;

    emit(editor, "\r", 1);
    emit(editor, editor->prompt, strlen(editor->prompt));
    emit(editor, editor->text + editor->view, shown);
    size_t column = strlen(editor->prompt) + editor->cursor - editor->view;
    sink_print(editor->sink, "\x1b[K\r");
    if (column != 0)
        sink_print(editor->sink, "\x1b[%uC", (unsigned)column);
}

static void insert(struct line_editor *editor, const char *text, size_t length)
{
    if (length > LINE_SIZE - 1 - editor->length)
        return;
    bool at_end = editor->cursor == editor->length;
    char *at = editor->text + editor->cursor;
    memmove(at + length, at, editor->length - editor->cursor + 1);
    memcpy(at, text, length);
    editor->length += length;
    editor->cursor += length;
    /* Typing at the end of a line that fits needs no more than an echo. */
    if (at_end && editor->length - editor->view <= room(editor))
        emit(editor, text, length);
    else
        refresh(editor);
}

static void erase(struct line_editor *editor, size_t from, size_t to)
{
    if (from >= to)
        return;
    memmove(editor->text + from, editor->text + to, editor->length - to + 1);
    editor->length -= to - from;
    editor->cursor = from;
    refresh(editor);
}

static void move(struct line_editor *editor, size_t to)
{
    if (to > editor->length)
        return;
    editor->cursor = to;
    refresh(editor);
}

static size_t word_start(const struct line_editor *editor)
{
    size_t at = editor->cursor;
    while (at > 0 && editor->text[at - 1] == ' ')
        at--;
    while (at > 0 && editor->text[at - 1] != ' ')
        at--;
    return at;
}

/* ---- history ---- */

static unsigned history_held(const struct line_editor *editor)
{
    return editor->history_count < LINE_HISTORY ? editor->history_count : LINE_HISTORY;
}

static char *history_line(struct line_editor *editor, unsigned back)
{
    return editor->history[(editor->history_count - back) % LINE_HISTORY];
}

static void remember(struct line_editor *editor)
{
    bool repeated = history_held(editor) != 0 && strcmp(history_line(editor, 1), editor->text) == 0;
    if (editor->length == 0 || repeated)
        return;
    memcpy(editor->history[editor->history_count % LINE_HISTORY], editor->text, LINE_SIZE);
    editor->history_count++;
}

static void look_back(struct line_editor *editor, unsigned back)
{
    if (back > history_held(editor) || back == editor->history_back)
        return;
    if (editor->history_back == 0)
        memcpy(editor->typed, editor->text, LINE_SIZE);
    editor->history_back = back;
    memcpy(editor->text, back == 0 ? editor->typed : history_line(editor, back), LINE_SIZE);
    editor->length = strlen(editor->text);
    editor->cursor = editor->length;
    editor->view = 0;
    refresh(editor);
}

/* ---- completion ---- */

/* The part of a word that stands before the cursor, and the words that begin with it. */
struct completion {
    const struct text_sink *sink;
    const char *prefix;
    size_t length;
    const char *first; /* of the matches */
    size_t common;     /* characters that all matches begin with */
    unsigned matches;
};

static bool matches(const struct completion *completion, const char *word, size_t length)
{
    return length >= completion->length &&
           strncmp(word, completion->prefix, completion->length) == 0;
}

static void count_match(void *owner, const char *word, size_t length)
{
    struct completion *completion = owner;
    if (!matches(completion, word, length))
        return;
    if (completion->matches++ == 0) {
        completion->first = word;
        completion->common = length;
        return;
    }
    size_t agreed = 0;
    while (agreed < completion->common && agreed < length &&
           completion->first[agreed] == word[agreed])
        agreed++;
    completion->common = agreed;
}

static void list_match(void *owner, const char *word, size_t length)
{
    const struct completion *completion = owner;
    if (matches(completion, word, length))
        sink_print(completion->sink, "%.*s  ", (int)length, word);
}

static void complete(struct line_editor *editor)
{
    size_t start = editor->cursor;
    while (start > 0 && editor->text[start - 1] != ' ' && editor->text[start - 1] != ';')
        start--;
    struct completion completion = {
        .sink = editor->sink, .prefix = editor->text + start, .length = editor->cursor - start};
    if (editor->words == nullptr)
        return;
    editor->words(editor->text, start, count_match, &completion);
    if (completion.matches == 0)
        return;
    if (completion.common > completion.length) {
        insert(editor, completion.first + completion.length, completion.common - completion.length);
    } else if (completion.matches > 1) {
        emit(editor, "\n", 1);
        editor->words(editor->text, start, list_match, &completion);
        emit(editor, "\n", 1);
        refresh(editor);
    }
    if (completion.matches == 1)
        insert(editor, " ", 1);
}

/* ---- keys ---- */

static void control_sequence(struct line_editor *editor, char final)
{
    switch (final) {
    case 'A':
        look_back(editor, editor->history_back + 1);
        return;
    case 'B':
        if (editor->history_back > 0)
            look_back(editor, editor->history_back - 1);
        return;
    case 'C':
        move(editor, editor->cursor + 1);
        return;
    case 'D':
        if (editor->cursor > 0)
            move(editor, editor->cursor - 1);
        return;
    case 'H':
        move(editor, 0);
        return;
    case 'F':
        move(editor, editor->length);
        return;
    case '~':
        if (editor->parameter == 1 || editor->parameter == 7)
            move(editor, 0);
        else if (editor->parameter == 4 || editor->parameter == 8)
            move(editor, editor->length);
        else if (editor->parameter == 3 && editor->cursor < editor->length)
            erase(editor, editor->cursor, editor->cursor + 1);
        return;
    default:
        return;
    }
}

static void control_key(struct line_editor *editor, char key)
{
    switch (key) {
    case CONTROL('a'):
        move(editor, 0);
        return;
    case CONTROL('e'):
        move(editor, editor->length);
        return;
    case CONTROL('b'):
        control_sequence(editor, 'D');
        return;
    case CONTROL('f'):
        control_sequence(editor, 'C');
        return;
    case CONTROL('p'):
        control_sequence(editor, 'A');
        return;
    case CONTROL('n'):
        control_sequence(editor, 'B');
        return;
    case CONTROL('d'):
        if (editor->cursor < editor->length)
            erase(editor, editor->cursor, editor->cursor + 1);
        return;
    case CONTROL('h'):
    case KEY_DELETE:
        if (editor->cursor > 0)
            erase(editor, editor->cursor - 1, editor->cursor);
        return;
    case CONTROL('k'):
        erase(editor, editor->cursor, editor->length);
        return;
    case CONTROL('u'):
        erase(editor, 0, editor->cursor);
        return;
    case CONTROL('w'):
        erase(editor, word_start(editor), editor->cursor);
        return;
    case CONTROL('l'):
        sink_print(editor->sink, "\x1b[2J\x1b[H");
        refresh(editor);
        return;
    case CONTROL('i'):
        complete(editor);
        return;
    case KEY_ESCAPE:
        editor->state = LINE_ESCAPE;
        return;
    default:
        return;
    }
}

/* True if the key was part of an escape sequence. */
static bool escape_key(struct line_editor *editor, char key)
{
    if (editor->state == LINE_KEYS)
        return false;
    if (editor->state == LINE_ESCAPE) {
        /* ESC O is what some terminals send for Home and End. */
        editor->state = key == '[' || key == 'O' ? LINE_CONTROL : LINE_KEYS;
        editor->parameter = 0;
        return true;
    }
    if (key >= '0' && key <= '9') {
        if (editor->parameter < 1000)
            editor->parameter = editor->parameter * 10 + (unsigned)(key - '0');
        return true;
    }
    if (key >= ' ' && key <= '?')
        return true;
    editor->state = LINE_KEYS;
    control_sequence(editor, key);
    return true;
}

static void empty(struct line_editor *editor)
{
    editor->text[0] = '\0';
    editor->length = 0;
    editor->cursor = 0;
    editor->view = 0;
    editor->history_back = 0;
}

void line_editor_start(struct line_editor *editor)
{
    empty(editor);
    emit(editor, editor->prompt, strlen(editor->prompt));
}

bool line_editor_key(struct line_editor *editor, char key)
{
    bool second_half = key == '\n' && editor->after_return;
    editor->after_return = key == '\r';
    if (second_half || escape_key(editor, key))
        return false;
    if (key == '\r' || key == '\n') {
        emit(editor, "\n", 1);
        remember(editor);
        return true;
    }
    if (key == CONTROL('c')) {
        emit(editor, "^C\n", 3);
        empty(editor);
        return true;
    }
    if (key >= ' ' && key <= '~')
        insert(editor, &key, 1);
    else
        control_key(editor, key);
    return false;
}

const char *line_editor_check(const struct line_editor *editor)
{
    if (editor->cursor > editor->length || editor->length >= LINE_SIZE ||
        strlen(editor->text) != editor->length)
        return "ED1: cursor and length do not fit the text";
    if (editor->view > editor->cursor || editor->cursor - editor->view > room(editor))
        return "ED2: the cursor is not on the screen";
    if (editor->history_back > history_held(editor))
        return "ED3: looking at a line that the history does not hold";
    return nullptr;
}
