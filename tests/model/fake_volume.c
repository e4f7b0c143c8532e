/* SPDX-License-Identifier: MIT */
#include "model/fake_volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_volume fake;
EFI_TIME fake_time = {
    .Year = 2026, .Month = 11, .Day = 20, .Hour = 9, .Minute = 8, .Second = 7, .TimeZone = 2047};

struct handle {
    EFI_FILE_PROTOCOL file; /* first: a handle is a pointer to it */
    char path[64];
    size_t position;
    bool is_open, may_write;
};
static struct handle handles[FAKE_OPEN_MAX];
static EFI_FILE_PROTOCOL methods;

static bool fails(const char *name, EFI_STATUS *status)
{
    const unsigned call = ++fake.calls;
    if (call <= FAKE_CALLS_MAX)
        fake.names[call - 1] = name;
    *status = fake.error;
    return call == fake.fail_at || (fake.fail_from != 0 && call >= fake.fail_from);
}

void fake_reset(void)
{
    for (size_t i = 0; i < FAKE_NODES_MAX; i++)
        free(fake.nodes[i].data);
    memset(&fake, 0, sizeof fake);
    memset(handles, 0, sizeof handles);
    fake.capacity = SIZE_MAX;
    fake.error = EFI_DEVICE_ERROR;
}

struct fake_node *fake_find(const char *path)
{
    for (size_t i = 0; i < FAKE_NODES_MAX; i++)
        if (*path != '\0' && strcmp(fake.nodes[i].path, path) == 0)
            return &fake.nodes[i];
    return nullptr;
}

static struct fake_node *add_node(const char *path, bool is_folder)
{
    for (size_t i = 0; i < FAKE_NODES_MAX; i++)
        if (fake.nodes[i].path[0] == '\0') {
            (void)snprintf(fake.nodes[i].path, sizeof fake.nodes[i].path, "%s", path);
            fake.nodes[i].is_folder = is_folder;
            return &fake.nodes[i];
        }
    abort();
}

void fake_add(const char *path, const void *data, size_t size)
{
    struct fake_node *node = add_node(path, data == nullptr);
    if (data == nullptr)
        return;
    node->data = malloc(size + 1);
    memcpy(node->data, data, size);
    node->size = size;
}

static EFI_STATUS open_handle(const char *path, bool may_write, EFI_FILE_HANDLE *out)
{
    for (size_t i = 0; i < FAKE_OPEN_MAX; i++) {
        if (handles[i].is_open)
            continue;
        handles[i] = (struct handle){.file = methods, .is_open = true, .may_write = may_write};
        memcpy(handles[i].path, path, sizeof handles[i].path);
        fake.open_handles++;
        *out = &handles[i].file;
        return EFI_SUCCESS;
    }
    abort();
}

/* A handle that is open; anything else is a fault of the program. */
static struct handle *handle_of(EFI_FILE_HANDLE file)
{
    struct handle *h = (struct handle *)file;
    if (!h->is_open)
        abort();
    return h;
}

size_t fake_used(void)
{
    size_t sum = 0;
    for (size_t i = 0; i < FAKE_NODES_MAX; i++)
        sum += fake.nodes[i].is_folder
                   ? FAKE_UNIT
                   : (fake.nodes[i].size + FAKE_UNIT - 1) / FAKE_UNIT * FAKE_UNIT;
    return sum;
}

/* As EDK II's FatOFileOpen does it: the entry is stored before the new folder's own cluster is looked for. */
static EFI_STATUS make_node(const char *path, bool is_folder)
{
    const bool is_full =
        is_folder && (fake.capacity < FAKE_UNIT || fake_used() > fake.capacity - FAKE_UNIT);
    add_node(path, is_folder)->is_damaged = is_full;
    return is_full ? EFI_VOLUME_FULL : EFI_SUCCESS;
}

static EFI_STATUS fake_open(EFI_FILE_HANDLE folder, EFI_FILE_HANDLE *out, CHAR16 *name, UINT64 mode,
                            UINT64 attributes)
{
    EFI_STATUS status;
    char path[64];
    const struct handle *parent = handle_of(folder);
    size_t length = (size_t)snprintf(path, sizeof path, "%s%s", parent->path,
                                     parent->path[0] != '\0' ? "\\" : "");
    for (; *name != 0 && length < sizeof path - 1; name++)
        path[length++] = (char)*name;
    memset(path + length, 0, sizeof path - length);
    const struct fake_node *above = fake_find(parent->path);
    if (fails("Open", &status))
        return status;
    if (above != nullptr && !above->is_folder)
        return EFI_NOT_FOUND;
    const struct fake_node *node = fake_find(path);
    if ((mode & EFI_FILE_MODE_WRITE) != 0 && fake.write_protected)
        return EFI_WRITE_PROTECTED;
    if (node == nullptr && (mode & EFI_FILE_MODE_CREATE) == 0)
        return EFI_NOT_FOUND;
    if (node == nullptr) {
        status = make_node(path, (attributes & EFI_FILE_DIRECTORY) != 0);
        if (EFI_ERROR(status))
            return status;
    } else if (node->is_damaged && (mode & EFI_FILE_MODE_WRITE) != 0)
        abort();
    return open_handle(path, (mode & EFI_FILE_MODE_WRITE) != 0, out);
}

static void close_handle(EFI_FILE_HANDLE file)
{
    handle_of(file)->is_open = false;
    fake.open_handles--;
}

static EFI_STATUS fake_close(EFI_FILE_HANDLE file)
{
    EFI_STATUS status;
    close_handle(file);
    return fails("Close", &status) ? status : EFI_SUCCESS;
}

static EFI_STATUS fake_delete(EFI_FILE_HANDLE file)
{
    EFI_STATUS status;
    struct handle *h = handle_of(file);
    struct fake_node *node = fake_find(h->path);
    const size_t length = strlen(h->path);
    close_handle(file);
    if (fails("Delete", &status) || !h->may_write || node == nullptr)
        return EFI_WARN_DELETE_FAILURE;
    for (size_t i = 0; i < FAKE_NODES_MAX; i++)
        if (strncmp(fake.nodes[i].path, h->path, length) == 0 && fake.nodes[i].path[length] == '\\')
            return EFI_WARN_DELETE_FAILURE; /* a folder that is not empty */
    free(node->data);
    *node = (struct fake_node){};
    return EFI_SUCCESS;
}

/* The next entry of a folder: nodes right below it, in their order. */
static EFI_STATUS read_folder(struct handle *h, UINTN *size, void *buffer)
{
    const size_t length = strlen(h->path);
    for (; h->position < FAKE_NODES_MAX && !fake.hides; h->position++) {
        const struct fake_node *node = &fake.nodes[h->position];
        if (strncmp(node->path, h->path, length) != 0 || node->path[length] != '\\' ||
            strchr(node->path + length + 1, '\\') != nullptr)
            continue;
        EFI_FILE_INFO *info = buffer;
        const char *name = node->path + length + 1;
        const UINTN needed =
            offsetof(EFI_FILE_INFO, FileName) + (strlen(name) + 1) * sizeof(CHAR16);
        if (*size < needed)
            return EFI_BUFFER_TOO_SMALL;
        *size = needed;
        info->Attribute = node->is_folder ? EFI_FILE_DIRECTORY : 0;
        for (size_t i = 0; i <= strlen(name); i++)
            info->FileName[i] = (CHAR16)name[i];
        h->position += !fake.endless;
        return EFI_SUCCESS;
    }
    *size = 0;
    return EFI_SUCCESS;
}

static EFI_STATUS fake_read(EFI_FILE_HANDLE file, UINTN *size, void *buffer)
{
    EFI_STATUS status;
    struct handle *h = handle_of(file);
    const struct fake_node *node = fake_find(h->path);
    if (fails("Read", &status))
        return status;
    if (node == nullptr)
        return EFI_DEVICE_ERROR;
    if (node->is_folder)
        return read_folder(h, size, buffer);
    const size_t left = node->size - h->position;
    *size = *size < left ? *size : left;
    if (*size != 0)
        memcpy(buffer, node->data + h->position, *size);
    h->position += *size;
    return EFI_SUCCESS;
}

static EFI_STATUS fake_write(EFI_FILE_HANDLE file, UINTN *size, void *buffer)
{
    EFI_STATUS status = EFI_SUCCESS, failed;
    struct handle *h = handle_of(file);
    struct fake_node *node = fake_find(h->path);
    if (fails("Write", &failed))
        return failed;
    if (!h->may_write || node == nullptr || h->position != 0 || node->size != 0)
        abort(); /* one Write a file, and never over what is there */
    fake.writes++;
    if (fake.writes == fake.short_write)
        *size /= 2;
    const size_t room = (fake.capacity - fake_used()) / FAKE_UNIT * FAKE_UNIT;
    if (*size > room) {
        *size = room;
        status = EFI_VOLUME_FULL;
    }
    node->data = malloc(*size + 1);
    memcpy(node->data, buffer, *size);
    node->size = *size;
    if (fake.writes == fake.bad_write)
        node->data[*size / 2] ^= 1;
    return status;
}

static EFI_STATUS fake_flush(EFI_FILE_HANDLE file)
{
    EFI_STATUS status;
    (void)handle_of(file);
    return fails("Flush", &status) ? status : EFI_SUCCESS;
}

static EFI_STATUS volume_info(UINTN *size, void *buffer)
{
    EFI_FILE_SYSTEM_INFO *info = buffer;
    const size_t free_bytes = fake.capacity - fake_used();
    if (*size < sizeof *info)
        return EFI_BUFFER_TOO_SMALL;
    *size = sizeof *info;
    *info = (EFI_FILE_SYSTEM_INFO){.Size = sizeof *info,
                                   .ReadOnly = fake.says_protected,
                                   .VolumeSize = fake.capacity,
                                   .FreeSpace = free_bytes + fake.boast,
                                   .BlockSize = FAKE_UNIT};
    return EFI_SUCCESS;
}

static EFI_STATUS fake_get_info(EFI_FILE_HANDLE file, EFI_GUID *kind, UINTN *size, void *buffer)
{
    static const EFI_GUID of_volume = EFI_FILE_SYSTEM_INFO_ID, of_file = EFI_FILE_INFO_ID;
    EFI_STATUS status;
    const struct handle *h = handle_of(file);
    const struct fake_node *node = fake_find(h->path);
    EFI_FILE_INFO *info = buffer;
    if (fails("GetInfo", &status))
        return status;
    if (memcmp(kind, &of_volume, sizeof of_volume) == 0)
        return volume_info(size, buffer);
    if (memcmp(kind, &of_file, sizeof of_file) != 0 || node == nullptr)
        return EFI_UNSUPPORTED;
    if (*size < sizeof *info)
        return EFI_BUFFER_TOO_SMALL;
    *size = sizeof *info;
    *info = (EFI_FILE_INFO){.Size = sizeof *info,
                            .FileSize = node->size,
                            .Attribute = node->is_folder ? EFI_FILE_DIRECTORY : 0};
    return EFI_SUCCESS;
}

static EFI_FILE_PROTOCOL methods = {.Open = fake_open,
                                    .Close = fake_close,
                                    .Delete = fake_delete,
                                    .Read = fake_read,
                                    .Write = fake_write,
                                    .Flush = fake_flush,
                                    .GetInfo = fake_get_info};

static EFI_STATUS open_volume(EFI_FILE_IO_INTERFACE *self, EFI_FILE_HANDLE *root)
{
    static const char top[sizeof handles[0].path] = "";
    EFI_STATUS status;
    (void)self;
    return fails("OpenVolume", &status) ? status : open_handle(top, false, root);
}

static EFI_STATUS handle_protocol(EFI_HANDLE handle, EFI_GUID *protocol, void **out)
{
    static EFI_FILE_IO_INTERFACE volume = {.OpenVolume = open_volume};
    static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_STATUS status;
    (void)handle;
    if (fails("HandleProtocol", &status))
        return status;
    if (memcmp(protocol, &file_system, sizeof file_system) != 0)
        return EFI_UNSUPPORTED;
    *out = &volume;
    return EFI_SUCCESS;
}

static EFI_STATUS allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
                                 EFI_PHYSICAL_ADDRESS *at)
{
    EFI_STATUS status;
    (void)how, (void)type;
    if (fails("AllocatePages", &status) || fake.no_memory || pages == 0 ||
        (fake.pages_max != 0 && pages > (UINTN)(fake.pages_max - fake.open_pages)))
        return EFI_OUT_OF_RESOURCES;
    *at = (uintptr_t)aligned_alloc(EFI_PAGE_SIZE, pages * EFI_PAGE_SIZE);
    memset((void *)(uintptr_t)*at, 0xCC, pages * EFI_PAGE_SIZE);
    fake.open_pages += (int)pages;
    return EFI_SUCCESS;
}

static EFI_STATUS free_pages(EFI_PHYSICAL_ADDRESS at, UINTN pages)
{
    free((void *)(uintptr_t)at);
    fake.open_pages -= (int)pages;
    return EFI_SUCCESS;
}

/* A map of one descriptor of 48 bytes. */
static EFI_STATUS get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key, UINTN *step,
                                 UINT32 *version)
{
    static const EFI_MEMORY_DESCRIPTOR only = {
        .Type = EfiLoaderData, .PhysicalStart = 0x7000000, .NumberOfPages = 77, .Attribute = 0xF};
    EFI_STATUS status;
    constexpr UINTN one = 48;
    if (fails("GetMemoryMap", &status))
        return status;
    if (*size < one)
        return EFI_BUFFER_TOO_SMALL;
    memcpy(map, &only, sizeof only);
    *size = *step = one;
    *key = 1;
    *version = EFI_MEMORY_DESCRIPTOR_VERSION;
    return EFI_SUCCESS;
}

static EFI_STATUS get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
    EFI_STATUS status;
    (void)capabilities;
    if (fails("GetTime", &status))
        return status;
    *time = fake_time;
    return EFI_SUCCESS;
}

EFI_BOOT_SERVICES fake_boot = {.HandleProtocol = handle_protocol,
                               .AllocatePages = allocate_pages,
                               .FreePages = free_pages,
                               .GetMemoryMap = get_memory_map};
EFI_RUNTIME_SERVICES fake_runtime = {.GetTime = get_time};
