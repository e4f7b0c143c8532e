/* SPDX-License-Identifier: MIT */
#include "numa.h"

#include <inspect/acpi.h>
#include <kernel/log.h>
#include <mm/mm.h>

#include <stdckdint.h>

static const void *find_table(const char name[4], size_t *size)
{
    const struct boot_info *boot = mm_boot_info();
    const struct boot_table *tables = phys_to_virt(phys_addr(boot->tables.start));
    const uint32_t signature = (uint32_t)(uint8_t)name[0] | (uint32_t)(uint8_t)name[1] << 8 |
                               (uint32_t)(uint8_t)name[2] << 16 | (uint32_t)(uint8_t)name[3] << 24;
    for (size_t i = 0; i < boot->tables.size / sizeof tables[0]; i++) {
        if (tables[i].kind == BOOT_TABLE_ACPI && tables[i].signature == signature) {
            *size = tables[i].size;
            return phys_to_virt(phys_addr(tables[i].start));
        }
    }
    return nullptr;
}

struct domains {
    uint32_t names[NODES_MAX];
    unsigned count;
};

/* The node number of a proximity domain. More domains than nodes share node 0, and the log says so. */
static uint32_t node_of(struct domains *domains, uint32_t domain)
{
    for (unsigned i = 0; i < domains->count; i++)
        if (domains->names[i] == domain)
            return i;
    if (domains->count == NODES_MAX) {
        log_warning("numa", "proximity domain %u is one too many: counted as node 0", domain);
        return 0;
    }
    domains->names[domains->count] = domain;
    return domains->count++;
}

/* Turn the SRAT's memory entries into ranges; with `ranges` null, only count them. */
static size_t collect(const void *srat, size_t size, struct domains *domains,
                      struct mm_node_range *ranges)
{
    struct acpi_node_memory memory;
    size_t cursor = 0, count = 0;
    while (acpi_srat_next(srat, size, &cursor, &memory) == STATUS_OK) {
        uint64_t end;
        if (memory.size == 0 || ckd_add(&end, memory.start, memory.size))
            continue;
        if (ranges != nullptr)
            ranges[count] = (struct mm_node_range){phys_addr(memory.start), phys_addr(end),
                                                   node_of(domains, memory.node)};
        count++;
    }
    return count;
}

status_t numa_init(unsigned *node_count)
{
    struct domains domains = {.count = 0};
    size_t size;
    void *ranges;
    *node_count = 1;
    const void *srat = find_table("SRAT", &size);
    const size_t count = srat == nullptr ? 0 : collect(srat, size, &domains, nullptr);
    if (count == 0)
        return STATUS_OK;
    status_t status = arena_alloc(mm_early_arena(), count * sizeof(struct mm_node_range), &ranges);
    if (status != STATUS_OK)
        return status;
    collect(srat, size, &domains, ranges);
    mm_set_nodes(ranges, count);
    *node_count = domains.count;
    return STATUS_OK;
}

unsigned numa_processor_count(void)
{
    struct acpi_processor processor;
    size_t size, cursor = 0;
    unsigned count = 0;
    const void *madt = find_table("APIC", &size);
    while (madt != nullptr && acpi_madt_next(madt, size, &cursor, &processor) == STATUS_OK)
        count += processor.enabled;
    return count == 0 ? 1 : count;
}
