/* SPDX-License-Identifier: MIT */
#include "model/map_corpus.h"

#include "harness/harness.h"

#include <inttypes.h>
#include <mm/memory_map.h>
#include <stdlib.h>

/* START and SIZE are bytes, but a boot_region has whole pages: a size that is none is rounded as the map
 * itself would round it. */
static struct boot_region region_of_line(const char *line)
{
    uint64_t start, size, attributes;
    uint32_t type;
    assert_int_equal(sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNu32 " %" SCNx64, &start, &size,
                            &type, &attributes),
                     4);
    uint64_t end = start + size;
    if (size % PAGE_SIZE != 0) {
        const bool usable = memory_class_of(type, attributes) == MEMORY_USABLE;
        start = usable ? align_up(start, PAGE_SIZE) : align_down(start, PAGE_SIZE);
        end = usable ? align_down(end, PAGE_SIZE) : align_up(end, PAGE_SIZE);
    }
    return (struct boot_region){.phys_start = start,
                                .page_count = end > start ? (end - start) / PAGE_SIZE : 0,
                                .efi_type = type,
                                .efi_attributes = attributes};
}

FILE *map_corpus_open(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == nullptr) {
        fprintf(stderr, "%s: cannot be opened; run this in the project's root\n", path);
        abort();
    }
    return file;
}

size_t map_corpus_read(const char *name, struct boot_region regions[MAP_CORPUS_REGIONS])
{
    char path[256], line[1024];
    snprintf(path, sizeof path, MAPS_DIRECTORY "%s", name);
    FILE *file = map_corpus_open(path);
    size_t count = 0;
    while (fgets(line, sizeof line, file) != nullptr)
        if (line[0] != '#') {
            assert_true(count < MAP_CORPUS_REGIONS);
            regions[count++] = region_of_line(line);
        }
    fclose(file);
    return count;
}
