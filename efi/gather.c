/* SPDX-License-Identifier: MIT
 * What firmware knows and the kernel will want: small facts here, the larger ones in framebuffer.c,
 * firmware_tables.c and random.c. Nothing is copied yet: the copies go into the one allocation. */
#include "loader.h"

#include <base/string.h>

static void gather_vendor(struct loader *l)
{
    const CHAR16 *name = l->firmware.system->FirmwareVendor;
    if (name == nullptr)
        return;
    while (l->vendor_length < VENDOR_SIZE && name[l->vendor_length] != 0) {
        CHAR16 c = name[l->vendor_length];
        l->vendor[l->vendor_length++] = c >= ' ' && c <= '~' ? (char)c : '?';
    }
}

/* UEFI 2.10, 3.3: global variables of one byte. */
static bool variable_is_one(struct firmware *fw, CHAR16 *name)
{
    EFI_GUID global = EFI_GLOBAL_VARIABLE;
    UINT8 value = 0;
    UINTN size = sizeof value;
    EFI_STATUS status = FIRMWARE_CALL(
        fw, fw->system->RuntimeServices->GetVariable(name, &global, nullptr, &size, &value));
    return !EFI_ERROR(status) && size == sizeof value && value == 1;
}

static void gather_flags(struct loader *l)
{
    static const EFI_GUID block_io = EFI_BLOCK_IO_PROTOCOL_GUID;
    static CHAR16 secure_boot[] = u"SecureBoot", setup_mode[] = u"SetupMode";
    struct firmware *fw = &l->firmware;
    if (variable_is_one(fw, secure_boot))
        l->info.flags |= BOOT_FLAG_SECURE_BOOT;
    if (variable_is_one(fw, setup_mode))
        l->info.flags |= BOOT_FLAG_SETUP_MODE;
    const EFI_BLOCK_IO_PROTOCOL *disk = firmware_protocol(fw, fw->self->DeviceHandle, &block_io);
    if (disk != nullptr && disk->Media != nullptr && disk->Media->RemovableMedia)
        l->info.flags |= BOOT_FLAG_REMOVABLE_MEDIA;
}

void loader_gather(struct loader *l)
{
    const EFI_SYSTEM_TABLE *system = l->firmware.system;
    l->info.firmware_revision = system->FirmwareRevision;
    l->info.uefi_revision = system->Hdr.Revision;
    l->info.system_table = (uintptr_t)system;
    l->info.runtime_services = (uintptr_t)system->RuntimeServices;
    gather_vendor(l);
    gather_flags(l);
    gather_framebuffer(l);
    gather_tables(l);
    gather_random(l);
}
