/* SPDX-License-Identifier: MIT */
#include "model/frame_records.h"

#include <stdlib.h>
#include <string.h>

constexpr uint64_t SECTION = UINT64_C(1) << ORDER_SECTION;
constexpr uint64_t BLOCK = UINT64_C(1) << ORDER_BLOCK;

static size_t managed_size(uint64_t limit)
{
    return (limit / BLOCK + 1) * sizeof(uint16_t);
}

struct frame_records records_create(uint64_t limit)
{
    struct frame_records r = {.limit = limit};
    r.frames = calloc(limit, sizeof *r.frames);
    r.managed = calloc(1, managed_size(limit));
    if (r.frames == nullptr || r.managed == nullptr)
        abort();
    return r;
}

void records_destroy(struct frame_records *r)
{
    free(r->frames);
    free(r->managed);
}

void records_clear(struct frame_records *r)
{
    memset(r->managed, 0, managed_size(r->limit));
    memset(r->by_class, 0, sizeof r->by_class);
}

enum frame_class records_class(const struct frame_records *r, uint64_t frame)
{
    if (frame >= r->limit || r->managed[frame / BLOCK] == 0)
        return FRAME_UNMANAGED;
    return r->frames[frame].class;
}

uint64_t records_skip_unmanaged(const struct frame_records *r, uint64_t frame)
{
    while (frame < r->limit && r->managed[frame / BLOCK] == 0)
        frame = (frame / BLOCK + 1) * BLOCK;
    return frame;
}

void records_set(struct frame_records *r, uint64_t first, uint64_t count, struct frame_record state)
{
    for (uint64_t i = first; i < first + count; i++) {
        state.node = r->frames[i].node;
        if (r->frames[i].class != FRAME_UNMANAGED)
            r->by_class[r->frames[i].class]--;
        r->frames[i] = state;
        r->by_class[state.class]++;
    }
}

void records_put(struct frame_records *r, struct frame_span span)
{
    for (uint64_t i = span.first.value; i < span.first.value + span.count; i++) {
        if (r->managed[i / BLOCK] == 0)
            for (uint64_t j = i - i % BLOCK; j < (i / BLOCK + 1) * BLOCK && j < r->limit; j++)
                r->frames[j] = (struct frame_record){.class = FRAME_UNMANAGED};
        r->frames[i].node = (uint8_t)span.node;
        r->managed[i / BLOCK]++;
    }
    records_set(r, span.first.value, span.count, (struct frame_record){.class = FRAME_FREE});
}

bool records_all(const struct frame_records *r, uint64_t first, uint64_t count,
                 enum frame_class class)
{
    if (first > r->limit || count > r->limit - first)
        return class == FRAME_UNMANAGED;
    for (uint64_t i = first; i < first + count; i++)
        if (records_class(r, i) != class)
            return false;
    return true;
}

static bool any_of(const struct frame_records *r, uint64_t first, uint64_t count,
                   enum frame_class class)
{
    for (uint64_t i = first; i < first + count; i++)
        if (records_class(r, i) == class)
            return true;
    return false;
}

uint64_t records_longest_free(const struct frame_records *r)
{
    uint64_t best = 0, length = 0, last = 0;
    for (uint64_t i = records_skip_unmanaged(r, 0); i < r->limit;
         i = records_skip_unmanaged(r, i + 1)) {
        if (i != last + 1 || i % SECTION == 0)
            length = 0;
        length = r->frames[i].class == FRAME_FREE ? length + 1 : 0;
        best = length > best ? length : best;
        last = i;
    }
    return best;
}

bool records_some_block_has_free(const struct frame_records *r, uint64_t count)
{
    for (uint64_t block = 0; block < r->limit; block += BLOCK) {
        uint64_t free = 0;
        if (r->managed[block / BLOCK] < count)
            continue;
        for (uint64_t i = block; i < block + BLOCK && i < r->limit; i++)
            free += r->frames[i].class == FRAME_FREE;
        if (free >= count)
            return true;
    }
    return false;
}

/* ---- what must be answered ---- */

status_t records_judge_put(const struct frame_records *r, struct frame_span span)
{
    const uint64_t first = span.first.value;
    if (span.count == 0)
        return STATUS_BAD_ORDER;
    if (first > r->limit || span.count > r->limit - first)
        return STATUS_OUT_OF_RANGE;
    return records_all(r, first, span.count, FRAME_UNMANAGED) ? STATUS_OK : STATUS_OVERLAP;
}

static status_t refusal(const struct frame_records *r, uint64_t first)
{
    enum frame_class class = records_class(r, first);
    return class == FRAME_UNMANAGED  ? STATUS_OUT_OF_RANGE
           : class == FRAME_FREE     ? STATUS_NOT_ALLOCATED
           : class == FRAME_OFFLINE  ? STATUS_OFFLINE
           : class == FRAME_METADATA ? STATUS_FOREIGN
                                     : STATUS_OK;
}

status_t records_judge_free(const struct frame_records *r, uint64_t first, unsigned order)
{
    if (order != ORDER_FRAME && order != ORDER_BLOCK && order != ORDER_SECTION)
        return STATUS_BAD_ORDER;
    if (first % (UINT64_C(1) << order) != 0)
        return STATUS_MISALIGNED;
    status_t status = refusal(r, first);
    if (status != STATUS_OK)
        return status;
    const struct frame_record *frame = &r->frames[first];
    return frame->is_run || frame->order != order ? STATUS_WRONG_ORDER : STATUS_OK;
}

status_t records_judge_free_run(const struct frame_records *r, uint64_t first, uint64_t count)
{
    if (count == 0 || count > SECTION)
        return STATUS_BAD_ORDER;
    status_t status = refusal(r, first);
    if (status != STATUS_OK)
        return status;
    const struct frame_record *frame = &r->frames[first];
    if (!frame->is_run)
        return STATUS_WRONG_ORDER;
    if (frame->first != first)
        return STATUS_INSIDE_BLOCK;
    return frame->count != count ? STATUS_WRONG_ORDER : STATUS_OK;
}

status_t records_judge_resize(const struct frame_records *r, uint64_t first, uint64_t count,
                              uint64_t new_count)
{
    status_t status = records_judge_free_run(r, first, count);
    if (status != STATUS_OK)
        return status;
    if (new_count == 0 || new_count > SECTION)
        return STATUS_BAD_ORDER;
    if (new_count <= count)
        return STATUS_OK;
    return first / SECTION == (first + new_count - 1) / SECTION &&
                   records_all(r, first + count, new_count - count, FRAME_FREE)
               ? STATUS_OK
               : STATUS_IN_USE;
}

status_t records_judge_reserve(const struct frame_records *r, uint64_t first, uint64_t count)
{
    if (count == 0)
        return STATUS_BAD_ORDER;
    if (any_of(r, first, count, FRAME_UNMANAGED))
        return STATUS_OUT_OF_RANGE;
    return records_all(r, first, count, FRAME_FREE) ? STATUS_OK : STATUS_IN_USE;
}
