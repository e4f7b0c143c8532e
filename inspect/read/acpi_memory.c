/* SPDX-License-Identifier: MIT
 * ACPI tables that name addresses.
 *
 * Problem: each of these tables is a few numbers at fixed offsets, or a row of entries; any number may be wrong, and
 *          what is right must be told all the same.
 * Shape:   acpi_table_check is the gate: signature, length, checksum. Behind it a reader looks at its table's own
 *          size once, then at each entry; a bad entry is noted and passed over where the format tells how long it
 *          is, and ends the table where it does not.
 *
 * AM1  no byte is read outside of [table, table + length)
 * AM2  a place never passes 2^64
 *
 * Cost:    linear in the bytes of the table.
 * Not here: what an address means for the map: that is lint. */
#include <inspect/acpi_memory.h>

#include <inspect/acpi.h>
#include <inspect/fields.h>

#include <stdckdint.h>

/* ACPI 6.5, 5.2.6: the header of every table but RSDP and FACS. */
constexpr size_t HEADER_SIZE = 36;
constexpr size_t HEADER_LENGTH = 4;

/* PCI Firmware Specification 3.3, table 4-2 and 4-3. */
constexpr size_t MCFG_FIRST_ENTRY = 44, MCFG_ENTRY_SIZE = 16;
constexpr size_t MCFG_SEGMENT = 8, MCFG_FIRST_BUS = 10, MCFG_LAST_BUS = 11;
constexpr unsigned ECAM_BUS_SHIFT = 20; /* 32 devices of 8 functions of 4 KiB */

/* ACPI 6.5, 5.2.12 MADT: 5.2.12.3 I/O APIC, 5.2.12.8 local APIC address override. */
constexpr size_t MADT_LOCAL_APIC_ADDRESS = 36, MADT_FIRST_ENTRY = 44;
constexpr uint8_t MADT_IO_APIC = 1, MADT_ADDRESS_OVERRIDE = 5;
constexpr size_t IO_APIC_ENTRY_SIZE = 12, IO_APIC_ID = 2, IO_APIC_ADDRESS = 4;
constexpr size_t OVERRIDE_ENTRY_SIZE = 12, OVERRIDE_ADDRESS = 4;
constexpr uint64_t LOCAL_APIC_SIZE = 4 * KIB; /* Intel SDM 3A 11.4.1 */
constexpr uint64_t IO_APIC_SIZE = KIB; /* Intel 82093AA, 3.0: relocatable in steps of 1 KiB */
constexpr unsigned NARROW_IDS = 256;   /* identifiers that an 8-bit entry can have */

/* IA-PC HPET 1.0a: 3.2.4 its table, 2.3.1 its registers. A generic address: ACPI 6.5, 5.2.3.2. */
constexpr size_t HPET_SIZE = 56, HPET_ADDRESS_SPACE = 40, HPET_ADDRESS = 44;
constexpr uint8_t ADDRESS_SPACE_MEMORY = 0;
constexpr uint64_t HPET_REGISTERS_SIZE = KIB;

/* ACPI 6.5, 5.2.9 FADT, 5.2.10 FACS, 5.2.17 SLIT, 5.2.23 BGRT. */
constexpr size_t FADT_FIRMWARE_CTRL = 36, FADT_X_FIRMWARE_CTRL = 132;
constexpr size_t FACS_SIZE_MIN = 64, FACS_ALIGNMENT = 64;
constexpr size_t SLIT_COUNT = 36, SLIT_FIRST = 44;
constexpr uint8_t DISTANCE_LOCAL = 10;
constexpr size_t BGRT_SIZE = 56, BGRT_IMAGE_TYPE = 39, BGRT_IMAGE_ADDRESS = 40;
constexpr uint8_t IMAGE_TYPE_BMP = 0;
/* A BMP file: "BM", its size, and a header that is never shorter than this (BITMAPCOREHEADER). */
constexpr size_t BMP_FILE_SIZE = 2, BMP_SIZE_MIN = 26;

uint32_t acpi_signature(const char name[static 4])
{
    return field32(name, 0);
}

status_t acpi_table_check(const void *data, size_t size, uint32_t signature,
                          const struct table_sink *sink, uint32_t *out_length)
{
    if (size < HEADER_SIZE)
        return sink_note(sink, STATUS_TRUNCATED, "it ends inside its header");
    if (signature != 0 && field32(data, 0) != signature)
        return sink_note(sink, STATUS_BAD_FORMAT, "its signature is another one");
    const uint32_t length = field32(data, HEADER_LENGTH);
    if (length < HEADER_SIZE)
        return sink_note(sink, STATUS_BAD_FORMAT, "its length is below that of a header");
    if (length > size)
        return sink_note(sink, STATUS_TRUNCATED, "it is longer than what could be read");
    if (!sums_to_zero(data, length))
        return sink_note(sink, STATUS_BAD_CHECKSUM, "its checksum is wrong");
    *out_length = length;
    return STATUS_OK;
}

/* AM2; no device and no table is at address 0. */
static bool add_place(const struct table_sink *sink, enum place_kind kind, uint32_t signature,
                      uint64_t start, uint64_t size)
{
    uint64_t end;
    if (start == 0 || ckd_add(&end, start, size))
        return false;
    sink_place(sink, (struct view_place){kind, signature, start, size});
    return true;
}

status_t acpi_mcfg_read(const void *mcfg, size_t length, const struct table_sink *sink)
{
    if (length < MCFG_FIRST_ENTRY)
        return sink_note(sink, STATUS_BAD_FORMAT, "it ends before its first entry");
    if ((length - MCFG_FIRST_ENTRY) % MCFG_ENTRY_SIZE != 0)
        (void)sink_note(sink, STATUS_OK, "its last entry is not whole");
    const unsigned char *entry = (const unsigned char *)mcfg + MCFG_FIRST_ENTRY;
    for (size_t left = (length - MCFG_FIRST_ENTRY) / MCFG_ENTRY_SIZE; left > 0; left--) {
        const uint64_t base = field64(entry, 0);
        const uint32_t segment = field16(entry, MCFG_SEGMENT);
        const uint8_t first = field8(entry, MCFG_FIRST_BUS), last = field8(entry, MCFG_LAST_BUS);
        entry += MCFG_ENTRY_SIZE;
        /* The address is that of bus 0, even if the entry begins with another. */
        uint64_t start;
        if (base == 0) {
            (void)sink_note(sink, STATUS_OK, "an entry has the address 0; it is ignored");
        } else if (last < first) {
            (void)sink_note(sink, STATUS_OK, "an entry has no buses; it is ignored");
        } else if (ckd_add(&start, base, (uint64_t)first << ECAM_BUS_SHIFT) ||
                   !add_place(sink, PLACE_ECAM, segment << 16 | first, start,
                              (uint64_t)(last - first + 1) << ECAM_BUS_SHIFT)) {
            (void)sink_note(sink, STATUS_OK, "an entry passes 2^64; it is ignored");
        }
    }
    return STATUS_OK;
}

/* Firmware may list a processor twice, in the old form and in the wide one: each identifier counts once. */
static uint32_t count_processors(const void *madt, size_t length, const struct table_sink *sink)
{
    bool narrow[NARROW_IDS] = {};
    struct acpi_processor processor;
    uint32_t count = 0;
    size_t cursor = 0;
    status_t status;
    while ((status = acpi_madt_next(madt, length, &cursor, &processor)) == STATUS_OK) {
        if (!processor.enabled)
            continue;
        if (processor.apic_id < NARROW_IDS) {
            if (narrow[processor.apic_id])
                continue;
            narrow[processor.apic_id] = true;
        }
        count++;
    }
    if (status != STATUS_NOT_FOUND)
        (void)sink_note(sink, STATUS_OK, "an entry has a wrong length; those behind it are lost");
    return count;
}

static void add_io_apic(const struct acpi_entry *entry, const struct table_sink *sink)
{
    if (!add_place(sink, PLACE_IO_APIC, field8(entry->data, IO_APIC_ID),
                   field32(entry->data, IO_APIC_ADDRESS), IO_APIC_SIZE))
        (void)sink_note(sink, STATUS_OK, "an I/O APIC has the address 0; it is ignored");
}

status_t acpi_madt_read(const void *madt, size_t length, const struct table_sink *sink,
                        uint32_t *out_processors)
{
    if (length < MADT_FIRST_ENTRY)
        return sink_note(sink, STATUS_BAD_FORMAT, "it ends before its first entry");
    uint64_t local_apic = field32(madt, MADT_LOCAL_APIC_ADDRESS);
    struct acpi_entry entry;
    size_t cursor = 0;
    while (acpi_entry_next(madt, length, MADT_FIRST_ENTRY, &cursor, &entry) == STATUS_OK) {
        if (entry.type == MADT_ADDRESS_OVERRIDE && entry.length >= OVERRIDE_ENTRY_SIZE)
            local_apic = field64(entry.data, OVERRIDE_ADDRESS);
        else if (entry.type == MADT_IO_APIC && entry.length >= IO_APIC_ENTRY_SIZE)
            add_io_apic(&entry, sink);
        else if (entry.type == MADT_ADDRESS_OVERRIDE || entry.type == MADT_IO_APIC)
            (void)sink_note(sink, STATUS_OK, "an entry is too short for its type; it is ignored");
    }
    if (!add_place(sink, PLACE_LOCAL_APIC, 0, local_apic, LOCAL_APIC_SIZE))
        (void)sink_note(sink, STATUS_OK, "its address of the local APIC is none");
    *out_processors = count_processors(madt, length, sink);
    return STATUS_OK;
}

status_t acpi_hpet_read(const void *hpet, size_t length, const struct table_sink *sink)
{
    if (length < HPET_SIZE)
        return sink_note(sink, STATUS_BAD_FORMAT, "it is too short");
    if (field8(hpet, HPET_ADDRESS_SPACE) != ADDRESS_SPACE_MEMORY)
        return sink_note(sink, STATUS_BAD_FORMAT, "its registers are not in memory");
    const uint64_t address = field64(hpet, HPET_ADDRESS);
    if (!add_place(sink, PLACE_HPET, 0, address, HPET_REGISTERS_SIZE))
        return sink_note(sink, STATUS_BAD_FORMAT, "its address of the registers is none");
    return STATUS_OK;
}

status_t acpi_fadt_read(const void *fadt, size_t length, const struct table_sink *sink,
                        uint64_t *out_facs)
{
    if (length < FADT_FIRMWARE_CTRL + sizeof(uint32_t))
        return sink_note(sink, STATUS_BAD_FORMAT, "it is too short");
    const uint64_t narrow = field32(fadt, FADT_FIRMWARE_CTRL);
    const uint64_t wide =
        length >= FADT_X_FIRMWARE_CTRL + sizeof(uint64_t) ? field64(fadt, FADT_X_FIRMWARE_CTRL) : 0;
    if (wide != 0 && narrow != 0 && wide != narrow)
        (void)sink_note(sink, STATUS_OK,
                        "its two addresses of the FACS differ; the wide one counts");
    const uint64_t facs = wide != 0 ? wide : narrow;
    if (facs % FACS_ALIGNMENT != 0)
        (void)sink_note(sink, STATUS_OK, "the FACS that it names is not aligned to 64 bytes");
    uint64_t end;
    if (ckd_add(&end, facs, FACS_SIZE_MIN))
        return sink_note(sink, STATUS_BAD_FORMAT, "its address of the FACS is none");
    *out_facs = facs;
    return STATUS_OK;
}

status_t acpi_bgrt_read(const void *bgrt, size_t length, const struct table_sink *sink,
                        uint64_t *out_image)
{
    if (length < BGRT_SIZE)
        return sink_note(sink, STATUS_BAD_FORMAT, "it is too short");
    if (field8(bgrt, BGRT_IMAGE_TYPE) != IMAGE_TYPE_BMP)
        return sink_note(sink, STATUS_UNSUPPORTED, "its picture is no BMP");
    *out_image = field64(bgrt, BGRT_IMAGE_ADDRESS);
    return STATUS_OK;
}

status_t acpi_facs_check(const void *data, size_t size, const struct table_sink *sink,
                         uint32_t *out_length)
{
    if (size < FACS_SIZE_MIN)
        return sink_note(sink, STATUS_TRUNCATED, "it ends inside its header");
    if (field32(data, 0) != acpi_signature("FACS"))
        return sink_note(sink, STATUS_BAD_FORMAT, "its signature is another one");
    const uint32_t length = field32(data, HEADER_LENGTH);
    if (length < FACS_SIZE_MIN)
        return sink_note(sink, STATUS_BAD_FORMAT, "its length is below 64");
    *out_length = length;
    return STATUS_OK;
}

status_t acpi_image_check(const void *data, size_t size, const struct table_sink *sink,
                          uint32_t *out_length)
{
    if (size < BMP_SIZE_MIN)
        return sink_note(sink, STATUS_TRUNCATED, "it ends inside its header");
    if (memcmp(data, "BM", 2) != 0)
        return sink_note(sink, STATUS_BAD_FORMAT, "its signature is another one");
    const uint32_t length = field32(data, BMP_FILE_SIZE);
    if (length < BMP_SIZE_MIN)
        return sink_note(sink, STATUS_BAD_FORMAT, "its length is below that of a header");
    *out_length = length;
    return STATUS_OK;
}

void acpi_distances_check(const uint8_t *distances, size_t count, const struct table_sink *sink)
{
    bool local = true, farther = true, symmetric = true;
    for (size_t from = 0; from < count; from++) {
        local = local && distances[from * count + from] == DISTANCE_LOCAL;
        for (size_t to = 0; to < from; to++) {
            const uint8_t there = distances[from * count + to], back = distances[to * count + from];
            farther = farther && there > DISTANCE_LOCAL && back > DISTANCE_LOCAL;
            symmetric = symmetric && there == back;
        }
    }
    if (!local)
        (void)sink_note(sink, STATUS_OK, "the distance of a node to itself is not 10");
    if (!farther)
        (void)sink_note(sink, STATUS_OK, "a node is as near to another as to itself, or nearer");
    if (!symmetric)
        (void)sink_note(sink, STATUS_OK, "distances there and back differ");
}

status_t acpi_slit_check(const void *slit, size_t length, const struct table_sink *sink)
{
    uint64_t square, end;
    if (length < SLIT_FIRST)
        return sink_note(sink, STATUS_BAD_FORMAT, "it ends before its first entry");
    const uint64_t count = field64(slit, SLIT_COUNT);
    if (count == 0)
        return sink_note(sink, STATUS_BAD_FORMAT, "it has no nodes");
    if (ckd_mul(&square, count, count) || ckd_add(&end, square, SLIT_FIRST) || end > length)
        return sink_note(sink, STATUS_TRUNCATED, "it has more nodes than its length has room for");
    if (end < length)
        (void)sink_note(sink, STATUS_OK, "it is longer than its nodes need");
    acpi_distances_check((const uint8_t *)slit + SLIT_FIRST, count, sink);
    return STATUS_OK;
}

bool acpi_root_entry(const void *root, size_t length, unsigned entry_size, size_t index,
                     uint64_t *out)
{
    if (index >= (length - HEADER_SIZE) / entry_size)
        return false;
    const size_t at = HEADER_SIZE + index * entry_size;
    *out = entry_size == sizeof(uint64_t) ? field64(root, at) : field32(root, at);
    return true;
}
