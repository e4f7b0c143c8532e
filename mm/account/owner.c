/* SPDX-License-Identifier: MIT
 * Whose is an address? Every address has an answer: a virtual one first says in which part of the address
 * space it lies and what it is mapped to, then both kinds say what the firmware called the memory and
 * what the frame allocator and the heap know of it. Reads only; nothing is touched at the address itself. */
#include <mm/owner.h>

#include <arch/image.h>
#include <base/assert.h>
#include <boot/address_map.h>

static bool in_range(uint64_t address, struct boot_range range)
{
    return address - range.start < range.size;
}

static const char *area_of(const struct kernel_space *space, uint64_t address)
{
    static const struct {
        const char *name;
        uint64_t base, size;
    } areas[] = {
#define AREA_ENTRY(name, base, size, purpose) {#name, base, size},
        ADDRESS_MAP(AREA_ENTRY)
#undef AREA_ENTRY
    };
    if (address - space->boot->direct_map_virtual < DIRECT_MAP_SIZE)
        return "DIRECT_MAP";
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
        if (address - areas[i].base < areas[i].size)
            return areas[i].name;
    return "NON_CANONICAL";
}

/* What a physical address is beyond its class: a part of what the loader handed over. */
static const char *physical_detail(const struct boot_info *boot, uint64_t address)
{
    if (in_range(address, boot->image))
        return "kernel image";
    if (in_range(address, boot->early_memory))
        return "early memory";
    if (boot->framebuffer.width != 0 && address - boot->framebuffer.start < boot->framebuffer.size)
        return "framebuffer";
    if (address < MIB)
        return "below 1 MiB: kept out of the frames";
    return nullptr;
}

static const char *virtual_detail(const struct kernel_space *space, uint64_t address)
{
    struct image_section section;
    for (unsigned i = 0; image_section_get(i, &section); i++)
        if (address >= section.start.value && address < section.end.value)
            return section.name;
    bool guard = false;
    const struct virtual_range *range = ranges_find(&space->mappings, virt_addr(address), &guard);
    if (range == nullptr)
        range = ranges_find(&space->heap_window, virt_addr(address), &guard);
    if (range != nullptr)
        return guard ? "guard page of a range" : range->name;
    return nullptr;
}

static void describe_physical(const struct kernel_space *space, phys_addr_t address,
                              struct mm_owner *owner)
{
    const struct memory_range *range = memory_map_find(space->map, address);
    owner->in_map = range != nullptr;
    if (range != nullptr) {
        DEBUG_ASSERT(MAP2,
                     address.value - range->start.value < range->end.value - range->start.value);
        owner->range = *range;
    }
    owner->phys = address;
    if (owner->detail == nullptr)
        owner->detail = physical_detail(space->boot, address.value);
    if (space->frames == nullptr)
        return;
    owner->frame = frames_owner(space->frames, phys_to_pfn(address));
    owner->managed = owner->frame.class != FRAME_UNMANAGED;
}

struct mm_owner kernel_space_owner(const struct kernel_space *space, const struct heap *heap,
                                   uint64_t address)
{
    struct mm_owner owner = {.is_virtual = address >= PHYS_LIMIT};
    virt_addr_t virt = virt_addr(address);
    if (owner.is_virtual) {
        owner.area = area_of(space, address);
        owner.detail = virtual_detail(space, address);
        struct page_walk walk = page_table_query(&space->table, virt);
        owner.mapped = walk.present;
        if (walk.present)
            describe_physical(space, walk.phys, &owner);
    } else {
        virt = virt_addr(space->boot->direct_map_virtual + address);
        owner.mapped = page_table_query(&space->table, virt).present;
        describe_physical(space, phys_addr(address), &owner);
    }
    owner.in_heap_block = heap != nullptr && heap_find(heap, virt, &owner.heap_block,
                                                       &owner.heap_block_size) == STATUS_OK;
    DEBUG_ASSERT(H2, !owner.in_heap_block || owner.heap_block.value <= virt.value);
    return owner;
}
