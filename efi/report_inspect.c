/* SPDX-License-Identifier: MIT
 * What the report is about. The dump is made first, and the report from the dump, read as anybody else would read it:
 * so `memmap` finds out the same from map.bin, on any machine. */
#include "report.h"

#include <base/string.h>

/* A dump with a map of 100 000 descriptors and all tables is smaller. */
static constexpr uint64_t LAST_DUMP_MAX = 16 * MIB;
static constexpr unsigned LAST_DUMP_TRIES = 8;
static constexpr size_t FINDINGS_FIRST = 64; /* most maps have fewer */

/* ---- the last boot ---- */

/* The bytes of a dump as its own header counts them; null: it cannot be read. */
static void *read_dump(struct report *r, EFI_FILE_HANDLE file, size_t *size)
{
    struct dump_header header;
    if (EFI_ERROR(files_read(&r->files, file, &header, sizeof header)) ||
        !dump_is(&header, sizeof header) || header.size > LAST_DUMP_MAX ||
        header.size < sizeof header)
        return nullptr;
    unsigned char *bytes = report_take(r, header.size);
    if (bytes == nullptr)
        return nullptr;
    memcpy(bytes, &header, sizeof header);
    *size = header.size;
    const EFI_STATUS status =
        files_read(&r->files, file, bytes + sizeof header, header.size - sizeof header);
    return EFI_ERROR(status) ? nullptr : bytes;
}

static bool take_last_boot(struct report *r, const char *path)
{
    EFI_FILE_HANDLE file;
    struct view view;
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason;
    size_t size = 0;
    if (EFI_ERROR(files_open(&r->files, r->reports, path, &file)))
        return false;
    void *dump = read_dump(r, file, &size);
    files_close(&r->files, file);
    const size_t memory_size = dump != nullptr ? dump_memory_size(dump, size) : 0;
    void *memory = memory_size != 0 ? report_take(r, memory_size) : nullptr;
    if (memory == nullptr ||
        dump_read(dump, size, memory, memory_size, &view, snapshots, &reason) != STATUS_OK)
        return false;
    r->last_boot = snapshots[DUMP_ENTRY]; /* like is compared with like */
    return r->last_boot.count != 0;
}

void report_find_last_boot(struct report *r)
{
    unsigned tries = 0;
    for (unsigned n = r->highest; n > 0 && tries < LAST_DUMP_TRIES; n--) {
        char path[24];
        if ((r->taken[n / 8] >> n % 8 & 1) == 0)
            continue;
        tries++;
        format_text(path, sizeof path, "%04u\\map.bin", n);
        if (take_last_boot(r, path)) {
            r->last_number = n;
            return;
        }
    }
}

/* ---- this boot ---- */

static size_t list_tables(const struct loader *l, struct view_table tables[static COPIES_MAX])
{
    for (unsigned i = 0; i < l->copy_count; i++) {
        const struct table_copy *copy = &l->copies[i];
        tables[i] = (struct view_table){
            .kind = copy->kind,
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

/* The one snapshot that there is: the map as we found it, with nothing of ours in it. */
static bool make_dump(struct report *r)
{
    const struct loader *l = r->loader;
    char vendor[VENDOR_SIZE + 1] = {};
    struct view_table tables[COPIES_MAX];
    const uint64_t count = raw_map_count(&l->entry_map);
    unsigned char *regions = report_take(r, count * sizeof(struct boot_region));
    if (regions == nullptr)
        return false;
    const struct boot_map map = raw_map_convert(&l->entry_map, regions);
    memcpy(vendor, l->vendor, l->vendor_length);
    const struct dump_source source = {
        .snapshots = {[DUMP_ENTRY] = {(const struct boot_region *)map.start, map.count},
                      [DUMP_LAST_BOOT] = r->last_boot},
        .last_boot_report = r->last_number,
        .tables = tables,
        .table_count = list_tables(l, tables),
        .facts = facts_of(l),
        .vendor = vendor,
    };
    r->dump_size = dump_size(&source);
    r->dump = r->dump_size != 0 ? report_take(r, r->dump_size) : nullptr;
    return r->dump != nullptr && dump_write(&source, r->dump, r->dump_size) == STATUS_OK;
}

static bool read_own_dump(struct report *r)
{
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason = "there is no memory for it";
    const size_t size = dump_memory_size(r->dump, r->dump_size);
    void *memory = size != 0 ? report_take(r, size) : nullptr;
    if (memory == nullptr ||
        dump_read(r->dump, r->dump_size, memory, size, &r->view, snapshots, &reason) != STATUS_OK)
        return report_refuse(r, "the dump cannot be read: %s", reason);
    return true;
}

static bool inspect(struct report *r)
{
    const size_t size = inspection_memory_size(&r->view);
    void *memory = size != 0 ? report_take(r, size) : nullptr;
    size_t room = FINDINGS_FIRST;
    for (unsigned tries = 0; memory != nullptr && tries < 2; tries++) {
        struct lint_finding *findings = report_take(r, room * sizeof *findings);
        if (findings == nullptr ||
            inspection_run(&r->view, memory, size, findings, room, &r->result) != STATUS_OK)
            break;
        if (r->result.lint.needed <= room) {
            r->inspection = inspection_of(&r->view, &r->result);
            return true;
        }
        room = r->result.lint.needed;
    }
    return report_refuse(r, "there is no memory to inspect %u descriptors", r->view.region_count);
}

bool report_inspect(struct report *r)
{
    if (!make_dump(r))
        return report_refuse(r, "there is no memory for a dump of %lu descriptors",
                             raw_map_count(&r->loader->entry_map));
    return read_own_dump(r) && inspect(r);
}
