/* SPDX-License-Identifier: MIT
 * Cases of the rules about sums, nodes and the first MiB: FM068 to FM083. */
#include "lint_fixture.h"

/* Sixty-four, then one more usable range: eight a line, each of a page, a page apart. */
#define PIECES_8(n)                                                                                \
    MEMORY((n) * 0x10000 + MIB, 0x1000), MEMORY((n) * 0x10000 + 0x2000 + MIB, 0x1000),             \
        MEMORY((n) * 0x10000 + 0x4000 + MIB, 0x1000),                                              \
        MEMORY((n) * 0x10000 + 0x6000 + MIB, 0x1000),                                              \
        MEMORY((n) * 0x10000 + 0x8000 + MIB, 0x1000),                                              \
        MEMORY((n) * 0x10000 + 0xa000 + MIB, 0x1000),                                              \
        MEMORY((n) * 0x10000 + 0xc000 + MIB, 0x1000), MEMORY((n) * 0x10000 + 0xe000 + MIB, 0x1000)
#define PIECES_64(n)                                                                               \
    PIECES_8(n), PIECES_8((n) + 1), PIECES_8((n) + 2), PIECES_8((n) + 3), PIECES_8((n) + 4),       \
        PIECES_8((n) + 5), PIECES_8((n) + 6), PIECES_8((n) + 7)

static const struct lint_case total_cases[] = {
    {"4 GiB described, 2 GiB installed", "FM068",
     "the map describes 4 GiB of memory, 2 GiB more than the 2 GiB installed",
     .view = {REGIONS(MEMORY(4 * GIB, 4 * GIB)), .installed_bytes = 2 * GIB}},
    {"as much as is installed", "FM068", nullptr,
     .view = {REGIONS(MEMORY(4 * GIB, 4 * GIB)), .installed_bytes = 4 * GIB}},
    {"persistent memory is not counted", "FM068", nullptr,
     .view = {REGIONS(REGION(4 * GIB, 4 * GIB, EFI_TYPE_PERSISTENT, CACHES),
                      MEMORY(8 * GIB, 2 * GIB)),
              .installed_bytes = 2 * GIB}},
    {"an eighth is missing", "FM069", "of 8 GiB installed 1 GiB are not described as memory",
     .view = {REGIONS(MEMORY(4 * GIB, 7 * GIB)), .installed_bytes = 8 * GIB}},
    {"a sixteenth is missing", "FM069", nullptr,
     .view = {REGIONS(MEMORY(4 * GIB, 15 * GIB)), .installed_bytes = 16 * GIB}},
    {"one kernel told the next", "FM069", nullptr, .unknown = VIEW_KNOWS(WHOLE_MAP),
     .view = {REGIONS(MEMORY(4 * GIB, 7 * GIB)), .installed_bytes = 8 * GIB}},
    {"a node past 2^64", "FM070",
     "node 3 (SRAT range 0) has memory from 0xffffffff00000000 on that passes 2^64",
     .view = {NODES({0xffffffff00000000, 8 * GIB, 3, false, false})}},
    {"a node below", "FM070", nullptr, .view = {NODES({0xffffffff00000000, GIB, 3, false, false})}},
    {"two nodes overlap", "FM071",
     "node 0 (SRAT range 1) and node 1 (SRAT range 0) both claim 0xc0000000..0x100000000 (1 GiB)",
     .view = {NODES({3 * GIB, 4 * GIB, 1, false, false}, {0, 4 * GIB, 0, false, false})}},
    {"ranges of one node overlap", "FM071", nullptr,
     .view = {NODES({3 * GIB, 4 * GIB, 1, false, false}, {0, 4 * GIB, 1, false, false})}},
    {"memory above the only node", "FM072",
     "1 GiB of memory belong to no node, the first of it at 0x100000000..0x140000000 (1 GiB) in "
     "descriptor 1 (EfiConventionalMemory)",
     .view = {REGIONS(MEMORY(0, 3 * GIB), MEMORY(4 * GIB, GIB)),
              NODES({0, 4 * GIB, 0, false, false})}},
    {"a page is missing", "FM072", nullptr,
     .view = {REGIONS(MEMORY(0, 3 * GIB)), NODES({0x1000, 4 * GIB, 0, false, false})}},
    {"reserved memory needs no node", "FM072", nullptr,
     .view = {REGIONS(REGION(4 * GIB, GIB, EFI_TYPE_RESERVED, 0)),
              NODES({0, 4 * GIB, 0, false, false})}},
    {"a node beside the map", "FM073",
     "node 1 (SRAT range 1) has 1 GiB that the map does not describe, the first of it at "
     "0x140000000..0x180000000 (1 GiB)",
     .view = {REGIONS(MEMORY(0, 5 * GIB)),
              NODES({0, 4 * GIB, 0, false, false}, {4 * GIB, 2 * GIB, 1, false, false})}},
    {"it can be plugged in later", "FM073", nullptr,
     .view = {REGIONS(MEMORY(0, 5 * GIB)),
              NODES({0, 4 * GIB, 0, false, false}, {4 * GIB, 2 * GIB, 1, true, false})}},
    {"memory outside of the arrays", "FM074",
     "SMBIOS maps no array to 1 GiB of memory, the first of it at 0x100000000..0x140000000 (1 GiB) "
     "in descriptor 0 (EfiConventionalMemory)",
     .view = {REGIONS(MEMORY(3 * GIB, 2 * GIB)), ARRAYS({0, 2 * GIB}, {2 * GIB, 4 * GIB})}},
    {"an array inside of another", "FM074", nullptr,
     .view = {REGIONS(MEMORY(GIB, 4 * GIB)), ARRAYS({0, 8 * GIB}, {2 * GIB, 3 * GIB})}},
    {"memory in two arrays", "FM074", nullptr,
     .view = {REGIONS(MEMORY(3 * GIB, 2 * GIB)), ARRAYS({4 * GIB, 8 * GIB}, {0, 4 * GIB})}},
    {"only reserved memory", "FM075", "no descriptor gives usable memory",
     .view = {REGIONS(REGION(MIB, MIB, EFI_TYPE_RESERVED, 0))}},
    {"boot services come back", "FM075", nullptr,
     .view = {REGIONS(REGION(MIB, MIB, EFI_TYPE_BOOT_SERVICES_CODE, CACHES))}},
    {"all above 4 GiB", "FM076",
     "the lowest usable memory is at 0x100000000..0x140000000 (1 GiB), in descriptor 1 "
     "(EfiConventionalMemory)",
     .view = {REGIONS(REGION(MIB, MIB, EFI_TYPE_RESERVED, 0), MEMORY(4 * GIB, GIB))}},
    {"a page below 4 GiB", "FM076", nullptr,
     .view = {REGIONS(MEMORY(4 * GIB - 0x1000, 0x1000), MEMORY(4 * GIB, GIB))}},
    {"from 0x100001000 on", "FM077",
     "nothing describes the page at 0x100000000..0x100001000 (4 KiB), though descriptor 0 "
     "(EfiConventionalMemory) follows it",
     .view = {REGIONS(MEMORY(0x100001000, GIB))}},
    {"from 0x100002000 on", "FM077", nullptr, .view = {REGIONS(MEMORY(0x100002000, GIB))}},
    {"the page is reserved", "FM077", nullptr,
     .view = {REGIONS(REGION(4 * GIB, 0x1000, EFI_TYPE_RESERVED, 0), MEMORY(0x100001000, GIB))}},
    {"65 pieces", "FM078",
     "usable memory is in 65 pieces; the largest is 0x100000000..0x140000000 (1 GiB)",
     .view = {REGIONS(PIECES_64(0), MEMORY(4 * GIB, GIB))}},
    {"64 pieces", "FM078", nullptr, .view = {REGIONS(PIECES_64(0))}},
    {"a piece in two descriptors is one", "FM078", nullptr,
     .view = {REGIONS(PIECES_64(0),
                      REGION(0x101000, 0x1000, EFI_TYPE_CONVENTIONAL, EFI_ATTRIBUTE_WB))}},
    {"129 entries", "FM079", "the map has 129 entries as e820; 128 have room in the zero page",
     .view = {REGIONS(PIECES_64(0), PIECES_64(8), MEMORY(4 * GIB, GIB))}},
    {"128 entries", "FM079", nullptr, .view = {REGIONS(PIECES_64(0), PIECES_64(8))}},
    {"a quarter is boot services", "FM080", "boot services hold 1 GiB of 4 GiB, 25 percent",
     .view = {REGIONS(MEMORY(0, 3 * GIB),
                      REGION(4 * GIB, GIB, EFI_TYPE_BOOT_SERVICES_DATA, CACHES))}},
    {"a tenth is", "FM080", nullptr,
     .view = {REGIONS(MEMORY(0, 9 * MIB),
                      REGION(4 * GIB, MIB, EFI_TYPE_BOOT_SERVICES_DATA, CACHES))}},
    {"all of it is boot services", "FM081",
     "below 1 MiB nothing is usable; memory there starts at 0x1000..0xa0000 (636 KiB), in "
     "descriptor 0 (EfiBootServicesData)",
     .view = {REGIONS(REGION(0x1000, 0x9f000, EFI_TYPE_BOOT_SERVICES_DATA, CACHES))}},
    {"a page is usable", "FM081", nullptr,
     .view = {REGIONS(REGION(0x1000, 0x9e000, EFI_TYPE_BOOT_SERVICES_DATA, CACHES),
                      MEMORY(0x9f000, 0x1000))}},
    {"no memory there at all", "FM081", nullptr, .view = {REGIONS(MEMORY(32 * GIB, GIB))}},
    {"usable from 0 to 2 MiB", "FM082",
     "descriptor 0 (EfiConventionalMemory) makes 0xa0000..0x100000 (384 KiB) free",
     .view = {REGIONS(MEMORY(0, 2 * MIB))}},
    {"usable up to 640 KiB", "FM082", nullptr,
     .view = {REGIONS(MEMORY(0, 0xa0000), MEMORY(MIB, MIB))}},
    {"up to 0x9e000", "FM083",
     "the last of the memory below 640 KiB is not free: 0x9e000..0xa0000 (8 KiB)",
     .view = {REGIONS(MEMORY(0, 0x9e000), REGION(0x9e000, 0x2000, EFI_TYPE_RESERVED, 0))}},
    {"up to 640 KiB", "FM083", nullptr, .view = {REGIONS(MEMORY(0, 0xa0000))}},
    {"not a habit of PCs", "FM083", nullptr, .view = {REGIONS(MEMORY(0, 0x40000))}},
    {"a flash chip as runtime data", "FM084",
     "descriptor 0 (EfiRuntimeServicesData) calls 0xffc00000..0x100000000 (4 MiB) memory, though "
     "it cannot be write-back",
     .view = {REGIONS(REGION(0xffc00000, 4 * MIB, EFI_TYPE_RUNTIME_SERVICES_DATA,
                             EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_RUNTIME))}},
    {"a flash chip as a device", "FM084", nullptr,
     .view = {REGIONS(REGION(0xffc00000, 4 * MIB, EFI_TYPE_MMIO, EFI_ATTRIBUTE_UC))}},
};
