/* SPDX-License-Identifier: MIT
 * The raw dump, map.bin: what the firmware said, byte for byte, so that a host program sees what the machine saw.
 * Little-endian; a header, then records one behind the other, each aligned to 8. docs/dump_format.md tells it in
 * words. Unknown records are skipped by their length. Pure. */
#ifndef INSPECT_DUMP_H
#define INSPECT_DUMP_H

#include <inspect/view.h>

constexpr uint32_t DUMP_VERSION = 1;

struct dump_header {
    char magic[8]; /* "FHMAPDMP" */
    uint32_t version, header_size;
    uint64_t size; /* of the whole, header included */
    uint32_t crc;  /* CRC-32 (base/crc32.h) of all that comes behind the header */
    uint32_t reserved;
};
static_assert(sizeof(struct dump_header) == 32);

/* In front of each payload; the next record follows at the next multiple of 8. */
struct dump_record_header {
    uint32_t kind, signature;
    uint64_t original;
    uint64_t size; /* of the payload */
};
static_assert(sizeof(struct dump_record_header) == 24);

enum dump_record : uint32_t {
    DUMP_SNAPSHOT_ENTRY = 1,       /* struct boot_region[] */
    DUMP_SNAPSHOT_BEFORE_EXIT = 2, /* the same */
    DUMP_SNAPSHOT_FINAL = 3,       /* the same */
    DUMP_TABLE =
        4, /* signature: enum boot_table_kind; original: its address; the payload starts with
                         uint32 signature of struct boot_table, uint32 zero; then the table; size 8: place only */
    DUMP_FACTS = 5,   /* struct dump_facts */
    DUMP_VENDOR = 6,  /* text, no NUL */
    DUMP_MACHINE = 7, /* text, no NUL */
    DUMP_SNAPSHOT_LAST_BOOT =
        8, /* as the others: the map of an earlier boot; original: the number of its report */
    DUMP_SNAPSHOT_REPORT = 9, /* as the others */
};

struct dump_facts {
    uint32_t size; /* of this struct */
    uint32_t phys_bits, descriptor_size, descriptor_version, uefi_revision, firmware_revision;
    uint64_t system_table, runtime_services;
    uint64_t framebuffer_start, framebuffer_size;
    uint32_t
        not_known; /* VIEW_KNOWS() of each fact that the source could not know; 0: the firmware itself */
    uint32_t reserved;
};
static_assert(sizeof(struct dump_facts) == 64);

struct dump_snapshot {
    const struct boot_region *regions;
    uint32_t count; /* 0: there is none */
};
enum dump_snapshot_index : uint32_t {
    DUMP_ENTRY,
    DUMP_BEFORE_EXIT,
    DUMP_FINAL,
    DUMP_LAST_BOOT, /* what an earlier boot was told: to compare with, never the dump's own map */
    DUMP_REPORT,    /* as it was when the report was made, by what makes it: never judged */
    DUMP_SNAPSHOT_COUNT
};
struct dump_source {
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    uint32_t last_boot_report; /* the number of the report that DUMP_LAST_BOOT comes from */
    const struct view_table *tables;
    size_t table_count;
    struct dump_facts facts;      /* `size` is filled in by the writer */
    const char *vendor, *machine; /* null or "": none */
};

/* Bytes that the dump takes; 0 if that does not fit in size_t. */
size_t dump_size(const struct dump_source *source);
/* Write it to `memory`, which may be aligned to anything. NO_MEMORY if `size` is less than dump_size(). */
status_t dump_write(const struct dump_source *source, void *memory, size_t size);

/* Is it one? (The magic alone.) */
bool dump_is(const void *data, size_t size);
/* Bytes of memory that dump_read needs (aligned to 16), by a look at the records; 0: damaged, or does not fit. Then
 * dump_read, given no memory, says why. */
size_t dump_memory_size(const void *data, size_t size);
/* Read a dump; nothing in it is trusted, and `data` may be aligned to anything. BAD_FORMAT, TRUNCATED, BAD_CHECKSUM,
 * UNSUPPORTED (version), NO_MEMORY: *reason is a static sentence; else it is not touched. The view is of the newest
 * snapshot that is there (before exit, else final, else entry); all of them are in *snapshots, and that of an earlier
 * boot is the view's last_boot as well. Everything points into
 * `memory` (aligned to 16), nothing into `data`. */
status_t dump_read(const void *data, size_t size, void *memory, size_t memory_size,
                   struct view *out, struct dump_snapshot snapshots[static DUMP_SNAPSHOT_COUNT],
                   const char **reason);

#endif
