/* SPDX-License-Identifier: MIT
 * A naive reference for the frame allocator: one record a frame, nothing clever. It cannot know which frame
 * the allocator picks, but it knows what every answer must satisfy: it performs an operation on both, and
 * says what is wrong. Metadata is learnt: a free frame may become metadata at any step, and nothing else. */
#ifndef TESTS_FRAME_MODEL_H
#define TESTS_FRAME_MODEL_H

#include <mm/frames.h>

enum frame_operation_kind : uint8_t {
    OPERATION_ALLOC_FRAME,
    OPERATION_ALLOC_BLOCK,
    OPERATION_ALLOC_SECTION,
    OPERATION_ALLOC_RUN,
    OPERATION_FREE,       /* one that is live */
    OPERATION_FREE_WRONG, /* from here to RESIZE_WRONG: any frame, with any order or count */
    OPERATION_FREE_RUN_WRONG,
    OPERATION_RESERVE,
    OPERATION_OFFLINE,
    OPERATION_PUT,
    OPERATION_RESIZE_WRONG, /* to `value` frames */
    OPERATION_RESIZE,       /* one that is live, to `count` frames */
    OPERATION_RESIZE_STEP,  /* one that is live, by up to 8 frames */
    OPERATION_KINDS
};
static inline bool operation_names_frame(enum frame_operation_kind kind)
{
    return kind >= OPERATION_FREE_WRONG && kind <= OPERATION_RESIZE_WRONG;
}
struct frame_operation {
    enum frame_operation_kind kind;
    enum frame_class class;
    uint64_t where; /* chooses a live allocation or a frame */
    uint64_t count;
    uint64_t alignment;
    uint32_t value;
};

struct frame_model;
/* The allocator is empty and stays the caller's; frames [0, limit) can be used. */
struct frame_model *frame_model_create(struct frame_allocator *fa, uint64_t limit);
void frame_model_destroy(struct frame_model *m);
/* As if made anew for another empty allocator, but cheap. */
void frame_model_reset(struct frame_model *m, struct frame_allocator *fa);
/* From now on any allocation may fail, because a hook makes it. */
void frame_model_allow_failures(struct frame_model *m);
/* Null if all is as it must be. */
const char *frame_model_put(struct frame_model *m, struct frame_span span);
const char *frame_model_do(struct frame_model *m, struct frame_operation operation);
/* Compare every frame, and check the allocator. */
const char *frame_model_compare(struct frame_model *m);
const char *frame_model_free_all(struct frame_model *m);

#endif
