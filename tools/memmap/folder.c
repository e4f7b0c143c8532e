/* SPDX-License-Identifier: MIT
 * /sys/firmware/memmap, or a copy of it: a folder an entry, named by its number, with the files start, end, type.
 * Source: Linux, Documentation/ABI/testing/sysfs-firmware-memmap. */
#include "memmap.h"

#include <inspect/view_text.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t number;
    struct boot_region region;
};
struct entries {
    struct entry *list;
    size_t count, room;
};

/* The first line of FOLDER/NUMBER/NAME. */
static bool read_line(const char *folder, const char *number, const char *name, char *line,
                      size_t size)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/%s/%s", folder, number, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return REFUSE("%s: its path is too long", folder);
    FILE *file = fopen(path, "r");
    if (file == nullptr)
        return REFUSE("%s: %s", path, strerror(errno));
    const bool done = fgets(line, (int)size, file) != nullptr;
    fclose(file);
    if (!done)
        return REFUSE("%s: it is empty", path);
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static bool read_entry(const char *folder, const char *number, struct boot_region *out)
{
    char start[64], end[64], type[64];
    if (!read_line(folder, number, "start", start, sizeof start) ||
        !read_line(folder, number, "end", end, sizeof end) ||
        !read_line(folder, number, "type", type, sizeof type))
        return false;
    if (view_read_sysfs_entry(start, end, type, out) != STATUS_OK)
        return REFUSE("%s/%s: not a range of memory: start %s, end %s, type %s", folder, number,
                      start, end, type);
    return true;
}

static bool add_entry(struct entries *entries, const char *folder, const char *name)
{
    struct entry entry;
    char *end;
    entry.number = strtoull(name, &end, 10);
    if (*name < '0' || *name > '9' || *end != '\0')
        return true; /* not an entry: ".", ".." and whatever else may be there */
    if (!read_entry(folder, name, &entry.region))
        return false;
    if (entries->count == entries->room) {
        const size_t room = entries->room == 0 ? 64 : entries->room * 2;
        struct entry *larger = reallocarray(entries->list, room, sizeof *larger);
        if (larger == nullptr)
            return REFUSE("%s: no memory for %zu entries", folder, room);
        entries->list = larger;
        entries->room = room;
    }
    entries->list[entries->count++] = entry;
    return true;
}

static int compare_entries(const void *left, const void *right)
{
    const uint64_t a = ((const struct entry *)left)->number;
    const uint64_t b = ((const struct entry *)right)->number;
    return (a > b) - (a < b);
}

static bool read_entries(const char *path, struct entries *entries)
{
    DIR *folder = opendir(path);
    if (folder == nullptr)
        return REFUSE("%s: %s", path, strerror(errno));
    bool done = true;
    for (struct dirent *item; done && (item = readdir(folder)) != nullptr;)
        done = add_entry(entries, path, item->d_name);
    closedir(folder);
    if (done && (entries->count == 0 || entries->count > UINT32_MAX))
        done = REFUSE("%s: it has no entries 0, 1, ... as /sys/firmware/memmap has", path);
    return done;
}

bool input_read_folder(const char *path, struct input *out)
{
    struct entries entries = {};
    struct boot_region *regions = nullptr;
    bool done = read_entries(path, &entries);
    if (done) {
        qsort(entries.list, entries.count, sizeof *entries.list, compare_entries);
        regions = calloc(entries.count, sizeof *regions);
        done = regions != nullptr || REFUSE("%s: no memory for its entries", path);
    }
    for (size_t i = 0; done && i < entries.count; i++)
        regions[i] = entries.list[i].region;
    free(entries.list);
    if (!done)
        return false;
    out->memory = regions;
    out->view = view_empty(VIEW_LINUX_SYSFS);
    out->view.regions = regions;
    out->view.region_count = (uint32_t)entries.count;
    /* As the firmware gave it also after a kexec, but sorted, and with overlaps resolved: Linux,
     * arch/x86/kernel/e820.c, e820__memory_setup. */
    out->view.knows = VIEW_KNOWS(WHOLE_MAP);
    return true;
}
