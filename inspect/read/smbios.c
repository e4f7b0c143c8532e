/* SPDX-License-Identifier: MIT
 * SMBIOS: structures one behind the other, each with its strings.
 *
 * Problem: the only thing that leads from one structure to the next is a length and the search for two zero bytes, so
 *          one wrong byte can lose the rest; and older versions have shorter structures.
 * Shape:   type | length | handle | fields ... (length bytes) || "string 1" 0 "string 2" 0 0
 *          A field is there if the structure's own length says so, never because of the version in the entry point.
 *
 * SM1  no byte is read outside of [table, table + size)
 * SM2  iteration ends: each step moves the cursor by at least 6 bytes, or puts it at the end
 *
 * Cost:    linear in the bytes.
 * Not here: everything but memory and the machine's name; serial numbers and asset tags are never read. */
#include <inspect/smbios.h>

#include <inspect/fields.h>

#include <stdckdint.h>

/* SMBIOS 3.7, 5.2.1: the entry point of 2.1. Its length was once printed as 1Eh, and firmware believed it. */
constexpr size_t ENTRY_2_SIZE_MIN = 30, ENTRY_2_LENGTH = 5, ENTRY_2_MAJOR = 6, ENTRY_2_MINOR = 7;
constexpr size_t ENTRY_2_INTERMEDIATE = 16, ENTRY_2_INTERMEDIATE_SIZE = 15, ENTRY_2_SIZE = 31;
constexpr size_t ENTRY_2_TABLE_SIZE = 22, ENTRY_2_TABLE = 24, ENTRY_2_COUNT = 28;
/* 5.2.2: that of 3.0. */
constexpr size_t ENTRY_3_SIZE_MIN = 24, ENTRY_3_LENGTH = 6, ENTRY_3_MAJOR = 7, ENTRY_3_MINOR = 8;
constexpr size_t ENTRY_3_TABLE_SIZE = 12, ENTRY_3_TABLE = 16;

/* 6.1.2. */
constexpr size_t STRUCTURE_HEADER_SIZE = 4, STRUCTURE_LENGTH = 1, STRUCTURE_HANDLE = 2;
constexpr size_t STRINGS_END_SIZE = 2;

/* 7.17: use 3 is system memory. */
constexpr size_t ARRAY_USE = 5;
constexpr uint8_t ARRAY_USE_SYSTEM = 3;

/* 7.18: offsets, and what is behind the last field that a version must have. */
constexpr size_t DEVICE_SIZE_2_1 = 0x15, DEVICE_ARRAY = 0x04, DEVICE_SIZE = 0x0C;
constexpr size_t DEVICE_LOCATOR = 0x10, DEVICE_BANK = 0x11, DEVICE_TYPE = 0x12;
constexpr size_t DEVICE_SPEED = 0x15, DEVICE_EXTENDED_SIZE = 0x1C, DEVICE_TECHNOLOGY = 0x28;
constexpr size_t DEVICE_VOLATILE_SIZE = 0x3C, DEVICE_EXTENDED_SPEED = 0x54;
constexpr uint16_t SIZE_UNKNOWN = 0xFFFF, SIZE_EXTENDED = 0x7FFF, SIZE_IN_KIB = 0x8000;
constexpr uint32_t EXTENDED_MASK = 0x7FFFFFFF; /* bit 31 is reserved, in size and in speed */
constexpr uint64_t VOLATILE_SIZE_UNKNOWN = UINT64_MAX;
constexpr uint16_t SPEED_EXTENDED = 0xFFFF;
/* 7.18.6: 4 to 7 keep their contents without power (NVDIMM-N, -F, -P, Optane). */
constexpr uint8_t TECHNOLOGY_NVDIMM_N = 4, TECHNOLOGY_OPTANE = 7;
/* 7.18.2: ROM, flash and the like; logical non-volatile device. */
constexpr uint8_t TYPE_ROM = 8, TYPE_EPROM = 12, TYPE_NON_VOLATILE = 0x1F;

/* 7.20. */
constexpr size_t MAPPED_SIZE_2_1 = 0x0F, MAPPED_SIZE_2_7 = 0x1F, MAPPED_START = 0x04;
constexpr size_t MAPPED_END = 0x08, MAPPED_EXTENDED_START = 0x0F, MAPPED_EXTENDED_END = 0x17;
constexpr uint32_t MAPPED_IS_EXTENDED = 0xFFFFFFFF;

/* ---- entry points ---- */

static status_t read_entry_3(const void *data, size_t size, const struct table_sink *sink,
                             struct smbios_entry *out)
{
    const size_t length = field8(data, ENTRY_3_LENGTH);
    if (length < ENTRY_3_SIZE_MIN)
        return sink_note(sink, STATUS_BAD_FORMAT, "its length is wrong");
    if (length > size)
        return sink_note(sink, STATUS_TRUNCATED, "it is longer than what could be read");
    if (!sums_to_zero(data, length))
        return sink_note(sink, STATUS_BAD_CHECKSUM, "its checksum is wrong");
    *out = (struct smbios_entry){.table = field64(data, ENTRY_3_TABLE),
                                 .table_size = field32(data, ENTRY_3_TABLE_SIZE),
                                 .structure_count = UINT32_MAX,
                                 .major = field8(data, ENTRY_3_MAJOR),
                                 .minor = field8(data, ENTRY_3_MINOR)};
    return STATUS_OK;
}

static status_t read_entry_2(const void *data, size_t size, const struct table_sink *sink,
                             struct smbios_entry *out)
{
    const size_t length = field8(data, ENTRY_2_LENGTH);
    if (length < ENTRY_2_SIZE_MIN)
        return sink_note(sink, STATUS_BAD_FORMAT, "its length is wrong");
    if (length > size || size < ENTRY_2_SIZE)
        return sink_note(sink, STATUS_TRUNCATED, "it is longer than what could be read");
    if (memcmp((const char *)data + ENTRY_2_INTERMEDIATE, "_DMI_", 5) != 0)
        return sink_note(sink, STATUS_BAD_FORMAT, "its second anchor is not there");
    if (!sums_to_zero(data, length) ||
        !sums_to_zero((const char *)data + ENTRY_2_INTERMEDIATE, ENTRY_2_INTERMEDIATE_SIZE))
        return sink_note(sink, STATUS_BAD_CHECKSUM, "its checksum is wrong");
    const uint16_t count = field16(data, ENTRY_2_COUNT);
    *out = (struct smbios_entry){.table = field32(data, ENTRY_2_TABLE),
                                 .table_size = field16(data, ENTRY_2_TABLE_SIZE),
                                 .structure_count = count != 0 ? count : UINT32_MAX,
                                 .major = field8(data, ENTRY_2_MAJOR),
                                 .minor = field8(data, ENTRY_2_MINOR)};
    return STATUS_OK;
}

status_t smbios_entry_read(const void *data, size_t size, const struct table_sink *sink,
                           struct smbios_entry *out)
{
    if (size < ENTRY_3_SIZE_MIN)
        return sink_note(sink, STATUS_TRUNCATED, "it is too short for an entry point");
    if (memcmp(data, "_SM3_", 5) == 0)
        return read_entry_3(data, size, sink, out);
    if (memcmp(data, "_SM_", 4) == 0)
        return read_entry_2(data, size, sink, out);
    return sink_note(sink, STATUS_BAD_FORMAT, "its anchor is none of SMBIOS");
}

/* ---- structures ---- */

status_t smbios_next(const void *table, size_t size, size_t *cursor, struct smbios_structure *out)
{
    const size_t at = *cursor;
    *cursor = SIZE_MAX;
    if (at >= size)
        return STATUS_NOT_FOUND;
    const unsigned char *data = (const unsigned char *)table + at;
    const size_t left = size - at;
    if (left < STRUCTURE_HEADER_SIZE)
        return STATUS_TRUNCATED;
    const uint8_t length = field8(data, STRUCTURE_LENGTH);
    if (length < STRUCTURE_HEADER_SIZE)
        return STATUS_BAD_FORMAT;
    size_t end = length;
    while (end + STRINGS_END_SIZE <= left && (data[end] != 0 || data[end + 1] != 0))
        end++;
    if (end + STRINGS_END_SIZE > left)
        return STATUS_TRUNCATED;
    end += STRINGS_END_SIZE;
    *out = (struct smbios_structure){.data = data,
                                     .end = data + end,
                                     .handle = field16(data, STRUCTURE_HANDLE),
                                     .type = field8(data, 0),
                                     .length = length};
    *cursor = out->type == SMBIOS_END ? SIZE_MAX : at + end;
    return STATUS_OK;
}

size_t smbios_string_copy(const struct smbios_structure *structure, uint8_t number, char *to,
                          size_t limit)
{
    const char *string = (const char *)structure->data + structure->length;
    if (number == 0 || limit == 0)
        return 0;
    /* The set ends with two NULs: an empty string is its end. */
    for (uint8_t i = 1; i < number && *string != '\0'; i++)
        string += strlen(string) + 1;
    size_t length = 0;
    while (length + 1 < limit && string[length] != '\0') {
        const char c = string[length];
        to[length++] = c >= ' ' && c <= '~' ? c : '?';
    }
    while (length > 0 && to[length - 1] == ' ')
        length--;
    if (length > 0)
        to[length] = '\0';
    return length;
}

void smbios_memory_array_read(const struct smbios_structure *structure,
                              struct smbios_other_arrays *arrays)
{
    if (structure->length > ARRAY_USE && structure->data[ARRAY_USE] != ARRAY_USE_SYSTEM)
        arrays->bits[structure->handle / 64] |= UINT64_C(1) << structure->handle % 64;
}

/* Does it count as RAM? *bytes becomes the part of it that does, if only a part does. */
static bool is_volatile(const struct smbios_structure *structure,
                        const struct smbios_other_arrays *arrays, uint64_t *bytes)
{
    const unsigned char *data = structure->data;
    const uint16_t array = field16(data, DEVICE_ARRAY);
    const uint8_t type = field8(data, DEVICE_TYPE);
    if ((arrays->bits[array / 64] >> array % 64 & 1) != 0 || type == TYPE_NON_VOLATILE ||
        (type >= TYPE_ROM && type <= TYPE_EPROM))
        return false;
    if (structure->length <= DEVICE_TECHNOLOGY)
        return true;
    const uint8_t technology = field8(data, DEVICE_TECHNOLOGY);
    if (technology < TECHNOLOGY_NVDIMM_N || technology > TECHNOLOGY_OPTANE)
        return true;
    if (structure->length < DEVICE_VOLATILE_SIZE + sizeof(uint64_t))
        return false;
    const uint64_t part = field64(data, DEVICE_VOLATILE_SIZE);
    if (part == 0 || part == VOLATILE_SIZE_UNKNOWN)
        return false;
    *bytes = part < *bytes ? part : *bytes;
    return true;
}

static uint64_t device_bytes(const struct smbios_structure *structure)
{
    const uint16_t size = field16(structure->data, DEVICE_SIZE);
    if (size == SIZE_UNKNOWN)
        return 0;
    if (size == SIZE_EXTENDED && structure->length >= DEVICE_EXTENDED_SIZE + sizeof(uint32_t))
        return (field32(structure->data, DEVICE_EXTENDED_SIZE) & EXTENDED_MASK) * MIB;
    return (size & SIZE_IN_KIB) != 0 ? (size & (SIZE_IN_KIB - 1)) * KIB : size * MIB;
}

static uint16_t device_speed(const struct smbios_structure *structure)
{
    if (structure->length < DEVICE_SPEED + sizeof(uint16_t))
        return 0;
    const uint16_t speed = field16(structure->data, DEVICE_SPEED);
    if (speed != SPEED_EXTENDED)
        return speed;
    if (structure->length < DEVICE_EXTENDED_SPEED + sizeof(uint32_t))
        return 0;
    const uint32_t extended = field32(structure->data, DEVICE_EXTENDED_SPEED) & EXTENDED_MASK;
    return extended < UINT16_MAX ? (uint16_t)extended : UINT16_MAX;
}

bool smbios_memory_device_read(const struct smbios_structure *structure,
                               const struct smbios_other_arrays *arrays,
                               const struct table_sink *sink, struct view_memory_device *out,
                               uint8_t *out_locator, uint8_t *out_bank)
{
    if (structure->length < DEVICE_SIZE_2_1) {
        (void)sink_note(sink, STATUS_OK, "a memory device is too short; it is ignored");
        return false;
    }
    const uint16_t size = field16(structure->data, DEVICE_SIZE);
    struct view_memory_device device = {.bytes = device_bytes(structure),
                                        .handle = structure->handle,
                                        .type = field8(structure->data, DEVICE_TYPE),
                                        .speed = device_speed(structure),
                                        .locator = "",
                                        .bank = ""};
    device.is_unknown = device.bytes == 0 && size != 0 && size != SIZE_IN_KIB;
    device.is_volatile = is_volatile(structure, arrays, &device.bytes);
    *out = device;
    *out_locator = field8(structure->data, DEVICE_LOCATOR);
    *out_bank = field8(structure->data, DEVICE_BANK);
    return true;
}

bool smbios_mapped_array_read(const struct smbios_structure *structure,
                              const struct table_sink *sink, struct view_mapped_array *out)
{
    const char *wrong = nullptr;
    struct view_mapped_array array = {};
    if (structure->length < MAPPED_SIZE_2_1) {
        wrong = "a mapped array is too short; it is ignored";
    } else if (field32(structure->data, MAPPED_START) != MAPPED_IS_EXTENDED) {
        /* In KiB, the last one included. */
        array.start = field32(structure->data, MAPPED_START) * KIB;
        array.end = (field32(structure->data, MAPPED_END) + UINT64_C(1)) * KIB;
    } else if (structure->length < MAPPED_SIZE_2_7) {
        wrong = "a mapped array lacks its extended addresses; it is ignored";
    } else {
        /* In bytes, the last one included. */
        array.start = field64(structure->data, MAPPED_EXTENDED_START);
        if (ckd_add(&array.end, field64(structure->data, MAPPED_EXTENDED_END), UINT64_C(1)))
            wrong = "a mapped array passes 2^64; it is ignored";
    }
    if (wrong == nullptr && array.end <= array.start)
        wrong = "a mapped array ends before its start; it is ignored";
    if (wrong != nullptr) {
        (void)sink_note(sink, STATUS_OK, wrong);
        return false;
    }
    *out = array;
    return true;
}
