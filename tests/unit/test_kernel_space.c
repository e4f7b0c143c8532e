/* SPDX-License-Identifier: MIT
 * The kernel's own space on simulated memory: the direct map a section at a time, devices, the heap window,
 * owners; and the proof of S1..S6, which must find every fault that is planted here.
 * Simulated: the processor (flushes are counted, nothing is executed) and the image's sections. */
#include "harness/harness.h"

#include "simulated_processor.h"
#include <mm/owner.h>

#include <base/string.h>

/* ---- a machine ---- */

constexpr uint64_t MACHINE_BYTES = 16 * GIB;
constexpr uint64_t LOADER_AT = 0x7E000000;
constexpr uint64_t LOADER_BYTES = 0x200000;
constexpr uint64_t EARLY_BYTES = MIB;

/* 4 GiB of RAM around a hole, and 10 GiB above: START, PAGES, TYPE. */
static const struct boot_region regions[] = {
    {0, 0xA0, EFI_TYPE_CONVENTIONAL, 0, 0xF},
    {0x100000, 0x700, EFI_TYPE_CONVENTIONAL, 0, 0xF},
    {0x800000, 8, EFI_TYPE_ACPI_NVS, 0, 0xF},
    {0x808000, 0x3FF8, EFI_TYPE_BOOT_SERVICES_DATA, 0, 0xF},
    {0x4800000, 0x797F0, EFI_TYPE_CONVENTIONAL, 0, 0xF},
    {LOADER_AT, 0x200, EFI_TYPE_LOADER_DATA, 0, 0xF},
    {0x7E200000, 0x100, EFI_TYPE_ACPI_RECLAIM, 0, 0xF},
    {0x7E300000, 0x100, EFI_TYPE_RUNTIME_SERVICES_DATA, 0, 0x800000000000000F},
    {0x7E400000, 0x100, EFI_TYPE_RUNTIME_SERVICES_CODE, 0, 0x800000000000000F},
    {0xC0000000, 0x1000, EFI_TYPE_MMIO, 0, 0x8000000000000001},
    {0x100000000, 0x280000, EFI_TYPE_CONVENTIONAL, 0, 0xF},
};

struct machine {
    struct fake_ram ram;
    struct boot_info boot;
    struct memory_map map;
    struct arena early;
    struct kernel_space space;
    void *map_memory;
    size_t map_size;
    uint64_t budget; /* allocations of frames that succeed before all fail */
};
constexpr uint64_t UNLIMITED = UINT64_MAX;

static void start_map(struct machine *m)
{
    const size_t count = sizeof regions / sizeof regions[0];
    m->map_size = memory_map_memory_size(count);
    m->map_memory = test_malloc(m->map_size);
    assert_status(memory_map_build(regions, count, 46, m->map_memory, m->map_size, &m->map),
                  STATUS_OK);
}

static status_t section_online(void *owner, pfn_t first)
{
    struct machine *m = owner;
    return kernel_space_online(&m->space, first);
}

static bool may_allocate(void *owner)
{
    struct machine *m = owner;
    if (m->budget == 0)
        return false;
    if (m->budget != UNLIMITED)
        m->budget--;
    return true;
}

static void start_frames(struct machine *m)
{
    const struct frame_hooks hooks = {section_online, may_allocate, m};
    const pfn_t limit = phys_to_pfn(phys_addr(MACHINE_BYTES));
    const size_t size = frames_memory_size(64, limit);
    struct frame_allocator *frames;
    void *memory;
    assert_status(arena_alloc(&m->early, size, &memory), STATUS_OK);
    memset(memory, 0, size);
    assert_status(frames_init(memory, size, 64, limit, m->ram.offset, &hooks, &frames), STATUS_OK);
    for (size_t i = 0; i < m->map.range_count; i++) {
        const struct memory_range *range = &m->map.ranges[i];
        if (range->class != MEMORY_USABLE || range->start.value < MIB)
            continue;
        const struct frame_span span = {phys_to_pfn(range->start),
                                        (range->end.value - range->start.value) >> PAGE_SHIFT, 0};
        assert_status(frames_put_range(frames, span), STATUS_OK);
    }
    m->space.frames = frames;
}

/* The loader's memory: as far as the map says, or further. */
static struct machine *machine_with_loader(uint64_t loader_bytes, bool gib_leaves, unsigned levels,
                                           bool no_execute)
{
    struct machine *m = test_calloc(1, sizeof *m);
    const char *fault;
    m->budget = UNLIMITED;
    processor = (struct cpu_features){
        .phys_bits = 46, .levels = levels, .no_execute = no_execute, .gib_leaves = gib_leaves};
    m->ram = fake_ram_create(0, MACHINE_BYTES);
    m->boot = (struct boot_info){
        .image_virtual = IMAGE_AT,
        .direct_map_virtual = DIRECT_MAP_BASE + 7 * GIB,
        .image = {LOADER_AT + 0x3000, IMAGE_BYTES},
        .loader = {LOADER_AT, loader_bytes},
        .early_memory = {LOADER_AT + 0x80000, EARLY_BYTES},
        .framebuffer = {.start = 0xC0000000, .size = 8 * MIB, .width = 1920, .height = 1080},
    };
    arena_init(&m->early, m->ram.bytes + m->boot.early_memory.start, EARLY_BYTES);
    start_map(m);
    m->space.boot = &m->boot;
    m->space.map = &m->map;
    m->space.early = &m->early;
    assert_status(kernel_space_init(&m->space, m->ram.offset, &fault), STATUS_OK);
    start_frames(m);
    return m;
}

static struct machine *machine_start(bool gib_leaves, unsigned levels, bool no_execute)
{
    return machine_with_loader(LOADER_BYTES, gib_leaves, levels, no_execute);
}

static const char *proof(struct machine *m)
{
    struct mm_paging_summary summary;
    virt_addr_t where;
    return kernel_space_check(&m->space, &summary, &where);
}

static void machine_stop(struct machine *m)
{
    assert_sound(proof(m));
    assert_sound(frames_check(m->space.frames));
    assert_sound(arena_check(&m->early));
    fake_ram_destroy(&m->ram);
    test_free(m->map_memory);
    test_free(m);
}

static struct page_walk look(struct machine *m, uint64_t address)
{
    return page_table_query(&m->space.table, virt_addr(address));
}

static struct page_walk look_direct(struct machine *m, uint64_t physical)
{
    return look(m, m->boot.direct_map_virtual + physical);
}

/* ---- tests ---- */

static void test_start(void **state)
{
    (void)state;
    struct machine *m = machine_start(true, 4, true);
    assert_int_equal(look(m, IMAGE_AT).rights, PAGE_EXECUTE | PAGE_GLOBAL);
    assert_int_equal(look(m, IMAGE_AT + 0x4000).rights, PAGE_GLOBAL);
    assert_int_equal(look(m, IMAGE_AT + 0x6000).rights, PAGE_WRITE | PAGE_GLOBAL);
    assert_false(look(m, IMAGE_AT + 0x8000).present);        /* S6 */
    assert_false(look(m, 0).present);                        /* S4 */
    for (uint64_t at = 0; at < IMAGE_BYTES; at += PAGE_SIZE) /* S3 */
        assert_false(look_direct(m, m->boot.image.start + at).present);
    assert_true(look_direct(m, m->boot.image.start - 1).present);
    assert_true(look_direct(m, m->boot.image.start + IMAGE_BYTES).present);
    assert_false(look_direct(m, 0x100000000).present); /* not touched: not online */
    machine_stop(m);
}

/* As at start-up: no frames yet, tables come from early memory. */
static void online_all(struct machine *m)
{
    struct frame_allocator *frames = m->space.frames;
    m->space.frames = nullptr;
    for (uint64_t at = 0; at < MACHINE_BYTES; at += GIB)
        assert_status(kernel_space_online(&m->space, phys_to_pfn(phys_addr(at))), STATUS_OK);
    m->space.frames = frames;
}

static void test_online(void **state)
{
    (void)state;
    const struct {
        bool gib_leaves, mixed;
        uint64_t leaf_size;
    } cases[] = {{true, false, GIB}, {false, false, 2 * MIB}, {true, true, 2 * MIB}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine *m = machine_start(cases[i].gib_leaves, 4, true);
        mtrrs_mix = cases[i].mixed;
        online_all(m);
        mtrrs_mix = false;
        assert_int_equal(look_direct(m, 0x100000000).leaf_size, cases[i].leaf_size);
        assert_int_equal(look_direct(m, 0x100000000).rights, PAGE_WRITE | PAGE_GLOBAL);
        assert_int_equal(look_direct(m, 0x800000).rights, PAGE_GLOBAL); /* ACPI NVS: read only */
        assert_false(look_direct(m, 0).present);                        /* low memory */
        assert_false(look_direct(m, 0xFF000).present);
        assert_true(look_direct(m, 0x100000).present);
        assert_false(look_direct(m, 0x7E300000).present); /* runtime data */
        assert_false(look_direct(m, 0x7E400000).present); /* runtime code */
        assert_false(look_direct(m, 0xC0000000).present); /* MMIO */
        assert_sound(proof(m));
        uint64_t tables = page_table_count(&m->space.table); /* a second time changes nothing */
        online_all(m);
        assert_int_equal(page_table_count(&m->space.table), tables);
        machine_stop(m);
    }
}

static bool belongs_in_direct_map(const struct machine *m, uint64_t at)
{
    const struct memory_range *range = memory_map_find(&m->map, phys_addr(at));
    return range != nullptr && range->class != MEMORY_RUNTIME_DATA &&
           range->class != MEMORY_RUNTIME_CODE && at >= MIB;
}

/* Early memory, where tables come from, has so many pages left; the rest is taken. */
static void leave_early_pages(struct machine *m, unsigned pages)
{
    void *page;
    const struct arena_mark start = arena_mark(&m->early);
    unsigned all = 0;
    while (arena_alloc_aligned(&m->early, PAGE_SIZE, PAGE_SIZE, &page) == STATUS_OK)
        all++;
    assert_status(arena_release(&m->early, start), STATUS_OK);
    for (unsigned i = pages; i < all; i++)
        assert_status(arena_alloc_aligned(&m->early, PAGE_SIZE, PAGE_SIZE, &page), STATUS_OK);
}

/* A section for which tables run out midway is as it was, every page of it, and can be brought up later. */
static void test_online_out_of_memory(void **state)
{
    (void)state;
    status_t status = STATUS_NO_MEMORY;
    unsigned pages = 0;
    for (; status != STATUS_OK; pages++) {
        struct machine *m = machine_start(false, 4, true);
        struct frame_allocator *frames = m->space.frames;
        m->space.frames = nullptr;
        leave_early_pages(m, pages);
        status = kernel_space_online(&m->space, pfn(0));
        for (uint64_t at = 0; status != STATUS_OK && at < GIB; at += 64 * KIB)
            assert_false(look_direct(m, at).present);
        assert_sound(proof(m));
        m->space.frames = frames; /* tables from there */
        assert_status(kernel_space_online(&m->space, pfn(0)), STATUS_OK);
        for (uint64_t at = 0; at < GIB; at += 64 * KIB)
            assert_int_equal(look_direct(m, at).present, belongs_in_direct_map(m, at));
        machine_stop(m);
    }
    assert_true(pages > 3);
}

/* What the loader handed over is in the direct map, writable, though the map calls it ACPI's and runtime data. */
static void test_loader_in_odd_memory(void **state)
{
    (void)state;
    struct machine *m = machine_with_loader(0x400000, true, 4, true);
    for (uint64_t at = 0; at < 0x400000; at += PAGE_SIZE) {
        if (at - 0x3000 < IMAGE_BYTES)
            continue;
        assert_int_equal(look_direct(m, LOADER_AT + at).rights, PAGE_WRITE | PAGE_GLOBAL);
    }
    assert_false(look_direct(m, LOADER_AT + 0x400000).present);
    assert_status(kernel_space_online(&m->space, phys_to_pfn(phys_addr(DIRECT_MAP_SIZE))),
                  STATUS_OUT_OF_RANGE);
    machine_stop(m);
}

/* Tables from early memory that come back are used again before more of it is. */
static void test_early_tables_come_back(void **state)
{
    (void)state;
    struct machine *m = machine_start(true, 4, true);
    struct frame_allocator *frames = m->space.frames;
    size_t used = 0;
    m->space.frames = nullptr;
    for (unsigned round = 0; round < 3; round++) {
        assert_status(page_table_map(&m->space.table, virt_addr(TEMPORARY_BASE),
                                     phys_addr(0x200000), PAGE_SIZE, PAGE_WRITE,
                                     MEMORY_TYPE_WRITE_BACK),
                      STATUS_OK);
        assert_status(page_table_unmap(&m->space.table, virt_addr(TEMPORARY_BASE), PAGE_SIZE),
                      STATUS_OK);
        assert_true(round == 0 || arena_used(&m->early) == used);
        used = arena_used(&m->early);
    }
    m->space.frames = frames;
    machine_stop(m);
}

static void test_depths_and_no_nx(void **state)
{
    (void)state;
    for (unsigned levels = 4; levels <= 5; levels++)
        for (int nx = 0; nx <= 1; nx++) {
            struct machine *m = machine_start(true, levels, nx != 0);
            pfn_t frame;
            assert_status(frames_alloc(m->space.frames, ORDER_FRAME, FRAME_TEST, &frame),
                          STATUS_OK);
            assert_true(look_direct(m, pfn_to_phys(frame).value).present);
            assert_status(frames_free(m->space.frames, frame, ORDER_FRAME), STATUS_OK);
            machine_stop(m);
        }
}

static void test_devices(void **state)
{
    (void)state;
    struct machine *m = machine_start(true, 4, true);
    virt_addr_t virt, other;
    assert_status(kernel_space_map_device(&m->space, phys_addr(0xC0000123), 0x2000,
                                          MEMORY_TYPE_WRITE_COMBINING, "framebuffer", &virt),
                  STATUS_OK);
    struct page_walk walk = look(m, virt.value);
    assert_int_equal(walk.phys.value, 0xC0000123);
    assert_int_equal(walk.type, MEMORY_TYPE_WRITE_COMBINING);
    assert_int_equal(walk.rights, PAGE_WRITE | PAGE_GLOBAL);
    assert_true(
        look(m, virt.value + 0x2000).present); /* the third page that 0x123 + 0x2000 touches */
    assert_false(look(m, virt.value + 0x3000).present);
    assert_sound(proof(m));
    const struct {
        const char *crime;
        uint64_t start, size;
        status_t want;
    } crimes[] = {
        {"usable memory", 0x100000, 0x1000, STATUS_IN_USE},
        {"reaches into RAM", 0xFFFFF000, 0x2000, STATUS_IN_USE},
        {"nothing", 0xC0000000, 0, STATUS_OUT_OF_RANGE},
        {"wraps", UINT64_MAX - 1, 0x1000, STATUS_OUT_OF_RANGE},
        {"too large", 0xC0000000, UINT64_MAX, STATUS_OUT_OF_RANGE},
        {"above the processor's width", UINT64_C(1) << 47, 0x1000, STATUS_OUT_OF_RANGE},
    };
    for (size_t i = 0; i < sizeof crimes / sizeof crimes[0]; i++)
        assert_status(kernel_space_map_device(&m->space, phys_addr(crimes[i].start), crimes[i].size,
                                              MEMORY_TYPE_UNCACHED, crimes[i].crime, &other),
                      crimes[i].want);
    assert_int_equal(m->space.mappings.count, 1);
    for (unsigned i = 0; i < 1000; i++) /* there is no limit */
        assert_status(kernel_space_map_device(&m->space, phys_addr(0xC0000000), PAGE_SIZE,
                                              MEMORY_TYPE_UNCACHED, "one of many", &other),
                      STATUS_OK);
    while (m->space.mappings.count > 1)
        assert_status(
            kernel_space_unmap_device(
                &m->space,
                ranges_next(&m->space.mappings, ranges_next(&m->space.mappings, nullptr))->start),
            STATUS_OK);
    assert_status(kernel_space_unmap_device(&m->space, virt), STATUS_OK);
    assert_status(kernel_space_unmap_device(&m->space, virt), STATUS_NOT_ALLOCATED);
    assert_false(look(m, virt.value).present);
    machine_stop(m);
}

static bool roots_high_half_is(const struct machine *m, const uint64_t entries[256])
{
    const uint64_t *root = (const uint64_t *)(uintptr_t)(m->space.table.root.value + m->ram.offset);
    return memcmp(root + 256, entries, 256 * sizeof *entries) == 0;
}

/* Whatever is mapped and unmapped where the kernel may: no root entry comes, goes or changes. */
static void test_root_entries_stay(void **state)
{
    (void)state;
    struct machine *m = machine_start(true, 4, true);
    const virt_addr_t elsewhere = virt_addr(SHADOW_BASE);
    uint64_t entries[256], pages = 513;
    virt_addr_t device, block;
    memcpy(entries, m->ram.bytes + m->space.table.root.value + sizeof entries, sizeof entries);
    online_all(m);
    assert_status(kernel_space_map_device(&m->space, phys_addr(0xC0000000), PAGE_SIZE,
                                          MEMORY_TYPE_UNCACHED, "device", &device),
                  STATUS_OK);
    assert_status(kernel_space_map_window(&m->space, &pages, &block), STATUS_OK);
    assert_true(roots_high_half_is(m, entries));
    kernel_space_unmap_window(&m->space, block, pages);
    assert_status(kernel_space_unmap_device(&m->space, device), STATUS_OK);
    assert_true(roots_high_half_is(m, entries));
    assert_status(page_table_map(&m->space.table, elsewhere, phys_addr(0), PAGE_SIZE, 0,
                                 MEMORY_TYPE_WRITE_BACK),
                  STATUS_OUT_OF_RANGE);
    assert_true(roots_high_half_is(m, entries));
    /* As if spaces did not hold copies of the entries: then one more comes (breaks S7). */
    m->space.table.shared_high = false;
    assert_status(page_table_map(&m->space.table, elsewhere, phys_addr(0), PAGE_SIZE, 0,
                                 MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    assert_false(roots_high_half_is(m, entries));
    assert_status(page_table_unmap(&m->space.table, elsewhere, PAGE_SIZE), STATUS_OK);
    m->space.table.shared_high = true;
    machine_stop(m);
}

/* ---- the heap window ---- */

static status_t map_window(struct machine *m, uint64_t pages, uint64_t *given, virt_addr_t *out)
{
    *given = pages;
    return kernel_space_map_window(&m->space, given, out);
}

static void test_window(void **state)
{
    (void)state;
    /* A tail of up to 8 pages stays, a longer one is a block. */
    const struct {
        uint64_t wanted, given;
    } cases[] = {{513, 513},   {520, 520},   {521, 1024},  {1023, 1024}, {1024, 1024},
                 {1025, 1025}, {1032, 1032}, {1033, 1536}, {1541, 1541}};
    struct machine *m = machine_start(true, 4, true);
    struct frame_totals totals;
    virt_addr_t virt;
    uint64_t given;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_status(map_window(m, cases[i].wanted, &given, &virt), STATUS_OK);
        assert_int_equal(given, cases[i].given);
        for (uint64_t page = 0; page < given; page++)
            assert_int_equal(look(m, virt.value + page * PAGE_SIZE).rights,
                             PAGE_WRITE | PAGE_GLOBAL);
        assert_int_equal(look(m, virt.value).leaf_size, 2 * MIB);
        assert_false(look(m, virt.value - 1).present);
        assert_false(look(m, virt.value + given * PAGE_SIZE).present);
        frames_totals(m->space.frames, &totals);
        assert_int_equal(totals.by_class[FRAME_HEAP_LARGE], given);
        assert_sound(proof(m));
        kernel_space_unmap_window(&m->space, virt, given);
        assert_false(look(m, virt.value).present);
        frames_totals(m->space.frames, &totals);
        assert_int_equal(totals.by_class[FRAME_HEAP_LARGE], 0);
    }
    assert_status(map_window(m, UINT64_MAX, &given, &virt), STATUS_NO_MEMORY);
    assert_status(map_window(m, HEAP_SIZE / PAGE_SIZE, &given, &virt),
                  STATUS_NO_MEMORY); /* no room for its guards */
    machine_stop(m);
}

/* There is no limit but memory: 5 000 live blocks over 2 MiB. */
static void test_many_window_blocks(void **state)
{
    (void)state;
    constexpr unsigned BLOCKS = 5000;
    struct machine *m = machine_start(true, 4, true);
    virt_addr_t *blocks = test_malloc(BLOCKS * sizeof *blocks);
    uint64_t given;
    for (unsigned i = 0; i < BLOCKS; i++)
        assert_status(map_window(m, 513, &given, &blocks[i]), STATUS_OK);
    assert_int_equal(m->space.heap_window.count, BLOCKS);
    assert_sound(ranges_check(&m->space.heap_window));
    assert_sound(proof(m));
    for (unsigned i = 0; i < BLOCKS; i++)
        kernel_space_unmap_window(&m->space, blocks[(i * 7) % BLOCKS], 513);
    assert_int_equal(m->space.heap_window.count, 0);
    test_free(blocks);
    machine_stop(m);
}

constexpr uint64_t FREE_AT =
    0x10000; /* a frame in the middle of usable memory, where a block starts */

/* Only the frames [from, to) are free, and of each `but_every` of these one is not. */
static void leave_frames(struct machine *m, uint64_t from, uint64_t to, uint64_t but_every)
{
    pfn_t *taken = test_malloc((to - from) * sizeof *taken);
    size_t count = 0;
    pfn_t frame;
    while (frames_alloc(m->space.frames, ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK)
        if (frame.value >= from && frame.value < to && frame.value % but_every != 0)
            taken[count++] = frame;
    while (count > 0)
        assert_status(frames_free(m->space.frames, taken[--count], ORDER_FRAME), STATUS_OK);
    test_free(taken);
}

static uint64_t heap_frames(const struct machine *m)
{
    struct frame_totals totals;
    frames_totals(m->space.frames, &totals);
    return totals.by_class[FRAME_HEAP_LARGE];
}

/* Memory in pieces: no block, no run of more than some frames, then single ones. Not a page more than asked for. */
static void test_window_of_pieces(void **state)
{
    (void)state;
    const uint64_t every[] = {300, 40, 2};
    const uint64_t pages = 1023;
    for (size_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        struct machine *m = machine_start(true, 4, true);
        virt_addr_t virt;
        uint64_t given;
        leave_frames(m, FREE_AT, FREE_AT + 8000, every[i]);
        assert_status(map_window(m, pages, &given, &virt), STATUS_OK);
        assert_int_equal(given, pages);
        assert_int_equal(heap_frames(m), pages);
        assert_true(look(m, virt.value + (pages - 1) * PAGE_SIZE).present);
        assert_false(look(m, virt.value + pages * PAGE_SIZE).present);
        assert_sound(frames_check(m->space.frames));
        kernel_space_unmap_window(&m->space, virt, given);
        assert_int_equal(heap_frames(m), 0);
        machine_stop(m);
    }
}

/* What is asked for is there, what it would be rounded up to is not: nothing is refused for that. */
static void test_window_not_rounded(void **state)
{
    (void)state;
    const struct {
        uint64_t free, given;                          /* 0: refused */
    } cases[] = {{799, 0}, {1023, 800}, {2000, 1024}}; /* tables are taken, too */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine *m = machine_start(true, 4, true);
        virt_addr_t virt;
        uint64_t given;
        leave_frames(m, FREE_AT, FREE_AT + cases[i].free, UINT64_MAX);
        const status_t status = map_window(m, 800, &given, &virt);
        assert_status(status, cases[i].given != 0 ? STATUS_OK : STATUS_NO_MEMORY);
        assert_int_equal(heap_frames(m), cases[i].given);
        if (status == STATUS_OK)
            kernel_space_unmap_window(&m->space, virt, given);
        assert_int_equal(heap_frames(m), 0);
        assert_int_equal(m->space.heap_window.count, 0);
        machine_stop(m);
    }
}

/* Each allocation of frames fails once: all that was mapped on the way comes back (breaks S8 if it does not). */
static void test_window_out_of_memory(void **state)
{
    (void)state;
    const uint64_t pages[] = {1100, 1030}; /* whole blocks alone; a tail */
    struct machine *m = machine_start(true, 4, true);
    struct frame_totals before, after;
    virt_addr_t virt;
    uint64_t given;
    assert_status(map_window(m, 1030, &given, &virt), STATUS_OK); /* what is only made once */
    kernel_space_unmap_window(&m->space, virt, given);
    frames_totals(m->space.frames, &before);
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        unsigned refusals = 0;
        for (status_t status = STATUS_NO_MEMORY; status != STATUS_OK; refusals++) {
            m->budget = refusals;
            status = map_window(m, pages[i], &given, &virt);
            m->budget = UNLIMITED;
            if (status == STATUS_OK)
                kernel_space_unmap_window(&m->space, virt, given);
            frames_totals(m->space.frames, &after);
            assert_memory_equal(&before, &after, sizeof before);
            assert_int_equal(m->space.heap_window.count, 0);
            assert_sound(proof(m));
        }
        assert_true(refusals > 3);
    }
    assert_status(map_window(m, MACHINE_BYTES / PAGE_SIZE, &given, &virt), STATUS_NO_MEMORY);
    frames_totals(m->space.frames, &after);
    assert_int_equal(after.by_class[FRAME_HEAP_LARGE], 0);
    machine_stop(m);
}

/* What cannot be given back stops the kernel: going on would lose memory, or give it to two. */
static void test_stolen_memory(void **state)
{
    (void)state;
    struct machine *m = machine_start(true, 4, true);
    virt_addr_t virt, device;
    uint64_t given;
    assert_status(map_window(m, 513, &given, &virt), STATUS_OK);
    const pfn_t block = phys_to_pfn(look(m, virt.value).phys);
    assert_status(frames_free(m->space.frames, block, ORDER_BLOCK), STATUS_OK);
    assert_rule_broken(S8, kernel_space_unmap_window(&m->space, virt, given));
    pfn_t same;
    assert_status(frames_alloc(m->space.frames, ORDER_BLOCK, FRAME_HEAP_LARGE, &same), STATUS_OK);
    assert_int_equal(same.value, block.value);
    assert_rule_broken(S6,
                       kernel_space_unmap_window(&m->space, virt_addr(virt.value - MIB), given));
    assert_rule_broken(S6, kernel_space_unmap_window(&m->space, virt, given - 1));
    kernel_space_unmap_window(&m->space, virt, given);

    assert_status(kernel_space_map_device(&m->space, phys_addr(0xC0000000), PAGE_SIZE,
                                          MEMORY_TYPE_UNCACHED, "device", &device),
                  STATUS_OK);
    assert_status(page_table_unmap(&m->space.table, device, PAGE_SIZE), STATUS_OK);
    assert_rule_broken(S6, (void)kernel_space_unmap_device(&m->space, device));
    assert_status(ranges_free(&m->space.mappings, device, nullptr), STATUS_OK);
    machine_stop(m);
}

/* Each planted fault must be found, and found as the rule that it breaks. */
static void test_proof_finds_faults(void **state)
{
    (void)state;
    const uint64_t direct = DIRECT_MAP_BASE + 7 * GIB;
    const struct {
        const char *fault;
        uint64_t virt, phys;
        uint32_t rights;
        const char *rule;
    } faults[] = {
        {"code outside the image", MAPPINGS_BASE + MIB, 0xC0000000, PAGE_EXECUTE, "S2"},
        {"a second address of the text", direct + LOADER_AT + 0x3000, LOADER_AT + 0x3000,
         PAGE_WRITE, "S3"},
        {"a read-only alias of it", HEAP_BASE + MIB, LOADER_AT + 0x4000, 0, "S3"},
        {"the null page", 0, 0x200000, PAGE_WRITE, "S4"},
        {"the direct map shifted", direct + 0x7E300000, 0x100000, PAGE_WRITE, "S5"},
        {"outside every area", TEMPORARY_BASE, 0x200000, PAGE_WRITE, "S5"},
        {"a stack guard", IMAGE_AT + 0x8000, LOADER_AT + 0xB000, PAGE_WRITE, "S6"},
        {"behind the image", IMAGE_AT + IMAGE_BYTES, 0x200000, PAGE_WRITE, "S6"},
        {"no range there", MAPPINGS_BASE + MIB, 0xC0000000, PAGE_WRITE, "S6"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct machine *m = machine_start(true, 4, true);
        assert_status(page_table_map(&m->space.table, virt_addr(faults[i].virt),
                                     phys_addr(faults[i].phys), PAGE_SIZE, faults[i].rights,
                                     MEMORY_TYPE_WRITE_BACK),
                      STATUS_OK);
        const char *found = proof(m);
        if (found == nullptr || strncmp(found, faults[i].rule, 2) != 0)
            fail_msg("%s: wanted %s, got: %s", faults[i].fault, faults[i].rule,
                     found != nullptr ? found : "nothing");
        assert_status(page_table_unmap(&m->space.table, virt_addr(faults[i].virt), PAGE_SIZE),
                      STATUS_OK);
        machine_stop(m);
    }
}

static void test_proof_finds_lost_pages(void **state)
{
    (void)state;
    struct machine *m = machine_start(true, 4, true);
    assert_status(page_table_protect(&m->space.table, virt_addr(IMAGE_AT), PAGE_SIZE, PAGE_USER),
                  STATUS_BAD_RIGHTS); /* so no proof has to find one */
    assert_status(page_table_protect(&m->space.table, virt_addr(IMAGE_AT + 0x4000), PAGE_SIZE,
                                     PAGE_WRITE | PAGE_GLOBAL),
                  STATUS_OK);
    assert_memory_equal(proof(m), "S1", 2);
    assert_status(
        page_table_protect(&m->space.table, virt_addr(IMAGE_AT + 0x4000), PAGE_SIZE, PAGE_GLOBAL),
        STATUS_OK);
    assert_status(page_table_unmap(&m->space.table, virt_addr(IMAGE_AT + 0x5000), PAGE_SIZE),
                  STATUS_OK);
    assert_memory_equal(proof(m), "S2", 2);
    assert_status(page_table_map(&m->space.table, virt_addr(IMAGE_AT + 0x5000), phys_addr(0x200000),
                                 PAGE_SIZE, PAGE_GLOBAL, MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    assert_string_equal(proof(m), "S3: a page of the image is not where it was loaded");
    assert_status(page_table_unmap(&m->space.table, virt_addr(IMAGE_AT + 0x5000), PAGE_SIZE),
                  STATUS_OK);
    assert_status(page_table_map(&m->space.table, virt_addr(IMAGE_AT + 0x5000),
                                 phys_addr(m->boot.image.start + 0x5000), PAGE_SIZE, PAGE_GLOBAL,
                                 MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    assert_status(page_table_protect(&m->space.table, virt_addr(IMAGE_AT), PAGE_SIZE, PAGE_GLOBAL),
                  STATUS_OK);
    assert_string_equal(proof(m), "S2: a page of the image has not its section's right to execute");
    assert_status(page_table_protect(&m->space.table, virt_addr(IMAGE_AT), PAGE_SIZE,
                                     PAGE_EXECUTE | PAGE_GLOBAL),
                  STATUS_OK);
    const virt_addr_t direct = virt_addr(m->boot.direct_map_virtual + 0x7E200000);
    assert_status(page_table_unmap(&m->space.table, direct, PAGE_SIZE), STATUS_OK);
    assert_string_equal(proof(m), "S5: a section is mapped in part");
    assert_status(page_table_map(&m->space.table, direct, phys_addr(0x7E200000), PAGE_SIZE,
                                 PAGE_GLOBAL, MEMORY_TYPE_WRITE_BACK),
                  STATUS_OK);
    virt_addr_t empty;
    assert_status(ranges_alloc(&m->space.mappings, PAGE_SIZE, PAGE_SIZE, "nothing there", &empty),
                  STATUS_OK);
    assert_string_equal(proof(m), "S6: a range is not mapped");
    assert_status(ranges_free(&m->space.mappings, empty, nullptr), STATUS_OK);
    machine_stop(m);
}

static void test_owner(void **state)
{
    (void)state;
    struct machine *m = machine_start(true, 4, true);
    const struct {
        uint64_t address;
        const char *area, *detail;
        bool mapped, in_map, managed;
    } cases[] = {
        {IMAGE_AT + 0x10, "IMAGE", "text", true, true, false},
        {IMAGE_AT + 0x8010, "IMAGE", "boot stack guard", false, false, false},
        {DIRECT_MAP_BASE + 7 * GIB + LOADER_AT + 0x80001, "DIRECT_MAP", "early memory", true, true,
         false},
        {HEAP_BASE + 5, "HEAP", nullptr, false, false, false},
        {UINT64_C(0x0001000000000000) * 16 + 8, "NON_CANONICAL", nullptr, false, false, false},
        {0x10, nullptr, "below 1 MiB: kept out of the frames", false, true, false},
        {0x200000, nullptr, nullptr, false, true, true},
        {0xC0000010, nullptr, "framebuffer", false, true, false},
        {LOADER_AT + 0x3001, nullptr, "kernel image", false, true, false},
        {LOADER_AT + 0x80001, nullptr, "early memory", true, true, false},
        {0xE0000000, nullptr, nullptr, false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mm_owner owner = kernel_space_owner(&m->space, nullptr, cases[i].address);
        if (cases[i].area != nullptr)
            assert_string_equal(owner.area, cases[i].area);
        assert_int_equal(owner.is_virtual, cases[i].area != nullptr);
        if (cases[i].detail != nullptr)
            assert_string_equal(owner.detail, cases[i].detail);
        else
            assert_null(owner.detail);
        assert_int_equal(owner.mapped, cases[i].mapped);
        assert_int_equal(owner.in_map, cases[i].in_map);
        assert_int_equal(owner.managed, cases[i].managed);
    }
    struct frame_allocator *frames = m->space.frames;
    m->space.frames = nullptr; /* before there are any */
    assert_false(kernel_space_owner(&m->space, nullptr, 0x200000).managed);
    m->space.frames = frames;
    machine_stop(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_online),
        cmocka_unit_test(test_loader_in_odd_memory),
        cmocka_unit_test(test_early_tables_come_back),
        cmocka_unit_test(test_depths_and_no_nx),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_root_entries_stay),
        cmocka_unit_test(test_online_out_of_memory),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_many_window_blocks),
        cmocka_unit_test(test_window_of_pieces),
        cmocka_unit_test(test_window_not_rounded),
        cmocka_unit_test(test_window_out_of_memory),
        cmocka_unit_test(test_stolen_memory),
        cmocka_unit_test(test_proof_finds_faults),
        cmocka_unit_test(test_proof_finds_lost_pages),
        cmocka_unit_test(test_owner),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
