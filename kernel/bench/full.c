/* SPDX-License-Identifier: MIT
 * `bench full`: every frame there is, taken one by one, then every other one given back.
 * That provokes the first touch of each section, the claim of each block, frames that blocks of other
 * classes must lend, refusals, and the longest searches. */
#include <kernel/bench.h>

#include <kernel/console.h>
#include <mm/mm.h>

/* Frames that were taken: each holds the number of the next. */
struct frame_chain {
    pfn_t first;
    uint64_t count;
};

struct full_costs {
    struct bench_sample alloc, touch, claim, lent, free;
    uint64_t refused;
    uint64_t sections; /* online */
};

static uint64_t *note_in(pfn_t frame)
{
    return phys_to_virt(pfn_to_phys(frame));
}

static uint64_t count_online(void)
{
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    return totals.sections_online;
}

/* What made this one dear? To ask costs more than the operation: only if it might be a maximum. */
static void sort_in(struct full_costs *costs, pfn_t frame, uint64_t cost)
{
    bench_add(&costs->alloc, cost);
    if (cost <= costs->claim.most && cost <= costs->lent.most)
        return;
    uint64_t online = count_online();
    if (online != costs->sections)
        bench_add(&costs->touch, cost);
    else if (frames_owner(mm_frames(), frame).exact)
        bench_add(&costs->lent, cost);
    else
        bench_add(&costs->claim, cost);
    costs->sections = online;
}

/* The frames of odd numbers into one chain, the others into another. */
static void take_all(struct frame_chain chains[2], struct full_costs *costs)
{
    costs->sections = count_online();
    for (;;) {
        pfn_t frame;
        status_t status;
        uint64_t cost;
        MEASURE(cost, status = frames_alloc(mm_frames(), ORDER_FRAME, FRAME_TEST, &frame));
        if (status != STATUS_OK) {
            costs->refused = cost;
            return;
        }
        sort_in(costs, frame, cost);
        struct frame_chain *chain = &chains[frame.value % 2];
        *note_in(frame) = chain->first.value;
        chain->first = frame;
        chain->count++;
    }
}

static bool give_back(struct frame_chain *chain, struct full_costs *costs)
{
    for (; chain->count > 0; chain->count--) {
        pfn_t frame = chain->first;
        status_t status;
        uint64_t cost;
        chain->first = pfn(*note_in(frame));
        MEASURE(cost, status = frames_free(mm_frames(), frame, ORDER_FRAME));
        if (status != STATUS_OK)
            return false;
        bench_add(&costs->free, cost);
    }
    return true;
}

/* No two free frames side by side: a refusal looks at every section, and from then on at none. */
static bool measure_searches(void)
{
    static const char *const refusals[] = {
        "frames_alloc_run 2 frames, worst: all searched, refused",
        "frames_alloc_run 2 frames, worst: all known, refused",
    };
    constexpr unsigned enough = 8; /* what slabs with room have left */
    void *blocks[enough];
    uint64_t cost;
    pfn_t frame;
    status_t status;
    for (unsigned i = 0; i < 2; i++) {
        MEASURE(cost, status = frames_alloc_run(mm_frames(), 2, 1, FRAME_TEST, 0, &frame));
        if (status == STATUS_OK)
            return frames_free_run(mm_frames(), frame, 2) == STATUS_OK;
        bench_print(refusals[i], cost);
    }

    unsigned taken = 0;
    for (; taken < enough; taken++) {
        MEASURE(cost, blocks[taken] = kmalloc(HEAP_SLAB_MAX));
        if (blocks[taken] == nullptr)
            break;
    }
    if (taken < enough)
        bench_print("kmalloc 32 KiB, worst: all searched, refused", cost);
    while (taken > 0)
        kfree(blocks[--taken]);
    return true;
}

static void measure_scattered(void)
{
    uint64_t cost;
    void *window;
    MEASURE(cost, window = kmalloc(4 * MIB));
    if (window == nullptr)
        return;
    bench_print("kmalloc 4 MiB, worst: of 1024 single frames", cost);
    MEASURE(cost, kfree(window));
    bench_print("kfree 4 MiB, worst: of 1024 single frames", cost);
}

static void print_costs(const struct full_costs *costs)
{
    if (costs->touch.count > 0)
        bench_print("frames_alloc 4 KiB, worst: first touch of a section", costs->touch.most);
    bench_print("frames_alloc 4 KiB, worst: claims a block", costs->claim.most);
    if (costs->lent.count > 0)
        bench_print("frames_alloc 4 KiB, worst: another class lends it", costs->lent.most);
    bench_print("frames_alloc 4 KiB, worst: refused, memory is full", costs->refused);
    bench_print_mean("frames_alloc 4 KiB, mean over all memory", &costs->alloc);
    bench_print("frames_free 4 KiB, worst", costs->free.most);
    bench_print_mean("frames_free 4 KiB, mean over all memory", &costs->free);
}

bool bench_full(void)
{
    struct frame_chain chains[2] = {0};
    struct full_costs costs = {0};
    take_all(chains, &costs);
    bool done = give_back(&chains[1], &costs);
    done &= measure_searches();
    measure_scattered();
    done &= give_back(&chains[0], &costs);
    if (!done) {
        print("FAIL: a frame that bench took was not taken back\n");
        return false;
    }
    print_costs(&costs);
    return true;
}
