/* SPDX-License-Identifier: MIT
 * Arbitrary bytes as the tables of a machine. The input is a row of pieces, each with a head of four bytes: which
 * kind, flags, and how many bytes follow (16 bits). Flag 1 corrects checksum and length, so that the fuzzer gets behind
 * them. A kind above those of the tables makes a file of its own of the piece: a table, or text.
 * Memory is exactly what was asked for; places must be sane, text printable, sums right. */
#include <inspect/acpi_memory.h>
#include <inspect/acpi_text.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr size_t TABLES_MAX = 16, SIZE_MAX_TRIED = 16384, HEAD_SIZE = 4;
constexpr uint8_t FLAG_SEALED = 1, FLAG_NO_DATA = 2;
constexpr uint64_t ORIGINAL = 0x7f000000;

static const struct {
    uint32_t kind;
    char signature[5];
} kinds[] = {
    {BOOT_TABLE_ACPI, "RSD "},   {BOOT_TABLE_ACPI, "XSDT"},
    {BOOT_TABLE_ACPI, "RSDT"},   {BOOT_TABLE_ACPI, "FACP"},
    {BOOT_TABLE_ACPI, "APIC"},   {BOOT_TABLE_ACPI, "HPET"},
    {BOOT_TABLE_ACPI, "SRAT"},   {BOOT_TABLE_ACPI, "SLIT"},
    {BOOT_TABLE_ACPI, "MCFG"},   {BOOT_TABLE_ACPI, "BGRT"},
    {BOOT_TABLE_ACPI, "FACS"},   {BOOT_TABLE_ACPI, ""},
    {BOOT_TABLE_SMBIOS, ""},     {BOOT_TABLE_SMBIOS, "\1\0\0\0"},
    {BOOT_TABLE_ESRT, ""},       {BOOT_TABLE_MEMORY_ATTRIBUTES, ""},
    {BOOT_TABLE_BGRT_IMAGE, ""}, {99, ""},
};
constexpr size_t KINDS = sizeof kinds / sizeof kinds[0];

static void seal(unsigned char *data, size_t size, size_t checksum)
{
    unsigned char sum = 0;
    if (checksum >= size)
        return;
    data[checksum] = 0;
    for (size_t i = 0; i < size; i++)
        sum = (unsigned char)(sum + data[i]);
    data[checksum] = (unsigned char)-sum;
}

/* What a reader must get past before it looks at anything. */
static void correct(unsigned char *data, size_t size, size_t kind)
{
    const char *signature = kinds[kind].signature;
    if (kind == 0 && size >= 36) {
        memcpy(data, "RSD PTR ", 8);
        seal(data, 20, 8);
        memcpy(data + 20, &(uint32_t){36}, 4);
        seal(data, 36, 32);
    } else if (kinds[kind].kind == BOOT_TABLE_ACPI && size >= 36) {
        memcpy(data, signature, strlen(signature));
        memcpy(data + 4, &(uint32_t){(uint32_t)size}, 4);
        seal(data, size, 9);
    } else if (kinds[kind].kind == BOOT_TABLE_SMBIOS && signature[0] == '\0' && size >= 31) {
        memcpy(data, "_SM_", 4);
        data[5] = 31;
        memcpy(data + 16, "_DMI_", 5);
        seal(data + 16, 15, 5);
        seal(data, 31, 4);
    }
}

static void check_text(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            abort();
}

static void check_view(const struct view *view)
{
    uint64_t installed = 0;
    bool is_known = true;
    for (uint32_t i = 0; i < view->place_count; i++) {
        const struct view_place *place = &view->places[i];
        if (place->kind >= PLACE_KIND_COUNT || place->start == 0 || place->size == 0 ||
            place->start + place->size < place->start)
            abort();
    }
    for (uint32_t i = 0; i < view->problem_count; i++)
        check_text(view->problems[i].sentence);
    for (uint32_t i = 0; i < view->node_count; i++)
        if (view->nodes[i].size == 0 ||
            view->nodes[i].start + view->nodes[i].size < view->nodes[i].start)
            abort();
    for (uint32_t i = 0; i < view->device_count; i++) {
        const struct view_memory_device *device = &view->devices[i];
        check_text(device->locator);
        check_text(device->bank);
        installed += device->is_volatile ? device->bytes : 0;
        is_known = is_known && !(device->is_volatile && device->is_unknown);
    }
    check_text(view->machine);
    if (is_known && view->installed_bytes != 0 && view->installed_bytes != installed)
        abort();
    if (view_knows(view, VIEW_FACT_INSTALLED) != (view->installed_bytes != 0))
        abort();
    for (uint32_t i = 0; i < view->array_count; i++)
        if (view->arrays[i].start >= view->arrays[i].end)
            abort();
    if (view->attributes.count > view->attributes.declared_count)
        abort();
}

static void read_file(const unsigned char *data, size_t size)
{
    const size_t bytes_size = acpi_file_memory_size(data, size);
    const size_t text_size = acpi_text_memory_size((const char *)data, size);
    void *memory = aligned_alloc(16, align_up(bytes_size, 16));
    struct view view;
    struct view_text_error error;
    if (acpi_file_read(data, size, memory, bytes_size, &view) == STATUS_OK)
        check_view(&view);
    else if (acpi_file_is(data, size))
        abort();
    free(memory);
    memory = aligned_alloc(16, align_up(text_size, 16));
    const status_t status =
        acpi_text_read((const char *)data, size, memory, text_size, &view, &error);
    if (status == STATUS_OK)
        check_view(&view);
    else if (status != STATUS_BAD_FORMAT || error.reason == nullptr)
        abort();
    if (status == STATUS_OK && !acpi_text_is((const char *)data, size))
        abort();
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view_table tables[TABLES_MAX];
    unsigned char *pieces[TABLES_MAX];
    size_t count = 0;
    if (size > SIZE_MAX_TRIED)
        return 0;
    while (count < TABLES_MAX && size >= HEAD_SIZE) {
        const uint8_t kind = data[0], flags = data[1];
        size_t piece = (size_t)data[2] | (size_t)data[3] << 8;
        data += HEAD_SIZE;
        size -= HEAD_SIZE;
        piece = piece < size ? piece : size;
        pieces[count] = malloc(piece > 0 ? piece : 1);
        memcpy(pieces[count], data, piece);
        if (kind >= KINDS)
            read_file(pieces[count], piece);
        const size_t k = kind % KINDS;
        if ((flags & FLAG_SEALED) != 0)
            correct(pieces[count], piece, k);
        tables[count] = (struct view_table){
            .kind = kinds[k].kind,
            .signature = kinds[k].signature[0] != '\0' ? acpi_signature(kinds[k].signature) : 0,
            .original = flags >> 2 == 0 ? 0 : ORIGINAL + (flags >> 2) * UINT64_C(0x1000),
            .data = (flags & FLAG_NO_DATA) != 0 ? nullptr : pieces[count],
            .size = piece};
        data += piece;
        size -= piece;
        count++;
    }
    const size_t memory_size = view_tables_memory_size(tables, count);
    if (memory_size == 0)
        abort();
    void *memory = aligned_alloc(16, memory_size);
    struct view view = view_empty(VIEW_FIRMWARE);
    if (view_add_tables(&view, tables, count, nullptr, 0, memory, memory_size) != STATUS_OK)
        abort();
    check_view(&view);
    free(memory);
    for (size_t i = 0; i < count; i++)
        free(pieces[i]);
    return 0;
}
