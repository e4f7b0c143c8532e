/* SPDX-License-Identifier: MIT
 * Choose the lies by the load options, load the program, put the lies in place, start it. */
#include "evilfw.h"

#include <base/address.h>
#include <base/string.h>

static constexpr size_t WORDS_MAX = 1024;
static constexpr size_t LONG_OPTIONS = 32 * KIB; /* characters */
static constexpr size_t LONG_WORD = 512;

static struct lies lies = {.descriptor_size = 48};
static char words[WORDS_MAX];
static CHAR16 child_words[LONG_OPTIONS];
static EFI_SYSTEM_TABLE *firmware;

static EFI_STATUS stop(const char *text, const char *detail)
{
    CHAR16 wide[160];
    size_t length = 0;
    for (; *text != '\0' && length < sizeof wide / sizeof wide[0] - 3; text++)
        wide[length++] = (CHAR16)*text;
    for (; *detail != '\0' && length < sizeof wide / sizeof wide[0] - 3; detail++)
        wide[length++] = (CHAR16)*detail;
    wide[length++] = '\r', wide[length++] = '\n', wide[length] = 0;
    (void)firmware->ConOut->OutputString(firmware->ConOut, wide);
    return EFI_INVALID_PARAMETER;
}

/* "name:number" or "name", up to `end`. */
static bool arm(const char *text, const char *end)
{
    const char *colon = text;
    uint64_t number = 1;
    while (colon < end && *colon != ':')
        colon++;
    if (colon < end && !parse_number(colon + 1, (size_t)(end - colon - 1), &number))
        return false;
    return case_arm(&lies, text, (size_t)(colon - text), number);
}

/* The first word; *rest is what comes behind it. */
static bool arm_all(const char **rest)
{
    static const char key[] = "evil=";
    const char *at = words;
    if (strncmp(at, key, strlen(key)) != 0)
        return false;
    at += strlen(key);
    while (true) {
        const char *end = at;
        while (*end != '\0' && *end != ' ' && *end != ',')
            end++;
        if (!arm(at, end))
            return false;
        *rest = *end == ' ' ? end + 1 : end;
        if (*end != ',')
            return true;
        at = end + 1;
    }
}

static void take_words(const CHAR16 *text, size_t length)
{
    for (size_t i = 0; i < length && i < WORDS_MAX - 1; i++)
        words[i] = (char)text[i];
}

/* On a stick; false: there is no such file. */
static bool read_words(EFI_BOOT_SERVICES *boot, EFI_HANDLE device)
{
    static CHAR16 path[] = u"\\freehold\\options.txt";
    EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_FILE_IO_INTERFACE *volume = nullptr;
    EFI_FILE_HANDLE root = nullptr, file = nullptr;
    UINTN size = WORDS_MAX - 1;
    if (EFI_ERROR(boot->HandleProtocol(device, &file_system, (void **)&volume)) ||
        EFI_ERROR(volume->OpenVolume(volume, &root)))
        return false;
    EFI_STATUS status = root->Open(root, &file, path, EFI_FILE_MODE_READ, 0);
    if (!EFI_ERROR(status)) {
        status = file->Read(file, &size, words);
        (void)file->Close(file);
    }
    (void)root->Close(root);
    if (EFI_ERROR(status))
        return false;
    while (size > 0 && words[size - 1] == '\n')
        size--;
    words[size] = '\0';
    return true;
}

static void give_options(EFI_LOADED_IMAGE *child, const char *text)
{
    /* A GUID and a pointer. */
    static unsigned char binary[24] = {0x04, 0xC1, 0x36, 0x8B, 0x1D, 0xF8, 0x05, 0x43,
                                       0x92, 0x1A, 0xFF, 0x3E, 0x00, 0x44, 0x80, 0x7F};
    size_t length = 0;
    for (; *text != '\0' && length < LONG_OPTIONS - 1; text++)
        child_words[length++] = (CHAR16)*text;
    const size_t given = length;
    for (; lies.options == OPTIONS_LONG && length < LONG_OPTIONS - 1; length++)
        child_words[length] = (length - given) % LONG_WORD == 0 ? ' ' : 'x';
    child->LoadOptions = child_words;
    child->LoadOptionsSize = (UINT32)((length + 1) * sizeof child_words[0]);
    if (lies.options == OPTIONS_BINARY) {
        child->LoadOptions = binary;
        child->LoadOptionsSize = sizeof binary;
    }
    if (lies.options == OPTIONS_NO_END)
        child->LoadOptionsSize = UINT32_MAX;
    if (lies.options == OPTIONS_NOTHING)
        child->LoadOptions = nullptr;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_GUID loaded_image = LOADED_IMAGE_PROTOCOL;
    EFI_BOOT_SERVICES *boot = system->BootServices;
    EFI_LOADED_IMAGE *self = nullptr, *child_image = nullptr;
    EFI_HANDLE child = nullptr;
    const char *rest = "";
    firmware = system;
    EFI_STATUS status = boot->HandleProtocol(image, &loaded_image, (void **)&self);
    if (EFI_ERROR(status))
        return status;
    if (self->LoadOptions != nullptr)
        take_words(self->LoadOptions, self->LoadOptionsSize / 2);
    const bool on_stick = words[0] != 'e' && read_words(boot, self->DeviceHandle);
    if (!arm_all(&rest))
        return stop("evilfw: no such case: ", words);
    status = boot->LoadImage(FALSE, image, self->FilePath, program, program_size, &child);
    if (!EFI_ERROR(status))
        status = boot->HandleProtocol(child, &loaded_image, (void **)&child_image);
    if (EFI_ERROR(status))
        return stop("evilfw: the firmware does not load the program", "");
    if (on_stick)
        child_image->DeviceHandle = self->DeviceHandle;
    give_options(child_image, rest);
    files_prepare(&lies);
    output_prepare(system, &lies);
    tables_prepare(system, &lies);
    services_patch(system, &lies);
    return boot->StartImage(child, nullptr, nullptr);
}
