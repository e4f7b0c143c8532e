/* SPDX-License-Identifier: MIT
 * The rules: what each means, how grave it is, what its source must know, what to do. docs/lint.md is printed from
 * this table. Sources of the quirks: UEFI 2.10, ACPI 6.5, SMBIOS 3.7, and what real machines have shown. */
#include "lint_private.h"

#include <base/string.h>

#define UPDATE "Look for a newer firmware, and tell the manufacturer."

static const struct lint_rule rules[LINT_RULE_COUNT] = {
    [LINT_FM001_CONFLICT] = {"FM001", LINT_ERROR, VIEW_KNOWS(OVERLAPS),
                             "usable memory that is also something else",
                             "Two descriptors claim the same bytes; one calls them free, the other "
                             "keeps them. Whoever believes the first overwrites the second.",
                             "The stricter one wins here. " UPDATE, "UEFI 2.10, 7.2.3"},
    [LINT_FM002_CONTRADICTION] = {"FM002", LINT_WARNING, VIEW_KNOWS(OVERLAPS),
                                  "two descriptors disagree",
                                  "The same bytes are of two kinds. Either both are free in the "
                                  "end or neither is, so nothing is lost by it.",
                                  "The stricter one wins here. " UPDATE, "UEFI 2.10, 7.2.3"},
    [LINT_FM003_OVERLAP] = {"FM003", LINT_WARNING, VIEW_KNOWS(OVERLAPS),
                            "the same bytes described twice",
                            "Two descriptors of one kind overlap. Whoever adds up descriptors "
                            "counts these bytes twice.",
                            "They are counted once here. " UPDATE, "UEFI 2.10, 7.2.3"},
    [LINT_FM004_DUPLICATE] = {"FM004", LINT_WARNING, VIEW_KNOWS(OVERLAPS),
                              "a descriptor is there twice",
                              "Two descriptors are equal in every field. Whoever adds up "
                              "descriptors counts these bytes twice.",
                              "They are counted once here. " UPDATE, "UEFI 2.10, 7.2.3"},
    [LINT_FM005_SHARED_PAGE] =
        {"FM005", LINT_NOTE, 0, "two descriptors meet inside a page",
         "A page can only be one thing, so all of it becomes the stricter of the two.",
         "Nothing: ordinary for a BIOS, which counts bytes.", "ACPI 6.5, 15.2"},
    [LINT_FM006_EMPTY] =
        {"FM006", LINT_WARNING, 0, "a descriptor of no pages",
         "It says nothing. Loaders have stopped at such a descriptor and lost all that follow.",
         "It is ignored here. " UPDATE, "UEFI 2.10, 7.2.3"},
    [LINT_FM007_WRAPS] =
        {"FM007", LINT_ERROR, 0, "a descriptor passes 2^64",
         "Its end is a small number in 64 bits. Whoever computes it so believes in nonsense.",
         "It is ignored here. " UPDATE, "UEFI 2.10, 7.2.3"},
    [LINT_FM008_BEYOND_MEMORY] =
        {"FM008", LINT_ERROR, 0, "free memory above what the processor can address",
         "The processor cannot reach this memory; page tables that name it fault.",
         "It is ignored here. " UPDATE, "Intel SDM 3A, 4.1.4 (MAXPHYADDR)"},
    [LINT_FM009_BEYOND_OTHER] = {"FM009", LINT_WARNING, 0,
                                 "a descriptor above what the processor can address",
                                 "Nothing can be there for this processor.",
                                 "It is ignored here. " UPDATE, "Intel SDM 3A, 4.1.4 (MAXPHYADDR)"},
    [LINT_FM010_MISALIGNED] =
        {"FM010", LINT_WARNING, VIEW_KNOWS(EFI_TYPES), "a descriptor is not page aligned",
         "UEFI counts in pages of 4 KiB. Free memory is rounded inward, all else outward.", UPDATE,
         "UEFI 2.10, 7.2.3 (PhysicalStart)"},
    [LINT_FM011_INSIDE_PAGE] =
        {"FM011", LINT_NOTE, 0, "bounds inside a page",
         "A BIOS counts bytes. Free memory is rounded inward to pages, all else outward.",
         "Nothing: ordinary.", "ACPI 6.5, 15.2"},
    [LINT_FM012_PAGE_ZERO] = {"FM012", LINT_NOTE, 0, "page 0 is free memory",
                              "Ordinary, but a null pointer points there, and some firmware writes "
                              "to it without saying so.",
                              "Do not allocate it.", "UEFI 2.10, 7.2.1"},
    [LINT_FM013_UNSORTED] = {"FM013", LINT_NOTE, VIEW_KNOWS(ORDER), "descriptors are not sorted",
                             "Ordinary; only loaders that expect otherwise go wrong.",
                             "Sort a copy.", "UEFI 2.10, 7.2.3"},
    [LINT_FM014_MERGEABLE] = {"FM014", LINT_NOTE, VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES),
                              "neighbours that could be one",
                              "Descriptors follow each other without a difference. They fill the "
                              "tables of kernels that have room for few.",
                              "Nothing: ordinary.", "UEFI 2.10, 7.2.3"},
    [LINT_FM015_DESCRIPTOR_SIZE] = {"FM015", LINT_ERROR, VIEW_KNOWS(DESCRIPTOR_SIZE),
                                    "impossible descriptor size",
                                    "Descriptors are found by adding this size. It must hold the "
                                    "40 bytes of a descriptor and keep fields aligned.",
                                    "Do not trust any descriptor of this map. " UPDATE,
                                    "UEFI 2.10, 7.2.3 (DescriptorSize)"},
    [LINT_FM016_DESCRIPTOR_VERSION] = {"FM016", LINT_WARNING, VIEW_KNOWS(DESCRIPTOR_SIZE),
                                       "unknown descriptor version",
                                       "Version 1 is the only one; what others mean nobody knows.",
                                       "Compare the map with another source. " UPDATE,
                                       "UEFI 2.10, 7.2.3 (DescriptorVersion)"},
    [LINT_FM017_UNKNOWN_TYPE] =
        {"FM017", LINT_WARNING, 0, "a type that nobody defines",
         "Numbers from 16 to 0x6fffffff are reserved, and most of those of e820. It is not used as "
         "memory here.",
         "A newer specification may name it. " UPDATE, "UEFI 2.10, 7.2.1; ACPI 6.5, table 15.4"},
    [LINT_FM018_OEM_TYPE] =
        {"FM018", LINT_NOTE, VIEW_KNOWS(EFI_TYPES), "a type of the manufacturer",
         "Only the manufacturer knows what is in it. It is not used as memory here.",
         "Nothing, unless it is large.", "UEFI 2.10, 7.2.1 (0x70000000)"},
    [LINT_FM019_OS_TYPE] = {"FM019", LINT_NOTE, VIEW_KNOWS(EFI_TYPES),
                            "a type of an operating system's loader",
                            "A loader that ran before left it. Some firmware cannot exit boot "
                            "services with such types.",
                            "If exiting fails, start without that loader.",
                            "UEFI 2.10, 7.2.1 (0x80000000)"},
    [LINT_FM020_ITANIUM_TYPE] = {"FM020", LINT_NOTE, VIEW_KNOWS(EFI_TYPES),
                                 "a type that PCs do not have",
                                 "Port space and PAL code belong to Itanium.", "Nothing.",
                                 "UEFI 2.10, table 7.10"},
    [LINT_FM021_MEMORY_ERRORS] = {"FM021", LINT_NOTE, 0, "memory with errors",
                                  "Firmware found errors in it and took it out of use.",
                                  "Test the memory; it may have to be replaced.",
                                  "UEFI 2.10, table 7.10 (EfiUnusableMemory)"},
    [LINT_FM022_RUNTIME_NOT_ALLOWED] =
        {"FM022", LINT_ERROR,
         VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES),
         "free memory that firmware still uses",
         "RUNTIME says that firmware needs the range after boot services, the type says that it is "
         "free. Data in it may be overwritten.",
         "Keep the range out of use. " UPDATE, "UEFI 2.10, 7.2.3 (EFI_MEMORY_RUNTIME)"},
    [LINT_FM023_RUNTIME_MISSING] = {"FM023", LINT_ERROR,
                                    VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) |
                                        VIEW_KNOWS(HIGH_ATTRIBUTES),
                                    "runtime services without the RUNTIME attribute",
                                    "An operating system that maps what has the attribute does not "
                                    "map this, and the first call of a runtime service faults.",
                                    "Go by the type. " UPDATE,
                                    "UEFI 2.10, 7.2.3 (EFI_MEMORY_RUNTIME)"},
    [LINT_FM024_UNKNOWN_ATTRIBUTES] = {"FM024", LINT_WARNING, VIEW_KNOWS(ATTRIBUTES),
                                       "attribute bits that nobody defines",
                                       "Bits are set that have no meaning in the specification.",
                                       "Nothing; they are shown by their numbers.",
                                       "UEFI 2.10, 7.2.3"},
    [LINT_FM025_ISA_NOT_VALID] = {"FM025", LINT_NOTE,
                                  VIEW_KNOWS(ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES),
                                  "processor-specific bits that are not declared valid",
                                  "Bits 44 to 59 mean something only if ISA_VALID (bit 62) is set.",
                                  "Ignore the bits.", "UEFI 2.10, 7.2.3 (EFI_MEMORY_ISA_VALID)"},
    [LINT_FM026_ISA_EMPTY] = {"FM026", LINT_NOTE,
                              VIEW_KNOWS(ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES),
                              "ISA_VALID without any such bit",
                              "Bit 62 declares bits 44 to 59 valid, and none is set.", "Nothing.",
                              "UEFI 2.10, 7.2.3 (EFI_MEMORY_ISA_VALID)"},
    [LINT_FM027_NO_CACHE_MODE] = {"FM027", LINT_WARNING, VIEW_KNOWS(ATTRIBUTES),
                                  "memory without any cache mode",
                                  "Memory must be able to do at least one of UC, WC, WT, WB, UCE. "
                                  "An operating system may refuse to map it.",
                                  UPDATE, "UEFI 2.10, 7.2.3"},
    [LINT_FM028_NO_WRITE_BACK] =
        {"FM028", LINT_WARNING, VIEW_KNOWS(ATTRIBUTES), "free memory that cannot be write-back",
         "Whoever obeys it uses this memory without a cache, many times slower.",
         "Compare with the MTRRs. " UPDATE, "UEFI 2.10, 7.2.3 (EFI_MEMORY_WB)"},
    [LINT_FM029_PROTECTION_LISTED] = {"FM029", LINT_NOTE, VIEW_KNOWS(ATTRIBUTES),
                                      "protections in the memory map",
                                      "Here RP, XP and RO tell what the memory can do, not how "
                                      "it is mapped. Some systems took them for the state.",
                                      "Look at the memory attributes table for what holds.",
                                      "UEFI 2.10, 7.2.3"},
    [LINT_FM030_UNCACHED_EXPORTED] =
        {"FM030", LINT_NOTE, VIEW_KNOWS(ATTRIBUTES), "UCE memory",
         "Uncached, exported, with semaphores in the fabric: known from Itanium only.", "Nothing.",
         "UEFI 2.10, 7.2.3 (EFI_MEMORY_UCE)"},
    [LINT_FM031_DEVICE_CACHEABLE] = {"FM031", LINT_NOTE,
                                     VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES),
                                     "a device that can be cached",
                                     "Registers behind a cache do not work; whoever maps by "
                                     "attributes must not choose WT, WB or WP here.",
                                     "Map it uncached.",
                                     "UEFI 2.10, table 7.10 (EfiMemoryMappedIO)"},
    [LINT_FM032_SPECIFIC_PURPOSE] =
        {"FM032", LINT_NOTE, VIEW_KNOWS(ATTRIBUTES), "specific-purpose memory",
         "Fast or far memory, kept for those who ask for it. It is not given out by default.",
         "Nothing, or ask for it.", "UEFI 2.10, 7.2.3 (EFI_MEMORY_SP)"},
    [LINT_FM033_MORE_RELIABLE] =
        {"FM033", LINT_NOTE, VIEW_KNOWS(ATTRIBUTES), "more reliable memory",
         "It is mirrored or better protected than the rest: good for a kernel's own data.",
         "Nothing.", "UEFI 2.10, 7.2.3 (EFI_MEMORY_MORE_RELIABLE)"},
    [LINT_FM034_UNACCEPTED] =
        {"FM034", LINT_NOTE, VIEW_KNOWS(EFI_TYPES), "unaccepted memory",
         "A confidential guest must accept it before use; reading it before that stops the guest.",
         "Accept it before use.", "UEFI 2.10, 7.2.1 (EfiUnacceptedMemoryType)"},
    [LINT_FM035_PERSISTENT] =
        {"FM035", LINT_NOTE, 0, "persistent memory",
         "It keeps its contents without power. Not counted as free: something is stored in it.",
         "Nothing.", "UEFI 2.10, 7.2.1 (EfiPersistentMemory)"},
    [LINT_FM036_HOT_PLUGGABLE] = {"FM036", LINT_NOTE, VIEW_KNOWS(ATTRIBUTES),
                                  "memory that may be pulled out",
                                  "What cannot be moved must not lie in it.",
                                  "Keep kernel data out of it.",
                                  "UEFI 2.10, 7.2.3 (EFI_MEMORY_HOT_PLUGGABLE)"},
    [LINT_FM037_ENCRYPTED_PART] = {"FM037", LINT_NOTE, VIEW_KNOWS(ATTRIBUTES),
                                   "only part of the memory can be encrypted",
                                   "Data that must be encrypted has to be kept out of the rest.",
                                   "See what is left out: often memory of devices.",
                                   "UEFI 2.10, 7.2.3 (EFI_MEMORY_CPU_CRYPTO)"},
    [LINT_FM038_ATTRIBUTES_ABSENT] =
        {"FM038", LINT_NOTE, VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(MEMORY_ATTRIBUTES),
         "no memory attributes table",
         "Nobody knows which runtime pages are code, so all of them "
         "must be writable and executable.",
         UPDATE, "UEFI 2.10, 4.6.4"},
    [LINT_FM039_ATTRIBUTES_VERSION] =
        {"FM039", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
         "memory attributes table of an unknown version",
         "Linux ignores such a table, and runtime memory stays writable and executable.", UPDATE,
         "UEFI 2.10, 4.6.4 (Version)"},
    [LINT_FM040_ATTRIBUTES_SIZE] =
        {"FM040", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
         "memory attributes table with an impossible entry size",
         "Entries are found by adding this size; it must be 40 or more and a multiple of 8.",
         "Ignore the table. " UPDATE, "UEFI 2.10, 4.6.4 (DescriptorSize)"},
    [LINT_FM041_ATTRIBUTES_CUT] = {"FM041", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                   "memory attributes table declares more entries than there are",
                                   "The header is damaged, or the table was cut. Believing it "
                                   "means reading what is no table.",
                                   "Bound it by its size. " UPDATE,
                                   "UEFI 2.10, 4.6.4 (NumberOfEntries)"},
    [LINT_FM042_ATTRIBUTES_EMPTY] = {"FM042", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                     "memory attributes table without entries",
                                     "It protects nothing, and has made firmware divide by zero.",
                                     UPDATE, "UEFI 2.10, 4.6.4 (NumberOfEntries)"},
    [LINT_FM043_ENTRY_BROKEN] = {"FM043", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                 "memory attributes entry without bounds",
                                 "It has no pages, or passes 2^64.", "It is ignored here. " UPDATE,
                                 "UEFI 2.10, 4.6.4"},
    [LINT_FM044_ENTRY_MISALIGNED] = {"FM044", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                     "memory attributes entry is not page aligned",
                                     "Rights hold for whole pages; Linux ignores such an entry.",
                                     UPDATE, "UEFI 2.10, 4.6.4"},
    [LINT_FM045_ENTRY_UNSORTED] = {"FM045", LINT_NOTE, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                   "memory attributes entries are not sorted",
                                   "Whoever searches them by halves misses some.", "Sort a copy.",
                                   "UEFI 2.10, 4.6.4"},
    [LINT_FM046_ENTRY_OVERLAP] = {"FM046", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                  "memory attributes entries overlap",
                                  "Which rights hold depends on who reads the table.",
                                  "Take the stricter rights. " UPDATE, "UEFI 2.10, 4.6.4"},
    [LINT_FM047_ENTRY_TYPE] =
        {"FM047", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
         "memory attributes entry of a wrong type",
         "Only runtime services code and data belong into the table; Linux ignores others.", UPDATE,
         "UEFI 2.10, 4.6.4"},
    [LINT_FM048_ENTRY_OPEN] = {"FM048", LINT_WARNING, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                               "runtime memory that is writable and executable",
                               "The entry is neither read-only nor no-execute. It is allowed, and "
                               "it is what attackers look for.",
                               UPDATE, "UEFI 2.10, table 4.1"},
    [LINT_FM049_ENTRY_CONSTANT] = {"FM049", LINT_NOTE, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                   "runtime memory that is read-only and not executable",
                                   "Constant data. Rare: most firmware makes it code.", "Nothing.",
                                   "UEFI 2.10, table 4.1"},
    [LINT_FM050_ENTRY_BITS] = {"FM050", LINT_NOTE, VIEW_KNOWS(MEMORY_ATTRIBUTES),
                               "memory attributes entry with other bits",
                               "Only RO, XP and RUNTIME have a meaning there.", "Ignore the bits.",
                               "UEFI 2.10, 4.6.4"},
    [LINT_FM051_ENTRY_NOT_RUNTIME] = {"FM051", LINT_WARNING,
                                      VIEW_KNOWS(MEMORY_ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES),
                                      "memory attributes entry without RUNTIME",
                                      "Entries copy the attribute of the descriptor that they are "
                                      "part of; Linux ignores those that do not.",
                                      UPDATE, "UEFI 2.10, 4.6.4"},
    [LINT_FM052_ENTRY_STRAY] =
        {"FM052", LINT_WARNING, VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(MEMORY_ATTRIBUTES),
         "memory attributes entry outside of runtime memory",
         "It would take rights away from memory that belongs to somebody else.",
         "Ignore the part outside. " UPDATE, "UEFI 2.10, 4.6.4"},
    [LINT_FM053_RUNTIME_NOT_COVERED] = {"FM053", LINT_WARNING,
                                        VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(MEMORY_ATTRIBUTES),
                                        "runtime memory without a memory attributes entry",
                                        "An entry was lost; these pages stay writable and "
                                        "executable, or fault where the system trusts the table.",
                                        UPDATE, "UEFI 2.10, 4.6.4"},
    [LINT_FM054_PLACE_BEYOND] =
        {"FM054", LINT_ERROR, VIEW_KNOWS(PLACES), "a table or device that cannot be reached",
         "It passes 2^64 or what the processor can address. Its address is damaged.",
         "Do not follow it. " UPDATE, "Intel SDM 3A, 4.1.4 (MAXPHYADDR)"},
    [LINT_FM055_TABLE_IN_FREE_MEMORY] =
        {"FM055", LINT_ERROR, VIEW_KNOWS(PLACES), "a table in free memory",
         "The map calls the memory free, so it may be overwritten before anybody reads the table.",
         "Copy it before anything is allocated. " UPDATE, "UEFI 2.10, 2.3.4 and 4.6"},
    [LINT_FM056_TABLE_GIVEN_BACK] =
        {"FM056", LINT_WARNING, VIEW_KNOWS(PLACES), "a table in memory that is given back",
         "The table is needed longer than boot services or the loader keep this memory.",
         "Copy it before that memory is reused. " UPDATE, "UEFI 2.10, 2.3.4 and 4.6"},
    [LINT_FM057_TABLE_MISPLACED] =
        {"FM057", LINT_WARNING, VIEW_KNOWS(PLACES), "a table in memory of an unexpected type",
         "Tables belong into ACPI, runtime or reserved memory. Elsewhere systems may not map them.",
         UPDATE, "UEFI 2.10, 2.3.4 and 4.6"},
    [LINT_FM058_TABLE_NOT_DESCRIBED] =
        {"FM058", LINT_NOTE, VIEW_KNOWS(PLACES) | VIEW_KNOWS(WHOLE_MAP),
         "a table that no descriptor covers",
         "The map does not say that anything is there. Systems that map what is described miss it.",
         "Keep the range out of use.", "ACPI 6.5, 15.4"},
    [LINT_FM059_FACS_MISPLACED] = {"FM059", LINT_WARNING, VIEW_KNOWS(PLACES),
                                   "FACS is not in ACPI NVS memory",
                                   "Firmware and system share the FACS across sleep. Elsewhere it "
                                   "may be gone, and waking up fails.",
                                   "If suspend fails, start here. " UPDATE, "ACPI 6.5, 5.2.10"},
    [LINT_FM060_SYSTEM_TABLE_MISPLACED] =
        {"FM060", LINT_WARNING, VIEW_KNOWS(PLACES), "an EFI table is not in runtime data",
         "The system table and the runtime services table are used after boot services; a system "
         "maps runtime memory for that.",
         UPDATE, "UEFI 2.10, 2.3.4"},
    [LINT_FM061_DEVICE_IN_MEMORY] = {"FM061", LINT_ERROR, VIEW_KNOWS(PLACES),
                                     "a device where the map has memory",
                                     "Whoever allocates there writes into the device's registers.",
                                     "Keep the range out of use. " UPDATE,
                                     "ACPI 6.5, 15.4; PCI Firmware 3.3, 4.1.2"},
    [LINT_FM062_DEVICE_MISPLACED] = {"FM062", LINT_WARNING, VIEW_KNOWS(PLACES),
                                     "a device in memory of an unexpected type",
                                     "The map gives the range to firmware as memory; devices "
                                     "belong into reserved or memory-mapped I/O.",
                                     UPDATE, "ACPI 6.5, 15.4; PCI Firmware 3.3, 4.1.2"},
    [LINT_FM063_ECAM_NOT_DESCRIBED] = {"FM063", LINT_NOTE,
                                       VIEW_KNOWS(PLACES) | VIEW_KNOWS(WHOLE_MAP),
                                       "PCI configuration space is not reserved in the map",
                                       "It may be reserved in the ACPI namespace instead. Linux "
                                       "does not use ECAM that is reserved in neither.",
                                       "If PCI devices lack features, start here.",
                                       "PCI Firmware 3.3, 4.1.2"},
    [LINT_FM064_FRAMEBUFFER_IN_MEMORY] = {"FM064", LINT_ERROR, VIEW_KNOWS(PLACES),
                                          "the framebuffer where the map has free memory",
                                          "Drawing overwrites data, and data becomes visible.",
                                          "Keep the range out of use. " UPDATE,
                                          "UEFI 2.10, 12.9 (FrameBufferBase)"},
    [LINT_FM065_PLACES_OVERLAP] = {"FM065", LINT_WARNING, VIEW_KNOWS(PLACES),
                                   "two tables or devices at one address",
                                   "At least one of the addresses or sizes is wrong.", UPDATE,
                                   "ACPI 6.5, 5.2"},
    [LINT_FM066_TABLE_REFUSED] = {"FM066", LINT_WARNING, 0, "a table is damaged",
                                  "It was refused: nothing of it is known here, and other systems "
                                  "may believe what they read.",
                                  UPDATE, "ACPI 6.5, 5.2.6; SMBIOS 3.7, 5.2"},
    [LINT_FM067_TABLE_DOUBTFUL] = {"FM067", LINT_NOTE, 0, "a table breaks its own rules",
                                   "It was read all the same.", UPDATE,
                                   "ACPI 6.5, 5.2.6; SMBIOS 3.7, 5.2"},
    [LINT_FM068_MORE_THAN_INSTALLED] = {"FM068", LINT_WARNING,
                                        VIEW_KNOWS(INSTALLED) | VIEW_KNOWS(WHOLE_MAP),
                                        "more memory than is installed",
                                        "The map describes more than SMBIOS counts. If the map is "
                                        "wrong, data written there is lost.",
                                        "Compare with the modules in the machine; test the memory.",
                                        "SMBIOS 3.7, 7.18"},
    [LINT_FM069_LESS_THAN_INSTALLED] =
        {"FM069", LINT_NOTE, VIEW_KNOWS(INSTALLED) | VIEW_KNOWS(WHOLE_MAP),
         "much memory is not described",
         "Graphics and firmware keep some; so much may be a setting, or a module that was not "
         "recognised.",
         "Look at the settings for graphics memory and remapping above 4 GiB.", "SMBIOS 3.7, 7.18"},
    [LINT_FM070_NODE_WRAPS] = {"FM070", LINT_WARNING, VIEW_KNOWS(NODES),
                               "memory of a node passes 2^64", "The SRAT entry is damaged.", UPDATE,
                               "ACPI 6.5, 5.2.16.2"},
    [LINT_FM071_NODES_OVERLAP] =
        {"FM071", LINT_WARNING, VIEW_KNOWS(NODES), "two nodes claim the same memory",
         "Linux gives up the whole SRAT and takes the machine as one node.", UPDATE,
         "ACPI 6.5, 5.2.16.2"},
    [LINT_FM072_MEMORY_WITHOUT_NODE] =
        {"FM072", LINT_WARNING, VIEW_KNOWS(NODES), "memory that belongs to no node",
         "The SRAT leaves it out. From 1 MiB on Linux gives up the whole SRAT.", UPDATE,
         "ACPI 6.5, 5.2.16.2"},
    [LINT_FM073_NODE_NOT_DESCRIBED] =
        {"FM073", LINT_NOTE, VIEW_KNOWS(NODES) | VIEW_KNOWS(WHOLE_MAP),
         "a node with memory that the map does not describe",
         "The SRAT says that it is there at boot, and not that it can be plugged in later.",
         "Nothing, if the node spans a hole for devices.", "ACPI 6.5, 5.2.16.2"},
    [LINT_FM074_MEMORY_WITHOUT_ARRAY] = {"FM074", LINT_NOTE, VIEW_KNOWS(INSTALLED),
                                         "memory outside of what SMBIOS maps",
                                         "No mapped address range of SMBIOS (type 19) covers it.",
                                         "Nothing: SMBIOS is for people.", "SMBIOS 3.7, 7.20"},
    [LINT_FM075_NOTHING_USABLE] =
        {"FM075", LINT_ERROR, VIEW_KNOWS(WHOLE_MAP), "no usable memory",
         "No descriptor is free memory, now or after boot services. No system can start.", UPDATE,
         "UEFI 2.10, 7.2.3"},
    [LINT_FM076_NOTHING_BELOW_4_GIB] =
        {"FM076", LINT_NOTE, VIEW_KNOWS(WHOLE_MAP), "no usable memory below 4 GiB",
         "Devices that address 32 bits need an IOMMU, and PCs cannot start further processors.",
         "Nothing, if this is no PC.", "UEFI 2.10, 2.3.4"},
    [LINT_FM077_HOLE_AT_4_GIB] = {"FM077", LINT_NOTE, VIEW_KNOWS(WHOLE_MAP),
                                  "one page is missing at 4 GiB",
                                  "Memory starts again one page late: a bound that includes its "
                                  "end was taken for one that does not.",
                                  "Nothing: 4 KiB are lost.", "UEFI 2.10, 7.2.3"},
    [LINT_FM078_FRAGMENTED] = {"FM078", LINT_NOTE, VIEW_KNOWS(WHOLE_MAP),
                               "usable memory is in many pieces",
                               "Firmware leaves 5 to 25 pieces. Large buffers and large pages find "
                               "no room in small ones.",
                               "Start with fewer devices and drivers in the firmware.",
                               "UEFI 2.10, 7.2.1"},
    [LINT_FM079_E820_TOO_MANY] = {"FM079", LINT_NOTE, VIEW_KNOWS(WHOLE_MAP),
                                  "more ranges than Linux's zero page holds",
                                  "As e820 the map has more than 128 entries. Loaders that do not "
                                  "pass on the rest lose memory.",
                                  "Use a loader that passes on all of them, or the EFI stub.",
                                  "Linux, Documentation/arch/x86/zero-page.rst"},
    [LINT_FM080_BOOT_SERVICES_SHARE] =
        {"FM080", LINT_NOTE, VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(WHOLE_MAP),
         "boot services hold much memory",
         "It comes back after ExitBootServices, if the system gives it back.",
         "Nothing, if the system gives it back.", "UEFI 2.10, table 7.10"},
    [LINT_FM081_NO_LOW_MEMORY] =
        {"FM081", LINT_NOTE, VIEW_KNOWS(WHOLE_MAP), "nothing usable below 1 MiB",
         "Further processors of a PC start in real mode, and need a page there.",
         "Take a page from what boot services give back.",
         "Intel SDM 3A, 10.4.4 (MP initialization)"},
    [LINT_FM082_VIDEO_HOLE_USABLE] =
        {"FM082", LINT_WARNING, 0, "free memory between 640 KiB and 1 MiB",
         "On a PC video memory, option ROMs and the BIOS are there.",
         "On a PC keep it out of use; other machines have plain memory there.", "ACPI 6.5, 15.4"},
    [LINT_FM083_EXTENDED_DATA_AREA] = {"FM083", LINT_NOTE, 0, "usable memory ends below 640 KiB",
                                       "On a PC the rest is the BIOS's extended data area, which "
                                       "firmware and management mode write to.",
                                       "Nothing: do not use it.", "ACPI 6.5, 15.2"},
    [LINT_FM084_DEVICE_AS_MEMORY] =
        {"FM084", LINT_NOTE, VIEW_KNOWS(ATTRIBUTES), "memory in use that cannot be write-back",
         "All RAM can be; this may be a flash chip or a device. It is counted as memory here.",
         "Do not count it as RAM.", "UEFI 2.10, 7.2.3 (EFI_MEMORY_WB)"},
};

const char *lint_severity_word(enum lint_severity severity)
{
    static const char *const words[] = {
#define SEVERITY_WORD(name, word) [LINT_##name] = (word),
        LINT_SEVERITY_LIST(SEVERITY_WORD)
#undef SEVERITY_WORD
    };
    return severity < LINT_SEVERITY_COUNT ? words[severity] : "unknown";
}

unsigned lint_rule_count(void)
{
    return LINT_RULE_COUNT;
}

const struct lint_rule *lint_rule_get(unsigned rule)
{
    return &rules[rule];
}

unsigned lint_rule_find(const char *id)
{
    unsigned rule = 0;
    while (rule < LINT_RULE_COUNT && strcmp(rules[rule].id, id) != 0)
        rule++;
    return rule;
}

bool lint_rule_can_run(unsigned rule, const struct view *view)
{
    return (rules[rule].needs & ~view->knows) == 0;
}
