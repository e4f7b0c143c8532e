/* SPDX-License-Identifier: MIT
 * What the renderers share. Text of strangers may hold anything: escape sequences of terminals, broken UTF-8. Only
 * what is printable and well-formed goes through as it is. */
#include <inspect/words.h>

#include <base/string.h>

#include <stdckdint.h>

size_t render_utf8_length(const char *text)
{
    const unsigned char first = (unsigned char)text[0];
    if (first < 0x80)
        return first >= ' ' && first != 0x7F ? 1 : 0;
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    uint32_t character = first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        const unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0) != 0x80)
            return 0;
        character = character << 6 | (next & 0x3F);
    }
    /* Unicode 15, 3.9 D92: not longer than need be, no surrogates, not above 10FFFF. 80..9F are controls. */
    static const uint32_t least[] = {0, 0, 0xA0, 0x800, 0x10000};
    if (character < least[length] || character > 0x10FFFF || (character & ~0x7FFu) == 0xD800)
        return 0;
    return length;
}

void render_plain(const struct text_sink *sink, const char *text, size_t length)
{
    size_t from = 0;
    for (size_t i = 0; i < length;) {
        const size_t good = render_utf8_length(text + i);
        if (good != 0 && good <= length - i) {
            i += good;
            continue;
        }
        sink->write(sink->owner, text + from, i - from);
        sink_print(sink, "\\x%02x", (unsigned char)text[i]);
        from = ++i;
    }
    sink->write(sink->owner, text + from, length - from);
}

/* Up to the next space, or behind the next '|'. */
static size_t length_of_word(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0' && text[length] != ' ')
        if (text[length++] == '|')
            break;
    return length;
}

/* Columns of it when it is printed. */
static size_t columns_of(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        const size_t good = render_utf8_length(text + i);
        columns += good == 0 ? sizeof "\\xNN" - 1 : 1;
        i += good == 0 ? 1 : good;
    }
    return columns;
}

void render_wrapped(const struct text_sink *sink, unsigned column, const char *text)
{
    size_t at = column;
    bool spaced = false;
    while (*text != '\0') {
        const size_t length = length_of_word(text);
        const size_t columns = columns_of(text, length);
        if (at > column && at + spaced + columns > RENDER_COLUMNS) {
            sink_print(sink, "\n%*s", (int)column, "");
            at = column;
            spaced = false;
        }
        if (spaced)
            sink->write(sink->owner, " ", 1);
        render_plain(sink, text, length);
        at += spaced + columns;
        text += length;
        spaced = *text == ' ' && at > column;
        while (*text == ' ')
            text++;
    }
    sink->write(sink->owner, "\n", 1);
}

void render_attributes(const struct text_sink *sink, const char *line, uint64_t attributes)
{
    constexpr size_t longest_name = sizeof "HOT_PLUGGABLE|" - 1;
    constexpr unsigned last_column = RENDER_COLUMNS - longest_name;
    char text[512];
    size_t column = strlen(line);
    sink->write(sink->owner, line, column);
    if (column > last_column) {
        column = last_column;
        sink_print(sink, "\n%*s", (int)column, "");
    }
    efi_attributes_text(attributes, text, sizeof text);
    render_wrapped(sink, (unsigned)column, text);
}

struct render_grouped render_grouped(uint64_t number)
{
    char digits[24];
    const int count = format_text(digits, sizeof digits, "%" PRIu64, number);
    struct render_grouped out;
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            out.text[at++] = ',';
        out.text[at++] = digits[i];
    }
    out.text[at] = '\0';
    return out;
}

uint64_t render_region_bytes(const struct boot_region *region)
{
    uint64_t bytes;
    if (ckd_mul(&bytes, region->page_count, PAGE_SIZE))
        return UINT64_MAX;
    return bytes > region->bytes_less ? bytes - region->bytes_less : 0;
}

struct size_text render_size(uint64_t bytes)
{
    return bytes == UINT64_MAX ? (struct size_text){"over 2^64"} : size_text(bytes);
}

struct render_signature render_signature(uint32_t signature)
{
    struct render_signature out = {};
    for (size_t i = 0; i < 4; i++) {
        const char character = (char)(signature >> 8 * i);
        out.text[i] = character > ' ' && character < 0x7F ? character : '?';
    }
    return out;
}

struct render_table_name render_table_name(uint32_t kind, uint32_t signature)
{
    static const char names[][26] = {
        [BOOT_TABLE_SMBIOS] = "SMBIOS",
        [BOOT_TABLE_MEMORY_ATTRIBUTES] = "memory attributes table",
        [BOOT_TABLE_ESRT] = "ESRT",
        [BOOT_TABLE_BGRT_IMAGE] = "boot logo (BGRT)",
    };
    struct render_table_name out;
    if (kind == BOOT_TABLE_ACPI)
        format_text(out.text, sizeof out.text, "ACPI %s", render_signature(signature).text);
    else if (kind != 0 && kind < sizeof names / sizeof names[0])
        format_text(out.text, sizeof out.text, "%s", names[kind]);
    else
        format_text(out.text, sizeof out.text, "table of kind 0x%x", kind);
    return out;
}

struct render_memory_type render_memory_type(uint8_t type)
{
    static const struct {
        uint8_t type;
        char name[8];
    } names[] = {
        {0x12, "DDR"},    {0x13, "DDR2"},   {0x18, "DDR3"},   {0x1A, "DDR4"}, {0x1B, "LPDDR"},
        {0x1C, "LPDDR2"}, {0x1D, "LPDDR3"}, {0x1E, "LPDDR4"}, {0x20, "HBM"},  {0x21, "HBM2"},
        {0x22, "DDR5"},   {0x23, "LPDDR5"}, {0x24, "HBM3"},
    };
    struct render_memory_type out;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].type == type) {
            format_text(out.text, sizeof out.text, "%s", names[i].name);
            return out;
        }
    format_text(out.text, sizeof out.text, "type 0x%02x", type);
    return out;
}
