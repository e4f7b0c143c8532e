/* SPDX-License-Identifier: MIT
 * Every name of include/mm/reference_names.h is called: mm.c, with its globals, is started on simulated memory
 * and a simulated processor. What needs a real one is done again by `selftest`. */
#include "harness/harness.h"

#include "simulated_processor.h"

#include <base/string.h>
#include <boot/address_map.h>
#include <mm/memory_map.h>

/* The reference's malloc and free must not meet the C library's. */
#define malloc reference_malloc
#define free   reference_free
#include <mm/reference_names.h>

/* ---- the machine: 1 GiB, its addresses seen at a multiple of 1 GiB ---- */

constexpr uint64_t LOADER_AT = 0x3E000000;
constexpr uint64_t MAP_AT = LOADER_AT;
static const struct boot_region regions[] = {
    {0, 0xA0, EFI_TYPE_CONVENTIONAL, 0, EFI_ATTRIBUTE_WB},
    {0x100000, 0x3DF00, EFI_TYPE_CONVENTIONAL, 0, EFI_ATTRIBUTE_WB},
    {LOADER_AT, 0x2000, EFI_TYPE_LOADER_DATA, 0, EFI_ATTRIBUTE_WB},
};

static struct boot_info boot_info_of(uint64_t offset)
{
    memcpy((void *)(uintptr_t)(offset + MAP_AT), regions, sizeof regions);
    return (struct boot_info){
        .image_virtual = IMAGE_AT,
        .direct_map_virtual = offset,
        .image = {LOADER_AT + 0x10000, IMAGE_BYTES},
        .loader = {LOADER_AT, 0x2000000},
        .early_memory = {LOADER_AT + 0x100000, MIB},
        .final_map = {.start = MAP_AT, .count = sizeof regions / sizeof regions[0]},
    };
}

static void test_start(void **state)
{
    const uint64_t *offset = *state;
    const struct boot_info boot = boot_info_of(*offset);
    const char *fault = "";
    processor =
        (struct cpu_features){.phys_bits = 46, .levels = 4, .no_execute = true, .gib_leaves = true};
    assert_status(memory_init(&boot, &fault), STATUS_OK);
    assert_int_equal(get_total_memory(), 0x3DF00 * PAGE_SIZE);
    assert_int_equal(get_free_memory(), get_total_memory());
    assert_status(paging_init(&fault), STATUS_OK);
    assert_int_equal(loaded.value, mm_kernel_table()->root.value);
    loaded = phys_addr(0);
    paging_enable();
    assert_int_equal(loaded.value, mm_kernel_table()->root.value);
    assert_status(mm_init_heap(&fault), STATUS_OK);
}

static void test_pages(void **state)
{
    (void)state;
    phys_addr_t page = {}, other = {};
    const uint64_t before = get_free_memory();
    assert_status(allocate_page(&page), STATUS_OK);
    assert_status(allocate_page(&other), STATUS_OK);
    assert_int_not_equal(page.value, other.value);
    assert_true(is_aligned(page.value, PAGE_SIZE) && page.value >= MIB);
    assert_true(get_free_memory() <= before - 2 * PAGE_SIZE);
    const uint64_t held = get_free_memory();
    assert_status(free_page(phys_addr(page.value + 8)), STATUS_MISALIGNED);
    assert_status(free_page(phys_addr(0)), STATUS_OUT_OF_RANGE);
    assert_status(free_page(page), STATUS_OK);
    assert_status(free_page(page), STATUS_NOT_ALLOCATED);
    assert_int_equal(get_free_memory(), held + PAGE_SIZE);
    assert_status(free_page(other), STATUS_OK);
    assert_sound(frames_check(mm_frames()));
}

static void test_addresses(void **state)
{
    const uint64_t *offset = *state;
    phys_addr_t phys;
    assert_int_equal(virt_of(phys_to_virt(phys_addr(0x123456))).value, *offset + 0x123456);
    assert_status(virt_to_phys(virt_addr(IMAGE_AT + 5), &phys), STATUS_OK);
    assert_int_equal(phys.value, LOADER_AT + 0x10005);
    assert_status(virt_to_phys(virt_addr(0), &phys), STATUS_NOT_MAPPED);
    assert_status(virt_to_phys(virt_addr(UINT64_C(1) << 50), &phys), STATUS_NOT_CANONICAL);
}

static void test_directories(void **state)
{
    (void)state;
    constexpr uint64_t at = USER_BASE + 5 * GIB;
    const uint64_t before = get_free_memory();
    struct page_table directory = {}, *kernel = mm_kernel_table();
    phys_addr_t page = {};
    assert_status(allocate_page(&page), STATUS_OK);
    assert_status(create_page_directory(&directory), STATUS_OK);
    const uint64_t tables =
        page_table_count(&directory); /* those of the kernel's half, and the root */
    assert_status(map_page(&directory, virt_addr(at), page, PAGE_WRITE | PAGE_USER), STATUS_OK);
    assert_status(map_page(&directory, virt_addr(at), page, 0), STATUS_ALREADY_MAPPED);
    assert_status(map_page(&directory, virt_addr(at + 1), page, 0), STATUS_MISALIGNED);
    assert_status(map_page(&directory, virt_addr(at + PAGE_SIZE), page, PAGE_WRITE | PAGE_EXECUTE),
                  STATUS_BAD_RIGHTS);
    const struct page_walk walk = page_table_query(&directory, virt_addr(at + 7));
    assert_true(walk.present);
    assert_int_equal(walk.phys.value, page.value + 7);
    assert_int_equal(walk.rights & (PAGE_WRITE | PAGE_USER | PAGE_EXECUTE), PAGE_WRITE | PAGE_USER);
    assert_false(page_table_query(kernel, virt_addr(at)).present);

    assert_status(destroy_page_directory(kernel), STATUS_IN_USE);
    assert_status(switch_page_directory(kernel), STATUS_OK);

    assert_sound(page_table_check(&directory));
    assert_status(unmap_page(&directory, virt_addr(at)), STATUS_OK);
    assert_status(unmap_page(&directory, virt_addr(at)), STATUS_NOT_MAPPED);
    assert_int_equal(page_table_count(&directory), tables);
    assert_status(destroy_page_directory(&directory), STATUS_OK);
    assert_status(free_page(page), STATUS_OK);
    assert_int_equal(get_free_memory(), before);
    assert_sound(page_table_check(kernel));
}

static void test_switch(void **state)
{
    (void)state;
    struct page_table directory = {}, *kernel = mm_kernel_table();
    assert_status(create_page_directory(&directory), STATUS_OK);
    assert_true(page_table_high_is_equal(&directory, kernel));
    assert_status(switch_page_directory(&directory), STATUS_OK);
    assert_int_equal(loaded.value, directory.root.value);
    assert_status(destroy_page_directory(&directory), STATUS_IN_USE);
    assert_status(switch_page_directory(kernel), STATUS_OK);
    assert_int_equal(loaded.value, kernel->root.value);
    struct page_table foreign = *kernel; /* a root of its own, without the kernel's half */
    assert_status(page_table_create(&foreign), STATUS_OK);
    assert_status(switch_page_directory(&foreign), STATUS_NOT_MAPPED);
    assert_int_equal(loaded.value, kernel->root.value);
    assert_status(destroy_page_directory(&foreign), STATUS_OK);
    assert_status(destroy_page_directory(&directory), STATUS_OK);
    assert_sound(page_table_check(kernel));
}

static void test_heap(void **state)
{
    (void)state;
    struct heap_totals before, after;
    heap_totals(mm_heap(), &before);
    unsigned char *block = reference_malloc(100);
    assert_non_null(block);
    memset(block, 0x5A, 100);
    unsigned char *zeroed = kcalloc(10, 10);
    assert_non_null(zeroed);
    for (unsigned i = 0; i < 100; i++)
        assert_true(block[i] == 0x5A && zeroed[i] == 0);
    block = krealloc(block, 5000);
    assert_non_null(block);
    assert_int_equal(block[99], 0x5A);
    void *aligned = kmalloc_aligned(10, 4096);
    assert_non_null(aligned);
    assert_true(is_aligned(virt_of(aligned).value, 4096));
    kfree(aligned);
    reference_free(zeroed);
    reference_free(block);
    reference_free(nullptr);
    heap_totals(mm_heap(), &after);
    assert_int_equal(after.live_blocks, before.live_blocks);
    assert_int_equal(heap_start().value, HEAP_BASE);
    assert_int_equal(heap_end().value, HEAP_BASE + HEAP_SIZE);
    assert_true(heap_curr().value >= HEAP_BASE && heap_curr().value < HEAP_BASE + HEAP_SIZE);
    assert_sound(heap_check(mm_heap()));
}

/* ---- what is said ---- */

struct paper {
    char text[1024];
    size_t length;
};

static void write_on(void *owner, const char *text, size_t length)
{
    struct paper *paper = owner;
    assert_true(length < sizeof paper->text - paper->length);
    memcpy(paper->text + paper->length, text, length);
    paper->length += length;
}

static void test_print(void **state)
{
    (void)state;
    struct paper paper = {};
    const struct text_sink sink = {write_on, &paper};
    char wanted[512];
    struct heap_totals totals;
    void *block = kmalloc(10);
    heap_totals(mm_heap(), &totals);
    print_mem_stats(&sink);
    const int length =
        format_text(wanted, sizeof wanted,
                    "total allocations %" PRIu64 ", frees %" PRIu64 "\nlive blocks 1 (peak %" PRIu64
                    ")\nlive bytes %" PRIu64 " (peak %" PRIu64 ")\nmemory %" PRIu64
                    " bytes, free %" PRIu64 "\n",
                    totals.allocations, totals.frees, totals.live_blocks_peak, totals.live_bytes,
                    totals.live_bytes_peak, get_total_memory(), get_free_memory());
    assert_int_equal(paper.length, (size_t)length);
    assert_memory_equal(paper.text, wanted, paper.length);
    kfree(block);
}

static void test_tracker(void **state)
{
    (void)state;
    static const char object[24];
    void *block = kmalloc(10);
    assert_int_equal(memstat_get_size(block), 16);
    assert_status(memstat_register(block, 10), STATUS_IN_USE);
    kfree(block);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the pointer is asked about, not followed */
    assert_int_equal(memstat_get_size(block), 0);
    assert_status(memstat_register(object, 24), STATUS_OK);
    assert_int_equal(memstat_get_size(object), 24);
    assert_status(memstat_unregister(object), STATUS_OK);
    assert_int_equal(memstat_get_size(object), 0);
    assert_sound(memstat_check(mm_memstat()));
}

/* The kernel's side of klog_*: kernel/log.h, simulated. */
static const char *said[4];
static unsigned said_count;
#define log_error(unit, text)   (said[said_count++] = "error " unit " " text)
#define log_warning(unit, text) (said[said_count++] = "warning " unit " " text)
#define log_info(unit, text)    (said[said_count++] = "info " unit " " text)
#define log_debug(unit, text)   (said[said_count++] = "debug " unit " " text)

static void test_klog(void **state)
{
    (void)state;
    klog_error("a");
    klog_warning("b");
    klog_info("c");
    klog_debug("d");
    const char *const wanted[] = {"error klog a", "warning klog b", "info klog c", "debug klog d"};
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal(said[i], wanted[i]);
}

int main(void)
{
    const struct fake_ram ram = fake_ram_create(0, 3 * GIB);
    uint64_t offset = align_up(ram.offset, GIB);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_start, &offset),
        cmocka_unit_test(test_pages),
        cmocka_unit_test_prestate(test_addresses, &offset),
        cmocka_unit_test(test_directories),
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_heap),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_tracker),
        cmocka_unit_test(test_klog),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
