/* SPDX-License-Identifier: MIT
 * Text into cells. */
#include "private.h"

#include <base/string.h>

uint32_t inspector_put(const struct inspector_canvas *canvas, uint32_t row, uint32_t column,
                       uint32_t limit, enum inspector_style style, const char *text)
{
    struct inspector_cell *cells = &canvas->cells[(size_t)row * canvas->columns];
    const uint32_t end = limit < canvas->columns - column ? column + limit : canvas->columns;
    for (; *text != '\0' && column < end; text++) {
        const unsigned char character = (unsigned char)*text;
        if ((character & 0xC0) == 0x80) /* of a UTF-8 character only the first byte shows */
            continue;
        cells[column++] = (struct inspector_cell){
            character >= ' ' && character < 0x7F ? (char)character : '?', style};
    }
    return column;
}

void inspector_fill(const struct inspector_canvas *canvas, uint32_t row, enum inspector_style style)
{
    for (uint32_t column = 0; column < canvas->columns; column++)
        canvas->cells[(size_t)row * canvas->columns + column] = (struct inspector_cell){' ', style};
}

void inspector_shorten(char *text, size_t room)
{
    constexpr size_t dots = 3;
    if (strlen(text) <= room)
        return;
    size_t length = room > dots ? room - dots : 0;
    while (length > room / 2 && text[length] != ' ')
        length--;
    memcpy(text + length, &"..."[room < dots ? dots - room : 0], (room < dots ? room : dots) + 1);
}
