/* SPDX-License-Identifier: MIT
 * The kernel's half of the address space. docs/address_map.md is generated from this list, so the page
 * and the code cannot differ. The same addresses hold with 4 and with 5 levels of tables: bit 47 and all
 * bits above it are set either way (Intel SDM 3A 4.5.4; every area lies inside the last PML5 entry).
 *
 * X(name, first address, size in bytes, what it is for) */
#ifndef BOOT_ADDRESS_MAP_H
#define BOOT_ADDRESS_MAP_H

#include <base/address.h>

#define ADDRESS_MAP(X)                                                                             \
    X(NULL_GUARD, 0x0000000000000000, 64 * KIB, "null guard, never mapped")                        \
    X(USER, 0x0000000000010000, 128 * TIB - 128 * KIB,                                             \
      "user space (its top 64 KiB stay unmapped)")                                                 \
    X(LOW_GUARD, 0xFFFF800000000000, 8 * TIB, "guard (hypervisor convention)")                     \
    X(DIRECT_MAP, 0xFFFF880000000000, 64 * TIB,                                                    \
      "direct map of RAM, no-execute; slides up by 0..1023 GiB")                                   \
    X(DIRECT_MAP_GUARD, 0xFFFFC80000000000, 1 * TIB,                                               \
      "guard; room for the slide of the direct map")                                               \
    X(MAPPINGS, 0xFFFFC90000000000, 32 * TIB,                                                      \
      "device registers, framebuffer, stacks: a guard page on both sides of each")                 \
    X(MAPPINGS_GUARD, 0xFFFFE90000000000, 1 * TIB, "guard")                                        \
    X(FRAME_RECORDS, 0xFFFFEA0000000000, 1 * TIB, "frame records (reserved, not used yet)")        \
    X(RECORDS_GUARD, 0xFFFFEB0000000000, 1 * TIB, "guard")                                         \
    X(SHADOW, 0xFFFFEC0000000000, 16 * TIB, "sanitizer shadow (reserved, not used yet)")           \
    X(HEAP, 0xFFFFFC0000000000, 2 * TIB,                                                           \
      "heap window: heap blocks over 2 MiB, a guard page on both sides of each")                   \
    X(PER_CPU, 0xFFFFFE0000000000, 512 * GIB, "per-processor data (reserved, not used yet)")       \
    X(PER_CPU_GUARD, 0xFFFFFE8000000000, 512 * GIB, "guard")                                       \
    X(TEMPORARY, 0xFFFFFF0000000000, 512 * GIB, "temporary mappings (reserved, not used yet)")     \
    X(FIRMWARE, 0xFFFFFFEF00000000, 64 * GIB, "EFI runtime services (reserved, not used yet)")     \
    X(IMAGE_GUARD, 0xFFFFFFFF00000000, 2 * GIB, "guard")                                           \
    X(IMAGE, 0xFFFFFFFF80000000, 1 * GIB, "kernel image, at a random multiple of 2 MiB")           \
    X(LATE_GUARD, 0xFFFFFFFFC0000000, 1 * GIB, "guard, never mapped")

#define ADDRESS_MAP_CONSTANTS(name, base, size, purpose)                                           \
    constexpr uint64_t name##_BASE = base;                                                         \
    constexpr uint64_t name##_SIZE = size;
ADDRESS_MAP(ADDRESS_MAP_CONSTANTS)
#undef ADDRESS_MAP_CONSTANTS

constexpr uint64_t DIRECT_MAP_SLIDE_STEP = GIB; /* so that 1 GiB leaves stay possible */
constexpr uint64_t DIRECT_MAP_SLIDES = 1024;
constexpr uint64_t IMAGE_SLIDE_STEP = 2 * MIB;
constexpr uint64_t KERNEL_HALF_BASE = 0xFFFF800000000000;

#endif
