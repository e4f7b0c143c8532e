/* SPDX-License-Identifier: MIT */
#include <kernel/command.h>

#include <kernel/console.h>
#include <kernel/text.h>
#include <mm/mm.h>

#include "shared.h"

void print_walk(const struct page_walk *walk)
{
    for (unsigned i = 0; i < walk->step_count; i++) {
        const struct page_step *step = &walk->steps[i];
        char words[80];
        page_entry_describe(step->entry, step->level, words, sizeof words);
        print("level %u  table %012" PRIx64 "  index %3u  entry %016" PRIx64 "  %s\n", step->level,
              step->table.value, step->index, step->entry, words);
    }
}

static bool run_pt(unsigned, const char *const *words)
{
    uint64_t address;
    if (!command_parse_address(words[1], &address))
        return false;

    const struct page_table *table = mm_kernel_table();
    struct page_walk walk = page_table_query(table, virt_addr(address));
    print("virtual %016" PRIx64 ", %u levels, root table %" PRIx64 "\n", address, table->levels,
          table->root.value);
    print_walk(&walk);
    if (!walk.canonical) {
        print("=> not canonical: the processor refuses it without looking at a table\n");
    } else if (walk.reserved_bit) {
        print("=> the last entry sets a reserved bit: any access faults\n");
    } else if (!walk.present) {
        print("=> not mapped\n");
    } else {
        char rights[8];
        page_rights_describe(walk.rights, rights);
        print("=> physical %" PRIx64 ", %s, %s, page of %s%s%s\n", walk.phys.value, rights,
              memory_type_name(walk.type), size_text(walk.leaf_size).text,
              walk.accessed ? ", accessed" : "", walk.dirty ? ", dirty" : "");
    }
    return true;
}

COMMAND(pt) = {
    .name = "pt",
    .usage = "ADDRESS",
    .summary = "walk the page tables for an address",
    .help =
        "Every entry on the way, raw and in words, and the translation they come to. 'explain'\n"
        "says what that allows.\n",
    .run = run_pt,
};
