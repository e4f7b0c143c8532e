/* SPDX-License-Identifier: MIT
 * The loader, step by step. It reads the firmware's memory map, gathers what the kernel will need, places the
 * kernel that it carries, ends the firmware and jumps. docs/boot_protocol.md tells what the kernel is given.
 * A step that cannot do its work ends the run with a sentence; only the inspection, which a boot can do without, says
 * so and lets it go on. What a step has done is not printed, but for the report and the inspector. */
#include "loader.h"

#include <base/assert.h>
#include <base/string.h>

/* The loader of efi_main, for a failed assertion, which has no argument. In .data, not .bss: some firmware
 * loads a PE file without clearing what the file does not hold. */
__attribute__((section(".data"))) static struct loader *running;

[[noreturn]] void assert_failed(const char *expression, const char *file, int line)
{
    loader_stop(running, EFI_ABORTED, "this is a bug: %s does not hold (%s:%d)", expression, file,
                line);
}

/* Not before the first snapshot: asking for a protocol may allocate. */
static void find_self(struct loader *l)
{
    static const EFI_GUID loaded_image = LOADED_IMAGE_PROTOCOL;
    l->firmware.self = firmware_protocol(&l->firmware, l->firmware.image, &loaded_image);
    if (l->firmware.self == nullptr)
        loader_stop(l, EFI_UNSUPPORTED, "the firmware does not know the program that it started");
}

/* The firmware is gone: what is left is to say what the kernel is given. */
static void hand_over(struct loader *l)
{
    l->info.final_map = raw_map_convert(&l->final_map, l->block + l->layout.map);
    if (l->info.exit_tries == 1)
        l->info.before_exit_map = l->info.final_map;
    l->info.magic = BOOT_INFO_MAGIC;
    l->info.version = BOOT_INFO_VERSION;
    l->info.size = sizeof l->info;
}

static const struct {
    enum boot_step cost;
    void (*run)(struct loader *);
} steps[] = {
    {BOOT_STEP_SNAPSHOT, loader_snapshot},    {BOOT_STEP_OPTIONS, find_self},
    {BOOT_STEP_OPTIONS, loader_find_options}, {BOOT_STEP_GATHER, loader_gather},
    {BOOT_STEP_INSPECT, loader_inspect},      {BOOT_STEP_LOAD, loader_judge},
    {BOOT_STEP_ALLOCATE, loader_allocate},    {BOOT_STEP_LOAD, loader_place},
    {BOOT_STEP_TABLES, loader_build_tables},  {BOOT_STEP_EXIT, loader_exit_firmware},
    {BOOT_STEP_HANDOVER, hand_over},
};

/* Each step's cost runs from the end of the one before, so that nothing is left out between them. */
static void run_steps(struct loader *l)
{
    uint64_t at = l->info.entry_tsc, in_firmware = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        steps[i].run(l);
        struct boot_cost *cost = &l->info.cost[steps[i].cost];
        uint64_t now = read_tsc();
        cost->total += now - at;
        cost->firmware += l->firmware.ticks - in_firmware;
        at = now;
        in_firmware = l->firmware.ticks;
    }
}

/* The loader is on firmware's stack: its zeros would be 24 KB of the file. UEFI 2.10, 2.3.4 promises 128 KiB,
 * and the largest frame below this one is 8 KiB of option text. The stack is memory like any other, there from
 * the start: a large frame needs no probing (-mno-stack-arg-probe). Its last user is the copy before handoff,
 * which is given numbers only. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    uint64_t entry_tsc = read_tsc();
    static_assert(sizeof(struct loader) < 32 * KIB);
    struct loader loader = {.info.entry_tsc = entry_tsc}, *l = &loader;
    running = l;
    l->firmware = (struct firmware){.image = image, .system = system, .boot = system->BootServices};
    run_steps(l);

    uint64_t info = (uintptr_t)l->block + l->layout.info;
    memcpy((void *)info, &l->info, sizeof l->info);
    handoff(l->info.first_tables, l->info.image_virtual + l->plan.entry_offset,
            l->info.image_virtual + l->plan.stack_top_offset, l->info.direct_map_virtual + info);
}
