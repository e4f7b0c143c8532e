/* SPDX-License-Identifier: MIT
 * Reading the maps of real machines, tests/firmware_maps. Runs in the project's root. */
#ifndef TESTS_MODEL_MAP_CORPUS_H
#define TESTS_MODEL_MAP_CORPUS_H

#include <boot/boot_info.h>

#include <stddef.h>
#include <stdio.h>

#define MAPS_DIRECTORY "tests/firmware_maps/"

/* No machine of the corpus has as many descriptors. */
constexpr size_t MAP_CORPUS_REGIONS = 512;

FILE *map_corpus_open(const char *path);
/* The descriptors of one map ("efi/NAME.txt"), in the order of the file. The test fails if it cannot be read. */
size_t map_corpus_read(const char *name, struct boot_region regions[MAP_CORPUS_REGIONS]);

#endif
