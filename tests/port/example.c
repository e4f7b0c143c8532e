/* SPDX-License-Identifier: MIT
 * A port of mm/ in one page: frames and a heap on memory that the C library gave. docs/porting.md. */
#include <mm/arena.h>
#include <mm/frames.h>
#include <mm/heap.h>

#include <stdio.h>
#include <stdlib.h>

constexpr uint64_t RAM_START = 16 * MIB; /* the physical address of what `ram` points to */
constexpr uint64_t RAM_SIZE = 64 * MIB;

/* The whole of the port: what happens when mm/ finds its own state broken. */
void assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, expression);
    abort();
}

static void must(status_t status, const char *what)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", what, status_text(status));
        exit(1);
    }
}

int main(void)
{
    unsigned char *ram = aligned_alloc(2 * MIB, RAM_SIZE);
    const uint64_t offset = (uint64_t)(uintptr_t)ram - RAM_START; /* virtual minus physical */
    const pfn_t limit = phys_to_pfn(phys_addr(RAM_START + RAM_SIZE));
    static alignas(16) unsigned char early_memory[64 * KIB]; /* zeroed */
    struct arena early;
    struct frame_allocator *frames;
    struct heap *heap;
    void *memory, *block;
    pfn_t frame;

    must(ram == nullptr ? STATUS_NO_MEMORY : STATUS_OK, "simulated RAM");
    arena_init(&early, early_memory, sizeof early_memory);
    must(arena_alloc(&early, frames_memory_size(4, limit), &memory), "memory for frames");
    must(frames_init(memory, frames_memory_size(4, limit), 4, limit, offset, nullptr, &frames),
         "frames");
    must(frames_put_range(frames, (struct frame_span){{RAM_START / PAGE_SIZE}, 64 * 256, 0}),
         "RAM");
    must(arena_alloc(&early, heap_memory_size(), &memory), "memory for the heap");
    must(heap_init(memory, heap_memory_size(), frames, offset, nullptr, &heap), "heap");

    must(frames_alloc(frames, ORDER_FRAME, FRAME_KERNEL, &frame), "a frame");
    must(heap_alloc(heap, 1000, &block), "a block");
    must(heap_free(heap, block, nullptr), "the block");
    printf("a second free: %s\n", status_text(heap_free(heap, block, nullptr)));
    must(frames_free(frames, frame, ORDER_FRAME), "the frame");
    const bool sound = frames_check(frames) == nullptr && heap_check(heap) == nullptr;
    free(ram);
    return sound ? 0 : 1;
}
