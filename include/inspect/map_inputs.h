/* SPDX-License-Identifier: MIT
 * Memory maps made to measure with: three named inputs of any length, the same on every machine. Pure. */
#ifndef INSPECT_MAP_INPUTS_H
#define INSPECT_MAP_INPUTS_H

#include <boot/boot_info.h>

/* X(name, word, what it is) */
#define MAP_INPUT_LIST(X)                                                                          \
    X(SORTED, "sorted", "as tidy firmware would give it: sorted, disjoint, types as they come")    \
    X(SHUFFLED, "shuffled", "the same in random order")                                            \
    X(NESTED, "nested", "each descriptor inside the next, of another class: all overlap")

enum map_input : uint32_t {
#define MAP_INPUT_ENUM(name, word, text) MAP_INPUT_##name,
    MAP_INPUT_LIST(MAP_INPUT_ENUM)
#undef MAP_INPUT_ENUM
        MAP_INPUT_COUNT
};
const char *map_input_word(enum map_input input);

/* Fill `count` descriptors. */
void map_input_make(enum map_input input, struct boot_region *regions, uint32_t count);

#endif
