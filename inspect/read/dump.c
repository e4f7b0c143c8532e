/* SPDX-License-Identifier: MIT
 * Reading a dump (docs/dump_format.md).
 *
 * Problem: a file from anywhere: cut, damaged, made to harm, or written by a later program.
 * Shape:   judge() looks at everything once and keeps where things are (struct contents); nothing behind it meets a
 *          length that was not checked. What is aligned in C is copied: the file may start anywhere.
 *
 *            memory  | snapshots | tables[] | vendor, machine | what view_add_tables needs |
 * DU1  each record, with its padding, lies within the size that the header states, which is what was given, or less
 * DU2  there is one snapshot of a kind, and one of facts, vendor and machine
 * DU3  a kind that is not known is skipped; a longer struct of facts is read as far as it is known
 * Cost:    linear, twice over the records, once over the bytes for the checksum.
 * Not here: judging the descriptors (memory_map, lint) and the tables (view_add_tables). */
#include <inspect/dump.h>

#include <base/crc32.h>
#include <base/string.h>

#include <stdckdint.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structures are read as they stand");

static_assert(
    VIEW_FACT_EFI_TYPES == 0 && VIEW_FACT_ORDER == 3 && VIEW_FACT_PHYS_BITS == 6 &&
        VIEW_FACT_INSTALLED == 8 && VIEW_FACT_PLACES == 11,
    "the bits of dump_facts.not_known stand in docs/dump_format.md: new facts come behind");

constexpr size_t RECORD_ALIGNMENT = 8;
constexpr size_t MEMORY_ALIGNMENT = 16;
constexpr size_t TABLE_PREFIX = 8;
constexpr unsigned PHYS_BITS_MIN = 32; /* no 64-bit processor has fewer */

static const char MAGIC[sizeof((struct dump_header){}.magic)] = "FHMAPDMP";

struct record {
    struct dump_record_header header;
    const unsigned char *payload;
};

/* Where everything is. An absent record has no payload. */
struct contents {
    struct record snapshots[DUMP_SNAPSHOT_COUNT];
    struct record facts, vendor, machine;
    size_t table_count;
    const unsigned char *records;
    size_t records_size;
};

static status_t refuse(status_t status, const char *sentence, const char **reason)
{
    *reason = sentence;
    return status;
}

/* ---- judging ---- */

/* The record at *at, which is then behind it. False if it does not fit (DU1). */
static bool next_record(const unsigned char *records, size_t size, size_t *at, struct record *out)
{
    const size_t left = size - *at;
    if (left < sizeof out->header)
        return false;
    memcpy(&out->header, records + *at, sizeof out->header);
    out->payload = records + *at + sizeof out->header;
    const uint64_t room = left - sizeof out->header;
    if (out->header.size > room || -out->header.size % RECORD_ALIGNMENT > room - out->header.size)
        return false;
    *at += sizeof out->header + align_up(out->header.size, RECORD_ALIGNMENT);
    return true;
}

static struct view_table table_of(const struct record *record)
{
    struct view_table table = {.kind = record->header.signature,
                               .original = record->header.original};
    memcpy(&table.signature, record->payload, sizeof table.signature);
    table.size = record->header.size - TABLE_PREFIX;
    table.data = table.size != 0 ? record->payload + TABLE_PREFIX : nullptr;
    return table;
}

/* DU2 */
static const char *keep(struct record *place, const struct record *record)
{
    if (place->payload != nullptr)
        return "a record that can be there once is there twice";
    *place = *record;
    return nullptr;
}

static const char *keep_snapshot(struct record *place, const struct record *record)
{
    const uint64_t size = record->header.size;
    if (size % sizeof(struct boot_region) != 0 || size / sizeof(struct boot_region) > UINT32_MAX)
        return "a snapshot is not a whole number of descriptors";
    return keep(place, record);
}

static const char *keep_record(struct contents *contents, const struct record *record)
{
    switch (record->header.kind) {
    case DUMP_SNAPSHOT_ENTRY:
        return keep_snapshot(&contents->snapshots[DUMP_ENTRY], record);
    case DUMP_SNAPSHOT_BEFORE_EXIT:
        return keep_snapshot(&contents->snapshots[DUMP_BEFORE_EXIT], record);
    case DUMP_SNAPSHOT_FINAL:
        return keep_snapshot(&contents->snapshots[DUMP_FINAL], record);
    case DUMP_SNAPSHOT_LAST_BOOT:
        return keep_snapshot(&contents->snapshots[DUMP_LAST_BOOT], record);
    case DUMP_SNAPSHOT_REPORT:
        return keep_snapshot(&contents->snapshots[DUMP_REPORT], record);
    case DUMP_TABLE:
        if (record->header.size < TABLE_PREFIX)
            return "a table is shorter than what stands in front of it";
        contents->table_count++;
        return nullptr;
    case DUMP_FACTS:
        if (record->header.size < sizeof(struct dump_facts))
            return "the facts are too short";
        return keep(&contents->facts, record);
    case DUMP_VENDOR:
        return keep(&contents->vendor, record);
    case DUMP_MACHINE:
        return keep(&contents->machine, record);
    default:
        return nullptr; /* DU3 */
    }
}

static const char *judge_records(struct contents *contents)
{
    for (size_t at = 0; at < contents->records_size;) {
        struct record record;
        if (!next_record(contents->records, contents->records_size, &at, &record))
            return "a record is longer than what is left of the dump";
        const char *fault = keep_record(contents, &record);
        if (fault != nullptr)
            return fault;
    }
    return nullptr;
}

static status_t judge(const void *data, size_t size, bool sum, struct contents *out,
                      const char **reason)
{
    struct dump_header header;
    struct contents contents = {};
    if (!dump_is(data, size))
        return refuse(STATUS_BAD_FORMAT, "it does not start as a dump does", reason);
    if (size < sizeof header)
        return refuse(STATUS_TRUNCATED, "it ends inside its header", reason);
    memcpy(&header, data, sizeof header);
    if (header.version != DUMP_VERSION)
        return refuse(STATUS_UNSUPPORTED, "it was written in a format that is not known here",
                      reason);
    if (header.header_size < sizeof header || !is_aligned(header.header_size, RECORD_ALIGNMENT) ||
        header.header_size > header.size)
        return refuse(STATUS_BAD_FORMAT, "the size of its header makes no sense", reason);
    if (header.size > size)
        return refuse(STATUS_TRUNCATED, "it ends before the size that its header states", reason);
    contents.records = (const unsigned char *)data + header.header_size;
    contents.records_size = (size_t)(header.size - header.header_size);
    if (sum && crc32_of(contents.records, contents.records_size) != header.crc)
        return refuse(STATUS_BAD_CHECKSUM, "its checksum is wrong: it was changed or damaged",
                      reason);
    const char *fault = judge_records(&contents);
    if (fault != nullptr)
        return refuse(STATUS_BAD_FORMAT, fault, reason);
    *out = contents;
    return STATUS_OK;
}

bool dump_is(const void *data, size_t size)
{
    return size >= sizeof MAGIC && memcmp(data, MAGIC, sizeof MAGIC) == 0;
}

/* ---- what goes where in `memory` ---- */

struct plan {
    size_t snapshots[DUMP_SNAPSHOT_COUNT], tables, vendor, machine, rest; /* offsets */
    bool overflow;
};

/* The offset of `size` bytes at *at, which is then behind them. */
static size_t reserve(size_t *at, uint64_t size, bool *overflow)
{
    const size_t start = *at;
    uint64_t end;
    if (ckd_add(&end, start, size) || ckd_add(&end, end, MEMORY_ALIGNMENT - 1))
        *overflow = true;
    else
        *at = align_down(end, MEMORY_ALIGNMENT);
    return start;
}

static struct plan plan_of(const struct contents *contents)
{
    struct plan plan = {};
    size_t at = 0;
    for (unsigned i = 0; i < DUMP_SNAPSHOT_COUNT; i++)
        plan.snapshots[i] = reserve(&at, contents->snapshots[i].header.size, &plan.overflow);
    uint64_t tables_size;
    plan.overflow |= ckd_mul(&tables_size, contents->table_count, sizeof(struct view_table));
    plan.tables = reserve(&at, tables_size, &plan.overflow);
    plan.vendor = reserve(&at, contents->vendor.header.size + 1, &plan.overflow);
    plan.machine = reserve(&at, contents->machine.header.size + 1, &plan.overflow);
    plan.rest = at;
    return plan;
}

/* The tables of the dump, one by one; *at starts as 0. */
static bool next_table(const struct contents *contents, size_t *at, struct view_table *out)
{
    struct record record;
    while (*at < contents->records_size &&
           next_record(contents->records, contents->records_size, at, &record))
        if (record.header.kind == DUMP_TABLE) {
            *out = table_of(&record);
            return true;
        }
    return false;
}

size_t dump_memory_size(const void *data, size_t size)
{
    struct contents contents;
    const char *reason;
    if (judge(data, size, false, &contents, &reason) != STATUS_OK)
        return 0;
    struct plan plan = plan_of(&contents);
    /* Without memory for a list of tables they can only be asked about one at a time, which is not less. */
    size_t total = plan.rest;
    reserve(&total, view_tables_memory_size(nullptr, 0), &plan.overflow);
    struct view_table table;
    for (size_t at = 0; next_table(&contents, &at, &table);) {
        const size_t needed = view_tables_memory_size(&table, 1);
        plan.overflow |= needed == 0;
        reserve(&total, needed, &plan.overflow);
    }
    return plan.overflow ? 0 : total;
}

/* ---- reading ---- */

static const char *copy_text(const struct record *record, char *to)
{
    const size_t length = (size_t)record->header.size;
    for (size_t i = 0; i < length; i++) {
        const unsigned char character = record->payload[i];
        to[i] = character >= ' ' && character <= '~' ? (char)character : '?';
    }
    to[length] = '\0';
    return to;
}

/* The number of a report; 0, for not known, where it cannot be one. */
static uint32_t report_of(const struct record *record)
{
    const uint64_t number = record->header.original;
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static struct dump_facts facts_of(const struct contents *contents)
{
    struct dump_facts facts = {};
    if (contents->facts.payload != nullptr)
        memcpy(&facts, contents->facts.payload, sizeof facts);
    return facts;
}

static struct view view_of(const struct dump_facts *facts)
{
    struct view view = view_empty(VIEW_DUMP);
    view.knows = (VIEW_KNOWS(EFI_TYPES) | VIEW_KNOWS(ATTRIBUTES) | VIEW_KNOWS(HIGH_ATTRIBUTES) |
                  VIEW_KNOWS(ORDER) | VIEW_KNOWS(OVERLAPS) | VIEW_KNOWS(WHOLE_MAP));
    if (facts->phys_bits >= PHYS_BITS_MIN && facts->phys_bits <= PHYS_BITS_MAX) {
        view.phys_bits = facts->phys_bits;
        view.knows |= VIEW_KNOWS(PHYS_BITS);
    }
    if (facts->descriptor_size != 0)
        view.knows |= VIEW_KNOWS(DESCRIPTOR_SIZE);
    view.descriptor_size = facts->descriptor_size;
    view.descriptor_version = facts->descriptor_version;
    view.uefi_revision = facts->uefi_revision;
    return view;
}

static size_t places_of(const struct dump_facts *facts, struct view_place places[static 3])
{
    size_t count = 0;
    if (facts->system_table != 0)
        places[count++] = (struct view_place){
            .kind = PLACE_SYSTEM_TABLE, .start = facts->system_table, .size = 1};
    if (facts->runtime_services != 0)
        places[count++] = (struct view_place){
            .kind = PLACE_RUNTIME_SERVICES, .start = facts->runtime_services, .size = 1};
    if (facts->framebuffer_size != 0)
        places[count++] = (struct view_place){.kind = PLACE_FRAMEBUFFER,
                                              .start = facts->framebuffer_start,
                                              .size = facts->framebuffer_size};
    return count;
}

static status_t add_tables(const struct contents *contents, const struct plan *plan,
                           const struct dump_facts *facts, unsigned char *memory, size_t size,
                           struct view *view)
{
    struct view_table *tables = (struct view_table *)(void *)(memory + plan->tables);
    struct view_place places[3];
    const size_t place_count = places_of(facts, places);
    size_t count = 0;
    for (size_t at = 0; next_table(contents, &at, &tables[count]);)
        count++;
    return view_add_tables(view, tables, count, places, place_count, memory + plan->rest,
                           size - plan->rest);
}

status_t dump_read(const void *data, size_t size, void *memory, size_t memory_size,
                   struct view *out, struct dump_snapshot snapshots[static DUMP_SNAPSHOT_COUNT],
                   const char **reason)
{
    struct contents contents;
    status_t status = judge(data, size, true, &contents, reason);
    if (status != STATUS_OK)
        return status;
    const struct plan plan = plan_of(&contents);
    if (plan.overflow || memory_size < plan.rest)
        return refuse(STATUS_NO_MEMORY, "there is not enough memory to read it", reason);

    unsigned char *bytes = memory;
    const struct dump_facts facts = facts_of(&contents);
    struct view view = view_of(&facts);
    view.vendor = copy_text(&contents.vendor, (char *)bytes + plan.vendor);
    view.machine = copy_text(&contents.machine, (char *)bytes + plan.machine);

    struct dump_snapshot found[DUMP_SNAPSHOT_COUNT];
    for (unsigned i = 0; i < DUMP_SNAPSHOT_COUNT; i++) {
        const struct record *record = &contents.snapshots[i];
        struct boot_region *regions = (struct boot_region *)(void *)(bytes + plan.snapshots[i]);
        if (record->payload != nullptr)
            memcpy(regions, record->payload, (size_t)record->header.size);
        found[i] = (struct dump_snapshot){
            regions, (uint32_t)(record->header.size / sizeof(struct boot_region))};
    }
    static const enum dump_snapshot_index newest_first[] = {DUMP_BEFORE_EXIT, DUMP_FINAL,
                                                            DUMP_ENTRY};
    constexpr unsigned own = sizeof newest_first / sizeof newest_first[0];
    for (unsigned i = 0; i < own && view.region_count == 0; i++) {
        view.regions = found[newest_first[i]].regions;
        view.region_count = found[newest_first[i]].count;
    }
    view.last_boot = found[DUMP_LAST_BOOT].regions;
    view.last_boot_count = found[DUMP_LAST_BOOT].count;
    view.last_boot_report = report_of(&contents.snapshots[DUMP_LAST_BOOT]);
    status = add_tables(&contents, &plan, &facts, bytes, memory_size, &view);
    if (status != STATUS_OK)
        return refuse(status, "there is not enough memory to read its tables", reason);
    view.knows &= ~facts.not_known;
    *out = view;
    memcpy(snapshots, found, sizeof found);
    return STATUS_OK;
}
