/* SPDX-License-Identifier: MIT */
#include <base/sort.h>

#include <base/assert.h>
#include <base/string.h>

/* Heap sort: records[0..count) is a max-heap by `before`; the last record is moved to the end each time.
 * SO1  a record is not empty and fits into the room for the one that moves */

constexpr size_t RECORD_SIZE_MAX = 128;

struct sorting {
    unsigned char *records;
    size_t size;
    bool (*before)(const void *left, const void *right);
};

static void *record_at(const struct sorting *s, size_t index)
{
    return s->records + index * s->size;
}

/* Sink the record in `hole` until no child belongs after it. */
static void sift_down(const struct sorting *s, size_t hole, size_t count)
{
    unsigned char moving[RECORD_SIZE_MAX];
    memcpy(moving, record_at(s, hole), s->size);
    while (hole < count / 2) {
        size_t child = 2 * hole + 1;
        if (child + 1 < count && s->before(record_at(s, child), record_at(s, child + 1)))
            child++;
        if (!s->before(moving, record_at(s, child)))
            break;
        memcpy(record_at(s, hole), record_at(s, child), s->size);
        hole = child;
    }
    memcpy(record_at(s, hole), moving, s->size);
}

void sort_records(void *records, size_t count, size_t size,
                  bool (*before)(const void *left, const void *right))
{
    ASSERT(SO1, size > 0 && size <= RECORD_SIZE_MAX);
    const struct sorting s = {records, size, before};
    for (size_t i = count / 2; i > 0; i--)
        sift_down(&s, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        unsigned char largest[RECORD_SIZE_MAX];
        memcpy(largest, record_at(&s, 0), size);
        memcpy(record_at(&s, 0), record_at(&s, end - 1), size);
        memcpy(record_at(&s, end - 1), largest, size);
        sift_down(&s, 0, end - 1);
    }
}
