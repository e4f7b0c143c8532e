/* SPDX-License-Identifier: MIT
 * Writing a dump: header, snapshots, tables, facts, texts (docs/dump_format.md).
 *
 * Problem: the same bytes must be counted before there is memory for them, and written afterwards.
 * Shape:   one walk over the source hands out pieces; it runs twice, over a writer that has memory and one that
 *          has none and only counts. So the two cannot disagree.
 * Cost:    linear in the dump. The checksum goes over it once more.
 * Not here: files. */
#include <inspect/dump.h>

#include <base/crc32.h>
#include <base/string.h>

#include <stdckdint.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structures are written as they stand");

constexpr size_t RECORD_ALIGNMENT = 8;

struct writer {
    unsigned char *memory; /* null: count only */
    size_t at;
    bool overflow;
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
    const size_t at = writer->at;
    if (ckd_add(&writer->at, at, size))
        writer->overflow = true;
    else if (writer->memory != nullptr && size != 0)
        memcpy(writer->memory + at, bytes, size);
}

static void put_record(struct writer *writer, enum dump_record kind, uint64_t original,
                       const void *payload, size_t size)
{
    static const unsigned char zeros[RECORD_ALIGNMENT] = {};
    const struct dump_record_header header = {.kind = kind, .original = original, .size = size};
    put(writer, &header, sizeof header);
    put(writer, payload, size);
    put(writer, zeros, -size % RECORD_ALIGNMENT);
}

static void put_table(struct writer *writer, const struct view_table *table)
{
    static const unsigned char zeros[RECORD_ALIGNMENT] = {};
    const uint32_t prefix[2] = {table->signature, 0};
    const uint64_t size = table->data != nullptr ? table->size : 0;
    struct dump_record_header header = {
        .kind = DUMP_TABLE, .signature = table->kind, .original = table->original};
    if (ckd_add(&header.size, size, sizeof prefix)) {
        writer->overflow = true;
        return;
    }
    put(writer, &header, sizeof header);
    put(writer, prefix, sizeof prefix);
    put(writer, table->data, size);
    put(writer, zeros, -size % RECORD_ALIGNMENT);
}

static void put_text(struct writer *writer, enum dump_record kind, const char *text)
{
    if (text != nullptr && text[0] != '\0')
        put_record(writer, kind, 0, text, strlen(text));
}

static void put_snapshot(struct writer *writer, enum dump_record kind, uint64_t original,
                         const struct dump_snapshot *snapshot)
{
    size_t size;
    if (ckd_mul(&size, (size_t)snapshot->count, sizeof snapshot->regions[0]))
        writer->overflow = true;
    else if (size != 0)
        put_record(writer, kind, original, snapshot->regions, size);
}

static void put_source(struct writer *writer, const struct dump_source *source)
{
    struct dump_header header = {
        .magic = "FHMAPDMP", .version = DUMP_VERSION, .header_size = sizeof header};
    struct dump_facts facts = source->facts;
    facts.size = sizeof facts;

    put(writer, &header, sizeof header);
    put_snapshot(writer, DUMP_SNAPSHOT_ENTRY, 0, &source->snapshots[DUMP_ENTRY]);
    put_snapshot(writer, DUMP_SNAPSHOT_BEFORE_EXIT, 0, &source->snapshots[DUMP_BEFORE_EXIT]);
    put_snapshot(writer, DUMP_SNAPSHOT_FINAL, 0, &source->snapshots[DUMP_FINAL]);
    put_snapshot(writer, DUMP_SNAPSHOT_LAST_BOOT, source->last_boot_report,
                 &source->snapshots[DUMP_LAST_BOOT]);
    put_snapshot(writer, DUMP_SNAPSHOT_REPORT, 0, &source->snapshots[DUMP_REPORT]);
    for (size_t i = 0; i < source->table_count; i++)
        put_table(writer, &source->tables[i]);
    put_record(writer, DUMP_FACTS, 0, &facts, sizeof facts);
    put_text(writer, DUMP_VENDOR, source->vendor);
    put_text(writer, DUMP_MACHINE, source->machine);

    if (writer->memory == nullptr || writer->overflow)
        return;
    header.size = writer->at;
    header.crc = crc32_of(writer->memory + sizeof header, writer->at - sizeof header);
    memcpy(writer->memory, &header, sizeof header);
}

size_t dump_size(const struct dump_source *source)
{
    struct writer writer = {};
    put_source(&writer, source);
    return writer.overflow ? 0 : writer.at;
}

status_t dump_write(const struct dump_source *source, void *memory, size_t size)
{
    const size_t needed = dump_size(source);
    if (needed == 0)
        return STATUS_OVERFLOW;
    if (size < needed)
        return STATUS_NO_MEMORY;
    struct writer writer = {.memory = memory};
    put_source(&writer, source);
    return STATUS_OK;
}
