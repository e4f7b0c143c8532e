/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/image.h>
#include <arch/trap.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

static void print_image(void)
{
    struct image_section section;
    uint64_t mapped = 0, writable = 0;
    print("%-25s %16s %16s %10s %10s  %s\n", "image section", "start", "end", "bytes", "size",
          "may");
    for (unsigned i = 0; image_section_get(i, &section); i++) {
        uint64_t size = section.end.value - section.start.value;
        const char rights[] = {section.readable ? 'r' : '-', section.writable ? 'w' : '-',
                               section.executable ? 'x' : '-', '\0'};
        mapped += section.readable ? size : 0;
        writable += section.writable ? size : 0;
        print("%-25s %16" PRIx64 " %16" PRIx64 " %10" PRIu64 " %10s  %s\n", section.name,
              section.start.value, section.end.value, size, size_text(size).text,
              section.readable ? rights : "guard");
    }
    print("%-25s %44" PRIu64 " %10s\n", "mapped", mapped, size_text(mapped).text);
    print("%-25s %44" PRIu64 " %10s  static data, bss and stacks\n", "of that writable", writable,
          size_text(writable).text);
}

static void print_stacks(void)
{
    struct trap_stack stack;
    print("\n%-20s %16s %16s %10s %10s\n", "static stack", "start", "end", "bytes", "deepest");
    for (unsigned i = 0; trap_stack_get(i, &stack); i++)
        print("%-25s %16" PRIx64 " %16" PRIx64 " %10" PRIu64 " %10" PRIu64 "\n", stack.name,
              stack.start.value, stack.end.value, stack.end.value - stack.start.value,
              trap_stack_used(i));
}

static void print_size(const char *name, uint64_t bytes, const char *remark)
{
    print("%-25s %16" PRIu64 " bytes %10s  %s\n", name, bytes, size_text(bytes).text, remark);
}

static void print_managers(void)
{
    struct frame_totals frames;
    struct heap_totals heap;
    const struct arena *early = mm_early_arena();
    frames_totals(mm_frames(), &frames);
    heap_totals(mm_heap(), &heap);
    print("\n");
    print_size("early arena used", arena_used(early), "the first memory");
    print_size("early arena free", arena_free_bytes(early), "the end of its last page");
    print_size("early arena peak", early->peak, "most ever used");
    print_size("heap live", heap.live_bytes, "in blocks that are in use");
    print_size("heap held", heap.held_bytes, "frames and records");
    print_size("frame metadata", frames.by_class[FRAME_METADATA] << PAGE_SHIFT,
               "made when a GiB is first touched");
    print_size("page tables", page_table_count(mm_kernel_table()) << PAGE_SHIFT, "the kernel's");
    print_size("heap left", frames.free << PAGE_SHIFT, "free frames");
}

static bool run_footprint(unsigned, const char *const *)
{
    print_image();
    print_stacks();
    print_managers();
    return true;
}

COMMAND(footprint) = {
    .name = "footprint",
    .usage = "",
    .summary = "what the kernel itself takes: image, stacks, arena, heap, metadata",
    .help = "Sections of the image with their rights, static stacks with the deepest use of each\n"
            "since the prompt, and the memory of every manager.\n",
    .run = run_footprint,
};
