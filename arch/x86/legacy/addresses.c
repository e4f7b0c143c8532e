/* SPDX-License-Identifier: MIT
 * The relations of the legacy ranges, which the documents state or should have stated. */
#include <arch/legacy/addresses.h>

#include <stdckdint.h>

/* Every range is whole, page zero apart, and ends where it says. */
#define ASSERT_RANGE(name, first, last, document, what)                                            \
    static_assert(LEGACY_##name##_FIRST <= LEGACY_##name##_LAST, #name " ends before it starts");
LEGACY_PHYSICAL_LIST(ASSERT_RANGE)
LEGACY_VIRTUAL_LIST(ASSERT_RANGE)
#undef ASSERT_RANGE

#define ASSERT_SIZE(name, bytes) static_assert(LEGACY_##name##_BYTES == (bytes), #name)
#define ASSERT_ADJACENT(left, right)                                                               \
    static_assert(LEGACY_##left##_LAST + 1 == LEGACY_##right##_FIRST, #left " " #right)
#define ASSERT_INSIDE(inner, outer)                                                                \
    static_assert(LEGACY_##inner##_FIRST >= LEGACY_##outer##_FIRST &&                              \
                      LEGACY_##inner##_LAST <= LEGACY_##outer##_LAST,                              \
                  #inner " " #outer)

/* V1: 256 vectors of a segment and an offset; below 640 KiB no hole. */
ASSERT_SIZE(IVT, 256 * 4);
ASSERT_SIZE(BDA, 256);
ASSERT_ADJACENT(IVT, BDA);
ASSERT_ADJACENT(BDA, CONVENTIONAL);
ASSERT_ADJACENT(CONVENTIONAL, EBDA);
ASSERT_SIZE(ROM, 64 * KIB);
ASSERT_ADJACENT(ROM, EXTENDED);
ASSERT_SIZE(BOOT_STACK, 16 * KIB);
ASSERT_INSIDE(BOOT_STACK, CONVENTIONAL);
ASSERT_INSIDE(KERNEL, EXTENDED);
ASSERT_INSIDE(HEAP, EXTENDED);
static_assert(LEGACY_EBDA_LAST + 1 == 640 * KIB);
static_assert(LEGACY_EXTENDED_FIRST == MIB);
static_assert(LEGACY_KERNEL_FIRST == LEGACY_EXTENDED_FIRST);
static_assert(LEGACY_KERNEL_LAST < LEGACY_HEAP_FIRST);

/* V1, V2: the slips. */
ASSERT_SIZE(EBDA, 1 * KIB);
static_assert(LEGACY_EBDA_BYTES != 16 * KIB, "V2: the EBDA range is not 16 KiB");
ASSERT_SIZE(KERNEL, 640 * KIB);
static_assert(LEGACY_KERNEL_BYTES != MIB, "V2: the kernel's range is not 1 MiB");
static_assert(LEGACY_ROM_FIRST - (LEGACY_EBDA_LAST + 1) == 320 * KIB, "V1: not described");
static_assert(LEGACY_HEAP_FIRST - (LEGACY_KERNEL_LAST + 1) == 384 * KIB, "V1: nobody's");

/* V5: the configuration is the range. */
static_assert(LEGACY_HEAP_START == LEGACY_HEAP_FIRST);
static_assert(LEGACY_HEAP_SIZE == LEGACY_HEAP_BYTES);
static_assert(LEGACY_HEAP_END == LEGACY_HEAP_LAST + 1);

/* M2: reserved, bitmap, the rest; nothing between them. */
ASSERT_SIZE(RESERVED, MIB);
ASSERT_SIZE(BITMAP, PAGE_SIZE);
ASSERT_ADJACENT(RESERVED, BITMAP);
ASSERT_ADJACENT(BITMAP, AVAILABLE);
static_assert(LEGACY_AVAILABLE_LAST == LEGACY_SPACE_BYTES - 1);
static_assert(LEGACY_BITMAP_BYTES * 8 * PAGE_SIZE == 128 * MIB, "M2: one page covers 128 MiB");
static_assert(32 * LEGACY_BITMAP_BYTES * 8 * PAGE_SIZE == LEGACY_SPACE_BYTES, "M2: 32 pages");

/* M4: the whole space, without a hole, 3 GiB and 1 GiB. */
ASSERT_SIZE(NULL_GUARD, PAGE_SIZE);
ASSERT_ADJACENT(NULL_GUARD, USER_IMAGE);
ASSERT_ADJACENT(USER_IMAGE, USER_MEMORY);
ASSERT_ADJACENT(USER_MEMORY, KERNEL_SPACE);
static_assert(LEGACY_NULL_GUARD_FIRST == 0);
static_assert(LEGACY_USER_MEMORY_LAST + 1 == 3 * GIB);
static_assert(LEGACY_SPLIT == LEGACY_KERNEL_SPACE_FIRST);
static_assert(LEGACY_KERNEL_SPACE_LAST == LEGACY_SPACE_BYTES - 1);
ASSERT_SIZE(KERNEL_SPACE, GIB);

/* K2: in the top 2 GiB, 2 MiB long, and not where the text puts it. */
static_assert(LEGACY_KERNEL_BASE == 0 - 2 * GIB);
static_assert(LEGACY_KHEAP_START == LEGACY_KHEAP_FIRST);
static_assert(LEGACY_KHEAP_END == LEGACY_KHEAP_LAST + 1);
ASSERT_SIZE(KHEAP, 2 * MIB);
static_assert(LEGACY_KHEAP_START == LEGACY_KERNEL_BASE + 2 * MIB);
static_assert(LEGACY_KHEAP_START_IN_TEXT >= LEGACY_KHEAP_END, "K2: the two values do not meet");

bool legacy_range_get(unsigned index, struct legacy_range *out)
{
#define PHYSICAL(name, first, last, document, what) {#name, first, last, document, what, false},
#define VIRTUAL(name, first, last, document, what)  {#name, first, last, document, what, true},
    static const struct legacy_range ranges[] = {LEGACY_PHYSICAL_LIST(PHYSICAL)
                                                     LEGACY_VIRTUAL_LIST(VIRTUAL)};
#undef PHYSICAL
#undef VIRTUAL
    if (index >= sizeof ranges / sizeof ranges[0])
        return false;
    *out = ranges[index];
    return true;
}

uint64_t legacy_bitmap_covers(uint64_t bitmap_bytes)
{
    uint64_t bytes;
    return ckd_mul(&bytes, bitmap_bytes, 8 * PAGE_SIZE) ? UINT64_MAX : bytes;
}
