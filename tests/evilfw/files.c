/* SPDX-License-Identifier: MIT
 * Lies about files: the volume and its files stay what they are, and every call goes through here, counted from the
 * first OpenVolume on. */
#include "evilfw.h"

#include <base/string.h>

static constexpr size_t OPEN_MAX = 32;

static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
static struct lies lies;
static uint64_t calls, writes;
static EFI_FILE_IO_INTERFACE volume, *real_volume;
static struct false_file {
    EFI_FILE_PROTOCOL file; /* first: the handle that is given out points to it */
    EFI_FILE_HANDLE real;   /* null: not used */
} open_files[OPEN_MAX];

static bool fails(void)
{
    calls++;
    return calls == lies.file_fails || (lies.file_fails_from != 0 && calls >= lies.file_fails_from);
}

static EFI_FILE_HANDLE real_of(EFI_FILE_HANDLE file)
{
    return ((struct false_file *)file)->real;
}

static EFI_STATUS give_out(EFI_STATUS status, EFI_FILE_HANDLE real, EFI_FILE_HANDLE *out);

static EFI_STATUS file_open(EFI_FILE_HANDLE folder, EFI_FILE_HANDLE *out, CHAR16 *name, UINT64 mode,
                            UINT64 attributes)
{
    EFI_FILE_HANDLE file = nullptr, parent = real_of(folder);
    if (fails())
        return EFI_DEVICE_ERROR;
    if (lies.file_protected != 0 && (mode & EFI_FILE_MODE_WRITE) != 0)
        return EFI_WRITE_PROTECTED;
    return give_out(parent->Open(parent, &file, name, mode, attributes), file, out);
}

/* These two always end the handle, whatever they say. */
static EFI_STATUS file_close(EFI_FILE_HANDLE file)
{
    EFI_FILE_HANDLE real = real_of(file);
    ((struct false_file *)file)->real = nullptr;
    EFI_STATUS status = real->Close(real);
    return fails() ? EFI_DEVICE_ERROR : status;
}

static EFI_STATUS file_delete(EFI_FILE_HANDLE file)
{
    EFI_FILE_HANDLE real = real_of(file);
    ((struct false_file *)file)->real = nullptr;
    if (!fails())
        return real->Delete(real);
    (void)real->Close(real);
    return EFI_WARN_DELETE_FAILURE;
}

static EFI_STATUS file_read(EFI_FILE_HANDLE file, UINTN *size, void *buffer)
{
    EFI_FILE_HANDLE real = real_of(file);
    return fails() ? EFI_DEVICE_ERROR : real->Read(real, size, buffer);
}

static EFI_STATUS file_write(EFI_FILE_HANDLE file, UINTN *size, void *buffer)
{
    EFI_FILE_HANDLE real = real_of(file);
    unsigned char *bytes = buffer;
    if (fails())
        return EFI_DEVICE_ERROR;
    writes++;
    if (writes == lies.file_full || writes == lies.file_short)
        *size /= 2;
    if (writes == lies.file_bad)
        bytes[*size / 2] ^= 1;
    EFI_STATUS status = real->Write(real, size, buffer);
    if (writes == lies.file_bad)
        bytes[*size / 2] ^= 1;
    return writes == lies.file_full ? EFI_VOLUME_FULL : status;
}

static EFI_STATUS file_flush(EFI_FILE_HANDLE file)
{
    EFI_FILE_HANDLE real = real_of(file);
    return fails() ? EFI_DEVICE_ERROR : real->Flush(real);
}

static EFI_STATUS file_get_info(EFI_FILE_HANDLE file, EFI_GUID *kind, UINTN *size, void *buffer)
{
    EFI_FILE_HANDLE real = real_of(file);
    return fails() ? EFI_DEVICE_ERROR : real->GetInfo(real, kind, size, buffer);
}

static EFI_STATUS give_out(EFI_STATUS status, EFI_FILE_HANDLE real, EFI_FILE_HANDLE *out)
{
    for (size_t i = 0; i < OPEN_MAX && !EFI_ERROR(status); i++) {
        if (open_files[i].real != nullptr)
            continue;
        open_files[i].real = real;
        open_files[i].file = (EFI_FILE_PROTOCOL){.Revision = EFI_FILE_PROTOCOL_REVISION,
                                                 .Open = file_open,
                                                 .Close = file_close,
                                                 .Delete = file_delete,
                                                 .Read = file_read,
                                                 .Write = file_write,
                                                 .Flush = file_flush,
                                                 .GetInfo = file_get_info};
        *out = &open_files[i].file;
        return status;
    }
    return EFI_ERROR(status) ? status : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS open_volume(EFI_FILE_IO_INTERFACE *self, EFI_FILE_HANDLE *out)
{
    EFI_FILE_HANDLE root = nullptr;
    (void)self;
    if (fails())
        return EFI_DEVICE_ERROR;
    return give_out(real_volume->OpenVolume(real_volume, &root), root, out);
}

void files_prepare(const struct lies *chosen)
{
    lies = *chosen;
}

void files_wrap(const EFI_GUID *protocol, void **out)
{
    const bool lying = lies.file_fails != 0 || lies.file_fails_from != 0 ||
                       lies.file_protected != 0 || lies.file_full != 0 || lies.file_short != 0 ||
                       lies.file_bad != 0;
    if (!lying || memcmp(protocol, &file_system, sizeof file_system) != 0)
        return;
    real_volume = *out;
    volume = *real_volume;
    volume.OpenVolume = open_volume;
    *out = &volume;
}
