/* SPDX-License-Identifier: MIT
 * The kernel's own memory, started on a simulated machine in the order that the kernel starts it: what is given to
 * the frames, what stays, what is copied; and every step with too little early memory.
 * The direct map of the simulated machine is the host's own mapping, so its tables have one finding: S4, pages of
 * the lower half. Everything else must be sound. */
#include "harness/harness.h"

#include "simulated_processor.h"

#include <base/string.h>

#include <arch/cpu.h>
#include <boot/address_map.h>

#include "mm/instances.h" /* each test starts with fresh instances */

constexpr uint64_t MACHINE_BYTES = 4 * GIB;
constexpr uint64_t LOADER_AT = 0x7E000000;
constexpr uint64_t LOADER_BYTES = 2 * MIB;
constexpr uint64_t EARLY_AT = LOADER_AT + 0x80000;
constexpr uint64_t EARLY_BYTES = MIB;
constexpr uint64_t OPTIONS_AT = LOADER_AT + 0x20000;
constexpr uint64_t VENDOR_AT = LOADER_AT + 0x21000;
constexpr uint64_t TABLES_AT = LOADER_AT + 0x22000;
constexpr uint64_t TABLE_AT = LOADER_AT + 0x23000;
constexpr uint64_t MAP_AT = LOADER_AT + 0x24000;
constexpr uint64_t UNCACHED_AT = 0x60000000;

/* START, PAGES, TYPE. */
static const struct boot_region regions[] = {
    {0, 0xA0, EFI_TYPE_CONVENTIONAL, 0, 0xF},
    {0x100000, 0x700, EFI_TYPE_CONVENTIONAL, 0, 0xF},
    {0x800000, 8, EFI_TYPE_ACPI_NVS, 0, 0xF},
    {0x808000, 0x3FF8, EFI_TYPE_BOOT_SERVICES_DATA, 0, 0xF},
    {0x4800000, 0x5B800, EFI_TYPE_CONVENTIONAL, 0, 0xF},
    {UNCACHED_AT, 0x100, EFI_TYPE_BOOT_SERVICES_DATA, 0, 1},
    {0x7D000000, 0x1000, EFI_TYPE_CONVENTIONAL, 0, 0xF},
    {LOADER_AT, LOADER_BYTES / PAGE_SIZE, EFI_TYPE_LOADER_DATA, 0, 0xF},
    {0x7E300000, 0x100, EFI_TYPE_RUNTIME_SERVICES_DATA, 0, 0x800000000000000F},
    {0xC0000000, 0x1000, EFI_TYPE_MMIO, 0, 0x8000000000000001},
};
constexpr uint32_t REGIONS = sizeof regions / sizeof regions[0];

struct machine {
    struct fake_ram ram;
    struct boot_info boot;
};

static void *at(const struct machine *m, uint64_t physical)
{
    return (void *)(uintptr_t)(m->boot.direct_map_virtual + physical);
}

/* As the loader leaves it. */
static struct machine machine_create(void)
{
    struct machine m = {.ram = fake_ram_create(0, MACHINE_BYTES + GIB)};
    memset(&mm, 0, sizeof mm);
    processor =
        (struct cpu_features){.phys_bits = 46, .levels = 4, .no_execute = true, .gib_leaves = true};
    m.boot = (struct boot_info){
        .image_virtual = IMAGE_AT,
        .direct_map_virtual = align_up(m.ram.offset, GIB),
        .image = {LOADER_AT + 0x3000, IMAGE_BYTES},
        .loader = {LOADER_AT, LOADER_BYTES},
        .early_memory = {EARLY_AT, EARLY_BYTES},
        .options = {OPTIONS_AT, 14},
        .vendor = {VENDOR_AT, 0},
        .tables = {TABLES_AT, sizeof(struct boot_table)},
        .entry_map = {MAP_AT, REGIONS, 0},
        .before_exit_map = {MAP_AT, REGIONS, 0},
        .final_map = {MAP_AT, REGIONS, 0},
    };
    memcpy(at(&m, OPTIONS_AT), "loglevel=debug", 14);
    memcpy(at(&m, MAP_AT), regions, sizeof regions);
    memcpy(at(&m, TABLE_AT), "APIC", 4);
    const struct boot_table table = {.kind = BOOT_TABLE_ACPI, .start = TABLE_AT, .size = 4};
    memcpy(at(&m, TABLES_AT), &table, sizeof table);
    return m;
}

static void machine_destroy(struct machine *m)
{
    fake_ram_destroy(&m->ram);
}

/* The steps of kernel_main. The first that fails ends it, and has named what failed. */
static status_t start(const struct machine *m, const char **fault)
{
    status_t status = mm_init_map(&m->boot, fault);
    if (status == STATUS_OK)
        status = mm_init_frames(fault);
    if (status == STATUS_OK)
        status = mm_init_paging(fault);
    if (status == STATUS_OK)
        status = mm_init_heap(fault);
    return status;
}

static struct machine machine_start(void)
{
    struct machine m = machine_create();
    const char *fault = nullptr;
    assert_status(start(&m, &fault), STATUS_OK);
    return m;
}

static void machine_stop(struct machine *m)
{
    const char *broken = mm_check_all();
    assert_non_null(broken);
    if (strncmp(broken, "S4", 2) != 0) /* all managers are asked before the tables */
        fail_msg("%s", broken);
    machine_destroy(m);
}

static enum frame_class class_of(uint64_t physical)
{
    return frames_owner(mm_frames(), phys_to_pfn(phys_addr(physical))).class;
}

/* ---- starting ---- */

static void test_start(void **state)
{
    (void)state;
    struct machine m = machine_start();
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    assert_int_equal(totals.managed, 0x700 + 0x5B800 + 0x1000);
    assert_int_equal(frames_node_totals(mm_frames(), 0).managed, totals.managed);
    assert_int_equal(class_of(0x9000), FRAME_UNMANAGED);   /* ST2 */
    assert_int_equal(class_of(0x808000), FRAME_UNMANAGED); /* ST1: not reclaimed yet */
    assert_int_equal(class_of(LOADER_AT), FRAME_UNMANAGED);
    assert_int_equal(mm_boot_info()->magic, m.boot.magic);
    assert_ptr_equal(mm_boot_regions(), at(&m, MAP_AT));
    assert_int_equal(mm_memory_map()->range_count, REGIONS);
    assert_ptr_equal(mm_early_arena()->start, at(&m, EARLY_AT));
    assert_int_equal(mm_mappings()->count, 0);
    assert_ptr_equal(mm_kernel_table(), &mm.space.table);
    assert_int_equal(mm_heap_window()->count, 0);
    assert_int_equal(mm_heap_window_peak().value, HEAP_BASE);
    machine_stop(&m);
}

/* Whatever the map says: what the loader handed over is not given to the frames. A map that breaks ST3 if believed. */
static void test_loader_called_usable(void **state)
{
    (void)state;
    struct machine m = machine_create();
    const char *fault;
    struct boot_region *map = at(&m, MAP_AT);
    map[7].efi_type = EFI_TYPE_CONVENTIONAL;
    assert_status(start(&m, &fault), STATUS_OK);
    for (uint64_t physical = LOADER_AT; physical < LOADER_AT + LOADER_BYTES; physical += PAGE_SIZE)
        assert_int_equal(class_of(physical), FRAME_UNMANAGED); /* ST3 */
    assert_int_not_equal(class_of(LOADER_AT - PAGE_SIZE), FRAME_UNMANAGED);
    machine_stop(&m);
}

static void test_nodes(void **state)
{
    (void)state;
    /* A hole without a node, and a border inside a page: that page goes to the lower node. */
    static const struct mm_node_range nodes[] = {
        {{0x40000000}, {0x50000800}, 3},
        {{0x100000}, {0x200000}, 1},
    };
    struct machine m = machine_create();
    struct frame_totals totals;
    const char *fault;
    assert_status(mm_init_map(&m.boot, &fault), STATUS_OK);
    mm_set_nodes(nodes, 2);
    assert_status(mm_init_frames(&fault), STATUS_OK);
    assert_status(mm_init_paging(&fault), STATUS_OK);
    assert_status(mm_init_heap(&fault), STATUS_OK);
    frames_totals(mm_frames(), &totals);
    assert_int_equal(frames_node_totals(mm_frames(), 1).managed, 0x100);
    assert_int_equal(frames_node_totals(mm_frames(), 3).managed, 0x10001);
    assert_int_equal(frames_node_totals(mm_frames(), 0).managed, totals.managed - 0x100 - 0x10001);
    machine_stop(&m);
}

/* Too little early memory at every step, more and more until it is enough: a status, and what failed. */
static void test_too_little_early_memory(void **state)
{
    (void)state;
    struct machine m = machine_create();
    const char *fault = nullptr;
    status_t status = STATUS_NO_MEMORY;
    uint64_t size = 0;
    for (; status == STATUS_NO_MEMORY && size <= EARLY_BYTES; size += 512) {
        memset(&mm, 0, sizeof mm);
        m.boot.early_memory.size = size;
        fault = nullptr;
        status = start(&m, &fault);
        assert_non_null(fault);
    }
    assert_status(status, STATUS_OK);
    assert_true(size > 8 * PAGE_SIZE);
    machine_stop(&m);
}

static void test_maps_that_cannot_be(void **state)
{
    (void)state;
    struct machine m = machine_create();
    const char *fault = nullptr;
    m.boot.final_map.count = UINT32_MAX;
    assert_status(mm_init_map(&m.boot, &fault), STATUS_OVERFLOW);
    m.boot.final_map.count = 1; /* only what lies below 1 MiB */
    assert_status(mm_init_map(&m.boot, &fault), STATUS_OK);
    assert_status(mm_init_frames(&fault), STATUS_NO_MEMORY);
    assert_string_equal(
        fault, "the firmware's map has no memory above 1 MiB that is free and can be cached");
    machine_destroy(&m);
}

/* ---- reclaim ---- */

static void test_reclaim(void **state)
{
    (void)state;
    struct machine m = machine_start();
    struct mm_reclaimed reclaimed;
    struct frame_totals before, after;
    const char *fault;
    void *held = kmalloc(100);
    frames_totals(mm_frames(), &before);
    const uint64_t early_used = arena_used(mm_early_arena());
    assert_status(mm_reclaim(&reclaimed, &fault), STATUS_OK);
    frames_totals(mm_frames(), &after);

    const uint64_t early_kept = align_up(early_used, PAGE_SIZE);
    assert_int_equal(reclaimed.boot_services_bytes, 0x3FF8 * PAGE_SIZE);
    assert_int_equal(reclaimed.loader_bytes, LOADER_BYTES - IMAGE_BYTES - early_kept);
    assert_int_equal(reclaimed.kept_bytes, IMAGE_BYTES + early_kept + 0x100 * PAGE_SIZE);
    assert_int_equal((after.managed - before.managed) * PAGE_SIZE,
                     reclaimed.boot_services_bytes + reclaimed.loader_bytes);
    for (uint64_t i = 0; i < IMAGE_BYTES; i += PAGE_SIZE)
        assert_int_equal(class_of(m.boot.image.start + i), FRAME_UNMANAGED);
    for (uint64_t i = 0; i < early_used; i += PAGE_SIZE)
        assert_int_equal(class_of(EARLY_AT + i), FRAME_UNMANAGED);
    assert_int_equal(class_of(EARLY_AT + early_kept), FRAME_FREE);
    assert_int_equal(class_of(LOADER_AT), FRAME_FREE);
    assert_int_equal(class_of(0x9000), FRAME_UNMANAGED);
    assert_int_equal(class_of(UNCACHED_AT), FRAME_UNMANAGED); /* never to be cached: not ours */

    /* Copies: the old places may be overwritten now. */
    memset(at(&m, OPTIONS_AT), 0xCC, 0x10000);
    const struct boot_info *info = mm_boot_info();
    assert_memory_equal(at(&m, info->options.start), "loglevel=debug", 14);
    assert_memory_equal(mm_boot_regions(), regions, sizeof regions);
    assert_memory_equal(at(&m, info->entry_map.start), regions, sizeof regions);
    assert_int_equal(info->before_exit_map.start, info->final_map.start); /* one array, one copy */
    const struct boot_table *table = at(&m, info->tables.start);
    assert_memory_equal(at(&m, table->start), "APIC", 4);
    kfree(held);
    machine_stop(&m);
}

/* A second try to end boot services: the map of the first is another array, and copied as well. */
static void test_reclaim_three_maps(void **state)
{
    (void)state;
    struct machine m = machine_create();
    struct mm_reclaimed reclaimed;
    const char *fault;
    m.boot.before_exit_map = (struct boot_map){MAP_AT + sizeof regions, 1, 0};
    memcpy(at(&m, MAP_AT + sizeof regions), &regions[1], sizeof regions[1]);
    assert_status(start(&m, &fault), STATUS_OK);
    assert_status(mm_reclaim(&reclaimed, &fault), STATUS_OK);
    memset(at(&m, OPTIONS_AT), 0xCC, 0x10000);
    const struct boot_info *info = mm_boot_info();
    assert_int_equal(info->before_exit_map.count, 1);
    assert_memory_equal(at(&m, info->before_exit_map.start), &regions[1], sizeof regions[1]);
    assert_memory_equal(at(&m, info->final_map.start), regions, sizeof regions);
    machine_stop(&m);
}

/* Firmware that calls free what it gave to the loader: it stays ours until reclaim, and then comes back too. */
static void test_reclaim_ours_free(void **state)
{
    (void)state;
    struct machine m = machine_create();
    struct mm_reclaimed reclaimed;
    const char *fault;
    struct boot_region *told = at(&m, MAP_AT);
    for (uint32_t i = 0; i < REGIONS; i++)
        if (told[i].phys_start == LOADER_AT)
            told[i].efi_type = EFI_TYPE_CONVENTIONAL;
    assert_status(start(&m, &fault), STATUS_OK);
    assert_int_equal(class_of(LOADER_AT), FRAME_UNMANAGED);
    assert_status(mm_reclaim(&reclaimed, &fault), STATUS_OK);
    assert_int_equal(class_of(LOADER_AT), FRAME_FREE);
    assert_int_equal(class_of(m.boot.image.start), FRAME_UNMANAGED);
    assert_int_equal(class_of(EARLY_AT), FRAME_UNMANAGED);
    assert_int_equal(reclaimed.loader_bytes, 0);
    struct frame_totals totals;
    frames_totals(mm_frames(), &totals);
    assert_int_equal(totals.managed * PAGE_SIZE,
                     mm_memory_map()->bytes[MEMORY_USABLE] + reclaimed.boot_services_bytes -
                         0xA0000 - IMAGE_BYTES - align_up(arena_used(mm_early_arena()), PAGE_SIZE));
    machine_stop(&m);
}

static void test_reclaim_refused(void **state)
{
    (void)state;
    struct machine m = machine_create();
    struct mm_reclaimed reclaimed;
    const char *fault;
    m.boot.options.size = HEAP_WINDOW_MIN + 1;
    assert_status(start(&m, &fault), STATUS_OK);
    assert_status(mm_reclaim(&reclaimed, &fault), STATUS_NO_MEMORY); /* nor early memory */
    assert_string_equal(fault, "copies of what the loader handed over");
    machine_stop(&m);
}

/* ---- what the rest of the kernel calls ---- */

static unsigned misuses;
static const char *last_operation;
static status_t last_status;

static void note_misuse(const char *operation, const struct heap_misuse *misuse)
{
    misuses++;
    last_operation = operation;
    last_status = misuse->status;
}

static void test_heap(void **state)
{
    (void)state;
    struct machine m = machine_start();
    struct heap_totals totals;
    misuses = 0;
    unsigned char *block = kmalloc(100), *zeroed = kcalloc(10, 10);
    void *aligned = kmalloc_aligned(100, 4096);
    assert_true(block != nullptr && zeroed != nullptr && is_aligned(virt_of(aligned).value, 4096));
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(zeroed[i], 0);
    memset(block, 7, 100);
    block = krealloc(block, 5000);
    assert_int_equal(block[99], 7);
    assert_null(kmalloc(SIZE_MAX));
    assert_null(kcalloc(SIZE_MAX, 2));
    assert_null(kmalloc_aligned(1, 3));
    void *window = kmalloc(HEAP_WINDOW_MIN + 1);
    assert_in_range(virt_of(window).value, HEAP_BASE, HEAP_BASE + HEAP_SIZE);
    assert_true(mm_heap_window_peak().value > virt_of(window).value);

    kfree(block + 16); /* no hook yet: refused without a word */
    mm_set_misuse_hook(note_misuse);
    assert_null(krealloc(block, SIZE_MAX)); /* exhaustion is no misuse */
    assert_int_equal(misuses, 0);
    kfree(block + 16);
    assert_string_equal(last_operation, "kfree");
    assert_status(last_status, STATUS_INSIDE_BLOCK);
    assert_null(krealloc(block + 16, 10));
    assert_string_equal(last_operation, "krealloc");
    assert_int_equal(misuses, 2);

    kfree(block);
    kfree(zeroed);
    kfree(aligned);
    kfree(window);
    kfree(nullptr);
    heap_totals(mm_heap(), &totals);
    assert_int_equal(totals.live_blocks, 0);
    machine_stop(&m);
}

static void take_all_frames(void)
{
    pfn_t frame;
    while (frames_alloc(mm_frames(), ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK)
        ;
}

static struct object_cache *make_cache(void)
{
    struct object_cache *cache;
    assert_status(object_cache_create(mm_heap(), "things", 3000, 16, nullptr, &cache), STATUS_OK);
    return cache;
}

/* No frame is free, and an idle slab of 64 KiB holds some: each way to memory gets them, and the heap alone does not. */
static void test_idle_slabs_are_asked_for(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 6; way++) {
        struct machine m = machine_start();
        struct object_cache *cache = make_cache();
        void *block = kmalloc(100), *out = nullptr;
        assert_non_null(block);
        kfree(kmalloc(3500));
        kfree(kmalloc(32000));
        take_all_frames();
        assert_status(heap_alloc(mm_heap(), 6000, &out), STATUS_NO_MEMORY);
        switch (way) {
        case 0:
            out = kmalloc(6000);
            break;
        case 1:
            out = kcalloc(2, 3001);
            break;
        case 2:
            out = kmalloc_aligned(6000, 64);
            break;
        case 3:
            out = krealloc(block, 6000);
            break;
        case 4:
            out = kcache_alloc(cache);
            break;
        default:
            assert_status(mm_map_device(phys_addr(0xC0000000), PAGE_SIZE, MEMORY_TYPE_UNCACHED,
                                        "device", &out),
                          STATUS_OK);
        }
        if (out == nullptr)
            fail_msg("way %u gets nothing", way);
        assert_sound(frames_check(mm_frames()));
        assert_sound(heap_check(mm_heap()));
        machine_destroy(&m);
    }
}

static void test_addresses_and_devices(void **state)
{
    (void)state;
    struct machine m = machine_start();
    phys_addr_t phys = {0};
    void *device = nullptr;
    assert_status(virt_to_phys(virt_addr(IMAGE_AT + 5), &phys), STATUS_OK);
    assert_int_equal(phys.value, m.boot.image.start + 5);
    assert_status(virt_to_phys(virt_addr(UINT64_C(1) << 50), &phys), STATUS_NOT_CANONICAL);
    assert_status(virt_to_phys(virt_addr(SHADOW_BASE), &phys), STATUS_NOT_MAPPED);

    assert_status(
        mm_map_device(phys_addr(0x100000), PAGE_SIZE, MEMORY_TYPE_UNCACHED, "RAM", &device),
        STATUS_IN_USE);
    assert_status(
        mm_map_device(phys_addr(0xC0000010), 32, MEMORY_TYPE_UNCACHED, "registers", &device),
        STATUS_OK);
    assert_status(virt_to_phys(virt_of(device), &phys), STATUS_OK);
    assert_int_equal(phys.value, 0xC0000010);
    struct mm_owner owner = mm_owner_of(virt_of(device).value);
    assert_string_equal(owner.area, "MAPPINGS");
    assert_string_equal(owner.detail, "registers");
    owner = mm_owner_of(virt_of(device).value + PAGE_SIZE);
    assert_string_equal(owner.detail, "guard page of a range");
    assert_status(mm_unmap_device(device), STATUS_OK);
    assert_status(mm_unmap_device(device), STATUS_NOT_ALLOCATED);

    void *block = kmalloc(200);
    owner = mm_owner_of(virt_of(block).value - m.boot.direct_map_virtual + 50);
    assert_true(owner.in_heap_block);
    assert_int_equal(owner.heap_block.value, virt_of(block).value);
    kfree(block);
    machine_stop(&m);
}

/* Firmware whose map calls the screen free, which breaks ST4 if believed: it begins in usable memory, ends in boot services, not on pages. */
static void test_screen_in_memory(void **state)
{
    (void)state;
    constexpr uint64_t SCREEN_AT = 0x47FF800, SCREEN_END = 0x4802001, BOOT_END = 0x4800000;
    struct machine m = machine_create();
    struct mm_reclaimed reclaimed;
    const char *fault = nullptr;
    m.boot.framebuffer =
        (struct boot_framebuffer){.start = SCREEN_AT, .size = SCREEN_END - SCREEN_AT};
    assert_status(start(&m, &fault), STATUS_OK);
    for (uint64_t at = BOOT_END; at < SCREEN_END; at += PAGE_SIZE)
        assert_int_equal(class_of(at), FRAME_UNMANAGED);
    assert_int_equal(class_of(SCREEN_END + PAGE_SIZE), FRAME_FREE);
    assert_status(mm_reclaim(&reclaimed, &fault), STATUS_OK);
    assert_int_equal(reclaimed.boot_services_bytes, 0x3FF8 * PAGE_SIZE - PAGE_SIZE);
    assert_int_equal(class_of(BOOT_END - PAGE_SIZE), FRAME_UNMANAGED);
    assert_int_equal(class_of(BOOT_END - 2 * PAGE_SIZE), FRAME_FREE);
    assert_int_equal(mm_screen_range().start, BOOT_END - PAGE_SIZE);
    assert_int_equal(mm_screen_range().size, 4 * PAGE_SIZE);
    machine_stop(&m);

    m = machine_create();
    m.boot.framebuffer = (struct boot_framebuffer){.start = UINT64_MAX - 10, .size = 100};
    assert_status(start(&m, &fault), STATUS_OK);
    assert_int_equal(mm_screen_range().size, 0); /* it wraps: it is nowhere */
    machine_stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_loader_called_usable),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_too_little_early_memory),
        cmocka_unit_test(test_maps_that_cannot_be),
        cmocka_unit_test(test_reclaim),
        cmocka_unit_test(test_reclaim_three_maps),
        cmocka_unit_test(test_reclaim_ours_free),
        cmocka_unit_test(test_reclaim_refused),
        cmocka_unit_test(test_screen_in_memory),
        cmocka_unit_test(test_heap),
        cmocka_unit_test(test_idle_slabs_are_asked_for),
        cmocka_unit_test(test_addresses_and_devices),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
