/* SPDX-License-Identifier: MIT
 * The memory attributes table.
 *
 * Problem: this table is damaged in the field (counts that would need gigabytes, counts of 0, a descriptor size that
 *          is none), and has no checksum. What is there must be shown, and what is wrong with it.
 * Shape:   header (version, count, descriptor size, flags), then descriptors, each `descriptor size` apart:
 *          version | count | size | flags || descriptor ... | descriptor ... |
 *
 * MA1  no byte is read outside of [data, data + size), whatever the header says
 *
 * Cost:    linear in the entries that are there.
 * Not here: whether it agrees with the map (lint). */
#include <inspect/memory_attributes.h>

#include <inspect/fields.h>

/* UEFI 2.10, 4.6.4 and 7.2.3. */
constexpr size_t HEADER_SIZE = 16, COUNT = 4, DESCRIPTOR_SIZE = 8, FLAGS = 12;
constexpr size_t DESCRIPTOR_SIZE_MIN = 40;
constexpr size_t DESCRIPTOR_START = 8, DESCRIPTOR_PAGES = 24, DESCRIPTOR_ATTRIBUTES = 32;
constexpr uint32_t VERSION_MAX = 2; /* 2 gave a meaning to the flags, and changed nothing else */

size_t memory_attributes_capacity(size_t size)
{
    return size / DESCRIPTOR_SIZE_MIN;
}

status_t memory_attributes_read(const void *data, size_t size, const struct table_sink *sink,
                                struct boot_region *entries, struct view_attributes_table *out)
{
    if (size < HEADER_SIZE)
        return sink_note(sink, STATUS_TRUNCATED, "it ends inside its header");
    const uint32_t version = field32(data, 0), declared = field32(data, COUNT);
    const uint32_t step = field32(data, DESCRIPTOR_SIZE);
    if (version == 0 || version > VERSION_MAX)
        return sink_note(sink, STATUS_UNSUPPORTED, "its version is neither 1 nor 2");
    if (step < DESCRIPTOR_SIZE_MIN)
        return sink_note(sink, STATUS_BAD_FORMAT, "its descriptor size is below 40");
    if (step % sizeof(uint64_t) != 0)
        return sink_note(sink, STATUS_BAD_FORMAT, "its descriptor size is not a multiple of 8");

    const size_t room = (size - HEADER_SIZE) / step;
    const uint32_t count = declared < room ? declared : (uint32_t)room;
    if (declared == 0)
        (void)sink_note(sink, STATUS_OK, "it has no entries");
    if (declared > count)
        (void)sink_note(sink, STATUS_OK, "it names more entries than it holds");
    const unsigned char *descriptor = (const unsigned char *)data + HEADER_SIZE;
    for (uint32_t i = 0; i < count; i++, descriptor += step)
        entries[i] =
            (struct boot_region){.phys_start = field64(descriptor, DESCRIPTOR_START),
                                 .page_count = field64(descriptor, DESCRIPTOR_PAGES),
                                 .efi_type = field32(descriptor, 0),
                                 .efi_attributes = field64(descriptor, DESCRIPTOR_ATTRIBUTES)};
    *out = (struct view_attributes_table){.version = version,
                                          .descriptor_size = step,
                                          .flags = field32(data, FLAGS),
                                          .entries = entries,
                                          .count = count,
                                          .declared_count = declared};
    return STATUS_OK;
}
