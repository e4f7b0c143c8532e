/* SPDX-License-Identifier: MIT
 * Address spaces.
 *
 * Problem: many user halves, one kernel half. What the kernel maps must appear in every space at once, and
 * what one space maps in no other; and no user address may ever lead to memory of the kernel.
 * Shape:   a root of one's own, whose upper 256 entries are copies of the kernel's:
 *
 *            root of space A        kernel's root         root of space B
 *            [user A]               [empty ]              [user B]
 *            [entry 256..511] ----> the same tables <---- [entry 256..511]
 *
 *          The kernel makes all the tables that these entries name before the first space exists and keeps
 *          them when they are empty (shared_high), so the copies are right for ever and nothing follows.
 *          The user area is cut into ranges by a range_allocator: guards lie between them.
 * AS1  the entries of the high half are the kernel's
 * AS2  what is mapped in the low half is a user page and not global
 * AS3  it lies in the user area, inside a range that was handed out: guards are never mapped
 * AS4  the tables are sound (page_table_check), and so are the ranges (ranges_check)
 * Cost:    create copies 256 entries; destroy walks the low half. A switch is one load of the root.
 * Not here: what is behind a page (frames are the caller's), demand, sharing, other processors, PCID. */
#include <mm/address_space.h>

#include <base/assert.h>
#include <boot/address_map.h>

constexpr uint64_t USER_LAST = USER_BASE + USER_SIZE - 1;

/* Records of ranges come from where the space's tables come from. */
static void *take_records(void *owner)
{
    const struct page_table *table = owner;
    phys_addr_t page;
    if (table->memory.take(table->memory.owner, &page) != STATUS_OK)
        return nullptr;
    return (void *)(uintptr_t)(table->offset + page.value);
}

static void give_back_records(void *owner, void *page)
{
    const struct page_table *table = owner;
    table->memory.give_back(table->memory.owner, phys_addr(virt_of(page).value - table->offset));
}

status_t address_space_create(struct address_space *space, const struct page_table *kernel)
{
    if (!kernel->shared_high)
        return STATUS_UNSUPPORTED;
    struct page_table table = *kernel;
    status_t status = page_table_create(&table);
    if (status != STATUS_OK)
        return status;
    page_table_copy_high(&table, kernel);
    DEBUG_ASSERT(AS1, page_table_high_is_equal(&table, kernel));
    *space = (struct address_space){.table = table, .kernel = kernel};
    const struct range_memory memory = {take_records, give_back_records, &space->table};
    ranges_init(&space->ranges, virt_addr(USER_BASE), USER_SIZE, &memory);
    return STATUS_OK;
}

static bool keep_first(void *owner, const struct page_extent *extent)
{
    *(struct page_extent *)owner = *extent;
    return false;
}

/* The first extent that is mapped in [start, last]; of size 0 if there is none. */
static struct page_extent first_mapped(const struct address_space *space, uint64_t start,
                                       uint64_t last)
{
    struct page_extent first = {0};
    page_table_visit(&space->table, virt_addr(start), virt_addr(last), keep_first, &first);
    DEBUG_ASSERT(AS2, first.size == 0 || (first.rights & PAGE_USER) != 0);
    return first;
}

status_t address_space_destroy(struct address_space *space, phys_addr_t current,
                               struct page_extent *mapped)
{
    const struct page_extent first = first_mapped(space, 0, KERNEL_HALF_BASE - 1);
    if (first.size != 0 || current.value == space->table.root.value) {
        if (mapped != nullptr)
            *mapped = first;
        return STATUS_IN_USE;
    }
    DEBUG_ASSERT(AS1, page_table_high_is_equal(&space->table, space->kernel));
    ranges_end(&space->ranges);
    page_table_destroy(&space->table);
    *space = (struct address_space){0};
    return STATUS_OK;
}

void address_space_switch(const struct address_space *space, const struct page_table *kernel,
                          void (*load)(phys_addr_t root))
{
    DEBUG_ASSERT(AS1, space == nullptr || page_table_high_is_equal(&space->table, kernel));
    load(space != nullptr ? space->table.root : kernel->root);
}

status_t address_space_reserve(struct address_space *space, uint64_t size, uint64_t alignment,
                               const char *name, virt_addr_t *out)
{
    return ranges_alloc(&space->ranges, size, alignment, name, out);
}

status_t address_space_release(struct address_space *space, virt_addr_t start)
{
    const struct virtual_range *range = ranges_find(&space->ranges, start, nullptr);
    if (range != nullptr && range->start.value == start.value &&
        first_mapped(space, start.value, start.value + range->size - 1).size != 0)
        return STATUS_IN_USE;
    DEBUG_ASSERT(AS3,
                 range == nullptr || first_mapped(space, range->start.value + range->size,
                                                  range->start.value + range->size + PAGE_SIZE - 1)
                                             .size == 0);
    return ranges_free(&space->ranges, start, nullptr);
}

/* Is [start, start + size) inside one range, guards not counted? */
static status_t check_place(const struct address_space *space, virt_addr_t start, uint64_t size)
{
    bool guard;
    if (size == 0)
        return STATUS_MISALIGNED;
    if (start.value < USER_BASE || start.value > USER_LAST || size - 1 > USER_LAST - start.value)
        return STATUS_OUT_OF_RANGE;
    const struct virtual_range *range = ranges_find(&space->ranges, start, &guard);
    if (range == nullptr || guard || size > range->start.value + range->size - start.value)
        return STATUS_NOT_ALLOCATED;
    return STATUS_OK;
}

status_t address_space_map(struct address_space *space, virt_addr_t start, phys_addr_t phys,
                           uint64_t size, uint32_t rights, enum memory_type type)
{
    status_t status = check_place(space, start, size);
    if (status != STATUS_OK)
        return status;
    if ((rights & PAGE_GLOBAL) != 0)
        return STATUS_BAD_RIGHTS;
    return page_table_map(&space->table, start, phys, size, rights | PAGE_USER, type);
}

status_t address_space_unmap(struct address_space *space, virt_addr_t start, uint64_t size)
{
    status_t status = check_place(space, start, size);
    return status != STATUS_OK ? status : page_table_unmap(&space->table, start, size);
}

status_t address_space_protect(struct address_space *space, virt_addr_t start, uint64_t size,
                               uint32_t rights)
{
    status_t status = check_place(space, start, size);
    if (status != STATUS_OK)
        return status;
    if ((rights & PAGE_GLOBAL) != 0)
        return STATUS_BAD_RIGHTS;
    return page_table_protect(&space->table, start, size, rights | PAGE_USER);
}

struct page_walk address_space_query(const struct address_space *space, virt_addr_t address)
{
    if (address.value < USER_BASE || address.value > USER_LAST)
        return (struct page_walk){.canonical =
                                      page_address_is_canonical(address, space->table.levels)};
    return page_table_query(&space->table, address);
}

struct audit {
    const struct address_space *space;
    const char *broken;
};

static bool audit_extent(void *owner, const struct page_extent *extent)
{
    struct audit *audit = owner;
    if ((extent->rights & PAGE_USER) == 0 || (extent->rights & PAGE_GLOBAL) != 0)
        audit->broken = "AS2: a page of the user half is no user page, or is global";
    else if (check_place(audit->space, extent->start, PAGE_SIZE) != STATUS_OK ||
             check_place(audit->space, virt_addr(extent->start.value + (extent->size - PAGE_SIZE)),
                         PAGE_SIZE) != STATUS_OK)
        audit->broken = "AS3: a page is mapped outside every range that was handed out";
    return audit->broken == nullptr;
}

const char *address_space_check(const struct address_space *space)
{
    struct audit audit = {.space = space};
    if (!page_table_high_is_equal(&space->table, space->kernel))
        return "AS1: the high half is not the kernel's";
    page_table_visit(&space->table, virt_addr(0), virt_addr(KERNEL_HALF_BASE - 1), audit_extent,
                     &audit);
    if (audit.broken != nullptr)
        return audit.broken;
    const char *broken = page_table_check(&space->table);
    return broken != nullptr ? broken : ranges_check(&space->ranges);
}
