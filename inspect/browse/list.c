/* SPDX-License-Identifier: MIT
 * A list on the screen: a heading, and a row for each range, descriptor or finding that is visible. Numbers stand at
 * the right of their columns; columns that the screen has no room for are left out, the least important first. A row
 * has the style of the worst finding that is about it. */
#include "private.h"

#include <inspect/words.h>

#include <base/string.h>

constexpr size_t LINE = 512;
constexpr unsigned SIZE_COLUMNS = 10, ATTRIBUTES_COLUMNS = 19, /* "UC|WC|WT|WB|RUNTIME" */
    ATTRIBUTES_LEAST = 11;                                     /* "UC|WC|WT|WB" */
constexpr unsigned NUMBER_COLUMNS = 5, PAGES_COLUMNS = 13;

struct columns {
    bool size, end, attributes, pages;
    int digits, name;
    unsigned attributes_room;
};

/* Take a column of that width, a space included, if there is room. */
static bool take(uint32_t *room, unsigned width)
{
    if (*room < width)
        return false;
    *room -= width;
    return true;
}

static struct columns columns_of(const struct inspector *inspector, unsigned list)
{
    const unsigned digits = inspector->address_digits[list];
    struct columns columns = {.digits = (int)digits, .name = (int)inspector->group_width[list]};
    const uint32_t fixed = 1 + digits + 2 + inspector->group_width[list] +
                           (list == INSPECTOR_PAGE_DESCRIPTORS ? NUMBER_COLUMNS + 1 : 0);
    uint32_t room = inspector->columns > fixed ? inspector->columns - fixed : 0;
    columns.size = take(&room, 1 + SIZE_COLUMNS);
    columns.end = list == INSPECTOR_PAGE_MAP && take(&room, 1 + digits);
    columns.pages = list == INSPECTOR_PAGE_DESCRIPTORS &&
                    room >= 1 + PAGES_COLUMNS + 2 + ATTRIBUTES_COLUMNS &&
                    take(&room, 1 + PAGES_COLUMNS);
    columns.attributes = room >= 2 + ATTRIBUTES_LEAST;
    columns.attributes_room = columns.attributes ? room - 2 : 0;
    return columns;
}

/* ---- the text of a row ---- */

__attribute__((format(printf, 2, 3))) static void append(char line[LINE], const char *format, ...)
{
    const size_t length = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    format_text_va(line + length, LINE - length, format, arguments);
    va_end(arguments);
}

/* "UC|WC|+" if there are more than fit. */
static void append_attributes(char line[LINE], uint64_t attributes, unsigned room)
{
    char text[RENDER_SENTENCE];
    efi_attributes_text(attributes, text, sizeof text);
    if (strlen(text) > room) {
        size_t length = room - 1;
        while (length > 0 && text[length - 1] != '|')
            length--;
        text[length] = '+';
        text[length + 1] = '\0';
    }
    append(line, "  %s", text);
}

static void range_text(const struct inspector *inspector, const struct columns *columns,
                       uint32_t row, char line[LINE])
{
    const struct memory_range *range = &inspector->setup.inspection->map->ranges[row];
    append(line, " %*" PRIx64, columns->digits, range->start.value);
    if (columns->end)
        append(line, " %*" PRIx64, columns->digits, range->end.value);
    if (columns->size)
        append(line, " %*s", (int)SIZE_COLUMNS,
               size_text(range->end.value - range->start.value).text);
    append(line, "  %-*s", columns->name, memory_class_name(range->class));
    if (columns->attributes)
        append_attributes(line, range->attributes, columns->attributes_room);
}

static void descriptor_text(const struct inspector *inspector, const struct columns *columns,
                            uint32_t row, char line[LINE])
{
    const struct boot_region *region = &inspector->setup.inspection->view->regions[row];
    char type[40];
    efi_type_text(region->efi_type, type, sizeof type);
    append(line, " %*u %*" PRIx64, (int)NUMBER_COLUMNS, row, columns->digits, region->phys_start);
    if (columns->pages)
        append(line, " %*" PRIu64, (int)PAGES_COLUMNS, region->page_count);
    if (columns->size)
        append(line, " %*s", (int)SIZE_COLUMNS, render_size(render_region_bytes(region)).text);
    append(line, "  %-*s", columns->name, type);
    if (columns->attributes)
        append_attributes(line, region->efi_attributes, columns->attributes_room);
}

static void finding_text(const struct inspector *inspector, uint32_t row, char line[LINE])
{
    const struct inspection *inspection = inspector->setup.inspection;
    const struct lint_finding *finding = &inspection->lint->findings[row];
    const struct lint_rule *rule = lint_rule_get(finding->rule);
    char sentence[RENDER_SENTENCE];
    lint_sentence(finding, inspection->view, inspection->map, sentence, sizeof sentence);
    append(line, " %-7s %s  ", lint_severity_word(rule->severity), rule->id);
    if (strlen(line) + strlen(sentence) <= inspector->columns) {
        append(line, "%s", sentence);
        return;
    }
    append(line, "%s", rule->title);
    if (finding->start != finding->end)
        append(line, ": 0x%" PRIx64, finding->start);
    inspector_shorten(line, inspector->columns);
}

static void row_text(const struct inspector *inspector, const struct columns *columns, uint32_t row,
                     char line[LINE])
{
    line[0] = '\0';
    if (inspector->page == INSPECTOR_PAGE_MAP)
        range_text(inspector, columns, row, line);
    else if (inspector->page == INSPECTOR_PAGE_DESCRIPTORS)
        descriptor_text(inspector, columns, row, line);
    else
        finding_text(inspector, row, line);
}

static void heading_text(const struct inspector *inspector, const struct columns *columns,
                         char line[LINE])
{
    line[0] = '\0';
    if (inspector->page == INSPECTOR_PAGE_FINDINGS) {
        append(line, " %-7s %-5s  what was found", "", "rule");
        return;
    }
    if (inspector->page == INSPECTOR_PAGE_DESCRIPTORS)
        append(line, " %*s", (int)NUMBER_COLUMNS, "#");
    append(line, " %*s", columns->digits, "start");
    if (columns->end)
        append(line, " %*s", columns->digits, "end");
    if (columns->pages)
        append(line, " %*s", (int)PAGES_COLUMNS, "pages");
    if (columns->size)
        append(line, " %*s", (int)SIZE_COLUMNS, "size");
    append(line, "  %-*s", columns->name,
           inspector->page == INSPECTOR_PAGE_MAP ? "class" : "EFI type");
    if (columns->attributes)
        append(line, "  attributes");
}

/* ---- how it looks ---- */

static enum inspector_style style_of(const struct inspector *inspector, uint32_t row)
{
    const struct inspection *inspection = inspector->setup.inspection;
    const unsigned list = inspector->page;
    const struct inspector_row what = inspector_row_get(inspector, list, row);
    if (list == INSPECTOR_PAGE_FINDINGS)
        return inspector_style_of((enum lint_severity)what.group);
    const struct lint *lint = inspection->lint;
    for (uint32_t i = 0; i < lint->recorded; i++) /* the worst are the first */
        if (inspector_finding_touches(&lint->findings[i], list, row, &what))
            return inspector_style_of(lint_rule_get(lint->findings[i].rule)->severity);
    const enum memory_class class = list == INSPECTOR_PAGE_MAP
                                        ? (enum memory_class)what.group
                                        : memory_class_of_region(&inspection->view->regions[row]);
    return memory_class_is_ram(class) ? INSPECTOR_STYLE_TEXT : INSPECTOR_STYLE_SOFT;
}

static const char *nothing_text(const struct inspector *inspector)
{
    if (inspector->page == INSPECTOR_PAGE_FINDINGS)
        return inspector->setup.inspection->lint->needed == 0
                   ? "Nothing was found. The map is as it should be, as far as the rules can tell."
                   : "Something was found, but there was no memory to keep it.";
    return inspector->page == INSPECTOR_PAGE_MAP ? "There is no range that can be believed."
                                                 : "The firmware gave no descriptor.";
}

void inspector_list_draw(struct inspector *inspector, const struct inspector_canvas *canvas,
                         uint32_t first, uint32_t height)
{
    struct inspector_list *rows = &inspector->lists[inspector->page];
    const struct columns columns = columns_of(inspector, inspector->page);
    char line[LINE];
    heading_text(inspector, &columns, line);
    inspector_put(canvas, first++, 0, canvas->columns, INSPECTOR_STYLE_SOFT, line);
    if (rows->count == 0)
        inspector_put(canvas, first, 1, canvas->columns - 1, INSPECTOR_STYLE_TEXT,
                      nothing_text(inspector));
    /* No empty row below the last while there are some above the first. */
    if (rows->top > rows->selected)
        rows->top = rows->selected;
    if (rows->selected - rows->top >= height)
        rows->top = rows->selected - (height - 1);
    if (rows->top > 0 && rows->count - rows->top < height)
        rows->top = rows->count > height ? rows->count - height : 0;
    for (uint32_t i = 0; i < height && i < rows->count - rows->top; i++) {
        const uint32_t position = rows->top + i, row = rows->shown[position];
        const bool selected = position == rows->selected;
        const enum inspector_style style =
            selected ? INSPECTOR_STYLE_SELECTED : style_of(inspector, row);
        row_text(inspector, &columns, row, line);
        if (selected)
            inspector_fill(canvas, first + i, style);
        inspector_put(canvas, first + i, 0, canvas->columns, style, line);
    }
}
