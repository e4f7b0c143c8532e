/* SPDX-License-Identifier: MIT
 * Cases of the rules about the memory attributes table, and about tables and devices: FM038 to FM067. */
#include "lint_fixture.h"

#define CODE(start, bytes)       REGION(start, bytes, EFI_TYPE_RUNTIME_SERVICES_CODE, RUNTIME)
#define DATA(start, bytes)       REGION(start, bytes, EFI_TYPE_RUNTIME_SERVICES_DATA, RUNTIME)
#define READ_ONLY                (EFI_ATTRIBUTE_RO | EFI_ATTRIBUTE_RUNTIME)
#define NO_EXECUTE               (EFI_ATTRIBUTE_XP | EFI_ATTRIBUTE_RUNTIME)
#define CODE_ENTRY(start, bytes) REGION(start, bytes, EFI_TYPE_RUNTIME_SERVICES_CODE, READ_ONLY)
#define DATA_ENTRY(start, bytes) REGION(start, bytes, EFI_TYPE_RUNTIME_SERVICES_DATA, NO_EXECUTE)
#define HEADER(number)           .attributes.version = (number), .attributes.descriptor_size = 48
#define SIGNATURE(a, b, c, d)                                                                      \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* Pages of reserved memory and of devices by turns, which cannot become one range. */
#define DEVICE_PAGE(at, type) REGION(MIB + (at) * 0x1000, 0x1000, type, 0)
#define TWO_PAGES(at)         DEVICE_PAGE(at, EFI_TYPE_RESERVED), DEVICE_PAGE((at) + 1, EFI_TYPE_MMIO)
#define EIGHT_PAGES(at)       TWO_PAGES(at), TWO_PAGES(at + 2), TWO_PAGES(at + 4), TWO_PAGES(at + 6)
#define DEVICE_PAGES_63                                                                            \
    EIGHT_PAGES(0), EIGHT_PAGES(8), EIGHT_PAGES(16), EIGHT_PAGES(24), EIGHT_PAGES(32),             \
        EIGHT_PAGES(40), EIGHT_PAGES(48), TWO_PAGES(56), TWO_PAGES(58), TWO_PAGES(60),             \
        DEVICE_PAGE(62, EFI_TYPE_RESERVED)

/* A table at `start` inside a MiB of one type. */
#define TABLE_IN(type, ...) {REGIONS(REGION(MIB, MIB, type, RUNTIME)), PLACES(__VA_ARGS__)}

static const struct lint_case table_cases[] = {
    {"runtime services and no table", "FM038",
     "there is no memory attributes table for 1 MiB of runtime memory",
     .view = {REGIONS(CODE(MIB, MIB))}},
    {"no runtime services", "FM038", nullptr, .view = {REGIONS(MEMORY(MIB, MIB))}},
    {"nobody could see a table", "FM038", nullptr, .unknown = VIEW_KNOWS(MEMORY_ATTRIBUTES),
     .view = {REGIONS(CODE(MIB, MIB))}},
    {"version 3", "FM039", "the memory attributes table has version 3; known are 1 and 2",
     .view = {HEADER(3), ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"version 2", "FM039", nullptr, .view = {HEADER(2), ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"entries of 36 bytes", "FM040", "the memory attributes table has entries of 36 bytes",
     .view = {.attributes.version = 1,
              .attributes.descriptor_size = 36,
              ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"entries of 44 bytes", "FM040", "the memory attributes table has entries of 44 bytes",
     .view = {.attributes.version = 1,
              .attributes.descriptor_size = 44,
              ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"entries of 40 bytes", "FM040", nullptr,
     .view = {.attributes.version = 1,
              .attributes.descriptor_size = 40,
              ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"cut", "FM041", "the memory attributes table declares 1000000 entries and has 1",
     .view = {HEADER(1), .attributes.declared_count = 1000000, ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"whole", "FM041", nullptr,
     .view = {HEADER(1), .attributes.declared_count = 1, ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"no entries", "FM042", "the memory attributes table has no entries",
     .view = {HEADER(1), .attributes.entries = (const struct boot_region[]){CODE_ENTRY(0, 0)}}},
    {"one entry", "FM042", nullptr, .view = {HEADER(1), ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"an entry without pages", "FM043",
     "memory attributes entry 1 at 0x200000 with 0 pages is empty or passes 2^64",
     .view = {HEADER(1), ENTRIES(CODE_ENTRY(MIB, MIB), CODE_ENTRY(2 * MIB, 0))}},
    {"an entry that wraps", "FM043",
     "memory attributes entry 0 at 0xfffffffffffff000 with 2 pages is empty or passes 2^64",
     .view = {HEADER(1), ENTRIES(CODE_ENTRY(0xfffffffffffff000, 0x2000))}},
    {"an entry of one page", "FM043", nullptr,
     .view = {HEADER(1), ENTRIES(CODE_ENTRY(MIB, 0x1000))}},
    {"inside a page", "FM044",
     "memory attributes entry 0 at 0x100010..0x101010 (4 KiB) is not page aligned",
     .view = {HEADER(1), ENTRIES(CODE_ENTRY(0x100010, 0x1000))}},
    {"aligned", "FM044", nullptr, .view = {HEADER(1), ENTRIES(CODE_ENTRY(0x101000, 0x1000))}},
    {"descending", "FM045",
     "memory attributes entry 1 at 0x200000..0x300000 (1 MiB) starts below the one before it (and "
     "1 "
     "more like it, 2 MiB together)",
     .view = {HEADER(1),
              ENTRIES(CODE_ENTRY(3 * MIB, MIB), CODE_ENTRY(2 * MIB, MIB), CODE_ENTRY(MIB, MIB))}},
    {"ascending", "FM045", nullptr,
     .view = {HEADER(1), ENTRIES(CODE_ENTRY(MIB, MIB), CODE_ENTRY(2 * MIB, MIB))}},
    {"two entries overlap", "FM046",
     "memory attributes entry 0 and entry 1 both cover 0x180000..0x200000 (512 KiB)",
     .view = {HEADER(1), ENTRIES(CODE_ENTRY(MIB, MIB), DATA_ENTRY(0x180000, MIB))}},
    {"an entry inside another", "FM046",
     "memory attributes entry 1 and entry 0 both cover 0x180000..0x190000 (64 KiB)",
     .view = {HEADER(1), ENTRIES(DATA_ENTRY(0x180000, 0x10000), CODE_ENTRY(MIB, MIB))}},
    {"two entries touch", "FM046", nullptr,
     .view = {HEADER(1), ENTRIES(CODE_ENTRY(MIB, MIB), DATA_ENTRY(2 * MIB, MIB))}},
    {"conventional memory in it", "FM047",
     "memory attributes entry 0 at 0x100000..0x200000 (1 MiB) has the type 7, which is not runtime "
     "services code or data",
     .view = {HEADER(1), ENTRIES(REGION(MIB, MIB, EFI_TYPE_CONVENTIONAL, NO_EXECUTE))}},
    {"runtime data in it", "FM047", nullptr, .view = {HEADER(1), ENTRIES(DATA_ENTRY(MIB, MIB))}},
    {"writable and executable", "FM048",
     "memory attributes entry 0 leaves 0x100000..0x200000 (1 MiB) writable and executable",
     .view = {HEADER(1),
              ENTRIES(REGION(MIB, MIB, EFI_TYPE_RUNTIME_SERVICES_CODE, EFI_ATTRIBUTE_RUNTIME))}},
    {"read-only", "FM048", nullptr, .view = {HEADER(1), ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"constants", "FM049",
     "memory attributes entry 0 makes 0x100000..0x200000 (1 MiB) read-only and not executable",
     .view = {HEADER(1),
              ENTRIES(REGION(MIB, MIB, EFI_TYPE_RUNTIME_SERVICES_DATA, READ_ONLY | NO_EXECUTE))}},
    {"no constants", "FM049", nullptr, .view = {HEADER(1), ENTRIES(DATA_ENTRY(MIB, MIB))}},
    {"a cache mode in it", "FM050",
     "memory attributes entry 0 at 0x100000..0x200000 (1 MiB) also has WB",
     .view = {HEADER(1), ENTRIES(REGION(MIB, MIB, EFI_TYPE_RUNTIME_SERVICES_DATA,
                                        NO_EXECUTE | EFI_ATTRIBUTE_WB))}},
    {"only rights in it", "FM050", nullptr, .view = {HEADER(1), ENTRIES(DATA_ENTRY(MIB, MIB))}},
    {"without RUNTIME", "FM051",
     "memory attributes entry 0 at 0x100000..0x200000 (1 MiB) lacks RUNTIME",
     .view = {HEADER(1),
              ENTRIES(REGION(MIB, MIB, EFI_TYPE_RUNTIME_SERVICES_DATA, EFI_ATTRIBUTE_XP))}},
    {"with RUNTIME", "FM051", nullptr, .view = {HEADER(1), ENTRIES(DATA_ENTRY(MIB, MIB))}},
    {"half of it is usable memory", "FM052",
     "memory attributes entry 0 covers 0x180000..0x200000 (512 KiB), which is not runtime memory",
     .view = {REGIONS(CODE(MIB, MIB / 2), MEMORY(0x180000, MIB)), HEADER(1),
              ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"less than a page of it", "FM052",
     "memory attributes entry 0 covers 0x200000..0x200800 (2 KiB), which is not runtime memory",
     .view = {REGIONS(CODE(MIB, MIB)), HEADER(1), ENTRIES(CODE_ENTRY(0x1ff800, 0x1000))}},
    {"over two runtime descriptors", "FM052", nullptr,
     .view = {REGIONS(CODE(MIB, MIB / 2), DATA(0x180000, MIB)), HEADER(1),
              ENTRIES(CODE_ENTRY(MIB, MIB))}},
    {"an entry was lost", "FM053",
     "no memory attributes entry covers 0x180000..0x1c0000 (256 KiB) of descriptor 0 "
     "(EfiRuntimeServicesCode)",
     .view = {REGIONS(CODE(MIB, MIB)), HEADER(1),
              ENTRIES(CODE_ENTRY(MIB, MIB / 2), DATA_ENTRY(0x1c0000, 0x40000))}},
    {"less than a page is left over", "FM053",
     "no memory attributes entry covers 0x100000..0x100800 (2 KiB) of descriptor 0 "
     "(EfiRuntimeServicesCode)",
     .view = {REGIONS(CODE(MIB, MIB)), HEADER(1), ENTRIES(CODE_ENTRY(0x100800, MIB))}},
    {"entries in pieces", "FM053", nullptr,
     .view = {REGIONS(CODE(MIB, MIB)), HEADER(1),
              ENTRIES(DATA_ENTRY(0x180000, 0x80000), CODE_ENTRY(MIB, MIB / 2))}},

    {"above 39 bits", "FM054",
     "the HPET at 0x8000000000 reaches above the 39 address bits of the processor",
     .view = {PLACES({PLACE_HPET, 0, 0x8000000000, 0x400}), .phys_bits = 39}},
    {"past 2^64", "FM054",
     "the framebuffer at 0xfffffffffffff000 reaches above the 52 address bits of the processor",
     .view = {PLACES({PLACE_FRAMEBUFFER, 0, 0xfffffffffffff000, 0x2000})}},
    {"past 2^64, and the processor is not known", "FM054",
     "the framebuffer at 0xfffffffffffff000 reaches above the 52 address bits of any processor",
     .view = {PLACES({PLACE_FRAMEBUFFER, 0, 0xfffffffffffff000, 0x2000})},
     .unknown = VIEW_KNOWS(PHYS_BITS)},
    {"up to 39 bits", "FM054", nullptr,
     .view = {PLACES({PLACE_HPET, 0, 0x7ffffff000, 0x1000}), .phys_bits = 39}},
    {"the RSDP in usable memory", "FM055",
     "the RSDP at 0x101000 lies in 0x101000..0x101024 (36 B), which descriptor 0 "
     "(EfiConventionalMemory) gives as free memory",
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL, {PLACE_RSDP, 0, 0x101000, 36})},
    {"the boot logo in usable memory", "FM055",
     "the boot logo (BGRT) at 0x101000 lies in 0x101000..0x102000 (4 KiB), which descriptor 0 "
     "(EfiConventionalMemory) gives as free memory",
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL, {PLACE_BGRT_IMAGE, 0, 0x101000, 0x1000})},
    {"the RSDP in ACPI memory", "FM055", nullptr,
     .view = TABLE_IN(EFI_TYPE_ACPI_RECLAIM, {PLACE_RSDP, 0, 0x101000, 36})},
    {"where boot services are called usable", "FM055", nullptr, .unknown = VIEW_KNOWS(EFI_TYPES),
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL, {PLACE_SMBIOS_TABLE, 1, 0x101000, 36})},
    {"but ACPI tables never are", "FM055",
     "the ACPI table A??D at 0x101000 lies in 0x101000..0x101024 (36 B), which descriptor 0 "
     "(usable) gives as free memory",
     .unknown = VIEW_KNOWS(EFI_TYPES),
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL,
                      {PLACE_ACPI_TABLE, SIGNATURE('A', 0x7f, 0xC3, 'D'), 0x101000, 36})},
    {"an ACPI table in boot services", "FM056",
     "the ACPI table DSDT at 0x101000 lies in 0x101000..0x102000 (4 KiB), which descriptor 0 "
     "(EfiBootServicesData) gives back",
     .view = TABLE_IN(EFI_TYPE_BOOT_SERVICES_DATA,
                      {PLACE_ACPI_TABLE, SIGNATURE('D', 'S', 'D', 'T'), 0x101000, 0x1000})},
    {"the boot logo belongs there", "FM056", nullptr,
     .view = TABLE_IN(EFI_TYPE_BOOT_SERVICES_DATA, {PLACE_BGRT_IMAGE, 0, 0x101000, 0x1000})},
    {"an ACPI table in a device", "FM057",
     "the ACPI table DSDT at 0x101000 lies in 0x101000..0x102000 (4 KiB), which descriptor 0 "
     "(EfiMemoryMappedIO) calls mmio",
     .view = TABLE_IN(EFI_TYPE_MMIO,
                      {PLACE_ACPI_TABLE, SIGNATURE('D', 'S', 'D', 'T'), 0x101000, 0x1000})},
    {"an ACPI table in NVS", "FM057", nullptr,
     .view = TABLE_IN(EFI_TYPE_ACPI_NVS,
                      {PLACE_ACPI_TABLE, SIGNATURE('D', 'S', 'D', 'T'), 0x101000, 0x1000})},
    {"a table that nobody describes", "FM058",
     "the ESRT at 0x300000 lies in 0x300000..0x300100 (256 B), which no descriptor covers",
     .view = TABLE_IN(EFI_TYPE_ACPI_NVS, {PLACE_ESRT, 0, 3 * MIB, 0x100})},
    {"the end of a table that nobody describes", "FM058",
     "the ESRT at 0x1fff00 lies in 0x200000..0x200100 (256 B), which no descriptor covers",
     .view = TABLE_IN(EFI_TYPE_ACPI_NVS, {PLACE_ESRT, 0, 0x1fff00, 0x200})},
    {"the RSDP in the BIOS's area", "FM058", nullptr,
     .view = TABLE_IN(EFI_TYPE_ACPI_NVS, {PLACE_RSDP, 0, 0xf0000, 36})},
    {"FACS in ACPI reclaim", "FM059",
     "the FACS at 0x101000 lies in 0x101000..0x101040 (64 B), which descriptor 0 "
     "(EfiACPIReclaimMemory) calls acpi-reclaim and not ACPI NVS",
     .view = TABLE_IN(EFI_TYPE_ACPI_RECLAIM, {PLACE_FACS, 0, 0x101000, 64})},
    {"FACS in reserved", "FM059", nullptr,
     .view = TABLE_IN(EFI_TYPE_RESERVED, {PLACE_FACS, 0, 0x101000, 64})},
    {"the system table in reserved", "FM060",
     "the EFI system table at 0x101000 lies in 0x101000..0x101078 (120 B), which descriptor 0 "
     "(EfiReservedMemoryType) calls reserved and not runtime data",
     .view = TABLE_IN(EFI_TYPE_RESERVED, {PLACE_SYSTEM_TABLE, 0, 0x101000, 120})},
    {"in runtime data", "FM060", nullptr,
     .view = TABLE_IN(EFI_TYPE_RUNTIME_SERVICES_DATA, {PLACE_SYSTEM_TABLE, 0, 0x101000, 120})},
    {"reserved is all that a BIOS can say", "FM060", nullptr, .unknown = VIEW_KNOWS(EFI_TYPES),
     .view = TABLE_IN(EFI_TYPE_RESERVED, {PLACE_RUNTIME_SERVICES, 0, 0x101000, 120})},
    {"ECAM in usable memory", "FM061",
     "the PCI Express configuration space (ECAM) of segment 2 from bus 64 at 0x100000 is in the "
     "way "
     "of 0x100000..0x200000 (1 MiB), which descriptor 0 (EfiConventionalMemory) gives as usable "
     "memory",
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL, {PLACE_ECAM, 2 << 16 | 64, MIB, 16 * MIB})},
    {"reserved, then nothing, then usable: the gravest is told", "FM061",
     "the PCI Express configuration space (ECAM) of segment 0 from bus 0 at 0x100000 is in the way "
     "of 0x400000..0x500000 (1 MiB), which descriptor 1 (EfiConventionalMemory) gives as usable "
     "memory",
     .view = {REGIONS(REGION(MIB, MIB, EFI_TYPE_RESERVED, 0), MEMORY(4 * MIB, MIB),
                      REGION(5 * MIB, MIB, EFI_TYPE_RUNTIME_SERVICES_DATA, RUNTIME)),
              PLACES({PLACE_ECAM, 0, MIB, 8 * MIB})}},
    {"usable memory behind 63 ranges that are right", "FM061",
     "the PCI Express configuration space (ECAM) of segment 0 from bus 0 at 0x100000 is in the way "
     "of 0x13f000..0x140000 (4 KiB), which descriptor 63 (EfiConventionalMemory) gives as usable "
     "memory",
     .view = {REGIONS(DEVICE_PAGES_63, MEMORY(0x13f000, 0x1000)),
              PLACES({PLACE_ECAM, 0, MIB, MIB})}},
    {"an I/O APIC in boot services", "FM061",
     "the I/O APIC 3 at 0x100000 is in the way of 0x100000..0x101000 (4 KiB), which descriptor 0 "
     "(EfiBootServicesCode) gives as boot-services memory",
     .view = TABLE_IN(EFI_TYPE_BOOT_SERVICES_CODE, {PLACE_IO_APIC, 3, MIB, 0x1000})},
    {"ECAM in a device", "FM061", nullptr,
     .view = TABLE_IN(EFI_TYPE_MMIO, {PLACE_ECAM, 0, MIB, MIB})},
    {"the local APIC is not described", "FM061", nullptr,
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL, {PLACE_LOCAL_APIC, 0, 0xfee00000, 0x1000})},
    {"the HPET in runtime data", "FM062",
     "the HPET at 0x100000 covers 0x100000..0x100400 (1 KiB), which descriptor 0 "
     "(EfiRuntimeServicesData) calls runtime-data",
     .view = TABLE_IN(EFI_TYPE_RUNTIME_SERVICES_DATA, {PLACE_HPET, 0, MIB, 0x400})},
    {"the HPET in reserved", "FM062", nullptr,
     .view = TABLE_IN(EFI_TYPE_RESERVED, {PLACE_HPET, 0, MIB, 0x400})},
    {"ECAM that nobody describes", "FM063",
     "the PCI Express configuration space (ECAM) of segment 0 from bus 0 at 0xe0000000 covers "
     "0xe0000000..0xf0000000 (256 MiB), which no descriptor reserves",
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL, {PLACE_ECAM, 0, 0xe0000000, 256 * MIB})},
    {"ECAM in reserved", "FM063", nullptr,
     .view = TABLE_IN(EFI_TYPE_RESERVED, {PLACE_ECAM, 0, MIB, MIB})},
    {"the framebuffer in usable memory", "FM064",
     "the framebuffer at 0x100000 covers 0x100000..0x180000 (512 KiB), which descriptor 0 "
     "(EfiConventionalMemory) gives as usable memory",
     .view = TABLE_IN(EFI_TYPE_CONVENTIONAL, {PLACE_FRAMEBUFFER, 0, MIB, MIB / 2})},
    {"the framebuffer in reserved", "FM064", nullptr,
     .view = TABLE_IN(EFI_TYPE_RESERVED, {PLACE_FRAMEBUFFER, 0, MIB, MIB / 2})},
    {"the framebuffer over the HPET", "FM065",
     "the framebuffer at 0xfed00000 and the HPET at 0xfed00100 share 0xfed00100..0xfed00500 (1 "
     "KiB)",
     .view = {PLACES({PLACE_HPET, 0, 0xfed00100, 0x400}, {PLACE_FRAMEBUFFER, 0, 0xfed00000, MIB})}},
    {"a table that is named twice", "FM065", nullptr,
     .view = {PLACES({PLACE_RSDP, 0, 0xf0000, 20}, {PLACE_RSDP, 0, 0xf0000, 36})}},
    {"places that touch", "FM065", nullptr,
     .view = {PLACES({PLACE_IO_APIC, 0, 0xfec00000, 0x1000},
                     {PLACE_IO_APIC, 1, 0xfec01000, 0x1000})}},
    {"a damaged SRAT", "FM066", "the ACPI table SRAT at 0x101000 is refused: its length is absurd",
     .view = {PROBLEMS({BOOT_TABLE_ACPI, SIGNATURE('S', 'R', 'A', 'T'), 0x101000, STATUS_BAD_FORMAT,
                        "its length is absurd"})}},
    {"a damaged table without a sentence", "FM066",
     "the memory attributes table at 0x101000 is refused: data ends too early",
     .view = {PROBLEMS({BOOT_TABLE_MEMORY_ATTRIBUTES, 0, 0x101000, STATUS_TRUNCATED, nullptr})}},
    {"a table that was taken", "FM066", nullptr,
     .view = {PROBLEMS({BOOT_TABLE_ESRT, 0, 0x101000, STATUS_OK, "a reserved field is set"})}},
    {"a table that was taken", "FM067", "the ESRT at 0x101000 is odd: a reserved field is set",
     .view = {PROBLEMS({BOOT_TABLE_ESRT, 0, 0x101000, STATUS_OK, "a reserved field is set"})}},
    {"a table that was refused", "FM067", nullptr,
     .view = {PROBLEMS({BOOT_TABLE_SMBIOS, 1, 0x101000, STATUS_BAD_CHECKSUM, nullptr})}},
};
