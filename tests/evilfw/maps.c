/* SPDX-License-Identifier: MIT
 * Damaged maps. Each edit starts from the true map of the moment: what it takes away was free memory, and what
 * it adds lies in free memory or where nothing is, so that a kernel which sorts the lies out can run. */
#include "evilfw.h"

#include <base/address.h>
#include <base/string.h>

static constexpr uint64_t NOWHERE = 512 * GIB; /* above all RAM of a test, below 2^40 */
static constexpr uint64_t HOLE_PAGES = 16;

static void add(struct map_list *list, uint32_t type, uint64_t start, uint64_t pages)
{
    if (list->count == MAP_CAPACITY)
        return;
    list->entries[list->count++] = (EFI_MEMORY_DESCRIPTOR){
        .Type = type, .PhysicalStart = start, .NumberOfPages = pages, .Attribute = EFI_MEMORY_WB};
}

static EFI_MEMORY_DESCRIPTOR *largest(struct map_list *list, uint32_t type)
{
    EFI_MEMORY_DESCRIPTOR *found = nullptr;
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].Type == type &&
            (found == nullptr || list->entries[i].NumberOfPages > found->NumberOfPages))
            found = &list->entries[i];
    return found;
}

/* The address of a page so many quarters into an entry. */
static uint64_t quarter(const EFI_MEMORY_DESCRIPTOR *entry, uint64_t quarters)
{
    return entry->PhysicalStart + entry->NumberOfPages * quarters / 4 * PAGE_SIZE;
}

static uint64_t end_of(const EFI_MEMORY_DESCRIPTOR *entry)
{
    return entry->PhysicalStart + entry->NumberOfPages * PAGE_SIZE;
}

static void swap(EFI_MEMORY_DESCRIPTOR *a, EFI_MEMORY_DESCRIPTOR *b)
{
    EFI_MEMORY_DESCRIPTOR old = *a;
    *a = *b;
    *b = old;
}

/* ---- order ---- */

void map_reverse(struct map_list *list, uint64_t number)
{
    (void)number;
    for (size_t i = 0; i < list->count / 2; i++)
        swap(&list->entries[i], &list->entries[list->count - 1 - i]);
}

/* The same `number`, the same order: Knuth's multiplicative generator. */
void map_shuffle(struct map_list *list, uint64_t number)
{
    for (size_t i = list->count; i > 1; i--) {
        number = number * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        swap(&list->entries[i - 1], &list->entries[(number >> 33) % i]);
    }
}

/* ---- overlaps ---- */

void map_duplicate(struct map_list *list, uint64_t number)
{
    (void)number;
    for (size_t i = 0, count = list->count; i < count && list->count < MAP_CAPACITY; i++)
        list->entries[list->count++] = list->entries[i];
}

/* Boot services in free memory, in which something is reserved. */
void map_nest(struct map_list *list, uint64_t number)
{
    const EFI_MEMORY_DESCRIPTOR *free = largest(list, EfiConventionalMemory);
    const uint64_t at = quarter(free, 1);
    (void)number;
    add(list, EfiBootServicesData, at, 3 * HOLE_PAGES);
    add(list, EfiReservedMemoryType, at + HOLE_PAGES * PAGE_SIZE, HOLE_PAGES);
}

/* The second half of the free memory is reserved, and what comes behind it. */
void map_overlap(struct map_list *list, uint64_t number)
{
    const EFI_MEMORY_DESCRIPTOR *free = largest(list, EfiConventionalMemory);
    const uint64_t middle = quarter(free, 2);
    (void)number;
    add(list, EfiReservedMemoryType, middle, (end_of(free) - middle) / PAGE_SIZE + HOLE_PAGES);
}

void map_overlap_thrice(struct map_list *list, uint64_t number)
{
    const EFI_MEMORY_DESCRIPTOR *free = largest(list, EfiConventionalMemory);
    const uint64_t first = quarter(free, 1), middle = quarter(free, 2), last = quarter(free, 3);
    (void)number;
    add(list, EfiBootServicesData, first, (last - first) / PAGE_SIZE);
    add(list, EfiRuntimeServicesData, middle, (last - middle) / PAGE_SIZE + HOLE_PAGES);
}

/* ---- bounds ---- */

void map_add_empty(struct map_list *list, uint64_t number)
{
    const uint64_t at = quarter(largest(list, EfiConventionalMemory), 2);
    (void)number;
    add(list, EfiConventionalMemory, at, 0);
    add(list, EfiReservedMemoryType, at, 0);
    add(list, EfiConventionalMemory, 0, 0);
}

void map_add_wrapping(struct map_list *list, uint64_t number)
{
    (void)number;
    add(list, EfiConventionalMemory, UINT64_MAX - PAGE_SIZE + 1, 4096);
    add(list, EfiReservedMemoryType, PAGE_SIZE, UINT64_C(1) << (64 - PAGE_SHIFT));
    add(list, EfiReservedMemoryType, 0, UINT64_MAX);
}

void map_add_beyond(struct map_list *list, uint64_t number)
{
    (void)number;
    add(list, EfiConventionalMemory, UINT64_C(1) << 51, 4096);
    add(list, EfiConventionalMemory, UINT64_C(1) << 62, 1);
}

void map_misalign(struct map_list *list, uint64_t number)
{
    EFI_MEMORY_DESCRIPTOR *free = largest(list, EfiConventionalMemory);
    const uint64_t middle = quarter(free, 2);
    (void)number;
    free->PhysicalStart += PAGE_SIZE / 2;
    free->NumberOfPages--;
    add(list, EfiReservedMemoryType, middle + 8, 1);
}

/* ---- what is free ---- */

/* All free memory but `number` pages is reserved; 0: all of it. */
void map_few_pages(struct map_list *list, uint64_t number)
{
    EFI_MEMORY_DESCRIPTOR *kept = largest(list, EfiConventionalMemory);
    const uint64_t start = kept->PhysicalStart;
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].Type == EfiConventionalMemory)
            list->entries[i].Type = EfiReservedMemoryType;
    if (number == 0)
        return;
    kept->PhysicalStart += number * PAGE_SIZE;
    kept->NumberOfPages -= number;
    add(list, EfiConventionalMemory, start, number);
}

void map_above_4g(struct map_list *list, uint64_t number)
{
    (void)number;
    for (size_t i = 0; i < list->count; i++) {
        EFI_MEMORY_DESCRIPTOR *entry = &list->entries[i];
        if (entry->PhysicalStart < 4 * GIB && entry->Type <= EfiConventionalMemory)
            entry->Type = EfiReservedMemoryType;
    }
}

void map_low_boot(struct map_list *list, uint64_t number)
{
    (void)number;
    for (size_t i = 0; i < list->count; i++)
        if (end_of(&list->entries[i]) <= MIB)
            list->entries[i].Type = EfiBootServicesData;
}

void map_no_write_back(struct map_list *list, uint64_t number)
{
    (void)number;
    for (size_t i = 0; i < list->count; i++)
        list->entries[i].Attribute &= ~(uint64_t)EFI_MEMORY_WB;
}

/* ---- the memory that the loader allocated: the largest piece of its type ---- */

void map_ours_free(struct map_list *list, uint64_t number)
{
    EFI_MEMORY_DESCRIPTOR *ours = largest(list, EfiLoaderData);
    (void)number;
    if (ours != nullptr)
        ours->Type = EfiConventionalMemory;
}

void map_ours_misaligned(struct map_list *list, uint64_t number)
{
    EFI_MEMORY_DESCRIPTOR *ours = largest(list, EfiLoaderData);
    (void)number;
    if (ours != nullptr)
        ours->PhysicalStart += PAGE_SIZE / 2;
}

/* ---- types, attributes, counts ---- */

/* A hole in the largest piece of free memory, which goes on behind it. */
static EFI_MEMORY_DESCRIPTOR *carve(struct map_list *list)
{
    EFI_MEMORY_DESCRIPTOR *free = largest(list, EfiConventionalMemory);
    EFI_MEMORY_DESCRIPTOR hole = *free, rest = *free;
    if (list->count + 2 > MAP_CAPACITY)
        return free;
    hole.PhysicalStart = quarter(free, 1);
    hole.NumberOfPages = HOLE_PAGES;
    rest.PhysicalStart = end_of(&hole);
    rest.NumberOfPages = (end_of(free) - rest.PhysicalStart) / PAGE_SIZE;
    free->NumberOfPages = (hole.PhysicalStart - free->PhysicalStart) / PAGE_SIZE;
    list->entries[list->count++] = rest;
    list->entries[list->count] = hole;
    return &list->entries[list->count++];
}

void map_type(struct map_list *list, uint64_t number)
{
    carve(list)->Type = (UINT32)number;
}

/* Free memory that has these attributes and no other. */
void map_attributes(struct map_list *list, uint64_t number)
{
    carve(list)->Attribute = number;
}

void map_runtime_lost(struct map_list *list, uint64_t number)
{
    (void)number;
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].Type == EfiRuntimeServicesCode ||
            list->entries[i].Type == EfiRuntimeServicesData)
            list->entries[i].Attribute &= ~EFI_MEMORY_RUNTIME;
}

void map_framebuffer_free(struct map_list *list, uint64_t number)
{
    (void)number;
    if (screen_place.size != 0)
        add(list, EfiConventionalMemory, screen_place.start, screen_place.size / PAGE_SIZE);
}

/* 1: nothing but the largest piece of free memory. More: that piece is cut until there are so many entries,
 * alternately free and of boot services. */
void map_count(struct map_list *list, uint64_t number)
{
    EFI_MEMORY_DESCRIPTOR *free = largest(list, EfiConventionalMemory);
    if (number == 1) {
        swap(&list->entries[0], free);
        list->count = 1;
        return;
    }
    if (number <= list->count)
        return;
    const uint64_t pieces = number - list->count + 1, pages = free->NumberOfPages / pieces;
    for (uint64_t i = 1; i < pieces; i++) {
        free->NumberOfPages -= pages;
        add(list, i % 2 != 0 ? EfiBootServicesData : EfiConventionalMemory, end_of(free), pages);
    }
}

void map_grow(struct map_list *list, uint64_t number)
{
    for (uint64_t i = 0; i < number; i++)
        add(list, EfiReservedMemoryType, NOWHERE + i * MIB, 1);
}
