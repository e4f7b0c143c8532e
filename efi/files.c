/* SPDX-License-Identifier: MIT
 * Files through the firmware. What it answers is checked before it is used: sizes, null handles, calls that did less
 * than they say. Firmware was seen to damage a volume on which files were rewritten: so one Write a file, never over
 * what is there, and what was written is read again. */
#include "files.h"

#include <base/string.h>

static constexpr size_t NAME_MAX = 64;
/* EFI_FILE_INFO with a name of 255 characters (FAT's limit) has 592 bytes. */
static constexpr size_t ENTRY_SIZE_MAX = 1024;

static EFI_STATUS told(struct files *files, const char *call, EFI_STATUS status)
{
    if (EFI_ERROR(status))
        files->call = call;
    return status;
}

static EFI_STATUS open_as(struct files *files, EFI_FILE_HANDLE folder, const char *name,
                          UINT64 mode, UINT64 attributes, EFI_FILE_HANDLE *out)
{
    CHAR16 wide[NAME_MAX];
    EFI_FILE_HANDLE file = nullptr;
    size_t length = 0;
    for (; name[length] != '\0' && length < NAME_MAX - 1; length++)
        wide[length] = (CHAR16)name[length];
    wide[length] = 0;
    EFI_STATUS status =
        FIRMWARE_CALL(files->firmware, folder->Open(folder, &file, wide, mode, attributes));
    if (!EFI_ERROR(status) && file == nullptr)
        status = EFI_DEVICE_ERROR;
    if (!EFI_ERROR(status))
        *out = file;
    return told(files, "Open", status);
}

EFI_STATUS files_open_volume(struct files *files, EFI_HANDLE device, EFI_FILE_HANDLE *out)
{
    static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_FILE_HANDLE root = nullptr;
    EFI_FILE_IO_INTERFACE *volume = firmware_protocol(files->firmware, device, &file_system);
    if (volume == nullptr)
        return told(files, "HandleProtocol", EFI_UNSUPPORTED);
    EFI_STATUS status = FIRMWARE_CALL(files->firmware, volume->OpenVolume(volume, &root));
    if (!EFI_ERROR(status) && root == nullptr)
        status = EFI_DEVICE_ERROR;
    if (!EFI_ERROR(status))
        *out = root;
    return told(files, "OpenVolume", status);
}

EFI_STATUS files_open(struct files *files, EFI_FILE_HANDLE folder, const char *name,
                      EFI_FILE_HANDLE *out)
{
    return open_as(files, folder, name, EFI_FILE_MODE_READ, 0, out);
}

/* EFI_FILE_INFO or EFI_FILE_SYSTEM_INFO (UEFI 2.10, 13.5.16): at least `least` bytes of it. */
static EFI_STATUS get_info(struct files *files, EFI_FILE_HANDLE file, const EFI_GUID *kind,
                           unsigned char buffer[static ENTRY_SIZE_MAX], size_t least)
{
    EFI_GUID guid = *kind; /* firmware's prototype is not const */
    UINTN size = ENTRY_SIZE_MAX;
    EFI_STATUS status = FIRMWARE_CALL(files->firmware, file->GetInfo(file, &guid, &size, buffer));
    if (!EFI_ERROR(status) && (size < least || size > ENTRY_SIZE_MAX))
        status = EFI_BAD_BUFFER_SIZE;
    return told(files, "GetInfo", status);
}

EFI_STATUS files_room(struct files *files, EFI_FILE_HANDLE root, struct volume_room *out)
{
    static const EFI_GUID kind = EFI_FILE_SYSTEM_INFO_ID;
    alignas(EFI_FILE_SYSTEM_INFO) unsigned char buffer[ENTRY_SIZE_MAX];
    const EFI_FILE_SYSTEM_INFO *info = (const void *)buffer;
    const EFI_STATUS status =
        get_info(files, root, &kind, buffer, offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel));
    if (!EFI_ERROR(status))
        *out = (struct volume_room){.free = info->FreeSpace,
                                    .unit = info->BlockSize != 0 ? info->BlockSize : 1,
                                    .is_write_protected = info->ReadOnly != 0};
    return status;
}

EFI_STATUS files_open_folder(struct files *files, EFI_FILE_HANDLE parent, const char *name,
                             EFI_FILE_HANDLE *out, bool *is_folder)
{
    static const EFI_GUID kind = EFI_FILE_INFO_ID;
    alignas(EFI_FILE_INFO) unsigned char buffer[ENTRY_SIZE_MAX];
    const EFI_FILE_INFO *info = (const void *)buffer;
    EFI_FILE_HANDLE file;
    EFI_STATUS status =
        open_as(files, parent, name, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0, &file);
    if (EFI_ERROR(status))
        return status;
    status = get_info(files, file, &kind, buffer, offsetof(EFI_FILE_INFO, FileName));
    if (EFI_ERROR(status)) {
        files_close(files, file);
        return status;
    }
    *is_folder = (info->Attribute & EFI_FILE_DIRECTORY) != 0;
    *out = file;
    return status;
}

EFI_STATUS files_make_folder(struct files *files, EFI_FILE_HANDLE parent, const char *name,
                             EFI_FILE_HANDLE *out)
{
    return open_as(files, parent, name,
                   EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE,
                   EFI_FILE_DIRECTORY, out);
}

void files_close(struct files *files, EFI_FILE_HANDLE file)
{
    if (file != nullptr)
        (void)FIRMWARE_CALL(files->firmware, file->Close(file));
}

EFI_STATUS files_next_entry(struct files *files, EFI_FILE_HANDLE folder, struct file_entry *out,
                            bool *end)
{
    alignas(EFI_FILE_INFO) unsigned char buffer[ENTRY_SIZE_MAX];
    const EFI_FILE_INFO *info = (const void *)buffer;
    UINTN size = sizeof buffer;
    const EFI_STATUS status = FIRMWARE_CALL(files->firmware, folder->Read(folder, &size, buffer));
    if (EFI_ERROR(status))
        return told(files, "Read", status);
    if (size != 0 &&
        (size > sizeof buffer || size < offsetof(EFI_FILE_INFO, FileName) + sizeof(CHAR16)))
        return told(files, "Read", EFI_BAD_BUFFER_SIZE);
    *end = size == 0;
    if (*end)
        return status;
    const size_t room = (size - offsetof(EFI_FILE_INFO, FileName)) / sizeof(CHAR16);
    struct file_entry entry = {};
    for (size_t i = 0; i < room && info->FileName[i] != 0; i++) {
        if (i == sizeof entry.name - 1 || info->FileName[i] > '~') {
            entry.name[0] = '\0';
            break;
        }
        entry.name[i] = (char)info->FileName[i];
    }
    *out = entry;
    return status;
}

EFI_STATUS files_read(struct files *files, EFI_FILE_HANDLE file, void *to, size_t size)
{
    UINTN got = size;
    EFI_STATUS status = FIRMWARE_CALL(files->firmware, file->Read(file, &got, to));
    if (!EFI_ERROR(status) && got != size)
        status = EFI_END_OF_FILE;
    return told(files, "Read", status);
}

static EFI_STATUS compare(struct files *files, EFI_FILE_HANDLE folder, const char *name,
                          const void *data, size_t size, void *scratch)
{
    EFI_FILE_HANDLE file;
    UINTN got = size + 1; /* one more than there may be */
    EFI_STATUS status = files_open(files, folder, name, &file);
    if (EFI_ERROR(status))
        return status;
    status = told(files, "Read", FIRMWARE_CALL(files->firmware, file->Read(file, &got, scratch)));
    files_close(files, file);
    if (!EFI_ERROR(status) && (got != size || memcmp(data, scratch, size) != 0))
        status = told(files, "what is read back is not what was written", EFI_COMPROMISED_DATA);
    return status;
}

EFI_STATUS files_write(struct files *files, EFI_FILE_HANDLE folder, const char *name, void *data,
                       size_t size, void *scratch)
{
    struct firmware *fw = files->firmware;
    EFI_FILE_HANDLE file;
    UINTN taken = size;
    EFI_STATUS status =
        open_as(files, folder, name,
                EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE, 0, &file);
    if (EFI_ERROR(status))
        return status;
    status = told(files, "Write", FIRMWARE_CALL(fw, file->Write(file, &taken, data)));
    if (!EFI_ERROR(status) && taken != size)
        status = told(files, "Write took fewer bytes than it was given", EFI_BAD_BUFFER_SIZE);
    if (!EFI_ERROR(status))
        status = told(files, "Flush", FIRMWARE_CALL(fw, file->Flush(file)));
    const EFI_STATUS closed = FIRMWARE_CALL(fw, file->Close(file));
    if (!EFI_ERROR(status))
        status = told(files, "Close", closed);
    return EFI_ERROR(status) ? status : compare(files, folder, name, data, size, scratch);
}

bool files_delete(struct files *files, EFI_FILE_HANDLE file)
{
    /* A file that stays is a warning (UEFI 2.10, 13.5.4), not an error. */
    return FIRMWARE_CALL(files->firmware, file->Delete(file)) == EFI_SUCCESS;
}

bool files_remove(struct files *files, EFI_FILE_HANDLE folder, const char *name)
{
    EFI_FILE_HANDLE file = nullptr;
    const char *call = files->call; /* what is told is why, not what came of it */
    EFI_STATUS status =
        open_as(files, folder, name, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0, &file);
    if (!EFI_ERROR(status))
        return files_delete(files, file);
    /* What refuses to be written to may answer so for a file that is not there. */
    if (status != EFI_NOT_FOUND)
        status = files_open(files, folder, name, &file);
    files->call = call;
    files_close(files, file);
    return status == EFI_NOT_FOUND;
}

const char *files_status_words(EFI_STATUS status)
{
    switch (status) {
    case EFI_WRITE_PROTECTED:
        return "the stick is write-protected";
    case EFI_VOLUME_FULL:
        return "the stick is full";
    case EFI_NO_MEDIA:
    case EFI_MEDIA_CHANGED:
        return "the stick was removed";
    case EFI_DEVICE_ERROR:
        return "the stick does not answer, or was removed";
    default:
        return nullptr;
    }
}
