/* SPDX-License-Identifier: MIT
 * ACPI tables: find them, check them, and read the processors and the memory of each node.
 *
 * Problem: tables are a graph of physical addresses and lengths that firmware wrote. Any of them may be
 *          wrong, and a wrong length must cost a refusal, not a stray read or a loop without end.
 * Shape:   every read goes through read_bytes (what the caller can read) or acpi_entry_next (what the table
 *          holds); fields are copied out at an offset, since nothing in these tables is aligned.
 *
 * ACPI1  no byte is read outside of what the caller's read() gave, or outside of [table, table + length)
 * ACPI2  iteration ends: a step moves the cursor by at least an entry header, or puts it at the end
 *
 * Cost:    linear in the bytes of the tables.
 * Not here: AML, every table that speaks of neither memory nor processors. */
#include <inspect/acpi.h>

#include <base/string.h>
#include <inspect/fields.h>

#include <stdckdint.h>

/* ACPI 6.5, 5.2.5.3: the RSDP. Revision 0 (ACPI 1.0) ends after the address of the RSDT. */
constexpr uint64_t RSDP_SIZE_1 = 20;
constexpr uint64_t RSDP_SIZE_2 = 36;
constexpr uint64_t RSDP_SIZE_MAX = 4096; /* longer than any revision will be */
constexpr size_t RSDP_REVISION = 15;
constexpr size_t RSDP_RSDT = 16;
constexpr size_t RSDP_LENGTH = 20;
constexpr size_t RSDP_XSDT = 24;

/* 5.2.6: the header of every other table. */
constexpr uint32_t HEADER_SIZE = 36;
constexpr size_t HEADER_LENGTH = 4;
constexpr size_t HEADER_REVISION = 8;
constexpr uint32_t TABLE_SIZE_MAX = 16 * MIB; /* the largest seen, a server's DSDT, has 1 MiB */

/* 5.2.16: SRAT. Before revision 2 a node has 8 bits, and the others are not always zero. */
constexpr size_t SRAT_FIRST_ENTRY = 48;
constexpr uint8_t SRAT_REVISION_WIDE_NODES = 2;
/* 5.2.16.2: its memory entry. */
constexpr uint8_t SRAT_MEMORY = 1;
constexpr size_t SRAT_MEMORY_SIZE = 40;
constexpr size_t SRAT_MEMORY_NODE = 2;
constexpr size_t SRAT_MEMORY_START = 8;
constexpr size_t SRAT_MEMORY_LENGTH = 16;
constexpr size_t SRAT_MEMORY_FLAGS = 28;
constexpr uint32_t SRAT_ENABLED = 1;
constexpr uint32_t SRAT_HOT_PLUGGABLE = 2;
constexpr uint32_t SRAT_NON_VOLATILE = 4;

/* 5.2.12: MADT. */
constexpr size_t MADT_FIRST_ENTRY = 44;
constexpr uint32_t MADT_ENABLED = 1;
constexpr uint32_t MADT_ONLINE_CAPABLE = 2;
/* 5.2.12.2: a processor with an identifier of 8 bits; all ones is the broadcast, no processor. */
constexpr uint8_t MADT_LOCAL_APIC = 0;
constexpr size_t MADT_LOCAL_APIC_SIZE = 8;
constexpr size_t MADT_LOCAL_APIC_ID = 3;
constexpr size_t MADT_LOCAL_APIC_FLAGS = 4;
constexpr uint32_t APIC_BROADCAST = 0xFF;
/* 5.2.12.12: the same with 32 bits. */
constexpr uint8_t MADT_LOCAL_X2APIC = 9;
constexpr size_t MADT_LOCAL_X2APIC_SIZE = 16;
constexpr size_t MADT_LOCAL_X2APIC_ID = 4;
constexpr size_t MADT_LOCAL_X2APIC_FLAGS = 8;
constexpr uint32_t X2APIC_BROADCAST = 0xFFFFFFFF;

static const void *read_bytes(const struct acpi_memory *memory, uint64_t physical, uint64_t size)
{
    uint64_t end;
    if (ckd_add(&end, physical, size))
        return nullptr;
    return memory->read(memory->owner, physical, size);
}

/* ---- roots ---- */

status_t acpi_find_root(const struct acpi_memory *memory, uint64_t rsdp, struct acpi_root *out)
{
    const void *data = read_bytes(memory, rsdp, RSDP_SIZE_1);
    if (data == nullptr)
        return STATUS_TRUNCATED;
    if (memcmp(data, "RSD PTR ", 8) != 0)
        return STATUS_BAD_FORMAT;
    if (!sums_to_zero(data, RSDP_SIZE_1))
        return STATUS_BAD_CHECKSUM;
    struct acpi_root root = {
        .rsdp = rsdp, .rsdp_length = RSDP_SIZE_1, .root = field32(data, RSDP_RSDT)};
    if (field8(data, RSDP_REVISION) >= 2) {
        data = read_bytes(memory, rsdp, RSDP_SIZE_2);
        if (data == nullptr)
            return STATUS_TRUNCATED;
        root.rsdp_length = field32(data, RSDP_LENGTH);
        if (root.rsdp_length < RSDP_SIZE_2 || root.rsdp_length > RSDP_SIZE_MAX)
            return STATUS_BAD_FORMAT;
        data = read_bytes(memory, rsdp, root.rsdp_length);
        if (data == nullptr)
            return STATUS_TRUNCATED;
        if (!sums_to_zero(data, root.rsdp_length))
            return STATUS_BAD_CHECKSUM;
        const uint64_t xsdt = field64(data, RSDP_XSDT);
        root.is_xsdt = xsdt != 0;
        if (root.is_xsdt)
            root.root = xsdt;
    }
    if (root.root == 0)
        return STATUS_NOT_FOUND;
    *out = root;
    return STATUS_OK;
}

/* Header and bounds of the table at `physical`; *out names it as soon as it is known, even if refused. */
static status_t open_table(const struct acpi_memory *memory, uint64_t physical,
                           struct acpi_table *out)
{
    *out = (struct acpi_table){.physical = physical};
    const void *header = read_bytes(memory, physical, HEADER_SIZE);
    if (header == nullptr)
        return STATUS_TRUNCATED;
    out->signature = field32(header, 0);
    out->length = field32(header, HEADER_LENGTH);
    if (out->length < HEADER_SIZE || out->length > TABLE_SIZE_MAX)
        return STATUS_BAD_FORMAT;
    const void *data = read_bytes(memory, physical, out->length);
    if (data == nullptr)
        return STATUS_TRUNCATED;
    out->data = data;
    return STATUS_OK;
}

/* As open_table, for the root. */
static status_t open_root(const struct acpi_memory *memory, const struct acpi_root *root,
                          struct acpi_table *out)
{
    const status_t status = open_table(memory, root->root, out);
    if (status != STATUS_OK)
        return status;
    if (memcmp(out->data, root->is_xsdt ? "XSDT" : "RSDT", 4) == 0)
        return STATUS_OK;
    out->data = nullptr;
    return STATUS_BAD_FORMAT;
}

static unsigned entry_size(const struct acpi_root *root)
{
    return root->is_xsdt ? sizeof(uint64_t) : sizeof(uint32_t);
}

status_t acpi_root_count(const struct acpi_memory *memory, const struct acpi_root *root,
                         unsigned *out)
{
    struct acpi_table table;
    const status_t status = open_root(memory, root, &table);
    if (status != STATUS_OK)
        return status;
    if (!sums_to_zero(table.data, table.length))
        return STATUS_BAD_CHECKSUM;
    *out = (table.length - HEADER_SIZE) / entry_size(root);
    return STATUS_OK;
}

status_t acpi_root_table(const struct acpi_memory *memory, const struct acpi_root *root,
                         unsigned index, struct acpi_table *out)
{
    /* The root's checksum is not computed again: for a root of 16 MiB that would be quadratic. */
    struct acpi_table parent;
    status_t status = open_root(memory, root, &parent);
    if (status != STATUS_OK) {
        *out = parent;
        return status;
    }
    if (index >= (parent.length - HEADER_SIZE) / entry_size(root))
        return STATUS_OUT_OF_RANGE;
    const size_t offset = HEADER_SIZE + (size_t)index * entry_size(root);
    const uint64_t physical =
        root->is_xsdt ? field64(parent.data, offset) : field32(parent.data, offset);
    if (physical == 0)
        return STATUS_NOT_FOUND;

    struct acpi_table table;
    status = open_table(memory, physical, &table);
    if (status == STATUS_OK && !sums_to_zero(table.data, table.length)) {
        status = STATUS_BAD_CHECKSUM;
        table.data = nullptr;
    }
    *out = table;
    return status;
}

/* ---- entries of a table ---- */

constexpr size_t ENTRY_HEADER_SIZE = 2; /* type, length */
constexpr size_t CURSOR_AT_END = SIZE_MAX;

status_t acpi_entry_next(const void *table, size_t size, size_t first, size_t *cursor,
                         struct acpi_entry *out)
{
    const size_t at = *cursor == 0 ? first : *cursor;
    *cursor = CURSOR_AT_END;
    if (at == CURSOR_AT_END)
        return STATUS_NOT_FOUND;
    if (size < first)
        return STATUS_BAD_FORMAT;
    const size_t end = field32(table, HEADER_LENGTH);
    if (end < first || end > size)
        return STATUS_BAD_FORMAT;
    if (at >= end)
        return STATUS_NOT_FOUND;
    const unsigned char *data = (const unsigned char *)table + at;
    if (end - at < ENTRY_HEADER_SIZE)
        return STATUS_BAD_FORMAT;
    const struct acpi_entry entry = {data, data[0], data[1]};
    if (entry.length < ENTRY_HEADER_SIZE || entry.length > end - at)
        return STATUS_BAD_FORMAT;
    *cursor = at + entry.length;
    *out = entry;
    return STATUS_OK;
}

/* An entry of a known type that is too short for its fields ends the iteration. */
static status_t refuse_entry(size_t *cursor)
{
    *cursor = CURSOR_AT_END;
    return STATUS_BAD_FORMAT;
}

status_t acpi_srat_next(const void *srat, size_t size, size_t *cursor, struct acpi_node_memory *out)
{
    struct acpi_entry entry;
    status_t status;
    while ((status = acpi_entry_next(srat, size, SRAT_FIRST_ENTRY, cursor, &entry)) == STATUS_OK) {
        if (entry.type != SRAT_MEMORY)
            continue;
        if (entry.length < SRAT_MEMORY_SIZE)
            return refuse_entry(cursor);
        const uint32_t flags = field32(entry.data, SRAT_MEMORY_FLAGS);
        struct acpi_node_memory found = {.start = field64(entry.data, SRAT_MEMORY_START),
                                         .size = field64(entry.data, SRAT_MEMORY_LENGTH),
                                         .node = field32(entry.data, SRAT_MEMORY_NODE),
                                         .hot_pluggable = (flags & SRAT_HOT_PLUGGABLE) != 0,
                                         .non_volatile = (flags & SRAT_NON_VOLATILE) != 0};
        if ((flags & SRAT_ENABLED) == 0 || found.size == 0)
            continue;
        uint64_t end;
        if (ckd_add(&end, found.start, found.size))
            return refuse_entry(cursor);
        if (field8(srat, HEADER_REVISION) < SRAT_REVISION_WIDE_NODES)
            found.node &= 0xFF;
        *out = found;
        return STATUS_OK;
    }
    return status;
}

status_t acpi_madt_next(const void *madt, size_t size, size_t *cursor, struct acpi_processor *out)
{
    struct acpi_entry entry;
    status_t status;
    while ((status = acpi_entry_next(madt, size, MADT_FIRST_ENTRY, cursor, &entry)) == STATUS_OK) {
        const bool wide = entry.type == MADT_LOCAL_X2APIC;
        if (!wide && entry.type != MADT_LOCAL_APIC)
            continue;
        if (entry.length < (wide ? MADT_LOCAL_X2APIC_SIZE : MADT_LOCAL_APIC_SIZE))
            return refuse_entry(cursor);
        const uint32_t id = wide ? field32(entry.data, MADT_LOCAL_X2APIC_ID)
                                 : field8(entry.data, MADT_LOCAL_APIC_ID);
        const uint32_t flags =
            field32(entry.data, wide ? MADT_LOCAL_X2APIC_FLAGS : MADT_LOCAL_APIC_FLAGS);
        if (id == (wide ? X2APIC_BROADCAST : APIC_BROADCAST))
            continue;
        if ((flags & (MADT_ENABLED | MADT_ONLINE_CAPABLE)) == 0)
            continue;
        *out = (struct acpi_processor){.apic_id = id, .enabled = (flags & MADT_ENABLED) != 0};
        return STATUS_OK;
    }
    return status;
}
