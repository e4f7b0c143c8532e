/* SPDX-License-Identifier: MIT
 * Keys in, and then two things are looked at: the line, and what a terminal shows. The terminal is our own
 * screen, of which only the cells are used. */
#include "harness/harness.h"

#include "kernel/framebuffer.h"
#include "kernel/line_editor.h"

#include <stdlib.h>
#include <string.h>

#define PROMPT "> "
#define UP     "\x1b[A"
#define DOWN   "\x1b[B"
#define RIGHT  "\x1b[C"
#define LEFT   "\x1b[D"
#define HOME   "\x1b[H"
#define END    "\x1b[F"
#define DELETE "\x1b[3~"

constexpr uint32_t COLUMNS = 40;
constexpr uint32_t ROWS = 10;

/* First words, and what may stand behind "memmap". */
static void words(const char *before, size_t length, word_visit *visit, void *owner)
{
    static const char *const first[] = {"footprint", "frames", "heap", "help", "memmap"};
    static const char *const second[] = {"ledger", "lint", "raw"};
    while (length > 0 && before[length - 1] == ' ')
        length--;
    if (length == 0 || before[length - 1] == ';')
        for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
            visit(owner, first[i], strlen(first[i]));
    else if (length >= 6 && strncmp(before + length - 6, "memmap", 6) == 0)
        for (size_t i = 0; i < sizeof second / sizeof second[0]; i++)
            visit(owner, second[i], strlen(second[i]));
}

struct terminal {
    struct framebuffer fb;
    uint32_t pixels[COLUMNS * ROWS];
    char cells[COLUMNS * ROWS];
    unsigned char
        dots[FONT_LAST - FONT_FIRST + 1]; /* a font of one pixel, the same for every character */
};

static void show(void *owner, const char *text, size_t length)
{
    framebuffer_write(owner, text, length);
}

struct session {
    struct terminal *terminal;
    struct text_sink sink;
    struct line_editor editor;
};

static struct session *session_create(void)
{
    struct session *s = calloc(1, sizeof *s);
    s->terminal = calloc(1, sizeof *s->terminal);
    struct terminal *t = s->terminal;
    struct font font = {.width = 1, .height = 1, .scale = 1, .glyphs = t->dots};
    const struct boot_framebuffer boot = {
        .size = sizeof t->pixels, .width = COLUMNS, .height = ROWS, .pixels_per_line = COLUMNS};
    assert_status(framebuffer_init(&boot, t->pixels, t->cells, &font, &t->fb), STATUS_OK);
    s->sink = (struct text_sink){show, &t->fb};
    s->editor.sink = &s->sink;
    s->editor.prompt = PROMPT;
    s->editor.columns = COLUMNS;
    s->editor.words = words;
    line_editor_start(&s->editor);
    return s;
}

static void session_destroy(struct session *s)
{
    free(s->terminal);
    free(s);
}

/* The terminal's line is the prompt and the part of the text in view, with the cursor where it must be. */
static void assert_shown(const struct session *s)
{
    const struct line_editor *e = &s->editor;
    const struct framebuffer *fb = &s->terminal->fb;
    const char *row = s->terminal->cells + (size_t)fb->row * COLUMNS;
    assert_sound(line_editor_check(e));
    assert_int_equal(fb->column, strlen(PROMPT) + e->cursor - e->view);
    for (uint32_t i = 0; i < COLUMNS - 1; i++) {
        char want = ' ';
        if (i < strlen(PROMPT))
            want = PROMPT[i];
        else if (e->view + i - strlen(PROMPT) < e->length)
            want = e->text[e->view + i - strlen(PROMPT)];
        assert_int_equal(row[i], want);
    }
}

/* Type keys; each complete line is started anew. Returns how many were complete. */
static unsigned type(struct session *s, const char *keys)
{
    unsigned lines = 0;
    for (; *keys != '\0'; keys++) {
        if (line_editor_key(&s->editor, *keys)) {
            line_editor_start(&s->editor);
            lines++;
        }
        if (s->editor.state == LINE_KEYS)
            assert_shown(s);
    }
    return lines;
}

static void test_editing(void **)
{
    static const struct {
        const char *keys, *want;
        size_t cursor;
    } cases[] = {
        {"heap", "heap", 4},
        {"hep" LEFT "a", "heap", 3},
        {"heap\x7f\x08", "he", 2},
        {"\x7fx", "x", 1},
        {"xheap" HOME DELETE, "heap", 0},
        {"heap" DELETE, "heap", 4},
        {"eap\x01h\x05s", "heaps", 5},
        {"heap" LEFT LEFT "\x0b", "he", 2},
        {"xxheap" LEFT LEFT LEFT LEFT "\x15", "heap", 0},
        {"owner 1234\x17"
         "56",
         "owner 56", 8},
        {"a b  \x17", "a ", 2},
        {"ab\x02\x02\x06"
         "c\x04",
         "ac", 2},
        {"ab" LEFT LEFT LEFT "c" RIGHT RIGHT RIGHT "d", "cabd", 4},
        {"ab\x1b[1~c\x1b[4~d\x1b[7~e\x1b[8~f", "ecabdf", 6},
        {"ab\x1bOHc\x1bOFd", "cabd", 4},
        {"ab\x1b[1;5Dc", "acb", 2}, /* ctrl-left: as left */
        {"a\x1b[999999999999~b\x1b"
         "xc\x1b[Z",
         "abc", 3},
        {"junk\x03heap", "heap", 4},
        {"heap\x0c", "heap", 4},
        {"a\x80\xff\x01\x1f", "a", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct session *s = session_create();
        type(s, cases[i].keys);
        assert_string_equal(s->editor.text, cases[i].want);
        assert_int_equal(s->editor.cursor, cases[i].cursor);
        session_destroy(s);
    }
}

static void test_return(void **)
{
    struct session *s = session_create();
    assert_int_equal(type(s, "a\rb\nc\r\nd\r\re\n\n"), 7);
    assert_false(line_editor_key(&s->editor, 'x'));
    assert_true(line_editor_key(&s->editor, '\r'));
    assert_string_equal(s->editor.text, "x");
    line_editor_start(&s->editor);
    assert_false(line_editor_key(&s->editor, '\n'));
    assert_true(line_editor_key(&s->editor, '\n'));
    assert_string_equal(s->editor.text, "");
    session_destroy(s);
}

static void test_history(void **)
{
    struct session *s = session_create();
    type(s, UP);
    assert_string_equal(s->editor.text, "");
    type(s, "one\rtwo\rtwo\r\rthr" UP);
    assert_string_equal(s->editor.text, "two");
    type(s, UP);
    assert_string_equal(s->editor.text, "one");
    type(s, UP);
    assert_string_equal(s->editor.text, "one");
    type(s, DOWN DOWN);
    assert_string_equal(s->editor.text, "thr");
    type(s, DOWN);
    assert_string_equal(s->editor.text, "thr");
    type(s, UP UP "!\r" UP);
    assert_string_equal(s->editor.text, "one!");
    for (unsigned i = 0; i < 3 * LINE_HISTORY; i++) {
        const char line[] = {(char)('A' + i), '\r', '\0'};
        type(s, line);
    }
    for (unsigned i = 0; i < 2 * LINE_HISTORY; i++)
        type(s, UP);
    assert_string_equal(s->editor.text, ((const char[]){'A' + 2 * LINE_HISTORY, '\0'}));
    session_destroy(s);
}

static void test_completion(void **)
{
    static const struct {
        const char *keys, *want;
    } cases[] = {
        {"m\t", "memmap "},
        {"fo\t", "footprint "},
        {"f\t", "f"},
        {"h\t", "he"},
        {"he\t", "he"},
        {"hea\t", "heap "},
        {"z\t", "z"},
        {"heap m\t", "heap m"},
        {"memmap l\t", "memmap l"},
        {"memmap le\t", "memmap ledger "},
        {"memmap \t", "memmap "},
        {"heap;  memmap r\t", "heap;  memmap raw "},
        {"memmap raw \t", "memmap raw "},
        {"memmap" LEFT LEFT LEFT "\t", "memmap map"},
        {"heap; m\t", "heap; memmap "},
        {"  fr\t", "  frames "},
        {"heap;he\tl\t", "heap;help "},
        {"mxx" LEFT LEFT "\t", "memmap xx"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct session *s = session_create();
        type(s, cases[i].keys);
        assert_string_equal(s->editor.text, cases[i].want);
        session_destroy(s);
    }
    struct session *s = session_create();
    type(s, "he\t");
    assert_memory_equal(s->terminal->cells + COLUMNS, "heap  help  ",
                        12); /* the list, on its own line */
    session_destroy(s);
    s = session_create();
    type(s, "memmap l\t");
    assert_memory_equal(s->terminal->cells + COLUMNS, "ledger  lint  ", 14);
    session_destroy(s);
}

static void test_full_line(void **)
{
    struct session *s = session_create();
    for (unsigned i = 0; i < 2 * LINE_SIZE; i++)
        type(s, (const char[]){(char)('a' + i % 26), '\0'});
    assert_int_equal(s->editor.length, LINE_SIZE - 1);
    type(s, HOME "x" RIGHT DELETE "y\t" END);
    assert_int_equal(s->editor.length, LINE_SIZE - 1);
    session_destroy(s);
}

/* breaks ED1, ED2, ED3 */
static void test_random_keys(void **)
{
    struct random r = random_start("line editor", 3);
    static const char *const keys[] = {
        "a",  "b",    " ",    ";",    "he",   "\t",
        UP,   DOWN,   LEFT,   RIGHT,  LEFT,   HOME,
        END,  DELETE, "\x7f", "\x0b", "\x15", "\x17",
        "\r", "\x03", "\x0c", "\x1b", "[",    "memmap help owner ffff880000000000 "};
    for (unsigned round = 0; round < 60; round++) {
        struct session *s = session_create();
        for (unsigned i = 0; i < 300; i++)
            type(s, keys[random_below(&r, sizeof keys / sizeof keys[0])]);
        session_destroy(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_editing),   cmocka_unit_test(test_return),
        cmocka_unit_test(test_history),   cmocka_unit_test(test_completion),
        cmocka_unit_test(test_full_line), cmocka_unit_test(test_random_keys),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
