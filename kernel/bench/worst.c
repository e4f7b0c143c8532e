/* SPDX-License-Identifier: MIT
 * `bench worst`: the dearest single operations, each provoked on purpose. */
#include <kernel/bench.h>

#include <boot/address_map.h>
#include <kernel/console.h>
#include <mm/mm.h>

/* ---- heap ---- */

/* Blocks of one size, each of which holds the address of the one before, until new slabs, and the page of a new record, were among them; then frees in
 * the other order, until all slabs but one went back. */
static bool sweep_heap(size_t size, unsigned blocks, struct bench_sample *allocs,
                       struct bench_sample *frees)
{
    void *last = nullptr;
    uint64_t cost;
    unsigned taken = 0;
    for (; taken < blocks; taken++) {
        void *block;
        MEASURE(cost, block = kmalloc(size));
        if (block == nullptr)
            break;
        bench_add(allocs, cost);
        *(void **)block = last;
        last = block;
    }
    while (last != nullptr) {
        void *block = last;
        last = *(void **)block;
        MEASURE(cost, kfree(block));
        bench_add(frees, cost);
    }
    return taken == blocks;
}

static bool measure_large(size_t size, const char *alloc_name, const char *free_name)
{
    struct bench_sample allocs = {0}, frees = {0};
    if (!sweep_heap(size, 2, &allocs, &frees))
        return bench_refuse(alloc_name);
    bench_print(alloc_name, allocs.most);
    bench_print(free_name, frees.most);
    return true;
}

bool bench_worst_heap(void)
{
    /* Some slabs more than a page has records, of every slab length. */
    static const struct {
        size_t size;
        unsigned blocks;
    } sweeps[] = {{16, 10'000}, {144, 2'000}, {1024, 600}, {4 * KIB, 400}, {HEAP_SLAB_MAX, 80}};
    struct bench_sample allocs = {0}, frees = {0};
    for (size_t i = 0; i < sizeof sweeps / sizeof sweeps[0]; i++) {
        if (!sweep_heap(sweeps[i].size, sweeps[i].blocks, &allocs, &frees))
            return bench_refuse("kmalloc up to 32 KiB, worst");
    }
    bench_print("kmalloc up to 32 KiB, worst: a new slab", allocs.most);
    bench_print("kfree up to 32 KiB, worst: the slab goes back", frees.most);
    return measure_large(2 * MIB, "kmalloc 2 MiB, worst", "kfree 2 MiB, worst") &&
           measure_large(4 * MIB, "kmalloc 4 MiB, worst: of 2 MiB leaves",
                         "kfree 4 MiB, worst: of 2 MiB leaves");
}

/* ---- paging ---- */

static const virt_addr_t scratch = {TEMPORARY_BASE + 2 * GIB};

/* Where no table but the root is: three levels are built, and given back. */
static bool measure_levels(phys_addr_t phys)
{
    struct page_table *table = mm_kernel_table();
    uint64_t map_cost, unmap_cost;
    status_t status;
    MEASURE(map_cost, status = page_table_map(table, scratch, phys, PAGE_SIZE, PAGE_WRITE,
                                              MEMORY_TYPE_WRITE_BACK));
    if (status != STATUS_OK)
        return bench_refuse("page_table_map 4 KiB, worst");
    MEASURE(unmap_cost, status = page_table_unmap(table, scratch, PAGE_SIZE));
    if (status != STATUS_OK)
        return bench_refuse("page_table_unmap 4 KiB, worst");
    bench_print("page_table_map 4 KiB, worst: three new tables", map_cost);
    bench_print("page_table_unmap 4 KiB, worst: three tables go back", unmap_cost);
    return true;
}

static bool map_page(unsigned index, phys_addr_t phys)
{
    return page_table_map(mm_kernel_table(), virt_addr(scratch.value + index * PAGE_SIZE), phys,
                          PAGE_SIZE, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK) == STATUS_OK;
}

static bool unmap_page(unsigned index)
{
    return page_table_unmap(mm_kernel_table(), virt_addr(scratch.value + index * PAGE_SIZE),
                            PAGE_SIZE) == STATUS_OK;
}

/* The only neighbour is at the other end of its table: it must be looked for, and is remembered. */
static bool measure_neighbour(phys_addr_t phys)
{
    constexpr unsigned near = 0, far = 511;
    uint64_t searched, remembered;
    bool done, again;
    if (!map_page(near, phys) || !map_page(far, phys))
        return bench_refuse("page_table_unmap 4 KiB, far neighbour");
    MEASURE(searched, done = unmap_page(near));
    done = done && map_page(near, phys);
    MEASURE(remembered, again = unmap_page(near));
    if (!unmap_page(far) || !done || !again)
        return bench_refuse("page_table_unmap 4 KiB, far neighbour");
    bench_print("page_table_unmap 4 KiB, worst: its table is searched and stays", searched);
    bench_print("page_table_unmap 4 KiB: the same once more", remembered);
    return true;
}

/* `size` is one leaf of 2 MiB or 1 GiB; a page in its middle is changed, then cut out. */
static bool measure_split(phys_addr_t phys, uint64_t size, const char *const names[2])
{
    struct page_table *table = mm_kernel_table();
    const virt_addr_t middle = virt_addr(scratch.value + size / 2 + PAGE_SIZE);
    uint64_t protect_cost, unmap_cost;
    status_t status =
        page_table_map(table, scratch, phys, size, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK);
    if (status != STATUS_OK)
        return bench_refuse(names[0]);
    MEASURE(protect_cost, status = page_table_protect(table, middle, PAGE_SIZE, 0));
    status_t unmapped = page_table_unmap(table, scratch, size);
    if (status == STATUS_OK && unmapped == STATUS_OK)
        status = page_table_map(table, scratch, phys, size, PAGE_WRITE, MEMORY_TYPE_WRITE_BACK);
    if (status != STATUS_OK || unmapped != STATUS_OK)
        return bench_refuse(names[0]);
    MEASURE(unmap_cost, status = page_table_unmap(table, middle, PAGE_SIZE));
    /* What is left of it, in two pieces around the hole. */
    const uint64_t before = middle.value - scratch.value, after = before + PAGE_SIZE;
    if (page_table_unmap(table, scratch, before) != STATUS_OK ||
        page_table_unmap(table, virt_addr(scratch.value + after), size - after) != STATUS_OK ||
        status != STATUS_OK)
        return bench_refuse(names[1]);
    bench_print(names[0], protect_cost);
    bench_print(names[1], unmap_cost);
    return true;
}

/* 512 leaves of one table, because the frames do not continue at a multiple of 2 MiB. */
static bool measure_table(phys_addr_t phys)
{
    const uint64_t size = 2 * MIB - PAGE_SIZE;
    struct page_table *table = mm_kernel_table();
    uint64_t map_cost, protect_cost, unmap_cost;
    status_t status;
    MEASURE(map_cost, status = page_table_map(table, scratch, phys, size, PAGE_WRITE,
                                              MEMORY_TYPE_WRITE_BACK));
    if (status != STATUS_OK)
        return bench_refuse("page_table_map 511 pages");
    MEASURE(protect_cost, status = page_table_protect(table, scratch, size, 0));
    status_t unmapped;
    MEASURE(unmap_cost, unmapped = page_table_unmap(table, scratch, size));
    if (status != STATUS_OK || unmapped != STATUS_OK)
        return bench_refuse("page_table_protect 511 pages");
    bench_print("page_table_map 511 pages of 4 KiB", map_cost);
    bench_print("page_table_protect 511 pages of 4 KiB", protect_cost);
    bench_print("page_table_unmap 511 pages of 4 KiB", unmap_cost);
    return true;
}

/* The order-18 block is the first touch of its section: there must be one that nothing was taken from. */
static bool measure_gib(void)
{
    static const char *const names[] = {"page_table_protect 4 KiB, worst: splits 1 GiB",
                                        "page_table_unmap 4 KiB, worst: splits 1 GiB"};
    pfn_t section;
    uint64_t cost;
    status_t status;
    MEASURE(cost, status = frames_alloc(mm_frames(), ORDER_SECTION, FRAME_TEST, &section));
    if (status != STATUS_OK) {
        print("1 GiB at once: no section is wholly free, left out\n");
        return true;
    }
    bench_print("frames_alloc 1 GiB, worst: first touch", cost);
    bool done = measure_split(pfn_to_phys(section), GIB, names);
    MEASURE(cost, status = frames_free(mm_frames(), section, ORDER_SECTION));
    bench_print("frames_free 1 GiB, worst", cost);
    return done && status == STATUS_OK;
}

bool bench_worst_paging(void)
{
    static const char *const names[] = {"page_table_protect 4 KiB: splits 2 MiB",
                                        "page_table_unmap 4 KiB: splits 2 MiB"};
    pfn_t block;
    if (frames_alloc(mm_frames(), ORDER_BLOCK, FRAME_TEST, &block) != STATUS_OK)
        return bench_refuse("page tables, worst");
    const phys_addr_t phys = pfn_to_phys(block);
    bool done = measure_levels(phys) && measure_neighbour(phys) && measure_table(phys) &&
                measure_split(phys, 2 * MIB, names);
    return frames_free(mm_frames(), block, ORDER_BLOCK) == STATUS_OK && done && measure_gib();
}
