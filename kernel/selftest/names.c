/* SPDX-License-Identifier: MIT
 * The names of the reference documents, on the real processor. memory_init and paging_init are for the start
 * only; tests/unit/test_reference_names.c calls them. */
#include <kernel/selftest.h>

#include <boot/address_map.h>
#include <kernel/log.h>
#include <mm/reference_names.h>

static const char *test_pages(void)
{
    phys_addr_t page;
    const uint64_t total = get_total_memory();
    EXPECT(total != 0 && get_free_memory() <= total, "more memory is free than there is");
    EXPECT(allocate_page(&page) == STATUS_OK, "no page is free");
    const uint64_t held = get_free_memory();
    volatile uint64_t *word = phys_to_virt(page);
    *word = 0x0123456789abcdef;
    EXPECT(*word == 0x0123456789abcdef, "the page does not keep what is written to it");
    EXPECT(free_page(phys_addr(page.value + 1)) == STATUS_MISALIGNED,
           "a page was freed by an address inside it");
    EXPECT(free_page(page) == STATUS_OK, "the page was not taken back");
    EXPECT(get_free_memory() == held + PAGE_SIZE, "a page that came back was not counted");
    EXPECT(get_total_memory() == total, "memory was lost");
    return frames_check(mm_frames());
}

static const char *test_directory(void)
{
    constexpr uint64_t at = USER_BASE + GIB;
    struct page_table directory, *kernel = mm_kernel_table();
    phys_addr_t page;
    EXPECT(allocate_page(&page) == STATUS_OK, "no page is free");
    EXPECT(create_page_directory(&directory) == STATUS_OK, "no directory could be made");
    EXPECT(map_page(&directory, virt_addr(at), page, PAGE_WRITE) == STATUS_OK,
           "a page could not be mapped");
    EXPECT(page_table_query(&directory, virt_addr(at + 3)).phys.value == page.value + 3,
           "the address translates to another page");
    EXPECT(!page_table_query(kernel, virt_addr(at)).present,
           "what one directory maps is in another");
    EXPECT(switch_page_directory(&directory) == STATUS_OK, "the directory was refused");
    EXPECT(cpu_current_table().value == directory.root.value, "other tables are in force");
    EXPECT(destroy_page_directory(&directory) == STATUS_IN_USE,
           "the tables that are in force were given back");
    EXPECT(switch_page_directory(kernel) == STATUS_OK, "the kernel's own tables were refused");
    paging_enable();
    EXPECT(cpu_current_table().value == kernel->root.value, "other tables are in force");
    EXPECT(destroy_page_directory(kernel) == STATUS_IN_USE, "the kernel's tables were given back");
    EXPECT(unmap_page(&directory, virt_addr(at)) == STATUS_OK, "the page could not be unmapped");
    EXPECT(destroy_page_directory(&directory) == STATUS_OK, "the directory was not given back");
    EXPECT(free_page(page) == STATUS_OK, "the page was not taken back");
    return frames_check(mm_frames());
}

static const char *test_blocks(void)
{
    unsigned char *block = malloc(300);
    EXPECT(block != nullptr, "out of memory");
    memset(block, 0x5a, 300);
    EXPECT(block[0] == 0x5a && block[299] == 0x5a, "the block does not keep its contents");
    free(block);
    EXPECT(heap_start().value == HEAP_BASE && heap_end().value == HEAP_BASE + HEAP_SIZE &&
               heap_curr().value - HEAP_BASE < HEAP_SIZE,
           "the window of the heap is somewhere else");
    return heap_check(mm_heap());
}

static void count_lines(void *owner, const char *text, size_t length)
{
    unsigned *lines = owner;
    for (size_t i = 0; i < length; i++)
        *lines += text[i] == '\n';
}

static const char *test_statistics(void)
{
    unsigned lines = 0;
    const struct text_sink sink = {count_lines, &lines};
    print_mem_stats(&sink);
    EXPECT(lines == 4, "the statistics are not four lines");
    klog_debug("statistics of %" PRIu64 " bytes of memory", get_total_memory());
    return nullptr;
}

const struct self_test name_tests[] = {
    {"names: allocate_page, free_page", test_pages},
    {"names: page directories", test_directory},
    {"names: malloc, free, heap_start", test_blocks},
    {"names: print_mem_stats, klog_debug", test_statistics},
};
const size_t name_test_count = sizeof name_tests / sizeof name_tests[0];
