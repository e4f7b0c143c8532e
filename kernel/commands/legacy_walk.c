/* SPDX-License-Identifier: MIT
 * `legacy walk`: page tables of two levels, built and walked. No processor of ours runs with them: they lie in a block of
 * the heap that stands for physical memory behind the documents' bitmap, and what they map is never touched. */
#include <kernel/command.h>

#include <arch/legacy/addresses.h>
#include <arch/legacy/two_level.h>
#include <base/string.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include "shared.h"

constexpr unsigned TABLES =
    4; /* the directory, and one for each 4 MiB in which a page of `examples` lies */
constexpr uint32_t TABLES_START = LEGACY_AVAILABLE_FIRST;

/* The layout of M4, with the kernel of V1. */
static const struct {
    uint32_t start, phys;
    uint64_t size;
    uint32_t rights;
    const char *what;
} examples[] = {
    {LEGACY_USER_IMAGE_FIRST, 0x00800000, 4 * PAGE_SIZE, TWO_LEVEL_USER, "user code"},
    {LEGACY_USER_MEMORY_LAST + 1 - PAGE_SIZE, 0x00900000, PAGE_SIZE,
     TWO_LEVEL_USER | TWO_LEVEL_WRITE, "user stack"},
    {LEGACY_SPLIT + LEGACY_KERNEL_FIRST, LEGACY_KERNEL_FIRST, LEGACY_KERNEL_BYTES, TWO_LEVEL_WRITE,
     "kernel"},
    {LEGACY_SPLIT + TWO_LEVEL_LARGE_SIZE, TWO_LEVEL_LARGE_SIZE, TWO_LEVEL_LARGE_SIZE,
     TWO_LEVEL_WRITE, "kernel, a 4 MiB page"},
};
constexpr size_t EXAMPLES = sizeof examples / sizeof examples[0];

/* ---- memory for tables ---- */

struct tables {
    unsigned char *memory;
    bool taken[TABLES];
};

static status_t take(void *owner, phys_addr_t *out)
{
    struct tables *tables = owner;
    for (unsigned i = 0; i < TABLES; i++) {
        if (tables->taken[i])
            continue;
        tables->taken[i] = true;
        memset(tables->memory + i * PAGE_SIZE, 0, PAGE_SIZE);
        *out = phys_addr(TABLES_START + i * PAGE_SIZE);
        return STATUS_OK;
    }
    return STATUS_NO_MEMORY;
}

static void give_back(void *owner, phys_addr_t table)
{
    struct tables *tables = owner;
    tables->taken[(table.value - TABLES_START) / PAGE_SIZE] = false;
}

/* ---- one walk ---- */

static void print_entry(const char *table, unsigned index, uint32_t raw, unsigned level)
{
    const struct two_level_entry entry = two_level_decode(raw, level);
    print("  %-9s [%4u]  entry %08x  ", table, index, raw);
    if ((entry.flags & TWO_LEVEL_PRESENT) == 0) {
        print("not present\n");
        return;
    }
    const bool large = (entry.flags & TWO_LEVEL_LARGE) != 0;
    print("%s %08x, P%s%s%s%s%s\n",
          level == 1 ? "frame"
          : large    ? "4 MiB"
                     : "table",
          entry.address, (entry.flags & TWO_LEVEL_WRITE) != 0 ? " W" : "",
          (entry.flags & TWO_LEVEL_USER) != 0 ? " U" : "",
          (entry.flags & TWO_LEVEL_ACCESSED) != 0 ? " A" : "",
          (entry.flags & TWO_LEVEL_DIRTY) != 0 ? " D" : "", large ? " PS" : "");
}

static void print_two_level_walk(const struct two_level_space *space, uint32_t va)
{
    const struct two_level_walk walk = two_level_query(space, va);
    print("virtual %08x = directory %u, table %u, offset %x\n", va, two_level_directory_index(va),
          two_level_table_index(va), va & (uint32_t)(PAGE_SIZE - 1));
    print_entry("directory", two_level_directory_index(va), walk.directory_entry, 2);
    if ((walk.directory_entry & TWO_LEVEL_PRESENT) != 0 && !walk.large)
        print_entry("table", two_level_table_index(va), walk.table_entry, 1);
    if (walk.present)
        print("  => physical %08x, %s, %s; nothing here forbids to execute\n", walk.phys,
              (walk.rights & TWO_LEVEL_WRITE) != 0 ? "may be written" : "read-only",
              (walk.rights & TWO_LEVEL_USER) != 0 ? "user and kernel" : "kernel alone");
    else
        print("  => not mapped\n");
}

/* ---- the tables ---- */

static bool refuse(const char *what, status_t status)
{
    print("FAIL: legacy walk: %s: %s\n", what, status_text(status));
    return false;
}

static bool map_examples(struct two_level_space *space)
{
    for (size_t i = 0; i < EXAMPLES; i++) {
        status_t status = two_level_map(space, examples[i].start, examples[i].phys,
                                        examples[i].size, examples[i].rights);
        if (status != STATUS_OK)
            return refuse(examples[i].what, status);
        print("mapped %08x-%08x to %08x, %s: %s\n", examples[i].start,
              (uint32_t)(examples[i].start + (examples[i].size - 1)), examples[i].phys,
              size_text(examples[i].size).text, examples[i].what);
    }
    return true;
}

static bool unmap_examples(struct two_level_space *space)
{
    const unsigned count = two_level_table_count(space);
    const char *broken = two_level_check(space);
    for (size_t i = 0; i < EXAMPLES; i++) {
        status_t status = two_level_unmap(space, examples[i].start, examples[i].size);
        if (status != STATUS_OK)
            return refuse(examples[i].what, status);
    }
    if (broken != nullptr) {
        print("FAIL: legacy walk: %s\n", broken);
        return false;
    }
    print("unmapped: %u tables became %u\n", count, two_level_table_count(space));
    return true;
}

static bool show(struct two_level_space *space, bool one, uint32_t address)
{
    status_t status = two_level_create(space);
    if (status != STATUS_OK)
        return refuse("the directory", status);
    print("directory at %08x, tables behind it (a block of the heap stands for that memory)\n",
          space->root);
    bool done = map_examples(space);
    if (done && one) {
        print_two_level_walk(space, address);
    } else if (done) {
        print_two_level_walk(space, 0);
        for (size_t i = 0; i < EXAMPLES; i++)
            print_two_level_walk(space, examples[i].start + 0x234);
    }
    done = done && unmap_examples(space);
    two_level_destroy(space);
    return done;
}

bool run_legacy_walk(unsigned count, const char *const *words)
{
    uint64_t address = 0;
    if (count > 2 && !command_parse_address(words[2], &address))
        return false;
    if (address >= TWO_LEVEL_SPACE) {
        print("%" PRIx64 " has more than the 32 bits of these tables.\n", address);
        return false;
    }
    struct tables tables = {.memory = kmalloc_aligned(TABLES * PAGE_SIZE, PAGE_SIZE)};
    if (tables.memory == nullptr)
        return refuse("memory for the tables", STATUS_NO_MEMORY);
    struct two_level_space space = {
        .offset = virt_of(tables.memory).value - TABLES_START,
        .large_pages = true,
        .memory = {.take = take, .give_back = give_back, .owner = &tables},
    };
    const bool done = show(&space, count > 2, (uint32_t)address);
    kfree(tables.memory);
    return done;
}
