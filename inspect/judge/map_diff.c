/* SPDX-License-Identifier: MIT
 * The difference of two maps.
 *
 * Problem: two lists of ranges that are cut at different places: which addresses changed, and from what to what?
 * Shape:   one line moves over both. Between two neighbouring borders of either map (a segment) nothing changes
 *          in either; a segment in which the maps differ is a difference, joined with what follows and is alike.
 *
 *            before    |== usable ==|      |== usable ==|
 *            after     |== usable ==|== reserved ==|
 *            segments  |     a      |  b   |   c   | d  |
 *            found                   added  became  gone
 * MD1  differences are in order of address, disjoint, not empty; two that touch are not alike
 * MD2  an address lies in a difference exactly if the maps differ there
 * Cost:    O(n + m) for the whole walk: each call goes on where the last one ended. No memory.
 * Not here: moved ranges (an address is the only name a range has), words. */
#include <inspect/map_diff.h>

#include <base/string.h>

/* What one map says from `at` on, and the address up to which it says so. */
struct side {
    const struct memory_range *range; /* null: not described */
    uint64_t until;                   /* UINT64_MAX: nothing comes any more */
};

static struct side side_at(const struct memory_map *map, size_t *next, uint64_t at)
{
    while (*next < map->range_count && map->ranges[*next].end.value <= at)
        (*next)++;
    if (*next == map->range_count)
        return (struct side){nullptr, UINT64_MAX};
    const struct memory_range *range = &map->ranges[*next];
    if (range->start.value > at)
        return (struct side){nullptr, range->start.value};
    return (struct side){range, range->end.value};
}

/* The segment at cursor->at, which is then behind it. False if both maps have ended. */
static bool next_segment(const struct memory_map *before, const struct memory_map *after,
                         struct map_diff_cursor *cursor, struct map_difference *out)
{
    const struct side old = side_at(before, &cursor->before, cursor->at);
    const struct side new = side_at(after, &cursor->after, cursor->at);
    const uint64_t until = old.until < new.until ? old.until : new.until;
    if (until == UINT64_MAX)
        return false;
    *out = (struct map_difference){
        .start = phys_addr(cursor->at),
        .end = phys_addr(until),
        .in_before = old.range != nullptr,
        .in_after = new.range != nullptr,
        .class_before = old.range != nullptr ? old.range->class : MEMORY_CLASS_COUNT,
        .class_after = new.range != nullptr ? new.range->class : MEMORY_CLASS_COUNT,
        .attributes_before = old.range != nullptr ? old.range->attributes : 0,
        .attributes_after = new.range != nullptr ? new.range->attributes : 0};
    cursor->at = until;
    return true;
}

static bool differs(const struct map_difference *segment)
{
    return segment->class_before != segment->class_after ||
           segment->attributes_before != segment->attributes_after;
}

static bool goes_on(const struct map_difference *a, const struct map_difference *b)
{
    return a->end.value == b->start.value && a->class_before == b->class_before &&
           a->class_after == b->class_after && a->attributes_before == b->attributes_before &&
           a->attributes_after == b->attributes_after;
}

bool map_diff_next(const struct memory_map *before, const struct memory_map *after,
                   struct map_diff_cursor *cursor, struct map_difference *out)
{
    struct map_difference found, more;
    do {
        if (!next_segment(before, after, cursor, &found))
            return false;
    } while (!differs(&found));
    for (struct map_diff_cursor ahead = *cursor;
         next_segment(before, after, &ahead, &more) && goes_on(&found, &more); *cursor = ahead)
        found.end = more.end;
    *out = found;
    return true;
}

void map_diff_sum(const struct memory_map *before, const struct memory_map *after,
                  struct map_diff_totals *out)
{
    struct map_diff_cursor cursor = {0};
    struct map_difference found;
    memset(out, 0, sizeof *out);
    while (map_diff_next(before, after, &cursor, &found)) {
        const uint64_t size = found.end.value - found.start.value;
        if (found.class_before == found.class_after)
            out->attributes_only += size;
        else
            out->bytes[found.class_before][found.class_after] += size;
        out->differences++;
    }
}
