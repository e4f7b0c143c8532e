/* SPDX-License-Identifier: MIT
 * The ledger.
 *
 * Problem: "I bought 16 GiB and see 15.4": between what is installed and what is free lie a dozen takers, and a
 *          list of them convinces only if it adds up.
 * Shape:   one chain. Totals are filled in by themselves, the rows between them by others' numbers:
 *
 *            installed -not_described +beyond_installed   = described    classes of the map that are memory
 *            described -runtime_code ... -loader          = usable       the class usable
 *            usable +from_* -low -uncacheable -unreachable = reclaimed   what a kernel can give to its frames
 *            reclaimed -kernel_*                          = free         what the frames say
 *
 *          not_described and beyond_installed: SMBIOS and the map give two amounts, not two sets of addresses, so
 *          only their difference is known, and one of the two is 0. Persistent memory alone is never among the
 *          installed bytes (volatile devices only): it is all beyond, and is left out of that comparison; so with
 *          it both may be there. If one kernel passed on what it chose, the map is not compared at all.
 *          low, uncacheable, unreachable: bytes of the classes usable, boot services and loader that mm.c does not
 *          take: below 1 MiB; else without the attribute WB; else above the direct map.
 *          reserved, unknown, unusable, mmio: the classes that are not memory. With `described` they are all that
 *          the map's ranges hold.
 *          rounded_away: of usable descriptors that are not page aligned, each by itself, the parts of pages.
 *          twice: bytes under more than one descriptor, however many, whether memory or not; contested: those
 *          among them for which the descriptors name different classes.
 * LE1  each known total is the one before, less the known rows taken, plus the known rows added
 * LE2  a row that is not known holds 0, so leaving it out changes nothing
 * LE3  a note that is part of another row is not larger than it
 * LE4  behind the last known total nothing is taken or added
 * Cost:    O(ranges + changes).
 * Not here: who holds what in the kernel (its caller counts), words with units (renderers). */
#include <inspect/ledger.h>

#include <boot/address_map.h>

#include <stdckdint.h>

constexpr uint64_t LOW_MEMORY_END = MIB; /* M2 of mm/mm.c */

#define ROW(name) (UINT64_C(1) << LEDGER_ROW_##name)

const char *ledger_row_word(enum ledger_row row)
{
    static const char *const words[LEDGER_ROW_COUNT] = {
        [LEDGER_ROW_INSTALLED] = "installed",
        [LEDGER_ROW_NOT_DESCRIBED] = "not_described",
        [LEDGER_ROW_BEYOND_INSTALLED] = "beyond_installed",
        [LEDGER_ROW_RESERVED] = "reserved",
        [LEDGER_ROW_UNKNOWN] = "unknown",
        [LEDGER_ROW_UNUSABLE] = "unusable",
        [LEDGER_ROW_MMIO] = "mmio",
        [LEDGER_ROW_IGNORED] = "ignored",
        [LEDGER_ROW_ROUNDED_AWAY] = "rounded_away",
        [LEDGER_ROW_TWICE] = "twice",
        [LEDGER_ROW_CONTESTED] = "contested",
        [LEDGER_ROW_DESCRIBED] = "described",
        [LEDGER_ROW_RUNTIME_CODE] = "runtime_code",
        [LEDGER_ROW_RUNTIME_DATA] = "runtime_data",
        [LEDGER_ROW_ACPI_NVS] = "acpi_nvs",
        [LEDGER_ROW_ACPI_RECLAIM] = "acpi_reclaim",
        [LEDGER_ROW_SPECIFIC_PURPOSE] = "specific_purpose",
        [LEDGER_ROW_PERSISTENT] = "persistent",
        [LEDGER_ROW_UNACCEPTED] = "unaccepted",
        [LEDGER_ROW_OEM_DEFINED] = "oem_defined",
        [LEDGER_ROW_OS_DEFINED] = "os_defined",
        [LEDGER_ROW_PAL_CODE] = "pal_code",
        [LEDGER_ROW_BOOT_SERVICES] = "boot_services",
        [LEDGER_ROW_LOADER] = "loader",
        [LEDGER_ROW_USABLE] = "usable",
        [LEDGER_ROW_MORE_RELIABLE] = "more_reliable",
        [LEDGER_ROW_FROM_BOOT_SERVICES] = "from_boot_services",
        [LEDGER_ROW_FROM_LOADER] = "from_loader",
        [LEDGER_ROW_FROM_ACPI] = "from_acpi",
        [LEDGER_ROW_LOW_MEMORY] = "low_memory",
        [LEDGER_ROW_UNCACHEABLE] = "uncacheable",
        [LEDGER_ROW_UNREACHABLE] = "unreachable",
        [LEDGER_ROW_RECLAIMED] = "reclaimed",
        [LEDGER_ROW_KERNEL_IMAGE] = "kernel_image",
        [LEDGER_ROW_KERNEL_TABLES] = "kernel_tables",
        [LEDGER_ROW_KERNEL_METADATA] = "kernel_metadata",
        [LEDGER_ROW_KERNEL_EARLY] = "kernel_early",
        [LEDGER_ROW_KERNEL_HEAP] = "kernel_heap",
        [LEDGER_ROW_KERNEL_HANDED_OVER] = "kernel_handed_over",
        [LEDGER_ROW_KERNEL_OFFLINE] = "kernel_offline",
        [LEDGER_ROW_KERNEL_OTHER] = "kernel_other",
        [LEDGER_ROW_FREE] = "free",
    };
    return row < LEDGER_ROW_COUNT ? words[row] : "none";
}

const char *ledger_row_text(enum ledger_row row)
{
    static const char *const texts[LEDGER_ROW_COUNT] = {
#define LEDGER_ROW_TEXT(name, kind, words) [LEDGER_ROW_##name] = (words),
        LEDGER_ROW_LIST(LEDGER_ROW_TEXT)
#undef LEDGER_ROW_TEXT
    };
    return row < LEDGER_ROW_COUNT ? texts[row] : "none";
}

enum ledger_kind ledger_row_kind(enum ledger_row row)
{
    static const enum ledger_kind kinds[LEDGER_ROW_COUNT] = {
#define LEDGER_ROW_KIND(name, kind, words) [LEDGER_ROW_##name] = LEDGER_##kind,
        LEDGER_ROW_LIST(LEDGER_ROW_KIND)
#undef LEDGER_ROW_KIND
    };
    return row < LEDGER_ROW_COUNT ? kinds[row] : LEDGER_NOTE;
}

char ledger_row_sign(enum ledger_row row)
{
    static const char signs[] = {
        [LEDGER_TOTAL] = '=', [LEDGER_TAKEN] = '-', [LEDGER_ADDED] = '+', [LEDGER_NOTE] = ' '};
    return signs[ledger_row_kind(row)];
}

bool ledger_next_row(const struct ledger *ledger, unsigned *at, enum ledger_row *row)
{
    for (; *at < LEDGER_ROW_COUNT; ++*at) {
        const enum ledger_row next = (enum ledger_row) * at;
        if ((ledger->known >> next & 1) == 0 ||
            (ledger->bytes[next] == 0 && ledger_row_kind(next) != LEDGER_TOTAL))
            continue;
        *row = next;
        ++*at;
        return true;
    }
    return false;
}

/* ---- from the map ---- */

static uint64_t sum_or_all(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return ckd_add(&sum, a, b) ? UINT64_MAX : sum;
}

static void count_classes(struct ledger *ledger, const struct memory_map *map)
{
    static const enum ledger_row rows[MEMORY_CLASS_COUNT] = {
        [MEMORY_USABLE] = LEDGER_ROW_USABLE,
        [MEMORY_BOOT_SERVICES] = LEDGER_ROW_BOOT_SERVICES,
        [MEMORY_LOADER] = LEDGER_ROW_LOADER,
        [MEMORY_ACPI_RECLAIM] = LEDGER_ROW_ACPI_RECLAIM,
        [MEMORY_SPECIFIC_PURPOSE] = LEDGER_ROW_SPECIFIC_PURPOSE,
        [MEMORY_PERSISTENT] = LEDGER_ROW_PERSISTENT,
        [MEMORY_UNACCEPTED] = LEDGER_ROW_UNACCEPTED,
        [MEMORY_OS_DEFINED] = LEDGER_ROW_OS_DEFINED,
        [MEMORY_OEM_DEFINED] = LEDGER_ROW_OEM_DEFINED,
        [MEMORY_ACPI_NVS] = LEDGER_ROW_ACPI_NVS,
        [MEMORY_RUNTIME_DATA] = LEDGER_ROW_RUNTIME_DATA,
        [MEMORY_RUNTIME_CODE] = LEDGER_ROW_RUNTIME_CODE,
        [MEMORY_PAL_CODE] = LEDGER_ROW_PAL_CODE,
        [MEMORY_RESERVED] = LEDGER_ROW_RESERVED,
        [MEMORY_UNKNOWN] = LEDGER_ROW_UNKNOWN,
        [MEMORY_MMIO] = LEDGER_ROW_MMIO,
        [MEMORY_MMIO_PORTS] = LEDGER_ROW_MMIO,
        [MEMORY_UNUSABLE] = LEDGER_ROW_UNUSABLE,
    };
    for (unsigned class = 0; class < MEMORY_CLASS_COUNT; class ++) {
        ledger->bytes[rows[class]] += map->bytes[class];
        if (memory_class_is_ram((enum memory_class) class))
            ledger->bytes[LEDGER_ROW_DESCRIBED] += map->bytes[class];
    }
}

static bool comes_to_the_kernel(enum memory_class class)
{
    return class == MEMORY_USABLE || class == MEMORY_BOOT_SERVICES || class == MEMORY_LOADER;
}

static void count_left_alone(struct ledger *ledger, const struct memory_range *range,
                             bool attributes_known)
{
    const uint64_t end = range->end.value;
    uint64_t start = range->start.value;
    if (start < LOW_MEMORY_END) {
        const uint64_t low_end = end < LOW_MEMORY_END ? end : LOW_MEMORY_END;
        ledger->bytes[LEDGER_ROW_LOW_MEMORY] += low_end - start;
        start = low_end;
    }
    if (attributes_known && (range->attributes & EFI_ATTRIBUTE_WB) == 0)
        ledger->bytes[LEDGER_ROW_UNCACHEABLE] += end - start;
    else if (end > DIRECT_MAP_SIZE)
        ledger->bytes[LEDGER_ROW_UNREACHABLE] +=
            end - (start > DIRECT_MAP_SIZE ? start : DIRECT_MAP_SIZE);
}

static void count_ranges(struct ledger *ledger, const struct memory_map *map, bool attributes_known)
{
    for (size_t i = 0; i < map->range_count; i++) {
        const struct memory_range *range = &map->ranges[i];
        if (comes_to_the_kernel(range->class))
            count_left_alone(ledger, range, attributes_known);
        if (range->class == MEMORY_USABLE && (range->attributes & EFI_ATTRIBUTE_MORE_RELIABLE) != 0)
            ledger->bytes[LEDGER_ROW_MORE_RELIABLE] += range->end.value - range->start.value;
    }
}

static uint64_t region_bytes(const struct boot_region *region)
{
    uint64_t size;
    if (region->page_count == 0)
        return 0;
    if (ckd_mul(&size, region->page_count, PAGE_SIZE))
        return UINT64_MAX;
    return size - region->bytes_less % PAGE_SIZE;
}

static uint64_t rounded_inward(const struct memory_change *change)
{
    const uint64_t start = change->start.value, end = change->end.value;
    const uint64_t first = align_up(start, PAGE_SIZE), last = align_down(end, PAGE_SIZE);
    return first < last ? first - start + (end - last) : end - start;
}

static void count_changes(struct ledger *ledger, const struct view *view,
                          const struct memory_map *map)
{
    uint64_t *bytes = ledger->bytes;
    for (size_t i = 0; i < map->change_count; i++) {
        const struct memory_change *change = &map->changes[i];
        const uint64_t size = change->end.value - change->start.value;
        switch (change->kind) {
        case MEMORY_CHANGE_EMPTY:
        case MEMORY_CHANGE_WRAPS:
        case MEMORY_CHANGE_BEYOND:
            if (change->winner < view->region_count)
                bytes[LEDGER_ROW_IGNORED] = sum_or_all(
                    bytes[LEDGER_ROW_IGNORED], region_bytes(&view->regions[change->winner]));
            break;
        case MEMORY_CHANGE_ROUNDED_IN:
            bytes[LEDGER_ROW_ROUNDED_AWAY] =
                sum_or_all(bytes[LEDGER_ROW_ROUNDED_AWAY], rounded_inward(change));
            break;
        case MEMORY_CHANGE_CONFLICT:
            bytes[LEDGER_ROW_CONTESTED] += size;
            bytes[LEDGER_ROW_TWICE] += size;
            break;
        case MEMORY_CHANGE_DUPLICATE:
            bytes[LEDGER_ROW_TWICE] += size;
            break;
        default: /* rounded outward: nothing is lost */
            break;
        }
    }
}

static void compare_with_installed(struct ledger *ledger, const struct view *view)
{
    uint64_t *bytes = ledger->bytes;
    if (!view_knows(view, VIEW_FACT_INSTALLED) || !view_knows(view, VIEW_FACT_WHOLE_MAP) ||
        view->installed_bytes == 0)
        return;
    const uint64_t installed = view->installed_bytes;
    const uint64_t persistent = bytes[LEDGER_ROW_PERSISTENT];
    const uint64_t described = bytes[LEDGER_ROW_DESCRIBED] - persistent; /* volatile */
    bytes[LEDGER_ROW_INSTALLED] = installed;
    bytes[LEDGER_ROW_NOT_DESCRIBED] = installed > described ? installed - described : 0;
    bytes[LEDGER_ROW_BEYOND_INSTALLED] =
        (described > installed ? described - installed : 0) + persistent;
    ledger->known |= ROW(INSTALLED) | ROW(NOT_DESCRIBED) | ROW(BEYOND_INSTALLED);
}

/* The sum of what comes before it: LE1. Wraps if the rows are wrong, which ledger_check then says. */
static uint64_t reclaimed(const struct ledger *ledger)
{
    const uint64_t *bytes = ledger->bytes;
    return bytes[LEDGER_ROW_USABLE] + bytes[LEDGER_ROW_FROM_BOOT_SERVICES] +
           bytes[LEDGER_ROW_FROM_LOADER] + bytes[LEDGER_ROW_FROM_ACPI] -
           bytes[LEDGER_ROW_LOW_MEMORY] - bytes[LEDGER_ROW_UNCACHEABLE] -
           bytes[LEDGER_ROW_UNREACHABLE];
}

/* Rows that say 0 only if the source would have said otherwise. What is not 0 was said. */
static void judge_known(struct ledger *ledger, const struct view *view)
{
    static const struct {
        uint64_t rows;
        uint32_t facts;
    } needs[] = {
        {ROW(RESERVED) | ROW(UNUSABLE) | ROW(IGNORED) | ROW(ROUNDED_AWAY) | ROW(DESCRIBED) |
             ROW(ACPI_NVS) | ROW(ACPI_RECLAIM) | ROW(PERSISTENT) | ROW(USABLE) | ROW(LOW_MEMORY) |
             ROW(UNREACHABLE) | ROW(RECLAIMED),
         0},
        {ROW(UNKNOWN) | ROW(MMIO) | ROW(RUNTIME_CODE) | ROW(RUNTIME_DATA) | ROW(UNACCEPTED) |
             ROW(OEM_DEFINED) | ROW(OS_DEFINED) | ROW(PAL_CODE) | ROW(BOOT_SERVICES) | ROW(LOADER) |
             ROW(FROM_BOOT_SERVICES) | ROW(FROM_LOADER),
         VIEW_KNOWS(EFI_TYPES)},
        {ROW(SPECIFIC_PURPOSE) | ROW(MORE_RELIABLE) | ROW(UNCACHEABLE), VIEW_KNOWS(ATTRIBUTES)},
        {ROW(TWICE) | ROW(CONTESTED), VIEW_KNOWS(OVERLAPS)},
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if ((needs[i].facts & ~view->knows) == 0)
            ledger->known |= needs[i].rows;
    for (unsigned row = 0; row < LEDGER_ROW_COUNT; row++)
        if (ledger->bytes[row] != 0)
            ledger->known |= UINT64_C(1) << row;
}

struct ledger ledger_of_map(const struct view *view, const struct memory_map *map)
{
    struct ledger ledger = {.projected = true};
    count_classes(&ledger, map);
    count_ranges(&ledger, map, view_knows(view, VIEW_FACT_ATTRIBUTES));
    count_changes(&ledger, view, map);
    compare_with_installed(&ledger, view);
    ledger.bytes[LEDGER_ROW_FROM_BOOT_SERVICES] = map->bytes[MEMORY_BOOT_SERVICES];
    ledger.bytes[LEDGER_ROW_FROM_LOADER] = map->bytes[MEMORY_LOADER];
    ledger.bytes[LEDGER_ROW_RECLAIMED] = reclaimed(&ledger);
    judge_known(&ledger, view);
    return ledger;
}

/* ---- in a running kernel ---- */

void ledger_continue(struct ledger *ledger, const struct ledger_use *use)
{
    uint64_t *bytes = ledger->bytes;
    bytes[LEDGER_ROW_FROM_BOOT_SERVICES] = use->from_boot_services;
    bytes[LEDGER_ROW_FROM_LOADER] = use->from_loader;
    bytes[LEDGER_ROW_FROM_ACPI] = use->from_acpi;
    bytes[LEDGER_ROW_LOW_MEMORY] = use->low_memory;
    bytes[LEDGER_ROW_RECLAIMED] = reclaimed(ledger);

    bytes[LEDGER_ROW_KERNEL_IMAGE] = use->image;
    bytes[LEDGER_ROW_KERNEL_TABLES] = use->tables;
    bytes[LEDGER_ROW_KERNEL_METADATA] = use->metadata;
    bytes[LEDGER_ROW_KERNEL_EARLY] = use->early;
    bytes[LEDGER_ROW_KERNEL_HEAP] = use->heap;
    bytes[LEDGER_ROW_KERNEL_HANDED_OVER] = use->handed_over;
    bytes[LEDGER_ROW_KERNEL_OFFLINE] = use->offline;
    bytes[LEDGER_ROW_FREE] = use->free;
    uint64_t named = use->free;
    for (unsigned row = LEDGER_ROW_KERNEL_IMAGE; row < LEDGER_ROW_KERNEL_OTHER; row++)
        named = sum_or_all(named, bytes[row]);
    const uint64_t total = bytes[LEDGER_ROW_RECLAIMED];
    bytes[LEDGER_ROW_KERNEL_OTHER] = named < total ? total - named : 0;

    for (unsigned row = LEDGER_ROW_FROM_BOOT_SERVICES; row <= LEDGER_ROW_FREE; row++)
        if (row != LEDGER_ROW_UNCACHEABLE)
            ledger->known |= UINT64_C(1) << row;
    ledger->projected = false;
}

/* ---- check ---- */

static const char *does_not_close(unsigned row)
{
    switch (row) {
    case LEDGER_ROW_DESCRIBED:
        return "LE1: described is not installed memory and the rows between";
    case LEDGER_ROW_USABLE:
        return "LE1: usable is not described memory less the rows between";
    case LEDGER_ROW_RECLAIMED:
        return "LE1: reclaimed is not usable memory and the rows between";
    default:
        return "LE1: free is not reclaimed memory less the rows between";
    }
}

static const char *check_chain(const struct ledger *ledger)
{
    uint64_t sum = 0;
    bool started = false, open = false, broken = false;
    for (unsigned row = 0; row < LEDGER_ROW_COUNT; row++) {
        const uint64_t bytes = ledger->bytes[row];
        if ((ledger->known >> row & 1) == 0) {
            if (bytes != 0)
                return "LE2: a row that is not known counts something";
            continue;
        }
        switch (ledger_row_kind((enum ledger_row)row)) {
        case LEDGER_TOTAL:
            if (started && (broken || sum != bytes))
                return does_not_close(row);
            sum = bytes;
            started = true;
            open = false;
            break;
        case LEDGER_TAKEN:
            broken |= ckd_sub(&sum, sum, bytes);
            open = true;
            break;
        case LEDGER_ADDED:
            broken |= ckd_add(&sum, sum, bytes);
            open = true;
            break;
        case LEDGER_NOTE:
            break;
        }
    }
    return open ? "LE4: rows behind the last total lead to none" : nullptr;
}

const char *ledger_check(const struct ledger *ledger)
{
    const uint64_t *bytes = ledger->bytes;
    const char *broken = check_chain(ledger);
    if (broken != nullptr)
        return broken;
    if (bytes[LEDGER_ROW_CONTESTED] > bytes[LEDGER_ROW_TWICE])
        return "LE3: more bytes are contested than are described twice";
    if (bytes[LEDGER_ROW_MORE_RELIABLE] > bytes[LEDGER_ROW_USABLE])
        return "LE3: more bytes are more reliable than are usable";
    return nullptr;
}
