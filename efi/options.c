/* SPDX-License-Identifier: MIT
 * Where the option words come from: the load options, else a file on our own boot volume, else QEMU. The
 * dearest source comes last, and one that is found saves the search in the next. What is wrong with the
 * words is not said here (saying costs more than loading): the kernel parses the same text and does. */
#include "loader.h"

#include <base/string.h>

static constexpr size_t RAW_SIZE_MAX = 2 * OPTIONS_SIZE_MAX + 4; /* UCS-2, byte order mark, NUL */
static constexpr char NOT_PRINTABLE =
    0x7F; /* makes options_parse refuse the word that it stands in */

/* QEMU docs/specs/fw_cfg.rst */
static constexpr uint16_t FW_CFG_SELECT = 0x510, FW_CFG_DATA = 0x511;
static constexpr uint16_t FW_CFG_SIGNATURE = 0x0000, FW_CFG_DIRECTORY = 0x0019;
static constexpr unsigned FW_CFG_FILES_MAX = 1024;
static const char fw_cfg_name[] = "opt/freehold/options";

static bool is_control(unsigned unit)
{
    return (unit < ' ' && unit != '\t' && unit != '\r' && unit != '\n') || unit == 0x7F;
}

/* Units of `width` bytes to ASCII, up to a NUL. False if that gives no text: firmware passes GUIDs and other
 * binary data in load options. */
static bool convert(struct loader *l, const unsigned char *raw, size_t size, size_t width)
{
    size_t length = 0, last_space = 0;
    bool empty = true;
    for (size_t at = 0; at + width <= size; at += width) {
        unsigned unit = raw[at];
        if (width == 2)
            unit |= (unsigned)raw[at + 1] << 8;
        if (unit == 0)
            break;
        if (is_control(unit) || (empty && unit > 0x7F))
            return false;
        if (length == OPTIONS_SIZE_MAX) { /* too long: what fits, in whole words */
            length = last_space;
            l->info.flags |= BOOT_FLAG_OPTIONS_CUT;
            break;
        }
        bool space = unit <= ' ';
        if (space)
            last_space = length;
        empty = empty && space;
        l->option_text[length++] = unit < 0x7F ? (char)unit : NOT_PRINTABLE;
    }
    l->option_length = length;
    return options_has_words(l->option_text, length);
}

/* UCS-2 or bytes, with a byte order mark or without. */
static bool decode(struct loader *l, const unsigned char *raw, size_t size)
{
    if (size >= 2 && raw[0] == 0xFF && raw[1] == 0xFE)
        return convert(l, raw + 2, size - 2, 2);
    if (size >= 3 && raw[0] == 0xEF && raw[1] == 0xBB && raw[2] == 0xBF)
        return convert(l, raw + 3, size - 3, 1);
    bool wide = size >= 2 && raw[1] == 0;
    return convert(l, raw, size, wide ? 2 : 1);
}

static bool from_load_options(struct loader *l)
{
    const EFI_LOADED_IMAGE *self = l->firmware.self;
    if (self->LoadOptions == nullptr)
        return false;
    size_t size = self->LoadOptionsSize < RAW_SIZE_MAX ? self->LoadOptionsSize : RAW_SIZE_MAX;
    return decode(l, self->LoadOptions, size);
}

static bool read_file(struct loader *l, EFI_FILE_HANDLE root)
{
    static CHAR16 path[] = u"\\freehold\\options.txt";
    unsigned char raw[RAW_SIZE_MAX];
    struct firmware *fw = &l->firmware;
    EFI_FILE_HANDLE file = nullptr;
    UINTN size = sizeof raw;
    EFI_STATUS status = FIRMWARE_CALL(fw, root->Open(root, &file, path, EFI_FILE_MODE_READ, 0));
    if (EFI_ERROR(status))
        return false;
    status = FIRMWARE_CALL(fw, file->Read(file, &size, raw));
    (void)FIRMWARE_CALL(fw, file->Close(file));
    return !EFI_ERROR(status) && size <= sizeof raw && decode(l, raw, size);
}

/* Our own volume only: others may answer slowly or never, and are none of our business. */
static bool from_boot_volume(struct loader *l)
{
    static const EFI_GUID file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    struct firmware *fw = &l->firmware;
    EFI_FILE_HANDLE root = nullptr;
    EFI_FILE_IO_INTERFACE *volume = firmware_protocol(fw, fw->self->DeviceHandle, &file_system);
    if (volume == nullptr || EFI_ERROR(FIRMWARE_CALL(fw, volume->OpenVolume(volume, &root))))
        return false;
    bool found = read_file(l, root);
    (void)FIRMWARE_CALL(fw, root->Close(root));
    return found;
}

static void fw_cfg_read(void *out, size_t size)
{
    unsigned char *bytes = out;
    for (size_t i = 0; i < size; i++)
        bytes[i] = port_read8(FW_CFG_DATA);
}

static bool from_fw_cfg(struct loader *l)
{
    struct {
        uint32_t size; /* big endian, like select */
        uint16_t select, reserved;
        char name[56];
    } file;
    static_assert(sizeof file == 64);
    char signature[4];
    uint32_t count;
    if (!is_virtual_machine())
        return false;
    port_write16(FW_CFG_SELECT, FW_CFG_SIGNATURE);
    fw_cfg_read(signature, sizeof signature);
    if (memcmp(signature, "QEMU", sizeof signature) != 0)
        return false;
    port_write16(FW_CFG_SELECT, FW_CFG_DIRECTORY);
    fw_cfg_read(&count, sizeof count);
    count = __builtin_bswap32(count);
    for (uint32_t i = 0; i < count && i < FW_CFG_FILES_MAX; i++) {
        fw_cfg_read(&file, sizeof file);
        if (memcmp(file.name, fw_cfg_name, sizeof fw_cfg_name) != 0)
            continue;
        unsigned char raw[OPTIONS_SIZE_MAX + 1];
        size_t size = __builtin_bswap32(file.size);
        size = size < sizeof raw ? size : sizeof raw;
        port_write16(FW_CFG_SELECT, __builtin_bswap16(file.select));
        fw_cfg_read(raw, size);
        return decode(l, raw, size);
    }
    return false;
}

void loader_find_options(struct loader *l)
{
    if (from_load_options(l))
        l->info.options_source = BOOT_OPTIONS_LOAD_OPTIONS;
    else if (from_boot_volume(l))
        l->info.options_source = BOOT_OPTIONS_FILE;
    else if (from_fw_cfg(l))
        l->info.options_source = BOOT_OPTIONS_FW_CFG;
    else
        l->option_length = 0;
    l->options = options_default();
    if (options_parse(l->option_text, l->option_length, nullptr, &l->options) != STATUS_OK)
        l->option_length = 0; /* cannot be: convert keeps to the limit */
}
