/* SPDX-License-Identifier: MIT
 * The reports that are on the boot volume, and the map of the last boot that left one. Only read here. */
#include "session.h"

#include <base/string.h>

static constexpr unsigned ENTRIES_MAX = 65536; /* FAT has no more in a folder */
/* A dump with a map of 100 000 descriptors and all tables is smaller. */
static constexpr uint64_t LAST_DUMP_MAX = 16 * MIB;
/* The largest map that we know of has 312. What claims so many more is not compared with. */
static constexpr uint32_t LAST_MAP_MAX = 4096;
static constexpr unsigned LAST_DUMP_TRIES = 8;

/* "0042" is 42; -1 if it is no number of a report. */
static int number_of(const char *name)
{
    int number = 0;
    if (strlen(name) != 4)
        return -1;
    for (; *name != '\0'; name++) {
        if (*name < '0' || *name > '9')
            return -1;
        number = number * 10 + (*name - '0');
    }
    return number;
}

EFI_STATUS report_list_read(struct files *files, EFI_FILE_HANDLE folder, struct report_list *out)
{
    *out = (struct report_list){};
    for (unsigned i = 0; i < ENTRIES_MAX; i++) {
        struct file_entry entry = {};
        bool end;
        const EFI_STATUS status = files_next_entry(files, folder, &entry, &end);
        if (EFI_ERROR(status) || end)
            return status;
        const int number = number_of(entry.name);
        if (number < 0)
            continue;
        out->taken[number / 8] |= (uint8_t)(1u << number % 8);
        if ((unsigned)number > out->highest)
            out->highest = (unsigned)number;
    }
    return EFI_ABORTED;
}

/* The bytes of a dump as its own header counts them; null: it cannot be read. */
static void *read_dump(struct session *s, struct files *files, EFI_FILE_HANDLE file, size_t *size)
{
    struct dump_header header;
    if (EFI_ERROR(files_read(files, file, &header, sizeof header)) ||
        !dump_is(&header, sizeof header) || header.size > LAST_DUMP_MAX ||
        header.size < sizeof header)
        return nullptr;
    unsigned char *bytes = session_take(s, header.size);
    if (bytes == nullptr)
        return nullptr;
    memcpy(bytes, &header, sizeof header);
    *size = header.size;
    const EFI_STATUS status =
        files_read(files, file, bytes + sizeof header, header.size - sizeof header);
    return EFI_ERROR(status) ? nullptr : bytes;
}

static bool take_last_boot(struct session *s, struct files *files, EFI_FILE_HANDLE folder,
                           unsigned number)
{
    EFI_FILE_HANDLE file;
    char path[24];
    struct view view;
    struct dump_snapshot snapshots[DUMP_SNAPSHOT_COUNT];
    const char *reason;
    size_t size = 0;
    format_text(path, sizeof path, "%04u\\map.bin", number);
    if (EFI_ERROR(files_open(files, folder, path, &file)))
        return false;
    void *dump = read_dump(s, files, file, &size);
    files_close(files, file);
    const size_t memory_size = dump != nullptr ? dump_memory_size(dump, size) : 0;
    void *memory = memory_size != 0 ? session_take(s, memory_size) : nullptr;
    if (memory == nullptr ||
        dump_read(dump, size, memory, memory_size, &view, snapshots, &reason) != STATUS_OK ||
        snapshots[DUMP_ENTRY].count > LAST_MAP_MAX)
        return false;
    s->last_boot = snapshots[DUMP_ENTRY]; /* like is compared with like */
    s->last_number = s->last_boot.count != 0 ? number : 0;
    return s->last_number != 0;
}

static void search(struct session *s, struct files *files, EFI_FILE_HANDLE folder)
{
    struct report_list list;
    unsigned tries = 0;
    if (EFI_ERROR(report_list_read(files, folder, &list)))
        return;
    for (unsigned n = list.highest; n > 0 && tries < LAST_DUMP_TRIES; n--) {
        if ((list.taken[n / 8] >> n % 8 & 1) == 0)
            continue;
        const unsigned mark = session_mark(s);
        tries++;
        if (take_last_boot(s, files, folder, n))
            return;
        session_give_back(s, mark);
    }
}

void session_find_last_boot(struct session *s)
{
    EFI_FILE_HANDLE root = nullptr, folder = nullptr;
    struct files files = {.firmware = &s->loader->firmware};
    if (EFI_ERROR(files_open_volume(&files, files.firmware->self->DeviceHandle, &root)))
        return;
    const EFI_STATUS status = files_open(&files, root, "freehold\\reports", &folder);
    files_close(&files, root);
    if (EFI_ERROR(status))
        return;
    search(s, &files, folder);
    files_close(&files, folder);
}
