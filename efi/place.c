/* SPDX-License-Identifier: MIT
 * Where everything goes. One allocation holds all that the kernel is given:
 *
 *   +-------+--------+-----------------------------+-----+--------+--------+-------+--------------+
 *   | image | first  | boot_info, table array,     | map | canary | before | entry | early memory |
 *   |       | tables | copies, vendor, options     |     |        |  exit  |  map  |              |
 *   +-------+--------+-----------------------------+-----+--------+--------+-------+--------------+
 *
 * One, because a firmware call costs more than the whole of placing; because one range is easy to give back;
 * and because nothing can be forgotten in it. The image comes first, so that what is mapped at the direct
 * map is one range: all but the image, which must have no writable alias.
 * LO1  what is put into a part of it stays within the size that was planned for that part */
#include "loader.h"

#include <base/assert.h>
#include <base/string.h>
#include <boot/address_map.h>

#include <stdckdint.h>

/* Early memory, at least; more where the map is long: the kernel sorts it there before it has frames. */
static constexpr uint64_t EARLY_MEMORY_SIZE = 1 * MIB;
static constexpr uint64_t EARLY_MEMORY_BASE = 768 * KIB;
static constexpr uint64_t EARLY_MEMORY_PER_DESCRIPTOR = 256; /* mm/map/memory_map.c takes 200 */
static constexpr uint64_t COPY_ALIGNMENT = 16;
/* The map grows by what we allocate and by what firmware does when it is asked to end. */
static constexpr uint64_t MAP_GROWTH_FACTOR = 2, MAP_GROWTH_SLACK = 64;
/* First tables, at most: the root; 8 for the image, 8 for the direct map of our allocation and 8 for that of
 * the framebuffer (two on each level: a range may lie across a boundary); 4 for the identity page; and one
 * for each 2 MiB of image (its leaves are pages) and each GiB of framebuffer. */
static constexpr uint64_t TABLES_FIXED = 1 + 8 + 8 + 8 + 4;

static uint64_t random64(const struct loader *l, size_t index)
{
    uint64_t value;
    memcpy(&value, l->random + index * sizeof value, sizeof value);
    return value;
}

/* The image goes to its place in a slot of 2 MiB, so that what was aligned when it was linked stays so. */
static void choose_image_address(struct loader *l)
{
    const struct elf_plan *plan = &l->plan;
    uint64_t in_slot = plan->link_base % IMAGE_SLIDE_STEP;
    bool linked_here = plan->link_base >= IMAGE_BASE && plan->link_base - IMAGE_BASE < IMAGE_SIZE &&
                       plan->image_size <= IMAGE_SIZE - (plan->link_base - IMAGE_BASE);
    uint64_t at = linked_here ? plan->link_base : IMAGE_BASE + in_slot;
    if (plan->image_size > IMAGE_SIZE - in_slot || (plan->fixed && !linked_here))
        loader_stop(l, EFI_UNSUPPORTED,
                    "the kernel is linked for 0x%lx with 0x%lx bytes; 0x%lx..0x%lx can be used",
                    plan->link_base, plan->image_size, IMAGE_BASE, IMAGE_BASE + IMAGE_SIZE);
    if (l->options.kaslr && !plan->fixed) {
        uint64_t slots = (IMAGE_SIZE - in_slot - plan->image_size) / IMAGE_SLIDE_STEP + 1;
        at = IMAGE_BASE + in_slot + random64(l, 0) % slots * IMAGE_SLIDE_STEP;
    }
    l->info.image_virtual = at;
    l->info.image_slide = at - plan->link_base;
}

void loader_judge(struct loader *l)
{
    struct elf_fault fault;
    if (elf_image_judge(payload_elf, payload_size, &l->plan, &fault) != STATUS_OK)
        loader_stop(l, EFI_LOAD_ERROR, "%s", fault.text);
    if (l->plan.stack_top_offset == 0)
        loader_stop(l, EFI_LOAD_ERROR, "the kernel names no boot stack (PT_GNU_STACK with a size)");
    choose_image_address(l);
    l->info.direct_map_virtual = DIRECT_MAP_BASE;
    if (l->options.kaslr) {
        l->info.flags |= BOOT_FLAG_KASLR;
        l->info.direct_map_virtual += random64(l, 1) % DIRECT_MAP_SLIDES * DIRECT_MAP_SLIDE_STEP;
    }
}

static uint64_t info_size(const struct loader *l)
{
    uint64_t size = sizeof l->info + l->copy_count * sizeof(struct boot_table);
    for (unsigned i = 0; i < l->copy_count; i++)
        size +=
            align_up(l->copies[i].size, COPY_ALIGNMENT); /* each was bounded when it was found */
    return size + align_up(l->vendor_length, COPY_ALIGNMENT) +
           align_up(l->report_length, COPY_ALIGNMENT) + align_up(l->option_length, COPY_ALIGNMENT);
}

static void add_part(struct layout *layout, uint64_t *start, uint64_t *size, uint64_t wanted)
{
    *start = layout->size;
    *size = align_up(wanted, PAGE_SIZE);
    layout->size += *size;
}

static void lay_out(struct loader *l)
{
    struct layout *p = &l->layout;
    uint64_t count = raw_map_count(&l->entry_map), size;
    uint64_t capacity = MAP_GROWTH_FACTOR * count + MAP_GROWTH_SLACK;
    uint64_t tables =
        TABLES_FIXED + l->plan.image_size / (2 * MIB) + l->info.framebuffer.size / GIB;
    uint64_t early = EARLY_MEMORY_BASE + EARLY_MEMORY_PER_DESCRIPTOR * capacity;
    add_part(p, &p->image, &size, l->plan.image_size);
    add_part(p, &p->tables, &p->tables_size, tables * PAGE_SIZE);
    add_part(p, &p->info, &p->info_size, info_size(l));
    add_part(p, &p->map, &p->map_size, capacity * l->entry_map.descriptor_size);
    add_part(p, &p->canary, &size, PAGE_SIZE);
    add_part(p, &p->before_exit, &size, p->map_size);
    add_part(p, &p->entry_map, &p->entry_map_size, count * sizeof(struct boot_region));
    add_part(p, &p->early, &p->early_size, early < EARLY_MEMORY_SIZE ? EARLY_MEMORY_SIZE : early);
}

void loader_allocate(struct loader *l)
{
    struct firmware *fw = &l->firmware;
    EFI_PHYSICAL_ADDRESS at = 0;
    lay_out(l);
    uint64_t pages = l->layout.size / PAGE_SIZE;
    EFI_STATUS status =
        FIRMWARE_CALL(fw, fw->boot->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &at));
    if (EFI_ERROR(status))
        loader_stop(l, status,
                    "cannot allocate %lu pages (%lu KiB) for the kernel: too little memory is free "
                    "in one piece",
                    pages, l->layout.size / KIB);
    l->block = (unsigned char *)at;
    if (!is_aligned(at, PAGE_SIZE) || at == 0 || at >= DIRECT_MAP_SIZE ||
        l->layout.size > DIRECT_MAP_SIZE - at)
        loader_stop(l, EFI_UNSUPPORTED,
                    "firmware allocated %lu pages at 0x%lx, which cannot be used", pages, at);
}

/* Take `size` bytes of the info part. */
static void *take_info(const struct loader *l, uint64_t *used, uint64_t size)
{
    void *taken = l->block + l->layout.info + *used;
    *used += align_up(size, COPY_ALIGNMENT);
    ASSERT(LO1, *used <= l->layout.info_size);
    return taken;
}

static struct boot_range copy_text(const struct loader *l, uint64_t *used, const char *text,
                                   size_t length)
{
    void *to = take_info(l, used, length);
    memcpy(to, text, length);
    return (struct boot_range){(uintptr_t)to, length};
}

static void copy_tables(struct loader *l, uint64_t *used)
{
    uint64_t array_size = l->copy_count * sizeof(struct boot_table);
    struct boot_table *array = take_info(l, used, array_size);
    for (unsigned i = 0; i < l->copy_count; i++) {
        const struct table_copy *c = &l->copies[i];
        void *to = take_info(l, used, c->size);
        memcpy(to, (const void *)c->original, c->size);
        array[i] = (struct boot_table){
            .kind = c->kind,
            .signature = c->signature,
            .start = c->size > 0 ? (uintptr_t)to : 0,
            .size = c->size,
            .original = c->original,
        };
    }
    l->info.tables = (struct boot_range){(uintptr_t)array, array_size};
}

void loader_place(struct loader *l)
{
    const struct layout *p = &l->layout;
    uint64_t block = (uintptr_t)l->block;
    struct elf_fault fault;
    if (elf_image_place(payload_elf, payload_size, &l->plan, l->block + p->image,
                        l->info.image_virtual, &fault) != STATUS_OK)
        loader_stop(l, EFI_LOAD_ERROR, "%s", fault.text);
    uint64_t used = sizeof l->info;
    copy_tables(l, &used);
    l->info.vendor = copy_text(l, &used, l->vendor, l->vendor_length);
    l->info.report = copy_text(l, &used, l->report, l->report_length);
    l->info.options = copy_text(l, &used, l->option_text, l->option_length);
    l->info.entry_map = raw_map_convert(&l->entry_map, l->block + p->entry_map);
    loader_release_snapshot(l);
    l->info.image = (struct boot_range){block + p->image, l->plan.image_size};
    l->info.loader = (struct boot_range){block, p->size};
    l->info.early_memory = (struct boot_range){block + p->early, p->early_size};
}
