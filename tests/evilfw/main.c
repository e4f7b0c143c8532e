/* SPDX-License-Identifier: MIT
 * Choose the lies by the load options, load the program, put the lies in place, start it. */
#include "evilfw.h"

#include <base/address.h>
#include <base/string.h>

static constexpr size_t WORDS_MAX = 1024;
static constexpr size_t LONG_OPTIONS = 32 * KIB; /* characters */
static constexpr size_t LONG_WORD = 512;

static struct lies lies = {.descriptor_size = 48, .version = EFI_MEMORY_DESCRIPTOR_VERSION};
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
    const CHAR16 *options = self->LoadOptions;
    for (size_t i = 0; options != nullptr && i < self->LoadOptionsSize / 2 && i < WORDS_MAX - 1;
         i++)
        words[i] = (char)options[i];
    if (!arm_all(&rest))
        return stop("evilfw: no such case: ", words);
    status = boot->LoadImage(FALSE, image, self->FilePath, program, program_size, &child);
    if (!EFI_ERROR(status))
        status = boot->HandleProtocol(child, &loaded_image, (void **)&child_image);
    if (EFI_ERROR(status))
        return stop("evilfw: the firmware does not load the program", "");
    give_options(child_image, rest);
    output_prepare(system, &lies);
    tables_prepare(system, &lies);
    services_patch(system, &lies);
    return boot->StartImage(child, nullptr, nullptr);
}
