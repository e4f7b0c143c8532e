/* SPDX-License-Identifier: MIT
 * A sentence a rule. Words in braces become what the finding is about (lint_sentence.c):
 *
 *   {d} {e}   first and second descriptor: "descriptor 12 (EfiConventionalMemory)"; if the source does not know types
 *             of EFI, the class: "descriptor 12 (usable)"
 *   {p} {q}   first and second place: "ACPI table DSDT at 0x1000"
 *   {a} {b}   first and second entry of the memory attributes table: "entry 3"
 *   {n} {m}   first and second node: "node 1 (SRAT entry 4)"
 *   {o}       a problem: "ACPI table SRAT at 0x1000"     {w}  its sentence or status
 *   {r}       the bytes: "0x1000..0x5000 (16 KiB)"       {t}  the type of the first: "0x70000001", "9 of e820"
 *   {c}       the class of the second descriptor: "reserved"
 *   {v} {x} {z} {f}   the value: decimal, hexadecimal, as a size, as attribute bits
 *   {h}       the value in percent of the described memory
 *   {g}       how free the first descriptor is: "free", "free after boot services"
 *   {k}       where the value is above 1: ", the first of 3 such places"
 *   {u}       "the" processor, if it is known; else the most bits that "any" has
 *   {+}       how many more findings it stands for; without it that is said at the end
 *   {R} {I} {C}       described memory, installed memory, the entries that the attributes table has */
#include "lint_private.h"

static const char *const patterns[LINT_RULE_COUNT] = {
    [LINT_FM001_CONFLICT] = "{d} and {e} both claim {r}; the {c} one wins",
    [LINT_FM002_CONTRADICTION] = "{d} and {e} disagree about {r}; the {c} one wins",
    [LINT_FM003_OVERLAP] = "{d} and {e} both describe {r}; it is counted once",
    [LINT_FM004_DUPLICATE] = "{d} and {e} say the same of {r}; it is counted once",
    [LINT_FM005_SHARED_PAGE] = "{d} and {e} share the page at {r}; it becomes {c}",
    [LINT_FM006_EMPTY] = "{d} at {s} has no pages",
    [LINT_FM007_WRAPS] = "{d} at {s} with {v} pages passes 2^64",
    [LINT_FM008_BEYOND_MEMORY] = "{d} makes {r} {g}, above the {v} address bits of {u} processor",
    [LINT_FM009_BEYOND_OTHER] = "{d} describes {r}, above the {v} address bits of {u} processor",
    [LINT_FM010_MISALIGNED] = "{d} describes {r}, which is not page aligned",
    [LINT_FM011_INSIDE_PAGE] =
        "{d} describes {r}, which starts or ends inside a page{+}; rounding loses {z}",
    [LINT_FM012_PAGE_ZERO] = "{d} makes page 0 {g}",
    [LINT_FM013_UNSORTED] = "descriptors are not in order of address: {d} starts below {e}{k}",
    [LINT_FM014_MERGEABLE] = "{d} and {e} follow each other at {r} and do not differ",
    [LINT_FM015_DESCRIPTOR_SIZE] = "the firmware says that a descriptor has {v} bytes",
    [LINT_FM016_DESCRIPTOR_VERSION] = "the firmware says that descriptors have version {v}",
    [LINT_FM017_UNKNOWN_TYPE] = "{d} at {r} has the type {t}, which nobody defines",
    [LINT_FM018_OEM_TYPE] = "{d} at {r} has the type {t} of the manufacturer",
    [LINT_FM019_OS_TYPE] = "{d} at {r} has the type {t} of an operating system's loader",
    [LINT_FM020_ITANIUM_TYPE] = "{d} at {r} has a type that only Itanium uses",
    [LINT_FM021_MEMORY_ERRORS] = "{d} takes {r} out of use",
    [LINT_FM022_RUNTIME_NOT_ALLOWED] =
        "{d} at {r} has the attribute RUNTIME, but its type is given back",
    [LINT_FM023_RUNTIME_MISSING] = "{d} at {r} lacks the attribute RUNTIME",
    [LINT_FM024_UNKNOWN_ATTRIBUTES] = "{d} at {r} has attributes that nobody defines: {f}",
    [LINT_FM025_ISA_NOT_VALID] = "{d} at {r} has {f} without ISA_VALID",
    [LINT_FM026_ISA_EMPTY] = "{d} at {r} has ISA_VALID and none of the bits 44 to 59",
    [LINT_FM027_NO_CACHE_MODE] = "{d} at {r} has no cache mode at all",
    [LINT_FM028_NO_WRITE_BACK] = "{d} makes {r} {g}, though it cannot be write-back",
    [LINT_FM029_PROTECTION_LISTED] = "{d} at {r} can be protected: {f}",
    [LINT_FM030_UNCACHED_EXPORTED] = "{d} at {r} has the attribute UCE",
    [LINT_FM031_DEVICE_CACHEABLE] = "{d} says that the device at {r} can be cached: {f}",
    [LINT_FM032_SPECIFIC_PURPOSE] = "{d} keeps {r} for a specific purpose",
    [LINT_FM033_MORE_RELIABLE] = "{z} of {R} are more reliable, the first of it at {r}",
    [LINT_FM034_UNACCEPTED] = "{d} says that {r} must be accepted first",
    [LINT_FM035_PERSISTENT] = "{d} says that {r} keeps its contents",
    [LINT_FM036_HOT_PLUGGABLE] = "{d} says that {r} may be pulled out",
    [LINT_FM037_ENCRYPTED_PART] = "{z} of {R} can be encrypted, the first of it at {r}",
    [LINT_FM038_ATTRIBUTES_ABSENT] =
        "there is no memory attributes table for {z} of runtime memory",
    [LINT_FM039_ATTRIBUTES_VERSION] =
        "the memory attributes table has version {v}; known are 1 and 2",
    [LINT_FM040_ATTRIBUTES_SIZE] = "the memory attributes table has entries of {v} bytes",
    [LINT_FM041_ATTRIBUTES_CUT] = "the memory attributes table declares {v} entries and has {C}",
    [LINT_FM042_ATTRIBUTES_EMPTY] = "the memory attributes table has no entries",
    [LINT_FM043_ENTRY_BROKEN] =
        "memory attributes {a} at {s} with {v} pages is empty or passes 2^64",
    [LINT_FM044_ENTRY_MISALIGNED] = "memory attributes {a} at {r} is not page aligned",
    [LINT_FM045_ENTRY_UNSORTED] = "memory attributes {a} at {r} starts below the one before it",
    [LINT_FM046_ENTRY_OVERLAP] = "memory attributes {a} and {b} both cover {r}",
    [LINT_FM047_ENTRY_TYPE] =
        "memory attributes {a} at {r} has the type {v}, which is not runtime services code or data",
    [LINT_FM048_ENTRY_OPEN] = "memory attributes {a} leaves {r} writable and executable",
    [LINT_FM049_ENTRY_CONSTANT] = "memory attributes {a} makes {r} read-only and not executable",
    [LINT_FM050_ENTRY_BITS] = "memory attributes {a} at {r} also has {f}",
    [LINT_FM051_ENTRY_NOT_RUNTIME] = "memory attributes {a} at {r} lacks RUNTIME",
    [LINT_FM052_ENTRY_STRAY] = "memory attributes {a} covers {r}, which is not runtime memory",
    [LINT_FM053_RUNTIME_NOT_COVERED] = "no memory attributes entry covers {r} of {d}",
    [LINT_FM054_PLACE_BEYOND] = "the {p} reaches above the {v} address bits of {u} processor",
    [LINT_FM055_TABLE_IN_FREE_MEMORY] = "the {p} lies in {r}, which {e} gives as free memory",
    [LINT_FM056_TABLE_GIVEN_BACK] = "the {p} lies in {r}, which {e} gives back",
    [LINT_FM057_TABLE_MISPLACED] = "the {p} lies in {r}, which {e} calls {c}",
    [LINT_FM058_TABLE_NOT_DESCRIBED] = "the {p} lies in {r}, which no descriptor covers",
    [LINT_FM059_FACS_MISPLACED] = "the {p} lies in {r}, which {e} calls {c} and not ACPI NVS",
    [LINT_FM060_SYSTEM_TABLE_MISPLACED] =
        "the {p} lies in {r}, which {e} calls {c} and not runtime data",
    [LINT_FM061_DEVICE_IN_MEMORY] = "the {p} is in the way of {r}, which {e} gives as {c} memory",
    [LINT_FM062_DEVICE_MISPLACED] = "the {p} covers {r}, which {e} calls {c}",
    [LINT_FM063_ECAM_NOT_DESCRIBED] = "the {p} covers {r}, which no descriptor reserves",
    [LINT_FM064_FRAMEBUFFER_IN_MEMORY] = "the {p} covers {r}, which {e} gives as {c} memory",
    [LINT_FM065_PLACES_OVERLAP] = "the {p} and the {q} share {r}",
    [LINT_FM066_TABLE_REFUSED] = "the {o} is refused: {w}",
    [LINT_FM067_TABLE_DOUBTFUL] = "the {o} is odd: {w}",
    [LINT_FM068_MORE_THAN_INSTALLED] =
        "the map describes {R} of memory, {z} more than the {I} installed",
    [LINT_FM069_LESS_THAN_INSTALLED] = "of {I} installed {z} are not described as memory",
    [LINT_FM070_NODE_WRAPS] = "{n} has memory from {s} on that passes 2^64",
    [LINT_FM071_NODES_OVERLAP] = "{n} and {m} both claim {r}",
    [LINT_FM072_MEMORY_WITHOUT_NODE] =
        "{z} of memory belong to no node, the first of it at {r} in {d}",
    [LINT_FM073_NODE_NOT_DESCRIBED] =
        "{n} has {z} that the map does not describe, the first of it at {r}",
    [LINT_FM074_MEMORY_WITHOUT_ARRAY] =
        "SMBIOS maps no array to {z} of memory, the first of it at {r} in {d}",
    [LINT_FM075_NOTHING_USABLE] = "no descriptor gives usable memory",
    [LINT_FM076_NOTHING_BELOW_4_GIB] = "the lowest usable memory is at {r}, in {d}",
    [LINT_FM077_HOLE_AT_4_GIB] = "nothing describes the page at {r}, though {d} follows it",
    [LINT_FM078_FRAGMENTED] = "usable memory is in {v} pieces; the largest is {r}",
    [LINT_FM079_E820_TOO_MANY] = "the map has {v} entries as e820; 128 have room in the zero page",
    [LINT_FM080_BOOT_SERVICES_SHARE] = "boot services hold {z} of {R}, {h} percent",
    [LINT_FM081_NO_LOW_MEMORY] =
        "below 1 MiB nothing is usable; memory there starts at {r}, in {d}",
    [LINT_FM082_VIDEO_HOLE_USABLE] = "{d} makes {r} {g}",
    [LINT_FM083_EXTENDED_DATA_AREA] = "the last of the memory below 640 KiB is not free: {r}",
    [LINT_FM084_DEVICE_AS_MEMORY] = "{d} calls {r} memory, though it cannot be write-back",
};

const char *lint_pattern(unsigned rule)
{
    return rule < LINT_RULE_COUNT ? patterns[rule] : "";
}
