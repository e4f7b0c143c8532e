/* SPDX-License-Identifier: MIT
 * A console and a COM1 in memory, with a clock of their own: time passes only where it is waited. Keys come when their
 * time has come. What was written is on a screen, whose cursor moves and scrolls as UEFI 2.10, 12.4 says. */
#ifndef TESTS_FAKE_CONSOLE_H
#define TESTS_FAKE_CONSOLE_H

#include <efi.h>
#include <stddef.h>
#include <stdint.h>

constexpr size_t FAKE_COLUMNS_MAX = 132, FAKE_ROWS_MAX = 60, FAKE_KEYS_MAX = 64,
                 FAKE_VALUE_MAX = 64;

struct fake_screen {
    uint32_t columns, rows, column, row;
    char cells[FAKE_ROWS_MAX][FAKE_COLUMNS_MAX];
    uint8_t looks[FAKE_ROWS_MAX][FAKE_COLUMNS_MAX]; /* what EFI_TEXT_ATTR would be */
    uint8_t look;
    bool has_cursor;
    unsigned scrolls, written; /* times; characters */
};

struct fake_console {
    struct fake_screen screen, serial_screen;
    uint64_t milliseconds; /* the clock */

    struct fake_key {
        uint64_t at; /* ms */
        uint16_t scan, unit;
    } keys[FAKE_KEYS_MAX], serial_keys[FAKE_KEYS_MAX]; /* of COM1: bytes in `unit` */
    size_t key_count, serial_key_count, next_key, next_serial_key;

    uint32_t picture_width, picture_height; /* of a GOP; 0: there is none */
    uint32_t *picture;                      /* what was drawn with Blt last; null: nothing */
    bool picture_hidden, no_blt;

    bool has_serial;
    bool no_event, no_timer, no_wait,
        no_size;       /* CreateEvent, SetTimer, WaitForEvent, QueryMode fail */
    bool empty_keys;   /* ReadKeyStroke has no end of strokes without a key */
    bool false_alarms; /* WaitForEvent always says that there is a key */
    int open_events;
    unsigned watchdog_off; /* times it was switched off */

    unsigned char console_path[FAKE_VALUE_MAX]; /* ConOut; size 0: there is no such variable */
    size_t console_path_size;
    uint64_t indications_supported, indications;
    bool no_set;
    int resets; /* of a kind below, as bits */
};
enum fake_reset_kind : int { FAKE_RESET_WARM = 1, FAKE_RESET_OFF = 2, FAKE_RESET_OTHER = 4 };

extern struct fake_console fake_console;
extern EFI_SYSTEM_TABLE fake_system; /* with all of this, and the volume */

/* As new: an empty screen of 80x25, no keys, no COM1. */
void fake_console_reset(void);
void fake_press(uint64_t at, uint16_t scan, uint16_t unit);
/* Bytes on COM1, or units on the console, all at once. */
void fake_type(uint64_t at, const char *bytes, bool serial);
void fake_screen_clear(struct fake_screen *s);
void fake_screen_put(struct fake_screen *s, char c);
/* The text of a row, without the spaces at its end. */
const char *fake_row(const struct fake_screen *screen, uint32_t row);

#endif
