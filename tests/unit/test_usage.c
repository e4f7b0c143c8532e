/* SPDX-License-Identifier: MIT
 * One text says what may stand behind a command's name: what fits, what may follow, how it is shown. */
#include "harness/harness.h"

#include <kernel/usage.h>

#include <stdio.h>
#include <string.h>

static const char memmap[] = "\n"
                             "raw|lint [|entry|final]\n"
                             "diff [entry|final] [entry|final]\n"
                             "picture [off|text|]";
static const char probe[] = "\n"
                            "probe ADDRESS [COUNT]";

constexpr unsigned WORDS_MAX = 8;

struct words {
    char text[80];
    const char *word[WORDS_MAX];
    unsigned count;
};

static struct words *split(struct words *out, const char *line)
{
    snprintf(out->text, sizeof out->text, "%s", line);
    out->count = 0;
    for (char *word = strtok(out->text, " "); word != nullptr; word = strtok(nullptr, " "))
        out->word[out->count++] = word;
    return out;
}

static void collect(void *owner, const char *word, size_t length)
{
    char *text = owner;
    snprintf(text + strlen(text), 100 - strlen(text), "%s%.*s", *text != '\0' ? " " : "",
             (int)length, word);
}

static void test_next(void **)
{
    static const struct {
        const char *usage, *typed, *next;
        bool may_end;
    } cases[] = {
        {"", "", "", true},
        {"", "x", "", false},
        {"ok|fail", "", "ok fail", false},
        {"[ok|fail]", "", "ok fail", true},
        {"[ok|fail]", "ok", "", true},
        {"[ok|fail]", "o", "", false},
        {"[ok|fail]", "okay", "", false},
        {"ADDRESS", "", "ADDRESS", false},
        {"ADDRESS", "12", "", true},
        {memmap, "", "raw lint diff picture", true},
        {memmap, "lint", "entry final", true},
        {memmap, "lint entry", "", true},
        {memmap, "lint entry final", "", false},
        {memmap, "diff", "entry final", true},
        {memmap, "diff entry", "entry final", true},
        {memmap, "diff entry final", "", true},
        {memmap, "picture", "off text", true},
        {memmap, "picture entry", "", false},
        {probe, "", "probe", true},
        {probe, "probe", "ADDRESS", false},
        {probe, "probe 8", "COUNT", true},
        {probe, "probe 8 9", "", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct words words;
        char next[100] = "";
        split(&words, cases[i].typed);
        assert_int_equal(usage_next(cases[i].usage, words.count, words.word, collect, next),
                         cases[i].may_end);
        assert_string_equal(next, cases[i].next);
        assert_int_equal(usage_next(cases[i].usage, words.count, words.word, nullptr, nullptr),
                         cases[i].may_end);
    }
}

static void test_fits(void **)
{
    static const struct {
        const char *usage, *typed;
        unsigned fits;
    } cases[] = {
        {"", "", 0},
        {"", "x", 0},
        {"ok|fail", "fail", 1},
        {"ok|fail", "|", 0},
        {"ok|fail", "ok|fail", 0},
        {"ok|fail", "ok fail", 1},
        {memmap, "everything", 0},
        {memmap, "raw last", 1},
        {memmap, "diff entry final", 3},
        {memmap, "diff entry final entry", 3},
        {memmap, "lint entry final", 2},
        {probe, "probe", 1},
        {probe, "probe anything 64 more", 3},
        {probe, "ADDRESS", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct words words;
        split(&words, cases[i].typed);
        assert_int_equal(usage_fits(cases[i].usage, words.count, words.word), cases[i].fits);
    }
}

static void write_text(void *owner, const char *text, size_t length)
{
    strncat(owner, text, length);
}

static void test_tell(void **)
{
    char text[200] = "";
    const struct text_sink sink = {write_text, text};
    usage_tell(memmap, "memmap", 2, &sink);
    assert_string_equal(text, "  memmap\n"
                              "  memmap raw|lint [entry|final]\n"
                              "  memmap diff [entry|final] [entry|final]\n"
                              "  memmap picture [off|text]\n");
    text[0] = '\0';
    usage_tell("|null|nx", "provoke", 0, &sink);
    usage_tell("ADDRESS [COUNT]", "x", 0, &sink);
    assert_string_equal(text, "provoke null|nx\nx ADDRESS [COUNT]\n");
}

static void test_short(void **)
{
    char text[17];
    assert_true(usage_short("", text, sizeof text));
    assert_string_equal(text, "");
    assert_true(usage_short("ADDRESS [COUNT]|", text, sizeof text));
    assert_string_equal(text, "ADDRESS [COUNT]");
    assert_true(usage_short("[|ok|fail|]", text, sizeof text));
    assert_string_equal(text, "[ok|fail]");
    assert_true(usage_short("1234567890123456", text, sizeof text));
    assert_false(usage_short("12345678901234567", text, sizeof text));
    assert_false(usage_short("\nx", text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_tell),
        cmocka_unit_test(test_short),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
