/* SPDX-License-Identifier: MIT
 * ACPI tables on their way into a view: each becomes a place, those that name addresses or nodes are read. */
#include "view_tables_private.h"

#include <inspect/acpi.h>
#include <inspect/acpi_memory.h>
#include <inspect/fields.h>

/* The RSDP's signature has eight characters; these stand for it in boot_info. */
#define RSDP_SIGNATURE "RSD "

constexpr size_t HEADER_SIZE = 36; /* ACPI 6.5, 5.2.6: of every table but RSDP and FACS */
constexpr uint64_t FACS_SIZE = 64; /* ACPI 6.5, 5.2.10: at least */

/* The table that is being read is all of physical memory that there is. */
static const void *read_within(void *owner, uint64_t physical, uint64_t size)
{
    const struct view_table *table = owner;
    const uint64_t offset = physical - table->original;
    if (physical < table->original || offset > table->size || size > table->size - offset)
        return nullptr;
    return (const unsigned char *)table->data + offset;
}

static void read_rsdp(struct table_reading *reading)
{
    struct view_table table = *reading->table;
    const struct acpi_memory memory = {read_within, &table};
    const struct table_sink *sink = &reading->sink;
    struct acpi_root root;
    const char *wrong = nullptr;
    const status_t status = acpi_find_root(&memory, table.original, &root);
    if (status == STATUS_TRUNCATED)
        wrong = "it is longer than what could be read";
    else if (status == STATUS_BAD_CHECKSUM)
        wrong = "its checksum is wrong";
    else if (status == STATUS_NOT_FOUND)
        wrong = "it names no root table";
    else if (status != STATUS_OK)
        wrong = "its signature or its length is wrong";
    if (wrong != nullptr)
        (void)sink_note(sink, status, wrong);
    reading_place(reading, PLACE_RSDP, 0, table.original,
                  status == STATUS_OK ? root.rsdp_length : 1);
}

/* Tables that were not copied are named by the root alone: their signature and size are not known. */
static void read_root(struct table_reading *reading, const void *root, size_t length,
                      unsigned entry_size)
{
    uint64_t address;
    for (size_t i = 0; acpi_root_entry(root, length, entry_size, i, &address); i++)
        if (reading_find(reading, BOOT_TABLE_ACPI, address) == nullptr)
            reading_place(reading, PLACE_ACPI_TABLE, 0, address, 1);
    if ((length - HEADER_SIZE) % entry_size != 0)
        (void)sink_note(&reading->sink, STATUS_OK, "its last entry is not whole");
}

static void read_srat(struct table_reading *reading, const void *srat, size_t length)
{
    struct acpi_node_memory node;
    size_t cursor = 0;
    status_t status;
    if (!reading_first(reading, ONCE_SRAT))
        return;
    while ((status = acpi_srat_next(srat, length, &cursor, &node)) == STATUS_OK)
        reading->nodes[reading->view.node_count++] = node;
    if (status != STATUS_NOT_FOUND)
        (void)sink_note(&reading->sink, STATUS_OK,
                        "an entry is malformed; those behind it are lost");
    reading->once |= ONCE_SRAT;
    reading->view.knows |= VIEW_KNOWS(NODES);
}

static void read_fadt(struct table_reading *reading, const void *fadt, size_t length)
{
    uint64_t facs;
    if (acpi_fadt_read(fadt, length, &reading->sink, &facs) == STATUS_OK &&
        reading_find(reading, BOOT_TABLE_ACPI, facs) == nullptr)
        reading_place(reading, PLACE_FACS, 0, facs, FACS_SIZE);
}

/* The picture tells its own size, if its data is there: then it is a place already (reading_image). */
static void read_bgrt(struct table_reading *reading, const void *bgrt, size_t length)
{
    uint64_t image;
    if (acpi_bgrt_read(bgrt, length, &reading->sink, &image) == STATUS_OK &&
        reading_find(reading, BOOT_TABLE_BGRT_IMAGE, image) == nullptr)
        reading_place(reading, PLACE_BGRT_IMAGE, 0, image, 1);
}

void reading_image(struct table_reading *reading)
{
    const struct view_table *table = reading->table;
    uint32_t length = 1;
    if (table->data != nullptr && table->size != 0 &&
        acpi_image_check(table->data, table->size, &reading->sink, &length) == STATUS_OK &&
        length > table->size)
        (void)sink_note(&reading->sink, STATUS_OK, "it is longer than what could be read");
    reading_place(reading, PLACE_BGRT_IMAGE, 0, table->original, length);
}

static void read_facs(struct table_reading *reading)
{
    const struct view_table *table = reading->table;
    uint32_t length = FACS_SIZE;
    if (table->data != nullptr)
        (void)acpi_facs_check(table->data, table->size, &reading->sink, &length);
    reading_place(reading, PLACE_FACS, 0, table->original, length);
}

static void read_contents(struct table_reading *reading, const void *data, uint32_t length)
{
    const struct table_sink *sink = &reading->sink;
    const uint32_t signature = field32(data, 0);
    if (signature == acpi_signature("XSDT"))
        read_root(reading, data, length, sizeof(uint64_t));
    else if (signature == acpi_signature("RSDT"))
        read_root(reading, data, length, sizeof(uint32_t));
    else if (signature == acpi_signature("SRAT"))
        read_srat(reading, data, length);
    else if (signature == acpi_signature("FACP"))
        read_fadt(reading, data, length);
    else if (signature == acpi_signature("BGRT"))
        read_bgrt(reading, data, length);
    else if (signature == acpi_signature("SLIT"))
        (void)acpi_slit_check(data, length, sink);
    else if (signature == acpi_signature("MCFG"))
        (void)acpi_mcfg_read(data, length, sink);
    else if (signature == acpi_signature("HPET"))
        (void)acpi_hpet_read(data, length, sink);
    else if (signature == acpi_signature("APIC") && reading_first(reading, ONCE_MADT) &&
             acpi_madt_read(data, length, sink, &reading->view.processor_count) == STATUS_OK)
        reading->once |= ONCE_MADT;
}

void reading_acpi(struct table_reading *reading)
{
    const struct view_table *table = reading->table;
    uint32_t length = 1;
    reading->signature = table_signature(table);
    if (table->data != nullptr && reading->signature == acpi_signature(RSDP_SIGNATURE)) {
        read_rsdp(reading);
        return;
    }
    if (reading->signature == acpi_signature("FACS")) {
        read_facs(reading);
        return;
    }
    const bool is_sound =
        table->data != nullptr && acpi_table_check(table->data, table->size, table->signature,
                                                   &reading->sink, &length) == STATUS_OK;
    const bool is_rsdp = reading->signature == acpi_signature(RSDP_SIGNATURE);
    reading_place(reading, is_rsdp ? PLACE_RSDP : PLACE_ACPI_TABLE,
                  is_rsdp ? 0 : reading->signature, table->original, length);
    if (is_sound)
        read_contents(reading, table->data, length);
}
