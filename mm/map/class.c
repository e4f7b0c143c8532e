/* SPDX-License-Identifier: MIT
 * Memory classes: what a descriptor is, in one word; what was changed, in one sentence; and the
 * check of a map.
 *
 * Problem: the firmware speaks in types and attributes, people in words, and the sweep of
 *          memory_map.c needs an order of restriction.
 * Shape:   two lists. EFI_TYPE_NAMES below has a row a type: the specification's name, the word in
 *          sentences, the class. MEMORY_CLASS_LIST in the header has a row a class, from the least
 *          to the most restrictive. Decided beside the first list:
 *
 *            attribute SP    conventional memory becomes specific-purpose
 *            attribute NV    whatever is less restrictive becomes persistent: it outlives a reset,
 *                            so nothing in it may be taken for free (UEFI 2.10, 7.2.3)
 *            types from 16   belong to an OEM, an OS, or nobody
 *
 *          MORE_RELIABLE makes no class: such memory is used like any other, it is only better.
 * The check walks invariants MAP1..MAP5 of memory_map.c; MAP6 and MAP7 need the input, so tests do those.
 * Cost:    memory_map_check O(ranges + changes); everything else O(1).
 * Not here: overlaps (memory_map.c), lint. */
#include <mm/memory_map.h>

#include <base/assert.h>
#include <base/format.h>

/* UEFI 2.10, table 7.10. X(type, name of the specification, word in a sentence, class) */
#define EFI_TYPE_NAMES(X)                                                                          \
    X(RESERVED, "EfiReservedMemoryType", "reserved", RESERVED)                                     \
    X(LOADER_CODE, "EfiLoaderCode", "loader code", LOADER)                                         \
    X(LOADER_DATA, "EfiLoaderData", "loader data", LOADER)                                         \
    X(BOOT_SERVICES_CODE, "EfiBootServicesCode", "boot services code", BOOT_SERVICES)              \
    X(BOOT_SERVICES_DATA, "EfiBootServicesData", "boot services data", BOOT_SERVICES)              \
    X(RUNTIME_SERVICES_CODE, "EfiRuntimeServicesCode", "runtime services code", RUNTIME_CODE)      \
    X(RUNTIME_SERVICES_DATA, "EfiRuntimeServicesData", "runtime services data", RUNTIME_DATA)      \
    X(CONVENTIONAL, "EfiConventionalMemory", "conventional", USABLE)                               \
    X(UNUSABLE, "EfiUnusableMemory", "unusable", UNUSABLE)                                         \
    X(ACPI_RECLAIM, "EfiACPIReclaimMemory", "ACPI reclaim", ACPI_RECLAIM)                          \
    X(ACPI_NVS, "EfiACPIMemoryNVS", "ACPI NVS", ACPI_NVS)                                          \
    X(MMIO, "EfiMemoryMappedIO", "memory-mapped I/O", MMIO)                                        \
    X(MMIO_PORTS, "EfiMemoryMappedIOPortSpace", "memory-mapped ports", MMIO_PORTS)                 \
    X(PAL_CODE, "EfiPalCode", "PAL code", PAL_CODE)                                                \
    X(PERSISTENT, "EfiPersistentMemory", "persistent", PERSISTENT)                                 \
    X(UNACCEPTED, "EfiUnacceptedMemoryType", "unaccepted", UNACCEPTED)

constexpr uint32_t EFI_TYPE_NAMED_COUNT = EFI_TYPE_UNACCEPTED + 1;
static_assert(EFI_TYPE_NAMED_COUNT <= EFI_TYPE_OEM_FIRST && EFI_TYPE_OEM_FIRST < EFI_TYPE_OS_FIRST);
static_assert(MEMORY_USABLE < MEMORY_SPECIFIC_PURPOSE &&
              MEMORY_SPECIFIC_PURPOSE < MEMORY_PERSISTENT);

enum memory_class memory_class_of(uint32_t efi_type, uint64_t efi_attributes)
{
    static const enum memory_class classes[EFI_TYPE_NAMED_COUNT] = {
#define EFI_TYPE_CLASS(type, name, word, class) [EFI_TYPE_##type] = MEMORY_##class,
        EFI_TYPE_NAMES(EFI_TYPE_CLASS)
#undef EFI_TYPE_CLASS
    };
    if (efi_type >= EFI_TYPE_OS_FIRST)
        return MEMORY_OS_DEFINED;
    if (efi_type >= EFI_TYPE_OEM_FIRST)
        return MEMORY_OEM_DEFINED;
    if (efi_type >= EFI_TYPE_NAMED_COUNT)
        return MEMORY_UNKNOWN;
    const enum memory_class class = classes[efi_type];
    if ((efi_attributes & EFI_ATTRIBUTE_NV) != 0 && class < MEMORY_PERSISTENT)
        return MEMORY_PERSISTENT;
    if ((efi_attributes & EFI_ATTRIBUTE_SP) != 0 && class == MEMORY_USABLE)
        return MEMORY_SPECIFIC_PURPOSE;
    return class;
}

/* Memory that will be given back must not reach beyond what was described, and until then nobody else may
 * have its edges: where it is misaligned neither rounding does both, so it is not given back. */
enum memory_class memory_class_of_region(const struct boot_region *region)
{
    const enum memory_class class = memory_class_of(region->efi_type, region->efi_attributes);
    const bool comes_back = class == MEMORY_BOOT_SERVICES || class == MEMORY_LOADER;
    const bool aligned = is_aligned(region->phys_start | region->bytes_less, PAGE_SIZE);
    return comes_back && !aligned ? MEMORY_RESERVED : class;
}

const char *memory_class_name(enum memory_class class)
{
    static const char *const names[MEMORY_CLASS_COUNT] = {
#define MEMORY_CLASS_NAME(name, word, is_ram) [MEMORY_##name] = (word),
        MEMORY_CLASS_LIST(MEMORY_CLASS_NAME)
#undef MEMORY_CLASS_NAME
    };
    return class < MEMORY_CLASS_COUNT ? names[class] : "not a class";
}

bool memory_class_is_ram(enum memory_class class)
{
    static const bool ram[MEMORY_CLASS_COUNT] = {
#define MEMORY_CLASS_RAM(name, word, is_ram) [MEMORY_##name] = (is_ram),
        MEMORY_CLASS_LIST(MEMORY_CLASS_RAM)
#undef MEMORY_CLASS_RAM
    };
    return class < MEMORY_CLASS_COUNT && ram[class];
}

struct efi_type_words {
    const char *name, *word;
};

static struct efi_type_words efi_type_words(uint32_t efi_type)
{
    static const struct efi_type_words words[EFI_TYPE_NAMED_COUNT] = {
#define EFI_TYPE_WORDS(type, name, word, class) [EFI_TYPE_##type] = {name, word},
        EFI_TYPE_NAMES(EFI_TYPE_WORDS)
#undef EFI_TYPE_WORDS
    };
    if (efi_type >= EFI_TYPE_OS_FIRST)
        return (struct efi_type_words){"OS", "OS-defined"};
    if (efi_type >= EFI_TYPE_OEM_FIRST)
        return (struct efi_type_words){"OEM", "OEM-defined"};
    if (efi_type >= EFI_TYPE_NAMED_COUNT)
        return (struct efi_type_words){"unknown", "unknown type"};
    return words[efi_type];
}

const char *efi_type_name(uint32_t efi_type)
{
    return efi_type_words(efi_type).name;
}

/* ---- check ---- */

static const char *check_ranges(const struct memory_map *map)
{
    uint64_t bytes[MEMORY_CLASS_COUNT] = {0};
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        const uint64_t start = range->start.value, end = range->end.value;
        if (range->class >= MEMORY_CLASS_COUNT)
            return "MAP1: a range has no class";
        if (!is_aligned(start, PAGE_SIZE) || !is_aligned(end, PAGE_SIZE))
            return "MAP1: a range is not page aligned";
        if (start >= end)
            return "MAP1: a range is empty";
        if (end > PHYS_LIMIT)
            return "MAP1: a range ends above the physical address space";
        bytes[range->class] += end - start;
        if (i == 0)
            continue;
        const struct memory_range *previous = &map->ranges[i - 1];
        if (previous->end.value > start)
            return "MAP2: ranges overlap or are not sorted";
        if (previous->end.value == start && previous->class == range->class &&
            previous->attributes == range->attributes)
            return "MAP3: two ranges that touch are alike";
    }
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++)
        if (bytes[class] != map->bytes[class])
            return "MAP4: the total of a class is not the sum of its ranges";
    return nullptr;
}

static const char *check_changes(const struct memory_map *map)
{
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        if (change->kind >= MEMORY_CHANGE_KIND_COUNT)
            return "MAP5: a change has no kind";
        const bool about_bytes = change->start.value != change->end.value;
        if (about_bytes ? change->kind == MEMORY_CHANGE_EMPTY : change->kind > MEMORY_CHANGE_WRAPS)
            return "MAP5: a change is about no bytes, or an empty descriptor about some";
        if (change->start.value > change->end.value)
            return "MAP5: a change ends before it starts";
        const bool overlap =
            change->kind == MEMORY_CHANGE_DUPLICATE || change->kind == MEMORY_CHANGE_CONFLICT;
        if (overlap == (change->winner == change->loser))
            return "MAP5: an overlap names one descriptor, or another change names two";
        if (i == 0)
            continue;
        const struct memory_change *previous = &map->changes[i - 1];
        const bool ignored = change->kind <= MEMORY_CHANGE_BEYOND;
        const bool previous_ignored = previous->kind <= MEMORY_CHANGE_BEYOND;
        if (ignored && !previous_ignored)
            return "MAP5: an ignored descriptor comes after other changes";
        if (ignored == previous_ignored && previous->start.value > change->start.value)
            return "MAP5: changes are not in order of address";
    }
    return nullptr;
}

const char *memory_map_check(const struct memory_map *map)
{
    const char *broken = check_ranges(map);
    return broken != nullptr ? broken : check_changes(map);
}

/* ---- sentences ---- */

/* As it grows. What does not fit into the caller's buffer is cut. */
struct sentence {
    char *text;
    size_t size;
    int length;
};

[[gnu::format(printf, 2, 3)]] static void say(struct sentence *sentence, const char *format, ...)
{
    const size_t length = (size_t)sentence->length;
    va_list arguments;
    va_start(arguments, format);
    sentence->length +=
        format_text_va(sentence->text + length, sentence->size - length, format, arguments);
    va_end(arguments);
}

/* "16 MiB": the largest unit in which it is a whole number. */
static void say_size(struct sentence *sentence, uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned long long amount = bytes;
    unsigned unit = 0;
    for (; amount != 0 && amount % 1024 == 0; unit++)
        amount /= 1024;
    say(sentence, "%llu %s", amount, units[unit]);
}

static void say_pages(struct sentence *sentence, uint64_t pages)
{
    if (pages > UINT64_MAX >> PAGE_SHIFT)
        say(sentence, "16 EiB or more");
    else
        say_size(sentence, pages << PAGE_SHIFT);
}

static void say_bounds(struct sentence *sentence, uint64_t start, uint64_t end)
{
    say(sentence, "0x%llx..0x%llx", (unsigned long long)start, (unsigned long long)end);
}

static void say_region(struct sentence *sentence, const struct boot_region *region, uint32_t index)
{
    say(sentence, "memory map: region %u (%s) at 0x%llx, %llu %s", index,
        efi_type_words(region->efi_type).word, (unsigned long long)region->phys_start,
        (unsigned long long)region->page_count, region->page_count == 1 ? "page" : "pages");
    if (region->bytes_less != 0)
        say(sentence, " less %u bytes", region->bytes_less);
}

static void say_rounding(struct sentence *sentence, const struct memory_change *change)
{
    const uint64_t start = change->start.value, end = change->end.value;
    const uint64_t first = align_up(start, PAGE_SIZE), last = align_down(end, PAGE_SIZE);
    DEBUG_ASSERT(MAP5, first != start || last != end);
    say(sentence, ", is not page aligned");
    if (change->kind == MEMORY_CHANGE_ROUNDED_OUT) {
        say(sentence, "; rounded outward to ");
        say_bounds(sentence, align_down(start, PAGE_SIZE), align_up(end, PAGE_SIZE));
        return;
    }
    if (first >= last) {
        say(sentence, " and holds no whole page; ignored, ");
        say_size(sentence, end - start);
    } else {
        say(sentence, "; rounded inward to ");
        say_bounds(sentence, first, last);
        say(sentence, ", ");
        say_size(sentence, first - start + (end - last));
    }
    say(sentence, " not used");
}

static void say_single(struct sentence *sentence, const struct memory_change *change,
                       const struct boot_region *region)
{
    DEBUG_ASSERT(MAP5, change->winner == change->loser);
    say_region(sentence, region, change->winner);
    switch (change->kind) {
    case MEMORY_CHANGE_EMPTY:
        say(sentence, ", is empty; ignored");
        return;
    case MEMORY_CHANGE_WRAPS:
        say(sentence, ", wraps past 2^64; ignored, ");
        break;
    case MEMORY_CHANGE_BEYOND:
        say(sentence, ", ends above what the processor can address; ignored, ");
        break;
    default:
        say_rounding(sentence, change);
        return;
    }
    say_pages(sentence, region->page_count);
    say(sentence, " not used");
}

static void say_overlap(struct sentence *sentence, const struct memory_change *change,
                        const struct boot_region *winner, const struct boot_region *loser)
{
    const uint64_t start = change->start.value, end = change->end.value;
    const bool agree = change->kind == MEMORY_CHANGE_DUPLICATE;
    DEBUG_ASSERT(MAP5, change->winner != change->loser && start < end);
    say(sentence, "memory map: regions %u (%s) and %u (%s) %s ", change->winner,
        efi_type_words(winner->efi_type).word, change->loser, efi_type_words(loser->efi_type).word,
        agree ? "both cover" : "disagree about");
    say_bounds(sentence, start, end);
    say(sentence, "; kept as %s, %s", memory_class_name(memory_class_of_region(winner)),
        agree ? "" : "the more restrictive: ");
    say_size(sentence, end - start);
    if (agree)
        say(sentence, " counted once");
    else
        say(sentence, " taken from region %u", change->loser);
}

int memory_change_describe(const struct memory_change *change, const struct boot_region *regions,
                           char *buffer, size_t size)
{
    struct sentence sentence = {.text = buffer, .size = size};
    const struct boot_region *winner = &regions[change->winner];
    if (change->kind == MEMORY_CHANGE_DUPLICATE || change->kind == MEMORY_CHANGE_CONFLICT)
        say_overlap(&sentence, change, winner, &regions[change->loser]);
    else
        say_single(&sentence, change, winner);
    return sentence.length;
}
