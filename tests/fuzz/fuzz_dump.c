/* SPDX-License-Identifier: MIT
 * A dump of arbitrary bytes at any alignment: it is read or refused, in memory of exactly the size that was asked
 * for; what was read is sane, makes a map and a ledger that closes, and comes back if it is written again.
 * The first byte: bits 0..2 alignment; bit 3: make magic, version, sizes and checksum right, so that records are
 * reached. */
#include <base/crc32.h>
#include <inspect/dump.h>
#include <inspect/ledger.h>
#include <inspect/map_diff.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr size_t SIZE_MAX_TRIED = 1 << 14;

static void demand(bool condition, const char *sentence)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n", sentence);
    abort();
}

static void correct(unsigned char *bytes, size_t size)
{
    struct dump_header header = {
        .magic = "FHMAPDMP", .version = DUMP_VERSION, .header_size = sizeof header, .size = size};
    if (size < sizeof header)
        return;
    header.crc = crc32_of(bytes + sizeof header, size - sizeof header);
    memcpy(bytes, &header, sizeof header);
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static struct memory_map build(const struct boot_region *regions, uint32_t count,
                               unsigned phys_bits, void **memory)
{
    struct memory_map map;
    const size_t size = memory_map_memory_size(count);
    *memory = malloc(size);
    if (memory_map_build(regions, count, phys_bits, *memory, size, &map) != STATUS_OK)
        abort();
    return map;
}

static void use_view(const struct view *view, const struct dump_snapshot *other)
{
    void *memory, *other_memory;
    const struct memory_map map =
        build(view->regions, view->region_count, view->phys_bits, &memory);
    const struct memory_map entry =
        build(other->regions, other->count, view->phys_bits, &other_memory);
    const struct ledger ledger = ledger_of_map(view, &map);
    const char *broken = ledger_check(&ledger);
    demand(broken == nullptr, broken);
    struct map_diff_totals totals, back;
    map_diff_sum(&map, &entry, &totals);
    map_diff_sum(&entry, &map, &back);
    demand(totals.differences == back.differences, "the diff is not the same both ways");
    free(memory);
    free(other_memory);
}

static void write_again(const struct view *view,
                        const struct dump_snapshot snapshots[static DUMP_SNAPSHOT_COUNT])
{
    const struct dump_source source = {
        .snapshots = {snapshots[0], snapshots[1], snapshots[2], snapshots[3], snapshots[4]},
        .last_boot_report = view->last_boot_report,
        .vendor = view->vendor,
        .machine = view->machine};
    const size_t size = dump_size(&source);
    unsigned char *bytes = malloc(size);
    demand(dump_write(&source, bytes, size) == STATUS_OK, "what was read cannot be written");
    const size_t memory_size = dump_memory_size(bytes, size);
    void *memory = malloc(memory_size);
    struct view again;
    struct dump_snapshot found[DUMP_SNAPSHOT_COUNT];
    const char *reason;
    demand(dump_read(bytes, size, memory, memory_size, &again, found, &reason) == STATUS_OK,
           "what was written cannot be read");
    for (unsigned i = 0; i < DUMP_SNAPSHOT_COUNT; i++)
        demand(found[i].count == snapshots[i].count &&
                   memcmp(found[i].regions, snapshots[i].regions,
                          found[i].count * sizeof(struct boot_region)) == 0,
               "a snapshot changed");
    demand(strcmp(again.vendor, view->vendor) == 0 && strcmp(again.machine, view->machine) == 0,
           "a text changed");
    demand(again.last_boot_count == found[DUMP_LAST_BOOT].count &&
               again.last_boot_report == (again.last_boot_count != 0 ? view->last_boot_report : 0),
           "the last boot changed");
    free(memory);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > SIZE_MAX_TRIED)
        return 0;
    const size_t shift = data[0] & 7, dump_bytes = size - 1;
    unsigned char *block = malloc(dump_bytes + shift), *dump = block + shift;
    if (dump_bytes != 0)
        memcpy(dump, data + 1, dump_bytes);
    if ((data[0] & 8) != 0)
        correct(dump, dump_bytes);

    const size_t memory_size = dump_memory_size(dump, dump_bytes);
    void *memory = malloc(memory_size);
    struct view view;
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason = nullptr;
    const status_t status =
        dump_read(dump, dump_bytes, memory, memory_size, &view, snapshots, &reason);
    demand((status == STATUS_OK) == (reason == nullptr), "a refusal without a reason");
    demand(memory_size == 0 || status != STATUS_NO_MEMORY, "the memory was not enough");
    free(block);
    if (status == STATUS_OK) {
        demand(is_printable(view.vendor) && is_printable(view.machine), "text is not sanitized");
        demand(view.region_count <= dump_bytes / sizeof(struct boot_region),
               "more descriptors than there are bytes");
        use_view(&view, &snapshots[DUMP_ENTRY]);
        write_again(&view, snapshots);
    }
    free(memory);
    return 0;
}
