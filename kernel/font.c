/* SPDX-License-Identifier: MIT
 * Formats: https://www.win.tue.nl/~aeb/linux/kbd/font-formats-1.html */
#include "font.h"

#include <stdckdint.h>

constexpr char FIRST_PRINTABLE = ' ';
constexpr char LAST_PRINTABLE = '~';
constexpr unsigned PIXELS_MAX = 64; /* a screen that needs more is not a screen */

/* What both headers come to. */
struct psf {
    const unsigned char *glyphs, *table, *end;
    unsigned width, height, row_bytes;
    size_t glyph_count, glyph_size;
    bool has_table;
};

static uint32_t read_u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* PSF1: 36 04 mode height; 8 pixels wide; mode bit 0: 512 glyphs, bits 1 and 2: a table follows. */
static status_t read_psf1(const unsigned char *bytes, size_t size, struct psf *out)
{
    constexpr size_t header_size = 4;
    if (size < header_size)
        return STATUS_TRUNCATED;
    out->glyph_count = (bytes[2] & 1) != 0 ? 512 : 256;
    out->has_table = (bytes[2] & 6) != 0;
    out->width = 8;
    out->height = bytes[3];
    out->glyph_size = bytes[3];
    out->glyphs = bytes + header_size;
    return STATUS_OK;
}

/* PSF2: 72 b5 4a 86, then eight words: version, header size, flags (bit 0: a table follows), glyphs,
 * bytes a glyph, height, width. */
static status_t read_psf2(const unsigned char *bytes, size_t size, struct psf *out)
{
    constexpr size_t header_size = 32;
    if (size < header_size)
        return STATUS_TRUNCATED;
    size_t skip = read_u32(bytes + 8);
    if (skip < header_size || skip > size)
        return STATUS_BAD_FORMAT;
    out->has_table = (read_u32(bytes + 12) & 1) != 0;
    out->glyph_count = read_u32(bytes + 16);
    out->glyph_size = read_u32(bytes + 20);
    out->height = read_u32(bytes + 24);
    out->width = read_u32(bytes + 28);
    out->glyphs = bytes + skip;
    return STATUS_OK;
}

static status_t read_header(const unsigned char *bytes, size_t size, struct psf *out)
{
    status_t status = STATUS_BAD_FORMAT;
    if (size >= 2 && bytes[0] == 0x36 && bytes[1] == 0x04)
        status = read_psf1(bytes, size, out);
    else if (size >= 4 && read_u32(bytes) == 0x864ab572)
        status = read_psf2(bytes, size, out);
    if (status != STATUS_OK)
        return status;

    out->end = bytes + size;
    if (out->width == 0 || out->width > PIXELS_MAX || out->height == 0 || out->height > PIXELS_MAX)
        return STATUS_BAD_FORMAT;
    out->row_bytes = (out->width + 7) / 8;
    if (out->glyph_size != (size_t)out->row_bytes * out->height || out->glyph_count == 0)
        return STATUS_BAD_FORMAT;
    size_t total;
    if (ckd_mul(&total, out->glyph_count, out->glyph_size) ||
        total > (size_t)(out->end - out->glyphs))
        return STATUS_TRUNCATED;
    out->table = out->glyphs + total;
    return STATUS_OK;
}

static void set_glyph(struct font *font, unsigned character, const unsigned char *glyph)
{
    if (character >= FIRST_PRINTABLE && character <= LAST_PRINTABLE)
        font->glyphs[character] = glyph;
}

/* For each glyph 16-bit characters, then perhaps FFFE and sequences, then FFFF. */
static void read_table1(const struct psf *psf, struct font *font)
{
    const unsigned char *at = psf->table;
    for (size_t i = 0; i < psf->glyph_count; i++) {
        bool in_sequence = false;
        for (;;) {
            if (psf->end - at < 2)
                return;
            unsigned character = at[0] | (unsigned)at[1] << 8;
            at += 2;
            if (character == 0xffff)
                break;
            if (character == 0xfffe)
                in_sequence = true;
            if (!in_sequence)
                set_glyph(font, character, psf->glyphs + i * psf->glyph_size);
        }
    }
}

/* The same in UTF-8 with FE and FF. ASCII bytes are never part of a longer character. */
static void read_table2(const struct psf *psf, struct font *font)
{
    const unsigned char *at = psf->table;
    for (size_t i = 0; i < psf->glyph_count; i++) {
        bool in_sequence = false;
        for (;;) {
            if (at == psf->end)
                return;
            unsigned character = *at++;
            if (character == 0xff)
                break;
            if (character == 0xfe)
                in_sequence = true;
            if (!in_sequence)
                set_glyph(font, character, psf->glyphs + i * psf->glyph_size);
        }
    }
}

status_t font_open(const unsigned char *bytes, size_t size, struct font *out)
{
    struct psf psf = {};
    status_t status = read_header(bytes, size, &psf);
    if (status != STATUS_OK)
        return status;

    struct font font = {.width = psf.width, .height = psf.height, .row_bytes = psf.row_bytes};
    if (!psf.has_table) {
        for (unsigned i = 0; i < psf.glyph_count && i < 128; i++)
            set_glyph(&font, i, psf.glyphs + i * psf.glyph_size);
    } else if (bytes[0] == 0x36) {
        read_table1(&psf, &font);
    } else {
        read_table2(&psf, &font);
    }

    const unsigned char *missing = font.glyphs['?'] != nullptr ? font.glyphs['?'] : psf.glyphs;
    for (unsigned i = 0; i < 128; i++) {
        if (font.glyphs[i] == nullptr)
            font.glyphs[i] = missing;
    }
    *out = font;
    return STATUS_OK;
}
