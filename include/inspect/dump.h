/* SPDX-License-Identifier: MIT
 * The raw dump, map.bin: what the firmware said, byte for byte, so that a host program sees what the machine saw.
 * Little-endian; a header, then records one behind the other, each aligned to 8. docs/dump_format.md tells it in
 * words. Unknown records are skipped by their length. Pure.
 *
 *   header   magic "FHMAPDMP", uint32 version (1), uint32 header size (32), uint64 size of the whole, uint32 CRC-32 of all
 *            behind the header (IEEE 802.3, reflected), uint32 zero
 *   record   uint32 kind, uint32 signature, uint64 original address, uint64 payload size, payload, zeros to 8 */
#ifndef INSPECT_DUMP_H
#define INSPECT_DUMP_H

#include <inspect/view.h>

enum dump_record : uint32_t {
    DUMP_SNAPSHOT_ENTRY = 1,       /* struct boot_region[] */
    DUMP_SNAPSHOT_BEFORE_EXIT = 2, /* the same */
    DUMP_SNAPSHOT_FINAL = 3,       /* the same */
    DUMP_TABLE =
        4, /* signature: enum boot_table_kind in the record's `signature`; the payload starts with
                                      uint32 signature of struct boot_table, uint32 zero; then the table; size 8: place only */
    DUMP_FACTS = 5,   /* struct dump_facts */
    DUMP_VENDOR = 6,  /* text, no NUL */
    DUMP_MACHINE = 7, /* text, no NUL */
};

struct dump_facts {
    uint32_t size; /* of this struct */
    uint32_t phys_bits, descriptor_size, descriptor_version, uefi_revision, firmware_revision;
    uint64_t system_table, runtime_services;
    uint64_t framebuffer_start, framebuffer_size;
};
static_assert(sizeof(struct dump_facts) == 56);

struct dump_snapshot {
    const struct boot_region *regions;
    uint32_t count; /* 0: there is none */
};
struct dump_source {
    struct dump_snapshot snapshots[3]; /* entry, before exit, final */
    const struct view_table *tables;
    size_t table_count;
    struct dump_facts facts;
    const char *vendor, *machine;
};

/* Bytes that the dump takes; 0 if that does not fit in size_t. */
size_t dump_size(const struct dump_source *source);
/* Write it to `memory` of exactly that size. */
status_t dump_write(const struct dump_source *source, void *memory, size_t size);

/* Is it one? (The magic alone.) */
bool dump_is(const void *data, size_t size);
/* Bytes of memory that dump_read needs (aligned to 16), by a look at the records; 0: damaged, or does not fit. */
size_t dump_memory_size(const void *data, size_t size);
/* Read a dump. BAD_FORMAT, TRUNCATED, BAD_CHECKSUM, UNSUPPORTED (version): *reason is a static sentence. The view is
 * of the newest snapshot that is there (before exit, else final, else entry) and points into `memory` and `data`;
 * the other snapshots are in *snapshots. */
status_t dump_read(const void *data, size_t size, void *memory, size_t memory_size,
                   struct view *out, struct dump_snapshot snapshots[3], const char **reason);

#endif
