/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <kernel/console.h>
#include <kernel/panic.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include "shared.h"

static void print_frame(const struct frame_owner *frame)
{
    uint64_t start = pfn_to_phys(frame->first).value;
    uint64_t bytes = frame->count << PAGE_SHIFT;
    print("  frame:    %s%s, node %u", frame_class_name(frame->class),
          frame->exact ? "" : " (the class of its 2 MiB block)", frame->node);
    if (frame->class == FRAME_FREE) {
        print("\n");
        return;
    }
    print("\n            %s of %" PRIu64 " frame%s (%s) from %" PRIx64,
          frame->is_run ? "run" : "block", frame->count, frame->count == 1 ? "" : "s",
          size_text(bytes).text, start);
    if (frame->is_run)
        print(", note %u", frame->value);
    print("\n");
}

static void print_symbol(uint64_t address)
{
    uint64_t offset;
    const char *name = symbol_find(virt_addr(address), &offset);
    if (name != nullptr)
        print("  code:     %s+0x%" PRIx64 "\n", name, offset);
}

void print_owner(uint64_t address)
{
    struct mm_owner owner = mm_owner_of(address);
    print("%s address %016" PRIx64 "\n", owner.is_virtual ? "virtual" : "physical", address);
    if (owner.area != nullptr)
        print("  area:     %s\n", owner.area);
    if (owner.detail != nullptr)
        print("  part of:  %s\n", owner.detail);
    if (owner.is_virtual) {
        print_symbol(address);
        if (!owner.mapped) {
            print("  mapped:   no: nobody owns memory here\n");
            return;
        }
        print("  mapped:   to physical %" PRIx64 "\n", owner.phys.value);
    } else {
        print("  mapped:   %s\n",
              owner.mapped ? "yes, in the direct map" : "not in the direct map");
    }
    if (owner.in_map)
        print("  firmware: %s, %" PRIx64 "..%" PRIx64 " (%s), descriptor %u\n",
              memory_class_name(owner.range.class), owner.range.start.value, owner.range.end.value,
              size_text(owner.range.end.value - owner.range.start.value).text,
              owner.range.descriptor);
    else
        print("  firmware: says nothing about this address\n");
    if (owner.managed)
        print_frame(&owner.frame);
    else
        print("  frame:    not given to the frame allocator\n");
    if (owner.in_heap_block)
        print("  heap:     block %016" PRIx64 ", %zu bytes, this is byte %" PRIu64 " of it\n",
              owner.heap_block.value, owner.heap_block_size,
              (owner.is_virtual ? address : virt_of(phys_to_virt(phys_addr(address))).value) -
                  owner.heap_block.value);
}

static bool run_owner(unsigned, const char *const *words)
{
    uint64_t address;
    if (!command_parse_address(words[1], &address))
        return false;
    print_owner(address);
    return true;
}

COMMAND(owner) = {
    .name = "owner",
    .usage = "ADDRESS",
    .summary = "whose an address is",
    .help =
        "Below 2^52 the address is physical, else virtual. Says in which area it lies, what it\n"
        "is mapped to, what the firmware called that memory, whose the frame is, and which\n"
        "heap block holds it. There is always an answer.\n",
    .run = run_owner,
};
