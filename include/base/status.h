/* SPDX-License-Identifier: MIT
 * Status: the result of everything that can fail. One list gives the enum and the texts, so that they
 * cannot drift. Must be used; outputs are the last parameters, are called `out`, and are written only
 * on success. After an error nothing has changed. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stddef.h>
#include <stdint.h>

#define STATUS_LIST(X)                                                                             \
    X(OK, "success")                                                                               \
    X(NO_MEMORY, "no free block is large enough")                                                  \
    X(OUT_OF_RANGE, "address is outside managed memory")                                           \
    X(MISALIGNED, "address or size is not aligned as it must be")                                  \
    X(NOT_ALLOCATED, "block is not allocated (double free?)")                                      \
    X(WRONG_ORDER, "block was allocated with a different order or length")                         \
    X(BAD_ORDER, "order or count is not one that can be served")                                   \
    X(INSIDE_BLOCK, "address is inside a block, not at its start")                                 \
    X(FOREIGN, "address was never handed out by this allocator")                                   \
    X(IN_USE, "memory is in use")                                                                  \
    X(OFFLINE, "memory was taken out of service")                                                  \
    X(OVERLAP, "range overlaps one that is already there")                                         \
    X(OVERFLOW, "sum or product of sizes does not fit")                                            \
    X(NOT_MAPPED, "address is not mapped")                                                         \
    X(ALREADY_MAPPED, "address is already mapped")                                                 \
    X(NOT_CANONICAL, "address is not canonical")                                                   \
    X(BAD_RIGHTS, "combination of access rights is not allowed")                                   \
    X(BAD_FORMAT, "data has the wrong format")                                                     \
    X(BAD_CHECKSUM, "checksum does not match")                                                     \
    X(TRUNCATED, "data ends too early")                                                            \
    X(NOT_FOUND, "not found")                                                                      \
    X(UNSUPPORTED, "not supported here")                                                           \
    X(NO_ORDER, "blocks must be given back in the reverse order of their allocation")              \
    X(FULL, "table is full")                                                                       \
    X(OVERRUN, "bytes behind the block were written")                                              \
    X(USE_AFTER_FREE, "a freed block was written")

typedef enum [[nodiscard]] status : uint32_t {
#define STATUS_ENUM(name, text) STATUS_##name,
    STATUS_LIST(STATUS_ENUM)
#undef STATUS_ENUM
        STATUS_COUNT
} status_t;

/* The sentence for a status; a fixed sentence for a number that is none. Never null. */
const char *status_text(status_t status);

#endif
