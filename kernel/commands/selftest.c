/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <arch/cpu.h>
#include <arch/image.h>
#include <arch/trap.h>
#include <base/string.h>
#include <boot/address_map.h>
#include <kernel/console.h>
#include <kernel/panic.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include <kernel/selftest.h>

/* ---- library ---- */

static const char *test_text(void)
{
    char text[16];
    uint64_t number;
    EXPECT(format_text(text, sizeof text, "%5u|%-4s|%x", 42u, "ab", 0xbeefu) == 15 &&
               strcmp(text, "   42|ab  |beef") == 0,
           "formatted text is wrong");
    EXPECT(format_text(text, 4, "%s", "too long") == 3 && strcmp(text, "too") == 0,
           "formatted text was not cut at the end of its buffer");
    EXPECT(parse_number("0x10K", 5, &number) && number == 0x4000, "a number was read wrongly");
    EXPECT(!parse_number("99999999999999999999", 20, &number), "an overflow was not noticed");
    EXPECT(strcmp(size_text(1536).text, "1.5 KiB") == 0, "a size is shown wrongly");
    return nullptr;
}

static const char *test_bytes(void)
{
    unsigned char bytes[64];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    memmove(bytes + 3, bytes, 40);
    EXPECT(bytes[3] == 0 && bytes[42] == 39 && bytes[43] == 43, "memmove upwards is wrong");
    memmove(bytes, bytes + 3, 40);
    EXPECT(bytes[0] == 0 && bytes[39] == 39, "memmove downwards is wrong");
    memset(bytes + 1, 0xee, 5);
    EXPECT(bytes[0] == 0 && bytes[1] == 0xee && bytes[5] == 0xee && bytes[6] == 6,
           "memset wrote elsewhere");
    unsigned char other[sizeof bytes];
    memcpy(other, bytes, sizeof bytes);
    EXPECT(memcmp(bytes, other, sizeof bytes) == 0, "memcpy or memcmp is wrong");
    other[40]++;
    EXPECT(memcmp(bytes, other, sizeof bytes) < 0 && memcmp(other, bytes, sizeof bytes) > 0 &&
               memcmp(bytes, other, 40) == 0,
           "memcmp is wrong");
    return nullptr;
}

static const char *test_symbols(void)
{
    uint64_t offset;
    virt_addr_t found, wanted = virt_addr((uint64_t)(uintptr_t)test_symbols);
    const char *name = symbol_find(virt_addr(wanted.value + 1), &offset);
    EXPECT(name != nullptr, "a function has no name");
    EXPECT(strcmp(name, "test_symbols") == 0 && offset == 1, "a function has another's name");
    EXPECT(symbol_address("test_symbols", &found) && found.value == wanted.value,
           "a name has another's address");
    EXPECT(symbol_find(virt_addr(8), &offset) == nullptr,
           "an address outside the image has a name");
    return nullptr;
}

/* ---- address space ---- */

static const char *test_managers(void)
{
    const char *broken = memory_map_check(mm_memory_map());
    return broken != nullptr ? broken : mm_check_all();
}

static const char *test_paging(void)
{
    struct mm_paging_summary summary;
    virt_addr_t where;
    const char *broken = mm_check_paging(&summary, &where);
    EXPECT(broken == nullptr, broken);
    EXPECT(summary.bytes_rw != 0, "no page can be written");
    EXPECT(!summary.no_execute || (summary.bytes_rx != 0 && summary.bytes_r != 0),
           "no page can be executed, or none is read-only");
    EXPECT(summary.no_execute == cpu_features()->no_execute,
           "the tables and the processor do not agree about NX");
    EXPECT(cpu_features()->write_protect, "the kernel may write to read-only pages (WP is off)");
    return nullptr;
}

static struct page_walk query(uint64_t address)
{
    return page_table_query(mm_kernel_table(), virt_addr(address));
}

static const char *test_image(void)
{
    struct image_section section;
    bool no_execute = cpu_features()->no_execute;
    for (unsigned i = 0; image_section_get(i, &section); i++) {
        for (uint64_t at = section.start.value; at < section.end.value; at += PAGE_SIZE) {
            struct page_walk walk = query(at);
            EXPECT(walk.present == section.readable, "a page is mapped that must not be, or not");
            if (!walk.present)
                continue;
            EXPECT(((walk.rights & PAGE_WRITE) != 0) == section.writable,
                   "a page may be written that must not be, or not");
            EXPECT(!no_execute || ((walk.rights & PAGE_EXECUTE) != 0) == section.executable,
                   "a page may be executed that must not be, or not");
            EXPECT((walk.rights & PAGE_USER) == 0, "a page of the image is a user page");
        }
    }
    return nullptr;
}

static const char *test_guards(void)
{
    struct trap_stack stack;
    EXPECT(!query(0).present && !query(NULL_GUARD_SIZE - 1).present, "the null guard is mapped");
    EXPECT(!query(LATE_GUARD_BASE).present && !query(UINT64_MAX).present,
           "the guard at the end is mapped");
    EXPECT(!query(USER_BASE).present, "user addresses are mapped in the kernel's own table");
    for (unsigned i = 0; trap_stack_get(i, &stack); i++)
        EXPECT(!query(stack.guard.value).present, "the guard page of a stack is mapped");
    return nullptr;
}

/* A frame that is ours, seen at a second address, in an area that nobody else uses. */
static const char *test_mapping(void)
{
    constexpr uint64_t at = TEMPORARY_BASE + GIB;
    struct page_table *table = mm_kernel_table();
    pfn_t frame;
    EXPECT(frames_alloc(mm_frames(), ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK,
           "no frame is free");
    phys_addr_t phys = pfn_to_phys(frame), translated;
    uint64_t tables = page_table_count(table);
    EXPECT(page_table_map(table, virt_addr(at), phys, PAGE_SIZE, PAGE_WRITE,
                          MEMORY_TYPE_WRITE_BACK) == STATUS_OK,
           "a page could not be mapped");
    *(volatile uint64_t *)(uintptr_t)at = 0xfeedface;
    EXPECT(*(volatile uint64_t *)phys_to_virt(phys) == 0xfeedface,
           "two addresses of one frame show different bytes");
    EXPECT(virt_to_phys(virt_addr(at + 5), &translated) == STATUS_OK &&
               translated.value == phys.value + 5,
           "the address translates to another frame");
    EXPECT(page_table_map(table, virt_addr(at), phys, PAGE_SIZE, PAGE_WRITE,
                          MEMORY_TYPE_WRITE_BACK) == STATUS_ALREADY_MAPPED,
           "one address was mapped twice");
    EXPECT(page_table_protect(table, virt_addr(at), PAGE_SIZE, PAGE_WRITE | PAGE_EXECUTE) ==
               STATUS_BAD_RIGHTS,
           "a page became writable and executable");
    EXPECT(page_table_protect(table, virt_addr(at), PAGE_SIZE, 0) == STATUS_OK &&
               (query(at).rights & PAGE_WRITE) == 0,
           "a page could not be made read-only");
    EXPECT(page_table_unmap(table, virt_addr(at), PAGE_SIZE) == STATUS_OK && !query(at).present,
           "it could not be unmapped");
    EXPECT(page_table_count(table) == tables, "its tables were not given back");
    EXPECT(frames_free(mm_frames(), frame, ORDER_FRAME) == STATUS_OK,
           "the frame was not taken back");
    return page_table_check(table);
}

/* Device memory that is RAM would be two memory types for one frame. */
static const char *test_device_is_not_ram(void)
{
    pfn_t frame;
    void *mapped;
    EXPECT(frames_alloc(mm_frames(), ORDER_FRAME, FRAME_TEST, &frame) == STATUS_OK,
           "no frame is free");
    EXPECT(mm_map_device(pfn_to_phys(frame), PAGE_SIZE, MEMORY_TYPE_UNCACHED, "self-test",
                         &mapped) == STATUS_IN_USE,
           "a frame of RAM was mapped as a device");
    EXPECT(frames_free(mm_frames(), frame, ORDER_FRAME) == STATUS_OK,
           "the frame was not taken back");
    return nullptr;
}

/* ---- what firmware and loader left ---- */

static const char *test_low_memory(void)
{
    size_t count;
    const struct frame_span *spans = frames_spans(mm_frames(), &count);
    for (size_t i = 0; i < count; i++) {
        const struct memory_range *range;
        EXPECT(pfn_to_phys(spans[i].first).value >= MIB, "memory below 1 MiB is managed");
        uint64_t at = pfn_to_phys(spans[i].first).value;
        uint64_t end = at + (spans[i].count << PAGE_SHIFT);
        for (; at < end; at = range->end.value) {
            range = memory_map_find(mm_memory_map(), phys_addr(at));
            EXPECT(range != nullptr, "memory is managed that the firmware did not describe");
            EXPECT(range->class == MEMORY_USABLE || range->class == MEMORY_BOOT_SERVICES ||
                       range->class == MEMORY_LOADER,
                   "memory is managed that is not ours to use");
        }
    }
    return nullptr;
}

/* What was handed over stays where it is, in memory that the frames never got, or was copied to the heap:
 * then it must lie wholly in one live block. */
static bool is_kept(uint64_t start, uint64_t size)
{
    virt_addr_t block;
    size_t block_size;
    virt_addr_t virt = virt_of(phys_to_virt(phys_addr(start)));
    if (size == 0)
        return true;
    if (heap_find(mm_heap(), virt, &block, &block_size) == STATUS_OK)
        return virt.value + size <= block.value + block_size;
    for (uint64_t at = align_down(start, PAGE_SIZE); at < start + size; at += PAGE_SIZE) {
        struct frame_owner owner = frames_owner(mm_frames(), phys_to_pfn(phys_addr(at)));
        if (owner.class != FRAME_UNMANAGED && owner.class != FRAME_RESERVED)
            return false;
    }
    return true;
}

static bool is_map_kept(const struct boot_map *map)
{
    return is_kept(map->start, map->count * sizeof(struct boot_region));
}

static const char *test_handed_over(void)
{
    const struct boot_info *info = mm_boot_info();
    const struct boot_range *tables = &info->tables;
    phys_addr_t own;
    EXPECT(virt_to_phys(virt_of(info), &own) == STATUS_OK && is_kept(own.value, sizeof *info),
           "boot_info was given away");
    EXPECT(is_kept(info->image.start, info->image.size), "the image was given away");
    EXPECT(is_kept(info->early_memory.start, info->early_memory.size),
           "the early arena was given away");
    EXPECT(is_kept(info->options.start, info->options.size), "the options were given away");
    EXPECT(is_kept(info->vendor.start, info->vendor.size), "the vendor's name was given away");
    EXPECT(is_kept(tables->start, tables->size), "the list of tables was given away");
    EXPECT(is_map_kept(&info->entry_map) && is_map_kept(&info->before_exit_map) &&
               is_map_kept(&info->final_map),
           "a memory map was given away");
    const struct boot_table *table = phys_to_virt(phys_addr(tables->start));
    for (size_t i = 0; i < tables->size / sizeof *table; i++)
        EXPECT(is_kept(table[i].start, table[i].size), "a firmware table was given away");
    return nullptr;
}

static const char *test_stacks(void)
{
    struct trap_stack stack;
    for (unsigned i = 0; trap_stack_get(i, &stack); i++)
        EXPECT(trap_stack_used(i) < stack.end.value - stack.start.value,
               "a stack was used to its end");
    return nullptr;
}

static const struct self_test tests[] = {
    {"text: formats, numbers, sizes", test_text},
    {"bytes: copy, move, fill, compare", test_bytes},
    {"symbols: names of functions", test_symbols},
    {"checks of every manager", test_managers},
    {"page tables: W^X, no alias, no user page", test_paging},
    {"image: every page has its section's rights", test_image},
    {"guards: null, stacks, the end", test_guards},
    {"mapping: map, protect, unmap one page", test_mapping},
    {"mapping: a device is not RAM", test_device_is_not_ram},
    {"firmware: nothing is managed but what is ours", test_low_memory},
    {"loader: what was handed over is still ours", test_handed_over},
    {"stacks: none was used to its end", test_stacks},
};

static unsigned run_tests(const struct self_test *list, size_t count)
{
    unsigned failed = 0;
    for (size_t i = 0; i < count; i++) {
        const char *reason = list[i].run();
        if (reason == nullptr) {
            print("ok %s\n", list[i].name);
        } else {
            print("FAIL: %s: %s\n", list[i].name, reason);
            failed++;
        }
    }
    return failed;
}

static bool run_selftest(unsigned, const char *const *)
{
    const size_t test_count = sizeof tests / sizeof tests[0] + memory_test_count +
                              permission_test_count + name_test_count + ledger_test_count;
    unsigned failed = run_tests(tests, sizeof tests / sizeof tests[0]) +
                      run_tests(memory_tests, memory_test_count) +
                      run_tests(permission_tests, permission_test_count) +
                      run_tests(name_tests, name_test_count) +
                      run_tests(ledger_tests, ledger_test_count);
    /* Once more: the tests themselves must have left everything sound. */
    const char *broken = mm_check_all();
    if (broken != nullptr) {
        print("FAIL: after the tests: %s\n", broken);
        failed++;
    }
    print("selftest: %zu passed, %u failed\n", test_count + (broken != nullptr) - failed, failed);
    return failed == 0;
}

COMMAND(selftest) = {
    .name = "selftest",
    .usage = "",
    .summary = "prove that the memory system works",
    .help =
        "Checks every manager's invariants, then uses each: allocates, frees, maps, unmaps,\n"
        "and does what must be refused. Leaves everything as it was. Fails if one test fails.\n",
    .run = run_selftest,
};
