/* SPDX-License-Identifier: MIT
 * The addresses of the BIOS days, as the reference documents give them: compatibility constants, which nothing
 * else in this kernel relies on. One list makes the constants, their static assertions (addresses.c) and what
 * the `legacy` command prints. `last` is inclusive, as in the documents.
 *
 * The documents' own slips, each kept true by a static assertion in addresses.c or by a test:
 * -   The extended BIOS data area is called 16 KiB; 0x9FC00-0x9FFFF is 1 KiB.
 * -   The kernel's range is called 1 MiB; 0x100000-0x19FFFF is 640 KiB.
 * -   The heap's test, `next + size >= HEAP_END`, refuses a block that ends with the last byte
 *     (linear_heap.h shows it beside the right one).
 * -   Nothing is said of 0xA0000-0xEFFFF, the 320 KiB of display memory and adapter ROMs.
 * -   Between kernel and heap, 0x1A0000-0x1FFFFF, 384 KiB belong to nobody.
 * -   A bitmap of one page has 32768 bits: 128 MiB of a map of 4 GiB, which would need 32 pages.
 * -   KHEAP_START is kernel base + 2 MiB, not the "+ 16 MiB" of the text beside it. */
#ifndef ARCH_LEGACY_ADDRESSES_H
#define ARCH_LEGACY_ADDRESSES_H

#include <base/address.h>

/* In the order of the documents: what is physical and seen from BIOS, then virtual addresses.
 * X(name, first, last, row of docs/coverage.md, what it is) */
#define LEGACY_PHYSICAL_LIST(X)                                                                    \
    X(IVT, 0x0, 0x3FF, "V1", "interrupt vector table")                                             \
    X(BDA, 0x400, 0x4FF, "V1", "BIOS data area")                                                   \
    X(CONVENTIONAL, 0x500, 0x9FBFF, "V1", "conventional memory")                                   \
    X(BOOT_STACK, 0x10000, 0x13FFF, "V1", "boot stack, in conventional memory")                    \
    X(EBDA, 0x9FC00, 0x9FFFF, "V1", "extended BIOS data area: 1 KiB, not 16")                      \
    X(ROM, 0xF0000, 0xFFFFF, "V1", "BIOS ROM")                                                     \
    X(EXTENDED, 0x100000, 0xFFFFFFFF, "V1", "extended memory, as far as 32 bits reach")            \
    X(KERNEL, 0x100000, 0x19FFFF, "V1", "kernel: 640 KiB, not 1 MiB")                              \
    X(HEAP, 0x200000, 0x2FFFFF, "V5", "linear heap")                                               \
    X(RESERVED, 0x0, 0xFFFFF, "M2", "reserved")                                                    \
    X(BITMAP, 0x100000, 0x100FFF, "M2", "frame bitmap of one page: covers 128 MiB, not 4 GiB")     \
    X(AVAILABLE, 0x101000, 0xFFFFFFFF, "M2", "kernel, then available RAM")

#define LEGACY_VIRTUAL_LIST(X)                                                                     \
    X(NULL_GUARD, 0x0, 0xFFF, "M4", "null guard")                                                  \
    X(USER_IMAGE, 0x1000, 0x7FFFFFFF, "M4", "user code and data")                                  \
    X(USER_MEMORY, 0x80000000, 0xBFFFFFFF, "M4", "user heap and stack")                            \
    X(KERNEL_SPACE, 0xC0000000, 0xFFFFFFFF, "M4", "kernel")                                        \
    X(KHEAP, 0xFFFFFFFF80200000, 0xFFFFFFFF803FFFFF, "K2", "lesson's heap")

#define LEGACY_CONSTANTS(name, first, last, document, what)                                        \
    constexpr uint64_t LEGACY_##name##_FIRST = first;                                              \
    constexpr uint64_t LEGACY_##name##_LAST = last;                                                \
    constexpr uint64_t LEGACY_##name##_BYTES = LEGACY_##name##_LAST - LEGACY_##name##_FIRST + 1;
LEGACY_PHYSICAL_LIST(LEGACY_CONSTANTS)
LEGACY_VIRTUAL_LIST(LEGACY_CONSTANTS)
#undef LEGACY_CONSTANTS

/* V5: the linear allocator's configuration. */
constexpr uint32_t LEGACY_HEAP_START = 0x200000;
constexpr uint32_t LEGACY_HEAP_SIZE = 0x100000;
constexpr uint32_t LEGACY_HEAP_END = LEGACY_HEAP_START + LEGACY_HEAP_SIZE;

/* K2: the lesson's values. The end is exclusive. */
constexpr uint64_t LEGACY_KERNEL_BASE = 0xFFFFFFFF80000000;
constexpr uint64_t LEGACY_KHEAP_START = 0xFFFFFFFF80200000;
constexpr uint64_t LEGACY_KHEAP_END = 0xFFFFFFFF80400000;
constexpr uint64_t LEGACY_KHEAP_START_IN_TEXT = LEGACY_KERNEL_BASE + 16 * MIB;

/* M4: where the 3 GiB of a process end and the kernel's 1 GiB begins. */
constexpr uint64_t LEGACY_SPLIT = 0xC0000000;
constexpr uint64_t LEGACY_SPACE_BYTES = 4 * GIB; /* what 32 bits address */

struct legacy_range {
    const char *name;
    uint64_t first, last;
    const char *document;
    const char *what;
    bool is_virtual;
};
/* The ranges in the order of the lists, from 0; false when there is none. */
bool legacy_range_get(unsigned index, struct legacy_range *out);

/* M2: the bytes of memory that a bitmap of so many bytes covers, one bit a page; what does not fit in 64
 * bits is as much as they hold. */
uint64_t legacy_bitmap_covers(uint64_t bitmap_bytes);

#endif
