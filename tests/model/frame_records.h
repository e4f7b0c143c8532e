/* SPDX-License-Identifier: MIT
 * One record a frame, nothing clever: whose each frame is, and by these what the frame allocator must answer. */
#ifndef TESTS_FRAME_RECORDS_H
#define TESTS_FRAME_RECORDS_H

#include <mm/frames.h>

struct frame_record {
    enum frame_class class; /* UNMANAGED, FREE, ... */
    uint8_t order;
    bool is_run;
    uint8_t node;
    uint32_t first, count; /* of the allocation it belongs to */
    uint32_t value;
};
struct frame_records {
    struct frame_record *frames; /* written when a block first gets memory */
    uint64_t limit;
    uint16_t *managed; /* frames of each block: blocks without any are skipped */
    uint64_t by_class[FRAME_CLASS_COUNT];
};

/* Frames [0, limit), none of them managed. */
struct frame_records records_create(uint64_t limit);
void records_destroy(struct frame_records *r);
/* As if made anew, but cheap. */
void records_clear(struct frame_records *r);

void records_put(struct frame_records *r, struct frame_span span);
void records_set(struct frame_records *r, uint64_t first, uint64_t count,
                 struct frame_record state);

enum frame_class records_class(const struct frame_records *r, uint64_t frame);
/* `frame`, or the start of the next block that has managed frames; at least limit if there is none. */
uint64_t records_skip_unmanaged(const struct frame_records *r, uint64_t frame);
bool records_all(const struct frame_records *r, uint64_t first, uint64_t count,
                 enum frame_class class);
/* Longest stretch of free frames that stays in one section. */
uint64_t records_longest_free(const struct frame_records *r);
/* Is there a block with `count` free frames, all or not side by side? */
bool records_some_block_has_free(const struct frame_records *r, uint64_t count);

/* What a call must answer, if memory does not run short. */
status_t records_judge_put(const struct frame_records *r, struct frame_span span);
status_t records_judge_free(const struct frame_records *r, uint64_t first, unsigned order);
status_t records_judge_free_run(const struct frame_records *r, uint64_t first, uint64_t count);
status_t records_judge_resize(const struct frame_records *r, uint64_t first, uint64_t count,
                              uint64_t new_count);
status_t records_judge_reserve(const struct frame_records *r, uint64_t first, uint64_t count);

#endif
