/* SPDX-License-Identifier: MIT
 * The frame allocator against a naive model: random operations on a ragged machine, with failures;
 * and what they rarely hit. */
#include "harness/harness.h"

#include "model/frame_model.h"

#include <stdlib.h>

constexpr uint64_t SECTION = UINT64_C(1) << ORDER_SECTION;
constexpr uint64_t BLOCK = UINT64_C(1) << ORDER_BLOCK;
constexpr uint64_t LIMIT = 4 * SECTION;
constexpr size_t SPANS_MAX = 24;
constexpr unsigned STEPS = 8000;
constexpr unsigned ROUNDS = 3;
constexpr unsigned COMPARE_EVERY = 400;

/* Ragged at both ends, two nodes that meet at a section border, holes, and a section too small for its
 * own metadata. */
static const struct frame_span ragged_machine[] = {
    {{SECTION - 2048 - 100}, 2048 + 100, 0},
    {{SECTION}, 3000, 1},
    {{SECTION + 4096 + 37}, 200, 1},
    {{2 * SECTION + 511}, 4000, 2},
    {{3 * SECTION + 7}, 5, 0},
};
constexpr size_t RAGGED_SPANS = sizeof ragged_machine / sizeof ragged_machine[0];
static const struct frame_span whole_sections[] = {{{SECTION - 700}, 2 * SECTION + 700, 0}};

struct world {
    struct fake_ram ram;
    void *memory;
    struct frame_allocator *fa;
    struct frame_model *model;
    struct random random;
    unsigned failure_rate; /* one in so many allocations fails; 0: none */
    bool budgeted;         /* allocations fail when the budget is used up */
    unsigned budget;
    uint64_t refused; /* bit n: the nth allocation from now on fails */
};

static bool may_allocate(void *owner)
{
    struct world *w = owner;
    bool refused = (w->refused & 1) != 0;
    w->refused >>= 1;
    if (refused)
        return false;
    if (w->budgeted && w->budget == 0)
        return false;
    w->budget -= w->budgeted;
    return w->failure_rate == 0 || random_below(&w->random, w->failure_rate) != 0;
}

static status_t online(void *owner, pfn_t first)
{
    (void)first;
    return may_allocate(owner) ? STATUS_OK : STATUS_NO_MEMORY;
}

static void world_create(struct world *w, const struct frame_span *spans, size_t count,
                         uint64_t seed)
{
    *w = (struct world){.ram = fake_ram_create(0, LIMIT * PAGE_SIZE), .random = {seed}};
    const struct frame_hooks hooks = {online, may_allocate, w};
    size_t size = frames_memory_size(SPANS_MAX, pfn(LIMIT));
    w->memory = calloc(1, size);
    assert_status(
        frames_init(w->memory, size, SPANS_MAX, pfn(LIMIT), w->ram.offset, &hooks, &w->fa),
        STATUS_OK);
    w->model = frame_model_create(w->fa, LIMIT);
    for (size_t i = 0; i < count; i++)
        assert_sound(frame_model_put(w->model, spans[i]));
}

static void world_destroy(struct world *w)
{
    frame_model_destroy(w->model);
    free(w->memory);
    fake_ram_destroy(&w->ram);
}

static enum frame_class random_class(struct random *r)
{
    return (enum frame_class)(FRAME_KERNEL + random_below(r, FRAME_RESERVED - FRAME_KERNEL));
}

static uint64_t random_frame(struct random *r, const struct frame_span *spans, size_t count)
{
    const struct frame_span *span = &spans[random_below(r, count)];
    uint64_t offset = random_below(r, span->count + 64);
    return random_below(r, 4) == 0 ? align_down(span->first.value + offset, BLOCK)
                                   : span->first.value + offset;
}

static uint64_t random_count(struct random *r)
{
    const uint64_t ranges[] = {8, 64, 600, 3000};
    return 1 + random_below(r, ranges[random_below(r, 4)]);
}

/* Mostly allocations or mostly frees, in turns, so that memory runs full and empty again. */
static struct frame_operation random_operation(struct world *w, bool filling,
                                               const struct frame_span *spans, size_t count)
{
    struct random *r = &w->random;
    const unsigned orders[] = {ORDER_FRAME, ORDER_BLOCK, ORDER_SECTION, 1};
    struct frame_operation o = {
        .class = random_class(r),
        .where = random_next(r),
        .count = random_count(r),
        .alignment = UINT64_C(1) << random_below(r, 11),
        .value = (uint32_t)random_below(r, 1u << 24),
    };
    uint64_t dice = random_below(r, 100);
    if (dice < (filling ? 45 : 15))
        o.kind = OPERATION_ALLOC_FRAME;
    else if (dice < (filling ? 65 : 25))
        o.kind = OPERATION_ALLOC_RUN;
    else if (dice < (filling ? 68 : 27))
        o.kind = OPERATION_ALLOC_BLOCK;
    else if (dice < 83)
        o.kind = OPERATION_FREE;
    else if (dice < 93)
        o.kind = dice % 2 == 0 ? OPERATION_RESIZE : OPERATION_RESIZE_STEP;
    else
        o.kind = (enum frame_operation_kind)(OPERATION_FREE_WRONG + random_below(r, 6));
    if (o.kind == OPERATION_OFFLINE && random_below(r, 20) != 0)
        o.kind = OPERATION_RESERVE; /* what is withdrawn never comes back */
    if (operation_names_frame(o.kind))
        o.where = random_frame(r, spans, count);
    if (o.kind == OPERATION_FREE_WRONG)
        o.count = orders[random_below(r, 4)];
    if (o.kind == OPERATION_PUT)
        o.count %= 16;
    return o;
}

static void run_world(struct world *w, const struct frame_span *spans, size_t count)
{
    for (unsigned step = 0; step < STEPS; step++) {
        bool filling = step / 1000 % 2 == 0;
        assert_sound(frame_model_do(w->model, random_operation(w, filling, spans, count)));
        if (step % COMPARE_EVERY == 0)
            assert_sound(frame_model_compare(w->model));
    }
    assert_sound(frame_model_free_all(w->model));
}

static void test_random_operations(void **state)
{
    (void)state;
    struct random seeds = random_start("frames random", 20261120);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct world w;
        world_create(&w, ragged_machine, RAGGED_SPANS, random_next(&seeds));
        run_world(&w, ragged_machine, RAGGED_SPANS);
        world_destroy(&w);
    }
}

/* One allocation or onlining in `failure_rate` fails, also those inside another. */
static void test_random_failures(void **state)
{
    (void)state;
    struct random seeds = random_start("frames failures", 20261121);
    for (unsigned rate = 2; rate <= 32; rate *= 4) {
        struct world w;
        world_create(&w, ragged_machine, RAGGED_SPANS, random_next(&seeds));
        frame_model_allow_failures(w.model);
        w.failure_rate = rate;
        run_world(&w, ragged_machine, RAGGED_SPANS);
        world_destroy(&w);
    }
}

/* Whole sections, taken and given back among everything else. */
static void test_random_sections(void **state)
{
    (void)state;
    struct random seeds = random_start("frames sections", 20261122);
    struct world w;
    world_create(&w, whole_sections, 1, random_next(&seeds));
    for (unsigned step = 0; step < 600; step++) {
        struct frame_operation o = random_operation(&w, step < 300, whole_sections, 1);
        if (step % 8 == 0)
            o.kind = OPERATION_ALLOC_SECTION;
        if (o.kind == OPERATION_ALLOC_RUN && step % 32 == 1)
            o.count = random_below(&w.random, SECTION + 2);
        assert_sound(frame_model_do(w.model, o));
        if (step % 100 == 0)
            assert_sound(frame_model_compare(w.model));
    }
    assert_sound(frame_model_free_all(w.model));
    world_destroy(&w);
}

/* ---- many spans at once ---- */

/* Sorted spans in a section that touch, lie in one block, or far apart. */
static size_t random_spans(struct random *r, struct frame_span spans[SPANS_MAX])
{
    uint64_t at = SECTION + random_below(r, 2000);
    size_t count = 2 + random_below(r, SPANS_MAX / 2);
    for (size_t i = 0; i < count; i++) {
        const uint64_t gaps[] = {0, 0, random_below(r, 20), random_below(r, 3000)};
        const uint64_t counts[] = {1, 1 + random_below(r, 40), BLOCK, 1 + random_below(r, 2000)};
        at += gaps[random_below(r, 4)];
        spans[i] =
            (struct frame_span){pfn(at), counts[random_below(r, 4)], (uint32_t)(r->state & 1)};
        at += spans[i].count;
    }
    return count;
}

static void assert_same(const struct world *a, const struct world *b)
{
    struct frame_totals of_a, of_b;
    size_t count_a, count_b;
    const struct frame_span *spans_a = frames_spans(a->fa, &count_a);
    const struct frame_span *spans_b = frames_spans(b->fa, &count_b);
    assert_int_equal(count_a, count_b);
    for (size_t i = 0; i < count_a; i++) {
        assert_int_equal(spans_a[i].first.value, spans_b[i].first.value);
        assert_int_equal(spans_a[i].count, spans_b[i].count);
        assert_int_equal(spans_a[i].node, spans_b[i].node);
    }
    frames_totals(a->fa, &of_a);
    frames_totals(b->fa, &of_b);
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
    for (uint32_t node = 0; node < 3; node++) {
        const struct frame_node_totals node_of_a = frames_node_totals(a->fa, node);
        const struct frame_node_totals node_of_b = frames_node_totals(b->fa, node);
        assert_memory_equal(&node_of_a, &node_of_b, sizeof node_of_a);
    }
    assert_sound(frames_check(a->fa));
    assert_sound(frames_check(b->fa));
}

/* Some spans at the start, something taken from them, then the rest: at once, or one by one. */
static void test_many_at_once(void **state)
{
    (void)state;
    struct random r = random_start("frames many at once", 20261123);
    for (unsigned round = 0; round < 200; round++) {
        struct frame_span spans[SPANS_MAX], late[SPANS_MAX];
        const size_t count = random_spans(&r, spans);
        size_t late_count = 0;
        struct world one_by_one, at_once;
        world_create(&one_by_one, &(struct frame_span){{9}, 100, 0}, 1, 1);
        world_create(&at_once, &(struct frame_span){{9}, 100, 0}, 1, 1);
        for (size_t i = 0; i < count; i++) {
            if (random_below(&r, 2) == 0) {
                late[late_count++] = spans[i];
                continue;
            }
            assert_status(frames_put_range(one_by_one.fa, spans[i]), STATUS_OK);
            assert_status(frames_put_range(at_once.fa, spans[i]), STATUS_OK);
        }
        for (unsigned i = 0; i < 150 && round % 4 != 0; i++) {
            pfn_t a = pfn(0), b = pfn(0);
            status_t status = frames_alloc(one_by_one.fa, ORDER_FRAME, FRAME_TEST, &a);
            assert_status(frames_alloc(at_once.fa, ORDER_FRAME, FRAME_TEST, &b), status);
            assert_int_equal(a.value, b.value);
        }
        for (size_t i = 0; i < late_count; i++)
            assert_status(frames_put_range(one_by_one.fa, late[i]), STATUS_OK);
        assert_status(frames_put_ranges(at_once.fa, late, late_count), STATUS_OK);
        assert_same(&one_by_one, &at_once);
        world_destroy(&one_by_one);
        world_destroy(&at_once);
    }
}

/* Two late pieces complete a block of an online section: the span table has both before the first is added. */
static void test_block_completed_at_once(void **state)
{
    (void)state;
    struct world w;
    world_create(&w, &(struct frame_span){{SECTION}, 100, 0}, 1, 1);
    pfn_t frame;
    assert_status(frames_alloc(w.fa, ORDER_FRAME, FRAME_TEST, &frame), STATUS_OK);
    const struct frame_span late[] = {{pfn(SECTION + 100), 50, 1},
                                      {pfn(SECTION + 150), BLOCK - 150, 0},
                                      {pfn(SECTION + BLOCK), 30, 1},
                                      {pfn(SECTION + BLOCK + 30), BLOCK - 30, 0}};
    assert_status(frames_put_ranges(w.fa, late, 4), STATUS_OK);
    assert_sound(frames_check(w.fa));
    assert_status(frames_alloc(w.fa, ORDER_BLOCK, FRAME_TEST, &frame), STATUS_OK);
    assert_int_equal(frame.value, SECTION + BLOCK);
    world_destroy(&w);
}

/* All or none: the second of two is refused, and the first is not there. */
static void test_many_refused(void **state)
{
    (void)state;
    const struct {
        const char *crime;
        struct frame_span spans[2];
        status_t want;
    } cases[] = {
        {"empty", {{{10}, 5, 0}, {{20}, 0, 0}}, STATUS_BAD_ORDER},
        {"over the limit", {{{10}, 5, 0}, {{LIMIT - 1}, 2, 0}}, STATUS_OUT_OF_RANGE},
        {"no such node", {{{10}, 5, 0}, {{20}, 5, NODES_MAX}}, STATUS_OUT_OF_RANGE},
        {"over each other", {{{10}, 5, 0}, {{14}, 5, 0}}, STATUS_OVERLAP},
        {"not in order", {{{20}, 5, 0}, {{10}, 5, 0}}, STATUS_OVERLAP},
        {"over what is there", {{{10}, 5, 0}, {{SECTION + 99}, 5, 0}}, STATUS_OVERLAP},
        {"around what is there", {{{10}, 5, 0}, {{SECTION - 1}, 500, 0}}, STATUS_OVERLAP},
    };
    struct world w, fresh;
    world_create(&w, &(struct frame_span){{SECTION}, 100, 0}, 1, 1);
    world_create(&fresh, &(struct frame_span){{SECTION}, 100, 0}, 1, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("put: %s\n", cases[i].crime);
        assert_status(frames_put_ranges(w.fa, cases[i].spans, 2), cases[i].want);
        assert_same(&w, &fresh);
    }
    struct frame_span many[SPANS_MAX];
    for (size_t i = 0; i < SPANS_MAX; i++)
        many[i] = (struct frame_span){pfn(10 * i), 5, 0};
    assert_status(frames_put_ranges(w.fa, many, SPANS_MAX), STATUS_FULL);
    assert_same(&w, &fresh);
    assert_status(frames_put_ranges(w.fa, many, SPANS_MAX - 1), STATUS_OK);
    assert_status(frames_put_ranges(w.fa, many, 0), STATUS_OK);
    assert_sound(frames_check(w.fa));
    world_destroy(&w);
    world_destroy(&fresh);
}

static struct frame_owner find_run(const struct frame_allocator *fa, uint32_t value)
{
    for (uint64_t frame = 0; frame < LIMIT; frame++)
        if (frames_tag(fa, pfn(frame)).value == value)
            return frames_owner(fa, pfn(frame));
    return (struct frame_owner){0};
}

/* The new length of a run, when the allocations after the first `budget` fail. */
static uint64_t resize_with(unsigned budget, uint64_t count, uint64_t new_count)
{
    constexpr uint32_t note = 77;
    struct world w;
    world_create(&w, whole_sections, 1, 1);
    frame_model_allow_failures(w.model);
    struct frame_operation o = {.kind = OPERATION_ALLOC_RUN,
                                .class = FRAME_SLAB,
                                .count = count,
                                .alignment = 2 * BLOCK,
                                .value = note};
    assert_sound(frame_model_do(w.model, o));
    w.budgeted = true;
    w.budget = budget;
    o.kind = OPERATION_RESIZE;
    o.count = new_count;
    assert_sound(frame_model_do(w.model, o));
    assert_sound(frame_model_compare(w.model));
    uint64_t length = find_run(w.fa, note).count;
    world_destroy(&w);
    return length;
}

/* Into a pair of blocks that has no owner table, or out of a whole block of it: every allocation on the way
 * fails once, and the run is what it was. */
static void test_resize_fails_at_every_step(void **state)
{
    (void)state;
    const struct {
        uint64_t count, new_count;
    } cases[] = {{1023, 1030}, {1536, 1535}, {1536, 1537}, {2048, 1026}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned budget = 0;
        uint64_t length = 0;
        for (; length != cases[i].new_count; budget++) {
            length = resize_with(budget, cases[i].count, cases[i].new_count);
            assert_true(length == cases[i].count || length == cases[i].new_count);
            assert_true(budget < 8);
        }
        assert_true(budget > 1);
    }
}

/* Memory is full but for the end of one block and the start of the next: when a run takes the first of these,
 * the table of the pair can only be made of a frame of the second. Bits of `refused` are allocations that fail. */
static bool reserve_in_full_pair(uint64_t refused)
{
    static const struct frame_span four_blocks = {{SECTION}, 4 * BLOCK, 0};
    const uint64_t middle = SECTION + 3 * BLOCK;
    struct world w;
    world_create(&w, &four_blocks, 1, 1);
    struct frame_operation o = {.kind = OPERATION_ALLOC_FRAME, .class = FRAME_KERNEL};
    for (uint64_t i = 0; i < four_blocks.count; i++)
        assert_sound(frame_model_do(w.model, o));
    o = (struct frame_operation){.kind = OPERATION_FREE_WRONG, .count = ORDER_FRAME};
    for (o.where = middle - 100; o.where < middle + 200; o.where++)
        assert_sound(frame_model_do(w.model, o));
    frame_model_allow_failures(w.model);
    w.refused = refused;
    o = (struct frame_operation){.kind = OPERATION_RESERVE, .where = middle - 100, .count = 199};
    assert_sound(frame_model_do(w.model, o));
    w.refused = 0;
    bool served = frames_owner(w.fa, pfn(middle - 1)).class == FRAME_RESERVED;
    assert_sound(frame_model_compare(w.model));
    assert_sound(frame_model_free_all(w.model));
    world_destroy(&w);
    return served;
}

/* Whichever of the six allocations on the way fail: no frame is lost. */
static void test_table_of_full_pair(void **state)
{
    (void)state;
    for (uint64_t refused = 0; refused < 64; refused++) {
        bool served = reserve_in_full_pair(refused);
        assert_true(refused != 0 || served);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations),
        cmocka_unit_test(test_random_failures),
        cmocka_unit_test(test_random_sections),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_block_completed_at_once),
        cmocka_unit_test(test_many_refused),
        cmocka_unit_test(test_resize_fails_at_every_step),
        cmocka_unit_test(test_table_of_full_pair),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
