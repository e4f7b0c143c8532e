/* SPDX-License-Identifier: MIT
 * Option words: what is known is taken, what is not is named, and no text of 4 KiB breaks the parser. */
#include "harness/harness.h"

#include <boot/options.h>

#include <stdio.h>
#include <string.h>

struct collector {
    char text[2048];
    size_t length;
};

static void collect(void *owner, const char *text, size_t length)
{
    struct collector *c = owner;
    assert_true(c->length + length < sizeof c->text);
    memcpy(c->text + c->length, text, length);
    c->length += length;
    c->text[c->length] = '\0';
}

/* Parse, and check what must hold for every input: nothing outside the text, sane values. */
static struct options parse_check(const char *text, size_t length, struct collector *complaints)
{
    struct text_sink sink = {collect, complaints};
    struct options out;
    *complaints = (struct collector){};
    assert_status(options_parse(text, length, &sink, &out), STATUS_OK);
    assert_true(out.log_level < LOG_LEVEL_COUNT);
    if (out.run.length > 0) {
        assert_true(out.run.start >= text);
        assert_true(out.run.start + out.run.length <= text + length);
    }
    unsigned lines = 0;
    for (size_t i = 0; i < complaints->length; i++)
        lines += complaints->text[i] == '\n';
    assert_int_equal(lines, out.ignored);
    struct options quiet;
    assert_status(options_parse(text, length, nullptr, &quiet), STATUS_OK);
    assert_int_equal(quiet.ignored, out.ignored);
    return out;
}

/* Everything that was understood, in one line. */
static void describe(const struct options *o, char *text, size_t size)
{
    static const char *const reports[] = {"auto", "on", "off"};
    (void)snprintf(text, size, "run[%.*s] %s%s log%u %s %s seed%d:%lu report-%s %s", //
                   (int)o->run.length, o->run.length > 0 ? o->run.start : "",
                   o->console_serial ? "S" : "-", o->console_framebuffer ? "F" : "-",
                   (unsigned)o->log_level,
                   o->heap_warn ? o->heap_l1 ? "warn,l1" : "warn"
                   : o->heap_l1 ? "l1"
                                : "fatal",
                   o->kaslr ? "kaslr" : "fixed", o->seed_given, (unsigned long)o->seed,
                   reports[o->report], o->inspect ? "inspect" : "start");
}

#define DEFAULTS "run[] SF log2 fatal kaslr seed0:0 report-auto start"

static void test_words(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", DEFAULTS},
        {" \t\r\n ", DEFAULTS},
        {"run=help", "run[help] SF log2 fatal kaslr seed0:0 report-auto start"},
        {"run=\"meminfo; exit ok\"",
         "run[meminfo; exit ok] SF log2 fatal kaslr seed0:0 report-auto start"},
        {"run=\"\"", DEFAULTS},
        {"run=", DEFAULTS},
        {"run=tool.efi", "run[tool.efi] SF log2 fatal kaslr seed0:0 report-auto start"},
        {"run=a=b", "run[a=b] SF log2 fatal kaslr seed0:0 report-auto start"},
        {"run=one run=two", "run[two] SF log2 fatal kaslr seed0:0 report-auto start"},
        {"run=one\trun=\"\"", DEFAULTS},
        {"console=serial", "run[] S- log2 fatal kaslr seed0:0 report-auto start"},
        {"console=fb", "run[] -F log2 fatal kaslr seed0:0 report-auto start"},
        {"console=fb,serial", DEFAULTS},
        {"console=\"serial,fb\"", DEFAULTS},
        {"console=none", "run[] -- log2 fatal kaslr seed0:0 report-auto start"},
        {"loglevel=error", "run[] SF log0 fatal kaslr seed0:0 report-auto start"},
        {"loglevel=1", "run[] SF log1 fatal kaslr seed0:0 report-auto start"},
        {"loglevel=debug", "run[] SF log3 fatal kaslr seed0:0 report-auto start"},
        {"loglevel=3 loglevel=info", DEFAULTS},
        {"heap=warn", "run[] SF log2 warn kaslr seed0:0 report-auto start"},
        {"heap=warn heap=fatal", DEFAULTS},
        {"heap=l1", "run[] SF log2 l1 kaslr seed0:0 report-auto start"},
        {"heap=warn,l1", "run[] SF log2 warn,l1 kaslr seed0:0 report-auto start"},
        {"heap=l1 heap=warn", "run[] SF log2 warn,l1 kaslr seed0:0 report-auto start"},
        {"heap=l1,warn heap=l0,fatal", DEFAULTS},
        {"kaslr=off", "run[] SF log2 fatal fixed seed0:0 report-auto start"},
        {"kaslr=off\nkaslr=on\n", DEFAULTS},
        {"seed=7", "run[] SF log2 fatal kaslr seed1:7 report-auto start"},
        {"seed=0xff", "run[] SF log2 fatal kaslr seed1:255 report-auto start"},
        {"report=on", "run[] SF log2 fatal kaslr seed0:0 report-on start"},
        {"report=off", "run[] SF log2 fatal kaslr seed0:0 report-off start"},
        {"inspect", "run[] SF log2 fatal kaslr seed0:0 report-auto inspect"},
        {"\\EFI\\BOOT\\BOOTX64.EFI kaslr=off",
         "run[] SF log2 fatal fixed seed0:0 report-auto start"},
        {"bootx64.efi", DEFAULTS},
        {"kaslr=off\r\nrun=\"a b\"\r\nseed=1 heap=warn inspect",
         "run[a b] SF log2 warn fixed seed1:1 report-auto inspect"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct collector complaints;
        struct options out = parse_check(cases[i].text, strlen(cases[i].text), &complaints);
        char text[256];
        describe(&out, text, sizeof text);
        assert_string_equal(text, cases[i].want);
        assert_string_equal(complaints.text, "");
    }
}

/* Each is ignored as a whole; `kaslr=off` behind it must still be understood. */
static void test_crimes(void **state)
{
    static const struct {
        const char *crime, *text, *want;
    } cases[] = {
        {"unknown word", "quiet", "`quiet` is not an option"},
        {"unknown key", "runs=help", "`runs=help` is not an option"},
        {"no key", "=help", "`=help` is not an option"},
        {"key with a capital", "Run=help", "`Run=help` is not an option"},
        {"no value", "seed", "`seed` needs a value"},
        {"value for a word", "inspect=on", "`inspect=on` takes no value"},
        {"console: unknown", "console=vga", "`console=vga` has a value that is not understood"},
        {"console: empty", "console=", "`console=` has a value that is not understood"},
        {"console: empty item", "console=fb,", "`console=fb,` has a value that is not understood"},
        {"console: none and more", "console=none,fb",
         "`console=none,fb` has a value that is not understood"},
        {"log level too high", "loglevel=4", "`loglevel=4` has a value that is not understood"},
        {"seed is no number", "seed=12x", "`seed=12x` has a value that is not understood"},
        {"seed is empty", "seed=", "`seed=` has a value that is not understood"},
        {"seed overflows", "seed=18446744073709551616",
         "`seed=18446744073709551616` has a value that is not understood"},
        {"kaslr: unknown", "kaslr=maybe", "`kaslr=maybe` has a value that is not understood"},
        {"heap: level", "heap=l2", "`heap=l2` has a value that is not understood"},
        {"heap: half", "heap=warn,", "`heap=warn,` has a value that is not understood"},
        {"heap: unknown", "heap=ok", "`heap=ok` has a value that is not understood"},
        {"report: unknown", "report=", "`report=` has a value that is not understood"},
        {"quote not closed", "run=\"a b\n",
         "`run=\"a b` has quotes that do not stand around the whole value"},
        {"text behind the quote", "run=\"a b\"c",
         "`run=\"a b\"c` has quotes that do not stand around the whole value"},
        {"quote inside", "run=a\"b c\"",
         "`run=a\"b c\"` has quotes that do not stand around the whole value"},
        {"two quoted parts", "run=\"a\"\"b\"",
         "`run=\"a\"\"b\"` has quotes that do not stand around the whole value"},
        {"not ASCII", "run=caf\xc3\xa9", "`run=caf??` has characters that are not printable ASCII"},
        {"control character", "run=\"a\tb\"",
         "`run=\"a?b\"` has characters that are not printable ASCII"},
        {"delete character", "seed=1\x7f", "`seed=1?` has characters that are not printable ASCII"},
        {"program name not first", "inspect bootx64.efi", "`bootx64.efi` is not an option"},
        {"only an ending", ".efi", "`.efi` is not an option"},
        {"nearly an ending",
         "a\x0e"
         "efi",
         "`a?efi` has characters that are not printable ASCII"},
        {"long word", "0123456789012345678901234567890123456789012345678901234567890123456789",
         "`012345678901234567890123456789012345678901234567890123456789012...` is not an option"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256], want[256];
        struct collector complaints;
        (void)snprintf(text, sizeof text, "%s kaslr=off", cases[i].text);
        (void)snprintf(want, sizeof want, "options: %s; ignored\n", cases[i].want);
        struct options out = parse_check(text, strlen(text), &complaints);
        if (strcmp(complaints.text, want) != 0)
            fail_msg("%s: got %s", cases[i].crime, complaints.text);
        assert_int_equal(out.ignored, 1);
        assert_false(out.kaslr);
    }
}

static void test_nul_is_not_an_end(void **state)
{
    static const char text[] = "kaslr=off\0 inspect";
    struct collector complaints;
    (void)state;
    struct options out = parse_check(text, sizeof text - 1, &complaints);
    assert_int_equal(out.ignored, 1);
    assert_true(out.kaslr);
    assert_true(out.inspect);
}

static void test_length(void **state)
{
    static char text[OPTIONS_SIZE_MAX + 1];
    struct collector complaints;
    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text + OPTIONS_SIZE_MAX - 7, "inspect", 7);
    assert_true(parse_check(text, OPTIONS_SIZE_MAX, &complaints).inspect);

    struct options out, before;
    memset(&out, 0x5a, sizeof out);
    memcpy(&before, &out, sizeof before);
    assert_status(options_parse(text, OPTIONS_SIZE_MAX + 1, nullptr, &out), STATUS_TRUNCATED);
    assert_memory_equal(&out, &before, sizeof out);
}

static void test_has_words(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        {"", false},
        {" \t\r\n", false},
        {"BOOTX64.EFI", false},
        {" bootx64.efi ", false},
        {"BOOTX64.EFI inspect", true},
        {"quiet", true},
        {"run=x.efi", true},
        {"BOOTX64.EFI x.efi", true},
        {"\x7f", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(options_has_words(cases[i].text, strlen(cases[i].text)), cases[i].want);
}

static void test_describe(void **state)
{
    static const char *const keys[] = {
        "run=", "console=", "loglevel=", "heap=", "kaslr=", "seed=", "report=", "inspect"};
    struct collector text = {};
    (void)state;
    options_describe(&(struct text_sink){collect, &text});
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_non_null(strstr(text.text, keys[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_crimes),
        cmocka_unit_test(test_nul_is_not_an_end),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_has_words),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
