/* SPDX-License-Identifier: MIT
 * `bench`: alloc and free by turns, as code does that needs a thing for a moment; and many of one after many of the
 * other, where what a pair finds warm has been used up. The figures include the look at each result. */
#include <kernel/bench.h>

#include <kernel/console.h>
#include <mm/mm.h>

constexpr unsigned ROUNDS = 256;
constexpr unsigned BULK = 1024;

/* ---- frames ---- */

static bool measure_frame_pair(unsigned order, const char *name)
{
    struct frame_allocator *fa = mm_frames();
    uint64_t cost;
    pfn_t frame;
    unsigned refused = 0;
    MEASURE_ROUNDS(cost, ROUNDS, {
        if (frames_alloc(fa, order, FRAME_TEST, &frame) != STATUS_OK ||
            frames_free(fa, frame, order) != STATUS_OK)
            refused++;
    });
    if (refused != 0)
        return bench_refuse(name);
    bench_print(name, cost);
    return true;
}

static bool measure_run_pair(uint64_t length, const char *name)
{
    struct frame_allocator *fa = mm_frames();
    uint64_t cost;
    pfn_t run;
    unsigned refused = 0;
    MEASURE_ROUNDS(cost, ROUNDS, {
        if (frames_alloc_run(fa, length, 1, FRAME_TEST, 0, &run) != STATUS_OK ||
            frames_free_run(fa, run, length) != STATUS_OK)
            refused++;
    });
    if (refused != 0)
        return bench_refuse(name);
    bench_print(name, cost);
    return true;
}

/* A section that has been touched: its first touch is one of the worst cases. */
static bool measure_section(const char *name)
{
    struct frame_allocator *fa = mm_frames();
    uint64_t cost;
    pfn_t section;
    if (frames_alloc(fa, ORDER_SECTION, FRAME_TEST, &section) != STATUS_OK) {
        print("%s: left out, no section is wholly free\n", name);
        return true;
    }
    if (frames_free(fa, section, ORDER_SECTION) != STATUS_OK)
        return bench_refuse(name);
    status_t status;
    MEASURE(cost, status = frames_alloc(fa, ORDER_SECTION, FRAME_TEST, &section));
    if (status != STATUS_OK || frames_free(fa, section, ORDER_SECTION) != STATUS_OK)
        return bench_refuse(name);
    bench_print(name, cost);
    return true;
}

static bool measure_frames_one_by_one(void)
{
    struct frame_allocator *fa = mm_frames();
    pfn_t *frames = kmalloc(BULK * sizeof *frames), *next = frames;
    uint64_t get_cost, put_cost;
    status_t status = STATUS_OK;
    if (frames == nullptr)
        return bench_refuse("frames bulk get one");
    MEASURE_ROUNDS(get_cost, BULK, {
        status = frames_alloc(fa, ORDER_FRAME, FRAME_TEST, next);
        if (status != STATUS_OK)
            break;
        next++;
    });
    const bool all = status == STATUS_OK;
    MEASURE_ROUNDS(put_cost, (unsigned)(next - frames), {
        status = frames_free(fa, *--next, ORDER_FRAME);
        if (status != STATUS_OK)
            break;
    });
    kfree(frames);
    if (!all || status != STATUS_OK)
        return bench_refuse("frames bulk get one");
    bench_print("frames bulk get one", get_cost);
    bench_print("frames bulk put one", put_cost);
    return true;
}

bool bench_frame_pairs(void)
{
    return measure_frame_pair(ORDER_FRAME, "frames pair 4 KiB") &&
           measure_frame_pair(ORDER_BLOCK, "frames pair 2 MiB") &&
           measure_run_pair(8, "frames pair 32 KiB") && measure_section("frames get 1 GiB") &&
           measure_frames_one_by_one();
}

/* ---- heap ---- */

/* At l1 every name says so: the heap then looks behind blocks and into freed ones. */
static void print_heap_figure(const char *name, uint64_t cost)
{
    char full[40];
    format_text(full, sizeof full, "%s%s", name, heap_get_level(mm_heap()) == HEAP_L1 ? " l1" : "");
    bench_print(full, cost);
}

static bool measure_block_pair(size_t size, const char *name)
{
    uint64_t cost;
    unsigned refused = 0;
    void *held = kmalloc(size); /* keeps one slab, as in a system that runs */
    MEASURE_ROUNDS(cost, ROUNDS, {
        void *block = kmalloc(size);
        if (block == nullptr)
            refused++;
        kfree(block);
    });
    kfree(held);
    if (held == nullptr || refused != 0)
        return bench_refuse(name);
    print_heap_figure(name, cost);
    return true;
}

static bool measure_many_blocks(void)
{
    constexpr size_t SIZE = 64;
    void **blocks = kmalloc(BULK * sizeof *blocks), **next = blocks;
    uint64_t alloc_cost, free_cost;
    if (blocks == nullptr)
        return bench_refuse("heap bulk alloc 64 B");
    MEASURE_ROUNDS(alloc_cost, BULK, {
        *next = kmalloc(SIZE);
        if (*next == nullptr)
            break;
        next++;
    });
    const bool all = next == blocks + BULK;
    MEASURE_ROUNDS(free_cost, (unsigned)(next - blocks), {
        next--;
        kfree(*next);
    });
    kfree(blocks);
    if (!all)
        return bench_refuse("heap bulk alloc 64 B");
    print_heap_figure("heap bulk alloc 64 B", alloc_cost);
    print_heap_figure("heap bulk free 64 B", free_cost);
    return true;
}

bool bench_heap_pairs(void)
{
    return measure_block_pair(64, "heap pair 64 B") &&
           measure_block_pair(64 * KIB, "heap pair 64 KiB") &&
           measure_block_pair(MIB, "heap pair 1 MiB") && measure_many_blocks();
}
