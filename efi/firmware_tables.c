/* SPDX-License-Identifier: MIT
 * Which firmware tables are copied. Those that lie in boot-services memory must be, or the kernel would give
 * their memory away; the others are, so that the kernel needs no window into firmware memory.
 * Every size is firmware's word and bounded twice: by the table's kind, and by what the map says is there.
 * Source: UEFI 2.10, 4.6; ACPI 6.5, 5.2; SMBIOS 3.7, 5.2. */
#include "loader.h"

#include <base/string.h>
#include <inspect/acpi.h>
#include <inspect/fields.h>

#include <stdckdint.h>

static constexpr UINTN CONFIGURATION_TABLES_MAX = 65536; /* 1.5 MiB; firmware has some twenty */
static constexpr unsigned ACPI_TABLES_MAX = 1024;
static constexpr uint64_t ACPI_SIZE_MAX = 1 * MIB; /* one table */
static constexpr uint64_t ACPI_HEADER_SIZE = 36, ACPI_LENGTH = 4;
static constexpr unsigned COPIES_RESERVED =
    24; /* for what is wanted; the rest may fill up before */
static constexpr uint64_t BGRT_IMAGE_SIZE_MAX = 1 * MIB;
static constexpr uint64_t SMBIOS_SIZE_MAX = 64 * KIB;
static constexpr uint64_t ATTRIBUTES_SIZE_MAX = 256 * KIB;
static constexpr uint32_t ESRT_ENTRIES_MAX = 256;
static constexpr uint64_t LOW_MEMORY = 1 * MIB;

/* Where tables were found; null: not there. */
struct found {
    const void *acpi1, *acpi2, *smbios, *smbios3, *attributes, *esrt;
};

struct reader {
    const struct raw_map *map;
    uint64_t hit; /* index of the descriptor that answered last: tables lie together */
};

static bool covers(const EFI_MEMORY_DESCRIPTOR *d, uint64_t address)
{
    return d->Type != EfiMemoryMappedIO && d->Type != EfiMemoryMappedIOPortSpace &&
           d->Type != EfiUnusableMemory && d->Type != MEMORY_TYPE_UNACCEPTED &&
           address >= d->PhysicalStart &&
           (address - d->PhysicalStart) / PAGE_SIZE < d->NumberOfPages;
}

/* The address behind the described memory that `address` lies in; 0: not described. Memory below 1 MiB always
 * is there, and old tables lie there without being described. */
static uint64_t described_end(struct reader *r, uint64_t address)
{
    uint64_t count = raw_map_count(r->map), end;
    if (address < LOW_MEMORY)
        return LOW_MEMORY;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = (r->hit + i) % count;
        const EFI_MEMORY_DESCRIPTOR *d = raw_map_get(r->map, index);
        if (!covers(d, address))
            continue;
        r->hit = index;
        if (ckd_mul(&end, d->NumberOfPages, PAGE_SIZE) || ckd_add(&end, end, d->PhysicalStart))
            return 0;
        return end;
    }
    return 0;
}

static const void *read_physical(void *owner, uint64_t physical, uint64_t size)
{
    uint64_t end, at = physical;
    if (physical == 0 || ckd_add(&end, physical, size) || end > PHYS_LIMIT)
        return nullptr;
    while (at < end) {
        at = described_end(owner, at);
        if (at == 0)
            return nullptr;
    }
    return (const void *)physical; /* firmware runs with virtual = physical (UEFI 2.10, 2.3.4) */
}

static void add_copy(struct loader *l, uint32_t kind, uint32_t signature, uint64_t original,
                     uint64_t size)
{
    if (l->copy_count < COPIES_MAX)
        l->copies[l->copy_count++] = (struct table_copy){kind, signature, original, size};
}

static void add_extra(struct loader *l, uint32_t kind, uint32_t signature, uint64_t original,
                      uint64_t size)
{
    if (l->copy_count < COPIES_MAX - COPIES_RESERVED)
        add_copy(l, kind, signature, original, size);
}

static uint32_t signature_of(const char name[static 4])
{
    uint32_t signature;
    memcpy(&signature, name, sizeof signature);
    return signature;
}

static bool is_wanted(uint32_t signature)
{
    static const char wanted[][5] = {"APIC", "SRAT", "SLIT", "MCFG", "FACP", "HPET", "BGRT"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (signature == signature_of(wanted[i]))
            return true;
    return false;
}

/* ACPI 6.5, 5.2.9: the DSDT is not in the XSDT; the kernel reads \_S5 in it to switch the machine off. */
static void add_dsdt(struct loader *l, struct reader *r, const struct acpi_table *fadt)
{
    constexpr size_t DSDT = 40, X_DSDT = 140, LENGTH = 4, HEADER_SIZE = 36;
    uint64_t at = fadt->length >= X_DSDT + 8 ? field64(fadt->data, X_DSDT) : 0;
    if (at == 0 && fadt->length >= DSDT + 4)
        at = field32(fadt->data, DSDT);
    const void *dsdt = read_physical(r, at, HEADER_SIZE);
    if (dsdt == nullptr || field32(dsdt, 0) != signature_of("DSDT"))
        return;
    uint32_t length = field32(dsdt, LENGTH);
    if (length >= HEADER_SIZE && length <= ACPI_SIZE_MAX && read_physical(r, at, length) != nullptr)
        add_copy(l, BOOT_TABLE_ACPI, signature_of("DSDT"), at, length);
}

/* ACPI 6.5, 5.2.9 and 5.2.10: nor is the FACS, which has no checksum. */
static void add_facs(struct loader *l, struct reader *r, const struct acpi_table *fadt)
{
    constexpr size_t FACS = 36, X_FACS = 132, LENGTH = 4, FACS_MIN = 64;
    uint64_t at = fadt->length >= X_FACS + 8 ? field64(fadt->data, X_FACS) : 0;
    if (at == 0 && fadt->length >= FACS + 4)
        at = field32(fadt->data, FACS);
    const void *facs = read_physical(r, at, FACS_MIN);
    if (facs == nullptr || field32(facs, 0) != signature_of("FACS"))
        return;
    uint32_t length = field32(facs, LENGTH);
    if (length >= FACS_MIN && length <= PAGE_SIZE && read_physical(r, at, length) != nullptr)
        add_copy(l, BOOT_TABLE_ACPI, signature_of("FACS"), at, length);
}

/* ACPI 6.5, 5.2.23: the picture lies in boot-services memory. One that is too large is only named. */
static void add_bgrt_image(struct loader *l, struct reader *r, const struct acpi_table *bgrt)
{
    constexpr size_t IMAGE_TYPE = 39, IMAGE_ADDRESS = 40, BMP_FILE_SIZE = 2, BMP_HEADER_SIZE = 14;
    if (bgrt->length < IMAGE_ADDRESS + 8 || ((const uint8_t *)bgrt->data)[IMAGE_TYPE] != 0)
        return;
    uint64_t at = field64(bgrt->data, IMAGE_ADDRESS);
    const void *bmp = read_physical(r, at, BMP_HEADER_SIZE);
    if (bmp == nullptr || memcmp(bmp, "BM", 2) != 0)
        return;
    uint64_t size = field32(bmp, BMP_FILE_SIZE);
    if (size > BGRT_IMAGE_SIZE_MAX || read_physical(r, at, size) == nullptr)
        size = 0;
    add_copy(l, BOOT_TABLE_BGRT_IMAGE, 0, at, size);
}

/* A table that must not be believed, so that the kernel can say what is wrong with it: all of it if its length can
 * be, else its header, else only its place. */
static void add_refused(struct loader *l, struct reader *r, uint64_t physical)
{
    const void *header = read_physical(r, physical, ACPI_HEADER_SIZE);
    const uint32_t signature = header != nullptr ? field32(header, 0) : 0;
    uint64_t size = header != nullptr ? field32(header, ACPI_LENGTH) : 0;
    if (header != nullptr && (size < ACPI_HEADER_SIZE || size > ACPI_SIZE_MAX ||
                              read_physical(r, physical, size) == nullptr))
        size = ACPI_HEADER_SIZE;
    add_extra(l, BOOT_TABLE_ACPI_REFUSED, signature, physical, size);
}

/* The tables that the root names. Those that nobody asks for are only named. */
static void add_acpi_tables(struct loader *l, struct reader *r, const struct acpi_root *root,
                            unsigned count)
{
    const struct acpi_memory memory = {read_physical, r};
    for (unsigned i = 0; i < count && i < ACPI_TABLES_MAX; i++) {
        struct acpi_table t;
        status_t status = acpi_root_table(&memory, root, i, &t);
        if (status == STATUS_OUT_OF_RANGE || status == STATUS_NOT_FOUND)
            continue;
        if (status != STATUS_OK || t.length > ACPI_SIZE_MAX) {
            add_refused(l, r, t.physical);
            continue;
        }
        if (!is_wanted(t.signature)) {
            add_extra(l, BOOT_TABLE_ACPI, t.signature, t.physical, 0);
            continue;
        }
        add_copy(l, BOOT_TABLE_ACPI, t.signature, t.physical, t.length);
        if (t.signature == signature_of("FACP")) {
            add_dsdt(l, r, &t);
            add_facs(l, r, &t);
        }
        if (t.signature == signature_of("BGRT"))
            add_bgrt_image(l, r, &t);
    }
}

static bool add_acpi(struct loader *l, struct reader *r, const void *rsdp)
{
    struct acpi_memory memory = {read_physical, r};
    struct acpi_root root;
    unsigned count;
    if (rsdp == nullptr || acpi_find_root(&memory, (uintptr_t)rsdp, &root) != STATUS_OK)
        return false;
    if (acpi_root_count(&memory, &root, &count) != STATUS_OK) {
        add_refused(l, r, root.root);
        return false;
    }
    const void *table = read_physical(r, root.root, ACPI_HEADER_SIZE);
    if (table == nullptr || field32(table, ACPI_LENGTH) > ACPI_SIZE_MAX)
        return false;
    add_copy(l, BOOT_TABLE_ACPI, signature_of("RSD "), root.rsdp, root.rsdp_length);
    add_copy(l, BOOT_TABLE_ACPI, field32(table, 0), root.root, field32(table, ACPI_LENGTH));
    add_acpi_tables(l, r, &root, count);
    return true;
}

/* SMBIOS 3.7, 5.2.1 and 5.2.2: where the two entry points keep what. */
static bool add_smbios(struct loader *l, struct reader *r, const void *entry, bool v3)
{
    const char *anchor = v3 ? "_SM3_" : "_SM_";
    size_t minimum = v3 ? 24 : 31;
    const uint8_t *bytes = read_physical(r, (uintptr_t)entry, minimum);
    if (bytes == nullptr || memcmp(bytes, anchor, strlen(anchor)) != 0)
        return false;
    uint64_t length = bytes[v3 ? 6 : 5];
    if (length < minimum || read_physical(r, (uintptr_t)entry, length) == nullptr)
        return false;
    uint8_t sum = 0;
    for (uint64_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + bytes[i]);
    uint64_t table = v3 ? field64(bytes, 16) : field32(bytes, 24);
    uint64_t size = v3 ? field32(bytes, 12) : field16(bytes, 22); /* v3: an upper bound */
    size = size < SMBIOS_SIZE_MAX ? size : SMBIOS_SIZE_MAX;
    if (sum != 0 || size == 0 || read_physical(r, table, size) == nullptr)
        return false;
    add_copy(l, BOOT_TABLE_SMBIOS, 0, (uintptr_t)entry, length);
    add_copy(l, BOOT_TABLE_SMBIOS, 1, table, size);
    return true;
}

/* UEFI 2.10, 4.6.4. A damaged count has been seen; a sound table is never larger than this. Of another one the
 * header alone is copied: it tells the damage. */
static void add_memory_attributes(struct loader *l, struct reader *r, const void *table)
{
    constexpr size_t COUNT = 4, DESCRIPTOR_SIZE = 8, HEADER_SIZE = 16;
    const void *header = read_physical(r, (uintptr_t)table, HEADER_SIZE);
    if (header == nullptr)
        return;
    uint64_t size =
        HEADER_SIZE + (uint64_t)field32(header, COUNT) * field32(header, DESCRIPTOR_SIZE);
    if (size > ATTRIBUTES_SIZE_MAX || read_physical(r, (uintptr_t)table, size) == nullptr)
        size = HEADER_SIZE;
    add_copy(l, BOOT_TABLE_MEMORY_ATTRIBUTES, 0, (uintptr_t)table, size);
}

/* UEFI 2.10, 23.4. */
static void add_esrt(struct loader *l, struct reader *r, const void *table)
{
    constexpr size_t HEADER_SIZE = 16, ENTRY_SIZE = 40;
    const void *header = read_physical(r, (uintptr_t)table, HEADER_SIZE);
    if (header == nullptr)
        return;
    uint32_t count = field32(header, 0);
    uint64_t size = HEADER_SIZE + (uint64_t)count * ENTRY_SIZE;
    if (count <= ESRT_ENTRIES_MAX && read_physical(r, (uintptr_t)table, size) != nullptr)
        add_copy(l, BOOT_TABLE_ESRT, 0, (uintptr_t)table, size);
}

/* How many entries the list really can have: its count is firmware's word too. */
static UINTN count_tables(struct reader *r, const EFI_SYSTEM_TABLE *system)
{
    UINTN count = system->NumberOfTableEntries;
    count = count < CONFIGURATION_TABLES_MAX ? count : CONFIGURATION_TABLES_MAX;
    const EFI_CONFIGURATION_TABLE *list = system->ConfigurationTable;
    return read_physical(r, (uintptr_t)list, count * sizeof *list) != nullptr ? count : 0;
}

static struct found find_tables(struct reader *r, const EFI_SYSTEM_TABLE *system)
{
    struct found found = {};
    const struct {
        EFI_GUID guid;
        const void **slot;
    } wanted[] = {
        {ACPI_20_TABLE_GUID, &found.acpi2},
        {ACPI_TABLE_GUID, &found.acpi1},
        {SMBIOS3_TABLE_GUID, &found.smbios3},
        {SMBIOS_TABLE_GUID, &found.smbios},
        /* EFI_MEMORY_ATTRIBUTES_TABLE_GUID, UEFI 2.10, 4.6.4 */
        {{0xdcfa911d, 0x26eb, 0x469f, {0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20}},
         &found.attributes},
        /* EFI_SYSTEM_RESOURCE_TABLE_GUID, UEFI 2.10, 23.4 */
        {{0xb122a263, 0x3661, 0x4f68, {0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80}},
         &found.esrt},
    };
    const UINTN count = count_tables(r, system);
    for (UINTN i = 0; i < count; i++) {
        const EFI_CONFIGURATION_TABLE *entry = &system->ConfigurationTable[i];
        for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
            if (field64(&entry->VendorGuid, 0) == field64(&wanted[k].guid, 0) &&
                field64(&entry->VendorGuid, 8) == field64(&wanted[k].guid, 8))
                *wanted[k].slot = entry->VendorTable;
    }
    return found;
}

void gather_tables(struct loader *l)
{
    struct reader r = {.map = &l->entry_map};
    struct found found = find_tables(&r, l->firmware.system);
    if (!add_acpi(l, &r, found.acpi2))
        (void)add_acpi(l, &r, found.acpi1);
    if (!add_smbios(l, &r, found.smbios3, true))
        (void)add_smbios(l, &r, found.smbios, false);
    add_memory_attributes(l, &r, found.attributes);
    add_esrt(l, &r, found.esrt);
}
