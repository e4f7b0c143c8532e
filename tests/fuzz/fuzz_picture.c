/* SPDX-License-Identifier: MIT
 * The picture of spans that a stranger made, on a screen of a stranger's size. Each byte of a row belongs to somebody, once;
 * drawing again what has not changed draws no cell. The sanitizers watch the canvas. */
#include <base/address.h>
#include <inspect/picture.h>

#include "inspect/render/picture_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Spans as they come: three numbers a span, byte by byte made large. */
struct stream {
    const uint8_t *data;
    size_t size;
};

static uint64_t number_at(const struct stream *stream, size_t at)
{
    const uint8_t *bytes = stream->data + at;
    return (uint64_t)(bytes[0] | bytes[1] << 8) << (bytes[2] % 52);
}

static bool next_of_stream(void *owner, uint64_t from, struct picture_span *out)
{
    constexpr size_t SPAN_BYTES = 7;
    const struct stream *stream = owner;
    for (size_t at = 0; at + SPAN_BYTES <= stream->size; at += SPAN_BYTES) {
        const uint64_t start = number_at(stream, at), end = start + number_at(stream, at + 3);
        if (end <= from)
            continue;
        *out = (struct picture_span){start, end, (enum picture_owner)(stream->data[at + 6])};
        return true;
    }
    return false;
}

static void drop(void *, const char *, size_t)
{
}

static void require(bool truth)
{
    if (!truth)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char glyphs[(FONT_LAST - FONT_FIRST + 1) * 16] = {1};
    constexpr size_t HEAD = 4;
    if (size < HEAD)
        return 0;
    const uint32_t width = 600u + data[0] * 2u, height = 100u + data[1] * 2u;
    struct stream stream = {data + HEAD, size - HEAD};
    const struct picture_source source = {next_of_stream, &stream};
    const struct picture_setup setup = {
        width, height, {8, 16, 1 + data[2] % 2u, glyphs}, (uint64_t)data[3] << PICTURE_FREE};
    const size_t need = picture_memory_size(&setup);
    picture_text(&source, &(struct text_sink){drop, nullptr});
    if (need == 0)
        return 0;
    const struct canvas canvas = {.pixels = malloc((size_t)width * height * BYTES_PER_PIXEL),
                                  .width = width,
                                  .height = height,
                                  .line_bytes = (size_t)width * BYTES_PER_PIXEL,
                                  .red_mask = 0xff0000,
                                  .green_mask = 0xff00,
                                  .blue_mask = 0xff};
    void *memory = malloc(need);
    struct picture *picture = nullptr;
    require(picture_init(&setup, &source, memory, need, &picture) == STATUS_OK);
    require(picture_height(picture) <= height);
    picture_draw(picture, &canvas, &source, "title", "note");
    uint64_t sum = 0;
    for (unsigned owner = 0; owner < PICTURE_OWNER_COUNT; owner++)
        sum += picture_bytes(picture, (enum picture_owner)owner);
    require(sum == picture->rows * picture_row_bytes(picture->scale));
    unsigned char *cells = canvas_pixel(&canvas, 0, picture->row_top);
    const size_t cells_size = (size_t)picture->rows * picture->row_pitch * canvas.line_bytes;
    memset(cells, 0x77, cells_size);
    picture_draw(picture, &canvas, &source, "title", "note");
    for (size_t i = 0; i < cells_size; i++)
        require(cells[i] == 0x77);
    free(memory);
    free(canvas.pixels);
    return 0;
}
