/* SPDX-License-Identifier: MIT
 * What the report and the inspector are about. The dump is made first, and the inspection of the dump, read as anybody
 * else would read it: so `memmap` finds out the same from map.bin, on any machine. */
#include "session.h"

#include <base/string.h>

static constexpr size_t FINDINGS_FIRST = 64; /* most maps have fewer */
static constexpr UINTN MAP_SLACK = 16 * KIB; /* what the map has gained since it was read first */

/* ---- this boot ---- */

static bool refuse(struct session *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool refuse(struct session *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_text_va(s->fault, sizeof s->fault, format, arguments);
    va_end(arguments);
    return false;
}

static size_t list_tables(const struct loader *l, struct view_table tables[static COPIES_MAX])
{
    for (unsigned i = 0; i < l->copy_count; i++) {
        const struct table_copy *copy = &l->copies[i];
        tables[i] = (struct view_table){
            .kind = view_table_kind(copy->kind),
            .signature = copy->signature,
            .original = copy->original,
            .data = copy->size != 0 ? (const void *)copy->original : nullptr,
            .size = copy->size,
        };
    }
    return l->copy_count;
}

static struct dump_facts facts_of(const struct loader *l)
{
    return (struct dump_facts){
        .phys_bits = phys_bits(),
        .descriptor_size = l->info.descriptor_size,
        .descriptor_version = l->info.descriptor_version,
        .uefi_revision = l->info.uefi_revision,
        .firmware_revision = l->info.firmware_revision,
        .system_table = l->info.system_table,
        .runtime_services = l->info.runtime_services,
        .framebuffer_start = l->info.framebuffer.start,
        .framebuffer_size = l->info.framebuffer.size,
    };
}

/* The map as it is now, with what we and the firmware took since. Null: it cannot be had. */
static unsigned char *read_map(struct session *s, struct raw_map *map)
{
    const UINTN capacity = s->loader->entry_map.size + MAP_SLACK;
    unsigned char *data = session_take(s, capacity);
    *map = (struct raw_map){.data = data, .capacity = capacity};
    if (data == nullptr || EFI_ERROR(raw_map_read(&s->loader->firmware, map)) ||
        raw_map_check(map) != nullptr)
        return nullptr;
    return data;
}

/* The map as we found it, which is judged, and as it is now; how it will be at the end nobody knows yet. */
static bool make_dump(struct session *s)
{
    const struct loader *l = s->loader;
    char vendor[VENDOR_SIZE + 1] = {};
    struct view_table tables[COPIES_MAX];
    const uint64_t count = raw_map_count(&l->entry_map);
    unsigned char *regions = session_take(s, count * sizeof(struct boot_region));
    if (regions == nullptr)
        return false;
    const struct boot_map map = raw_map_convert(&l->entry_map, regions);
    struct raw_map raw;
    unsigned char *data = read_map(s, &raw);
    const struct boot_map now = data != nullptr ? raw_map_convert(&raw, data) : (struct boot_map){};
    memcpy(vendor, l->vendor, l->vendor_length);
    const struct dump_source source = {
        .snapshots = {[DUMP_ENTRY] = {(const struct boot_region *)map.start, map.count},
                      [DUMP_LAST_BOOT] = s->last_boot,
                      [DUMP_REPORT] = {(const struct boot_region *)now.start, now.count}},
        .last_boot_report = s->last_number,
        .tables = tables,
        .table_count = list_tables(l, tables),
        .facts = facts_of(l),
        .vendor = vendor,
    };
    s->dump_size = dump_size(&source);
    s->dump = s->dump_size != 0 ? session_take(s, s->dump_size) : nullptr;
    return s->dump != nullptr && dump_write(&source, s->dump, s->dump_size) == STATUS_OK;
}

static bool read_own_dump(struct session *s)
{
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason = "there is no memory for it";
    const size_t size = dump_memory_size(s->dump, s->dump_size);
    void *memory = size != 0 ? session_take(s, size) : nullptr;
    if (memory == nullptr ||
        dump_read(s->dump, s->dump_size, memory, size, &s->view, snapshots, &reason) != STATUS_OK)
        return refuse(s, "the dump cannot be read: %s", reason);
    return true;
}

/* Findings that there is no memory for are counted, and left out. */
static bool inspect(struct session *s)
{
    const size_t size = inspection_memory_size(&s->view);
    void *memory = size != 0 ? session_take(s, size) : nullptr;
    size_t room = FINDINGS_FIRST;
    bool is_made = false;
    for (unsigned tries = 0; memory != nullptr && tries < 2; tries++) {
        struct lint_finding *findings = session_take(s, room * sizeof *findings);
        if (findings == nullptr ||
            inspection_run(&s->view, memory, size, findings, room, &s->result) != STATUS_OK)
            break;
        is_made = true;
        if (s->result.lint.needed <= room)
            break;
        room = s->result.lint.needed;
    }
    if (!is_made)
        return refuse(s, "there is no memory to inspect %u descriptors", s->view.region_count);
    s->inspection = inspection_of(&s->view, &s->result);
    return true;
}

static bool make(struct session *s)
{
    if (!make_dump(s))
        return refuse(s, "there is no memory for a dump of %lu descriptors",
                      raw_map_count(&s->loader->entry_map));
    return read_own_dump(s) && inspect(s);
}

bool session_inspect(struct session *s)
{
    if (s->is_made || s->fault[0] != '\0')
        return s->is_made;
    const unsigned mark = session_mark(s);
    session_find_last_boot(s);
    s->is_made = make(s);
    if (s->is_made || s->last_number == 0)
        return s->is_made;
    /* This boot is what counts: what an earlier one left must not keep it from being judged. */
    session_give_back(s, mark);
    s->last_boot = (struct dump_snapshot){};
    s->unread_number = s->last_number;
    s->last_number = 0;
    s->fault[0] = '\0';
    s->is_made = make(s);
    return s->is_made;
}
