/* SPDX-License-Identifier: MIT
 * What a memory map costs depends on its order and on its overlaps: none and none, none and all, all and none. */
#include <inspect/map_inputs.h>

#include <mm/memory_map.h>

static constexpr uint64_t ALL_CACHE_MODES =
    EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_WC | EFI_ATTRIBUTE_WT | EFI_ATTRIBUTE_WB;

const char *map_input_word(enum map_input input)
{
    static const char *const words[MAP_INPUT_COUNT] = {
#define MAP_INPUT_WORD(name, word, text) [MAP_INPUT_##name] = (word),
        MAP_INPUT_LIST(MAP_INPUT_WORD)
#undef MAP_INPUT_WORD
    };
    return input < MAP_INPUT_COUNT ? words[input] : "not an input";
}

/* Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Types in the proportions of a PC; one range in eight has a hole behind it. */
static void make_sorted(struct boot_region *regions, uint32_t count, uint64_t *random)
{
    static const enum efi_type types[] = {
        EFI_TYPE_CONVENTIONAL,       EFI_TYPE_BOOT_SERVICES_DATA, EFI_TYPE_BOOT_SERVICES_CODE,
        EFI_TYPE_CONVENTIONAL,       EFI_TYPE_BOOT_SERVICES_DATA, EFI_TYPE_LOADER_DATA,
        EFI_TYPE_CONVENTIONAL,       EFI_TYPE_RESERVED,           EFI_TYPE_RUNTIME_SERVICES_DATA,
        EFI_TYPE_BOOT_SERVICES_DATA, EFI_TYPE_ACPI_NVS,           EFI_TYPE_ACPI_RECLAIM,
        EFI_TYPE_CONVENTIONAL,       EFI_TYPE_BOOT_SERVICES_CODE, EFI_TYPE_RUNTIME_SERVICES_CODE,
        EFI_TYPE_BOOT_SERVICES_DATA};
    uint64_t at = MIB;
    for (uint32_t i = 0; i < count; i++) {
        const enum efi_type type = types[i % (sizeof types / sizeof types[0])];
        const bool runtime =
            type == EFI_TYPE_RUNTIME_SERVICES_CODE || type == EFI_TYPE_RUNTIME_SERVICES_DATA;
        const uint64_t number = next_random(random);
        const uint64_t pages = 1 + number % 64;
        regions[i] = (struct boot_region){.phys_start = at,
                                          .page_count = pages,
                                          .efi_type = type,
                                          .efi_attributes = ALL_CACHE_MODES |
                                                            (runtime ? EFI_ATTRIBUTE_RUNTIME : 0)};
        at += (pages + ((number >> 8) % 8 == 0 ? 16 : 0)) << PAGE_SHIFT;
    }
}

static void shuffle(struct boot_region *regions, uint32_t count, uint64_t *random)
{
    for (uint32_t i = count; i > 1; i--) {
        const uint64_t other = next_random(random) % i;
        const struct boot_region kept = regions[i - 1];
        regions[i - 1] = regions[other];
        regions[other] = kept;
    }
}

/* The innermost comes first, so that the edges of starts are reversed. */
static void make_nested(struct boot_region *regions, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        regions[i] =
            (struct boot_region){.phys_start = MIB + ((uint64_t)(count - 1 - i) << PAGE_SHIFT),
                                 .page_count = 2 * (uint64_t)i + 1,
                                 .efi_type = i % 2 == 0 ? EFI_TYPE_RESERVED : EFI_TYPE_CONVENTIONAL,
                                 .efi_attributes = ALL_CACHE_MODES};
}

void map_input_make(enum map_input input, struct boot_region *regions, uint32_t count)
{
    uint64_t random = 20;
    if (input == MAP_INPUT_NESTED)
        return make_nested(regions, count);
    make_sorted(regions, count, &random);
    if (input == MAP_INPUT_SHUFFLED)
        shuffle(regions, count, &random);
}
