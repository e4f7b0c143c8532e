/* SPDX-License-Identifier: MIT
 * Reading the maps of real machines, tests/firmware_maps, with the project's own reader. Runs in the project's
 * root. */
#ifndef TESTS_MODEL_MAP_CORPUS_H
#define TESTS_MODEL_MAP_CORPUS_H

#include <boot/boot_info.h>
#include <inspect/view.h>

#include <stddef.h>
#include <stdio.h>

#define MAPS_DIRECTORY "tests/firmware_maps/"

/* No machine of the corpus has as many descriptors. */
constexpr size_t MAP_CORPUS_REGIONS = 512;

FILE *map_corpus_open(const char *path);
/* All of a file, and a NUL behind it, to be freed. The test fails if it cannot be read, here and below. */
char *map_corpus_load(const char *path, size_t *size);

/* One map ("efi/NAME.txt") as a view. Its memory is exactly as large as view_text_memory_size said. */
struct map_corpus_view {
    struct view view;
    void *memory;
};
struct map_corpus_view map_corpus_view(const char *name);
void map_corpus_view_free(struct map_corpus_view *corpus);

/* The descriptors of one map, in the order of the file. */
size_t map_corpus_read(const char *name, struct boot_region regions[MAP_CORPUS_REGIONS]);

#endif
