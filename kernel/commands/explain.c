/* SPDX-License-Identifier: MIT
 * Rules: Intel SDM 3A 4.6 (access rights), 4.10.4 and 3.3.7.1 (canonical addresses), 12.3 (memory types). */
#include <kernel/command.h>

#include <arch/cpu.h>
#include <boot/address_map.h>
#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include "shared.h"

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE, ACCESS_COUNT };

/* The highest level whose entry does not give a right; 0: all give it. */
static unsigned level_without(const struct page_walk *walk, uint32_t right)
{
    for (unsigned i = 0; i < walk->step_count; i++) {
        if ((page_entry_rights(walk->steps[i].entry) & right) == 0)
            return walk->steps[i].level;
    }
    return 0;
}

static void verdict(const char *who, const char *what, bool allowed, const char *reason,
                    unsigned level)
{
    print("  %-6s %-8s %-4s", who, what, allowed ? "yes" : "no");
    if (level != 0)
        print("%s at level %u\n", reason, level);
    else
        print("%s\n", reason);
}

static void judge_kernel(const struct page_walk *walk, enum access access)
{
    static const char *const names[ACCESS_COUNT] = {"read", "write", "execute"};
    const struct cpu_features *cpu = cpu_features();
    bool user_page = level_without(walk, PAGE_USER) == 0;
    unsigned no_write = level_without(walk, PAGE_WRITE);
    unsigned no_execute = level_without(walk, PAGE_EXECUTE);
    const char *what = names[access];

    if (access == ACCESS_EXECUTE) {
        if (no_execute != 0)
            verdict("kernel", what, false, "NX is set", no_execute);
        else if (user_page && cpu->smep)
            verdict("kernel", what, false, "a user page, and SMEP is on", 0);
        else
            verdict("kernel", what, true,
                    cpu->no_execute ? "NX is clear at every level"
                                    : "this processor has no NX: all pages can be executed",
                    0);
        return;
    }
    if (user_page && cpu->smap)
        verdict("kernel", what, false, "a user page, and SMAP is on (unless AC is set)", 0);
    else if (access == ACCESS_READ)
        verdict("kernel", what, true, "present at every level", 0);
    else if (no_write == 0)
        verdict("kernel", what, true, "W is set at every level", 0);
    else if (cpu->write_protect)
        verdict("kernel", what, false, "WP is on, and W is clear", no_write);
    else
        verdict("kernel", what, true, "WP is off, though W is clear", no_write);
}

static void judge_user(const struct page_walk *walk, enum access access)
{
    static const char *const names[ACCESS_COUNT] = {"read", "write", "execute"};
    unsigned no_user = level_without(walk, PAGE_USER);
    unsigned no_write = level_without(walk, PAGE_WRITE);
    unsigned no_execute = level_without(walk, PAGE_EXECUTE);
    const char *what = names[access];

    if (no_user != 0)
        verdict("user", what, false, "U is clear", no_user);
    else if (access == ACCESS_WRITE && no_write != 0)
        verdict("user", what, false, "W is clear", no_write);
    else if (access == ACCESS_EXECUTE && no_execute != 0)
        verdict("user", what, false, "NX is set", no_execute);
    else
        verdict("user", what, true, "allowed at every level", 0);
}

/* Null if the walk leads to a page. */
static const char *why_nowhere(const struct page_walk *walk, uint64_t address, char *buffer,
                               size_t size)
{
    unsigned levels = mm_kernel_table()->levels;
    bool guard = false;
    if (!walk->canonical) {
        format_text(buffer, size,
                    "not canonical: bits 63 to %u must be equal, with %u levels (#GP)",
                    levels == 5 ? 56u : 47u, levels);
        return buffer;
    }
    const struct page_step *last = &walk->steps[walk->step_count - 1];
    if (walk->reserved_bit) {
        format_text(buffer, size, "the entry at level %u sets a bit that must be 0 (#PF, RSVD)",
                    last->level);
        return buffer;
    }
    if (walk->present)
        return nullptr;
    const struct virtual_range *range = ranges_find(mm_mappings(), virt_addr(address), &guard);
    if (range == nullptr)
        range = ranges_find(mm_heap_window(), virt_addr(address), &guard);
    const char *owner = guard ? range->name : address < NULL_GUARD_SIZE ? "null" : nullptr;
    format_text(buffer, size, "not present at level %u (#PF)%s%s%s", last->level,
                owner != nullptr ? ": guard of '" : "", owner != nullptr ? owner : "",
                owner != nullptr ? "'" : "");
    return buffer;
}

static void explain_page(const struct page_walk *walk)
{
    for (enum access access = ACCESS_READ; access < ACCESS_COUNT; access++)
        judge_kernel(walk, access);
    for (enum access access = ACCESS_READ; access < ACCESS_COUNT; access++)
        judge_user(walk, access);

    unsigned mtrr;
    phys_addr_t page = phys_addr(align_down(walk->phys.value, PAGE_SIZE));
    print("  memory type: %s by the page's PAT index", memory_type_name(walk->type));
    if (cpu_memory_type(page, PAGE_SIZE, &mtrr))
        print(", %s by the MTRRs\n", memory_type_name((enum memory_type)mtrr));
    else
        print("; the MTRRs say nothing\n");
    print("  page of %s, physical %" PRIx64 "\n", size_text(walk->leaf_size).text,
          walk->phys.value);
}

static bool run_explain(unsigned, const char *const *words)
{
    uint64_t address;
    char reason[120];
    if (!command_parse_address(words[1], &address))
        return false;

    struct page_walk walk = page_table_query(mm_kernel_table(), virt_addr(address));
    print("virtual %016" PRIx64 ":\n", address);
    print_walk(&walk);
    const char *nowhere = why_nowhere(&walk, address, reason, sizeof reason);
    if (nowhere != nullptr)
        print("  nobody may access it: %s\n", nowhere);
    else
        explain_page(&walk);
    /* The owner of a low address would be that of the physical one; a page mapped there says its own. */
    if (address >= PHYS_LIMIT)
        print_owner(address);
    else if (walk.present)
        print_owner(walk.phys.value);
    return true;
}

COMMAND(explain) = {
    .name = "explain",
    .usage = "ADDRESS",
    .summary = "why an access to a virtual address is allowed or not",
    .help =
        "For any address, level by level: who may read, write or execute there, and which bit\n"
        "of which level, or which control bit of the processor, decides it. Then the memory\n"
        "type, and whose the page is. 'explain kmalloc' and 'explain 8' are good to start with.\n",
    .run = run_explain,
};
