/* SPDX-License-Identifier: MIT */
#include <kernel/bench.h>

#include <base/string.h>
#include <kernel/command.h>
#include <kernel/console.h>
#include <mm/mm.h>

static bool bench_worst(void)
{
    return bench_worst_heap() && bench_worst_paging();
}

#define PARTS(X)                                                                                   \
    X("frames", bench_frames)                                                                      \
    X("heap", bench_heap)                                                                          \
    X("paging", bench_paging)                                                                      \
    X("map", bench_map)                                                                            \
    X("worst", bench_worst)                                                                        \
    X("full", bench_full)
#define PART(word, run) {word, run},
#define WORD(word, run) "|" word

static const struct {
    const char *word;
    bool (*run)(void);
} parts[] = {PARTS(PART)};

/* Test frames and blocks: what a part has taken, and must have given back. */
static uint64_t taken(void)
{
    struct frame_totals frames;
    struct heap_totals heap;
    frames_totals(mm_frames(), &frames);
    heap_totals(mm_heap(), &heap);
    return frames.by_class[FRAME_TEST] + heap.live_blocks;
}

static bool run_part(size_t part)
{
    const uint64_t before = taken();
    if (!parts[part].run())
        return false;
    const char *broken = mm_check_all();
    if (broken == nullptr && taken() != before)
        broken = "frames or blocks were not given back";
    if (broken != nullptr)
        print("FAIL: after bench %s: %s\n", parts[part].word, broken);
    return broken == nullptr;
}

static bool run_bench(unsigned count, const char *const *words)
{
    bench_count_itself();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if ((count == 1 || strcmp(words[1], parts[i].word) == 0) && !run_part(i))
            return false;
    }
    return true;
}

COMMAND(bench) = {
    .name = "bench",
    .usage = "[" PARTS(WORD) "]",
    .summary = "what memory operations cost",
    .help =
        "frames, heap, paging: the common cases; map: a memory map of 10 000 entries,\n"
        "repaired and linted; worst: the dearest single operations that can be provoked; full:\n"
        "those that need full memory, frame by frame, which is quick with a few GiB only.\n"
        "Without a word, all. Figures are what the cycle counter counts: instructions under QEMU\n"
        "with -icount, else cycles.\n",
    .run = run_bench,
};
