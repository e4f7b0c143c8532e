/* SPDX-License-Identifier: MIT
 * Lint of single descriptors: types and attributes, and the order they come in. One pass; most descriptors pass it
 * with a few comparisons. Attributes in the memory map are capabilities ("can be"), not state (UEFI 2.10, 7.2.3). */
#include "lint_private.h"

constexpr uint64_t CACHE_MODES =
    EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_WC | EFI_ATTRIBUTE_WT | EFI_ATTRIBUTE_WB | EFI_ATTRIBUTE_UCE |
    EFI_ATTRIBUTE_WP; /* since UEFI 2.5 WP is one of them; RO protects from writing */
/* Modes in which a read of a register may come from a cache. */
constexpr uint64_t CACHED_MODES = EFI_ATTRIBUTE_WT | EFI_ATTRIBUTE_WB | EFI_ATTRIBUTE_WP;
constexpr uint64_t PROTECTIONS = EFI_ATTRIBUTE_RP | EFI_ATTRIBUTE_XP | EFI_ATTRIBUTE_RO;
constexpr uint64_t KNOWN_ATTRIBUTES =
    CACHE_MODES | PROTECTIONS | EFI_ATTRIBUTE_NV | EFI_ATTRIBUTE_MORE_RELIABLE | EFI_ATTRIBUTE_SP |
    EFI_ATTRIBUTE_CPU_CRYPTO | EFI_ATTRIBUTE_HOT_PLUGGABLE | EFI_ATTRIBUTE_ISA_MASK |
    EFI_ATTRIBUTE_ISA_VALID | EFI_ATTRIBUTE_RUNTIME;
/* What an ordinary descriptor may have without a rule being asked; RUNTIME needs a look at the type. */
constexpr uint64_t ORDINARY_ATTRIBUTES = EFI_ATTRIBUTE_UC | EFI_ATTRIBUTE_WC | EFI_ATTRIBUTE_WT |
                                         EFI_ATTRIBUTE_WB | EFI_ATTRIBUTE_MORE_RELIABLE |
                                         EFI_ATTRIBUTE_CPU_CRYPTO | EFI_ATTRIBUTE_RUNTIME;

static void lint_unusual_type(struct lint_run *run, uint32_t index, uint32_t type)
{
    switch (type) {
    case EFI_TYPE_UNUSABLE:
        return lint_found_bytes(run, LINT_FM021_MEMORY_ERRORS, index);
    case EFI_TYPE_MMIO_PORTS:
    case EFI_TYPE_PAL_CODE:
        return lint_found_descriptor(run, LINT_FM020_ITANIUM_TYPE, index, type);
    case EFI_TYPE_PERSISTENT:
        return lint_found_bytes(run, LINT_FM035_PERSISTENT, index);
    case EFI_TYPE_UNACCEPTED:
        return lint_found_bytes(run, LINT_FM034_UNACCEPTED, index);
    default:
        break;
    }
    if (type >= EFI_TYPE_OS_FIRST)
        lint_found_descriptor(run, LINT_FM019_OS_TYPE, index, type);
    else if (type >= EFI_TYPE_OEM_FIRST)
        lint_found_descriptor(run, LINT_FM018_OEM_TYPE, index, type);
    else if (type > EFI_TYPE_UNACCEPTED)
        lint_found_descriptor(run, LINT_FM017_UNKNOWN_TYPE, index, type);
}

static bool is_runtime_services(uint32_t type)
{
    return type == EFI_TYPE_RUNTIME_SERVICES_CODE || type == EFI_TYPE_RUNTIME_SERVICES_DATA;
}

static void lint_runtime(struct lint_run *run, uint32_t index, uint32_t type, uint64_t attributes)
{
    const bool has = (attributes & EFI_ATTRIBUTE_RUNTIME) != 0;
    if (has && lint_class_in(memory_class_of(type, 0), LINT_FREE_CLASSES))
        lint_found_bytes(run, LINT_FM022_RUNTIME_NOT_ALLOWED, index);
    if (!has && is_runtime_services(type))
        lint_found_bytes(run, LINT_FM023_RUNTIME_MISSING, index);
}

static void lint_unusual_attributes(struct lint_run *run, uint32_t index, uint64_t attributes)
{
    const uint64_t isa = attributes & EFI_ATTRIBUTE_ISA_MASK;
    if ((attributes & ~KNOWN_ATTRIBUTES) != 0)
        lint_found_descriptor(run, LINT_FM024_UNKNOWN_ATTRIBUTES, index,
                              attributes & ~KNOWN_ATTRIBUTES);
    if (isa != 0 && (attributes & EFI_ATTRIBUTE_ISA_VALID) == 0)
        lint_found_descriptor(run, LINT_FM025_ISA_NOT_VALID, index, isa);
    if (isa == 0 && (attributes & EFI_ATTRIBUTE_ISA_VALID) != 0)
        lint_found_bytes(run, LINT_FM026_ISA_EMPTY, index);
    if ((attributes & PROTECTIONS) != 0)
        lint_found_descriptor(run, LINT_FM029_PROTECTION_LISTED, index, attributes & PROTECTIONS);
    if ((attributes & EFI_ATTRIBUTE_UCE) != 0)
        lint_found_bytes(run, LINT_FM030_UNCACHED_EXPORTED, index);
    if ((attributes & EFI_ATTRIBUTE_SP) != 0)
        lint_found_bytes(run, LINT_FM032_SPECIFIC_PURPOSE, index);
    if ((attributes & EFI_ATTRIBUTE_HOT_PLUGGABLE) != 0)
        lint_found_bytes(run, LINT_FM036_HOT_PLUGGABLE, index);
}

static void lint_cache_modes(struct lint_run *run, uint32_t index, enum memory_class class,
                             uint64_t attributes)
{
    if (class == MEMORY_MMIO && (attributes & CACHED_MODES) != 0)
        lint_found_descriptor(run, LINT_FM031_DEVICE_CACHEABLE, index, attributes & CACHED_MODES);
    if (!memory_class_is_ram(class) || (attributes & EFI_ATTRIBUTE_WB) != 0)
        return;
    if ((attributes & CACHE_MODES) == 0)
        lint_found_bytes(run, LINT_FM027_NO_CACHE_MODE, index);
    else if (lint_class_in(class, LINT_FREE_CLASSES))
        lint_found_bytes(run, LINT_FM028_NO_WRITE_BACK, index);
    else
        lint_found_bytes(run, LINT_FM084_DEVICE_AS_MEMORY, index);
}

/* Most descriptors: write-back memory that no rule has anything to say about. */
static bool is_ordinary(uint32_t type, uint64_t attributes)
{
    constexpr uint32_t TYPES =
        1u << EFI_TYPE_CONVENTIONAL | 1u << EFI_TYPE_RESERVED | 1u << EFI_TYPE_BOOT_SERVICES_CODE |
        1u << EFI_TYPE_BOOT_SERVICES_DATA | 1u << EFI_TYPE_LOADER_CODE | 1u << EFI_TYPE_LOADER_DATA;
    return type <= EFI_TYPE_CONVENTIONAL && (TYPES >> type & 1) != 0 &&
           (attributes & ~(ORDINARY_ATTRIBUTES & ~EFI_ATTRIBUTE_RUNTIME)) == 0 &&
           (attributes & EFI_ATTRIBUTE_WB) != 0;
}

static void lint_descriptor(struct lint_run *run, uint32_t index)
{
    const struct boot_region *region = &run->view->regions[index];
    const uint32_t type = region->efi_type;
    const uint64_t attributes = region->efi_attributes;
    if (type > EFI_TYPE_CONVENTIONAL)
        lint_unusual_type(run, index, type);
    if ((attributes & EFI_ATTRIBUTE_NV) != 0 && type != EFI_TYPE_PERSISTENT)
        lint_found_bytes(run, LINT_FM035_PERSISTENT, index);
    if ((attributes & ~ORDINARY_ATTRIBUTES) != 0)
        lint_unusual_attributes(run, index, attributes);
    if ((attributes & EFI_ATTRIBUTE_RUNTIME) != 0 || is_runtime_services(type))
        lint_runtime(run, index, type, attributes);
    if (type == EFI_TYPE_MMIO || (attributes & EFI_ATTRIBUTE_WB) == 0)
        lint_cache_modes(run, index, memory_class_of(type, attributes), attributes);
}

static bool could_be_one(const struct boot_region *before, const struct boot_region *region)
{
    return region->phys_start - before->phys_start == before->page_count << PAGE_SHIFT &&
           before->efi_type == region->efi_type &&
           before->efi_attributes == region->efi_attributes && before->bytes_less == 0 &&
           before->page_count <= PHYS_LIMIT >> PAGE_SHIFT;
}

static void found_mergeable(struct lint_run *run, uint32_t before, uint32_t index)
{
    const struct boot_region *regions = run->view->regions;
    struct lint_finding finding = {.rule = LINT_FM014_MERGEABLE, .first = before, .second = index};
    uint64_t middle, end;
    if (!lint_bounds(&regions[before], &finding.start, &middle) ||
        !lint_bounds(&regions[index], &middle, &end))
        return; /* one of them wraps: FM007 has told it */
    finding.end = end;
    lint_found(run, &finding);
}

void lint_run_descriptors(struct lint_run *run)
{
    const struct boot_region *regions = run->view->regions;
    const uint32_t count = run->view->region_count;
    struct lint_finding unsorted = {.rule = LINT_FM013_UNSORTED};
    uint32_t before = LINT_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const struct boot_region *region = &regions[i];
        if (region->page_count == 0)
            continue; /* FM006 has said all that there is to say */
        if (!is_ordinary(region->efi_type, region->efi_attributes))
            lint_descriptor(run, i);
        if (before != LINT_NONE) {
            if (region->phys_start < regions[before].phys_start && unsorted.value++ == 0) {
                unsorted.first = i;
                unsorted.second = before;
            }
            if (could_be_one(&regions[before], region))
                found_mergeable(run, before, i);
        }
        before = i;
    }
    if (unsorted.value > 0)
        lint_found(run, &unsorted);
}
