/* SPDX-License-Identifier: MIT
 * Arbitrary bytes as physical memory with an RSDP at its start, or as SRAT and MADT. Nothing may be read
 * outside of them and every iteration must end. The first byte of the input chooses: bit 1 memory or table,
 * bit 0 corrects checksums and lengths, so that the fuzzer gets behind them. */
#include <inspect/acpi.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

constexpr uint64_t BASE = 0x1000;
constexpr size_t SIZE_MAX_TRIED = 4096;
constexpr size_t RSDP_SIZE = 36, HEADER_SIZE = 36;
constexpr size_t RSDP_CHECKSUM = 8, RSDP_EXTENDED_CHECKSUM = 32, TABLE_CHECKSUM = 9;

struct memory {
    unsigned char *bytes;
    size_t size;
};

static const void *memory_read(void *owner, uint64_t physical, uint64_t size)
{
    const struct memory *memory = owner;
    if (physical < BASE || physical - BASE > memory->size ||
        size > memory->size - (physical - BASE))
        return nullptr;
    return memory->bytes + (physical - BASE);
}

static void seal(unsigned char *data, size_t size, size_t checksum)
{
    data[checksum] = 0;
    unsigned char sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (unsigned char)(sum + data[i]);
    data[checksum] = (unsigned char)-sum;
}

/* Iterations: at most one step an entry header of two bytes. */
static void walk_entries(const void *table, size_t size)
{
    struct acpi_node_memory node;
    struct acpi_processor processor;
    size_t steps = 0, cursor = 0;
    while (acpi_srat_next(table, size, &cursor, &node) == STATUS_OK)
        if (++steps > size / 2 || node.size == 0 || node.start + node.size < node.start)
            abort();
    steps = cursor = 0;
    while (acpi_madt_next(table, size, &cursor, &processor) == STATUS_OK)
        if (++steps > size / 2)
            abort();
}

static void check_table(const struct acpi_memory *memory, const struct acpi_table *table)
{
    unsigned char sum = 0;
    for (uint32_t i = 0; i < table->length; i++)
        sum = (unsigned char)(sum + ((const unsigned char *)table->data)[i]);
    if (sum != 0 || table->length < HEADER_SIZE ||
        memory->read(memory->owner, table->physical, table->length) != table->data)
        abort();
    walk_entries(table->data, table->length);
}

static void walk_memory(struct memory *physical, bool correct)
{
    const struct acpi_memory memory = {memory_read, physical};
    if (correct && physical->size >= RSDP_SIZE) {
        memcpy(physical->bytes, "RSD PTR ", 8);
        seal(physical->bytes, 20, RSDP_CHECKSUM);
        seal(physical->bytes, RSDP_SIZE, RSDP_EXTENDED_CHECKSUM);
    }
    struct acpi_root root;
    if (acpi_find_root(&memory, BASE, &root) != STATUS_OK)
        return;
    unsigned count = 0;
    if (acpi_root_count(&memory, &root, &count) != STATUS_OK && !correct)
        return;
    for (unsigned i = 0; i <= count && i < SIZE_MAX_TRIED; i++) {
        struct acpi_table table = {0};
        const status_t status = acpi_root_table(&memory, &root, i, &table);
        if (status == STATUS_OK)
            check_table(&memory, &table);
        if (correct && status == STATUS_BAD_CHECKSUM) {
            const size_t at = table.physical - BASE;
            seal(physical->bytes + at, table.length, TABLE_CHECKSUM);
            if (acpi_root_table(&memory, &root, i, &table) == STATUS_OK)
                check_table(&memory, &table);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > SIZE_MAX_TRIED)
        return 0;
    const bool correct = (data[0] & 1) != 0;
    struct memory memory = {malloc(size - 1), size - 1};
    memcpy(memory.bytes, data + 1, size - 1);
    if ((data[0] & 2) != 0) {
        walk_memory(&memory, correct);
    } else {
        const uint32_t length = (uint32_t)memory.size;
        if (correct && memory.size >= HEADER_SIZE)
            memcpy(memory.bytes + 4, &length, sizeof length);
        walk_entries(memory.bytes, memory.size);
    }
    free(memory.bytes);
    return 0;
}
