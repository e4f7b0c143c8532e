/* SPDX-License-Identifier: MIT
 * Addresses: what kind of number an address is, and the few operations that make sense on it.
 * One-field structs, so that swapping a physical and a virtual address is a compile error; the code at
 * -O2 is the same as for plain integers. Plain integers appear only in boot_info and in page-table
 * entries, and are converted once at that border. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdint.h>

constexpr unsigned PAGE_SHIFT = 12;
constexpr uint64_t PAGE_SIZE = UINT64_C(1) << PAGE_SHIFT;
constexpr uint64_t KIB = UINT64_C(1) << 10;
constexpr uint64_t MIB = UINT64_C(1) << 20;
constexpr uint64_t GIB = UINT64_C(1) << 30;
constexpr uint64_t TIB = UINT64_C(1) << 40;

/* Physical addresses have at most 52 bits (Intel SDM 3A 4.1.4, MAXPHYADDR). */
constexpr unsigned PHYS_BITS_MAX = 52;
constexpr uint64_t PHYS_LIMIT = UINT64_C(1) << PHYS_BITS_MAX;

typedef struct {
    uint64_t value;
} phys_addr_t; /* byte address on the memory bus */
typedef struct {
    uint64_t value;
} virt_addr_t; /* byte address before translation */
typedef struct {
    uint64_t value;
} pfn_t; /* page frame number: phys_addr_t >> PAGE_SHIFT */

static inline phys_addr_t phys_addr(uint64_t value)
{
    return (phys_addr_t){value};
}
static inline virt_addr_t virt_addr(uint64_t value)
{
    return (virt_addr_t){value};
}
static inline virt_addr_t virt_of(const volatile void *pointer)
{
    return (virt_addr_t){(uint64_t)(uintptr_t)pointer};
}
static inline pfn_t pfn(uint64_t value)
{
    return (pfn_t){value};
}
static inline phys_addr_t pfn_to_phys(pfn_t frame)
{
    return (phys_addr_t){frame.value << PAGE_SHIFT};
}
static inline pfn_t phys_to_pfn(phys_addr_t address)
{
    return (pfn_t){address.value >> PAGE_SHIFT};
}

/* `alignment` is a power of two. align_up wraps to 0 above the last aligned value: check first. */
static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
    return value & ~(alignment - 1);
}
static inline uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}
static inline bool is_aligned(uint64_t value, uint64_t alignment)
{
    return (value & (alignment - 1)) == 0;
}
static inline bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

#endif
