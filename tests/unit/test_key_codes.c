/* SPDX-License-Identifier: MIT
 * Scan codes of a PS/2 keyboard become the characters that were meant. */
#include <harness/harness.h>

#include <string.h>

#include "arch/x86/key_codes.h"

/* What a sequence of scan codes types. */
static void type(const uint8_t *codes, size_t count, char *typed)
{
    struct key_state state = {};
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        char out[KEY_TEXT_MAX];
        unsigned added = key_decode(&state, codes[i], out);
        assert_true(added <= KEY_TEXT_MAX);
        memcpy(typed + length, out, added);
        length += added;
    }
    typed[length] = '\0';
}

#define CODES(...) {__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void test_sequences(void **)
{
    const struct {
        const char *what;
        uint8_t codes[16];
        size_t count;
        const char *want;
    } cases[] = {
        {"a letter, and its release", CODES(0x1e, 0x9e), "a"},
        {"left shift", CODES(0x2a, 0x1e, 0x9e, 0xaa, 0x1e), "Aa"},
        {"right shift and a digit", CODES(0x36, 0x03, 0xb6, 0x03), "@2"},
        {"caps lock is for letters", CODES(0x3a, 0xba, 0x10, 0x02), "Q1"},
        {"caps lock and shift", CODES(0x3a, 0xba, 0x2a, 0x10, 0x02), "q!"},
        {"caps lock twice", CODES(0x3a, 0xba, 0x3a, 0xba, 0x10), "q"},
        {"control", CODES(0x1d, 0x2e, 0x9d, 0x2e), "\003c"},
        {"right control", CODES(0xe0, 0x1d, 0x16, 0xe0, 0x9d, 0x16), "\025u"},
        {"both shifts, one let go", CODES(0x2a, 0x36, 0xaa, 0x1e, 0xb6, 0x1e), "Aa"},
        {"enter, backspace, tab, escape", CODES(0x1c, 0x0e, 0x0f, 0x01), "\r\177\t\033"},
        {"space and punctuation", CODES(0x39, 0x28, 0x2b, 0x35, 0x29), " '\\/`"},
        {"the 102nd key", CODES(0x56, 0x2a, 0x56), "\\|"},
        {"keypad", CODES(0x47, 0x4c, 0x53, 0x4a, 0x4e, 0x37), "75.-+*"},
        {"keypad enter and slash", CODES(0xe0, 0x1c, 0xe0, 0x35), "\r/"},
        {"up, down", CODES(0xe0, 0x48, 0xe0, 0xc8, 0xe0, 0x50), "\033[A\033[B"},
        {"right, left", CODES(0xe0, 0x4d, 0xe0, 0x4b), "\033[C\033[D"},
        {"home, end, delete", CODES(0xe0, 0x47, 0xe0, 0x4f, 0xe0, 0x53), "\033[H\033[F\033[3~"},
        {"arrows with their fake shifts",
         CODES(0xe0, 0x2a, 0xe0, 0x4b, 0xe0, 0xcb, 0xe0, 0xaa, 0x1e), "\033[Da"},
        {"a fake shift alone", CODES(0xe0, 0x2a, 0x1e), "a"},
        {"a fake release of a held shift", CODES(0x2a, 0xe0, 0xaa, 0xe0, 0x4b, 0x1e), "\033[DA"},
        {"half of pause", CODES(0xe1, 0x1d, 0x45, 0x1e), "a"},
        {"pause", CODES(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5, 0x1e), "a"},
        {"function keys type nothing", CODES(0x3b, 0x44, 0x57, 0x58), ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char typed[sizeof cases[i].codes * KEY_TEXT_MAX + 1];
        type(cases[i].codes, cases[i].count, typed);
        if (strcmp(typed, cases[i].want) != 0)
            fail_msg("%s: typed '%s', wanted '%s'", cases[i].what, typed, cases[i].want);
    }
}

/* Every letter and digit can be typed, shifted and not, and no byte stream breaks anything. */
static void test_all_printable(void **)
{
    bool seen[128] = {};
    for (unsigned shift = 0; shift < 2; shift++) {
        for (unsigned code = 0; code < 0x80; code++) {
            struct key_state state = {.left_shift = shift != 0};
            char out[KEY_TEXT_MAX];
            if (key_decode(&state, (uint8_t)code, out) == 1)
                seen[(unsigned char)out[0] & 0x7f] = true;
        }
    }
    for (int character = ' '; character < 0x7f; character++)
        if (!seen[character])
            fail_msg("no key types '%c'", character);
}

static void test_any_bytes(void **)
{
    struct random random = random_start("key_codes", 1);
    struct key_state state = {};
    for (unsigned i = 0; i < 100000; i++) {
        char out[KEY_TEXT_MAX];
        assert_true(key_decode(&state, (uint8_t)random_next(&random), out) <= KEY_TEXT_MAX);
        assert_true(state.pause_length <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_all_printable),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
