/* SPDX-License-Identifier: MIT
 * The picture of memory: owners, the scale, and how many bytes of each owner a cell has.
 *
 * Problem: show all RAM of any machine, 64 MiB or 64 TiB, on any screen, so that areas are to scale, the whole fits,
 *   addresses can be read off, and drawing again what has changed is cheap.
 * Shape: the address space is cut into rows of 2^n cells of 2^k bytes, aligned to their size; rows that hold RAM are
 *   shown. n comes from the width of the screen, k is the smallest with which the rows fit: at the largest k everything
 *   is one row, so there always is one.
 * Trust: spans are a stranger's. A walk never goes back: what starts before the place that is reached is cut, what ends
 *   before it ends the walk, an owner that is none is unknown. So each byte is counted once, and the shares of a cell
 *   add up to its size whatever the source says.
 * Cost: a step a span that is met, and one a cell; the scale one a row that may be shown, for each k tried. */
#include "picture_private.h"

#include <base/address.h>

static const struct {
    const char *word;
    uint32_t colour;
    char character;
    bool is_ram;
} owners[] = {
#define PICTURE_OWNER_ENTRY(name, word, colour, character, is_ram)                                 \
    {word, colour, character, is_ram},
    PICTURE_OWNER_LIST(PICTURE_OWNER_ENTRY)
#undef PICTURE_OWNER_ENTRY
};
#define SAME_ORDER(name, word, is_ram)                                                             \
    static_assert((uint32_t)PICTURE_##name == (uint32_t)MEMORY_##name + PICTURE_USABLE);
MEMORY_CLASS_LIST(SAME_ORDER)
#undef SAME_ORDER

const char *picture_owner_word(enum picture_owner owner)
{
    return owners[owner < PICTURE_OWNER_COUNT ? owner : PICTURE_UNKNOWN].word;
}

uint32_t picture_owner_colour(enum picture_owner owner)
{
    return owners[owner < PICTURE_OWNER_COUNT ? owner : PICTURE_UNKNOWN].colour;
}

char picture_owner_character(enum picture_owner owner)
{
    return owners[owner].character;
}

bool picture_owner_is_ram(enum picture_owner owner)
{
    return owner < PICTURE_OWNER_COUNT && owners[owner].is_ram;
}

/* ---- a map as source ---- */

static bool next_of_map(void *owner, uint64_t from, struct picture_span *out)
{
    const struct memory_map *map = owner;
    size_t low = 0, high = map->range_count;
    while (low < high) { /* below `low` all end at or before `from` */
        const size_t middle = low + (high - low) / 2;
        if (map->ranges[middle].end.value <= from)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == map->range_count)
        return false;
    const struct memory_range *range = &map->ranges[low];
    *out = (struct picture_span){range->start.value, range->end.value,
                                 picture_owner_of_class(range->class)};
    return true;
}

struct picture_source picture_source_of_map(const struct memory_map *map)
{
    return (struct picture_source){next_of_map, (void *)(uintptr_t)map};
}

/* ---- the walk ---- */

bool picture_next_span(const struct picture_source *source, uint64_t from, struct picture_span *out)
{
    struct picture_span span = {};
    if (from >= PHYS_LIMIT || !source->next(source->owner, from, &span))
        return false;
    if (span.start < from)
        span.start = from;
    if (span.end > PHYS_LIMIT)
        span.end = PHYS_LIMIT;
    if (span.start >= span.end)
        return false;
    if (span.owner >= PICTURE_OWNER_COUNT)
        span.owner = PICTURE_UNKNOWN;
    *out = span;
    return true;
}

bool picture_next_row(const struct picture_source *source, struct picture_scale scale,
                      uint64_t from, uint64_t *out)
{
    struct picture_span span;
    for (; picture_next_span(source, from, &span); from = span.end) {
        if (!owners[span.owner].is_ram)
            continue;
        *out = align_down(span.start, picture_row_bytes(scale));
        return true;
    }
    return false;
}

struct picture_scale picture_choose_scale(const struct picture_source *source, unsigned cells_shift,
                                          uint32_t rows_max, uint32_t *rows)
{
    struct picture_scale scale = {PAGE_SHIFT, cells_shift};
    for (;; scale.cell_shift++) {
        uint64_t from = 0, row;
        uint32_t count = 0;
        for (; count <= rows_max && picture_next_row(source, scale, from, &row); count++)
            from = row + picture_row_bytes(scale);
        if (count <= rows_max || picture_row_bytes(scale) >= PHYS_LIMIT) {
            *rows = count;
            return scale;
        }
    }
}

struct picture_walk picture_walk_start(const struct picture_source *source, uint64_t at)
{
    return (struct picture_walk){.source = source, .at = at};
}

static void add(struct picture_shares *shares, enum picture_owner owner, uint64_t bytes)
{
    if (bytes != 0 && shares->bytes[owner] == 0)
        shares->order[shares->count++] = owner;
    shares->bytes[owner] += bytes;
}

void picture_walk_cell(struct picture_walk *walk, uint64_t end, struct picture_shares *out)
{
    *out = (struct picture_shares){};
    while (walk->at < end) {
        if (walk->span.end <= walk->at && !picture_next_span(walk->source, walk->at, &walk->span))
            walk->span = (struct picture_span){UINT64_MAX, UINT64_MAX, PICTURE_NOTHING};
        const uint64_t start = walk->span.start > walk->at ? walk->span.start : walk->at;
        if (start >= end) {
            add(out, PICTURE_NOTHING, end - walk->at);
            walk->at = end;
            return;
        }
        const uint64_t stop = walk->span.end < end ? walk->span.end : end;
        add(out, PICTURE_NOTHING, start - walk->at);
        add(out, walk->span.owner, stop - start);
        walk->at = stop;
    }
}

/* ---- shares ---- */

void picture_add_shares(struct picture_shares *total, const struct picture_shares *cell)
{
    for (unsigned i = 0; i < cell->count; i++)
        add(total, (enum picture_owner)cell->order[i], cell->bytes[cell->order[i]]);
}

uint64_t picture_described(const struct picture_shares *shares)
{
    uint64_t bytes = 0;
    for (unsigned owner = PICTURE_NOTHING + 1; owner < PICTURE_OWNER_COUNT; owner++)
        bytes += shares->bytes[owner];
    return bytes;
}

unsigned picture_permille(uint64_t bytes, uint64_t described)
{
    static_assert(PHYS_BITS_MAX + 10 < 64);
    return described == 0 ? 0 : (unsigned)((bytes * 1000 + described / 2) / described);
}
