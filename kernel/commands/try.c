/* SPDX-License-Identifier: MIT
 * Things done step by step, each step told with its values. A trial leaves everything as it was; its sub-word, its function
 * and what it shows are a line of TRIALS. */
#include <kernel/command.h>

#include <arch/cpu.h>
#include <arch/probe.h>
#include <base/string.h>
#include <kernel/console.h>
#include <mm/address_space.h>
#include <mm/mm.h>

#include "shared.h"

static bool refuse(const char *what, status_t status)
{
    print("FAIL: try: %s: %s\n", what, status_text(status));
    return false;
}

static uint64_t free_frames(void)
{
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    return totals.free;
}

/* ---- try space ---- */

constexpr uint64_t FIRST_VALUE = 0x1122334455667788, SECOND_VALUE = 0x8877665544332211;

/* Inside the space: its memory is there, and so is the kernel. */
static bool use_space(virt_addr_t at, const volatile uint64_t *direct)
{
    uint64_t value = 0;
    if (!cpu_probe_read_user(at, &value) || value != FIRST_VALUE)
        return refuse("the space does not show its page", STATUS_NOT_MAPPED);
    print("  a user reads       %016" PRIx64 ": %016" PRIx64 "\n", at.value, value);
    if (!cpu_probe_write_user(at, SECOND_VALUE) || *direct != SECOND_VALUE)
        return refuse("what is written is not seen in the frame", STATUS_NOT_MAPPED);
    print("  a user writes      %016" PRIx64 "; the direct map shows it at %016" PRIx64 "\n",
          SECOND_VALUE, virt_of(direct).value);
    if (cpu_probe_read_user(virt_addr(at.value + PAGE_SIZE), &value))
        return refuse("the guard behind the page can be read", STATUS_ALREADY_MAPPED);
    print("  the guard behind   %016" PRIx64 " cannot be read\n", at.value + PAGE_SIZE);
    void *block = kmalloc(64);
    if (block == nullptr)
        return refuse("the kernel's heap", STATUS_NO_MEMORY);
    print("  the kernel runs    its stack is at %016" PRIx64 ", kmalloc gave %016" PRIx64 "\n",
          virt_of(&value).value, virt_of(block).value);
    kfree(block);
    return true;
}

static bool switch_and_back(struct address_space *space, virt_addr_t at,
                            const volatile uint64_t *direct)
{
    uint64_t value;
    const phys_addr_t before = cpu_current_table();
    address_space_switch(space, mm_kernel_table(), cpu_load_table);
    print("switch    root table %" PRIx64 " instead of %" PRIx64 "\n", cpu_current_table().value,
          before.value);
    const bool done = use_space(at, direct);
    status_t status = address_space_destroy(space, cpu_current_table(), nullptr);
    address_space_switch(nullptr, mm_kernel_table(), cpu_load_table);
    print("back      root table %" PRIx64 "\n", cpu_current_table().value);
    if (status != STATUS_IN_USE)
        return refuse("destroying the space in use was not refused", status);
    print("  to destroy it while it was in use was refused: %s\n", status_text(status));
    if (cpu_probe_read_user(at, &value))
        return refuse("the page is still there", STATUS_ALREADY_MAPPED);
    print("  %016" PRIx64 " cannot be read any more\n", at.value);
    return done;
}

static bool map_and_use(struct address_space *space, virt_addr_t at, pfn_t frame)
{
    const phys_addr_t phys = pfn_to_phys(frame);
    volatile uint64_t *direct = phys_to_virt(phys);
    const uint64_t before = free_frames();
    *direct = FIRST_VALUE;
    status_t status =
        address_space_map(space, at, phys, PAGE_SIZE, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK);
    if (status != STATUS_OK)
        return refuse("map", status);
    print("map       %016" PRIx64 " to frame %" PRIx64 ", which holds %016" PRIx64 ": %" PRIu64
          " frames taken for tables\n",
          at.value, phys.value, FIRST_VALUE, before - free_frames());
    const struct page_walk walk = address_space_query(space, at);
    print_walk(&walk);
    const bool done = switch_and_back(space, at, direct);
    status = address_space_unmap(space, at, PAGE_SIZE);
    if (status != STATUS_OK)
        return refuse("unmap", status);
    print("unmap     %016" PRIx64 ": %" PRIu64 " frames taken for tables\n", at.value,
          before - free_frames());
    return done;
}

static bool fill_space(struct address_space *space)
{
    virt_addr_t at;
    pfn_t frame;
    status_t status = address_space_reserve(space, PAGE_SIZE, PAGE_SIZE, "try", &at);
    if (status != STATUS_OK)
        return refuse("reserve", status);
    print("reserve   %016" PRIx64 "..%016" PRIx64 ", a guard page on both sides\n", at.value,
          at.value + PAGE_SIZE);
    status = frames_alloc(mm_frames(), ORDER_FRAME, FRAME_TEST, &frame);
    if (status != STATUS_OK)
        return refuse("a frame", status);
    const bool done = map_and_use(space, at, frame);
    status = frames_free(mm_frames(), frame, ORDER_FRAME);
    return status == STATUS_OK ? done : refuse("the frame came not back", status);
}

static bool try_space(void)
{
    struct address_space space;
    const uint64_t before = free_frames();
    print("before    %" PRIu64 " frames free\n", before);
    status_t status = address_space_create(&space, mm_kernel_table());
    if (status != STATUS_OK)
        return refuse("create", status);
    print("create    root table %" PRIx64 ": %" PRIu64
          " frame taken; the kernel's half is that of root table %" PRIx64 "\n",
          space.table.root.value, before - free_frames(), mm_kernel_table()->root.value);
    const bool done = fill_space(&space);
    const char *broken = address_space_check(&space);
    status = address_space_destroy(&space, cpu_current_table(), nullptr);
    if (status != STATUS_OK)
        return refuse("destroy", status);
    const uint64_t after = free_frames();
    print("destroy   %" PRIu64 " frames free, %" PRIu64 " missing\n", after, before - after);
    if (broken != nullptr)
        print("FAIL: try: %s\n", broken);
    return done && broken == nullptr && after == before;
}

/* ---- the command ---- */

#define TRIALS(X)                                                                                  \
    X("space", try_space, "an address space: made, a page mapped, switched to and back, destroyed")
#define TRIAL(word, run, what) {word, run},
#define WORD(word, run, what)  "|" word
#define HELP(word, run, what)  word ": " what "\n"

static const struct {
    const char *word;
    bool (*run)(void);
} trials[] = {TRIALS(TRIAL)};

static bool run_try(unsigned, const char *const *words)
{
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
        if (strcmp(words[1], trials[i].word) == 0)
            return trials[i].run();
    }
    return false;
}

COMMAND(try) = {
    .name = "try",
    .usage = TRIALS(WORD),
    .summary = "do a thing step by step, and show each step",
    .help = TRIALS(HELP) "Everything is as before when it ends; if not, it fails.\n",
    .run = run_try,
};
