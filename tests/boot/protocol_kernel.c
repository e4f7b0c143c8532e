/* SPDX-License-Identifier: MIT
 * A kernel that does one thing: look whether all that docs/boot_protocol.md promises holds. What does not is
 * printed as `FAIL: ...`. It is linked by arch/x86/kernel.ld, so its image has every kind of segment, and uses
 * nothing of the kernel but pure files. A fault ends the run: there are no traps. */
#include <arch/page_format.h>
#include <base/assert.h>
#include <base/string.h>
#include <boot/address_map.h>
#include <boot/boot_info.h>

static constexpr uint16_t COM1 = 0x3F8, DEBUG_EXIT = 0xF4;
static constexpr uint8_t EXIT_SUCCESS = 0x10, EXIT_FAILURE = 0x11;
enum : uint32_t { EFI_LOADER_DATA = 2, EFI_CONVENTIONAL = 7 };

/* arch/x86/kernel.ld */
extern const char image_start[], text_start[], text_end[], rodata_start[], rodata_end[],
    relro_start[], relro_end[], data_start[], bss_end[], guard_boot[], stack_boot[],
    stack_boot_end[], guard_double_fault[], stack_double_fault[], guard_debug[], stack_debug[],
    image_end[];

/* What the processor had in it at the first instruction. */
struct entry_state {
    const struct boot_info *info;
    uint64_t rsp, rflags, cr0, cr3, cr4, efer;
};

/* The names are the compiler's and the linker script's. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = 0x5afe00;
[[noreturn]] void __stack_chk_fail(void);
[[noreturn]] void protocol_main(const struct boot_info *info, uint64_t rsp, uint64_t rflags);

__asm__(".section .text._start, \"ax\", @progbits\n"
        ".globl _start\n"
        "_start:\n"
        "movq %rsp, %rsi\n"
        "pushfq\n"
        "popq %rdx\n"
        "callq protocol_main\n"
        "ud2\n"
        ".previous\n");

static unsigned failures;

static void port_write(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t port_read(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void write_serial(void *owner, const char *text, size_t length)
{
    (void)owner;
    for (size_t i = 0; i < length; i++) {
        while ((port_read(COM1 + 5) & 0x20) == 0)
            __asm__ volatile("pause");
        port_write(COM1, (uint8_t)text[i]);
    }
}

static const struct text_sink serial = {write_serial, nullptr};

[[noreturn]] static void finish(void)
{
    sink_print(&serial, "protocol: %u failures\n", failures);
    port_write(DEBUG_EXIT, failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    for (;;)
        __asm__ volatile("cli; hlt");
}

[[noreturn]] void assert_failed(const char *expression, const char *file, int line)
{
    sink_print(&serial, "FAIL: %s does not hold (%s:%d)\n", expression, file, line);
    failures++;
    finish();
}

[[noreturn]] void __stack_chk_fail(void)
{
    assert_failed("stack protector", "?", 0);
}

#define EXPECT(condition, ...)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            failures++;                                                                            \
            sink_print(&serial, "FAIL: %s: ", #condition);                                         \
            sink_print(&serial, __VA_ARGS__);                                                      \
            sink_print(&serial, "\n");                                                             \
        }                                                                                          \
    } while (false)

static bool contains(struct boot_range outer, uint64_t start, uint64_t size)
{
    return start >= outer.start && size <= outer.size && start - outer.start <= outer.size - size;
}

static const void *at(const struct boot_info *info, uint64_t physical)
{
    return (const void *)(info->direct_map_virtual + physical);
}

static uint32_t cpuid_edx(uint32_t leaf)
{
    uint32_t a = leaf, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

static struct entry_state read_state(const struct boot_info *info, uint64_t rsp, uint64_t rflags)
{
    struct entry_state s = {.info = info, .rsp = rsp, .rflags = rflags};
    uint32_t low, high;
    __asm__ volatile("mov %%cr0, %0" : "=r"(s.cr0));
    __asm__ volatile("mov %%cr3, %0" : "=r"(s.cr3));
    __asm__ volatile("mov %%cr4, %0" : "=r"(s.cr4));
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xC0000080));
    s.efer = (uint64_t)high << 32 | low;
    return s;
}

static void check_state(const struct entry_state *s)
{
    const struct boot_info *info = s->info;
    bool five = (info->flags & BOOT_FLAG_FIVE_LEVELS) != 0;
    bool no_execute = (info->flags & BOOT_FLAG_NO_EXECUTE) != 0;
    EXPECT(info->magic == BOOT_INFO_MAGIC && info->version == BOOT_INFO_VERSION, "not version 2");
    EXPECT(info->size == sizeof *info, "%u bytes", info->size);
    EXPECT((s->rflags & 0x600) == 0, "IF or DF set: 0x%lx", s->rflags);
    EXPECT(s->rsp == (uintptr_t)stack_boot_end && s->rsp % 16 == 0, "RSP 0x%lx", s->rsp);
    EXPECT((s->cr0 & 1u << 16) != 0, "CR0.WP clear: 0x%lx", s->cr0);
    EXPECT((s->cr4 & (1u << 7 | 1u << 17 | 1u << 23)) == 0, "CR4 0x%lx", s->cr4);
    EXPECT(((s->cr4 & 1u << 12) != 0) == five, "CR4 0x%lx", s->cr4);
    EXPECT(((s->efer & 1u << 11) != 0) == no_execute, "EFER 0x%lx", s->efer);
    EXPECT(((cpuid_edx(0x80000001) & 1u << 20) != 0) == no_execute, "NX unused, or used without");
    EXPECT(s->cr3 == info->first_tables, "CR3 0x%lx", s->cr3);
    EXPECT(info->image_virtual == (uintptr_t)image_start, "image at %p", (const void *)image_start);
    EXPECT(info->image_virtual - info->image_slide == IMAGE_BASE, "slide 0x%lx", info->image_slide);
    EXPECT(info->direct_map_virtual >= DIRECT_MAP_BASE &&
               (info->direct_map_virtual - DIRECT_MAP_BASE) % GIB == 0 &&
               info->direct_map_virtual - DIRECT_MAP_BASE < DIRECT_MAP_SLIDES * GIB,
           "direct map 0x%lx", info->direct_map_virtual);
}

/* ---- the first tables ---- */

struct extent_check {
    const struct boot_info *info;
    unsigned identity_leaves;
    bool no_execute;
};

static bool check_extent(void *owner, const struct page_extent *extent)
{
    struct extent_check *c = owner;
    const struct boot_info *info = c->info;
    uint64_t virt = extent->start.value, phys = extent->phys.value;
    bool executable = (extent->rights & PAGE_EXECUTE) != 0;
    bool writable = (extent->rights & PAGE_WRITE) != 0;
    EXPECT((extent->rights & PAGE_USER) == 0, "user page 0x%lx", virt);
    if (virt - info->image_virtual < info->image.size) {
        EXPECT(phys - info->image.start == virt - info->image_virtual, "image page 0x%lx", virt);
    } else if (virt == phys) {
        c->identity_leaves++;
        EXPECT(extent->size == PAGE_SIZE && !writable && executable, "identity page 0x%lx", virt);
    } else {
        EXPECT(virt - info->direct_map_virtual == phys, "page 0x%lx", virt);
        EXPECT(writable && (!executable || !c->no_execute), "rights of 0x%lx", virt);
        EXPECT(phys + extent->size <= info->image.start ||
                   phys >= info->image.start + info->image.size,
               "alias of the image at 0x%lx", virt);
    }
    return true;
}

static void check_rights(const struct page_table *pt, const char *from, const char *to,
                         uint32_t wanted)
{
    for (const char *page = from; page < to; page += PAGE_SIZE) {
        struct page_walk walk = page_table_query(pt, virt_of(page));
        uint32_t known = pt->no_execute ? PAGE_WRITE | PAGE_EXECUTE : PAGE_WRITE;
        EXPECT(walk.present, "image page %p", (const void *)page);
        EXPECT((walk.rights & known) == (wanted & known), "rights of %p", (const void *)page);
    }
}

static void check_guard(const struct page_table *pt, const char *from, const char *to)
{
    EXPECT(from < to, "no guard at %p", (const void *)from);
    for (const char *page = from; page < to; page += PAGE_SIZE)
        EXPECT(!page_table_query(pt, virt_of(page)).present, "guard %p", (const void *)page);
}

static void check_mapped(const struct page_table *pt, const struct boot_info *info,
                         struct boot_range range)
{
    for (uint64_t page = align_down(range.start, PAGE_SIZE); page < range.start + range.size;
         page += PAGE_SIZE) {
        struct page_walk walk = page_table_query(pt, virt_of(at(info, page)));
        EXPECT(walk.present && walk.phys.value == page, "0x%lx is not at the direct map", page);
    }
}

static void check_tables(const struct boot_info *info)
{
    const struct page_table pt = {
        .root = phys_addr(info->first_tables),
        .offset = info->direct_map_virtual,
        .levels = (info->flags & BOOT_FLAG_FIVE_LEVELS) != 0 ? 5 : 4,
        .phys_bits = PHYS_BITS_MAX,
        .no_execute = (info->flags & BOOT_FLAG_NO_EXECUTE) != 0,
        .gib_leaves = (cpuid_edx(0x80000001) & 1u << 26) != 0,
    };
    struct extent_check check = {.info = info, .no_execute = pt.no_execute};
    const char *broken = page_table_check(&pt);
    EXPECT(broken == nullptr, "%s", broken);
    page_table_visit(&pt, virt_addr(0), virt_addr(UINT64_MAX), check_extent, &check);
    EXPECT(check.identity_leaves == 1, "%u identity pages", check.identity_leaves);
    check_rights(&pt, text_start, text_end, PAGE_EXECUTE);
    check_rights(&pt, rodata_start, rodata_end, 0);
    check_rights(&pt, relro_start, relro_end, 0);
    check_rights(&pt, data_start, bss_end, PAGE_WRITE);
    check_rights(&pt, stack_boot, stack_boot_end, PAGE_WRITE);
    check_guard(&pt, guard_boot, stack_boot);
    check_guard(&pt, guard_double_fault, stack_double_fault);
    check_guard(&pt, guard_debug, stack_debug);
    uint64_t rest = info->image.start + info->image.size;
    check_mapped(&pt, info,
                 (struct boot_range){rest, info->loader.start + info->loader.size - rest});
    if (info->framebuffer.width != 0)
        check_mapped(&pt, info,
                     (struct boot_range){info->framebuffer.start, info->framebuffer.size});
}

/* ---- what is handed over ---- */

static void check_ranges(const struct boot_info *info)
{
    const struct boot_range inside[] = {
        info->image,
        info->early_memory,
        info->options,
        info->vendor,
        info->tables,
        {info->first_tables, PAGE_SIZE},
        {(uintptr_t)info - info->direct_map_virtual, sizeof *info},
        {info->entry_map.start, info->entry_map.count * sizeof(struct boot_region)},
        {info->before_exit_map.start, info->before_exit_map.count * sizeof(struct boot_region)},
        {info->final_map.start, info->final_map.count * sizeof(struct boot_region)},
    };
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        EXPECT(contains(info->loader, inside[i].start, inside[i].size), "range %lu at 0x%lx", i,
               inside[i].start);
    EXPECT(info->image.start == info->loader.start &&
               info->image.size == (uint64_t)(image_end - image_start),
           "image of 0x%lx bytes", info->image.size);
    EXPECT(info->early_memory.size >= MIB, "early memory of 0x%lx bytes", info->early_memory.size);
}

/* The types of the memory in which our allocation lies: every page of it, in one descriptor or several. */
static bool has_type(const struct boot_info *info, const struct boot_map *map, uint32_t type)
{
    const struct boot_region *regions = at(info, map->start);
    uint64_t found = 0, first = info->loader.start, end = first + info->loader.size;
    for (uint32_t i = 0; i < map->count; i++) {
        uint64_t start = regions[i].phys_start, stop = start + regions[i].page_count * PAGE_SIZE;
        start = start > first ? start : first;
        stop = stop < end ? stop : end;
        if (regions[i].efi_type == type && start < stop)
            found += stop - start;
    }
    return found == info->loader.size;
}

static void check_maps(const struct boot_info *info)
{
    EXPECT(has_type(info, &info->entry_map, EFI_CONVENTIONAL),
           "loader memory was not free at entry");
    EXPECT(has_type(info, &info->before_exit_map, EFI_LOADER_DATA),
           "loader memory was of another type before the exit");
    EXPECT(has_type(info, &info->final_map, EFI_LOADER_DATA), "loader memory is of another type");
    EXPECT((info->before_exit_map.start == info->final_map.start) == (info->exit_tries == 1),
           "%u tries, maps at 0x%lx and 0x%lx", info->exit_tries, info->before_exit_map.start,
           info->final_map.start);
    EXPECT(info->final_map.count >= info->entry_map.count, "%u, %u entries", info->entry_map.count,
           info->final_map.count);
    EXPECT(info->descriptor_size >= 40 && info->descriptor_version == 1, "descriptors of %u bytes",
           info->descriptor_size);
    EXPECT(info->exit_tries >= 1, "no tries");
}

static void check_firmware_tables(const struct boot_info *info)
{
    const struct boot_table *tables = at(info, info->tables.start);
    bool rsdp = false;
    for (uint64_t i = 0; i < info->tables.size / sizeof *tables; i++) {
        const struct boot_table *t = &tables[i];
        const uint8_t *bytes = at(info, t->start);
        uint8_t sum = 0;
        EXPECT(t->size == 0 || contains(info->loader, t->start, t->size), "table %lu", i);
        EXPECT(t->original != 0, "table %lu", i);
        EXPECT(t->kind != BOOT_TABLE_ACPI_REFUSED, "table %lu is refused", i);
        if (t->size == 0)
            continue;
        for (uint64_t k = 0; k < t->size; k++)
            sum = (uint8_t)(sum + bytes[k]);
        EXPECT(t->kind != BOOT_TABLE_ACPI || sum == 0 || memcmp(bytes, "FACS", 4) == 0,
               "checksum of %.4s", (const char *)bytes);
        rsdp = rsdp || (t->kind == BOOT_TABLE_ACPI && memcmp(bytes, "RSD PTR ", 8) == 0);
    }
    EXPECT(rsdp, "no RSDP");
}

static void check_costs(const struct boot_info *info)
{
    for (unsigned i = 0; i < BOOT_STEP_COUNT; i++) {
        const struct boot_cost *cost = &info->cost[i];
        EXPECT((cost->total == 0) == (i == BOOT_STEP_INSPECT), "step %u", i);
        EXPECT(cost->firmware <= cost->total, "step %u", i);
    }
}

/* Pointers that the loader must have relocated: in data, and in what RELRO made read-only. */
static const void *moved = &moved;
static const void *const fixed[] = {&moved, &fixed, text_start};

void protocol_main(const struct boot_info *info, uint64_t rsp, uint64_t rflags)
{
    struct entry_state state = read_state(info, rsp, rflags);
    check_state(&state);
    check_tables(info);
    check_ranges(info);
    check_maps(info);
    check_firmware_tables(info);
    check_costs(info);
    const void *const volatile *pointers = fixed;
    EXPECT(*(const void *volatile *)&moved == &moved && pointers[1] == &fixed, "not relocated");
    finish();
}
