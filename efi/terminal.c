/* SPDX-License-Identifier: MIT
 * Source: UEFI 2.10, 12.3 (EFI_SIMPLE_TEXT_INPUT_PROTOCOL; table 12.4 has the scan codes), 7.1 (events and timers),
 * 3.3 (ConOut), 10.3.4.15 (UART device path). */
#include "terminal.h"

#include "serial.h"

#include <base/string.h>

static constexpr unsigned STEP_MS = 100;       /* between two looks, where firmware would wake us */
static constexpr unsigned SERIAL_STEP_MS = 20; /* it would not; its queue holds 16 bytes */
static constexpr unsigned LOOK_MAX =
    64; /* strokes a look: firmware may have no end of empty ones */
static constexpr unsigned QUIET_MAX = 3; /* looks, after which an ESC was a key */
static constexpr uint16_t ESCAPE = INSPECTOR_KEY_ESCAPE;
static constexpr unsigned CONSOLE = 0, SERIAL = 1; /* of keys[] */
static constexpr size_t CONSOLE_PATH_MAX = 1024;   /* ConOut; what is longer may be anything */

/* ---- who has COM1? ---- */

/* Is a UART among the nodes of these device paths? Paths end with nodes that are skipped like all others. */
static bool has_uart(const unsigned char *paths, size_t size)
{
    const EFI_DEVICE_PATH_PROTOCOL *node;
    for (size_t at = 0; size - at >= sizeof *node;) {
        node = (const void *)(paths + at);
        const size_t length = (size_t)node->Length[1] << 8 | node->Length[0];
        if (node->Type == MESSAGING_DEVICE_PATH && node->SubType == MSG_UART_DP)
            return true;
        if (length < sizeof *node || length > size - at)
            return false;
        at += length;
    }
    return false;
}

/* The firmware's console is on a UART already: its driver owns that, and COM1 is most likely it. */
static bool firmware_has_serial(struct firmware *fw)
{
    static CHAR16 name[] = u"ConOut";
    EFI_GUID global = EFI_GLOBAL_VARIABLE;
    unsigned char paths[CONSOLE_PATH_MAX];
    UINTN size = sizeof paths;
    const EFI_STATUS status = FIRMWARE_CALL(
        fw, fw->system->RuntimeServices->GetVariable(name, &global, nullptr, &size, paths));
    if (status == EFI_BUFFER_TOO_SMALL)
        return true; /* a console of so many parts: taking a port from its driver would be worse */
    return !EFI_ERROR(status) && size <= sizeof paths && has_uart(paths, size);
}

/* ---- start and end ---- */

bool terminal_open(struct terminal *t, struct firmware *fw)
{
    *t = (struct terminal){.firmware = fw, .keyboard = fw->system->ConIn};
    const bool theirs = firmware_has_serial(fw);
    if (fw->system->ConOut != nullptr)
        t->screens[t->screen_count++] = screen_of_console(fw->system->ConOut, theirs);
    t->has_serial = !theirs && serial_start();
    if (t->has_serial)
        t->screens[t->screen_count++] = screen_of_serial();
    if (t->screen_count == 0 || (t->keyboard == nullptr && !t->has_serial))
        return false;
    if (EFI_ERROR(FIRMWARE_CALL(
            fw, fw->boot->CreateEvent(EVT_TIMER, TPL_APPLICATION, nullptr, nullptr, &t->timer))))
        t->timer = nullptr;
    return true;
}

void terminal_close(struct terminal *t)
{
    struct firmware *fw = t->firmware;
    if (t->timer != nullptr)
        (void)FIRMWARE_CALL(fw, fw->boot->CloseEvent(t->timer));
    t->timer = nullptr;
}

/* ---- keys ---- */

/* What is no character of ours. */
static uint32_t key_of(uint16_t code, uint16_t unit)
{
    static const uint16_t keys[] = {
        [SCAN_UP] = INSPECTOR_KEY_UP,
        [SCAN_DOWN] = INSPECTOR_KEY_DOWN,
        [SCAN_RIGHT] = INSPECTOR_KEY_RIGHT,
        [SCAN_LEFT] = INSPECTOR_KEY_LEFT,
        [SCAN_DELETE] = INSPECTOR_KEY_BACKSPACE, /* EDK II makes it of 0x7F */
        [SCAN_HOME] = INSPECTOR_KEY_HOME,
        [SCAN_END] = INSPECTOR_KEY_END,
        [SCAN_PAGE_UP] = INSPECTOR_KEY_PAGE_UP,
        [SCAN_PAGE_DOWN] = INSPECTOR_KEY_PAGE_DOWN,
    };
    const uint32_t key = code < sizeof keys / sizeof keys[0] ? keys[code] : 0;
    return key == 0 && (code | unit) != 0 ? INSPECTOR_KEY_OTHER : key;
}

static uint32_t put(struct key_source *source, uint8_t byte)
{
    source->quiet = 0;
    return key_decoder_put(&source->decoder, byte);
}

/* Nothing has come. Once that has been so for a while, what was begun is at its end. */
static uint32_t put_nothing(struct key_source *source)
{
    if (!key_decoder_waits(&source->decoder) || ++source->quiet < QUIET_MAX)
        return 0;
    return key_decoder_end(&source->decoder);
}

/* What firmware does not know of what its terminal sends, it passes on: an ESC, and what comes behind it. */
static uint32_t look_at_keyboard(struct terminal *t)
{
    struct firmware *fw = t->firmware;
    EFI_INPUT_KEY key = {};
    const uint32_t held = key_decoder_next(&t->keys[CONSOLE].decoder);
    if (t->keyboard == nullptr || held != 0)
        return held;
    for (unsigned i = 0; i < LOOK_MAX; i++) {
        if (EFI_ERROR(FIRMWARE_CALL(fw, t->keyboard->ReadKeyStroke(t->keyboard, &key))))
            break;
        const uint16_t unit = key.ScanCode == SCAN_ESC ? ESCAPE : key.UnicodeChar;
        const uint32_t found = unit != 0 && unit <= 0x7F ? put(&t->keys[CONSOLE], (uint8_t)unit)
                                                         : key_of(key.ScanCode, unit);
        if (found == 0)
            continue;
        t->false_alarm = false;
        return found;
    }
    return put_nothing(&t->keys[CONSOLE]);
}

static uint32_t look_at_serial(struct terminal *t)
{
    uint8_t byte;
    const uint32_t held = key_decoder_next(&t->keys[SERIAL].decoder);
    if (!t->has_serial || held != 0)
        return held;
    for (unsigned i = 0; i < LOOK_MAX && serial_read(&byte); i++) {
        const uint32_t found = put(&t->keys[SERIAL], byte);
        if (found != 0)
            return found;
    }
    return put_nothing(&t->keys[SERIAL]);
}

/* Wait a while, or until firmware says that there is a key. If it says so and there is none, the time is waited all the
 * same: else its lie would cost a countdown all its time. */
static void wait(struct terminal *t, unsigned milliseconds)
{
    struct firmware *fw = t->firmware;
    EFI_EVENT events[2] = {t->timer};
    UINTN count = 1, index = 0;
    if (t->keyboard != nullptr && t->keyboard->WaitForKey != nullptr && !t->false_alarm)
        events[count++] = t->keyboard->WaitForKey;
    const uint64_t hundreds_of_ns = milliseconds * UINT64_C(10000);
    if (t->timer == nullptr ||
        EFI_ERROR(FIRMWARE_CALL(fw, fw->boot->SetTimer(t->timer, TimerRelative, hundreds_of_ns))) ||
        EFI_ERROR(FIRMWARE_CALL(fw, fw->boot->WaitForEvent(count, events, &index)))) {
        (void)FIRMWARE_CALL(fw, fw->boot->Stall(milliseconds * UINT64_C(1000)));
        return;
    }
    t->false_alarm |= index == 1; /* until a key comes of it */
}

uint32_t terminal_read_key(struct terminal *t, unsigned milliseconds)
{
    for (unsigned waited = 0;;) {
        uint32_t key = look_at_keyboard(t);
        if (key == 0)
            key = look_at_serial(t);
        if (key != 0 || (milliseconds != 0 && waited >= milliseconds))
            return key;
        const bool half = key_decoder_waits(&t->keys[CONSOLE].decoder) ||
                          key_decoder_waits(&t->keys[SERIAL].decoder);
        const bool often = half || (t->has_serial && milliseconds == 0);
        const unsigned step = often ? SERIAL_STEP_MS : STEP_MS;
        wait(t, step);
        waited += step;
    }
}

/* ---- what is shown ---- */

void terminal_print(struct terminal *t, const char *text)
{
    for (unsigned i = 0; i < t->screen_count; i++) {
        screen_print(&t->screens[i], "\r");
        screen_print(&t->screens[i], text);
    }
}

bool terminal_enter(struct terminal *t, struct session *s)
{
    void *memory[2] = {};
    const unsigned mark = session_mark(s);
    for (unsigned i = 0; i < t->screen_count; i++) {
        memory[i] = session_take(s, screen_memory_size(&t->screens[i]));
        if (memory[i] == nullptr) {
            session_give_back(s, mark);
            return false;
        }
    }
    for (unsigned i = 0; i < t->screen_count; i++)
        screen_enter(&t->screens[i], memory[i]);
    return true;
}

void terminal_draw(struct terminal *t, struct inspector *inspector)
{
    uint32_t columns = UINT32_MAX, rows = UINT32_MAX;
    for (unsigned i = 0; i < t->screen_count; i++) {
        const struct screen *screen = &t->screens[i];
        columns = screen->columns < columns ? screen->columns : columns;
        rows = screen->rows < rows ? screen->rows : rows;
    }
    inspector_share(inspector, columns, rows);
    for (unsigned i = 0; i < t->screen_count; i++) {
        struct screen *screen = &t->screens[i];
        inspector_draw(inspector, screen->columns, screen->rows, screen->wanted);
        screen_show(screen);
    }
}

void terminal_clear(struct terminal *t)
{
    for (unsigned i = 0; i < t->screen_count; i++)
        screen_clear(&t->screens[i]);
}

void terminal_leave(struct terminal *t)
{
    for (unsigned i = 0; i < t->screen_count; i++)
        screen_leave(&t->screens[i]);
}
