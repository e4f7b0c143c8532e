/* SPDX-License-Identifier: MIT
 * Where the loader puts things: each part of the one allocation lies in it, none touches another, and what was copied
 * is what was there. Simulated: the firmware, which has one call, and the kernel, a file of one page of zeros. */
#include "harness/harness.h"

#include "efi/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

const unsigned char payload_elf[] = {0};
const size_t payload_size = sizeof payload_elf;

[[noreturn]] void loader_stop(struct loader *l, EFI_STATUS status, const char *format, ...)
{
    (void)l, (void)status;
    fprintf(stderr, "%s\n", format);
    abort();
}

/* Where memory of a machine is; the host's own lies too high for a direct map. */
static EFI_STATUS allocate_pages(EFI_ALLOCATE_TYPE, EFI_MEMORY_TYPE, UINTN pages,
                                 EFI_PHYSICAL_ADDRESS *at)
{
    void *memory = mmap((void *)(32 * TIB), pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    *at = (uintptr_t)memory;
    return memory != MAP_FAILED ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}
static EFI_BOOT_SERVICES boot_services = {.AllocatePages = allocate_pages};

constexpr unsigned TABLES = 3;
static const char table_text[TABLES][40] = {"the first table", "another one, which is longer", ""};
static const char vendor[] = "somebody", options[] = "run=\"help\"", note[] = "written";

static struct loader *loader_with_tables(void)
{
    static EFI_MEMORY_DESCRIPTOR descriptors[5];
    struct loader *l = calloc(1, sizeof *l);
    l->firmware.boot = &boot_services;
    l->plan = (struct elf_plan){.image_size = PAGE_SIZE, .segment_count = 1};
    l->plan.segments[0].size = PAGE_SIZE;
    l->entry_map = (struct raw_map){.data = (unsigned char *)descriptors,
                                    .size = sizeof descriptors,
                                    .descriptor_size = sizeof descriptors[0],
                                    .version = EFI_MEMORY_DESCRIPTOR_VERSION};
    for (unsigned i = 0; i < TABLES; i++)
        l->copies[l->copy_count++] = (struct table_copy){
            .kind = i, .original = (uintptr_t)table_text[i], .size = strlen(table_text[i])};
    memcpy(l->vendor, vendor, l->vendor_length = sizeof vendor - 1);
    memcpy(l->option_text, options, l->option_length = sizeof options - 1);
    memcpy(l->report, note, l->report_length = sizeof note - 1);
    return l;
}

static void loader_free(struct loader *l)
{
    munmap(l->block, l->layout.size);
    free(l);
}

struct part {
    uint64_t start, size;
};

static void assert_apart(const struct part *parts, size_t count, struct part whole)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(parts[i].start >= whole.start);
        assert_true(parts[i].start + parts[i].size <= whole.start + whole.size);
        for (size_t k = 0; k < i; k++)
            assert_true(parts[i].start + parts[i].size <= parts[k].start ||
                        parts[k].start + parts[k].size <= parts[i].start);
    }
}

static void assert_says(struct boot_range range, const char *wanted)
{
    assert_int_equal(range.size, strlen(wanted));
    assert_memory_equal((const void *)range.start, wanted, range.size);
}

static void test_parts(void **)
{
    struct loader *l = loader_with_tables();
    loader_allocate(l);
    loader_place(l);
    const struct layout *p = &l->layout;
    const struct part parts[] = {
        {p->image, PAGE_SIZE},
        {p->tables, p->tables_size},
        {p->info, p->info_size},
        {p->map, p->map_size},
        {p->canary, PAGE_SIZE},
        {p->before_exit, p->map_size},
        {p->entry_map, p->entry_map_size},
        {p->early, p->early_size},
    };
    assert_apart(parts, sizeof parts / sizeof parts[0], (struct part){0, p->size});
    const struct boot_table *tables = (const void *)l->info.tables.start;
    struct part copies[TABLES + 5];
    size_t count = 0;
    for (unsigned i = 0; i < TABLES; i++) {
        assert_int_equal(tables[i].size, strlen(table_text[i]));
        if (tables[i].size == 0)
            continue;
        assert_says((struct boot_range){tables[i].start, tables[i].size}, table_text[i]);
        copies[count++] = (struct part){tables[i].start, tables[i].size};
    }
    assert_says(l->info.vendor, vendor);
    assert_says(l->info.options, options);
    assert_says(l->info.report, note);
    const uint64_t info = (uintptr_t)l->block + p->info;
    copies[count++] = (struct part){info, sizeof l->info};
    copies[count++] = (struct part){l->info.tables.start, l->info.tables.size};
    copies[count++] = (struct part){l->info.vendor.start, l->info.vendor.size};
    copies[count++] = (struct part){l->info.options.start, l->info.options.size};
    copies[count++] = (struct part){l->info.report.start, l->info.report.size};
    assert_apart(copies, count, (struct part){info, p->info_size});
    loader_free(l);
}

/* A table that is longer than when room was made for it. */
static void test_table_that_grows(void **)
{
    struct loader *l = loader_with_tables();
    loader_allocate(l);
    l->copies[1].size += PAGE_SIZE;
    assert_rule_broken(LO1, loader_place(l));
    loader_free(l);
}

/* ---- maps as firmware gives them ---- */

static void test_raw_maps(void **)
{
    static const struct {
        const char *what;
        UINTN size, descriptor_size;
        uint32_t version;
        const char *fault;
    } cases[] = {
        {"as usual", 4800, 48, 1, nullptr},
        {"the shortest descriptors", 40, 40, 1, nullptr},
        {"the longest", 4096, 4096, 1, nullptr},
        {"the whole buffer", 8192, 64, 1, nullptr},
        {"descriptors of no bytes", 4800, 0, 1,
         "its descriptor size is not a multiple of 8 in 40..4096"},
        {"shorter ones", 4800, 32, 1, "its descriptor size is not a multiple of 8 in 40..4096"},
        {"odd ones", 4700, 47, 1, "its descriptor size is not a multiple of 8 in 40..4096"},
        {"longer ones", 4097, 4097, 1, "its descriptor size is not a multiple of 8 in 40..4096"},
        {"another version", 4800, 48, 2, "its descriptor version is not 1"},
        {"no descriptor", 0, 48, 1, "its size is not a multiple of the descriptor size"},
        {"half a descriptor", 4808, 48, 1, "its size is not a multiple of the descriptor size"},
        {"more than the buffer", 8200, 40, 1, "it is larger than the buffer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct raw_map map = {.capacity = 8192,
                                    .size = cases[i].size,
                                    .descriptor_size = cases[i].descriptor_size,
                                    .version = cases[i].version};
        const char *fault = raw_map_check(&map);
        if ((fault == nullptr) != (cases[i].fault == nullptr) ||
            (fault != nullptr && strcmp(fault, cases[i].fault) != 0))
            fail_msg("%s: %s", cases[i].what, fault != nullptr ? fault : "sound");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_table_that_grows),
        cmocka_unit_test(test_raw_maps),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
