/* SPDX-License-Identifier: MIT */
#include "model/frame_model.h"

#include "model/frame_records.h"

#include <base/status.h>

#include <stdio.h>
#include <stdlib.h>

constexpr size_t LIVE_MAX = 16384;
constexpr uint64_t SECTION = UINT64_C(1) << ORDER_SECTION;
constexpr uint64_t BLOCK = UINT64_C(1) << ORDER_BLOCK;
/* Frames that bookkeeping may cost one request: two owner tables, and a section's metadata and leaf. */
constexpr uint64_t SLACK = 2 + 10;

struct live {
    uint64_t first, count;
};

struct frame_model {
    struct frame_allocator *fa;
    struct frame_records records;
    struct live live[LIVE_MAX];
    size_t live_count;
    bool failures_allowed;
    char message[200];
};

struct frame_model *frame_model_create(struct frame_allocator *fa, uint64_t limit)
{
    struct frame_model *m = calloc(1, sizeof *m);
    if (m == nullptr)
        abort();
    m->fa = fa;
    m->records = records_create(limit);
    return m;
}

void frame_model_reset(struct frame_model *m, struct frame_allocator *fa)
{
    m->fa = fa;
    records_clear(&m->records);
    m->live_count = 0;
    m->failures_allowed = false;
}

void frame_model_allow_failures(struct frame_model *m)
{
    m->failures_allowed = true;
}

void frame_model_destroy(struct frame_model *m)
{
    records_destroy(&m->records);
    free(m);
}

static const char *wrong(struct frame_model *m, const char *what, uint64_t first, uint64_t count,
                         status_t got, status_t wanted)
{
    snprintf(m->message, sizeof m->message, "%s %#llx +%llu: %s, wanted: %s", what,
             (unsigned long long)first, (unsigned long long)count, status_text(got),
             status_text(wanted));
    return m->message;
}

/* Free frames may have become metadata; the counts of all classes must agree then. */
static const char *learn_metadata(struct frame_model *m)
{
    struct frame_totals totals;
    frames_totals(m->fa, &totals);
    if (totals.by_class[FRAME_METADATA] != m->records.by_class[FRAME_METADATA])
        for (uint64_t i = records_skip_unmanaged(&m->records, 0); i < m->records.limit;
             i = records_skip_unmanaged(&m->records, i + 1))
            if (m->records.frames[i].class == FRAME_FREE &&
                frames_owner(m->fa, pfn(i)).class == FRAME_METADATA)
                records_set(&m->records, i, 1, (struct frame_record){.class = FRAME_METADATA});
    for (unsigned class = 0; class < FRAME_CLASS_COUNT; class ++)
        if (totals.by_class[class] != m->records.by_class[class]) {
            snprintf(m->message, sizeof m->message, "totals: %llu frames of class %s, wanted %llu",
                     (unsigned long long)totals.by_class[class],
                     frame_class_name((enum frame_class) class),
                     (unsigned long long)m->records.by_class[class]);
            return m->message;
        }
    return nullptr;
}

static const char *took(struct frame_model *m, const char *what, uint64_t first, uint64_t count,
                        struct frame_record state)
{
    if (!records_all(&m->records, first, count, FRAME_FREE))
        return wrong(m, what, first, count, STATUS_IN_USE, STATUS_OK);
    state.first = (uint32_t)first;
    state.count = (uint32_t)count;
    records_set(&m->records, first, count, state);
    if (m->live_count < LIVE_MAX && state.class != FRAME_OFFLINE)
        m->live[m->live_count++] = (struct live){first, count};
    return nullptr;
}

static const char *alloc_block(struct frame_model *m, unsigned order, enum frame_class class)
{
    pfn_t first = pfn(UINT64_MAX);
    uint64_t count = UINT64_C(1) << order;
    if (m->live_count == LIVE_MAX)
        return nullptr;
    status_t status = frames_alloc(m->fa, order, class, &first);
    if (status == STATUS_OK) {
        if (first.value % count != 0)
            return wrong(m, "alloc", first.value, count, status, STATUS_MISALIGNED);
        return took(m, "alloc", first.value, count,
                    (struct frame_record){.class = class, .order = (uint8_t)order});
    }
    const char *broken = learn_metadata(m);
    if (broken != nullptr)
        return broken;
    if (status != STATUS_NO_MEMORY || first.value != UINT64_MAX)
        return wrong(m, "alloc", first.value, count, status, STATUS_NO_MEMORY);
    if (m->failures_allowed)
        return nullptr;
    if ((order == ORDER_FRAME && records_some_block_has_free(&m->records, 2)) ||
        (order == ORDER_BLOCK && records_some_block_has_free(&m->records, BLOCK)))
        return wrong(m, "alloc", 0, count, status, STATUS_OK);
    return nullptr;
}

static const char *alloc_run(struct frame_model *m, const struct frame_operation *o)
{
    pfn_t first = pfn(UINT64_MAX);
    if (m->live_count == LIVE_MAX)
        return nullptr;
    status_t status = frames_alloc_run(m->fa, o->count, o->alignment, o->class, o->value, &first);
    if (o->count == 0 || o->count > SECTION)
        return status == STATUS_BAD_ORDER ? nullptr
                                          : wrong(m, "run", 0, o->count, status, STATUS_BAD_ORDER);
    if (status == STATUS_OK) {
        if (first.value % o->alignment != 0 ||
            first.value / SECTION != (first.value + o->count - 1) / SECTION)
            return wrong(m, "run", first.value, o->count, status, STATUS_MISALIGNED);
        return took(m, "run", first.value, o->count,
                    (struct frame_record){.class = o->class, .is_run = true, .value = o->value});
    }
    const char *broken = learn_metadata(m);
    if (broken != nullptr)
        return broken;
    if (status != STATUS_NO_MEMORY)
        return wrong(m, "run", 0, o->count, status, STATUS_NO_MEMORY);
    /* Metadata may come to lie just where an aligned run would have started. */
    if (!m->failures_allowed &&
        records_longest_free(&m->records) >= o->count + o->alignment + SLACK)
        return wrong(m, "run", 0, o->count, status, STATUS_OK);
    return nullptr;
}

static void forget(struct frame_model *m, uint64_t first)
{
    for (size_t i = 0; i < m->live_count; i++)
        if (m->live[i].first == first) {
            m->live[i] = m->live[--m->live_count];
            return;
        }
}

static const char *free_one(struct frame_model *m, uint64_t first, unsigned order)
{
    status_t wanted = records_judge_free(&m->records, first, order);
    status_t status = frames_free(m->fa, pfn(first), order);
    if (status != wanted)
        return wrong(m, "free", first, order, status, wanted);
    if (status == STATUS_OK) {
        records_set(&m->records, first, UINT64_C(1) << order,
                    (struct frame_record){.class = FRAME_FREE});
        forget(m, first);
    }
    return nullptr;
}

static const char *free_run(struct frame_model *m, uint64_t first, uint64_t count)
{
    status_t wanted = records_judge_free_run(&m->records, first, count);
    status_t status = frames_free_run(m->fa, pfn(first), count);
    if (status != wanted)
        return wrong(m, "free run", first, count, status, wanted);
    if (status == STATUS_OK) {
        records_set(&m->records, first, count, (struct frame_record){.class = FRAME_FREE});
        forget(m, first);
    }
    return nullptr;
}

/* One frame more or less may need a table, and that may come to lie just behind the run. */
static const char *resize_run(struct frame_model *m, uint64_t first, uint64_t count,
                              uint64_t new_count)
{
    status_t wanted = records_judge_resize(&m->records, first, count, new_count);
    status_t status = frames_resize_run(m->fa, pfn(first), count, new_count);
    if (status != STATUS_OK && wanted == STATUS_OK) {
        const char *broken = learn_metadata(m);
        if (broken != nullptr)
            return broken;
        wanted = records_judge_resize(&m->records, first, count, new_count);
    }
    bool judged = wanted == STATUS_OK || (wanted == STATUS_IN_USE && m->failures_allowed);
    bool short_of_memory =
        m->failures_allowed ||
        (new_count > count && m->records.by_class[FRAME_FREE] < new_count - count + SLACK);
    if (status != wanted && !(status == STATUS_NO_MEMORY && judged && short_of_memory))
        return wrong(m, "resize", first, count, status, wanted);
    if (status != STATUS_OK)
        return nullptr;
    struct frame_record state = m->records.frames[first];
    state.count = (uint32_t)new_count;
    records_set(&m->records, first, new_count, state);
    if (new_count < count)
        records_set(&m->records, first + new_count, count - new_count,
                    (struct frame_record){.class = FRAME_FREE});
    for (size_t i = 0; i < m->live_count; i++)
        if (m->live[i].first == first)
            m->live[i].count = new_count;
    return nullptr;
}

static const char *resize_live(struct frame_model *m, const struct frame_operation *o)
{
    if (m->live_count == 0)
        return nullptr;
    const struct live live = m->live[o->where % m->live_count];
    uint64_t by = o->count % 17, stepped = live.count + by > 8 ? live.count + by - 8 : 0;
    return resize_run(m, live.first, live.count, o->kind == OPERATION_RESIZE ? o->count : stepped);
}

static const char *free_live(struct frame_model *m, uint64_t where)
{
    if (m->live_count == 0)
        return nullptr;
    const struct live live = m->live[where % m->live_count];
    const struct frame_record *frame = &m->records.frames[live.first];
    if (frame->is_run)
        return free_run(m, live.first, live.count);
    return free_one(m, live.first, frame->order);
}

static const char *take_exactly(struct frame_model *m, const struct frame_operation *o)
{
    bool reserve = o->kind == OPERATION_RESERVE;
    uint64_t first = o->where, count = o->count;
    status_t wanted = records_judge_reserve(&m->records, first, count);
    status_t status = reserve ? frames_reserve(m->fa, pfn(first), count)
                              : frames_offline(m->fa, pfn(first), count);
    if (status != wanted &&
        !(wanted == STATUS_OK && status == STATUS_NO_MEMORY &&
          (m->failures_allowed || m->records.by_class[FRAME_FREE] < count + SLACK)))
        return wrong(m, reserve ? "reserve" : "offline", first, count, status, wanted);
    if (status != STATUS_OK)
        return nullptr;
    const struct frame_record state = {.class = reserve ? FRAME_RESERVED : FRAME_OFFLINE,
                                       .is_run = true};
    for (uint64_t end = first + count; first < end; first += count) {
        uint64_t border = (first / SECTION + 1) * SECTION;
        count = (border < end ? border : end) - first;
        const char *broken = took(m, "reserve", first, count, state);
        if (broken != nullptr)
            return broken;
    }
    return nullptr;
}

const char *frame_model_put(struct frame_model *m, struct frame_span span)
{
    status_t wanted = records_judge_put(&m->records, span);
    status_t status = frames_put_range(m->fa, span);
    if (status == STATUS_FULL && wanted == STATUS_OK)
        return nullptr;
    if (status != wanted)
        return wrong(m, "put", span.first.value, span.count, status, wanted);
    if (status == STATUS_OK)
        records_put(&m->records, span);
    return nullptr;
}

static const char *perform(struct frame_model *m, const struct frame_operation *o)
{
    switch (o->kind) {
    case OPERATION_ALLOC_FRAME:
        return alloc_block(m, ORDER_FRAME, o->class);
    case OPERATION_ALLOC_BLOCK:
        return alloc_block(m, ORDER_BLOCK, o->class);
    case OPERATION_ALLOC_SECTION:
        return alloc_block(m, ORDER_SECTION, o->class);
    case OPERATION_ALLOC_RUN:
        return alloc_run(m, o);
    case OPERATION_FREE:
        return free_live(m, o->where);
    case OPERATION_FREE_WRONG:
        return free_one(m, o->where, (unsigned)o->count);
    case OPERATION_FREE_RUN_WRONG:
        return free_run(m, o->where, o->count);
    case OPERATION_RESERVE:
    case OPERATION_OFFLINE:
        return take_exactly(m, o);
    case OPERATION_PUT:
        return frame_model_put(m, (struct frame_span){pfn(o->where), o->count, o->value % 4});
    case OPERATION_RESIZE_WRONG:
        return resize_run(m, o->where, o->count, o->value);
    case OPERATION_RESIZE:
    case OPERATION_RESIZE_STEP:
        return resize_live(m, o);
    default:
        return nullptr;
    }
}

const char *frame_model_do(struct frame_model *m, struct frame_operation operation)
{
    const char *broken = perform(m, &operation);
    return broken != nullptr ? broken : learn_metadata(m);
}

static bool same_tag(const struct frame_model *m, uint64_t frame)
{
    const struct frame_record *wanted = &m->records.frames[frame];
    const struct frame_tag tag = frames_tag(m->fa, pfn(frame));
    return !wanted->is_run || (tag.class == wanted->class && tag.value == wanted->value);
}

static bool same_owner(const struct frame_model *m, uint64_t frame)
{
    const struct frame_record *wanted = &m->records.frames[frame];
    const struct frame_owner owner = frames_owner(m->fa, pfn(frame));
    if (owner.class != records_class(&m->records, frame))
        return false;
    if (owner.class == FRAME_UNMANAGED)
        return frames_tag(m->fa, pfn(frame)).class == FRAME_UNMANAGED;
    if (owner.node != wanted->node || owner.is_run != wanted->is_run)
        return false;
    if (wanted->is_run && owner.value != wanted->value)
        return false;
    if (wanted->class == FRAME_FREE || wanted->class == FRAME_METADATA)
        return true;
    return owner.first.value == wanted->first && owner.count == wanted->count &&
           (wanted->is_run || owner.order == wanted->order);
}

/* Runs: the heads, the tails and what is beside them; walking each run from each of its frames would be
 * quadratic. Free stretches: every 16th frame, for the totals tell if another one is not free. */
static bool is_edge(const struct frame_model *m, uint64_t frame)
{
    const struct frame_record *state = &m->records.frames[frame];
    if (state->class == FRAME_FREE)
        return frame % 16 == 0 || state[-1].class != FRAME_FREE;
    uint64_t at = frame - state->first;
    return !state->is_run || at < 2 || at + 2 >= state->count || frame % BLOCK == 0;
}

static bool same(const struct frame_model *m, uint64_t frame)
{
    if (records_class(&m->records, frame) == FRAME_UNMANAGED)
        return same_owner(m, frame);
    return same_tag(m, frame) && (!is_edge(m, frame) || same_owner(m, frame));
}

/* [first, end) has this class. */
static bool have_class(const struct frame_model *m, uint64_t first, uint64_t end,
                       enum frame_class class)
{
    for (uint64_t i = first; i < end;) {
        if (m->records.managed[i / BLOCK] == 0 && class == FRAME_UNMANAGED) {
            i = align_down(i, BLOCK) + BLOCK;
            continue;
        }
        if (records_class(&m->records, i++) != class)
            return false;
    }
    return true;
}

/* Stretches are in order, and cover what is managed and nothing else. */
static const char *compare_stretches(const struct frame_model *m)
{
    struct frame_stretch stretch;
    uint64_t at = 0;
    for (; frames_next_stretch(m->fa, pfn(at), &stretch); at = stretch.first.value + stretch.count)
        if (stretch.first.value < at || stretch.count == 0 ||
            stretch.first.value + stretch.count > m->records.limit ||
            !have_class(m, at, stretch.first.value, FRAME_UNMANAGED) ||
            !have_class(m, stretch.first.value, stretch.first.value + stretch.count, stretch.class))
            return "a stretch is not what it says";
    return have_class(m, at, m->records.limit, FRAME_UNMANAGED) ? nullptr
                                                                : "stretches end too early";
}

static const char *compare_nodes(const struct frame_model *m)
{
    const struct frame_records *r = &m->records;
    struct frame_node_totals wanted[NODES_MAX] = {0};
    for (uint64_t i = records_skip_unmanaged(r, 0); i < r->limit;
         i = records_skip_unmanaged(r, i + 1)) {
        struct frame_node_totals *node = &wanted[r->frames[i].node];
        node->managed += r->frames[i].class != FRAME_UNMANAGED;
        node->free += r->frames[i].class == FRAME_FREE;
    }
    for (uint32_t node = 0; node < NODES_MAX; node++) {
        const struct frame_node_totals got = frames_node_totals(m->fa, node);
        if (got.managed != wanted[node].managed || got.free != wanted[node].free)
            return "the totals of a node are wrong";
    }
    return nullptr;
}

const char *frame_model_compare(struct frame_model *m)
{
    const char *broken = frames_check(m->fa);
    if (broken == nullptr)
        broken = learn_metadata(m);
    if (broken == nullptr)
        broken = compare_stretches(m);
    if (broken == nullptr)
        broken = compare_nodes(m);
    for (uint64_t i = 0; i < m->records.limit && broken == nullptr;
         i += m->records.managed[i / BLOCK] != 0 ? 1 : BLOCK)
        if (!same(m, i)) {
            snprintf(m->message, sizeof m->message, "owner of %#llx: %s, wanted: %s",
                     (unsigned long long)i, frame_class_name(frames_owner(m->fa, pfn(i)).class),
                     frame_class_name(m->records.frames[i].class));
            return m->message;
        }
    return broken;
}

const char *frame_model_free_all(struct frame_model *m)
{
    const char *broken = nullptr;
    while (m->live_count > 0 && broken == nullptr)
        broken = free_live(m, m->live_count - 1);
    return broken != nullptr ? broken : frame_model_compare(m);
}
