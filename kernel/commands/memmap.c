/* SPDX-License-Identifier: MIT
 * The firmware's memory map in all its forms; what each prints is inspect/'s, here is only which. */
#include <kernel/command.h>

#include <base/string.h>
#include <inspect/render.h>
#include <kernel/console.h>
#include <kernel/machine.h>
#include <mm/mm.h>

#include "shared.h"

/* Findings that there is room for at first; if there are more, lint runs again. */
constexpr uint32_t FINDINGS_FIRST = 64;

static const struct render_context context = {"Freehold " FREEHOLD_VERSION, "this machine", "",
                                              false};

static bool refuse(enum machine_snapshot snapshot, status_t status)
{
    print("memmap: the map `%s`: %s\n", machine_snapshot_word(snapshot), status_text(status));
    return false;
}

/* ---- the map ---- */

static void print_map(void)
{
    struct view view = view_empty(VIEW_FIRMWARE);
    view.regions = mm_boot_regions();
    view.region_count = mm_boot_info()->final_map.count;
    render_text_map(mm_memory_map(), &output_sink);
    print("\n");
    render_text_changes(&view, mm_memory_map(), &output_sink);
}

static bool show_raw(const struct view *view)
{
    render_text_raw(view, &output_sink);
    print("%u descriptors of %u bytes, version %u, in the firmware's order\n", view->region_count,
          view->descriptor_size, view->descriptor_version);
    return true;
}

static bool show_totals(const struct view *view)
{
    render_text_types(view, &output_sink);
    return true;
}

static bool show_tables(const struct view *view)
{
    render_text_tables(view, &output_sink);
    return true;
}

/* ---- what is found out about it ---- */

static bool show_lint(const struct view *view)
{
    const size_t size = inspection_memory_size(view);
    void *memory = size != 0 ? kmalloc(size) : nullptr;
    uint32_t room = FINDINGS_FIRST;
    bool done = false;
    while (memory != nullptr && !done) {
        struct lint_finding *findings = kmalloc(room * sizeof *findings);
        struct inspection_result result;
        if (findings == nullptr ||
            inspection_run(view, memory, size, findings, room, &result) != STATUS_OK) {
            kfree(findings);
            break;
        }
        done = result.lint.needed <= room;
        room = result.lint.needed;
        const struct inspection inspection = inspection_of(view, &result);
        if (done)
            render_text_lint(&inspection, &context, &output_sink);
        kfree(findings);
    }
    kfree(memory);
    return done;
}

static bool show_ledger(const struct view *view)
{
    struct ledger ledger = ledger_of_map(view, mm_memory_map());
    const struct ledger_use use = machine_memory_use();
    ledger_continue(&ledger, &use);
    render_text_ledger(&ledger, &output_sink);
    return true;
}

/* ---- what changed ---- */

/* The judged map of a snapshot; *memory is a block of the heap in which it lies. */
static status_t build(enum machine_snapshot snapshot, void **memory, struct memory_map *out)
{
    struct machine_view machine;
    status_t status = machine_view_open(snapshot, &machine);
    if (status != STATUS_OK)
        return status;
    const struct view *view = &machine.view;
    const size_t size = memory_map_memory_size(view->region_count);
    *memory = size != 0 ? kmalloc(size) : nullptr;
    status = *memory == nullptr ? STATUS_NO_MEMORY
                                : memory_map_build(view->regions, view->region_count,
                                                   view->phys_bits, *memory, size, out);
    machine_view_close(&machine);
    return status;
}

static bool print_diff(enum machine_snapshot from, enum machine_snapshot to)
{
    const enum machine_snapshot snapshots[2] = {from, to};
    struct memory_map maps[2];
    void *memory[2] = {};
    status_t status = STATUS_OK;
    for (unsigned i = 0; i < 2 && status == STATUS_OK; i++) {
        status = build(snapshots[i], &memory[i], &maps[i]);
        if (status != STATUS_OK)
            (void)refuse(snapshots[i], status);
    }
    if (status == STATUS_OK) {
        print("From `%s` to `%s`\n", machine_snapshot_word(from), machine_snapshot_word(to));
        render_text_diff(&maps[0], &maps[1], &output_sink);
    }
    kfree(memory[1]);
    kfree(memory[0]);
    return status == STATUS_OK;
}

/* ---- the command ---- */

/* What a word stands for: a view that is shown, or what needs none; with neither, the difference of two maps. Behind it
 * maps may be named. */
#define SNAPSHOT(name, word) "|" word
#define MAP                  " [" MACHINE_SNAPSHOT_LIST(SNAPSHOT) "]"
#define PARTS(X)                                                                                   \
    X("", "", print_map, nullptr)                                                                  \
    X("raw", MAP, nullptr, show_raw)                                                               \
    X("totals", MAP, nullptr, show_totals)                                                         \
    X("lint", MAP, nullptr, show_lint)                                                             \
    X("ledger", "", nullptr, show_ledger)                                                          \
    X("diff", MAP MAP, nullptr, nullptr)                                                           \
    X("tables", "", nullptr, show_tables)                                                          \
    X("types", "", print_memory_types, nullptr)
#define PART(word, maps, plain, show) {word, plain, show},
#define LINE(word, maps, plain, show) word maps "\n"

static const struct {
    const char *word;
    void (*plain)(void);
    bool (*show)(const struct view *view); /* false: there is no memory for it */
} parts[] = {PARTS(PART)};

static bool run_part(size_t part, enum machine_snapshot first, enum machine_snapshot second)
{
    struct machine_view machine;
    if (parts[part].plain != nullptr) {
        parts[part].plain();
        return true;
    }
    if (parts[part].show == nullptr)
        return print_diff(first, second);
    status_t status = machine_view_open(first, &machine);
    if (status != STATUS_OK)
        return refuse(first, status);
    const bool done = parts[part].show(&machine.view);
    machine_view_close(&machine);
    return done || refuse(first, STATUS_NO_MEMORY);
}

/* One of the words of MAP. */
static enum machine_snapshot snapshot_of(const char *word)
{
    enum machine_snapshot snapshot = MACHINE_ENTRY;
    while (snapshot < MACHINE_FINAL && strcmp(word, machine_snapshot_word(snapshot)) != 0)
        snapshot++;
    return snapshot;
}

static bool run_memmap(unsigned count, const char *const *words)
{
    const char *word = count > 1 ? words[1] : "";
    if (strcmp(word, "picture") == 0)
        return run_memmap_picture(count, words);
    size_t part = 0;
    while (part + 1 < sizeof parts / sizeof parts[0] && strcmp(word, parts[part].word) != 0)
        part++;
    const bool is_diff = strcmp(word, "diff") == 0;
    enum machine_snapshot maps[] = {is_diff ? MACHINE_ENTRY : MACHINE_FINAL, MACHINE_FINAL};
    for (unsigned i = 2; i < count; i++)
        maps[i - 2] = snapshot_of(words[i]);
    return run_part(part, maps[0], maps[1]);
}

COMMAND(memmap) = {
    .name = "memmap",
    .usage = PARTS(LINE) "picture [off|text]",
    .summary = "the firmware's memory map, judged",
    .help =
        "Without a word: sorted, disjoint ranges with the class that each got, totals by class,\n"
        "and what had to be changed in the firmware's list. Attributes are what the memory can\n"
        "do, not what it is set to.\n"
        "  raw          the descriptors as the firmware gave them\n"
        "  totals       their totals by type and by attribute\n"
        "  lint         what is wrong or unusual, why it matters, and what to do\n"
        "  ledger       where the memory went, from what is installed to what is free, to the\n"
        "               byte; each line with - or + leads from one total to the next\n"
        "  diff         what changed between two maps (without words: entry and final)\n"
        "  tables       tables and devices with their places, nodes, memory devices\n"
        "  types        GiB by GiB what RAM can be, what the MTRRs make of it and with which\n"
        "               type the direct map names it; alike neighbours are one line\n"
        "  picture      RAM to scale by who owns it now, above the text, kept up to date\n"
        "               after each command; off takes it away, text prints it as characters\n"
        "Which map: entry (as the loader found it), before (when it first asked to end boot\n"
        "services) or final (when they had ended), which is the default.\n",
    .run = run_memmap,
};
