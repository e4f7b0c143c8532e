/* SPDX-License-Identifier: MIT
 * Lies about configuration tables: the list gets shorter or longer, and the memory attributes table, which the
 * firmware keeps in ordinary memory, is damaged where it is. */
#include "evilfw.h"

#include <base/address.h>
#include <base/string.h>

/* UEFI 2.10, 4.6.4 */
struct attributes_table {
    uint32_t version, count, step, flags;
};
/* EFI_MEMORY_ATTRIBUTES_TABLE_GUID */
static const EFI_GUID mat_guid = {
    0xdcfa911d, 0x26eb, 0x469f, {0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20}};
static const EFI_GUID acpi_guid = ACPI_20_TABLE_GUID;

/* UEFI 2.10, 7.2.3; gnu-efi 3.0.15 does not know RO */
static constexpr uint64_t ATTRIBUTE_XP = 0x4000, ATTRIBUTE_RO = 0x20000;

static bool same(const EFI_GUID *a, const EFI_GUID *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void *find_table(const EFI_SYSTEM_TABLE *system, const EFI_GUID *guid)
{
    for (UINTN i = 0; i < system->NumberOfTableEntries; i++)
        if (same(&system->ConfigurationTable[i].VendorGuid, guid))
            return system->ConfigurationTable[i].VendorTable;
    return nullptr;
}

static void damage_mat(struct attributes_table *table, uint64_t lie)
{
    EFI_MEMORY_DESCRIPTOR *first = (EFI_MEMORY_DESCRIPTOR *)(table + 1);
    switch (lie) {
    case MAT_EMPTY:
        table->count = 0;
        break;
    case MAT_HUGE:
        table->count = 1u << 28;
        break;
    case MAT_STEP:
        table->step = 7;
        break;
    case MAT_VERSION_2:
        table->version = 2;
        break;
    case MAT_VERSION_3:
        table->version = 3;
        break;
    case MAT_OPEN:
        first->Attribute &= ~(ATTRIBUTE_RO | ATTRIBUTE_XP);
        break;
    case MAT_CONSTANT:
        first->Attribute |= ATTRIBUTE_RO | ATTRIBUTE_XP;
        break;
    case MAT_STRAY:
        first->PhysicalStart = MIB;
        break;
    case MAT_LOST:
        table->count--;
        break;
    default:
        break;
    }
}

/* ACPI 6.5, 5.2.5.3, 5.2.6, 5.2.8: the table of that signature that the XSDT names, or null. */
static unsigned char *find_acpi(const EFI_SYSTEM_TABLE *system, const char *signature)
{
    constexpr size_t RSDP_XSDT = 24, LENGTH = 4, HEADER_SIZE = 36;
    const unsigned char *xsdt = nullptr;
    uint32_t length = 0;
    const char *rsdp = find_table(system, &acpi_guid);
    if (rsdp != nullptr)
        memcpy((void *)&xsdt, rsdp + RSDP_XSDT, sizeof xsdt);
    if (xsdt != nullptr)
        memcpy(&length, xsdt + LENGTH, sizeof length);
    for (size_t at = HEADER_SIZE; at < length; at += sizeof(uint64_t)) {
        unsigned char *table;
        memcpy((void *)&table, xsdt + at, sizeof table);
        if (memcmp(table, signature, 4) == 0)
            return table;
    }
    return nullptr;
}

static void damage_acpi(const EFI_SYSTEM_TABLE *system)
{
    constexpr size_t LENGTH = 4, LAST_OF_HEADER = 35;
    unsigned char *hpet = find_acpi(system, "HPET"), *mcfg = find_acpi(system, "MCFG");
    if (hpet != nullptr)
        hpet[LAST_OF_HEADER]++;
    if (mcfg != nullptr)
        mcfg[LENGTH] = 7;
}

/* `count` entries: nobody's, then the true ones. */
static void lengthen(EFI_SYSTEM_TABLE *system, uint64_t count)
{
    const UINTN old_count = system->NumberOfTableEntries;
    EFI_PHYSICAL_ADDRESS at = 0;
    if (count <= old_count || EFI_ERROR(system->BootServices->AllocatePages(
                                  AllocateAnyPages, EfiBootServicesData,
                                  EFI_SIZE_TO_PAGES(count * sizeof(EFI_CONFIGURATION_TABLE)), &at)))
        return;
    EFI_CONFIGURATION_TABLE *list = (EFI_CONFIGURATION_TABLE *)at;
    for (UINTN i = 0; i < count - old_count; i++)
        list[i] = (EFI_CONFIGURATION_TABLE){.VendorGuid = {.Data1 = (UINT32)i, .Data2 = 0xE711}};
    memcpy(list + count - old_count, system->ConfigurationTable, old_count * sizeof list[0]);
    system->ConfigurationTable = list;
    system->NumberOfTableEntries = count;
}

void tables_prepare(EFI_SYSTEM_TABLE *system, const struct lies *lies)
{
    struct attributes_table *mat = find_table(system, &mat_guid);
    UINT32 sum = 0;
    if (mat != nullptr)
        damage_mat(mat, lies->mat);
    if (lies->acpi_damaged != 0)
        damage_acpi(system);
    if (lies->tables == TABLES_NONE)
        system->NumberOfTableEntries = 0;
    else if (lies->tables != TABLES_TRUE)
        lengthen(system, lies->tables);
    system->Hdr.CRC32 = 0;
    (void)system->BootServices->CalculateCrc32(system, system->Hdr.HeaderSize, &sum);
    system->Hdr.CRC32 = sum;
}
