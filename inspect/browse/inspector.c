/* SPDX-License-Identifier: MIT
 * The inspector: what each key does. The memory that its maker gives is cut into
 *
 *   | struct inspector | records: room to sort the longest list | rows of page 1 | of page 2 | of page 3 |
 *
 * IN1  the page exists; details are shown of a row that exists
 * IN2  what was typed, and the message, end within their room
 * IL1..IL3 of each list: private.h */
#include "private.h"

#include <base/string.h>

#include <stdckdint.h>

constexpr size_t ALIGNMENT = 16;

/* ---- making one ---- */

struct lengths {
    size_t rows[INSPECTOR_LISTS];
    size_t longest, size; /* size 0: does not fit */
};

static struct lengths lengths_of(const struct inspection *inspection)
{
    struct lengths lengths = {.rows = {inspection->map->range_count, inspection->view->region_count,
                                       inspection->lint->recorded}};
    size_t all = 0;
    for (unsigned i = 0; i < INSPECTOR_LISTS; i++) {
        if (lengths.rows[i] > UINT32_MAX || ckd_add(&all, all, lengths.rows[i]))
            return lengths;
        if (lengths.rows[i] > lengths.longest)
            lengths.longest = lengths.rows[i];
    }
    size_t records, shown, size;
    if (ckd_mul(&records, lengths.longest, sizeof(struct inspector_record)) ||
        ckd_mul(&shown, all, sizeof(uint32_t)) ||
        ckd_add(&size, align_up(sizeof(struct inspector), ALIGNMENT), records) ||
        ckd_add(&size, size, shown))
        return lengths;
    lengths.size = size;
    return lengths;
}

size_t inspector_memory_size(const struct inspection *inspection)
{
    return lengths_of(inspection).size;
}

/* How wide the columns of a list must be; the widest that they can be need not fit on a screen. */
static void measure(struct inspector *inspector, unsigned list)
{
    constexpr unsigned digits_least = 8;
    uint64_t highest = 0;
    int name_width = 0;
    for (uint32_t row = 0; row < inspector->lists[list].total; row++) {
        const struct inspector_row what = inspector_row_get(inspector, list, row);
        const uint64_t address = list == INSPECTOR_PAGE_MAP ? what.start + what.bytes : what.start;
        highest |= address;
        char name[40];
        const int length = inspector_group_text(list, what.group, name, sizeof name);
        name_width = length > name_width ? length : name_width;
    }
    const struct memory_map *last_boot = inspector->setup.inspection->last_boot;
    if (list == INSPECTOR_PAGE_MAP && last_boot != nullptr && last_boot->range_count != 0)
        highest |= last_boot->ranges[last_boot->range_count - 1].end.value;
    unsigned digits = digits_least;
    while (digits < 16 && highest >> 4 * digits != 0)
        digits++;
    inspector->address_digits[list] = digits;
    inspector->group_width[list] = (unsigned)name_width;
}

status_t inspector_init(const struct inspector_setup *setup, void *memory, size_t size,
                        struct inspector **out)
{
    const struct lengths lengths = lengths_of(setup->inspection);
    if (lengths.size == 0 || size < lengths.size)
        return STATUS_NO_MEMORY;
    struct inspector *inspector = memory;
    *inspector = (struct inspector){
        .setup = *setup,
        .columns = INSPECTOR_COLUMNS_FIRST,
        .rows = INSPECTOR_ROWS_FIRST,
        .shared_columns = UINT32_MAX,
        .shared_rows = UINT32_MAX,
    };
    unsigned char *bytes = memory;
    inspector->records =
        (struct inspector_record *)(bytes + align_up(sizeof *inspector, ALIGNMENT));
    uint32_t *shown = (uint32_t *)(inspector->records + lengths.longest);
    for (unsigned i = 0; i < INSPECTOR_LISTS; i++) {
        inspector->lists[i] =
            (struct inspector_list){.shown = shown, .total = (uint32_t)lengths.rows[i]};
        shown += lengths.rows[i];
        inspector_rows_arrange(inspector, i);
        measure(inspector, i);
    }
    *out = inspector;
    return STATUS_OK;
}

/* ---- moving ---- */

static void show_page(struct inspector *inspector, unsigned page)
{
    inspector->page = (enum inspector_page)(page % INSPECTOR_PAGE_COUNT);
    inspector->detail = false;
}

/* One step, or a screen, toward the start or the end; never behind the last. */
static uint32_t moved(uint32_t at, uint32_t last, uint32_t height, uint32_t key)
{
    const uint32_t step =
        key == INSPECTOR_KEY_PAGE_UP || key == INSPECTOR_KEY_PAGE_DOWN ? height : 1;
    switch (key) {
    case INSPECTOR_KEY_UP:
    case INSPECTOR_KEY_PAGE_UP:
        return at > step ? at - step : 0;
    case INSPECTOR_KEY_DOWN:
    case INSPECTOR_KEY_PAGE_DOWN:
        return last - at > step ? at + step : last;
    case INSPECTOR_KEY_HOME:
        return 0;
    default:
        return last;
    }
}

static void move(struct inspector *inspector, uint32_t key)
{
    if (!inspector_shows_list(inspector)) {
        struct inspector_place *place = inspector_place(inspector);
        const uint32_t height = inspector_text_height(inspector);
        const uint32_t last = place->lines > height ? place->lines - height : 0;
        place->top = moved(place->top < last ? place->top : last, last, height, key);
        return;
    }
    struct inspector_list *rows = &inspector->lists[inspector->page];
    if (rows->count == 0)
        return;
    const uint32_t before = rows->selected, height = inspector_list_height(inspector);
    rows->selected = moved(before, rows->count - 1, height, key);
    /* A screen further, the row stays where it is on the screen. */
    if (key == INSPECTOR_KEY_PAGE_DOWN)
        rows->top += rows->selected - before;
    if (key == INSPECTOR_KEY_PAGE_UP)
        rows->top -= before - rows->selected < rows->top ? before - rows->selected : rows->top;
    if (rows->top > rows->selected)
        rows->top = rows->selected;
}

/* ---- questions ---- */

static void ask(struct inspector *inspector, enum inspector_prompt prompt)
{
    inspector->prompt = prompt;
    inspector->input_length = 0;
    inspector->input[0] = '\0';
}

static void find(struct inspector *inspector)
{
    char number[INSPECTOR_INPUT + 2];
    const bool prefixed =
        inspector->input[0] == '0' && (inspector->input[1] == 'x' || inspector->input[1] == 'X');
    const int length =
        format_text(number, sizeof number, "%s%s", prefixed ? "" : "0x", inspector->input);
    uint64_t address;
    if (inspector->input_length == 0) {
        inspector_say(inspector, "(type an address first)");
        return;
    }
    if (!parse_number(number, (size_t)length, &address)) {
        inspector_say(inspector, "(not a number of 64 bits)");
        return;
    }
    inspector->prompt = INSPECTOR_PROMPT_NONE;
    inspector->detail = false;
    inspector_rows_find(inspector, inspector->page, address, inspector->message,
                        sizeof inspector->message);
}

static void type_address(struct inspector *inspector, uint32_t key)
{
    const bool digit = (key >= '0' && key <= '9') || (key >= 'a' && key <= 'f') ||
                       (key >= 'A' && key <= 'F') || key == 'x' || key == 'X';
    uint32_t *length = &inspector->input_length;
    if (key == INSPECTOR_KEY_ESCAPE) {
        inspector->prompt = INSPECTOR_PROMPT_NONE;
    } else if (key == INSPECTOR_KEY_ENTER) {
        find(inspector);
    } else if (key == INSPECTOR_KEY_BACKSPACE || key == INSPECTOR_KEY_DELETE) {
        *length -= *length > 0;
        inspector->input[*length] = '\0';
    } else if (digit && *length + 1 < sizeof inspector->input) {
        inspector->input[(*length)++] = (char)key;
        inspector->input[*length] = '\0';
    } else if (digit) {
        inspector_say(inspector, "(16 digits at most)");
    } else if (key > ' ' && key < 0x7F) {
        inspector_say(inspector, "(digits are 0 to 9 and a to f)");
    }
}

static enum inspector_action answer(struct inspector *inspector, uint32_t key)
{
    const enum inspector_prompt prompt = inspector->prompt;
    if (prompt == INSPECTOR_PROMPT_FIND) {
        type_address(inspector, key);
        return INSPECTOR_NONE;
    }
    inspector->prompt = INSPECTOR_PROMPT_NONE;
    if (key == 'y' || key == 'Y')
        return prompt == INSPECTOR_PROMPT_FIRMWARE ? INSPECTOR_FIRMWARE : INSPECTOR_SHUT_DOWN;
    inspector_say(inspector, "Nothing was done.");
    return INSPECTOR_NONE;
}

/* ---- keys ---- */

/* Keys that arrange a list. */
static void arrange(struct inspector *inspector, uint32_t key)
{
    if (!inspector_shows_list(inspector)) {
        inspector_say(inspector, inspector->detail ? "Escape leaves the details."
                                                   : "Lists are on the pages 1 to 3.");
        return;
    }
    struct inspector_list *rows = &inspector->lists[inspector->page];
    if (key == 's') {
        inspector_rows_sort(inspector, inspector->page);
    } else if (key == 'r') {
        rows->reversed = !rows->reversed;
        inspector_rows_arrange(inspector, inspector->page);
    } else {
        inspector_rows_filter(inspector, inspector->page, key == 't');
    }
}

static void open_detail(struct inspector *inspector)
{
    if (!inspector_shows_list(inspector) || inspector->lists[inspector->page].count == 0)
        return;
    inspector->detail = true;
    *inspector_place(inspector) = (struct inspector_place){};
}

static void leave(struct inspector *inspector)
{
    if (!inspector->detail)
        inspector_say(inspector, "g goes on to the kernel; 7 tells what the keys do.");
    inspector->detail = false;
}

/* Keys that are asked of the caller. */
static enum inspector_action request(struct inspector *inspector, uint32_t key)
{
    const struct inspector_setup *setup = &inspector->setup;
    switch (key) {
    case 'g':
        return INSPECTOR_GO_ON;
    case 'p':
        if (setup->has_picture)
            return INSPECTOR_PICTURE;
        inspector_say(inspector, "There is no screen that could show a picture.");
        return INSPECTOR_NONE;
    case 'w':
        if (setup->why_no_report == nullptr)
            return INSPECTOR_WRITE_REPORT;
        inspector_say(inspector, setup->why_no_report);
        return INSPECTOR_NONE;
    case 'u':
        ask(inspector, INSPECTOR_PROMPT_FIRMWARE);
        return INSPECTOR_NONE;
    default:
        ask(inspector, INSPECTOR_PROMPT_SHUT_DOWN);
        return INSPECTOR_NONE;
    }
}

enum inspector_action inspector_press(struct inspector *inspector, uint32_t key)
{
    inspector->message[0] = '\0';
    if (key == '\n')
        key = INSPECTOR_KEY_ENTER;
    if (inspector->prompt != INSPECTOR_PROMPT_NONE)
        return answer(inspector, key);
    if (key >= '1' && key < '1' + INSPECTOR_PAGE_COUNT) {
        show_page(inspector, key - '1');
        return INSPECTOR_NONE;
    }
    switch (key) {
    case INSPECTOR_KEY_TAB:
    case INSPECTOR_KEY_RIGHT:
        show_page(inspector, inspector->page + 1);
        break;
    case INSPECTOR_KEY_LEFT:
        show_page(inspector, inspector->page + INSPECTOR_PAGE_COUNT - 1);
        break;
    case INSPECTOR_KEY_UP:
    case INSPECTOR_KEY_DOWN:
    case INSPECTOR_KEY_PAGE_UP:
    case INSPECTOR_KEY_PAGE_DOWN:
    case INSPECTOR_KEY_HOME:
    case INSPECTOR_KEY_END:
        move(inspector, key);
        break;
    case INSPECTOR_KEY_ENTER:
        open_detail(inspector);
        break;
    case INSPECTOR_KEY_ESCAPE:
        leave(inspector);
        break;
    case 's':
    case 'r':
    case 't':
    case 'T':
        arrange(inspector, key);
        break;
    case '/':
    case 'f':
        if (inspector->page >= INSPECTOR_LISTS)
            show_page(inspector, INSPECTOR_PAGE_MAP);
        ask(inspector, INSPECTOR_PROMPT_FIND);
        break;
    case 'g':
    case 'p':
    case 'w':
    case 'u':
    case 'o':
        return request(inspector, key);
    default:
        break;
    }
    return INSPECTOR_NONE;
}

void inspector_say(struct inspector *inspector, const char *text)
{
    format_text(inspector->message, sizeof inspector->message, "%s", text);
}

/* ---- check ---- */

const char *inspector_check(const struct inspector *inspector)
{
    if (inspector->page >= INSPECTOR_PAGE_COUNT)
        return "IN1: the page does not exist";
    if (inspector->detail &&
        (inspector->page >= INSPECTOR_LISTS || inspector->lists[inspector->page].count == 0))
        return "IN1: details are shown of nothing";
    if (inspector->input_length >= sizeof inspector->input ||
        strlen(inspector->input) != inspector->input_length)
        return "IN2: what was typed does not end";
    if (inspector->message[INSPECTOR_MESSAGE - 1] != 0)
        return "IN2: the message does not end";
    for (unsigned list = 0; list < INSPECTOR_LISTS; list++) {
        const char *broken = inspector_rows_check(inspector, list);
        if (broken != nullptr)
            return broken;
    }
    return nullptr;
}
