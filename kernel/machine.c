/* SPDX-License-Identifier: MIT
 * This machine's view, in one block of the heap:
 *
 *   | struct view_table for each copy | vendor | what view_add_tables fills |
 *
 * The descriptors and the tables are where boot_info has them: copies that stay as long as the kernel runs. */
#include <kernel/machine.h>

#include <arch/cpu.h>
#include <base/string.h>
#include <mm/mm.h>

#include <stdckdint.h>

constexpr size_t VIEW_ALIGNMENT = 16;
/* UEFI 2.10, 4.3 and 4.5: EFI_SYSTEM_TABLE, EFI_RUNTIME_SERVICES. */
constexpr uint64_t SYSTEM_TABLE_SIZE = 120, RUNTIME_SERVICES_SIZE = 136;
/* What firmware itself says cannot be unknown; the rest is known if there is a table for it. */
constexpr uint32_t KNOWN = VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) |
                           VIEW_KNOWS(HIGH_ATTRIBUTES) | VIEW_KNOWS(ORDER) | VIEW_KNOWS(OVERLAPS) |
                           VIEW_KNOWS(WHOLE_MAP) | VIEW_KNOWS(PHYS_BITS) |
                           VIEW_KNOWS(DESCRIPTOR_SIZE);

const char *machine_snapshot_word(enum machine_snapshot snapshot)
{
    static const char *const words[] = {
#define SNAPSHOT_WORD(name, word) [MACHINE_##name] = (word),
        MACHINE_SNAPSHOT_LIST(SNAPSHOT_WORD)
#undef SNAPSHOT_WORD
    };
    return snapshot < MACHINE_SNAPSHOT_COUNT ? words[snapshot] : "unknown";
}

static struct boot_map map_of(enum machine_snapshot snapshot)
{
    const struct boot_info *boot = mm_boot_info();
    const struct boot_map maps[] = {[MACHINE_ENTRY] = boot->entry_map,
                                    [MACHINE_BEFORE_EXIT] = boot->before_exit_map,
                                    [MACHINE_FINAL] = boot->final_map};
    return maps[snapshot];
}

/* Puts in what was copied, and returns how many; tells whether the memory attributes table is among it. */
static size_t list_tables(struct view_table *list, bool *has_attributes)
{
    const struct boot_range *range = &mm_boot_info()->tables;
    const struct boot_table *tables = phys_to_virt(phys_addr(range->start));
    const size_t count = range->size / sizeof *tables;
    *has_attributes = false;
    for (size_t i = 0; i < count; i++) {
        const struct boot_table *t = &tables[i];
        *has_attributes |= t->kind == BOOT_TABLE_MEMORY_ATTRIBUTES;
        list[i] = (struct view_table){
            .kind = view_table_kind(t->kind),
            .signature = t->signature,
            .original = t->original,
            .data = t->size != 0 ? phys_to_virt(phys_addr(t->start)) : nullptr,
            .size = t->size,
        };
    }
    return count;
}

static size_t list_places(struct view_place *places)
{
    const struct boot_info *boot = mm_boot_info();
    size_t count = 0;
    if (boot->framebuffer.size != 0)
        places[count++] = (struct view_place){PLACE_FRAMEBUFFER, 0, boot->framebuffer.start,
                                              boot->framebuffer.size};
    if (boot->system_table != 0)
        places[count++] =
            (struct view_place){PLACE_SYSTEM_TABLE, 0, boot->system_table, SYSTEM_TABLE_SIZE};
    if (boot->runtime_services != 0)
        places[count++] = (struct view_place){PLACE_RUNTIME_SERVICES, 0, boot->runtime_services,
                                              RUNTIME_SERVICES_SIZE};
    return count;
}

static struct view view_of(const struct boot_map *map, const char *vendor)
{
    const struct boot_info *boot = mm_boot_info();
    struct view view = view_empty(VIEW_FIRMWARE);
    view.knows = KNOWN;
    view.regions = phys_to_virt(phys_addr(map->start));
    view.region_count = map->count;
    view.phys_bits = cpu_features()->phys_bits;
    view.descriptor_size = boot->descriptor_size;
    view.descriptor_version = boot->descriptor_version;
    view.uefi_revision = boot->uefi_revision;
    view.vendor = vendor;
    return view;
}

status_t machine_view_open(enum machine_snapshot snapshot, struct machine_view *out)
{
    const struct boot_info *boot = mm_boot_info();
    const struct boot_map map = map_of(snapshot);
    const size_t list_size =
        boot->tables.size / sizeof(struct boot_table) * sizeof(struct view_table);
    const size_t head = align_up(list_size + boot->vendor.size + 1, VIEW_ALIGNMENT);
    if (map.count == 0)
        return STATUS_NOT_FOUND;
    struct view_table *list = kmalloc(head);
    if (list == nullptr)
        return STATUS_NO_MEMORY;
    bool has_attributes;
    const size_t count = list_tables(list, &has_attributes);
    const size_t tables_size = view_tables_memory_size(list, count);
    size_t size;
    unsigned char *memory =
        tables_size == 0 || ckd_add(&size, head, tables_size) ? nullptr : krealloc(list, size);
    if (memory == nullptr) {
        kfree(list);
        return STATUS_NO_MEMORY;
    }
    char *vendor = (char *)memory + list_size;
    memcpy(vendor, phys_to_virt(phys_addr(boot->vendor.start)), boot->vendor.size);
    vendor[boot->vendor.size] = '\0';
    struct machine_view machine = {.view = view_of(&map, vendor), .memory = memory};
    struct view_place places[3];
    status_t status = view_add_tables(&machine.view, (const struct view_table *)memory, count,
                                      places, list_places(places), memory + head, tables_size);
    if (status != STATUS_OK) {
        kfree(memory);
        return status;
    }
    if (!has_attributes)
        machine.view.knows |= VIEW_KNOWS(MEMORY_ATTRIBUTES); /* that there is none */
    *out = machine;
    return STATUS_OK;
}

void machine_view_close(struct machine_view *machine)
{
    kfree(machine->memory);
    machine->memory = nullptr;
}
