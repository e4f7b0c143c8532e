/* SPDX-License-Identifier: MIT
 * What the specification calls EFI memory types and attribute bits. A bit that it does not name is told by its
 * number, so nothing that a firmware said is lost. Sources: UEFI 2.10, 7.2.1 (types) and 7.2.3 (attributes). */
#include <inspect/efi_names.h>

#include <base/format.h>
#include <inspect/view.h>
#include <mm/memory_map.h>

static const struct {
    uint64_t bit;
    char name[16];
} named_bits[] = {
    {EFI_ATTRIBUTE_UC, "UC"},
    {EFI_ATTRIBUTE_WC, "WC"},
    {EFI_ATTRIBUTE_WT, "WT"},
    {EFI_ATTRIBUTE_WB, "WB"},
    {EFI_ATTRIBUTE_UCE, "UCE"},
    {EFI_ATTRIBUTE_WP, "WP"},
    {EFI_ATTRIBUTE_RP, "RP"},
    {EFI_ATTRIBUTE_XP, "XP"},
    {EFI_ATTRIBUTE_NV, "NV"},
    {EFI_ATTRIBUTE_MORE_RELIABLE, "MORE_RELIABLE"},
    {EFI_ATTRIBUTE_RO, "RO"},
    {EFI_ATTRIBUTE_SP, "SP"},
    {EFI_ATTRIBUTE_CPU_CRYPTO, "CPU_CRYPTO"},
    {EFI_ATTRIBUTE_HOT_PLUGGABLE, "HOT_PLUGGABLE"},
    {EFI_ATTRIBUTE_ISA_VALID, "ISA_VALID"},
    {EFI_ATTRIBUTE_RUNTIME, "RUNTIME"},
};

static const char *name_of_bit(uint64_t bit)
{
    for (size_t i = 0; i < sizeof named_bits / sizeof named_bits[0]; i++)
        if (named_bits[i].bit == bit)
            return named_bits[i].name;
    return nullptr;
}

int efi_attributes_text(uint64_t attributes, char *buffer, size_t size)
{
    if (attributes == 0)
        return format_text(buffer, size, "0");
    int length = 0;
    for (unsigned number = 0; number < 64; number++) {
        const uint64_t bit = UINT64_C(1) << number;
        if ((attributes & bit) == 0)
            continue;
        const char *name = name_of_bit(bit);
        const char *between = length == 0 ? "" : "|";
        char *end = buffer + length;
        const size_t room = size - (size_t)length;
        if (name != nullptr)
            length += format_text(end, room, "%s%s", between, name);
        else
            length += format_text(end, room, "%s%s%u", between,
                                  (bit & EFI_ATTRIBUTE_ISA_MASK) != 0 ? "ISA" : "bit", number);
    }
    return length;
}

int efi_type_text(uint32_t type, char *buffer, size_t size)
{
    const char *name = efi_type_name(type);
    if (type >= VIEW_E820_TYPE && type <= VIEW_E820_TYPE_LAST)
        return format_text(buffer, size, "e820 type %u", type - VIEW_E820_TYPE);
    if (type <= EFI_TYPE_UNACCEPTED)
        return format_text(buffer, size, "%s", name);
    return format_text(buffer, size, "%s 0x%x", name, type);
}
