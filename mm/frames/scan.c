/* SPDX-License-Identifier: MIT
 * The lowest run of set bits, in one chunk of 512 or in a section's free frames. See mm/frames/search.c.
 *
 * Problem: whether a section has room for a run must be told in about 60 000 instructions, 14 for each of
 *   its 4 096 rows of 64 bits, however its frames lie.
 *
 * Short runs, below 64: all rows of a chunk are folded onto themselves, shifted, with the bits of the row
 *   before coming in from below. Each fold doubles the length that a set bit stands for, and the last one
 *   makes it exact.
 *
 *     row              ..1111.111.1    a bit: this frame is free
 *     folded by 1      ..111..11...    and the one before it
 *     folded by 2      ..1.........    and the two before these: four side by side end here
 *
 * Long runs, from 64 on: what matters of a row is where its first run ends and its last one starts.
 *
 * Cost: (instructions a section) a fold takes 2 a row, and all else 5: 30 000 to 50 000 for up to 8, as much
 *   for more if the blocks have no run of 8, for then three folds are enough; at the worst 82 000, for 33 to
 *   63 where every block has one and none as many as are wanted. 28 000 to 55 000 from 64 on. */
#include "private.h"

static_assert(SECTION_BLOCKS / ROW_FRAMES == BLOCK_ROWS, "a set of blocks is a chunk too");

constexpr unsigned FOLDS_MAX = 6;  /* 2^6 = 64 */
constexpr unsigned FOLDS_SURE = 3; /* then it is worth asking whether anything is left */

struct scan {
    const uint32_t *words; /* of blocks: what is not split has no rows */
    const uint64_t (*rows)[BLOCK_ROWS];
    unsigned chunks;
    uint64_t count, alignment;
};

static const uint64_t *chunk_at(const struct scan *scan, unsigned index)
{
    static const uint64_t none[BLOCK_ROWS];
    static const uint64_t all[BLOCK_ROWS] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                             UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    const enum block_state state = word_state(scan->words[index]);
    if (state == BLOCK_SPLIT)
        return scan->rows[index];
    return state == BLOCK_FREE ? all : none;
}

/* ---- short ---- */

/* Where a run may end in a row, so that it starts at a multiple of its alignment; of more than 64 only those
 * of the row are told. */
static uint64_t ends_allowed(const struct scan *scan)
{
    uint64_t starts = 1;
    if (scan->alignment < ROW_FRAMES)
        starts = UINT64_MAX / ((UINT64_C(1) << scan->alignment) - 1); /* every so many bits */
    unsigned by = (unsigned)(scan->count - 1);
    return starts << by | starts >> (ROW_FRAMES - by) % ROW_FRAMES;
}

/* A row, and the one below it in front, `shift` bits on: one instruction. */
static inline uint64_t shifted(uint64_t row, uint64_t below, unsigned shift)
{
    const unsigned __int128 both = (unsigned __int128)row << ROW_FRAMES | below;
    return (uint64_t)(both >> (ROW_FRAMES - shift) % ROW_FRAMES);
}

/* A bit stays if the one `shift` before it is set too; `before` is the row before the first. All that stays, of
 * all rows in one, is returned. */
[[gnu::always_inline]] static inline uint64_t fold(uint64_t rows[BLOCK_ROWS], uint64_t *before,
                                                   unsigned shift)
{
    uint64_t below = *before, left = 0;
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < BLOCK_ROWS; i++) {
        const uint64_t row = rows[i];
        rows[i] = row & shifted(row, below, shift);
        left |= rows[i];
        below = row;
    }
    *before = below;
    return left;
}

/* The lowest end, if the run that ends there starts where it may. */
[[gnu::noinline]] static bool pick(const struct scan *scan, const uint64_t ends[BLOCK_ROWS],
                                   unsigned chunk, uint64_t *out)
{
    for (unsigned row = 0; row < BLOCK_ROWS; row++) {
        if (ends[row] == 0)
            continue;
        uint64_t end = ((uint64_t)chunk * BLOCK_ROWS + row) * ROW_FRAMES + lowest_bit(ends[row]);
        DEBUG_ASSERT(F4, end + 1 >= scan->count);
        *out = end + 1 - scan->count;
        if (is_aligned(*out, scan->alignment))
            return true;
    }
    return false;
}

/* `folds` is a constant wherever this is called: all loops but that over the chunks become straight code. */
[[gnu::always_inline]] static inline bool find_short(const struct scan *scan, unsigned folds,
                                                     uint64_t *out)
{
    const uint64_t allowed = ends_allowed(scan);
    const unsigned last_shift = (unsigned)scan->count - (1U << folds) / 2;
    const unsigned chunks = scan->chunks;
    uint64_t before[FOLDS_MAX] = {0};
    for (unsigned chunk = 0; chunk < chunks; chunk++) {
        uint64_t rows[BLOCK_ROWS], left = 0;
        const uint64_t *from = chunk_at(scan, chunk);
#pragma clang loop unroll(full)
        for (unsigned i = 0; i < BLOCK_ROWS; i++)
            left |= rows[i] = from[i];
#pragma clang loop unroll(full)
        for (unsigned i = 0; i < folds && i < FOLDS_SURE; i++)
            left = fold(rows, &before[i], i + 1 < folds ? 1U << i : last_shift);
        if (folds > FOLDS_SURE && left == 0) {
            for (unsigned i = FOLDS_SURE; i < folds; i++)
                before[i] = 0;
            continue;
        }
#pragma clang loop unroll(full)
        for (unsigned i = FOLDS_SURE; i < folds; i++)
            left = fold(rows, &before[i], i + 1 < folds ? 1U << i : last_shift);
        if ((left & allowed) == 0)
            continue;
        uint64_t ends[BLOCK_ROWS]; /* a copy, so that `rows` may stay in registers */
        for (unsigned i = 0; i < BLOCK_ROWS; i++)
            ends[i] = rows[i] & allowed;
        if (pick(scan, ends, chunk, out))
            return true;
    }
    return false;
}

/* ---- long ---- */

/* All of [from, end) is set. */
static bool has_room(const struct scan *scan, uint64_t from, uint64_t end, uint64_t *out)
{
    *out = align_up(from, scan->alignment);
    return *out + scan->count <= end;
}

static bool find_long(const struct scan *scan, uint64_t *out)
{
    const uint64_t count = scan->count;
    uint64_t length = 0, at = 0; /* all of [at - length, at) is set */
    for (unsigned chunk = 0; chunk < scan->chunks; chunk++) {
        const uint64_t *rows = chunk_at(scan, chunk);
#pragma clang loop unroll(full)
        for (unsigned row = 0; row < BLOCK_ROWS; row++) {
            const uint64_t clear = ~rows[row], here = at + (uint64_t)row * ROW_FRAMES;
            if (__builtin_expect(clear == 0, false)) { /* the other way is the straight one */
                length += ROW_FRAMES;
                continue;
            }
            const unsigned more = lowest_bit(clear);
            if (length + more >= count && has_room(scan, here - length, here + more, out))
                return true;
            length = ROW_FRAMES - 1 - highest_bit(clear);
        }
        at += BLOCK_FRAMES;
        if (length >= count && has_room(scan, at - length, at, out))
            return true;
    }
    return false;
}

static bool find(const struct scan *scan, uint64_t *out)
{
    DEBUG_ASSERT(F15, scan->count != 0 && is_power_of_two(scan->alignment));
    if (scan->count >= ROW_FRAMES)
        return find_long(scan, out);
    switch (scan->count == 1 ? 0 : highest_bit(scan->count - 1) + 1) {
    case 0:
        return find_short(scan, 0, out);
    case 1:
        return find_short(scan, 1, out);
    case 2:
        return find_short(scan, 2, out);
    case 3:
        return find_short(scan, 3, out);
    case 4:
        return find_short(scan, 4, out);
    case 5:
        return find_short(scan, 5, out);
    default:
        return find_short(scan, FOLDS_MAX, out);
    }
}

bool scan_chunk(const uint64_t chunk[BLOCK_ROWS], uint64_t count, uint64_t alignment, unsigned *out)
{
    static const uint32_t has_rows = BLOCK_SPLIT;
    const struct scan scan = {&has_rows, (const uint64_t(*)[BLOCK_ROWS])chunk, 1, count, alignment};
    uint64_t first;
    if (!find(&scan, &first))
        return false;
    *out = (unsigned)first;
    return true;
}

bool scan_section(const struct section *s, uint64_t count, uint64_t alignment, uint64_t *out)
{
    const struct section_metadata *m = s->metadata;
    const struct scan scan = {m->words, m->rows, SECTION_BLOCKS, count, alignment};
    uint64_t first;
    if (!find(&scan, &first))
        return false;
    *out = s->number * SECTION_FRAMES + first;
    return true;
}
