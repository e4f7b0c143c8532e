/* SPDX-License-Identifier: MIT
 * Prints docs/address_map.md from include/boot/address_map.h, and checks on the way that the areas are
 * sorted and do not overlap. Runs on the host. */
#include <boot/address_map.h>

#include <inttypes.h>
#include <stdio.h>

struct area {
    const char *name;
    uint64_t base, size;
    const char *purpose;
};

#define AREA(name, base, size, purpose) {#name, base, size, purpose},
static const struct area areas[] = {ADDRESS_MAP(AREA)};
constexpr size_t AREA_COUNT = sizeof(areas) / sizeof(areas[0]);

static void print_size(uint64_t size)
{
    static const struct {
        uint64_t bytes;
        const char *name;
    } units[] = {{TIB, "TiB"}, {GIB, "GiB"}, {MIB, "MiB"}, {KIB, "KiB"}};
    size_t unit = 0;
    while (unit + 1 < sizeof(units) / sizeof(units[0]) && size < units[unit].bytes)
        unit++;
    uint64_t bytes = units[unit].bytes;
    uint64_t rounded = size / bytes + (size % bytes >= bytes / 2);
    printf("%s%" PRIu64 " %s", size % bytes == 0 ? "" : "about ", rounded, units[unit].name);
}

/* The first area that overlaps the one before it or wraps, or null. Only the last may end at 2^64. */
static const char *misplaced(void)
{
    for (size_t i = 0; i + 1 < AREA_COUNT; i++) {
        uint64_t end = areas[i].base + areas[i].size;
        if (end < areas[i].base || end > areas[i + 1].base)
            return areas[i + 1].name;
    }
    uint64_t last_end = areas[AREA_COUNT - 1].base + areas[AREA_COUNT - 1].size;
    return last_end == 0 ? nullptr : areas[AREA_COUNT - 1].name;
}

static void print_row(uint64_t base, uint64_t size, const char *name, const char *purpose)
{
    printf("| `%016" PRIx64 "` | `%016" PRIx64 "` | ", base, base + size - 1);
    print_size(size);
    printf(" | %s | %s |\n", name, purpose);
}

/* What lies between this area and the one before it. */
static void print_gap(const struct area *before, const struct area *area)
{
    uint64_t start = before->base + before->size;
    if (start < area->base)
        print_row(start, area->base - start, "",
                  area->base == KERNEL_HALF_BASE
                      ? "not canonical with 4 levels of tables; never used"
                      : "not used");
}

int main(void)
{
    const char *fault = misplaced();
    if (fault != nullptr) {
        fprintf(stderr, "address map: area %s overlaps its neighbour or wraps\n", fault);
        return 1;
    }
    printf("# Address map\n\n"
           "Made by `make docs` from `include/boot/address_map.h`; do not edit. The same "
           "addresses\n"
           "hold with 4 and with 5 levels of page tables.\n\n"
           "| first | last | size | name | what it is for |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < AREA_COUNT; i++) {
        if (i > 0)
            print_gap(&areas[i - 1], &areas[i]);
        print_row(areas[i].base, areas[i].size, areas[i].name, areas[i].purpose);
    }
    printf("\nThe kernel image slides in steps of ");
    print_size(IMAGE_SLIDE_STEP);
    printf(", the direct map in %" PRIu64 " steps of ", DIRECT_MAP_SLIDES);
    print_size(DIRECT_MAP_SLIDE_STEP);
    printf(" (`kaslr=off`: neither).\n");
    return 0;
}
