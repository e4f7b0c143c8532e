/* SPDX-License-Identifier: MIT */
#include <kernel/selftest.h>

#include <base/string.h>
#include <boot/address_map.h>
#include <mm/mm.h>
#include <mm/pool.h>

/* ---- frames ---- */

static const char *test_frame(void)
{
    struct frame_allocator *fa = mm_frames();
    pfn_t frame;
    EXPECT(frames_alloc(fa, ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK, "no frame is free");
    EXPECT(frames_owner(fa, frame).class != FRAME_FREE, "an allocated frame is called free");
    volatile uint64_t *word = phys_to_virt(pfn_to_phys(frame));
    *word = 0x0123456789abcdef;
    EXPECT(*word == 0x0123456789abcdef, "the frame does not keep what is written to it");

    EXPECT(frames_free(fa, frame, 3) == STATUS_BAD_ORDER, "an order that is none was accepted");
    EXPECT(frames_free(fa, frame, ORDER_BLOCK) != STATUS_OK, "a frame was freed as a block");
    EXPECT(frames_free(fa, pfn(0), ORDER_FRAME) == STATUS_OUT_OF_RANGE,
           "frame 0, which is not managed, was freed");
    EXPECT(frames_free(fa, pfn(UINT64_MAX), ORDER_FRAME) == STATUS_OUT_OF_RANGE,
           "a frame beyond all memory was freed");
    EXPECT(frames_free(fa, frame, ORDER_FRAME) == STATUS_OK, "the frame was not taken back");
    EXPECT(frames_free(fa, frame, ORDER_FRAME) == STATUS_NOT_ALLOCATED,
           "a double free was not noticed");
    return frames_check(fa);
}

static const char *test_block(void)
{
    struct frame_allocator *fa = mm_frames();
    struct frame_totals totals;
    pfn_t block;
    frames_totals(fa, &totals);
    status_t status = frames_alloc(fa, ORDER_BLOCK, FRAME_TEST, &block);
    if (totals.free_blocks == 0) {
        EXPECT(status == STATUS_NO_MEMORY, "a block came from where there is none");
        return nullptr;
    }
    EXPECT(status == STATUS_OK, "a free 2 MiB block was not found");
    EXPECT(is_aligned(block.value, 1 << ORDER_BLOCK), "a 2 MiB block is not aligned to its size");
    EXPECT(frames_free(fa, pfn(block.value + 1), ORDER_FRAME) != STATUS_OK,
           "a frame inside a block was freed");
    EXPECT(frames_free(fa, pfn(block.value + 1), ORDER_BLOCK) == STATUS_MISALIGNED,
           "a misaligned block was freed");
    EXPECT(frames_free(fa, block, ORDER_BLOCK) == STATUS_OK, "the block was not taken back");
    return frames_check(fa);
}

static const char *test_run(void)
{
    constexpr uint64_t length = 5, alignment = 4;
    constexpr uint32_t note = 0xabcde;
    struct frame_allocator *fa = mm_frames();
    pfn_t run;
    EXPECT(frames_alloc_run(fa, length, alignment, FRAME_TEST, note, &run) == STATUS_OK,
           "no run of five frames is free");
    EXPECT(is_aligned(run.value, alignment), "the run is not aligned as asked");
    for (uint64_t i = 0; i < length; i++) {
        struct frame_tag tag = frames_tag(fa, pfn(run.value + i));
        EXPECT(tag.class == FRAME_TEST && tag.value == note, "a frame of the run has another tag");
    }
    EXPECT(frames_free_run(fa, pfn(run.value + 1), length - 1) == STATUS_INSIDE_BLOCK,
           "a free from inside a run was accepted");
    EXPECT(frames_free_run(fa, run, length - 1) == STATUS_WRONG_ORDER, "a part of a run was freed");
    EXPECT(frames_free(fa, run, ORDER_FRAME) == STATUS_WRONG_ORDER,
           "the first frame of a run was freed alone");
    EXPECT(frames_reserve(fa, run, 1) == STATUS_IN_USE, "a frame in use was reserved");
    EXPECT(frames_free_run(fa, run, length) == STATUS_OK, "the run was not taken back");
    return frames_check(fa);
}

/* ---- heap ---- */

/* A8: ten allocations, ten frees, the report checked. */
static const char *test_mini(void)
{
    struct heap_totals before, between, after;
    unsigned char *blocks[10];
    heap_totals(mm_heap(), &before);
    for (unsigned i = 0; i < 10; i++) {
        blocks[i] = kmalloc(24 + 100 * (size_t)i);
        EXPECT(blocks[i] != nullptr, "out of memory");
        EXPECT(is_aligned(virt_of(blocks[i]).value, HEAP_ALIGNMENT), "a block is not aligned");
        memset(blocks[i], (int)i, 24 + 100 * (size_t)i);
    }
    heap_totals(mm_heap(), &between);
    for (unsigned i = 0; i < 10; i++) {
        for (size_t at = 0; at < 24 + 100 * (size_t)i; at++)
            EXPECT(blocks[i][at] == i, "two blocks share bytes");
    }
    for (unsigned i = 0; i < 10; i++)
        kfree(blocks[i]);
    heap_totals(mm_heap(), &after);
    EXPECT(between.allocations == before.allocations + 10, "ten allocations were not counted");
    EXPECT(between.live_blocks == before.live_blocks + 10, "ten live blocks were not counted");
    EXPECT(after.frees == before.frees + 10, "ten frees were not counted");
    EXPECT(after.live_blocks == before.live_blocks && after.live_bytes == before.live_bytes,
           "live blocks and bytes are not what they were before");
    EXPECT(between.requested_total - before.requested_total == 10 * 24 + 45 * 100,
           "the bytes asked for were not counted");
    EXPECT(after.live_blocks_peak >= between.live_blocks &&
               after.live_bytes_peak >= between.live_bytes,
           "a peak is below what was live");
    return heap_check(mm_heap());
}

static uint64_t frees_of_all_classes(void)
{
    struct heap_class class;
    uint64_t frees = 0;
    for (unsigned i = 0; heap_class_get(mm_heap(), i, &class); i++)
        frees += class.frees;
    return frees;
}

/* A8, the report by class: the same ten, each counted where it belongs. */
static const char *test_mini_classes(void)
{
    uint64_t before = frees_of_all_classes();
    void *blocks[10];
    for (unsigned i = 0; i < 10; i++) {
        blocks[i] = kmalloc(24 + 100 * (size_t)i);
        EXPECT(kmalloc_usable_size(blocks[i]) >= 24 + 100 * (size_t)i,
               "less can be used of a block than was asked for");
    }
    for (unsigned i = 0; i < 10; i++)
        kfree(blocks[i]);
    EXPECT(kmalloc_usable_size(blocks) == 0, "the stack is called a block");
    EXPECT(frees_of_all_classes() == before + 10, "ten frees were not counted by their classes");
    return nullptr;
}

static void construct(void *object)
{
    *(uint64_t *)object = 0x636f6e7374727563;
}

static const char *test_cache(void)
{
    struct object_cache *cache;
    struct object_cache_stats stats;
    uint64_t *objects[40];
    EXPECT(object_cache_create(mm_heap(), "selftest", 200, 8, construct, &cache) == STATUS_OK,
           "no cache could be created");
    for (unsigned i = 0; i < 40; i++) {
        objects[i] = kcache_alloc(cache);
        EXPECT(objects[i] != nullptr, "out of memory");
        EXPECT(*objects[i] == 0x636f6e7374727563, "an object is not constructed");
    }
    EXPECT(object_cache_destroy(cache) == STATUS_IN_USE, "a cache with objects was destroyed");
    EXPECT(heap_free(mm_heap(), objects[0], nullptr) == STATUS_FOREIGN, "kfree took an object");
    for (unsigned i = 0; i < 40; i++)
        kcache_free(cache, objects[i]);
    object_cache_stats(cache, &stats);
    EXPECT(stats.class.allocations == 40 && stats.class.frees == 40 && stats.class.live_peak == 40,
           "the cache's statistics are wrong");
    EXPECT(object_cache_destroy(cache) == STATUS_OK, "an empty cache was not destroyed");
    return heap_check(mm_heap());
}

static const char *test_pool(void)
{
    struct pool pool;
    void *blocks[5], *none;
    size_t size = pool_memory_size(100, 16, 5);
    void *memory = kmalloc(size);
    EXPECT(memory != nullptr, "out of memory");
    EXPECT(pool_init(&pool, memory, size, 100, 16, 5) == STATUS_OK, "no pool could be made");
    for (unsigned i = 0; i < 5; i++)
        EXPECT(pool_alloc(&pool, &blocks[i]) == STATUS_OK, "the pool is empty too early");
    EXPECT(pool_alloc(&pool, &none) == STATUS_NO_MEMORY, "the pool has more blocks than it has");
    EXPECT(pool_free(&pool, blocks[2]) == STATUS_OK, "a block was not taken back");
    EXPECT(pool_free(&pool, blocks[2]) == STATUS_NOT_ALLOCATED, "a double free was accepted");
    EXPECT(pool_check(&pool) == nullptr, "the pool is broken");
    kfree(memory);
    return nullptr;
}

/* A2 */
static const char *test_tracker(void)
{
    static unsigned char object[48];
    size_t size;
    void *block = kmalloc(100);
    EXPECT(block != nullptr, "out of memory");
    EXPECT(mm_memstat_get_size(block, &size) == STATUS_OK && size >= 100,
           "the size of a block is not known");
    EXPECT(mm_memstat_register(block, 100) == STATUS_IN_USE, "a block was registered again");
    static volatile uint64_t zero; /* so that no analyser knows what is looked at */
    const void *freed = (const void *)(uintptr_t)(virt_of(block).value + zero);
    kfree(block);
    EXPECT(mm_memstat_get_size(freed, &size) == STATUS_NOT_FOUND, "the size of nothing is known");
    EXPECT(mm_memstat_register(object, sizeof object) == STATUS_OK, "registering failed");
    EXPECT(mm_memstat_get_size(object, &size) == STATUS_OK && size == sizeof object,
           "a registered size is not known");
    EXPECT(mm_memstat_unregister(object) == STATUS_OK, "the registration cannot be taken back");
    EXPECT(mm_memstat_unregister(object) == STATUS_NOT_FOUND, "it was taken back twice");
    return memstat_check(mm_memstat());
}

static const char *test_zeroed(void)
{
    static volatile size_t too_many = SIZE_MAX / 8;
    unsigned char *dirty = kmalloc(1000);
    EXPECT(dirty != nullptr, "out of memory");
    memset(dirty, 0xa5, 1000);
    kfree(dirty);
    unsigned char *zeroed = kcalloc(10, 100);
    EXPECT(zeroed != nullptr, "out of memory");
    for (unsigned i = 0; i < 1000; i++)
        EXPECT(zeroed[i] == 0, "kcalloc gave memory that is not zero");
    kfree(zeroed);
    EXPECT(kcalloc(too_many, 16) == nullptr, "a product that overflows was served");
    EXPECT(kmalloc(too_many) == nullptr, "more than any machine has was served");
    return nullptr;
}

static const char *test_resize(void)
{
    unsigned char *block = nullptr;
    static const size_t sizes[] = {10, 100, 40'000, 300'000, 500, 1};
    size_t held = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *moved = krealloc(block, sizes[i]);
        EXPECT(moved != nullptr, "out of memory");
        block = moved;
        size_t kept = held < sizes[i] ? held : sizes[i];
        for (size_t at = 0; at < kept; at++)
            EXPECT(block[at] == (unsigned char)(at * 7), "krealloc lost contents");
        held = sizes[i];
        for (size_t at = 0; at < held; at++)
            block[at] = (unsigned char)(at * 7);
    }
    kfree(block);
    return heap_check(mm_heap());
}

static const char *test_aligned(void)
{
    for (size_t alignment = 16; alignment <= GIB; alignment *= 4) {
        void *block = kmalloc_aligned(100, alignment);
        EXPECT(block != nullptr || alignment > 2 * MIB, "out of memory"); /* a small machine's */
        EXPECT(is_aligned(virt_of(block).value, alignment), "a block is not aligned as asked");
        kfree(block);
    }
    EXPECT(kmalloc_aligned(100, 24) == nullptr, "an alignment that is no power of two was served");
    return heap_check(mm_heap());
}

static const char *test_misuse(void)
{
    static unsigned char foreign[64];
    struct heap *heap = mm_heap();
    struct heap_misuse misuse;
    unsigned char *block = kmalloc(200);
    void *neighbour =
        kmalloc(200); /* keeps the slab, so that the second free finds a block's place */
    EXPECT(block != nullptr && neighbour != nullptr, "out of memory");
    EXPECT(heap_free(heap, block + 16, &misuse) == STATUS_INSIDE_BLOCK,
           "a free from inside a block was accepted");
    EXPECT(misuse.block.value == virt_of(block).value, "the report names another block");
    EXPECT(heap_free(heap, foreign, &misuse) == STATUS_FOREIGN, "a foreign pointer was accepted");
    static volatile uint64_t zero; /* so that no analyser knows what is freed twice */
    uint64_t freed = virt_of(block).value + zero;
    kfree(block);
    EXPECT(heap_free(heap, (void *)(uintptr_t)freed, &misuse) == STATUS_NOT_ALLOCATED,
           "a double free was accepted");
    kfree(neighbour);
    kfree(nullptr);
    return heap_check(heap);
}

static bool is_mapped(uint64_t address)
{
    return page_table_query(mm_kernel_table(), virt_addr(address)).present;
}

static const char *test_window(void)
{
    constexpr size_t size = HEAP_WINDOW_MIN + MIB;
    unsigned char *block = kmalloc(size);
    EXPECT(block != nullptr, "out of memory");
    uint64_t start = virt_of(block).value;
    EXPECT(start - HEAP_BASE < HEAP_SIZE, "a block over 2 MiB is not in the window");
    EXPECT(!is_mapped(start - 1), "there is no guard page below it");
    /* More than was asked for may be mapped: a red zone, a tail that was rounded up. */
    const struct virtual_range *range = ranges_find(mm_heap_window(), virt_addr(start), nullptr);
    EXPECT(range != nullptr && range->start.value == start && range->size >= size,
           "it is no range of the window, or a part of one");
    const uint64_t end = start + range->size;
    EXPECT(is_mapped(end - 1), "a range of the window is not mapped up to its end");
    EXPECT(!is_mapped(end), "there is no guard page above it");
    for (size_t at = 0; at < size; at += PAGE_SIZE)
        block[at] = (unsigned char)(at >> PAGE_SHIFT);
    for (size_t at = 0; at < size; at += PAGE_SIZE)
        EXPECT(block[at] == (unsigned char)(at >> PAGE_SHIFT), "two of its pages are one frame");
    kfree(block);
    EXPECT(!is_mapped(start) && !is_mapped(end - 1), "it is mapped after its free");
    return heap_check(mm_heap());
}

/* There is no limit on blocks in the window but memory: 5 000, or as many as half of it holds. */
static const char *test_many_windows(void)
{
    constexpr uint64_t MOST = 5000;
    constexpr uint64_t PAGES = HEAP_WINDOW_MIN / PAGE_SIZE + 1;
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    const uint64_t half = totals.free / 2 / PAGES;
    const uint64_t most = half < MOST ? half : MOST;
    const size_t before = mm_heap_window()->count;
    void **blocks = kmalloc(MOST * sizeof *blocks);
    EXPECT(blocks != nullptr, "out of memory");
    uint64_t taken = 0;
    while (taken < most && (blocks[taken] = kmalloc(HEAP_WINDOW_MIN + 1)) != nullptr)
        taken++;
    const char *broken = ranges_check(mm_heap_window());
    const size_t live = mm_heap_window()->count - before;
    for (uint64_t i = 0; i < taken; i++)
        kfree(blocks[i]);
    kfree(blocks);
    EXPECT(broken == nullptr, broken);
    EXPECT(taken == most && live == most, "a block was refused with half of memory free");
    EXPECT(mm_heap_window()->count == before, "a block has left its range behind");
    return heap_check(mm_heap());
}

/* ---- arena ---- */

static const char *test_arena(void)
{
    alignas(16) static unsigned char memory[1024];
    struct arena arena;
    void *first, *second, *third;
    arena_init(&arena, memory, sizeof memory);
    EXPECT(arena_alloc(&arena, 100, &first) == STATUS_OK, "the first block was refused");
    struct arena_mark mark = arena_mark(&arena);
    EXPECT(arena_alloc(&arena, 100, &second) == STATUS_OK, "the second block was refused");
    EXPECT(arena_free(&arena, first) == STATUS_NO_ORDER, "blocks were freed in the wrong order");
    EXPECT(arena_free(&arena, second) == STATUS_OK, "the last block was not taken back");
    EXPECT(arena_alloc_aligned(&arena, 8, 256, &third) == STATUS_OK, "alignment was refused");
    EXPECT(is_aligned(virt_of(third).value, 256), "a block is not aligned as asked");
    EXPECT(arena_alloc(&arena, sizeof memory, &second) == STATUS_NO_MEMORY,
           "more than the arena has was served");
    EXPECT(arena_release(&arena, mark) == STATUS_OK, "the scope was not given back");
    EXPECT(arena_used(&arena) + arena_free_bytes(&arena) == sizeof memory,
           "used and free bytes are not all bytes");
    const char *broken = arena_check(&arena);
    return broken != nullptr ? broken : arena_check(mm_early_arena());
}

const struct self_test memory_tests[] = {
    {"frames: one frame, and frees that are refused", test_frame},
    {"frames: a 2 MiB block", test_block},
    {"frames: a run, and frees that are refused", test_run},
    {"heap: ten allocations, ten frees, the statistics", test_mini},
    {"heap: the same ten, by class; usable sizes", test_mini_classes},
    {"heap: zeroed memory, sizes that cannot be", test_zeroed},
    {"heap: krealloc keeps contents", test_resize},
    {"heap: alignment", test_aligned},
    {"heap: bad pointers are refused", test_misuse},
    {"heap: a block over 2 MiB, guarded", test_window},
    {"heap: 5 000 blocks over 2 MiB, if they fit", test_many_windows},
    {"object cache: constructed objects, statistics", test_cache},
    {"pool: all blocks and no more", test_pool},
    {"memstat: sizes by address, nothing allocated", test_tracker},
    {"arena: last in, first out; scopes", test_arena},
};
const size_t memory_test_count = sizeof memory_tests / sizeof memory_tests[0];
